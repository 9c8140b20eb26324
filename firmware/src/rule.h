/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules: key, mask, priority, action set. A rule's number is its row and its counter. */
#ifndef FRL_FW_RULE_H
#define FRL_FW_RULE_H

#include "chain.h"
#include "frl_abi.h"
#include "pool.h"

struct rule {
	uint32_t key[FRL_KEY_WORDS];
	uint64_t nh;   /* Sum of the lookup hash. */
	uint32_t mask; /* Number. */
	uint32_t action_set;
	uint32_t place; /* Bucket * 4 + way, or entry of the TCAM. */
	uint16_t prio;
	uint8_t tunnel; /* Ports whose tunnel headers are parsed for it: a port, TUNNEL_ALL, TUNNEL_NONE. */
	bool in_tcam;
};

struct rules {
	struct pool pool;
	struct rule *rule;
	struct chains chains; /* By mask and key. */
};

void rules_alloc(struct rules *r, struct arena *a, uint32_t size);

#endif
