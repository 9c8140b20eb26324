/* SPDX-License-Identifier: BSD-3-Clause */
/* Where rules stand: banks against TCAM, equal fingerprints, the full size. After each table write a lookup of every
 * rule must find it: never neither place, never another's rule.
 */
#include "helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "hash.h"
#include "place.h"

enum {
	RULES = 400,
	MASKS = 12
};

/* A rule as the test knows it. */
static struct known {
	bool live;
	uint32_t handle, mask;
	struct frl_rule req;
} known[RULES];

static uint32_t mask_handle[MASKS];
static uint32_t mask_key[MASKS][FRL_KEY_WORDS];
static uint32_t set;
static uint64_t lookups;
static int64_t changing; /* Rule number that is being withdrawn, or -1. */

/* Mask i matches the whole of ETH_DST, so that rules with other addresses never meet, and bit i of IP_DST. */
static void make_masks(void)
{
	for (unsigned int i = 0; i < MASKS; i++) {
		memset(mask_key[i], 0, sizeof(mask_key[i]));
		MASK(mask_key[i], ETH_DST);
		KEY(mask_key[i], IP_DST, 1u << i);
		mask_handle[i] = make_mask(mask_key[i]);
	}
	set = make_output();
	memset(known, 0, sizeof(known));
	changing = -1;
	lookups = 0;
}

static bool matches(const struct known *k, const uint32_t *key)
{
	for (unsigned int w = 0; w < FRL_KEY_WORDS; w++)
		if ((key[w] & mask_key[k->mask][w]) != k->req.key[w])
			return false;
	return true;
}

/* What a frame with the key of rule `i` must hit: the best known rule, or a better one that is being published. */
static void check_rule(unsigned int i)
{
	int64_t got = fake_lookup_hw(known[i].req.key);
	uint64_t best = UINT64_MAX, rank;

	lookups++;
	for (unsigned int n = 0; n < RULES; n++) {
		if (!known[n].live || !matches(&known[n], known[i].req.key))
			continue;
		rank = (uint64_t)known[n].req.prio << 20 | (known[n].handle & 0xfffff);
		best = rank < best ? rank : best;
	}
	if (got >= 0 && (uint64_t)got == (best & 0xfffff))
		return;
	if (got < 0 || got == changing)
		fail_msg("rule %u is not found in the middle of an update", i);
	for (unsigned int n = 0; n < RULES; n++)
		if (known[n].live && (known[n].handle & 0xfffff) == (uint64_t)got)
			fail_msg("rule %u: another one, %u, was found", i, n);
	rank = (uint64_t)card.rules.rule[got].prio << 20 | (uint64_t)got;
	assert_true(rank < best);
}

static void check_all(const struct frl_upd_entry *e, const uint32_t *row)
{
	(void)row;
	if (e->op != FRL_UPD_OP_WRITE || e->table == FRL_TABLE_KEY || e->table == FRL_TABLE_RULE)
		return;
	for (unsigned int i = 0; i < RULES; i++)
		if (known[i].live)
			check_rule(i);
}

static struct answer create(unsigned int i, unsigned int mask, uint16_t prio, uint64_t dst)
{
	struct known *k = &known[i];
	struct answer a;

	k->mask = mask;
	k->req = rule_of(mask_handle[mask], set, prio);
	KEY(k->req.key, ETH_DST, dst);
	a = ask(FRL_OP_RULE_CREATE, &k->req, sizeof(k->req));
	if (a.status)
		return a;
	k->handle = (uint32_t)a.body[0];
	k->live = true;
	return a;
}

/* Publishing rule i of a mask succeeds. */
static void add(unsigned int i, unsigned int mask)
{
	struct answer a = create(i, mask, 0, i + 1);

	if (a.status)
		fail_msg("rule %u: %s", i, frl_refusal_name(a.reason));
}

/* While it is withdrawn its own key may find it, or not. */
static void drop(unsigned int i)
{
	known[i].live = false;
	changing = -1;
	destroy(FRL_OP_RULE_DESTROY, known[i].handle);
}

static bool in_tcam(unsigned int i)
{
	return card.rules.rule[known[i].handle & 0xfffff].in_tcam;
}

static unsigned int count_in_tcam(unsigned int first, unsigned int n)
{
	unsigned int count = 0;

	for (unsigned int i = first; i < first + n; i++)
		count += in_tcam(i);
	return count;
}

