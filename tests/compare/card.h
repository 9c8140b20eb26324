/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The chip with what a comparison needs around it: memories of host and card behind the DMA callbacks, registers, the
 * update ring, and virtqueues of the PF and of two VFs. The harness plays the card's core; there is no firmware.
 */
#ifndef COMPARE_CARD_H
#define COMPARE_CARD_H

#include "driver/common/frl_vring.h"
#include "plan.h"
#include "sim/rtl/frl_rtl.h"

#define CARD_QUEUE_SIZE 1024
#define CARD_BUFFER	9728 /* longest frame with header, and what encap adds */
#define CARD_RING	256  /* entries of the update ring */
#define CARD_HASH_KEYS	64
#define CARD_STARVED	5 /* buffers that VF 2 gets, and no more */

struct card_queue {
	struct frl_vring ring;
	struct frl_vring_slot slots[CARD_QUEUE_SIZE];
	unsigned int fn, index;
	uint8_t *buffers; /* CARD_QUEUE_SIZE of them */
};

struct card {
	struct frl_rtl *rtl;
	struct frl_model_sizes sizes;
	uint8_t *host, *memory; /* the host's, the card's */
	size_t host_used;
	const struct frl_counter *counters;
	uint32_t upd_head;
	uint32_t upd_room; /* entries free in the ring when last looked */
	struct card_queue rx[PLAN_PAIRS], tx[PLAN_PAIRS], vf_rx[PLAN_VFS], vf_tx[PLAN_VFS];
	/* Who wants to know. */
	void *arg;
	void (*on_tx)(void *arg, unsigned int wire, const uint8_t *frame, size_t len);
	void (*on_write)(void *arg, const struct frl_rtl_trace_write *write);
	void (*on_lookup)(void *arg, const struct frl_rtl_trace_lookup *lookup);
	void (*on_leave)(void *arg, const struct frl_rtl_trace_leave *leave);
	const char *error; /* a DMA access went where no memory is, and the like; NULL: none */
};

/* A chip out of reset with its queues running; NULL, with a line on stderr, when it does not come up. */
struct card *card_create(uint32_t pcie_round_trip);
void card_destroy(struct card *card);

/* Registers of a case. */
void card_configure(struct card *card, const struct frl_model_config *config);

uint32_t card_reg(struct card *card, uint32_t addr);

/* Entries of the update ring: the caller fills what card_entry() returns and tells the card with card_publish(). NULL:
 * the ring is full. */
struct frl_upd_entry *card_entry(struct card *card, uint32_t **row);
void card_publish(struct card *card);
uint32_t card_tail(struct card *card);

/* Card memory for HASH: keys, and their sums. */
uint32_t *card_hash_key(struct card *card, uint32_t i);
uint64_t card_hash_sum(const struct card *card, uint32_t i);
#define CARD_HASH_KEYS_AT (0x40000000ull + CARD_RING * FRL_UPD_ENTRY_BYTES + 64)
#define CARD_HASH_SUMS_AT (CARD_HASH_KEYS_AT + CARD_HASH_KEYS * FRL_KEY_BYTES)

/* A frame with its header on a transmit queue, cut into `segs` descriptors; false: no room. */
bool card_send(struct card *card, struct card_queue *queue, const void *header, size_t header_len,
	       const uint8_t *frame, size_t len, unsigned int segs);
void card_kick(struct card *card, struct card_queue *queue);
/* Take back what was sent. */
void card_reap(struct card *card, struct card_queue *queue);
/* A frame that a receive queue got: the buffer, which card_give() returns to the card; NULL: none. */
uint8_t *card_take(struct card *card, struct card_queue *queue, uint32_t *len);
void card_give(struct card *card, struct card_queue *queue, uint8_t *buffer);

#endif /* COMPARE_CARD_H */
