/* SPDX-License-Identifier: BSD-3-Clause */
/* Producer of the update ring, through which all table writes go.
 *
 * Entries are gathered in a batch. A batch is given to the hardware when the one before is finished,
 * so there are at most two: the open one and the rung one. When something that packets could still
 * use was withdrawn, the batch ends with one DRAIN for all of it.
 */
#ifndef FRL_FW_UPDATE_H
#define FRL_FW_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "frl_chip.h"

struct pool;

/* Keys at equal distances, and where their sums go. */
struct hash_run {
	const uint8_t *keys; /* Multiple of 8. */
	uint64_t *sums;
	uint32_t stride; /* Bytes, multiple of 8. */
	uint32_t count;	 /* 1 to 1,024 */
};

#define UPDATE_POOLS 4

struct update {
	uint64_t regs;
	uint8_t *ring;
	const volatile uint32_t *done;
	uint32_t size;
	uint32_t head;	   /* Entries ever written. */
	uint32_t rung;	   /* Entries ever given to the hardware. */
	uint32_t finished; /* Entries of finished batches. */
	bool drain;	   /* The open batch must end with a DRAIN. */
	uint32_t errors;   /* Batches with an entry that the hardware did not take. */
	struct pool *pools[UPDATE_POOLS]; /* Told of every batch. */
};

void update_alloc(struct update *u, struct arena *a, uint32_t size);
void update_enable(struct update *u, uint64_t regs);
/* `n` more entries fit in the ring. */
bool update_room(const struct update *u, uint32_t n);
/* Writes one row. Returns where the row goes, zeroed; there must be room. */
uint32_t *update_write(struct update *u, enum frl_table table, uint32_t index);
/* Appends an operation other than WRITE. */
void update_op(struct update *u, enum frl_upd_op op, uint32_t index);
/* Has the hardware hash keys; the sums are there when the entry is finished. */
void update_hash(struct update *u, const struct hash_run *run);
/* Row numbers were retired: the open batch ends with a DRAIN. */
void update_drain(struct update *u);
/* Nothing is open or rung. */
bool update_idle(const struct update *u);
/* Gives the open batch to the hardware, if it waits for one. */
void update_flush(struct update *u);
/* On interrupt UPD: true when the rung batch is finished; *ok: the hardware took all of it. */
bool update_finish(struct update *u, bool *ok);

#endif
