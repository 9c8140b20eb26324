/* SPDX-License-Identifier: BSD-3-Clause */
/* Masks, action sets, encap entries, teams, ports, counters: good requests, refusals, rows. */
#include "helper.h"

/* ---- Masks ---- */

static void masks_are_shared_and_counted(void **state)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	struct frl_handle req;
	uint32_t first;

	(void)state;
	MASK(key, IP_DST);
	first = make_mask(key);
	assert_int_equal(make_mask(key), first);
	MASK(key, IP_SRC);
	assert_int_not_equal(make_mask(key), first);
	destroy(FRL_OP_MASK_DESTROY, first);
	destroy(FRL_OP_MASK_DESTROY, first);
	req = (struct frl_handle){ .handle = first };
	refused(FRL_OP_MASK_DESTROY, &req, sizeof(req), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
}

/* Every bit of every field is taken, one of no field is refused. */
static void masks_of_unmatched_bits(void **state)
{
	static const struct {
		unsigned int lsb, width;
	} fields[] = {
#define FIELD(name, lsb, width) { lsb, width },
		FRL_KEY_FIELDS(FIELD)
	};
	enum {
		COUNT = sizeof(fields) / sizeof(fields[0])
	};

	(void)state;
	for (unsigned int bit = 0; bit < FRL_KEY_BITS; bit++) {
		struct frl_mask req = { 0 };
		unsigned int f = 0;

		while (f < COUNT &&
		       !(bit >= fields[f].lsb && bit < fields[f].lsb + fields[f].width))
			f++;
		req.key[bit / 32] = 1u << bit % 32;
		if (f < COUNT)
			destroy(FRL_OP_MASK_DESTROY, make(FRL_OP_MASK_CREATE, &req, sizeof(req)));
		else
			assert_int_equal(refused(FRL_OP_MASK_CREATE, &req, sizeof(req),
						 FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_MATCH_FIELD),
					 f);
	}
}

static void masks_in_use_and_too_many(void **state)
{
	struct frl_mask req = { 0 };
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	struct frl_rule rule = rule_of(make_mask(key), make_output(), 0);
	struct frl_handle in_use = { .handle = rule.mask };

	(void)state;
	make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	assert_int_equal(refused(FRL_OP_MASK_DESTROY, &in_use, sizeof(in_use), FRL_STATUS_BUSY,
				 FRL_REFUSAL_IN_USE),
			 1);
	for (uint32_t i = 1; i < card.masks.pool.usable; i++) {
		req.key[7] = i;
		make(FRL_OP_MASK_CREATE, &req, sizeof(req));
	}
	req.key[7] = 0xffff;
	refused(FRL_OP_MASK_CREATE, &req, sizeof(req), FRL_STATUS_NO_SPACE,
		FRL_REFUSAL_OBJECTS_FULL);
}

/* ---- Encap entries ---- */

static const struct frl_encap vxlan = { .tun_type = FRL_TUN_TYPE_VXLAN,
					.tos = 0x10,
					.ttl = 64,
					.df = 1,
					.vni = 0x123456,
					.udp_dst = 4789,
					.eth_dst = { 2, 1, 2, 3, 4, 5 },
					.eth_src = { 2, 0, 0, 0, 0, 9 },
					.ip_src = { 10, 0, 0, 1 },
					.ip_dst = { 10, 0, 0, 2 } };

