/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A chip alone, by the API of frl_rtl.h, and all around it played by the test: memory of every function, virtqueues
 * of drivers and firmware, the update ring, wires. What fails ends the cmocka test.
 */
#ifndef TESTS_SIM_HOST_H
#define TESTS_SIM_HOST_H

#include "driver/common/frl_abi.h"
#include "driver/common/frl_vring.h"
#include "frl_chip.h"
#include "sim/rtl/frl_rtl.h"

#define HOST_QUEUE_SIZE 16
#define HOST_BUFFER	2048
#define HOST_FRAME	100 /* bytes of the frame that tests send */
#define HOST_FRAMES	64
#define HOST_VECTORS	128

struct host_frame {
	unsigned int wire;
	size_t len;
	uint8_t bytes[2048];
};

struct host {
	struct frl_rtl *rtl;
	uint8_t *memory; /* of all functions; a function reaches it at addresses of its own */
	size_t used;
	bool wild;  /* writes that meet no memory are the driver's fault */
	bool later; /* answer reads of host functions by host_answer() only */
	struct {
		uint32_t ticket, len;
		const uint8_t *from;
	} reads[64];
	unsigned int n_reads;
	unsigned int msix[FRL_N_FNS][HOST_VECTORS];
	struct host_frame tx[HOST_FRAMES]; /* that left on wires */
	unsigned int n_tx;
	uint32_t epoch; /* as last told */
	unsigned int lookups, leaves;
	/* Update ring, and counter area of the PF. */
	uint8_t *upd;
	uint32_t *upd_done;
	uint32_t upd_head;
	struct frl_counter *counters;
};

struct host_queue {
	unsigned int fn, index;
	struct frl_vring ring;
	struct frl_vring_slot slots[HOST_QUEUE_SIZE];
	uint8_t *buffers;
};

struct host *host_create(void);
void host_destroy(struct host *host);

/* Zeroed memory, 64-byte aligned, and its address as function fn sees it. */
void *host_alloc(struct host *host, size_t bytes);
uint64_t host_addr(const struct host *host, unsigned int fn, const void *mem);

uint32_t host_card_read(struct host *host, uint32_t addr);
void host_card_write(struct host *host, uint32_t addr, uint32_t val);
/* A function's page: from the host, of the firmware's function from the card. */
uint32_t host_fn_read(struct host *host, unsigned int fn, uint32_t off, unsigned int size);
void host_fn_write(struct host *host, unsigned int fn, uint32_t off, unsigned int size,
		   uint32_t val);

/* Let the chip work until it has nothing to do. */
void host_settle(struct host *host);
/* Answer the oldest read that was put off. */
void host_answer(struct host *host);
/* The same for a chip whose reads are put off, until `done` buffers came back: each read is answered in its turn. */
void host_settle_later(struct host *host, const struct host_queue *queue, uint16_t done);

/* CTRL of a port. */
void host_port(struct host *host, unsigned int port, uint32_t ctrl);
/* Reset a function, and bring it to DRIVER_OK. */
void host_fn_start(struct host *host, unsigned int fn);
/* Start queue `index` at an index of its ring; even ones get all their buffers. */
void host_queue_start(struct host *host, struct host_queue *queue, unsigned int fn,
		      unsigned int index, uint16_t base);
/* Make len bytes of buffer n available, as they are, or as a chain of two segments cut at `cut`. */
void host_queue_post(struct host *host, struct host_queue *queue, unsigned int n, uint32_t len,
		     uint32_t cut);
void host_queue_kick(struct host *host, struct host_queue *queue);
/* Buffer that came back; NULL: none. */
uint8_t *host_queue_take(struct host_queue *queue, uint32_t *len);
/* Send a frame behind a header. */
void host_queue_send(struct host *host, struct host_queue *queue, const void *header,
		     size_t header_len, const void *frame, size_t len);

/* One entry of the update ring, executed. Bits of UPD_ERROR, which are cleared. */
uint32_t host_update(struct host *host, const struct frl_upd_entry *entry, const uint32_t row[48]);
uint32_t host_write_row(struct host *host, uint32_t table, uint32_t index, const uint32_t row[48]);
void host_put(uint32_t row[48], unsigned int lsb, unsigned int width, uint64_t val);

/* Counter `number` of the area, as host memory has it when the chip rests. */
struct frl_counter host_counter(struct host *host, uint32_t number);
uint64_t host_port_count(struct host *host, unsigned int port, enum frl_port_counter which);
uint64_t host_drops(struct host *host, enum frl_drop reason);

/* The frame that tests send, and what puts a fresh host around each test. */
extern uint8_t host_frame[HOST_FRAME];
int host_power_on(void **state);
int host_power_off(void **state);
#define HOST_TEST(name) cmocka_unit_test_setup_teardown(name, host_power_on, host_power_off)

/* len bytes of it from a wire. */
void host_wire_in(struct host *host, unsigned int wire, size_t len, bool error);
/* It came back on a queue of the PF or of the firmware: its metadata. */
struct frl_pkt_meta host_received(struct host_queue *queue);
void host_nothing_received(struct host_queue *queue);

#endif /* TESTS_SIM_HOST_H */
