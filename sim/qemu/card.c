// SPDX-License-Identifier: GPL-2.0-or-later
/* Connection to the simulator, registers, DMA and interrupts; see card.h. */
#include "card.h"

#include "hw/pci/msix.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"

/* Data of QEMU's program, which a program that only starts it does not have. */
#pragma weak main_loop_tlg

/* A simulator that has just been started needs that long at most, verilated and on a busy machine. */
#define OPEN_MS 60000
/* Between two looks for a simulator that is gone. Nothing tells when a socket appears. */
#define RETRY_MS 100

static void on_card(void *opaque);
static void on_greeting(void *opaque);

/* ---- What the card asks of the machine ---- */

/*
 * Bus mastering, an IOMMU and the memory map decide. Memory only: an address of a register, of the card itself for one,
 * would lead back here in the middle of a call.
 */
static int dma(struct card *card, uint16_t fn, uint64_t addr, void *buf, uint32_t len,
	       DMADirection direction)
{
	const MemTxAttrs attrs = { .memory = 1 };
	struct card_fn *function = fn < FRL_N_FNS ? &card->fns[fn] : NULL;

	if (!function || !function->pci)
		return -ENODEV;
	if (pci_dma_rw(function->pci, addr, buf, len, direction, attrs) == MEMTX_OK)
		return 0;
	function->dma_faults++;
	return -EFAULT;
}

static int dma_read(void *arg, uint16_t fn, uint64_t addr, void *buf, uint32_t len)
{
	return dma(arg, fn, addr, buf, len, DMA_DIRECTION_TO_DEVICE);
}

static int dma_write(void *arg, uint16_t fn, uint64_t addr, const void *buf, uint32_t len)
{
	return dma(arg, fn, addr, (void *)buf, len, DMA_DIRECTION_FROM_DEVICE);
}

/* Delivered when the link is left: an interrupt is a memory write, to wherever its table entry says. */
static void raise_vector(void *arg, uint16_t fn, uint16_t vector)
{
	struct card *card = arg;

	if (fn < FRL_N_FNS && vector < CARD_VECTORS)
		set_bit(vector, card->fns[fn].raised);
}

static const struct frl_link_ops ops = { dma_read, dma_write, raise_vector };

static void deliver(struct card *card)
{
	if (card->delivering)
		return; /* whoever delivers finds these too */
	card->delivering = true;
	for (unsigned int fn = 0; fn < FRL_N_FNS; fn++) {
		struct card_fn *function = &card->fns[fn];
		unsigned long vector;

		while ((vector = find_first_bit(function->raised, CARD_VECTORS)) < CARD_VECTORS) {
			clear_bit(vector, function->raised);
			if (function->pci && vector < msix_nr_vectors_allocated(function->pci))
				msix_notify(function->pci, (unsigned int)vector);
		}
	}
	card->delivering = false;
}

/* ---- The simulator goes and comes ---- */

static void look_again(struct card *card)
{
	timer_mod(card->retry, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + RETRY_MS);
}

static void drop(struct frl_link **link)
{
	if (!*link)
		return;
	qemu_set_fd_handler(frl_link_fd(*link), NULL, NULL, NULL);
	frl_link_close(*link);
	*link = NULL;
}

static bool enter(struct card *card)
{
	if (!card->link || card->busy)
		return false;
	card->busy = true;
	return true;
}

/* After a call of the link: what came meanwhile takes effect, and a card that is gone or hangs is given up. */
static int leave(struct card *card, int err)
{
	card->busy = false;
	deliver(card);
	if (card->link && (err == -ENOTCONN || err == -ETIMEDOUT)) {
		warn_report(
			"ferrule: the simulator at %s %s: registers read all ones until it is back",
			card->socket, err == -ENOTCONN ? "is gone" : "does not answer");
		drop(&card->link);
		look_again(card);
	}
	return err;
}

static void on_card(void *opaque)
{
	struct card *card = opaque;

	if (enter(card))
		leave(card, frl_link_service(card->link, &ops, card));
}

