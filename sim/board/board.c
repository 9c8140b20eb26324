// SPDX-License-Identifier: GPL-2.0-or-later
/* The board's parts and their turns; see board.h. */
#define _GNU_SOURCE
#include "board.h"

#include "console.h"
#include "frl_abi.h"
#include "frl_chip.h"
#include "image.h"
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

/* Instructions of a core's turn while the chip works: more than the longest block, or nothing is run. */
#define TURN 256
/* The same while the chip's clock stands. */
#define TURN_ALONE 16384
/* Cycles that a function may take to stop: a full queue of the longest frames, many times over. */
#define RESET_CYCLES 2000000

struct fn {
	const struct board_fn_ops *ops;
	void *arg;
};

struct board {
	struct board_desc desc;
	uint8_t *ram;
	struct frl_rtl *rtl;
	struct core *core;
	struct console console;
	struct core_window windows[3];
	enum board_time time;
	uint64_t time_ns, time_latch;
	uint64_t skipped;
	uint64_t credit; /* instructions that the core may run for cycles gone */
	bool failed_told;
	uint64_t dma_errors;
	struct fn fns[FRL_N_FNS];
	void (*tx)(void *arg, unsigned int wire, const void *frame, size_t len,
		   uint64_t first_cycle);
	void *tx_arg;
};

/* ---- DMA: card memory is ours, the rest is its owners' ---- */

static uint8_t *card_memory(struct board *board, uint64_t addr, uint32_t len)
{
	uint64_t off = addr - board->desc.ram_base;

	if (addr < board->desc.ram_base || off > board->desc.ram_size ||
	    len > board->desc.ram_size - off)
		return NULL;
	return board->ram + off;
}

static int dma_read(void *arg, unsigned int fn, uint64_t addr, void *buf, uint32_t len,
		    uint32_t ticket)
{
	struct board *board = arg;
	const uint8_t *mem;
	int ret = -EFAULT;

	if (fn == FRL_FN_FW) {
		mem = card_memory(board, addr, len);
		if (mem) {
			memcpy(buf, mem, len);
			return 0;
		}
	} else if (fn < FRL_N_FNS && board->fns[fn].ops) {
		ret = board->fns[fn].ops->read(board->fns[fn].arg, addr, buf, len, ticket);
	}
	if (ret < 0)
		board->dma_errors++;
	return ret;
}

static void dma_write(void *arg, unsigned int fn, uint64_t addr, const void *buf, uint32_t len)
{
	struct board *board = arg;
	uint8_t *mem;

	if (fn == FRL_FN_FW) {
		mem = card_memory(board, addr, len);
		if (mem)
			memcpy(mem, buf, len);
		else
			board->dma_errors++;
	} else if (fn < FRL_N_FNS && board->fns[fn].ops) {
		board->fns[fn].ops->write(board->fns[fn].arg, addr, buf, len);
	} else {
		board->dma_errors++;
	}
}

static void msix(void *arg, unsigned int fn, unsigned int vector)
{
	struct board *board = arg;

	if (fn < FRL_N_FNS && board->fns[fn].ops)
		board->fns[fn].ops->msix(board->fns[fn].arg, vector);
}

static void tx(void *arg, unsigned int wire, const void *frame, size_t len, uint64_t first_cycle)
{
	struct board *board = arg;

	if (board->tx)
		board->tx(board->tx_arg, wire, frame, len, first_cycle);
}

static const struct frl_rtl_ops rtl_ops = {
	.dma_read = dma_read,
	.dma_write = dma_write,
	.msix = msix,
	.tx = tx,
};

/* ---- Register windows of the core ---- */

static int chip_read(void *arg, uint64_t offset, unsigned int size, uint64_t *val)
{
	struct board *board = arg;
	uint32_t word = 0;
	int err = frl_rtl_read(board->rtl, FRL_RTL_CARD, 0, (uint32_t)offset, size, &word);

	*val = word;
	return err;
}

static int chip_write(void *arg, uint64_t offset, unsigned int size, uint64_t val)
{
	struct board *board = arg;

	return frl_rtl_write(board->rtl, FRL_RTL_CARD, 0, (uint32_t)offset, size, (uint32_t)val);
}

static int no_read(void *arg, uint64_t offset, unsigned int size, uint64_t *val)
{
	(void)arg;
	(void)offset;
	(void)size;
	(void)val;
	return -EACCES;
}

static int no_write(void *arg, uint64_t offset, unsigned int size, uint64_t val)
{
	(void)arg;
	(void)offset;
	(void)size;
	(void)val;
	return -EACCES;
}

static int console_write(void *arg, uint64_t offset, unsigned int size, uint64_t val)
{
	struct board *board = arg;

	if (offset || size != 4)
		return -EACCES;
	console_put(&board->console, (char)val);
	return 0;
}

