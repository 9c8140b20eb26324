/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers of table rows and objects, and the handles by which the host names them.
 *
 * A number that the hardware may still use is not free when its object goes: it waits in limbo until
 * the batch of updates that withdrew it has been executed and drained. Two lists do: one of the batch
 * that is being written (open), one of the batch that the hardware works on (rung).
 *
 * A pool costs next to nothing at boot, whatever its size: numbers never taken so far are above `fresh`
 * and in no list, and their part of `next` and `gen` is not written yet.
 */
#ifndef FRL_FW_POOL_H
#define FRL_FW_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

#define POOL_NONE	  0xffffffffu
#define HANDLE_INDEX_BITS 20

struct pool_list {
	uint32_t head;
	uint32_t tail;
};

struct pool {
	uint32_t size; /* Numbers are below this. */
	uint32_t usable;
	uint32_t used;
	uint32_t high;	/* High-water mark of used. */
	uint32_t fresh; /* This number and all above were never taken. */
	struct pool_list free, open, rung;
	uint32_t *next;
	uint16_t *gen;	/* Generation of each number below fresh, 1 to 4095. */
	uint64_t *live; /* Bit i: number i is in use. */
	uint64_t *some; /* Bit w: live[w] is not zero. */
};

/* Numbers first .. size - 1; size at most 2^20. */
void pool_init(struct pool *p, struct arena *a, uint32_t first, uint32_t size);
/* A free number, or POOL_NONE. */
uint32_t pool_take(struct pool *p);
/* The object is gone, its handle is stale; the number is free after the open batch. */
void pool_retire(struct pool *p, uint32_t index);
/* The same for a number that hardware never sees: free at once. */
void pool_free(struct pool *p, uint32_t index);
/* The open batch was given to the hardware; the one before is finished. */
void pool_ring(struct pool *p);
/* The hardware has finished and drained the batch. */
void pool_finish(struct pool *p);
/* Numbers will become free by themselves. */
bool pool_waiting(const struct pool *p);
/* `n` numbers can be taken now. */
bool pool_has(const struct pool *p, uint32_t n);
/* The first number in use that is not below `from`, or POOL_NONE; a bounded number of steps. */
uint32_t pool_next(const struct pool *p, uint32_t from);

/* Never 0. */
uint32_t pool_handle(const struct pool *p, uint32_t index);
/* Number of a live object, or POOL_NONE for a stale or invented handle. */
uint32_t pool_find(const struct pool *p, uint32_t handle);

#endif
