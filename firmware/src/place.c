/* SPDX-License-Identifier: BSD-3-Clause */
#include "place.h"

#include "card.h"

#define NO_BANK 0xffffffffu

static void fence(struct card *c)
{
	update_op(&c->update, FRL_UPD_OP_LOOKUP_FENCE, 0);
}

/* ---- A bank for a mask ---- */

/* A bank that is the only one of another mask, with few rules that fit into the TCAM. */
static uint32_t find_weak_bank(const struct card *c, uint32_t mask)
{
	const struct banks *b = &c->banks;

	for (uint32_t bank = 0; bank < b->count; bank++)
		if (!(b->free >> bank & 1) && b->mask[bank] != mask &&
		    b->used[bank] <= PLACE_MANY && b->used[bank] <= tcam_room(&c->tcam) &&
		    c->masks.mask[b->mask[bank]].banks == 1u << bank)
			return bank;
	return NO_BANK;
}

/* Moves a bank's rules to the TCAM. */
static void demote(struct card *c, uint32_t bank)
{
	uint32_t rule[PLACE_MANY], place[PLACE_MANY];
	uint32_t count = c->banks.used[bank];

	bank_rules(&c->banks, bank, rule);
	for (uint32_t i = 0; i < count; i++) {
		place[i] = c->rules.rule[rule[i]].place;
		tcam_insert(c, rule[i]);
	}
	fence(c);
	for (uint32_t i = 0; i < count; i++)
		bank_clear(c, place[i]);
	/* Lookups that have read a slot still compare with the bank's mask. */
	fence(c);
}

/* Moves rules of a mask from the TCAM to its banks, as far as they have room without further moves. */
static void promote(struct card *c, uint32_t mask)
{
	struct tcam *t = &c->tcam;
	uint32_t left[PLACE_PROMOTE], count = 0;
	uint32_t entry = c->masks.mask[mask].tcam;

	for (uint32_t n = 0; n < PLACE_PROMOTE && entry != POOL_NONE; n++) {
		if (bank_insert(c, t->entry[entry].rule, 0))
			left[count++] = entry;
		entry = t->entry[entry].next;
	}
	if (count)
		fence(c);
	for (uint32_t i = 0; i < count; i++)
		tcam_remove(c, left[i]);
}

/* Gives the mask another bank: a free one, or a weak mask's. */
static bool take_bank(struct card *c, uint32_t mask)
{
	struct banks *b = &c->banks;
	uint32_t bank;

	if (b->free) {
		bank = (uint32_t)__builtin_ctz(b->free);
	} else {
		if (c->masks.mask[mask].tcam_count < PLACE_MANY)
			return false;
		bank = find_weak_bank(c, mask);
		if (bank == NO_BANK)
			return false;
		demote(c, bank);
	}
	bank_give(c, bank, mask);
	return true;
}

/* ---- Rules ---- */

static enum outcome refuse(const struct card *c, const struct mask *mask, struct reply *rep)
{
	if (mask->banks)
		return op_refuse(rep, FRL_STATUS_NO_SPACE, FRL_REFUSAL_BANK_FULL, mask->rules);
	if (c->tcam.pool.usable)
		return op_refuse(rep, FRL_STATUS_NO_SPACE, FRL_REFUSAL_TCAM_FULL,
				 c->tcam.pool.usable);
	return op_refuse(rep, FRL_STATUS_NO_SPACE, FRL_REFUSAL_MASKS_FULL, c->banks.count);
}

enum outcome place_insert(struct card *c, uint32_t rule, struct reply *rep)
{
	uint32_t number = c->rules.rule[rule].mask;
	struct mask *mask = &c->masks.mask[number];

	if ((mask->banks && bank_insert(c, rule, BANK_MOVES)) ||
	    (take_bank(c, number) && bank_insert(c, rule, 0))) {
		if (mask->tcam != POOL_NONE)
			promote(c, number);
		return OP_DONE;
	}
	if (!tcam_room(&c->tcam))
		return refuse(c, mask, rep);
	tcam_insert(c, rule);
	return OP_DONE;
}

void place_remove(struct card *c, uint32_t rule)
{
	struct banks *b = &c->banks;
	uint32_t place = c->rules.rule[rule].place;

	if (c->rules.rule[rule].in_tcam) {
		tcam_remove(c, place);
		return;
	}
	bank_clear(c, place);
	if (!b->used[bank_of_place(b, place)])
		bank_release(c, bank_of_place(b, place));
}