static void use(struct card *card, struct frl_link *link)
{
	card->link = link;
	frl_link_serve_in_calls(link, &ops, card);
	qemu_set_fd_handler(frl_link_fd(link), on_card, NULL, card);
}

/* The bus shows what the first card was: one of other sizes cannot take its place. */
static bool same_card(struct card *card, const struct frl_link_card *info)
{
	if (!memcmp(info, &card->info, sizeof(*info)))
		return true;
	if (!card->differs)
		warn_report(
			"ferrule: another card than before is at %s; start the simulator with the board file it had",
			card->socket);
	card->differs = true;
	return false;
}

static void on_greeting(void *opaque)
{
	struct card *card = opaque;
	struct frl_link *link = card->coming;
	int err = frl_link_finish(link);

	if (err == -EAGAIN)
		return;
	if (err || !same_card(card, frl_link_card(link))) {
		drop(&card->coming);
		look_again(card);
		return;
	}
	card->coming = NULL;
	card->differs = false;
	use(card, link);
	info_report("ferrule: the simulator at %s is back; the card is as after power on",
		    card->socket);
	card_set_vfs(card, card->num_vfs);
}

static void on_retry(void *opaque)
{
	struct card *card = opaque;

	if (frl_link_begin(card->socket, &card->coming))
		look_again(card);
	else
		qemu_set_fd_handler(frl_link_fd(card->coming), on_greeting, NULL, card);
}

static const char *why_not(int err)
{
	switch (err) {
	case -ETIMEDOUT:
		return "nobody answers there; start ferrule-sim with --pf <this path> first";
	case -EBUSY:
		return "it has a driver already, another QEMU or a DPDK program";
	case -EPROTO:
		return "what answers speaks another version of the protocol; run make, and start ferrule-sim again";
	default:
		return strerror(-err);
	}
}

bool card_open(struct card *card, const char *socket, Error **errp)
{
	struct frl_link *link;
	int err = frl_link_connect(socket, OPEN_MS, &link);

	if (err) {
		error_setg(errp, "no card at %s: %s", socket, why_not(err));
		return false;
	}
	card->socket = socket;
	card->info = *frl_link_card(link);
	card->retry = timer_new_ms(QEMU_CLOCK_REALTIME, on_retry, card);
	use(card, link);
	return true;
}

void card_close(struct card *card)
{
	if (card->retry)
		timer_free(card->retry);
	card->retry = NULL;
	drop(&card->coming);
	drop(&card->link);
}

/* ---- What the machine asks of the card ---- */

void card_attach(struct card *card, unsigned int fn, PCIDevice *pci)
{
	bitmap_zero(card->fns[fn].raised, CARD_VECTORS);
	card->fns[fn].pci = pci;
}

void card_detach(struct card *card, unsigned int fn)
{
	card->fns[fn].pci = NULL;
}

uint64_t card_read(struct card *card, unsigned int fn, uint32_t offset, unsigned int size)
{
	uint64_t value, ones = MAKE_64BIT_MASK(0, 8 * size);

	if (!enter(card) ||
	    leave(card, frl_link_read(card->link, (uint16_t)fn, offset, size, &value)))
		return ones;
	return value & ones;
}

void card_write(struct card *card, unsigned int fn, uint32_t offset, unsigned int size,
		uint64_t value)
{
	if (enter(card))
		leave(card, frl_link_write(card->link, (uint16_t)fn, offset, size, value));
}

bool card_serves(struct card *card, unsigned int fn)
{
	uint64_t status;

	return !enter(card) || leave(card, frl_link_read(card->link, (uint16_t)fn,
							 FRL_REG_FN_STATUS, 1, &status)) != -ENODEV;
}

void card_reset(struct card *card, unsigned int fn)
{
	if (enter(card))
		leave(card, frl_link_reset(card->link, (uint16_t)fn));
}

void card_set_vfs(struct card *card, unsigned int num_vfs)
{
	card->num_vfs = num_vfs;
	if (enter(card))
		leave(card, frl_link_num_vfs(card->link, num_vfs));
}
