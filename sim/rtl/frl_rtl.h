/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The verilated chip (hw/rtl/ferrule.sv) as a library. It holds what a vendor's hard blocks do around
 * the chip cycle by cycle: MAC (whole frames to beats and back), the PCIe endpoint's DMA side with its
 * round trip, register bus masters. It decides nothing about a packet.
 *
 * One instance is used by one thread. Callbacks run inside the calls that step the clock and must
 * not step it themselves.
 */
#ifndef FRL_RTL_H
#define FRL_RTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct frl_rtl;

/* dma_read's answer when the bytes come later, by frl_rtl_dma_complete. */
#define FRL_RTL_LATER 1

/* Cycles after which a register access that the chip does not answer fails. */
#define FRL_RTL_REG_TIMEOUT 100000

/* A table write of the update engine as it takes effect; its number is the epoch from then on. */
struct frl_rtl_trace_write {
	uint32_t epoch, table, index, flip;
	uint32_t row[48];
};

/* struct trace_lookup and struct trace_leave of chip.toml. */
struct frl_rtl_trace_lookup {
	uint32_t epoch_lookup, epoch_action, rule;
	uint16_t leg;
	uint8_t src_port, port, reason, drop;
	bool direct, replica, rule_hit;
};

struct frl_rtl_trace_leave {
	uint8_t drop;
	bool copied;
};

struct frl_rtl_ops {
	/* Read len bytes (1 to 16,384) of function fn's memory: 0, FRL_RTL_LATER, or a negative errno value
	 * (the chip gets an error completion). Called in the cycle of the request; pushed writes are
	 * there. `ticket` names the request for frl_rtl_dma_complete. */
	int (*dma_read)(void *arg, unsigned int fn, uint64_t addr, void *buf, uint32_t len,
			uint32_t ticket);
	/* Posted write, in order with all others and with msix. */
	void (*dma_write)(void *arg, unsigned int fn, uint64_t addr, const void *buf, uint32_t len);
	/* MSI-X message `vector` of function fn. */
	void (*msix)(void *arg, unsigned int fn, unsigned int vector);
	/* A whole frame left on a wire; first_cycle is that of its first beat. */
	void (*tx)(void *arg, unsigned int wire, const void *frame, size_t len,
		   uint64_t first_cycle);
	/* Trace port, each may be NULL. A write is told before every lookup that saw it. */
	void (*trace_write)(void *arg, const struct frl_rtl_trace_write *write);
	void (*trace_lookup)(void *arg, const struct frl_rtl_trace_lookup *lookup);
	void (*trace_leave)(void *arg, const struct frl_rtl_trace_leave *leave);
};

/* Per cent of cycles in which an interface stands still at random. */
struct frl_rtl_stalls {
	uint8_t wire_rx, wire_tx, dma_rd, dma_cpl, dma_wr;
};

struct frl_rtl_config {
	const struct frl_rtl_ops *ops;
	void *arg;
	uint32_t pcie_round_trip; /* cycles from a read request to its first beat, host functions */
	const char *trace_file;	  /* FST file to write, or NULL; only the trace build can */
};

/* Which register bus. */
enum frl_rtl_side {
	FRL_RTL_CARD,
	FRL_RTL_HOST
};

/* A chip in reset state, or NULL (out of memory; trace wanted of a build that cannot). */
struct frl_rtl *frl_rtl_create(const struct frl_rtl_config *config);
void frl_rtl_destroy(struct frl_rtl *rtl);
bool frl_rtl_can_trace(void);
/* Trace on or off from the next cycle on. */
void frl_rtl_trace(struct frl_rtl *rtl, bool on);

/* Hold reset for a few cycles; frames and requests in flight are lost. */
void frl_rtl_reset(struct frl_rtl *rtl);

void frl_rtl_step(struct frl_rtl *rtl, unsigned int cycles);
/* Step while busy, at most max cycles; true when idle was reached. */
bool frl_rtl_run_idle(struct frl_rtl *rtl, unsigned int max);
uint64_t frl_rtl_cycles(const struct frl_rtl *rtl);
/* Something is in flight in the chip, on its way in, or owed to it: the clock must run. */
bool frl_rtl_busy(const struct frl_rtl *rtl);

/* What the chip's time input shows from the next cycle on. */
void frl_rtl_set_time(struct frl_rtl *rtl, uint64_t ns);
/* Bit w: wire w has link. */
void frl_rtl_set_link(struct frl_rtl *rtl, uint32_t bits);
/* The interrupt line to the card's cores. */
bool frl_rtl_irq(const struct frl_rtl *rtl);

/* Queue a frame (without FCS, 1 to 65,535 bytes) on a wire: it enters beat by beat, back to back
 * with the one before it, not before cycle `not_before`. `error`: the MAC found it bad. 0, -EINVAL or
 * -ENOMEM. */
int frl_rtl_rx(struct frl_rtl *rtl, unsigned int wire, const void *frame, size_t len,
	       uint64_t not_before, bool error);
/* Frames queued by frl_rtl_rx that have not entered whole. */
size_t frl_rtl_rx_queued(const struct frl_rtl *rtl, unsigned int wire);
/* Cycle in which the first beat of the frame taken last entered on this wire. */
uint64_t frl_rtl_rx_first_cycle(const struct frl_rtl *rtl, unsigned int wire);
/* Let the far end of a wire take frames, or not: back pressure. */
void frl_rtl_tx_ready(struct frl_rtl *rtl, unsigned int wire, bool ready);

/* Stand still at random, the same way for the same seed; all zero ends it. */
void frl_rtl_set_stalls(struct frl_rtl *rtl, uint64_t seed, const struct frl_rtl_stalls *stalls);

/* One register access, 1, 2 or 4 bytes at their own alignment, stepping the clock until it is done.
 * fn matters to the host side only. 0, -EINVAL, or -ETIMEDOUT when the chip does not answer. */
int frl_rtl_read(struct frl_rtl *rtl, enum frl_rtl_side side, unsigned int fn, uint32_t addr,
		 unsigned int size, uint32_t *val);
int frl_rtl_write(struct frl_rtl *rtl, enum frl_rtl_side side, unsigned int fn, uint32_t addr,
		  unsigned int size, uint32_t val);

/* The bytes of a read that was put off; status 0 or a negative errno value. */
void frl_rtl_dma_complete(struct frl_rtl *rtl, uint32_t ticket, int status, const void *buf,
			  uint32_t len);

#ifdef __cplusplus
}
#endif

#endif /* FRL_RTL_H */
