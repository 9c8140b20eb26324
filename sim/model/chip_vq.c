// SPDX-License-Identifier: BSD-3-Clause
/*
 * Split virtqueues (virtio 1.2, 2.7), what both directions share: available index, descriptor chains, used ring,
 * interrupts. Everything that a driver wrote is read once and checked here.
 */
#include "chip.h"

#include <linux/virtio_ring.h>
#include <string.h>

bool chip_queue_runs(const struct frl_rtl *chip, const struct chip_queue *queue)
{
	return queue->enabled && chip->fn[queue->fn].driver_ok && !queue->stopped;
}

void chip_queue_live(struct frl_rtl *chip, const struct chip_queue *queue, bool live)
{
	uint64_t bit = UINT64_C(1) << queue->pair;

	chip->live[queue->tx] = live ? chip->live[queue->tx] | bit : chip->live[queue->tx] & ~bit;
}

void chip_queue_start(struct chip_queue *queue, uint16_t index)
{
	queue->next = queue->known = queue->used = index;
	queue->want = true;
	queue->asked = false;
	queue->stopped = FRL_QUEUE_ERROR_NONE;
}

void chip_queue_stop(struct frl_rtl *chip, struct chip_queue *queue, uint8_t error)
{
	if (queue->stopped)
		return;
	queue->stopped = error;
	chip_fn_queue_stopped(chip, queue->fn);
}

bool chip_queue_at_rest(const struct frl_rtl *chip, const struct chip_queue *queue)
{
	const struct chip_frame *first = STAILQ_FIRST(&chip->rx.frames);

	if (queue->looking)
		return false;
	if (queue->tx)
		return chip->tx[queue->pair].state == CHIP_BUFFER_IDLE;
	return chip->rx.state == CHIP_BUFFER_IDLE || first->queue != queue;
}

/* ---- Available ring ---- */

bool chip_queue_index(struct frl_rtl *chip, struct chip_queue *queue, const uint16_t avail[2],
		      int status)
{
	uint16_t index = avail[1];
	uint16_t ahead = index - queue->next, news = index - queue->known;

	/* An index neither goes back nor further than the ring is long. */
	if (status < 0 || (news && (ahead == 0 || ahead > queue->size || news > queue->size))) {
		if (queue->enabled && chip->fn[queue->fn].driver_ok)
			chip_queue_stop(chip, queue,
					status < 0 ? FRL_QUEUE_ERROR_DMA : FRL_QUEUE_ERROR_INDEX);
		return false;
	}
	queue->known = index;
	return true;
}

void chip_queue_claim(struct frl_rtl *chip, struct chip_queue *queue, struct chip_read *read,
		      uint16_t *entry)
{
	uint64_t place = queue->next & (queue->size - 1u);

	chip_read(chip, read, queue->fn,
		  queue->driver + offsetof(struct vring_avail, ring) + 2 * place, entry, 2);
	queue->next++;
	/* What was added meanwhile is seen without a notification, before the queue goes to sleep. */
	if (queue->next == queue->known)
		queue->want = true;
}

/* Read the index for one of its reasons. */
static void look(struct frl_rtl *chip, struct chip_queue *queue)
{
	queue->want = false;
	queue->answering = queue->asked;
	queue->asked = false;
	queue->looking = true;
	chip_read(chip, &queue->look, queue->fn, queue->driver, queue->avail, 4);
}

static void looked(struct frl_rtl *chip, struct chip_queue *queue)
{
	struct chip_fn *fn = &chip->fn[queue->fn];

	queue->looking = false;
	if (!chip_queue_index(chip, queue, queue->avail, queue->look.status) || !queue->answering ||
	    queue->avail[0] & VRING_AVAIL_F_NO_INTERRUPT || !queue->enabled || !fn->driver_ok ||
	    queue->vector == FRL_MSIX_NONE)
		return;
	fn->isr_queue = true;
	chip_msix(chip, queue->fn, queue->vector);
}

static bool look_due(const struct frl_rtl *chip, const struct chip_queue *queue)
{
	if (queue->looking)
		return !queue->look.pending;
	return (queue->want || queue->asked) && chip_queue_runs(chip, queue);
}

/* ---- Descriptor chains ---- */

static void chain_end(struct chip_chain *chain, uint8_t error)
{
	chain->done = true;
	chain->error = error;
}

