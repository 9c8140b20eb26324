// SPDX-License-Identifier: BSD-3-Clause
/* Receive queues: frames towards the host interface, one after the other, into the buffers of their drivers. */
#include "chip.h"

#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>

static bool is_vf(const struct chip_queue *queue)
{
	return queue->fn != FRL_FN_PF && queue->fn != FRL_FN_FW;
}

/* struct virtio_net_hdr_mrg_rxbuf (virtio 1.2, 5.1.6), or struct frl_pkt_meta that begins with it. */
static uint32_t make_header(const struct chip_frame *frame, struct frl_pkt_meta *meta)
{
	const struct virtio_net_hdr_mrg_rxbuf virtio = { .num_buffers = 1 };

	*meta = (struct frl_pkt_meta){
		.src_port = frame->meta.src_port,
		.reason = frame->reason,
		.flags = (frame->rule_hit ? FRL_META_FLAG_RULE : 0) |
			 (frame->meta.mark ? FRL_META_FLAG_MARK : 0),
		.rule = frame->rule_hit ? frame->meta.rule : 0,
		.mark = frame->meta.mark,
		.table_id = frame->meta.table_id,
		.ct_state = frame->meta.ct_state,
		.ct_zone = frame->meta.ct_zone,
		.ct_mark = frame->meta.ct_mark,
	};
	memcpy(meta->virtio, &virtio, sizeof(virtio));
	return is_vf(frame->queue) ? FRL_VIRTIO_HDR_BYTES : FRL_META_HDR_BYTES;
}

static uint32_t bytes_needed(const struct chip_frame *frame)
{
	return (uint32_t)frame->len +
	       (is_vf(frame->queue) ? FRL_VIRTIO_HDR_BYTES : FRL_META_HDR_BYTES);
}

static void end_frame(struct frl_rtl *chip)
{
	struct chip_frame *frame = STAILQ_FIRST(&chip->rx.frames);

	STAILQ_REMOVE_HEAD(&chip->rx.frames, link);
	chip->rx.beats -= chip_beats(frame->len);
	chip->rx.state = CHIP_BUFFER_IDLE;
	chip->rx.looked = false;
	free(frame);
}

static void drop(struct frl_rtl *chip, enum frl_drop reason)
{
	chip_count_drop(chip, reason);
	end_frame(chip);
}

/* A frame that reached its driver counts for its ports, and for its reason when it went to the slow path. */
static void count(struct frl_rtl *chip, const struct chip_frame *frame)
{
	chip_count_port(chip, frame->port, FRL_PORT_COUNTER_TX, frame->len);
	if (frame->meta.direct && frame->meta.src_port == FRL_PORT_HOST)
		chip_count_port(chip, frame->port, FRL_PORT_COUNTER_TX_SLOW, frame->len);
	if (frame->port != FRL_PORT_HOST || frame->reason == FRL_PUNT_NONE)
		return;
	chip_count_port(chip, frame->meta.src_port, FRL_PORT_COUNTER_RX_SLOW, frame->len);
	chip_count(chip, FRL_COUNTER_PUNT(chip_sizes.tables.rules) + frame->reason, frame->len);
}

/* Header and frame are one stream of bytes, cut at the segments of the buffer. */
static void deliver(struct frl_rtl *chip)
{
	static uint8_t stream[sizeof(struct frl_pkt_meta) + FRL_MODEL_FRAME_MAX];
	const struct chip_frame *frame = STAILQ_FIRST(&chip->rx.frames);
	const struct chip_chain *chain = &chip->rx.chain;
	struct frl_pkt_meta meta;
	uint32_t header = make_header(frame, &meta), at = 0;

	memcpy(stream, &meta, header);
	memcpy(stream + header, frame->bytes, frame->len);
	for (unsigned int i = 0; i < chain->segs; i++) {
		chip_write(chip, frame->queue->fn, chain->seg[i].addr, stream + at,
			   chain->seg[i].len);
		at += chain->seg[i].len;
	}
	chip_queue_used(chip, frame->queue, chain->head, at);
	count(chip, frame);
	end_frame(chip);
}

/* The frame's buffer cannot be used: the queue stops. */
static void refuse(struct frl_rtl *chip, uint8_t error)
{
	chip_queue_stop(chip, STAILQ_FIRST(&chip->rx.frames)->queue, error);
	drop(chip, error == FRL_QUEUE_ERROR_DMA	     ? FRL_DROP_DMA_ERROR
		   : error == FRL_QUEUE_ERROR_LENGTH ? FRL_DROP_BUFFER_SHORT
						     : FRL_DROP_QUEUE_STOPPED);
}

/* Find a buffer; read the index, once, when none is known. */
static void begin(struct frl_rtl *chip, struct chip_queue *queue)
{
	if (!chip_queue_runs(chip, queue)) {
		drop(chip, FRL_DROP_QUEUE_STOPPED);
	} else if (queue->next != queue->known) {
		chip_queue_claim(chip, queue, &chip->rx.read, &chip->rx.entry);
		chip->rx.state = CHIP_BUFFER_ENTRY;
	} else if (chip->rx.looked) {
		drop(chip, FRL_DROP_NO_BUFFER);
	} else {
		chip->rx.looked = true;
		chip->rx.state = CHIP_BUFFER_INDEX;
		chip_read(chip, &chip->rx.read, queue->fn, queue->driver, chip->rx.avail, 4);
	}
}

static void chain_done(struct frl_rtl *chip, const struct chip_queue *queue)
{
	if (queue->stopped)
		drop(chip, FRL_DROP_QUEUE_STOPPED);
	else if (chip->rx.chain.error)
		refuse(chip, chip->rx.chain.error);
	else
		deliver(chip);
}

bool chip_rx_busy(const struct frl_rtl *chip)
{
	if (STAILQ_EMPTY(&chip->rx.frames))
		return false;
	return chip->rx.state == CHIP_BUFFER_CHAIN
		       ? chip->rx.chain.done || !chip->rx.chain.read.pending
		       : chip->rx.state == CHIP_BUFFER_IDLE || !chip->rx.read.pending;
}

void chip_rx_step(struct frl_rtl *chip)
{
	while (chip_rx_busy(chip)) {
		const struct chip_frame *frame = STAILQ_FIRST(&chip->rx.frames);
		struct chip_queue *queue = frame->queue;

		switch (chip->rx.state) {
		case CHIP_BUFFER_INDEX:
			chip->rx.state = CHIP_BUFFER_IDLE;
			chip_queue_index(chip, queue, chip->rx.avail, chip->rx.read.status);
			break;
		case CHIP_BUFFER_ENTRY:
			chip->rx.state = CHIP_BUFFER_CHAIN;
			if (chip->rx.read.status < 0)
				refuse(chip, FRL_QUEUE_ERROR_DMA);
			else
				chip_chain_start(chip, queue, &chip->rx.chain, chip->rx.entry,
						 bytes_needed(frame));
			break;
		case CHIP_BUFFER_CHAIN:
			if (chip->rx.chain.done)
				chain_done(chip, queue);
			else
				chip_chain_next(chip, queue, &chip->rx.chain);
			break;
		default:
			begin(chip, queue);
		}
	}
}
