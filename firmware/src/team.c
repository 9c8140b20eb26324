/* SPDX-License-Identifier: BSD-3-Clause */
#include "team.h"

#include "card.h"
#include "row.h"

void teams_alloc(struct teams *t, struct arena *a, uint32_t size)
{
	pool_init(&t->pool, a, 0, size);
	t->legs = arena_take(a, size, sizeof(*t->legs), 8);
}

static enum outcome check(const struct card *c, const struct frl_team *req, struct reply *rep)
{
	if (req->reserved3)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	if (req->mode != FRL_TEAM_MODE_HASH)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_VALUE_RANGE, req->mode);
	if (req->count > FRL_TEAM_MEMBERS)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, req->count);
	for (unsigned int i = 0; i < req->count; i++)
		if (!port_is_data(&c->ports, req->members[i]))
			return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN,
					 req->members[i]);
	return OP_DONE;
}

static void write_row(struct update *u, uint32_t index, const struct frl_team *req)
{
	uint32_t *row = update_write(u, FRL_TABLE_TEAM, index);

	FRL_PUT(row, TEAM_COUNT, req->count);
	for (unsigned int i = 0; i < req->count; i++)
		frl_put_bits(row, FRL_TEAM_MEMBERS_LSB + 8 * i, 8, req->members[i]);
}

enum outcome op_team_create(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_team *req = body;
	struct pool *pool = &c->teams.pool;
	uint32_t i;

	(void)len;
	if (req->handle)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	if (check(c, req, rep) != OP_DONE)
		return OP_REFUSED;
	if (!update_room(&c->update, 1))
		return OP_AGAIN;
	i = pool_take(pool);
	if (i == POOL_NONE && pool_waiting(pool))
		return OP_AGAIN;
	if (i == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_SPACE, FRL_REFUSAL_TEAMS_FULL, pool->usable);
	c->teams.legs[i] = 0;
	write_row(&c->update, i, req);
	op_handle(rep, pool_handle(pool, i));
	return OP_DONE;
}

enum outcome op_team_set(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_team *req = body;
	uint32_t i = pool_find(&c->teams.pool, req->handle);

	(void)len;
	if (i == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, req->handle);
	if (check(c, req, rep) != OP_DONE)
		return OP_REFUSED;
	if (!update_room(&c->update, 1))
		return OP_AGAIN;
	write_row(&c->update, i, req);
	return OP_LATER;
}

enum outcome op_team_destroy(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_handle *req = body;
	uint32_t i = pool_find(&c->teams.pool, req->handle);

	(void)len;
	if (i == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, req->handle);
	if (c->teams.legs[i])
		return op_refuse(rep, FRL_STATUS_BUSY, FRL_REFUSAL_IN_USE, c->teams.legs[i]);
	pool_retire(&c->teams.pool, i);
	update_drain(&c->update);
	return OP_DONE;
}
