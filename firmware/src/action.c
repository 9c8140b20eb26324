/* SPDX-License-Identifier: BSD-3-Clause */
#include "action.h"

#include <string.h>

#include "card.h"
#include "leg.h"
#include "row.h"

void actions_alloc(struct actions *a, struct arena *arena, uint32_t legs)
{
	pool_init(&a->legs, arena, 1, legs);
	pool_init(&a->pool, arena, 0, legs);
	a->set = arena_take_raw(arena, legs, sizeof(*a->set), 8);
}

/* Takes rows and references for all legs; there is room. */
static uint32_t take_set(struct card *c, const struct frl_leg *legs, uint32_t count)
{
	uint32_t index = pool_take(&c->actions.pool);
	struct action_set *set = &c->actions.set[index];

	*set = (struct action_set){ .count = count };
	for (uint32_t i = 0; i < count; i++) {
		set->leg[i].row = pool_take(&c->actions.legs);
		set->leg[i].team = leg_team(c, &legs[i]);
		set->leg[i].encap = leg_encap(c, &legs[i]);
		if (set->leg[i].team != POOL_NONE)
			c->teams.legs[set->leg[i].team]++;
		if (set->leg[i].encap != POOL_NONE)
			c->encaps.encap[set->leg[i].encap].legs++;
		leg_needs(&legs[i], &set->needs);
	}
	return index;
}

/* The last leg first, so that no row ever links to one that is not there. */
static void write_rows(struct card *c, const struct action_set *set, const struct frl_leg *legs)
{
	uint32_t next = 0;

	for (uint32_t i = set->count; i-- > 0;) {
		leg_write(&c->update, &legs[i], set->leg[i].row, next, set->leg[i].team,
			  set->leg[i].encap);
		next = set->leg[i].row;
	}
}

enum outcome op_action_set_create(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_action_set *req = body;
	const struct frl_leg *legs = (const void *)(req + 1);
	struct pool *rows = &c->actions.legs;
	uint32_t index;

	if (req->reserved1)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	if (!req->legs)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, 0);
	if (req->legs > LEGS_MAX)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_LEGS, LEGS_MAX);
	if (len < sizeof(*req) + req->legs * sizeof(*legs))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_LENGTH, (uint32_t)len);
	for (uint32_t i = 0; i < req->legs; i++)
		if (leg_check(c, &legs[i], rep) != OP_DONE)
			return OP_REFUSED;
	if (rows->usable - rows->used < req->legs)
		return op_refuse(rep, FRL_STATUS_NO_SPACE, FRL_REFUSAL_LEGS_FULL, rows->usable);
	if (!update_room(&c->update, req->legs) || !pool_has(rows, req->legs))
		return OP_AGAIN;
	index = take_set(c, legs, req->legs);
	write_rows(c, &c->actions.set[index], legs);
	op_handle(rep, pool_handle(&c->actions.pool, index));
	return OP_DONE;
}

void action_set_drop(struct card *c, uint32_t index)
{
	struct action_set *set = &c->actions.set[index];

	for (uint32_t i = 0; i < set->count; i++) {
		if (set->leg[i].team != POOL_NONE)
			c->teams.legs[set->leg[i].team]--;
		if (set->leg[i].encap != POOL_NONE)
			c->encaps.encap[set->leg[i].encap].legs--;
		pool_retire(&c->actions.legs, set->leg[i].row);
	}
	update_drain(&c->update);
	pool_free(&c->actions.pool, index);
}

enum outcome op_action_set_destroy(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_handle *req = body;
	uint32_t i = pool_find(&c->actions.pool, req->handle);

	(void)len;
	if (i == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, req->handle);
	if (c->actions.set[i].refs)
		return op_refuse(rep, FRL_STATUS_BUSY, FRL_REFUSAL_IN_USE, c->actions.set[i].refs);
	action_set_drop(c, i);
	return OP_DONE;
}

/* ---- What a set needs of a rule ---- */

/* The field is matched as a whole. */
static bool exact(const uint32_t *mask, unsigned int lsb, unsigned int width)
{
	return frl_get_bits(mask, lsb, width) == (1ull << width) - 1;
}

#define EXACT(FIELD) exact(mask, FRL_KEY_##FIELD##_LSB, FRL_KEY_##FIELD##_W)
#define VALUE(FIELD) frl_get_bits(key, FRL_KEY_##FIELD##_LSB, FRL_KEY_##FIELD##_W)

static bool has_l3(const struct needs *n, const uint32_t *key, const uint32_t *mask)
{
	uint64_t l3 = VALUE(L3_TYPE);

	if (!n->ip && !n->ip4 && !n->ip6)
		return true;
	if (!EXACT(L3_TYPE) || (n->ip4 && l3 != FRL_L3_TYPE_IPV4) ||
	    (n->ip6 && l3 != FRL_L3_TYPE_IPV6))
		return false;
	return l3 == FRL_L3_TYPE_IPV4 || l3 == FRL_L3_TYPE_IPV6;
}

static bool has_l4(const struct needs *n, const uint32_t *key, const uint32_t *mask)
{
	uint64_t l4 = VALUE(L4_TYPE);

	return !n->ports || (EXACT(L4_TYPE) && (l4 == FRL_L4_TYPE_TCP || l4 == FRL_L4_TYPE_UDP));
}

static bool has_vlans(const struct needs *n, const uint32_t *key, const uint32_t *mask)
{
	/* A key has no bits outside its mask, so a 1 is matched. */
	(void)mask;
	return (n->vlans < 1 || VALUE(VLAN0_PRESENT)) && (n->vlans < 2 || VALUE(VLAN1_PRESENT));
}

static bool has_tunnel(const struct needs *n, const uint32_t *key, const uint32_t *mask)
{
	uint64_t tunnel = VALUE(TUN_TYPE);

	if (n->decap && !(EXACT(TUN_TYPE) && tunnel != FRL_TUN_TYPE_NONE))
		return false;
	return !(n->no_tunnel && tunnel != FRL_TUN_TYPE_NONE);
}

enum outcome action_check(const struct action_set *set, const uint32_t *key, const uint32_t *mask,
			  struct reply *rep)
{
	/* The answer names the field by its place in FRL_KEY_FIELDS. */
	enum field {
#define NUMBER(name, lsb, width) field_##name,
		FRL_KEY_FIELDS(NUMBER)
#undef NUMBER
	};
	const struct needs *n = &set->needs;
	enum field missing;

	if (!has_tunnel(n, key, mask))
		missing = field_tun_type;
	else if (!has_l3(n, key, mask))
		missing = field_l3_type;
	else if (!has_l4(n, key, mask))
		missing = field_l4_type;
	else if (!has_vlans(n, key, mask))
		missing = n->vlans > 1 ? field_vlan1_present : field_vlan0_present;
	else
		return OP_DONE;
	return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_NEEDS_MATCH, missing);
}