static void encap_rows(void **state)
{
	uint32_t handle = make(FRL_OP_ENCAP_CREATE, &vxlan, sizeof(vxlan));
	const uint32_t *row = fake->encap[handle & 0xfffff];

	(void)state;
	assert_int_equal(fake_bits(row, FRL_ENCAP_ETH_DST_LSB, 48), 0x020102030405);
	assert_int_equal(fake_bits(row, FRL_ENCAP_ETH_SRC_LSB, 48), 0x020000000009);
	assert_int_equal(fake_bits(row, FRL_ENCAP_IP_SRC_LSB, 32), 0x0a000001);
	assert_int_equal(fake_bits(row, FRL_ENCAP_IP_DST_LSB, 32), 0x0a000002);
	assert_int_equal(fake_bits(row, FRL_ENCAP_UDP_DST_LSB, 16), 4789);
	assert_int_equal(fake_bits(row, FRL_ENCAP_VNI_LSB, 24), 0x123456);
	assert_int_equal(fake_bits(row, FRL_ENCAP_TOS_LSB, 8), 0x10);
	assert_int_equal(fake_bits(row, FRL_ENCAP_TTL_LSB, 8), 64);
	assert_int_equal(fake_bits(row, FRL_ENCAP_DF_LSB, 1), 1);
	/* Equal: the same again, counted. */
	assert_int_equal(make(FRL_OP_ENCAP_CREATE, &vxlan, sizeof(vxlan)), handle);
	destroy(FRL_OP_ENCAP_DESTROY, handle);
	destroy(FRL_OP_ENCAP_DESTROY, handle);
	refused(FRL_OP_ENCAP_DESTROY, &(struct frl_handle){ .handle = handle },
		sizeof(struct frl_handle), FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN);
}

static void encap_refusals(void **state)
{
	struct frl_encap req = vxlan;

	(void)state;
	req.tun_type = FRL_TUN_TYPE_GENEVE;
	refused(FRL_OP_ENCAP_CREATE, &req, sizeof(req), FRL_STATUS_UNSUPPORTED,
		FRL_REFUSAL_ACTION_TUNNEL);
	req = vxlan;
	req.vni = 1u << 24;
	refused(FRL_OP_ENCAP_CREATE, &req, sizeof(req), FRL_STATUS_INVALID,
		FRL_REFUSAL_VALUE_RANGE);
	req = vxlan;
	req.df = 2;
	refused(FRL_OP_ENCAP_CREATE, &req, sizeof(req), FRL_STATUS_INVALID,
		FRL_REFUSAL_VALUE_RANGE);
	req = vxlan;
	req.udp_dst = 0;
	refused(FRL_OP_ENCAP_CREATE, &req, sizeof(req), FRL_STATUS_INVALID,
		FRL_REFUSAL_VALUE_RANGE);
	req = vxlan;
	req.ttl = 0;
	refused(FRL_OP_ENCAP_CREATE, &req, sizeof(req), FRL_STATUS_UNSUPPORTED,
		FRL_REFUSAL_ACTION_TTL_ZERO);
	req = vxlan;
	req.reserved11[15] = 1;
	refused(FRL_OP_ENCAP_CREATE, &req, sizeof(req), FRL_STATUS_INVALID,
		FRL_REFUSAL_MSG_RESERVED);
	req = vxlan;
	for (req.vni = 0; req.vni < 512; req.vni++)
		make(FRL_OP_ENCAP_CREATE, &req, sizeof(req));
	assert_int_equal(refused(FRL_OP_ENCAP_CREATE, &req, sizeof(req), FRL_STATUS_NO_SPACE,
				 FRL_REFUSAL_ENCAPS_FULL),
			 512);
}

/* ---- Teams ---- */

