/* SPDX-License-Identifier: BSD-3-Clause */
/* Teams: destinations that stand for a set of ports. */
#ifndef FRL_FW_TEAM_H
#define FRL_FW_TEAM_H

#include "pool.h"

struct teams {
	struct pool pool;
	uint32_t *legs; /* Legs that use team i. */
};

void teams_alloc(struct teams *t, struct arena *a, uint32_t size);

#endif
