/* SPDX-License-Identifier: BSD-3-Clause */
/* The conversation with the host: frames in, messages, replies and events out.
 *
 * A frame is copied to the backlog, then parsed once, in the order of arrival. A message that must wait
 * for hardware, a RULE_CREATE for the sum of its key too, stops the backlog there; what finds the backlog full is refused with BUSY. Replies that
 * wait for a batch of table updates stand in a queue, in the order of the update ring.
 */
#ifndef FRL_FW_ADMIN_H
#define FRL_FW_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "op.h"
#include "vq.h"

#define ADMIN_PENDING 1024
/* RULE_CREATE messages in the longest frame. */
#define ADMIN_SUMS (FRL_MAX_FRAME / (sizeof(struct frl_msg) + sizeof(struct frl_rule)))

/* A frame in the backlog, behind it `len` bytes of messages. */
struct admin_frame {
	uint32_t len;
	uint32_t at;   /* Next message. */
	uint32_t pos;  /* Entries of the update ring that must be finished: the sums are there. */
	uint16_t next; /* Sum of the next RULE_CREATE. */
	bool failed;   /* The hardware did not take a batch with its sums. */
	uint64_t sum[]; /* ADMIN_SUMS sums of the lookup hash, one for each RULE_CREATE; then the messages. */
};

struct admin_pending {
	uint32_t pos; /* Entries of the update ring that must be finished. */
	uint32_t seq;
	uint16_t opcode;
	uint16_t len;
	bool failed;
	uint64_t body[2];
};

struct admin {
	struct vq rx, tx;
	uint16_t *tx_free; /* Transmit buffers that are not in use. */
	uint32_t tx_free_count;
	bool tx_open; /* tx_id is being filled. */
	uint16_t tx_id;
	uint32_t tx_len;
	bool tx_wanted; /* An interrupt tells when a transmit buffer comes back. */

	uint8_t *frames; /* Ring of the backlog. */
	uint32_t frame_count;
	uint32_t frame_first;
	uint32_t frame_used;
	uint32_t frame_hashed; /* Frames whose keys were given to the hardware to hash. */
	uint64_t sum;	       /* Of the key in the RULE_CREATE that is worked on, */
	bool sum_failed;       /* which the hardware did not make. */

	struct admin_pending *pending; /* Ring. */
	uint32_t pending_first;
	uint32_t pending_used;

	bool hello; /* The driver has said HELLO. */
	uint64_t features;
	struct reply reply;

	uint32_t dropped;      /* Frames that did not come from the host, or were no messages. */
	uint32_t refused_full; /* Messages refused because the backlog was full. */
	uint32_t messages;
};

void admin_alloc(struct admin *ad, struct arena *a, uint16_t rx_size, uint16_t tx_size,
		 uint32_t frames);
/* Fills the receive queue, once the queues are enabled. */
void admin_start(struct card *c);
/* Interrupt FWQ: takes frames from the receive queue. */
void admin_receive(struct card *c);
/* Works on the backlog until it is empty or waits for hardware. */
void admin_work(struct card *c);
/* A batch of updates is finished, or transmit buffers have come back: sends what waited for it. */
void admin_replies(struct card *c);
/* The finished batch had an error: what waited for it has failed. */
void admin_batch_failed(struct card *c);
/* The same for the sums of frames in the backlog. */
void admin_sums_failed(struct card *c);
/* Sends what has been gathered. */
void admin_flush(struct card *c);
/* Sends an event when the driver has said HELLO; false when there is no buffer for it now. */
bool admin_event(struct card *c, uint16_t opcode, const void *body, uint32_t len);
/* The PF's driver has gone or was reset: no events before the next HELLO, and counters stay here. Tables stay as
 * they are: forwarding goes on.
 */
void admin_host_gone(struct card *c);

#endif
