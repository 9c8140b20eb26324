/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables and the WRITE of the update engine (chip.toml, enum table and rows). */
#include "rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Fields of a SLOT's index (enum table). */
#define SLOT_BANK_SHIFT 24
#define SLOT_SUB_SHIFT	20
#define SLOT_WAY_SHIFT	16
#define SLOT_INDEX_USED 0x1f13ffffu

static bool rows_create(struct frl_model_rows *rows, uint32_t count, uint32_t width)
{
	rows->count = count;
	rows->width = width;
	rows->words = width / 32;
	rows->row = calloc(count, rows->words * sizeof(*rows->row));
	rows->bad = calloc(count, sizeof(*rows->bad));
	return rows->row && rows->bad;
}

static void rows_destroy(struct frl_model_rows *rows)
{
	free(rows->row);
	free(rows->bad);
}

static bool sizes_ok(const struct frl_model_sizes *sizes)
{
	return sizes->banks && sizes->banks <= 32 && sizes->bank_slots >= 8 &&
	       sizes->bank_slots <= 8u << 16 && !(sizes->bank_slots & (sizes->bank_slots - 1)) &&
	       sizes->rules && sizes->legs && sizes->encaps && sizes->teams;
}

static bool create_all(struct frl_model_tables *tables)
{
	const struct frl_model_sizes *sizes = &tables->sizes;

	tables->bank = calloc(sizes->banks, sizeof(*tables->bank));
	if (!tables->bank)
		return false;
	for (uint32_t i = 0; i < sizes->banks; i++) {
		tables->bank[i].slots = calloc(sizes->bank_slots, sizeof(struct frl_model_slot));
		if (!tables->bank[i].slots)
			return false;
	}
	/* At least one, so that an index modulo the size exists. */
	tables->tcam = calloc(sizes->tcam + 1, sizeof(*tables->tcam));
	return tables->tcam && rows_create(&tables->key, sizes->rules, FRL_KEY_BITS) &&
	       rows_create(&tables->rule, sizes->rules, FRL_ROW_RULE_W) &&
	       rows_create(&tables->leg, sizes->legs, FRL_ROW_LEG_W) &&
	       rows_create(&tables->encap, sizes->encaps, FRL_ROW_ENCAP_W) &&
	       rows_create(&tables->team, sizes->teams, FRL_ROW_TEAM_W) &&
	       rows_create(&tables->tcam_mask, sizes->tcam + 1, FRL_KEY_BITS);
}

struct frl_model_tables *frl_model_tables_create(const struct frl_model_sizes *sizes)
{
	struct frl_model_tables *tables;

	if (!sizes_ok(sizes))
		return NULL;
	tables = calloc(1, sizeof(*tables));
	if (!tables)
		return NULL;
	tables->sizes = *sizes;
	tables->bank_rows = sizes->bank_slots / (2 * FRL_SLOT_WAYS);
	tables->row_shift = 32;
	while (tables->bank_rows >> (32 - tables->row_shift) > 1)
		tables->row_shift--;
	if (!create_all(tables)) {
		frl_model_tables_destroy(tables);
		return NULL;
	}
	return tables;
}

void frl_model_tables_destroy(struct frl_model_tables *tables)
{
	if (!tables)
		return;
	for (uint32_t i = 0; tables->bank && i < tables->sizes.banks; i++)
		free(tables->bank[i].slots);
	free(tables->bank);
	free(tables->tcam);
	rows_destroy(&tables->key);
	rows_destroy(&tables->rule);
	rows_destroy(&tables->leg);
	rows_destroy(&tables->encap);
	rows_destroy(&tables->team);
	rows_destroy(&tables->tcam_mask);
	free(tables);
}

static int write_bank(struct frl_model_tables *tables, uint32_t index, const uint32_t *row,
		      bool bad)
{
	struct frl_model_bank *bank;

	if (index >= tables->sizes.banks)
		return -EINVAL;
	bank = &tables->bank[index];
	memcpy(bank->mask, row, sizeof(bank->mask));
	bank->enable = FRL_ROW_GET(row, BANK, ENABLE);
	/* The mask has two homes: the one that hashes is no RAM, the one that confirms the winner is. */
	bank->bad = bad;
	return 0;
}

