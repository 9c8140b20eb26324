/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card behind the functions: ferrule-sim at the other end of the PF socket (sim/link/frl_link.h). It may end at any
 * time and come back; everything here is called, and calls back, under the big QEMU lock.
 */
#ifndef SIM_QEMU_CARD_H
#define SIM_QEMU_CARD_H

#include "qemu/osdep.h"

#include "hw/pci/pci.h"
#include "qemu/timer.h"

#include "frl_chip.h"
#include "frl_link.h"

/* The card's limit: one of PCIe's own is 2048. */
#define CARD_VECTORS 128

/* What the card reaches of the machine. */
struct card_fn {
	PCIDevice *pci;	     /* NULL: no such function now */
	uint64_t dma_faults; /* accesses that bus mastering, an IOMMU or the memory map refused */
	DECLARE_BITMAP(raised, CARD_VECTORS); /* interrupts to be delivered */
};

struct card {
	const char *socket;
	struct frl_link *link;	 /* NULL: the simulator is gone */
	struct frl_link *coming; /* connected, and not answered yet */
	QEMUTimer *retry;
	struct frl_link_card info;
	unsigned int num_vfs;
	bool busy;	 /* in a call of the link, which its callbacks must not enter */
	bool delivering; /* interrupts, which may write to registers */
	bool differs;	 /* another card came back, and was told of */
	struct card_fn fns[FRL_N_FNS];
};

/* Wait for the simulator at `socket` (kept) and learn what it is. */
bool card_open(struct card *card, const char *socket, Error **errp);
void card_close(struct card *card);

/* A function that is on the bus now; its DMA and interrupts are pci's. */
void card_attach(struct card *card, unsigned int fn, PCIDevice *pci);
void card_detach(struct card *card, unsigned int fn);

/* Registers. All ones when the card, or the function, is not there. */
uint64_t card_read(struct card *card, unsigned int fn, uint32_t offset, unsigned int size);
void card_write(struct card *card, unsigned int fn, uint32_t offset, unsigned int size,
		uint64_t value);

/* False: the card knows the function and does not serve it here. */
bool card_serves(struct card *card, unsigned int fn);

/* Function level reset. */
void card_reset(struct card *card, unsigned int fn);

/* Number of VFs from now on, also of a card that comes back. */
void card_set_vfs(struct card *card, unsigned int num_vfs);

#endif /* SIM_QEMU_CARD_H */