static void teams(void **state)
{
	struct frl_team req = { .count = 2, .members = { 0, 1 } };
	struct frl_leg leg = { .dest = FRL_DEST_TEAM };
	struct frl_handle handle = { .handle = make(FRL_OP_TEAM_CREATE, &req, sizeof(req)) };
	uint32_t set;

	(void)state;
	assert_int_equal(fake_bits(fake->team[0], FRL_TEAM_COUNT_LSB, 4), 2);
	assert_int_equal(fake_bits(fake->team[0], FRL_TEAM_MEMBERS_LSB, 16), 0x0100);
	leg.handle = handle.handle;
	set = make_set(&leg);
	assert_int_equal(fake_bits(fake->leg[1], FRL_LEG_DEST_LSB, 4), FRL_DEST_TEAM);
	assert_int_equal(fake_bits(fake->leg[1], FRL_LEG_DEST_ID_LSB, 8), 0);
	refused(FRL_OP_TEAM_DESTROY, &handle, sizeof(handle), FRL_STATUS_BUSY, FRL_REFUSAL_IN_USE);
	req.handle = handle.handle;
	req.count = 1;
	req.members[0] = FRL_PORT_VF0 + 15;
	make(FRL_OP_TEAM_SET, &req, sizeof(req));
	assert_int_equal(fake_bits(fake->team[0], FRL_TEAM_MEMBERS_LSB, 8), FRL_PORT_VF0 + 15);
	req.members[0] = FRL_PORT_VF0 + 16;
	refused(FRL_OP_TEAM_SET, &req, sizeof(req), FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN);
	req.members[0] = FRL_PORT_HOST;
	refused(FRL_OP_TEAM_SET, &req, sizeof(req), FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN);
	req.count = 9;
	refused(FRL_OP_TEAM_SET, &req, sizeof(req), FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE);
	req.mode = 1;
	refused(FRL_OP_TEAM_SET, &req, sizeof(req), FRL_STATUS_UNSUPPORTED,
		FRL_REFUSAL_VALUE_RANGE);
	destroy(FRL_OP_ACTION_SET_DESTROY, set);
	destroy(FRL_OP_TEAM_DESTROY, handle.handle);
	refused(FRL_OP_TEAM_SET, &req, sizeof(req), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
	req = (struct frl_team){ .handle = 1 };
	refused(FRL_OP_TEAM_CREATE, &req, sizeof(req), FRL_STATUS_INVALID,
		FRL_REFUSAL_MSG_RESERVED);
	req.handle = 0;
	for (unsigned int i = 0; i < 16; i++)
		make(FRL_OP_TEAM_CREATE, &req, sizeof(req));
	refused(FRL_OP_TEAM_CREATE, &req, sizeof(req), FRL_STATUS_NO_SPACE, FRL_REFUSAL_TEAMS_FULL);
}

/* ---- Action sets ---- */

static void leg_rows(void **state)
{
	struct set_request req = { .set = { .legs = 2 } };
	struct frl_leg *l = req.leg;
	const uint32_t *row;
	uint32_t first;

	(void)state;
	l[0] = (struct frl_leg){ .edits = 0x3ff & ~(FRL_EDIT_DECAP | FRL_EDIT_DEC_TTL),
				 .push = 2,
				 .dest = FRL_DEST_PORT,
				 .dest_id = FRL_PORT_VF0,
				 .ttl = 33,
				 .encap = make(FRL_OP_ENCAP_CREATE, &vxlan, sizeof(vxlan)),
				 .vlan_tci = { 0x1001, 0x2002 },
				 .vlan_tpid = { 0x88a8, 0x8100 },
				 .tp_src = 1111,
				 .tp_dst = 2222,
				 .eth_dst = { 2, 3, 4, 5, 6, 7 },
				 .eth_src = { 2, 9, 9, 9, 9, 9 },
				 .ip_src = { 10, 1, 2, 3 },
				 .ip_dst = { 0x20, 1, 0xd, 0xb8, [15] = 0x42 } };
	l[1] = (struct frl_leg){ .dest = FRL_DEST_HOST, .mark = 0xcafe, .pop = 1 };
	first = card.actions
			.set[make(FRL_OP_ACTION_SET_CREATE, &req,
				  sizeof(req.set) + 2 * sizeof(req.leg[0])) &
			     0xfffff]
			.leg[0]
			.row;
	row = fake->leg[first];
	assert_int_equal(fake_bits(row, FRL_LEG_EDITS_LSB, 16), l[0].edits);
	assert_int_equal(fake_bits(row, FRL_LEG_PUSH_LSB, 2), 2);
	assert_int_equal(fake_bits(row, FRL_LEG_VLAN0_TCI_LSB, 16), 0x1001);
	assert_int_equal(fake_bits(row, FRL_LEG_VLAN0_TPID_LSB, 16), 0x88a8);
	assert_int_equal(fake_bits(row, FRL_LEG_VLAN1_TCI_LSB, 16), 0x2002);
	assert_int_equal(fake_bits(row, FRL_LEG_VLAN1_TPID_LSB, 16), 0x8100);
	assert_int_equal(fake_bits(row, FRL_LEG_TTL_LSB, 8), 33);
	assert_int_equal(fake_bits(row, FRL_LEG_TP_SRC_LSB, 16), 1111);
	assert_int_equal(fake_bits(row, FRL_LEG_TP_DST_LSB, 16), 2222);
	assert_int_equal(fake_bits(row, FRL_LEG_ETH_DST_LSB, 48), 0x020304050607);
	assert_int_equal(fake_bits(row, FRL_LEG_ETH_SRC_LSB, 48), 0x020909090909);
	assert_int_equal(fake_bits(row, FRL_LEG_IP_SRC_LSB, 64), 0x0a010203);
	assert_int_equal(fake_bits(row, FRL_LEG_IP_SRC_LSB + 64, 64), 0);
	assert_int_equal(fake_bits(row, FRL_LEG_IP_DST_LSB, 64), 0x42);
	assert_int_equal(fake_bits(row, FRL_LEG_IP_DST_LSB + 64, 64), 0x20010db800000000);
	row = fake->leg[fake_bits(row, FRL_LEG_NEXT_LEG_LSB, 16)];
	assert_int_equal(fake_bits(row, FRL_LEG_NEXT_LEG_LSB, 16), 0);
	assert_int_equal(fake_bits(row, FRL_LEG_POP_LSB, 2), 1);
	assert_int_equal(fake_bits(row, FRL_LEG_DEST_LSB, 4), FRL_DEST_HOST);
	assert_int_equal(fake_bits(row, FRL_LEG_DEST_ID_LSB, 8), FRL_PUNT_ACTION);
	assert_int_equal(fake_bits(row, FRL_LEG_MARK_LSB, 32), 0xcafe);
	refused(FRL_OP_ENCAP_DESTROY, &(struct frl_handle){ .handle = l[0].encap },
		sizeof(struct frl_handle), FRL_STATUS_BUSY, FRL_REFUSAL_IN_USE);
}

static void leg_refusals(void **state)
{
	static const struct {
		struct frl_leg leg;
		uint16_t status, reason;
	} cases[] = {
		{ { .edits = 1u << 10 }, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_UNKNOWN },
		{ { .pop = 3 }, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_VLAN_DEPTH },
		{ { .push = 3 }, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_VLAN_DEPTH },
		{ { .push = 1, .vlan_tpid = { 0x9100 } },
		  FRL_STATUS_INVALID,
		  FRL_REFUSAL_VALUE_RANGE },
		{ { .push = 2, .vlan_tpid = { 0x8100 } },
		  FRL_STATUS_INVALID,
		  FRL_REFUSAL_VALUE_RANGE },
		{ { .edits = FRL_EDIT_DECAP, .pop = 1 },
		  FRL_STATUS_UNSUPPORTED,
		  FRL_REFUSAL_ACTION_ORDER },
		{ { .edits = FRL_EDIT_SET_TTL },
		  FRL_STATUS_UNSUPPORTED,
		  FRL_REFUSAL_ACTION_TTL_ZERO },
		{ { .edits = FRL_EDIT_SET_TTL | FRL_EDIT_DEC_TTL, .ttl = 3 },
		  FRL_STATUS_UNSUPPORTED,
		  FRL_REFUSAL_ACTION_ORDER },
		{ { .edits = FRL_EDIT_ENCAP, .encap = 77 },
		  FRL_STATUS_NO_ENTRY,
		  FRL_REFUSAL_HANDLE_UNKNOWN },
		{ { .encap = 1 }, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED },
		{ { .dest = 4 }, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_UNKNOWN },
		{ { .mark = 1 }, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_MARK_RSS },
		{ { .dest_id = 1 }, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED },
		{ { .handle = 1 }, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED },
		{ { .dest = FRL_DEST_PORT, .dest_id = 2 },
		  FRL_STATUS_INVALID,
		  FRL_REFUSAL_PORT_UNKNOWN },
		{ { .dest = FRL_DEST_PORT, .dest_id = FRL_PORT_HOST },
		  FRL_STATUS_INVALID,
		  FRL_REFUSAL_PORT_UNKNOWN },
		{ { .dest = FRL_DEST_TEAM, .handle = 5 },
		  FRL_STATUS_NO_ENTRY,
		  FRL_REFUSAL_HANDLE_UNKNOWN },
		{ { .reserved6 = 1 }, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED },
		{ { .reserved18 = { [4] = 1 } }, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED },
	};
	struct set_request req = { .set = { .legs = 2 } };
	const size_t two = sizeof(req.set) + 2 * sizeof(req.leg[0]);

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		req.leg[1] = cases[i].leg;
		refused(FRL_OP_ACTION_SET_CREATE, &req, two, cases[i].status, cases[i].reason);
	}
	assert_int_equal(card.actions.legs.used, 0);
	req.leg[1] = req.leg[0];
	req.set.legs = 3;
	refused(FRL_OP_ACTION_SET_CREATE, &req, two, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_LENGTH);
	req.set.legs = 0;
	refused(FRL_OP_ACTION_SET_CREATE, &req, two, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE);
	req.set.legs = 9;
	assert_int_equal(refused(FRL_OP_ACTION_SET_CREATE, &req, sizeof(req),
				 FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_LEGS),
			 8);
}

