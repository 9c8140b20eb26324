/* SPDX-License-Identifier: BSD-3-Clause */
/* The TCAM: rules of masks that have no bank, each entry with a mask of its own. */
#ifndef FRL_FW_TCAM_H
#define FRL_FW_TCAM_H

#include <stdint.h>

#include "pool.h"

struct card;

#define TCAM_MAX 256

/* Ring entries of tcam_insert() and tcam_remove(). */
#define TCAM_INSERT_ENTRIES 3
#define TCAM_REMOVE_ENTRIES 1

struct tcam_entry {
	uint32_t rule;
	uint32_t next,
		prev; /* Entries of the same mask (struct mask.tcam), POOL_NONE at the ends. */
};

struct tcam {
	struct pool pool; /* Entries. */
	struct tcam_entry entry[TCAM_MAX];
};

void tcam_alloc(struct tcam *t, struct arena *a, uint32_t size);
/* Makes all entries invalid: they may be a former firmware's. As many ring entries as the TCAM has. */
void tcam_disable(struct card *c);
/* Entries that can be taken. */
static inline uint32_t tcam_room(const struct tcam *t)
{
	return t->pool.usable - t->pool.used;
}
/* Publishes a rule in a free entry, of which there must be one. */
void tcam_insert(struct card *c, uint32_t rule);
/* Withdraws an entry; it is free at once, since the hardware makes it invalid before it takes another row. */
void tcam_remove(struct card *c, uint32_t entry);

#endif