static void update_time(struct board *board)
{
	struct timespec ts;

	if (board->time == BOARD_TIME_CYCLE) {
		board->time_ns =
			(frl_rtl_cycles(board->rtl) + board->skipped) * board->desc.ns_per_cycle;
	} else {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		board->time_ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	}
	frl_rtl_set_time(board->rtl, board->time_ns);
}

static int time_read(void *arg, uint64_t offset, unsigned int size, uint64_t *val)
{
	struct board *board = arg;

	if (size != 4 || (offset != 0 && offset != 4))
		return -EACCES;
	if (offset == 0) {
		update_time(board);
		board->time_latch = board->time_ns;
	}
	*val = offset ? board->time_latch >> 32 : board->time_latch & UINT32_MAX;
	return 0;
}

static void set_windows(struct board *board)
{
	const struct board_desc *desc = &board->desc;

	board->windows[0] = (struct core_window){ .base = desc->chip_base,
						  .size = desc->chip_size,
						  .read = chip_read,
						  .write = chip_write,
						  .arg = board,
						  .counted = true };
	board->windows[1] = (struct core_window){ .base = desc->console_base,
						  .size = 4096,
						  .read = no_read,
						  .write = console_write,
						  .arg = board };
	board->windows[2] = (struct core_window){ .base = desc->time_base,
						  .size = 4096,
						  .read = time_read,
						  .write = no_write,
						  .arg = board };
}

/* ---- Making one ---- */

