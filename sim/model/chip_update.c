// SPDX-License-Identifier: BSD-3-Clause
/* The update ring (registers UPD_*, enum upd_op and layout upd_entry of chip.toml): one entry, or one key, a cycle. */
#include "chip.h"

#include <errno.h>
#include <string.h>

/* Bits of UPD_ERROR. */
#define BAD_READ      1u
#define BAD_OPERATION 2u
#define BAD_INDEX     4u

#define HASH_KEYS_MAX 1024

static uint32_t reg(const struct frl_rtl *chip, uint32_t offset)
{
	return chip->reg[offset / 4];
}

static uint32_t pending(const struct frl_rtl *chip)
{
	return reg(chip, FRL_REG_CHIP_UPD_HEAD) - reg(chip, FRL_REG_CHIP_UPD_TAIL);
}

static void error(struct frl_rtl *chip, uint32_t bit)
{
	chip->reg[FRL_REG_CHIP_UPD_ERROR / 4] |= bit;
}

/* Entries are done, or skipped. All are when the count that stands in card memory says so. */
static void complete(struct frl_rtl *chip, uint32_t entries)
{
	uint32_t tail = reg(chip, FRL_REG_CHIP_UPD_TAIL) + entries;

	chip->reg[FRL_REG_CHIP_UPD_TAIL / 4] = tail;
	if (pending(chip))
		return;
	chip_write(chip, FRL_FN_FW, chip_reg64(chip, FRL_REG_CHIP_UPD_DONE_LO), &tail,
		   sizeof(tail));
	chip_irq(chip, FRL_IRQ_UPD);
}

/* ---- Operations ---- */

static void write_row(struct frl_rtl *chip, const struct frl_upd_entry *entry, const uint8_t *row)
{
	struct frl_rtl_trace_write told = { .table = entry->table,
					    .index = entry->index,
					    .flip = entry->flip };

	memcpy(told.row, row, sizeof(told.row));
	if (frl_model_write(chip->tables, entry->table, entry->index, told.row, entry->flip)) {
		error(chip, entry->table < FRL_TABLE_COUNT ? BAD_INDEX : BAD_OPERATION);
		return;
	}
	told.epoch = ++chip->epoch;
	if (chip->ops->trace_write)
		chip->ops->trace_write(chip->arg, &told);
}

static void ask_key(struct frl_rtl *chip, const struct frl_upd_entry *entry)
{
	struct chip_update *update = &chip->update;

	chip_read(chip, &update->read, FRL_FN_FW,
		  entry->src + (uint64_t)update->keys * entry->stride, update->key, FRL_KEY_BYTES);
	update->state = CHIP_UPDATE_KEY;
}

/* A key came; true when it was the last one, or none can be read. */
static bool hash_key(struct frl_rtl *chip, const struct frl_upd_entry *entry)
{
	struct chip_update *update = &chip->update;
	uint64_t sum;

	update->state = CHIP_UPDATE_RUN;
	if (update->read.status < 0) {
		error(chip, BAD_READ);
		return true;
	}
	sum = frl_model_nh(update->key);
	chip_write(chip, FRL_FN_FW, entry->dst + sizeof(sum) * update->keys, &sum, sizeof(sum));
	if (++update->keys == entry->count)
		return true;
	ask_key(chip, entry);
	return false;
}

static void begin_hash(struct frl_rtl *chip, const struct frl_upd_entry *entry)
{
	bool aligned = !(entry->src % 8 || entry->dst % 8 || entry->stride % 8);

	chip->update.keys = 0;
	if (aligned && entry->count && entry->count <= HASH_KEYS_MAX)
		ask_key(chip, entry);
	else
		error(chip, BAD_INDEX);
}

/* True when the entry is done; frames are through when no copy of one is left. */
static bool execute(struct frl_rtl *chip, const struct frl_upd_entry *entry, const uint8_t *row)
{
	switch (entry->op) {
	case FRL_UPD_OP_WRITE:
		write_row(chip, entry, row);
		return true;
	case FRL_UPD_OP_LOOKUP_FENCE:
		return true;
	case FRL_UPD_OP_DRAIN:
		return STAILQ_EMPTY(&chip->replicas);
	case FRL_UPD_OP_COUNTER_CLEAR:
		if (entry->index < chip_sizes.tables.rules)
			chip_counter_clear(chip, entry->index);
		else
			error(chip, BAD_INDEX);
		return true;
	case FRL_UPD_OP_HASH:
		begin_hash(chip, entry);
		return chip->update.state != CHIP_UPDATE_KEY;
	default:
		error(chip, BAD_OPERATION);
		return true;
	}
}

/* ---- The ring ---- */

/* Ask for entries, not beyond the ring's end. */
static void read_batch(struct frl_rtl *chip)
{
	struct chip_update *update = &chip->update;
	uint32_t size = reg(chip, FRL_REG_CHIP_UPD_RING_SIZE);
	uint32_t at = reg(chip, FRL_REG_CHIP_UPD_TAIL) & (size - 1);
	uint32_t n = pending(chip);

	if (!size || size & (size - 1)) {
		error(chip, BAD_READ);
		complete(chip, n);
		return;
	}
	if (n > size - at)
		n = size - at;
	if (n > CHIP_UPD_BATCH)
		n = CHIP_UPD_BATCH;
	update->left = n;
	update->at = 0;
	update->state = CHIP_UPDATE_BATCH;
	chip_read(chip, &update->read, FRL_FN_FW,
		  chip_reg64(chip, FRL_REG_CHIP_UPD_RING_LO) + (uint64_t)at * FRL_UPD_ENTRY_BYTES,
		  update->batch, n * FRL_UPD_ENTRY_BYTES);
}

static void batch_came(struct frl_rtl *chip)
{
	struct chip_update *update = &chip->update;

	update->state = CHIP_UPDATE_RUN;
	if (update->read.status >= 0)
		return;
	update->state = CHIP_UPDATE_IDLE;
	error(chip, BAD_READ);
	complete(chip, update->left);
}

static void run_entry(struct frl_rtl *chip)
{
	struct chip_update *update = &chip->update;
	const uint8_t *bytes = update->batch + (size_t)update->at * FRL_UPD_ENTRY_BYTES;
	struct frl_upd_entry entry;
	bool done;

	memcpy(&entry, bytes, sizeof(entry));
	done = update->state == CHIP_UPDATE_KEY ? hash_key(chip, &entry)
						: execute(chip, &entry, bytes + sizeof(entry));
	if (!done)
		return;
	update->at++;
	if (--update->left == 0)
		update->state = CHIP_UPDATE_IDLE;
	complete(chip, 1);
}

bool chip_update_busy(const struct frl_rtl *chip)
{
	const struct chip_update *update = &chip->update;

	switch (update->state) {
	case CHIP_UPDATE_IDLE:
		return pending(chip);
	case CHIP_UPDATE_RUN:
		return true;
	default:
		return !update->read.pending;
	}
}

void chip_update_step(struct frl_rtl *chip)
{
	if (!chip_update_busy(chip))
		return;
	if (chip->update.state == CHIP_UPDATE_IDLE)
		read_batch(chip);
	else if (chip->update.state == CHIP_UPDATE_BATCH)
		batch_came(chip);
	else
		run_entry(chip);
}
