// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * devlink: information, port functions, resources. Eswitch mode: frl_eswitch.c; health and
 * regions: frl_reporter.c.
 */
#include <linux/etherdevice.h>

#include "frl.h"

/* ---- devlink dev info ---- */

static int put_versions(struct frl_pf *pf, struct devlink_info_req *req)
{
	char text[40];
	int err;

	snprintf(text, sizeof(text), "%04x:%04x", pf->pdev->subsystem_vendor,
		 pf->pdev->subsystem_device);
	err = devlink_info_version_fixed_put(req, DEVLINK_INFO_VERSION_GENERIC_BOARD_ID, text);
	if (err)
		return err;
	snprintf(text, sizeof(text), "%.32s", pf->hello.fw_version);
	err = devlink_info_version_running_put(req, DEVLINK_INFO_VERSION_GENERIC_FW, text);
	if (err)
		return err;
	/* The card has one image, and runs it. */
	err = devlink_info_version_stored_put(req, DEVLINK_INFO_VERSION_GENERIC_FW, text);
	if (err)
		return err;
	snprintf(text, sizeof(text), "%u.%u", pf->hello.abi_major, pf->hello.abi_minor);
	return devlink_info_version_running_put(req, DEVLINK_INFO_VERSION_GENERIC_FW_MGMT_API,
						text);
}

static int info_get(struct devlink *devlink, struct devlink_info_req *req,
		    struct netlink_ext_ack *extack)
{
	struct frl_pf *pf = devlink_priv(devlink);
	char serial[sizeof(pf->hello.serial) + 1];
	int err;

	err = devlink_info_driver_name_put(req, FRL_DRV_NAME);
	if (err)
		return err;
	snprintf(serial, sizeof(serial), "%.16s", pf->hello.serial);
	err = devlink_info_serial_number_put(req, serial);
	if (err)
		return err;
	return put_versions(pf, req);
}

/* ---- devlink dev eswitch ---- */

static int encap_mode_get(struct devlink *devlink, enum devlink_eswitch_encap_mode *mode)
{
	*mode = DEVLINK_ESWITCH_ENCAP_MODE_BASIC;
	return 0;
}

/* ---- devlink port function ---- */

static struct frl_rep *vf_rep(struct devlink_port *port, struct netlink_ext_ack *extack)
{
	struct frl_rep *rep = container_of(port, struct frl_rep, devlink_port);

	if (!rep->uplink)
		return rep;
	NL_SET_ERR_MSG_MOD(extack, "only VFs have a port function");
	return NULL;
}

static int hw_addr_get(struct devlink_port *port, u8 *addr, int *len,
		       struct netlink_ext_ack *extack)
{
	struct frl_rep *rep = vf_rep(port, extack);

	if (!rep)
		return -EOPNOTSUPP;
	ether_addr_copy(addr, rep->pf->vf[rep->vf].mac);
	*len = ETH_ALEN;
	return 0;
}

static int hw_addr_set(struct devlink_port *port, const u8 *addr, int len,
		       struct netlink_ext_ack *extack)
{
	struct frl_rep *rep = vf_rep(port, extack);

	if (!rep)
		return -EOPNOTSUPP;
	if (len != ETH_ALEN || !is_valid_ether_addr(addr)) {
		NL_SET_ERR_MSG_MOD(extack, "not the address of one station");
		return -EINVAL;
	}
	return frl_vf_mac_set(rep->pf, rep->vf, addr);
}

static int fn_state_get(struct devlink_port *port, enum devlink_port_fn_state *state,
			enum devlink_port_fn_opstate *opstate, struct netlink_ext_ack *extack)
{
	struct frl_rep *rep = vf_rep(port, extack);

	if (!rep)
		return -EOPNOTSUPP;
	*state = rep->pf->vf[rep->vf].inactive ? DEVLINK_PORT_FN_STATE_INACTIVE
					       : DEVLINK_PORT_FN_STATE_ACTIVE;
	*opstate = rep->info.link ? DEVLINK_PORT_FN_OPSTATE_ATTACHED
				  : DEVLINK_PORT_FN_OPSTATE_DETACHED;
	return 0;
}

static int fn_state_set(struct devlink_port *port, enum devlink_port_fn_state state,
			struct netlink_ext_ack *extack)
{
	struct frl_rep *rep = vf_rep(port, extack);
	struct frl_pf *pf;
	bool before;
	int err;

	if (!rep)
		return -EOPNOTSUPP;
	pf = rep->pf;
	err = frl_fw_begin(pf);
	if (err)
		return err;
	before = pf->vf[rep->vf].inactive;
	pf->vf[rep->vf].inactive = state == DEVLINK_PORT_FN_STATE_INACTIVE;
	err = frl_vf_apply_locked(pf, rep->vf);
	if (err)
		pf->vf[rep->vf].inactive = before;
	frl_fw_end(pf);
	return err;
}

/* ---- devlink port function rate ---- */

static int no_rate(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_MOD(extack, "this card has no meters: a VF's rate cannot be limited");
	return -EOPNOTSUPP;
}

