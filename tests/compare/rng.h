/* SPDX-License-Identifier: BSD-3-Clause */
/* Random numbers that repeat: splitmix64 (Steele, Lea, Flood 2014). Every item of a case has a stream of its own, so that one
 * can be left out without changing the others. */
#ifndef COMPARE_RNG_H
#define COMPARE_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* The stream of item `index` of a kind. */
static inline struct rng rng_of(uint64_t seed, uint32_t kind, uint32_t index)
{
	struct rng rng = { seed ^ ((uint64_t)kind << 32 | index) * 0xd1342543de82ef95ull };

	rng.state = rng_next(&rng);
	return rng;
}

/* 0 to n - 1. */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
	return (uint32_t)((rng_next(rng) >> 32) * n >> 32);
}

static inline uint32_t rng_range(struct rng *rng, uint32_t from, uint32_t to)
{
	return from + rng_below(rng, to - from + 1);
}

static inline bool rng_percent(struct rng *rng, uint32_t percent)
{
	return rng_below(rng, 100) < percent;
}

/* One of the values named. */
#define RNG_OF(rng, ...)                                                       \
	({                                                                     \
		const uint32_t values_[] = { __VA_ARGS__ };                    \
		values_[rng_below(rng, sizeof(values_) / sizeof(values_[0]))]; \
	})

#endif /* COMPARE_RNG_H */
