// SPDX-License-Identifier: GPL-2.0-or-later
/* Unicorn as the card's core; see core.h. */
#include "core.h"

#include "log.h"

#include <stdlib.h>
#include <unicorn/unicorn.h>

#define WINDOWS_MAX 4

struct window {
	struct core *core;
	const struct core_window *ops;
};

struct core {
	uc_engine *uc;
	struct window windows[WINDOWS_MAX];
	struct core_counts counts;
	enum core_state state;
	uint64_t pc;
	uint64_t limit;	    /* counts.instructions at which to stop */
	bool stopped;	    /* we stopped it, not a WFI */
	bool access_failed; /* a register window refused */
	uint64_t bad_address;
};

/* Counting in this hook costs nothing; Unicorn's own instruction limit is 500 times slower. */
static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *arg)
{
	struct core *core = arg;

	(void)address;
	if (core->counts.instructions >= core->limit) {
		core->stopped = true;
		uc_emu_stop(uc);
		return;
	}
	core->counts.instructions += size / 4;
}

static void access_failed(struct window *window, uint64_t offset)
{
	window->core->access_failed = true;
	window->core->bad_address = window->ops->base + offset;
	uc_emu_stop(window->core->uc);
}

static uint64_t on_read(uc_engine *uc, uint64_t offset, unsigned int size, void *arg)
{
	struct window *window = arg;
	uint64_t val = 0;

	(void)uc;
	window->core->counts.register_reads += window->ops->counted;
	if (window->ops->read(window->ops->arg, offset, size, &val) < 0)
		access_failed(window, offset);
	return val;
}

static void on_write(uc_engine *uc, uint64_t offset, unsigned int size, uint64_t val, void *arg)
{
	struct window *window = arg;

	(void)uc;
	window->core->counts.register_writes += window->ops->counted;
	if (window->ops->write(window->ops->arg, offset, size, val) < 0)
		access_failed(window, offset);
}

static bool on_bad_access(uc_engine *uc, uc_mem_type type, uint64_t address, int size,
			  int64_t value, void *arg)
{
	struct core *core = arg;

	(void)uc;
	(void)type;
	(void)size;
	(void)value;
	core->bad_address = address;
	return false;
}

static uc_err set_up(struct core *core, void *ram, uint64_t base, uint64_t size,
		     const struct core_window *windows, size_t count)
{
	uc_hook hook;
	uc_err err = uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &core->uc);

	if (!err)
		err = uc_ctl_set_cpu_model(core->uc, UC_CPU_ARM64_A53);
	if (!err)
		err = uc_mem_map_ptr(core->uc, base, size, UC_PROT_ALL, ram);
	for (size_t i = 0; i < count && !err; i++) {
		core->windows[i] = (struct window){ core, &windows[i] };
		err = uc_mmio_map(core->uc, windows[i].base, windows[i].size, on_read,
				  &core->windows[i], on_write, &core->windows[i]);
	}
	/* The casts: Unicorn takes callbacks of all kinds as void *. */
	if (!err)
		err = uc_hook_add(core->uc, &hook, UC_HOOK_BLOCK, (void *)on_block, core, 1, 0);
	if (!err)
		err = uc_hook_add(core->uc, &hook, UC_HOOK_MEM_INVALID, (void *)on_bad_access, core,
				  1, 0);
	return err;
}

struct core *core_create(void *ram, uint64_t base, uint64_t size, const struct core_window *windows,
			 size_t window_count)
{
	struct core *core = calloc(1, sizeof(*core));
	uc_err err;

	if (!core || window_count > WINDOWS_MAX) {
		free(core);
		sim_log("core", "no memory for a core");
		return NULL;
	}
	core->state = CORE_FAILED;
	err = set_up(core, ram, base, size, windows, window_count);
	if (err) {
		sim_log("core", "Unicorn: %s", uc_strerror(err));
		core_destroy(core);
		return NULL;
	}
	return core;
}

void core_destroy(struct core *core)
{
	if (!core)
		return;
	if (core->uc)
		uc_close(core->uc);
	free(core);
}

int core_start(struct core *core, uint64_t entry, uint64_t arg)
{
	if (uc_reg_write(core->uc, UC_ARM64_REG_X0, &arg))
		return -1;
	core->pc = entry;
	core->state = CORE_RUNNING;
	return 0;
}

static void say_failure(struct core *core, const char *why)
{
	uint64_t x[31], sp = 0;
	int regs[31];
	void *vals[31];

	for (int i = 0; i < 31; i++) {
		regs[i] = i < 29 ? UC_ARM64_REG_X0 + i : UC_ARM64_REG_X29 + i - 29;
		x[i] = 0;
		vals[i] = &x[i];
	}
	uc_reg_read_batch(core->uc, regs, vals, 31);
	uc_reg_read(core->uc, UC_ARM64_REG_SP, &sp);
	sim_log("core", "firmware failed in the block at pc 0x%lx: %s (address 0x%lx)", core->pc,
		why, core->bad_address);
	for (int i = 0; i < 31; i++)
		fprintf(stderr, "  x%-2d %016lx%s", i, x[i], i % 4 == 3 ? "\n" : "");
	fprintf(stderr, "  sp  %016lx\n", sp);
	core->state = CORE_FAILED;
}

enum core_state core_run(struct core *core, uint64_t instructions)
{
	uc_err err;

	if (core->state != CORE_RUNNING)
		return core->state;
	core->limit = core->counts.instructions + instructions;
	core->stopped = false;
	core->bad_address = 0;
	err = uc_emu_start(core->uc, core->pc, ~0ULL, 0, 0);
	uc_reg_read(core->uc, UC_ARM64_REG_PC, &core->pc);
	if (core->access_failed)
		say_failure(core, "a register did not take the access");
	else if (err)
		say_failure(core, uc_strerror(err));
	else if (!core->stopped)
		core->state = CORE_ASLEEP;
	return core->state;
}

void core_wake(struct core *core)
{
	if (core->state == CORE_ASLEEP)
		core->state = CORE_RUNNING;
}

enum core_state core_state(const struct core *core)
{
	return core->state;
}

const struct core_counts *core_counts(const struct core *core)
{
	return &core->counts;
}
