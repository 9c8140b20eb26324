/* SPDX-License-Identifier: BSD-3-Clause */
/* Action sets: lists of legs in the leg table, and what they need to know of a packet. */
#ifndef FRL_FW_ACTION_H
#define FRL_FW_ACTION_H

#include <stdbool.h>

#include "op.h"
#include "pool.h"

#define LEGS_MAX 8

/* What a rule must match exactly before its packets may have these edits. */
struct needs {
	bool decap;	/* A tunnel. */
	bool no_tunnel; /* Edits without decap: not a tunnel. */
	bool ip;	/* IPv4 or IPv6: TTL. */
	bool ip4;	/* An IPv4 address is set. */
	bool ip6;	/* An IPv6 address is set. */
	bool ports;	/* TCP or UDP. */
	uint8_t vlans;	/* Tags that are popped. */
};

struct action_set {
	uint32_t refs; /* Rules that use it. */
	uint32_t count;
	struct needs needs;
	struct {
		uint32_t row;
		uint32_t team;	/* POOL_NONE: none. */
		uint32_t encap; /* POOL_NONE: none. */
	} leg[LEGS_MAX];
};

struct actions {
	struct pool pool; /* Action sets: software only. */
	struct pool legs; /* Rows of the leg table. */
	struct action_set *set;
};

void actions_alloc(struct actions *a, struct arena *arena, uint32_t legs);
/* Releases legs, teams and encap entries of a set that no rule uses. */
void action_set_drop(struct card *c, uint32_t set);
/* OP_DONE when `key` under `mask` promises all that the set needs, or a refusal in `rep`. */
enum outcome action_check(const struct action_set *set, const uint32_t *key, const uint32_t *mask,
			  struct reply *rep);

#endif
