/* SPDX-License-Identifier: BSD-3-Clause */
#include "rule.h"

#include <string.h>

#include "card.h"
#include "place.h"
#include "row.h"

#define LIST_MAX 128

void rules_alloc(struct rules *r, struct arena *a, uint32_t size)
{
	pool_init(&r->pool, a, 0, size);
	r->rule = arena_take_raw(a, size, sizeof(*r->rule), 64);
	chains_alloc(&r->chains, a, size);
}

/* ---- Index by mask and key ---- */

static uint32_t rule_hash(const struct rule *rule)
{
	return (uint32_t)((rule->nh ^ rule->mask) * FRL_NH_FIN >> 32);
}

static bool exists(const struct rules *r, const struct rule *rule)
{
	for (uint32_t i = chains_first(&r->chains, rule_hash(rule)); i != CHAIN_END;
	     i = r->chains.next[i])
		if (r->rule[i].nh == rule->nh && r->rule[i].mask == rule->mask &&
		    r->rule[i].prio == rule->prio &&
		    !memcmp(r->rule[i].key, rule->key, sizeof(rule->key)))
			return true;
	return false;
}

/* ---- Rows ---- */

static void write_rule_row(struct card *c, uint32_t rule)
{
	const struct action_set *set = &c->actions.set[c->rules.rule[rule].action_set];
	uint32_t *row = update_write(&c->update, FRL_TABLE_RULE, rule);

	FRL_PUT(row, RULE_LEG, set->leg[0].row);
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

/* A field by its place in FRL_KEY_FIELDS. */
enum field {
#define NUMBER(name, lsb, width) field_##name,
	FRL_KEY_FIELDS(NUMBER)
#undef NUMBER
};

static enum outcome check_match(const struct card *c, const struct frl_rule *req,
				const struct mask *mask, struct reply *rep)
{
	uint64_t port = frl_get_bits(req->key, FRL_KEY_PORT_LSB, FRL_KEY_PORT_W);
	bool port_exact = frl_get_bits(mask->key, FRL_KEY_PORT_LSB, FRL_KEY_PORT_W) == 0xff;
	int word = geneve_missing(&c->geneve, mask->geneve);

	for (uint32_t w = 0; w < FRL_KEY_WORDS; w++)
		if (req->key[w] & ~mask->key[w])
			return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MATCH_OUTSIDE_MASK,
					 w);
	if (word >= 0)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_MATCH_FIELD,
				 field_gnv_opt0 + (uint32_t)word);
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
	/* The sum is of the whole key: it has no bits outside the mask. */
	rule->nh = c->admin.sum;
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
	uint32_t i;

	(void)len;
	if (check(c, body, &rule, rep) != OP_DONE)
		return OP_REFUSED;
	if (c->admin.sum_failed)
		return op_refuse(rep, FRL_STATUS_FAILED, FRL_REFUSAL_HW_UPDATE, 0);
	if (exists(r, &rule))
		return op_refuse(rep, FRL_STATUS_EXISTS, FRL_REFUSAL_RULE_EXISTS, 0);
	if (!update_room(&c->update, ROWS_ENTRIES + PLACE_INSERT_ENTRIES))
		return OP_AGAIN;
	if (!pool_has(&r->pool, 1))
		return pool_waiting(&r->pool) ? OP_AGAIN
					      : op_refuse(rep, FRL_STATUS_NO_SPACE,
							  FRL_REFUSAL_RULES_FULL, r->pool.usable);
	i = pool_take(&r->pool);
	r->rule[i] = rule;
	write_rows(c, i);
	if (place_insert(c, i, rep) != OP_DONE) {
		pool_retire(&r->pool, i);
		update_drain(&c->update);
		return OP_REFUSED;
	}
	chains_add(&r->chains, rule_hash(&rule), i);
	c->masks.mask[rule.mask].rules++;
	geneve_hold(&c->geneve, c->masks.mask[rule.mask].geneve);
	c->actions.set[rule.action_set].refs++;
	port_tunnel_hold(c, rule.tunnel);
	*out = (struct frl_rule_rep){ .handle = pool_handle(&r->pool, i), .counter = i };
	rep->len = sizeof(*out);
	return OP_LATER;
}

static void remove_rule(struct card *c, uint32_t i)
{
	struct rule *rule = &c->rules.rule[i];

	place_remove(c, i);
	port_tunnel_release(c, rule->tunnel);
	geneve_release(&c->geneve, c->masks.mask[rule->mask].geneve);
	chains_remove(&c->rules.chains, rule_hash(rule), i);
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
	if (!update_room(&c->update, PLACE_REMOVE_ENTRIES))
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
	for (i = pool_next(p, i); i != POOL_NONE && count < LIST_MAX; i = pool_next(p, i + 1))
		handle[count++] = pool_handle(p, i);
	if (count & 1)
		handle[count] = 0; /* Messages are multiples of 8 bytes. */
	*out = (struct frl_rule_list){ .from = req->from, .count = count };
	rep->len = (uint32_t)(sizeof(*out) + ((count + 1) & ~1u) * sizeof(*handle));
	return OP_DONE;
}

/* ---- FLUSH ---- */

#define FOR_LIVE(i, p) for (uint32_t i = pool_next(p, 0); (i) != POOL_NONE; i = pool_next(p, i + 1))

/* Objects whose users are gone. */
static void flush_objects(struct card *c)
{
	FOR_LIVE(i, &c->actions.pool)
	action_set_drop(c, i);
	FOR_LIVE(i, &c->masks.pool)
	mask_drop(c, i);
	FOR_LIVE(i, &c->encaps.pool)
	encap_drop(c, i);
	FOR_LIVE(i, &c->teams.pool)
	pool_retire(&c->teams.pool, i);
	update_drain(&c->update);
	geneve_drop_all(c);
}

/* Called again until the last rule is gone: it keeps no state but the rules that are left. */
enum outcome op_flush(struct card *c, const void *body, size_t len, struct reply *rep)
{
	struct pool *p = &c->rules.pool;

	(void)body;
	(void)len;
	(void)rep;
	FOR_LIVE(i, p)
	{
		if (!update_room(&c->update, PLACE_REMOVE_ENTRIES))
			return OP_AGAIN;
		remove_rule(c, i);
	}
	flush_objects(c);
	return OP_LATER;
}