static int rate_leaf_set(struct devlink_rate *rate, void *priv, u64 value,
			 struct netlink_ext_ack *extack)
{
	return value ? no_rate(extack) : 0;
}

static int rate_node_new(struct devlink_rate *node, void **priv, struct netlink_ext_ack *extack)
{
	return no_rate(extack);
}

const struct devlink_ops frl_devlink_ops = {
	.info_get = info_get,
	.eswitch_mode_get = frl_eswitch_mode_get,
	.eswitch_mode_set = frl_eswitch_mode_set,
	.eswitch_encap_mode_get = encap_mode_get,
	.port_function_hw_addr_get = hw_addr_get,
	.port_function_hw_addr_set = hw_addr_set,
	.port_fn_state_get = fn_state_get,
	.port_fn_state_set = fn_state_set,
	.rate_leaf_tx_max_set = rate_leaf_set,
	.rate_leaf_tx_share_set = rate_leaf_set,
	.rate_node_new = rate_node_new,
};

/* ---- devlink resource ---- */

/* 0 names devlink's top. */
#define RESOURCE_ID(i) ((i) + 1)

static int ask(struct frl_pf *pf, struct frl_resource_entry entries[FRL_RESOURCE_COUNT],
	       unsigned int *count)
{
	int err = -ENODEV;

	*count = 0;
	if (frl_fw_begin_now(pf))
		err = frl_admin_resources(&pf->admin, entries, FRL_RESOURCE_COUNT, count);
	frl_fw_end(pf);
	return err;
}

static u64 occupied(struct frl_pf *pf, u32 id)
{
	struct frl_resource_entry entries[FRL_RESOURCE_COUNT];
	unsigned int count, i;

	if (ask(pf, entries, &count))
		return 0;
	for (i = 0; i < count; i++) {
		if (entries[i].id == id)
			return entries[i].used;
	}
	return 0;
}

/* devlink hands only a pointer of ours to a getter, so there is one getter for each. */
#define OCCUPIED(name)                                      \
	static u64 occupied_##name(void *priv)              \
	{                                                   \
		return occupied(priv, FRL_RESOURCE_##name); \
	}
OCCUPIED(BANKS)
OCCUPIED(SLOTS)
OCCUPIED(RULES)
OCCUPIED(MASKS)
OCCUPIED(ACTION_SETS)
OCCUPIED(LEGS)
OCCUPIED(ENCAPS)
OCCUPIED(TEAMS)
OCCUPIED(TCAM)
OCCUPIED(GENEVE_OPTIONS)

static devlink_resource_occ_get_t *const getters[] = {
	[FRL_RESOURCE_BANKS] = occupied_BANKS,
	[FRL_RESOURCE_SLOTS] = occupied_SLOTS,
	[FRL_RESOURCE_RULES] = occupied_RULES,
	[FRL_RESOURCE_MASKS] = occupied_MASKS,
	[FRL_RESOURCE_ACTION_SETS] = occupied_ACTION_SETS,
	[FRL_RESOURCE_LEGS] = occupied_LEGS,
	[FRL_RESOURCE_ENCAPS] = occupied_ENCAPS,
	[FRL_RESOURCE_TEAMS] = occupied_TEAMS,
	[FRL_RESOURCE_TCAM] = occupied_TCAM,
	[FRL_RESOURCE_GENEVE_OPTIONS] = occupied_GENEVE_OPTIONS,
};

static int register_resource(struct frl_pf *pf, const struct frl_resource_entry *e)
{
	struct devlink_resource_size_params params;
	int err;

	if (e->id >= ARRAY_SIZE(getters) || !getters[e->id])
		return 0; /* of a newer firmware */
	devlink_resource_size_params_init(&params, e->size, e->size, 1,
					  DEVLINK_RESOURCE_UNIT_ENTRY);
	err = devl_resource_register(pf->devlink, frl_resource_name(e->id), e->size,
				     RESOURCE_ID(e->id), DEVLINK_RESOURCE_ID_PARENT_TOP, &params);
	if (err)
		return err;
	devl_resource_occ_get_register(pf->devlink, RESOURCE_ID(e->id), getters[e->id], pf);
	return 0;
}

/**
 * frl_devlink_init() - resources
 * @pf: card, attached; the devlink lock is held
 *
 * Return: 0 or a negative errno value.
 */
int frl_devlink_init(struct frl_pf *pf)
{
	struct frl_resource_entry entries[FRL_RESOURCE_COUNT];
	unsigned int count, i;
	int err;

	pf->switch_id.id_len = strnlen(pf->hello.serial, sizeof(pf->hello.serial));
	memcpy(pf->switch_id.id, pf->hello.serial, pf->switch_id.id_len);
	err = ask(pf, entries, &count);
	for (i = 0; !err && i < count; i++)
		err = register_resource(pf, &entries[i]);
	if (err)
		devl_resources_unregister(pf->devlink);
	return err;
}

/**
 * frl_devlink_fini() - the opposite
 * @pf: card; the devlink lock is held
 */
void frl_devlink_fini(struct frl_pf *pf)
{
	devl_rate_nodes_destroy(pf->devlink);
	devl_resources_unregister(pf->devlink);
}
