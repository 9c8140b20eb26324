/* SPDX-License-Identifier: BSD-3-Clause */
/* One leg of an action set: its checks, what it needs of a packet, its row. */
#ifndef FRL_FW_LEG_H
#define FRL_FW_LEG_H

#include "action.h"
#include "update.h"

/* OP_DONE, or a refusal in `rep`. Every other function here takes a leg that has passed. */
enum outcome leg_check(const struct card *c, const struct frl_leg *leg, struct reply *rep);
/* Number of the team or encap entry that the leg uses, POOL_NONE when it uses none. */
uint32_t leg_team(const struct card *c, const struct frl_leg *leg);
uint32_t leg_encap(const struct card *c, const struct frl_leg *leg);
/* Adds the leg's needs to those of its set. */
void leg_needs(const struct frl_leg *leg, struct needs *n);
/* Writes row `row`; `next`: row of the leg behind it, 0 for none. */
void leg_write(struct update *u, const struct frl_leg *leg, uint32_t row, uint32_t next,
	       uint32_t team, uint32_t encap);

#endif
