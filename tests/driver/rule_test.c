/* SPDX-License-Identifier: BSD-3-Clause */
/* Legs: what the order of a switch's actions becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "frl_rule.h"

static struct frl_rule_desc rule;
static struct frl_acts a;

#define YES(call)	 assert_int_equal(call, FRL_REFUSAL_NONE)
#define NO(reason, call) assert_int_equal(call, FRL_REFUSAL_##reason)

/* A frame from port 16 with `tags` tags, `l3` and, for IP, TCP. */
static void frame(unsigned int tags, enum frl_l3_type l3)
{
	frl_rule_init(&rule, 16, 0);
	frl_match_set(&rule.match, FRL_F_vlan0_present, tags > 0, 1);
	if (tags)
		frl_match_set(&rule.match, FRL_F_vlan1_present, tags > 1, 1);
	if (l3)
		frl_match_l3(&rule.match, l3);
	if (l3 == FRL_L3_TYPE_IPV4 || l3 == FRL_L3_TYPE_IPV6)
		frl_match_l4(&rule.match, FRL_L4_TYPE_TCP);
	frl_acts_init(&a, &rule);
}

/* A pushed tag that is popped again leaves nothing; then a pop takes the frame's own tag. */
static void pops_cancel_pushes(void **state)
{
	(void)state;
	frame(1, FRL_L3_TYPE_NONE);
	YES(frl_acts_push_vlan(&a, 0x88a8));
	YES(frl_acts_set_vid(&a, 5));
	YES(frl_acts_set_pcp(&a, 7));
	YES(frl_acts_output(&a, 1));
	YES(frl_acts_pop_vlan(&a));
	YES(frl_acts_output(&a, 2));
	YES(frl_acts_pop_vlan(&a));
	YES(frl_acts_output(&a, 3));
	YES(frl_acts_finish(&a));
	assert_int_equal(rule.legs, 3);
	assert_int_equal(rule.leg[0].push, 1);
	assert_int_equal(rule.leg[0].vlan_tpid[0], 0x88a8);
	assert_int_equal(rule.leg[0].vlan_tci[0], 7 << 13 | 5);
	assert_int_equal(rule.leg[1].push + rule.leg[1].pop, 0);
	assert_int_equal(rule.leg[2].push, 0);
	assert_int_equal(rule.leg[2].pop, 1);
}

/* The outer of two pushed tags stands first, and starts as the inner one's copy. */
static void two_tags(void **state)
{
	(void)state;
	frame(0, FRL_L3_TYPE_NONE);
	YES(frl_acts_push_vlan(&a, 0x8100));
	YES(frl_acts_set_vid(&a, 10));
	YES(frl_acts_push_vlan(&a, 0x88a8));
	YES(frl_acts_output(&a, 1));
	YES(frl_acts_set_vid(&a, 20));
	YES(frl_acts_output(&a, 2));
	NO(ACTION_VLAN_DEPTH, frl_acts_push_vlan(&a, 0x8100));
	assert_int_equal(rule.leg[0].push, 2);
	assert_int_equal(rule.leg[0].vlan_tci[0], 10);
	assert_int_equal(rule.leg[0].vlan_tpid[0], 0x88a8);
	assert_int_equal(rule.leg[0].vlan_tpid[1], 0x8100);
	assert_int_equal(rule.leg[1].vlan_tci[0], 20);
	assert_int_equal(rule.leg[1].vlan_tci[1], 10);
}

static void tag_of_unknown_content(void **state)
{
	(void)state;
	frame(1, FRL_L3_TYPE_NONE);
	YES(frl_acts_push_vlan(&a, 0x8100));
	NO(ACTION_VLAN_REWRITE, frl_acts_output(&a, 1));
	YES(frl_acts_set_vid(&a, 1));
	NO(ACTION_VLAN_REWRITE, frl_acts_output(&a, 1));
	YES(frl_acts_set_pcp(&a, 1));
	YES(frl_acts_output(&a, 1));
	frame(1, FRL_L3_TYPE_NONE);
	YES(frl_acts_pop_vlan(&a));
	YES(frl_acts_push_vlan(&a, 0x8100)); /* no tag is left: a new one is zero */
	YES(frl_acts_output(&a, 1));
	assert_int_equal(rule.leg[0].vlan_tci[0], 0);
	NO(VALUE_RANGE, frl_acts_set_vid(&a, 4096));
	NO(VALUE_RANGE, frl_acts_set_pcp(&a, 8));
}

static void ttl(void **state)
{
	(void)state;
	frame(0, FRL_L3_TYPE_IPV4);
	YES(frl_acts_set_ttl(&a, 3));
	YES(frl_acts_dec_ttl(&a));
	YES(frl_acts_output(&a, 1));
	assert_int_equal(rule.leg[0].edits, FRL_EDIT_SET_TTL);
	assert_int_equal(rule.leg[0].ttl, 2);
	YES(frl_acts_dec_ttl(&a));
	NO(ACTION_TTL_ZERO, frl_acts_dec_ttl(&a));
	frame(0, FRL_L3_TYPE_IPV6);
	YES(frl_acts_dec_ttl(&a));
	NO(ACTION_ORDER, frl_acts_set_ttl(&a, 9));
	frame(0, FRL_L3_TYPE_ARP);
	NO(ACTION_NEEDS_MATCH, frl_acts_set_ttl(&a, 9));
}

