/* SPDX-License-Identifier: BSD-3-Clause */
#include "bank.h"

#include <string.h>

#include "card.h"
#include "row.h"

void banks_alloc(struct banks *b, struct arena *a, uint32_t count, uint32_t slots)
{
	size_t all = (size_t)count * slots;

	b->count = count;
	b->rows = slots / (2 * FRL_SLOT_WAYS);
	b->row_shift = 32u - (uint32_t)__builtin_ctz(b->rows);
	b->free = (uint32_t)((1ull << count) - 1);
	b->rule = arena_take_raw(a, all, sizeof(*b->rule), 8);
	b->fp = arena_take_raw(a, all, sizeof(*b->fp), 8);
	b->seen = arena_take(a, (size_t)count * 2 * b->rows, sizeof(*b->seen), 8);
	b->steps = arena_take_raw(a, BANK_SEARCH, sizeof(*b->steps), 8);
	for (uint32_t table = 0; table < 2 * count; table++)
		b->mult[table] = hash_mult(table);
	if (!a->exhausted)
		memset(b->rule, 0xff, all * sizeof(*b->rule));
}

/* ---- Addresses ---- */

static uint32_t bucket_at(const struct banks *b, uint32_t table, uint32_t h)
{
	/* A shift by 32 is undefined: a sub-table of one row has shift 32. */
	return table * b->rows + (b->rows > 1 ? h >> b->row_shift : 0);
}

