/* SPDX-License-Identifier: BSD-3-Clause */
/* The lookup hash of the banks, as hw/data/chip.toml [hash] lays it down. The sum nh over a key is the update
 * engine's work (operation HASH); what a sub-table makes of it is here.
 */
#ifndef FRL_FW_HASH_H
#define FRL_FW_HASH_H

#include <stdint.h>

/* Multipliers A and B of a sub-table. */
struct hash_mult {
	uint64_t a, b;
};

/* Of sub-table `table` = 2 * bank + sub. */
struct hash_mult hash_mult(uint32_t table);

/* h of a sum in the sub-table with these multipliers. */
static inline uint32_t hash_place(uint64_t nh, const struct hash_mult *m)
{
	return (uint32_t)(((uint32_t)nh * m->a + (nh >> 32) * m->b) >> 32);
}

#endif
