// SPDX-License-Identifier: BSD-3-Clause
/* Transmit queues: from an available buffer to a frame in the pipeline. */
#include "chip.h"

#include <linux/virtio_net.h>
#include <string.h>

static bool is_vf(const struct chip_queue *queue)
{
	return queue->fn != FRL_FN_PF && queue->fn != FRL_FN_FW;
}

static uint32_t header_bytes(const struct chip_queue *queue)
{
	return is_vf(queue) ? FRL_VIRTIO_HDR_BYTES : FRL_META_HDR_BYTES;
}

/* A VF's frame comes from its port, and asks for nothing that was not negotiated (virtio 1.2, 5.1.6.2). */
static uint8_t vf_header(const struct chip_queue *queue, const uint8_t *bytes,
			 struct frl_model_meta *meta)
{
	struct virtio_net_hdr hdr;

	memcpy(&hdr, bytes, sizeof(hdr));
	meta->src_port = FRL_PORT_VF0 + queue->fn - FRL_FN_VF0;
	return hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM || hdr.gso_type ? FRL_DROP_TX_HEADER
								       : FRL_DROP_NONE;
}

/* Host and firmware name the destination, or the port that the frame shall seem to come from. */
static uint8_t meta_header(const struct frl_rtl *chip, const struct chip_queue *queue,
			   const uint8_t *bytes, struct frl_model_meta *meta)
{
	struct frl_pkt_meta hdr;

	memcpy(&hdr, bytes, sizeof(hdr));
	meta->mark = hdr.mark;
	meta->direct = hdr.flags & FRL_META_FLAG_DIRECT;
	meta->dst_port = hdr.dst_port;
	if (meta->direct) {
		meta->src_port = queue->fn == FRL_FN_FW ? FRL_PORT_FW : FRL_PORT_HOST;
		return FRL_DROP_NONE;
	}
	meta->src_port = hdr.src_port;
	meta->table_id = hdr.table_id;
	meta->ct_state = hdr.ct_state;
	meta->ct_zone = hdr.ct_zone;
	meta->ct_mark = hdr.ct_mark;
	if (hdr.src_port < chip->config.wires ||
	    (hdr.src_port >= FRL_PORT_VF0 && hdr.src_port < FRL_PORT_VF0 + chip->config.vfs))
		return FRL_DROP_NONE;
	return FRL_DROP_NO_SUCH_PORT;
}

/* The whole buffer is here: give it back, and send the frame on its way. */
static void send(struct frl_rtl *chip, struct chip_queue *queue, const struct chip_tx *tx)
{
	struct frl_model_meta meta = { 0 };
	uint32_t header = header_bytes(queue);
	uint8_t drop = is_vf(queue) ? vf_header(queue, tx->bytes, &meta)
				    : meta_header(chip, queue, tx->bytes, &meta);

	chip_queue_used(chip, queue, tx->chain.head, 0);
	if (drop)
		chip_count_drop(chip, drop);
	else
		chip_frame_in(chip, &meta, tx->bytes + header, tx->got - header);
}

static void read_segment(struct frl_rtl *chip, const struct chip_queue *queue, struct chip_tx *tx)
{
	chip_read(chip, &tx->read, queue->fn, tx->chain.seg[tx->seg].addr, tx->bytes + tx->got,
		  tx->chain.seg[tx->seg].len);
}

/* Chain complete or wrong. A queue that was stopped meanwhile keeps the buffer. */
static void chain_done(struct frl_rtl *chip, struct chip_queue *queue, struct chip_tx *tx)
{
	uint8_t error = tx->chain.error;

	if (!error && tx->chain.total <= header_bytes(queue))
		error = FRL_QUEUE_ERROR_LENGTH;
	tx->state = CHIP_BUFFER_IDLE;
	if (queue->stopped)
		return;
	if (error) {
		chip_queue_stop(chip, queue, error);
		return;
	}
	tx->state = CHIP_BUFFER_DATA;
	tx->seg = 0;
	tx->got = 0;
	read_segment(chip, queue, tx);
}

/* From here on the buffer is taken; a queue that does not run any more leaves it to its driver. */
static void entry_came(struct frl_rtl *chip, struct chip_queue *queue, struct chip_tx *tx)
{
	tx->state = CHIP_BUFFER_IDLE;
	if (!chip_queue_runs(chip, queue))
		return;
	if (tx->read.status < 0) {
		chip_queue_stop(chip, queue, FRL_QUEUE_ERROR_DMA);
		return;
	}
	tx->state = CHIP_BUFFER_CHAIN;
	chip_chain_start(chip, queue, &tx->chain, tx->entry, CHIP_TX_MAX);
}

/* A segment came; true when the frame went. */
static bool segment_done(struct frl_rtl *chip, struct chip_queue *queue, struct chip_tx *tx)
{
	if (tx->read.status < 0) {
		tx->state = CHIP_BUFFER_IDLE;
		chip_queue_stop(chip, queue, FRL_QUEUE_ERROR_DMA);
		chip_count_drop(chip, FRL_DROP_DMA_ERROR);
		return false;
	}
	tx->got += tx->chain.seg[tx->seg].len;
	if (++tx->seg < tx->chain.segs) {
		read_segment(chip, queue, tx);
		return false;
	}
	tx->state = CHIP_BUFFER_IDLE;
	send(chip, queue, tx);
	return true;
}

static bool waits(const struct chip_tx *tx)
{
	return tx->state == CHIP_BUFFER_CHAIN ? tx->chain.read.pending && !tx->chain.done
					      : tx->read.pending;
}

bool chip_tx_busy(const struct frl_rtl *chip, const struct chip_queue *queue)
{
	const struct chip_tx *tx = &chip->tx[queue->pair];

	if (tx->state != CHIP_BUFFER_IDLE)
		return !waits(tx);
	return queue->next != queue->known && chip_queue_runs(chip, queue);
}

/* As far as it goes without waiting; true when a frame went. */
static bool run(struct frl_rtl *chip, struct chip_queue *queue)
{
	struct chip_tx *tx = &chip->tx[queue->pair];

	while (chip_tx_busy(chip, queue)) {
		switch (tx->state) {
		case CHIP_BUFFER_IDLE:
			chip_queue_claim(chip, queue, &tx->read, &tx->entry);
			tx->state = CHIP_BUFFER_ENTRY;
			break;
		case CHIP_BUFFER_ENTRY:
			entry_came(chip, queue, tx);
			break;
		case CHIP_BUFFER_CHAIN:
			if (!tx->chain.done)
				chip_chain_next(chip, queue, &tx->chain);
			else
				chain_done(chip, queue, tx);
			break;
		default:
			if (segment_done(chip, queue, tx))
				return true;
		}
	}
	return false;
}

/* The first of some pairs that has a frame. */
static bool run_one(struct frl_rtl *chip, uint64_t pairs)
{
	for (; pairs; pairs &= pairs - 1) {
		unsigned int pair = (unsigned int)__builtin_ctzll(pairs);

		if (run(chip, &chip->queues[2 * pair + 1])) {
			chip->tx_turn = (pair + 1) % CHIP_PAIRS;
			return true;
		}
	}
	return false;
}

void chip_tx_step(struct frl_rtl *chip)
{
	uint64_t behind = UINT64_MAX << chip->tx_turn;

	if (!run_one(chip, chip->live[1] & behind))
		run_one(chip, chip->live[1] & ~behind);
}