static void boot(const struct fake_sizes *size, uint64_t ram)
{
	card_boot(size, ram);
	make_masks();
	fake->on_entry = check_all;
}

/* ---- The policy ---- */

static void few_rules_go_to_the_tcam(void **state)
{
	static const struct fake_sizes size = { 2, 16, 32, 2, 64, 256, 64, 8, 4, 16 };

	(void)state;
	boot(&size, 8ul << 20);
	add(0, 0);
	for (unsigned int i = 10; i < 19; i++)
		add(i, 1);
	assert_int_equal(card.banks.free, 0);
	for (unsigned int i = 20; i < 28; i++)
		add(i, 2);
	assert_int_equal(count_in_tcam(20, 8), 8);
	assert_int_equal(card.tcam.pool.used, 8);
	/* The ninth takes the bank of mask 0 with its one rule; the eight come along. Mask 1 has nine and keeps its own. */
	add(28, 2);
	assert_true(in_tcam(0));
	assert_int_equal(count_in_tcam(20, 9), 0);
	assert_int_equal(count_in_tcam(10, 9), 0);
	assert_int_equal(card.tcam.pool.used, 1);
	assert_int_equal(card.masks.mask[mask_handle[0] & 0xfffff].banks, 0);
	assert_int_equal(card.masks.mask[mask_handle[2] & 0xfffff].banks, 1);
	/* Banks that come free go to the next mask, and its rule in the TCAM with it. */
	for (unsigned int i = 10; i < 19; i++)
		drop(i);
	assert_int_equal(card.banks.free, 2);
	add(1, 0);
	assert_int_equal(count_in_tcam(0, 2), 0);
	assert_int_equal(card.tcam.pool.used, 0);
	for (unsigned int i = 0; i < 2; i++)
		drop(i);
	for (unsigned int i = 20; i < 29; i++)
		drop(i);
	assert_int_equal(card.banks.free, 3);
	assert_true(lookups > 500);
}

static void demotion_needs_room(void **state)
{
	static const struct fake_sizes size = { 2, 16, 32, 1, 64, 256, 64, 8, 4, 16 };

	(void)state;
	boot(&size, 8ul << 20);
	for (unsigned int i = 0; i < 5; i++)
		add(i, 0);
	for (unsigned int i = 10; i < 18; i++)
		add(i, 1);
	for (unsigned int i = 20; i < 24; i++)
		add(i, 2);
	/* Twelve entries are taken, five are wanted. */
	add(18, 1);
	assert_true(in_tcam(18));
	assert_int_equal(count_in_tcam(0, 5), 0);
	drop(20);
	drop(21);
	/* Five fit now: mask 1 gets the bank, and takes eight of its nine along; the next takes the last. */
	add(19, 1);
	assert_int_equal(count_in_tcam(0, 5), 5);
	assert_int_equal(count_in_tcam(10, 10), 1);
	add(30, 1);
	assert_int_equal(count_in_tcam(10, 10), 0);
	assert_false(in_tcam(30));
}

static void tables_full(void **state)
{
	static const struct fake_sizes size = { 2, 16, 32, 1, 8, 64, 64, 8, 4, 16 };
	struct answer a;
	unsigned int i;

	(void)state;
	boot(&size, 8ul << 20);
	for (i = 0; i < 8 + 16; i++)
		add(i, 0);
	assert_int_equal(count_in_tcam(0, 24), 16);
	a = create(30, 0, 0, 1000);
	assert_string_equal(frl_refusal_name(a.reason), "bank_full");
	a = create(30, 1, 0, 1000);
	assert_string_equal(frl_refusal_name(a.reason), "tcam_full");
	assert_int_equal(a.arg, 16);
	a = ask(FRL_OP_RESOURCES, NULL, 0);
	assert_memory_equal(&((struct frl_resource_entry *)(void *)a.body)[FRL_RESOURCE_TCAM],
			    (&(struct frl_resource_entry){ FRL_RESOURCE_TCAM, 16, 16, 16 }), 16);
	assert_int_equal(((struct frl_resource_entry *)(void *)a.body)[FRL_RESOURCE_SLOTS].used, 8);
	/* A TCAM entry is free at once, for any mask. */
	for (i = 0; i < 24 && !in_tcam(i); i++)
		;
	drop(i);
	add(30, 1);
	assert_true(in_tcam(30));
	memset(known, 0, sizeof(known));
	make(FRL_OP_FLUSH, NULL, 0);
	for (i = 0; i < 16; i++)
		assert_false(fake->tcam[i].valid);
}

