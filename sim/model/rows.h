/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of tables as the model stores them, and numbers of any place and width in an array of words. */
#ifndef FRL_MODEL_ROWS_H
#define FRL_MODEL_ROWS_H

#include "frl_model.h"

/* Fields up to 64 bits wide; bit 0 of a row or key is bit 0 of words[0]. */
static inline uint64_t frl_bits(const uint32_t *words, uint32_t lsb, uint32_t width)
{
	uint64_t value = 0;
	uint32_t got = 0;

	while (got < width) {
		uint32_t bit = (lsb + got) % 32;

		value |= (uint64_t)(words[(lsb + got) / 32] >> bit) << got;
		got += 32 - bit;
	}
	return width < 64 ? value & ((1ull << width) - 1) : value;
}

/* Put a value into bits that are zero. */
static inline void frl_put(uint32_t *words, uint32_t lsb, uint32_t width, uint64_t value)
{
	if (width < 64)
		value &= (1ull << width) - 1;
	for (uint32_t put = 0; put < width;) {
		uint32_t bit = (lsb + put) % 32;

		words[(lsb + put) / 32] |= (uint32_t)(value >> put) << bit;
		put += 32 - bit;
	}
}

/* A field by its name in capitals: FRL_ROW_GET(row, LEG, TTL). */
#define FRL_ROW_GET(row, kind, field) \
	frl_bits((row), FRL_##kind##_##field##_LSB, FRL_##kind##_##field##_W)
#define FRL_KEY_GET(key, field) frl_bits((key), FRL_KEY_##field##_LSB, FRL_KEY_##field##_W)
#define FRL_KEY_PUT(key, field, value) \
	frl_put((key), FRL_KEY_##field##_LSB, FRL_KEY_##field##_W, (value))

struct frl_model_slot {
	bool bad, valid;
	uint16_t prio;
	uint32_t fp, rule;
};

struct frl_model_bank {
	bool bad, enable;
	uint32_t mask[FRL_KEY_WORDS];
	struct frl_model_slot *slots; /* by frl_model_slot_at */
};

struct frl_model_tcam {
	bool bad, valid;
	uint16_t prio;
	uint32_t rule;
	uint32_t key[FRL_KEY_WORDS];
	/* Row of TCAM_MASK as it stood when this entry was written. */
	uint32_t mask[FRL_KEY_WORDS];
};

/* A table whose rows the model keeps as they were written. */
struct frl_model_rows {
	uint32_t count, words, width; /* rows; words and bits of each */
	uint32_t *row;
	bool *bad; /* parity */
};

struct frl_model_tables {
	struct frl_model_sizes sizes;
	uint32_t bank_rows; /* of each of the two sub-tables */
	uint32_t row_shift; /* row = h >> row_shift */
	struct frl_model_bank *bank;
	struct frl_model_tcam *tcam;
	struct frl_model_rows key, rule, leg, encap, team, tcam_mask;
};

/* Which of a bank's slots: four ways of a row side by side. */
static inline uint32_t frl_model_slot_at(const struct frl_model_tables *tables, uint32_t sub,
					 uint32_t row, uint32_t way)
{
	return (sub * tables->bank_rows + row) * FRL_SLOT_WAYS + way;
}

/* Row `index` modulo the table's size, as a RAM's address port takes it; *bad is set when its parity is. */
static inline const uint32_t *frl_model_row(const struct frl_model_rows *rows, uint32_t index,
					    bool *bad)
{
	index %= rows->count;
	*bad |= rows->bad[index];
	return rows->row + (size_t)index * rows->words;
}

#endif /* FRL_MODEL_ROWS_H */
