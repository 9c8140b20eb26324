/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card's processor core: Unicorn executes the firmware. It has card memory, register windows that the
 * board serves, and nothing else; any other access ends the firmware.
 */
#ifndef SIM_CORE_H
#define SIM_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core;

enum core_state {
	CORE_RUNNING,
	CORE_ASLEEP, /* in WFI */
	CORE_FAILED, /* said why on stderr; never runs again */
};

/* A window of registers; accesses of 1, 2, 4 or 8 bytes at their offset. A negative result ends the firmware. */
struct core_window {
	uint64_t base, size;
	int (*read)(void *arg, uint64_t offset, unsigned int size, uint64_t *val);
	int (*write)(void *arg, uint64_t offset, unsigned int size, uint64_t val);
	void *arg;
	bool counted; /* its accesses are in struct core_counts */
};

/* What firmware did so far. */
struct core_counts {
	uint64_t instructions;
	uint64_t register_reads, register_writes; /* of the counted windows */
};

/* A core with `ram` (whole pages) at physical address base; NULL with the reason on stderr. The windows are kept
 * by reference. */
struct core *core_create(void *ram, uint64_t base, uint64_t size, const struct core_window *windows,
			 size_t window_count);
void core_destroy(struct core *core);

/* Begin at entry with x0 = arg, EL1, MMU off, interrupts masked. */
int core_start(struct core *core, uint64_t entry, uint64_t arg);

/* Run up to about `instructions` (whole blocks), less when it falls asleep or fails. Must not be called while
 * CORE_ASLEEP unless woken by core_wake. */
enum core_state core_run(struct core *core, uint64_t instructions);
void core_wake(struct core *core);
enum core_state core_state(const struct core *core);
const struct core_counts *core_counts(const struct core *core);

#endif /* SIM_CORE_H */