static void legs_full(void **state)
{
	struct set_request req = { .set = { .legs = 8 } };
	const size_t size = sizeof(req.set) + 8 * sizeof(req.leg[0]);
	struct answer a;
	uint32_t last = 0;

	(void)state;
	for (unsigned int i = 0; i < 4095 / 8; i++)
		last = make(FRL_OP_ACTION_SET_CREATE, &req, size);
	a = ask(FRL_OP_ACTION_SET_CREATE, &req, size);
	assert_int_equal(a.reason, FRL_REFUSAL_LEGS_FULL);
	assert_int_equal(a.status, FRL_STATUS_NO_SPACE);
	/* Rows that still drain are waited for, not refused: both are in flight together. */
	fake->hold_updates = true;
	post(FRL_OP_ACTION_SET_DESTROY, &(struct frl_handle){ .handle = last },
	     sizeof(struct frl_handle));
	post(FRL_OP_ACTION_SET_CREATE, &req, size);
	assert_int_equal(take().opcode, FRL_OP_ACTION_SET_DESTROY);
	assert_null(fake_reply());
	fake->hold_updates = false;
	fake_run_updates();
	assert_int_equal(take().status, FRL_STATUS_OK);
}

/* ---- Ports and counters ---- */

static uint32_t vf_config(unsigned int vf, unsigned int word)
{
	return fake_read(FRL_BASE_FN + (FRL_FN_VF0 + vf) * FRL_BASE_FN_STRIDE + FRL_REG_FN_CONFIG +
				 4 * word,
			 4);
}