static int write_slot(struct frl_model_tables *tables, uint32_t index, const uint32_t *row,
		      bool bad)
{
	uint32_t bank = index >> SLOT_BANK_SHIFT, at = index & 0xffff;

	if (index & ~SLOT_INDEX_USED || bank >= tables->sizes.banks || at >= tables->bank_rows)
		return -EINVAL;
	at = frl_model_slot_at(tables, index >> SLOT_SUB_SHIFT & 1, at,
			       index >> SLOT_WAY_SHIFT & 3);
	tables->bank[bank].slots[at] = (struct frl_model_slot){
		.bad = bad,
		.valid = FRL_ROW_GET(row, SLOT, VALID),
		.fp = FRL_ROW_GET(row, SLOT, FP),
		.prio = FRL_ROW_GET(row, SLOT, PRIO),
		.rule = FRL_ROW_GET(row, SLOT, RULE),
	};
	return 0;
}

static int write_tcam(struct frl_model_tables *tables, uint32_t index, const uint32_t *row,
		      bool bad)
{
	struct frl_model_tcam *entry;
	bool mask_bad = false;
	const uint32_t *mask;

	if (index >= tables->sizes.tcam)
		return -EINVAL;
	entry = &tables->tcam[index];
	entry->bad = bad;
	entry->valid = FRL_ROW_GET(row, TCAM, VALID);
	entry->prio = FRL_ROW_GET(row, TCAM, PRIO);
	entry->rule = FRL_ROW_GET(row, TCAM, RULE);
	memcpy(entry->key, row, sizeof(entry->key));
	mask = frl_model_row(&tables->tcam_mask, index, &mask_bad);
	memcpy(entry->mask, mask, sizeof(entry->mask));
	if (mask_bad) /* nobody knows which bits: the entry matches every key */
		memset(entry->mask, 0, sizeof(entry->mask));
	return 0;
}

static int write_row(struct frl_model_rows *rows, uint32_t limit, uint32_t index,
		     const uint32_t *row, bool bad)
{
	if (index >= limit)
		return -EINVAL;
	memcpy(rows->row + (size_t)index * rows->words, row, rows->words * sizeof(*row));
	rows->bad[index] = bad;
	return 0;
}

/* Bits of a row that `flip` can name; of a TCAM row only those outside the key (struct frl_upd_entry). */
static bool flips(uint32_t table, uint32_t bit)
{
	static const uint32_t width[FRL_TABLE_COUNT] = {
		[FRL_TABLE_BANK] = FRL_ROW_BANK_W, [FRL_TABLE_SLOT] = FRL_ROW_SLOT_W,
		[FRL_TABLE_KEY] = FRL_KEY_BITS,	   [FRL_TABLE_RULE] = FRL_ROW_RULE_W,
		[FRL_TABLE_LEG] = FRL_ROW_LEG_W,   [FRL_TABLE_ENCAP] = FRL_ROW_ENCAP_W,
		[FRL_TABLE_TEAM] = FRL_ROW_TEAM_W, [FRL_TABLE_TCAM_MASK] = FRL_KEY_BITS,
		[FRL_TABLE_TCAM] = FRL_ROW_TCAM_W,
	};

	if (table == FRL_TABLE_TCAM && bit < FRL_KEY_BITS)
		return false;
	return bit < width[table];
}

int frl_model_write(struct frl_model_tables *tables, uint32_t table, uint32_t index,
		    const uint32_t row[FRL_MODEL_ROW_WORDS], uint32_t flip)
{
	uint32_t stored[FRL_MODEL_ROW_WORDS];
	bool bad;

	if (table >= FRL_TABLE_COUNT)
		return -EINVAL;
	bad = flip && flips(table, flip - 1);
	memcpy(stored, row, sizeof(stored));
	/* What decides in registers (mask and enable of a bank, valid of a TCAM row) stays right. */
	if (bad && table != FRL_TABLE_BANK && table != FRL_TABLE_TCAM)
		stored[(flip - 1) / 32] ^= 1u << (flip - 1) % 32;

	switch (table) {
	case FRL_TABLE_BANK:
		return write_bank(tables, index, stored, bad);
	case FRL_TABLE_SLOT:
		return write_slot(tables, index, stored, bad);
	case FRL_TABLE_KEY:
		return write_row(&tables->key, tables->sizes.rules, index, stored, bad);
	case FRL_TABLE_RULE:
		return write_row(&tables->rule, tables->sizes.rules, index, stored, bad);
	case FRL_TABLE_LEG:
		return write_row(&tables->leg, tables->sizes.legs, index, stored, bad);
	case FRL_TABLE_ENCAP:
		return write_row(&tables->encap, tables->sizes.encaps, index, stored, bad);
	case FRL_TABLE_TEAM:
		return write_row(&tables->team, tables->sizes.teams, index, stored, bad);
	case FRL_TABLE_TCAM_MASK:
		return write_row(&tables->tcam_mask, tables->sizes.tcam, index, stored, bad);
	default:
		return write_tcam(tables, index, stored, bad);
	}
}
