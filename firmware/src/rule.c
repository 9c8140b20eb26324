/* SPDX-License-Identifier: BSD-3-Clause */
#include "rule.h"

#include <string.h>

#include "card.h"
#include "row.h"

#define LIST_MAX 128

void rules_alloc(struct rules *r, struct arena *a, uint32_t size)
{
	uint32_t chains = 1;

	while (chains < size)
		chains *= 2;
	pool_init(&r->pool, a, 0, size);
	r->rule = arena_take_raw(a, size, sizeof(*r->rule), 64);
	r->index = arena_take_raw(a, chains, sizeof(*r->index), 8);
	r->index_mask = chains - 1;
	if (!a->exhausted)
		memset(r->index, 0xff, chains * sizeof(*r->index));
}

/* ---- Index by mask and key ---- */

static uint32_t *chain_of(struct rules *r, uint32_t mask, uint64_t nh)
{
	uint64_t h = (nh ^ mask) * FRL_NH_FIN;

	return &r->index[(h >> 32) & r->index_mask];
}

static bool exists(struct rules *r, const struct rule *rule)
{
	for (uint32_t i = *chain_of(r, rule->mask, rule->nh); i != POOL_NONE; i = r->rule[i].next)
		if (r->rule[i].nh == rule->nh && r->rule[i].mask == rule->mask &&
		    r->rule[i].prio == rule->prio &&
		    !memcmp(r->rule[i].key, rule->key, sizeof(rule->key)))
			return true;
	return false;
}

static void index_add(struct rules *r, uint32_t i)
{
	uint32_t *head = chain_of(r, r->rule[i].mask, r->rule[i].nh);

	r->rule[i].next = *head;
	*head = i;
}

static void index_remove(struct rules *r, uint32_t i)
{
	uint32_t *link = chain_of(r, r->rule[i].mask, r->rule[i].nh);

	while (*link != i)
		link = &r->rule[*link].next;
	*link = r->rule[i].next;
}

/* ---- Rows ---- */

static void write_rule_row(struct card *c, uint32_t rule)
{
	const struct action_set *set = &c->actions.set[c->rules.rule[rule].action_set];
	uint32_t *row = update_write(&c->update, FRL_TABLE_RULE, rule);

	FRL_PUT(row, RULE_LEG, set->leg[0].row);
	frl_put_parity(row, FRL_ROW_RULE_W, FRL_RULE_PARITY_LSB);
}

/* Everything but the slot; the hardware takes the entries in this order. */
static void write_rows(struct card *c, uint32_t rule)
{
	update_op(&c->update, FRL_UPD_OP_COUNTER_CLEAR, rule);
	memcpy(update_write(&c->update, FRL_TABLE_KEY, rule), c->rules.rule[rule].key,
	       sizeof(c->rules.rule[rule].key));
	write_rule_row(c, rule);
}

#define ROWS_ENTRIES 3

/* ---- Messages ---- */

/* Ports whose frames must be parsed behind tunnel headers for this key. */
static uint8_t tunnel_ports(const uint32_t *key, const uint32_t *mask)
{
	if (!frl_get_bits(key, FRL_KEY_TUN_TYPE_LSB, FRL_KEY_TUN_TYPE_W))
		return TUNNEL_NONE;
	if (frl_get_bits(mask, FRL_KEY_PORT_LSB, FRL_KEY_PORT_W) == 0xff)
		return (uint8_t)frl_get_bits(key, FRL_KEY_PORT_LSB, FRL_KEY_PORT_W);
	return TUNNEL_ALL;
}

static enum outcome check_match(const struct card *c, const struct frl_rule *req,
				const struct mask *mask, struct reply *rep)
{
	uint64_t port = frl_get_bits(req->key, FRL_KEY_PORT_LSB, FRL_KEY_PORT_W);
	bool port_exact = frl_get_bits(mask->key, FRL_KEY_PORT_LSB, FRL_KEY_PORT_W) == 0xff;

	for (uint32_t w = 0; w < FRL_KEY_WORDS; w++)
		if (req->key[w] & ~mask->key[w])
			return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MATCH_OUTSIDE_MASK,
					 w);
	if (frl_get_bits(req->key, FRL_KEY_TUN_TYPE_LSB, FRL_KEY_TUN_TYPE_W) == FRL_TUN_TYPE_GENEVE)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_MATCH_ITEM,
				 FRL_TUN_TYPE_GENEVE);
	if (port_exact && !port_exists(&c->ports, (uint32_t)port))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN, (uint32_t)port);
	return OP_DONE;
}

static enum outcome check(const struct card *c, const struct frl_rule *req, struct rule *rule,
			  struct reply *rep)
{
	const struct mask *mask;

	if (req->reserved3 || req->reserved4)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	rule->mask = pool_find(&c->masks.pool, req->mask);
	if (rule->mask == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, req->mask);
	rule->action_set = pool_find(&c->actions.pool, req->action_set);
	if (rule->action_set == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN,
				 req->action_set);
	mask = &c->masks.mask[rule->mask];
	if (check_match(c, req, mask, rep) != OP_DONE)
		return OP_REFUSED;
	rule->nh = hash_nh(&mask->hash, req->key);
	rule->prio = req->prio;
	rule->tunnel = tunnel_ports(req->key, mask->key);
	memcpy(rule->key, req->key, sizeof(rule->key));
	return action_check(&c->actions.set[rule->action_set], req->key, mask->key, rep);
}

enum outcome op_rule_create(struct card *c, const void *body, size_t len, struct reply *rep)
{
	struct frl_rule_rep *out = (void *)rep->body;
	struct rules *r = &c->rules;
	struct rule rule;
	bool no_bank;
	uint32_t i;