static void vf_configuration(void **state)
{
	uint32_t page = FRL_BASE_FN + (FRL_FN_VF0 + 1) * FRL_BASE_FN_STRIDE;

	(void)state;
	/* The base ends in 01:ff, so VF 1 carries. */
	assert_int_equal(vf_config(1, 0), 0x0000f002);
	assert_int_equal(vf_config(1, 1), 0x00010002);
	assert_int_equal(vf_config(1, 2), 1 | 1500 << 16);
	assert_int_equal(fake_read(page + FRL_REG_FN_FEATURES_LO, 4), 1 << 3 | 1 << 5 | 1 << 16);
	assert_int_equal(fake_read(page + FRL_REG_FN_FEATURES_HI, 4), 1 | 1 << 1 | 1 << 4 | 1 << 8);
}

static void ports(void **state)
{
	struct frl_port_req get = { .port = FRL_PORT_VF0 + 1 };
	struct frl_port_info set = { .port = FRL_PORT_VF0 + 1,
				     .set = FRL_PORT_SET_ADMIN | FRL_PORT_SET_MAC |
					    FRL_PORT_SET_MTU | FRL_PORT_SET_SLOW_PAIR,
				     .mac = { 2, 1, 1, 1, 1, 1 },
				     .mtu = 9000,
				     .slow_pair = 31 };
	uint32_t page = FRL_BASE_FN + (FRL_FN_VF0 + 1) * FRL_BASE_FN_STRIDE;
	struct answer a;
	const struct frl_port_info *info = (const void *)a.body;

	(void)state;
	a = ask(FRL_OP_PORT_GET, &get, sizeof(get));
	assert_int_equal(info->kind, FRL_PORT_KIND_VF);
	assert_int_equal(info->admin, 1);
	assert_int_equal(info->slow_pair, 3);
	assert_int_equal(info->mtu, 1500);
	assert_int_equal(info->mac[5], 0);
	assert_int_equal(info->mac[4], 2);
	make(FRL_OP_PORT_SET, &set, sizeof(set));
	a = ask(FRL_OP_PORT_GET, &get, sizeof(get));
	assert_int_equal(info->admin, 0);
	assert_int_equal(info->mtu, 9000);
	assert_memory_equal(info->mac, set.mac, 6);
	assert_int_equal(vf_config(1, 0), 0x01010102);
	assert_int_equal(vf_config(1, 1), 0x00000101);
	assert_int_equal(vf_config(1, 2), 1 | 9000u << 16);
	assert_int_equal(fake_read(page + FRL_REG_FN_FN_CTRL, 4), 1);
	/* Down, pair 31, 9000 bytes with Ethernet header and two tags. */
	assert_int_equal(fake_read(FRL_BASE_PORT + 17 * 16, 4), 31 << 8 | 9022u << 16);
	get.port = 1;
	a = ask(FRL_OP_PORT_GET, &get, sizeof(get));
	assert_int_equal(info->kind, FRL_PORT_KIND_WIRE);
	assert_int_equal(info->link, 0);
	assert_int_equal(info->slow_pair, 1);
	assert_int_equal(info->mac[0], 2);
	assert_int_equal(info->mac[5], 1);
	get.port = FRL_PORT_HOST;
	a = ask(FRL_OP_PORT_GET, &get, sizeof(get));
	assert_int_equal(info->kind, FRL_PORT_KIND_HOST);
	/* Replies of the firmware go to the admin pair. */
	assert_int_equal(fake_read(FRL_BASE_PORT + FRL_PORT_FW * 16, 4), 1 | 18 << 8);
}

