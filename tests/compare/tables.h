/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who owns the tables: places rules, and changes them while frames run as decision 8 of the design lays down. What is in
 * use is never written; a rule appears, moves and goes with one word; what it leaves behind is free after a drain.
 */
#ifndef COMPARE_TABLES_H
#define COMPARE_TABLES_H

#include "card.h"

#define TABLES_PENDING 8

enum tables_state {
	TABLES_OUT,
	TABLES_IN,
	TABLES_BUSY /* the ring still works on it */
};

struct tables_rule {
	enum tables_state state;
	uint32_t id;
	uint32_t at; /* index of its slot or TCAM entry */
	uint32_t legs;
	uint32_t leg[PLAN_LEGS], encap[PLAN_LEGS]; /* encap 0: none */
	uint32_t version;
	bool spoiled; /* a word of it is broken */
};

enum tables_op {
	TABLES_INSERT,
	TABLES_REMOVE,
	TABLES_MOVE,
	TABLES_SWING,
	TABLES_HASH,
	TABLES_OPS
};

/* Something that the ring has to come past before it is over. */
struct tables_pending {
	enum tables_op op;
	uint32_t end, rule;
	uint32_t legs, leg[PLAN_LEGS], encap[PLAN_LEGS]; /* free from then on */
	uint32_t keys;
};

struct tables {
	struct card *card;
	const struct plan *plan;
	struct rng rng;
	struct tables_rule rule[PLAN_RULES];
	uint8_t *slot_used, *leg_used, *encap_used, *tcam_used;
	uint32_t free_ids[PLAN_RULES], free_id_count;
	uint16_t *rule_of; /* by id: 1 + number of the rule, also after it has gone */
	struct tables_pending pending[TABLES_PENDING];
	uint32_t pendings;
	uint64_t done[TABLES_OPS], spoiled[FRL_TABLE_COUNT];
	/* The counter of a rule is zero from now on. */
	void (*cleared)(void *arg, uint32_t id);
	void *arg;
	const char *error; /* HASH gave a wrong sum; NULL: none */
};

/* Banks, teams and the first rules of the case are put in the ring; 0, or -ENOMEM. */
int tables_start(struct tables *tables, struct card *card, const struct plan *plan);
/* See what is over; begin something new, when `more`. */
void tables_step(struct tables *tables, bool more);

/* The rule that an id stands for, or NULL. */
const struct plan_rule *tables_rule_of(const struct tables *tables, uint32_t id);

#endif /* COMPARE_TABLES_H */
