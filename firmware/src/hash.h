/* SPDX-License-Identifier: BSD-3-Clause */
/* The lookup hash of the banks, as hw/data/chip.toml [hash] lays it down. */
#ifndef FRL_FW_HASH_H
#define FRL_FW_HASH_H

#include <stdint.h>

#include "frl_abi.h"

/* The part of a mask's sum that is the same for all its keys, and the word pairs that are not. */
struct hash_mask {
	uint64_t fixed;
	uint32_t pairs; /* Bit i: words 2i and 2i + 1 have bits in the mask. */
};

void hash_mask_init(struct hash_mask *m, const uint32_t mask[FRL_KEY_WORDS]);
/* nh of a key without bits outside the mask. */
uint64_t hash_nh(const struct hash_mask *m, const uint32_t key[FRL_KEY_WORDS]);
/* h of sub-table `sub` of bank `bank`. */
uint32_t hash_place(uint64_t nh, uint32_t bank, uint32_t sub);

#endif
