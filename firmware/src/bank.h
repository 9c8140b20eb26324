/* SPDX-License-Identifier: BSD-3-Clause */
/* The banks' slots: where rules stand, and how room is made for another.
 *
 * A bucket is a row of a sub-table, its slots are the four ways; every rule has one bucket in each of
 * the two sub-tables of each bank of its mask. When all of them are full, a breadth-first search finds
 * the shortest chain of moves that frees one.
 *
 * A bank names one candidate for a frame, the best of its eight slots by fingerprint; only then the key is
 * compared. So a rule with the fingerprint of another one in a bucket of both shadows it, if it wins by priority:
 * the frames of the other go to the host, with reason FINGERPRINT. A new rule that would be shadowed takes the
 * place of the one that shadows it, which moves on; nobody is put into a bucket beside one that is alike. That
 * is kept as long as there is another place. What is not seen is a rule that stands in another bucket than the one
 * where a new rule shadows it, and rules of other masks: one in some 65,000 at full size.
 */
#ifndef FRL_FW_BANK_H
#define FRL_FW_BANK_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "frl_chip.h"
#include "hash.h"

struct card;
struct mask;

#define BANKS_MAX   32
#define BANK_MOVES  6	 /* Longest chain of moves. */
#define BANK_SEARCH 1024 /* Buckets that a search looks at. */
#define BANK_EMPTY  0xffffffffu
/* Ring entries of one insertion: moves (copy, fence), the slot. */
#define BANK_INSERT_ENTRIES (2 * BANK_MOVES + 1)

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
	uint32_t slots_used;	  /* Of all banks. */
	uint32_t slots_high;	  /* Most ever. */
	uint32_t used[BANKS_MAX]; /* Slots in use. */
	uint32_t mask[BANKS_MAX]; /* Owner of a bank that is not free. */
	struct hash_mult mult[2 * BANKS_MAX];
	uint32_t *rule; /* [(bucket * 4) + way]: rule, or BANK_EMPTY; bucket = (bank*2+sub)*rows+row. */
	uint32_t *fp;	/* [the same]: fingerprint of the rule there. */
	uint32_t *seen; /* [bucket]: number of the last search that reached it. */
	uint32_t search;
	struct bank_step *steps;
	uint64_t moves;	  /* Ever made. */
	uint64_t clashes; /* Rules that had to be put beside an equal fingerprint. */
};

void banks_alloc(struct banks *b, struct arena *a, uint32_t count, uint32_t slots);
/* Finds a slot for rule `rule` in the banks of its mask, with chains of at most `moves` moves, makes room, and
 * publishes it. False: no room. There must be room for BANK_INSERT_ENTRIES in the update ring.
 */
bool bank_insert(struct card *c, uint32_t rule, uint32_t moves);
/* Withdraws the slot at `place`. One ring entry. */
void bank_clear(struct card *c, uint32_t place);
/* Gives a bank, whose slots are empty, to a mask. Two ring entries. */
void bank_give(struct card *c, uint32_t bank, uint32_t mask);
/* Takes an empty bank from its mask. Two ring entries; of a bank that is given away again bank_give() does it. */
void bank_release(struct card *c, uint32_t bank);
/* Puts the rules of a bank, `b->used[bank]` of them, into rule[]. Reads all slots of the bank. */
void bank_rules(const struct banks *b, uint32_t bank, uint32_t *rule);
/* Bank in which a rule stands. */
static inline uint32_t bank_of_place(const struct banks *b, uint32_t place)
{
	return place / FRL_SLOT_WAYS / b->rows >> 1;
}

#endif
