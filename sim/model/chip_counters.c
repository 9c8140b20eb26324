// SPDX-License-Identifier: BSD-3-Clause
/* Counters (counter_area of abi.toml), and their way to host memory: one that changed a cycle. */
#include "chip.h"

#include <stdlib.h>
#include <string.h>

int chip_counters_create(struct chip_counters *counters, uint32_t rules)
{
	counters->count = FRL_COUNTER_AREA_BYTES(rules) / sizeof(struct frl_counter);
	counters->value = calloc(counters->count, sizeof(*counters->value));
	counters->changed = calloc(counters->count, sizeof(*counters->changed));
	counters->listed = calloc(counters->count, sizeof(*counters->listed));
	return counters->value && counters->changed && counters->listed ? 0 : -1;
}

void chip_counters_destroy(struct chip_counters *counters)
{
	free(counters->value);
	free(counters->changed);
	free(counters->listed);
}

void chip_counters_reset(struct frl_rtl *chip)
{
	struct chip_counters *counters = &chip->counters;

	memset(counters->value, 0, counters->count * sizeof(*counters->value));
	memset(counters->listed, 0, counters->count * sizeof(*counters->listed));
	counters->first = counters->changes = 0;
	counters->sweep = counters->count;
	chip->reg[FRL_REG_CHIP_CNT_CTRL / 4] |= FRL_REG_CHIP_CNT_CTRL_IDLE_MASK;
}

static bool enabled(const struct frl_rtl *chip)
{
	return chip->reg[FRL_REG_CHIP_CNT_CTRL / 4] & FRL_REG_CHIP_CNT_CTRL_ENABLE_MASK;
}

/* ---- Counting ---- */

void chip_count(struct frl_rtl *chip, uint32_t number, size_t bytes)
{
	struct chip_counters *counters = &chip->counters;

	counters->value[number].packets++;
	counters->value[number].bytes += bytes;
	if (counters->listed[number])
		return;
	counters->listed[number] = true;
	counters->changed[(counters->first + counters->changes++) % counters->count] = number;
	if (enabled(chip))
		chip->reg[FRL_REG_CHIP_CNT_CTRL / 4] &= ~FRL_REG_CHIP_CNT_CTRL_IDLE_MASK;
}

void chip_count_port(struct frl_rtl *chip, unsigned int port, enum frl_port_counter which,
		     size_t bytes)
{
	chip_count(chip,
		   FRL_COUNTER_PORT(chip_sizes.tables.rules) + port * FRL_PORT_COUNTER_COUNT +
			   which,
		   bytes);
}

/* Packets only: a frame that was dropped has no length that says much. */
void chip_count_drop(struct frl_rtl *chip, uint8_t reason)
{
	chip_count(chip, FRL_COUNTER_DROP(chip_sizes.tables.rules) + reason, 0);
}

/* ---- Host memory ---- */

static void push(struct frl_rtl *chip, uint32_t number)
{
	const struct frl_counter *value = &chip->counters.value[number];

	chip_write(chip, FRL_FN_PF,
		   chip_reg64(chip, FRL_REG_CHIP_CNT_BASE_LO) + number * sizeof(*value), value,
		   sizeof(*value));
}

void chip_counter_clear(struct frl_rtl *chip, uint32_t rule)
{
	uint32_t number = FRL_COUNTER_RULE(chip_sizes.tables.rules) + rule;

	memset(&chip->counters.value[number], 0, sizeof(struct frl_counter));
	if (enabled(chip))
		push(chip, number);
}

void chip_counters_control(struct frl_rtl *chip, bool was_enabled)
{
	uint32_t *ctrl = &chip->reg[FRL_REG_CHIP_CNT_CTRL / 4];

	if (!enabled(chip)) {
		*ctrl &= ~FRL_REG_CHIP_CNT_CTRL_SWEPT_MASK;
		*ctrl |= FRL_REG_CHIP_CNT_CTRL_IDLE_MASK;
		chip->counters.sweep = chip->counters.count;
	} else if (!was_enabled) {
		*ctrl &= ~FRL_REG_CHIP_CNT_CTRL_IDLE_MASK;
		chip->counters.sweep = 0;
	}
}

bool chip_counters_busy(const struct frl_rtl *chip)
{
	return enabled(chip) &&
	       !(chip->reg[FRL_REG_CHIP_CNT_CTRL / 4] & FRL_REG_CHIP_CNT_CTRL_IDLE_MASK);
}

/* Write the next counter that is not zero. */
static void sweep(struct frl_rtl *chip)
{
	struct chip_counters *counters = &chip->counters;

	while (counters->sweep < counters->count && !counters->value[counters->sweep].packets)
		counters->sweep++;
	if (counters->sweep < counters->count)
		push(chip, counters->sweep++);
	if (counters->sweep == counters->count)
		chip->reg[FRL_REG_CHIP_CNT_CTRL / 4] |= FRL_REG_CHIP_CNT_CTRL_SWEPT_MASK;
}

static void push_change(struct frl_rtl *chip)
{
	struct chip_counters *counters = &chip->counters;
	uint32_t number = counters->changed[counters->first];

	counters->first = (counters->first + 1) % counters->count;
	counters->changes--;
	counters->listed[number] = false;
	push(chip, number);
}

void chip_counters_step(struct frl_rtl *chip)
{
	struct chip_counters *counters = &chip->counters;

	if (!chip_counters_busy(chip))
		return;
	if (counters->sweep < counters->count)
		sweep(chip);
	else if (counters->changes)
		push_change(chip);
	if (counters->sweep == counters->count && !counters->changes)
		chip->reg[FRL_REG_CHIP_CNT_CTRL / 4] |= FRL_REG_CHIP_CNT_CTRL_IDLE_MASK;
}
