/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules: refusals, the order of table writes, placement, handles, and random work against a model. */
#include "helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- Entries of the update ring, as they were executed ---- */

struct entry {
	uint8_t op, table;
	uint32_t index;
	uint64_t first; /* First 64 bits of the row. */
};

static struct entry entries[4096];
static unsigned int entry_count;

static void record(const struct frl_upd_entry *e, const uint32_t *row)
{
	if (e->op == FRL_UPD_OP_HASH)
		return; /* Before, and in a batch of its own. */
	assert_true(entry_count < sizeof(entries) / sizeof(entries[0]));
	entries[entry_count++] =
		(struct entry){ e->op, e->table, e->index, row[0] | (uint64_t)row[1] << 32 };
}

static void record_from_here(void)
{
	entry_count = 0;
	fake->on_entry = record;
}

static void expect(unsigned int n, uint8_t op, uint8_t table, uint32_t index)
{
	assert_true(n < entry_count);
	assert_string_equal(frl_upd_op_name(entries[n].op), frl_upd_op_name(op));
	if (op == FRL_UPD_OP_WRITE)
		assert_string_equal(frl_table_name(entries[n].table), frl_table_name(table));
	if (op == FRL_UPD_OP_COUNTER_CLEAR || (op == FRL_UPD_OP_WRITE && table != FRL_TABLE_SLOT))
		assert_int_equal(entries[n].index, index);
}

#define WRITE(n, table, index) expect(n, FRL_UPD_OP_WRITE, FRL_TABLE_##table, index)
#define OPERATION(n, op)       expect(n, FRL_UPD_OP_##op, 0, 0)

/* ---- Requests ---- */

static uint32_t eth_mask(void)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };

	MASK(key, PORT);
	MASK(key, ETH_DST);
	MASK(key, ETH_SRC);
	return make_mask(key);
}

static struct frl_rule eth_rule(uint32_t mask, uint32_t set, uint64_t dst, uint16_t prio)
{
	struct frl_rule rule = rule_of(mask, set, prio);

	KEY(rule.key, ETH_DST, dst);
	return rule;
}

static void destroy_rule(uint32_t handle)
{
	destroy(FRL_OP_RULE_DESTROY, handle);
}

/* ---- Tests ---- */

