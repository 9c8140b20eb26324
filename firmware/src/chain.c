/* SPDX-License-Identifier: BSD-3-Clause */
#include "chain.h"

#include <string.h>

#include "frl_chip.h"

void chains_alloc(struct chains *c, struct arena *a, uint32_t size)
{
	uint32_t heads = 1;

	while (heads < size)
		heads *= 2;
	c->mask = heads - 1;
	c->next = arena_take_raw(a, size, sizeof(*c->next), 8);
	c->head = arena_take_raw(a, heads, sizeof(*c->head), 8);
	if (!a->exhausted)
		memset(c->head, 0xff, heads * sizeof(*c->head));
}

void chains_add(struct chains *c, uint32_t hash, uint32_t number)
{
	c->next[number] = c->head[hash & c->mask];
	c->head[hash & c->mask] = number;
}

void chains_remove(struct chains *c, uint32_t hash, uint32_t number)
{
	uint32_t *link = &c->head[hash & c->mask];

	while (*link != number)
		link = &c->next[*link];
	*link = c->next[number];
}

uint32_t chain_hash(const uint32_t *words, uint32_t count)
{
	uint64_t h = count;

	for (uint32_t i = 0; i < count; i++) {
		h = (h ^ words[i]) * FRL_NH_FIN;
		h ^= h >> 32;
	}
	return (uint32_t)h;
}
