// SPDX-License-Identifier: BSD-3-Clause
/* The chip as a whole: its parts in turn, and the rest of the API in frl_rtl.h. */
#include "chip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Registers: the card's bus has a 20-bit address, a function's page 12 bits. */
#define CARD_BYTES   (1u << 20)
#define FN_PAGES_END (FRL_BASE_FN + FRL_BASE_FN_STRIDE * FRL_BASE_FN_COUNT)

/* ---- Life ---- */

/* Drops what is in flight; what a read's owner still sends is not known any more. */
static void forget(struct frl_rtl *chip)
{
	for (unsigned int w = 0; w < CHIP_WIRES_MAX; w++) {
		chip_frames_free(&chip->wires[w].rx);
		chip_frames_free(&chip->wires[w].tx);
		chip->wires[w].rx_count = 0;
		chip->wires[w].rx_first = 0;
		chip->wires[w].tx_beats = 0;
	}
	chip_frames_free(&chip->replicas);
	chip_frames_free(&chip->rx.frames);
	LIST_INIT(&chip->reads);
}

static int make_tables(struct frl_rtl *chip)
{
	struct frl_model_tables *tables = frl_model_tables_create(&chip_sizes.tables);

	if (!tables)
		return -1;
	frl_model_tables_destroy(chip->tables);
	chip->tables = tables;
	return 0;
}

/* Tables as they are after reset: when memory is short, the old ones stay. */
void frl_rtl_reset(struct frl_rtl *chip)
{
	forget(chip);
	make_tables(chip);
	memset(chip->tx, 0, sizeof(chip->tx));
	memset(&chip->rx, 0, sizeof(chip->rx));
	memset(&chip->update, 0, sizeof(chip->update));
	STAILQ_INIT(&chip->rx.frames);
	chip->tx_turn = 0;
	chip->epoch = 0;
	chip_regs_reset(chip);
	chip_fn_reset_all(chip);
	chip_counters_reset(chip);
}

struct frl_rtl *frl_rtl_create(const struct frl_rtl_config *config)
{
	struct frl_rtl *chip = config->trace_file ? NULL : calloc(1, sizeof(*chip));

	if (!chip)
		return NULL;
	chip->ops = config->ops;
	chip->arg = config->arg;
	STAILQ_INIT(&chip->replicas);
	STAILQ_INIT(&chip->rx.frames);
	for (unsigned int w = 0; w < CHIP_WIRES_MAX; w++) {
		STAILQ_INIT(&chip->wires[w].rx);
		STAILQ_INIT(&chip->wires[w].tx);
		chip->wires[w].tx_ready = true;
	}
	if (chip_counters_create(&chip->counters, chip_sizes.tables.rules) || make_tables(chip)) {
		frl_rtl_destroy(chip);
		return NULL;
	}
	frl_rtl_reset(chip);
	return chip;
}

void frl_rtl_destroy(struct frl_rtl *chip)
{
	if (!chip)
		return;
	forget(chip);
	frl_model_tables_destroy(chip->tables);
	chip_counters_destroy(&chip->counters);
	free(chip);
}

/* ---- Cycles ---- */

static void cycle(struct frl_rtl *chip)
{
	chip_update_step(chip);
	chip_frames_step(chip);
	chip_vq_step(chip);
	chip_counters_step(chip);
	chip_fn_step(chip);
	chip->cycles++;
}

bool frl_rtl_busy(const struct frl_rtl *chip)
{
	return chip_frames_busy(chip) || chip_update_busy(chip) || chip_counters_busy(chip) ||
	       chip_vq_busy(chip);
}

void frl_rtl_step(struct frl_rtl *chip, unsigned int cycles)
{
	for (; cycles && frl_rtl_busy(chip); cycles--)
		cycle(chip);
	chip->cycles += cycles;
}

bool frl_rtl_run_idle(struct frl_rtl *chip, unsigned int max)
{
	for (; max && frl_rtl_busy(chip); max--)
		cycle(chip);
	return !frl_rtl_busy(chip);
}

uint64_t frl_rtl_cycles(const struct frl_rtl *chip)
{
	return chip->cycles;
}

/* ---- Register accesses: a cycle each ---- */

struct access {
	bool card;
	unsigned int fn, shift;
	uint32_t offset, mask;
};

static int check(struct access *access, enum frl_rtl_side side, unsigned int fn, uint32_t addr,
		 unsigned int size)
{
	bool card = side == FRL_RTL_CARD;

	if ((size != 1 && size != 2 && size != 4) || addr % size ||
	    addr >= (card ? CARD_BYTES : FRL_BASE_FN_STRIDE) || (!card && fn >= FRL_N_FNS))
		return -EINVAL;
	access->card = card;
	access->fn = fn;
	access->shift = 8 * (addr & 3);
	access->mask = (UINT32_MAX >> (32 - 8 * size)) << access->shift;
	access->offset = addr & ~3u;
	return 0;
}

/* The access goes to a function's page; that is all there is on the host side. */
static bool to_fn(struct access *access)
{
	if (!access->card)
		return true;
	if (access->offset < FRL_BASE_FN || access->offset >= FN_PAGES_END)
		return false;
	access->fn = (access->offset - FRL_BASE_FN) / FRL_BASE_FN_STRIDE;
	access->offset %= FRL_BASE_FN_STRIDE;
	return true;
}

int frl_rtl_read(struct frl_rtl *chip, enum frl_rtl_side side, unsigned int fn, uint32_t addr,
		 unsigned int size, uint32_t *val)
{
	struct access access;
	uint32_t word;

	if (check(&access, side, fn, addr, size))
		return -EINVAL;
	if (to_fn(&access))
		word = chip_fn_read(chip, access.card, access.fn, access.offset);
	else
		word = chip_regs_read(chip, access.offset);
	*val = (word & access.mask) >> access.shift;
	cycle(chip);
	return 0;
}

int frl_rtl_write(struct frl_rtl *chip, enum frl_rtl_side side, unsigned int fn, uint32_t addr,
		  unsigned int size, uint32_t val)
{
	struct access access;

	if (check(&access, side, fn, addr, size))
		return -EINVAL;
	val = val << access.shift & access.mask;
	if (to_fn(&access))
		chip_fn_write(chip, access.card, access.fn, access.offset, val, access.mask);
	else
		chip_regs_write(chip, access.offset, val, access.mask);
	cycle(chip);
	return 0;
}

/* ---- What has no meaning here ---- */

bool frl_rtl_can_trace(void)
{
	return false;
}

void frl_rtl_trace(struct frl_rtl *chip, bool on)
{
	(void)chip;
	(void)on;
}

/* Nothing here takes its decisions by the time. */
void frl_rtl_set_time(struct frl_rtl *chip, uint64_t ns)
{
	(void)chip;
	(void)ns;
}

/* There are no beats that could stand still. */
void frl_rtl_set_stalls(struct frl_rtl *chip, uint64_t seed, const struct frl_rtl_stalls *stalls)
{
	(void)chip;
	(void)seed;
	(void)stalls;
}
