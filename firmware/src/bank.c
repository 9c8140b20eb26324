/* SPDX-License-Identifier: BSD-3-Clause */
#include "bank.h"

#include <string.h>

#include "card.h"
#include "row.h"

void banks_alloc(struct banks *b, struct arena *a, uint32_t count, uint32_t slots)
{
	b->count = count;
	b->rows = slots / (2 * FRL_SLOT_WAYS);
	b->row_shift = 32u - (uint32_t)__builtin_ctz(b->rows);
	b->free = (uint32_t)((1ull << count) - 1);
	b->rule = arena_take_raw(a, (size_t)count * slots, sizeof(*b->rule), 8);
	b->seen = arena_take(a, (size_t)count * 2 * b->rows, sizeof(*b->seen), 8);
	b->steps = arena_take_raw(a, BANK_SEARCH, sizeof(*b->steps), 8);
	if (!a->exhausted)
		memset(b->rule, 0xff, (size_t)count * slots * sizeof(*b->rule));
}

/* ---- Addresses ---- */

static uint32_t bucket_of(const struct banks *b, uint64_t nh, uint32_t table)
{
	/* A shift by 32 is undefined: a sub-table of one row has shift 32. */
	uint32_t h = hash_place(nh, table >> 1, table & 1);

	return table * b->rows + (b->rows > 1 ? h >> b->row_shift : 0);
}

static int empty_way(const struct banks *b, uint32_t bucket)
{
	for (int way = 0; way < (int)FRL_SLOT_WAYS; way++)
		if (b->rule[bucket * FRL_SLOT_WAYS + (uint32_t)way] == BANK_EMPTY)
			return way;
	return -1;
}

/* Index of table SLOT: bank[28:24], sub[20], way[17:16], row[15:0]. */
static uint32_t slot_index(const struct banks *b, uint32_t place)
{
	uint32_t bucket = place / FRL_SLOT_WAYS;
	uint32_t table = bucket / b->rows;

	return (table >> 1) << 24 | (table & 1) << 20 | place % FRL_SLOT_WAYS << 16 |
	       bucket % b->rows;
}

/* ---- Writes ---- */

static void write_bank(struct card *c, uint32_t bank, const struct mask *mask)
{
	uint32_t *row = update_write(&c->update, FRL_TABLE_BANK, bank);

	if (!mask)
		return;
	memcpy(row, mask->key, sizeof(mask->key));
	FRL_PUT(row, BANK_ENABLE, 1);
}

/* Puts a rule into an empty place, or over the rule that has moved on from there. */
static void write_slot(struct card *c, uint32_t place, uint32_t rule)
{
	struct banks *b = &c->banks;
	struct rule *r = &c->rules.rule[rule];
	uint32_t table = place / FRL_SLOT_WAYS / b->rows;
	uint32_t *row = update_write(&c->update, FRL_TABLE_SLOT, slot_index(b, place));

	FRL_PUT(row, SLOT_VALID, 1);
	FRL_PUT(row, SLOT_FP, hash_place(r->nh, table >> 1, table & 1) & 0xffff);
	FRL_PUT(row, SLOT_PRIO, r->prio);
	FRL_PUT(row, SLOT_RULE, rule);
	frl_put_parity(row, FRL_ROW_SLOT_W, FRL_SLOT_PARITY_LSB);
	b->used[table >> 1]++;
	b->rule[place] = rule;
	r->place = place;
}

static void leave_slot(struct banks *b, uint32_t place)
{
	b->used[place / FRL_SLOT_WAYS / b->rows >> 1]--;
	b->rule[place] = BANK_EMPTY;
}

/* ---- Search ---- */

/* Adds the other buckets of the rule in `way` of step `from`. Returns the step with an empty slot, or -1. */
static int expand(struct banks *b, const struct rule *rules, const struct mask *mask, uint32_t *n,
		  uint32_t from, uint32_t way)
{
	uint32_t rule = b->rule[b->steps[from].bucket * FRL_SLOT_WAYS + way];

	for (uint32_t left = mask->banks; left; left &= left - 1) {
		uint32_t bank = (uint32_t)__builtin_ctz(left);

		for (uint32_t table = 2 * bank; table < 2 * bank + 2; table++) {
			uint32_t bucket = bucket_of(b, rules[rule].nh, table);

			if (b->seen[bucket] == b->search || *n == BANK_SEARCH)
				continue;
			b->seen[bucket] = b->search;
			b->steps[*n] =
				(struct bank_step){ .bucket = bucket,
						    .from = (uint16_t)from,
						    .way = (uint8_t)way,
						    .depth = (uint8_t)(b->steps[from].depth + 1) };
			if (empty_way(b, bucket) >= 0)
				return (int)(*n)++;
			(*n)++;
		}
	}
	return -1;
}

