/* SPDX-License-Identifier: BSD-3-Clause */
#include "hash.h"

#include "frl_chip.h"

static const uint32_t nh_key[FRL_KEY_WORDS] = FRL_NH_KEY_INIT;

static uint64_t term(uint32_t low, uint32_t high, uint32_t pair)
{
	return (uint64_t)(uint32_t)(low + nh_key[2 * pair]) *
	       (uint32_t)(high + nh_key[2 * pair + 1]);
}

void hash_mask_init(struct hash_mask *m, const uint32_t mask[FRL_KEY_WORDS])
{
	m->fixed = 0;
	m->pairs = 0;
	for (uint32_t i = 0; i < FRL_KEY_WORDS / 2; i++) {
		if (mask[2 * i] | mask[2 * i + 1])
			m->pairs |= 1u << i;
		else
			m->fixed += term(0, 0, i);
	}
}

uint64_t hash_nh(const struct hash_mask *m, const uint32_t key[FRL_KEY_WORDS])
{
	uint64_t nh = m->fixed;

	for (uint32_t left = m->pairs; left; left &= left - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(left);

		nh += term(key[2 * i], key[2 * i + 1], i);
	}
	return nh;
}

uint32_t hash_place(uint64_t nh, uint32_t bank, uint32_t sub)
{
	uint64_t a = FRL_NH_FIN * (2 * (2 * (uint64_t)bank + sub) + 1);
	uint64_t b = (a << 29 | a >> 35) | 1;

	return (uint32_t)(((uint32_t)nh * a + (nh >> 32) * b) >> 32);
}