static void port_refusals(void **state)
{
	struct frl_port_req get = { .port = 2 };
	struct frl_port_info good = { .port = FRL_PORT_VF0, .mac = { 2 }, .mtu = 68 }, set = good;

	(void)state;
	refused(FRL_OP_PORT_GET, &get, sizeof(get), FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN);
	get.port = 255;
	refused(FRL_OP_PORT_GET, &get, sizeof(get), FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN);
	get.reserved1[6] = 1;
	refused(FRL_OP_PORT_GET, &get, sizeof(get), FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED);
	set.port = 200;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN);
	set = good;
	set.set = 16;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_UNSUPPORTED,
		FRL_REFUSAL_VALUE_RANGE);
	set.set = FRL_PORT_SET_MTU;
	set.mtu = 67;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE);
	set.mtu = 9199;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE);
	set.mtu = 9198;
	make(FRL_OP_PORT_SET, &set, sizeof(set));
	assert_int_equal(fake_read(FRL_BASE_PORT + FRL_PORT_VF0 * 16, 4) >> 16, FRL_MAX_FRAME);
	set = good;
	set.set = FRL_PORT_SET_MAC;
	set.mac[0] = 3;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE);
	set.mac[0] = 0;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE);
	set = good;
	set.port = 0;
	set.set = FRL_PORT_SET_MAC;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_UNSUPPORTED,
		FRL_REFUSAL_VALUE_RANGE);
	set.set = FRL_PORT_SET_ADMIN;
	set.admin = 2;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE);
	set.port = FRL_PORT_HOST;
	set.admin = 0;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_UNSUPPORTED,
		FRL_REFUSAL_VALUE_RANGE);
	set.set = FRL_PORT_SET_SLOW_PAIR;
	set.slow_pair = 32;
	refused(FRL_OP_PORT_SET, &set, sizeof(set), FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE);
}

