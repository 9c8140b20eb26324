/* SPDX-License-Identifier: BSD-3-Clause */
#include "hash.h"

#include "frl_chip.h"

struct hash_mult hash_mult(uint32_t table)
{
	uint64_t x = FRL_NH_FIN * (2 * (uint64_t)table + 1);
	uint64_t a = ((x ^ x >> 32) * FRL_NH_FIN) | 1;

	return (struct hash_mult){ a, (a << 29 | a >> 35) | 1 };
}
