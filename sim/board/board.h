/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board: chip, card memory, core and console, advancing in turns. It knows functions only as owners of
 * memory and takers of interrupts; sockets and files are others' (sim/link, sim/vhost, sim/wire).
 */
#ifndef SIM_BOARD_H
#define SIM_BOARD_H

#include "core.h"
#include "desc.h"
#include "sim/rtl/frl_rtl.h"

struct board;

/* Where a function's DMA goes. All called while the clock steps; they must not step it. */
struct board_fn_ops {
	/* As frl_rtl_ops, without the function. */
	int (*read)(void *arg, uint64_t addr, void *buf, uint32_t len, uint32_t ticket);
	void (*write)(void *arg, uint64_t addr, const void *buf, uint32_t len);
	void (*msix)(void *arg, unsigned int vector);
};

enum board_time {
	BOARD_TIME_WALL,
	BOARD_TIME_CYCLE
};

struct board_config {
	const char *dtb, *firmware;
	const char *trace_file; /* FST, or NULL */
	enum board_time time;
	int pcie_round_trip; /* cycles; negative: what the board file says */
	/* A frame left on a wire. */
	void (*tx)(void *arg, unsigned int wire, const void *frame, size_t len,
		   uint64_t first_cycle);
	void *tx_arg;
};

struct board_stats {
	uint64_t cycles;	 /* of the chip's clock */
	uint64_t skipped_cycles; /* in which the clock stood, while the core worked */
	uint64_t time_ns;
	struct core_counts core;
	uint64_t dma_errors; /* accesses outside a function's memory */
};

/* Load, reset and start everything; NULL with the reason on stderr. */
struct board *board_create(const struct board_config *config);
void board_destroy(struct board *board);

/* Give function fn an owner; NULL takes it away: its DMA then fails. */
void board_set_fn(struct board *board, unsigned int fn, const struct board_fn_ops *ops, void *arg);

bool board_fn_owned(const struct board *board, unsigned int fn);

/* Let chip and core work, until both are idle or about max_cycles have gone. True: idle, and
 * nothing happens before an input changes. */
bool board_run(struct board *board, uint64_t max_cycles);

/* Reset a function (virtio 1.2, 4.1.4.3.2: device_status 0) and wait until nothing of it is in flight. -ETIMEDOUT
 * if that does not come about. */
int board_reset_fn(struct board *board, unsigned int fn);

/* enum fw_state of the PF's configuration (abi.toml), FAILED when the core failed. */
unsigned int board_fw_state(struct board *board);

struct frl_rtl *board_rtl(struct board *board);
const struct board_desc *board_desc(const struct board *board);
void board_stats(const struct board *board, struct board_stats *stats);

/* Host side of a function's page. 0 or a negative errno value. */
int board_host_read(struct board *board, unsigned int fn, uint32_t off, unsigned int size,
		    uint32_t *val);
int board_host_write(struct board *board, unsigned int fn, uint32_t off, unsigned int size,
		     uint32_t val);

#endif /* SIM_BOARD_H */