static void counters(void **state)
{
	struct frl_counters_set req = { .iova = 0x1234567840,
					.length = FRL_COUNTER_AREA_BYTES(8192) };

	(void)state;
	make(FRL_OP_COUNTERS_SET, &req, sizeof(req));
	assert_int_equal(fake_read(FRL_REG_CHIP_CNT_BASE_LO, 4), 0x34567840);
	assert_int_equal(fake_read(FRL_REG_CHIP_CNT_BASE_HI, 4), 0x12);
	assert_int_equal(fake_read(FRL_REG_CHIP_CNT_CTRL, 4), 1);
	req.iova++;
	refused(FRL_OP_COUNTERS_SET, &req, sizeof(req), FRL_STATUS_INVALID,
		FRL_REFUSAL_VALUE_RANGE);
	req.iova = ~0ull & ~63ull;
	refused(FRL_OP_COUNTERS_SET, &req, sizeof(req), FRL_STATUS_INVALID,
		FRL_REFUSAL_VALUE_RANGE);
	req.iova = 64;
	req.length--;
	assert_int_equal(refused(FRL_OP_COUNTERS_SET, &req, sizeof(req), FRL_STATUS_INVALID,
				 FRL_REFUSAL_VALUE_RANGE),
			 FRL_COUNTER_AREA_BYTES(8192));
	req = (struct frl_counters_set){ 0 };
	make(FRL_OP_COUNTERS_SET, &req, sizeof(req));
	assert_int_equal(fake_read(FRL_REG_CHIP_CNT_CTRL, 4), 0);
}

static void resources(void **state)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	struct frl_rule rule;
	struct answer a;
	const struct frl_resource_entry *r = (const void *)a.body;

	(void)state;
	rule = rule_of(make_mask(key), make_output(), 0);
	destroy(FRL_OP_RULE_DESTROY, make(FRL_OP_RULE_CREATE, &rule, sizeof(rule)));
	a = ask(FRL_OP_RESOURCES, NULL, 0);
	assert_int_equal(a.len, FRL_RESOURCE_COUNT * sizeof(*r));
	for (unsigned int i = 0; i < FRL_RESOURCE_COUNT; i++)
		assert_int_equal(r[i].id, i);
	assert_int_equal(r[FRL_RESOURCE_RULES].size, 8192);
	assert_int_equal(r[FRL_RESOURCE_RULES].used, 0);
	assert_int_equal(r[FRL_RESOURCE_RULES].high, 1);
	assert_int_equal(r[FRL_RESOURCE_BANKS].used, 0);
	assert_int_equal(r[FRL_RESOURCE_BANKS].high, 1);
	assert_int_equal(r[FRL_RESOURCE_LEGS].size, 4095);
	assert_int_equal(r[FRL_RESOURCE_LEGS].used, 1);
	assert_int_equal(r[FRL_RESOURCE_SLOTS].size, 8192);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, card_setup, card_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(masks_are_shared_and_counted),
		TEST(masks_of_unmatched_bits),
		TEST(masks_in_use_and_too_many),
		TEST(encap_rows),
		TEST(encap_refusals),
		TEST(teams),
		TEST(leg_rows),
		TEST(leg_refusals),
		TEST(legs_full),
		TEST(vf_configuration),
		TEST(ports),
		TEST(port_refusals),
		TEST(counters),
		TEST(resources),
	};

	return cmocka_run_group_tests_name("fw objects", tests, NULL, NULL);
}
