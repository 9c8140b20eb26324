// SPDX-License-Identifier: BSD-3-Clause
/* DMA: each client has one read in flight, writes and messages take effect at once and so in order. */
#include "chip.h"

#include <errno.h>
#include <string.h>

void chip_read(struct frl_rtl *chip, struct chip_read *read, unsigned int fn, uint64_t addr,
	       void *buf, uint32_t len)
{
	uint32_t ticket = chip->next_ticket++;
	int status = chip->ops->dma_read
			     ? chip->ops->dma_read(chip->arg, fn, addr, buf, len, ticket)
			     : -EFAULT;

	read->pending = status == FRL_RTL_LATER;
	read->status = status;
	read->ticket = ticket;
	read->buf = buf;
	read->len = len;
	if (read->pending)
		LIST_INSERT_HEAD(&chip->reads, read, link);
}

void frl_rtl_dma_complete(struct frl_rtl *chip, uint32_t ticket, int status, const void *buf,
			  uint32_t len)
{
	struct chip_read *read;

	LIST_FOREACH(read, &chip->reads, link) {
		if (read->ticket == ticket)
			break;
	}
	if (!read)
		return;
	LIST_REMOVE(read, link);
	read->pending = false;
	read->status = status < 0 ? status : 0;
	if (!status && len != read->len)
		read->status = -EIO;
	if (!read->status)
		memcpy(read->buf, buf, len);
}

void chip_write(struct frl_rtl *chip, unsigned int fn, uint64_t addr, const void *buf, uint32_t len)
{
	if (chip->ops->dma_write)
		chip->ops->dma_write(chip->arg, fn, addr, buf, len);
}

void chip_msix(struct frl_rtl *chip, unsigned int fn, unsigned int vector)
{
	if (fn == FRL_FN_FW)
		chip_irq(chip, FRL_IRQ_FWQ);
	else if (chip->ops->msix)
		chip->ops->msix(chip->arg, fn, vector);
}
