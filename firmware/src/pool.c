/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool.h"

#define GEN_MAX 4095u

static void list_push(struct pool *p, struct pool_list *list, uint32_t index)
{
	p->next[index] = list->head;
	if (list->head == POOL_NONE)
		list->tail = index;
	list->head = index;
}

/* Moves all of `from` in front of `to`. */
static void list_splice(struct pool *p, struct pool_list *to, struct pool_list *from)
{
	if (from->head == POOL_NONE)
		return;
	p->next[from->tail] = to->head;
	if (to->head == POOL_NONE)
		to->tail = from->tail;
	to->head = from->head;
	from->head = POOL_NONE;
}

void pool_init(struct pool *p, struct arena *a, uint32_t first, uint32_t size)
{
	uint32_t words = (size + 63) / 64;

	p->size = size;
	p->usable = size > first ? size - first : 0;
	p->used = 0;
	p->high = 0;
	p->fresh = first;
	p->free.head = POOL_NONE;
	p->open.head = POOL_NONE;
	p->rung.head = POOL_NONE;
	p->next = arena_take_raw(a, size, sizeof(*p->next), 8);
	p->gen = arena_take_raw(a, size, sizeof(*p->gen), 8);
	p->live = arena_take(a, words, sizeof(*p->live), 8);
	p->some = arena_take(a, (words + 63) / 64, sizeof(*p->some), 8);
}

static void set_live(struct pool *p, uint32_t index)
{
	p->live[index / 64] |= 1ull << index % 64;
	p->some[index / 4096] |= 1ull << index / 64 % 64;
}

static void clear_live(struct pool *p, uint32_t index)
{
	p->live[index / 64] &= ~(1ull << index % 64);
	if (!p->live[index / 64])
		p->some[index / 4096] &= ~(1ull << index / 64 % 64);
}

uint32_t pool_take(struct pool *p)
{
	uint32_t index = p->free.head;

	if (index != POOL_NONE) {
		p->free.head = p->next[index];
	} else if (p->fresh < p->size) {
		index = p->fresh++;
		p->gen[index] = 1;
	} else {
		return POOL_NONE;
	}
	set_live(p, index);
	p->used++;
	if (p->used > p->high)
		p->high = p->used;
	return index;
}

static void end_life(struct pool *p, uint32_t index)
{
	clear_live(p, index);
	p->gen[index] = p->gen[index] == GEN_MAX ? 1 : p->gen[index] + 1;
	p->used--;
}

void pool_retire(struct pool *p, uint32_t index)
{
	end_life(p, index);
	list_push(p, &p->open, index);
}

void pool_free(struct pool *p, uint32_t index)
{
	end_life(p, index);
	list_push(p, &p->free, index);
}

void pool_ring(struct pool *p)
{
	p->rung = p->open;
	p->open.head = POOL_NONE;
}

void pool_finish(struct pool *p)
{
	list_splice(p, &p->free, &p->rung);
}

bool pool_waiting(const struct pool *p)
{
	return p->open.head != POOL_NONE || p->rung.head != POOL_NONE;
}

bool pool_has(const struct pool *p, uint32_t n)
{
	uint32_t index = p->free.head;

	for (; n && index != POOL_NONE; n--)
		index = p->next[index];
	return n <= p->size - p->fresh;
}

uint32_t pool_next(const struct pool *p, uint32_t from)
{
	uint32_t words = (p->size + 63) / 64, word = from / 64;
	uint64_t left;

	if (from >= p->size)
		return POOL_NONE;
	left = p->live[word] >> from % 64 << from % 64;
	if (left)
		return word * 64 + (uint32_t)__builtin_ctzll(left);
	word++;
	if (word >= words)
		return POOL_NONE;
	left = p->some[word / 64] >> word % 64 << word % 64;
	for (word /= 64; !left && ++word < (words + 63) / 64;)
		left = p->some[word];
	if (!left)
		return POOL_NONE;
	word = word * 64 + (uint32_t)__builtin_ctzll(left);
	return word * 64 + (uint32_t)__builtin_ctzll(p->live[word]);
}

uint32_t pool_handle(const struct pool *p, uint32_t index)
{
	return (uint32_t)p->gen[index] << HANDLE_INDEX_BITS | index;
}

uint32_t pool_find(const struct pool *p, uint32_t handle)
{
	uint32_t index = handle & ((1u << HANDLE_INDEX_BITS) - 1);

	if (index >= p->size || !(p->live[index / 64] >> index % 64 & 1) ||
	    p->gen[index] != handle >> HANDLE_INDEX_BITS)
		return POOL_NONE;
	return index;
}