static void addresses_need_their_family(void **state)
{
	const uint8_t addr[16] = { 1, 2, 3, 4, 5 };

	(void)state;
	frame(0, FRL_L3_TYPE_IPV6);
	NO(ACTION_NEEDS_MATCH, frl_acts_set_ip(&a, FRL_EDIT_SET_IP_SRC, addr, 4));
	YES(frl_acts_set_ip(&a, FRL_EDIT_SET_IP_DST, addr, 16));
	YES(frl_acts_output(&a, 1));
	assert_memory_equal(rule.leg[0].ip_dst, addr, 16);
	assert_int_equal(rule.leg[0].edits, FRL_EDIT_SET_IP_DST);
}

static void drop_stands_alone(void **state)
{
	const uint8_t mac[6] = { 2 };

	(void)state;
	frame(0, FRL_L3_TYPE_NONE);
	YES(frl_acts_set_eth(&a, FRL_EDIT_SET_ETH_SRC, mac));
	YES(frl_acts_drop(&a));
	assert_int_equal(rule.leg[0].edits, 0);
	NO(ACTION_FATE_CONFLICT, frl_acts_output(&a, 1));
	NO(ACTION_FATE_CONFLICT, frl_acts_drop(&a));
	NO(ACTION_FATE_CONFLICT, frl_acts_host(&a, 0));
	YES(frl_acts_finish(&a));
	frame(0, FRL_L3_TYPE_NONE);
	NO(ACTION_NO_FATE, frl_acts_finish(&a));
	YES(frl_acts_host(&a, 7));
	NO(ACTION_FATE_CONFLICT, frl_acts_host(&a, 7));
	NO(ACTION_FATE_CONFLICT, frl_acts_drop(&a));
}

static void eight_legs(void **state)
{
	(void)state;
	frame(0, FRL_L3_TYPE_NONE);
	for (uint8_t i = 0; i < FRL_RULE_LEGS; i++)
		YES(frl_acts_output(&a, i));
	NO(ACTION_LEGS, frl_acts_output(&a, 9));
	assert_int_equal(rule.legs, FRL_RULE_LEGS);
	assert_int_equal(rule.leg[7].dest_id, 7);
}

static void encap_checks(void **state)
{
	struct frl_encap e = { .tun_type = FRL_TUN_TYPE_VXLAN, .ttl = 64, .vni = 0xffffff };

	(void)state;
	frame(0, FRL_L3_TYPE_NONE);
	e.vni++;
	NO(VALUE_RANGE, frl_acts_encap(&a, &e));
	e.vni--;
	e.ttl = 0;
	NO(ACTION_TTL_ZERO, frl_acts_encap(&a, &e));
	e.ttl = 1;
	e.tun_type = FRL_TUN_TYPE_GENEVE;
	NO(ACTION_TUNNEL, frl_acts_encap(&a, &e));
	e.tun_type = FRL_TUN_TYPE_VXLAN;
	YES(frl_acts_encap(&a, &e));
	NO(ACTION_TUNNEL_EDIT, frl_acts_push_vlan(&a, 0x8100));
	NO(ACTION_TUNNEL_EDIT, frl_acts_pop_vlan(&a));
	NO(ACTION_TUNNEL_EDIT, frl_acts_decap(&a));
}

/* The header that OVS builds for tnl_push, then one wrong byte at a time. */
static void raw_header(void **state)
{
	static const uint8_t
		good[50] = {
			0xaa, 0xbb, 0xcc, 0,	0, 2, 2,    0x11, 0x22, 0x33,
			0x44, 0x55, 8,	  0, /* Ethernet */
			0x45, 0x28, 0,	  0,	0, 0, 0x40, 0,	  64,	17,
			0,    0,    172,  16,	0, 1, 172,  16,	  0,	2, /* IPv4 */
			0,    0,    0x12, 0xb5, 0, 0, 0,    0,		   /* UDP */
			8,    0,    0,	  0,	0, 0, 0x4d, 0,		   /* VXLAN */
		};
	/* type, version, DF and MF and offset, protocol, port, VXLAN flags and reserved bytes */
	static const uint8_t at[] = { 12, 13, 14, 20, 21, 23, 36, 37, 42, 43, 44, 45, 49 };
	struct frl_encap e;
	uint8_t bad[50];

	(void)state;
	YES(frl_encap_parse(&e, good, sizeof(good)));
	assert_int_equal(e.vni, 77);
	assert_int_equal(e.tos, 0x28);
	assert_int_equal(e.ttl, 64);
	assert_int_equal(e.df, 1);
	assert_int_equal(e.udp_dst, 4789);
	assert_memory_equal(e.eth_src, good + 6, 6);
	assert_memory_equal(e.ip_dst, good + 30, 4);
	NO(ACTION_TUNNEL, frl_encap_parse(&e, good, sizeof(good) - 1));
	for (size_t i = 0; i < sizeof(at); i++) {
		memcpy(bad, good, sizeof(bad));
		bad[at[i]] ^= 0x21;
		NO(ACTION_TUNNEL, frl_encap_parse(&e, bad, sizeof(bad)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pops_cancel_pushes),
		cmocka_unit_test(two_tags),
		cmocka_unit_test(tag_of_unknown_content),
		cmocka_unit_test(ttl),
		cmocka_unit_test(addresses_need_their_family),
		cmocka_unit_test(drop_stands_alone),
		cmocka_unit_test(eight_legs),
		cmocka_unit_test(encap_checks),
		cmocka_unit_test(raw_header),
	};

	return cmocka_run_group_tests_name("driver rule", tests, NULL, NULL);
}
