/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card in this process, and its host: memory, virtqueues and the firmware's admin queue. No sockets and no
 * threads: what it measures repeats exactly.
 */
#ifndef TESTS_SIM_CARD_H
#define TESTS_SIM_CARD_H

#include "driver/common/frl_admin.h"
#include "driver/common/frl_vring.h"
#include "sim/board/board.h"
#include "sim/vhost/function.h"

#define CARD_QUEUE_SIZE	 1024
#define CARD_BUFFER	 2048
#define CARD_WAIT_CYCLES 64

/* A virtqueue, with a buffer for each of its descriptors. */
struct card_queue {
	struct frl_vring ring;
	struct frl_vring_slot slots[CARD_QUEUE_SIZE];
	struct function *function;
	unsigned int index;
	uint8_t *buffers;
};

struct card {
	struct board *board;
	uint8_t *memory; /* the host's; every function reaches all of it */
	size_t used;
	struct function pf, vf0;
	struct frl_admin admin;
	struct card_queue admin_rx, admin_tx;
	unsigned int admin_tx_next;
	/* Frames that left on a wire. */
	void (*tx)(void *arg, unsigned int wire, const uint8_t *frame, size_t len,
		   uint64_t first_cycle);
	void *tx_arg;
	/* Called every CARD_WAIT_CYCLES at most while a reply is waited for; NULL: nobody. */
	void (*wait)(void *arg);
	void *wait_arg;
};

/* Boot, say HELLO and enable wires and VF 0. Ends the program, with the reason, when that fails. */
struct card *card_create(const char *dtb, const char *firmware, int pcie_round_trip);
void card_destroy(struct card *card);

/* Bytes of host memory, 64-byte aligned. */
void *card_alloc(struct card *card, size_t bytes);
uint64_t card_iova(const struct card *card, const void *mem);

/* Start a queue of a function; `fill`: post all buffers (a receive queue). */
void card_queue_start(struct card *card, struct card_queue *queue, struct function *function,
		      unsigned int index, bool fill);
/* Make buffer n available, len bytes of it. */
void card_queue_post(struct card *card, struct card_queue *queue, unsigned int n, uint32_t len,
		     bool device_writes);
/* Tell the card what was made available. */
void card_queue_kick(struct card_queue *queue);
/* Buffer that the card gave back, NULL: none. */
uint8_t *card_queue_take(struct card_queue *queue, uint32_t *len);
unsigned int card_queue_number(const struct card_queue *queue, const uint8_t *buffer);

/* Ends the program with a text. */
void card_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif /* TESTS_SIM_CARD_H */