/* A TCAM rule and one in a bank are one table: by priority, then by number. */
static void priority_over_both(void **state)
{
	static const struct fake_sizes size = { 2, 16, 32, 1, 64, 256, 64, 8, 4, 16 };

	(void)state;
	boot(&size, 8ul << 20);
	create(0, 0, 5, 77);
	create(1, 1, 4, 77);
	assert_true(in_tcam(1));
	create(2, 2, 5, 77);
	create(3, 0, 3, 77);
	assert_false(in_tcam(3));
	for (unsigned int i = 3; i > 0; i--) {
		check_rule(0);
		drop(i);
	}
	check_rule(0);
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

static unsigned int live_rules(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RULES; i++)
		n += known[i].live;
	return n;
}

/* More masks than banks, one after the other with many rules: the banks change hands again and again. */
static void random_work(void **state)
{
	static const struct fake_sizes size = { 2, 16, 32, 3, 32, 256, 64, 8, 4, 32 };
	unsigned int demoted = 0, banks_before = 0, refused_ones = 0;

	(void)state;
	boot(&size, 8ul << 20);
	seed_random(__func__);
	for (unsigned int step = 0; step < 3000; step++) {
		/* Phases in which one mask is busy, so that others become weak. */
		unsigned int mask = random_below(4) ? step / 100 * 5 % MASKS : random_below(MASKS);
		unsigned int i = random_below(100);
		uint32_t used = card.tcam.pool.used;

		if (known[i].live) {
			drop(i);
			continue;
		}
		if (live_rules() > 40)
			continue;
		banks_before = card.masks.mask[mask_handle[mask] & 0xfffff].banks;
		if (create(i, mask, (uint16_t)random_below(3), random_below(60)).status)
			refused_ones++;
		else if (card.masks.mask[mask_handle[mask] & 0xfffff].banks != banks_before)
			demoted += card.tcam.pool.used != used;
	}
	check_all(&(struct frl_upd_entry){ .op = FRL_UPD_OP_WRITE, .table = FRL_TABLE_SLOT }, NULL);
	print_message("%u rules, %u banks changed with the TCAM, %u refused, %u lookups\n",
		      live_rules(), demoted, refused_ones, (unsigned int)lookups);
	assert_true(demoted > 5);
}

/* ---- Equal fingerprints ---- */

enum {
	TRIES = 200000
};

static uint32_t place_of(unsigned int i)
{
	return card.rules.rule[known[i].handle & 0xfffff].place;
}

/* Two addresses whose keys under mask 0 have the same fingerprint and row in sub-table `table`. */
static void find_alike(uint32_t table, uint32_t rows, uint64_t *one, uint64_t *two)
{
	static uint32_t seen[1u << 24];
	static uint64_t address[TRIES];
	struct hash_mult mult = hash_mult(table);

	memset(seen, 0, sizeof(seen));
	/* Not one address after the other: their hashes are spread too evenly to meet. */
	for (uint32_t i = 1; i < TRIES; i++) {
		uint32_t key[FRL_KEY_WORDS] = { 0 }, h, other;

		address[i] = (uint64_t)random_below(1u << 16) << 32 | random_below(~0u);
		KEY(key, ETH_DST, address[i]);
		h = hash_place(fake_nh(key), &mult);
		other = seen[h & 0xffffff];
		seen[h & 0xffffff] = i;
		if (!other)
			continue;
		*one = address[other];
		*two = address[i];
		memset(key, 0, sizeof(key));
		KEY(key, ETH_DST, *one);
		if (*one != *two &&
		    ((uint64_t)h * rows >> 32) ==
			    ((uint64_t)hash_place(fake_nh(key), &mult) * rows >> 32))
			return;
	}
	fail_msg("no two keys with one fingerprint");
}

