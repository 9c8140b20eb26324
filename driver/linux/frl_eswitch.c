// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Mode of the embedded switch. Legacy: the driver's own rules forward by address, see
 * frl_legacy.c. Switchdev: each VF has a representor, and rules are TC's. Either may come first,
 * the mode or the VFs. The devlink lock is held throughout.
 */
#include "frl.h"

static void destroy_reps(struct frl_pf *pf, unsigned int first, unsigned int end)
{
	unsigned int port;

	for (port = end; port-- > first;) {
		if (pf->reps[port])
			frl_rep_destroy(pf->reps[port]);
	}
}

static int create_reps(struct frl_pf *pf, unsigned int first, unsigned int end)
{
	struct frl_rep *rep;
	unsigned int port;

	for (port = first; port < end; port++) {
		rep = frl_rep_create(pf, port);
		if (IS_ERR(rep)) {
			destroy_reps(pf, first, port);
			return PTR_ERR(rep);
		}
	}
	return 0;
}

static void destroy_vf_reps(struct frl_pf *pf)
{
	destroy_reps(pf, FRL_PORT_VF0, FRL_N_PORTS);
}

static int create_vf_reps(struct frl_pf *pf, u16 vfs)
{
	return create_reps(pf, FRL_PORT_VF0, FRL_PORT_VF0 + vfs);
}

/* ---- Number of VFs ---- */

/**
 * frl_eswitch_vfs_add() - VFs are about to appear
 * @pf: card without VFs
 * @vfs: how many
 *
 * Return: 0 or a negative errno value.
 */
int frl_eswitch_vfs_add(struct frl_pf *pf, u16 vfs)
{
	int err;

	devl_assert_locked(pf->devlink);
	err = pf->switchdev ? create_vf_reps(pf, vfs) : frl_legacy_vfs(pf, vfs);
	if (!err)
		pf->num_vfs = vfs;
	return err;
}

/**
 * frl_eswitch_vfs_remove() - they are gone
 * @pf: card
 */
void frl_eswitch_vfs_remove(struct frl_pf *pf)
{
	devl_assert_locked(pf->devlink);
	if (pf->switchdev)
		destroy_vf_reps(pf);
	else
		frl_legacy_vfs(pf, 0);
	pf->num_vfs = 0;
}

/* ---- Mode ---- */

/*
 * Rules of uplinks go, for which there is no block to be unbound, and the switch id comes or
 * goes.
 */
static int change_uplinks(struct frl_pf *pf)
{
	unsigned int w;
	int err;

	for (w = 0; w < pf->wires; w++) {
		struct frl_rep *rep = pf->reps[FRL_PORT_WIRE0 + w];

		frl_tc_rep_gone(rep);
		err = frl_rep_devlink_reregister(rep);
		if (err)
			return err;
	}
	return 0;
}

static int start_legacy(struct frl_pf *pf)
{
	int err;

	pf->switchdev = false;
	err = change_uplinks(pf);
	if (!err)
		err = frl_legacy_start(pf, pf->num_vfs);
	return err;
}

static int start_switchdev(struct frl_pf *pf)
{
	int err;

	frl_legacy_stop(pf);
	pf->switchdev = true;
	err = change_uplinks(pf);
	if (!err)
		err = create_vf_reps(pf, pf->num_vfs);
	return err;
}

static int to_switchdev(struct frl_pf *pf, struct netlink_ext_ack *extack)
{
	int err = start_switchdev(pf);

	if (!err)
		return 0;
	NL_SET_ERR_MSG_MOD(extack, "representors cannot be made; see the kernel log");
	if (start_legacy(pf))
		pci_err(pf->pdev, "the way back to legacy mode failed too\n");
	return err;
}

static int to_legacy(struct frl_pf *pf, struct netlink_ext_ack *extack)
{
	int err;

	destroy_vf_reps(pf);
	err = start_legacy(pf);
	if (!err)
		return 0;
	NL_SET_ERR_MSG_MOD(extack, "rules of legacy mode cannot be installed; see the kernel log");
	if (start_switchdev(pf))
		pci_err(pf->pdev, "the way back to switchdev mode failed too\n");
	return err;
}

/**
 * frl_eswitch_mode_set() - devlink dev eswitch set mode
 * @devlink: card
 * @mode: DEVLINK_ESWITCH_MODE_*
 * @extack: what went wrong
 *
 * Return: 0 or a negative errno value: the mode is as before.
 */
int frl_eswitch_mode_set(struct devlink *devlink, u16 mode, struct netlink_ext_ack *extack)
{
	struct frl_pf *pf = devlink_priv(devlink);

	switch (mode) {
	case DEVLINK_ESWITCH_MODE_LEGACY:
		return pf->switchdev ? to_legacy(pf, extack) : 0;
	case DEVLINK_ESWITCH_MODE_SWITCHDEV:
		return pf->switchdev ? 0 : to_switchdev(pf, extack);
	default:
		NL_SET_ERR_MSG_MOD(extack, "mode is neither legacy nor switchdev");
		return -EOPNOTSUPP;
	}
}

/**
 * frl_eswitch_mode_get() - devlink dev eswitch show
 * @devlink: card
 * @mode: out
 *
 * Return: 0.
 */
int frl_eswitch_mode_get(struct devlink *devlink, u16 *mode)
{
	struct frl_pf *pf = devlink_priv(devlink);

	*mode = pf->switchdev ? DEVLINK_ESWITCH_MODE_SWITCHDEV : DEVLINK_ESWITCH_MODE_LEGACY;
	return 0;
}

/* ---- Start and end ---- */

/**
 * frl_eswitch_init() - uplinks, and legacy mode
 * @pf: card
 *
 * Return: 0 or a negative errno value.
 */
int frl_eswitch_init(struct frl_pf *pf)
{
	int err;

	err = create_reps(pf, FRL_PORT_WIRE0, FRL_PORT_WIRE0 + pf->wires);
	if (err)
		return err;
	err = frl_legacy_alloc(pf);
	if (err)
		goto err_reps;
	err = frl_legacy_start(pf, 0);
	if (err)
		goto err_legacy;
	return 0;
err_legacy:
	frl_legacy_free(pf);
err_reps:
	destroy_reps(pf, FRL_PORT_WIRE0, FRL_PORT_HOST);
	return err;
}

/**
 * frl_eswitch_fini() - no netdev is left
 * @pf: card without VFs
 */
void frl_eswitch_fini(struct frl_pf *pf)
{
	destroy_vf_reps(pf);
	frl_legacy_stop(pf);
	frl_legacy_free(pf);
	destroy_reps(pf, FRL_PORT_WIRE0, FRL_PORT_HOST);
}
