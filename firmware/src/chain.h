/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects found by their content: chains of numbers by hash. */
#ifndef FRL_FW_CHAIN_H
#define FRL_FW_CHAIN_H

#include <stdint.h>

#include "arena.h"

#define CHAIN_END 0xffffffffu

struct chains {
	uint32_t *head; /* [hash & mask] */
	uint32_t *next; /* [number] */
	uint32_t mask;
};

/* For numbers below `size`. */
void chains_alloc(struct chains *c, struct arena *a, uint32_t size);
void chains_add(struct chains *c, uint32_t hash, uint32_t number);
/* `hash` as it was added with. */
void chains_remove(struct chains *c, uint32_t hash, uint32_t number);
/* Hash of `count` words. */
uint32_t chain_hash(const uint32_t *words, uint32_t count);

/* for (i = chains_first(c, hash); i != CHAIN_END; i = c->next[i]) */
static inline uint32_t chains_first(const struct chains *c, uint32_t hash)
{
	return c->head[hash & c->mask];
}

#endif