static void alike_are_kept_apart(void **state)
{
	static const struct fake_sizes size = { 2, 16, 32, 1, 8, 256, 64, 8, 4, 0 };
	uint64_t one, two;

	(void)state;
	seed_random(__func__);
	for (uint32_t table = 0; table < 2; table++) {
		find_alike(table, 1, &one, &two);
		for (unsigned int order = 0; order < 2; order++) {
			boot(&size, 8ul << 20);
			create(0, 0, 5, one);
			/* The worse one takes the place of the better, which moves; the better one goes elsewhere. */
			create(1, 0, order ? 6 : 4, two);
			assert_int_equal(card.banks.clashes, 0);
			/* In sub-table 1 they are alike, but the first two rules stand in 0. */
			assert_int_equal(place_of(0) / 4 != place_of(1) / 4, table == 0);
			check_rule(0);
			check_rule(1);
			fake_free();
		}
	}
	card_boot(&size, 8ul << 20);
}

/* With no other place the worse one is shadowed: its frames go to the host, never to another rule. */
static void alike_without_a_choice(void **state)
{
	static const struct fake_sizes size = { 2, 16, 32, 1, 8, 256, 64, 8, 4, 0 };
	uint64_t one, two;

	(void)state;
	seed_random(__func__);
	find_alike(0, 1, &one, &two);
	boot(&size, 8ul << 20);
	fake->on_entry = NULL;
	/* Seven others leave one slot, wherever it is; all but one must be in the right bucket by then. */
	for (unsigned int i = 10; i < 16; i++)
		create(i, 0, 5, 1000000 + i);
	create(0, 0, 5, one);
	create(1, 0, 6, two);
	check_rule(0);
	if (card.banks.clashes)
		assert_int_equal(fake_lookup_hw(known[1].req.key), FAKE_LIE);
	else
		check_rule(1);
	assert_int_equal(fake_lookup(known[1].req.key), known[1].handle & 0xfffff);
}

/* ---- Full size ---- */

static void full_size_fits_the_board(void **state)
{
	static const struct fake_sizes size = { 2, 16, 32, 32, 4096, 131072, 32768, 4096, 64, 256 };
	uint64_t before;

	(void)state;
	card_boot(&size, 64ul << 20);
	before = fake->ram_size;
	print_message("full size: %u bytes a rule\n", (unsigned int)sizeof(struct rule));
	assert_true(before == 64ul << 20);
	assert_int_equal(card.admin.frame_count, 256);
	make_masks();
	for (unsigned int i = 0; i < RULES; i++)
		add(i, i % MASKS);
	for (unsigned int i = 0; i < RULES; i++)
		check_rule(i);
	/* Numbers at the far end: the last rule of a full table. */
	assert_int_equal(card.rules.pool.usable, 131072);
	assert_int_equal(pool_next(&card.rules.pool, RULES), POOL_NONE);
	assert_int_equal(pool_next(&card.rules.pool, 5), 5);
}

static void numbers_in_order(void **state)
{
	static uint8_t memory[4 << 20];
	struct arena arena = { .next = memory, .end = memory + sizeof(memory) };
	struct pool p;

	(void)state;
	pool_init(&p, &arena, 0, 131072);
	assert_int_equal(pool_next(&p, 0), POOL_NONE);
	for (uint32_t i = 0; i < 131072; i++)
		assert_int_equal(pool_take(&p), i);
	assert_int_equal(pool_take(&p), POOL_NONE);
	for (uint32_t i = 0; i < 131072; i++)
		if (i != 63 && i != 64 && i != 70000 && i != 131071)
			pool_free(&p, i);
	assert_int_equal(pool_next(&p, 0), 63);
	assert_int_equal(pool_next(&p, 64), 64);
	assert_int_equal(pool_next(&p, 65), 70000);
	assert_int_equal(pool_next(&p, 70001), 131071);
	assert_int_equal(pool_next(&p, 131072), POOL_NONE);
	pool_free(&p, 131071);
	assert_int_equal(pool_next(&p, 70001), POOL_NONE);
}

#define OWN_CARD(name) cmocka_unit_test_teardown(name, card_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OWN_CARD(few_rules_go_to_the_tcam),
		OWN_CARD(demotion_needs_room),
		OWN_CARD(tables_full),
		OWN_CARD(priority_over_both),
		OWN_CARD(random_work),
		OWN_CARD(alike_are_kept_apart),
		OWN_CARD(alike_without_a_choice),
		OWN_CARD(full_size_fits_the_board),
		cmocka_unit_test(numbers_in_order),
	};

	return cmocka_run_group_tests_name("fw place", tests, NULL, NULL);
}