static void create_writes_rows_then_publishes(void **state)
{
	struct frl_rule rule = eth_rule(eth_mask(), make_output(), 0x0200000000aa, 7);
	struct answer a;
	const struct frl_rule_rep *rep = (const void *)a.body;
	uint32_t packet[FRL_KEY_WORDS];

	(void)state;
	record_from_here();
	a = ask(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	assert_int_equal(a.status, FRL_STATUS_OK);
	assert_int_equal(a.len, sizeof(*rep));
	assert_int_equal(rep->handle & 0xfffff, rep->counter);
	expect(0, FRL_UPD_OP_COUNTER_CLEAR, 0, rep->counter);
	WRITE(1, KEY, rep->counter);
	WRITE(2, RULE, rep->counter);
	WRITE(3, BANK, 0);
	OPERATION(4, LOOKUP_FENCE);
	WRITE(5, SLOT, 0);
	assert_int_equal(entry_count, 6);
	assert_int_equal(entries[5].first >> FRL_SLOT_PRIO_LSB & 0xffff, 7);
	memcpy(packet, rule.key, sizeof(packet));
	KEY(packet, IP_SRC, 0x0a000001); /* Not in the mask. */
	assert_int_equal(fake_lookup(packet), rep->counter);
	KEY(packet, ETH_DST, 0x0200000000ab);
	assert_int_equal(fake_lookup(packet), -1);
	/* Leg 1 sends to port 1. */
	assert_int_equal(fake->rule[rep->counter] & 0xffff, 1);
	assert_int_equal(fake_bits(fake->leg[1], FRL_LEG_DEST_LSB, 4), FRL_DEST_PORT);
	assert_int_equal(fake_bits(fake->leg[1], FRL_LEG_DEST_ID_LSB, 8), 1);
}

static void destroy_clears_then_drains(void **state)
{
	uint32_t mask = eth_mask(), set = make_output();
	struct frl_rule one = eth_rule(mask, set, 1, 0), two = eth_rule(mask, set, 2, 0);
	uint32_t first = make(FRL_OP_RULE_CREATE, &one, sizeof(one));
	uint32_t second = make(FRL_OP_RULE_CREATE, &two, sizeof(two));
	struct frl_handle stale = { .handle = first };

	(void)state;
	record_from_here();
	destroy_rule(first);
	WRITE(0, SLOT, 0);
	assert_int_equal(entries[0].first, 0);
	OPERATION(1, DRAIN);
	assert_int_equal(entry_count, 2);
	assert_int_equal(fake_lookup(one.key), -1);
	refused(FRL_OP_RULE_DESTROY, &stale, sizeof(stale), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
	/* With the last rule the mask gives its bank back. */
	entry_count = 0;
	destroy_rule(second);
	WRITE(0, SLOT, 0);
	OPERATION(1, LOOKUP_FENCE);
	WRITE(2, BANK, 0);
	OPERATION(3, DRAIN);
	assert_int_equal(card.banks.free, 0xff);
	/* The same number again has another handle. */
	assert_int_not_equal(make(FRL_OP_RULE_CREATE, &one, sizeof(one)), second);
	refused(FRL_OP_RULE_DESTROY, &stale, sizeof(stale), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
}

static void update_swings_one_row(void **state)
{
	uint32_t set = make_output(), other;
	struct frl_leg leg = { .dest = FRL_DEST_HOST, .mark = 5 };
	struct frl_rule rule = eth_rule(eth_mask(), set, 1, 0);
	struct frl_rule_update swing;
	struct frl_handle old = { .handle = set };

	(void)state;
	other = make_set(&leg);
	swing = (struct frl_rule_update){ make(FRL_OP_RULE_CREATE, &rule, sizeof(rule)), other };
	refused(FRL_OP_ACTION_SET_DESTROY, &old, sizeof(old), FRL_STATUS_BUSY, FRL_REFUSAL_IN_USE);
	record_from_here();
	make(FRL_OP_RULE_UPDATE, &swing, sizeof(swing));
	WRITE(0, RULE, 0);
	OPERATION(1, DRAIN);
	assert_int_equal(entry_count, 2);
	assert_int_equal(fake->rule[0] & 0xffff, 2);
	destroy(FRL_OP_ACTION_SET_DESTROY, set);
	swing.action_set = set;
	refused(FRL_OP_RULE_UPDATE, &swing, sizeof(swing), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
	swing = (struct frl_rule_update){ 0, other };
	refused(FRL_OP_RULE_UPDATE, &swing, sizeof(swing), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
}

static void create_refusals(void **state)
{
	uint32_t mask = eth_mask(), set = make_output();
	struct frl_rule good = eth_rule(mask, set, 1, 5), bad;

	(void)state;
	bad = good;
	KEY(bad.key, IP_TTL, 1);
	assert_int_equal(refused(FRL_OP_RULE_CREATE, &bad, sizeof(bad), FRL_STATUS_INVALID,
				 FRL_REFUSAL_MATCH_OUTSIDE_MASK),
			 15);
	bad = good;
	bad.mask += 1u << 20;
	refused(FRL_OP_RULE_CREATE, &bad, sizeof(bad), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
	bad = good;
	bad.action_set = 0;
	refused(FRL_OP_RULE_CREATE, &bad, sizeof(bad), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
	bad = good;
	bad.reserved4 = 1;
	refused(FRL_OP_RULE_CREATE, &bad, sizeof(bad), FRL_STATUS_INVALID,
		FRL_REFUSAL_MSG_RESERVED);
	bad = good;
	KEY(bad.key, PORT, 2); /* There are two wires, 0 and 1. */
	assert_int_equal(refused(FRL_OP_RULE_CREATE, &bad, sizeof(bad), FRL_STATUS_INVALID,
				 FRL_REFUSAL_PORT_UNKNOWN),
			 2);
	make(FRL_OP_RULE_CREATE, &good, sizeof(good));
	refused(FRL_OP_RULE_CREATE, &good, sizeof(good), FRL_STATUS_EXISTS,
		FRL_REFUSAL_RULE_EXISTS);
}

/* The same key with another priority is another rule, and the lower value wins. */
static void priorities(void **state)
{
	uint32_t mask = eth_mask(), set = make_output();
	struct frl_rule low = eth_rule(mask, set, 1, 5), high = eth_rule(mask, set, 1, 4);
	uint32_t handle;

	(void)state;
	make(FRL_OP_RULE_CREATE, &low, sizeof(low));
	handle = make(FRL_OP_RULE_CREATE, &high, sizeof(high));
	assert_int_equal(fake_lookup(low.key), handle & 0xfffff);
	destroy_rule(handle);
	assert_int_equal(fake_lookup(low.key), 0);
}

/* What a set edits must be promised by the match. */
static void actions_need_matches(void **state)
{
	enum {
		MISSING = -1,
		TUN_TYPE = 2,
		VLAN0 = 3,
		VLAN1 = 4,
		L3 = 5,
		L4 = 6
	};
	static const struct {
		struct frl_leg leg;
		int l3, l4, vlans, tunnel; /* Matched values; MISSING: not matched. */
		int field;		   /* That is named, MISSING: accepted. */
	} cases[] = {
		{ { .edits = FRL_EDIT_SET_TTL, .ttl = 9 }, MISSING, MISSING, 0, MISSING, L3 },
		{ { .edits = FRL_EDIT_DEC_TTL }, FRL_L3_TYPE_ARP, MISSING, 0, MISSING, L3 },
		{ { .edits = FRL_EDIT_DEC_TTL }, FRL_L3_TYPE_IPV6, MISSING, 0, MISSING, MISSING },
		{ { .edits = FRL_EDIT_SET_IP_SRC, .ip_src = { 10, 0, 0, 1 } },
		  FRL_L3_TYPE_IPV4,
		  MISSING,
		  0,
		  MISSING,
		  MISSING },
		{ { .edits = FRL_EDIT_SET_IP_SRC, .ip_src = { 10, 0, 0, 1 } },
		  FRL_L3_TYPE_IPV6,
		  MISSING,
		  0,
		  MISSING,
		  L3 },
		{ { .edits = FRL_EDIT_SET_IP_DST, .ip_dst = { [15] = 1 } },
		  FRL_L3_TYPE_IPV6,
		  MISSING,
		  0,
		  MISSING,
		  MISSING },
		{ { .edits = FRL_EDIT_SET_IP_DST, .ip_dst = { [15] = 1 } },
		  FRL_L3_TYPE_IPV4,
		  MISSING,
		  0,
		  MISSING,
		  L3 },
		{ { .edits = FRL_EDIT_SET_IP_DST }, FRL_L3_TYPE_IPV4, MISSING, 0, MISSING, MISSING },
		{ { .edits = FRL_EDIT_SET_TP_DST }, FRL_L3_TYPE_IPV4, MISSING, 0, MISSING, L4 },
		{ { .edits = FRL_EDIT_SET_TP_DST },
		  FRL_L3_TYPE_IPV4,
		  FRL_L4_TYPE_SCTP,
		  0,
		  MISSING,
		  L4 },
		{ { .edits = FRL_EDIT_SET_TP_DST },
		  FRL_L3_TYPE_IPV4,
		  FRL_L4_TYPE_UDP,
		  0,
		  MISSING,
		  MISSING },
		{ { .pop = 1 }, MISSING, MISSING, 0, MISSING, VLAN0 },
		{ { .pop = 1 }, MISSING, MISSING, 1, MISSING, MISSING },
		{ { .pop = 2 }, MISSING, MISSING, 1, MISSING, VLAN1 },
		{ { .pop = 2 }, MISSING, MISSING, 2, MISSING, MISSING },
		{ { .edits = FRL_EDIT_DECAP }, MISSING, MISSING, 0, MISSING, TUN_TYPE },
		{ { .edits = FRL_EDIT_DECAP }, MISSING, MISSING, 0, FRL_TUN_TYPE_NONE, TUN_TYPE },
		{ { .edits = FRL_EDIT_DECAP }, MISSING, MISSING, 0, FRL_TUN_TYPE_VXLAN, MISSING },
		{ { .edits = FRL_EDIT_DECAP }, MISSING, MISSING, 0, FRL_TUN_TYPE_GENEVE, MISSING },
		{ { .edits = 0 }, MISSING, MISSING, 0, FRL_TUN_TYPE_VXLAN, MISSING },
		{ { .edits = FRL_EDIT_SET_ETH_DST },
		  MISSING,
		  MISSING,
		  0,
		  FRL_TUN_TYPE_VXLAN,
		  TUN_TYPE },
		{ { .edits = FRL_EDIT_SET_ETH_DST },
		  MISSING,
		  MISSING,
		  0,
		  FRL_TUN_TYPE_NONE,
		  MISSING },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frl_leg leg = cases[i].leg;
		uint32_t mask[FRL_KEY_WORDS] = { 0 };
		struct frl_rule rule = { 0 };

		leg.dest = FRL_DEST_PORT;
		if (cases[i].l3 >= 0)
			MASK(mask, L3_TYPE), KEY(rule.key, L3_TYPE, (uint64_t)cases[i].l3);
		if (cases[i].l4 >= 0)
			MASK(mask, L4_TYPE), KEY(rule.key, L4_TYPE, (uint64_t)cases[i].l4);
		if (cases[i].tunnel >= 0)
			MASK(mask, TUN_TYPE), KEY(rule.key, TUN_TYPE, (uint64_t)cases[i].tunnel);
		MASK(mask, VLAN0_PRESENT);
		KEY(rule.key, VLAN0_PRESENT, cases[i].vlans > 0);
		MASK(mask, VLAN1_PRESENT);
		KEY(rule.key, VLAN1_PRESENT, cases[i].vlans > 1);
		rule.mask = make_mask(mask);
		rule.action_set = make_set(&leg);
		if (cases[i].field == MISSING)
			destroy_rule(make(FRL_OP_RULE_CREATE, &rule, sizeof(rule)));
		else
			assert_int_equal(refused(FRL_OP_RULE_CREATE, &rule, sizeof(rule),
						 FRL_STATUS_UNSUPPORTED,
						 FRL_REFUSAL_ACTION_NEEDS_MATCH),
					 cases[i].field);
	}
}

static uint32_t port_ctrl(uint32_t port)
{
	return fake_read(FRL_BASE_PORT + port * FRL_BASE_PORT_STRIDE, 4);
}

/* Tunnel headers are parsed on the ports that a rule needs it for, until the last is drained. */
static void tunnel_parsing_follows_rules(void **state)
{
	const uint32_t tunnel = FRL_REG_PORT_CTRL_TUNNEL_MASK;
	uint32_t mask[FRL_KEY_WORDS] = { 0 }, any_port;
	uint32_t set = make_output();
	struct frl_rule rule;
	uint32_t one, all;

	(void)state;
	MASK(mask, TUN_TYPE);
	any_port = make_mask(mask);
	MASK(mask, PORT);
	rule = rule_of(make_mask(mask), set, 0);
	KEY(rule.key, PORT, 1);
	KEY(rule.key, TUN_TYPE, FRL_TUN_TYPE_VXLAN);
	one = make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	assert_true(port_ctrl(1) & tunnel);
	assert_false(port_ctrl(0) & tunnel);
	rule.mask = any_port;
	KEY(rule.key, PORT, 0);
	all = make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	assert_true(port_ctrl(0) & tunnel);
	assert_true(port_ctrl(FRL_PORT_VF0 + 15) & tunnel);
	assert_false(port_ctrl(FRL_PORT_HOST) & tunnel);
	destroy_rule(all);
	assert_false(port_ctrl(0) & tunnel);
	assert_true(port_ctrl(1) & tunnel);
	fake->hold_updates = true;
	post(FRL_OP_RULE_DESTROY, &(struct frl_handle){ .handle = one }, sizeof(struct frl_handle));
	card_serve(&card);
	assert_true(port_ctrl(1) & tunnel);
	fake_run_updates();
	take();
	assert_false(port_ctrl(1) & tunnel);
	KEY(rule.key, TUN_TYPE, FRL_TUN_TYPE_GENEVE);
	fake->hold_updates = false;
	all = make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	assert_true(port_ctrl(0) & tunnel);
	destroy_rule(all);
	assert_false(port_ctrl(0) & tunnel);
}

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	/* xorshift64*, Vigna 2014 */
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dull >> 32) % n);
}

static void seed_random(const char *test)
{
	const char *given = getenv("FRL_SEED");

	random_state = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * 2654435761u | 1;
	print_message("%s: FRL_SEED=%llu\n", test, (unsigned long long)random_state);
}

/* Rules of one mask until one bank has no room, whatever is moved. Returns how many there were. */
static uint32_t fill_one_bank(void)
{
	static const struct fake_sizes one_bank = { 2, 16, 32, 1, 1024, 2048, 64, 8, 4, 0 };
	uint32_t mask, set, count;
	struct frl_rule rule;
	struct answer a;

	card_boot(&one_bank, 8ul << 20);
	mask = eth_mask();
	set = make_output();
	for (count = 0;; count++) {
		rule = eth_rule(mask, set, (uint64_t)random_below(1u << 31) << 16 | count, 0);
		a = ask(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
		if (a.status)
			break;
	}
	assert_int_equal(a.status, FRL_STATUS_NO_SPACE);
	assert_int_equal(a.reason, FRL_REFUSAL_BANK_FULL);
	/* The refused rule has left nothing behind. */
	assert_int_equal(fake_lookup(rule.key), -1);
	assert_int_equal(card.rules.pool.used, count);
	return count;
}

/* How far displacement gets, over several fills: one fill alone varies by some percent. */
static void fill_one_bank_by_displacement(void **state)
{
	enum {
		FILLS = 16
	};
	uint32_t sum = 0, least = 1024;

	(void)state;
	seed_random(__func__);
	for (unsigned int i = 0; i < FILLS; i++) {
		uint32_t count = fill_one_bank();

		sum += count;
		least = count < least ? count : least;
		if (i + 1 < FILLS)
			fake_free();
	}
	print_message("one bank of 1024 slots: %u on average, %u at least\n", sum / FILLS, least);
	assert_in_range(sum / FILLS, 1024 * 92 / 100, 1024);
	assert_in_range(least, 1024 * 80 / 100, 1024);
}

/* All banks for one mask. */
static void fill_all_banks(void **state)
{
	static const struct fake_sizes sizes = { 2, 16, 32, 8, 1024, 8192, 64, 8, 4, 0 };
	uint32_t mask, set, count;
	struct answer a = { 0 };

	(void)state;
	card_boot(&sizes, 32ul << 20);
	seed_random(__func__);
	mask = eth_mask();
	set = make_output();
	for (count = 0; count < 8192; count++) {
		struct frl_rule rule = eth_rule(
			mask, set, (uint64_t)random_below(1u << 31) << 16 | (count & 0xffff), 0);

		a = ask(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
		if (a.status)
			break;
	}
	print_message("eight banks: %u of 8192 slots, %u moves\n", count,
		      (unsigned int)card.banks.moves);
	assert_in_range(count, 8192 * 95 / 100, 8192);
	if (count == 8192) {
		struct frl_rule rule = eth_rule(mask, set, 1, 1);

		refused(FRL_OP_RULE_CREATE, &rule, sizeof(rule), FRL_STATUS_NO_SPACE,
			FRL_REFUSAL_RULES_FULL);
	}
}

/* Keys that must be found after every single entry of the ring. */
static struct frl_rule published[1024];
static uint32_t published_count;
static uint64_t lookups;

static void find_all(const struct frl_upd_entry *e, const uint32_t *row)
{
	(void)row;
	if (e->op != FRL_UPD_OP_WRITE || e->table != FRL_TABLE_SLOT)
		return;
	for (uint32_t i = 0; i < published_count; i++, lookups++)
		if (fake_lookup(published[i].key) < 0)
			fail_msg("rule %u is lost in the middle of an update", i);
}

/* The entry before a slot is overwritten or cleared for a move is a fence, behind the copy. */
static void moves_never_lose_a_rule(void **state)
{
	static const struct fake_sizes small = { 2, 16, 32, 1, 256, 512, 64, 8, 4, 0 };
	uint32_t mask, set;
	uint64_t fences;

	(void)state;
	card_boot(&small, 32ul << 20);
	seed_random(__func__);
	mask = eth_mask();
	set = make_output();
	published_count = 0;
	fences = fake->count_ops[FRL_UPD_OP_LOOKUP_FENCE];
	fake->on_entry = find_all;
	for (;;) {
		struct frl_rule rule = eth_rule(
			mask, set, (uint64_t)random_below(1u << 31) << 16 | published_count, 0);

		if (ask(FRL_OP_RULE_CREATE, &rule, sizeof(rule)).status)
			break;
		published[published_count++] = rule;
	}
	assert_true(card.banks.moves > 10);
	/* One fence for the bank, one for each move. */
	assert_int_equal(fake->count_ops[FRL_UPD_OP_LOOKUP_FENCE] - fences, card.banks.moves + 1);
	print_message("%u rules, %u moves, %u lookups\n", published_count,
		      (unsigned int)card.banks.moves, (unsigned int)lookups);
}

static void move_is_copy_fence_overwrite(void **state)
{
	static const struct fake_sizes tiny = { 2, 16, 32, 1, 64, 128, 64, 8, 4, 0 };
	uint32_t mask, set, count = 0, moved = 0;

	(void)state;
	card_boot(&tiny, 32ul << 20);
	mask = eth_mask();
	set = make_output();
	while (!moved && count < 64) {
		struct frl_rule rule = eth_rule(mask, set, count++, 0);
		uint64_t before = card.banks.moves;

		record_from_here();
		if (ask(FRL_OP_RULE_CREATE, &rule, sizeof(rule)).status)
			break;
		moved = (uint32_t)(card.banks.moves - before);
	}
	assert_true(moved > 0);
	/* Counter, key, rule; for each move a copy and a fence; the new rule over the last old place. */
	assert_int_equal(entry_count, 3 + 2 * moved + 1);
	for (uint32_t i = 0; i < moved; i++) {
		WRITE(3 + 2 * i, SLOT, 0);
		OPERATION(4 + 2 * i, LOOKUP_FENCE);
		assert_int_not_equal(entries[3 + 2 * i].index, entries[5 + 2 * i].index);
	}
	WRITE(3 + 2 * moved, SLOT, 0);
	assert_int_equal(entries[3 + 2 * moved].first >> FRL_SLOT_RULE_LSB & 0xfffff, count - 1);
}

static void masks_full_and_bank_full(void **state)
{
	static const struct fake_sizes two_banks = { 2, 16, 32, 2, 8, 64, 64, 8, 4, 0 };
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	uint32_t set, handle[2], mask[3];
	struct frl_rule rule;

	(void)state;
	card_boot(&two_banks, 32ul << 20);
	set = make_output();
	for (unsigned int i = 0; i < 3; i++) {
		KEY(key, ETH_DST, 0xff | 1u << (8 + i));
		mask[i] = make_mask(key);
	}
	for (unsigned int i = 0; i < 2; i++) {
		rule = eth_rule(mask[i], set, 0, 0);
		handle[i] = make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	}
	rule = eth_rule(mask[2], set, 0, 0);
	assert_int_equal(refused(FRL_OP_RULE_CREATE, &rule, sizeof(rule), FRL_STATUS_NO_SPACE,
				 FRL_REFUSAL_MASKS_FULL),
			 2);
	for (unsigned int i = 1; i < 8; i++) {
		rule = eth_rule(mask[0], set, i, 0);
		make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	}
	rule = eth_rule(mask[0], set, 8, 0);
	refused(FRL_OP_RULE_CREATE, &rule, sizeof(rule), FRL_STATUS_NO_SPACE,
		FRL_REFUSAL_BANK_FULL);
	/* A bank that comes free can go to either. */
	destroy_rule(handle[1]);
	make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	assert_int_equal(card.banks.free, 0);
	assert_true(fake_lookup(rule.key) >= 0);
}

static void list_and_flush(void **state)
{
	uint32_t mask = eth_mask(), set = make_output();
	struct frl_rule_list list = { 0 };
	static uint32_t handles[700];
	uint32_t seen = 0;

	(void)state;
	for (uint32_t i = 0; i < 700; i++) {
		struct frl_rule rule = eth_rule(mask, set, i, 0);

		handles[i] = make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	}
	for (;;) {
		struct answer a = ask(FRL_OP_RULE_LIST, &list, sizeof(list));
		const struct frl_rule_list *out = (const void *)a.body;
		const uint32_t *handle = (const uint32_t *)(out + 1);

		assert_int_equal(a.status, FRL_STATUS_OK);
		assert_true(out->count <= 128 && a.len >= sizeof(*out) + 4ul * out->count);
		for (uint32_t i = 0; i < out->count; i++)
			assert_int_equal(handle[i], handles[seen++]);
		if (!out->count)
			break;
		list.from = handle[out->count - 1];
	}
	assert_int_equal(seen, 700);
	/* More rules than the update ring holds. */
	make(FRL_OP_FLUSH, NULL, 0);
	assert_int_equal(card.rules.pool.used + card.masks.pool.used + card.actions.pool.used +
				 card.actions.legs.used + card.encaps.pool.used +
				 card.teams.pool.used,
			 0);
	for (size_t i = 0; i < 8 * 1024; i++)
		assert_int_equal(fake->slot[i], 0);
	assert_int_equal(card.banks.free, 0xff);
	list.from = 0;
	assert_int_equal(ask(FRL_OP_RULE_LIST, &list, sizeof(list)).body[0], 0);
	mask = eth_mask();
	set = make_output();
	for (uint32_t i = 0; i < 8; i++) {
		struct frl_rule rule = eth_rule(mask, set, i, 0);

		make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	}
}

/* ---- Random work against a model ---- */

enum {
	MODEL_RULES = 900,
	MODEL_STEPS = 6000,
	MODEL_MASKS = 5,
	MODEL_SETS = 6
};

static struct model_rule {
	bool live;
	uint32_t handle, set;
	struct frl_rule req;
} model[MODEL_RULES];

static uint32_t model_sets[MODEL_SETS];

static uint32_t random_mask(unsigned int n)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };

	MASK(key, PORT);
	if (n & 1)
		MASK(key, ETH_DST);
	if (n & 2)
		KEY(key, IP_DST, 0xffffff00);
	if (n & 4)
		MASK(key, TP_DST);
	return make_mask(key);
}

static void model_create(struct model_rule *r, const uint32_t *masks)
{
	unsigned int n = random_below(MODEL_MASKS) + 1;
	struct answer a;

	r->set = random_below(MODEL_SETS);
	r->req = rule_of(masks[n - 1], model_sets[r->set], (uint16_t)random_below(3));
	KEY(r->req.key, PORT, random_below(2));
	if (n & 1)
		KEY(r->req.key, ETH_DST, random_below(300));
	if (n & 2)
		KEY(r->req.key, IP_DST, random_below(100) << 8);
	if (n & 4)
		KEY(r->req.key, TP_DST, random_below(50));
	a = ask(FRL_OP_RULE_CREATE, &r->req, sizeof(r->req));
	for (unsigned int i = 0; i < MODEL_RULES; i++)
		if (model[i].live && model[i].req.mask == r->req.mask &&
		    model[i].req.prio == r->req.prio &&
		    !memcmp(model[i].req.key, r->req.key, sizeof(r->req.key))) {
			assert_int_equal(a.reason, FRL_REFUSAL_RULE_EXISTS);
			return;
		}
	if (a.status) {
		assert_int_equal(a.reason, FRL_REFUSAL_BANK_FULL);
		return;
	}
	r->handle = (uint32_t)a.body[0];
	r->live = true;
}

static void model_update(struct model_rule *r)
{
	struct frl_rule_update req = { .handle = r->handle };

	r->set = random_below(MODEL_SETS);
	req.action_set = model_sets[r->set];
	make(FRL_OP_RULE_UPDATE, &req, sizeof(req));
}

/* What a rule's key finds must be a rule of that mask and key with the best priority there is (rules of other
 * masks that match as well are looked at in the model too).
 */
static void model_check(const uint32_t (*masks)[FRL_KEY_WORDS])
{
	for (unsigned int i = 0; i < MODEL_RULES; i++) {
		uint64_t best = UINT64_MAX;

		if (!model[i].live)
			continue;
		for (unsigned int k = 0; k < MODEL_RULES; k++) {
			const struct frl_rule *o = &model[k].req;
			const uint32_t *mask =
				masks[card.rules.rule[model[k].handle & 0xfffff].mask];
			bool match = model[k].live;

			for (unsigned int w = 0; match && w < FRL_KEY_WORDS; w++)
				match = (model[i].req.key[w] & mask[w]) == o->key[w];
			if (match && ((uint64_t)o->prio << 20 | (model[k].handle & 0xfffff)) < best)
				best = (uint64_t)o->prio << 20 | (model[k].handle & 0xfffff);
		}
		assert_int_equal(fake_lookup(model[i].req.key), best & 0xfffff);
		assert_int_equal(fake->rule[model[i].handle & 0xfffff] & 0xffff,
				 card.actions.set[model_sets[model[i].set] & 0xfffff].leg[0].row);
	}
}

static void random_against_model(void **state)
{
	static const struct fake_sizes sizes = { 2, 16, 32, 8, 128, 1024, 64, 8, 4, 0 };
	static uint32_t mask_keys[MODEL_MASKS][FRL_KEY_WORDS];
	uint32_t masks[MODEL_MASKS];

	(void)state;
	card_boot(&sizes, 32ul << 20);
	seed_random(__func__);
	memset(model, 0, sizeof(model));
	for (unsigned int i = 0; i < MODEL_MASKS; i++) {
		masks[i] = random_mask(i + 1);
		memcpy(mask_keys[masks[i] & 0xfffff], card.masks.mask[masks[i] & 0xfffff].key,
		       sizeof(mask_keys[0]));
	}
	for (unsigned int i = 0; i < MODEL_SETS; i++)
		model_sets[i] = make_output();
	for (unsigned int step = 0; step < MODEL_STEPS; step++) {
		struct model_rule *r = &model[random_below(MODEL_RULES)];

		if (!r->live) {
			model_create(r, masks);
		} else if (random_below(3)) {
			destroy_rule(r->handle);
			r->live = false;
		} else {
			model_update(r);
		}
		if (step % 500 == 499)
			model_check(mask_keys);
	}
}

#define TEST(name)     cmocka_unit_test_setup_teardown(name, card_setup, card_teardown)
#define OWN_CARD(name) cmocka_unit_test_teardown(name, card_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(create_writes_rows_then_publishes),
		TEST(destroy_clears_then_drains),
		TEST(update_swings_one_row),
		TEST(create_refusals),
		TEST(priorities),
		TEST(actions_need_matches),
		TEST(tunnel_parsing_follows_rules),
		OWN_CARD(fill_one_bank_by_displacement),
		OWN_CARD(fill_all_banks),
		OWN_CARD(moves_never_lose_a_rule),
		OWN_CARD(move_is_copy_fence_overwrite),
		OWN_CARD(masks_full_and_bank_full),
		TEST(list_and_flush),
		OWN_CARD(random_against_model),
	};

	return cmocka_run_group_tests_name("fw rules", tests, NULL, NULL);
}
