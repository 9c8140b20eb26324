// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Virtqueues of the PF: memory, start and stop (virtio 1.2, 4.1.4.3). The rings are
 * driver/common/frl_vring.c.
 */
#include <linux/iopoll.h>

#include "frl.h"

#define REG_QUEUE_SELECT (FRL_REG_FN_STATUS + 2)
#define REG_QUEUE_VECTOR (FRL_REG_FN_QUEUE_SIZE + 2)
#define REG_QUEUE_RESET	 (FRL_REG_FN_QUEUE_RESET + 2)

#define POLL_US 200

/**
 * frl_queue_alloc() - memory of a queue
 * @pf: card
 * @q: queue, zero
 * @size: descriptors, a power of two from FRL_RING_MIN to FRL_QUEUE_SIZE_MAX
 * @extra: bytes of coherent memory behind the ring, see frl_queue_extra()
 *
 * Return: 0 or -ENOMEM.
 */
int frl_queue_alloc(struct frl_pf *pf, struct frl_queue *q, u16 size, size_t extra)
{
	q->size = size;
	q->extra = ALIGN(frl_vring_bytes(size), SMP_CACHE_BYTES);
	q->bytes = q->extra + extra;
	q->slots = kcalloc(size, sizeof(*q->slots), GFP_KERNEL);
	if (!q->slots)
		return -ENOMEM;
	q->mem = dma_alloc_coherent(&pf->pdev->dev, q->bytes, &q->dma, GFP_KERNEL);
	if (!q->mem) {
		kfree(q->slots);
		q->slots = NULL;
		return -ENOMEM;
	}
	frl_vring_init(&q->ring, q->mem, q->slots, size);
	return 0;
}

/**
 * frl_queue_free() - give the memory of a queue back
 * @pf: card
 * @q: queue; the card does not use it. May be zero.
 */
void frl_queue_free(struct frl_pf *pf, struct frl_queue *q)
{
	if (q->mem)
		dma_free_coherent(&pf->pdev->dev, q->bytes, q->mem, q->dma);
	kfree(q->slots);
	memset(q, 0, sizeof(*q));
}

/* What follows writes registers for the selected queue: fw_lock is held. */

static void select_queue(struct frl_pf *pf, const struct frl_queue *q)
{
	iowrite16(q->number, pf->regs + REG_QUEUE_SELECT);
}

static void write_address(struct frl_pf *pf, u32 reg, dma_addr_t dma)
{
	iowrite32(lower_32_bits(dma), pf->regs + reg);
	iowrite32(upper_32_bits(dma), pf->regs + reg + 4);
}

/**
 * frl_queue_arm() - let the card use a queue
 * @pf: card
 * @q: queue, with number and vector; its ring is initialised
 *
 * Return: 0, or -EIO when the card did not enable it (it may be gone).
 */
int frl_queue_arm(struct frl_pf *pf, struct frl_queue *q)
{
	lockdep_assert_held(&pf->fw_lock);
	select_queue(pf, q);
	iowrite16(q->size, pf->regs + FRL_REG_FN_QUEUE_SIZE);
	iowrite16(q->vector, pf->regs + REG_QUEUE_VECTOR);
	write_address(pf, FRL_REG_FN_QUEUE_DESC_LO, q->dma);
	write_address(pf, FRL_REG_FN_QUEUE_DRIVER_LO, q->dma + frl_vring_avail_offset(q->size));
	write_address(pf, FRL_REG_FN_QUEUE_DEVICE_LO, q->dma + frl_vring_used_offset(q->size));
	iowrite16(1, pf->regs + FRL_REG_FN_QUEUE_ENABLE);
	if (ioread16(pf->regs + FRL_REG_FN_QUEUE_ENABLE) != 1) {
		pci_err(pf->pdev, "card did not enable queue %u\n", q->number);
		return -EIO;
	}
	return 0;
}

static bool still_busy(struct frl_pf *pf)
{
	return ioread16(pf->regs + REG_QUEUE_RESET) == 1;
}

/**
 * frl_queue_release() - make the card let go of a queue
 * @pf: card; may be gone
 * @q: queue
 *
 * When this returns the card touches neither ring nor buffers: a card that does not stop is cut
 * off from memory, and recovery resets it.
 */
void frl_queue_release(struct frl_pf *pf, const struct frl_queue *q)
{
	bool busy;

	lockdep_assert_held(&pf->fw_lock);
	if (pf->state != FRL_PF_UP)
		return;
	select_queue(pf, q);
	iowrite16(1, pf->regs + REG_QUEUE_RESET);
	if (!read_poll_timeout(still_busy, busy, !busy, POLL_US, FRL_RESET_S * USEC_PER_SEC, false,
			       pf))
		return;
	pci_clear_master(pf->pdev);
	frl_pf_lost(pf, "a queue did not stop");
}

/**
 * frl_queue_why() - why the card stopped a queue
 * @pf: card
 * @q: queue
 *
 * Return: text of enum frl_queue_error, for people.
 */
const char *frl_queue_why(struct frl_pf *pf, const struct frl_queue *q)
{
	u32 code;

	lockdep_assert_held(&pf->fw_lock);
	select_queue(pf, q);
	code = ioread32(pf->regs + FRL_REG_FN_QUEUE_ERROR);
	if (code == U32_MAX)
		return "gone";
	return frl_queue_error_text(code & FRL_REG_FN_QUEUE_ERROR_CODE_MASK);
}

/**
 * frl_queue_has_used() - whether the card has given a buffer back
 * @q: queue
 *
 * Return: true when frl_vring_take() would have something to do.
 */
bool frl_queue_has_used(const struct frl_queue *q)
{
	return !q->ring.broken && READ_ONCE(q->ring.used->idx) != q->ring.last_used;
}

/**
 * frl_queue_interrupts() - ask for interrupts, or for none (virtio 1.2, 2.7.7)
 * @q: queue
 * @on: ask for them
 *
 * After switching them on look once more: what the card gave back before raises none.
 */
void frl_queue_interrupts(struct frl_queue *q, bool on)
{
	WRITE_ONCE(q->ring.avail->flags, on ? 0 : FRL_VRING_NO_INTERRUPT);
	if (!on)
		return;
	/* The flag before the look at the used index that the caller takes (2.7.10.1). */
	mb();
}