static uint32_t fingerprint(uint32_t h)
{
	return h & ((1u << FRL_SLOT_FP_W) - 1);
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

/* Puts a rule into an empty place, or over the rule that has moved on from there. */
static void write_slot(struct card *c, uint32_t place, uint32_t rule)
{
	struct banks *b = &c->banks;
	struct rule *r = &c->rules.rule[rule];
	uint32_t table = place / FRL_SLOT_WAYS / b->rows;
	uint32_t *row = update_write(&c->update, FRL_TABLE_SLOT, slot_index(b, place));

	b->fp[place] = fingerprint(hash_place(r->nh, &b->mult[table]));
	FRL_PUT(row, SLOT_VALID, 1);
	FRL_PUT(row, SLOT_FP, b->fp[place]);
	FRL_PUT(row, SLOT_PRIO, r->prio);
	FRL_PUT(row, SLOT_RULE, rule);
	b->used[table >> 1]++;
	if (++b->slots_used > b->slots_high)
		b->slots_high = b->slots_used;
	b->rule[place] = rule;
	r->place = place;
	r->in_tcam = false;
}

static void leave_slot(struct banks *b, uint32_t place)
{
	b->used[bank_of_place(b, place)]--;
	b->slots_used--;
	b->rule[place] = BANK_EMPTY;
}

/* ---- Equal fingerprints ---- */

static bool same_key(const struct rule *a, const struct rule *b)
{
	return a->nh == b->nh && !memcmp(a->key, b->key, sizeof(a->key));
}

/* Ways of a bucket whose rules have the fingerprint `fp`, and another key than `rule`. */
static uint32_t alike(const struct banks *b, const struct rule *rules, const struct rule *rule,
		      uint32_t bucket, uint32_t fp)
{
	uint32_t ways = 0;

	for (uint32_t way = 0; way < FRL_SLOT_WAYS; way++) {
		uint32_t place = bucket * FRL_SLOT_WAYS + way;

		if (b->rule[place] != BANK_EMPTY && b->fp[place] == fp &&
		    !same_key(&rules[b->rule[place]], rule))
			ways |= 1u << way;
	}
	return ways;
}

/* Lower priority value, then lower number: the one that a bank names when both are alike. */
static bool wins(const struct rule *rules, uint32_t a, uint32_t b)
{
	return rules[a].prio < rules[b].prio || (rules[a].prio == rules[b].prio && a < b);
}

/* Place of a rule that is alike in a bucket of `rule` and wins: wherever `rule` stands, its frames find that one.
 * BANK_EMPTY: there is none.
 */
static uint32_t find_blocker(const struct banks *b, const struct rule *rules, uint32_t rule,
			     uint32_t banks)
{
	for (uint32_t left = banks; left; left &= left - 1) {
		uint32_t table = 2 * (uint32_t)__builtin_ctz(left);

		for (uint32_t end = table + 2; table < end; table++) {
			uint32_t h = hash_place(rules[rule].nh, &b->mult[table]);
			uint32_t bucket = bucket_at(b, table, h);
			uint32_t ways = alike(b, rules, &rules[rule], bucket, fingerprint(h));

			for (; ways; ways &= ways - 1) {
				uint32_t place =
					bucket * FRL_SLOT_WAYS + (uint32_t)__builtin_ctz(ways);

				if (wins(rules, b->rule[place], rule))
					return place;
			}
		}
	}
	return BANK_EMPTY;
}

/* ---- Search ---- */

struct search {
	uint32_t rule;	/* That wants a slot. */
	uint32_t banks; /* Of its mask. */
	uint32_t moves; /* Longest chain. */
	bool strict;	/* Nobody goes to a bucket where another one is alike. */
	bool avoided;	/* A bucket was passed over for that. */
	uint32_t n;	/* Steps so far. */
};

static bool may_come(const struct banks *b, const struct rule *rules, struct search *s,
		     uint32_t rule, uint32_t table)
{
	uint32_t h = hash_place(rules[rule].nh, &b->mult[table]);

	if (!s->strict || !alike(b, rules, &rules[rule], bucket_at(b, table, h), fingerprint(h)))
		return true;
	s->avoided = true;
	return false;
}

/* Adds the bucket of `rule` in `table`. True: it has an empty slot that the rule may take. */
static bool reach(struct banks *b, const struct rule *rules, struct search *s, uint32_t rule,
		  uint32_t table, struct bank_step step)
{
	uint32_t h = hash_place(rules[rule].nh, &b->mult[table]);

	step.bucket = bucket_at(b, table, h);
	if (b->seen[step.bucket] == b->search || s->n == BANK_SEARCH)
		return false;
	b->seen[step.bucket] = b->search;
	b->steps[s->n++] = step;
	return empty_way(b, step.bucket) >= 0 && may_come(b, rules, s, rule, table);
}

/* Adds all buckets of `rule` that were not reached before. Returns the step with an empty slot, or -1. */
static int reach_all(struct banks *b, const struct rule *rules, struct search *s, uint32_t rule,
		     struct bank_step step)
{
	for (uint32_t left = s->banks; left; left &= left - 1) {
		uint32_t table = 2 * (uint32_t)__builtin_ctz(left);

		if (reach(b, rules, s, rule, table, step) ||
		    reach(b, rules, s, rule, table + 1, step))
			return (int)s->n - 1;
	}
	return -1;
}

/* Adds the other buckets of the rule in `way` of step `at`. Returns as reach_all(). */
static int reach_from(struct banks *b, const struct rule *rules, struct search *s, uint32_t at,
		      uint32_t way)
{
	const struct bank_step *step = &b->steps[at];
	uint32_t rule = b->rule[step->bucket * FRL_SLOT_WAYS + way];
	struct bank_step next = { .from = (uint16_t)at,
				  .way = (uint8_t)way,
				  .depth = (uint8_t)(step->depth + 1) };

	/* Empty: passed over, because somebody is alike there. */
	return rule == BANK_EMPTY ? -1 : reach_all(b, rules, s, rule, next);
}

/* The rule that would come to the bucket of a step. */
static uint32_t comer(const struct banks *b, const struct search *s, const struct bank_step *step)
{
	return step->depth ? b->rule[b->steps[step->from].bucket * FRL_SLOT_WAYS + step->way]
			   : s->rule;
}

/* The first step of a search: all buckets of the rule; or, for a rule that would be found instead of it, that one's
 * place, from where it must move on. Returns as reach_all().
 */
static int begin(struct banks *b, const struct rule *rules, struct search *s, uint32_t blocker)
{
	struct bank_step own = { .bucket = blocker / FRL_SLOT_WAYS };

	if (blocker == BANK_EMPTY)
		return reach_all(b, rules, s, s->rule, own);
	if (!s->moves)
		return -1;
	b->seen[own.bucket] = b->search;
	b->steps[s->n++] = own;
	return reach_from(b, rules, s, 0, blocker % FRL_SLOT_WAYS);
}

/* The step at the end of the shortest chain, or -1: none within `moves` moves and BANK_SEARCH buckets. */
static int search(struct banks *b, const struct rule *rules, struct search *s, uint32_t blocker)
{
	int found;

	b->search++;
	s->n = 0;
	found = begin(b, rules, s, blocker);
	for (uint32_t at = blocker == BANK_EMPTY ? 0 : 1;
	     found < 0 && at < s->n && s->n < BANK_SEARCH; at++) {
		const struct bank_step *step = &b->steps[at];

		if (step->depth == s->moves)
			break;
		if (!may_come(b, rules, s, comer(b, s, step), step->bucket / b->rows))
			continue;
		for (uint32_t way = 0; found < 0 && way < FRL_SLOT_WAYS; way++)
			found = reach_from(b, rules, s, at, way);
	}
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

bool bank_insert(struct card *c, uint32_t rule, uint32_t moves)
{
	struct banks *b = &c->banks;
	const struct rule *rules = c->rules.rule;
	struct search s = { .rule = rule,
			    .banks = c->masks.mask[rules[rule].mask].banks,
			    .moves = moves,
			    .strict = true };
	uint32_t blocker = find_blocker(b, rules, rule, s.banks);
	int found = search(b, rules, &s, blocker);

	if (found < 0 && (s.avoided || blocker != BANK_EMPTY)) {
		s.strict = false;
		found = search(b, rules, &s, BANK_EMPTY);
		b->clashes += found >= 0;
	}
	if (found < 0)
		return false;
	write_slot(c, make_room(c, found), rule);
	return true;
}

void bank_clear(struct card *c, uint32_t place)
{
	update_write(&c->update, FRL_TABLE_SLOT, slot_index(&c->banks, place));
	leave_slot(&c->banks, place);
}

/* ---- Banks of a mask ---- */

void bank_give(struct card *c, uint32_t bank, uint32_t mask)
{
	struct banks *b = &c->banks;
	struct mask *m = &c->masks.mask[mask];
	uint32_t *row = update_write(&c->update, FRL_TABLE_BANK, bank);
	uint32_t owned;

	memcpy(row, m->key, sizeof(m->key));
	FRL_PUT(row, BANK_ENABLE, 1);
	/* No lookup hashes with the old mask any more when the first slot is published. */
	update_op(&c->update, FRL_UPD_OP_LOOKUP_FENCE, 0);
	if (!(b->free >> bank & 1))
		c->masks.mask[b->mask[bank]].banks &= ~(1u << bank);
	b->free &= ~(1u << bank);
	b->mask[bank] = mask;
	m->banks |= 1u << bank;
	owned = b->count - (uint32_t)__builtin_popcount(b->free);
	if (owned > b->high)
		b->high = owned;
}

void bank_release(struct card *c, uint32_t bank)
{
	struct banks *b = &c->banks;

	/* Lookups that have read a slot still compare with the bank's mask. */
	update_op(&c->update, FRL_UPD_OP_LOOKUP_FENCE, 0);
	update_write(&c->update, FRL_TABLE_BANK, bank);
	c->masks.mask[b->mask[bank]].banks &= ~(1u << bank);
	b->free |= 1u << bank;
}

void bank_rules(const struct banks *b, uint32_t bank, uint32_t *rule)
{
	uint32_t first = bank * 2 * b->rows * FRL_SLOT_WAYS;
	uint32_t found = 0;

	for (uint32_t place = first; found < b->used[bank]; place++)
		if (b->rule[place] != BANK_EMPTY)
			rule[found++] = b->rule[place];
}
