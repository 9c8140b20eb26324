/* SPDX-License-Identifier: BSD-3-Clause */
/* Masks, and where the rules of each of them stand. */
#ifndef FRL_FW_MASK_H
#define FRL_FW_MASK_H

#include "chain.h"
#include "frl_abi.h"
#include "pool.h"

struct card;

struct mask {
	uint32_t key[FRL_KEY_WORDS];
	uint32_t hash;
	uint32_t refs;	/* MASK_CREATE minus MASK_DESTROY. */
	uint32_t rules; /* Rules that match with it. */
	uint32_t banks; /* Bit b: bank b is this mask's. */
	uint32_t tcam;	/* First entry of the TCAM with a rule of this mask, POOL_NONE: none. */
	uint32_t tcam_count;
	uint8_t geneve; /* Words of GENEVE options that it matches. */
};

struct masks {
	struct pool pool;
	struct chains chains; /* By content. */
	struct mask *mask;
};

void masks_alloc(struct masks *m, struct arena *a, uint32_t size);
/* A mask that no rule uses is gone, whatever its references. */
void mask_drop(struct card *c, uint32_t mask);

#endif
