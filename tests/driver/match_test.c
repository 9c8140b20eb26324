/* SPDX-License-Identifier: BSD-3-Clause */
/* Packed key and mask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "frl_match.h"

static struct frl_match m;

static int start(void **state)
{
	(void)state;
	frl_match_init(&m, 17);
	return 0;
}

static void port_is_exact(void **state)
{
	struct frl_match want = { 0 };

	(void)state;
	want.key[0] = 17;
	want.mask[0] = 0xff;
	assert_memory_equal(&m, &want, sizeof(m));
}

/* A field over two words, and one that fills four. */
static void words(void **state)
{
	const uint8_t addr[16] = { 0x20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	uint8_t all[16];

	(void)state;
	memset(all, 0xff, sizeof(all));
	assert_int_equal(frl_match_set(&m, FRL_F_eth_dst, 0x0200000000aa, 0xffffffffffff), 0);
	assert_int_equal(m.key[1], 0x000000aa);
	assert_int_equal(m.key[2], 0x0200);
	assert_int_equal(m.mask[2], 0xffff);
	assert_int_equal(frl_match_set_be(&m, FRL_F_ip_src, addr, all, 16), 0);
	assert_int_equal(m.key[7], 0x0c0d0e0f);
	assert_int_equal(m.key[10], 0x20010203);
	assert_int_equal(m.mask[11], 0);
	assert_true(frl_match_says(&m, FRL_F_eth_dst, 0x0200000000aa));
	assert_false(frl_match_says(&m, FRL_F_eth_dst, 0x0200000000ab));
}

static void bits_outside_mask_are_ignored(void **state)
{
	(void)state;
	assert_int_equal(frl_match_set(&m, FRL_F_ip_tos, 0xff, 0x03), 0);
	assert_int_equal(frl_match_value(&m, FRL_F_ip_tos), 0x03);
	assert_int_equal(frl_match_mask(&m, FRL_F_ip_tos), 0x03);
	assert_false(frl_match_says(&m, FRL_F_ip_tos, 0x03));
}

static void refusals_change_nothing(void **state)
{
	struct frl_match before;

	(void)state;
	frl_match_set(&m, FRL_F_tp_dst, 80, 0xffff);
	before = m;
	assert_int_equal(frl_match_set(&m, FRL_F_tp_dst, 81, 0xffff), FRL_REFUSAL_MATCH_CONFLICT);
	assert_int_equal(frl_match_set(&m, FRL_F_arp_sha, 1, 1), FRL_REFUSAL_MATCH_ORDER);
	assert_int_equal(frl_match_set(&m, FRL_F_nd_ll, 1, 1), FRL_REFUSAL_MATCH_ORDER);
	assert_int_equal(frl_match_set(&m, FRL_F_tun_type, 4, 4), FRL_REFUSAL_VALUE_RANGE);
	assert_int_equal(frl_match_set(&m, FRL_F_tcp_flags, 0, 0x1000), FRL_REFUSAL_VALUE_RANGE);
	assert_int_equal(frl_match_set(&m, FRL_F_vlan0_tci, 0, 0x10000), FRL_REFUSAL_VALUE_RANGE);
	assert_memory_equal(&m, &before, sizeof(m));
	assert_int_equal(frl_match_set(&m, FRL_F_tp_dst, 80, 0xff), 0);
	assert_int_equal(frl_match_set(&m, FRL_F_arp_sha, 1, 0), 0);
}

static void layers_imply_types(void **state)
{
	(void)state;
	assert_int_equal(frl_match_l3(&m, FRL_L3_TYPE_IPV6), 0);
	assert_int_equal(frl_match_l4(&m, FRL_L4_TYPE_ICMPV6), 0);
	assert_true(frl_match_says(&m, FRL_F_eth_type, 0x86dd));
	assert_true(frl_match_says(&m, FRL_F_l3_type, FRL_L3_TYPE_IPV6));
	assert_true(frl_match_says(&m, FRL_F_ip_proto, 58));
	assert_true(frl_match_says(&m, FRL_F_l4_type, FRL_L4_TYPE_ICMPV6));
	assert_int_equal(frl_match_l3(&m, FRL_L3_TYPE_IPV4), FRL_REFUSAL_MATCH_CONFLICT);
	assert_int_equal(frl_match_l4(&m, FRL_L4_TYPE_TCP), FRL_REFUSAL_MATCH_CONFLICT);
}

static void ipv4_flags(void **state)
{
	(void)state;
	assert_int_equal(frl_match_ipv4_frag(&m, 0x4000, 0, 0xffff), 0);
	assert_true(frl_match_says(&m, FRL_F_frag, FRL_FRAG_NO));
	assert_true(frl_match_says(&m, FRL_F_ip_flags, 1));
}

static void fragments(void **state)
{
	static const struct {
		uint16_t value, last, mask;
		enum frl_refusal no;
		unsigned int frag, frag_mask;
	} cases[] = {
		{ 0, 0, 0x3fff, 0, FRL_FRAG_NO, 3 },
		{ 0x2000, 0, 0x3fff, 0, FRL_FRAG_FIRST, 3 },
		{ 0, 0, 0x1fff, 0, 0, 2 },
		{ 8, 0x1fff, 0x1fff, 0, FRL_FRAG_LATER, 3 },
		{ 1, 0x1fff, 0x1fff, 0, FRL_FRAG_LATER, 3 },
		{ 0, 0, 0, 0, 0, 0 },
		{ 2, 0x1fff, 0x1fff, FRL_REFUSAL_MATCH_RANGE, 0, 0 },
		{ 1, 0x1000, 0x1fff, FRL_REFUSAL_MATCH_RANGE, 0, 0 },
		{ 8, 0, 0x1fff, FRL_REFUSAL_MATCH_FIELD, 0, 0 },
		{ 0x2000, 0, 0x2000, FRL_REFUSAL_MATCH_FIELD, 0, 0 },
		{ 0, 0, 0x1f00, FRL_REFUSAL_MATCH_FIELD, 0, 0 },
		{ 0, 0, 0x4000, 0, 0, 0 },
		{ 0, 0, 0xffff, 0, FRL_FRAG_NO, 3 },
		{ 0x4001, 0x1fff, 0x5fff, FRL_REFUSAL_MATCH_RANGE, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(state);
		assert_int_equal(frl_match_ipv4_frag(&m, cases[i].value, cases[i].last,
						     cases[i].mask),
				 cases[i].no);
		assert_int_equal(frl_match_value(&m, FRL_F_frag), cases[i].frag);
		assert_int_equal(frl_match_mask(&m, FRL_F_frag), cases[i].frag_mask);
	}
}

/* Fields that share bits, and what must be said before them. */
static void arp_and_nd(void **state)
{
	(void)state;
	assert_int_equal(frl_match_arp(&m, 2, 0xffff), 0);
	assert_true(frl_match_says(&m, FRL_F_eth_type, 0x0806));
	assert_true(frl_match_says(&m, FRL_F_ip_proto, 2));
	assert_int_equal(frl_match_set(&m, FRL_F_arp_tha, 0x020000000001, 0xffffffffffff), 0);
	assert_int_equal(m.key[36], 1);
	assert_int_equal(m.key[37], 0x0200);
	assert_int_equal(frl_match_set(&m, FRL_F_nd_ll, 1, 1), FRL_REFUSAL_MATCH_ORDER);
	assert_int_equal(frl_match_nd(&m, 135), FRL_REFUSAL_MATCH_CONFLICT);
	assert_int_equal(frl_match_arp(&m, 256, 0xffff), FRL_REFUSAL_MATCH_FIELD);
	assert_int_equal(frl_match_arp(&m, 0, 0xffff), FRL_REFUSAL_MATCH_FIELD);
	assert_int_equal(frl_match_arp(&m, 2, 0x00ff), FRL_REFUSAL_MATCH_FIELD);
	start(state);
	assert_int_equal(frl_match_nd(&m, 136), 0);
	assert_true(frl_match_says(&m, FRL_F_l3_type, FRL_L3_TYPE_IPV6));
	assert_true(frl_match_says(&m, FRL_F_ip_proto, 58));
	assert_true(frl_match_says(&m, FRL_F_tp_src, 136));
	assert_true(frl_match_says(&m, FRL_F_tp_dst, 0));
	assert_int_equal(frl_match_set(&m, FRL_F_nd_ll, 1, 0xff), 0);
	assert_int_equal(m.key[38], 1);
	assert_int_equal(frl_match_set(&m, FRL_F_arp_sha, 1, 1), FRL_REFUSAL_MATCH_ORDER);
}

static void geneve_words(void **state)
{
	struct frl_match_geneve w = { .opt_class = 1, .type = 2, .value = 0xff, .mask = 0x0f };

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		w.word = (uint8_t)i;
		assert_int_equal(frl_match_geneve(&m, &w), 0);
	}
	assert_int_equal(frl_match_geneve(&m, &w), FRL_REFUSAL_GENEVE_OPTIONS_FULL);
	assert_int_equal(m.geneves, 4);
	assert_int_equal(m.geneve[3].word, 3);
	assert_int_equal(m.geneve[3].value, 0x0f);
}

static void ipv6_fragments(void **state)
{
	const struct {
		uint16_t value, last, mask;
		int refusal, frag, frag_mask;
	} cases[] = {
		{ 0x0001, 0, 0xfff9, 0, FRL_FRAG_FIRST, 3 },
		{ 0x0008, 0xfff8, 0xfff8, 0, FRL_FRAG_LATER, 3 },
		{ 0x0000, 0, 0xfff8, 0, 0, 2 },
		{ 0x0000, 0, 0xfff9, FRL_REFUSAL_MATCH_FIELD, 0, 0 },
		{ 0x0000, 0, 0x0002, FRL_REFUSAL_MATCH_FIELD, 0, 0 },
		{ 0x0010, 0, 0xfff8, FRL_REFUSAL_MATCH_FIELD, 0, 0 },
		{ 0x0010, 0xfff8, 0xfff8, FRL_REFUSAL_MATCH_RANGE, 0, 0 },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(state);
		assert_int_equal(frl_match_ipv6_frag(&m, cases[i].value, cases[i].last,
						     cases[i].mask),
				 cases[i].refusal);
		assert_int_equal(frl_match_value(&m, FRL_F_frag), cases[i].frag);
		assert_int_equal(frl_match_mask(&m, FRL_F_frag), cases[i].frag_mask);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(port_is_exact, start),
		cmocka_unit_test_setup(words, start),
		cmocka_unit_test_setup(bits_outside_mask_are_ignored, start),
		cmocka_unit_test_setup(refusals_change_nothing, start),
		cmocka_unit_test_setup(layers_imply_types, start),
		cmocka_unit_test_setup(ipv4_flags, start),
		cmocka_unit_test_setup(fragments, start),
		cmocka_unit_test_setup(arp_and_nd, start),
		cmocka_unit_test_setup(geneve_words, start),
		cmocka_unit_test_setup(ipv6_fragments, start),
	};

	return cmocka_run_group_tests_name("driver match", tests, NULL, NULL);
}