static void ask_descriptor(struct frl_rtl *chip, const struct chip_queue *queue,
			   struct chip_chain *chain, uint16_t index)
{
	if (index >= queue->size)
		chain_end(chain, FRL_QUEUE_ERROR_INDEX);
	else
		chip_read(chip, &chain->read, queue->fn,
			  queue->desc + (uint64_t)index * sizeof(struct vring_desc), chain->desc,
			  sizeof(chain->desc));
}

void chip_chain_start(struct frl_rtl *chip, const struct chip_queue *queue,
		      struct chip_chain *chain, uint16_t head, uint32_t need)
{
	chain->head = head;
	chain->need = need;
	chain->total = 0;
	chain->segs = 0;
	chain->done = false;
	chain->error = FRL_QUEUE_ERROR_NONE;
	ask_descriptor(chip, queue, chain, head);
}

/* What is wrong with a descriptor, if anything; `more`: another one is needed behind it. */
static uint8_t check(const struct chip_queue *queue, const struct chip_chain *chain,
		     const struct vring_desc *desc, bool more)
{
	uint64_t total = (uint64_t)chain->total + desc->len;
	unsigned int limit = queue->size < CHIP_SEGS ? queue->size : CHIP_SEGS;

	if (chain->read.status < 0)
		return FRL_QUEUE_ERROR_DMA;
	if (desc->flags & VRING_DESC_F_INDIRECT)
		return FRL_QUEUE_ERROR_FLAGS;
	if (!(desc->flags & VRING_DESC_F_WRITE) != queue->tx)
		return FRL_QUEUE_ERROR_DIRECTION;
	if (desc->len == 0 || (queue->tx && total > chain->need) ||
	    (!queue->tx && total < chain->need && !more))
		return FRL_QUEUE_ERROR_LENGTH;
	if (more && chain->segs + 1 == limit)
		return FRL_QUEUE_ERROR_LOOP;
	return FRL_QUEUE_ERROR_NONE;
}

void chip_chain_next(struct frl_rtl *chip, const struct chip_queue *queue, struct chip_chain *chain)
{
	struct vring_desc desc;
	uint32_t left = chain->need - chain->total;
	bool more;
	uint8_t error;

	memcpy(&desc, chain->desc, sizeof(desc));
	more = desc.flags & VRING_DESC_F_NEXT && (queue->tx || desc.len < left);
	error = check(queue, chain, &desc, more);
	if (error) {
		chain_end(chain, error);
		return;
	}
	chain->seg[chain->segs].addr = desc.addr;
	/* What a receive buffer has beyond the frame is not touched. */
	chain->seg[chain->segs].len = desc.len < left ? desc.len : left;
	chain->total += chain->seg[chain->segs++].len;
	if (more)
		ask_descriptor(chip, queue, chain, desc.next);
	else
		chain_end(chain, FRL_QUEUE_ERROR_NONE);
}

/* ---- Used ring ---- */

void chip_queue_used(struct frl_rtl *chip, struct chip_queue *queue, uint16_t head, uint32_t len)
{
	struct vring_used_elem elem = { .id = head, .len = len };
	uint64_t place = queue->used & (queue->size - 1u);

	chip_write(chip, queue->fn,
		   queue->device + offsetof(struct vring_used, ring) + sizeof(elem) * place, &elem,
		   sizeof(elem));
	queue->used++;
	chip_write(chip, queue->fn, queue->device + offsetof(struct vring_used, idx), &queue->used,
		   2);
	if (queue->vector != FRL_MSIX_NONE)
		queue->asked = true;
}

/* ---- A cycle ---- */

static bool direction_busy(const struct frl_rtl *chip, bool tx)
{
	for (uint64_t left = chip->live[tx]; left; left &= left - 1) {
		const struct chip_queue *queue = &chip->queues[2 * __builtin_ctzll(left) + tx];

		if (look_due(chip, queue) || (tx && chip_tx_busy(chip, queue)))
			return true;
	}
	return false;
}

bool chip_vq_busy(const struct frl_rtl *chip)
{
	return direction_busy(chip, false) || direction_busy(chip, true) || chip_rx_busy(chip);
}

static void look_all(struct frl_rtl *chip, bool tx)
{
	for (uint64_t left = chip->live[tx]; left; left &= left - 1) {
		struct chip_queue *queue = &chip->queues[2 * __builtin_ctzll(left) + tx];

		if (!queue->looking && look_due(chip, queue))
			look(chip, queue);
		if (queue->looking && !queue->look.pending)
			looked(chip, queue);
	}
}

void chip_vq_step(struct frl_rtl *chip)
{
	chip_rx_step(chip);
	look_all(chip, false);
	look_all(chip, true);
}
