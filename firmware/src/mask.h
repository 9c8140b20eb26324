/* SPDX-License-Identifier: BSD-3-Clause */
/* Masks, and the banks that each of them owns. */
#ifndef FRL_FW_MASK_H
#define FRL_FW_MASK_H

#include "hash.h"
#include "pool.h"

struct mask {
	uint32_t key[FRL_KEY_WORDS];
	struct hash_mask hash;
	uint32_t refs;	/* MASK_CREATE minus MASK_DESTROY. */
	uint32_t rules; /* Rules that match with it. */
	uint32_t banks; /* Bit b: bank b is this mask's. */
};

struct masks {
	struct pool pool;
	struct mask *mask;
};

void masks_alloc(struct masks *m, struct arena *a, uint32_t size);

#endif