/* Puts the rule's own buckets into the search. Returns the first that has room, or -1. */
static int begin_search(struct banks *b, uint64_t nh, const struct mask *mask, uint32_t *n)
{
	int found = -1;

	b->search++;
	for (uint32_t left = mask->banks; left; left &= left - 1) {
		uint32_t bank = (uint32_t)__builtin_ctz(left);

		for (uint32_t table = 2 * bank; table < 2 * bank + 2; table++) {
			uint32_t bucket = bucket_of(b, nh, table);

			b->seen[bucket] = b->search;
			b->steps[*n] = (struct bank_step){ .bucket = bucket };
			if (found < 0 && empty_way(b, bucket) >= 0)
				found = (int)*n;
			(*n)++;
		}
	}
	return found;
}

static int search(struct banks *b, const struct rule *rules, uint64_t nh, const struct mask *mask)
{
	uint32_t n = 0;
	int found = begin_search(b, nh, mask, &n);

	for (uint32_t at = 0; found < 0 && at < n && b->steps[at].depth < BANK_MOVES; at++)
		for (uint32_t way = 0; found < 0 && way < FRL_SLOT_WAYS; way++)
			found = expand(b, rules, mask, &n, at, way);
	return found;
}

/* Moves the rules of a chain, the last first: copied to its new place, and after a fence its old place
 * is taken by the one before it, so that each rule can be found at any time. Returns the place that
 * the chain's first bucket has gained.
 */
static uint32_t make_room(struct card *c, int found)
{
	struct banks *b = &c->banks;
	const struct bank_step *step = &b->steps[found];
	uint32_t place = step->bucket * FRL_SLOT_WAYS + (uint32_t)empty_way(b, step->bucket);

	while (step->depth) {
		uint32_t old = b->steps[step->from].bucket * FRL_SLOT_WAYS + step->way;
		uint32_t rule = b->rule[old];

		leave_slot(b, old);
		write_slot(c, place, rule);
		update_op(&c->update, FRL_UPD_OP_LOOKUP_FENCE, 0);
		b->moves++;
		place = old;
		step = &b->steps[step->from];
	}
	return place;
}

/* ---- Banks of a mask ---- */

static bool take_bank(struct card *c, struct mask *mask)
{
	struct banks *b = &c->banks;
	uint32_t bank, owned;

	if (!b->free)
		return false;
	bank = (uint32_t)__builtin_ctz(b->free);
	b->free &= ~(1u << bank);
	owned = b->count - (uint32_t)__builtin_popcount(b->free);
	if (owned > b->high)
		b->high = owned;
	mask->banks |= 1u << bank;
	/* The fence: no lookup hashes with the old mask any more when the first slot is published. */
	write_bank(c, bank, mask);
	update_op(&c->update, FRL_UPD_OP_LOOKUP_FENCE, 0);
	return true;
}

bool bank_insert(struct card *c, uint32_t rule, bool *no_bank)
{
	struct rule *r = &c->rules.rule[rule];
	struct mask *mask = &c->masks.mask[r->mask];
	int found = search(&c->banks, c->rules.rule, r->nh, mask);

	*no_bank = mask->banks == 0;
	if (found < 0) {
		if (!take_bank(c, mask))
			return false;
		found = search(&c->banks, c->rules.rule, r->nh, mask);
	}
	write_slot(c, make_room(c, found), rule);
	return true;
}

void bank_remove(struct card *c, uint32_t rule)
{
	struct banks *b = &c->banks;
	uint32_t place = c->rules.rule[rule].place;
	uint32_t bank = place / FRL_SLOT_WAYS / b->rows >> 1;
	struct mask *mask = &c->masks.mask[c->rules.rule[rule].mask];

	update_write(&c->update, FRL_TABLE_SLOT, slot_index(b, place));
	leave_slot(b, place);
	if (b->used[bank])
		return;
	/* Lookups that have read the slot still compare with the bank's mask. */
	update_op(&c->update, FRL_UPD_OP_LOOKUP_FENCE, 0);
	write_bank(c, bank, NULL);
	mask->banks &= ~(1u << bank);
	b->free |= 1u << bank;
}
