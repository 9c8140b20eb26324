/* SPDX-License-Identifier: BSD-3-Clause */
/* The banks' slots: where rules stand, and how room is made for another.
 *
 * A bucket is a row of a sub-table, its slots are the four ways; every rule has one bucket in each of
 * the two sub-tables of each bank of its mask. When all of them are full, a breadth-first search finds
 * the shortest chain of moves that frees one.
 */
#ifndef FRL_FW_BANK_H
#define FRL_FW_BANK_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "frl_chip.h"

struct card;
struct mask;

#define BANKS_MAX   32
#define BANK_MOVES  6	 /* Longest chain of moves. */
#define BANK_SEARCH 1024 /* Buckets that a search looks at. */
#define BANK_EMPTY  0xffffffffu
/* Ring entries of one insertion: a bank taken (row, fence), moves (copy, fence), the slot. */
#define BANK_ENTRIES (2 + 2 * BANK_MOVES + 1)

/* A bucket that the search has reached, and the slot whose rule would move there. */
struct bank_step {
	uint32_t bucket;
	uint16_t from; /* Step of the bucket that it was reached from. */
	uint8_t way;   /* Way of that bucket. */
	uint8_t depth;
};

struct banks {
	uint32_t count;
	uint32_t rows;		  /* Of a sub-table, a power of two. */
	uint32_t row_shift;	  /* 32 - log2(rows) */
	uint32_t free;		  /* Bit b: no mask owns bank b. */
	uint32_t high;		  /* Most banks ever owned. */
	uint32_t used[BANKS_MAX]; /* Slots in use. */
	uint32_t *rule; /* [(bucket * 4) + way]: rule, or BANK_EMPTY; bucket = (bank*2+sub)*rows+row. */
	uint32_t *seen; /* [bucket]: number of the last search that reached it. */
	uint32_t search;
	struct bank_step *steps;
	uint64_t moves; /* Ever made. */
};

void banks_alloc(struct banks *b, struct arena *a, uint32_t count, uint32_t slots);
/* Finds a slot for rule `rule`, makes room, and publishes it. False: no room, `*no_bank` tells whether
 * the mask has no bank at all. There must be room for BANK_ENTRIES in the update ring.
 */
bool bank_insert(struct card *c, uint32_t rule, bool *no_bank);
/* Withdraws the rule's slot, and the bank when it was the last. At most three ring entries. */
void bank_remove(struct card *c, uint32_t rule);

#endif