	(void)len;
	if (check(c, body, &rule, rep) != OP_DONE)
		return OP_REFUSED;
	if (exists(r, &rule))
		return op_refuse(rep, FRL_STATUS_EXISTS, FRL_REFUSAL_RULE_EXISTS, 0);
	if (!update_room(&c->update, ROWS_ENTRIES + BANK_ENTRIES))
		return OP_AGAIN;
	if (!pool_has(&r->pool, 1))
		return pool_waiting(&r->pool) ? OP_AGAIN
					      : op_refuse(rep, FRL_STATUS_NO_SPACE,
							  FRL_REFUSAL_RULES_FULL, r->pool.usable);
	i = pool_take(&r->pool);
	r->rule[i] = rule;
	write_rows(c, i);
	if (!bank_insert(c, i, &no_bank)) {
		pool_retire(&r->pool, i);
		update_drain(&c->update);
		return op_refuse(rep, FRL_STATUS_NO_SPACE,
				 no_bank ? FRL_REFUSAL_MASKS_FULL : FRL_REFUSAL_BANK_FULL,
				 no_bank ? c->banks.count : c->masks.mask[rule.mask].rules);
	}
	index_add(r, i);
	c->masks.mask[rule.mask].rules++;
	c->actions.set[rule.action_set].refs++;
	port_tunnel_hold(c, rule.tunnel);
	*out = (struct frl_rule_rep){ .handle = pool_handle(&r->pool, i), .counter = i };
	rep->len = sizeof(*out);
	return OP_LATER;
}

/* Clear slot, fence, give the bank back. */
#define REMOVE_ENTRIES 3

static void remove_rule(struct card *c, uint32_t i)
{
	struct rule *rule = &c->rules.rule[i];

	bank_remove(c, i);
	port_tunnel_release(c, rule->tunnel);
	index_remove(&c->rules, i);
	c->masks.mask[rule->mask].rules--;
	c->actions.set[rule->action_set].refs--;
	pool_retire(&c->rules.pool, i);
	update_drain(&c->update);
}

enum outcome op_rule_destroy(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_handle *req = body;
	uint32_t i = pool_find(&c->rules.pool, req->handle);

	(void)len;
	if (i == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, req->handle);
	if (!update_room(&c->update, REMOVE_ENTRIES))
		return OP_AGAIN;
	remove_rule(c, i);
	/* The count stands in host memory, where this core cannot read: the driver takes it from there. */
	rep->len = sizeof(struct frl_rule_gone);
	memset(rep->body, 0, rep->len);
	return OP_LATER;
}

enum outcome op_rule_update(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_rule_update *req = body;
	uint32_t i = pool_find(&c->rules.pool, req->handle);
	uint32_t set = pool_find(&c->actions.pool, req->action_set);
	struct rule *rule;

	(void)len;
	if (i == POOL_NONE || set == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN,
				 i == POOL_NONE ? req->handle : req->action_set);
	rule = &c->rules.rule[i];
	if (action_check(&c->actions.set[set], rule->key, c->masks.mask[rule->mask].key, rep) !=
	    OP_DONE)
		return OP_REFUSED;
	if (!update_room(&c->update, 1))
		return OP_AGAIN;
	c->actions.set[rule->action_set].refs--;
	c->actions.set[set].refs++;
	rule->action_set = set;
	write_rule_row(c, i);
	update_drain(&c->update);
	return OP_LATER;
}

enum outcome op_rule_list(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_rule_list *req = body;
	struct frl_rule_list *out = (void *)rep->body;
	const struct pool *p = &c->rules.pool;
	uint32_t *handle = (uint32_t *)(out + 1);
	uint32_t i = req->from ? (req->from & ((1u << HANDLE_INDEX_BITS) - 1)) + 1 : 0;
	uint32_t count = 0;

	(void)len;
	if (req->count)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	for (; i < p->size && count < LIST_MAX; i++)
		if (p->live[i])
			handle[count++] = pool_handle(p, i);
	if (count & 1)
		handle[count] = 0; /* Messages are multiples of 8 bytes. */
	*out = (struct frl_rule_list){ .from = req->from, .count = count };
	rep->len = (uint32_t)(sizeof(*out) + ((count + 1) & ~1u) * sizeof(*handle));
	return OP_DONE;
}

/* ---- FLUSH ---- */

/* Retires every live object of a pool whose users are gone. */
static void retire_all(struct pool *p)
{
	for (uint32_t i = 0; i < p->size; i++)
		if (p->live[i])
			pool_retire(p, i);
}

static void flush_objects(struct card *c)
{
	for (uint32_t i = 0; i < c->actions.pool.size; i++)
		if (c->actions.pool.live[i])
			action_set_drop(c, i);
	for (uint32_t i = 0; i < c->masks.pool.size; i++)
		if (c->masks.pool.live[i])
			pool_free(&c->masks.pool, i);
	retire_all(&c->encaps.pool);
	retire_all(&c->teams.pool);
	update_drain(&c->update);
}

/* Called again until the last rule is gone: it keeps no state but the rules that are left. */
enum outcome op_flush(struct card *c, const void *body, size_t len, struct reply *rep)
{
	struct pool *p = &c->rules.pool;

	(void)body;
	(void)len;
	(void)rep;
	for (uint32_t i = 0; i < p->size && p->used; i++) {
		if (!p->live[i])
			continue;
		if (!update_room(&c->update, REMOVE_ENTRIES))
			return OP_AGAIN;
		remove_rule(c, i);
	}
	flush_objects(c);
	return OP_LATER;
}