/* The blob goes to the top of card memory, from the page border below it on. */
static int place_blob(struct board *board, uint64_t *addr)
{
	uint8_t seed[16] = "ferrule-cycle-s";
	uint64_t off;

	if (board->time == BOARD_TIME_WALL && getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return -1;
	if (board_desc_seed(&board->desc, seed))
		return -1;
	if (board->desc.blob_size > board->desc.ram_size) {
		sim_log("board", "card memory is too small for the board file");
		return -1;
	}
	off = (board->desc.ram_size - board->desc.blob_size) & ~4095ULL;
	memcpy(board->ram + off, board->desc.blob, board->desc.blob_size);
	*addr = board->desc.ram_base + off;
	return 0;
}

static int make_chip(struct board *board, const struct board_config *config)
{
	struct frl_rtl_config rtl = {
		.ops = &rtl_ops,
		.arg = board,
		.pcie_round_trip = config->pcie_round_trip < 0 ? board->desc.pcie_round_trip
							       : (uint32_t)config->pcie_round_trip,
		.trace_file = config->trace_file,
	};

	if (config->trace_file && !frl_rtl_can_trace()) {
		sim_log("board",
			"this build cannot trace: make build/sim/ferrule-sim-trace and use that");
		return -1;
	}
	board->rtl = frl_rtl_create(&rtl);
	if (!board->rtl) {
		sim_log("board", "cannot make the chip%s%s",
			config->trace_file ? ", or write " : "",
			config->trace_file ? config->trace_file : "");
		return -1;
	}
	update_time(board);
	return board_desc_check(&board->desc, board->rtl);
}

static int make_core(struct board *board, const char *firmware)
{
	uint64_t entry, blob;

	set_windows(board);
	board->core = core_create(board->ram, board->desc.ram_base, board->desc.ram_size,
				  board->windows, 3);
	if (!board->core ||
	    image_load(firmware, board->ram, board->desc.ram_base, board->desc.ram_size, &entry) ||
	    place_blob(board, &blob))
		return -1;
	return core_start(board->core, entry, blob);
}

struct board *board_create(const struct board_config *config)
{
	struct board *board = calloc(1, sizeof(*board));

	if (!board)
		return NULL;
	board->time = config->time;
	board->tx = config->tx;
	board->tx_arg = config->tx_arg;
	if (board_desc_load(&board->desc, config->dtb))
		goto fail;
	board->ram = mmap(NULL, board->desc.ram_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (board->ram == MAP_FAILED) {
		board->ram = NULL;
		sim_log("board", "no memory for the card's %lu MiB", board->desc.ram_size >> 20);
		goto fail;
	}
	if (make_chip(board, config) || make_core(board, config->firmware))
		goto fail;
	return board;
fail:
	board_destroy(board);
	return NULL;
}

void board_destroy(struct board *board)
{
	if (!board)
		return;
	console_flush(&board->console);
	core_destroy(board->core);
	frl_rtl_destroy(board->rtl);
	if (board->ram)
		munmap(board->ram, board->desc.ram_size);
	board_desc_free(&board->desc);
	free(board);
}

void board_set_fn(struct board *board, unsigned int fn, const struct board_fn_ops *ops, void *arg)
{
	if (fn < FRL_N_FNS && fn != FRL_FN_FW)
		board->fns[fn] = (struct fn){ ops, arg };
}

bool board_fn_owned(const struct board *board, unsigned int fn)
{
	return fn < FRL_N_FNS && board->fns[fn].ops;
}

/* ---- Turns ---- */

/* The PF shall see that firmware is no more; forwarding goes on. */
static void tell_failure(struct board *board)
{
	uint32_t page = FRL_BASE_FN + FRL_FN_PF * FRL_BASE_FN_STRIDE;
	uint32_t state =
		page + FRL_REG_FN_CONFIG + (uint32_t)offsetof(struct frl_pf_config, fw_state);

	board->failed_told = true;
	frl_rtl_write(board->rtl, FRL_RTL_CARD, 0, state, 4, FRL_FW_STATE_FAILED);
	frl_rtl_write(board->rtl, FRL_RTL_CARD, 0, page + FRL_REG_FN_FN_CTRL, 4, 1);
}

/* The core's turn; true if it has more to do. */
static bool run_core(struct board *board, uint64_t instructions)
{
	if (core_state(board->core) == CORE_ASLEEP && frl_rtl_irq(board->rtl))
		core_wake(board->core);
	if (core_state(board->core) == CORE_RUNNING &&
	    core_run(board->core, instructions) == CORE_FAILED && !board->failed_told)
		tell_failure(board);
	return core_state(board->core) == CORE_RUNNING ||
	       (core_state(board->core) == CORE_ASLEEP && frl_rtl_irq(board->rtl));
}

/* The chip's clock stands: the core works alone, time goes on as if it had not. */
static bool run_core_alone(struct board *board)
{
	uint64_t before = core_counts(board->core)->instructions;
	bool more = run_core(board, TURN_ALONE);

	board->skipped += (core_counts(board->core)->instructions - before) /
			  board->desc.instructions_per_cycle;
	return more;
}

/* Both work: a turn of cycles, and the instructions that belong to them. */
static void run_both(struct board *board)
{
	uint64_t cycles = TURN / board->desc.instructions_per_cycle + 1;
	uint64_t before;

	for (uint64_t i = 0; i < cycles && frl_rtl_busy(board->rtl); i++) {
		frl_rtl_step(board->rtl, 1);
		board->credit += board->desc.instructions_per_cycle;
	}
	if (board->credit < TURN)
		return;
	before = core_counts(board->core)->instructions;
	if (!run_core(board, board->credit))
		board->credit = 0;
	before = core_counts(board->core)->instructions - before;
	board->credit = board->credit > before ? board->credit - before : 0;
}

bool board_run(struct board *board, uint64_t max_cycles)
{
	uint64_t end = frl_rtl_cycles(board->rtl) + board->skipped + max_cycles;

	while (frl_rtl_cycles(board->rtl) + board->skipped < end) {
		update_time(board);
		if (frl_rtl_busy(board->rtl))
			run_both(board);
		else if (!run_core_alone(board) && !frl_rtl_busy(board->rtl))
			return true;
	}
	return false;
}

int board_reset_fn(struct board *board, unsigned int fn)
{
	uint64_t end = frl_rtl_cycles(board->rtl) + RESET_CYCLES;
	uint32_t status = 1;
	int err = board_host_write(board, fn, FRL_REG_FN_STATUS, 1, 0);

	while (!err && frl_rtl_cycles(board->rtl) < end) {
		err = board_host_read(board, fn, FRL_REG_FN_STATUS, 1, &status);
		if (!err && status == 0)
			return 0;
		frl_rtl_step(board->rtl, 16);
	}
	return err ? err : -ETIMEDOUT;
}

unsigned int board_fw_state(struct board *board)
{
	uint32_t magic = 0, state = 0;

	if (core_state(board->core) == CORE_FAILED)
		return FRL_FW_STATE_FAILED;
	if (board_host_read(board, FRL_FN_PF, FRL_REG_FN_CONFIG, 4, &magic) ||
	    magic != FRL_CHIP_ID ||
	    board_host_read(board, FRL_FN_PF,
			    FRL_REG_FN_CONFIG + (uint32_t)offsetof(struct frl_pf_config, fw_state),
			    4, &state))
		return FRL_FW_STATE_BOOT;
	return state;
}

struct frl_rtl *board_rtl(struct board *board)
{
	return board->rtl;
}

const struct board_desc *board_desc(const struct board *board)
{
	return &board->desc;
}

void board_stats(const struct board *board, struct board_stats *stats)
{
	stats->cycles = frl_rtl_cycles(board->rtl);
	stats->skipped_cycles = board->skipped;
	stats->time_ns = board->time_ns;
	stats->core = *core_counts(board->core);
	stats->dma_errors = board->dma_errors;
}

int board_host_read(struct board *board, unsigned int fn, uint32_t off, unsigned int size,
		    uint32_t *val)
{
	return frl_rtl_read(board->rtl, FRL_RTL_HOST, fn, off, size, val);
}

int board_host_write(struct board *board, unsigned int fn, uint32_t off, unsigned int size,
		     uint32_t val)
{
	return frl_rtl_write(board->rtl, FRL_RTL_HOST, fn, off, size, val);
}
