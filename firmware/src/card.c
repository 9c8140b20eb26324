/* SPDX-License-Identifier: BSD-3-Clause */
#include "card.h"

#include <string.h>

#include "function.h"
#include "hal.h"
#include "log.h"

#define UPDATE_ENTRIES 512
#define TX_BUFFERS     64
#define RX_BUFFERS     256
#define MASKS_PER_BANK 16
#define TABLE_MAX      (1u << HANDLE_INDEX_BITS)
#define IRQ_ALL	       (FRL_IRQ_FWQ | FRL_IRQ_UPD | FRL_IRQ_LINK | FRL_IRQ_FN)

struct caps {
	uint32_t banks, slots, tcam, rules, legs, encaps, teams;
};

static const char *read_caps(uint64_t regs, struct caps *cap)
{
	uint32_t banks = hal_read32(regs + FRL_REG_CHIP_CAP_BANKS);

	if (hal_read32(regs + FRL_REG_CHIP_ID) != FRL_CHIP_ID)
		return "register ID is not the chip's";
	if (hal_read32(regs + FRL_REG_CHIP_VERSION) >> 16 != FRL_CHIP_VERSION >> 16)
		return "register map has another major version";
	cap->banks = banks & 0xff;
	cap->slots = banks >> 16;
	cap->tcam = hal_read32(regs + FRL_REG_CHIP_CAP_TCAM);
	cap->rules = hal_read32(regs + FRL_REG_CHIP_CAP_RULES);
	cap->legs = hal_read32(regs + FRL_REG_CHIP_CAP_LEGS);
	cap->encaps = hal_read32(regs + FRL_REG_CHIP_CAP_ENCAPS);
	cap->teams = hal_read32(regs + FRL_REG_CHIP_CAP_TEAMS);
	if (!cap->banks || cap->banks > BANKS_MAX || cap->slots < 2 * FRL_SLOT_WAYS ||
	    (cap->slots & (cap->slots - 1)))
		return "number of banks or slots is out of range";
	if (cap->tcam > TCAM_MAX)
		return "number of TCAM entries is out of range";
	if (!cap->rules || cap->rules > TABLE_MAX || cap->legs < 2 || cap->legs > 1u << 16 ||
	    !cap->encaps || cap->encaps > 1u << 16 || !cap->teams || cap->teams > 256)
		return "size of a table is out of range";
	return NULL;
}

/* A size that the blob does not give is the chip's to say. */
static bool agrees(uint32_t board, uint32_t chip)
{
	return !board || board == chip;
}

static bool board_agrees(const struct board_sizes *b, const struct caps *cap)
{
	return agrees(b->banks, cap->banks) && agrees(b->bank_slots, cap->slots) &&
	       agrees(b->tcam, cap->tcam) && agrees(b->rules, cap->rules) &&
	       agrees(b->legs, cap->legs) && agrees(b->encaps, cap->encaps) &&
	       agrees(b->teams, cap->teams);
}

/* Frames are the biggest part: as many as fit into half of the memory that is left. */
static void alloc_admin(struct card *c, struct arena *a)
{
	size_t room = (size_t)(a->end - a->next) / 2;
	uint16_t frames = RX_BUFFERS;

	while (frames > 8 && 2ul * frames * (FRL_MAX_FRAME + 128) > room)
		frames /= 2;
	admin_alloc(&c->admin, a, frames, TX_BUFFERS, frames);
}

static void alloc_tables(struct card *c, struct arena *a, const struct caps *cap)
{
	struct pool *pools[UPDATE_POOLS] = { &c->rules.pool, &c->actions.legs, &c->encaps.pool,
					     &c->teams.pool };

	update_alloc(&c->update, a, UPDATE_ENTRIES);
	memcpy(c->update.pools, pools, sizeof(pools));
	/* Each entry of the TCAM may have a mask of its own. */
	masks_alloc(&c->masks, a, cap->banks * MASKS_PER_BANK + cap->tcam);
	banks_alloc(&c->banks, a, cap->banks, cap->slots);
	tcam_alloc(&c->tcam, a, cap->tcam);
	rules_alloc(&c->rules, a, cap->rules);
	actions_alloc(&c->actions, a, cap->legs);
	encaps_alloc(&c->encaps, a, cap->encaps);
	teams_alloc(&c->teams, a, cap->teams);
	alloc_admin(c, a);
}

/* What a former firmware left in the tables decides nothing any more. */
static void disable_tables(struct card *c)
{
	for (uint32_t bank = 0; bank < c->banks.count; bank++)
		update_write(&c->update, FRL_TABLE_BANK, bank);
	tcam_disable(c);
	update_flush(&c->update);
}

const char *card_start(struct card *c, const struct board *b, struct arena *a)
{
	uint64_t regs = b->regs.base;
	struct caps cap;
	const char *error;

	memset(c, 0, sizeof(*c));
	c->board = *b;
	error = read_caps(regs, &cap);
	if (!error && !board_agrees(&b->sizes, &cap))
		error = "device tree and chip have different sizes";
	if (error)
		return error;
	if (ports_init(c))
		return "wires, VFs and queue pairs do not fit the ABI";
	function_pf_announce(c, FRL_FW_STATE_BOOT);
	alloc_tables(c, a, &cap);
	if (a->exhausted)
		return "memory is too small for the tables";
	update_enable(&c->update, regs);
	disable_tables(c);
	geneve_init(c);
	if (function_fw_start(c))
		return "the firmware function was not reset or did not take its features";
	admin_start(c);
	hal_write32(regs + FRL_REG_CHIP_IRQ_ENABLE, IRQ_ALL);
	function_pf_announce(c, FRL_FW_STATE_READY);
	log_line("ready: %u wires, %u VFs, %u banks of %u slots, TCAM %u, %u rules, epoch %x",
		 c->ports.wires, c->ports.vfs, cap.banks, cap.slots, cap.tcam, cap.rules, c->epoch);
	return NULL;
}

static void finish_updates(struct card *c)
{
	bool ok;

	if (!update_finish(&c->update, &ok))
		return;
	if (!ok) {
		/* The tables are no longer what the books say: the host must know, forwarding goes on. */
		admin_batch_failed(c);
		function_pf_announce(c, FRL_FW_STATE_FAILED);
	}
	port_tunnels_settle(c);
	geneve_settle(c);
}

static void serve(struct card *c, uint32_t irq)
{
	if (irq & FRL_IRQ_UPD)
		finish_updates(c);
	if (irq & FRL_IRQ_LINK)
		ports_link(c);
	if (irq & FRL_IRQ_FN)
		ports_functions(c);
	admin_replies(c);
	admin_receive(c);
	admin_work(c);
	ports_events(c);
	update_flush(&c->update);
	admin_flush(c);
}

void card_serve(struct card *c)
{
	uint64_t status = c->board.regs.base + FRL_REG_CHIP_IRQ_STATUS;
	uint32_t irq;

	while ((irq = hal_read32(status) & IRQ_ALL) != 0) {
		/* Cleared first: what happens from here on raises it again. */
		hal_write32(status, irq);
		serve(c, irq);
	}
}
