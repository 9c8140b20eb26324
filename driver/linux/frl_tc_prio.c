// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* From TC's order of filters to priorities of the card.
 *
 * TC asks priorities in ascending order, and within one priority flower asks its masks in the
 * order in which they were created. Each pair of both is a level and has a number of its own; the
 * numbers ascend as levels do. A number is chosen near a place that depends on the priority
 * alone, with room between the low priorities that people and Open vSwitch use. Where there is no
 * room left, neighbours move by one, each rule added at its new number before it leaves the old
 * one. Bindings have their numbers for themselves: rules of different ports never meet.
 */
#include "frl_tc.h"

#define CARD_MIN 1
#define CARD_MAX 65535

/* Priorities below SPREAD are GAP apart in the lower half of the numbers, the others share the
 * upper half.
 */
#define SPREAD 256
#define GAP    128
#define HALF   (SPREAD * GAP)

static int wanted(u32 prio)
{
	int card = prio * GAP;

	if (prio < SPREAD)
		return max(card, CARD_MIN);
	return min_t(u32, HALF + (prio - SPREAD) / 2, CARD_MAX);
}

static bool is_last(const struct frl_tc_bind *bind, const struct frl_tc_level *l)
{
	return list_is_last(&l->list, &bind->levels);
}

static bool is_first(const struct frl_tc_bind *bind, const struct frl_tc_level *l)
{
	return list_is_first(&l->list, &bind->levels);
}

static int move(struct frl_tc_level *l, u16 card)
{
	struct frl_tc_rule *rule;
	int err;

	list_for_each_entry(rule, &l->rules, level_list) {
		err = frl_tc_rule_shift(rule, card);
		if (err)
			goto back;
	}
	l->card = card;
	return 0;

back:
	list_for_each_entry_continue_reverse(rule, &l->rules, level_list)
		frl_tc_rule_shift(rule, l->card);
	return err;
}

/* Frees the number of `l` by moving it and all that follow without a gap up by one, the last
 * first.
 */
static int make_room_above(struct frl_tc_bind *bind, struct frl_tc_level *l)
{
	struct frl_tc_level *end = l;
	int err;

	while (!is_last(bind, end) && list_next_entry(end, list)->card == end->card + 1)
		end = list_next_entry(end, list);
	if (end->card == CARD_MAX)
		return -ENOSPC;
	for (;; end = list_prev_entry(end, list)) {
		err = move(end, end->card + 1);
		if (err || end == l)
			return err;
	}
}

/* The same downwards. */
static int make_room_below(struct frl_tc_bind *bind, struct frl_tc_level *l)
{
	struct frl_tc_level *end = l;
	int err;

	while (!is_first(bind, end) && list_prev_entry(end, list)->card == end->card - 1)
		end = list_prev_entry(end, list);
	if (end->card == CARD_MIN)
		return -ENOSPC;
	for (;; end = list_next_entry(end, list)) {
		err = move(end, end->card - 1);
		if (err || end == l)
			return err;
	}
}

/* A free number between the levels that `after` stands between, or a negative errno value. */
static int find_number(struct frl_tc_bind *bind, struct list_head *after, u32 prio)
{
	struct frl_tc_level *prev = NULL, *next = NULL;
	int low, high;

	if (after != &bind->levels)
		prev = list_entry(after, struct frl_tc_level, list);
	if (!list_is_last(after, &bind->levels))
		next = list_entry(after->next, struct frl_tc_level, list);
	low = prev ? prev->card + 1 : CARD_MIN;
	high = next ? next->card - 1 : CARD_MAX;
	if (low <= high)
		return clamp(wanted(prio), low, high);
	if (next && !make_room_above(bind, next))
		return next->card - 1;
	if (prev && !make_room_below(bind, prev))
		return prev->card + 1;
	return -ENOSPC;
}

/**
 * frl_tc_level_get() - the level of a priority and mask
 * @bind: binding
 * @prio: of TC
 * @mask: identifies the mask
 *
 * Return: the level, NULL without memory, ERR_PTR(-ENOSPC) when no number is free. One without
 * rules is freed by frl_tc_level_put().
 */
struct frl_tc_level *frl_tc_level_get(struct frl_tc_bind *bind, u32 prio, const void *mask)
{
	struct list_head *after = &bind->levels;
	struct frl_tc_level *l;
	int card;

	list_for_each_entry(l, &bind->levels, list) {
		if (l->prio == prio && l->mask == mask)
			return l;
		if (l->prio > prio)
			break;
		after = &l->list;
	}
	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return NULL;
	card = find_number(bind, after, prio);
	if (card < 0) {
		kfree(l);
		return ERR_PTR(card);
	}
	l->prio = prio;
	l->mask = mask;
	l->card = card;
	INIT_LIST_HEAD(&l->rules);
	list_add(&l->list, after);
	return l;
}

void frl_tc_level_put(struct frl_tc_level *l)
{
	if (!list_empty(&l->rules))
		return;
	list_del(&l->list);
	kfree(l);
}
