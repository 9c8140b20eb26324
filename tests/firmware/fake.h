/* SPDX-License-Identifier: BSD-3-Clause */
/* A model of the chip as the firmware sees it: registers, the update ring executed into arrays, the two
 * queues of the firmware function, interrupts. One at a time; it implements firmware/src/hal.h.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frl_abi.h"
#include "frl_chip.h"

#define FAKE_REGS     0x10000000ull
#define FAKE_CONSOLE  0x09000000ull
#define FAKE_REG_SIZE 0x100000u

struct fake_sizes {
	uint32_t wires, vfs, pf_pairs, banks, slots, rules, legs, encaps, teams, tcam;
};

struct fake {
	struct fake_sizes size;
	uint32_t reg[FAKE_REG_SIZE / 4];
	uint32_t irq_status, irq_enable, link;
	uint64_t fn_event;

	/* Tables, row by row. */
	uint64_t *slot; /* [((bank * 2 + sub) * rows + row) * 4 + way] */
	uint32_t bank[32][FRL_ROW_BANK_W / 32];
	uint32_t (*key)[FRL_KEY_WORDS];
	uint64_t *rule;
	uint32_t (*leg)[FRL_ROW_LEG_W / 32];
	uint32_t (*encap)[FRL_ROW_ENCAP_W / 32];
	uint32_t (*team)[FRL_ROW_TEAM_W / 32];
	bool *rule_busy; /* The rule was in a slot since the last DRAIN: its rows must not change. */
	bool *leg_busy;
	/* Since the last fence: */
	bool *rule_moved;      /* [rule] got a place: no other place of it may be cleared. */
	bool bank_cleared[32]; /* A slot was cleared: the bank's mask must not change. */
	bool bank_changed[32]; /* The mask was changed: no slot may be published. */
	uint8_t *rule_places;  /* [rule]: slots and TCAM entries that hold it. */
	uint32_t tcam_mask[256][FRL_KEY_WORDS];
	struct fake_tcam {
		uint32_t key[FRL_KEY_WORDS], mask[FRL_KEY_WORDS];
		uint32_t rule;
		uint16_t prio;
		bool valid;
	} tcam[256];

	/* Update ring. */
	bool hold_updates; /* Doorbells wait for fake_run_updates(). */
	uint32_t upd_tail;
	uint32_t upd_error;
	bool refuse_updates; /* Report errors. */
	uint64_t hashed;     /* Keys. */
	uint64_t count_ops[FRL_UPD_OP_COUNT];
	uint64_t count_writes[FRL_TABLE_COUNT];
	uint64_t doorbells;
	/* Called after each entry. */
	void (*on_entry)(const struct frl_upd_entry *e, const uint32_t *row);

	/* Firmware function: queue 0 receives, queue 1 transmits. */
	struct fake_queue {
		uint64_t desc, avail, used;
		uint16_t size, index;
		bool enabled;
	} queue[2];
	uint16_t queue_select;
	bool hold_tx; /* Transmit buffers are not used before fake_run_tx(). */
	uint64_t notifies;
	uint64_t reads, writes; /* Register accesses. */

	/* Replies, message by message. */
	uint8_t out[1 << 19];
	size_t out_len, out_at;
	uint32_t out_frames;

	char console[1 << 14];
	size_t console_len;

	/* Card memory, as the chip addresses it: at `base`, in `ram`. */
	uint64_t base;
	uint8_t *ram;
	uint64_t ram_size;
};

extern struct fake *fake;

/* A chip after reset; the sizes of the default build when NULL. Card memory of `ram_size` bytes; base 0: at its own
 * address, for code that runs natively. */
void fake_reset(const struct fake_sizes *size, uint64_t base, uint64_t ram_size);
void fake_free(void);

uint32_t fake_read(uint32_t offset, unsigned int bytes);
void fake_write(uint32_t offset, uint32_t value, unsigned int bytes);
bool fake_irq(void);

/* Sends a frame to the firmware as if from `port`; false when no buffer is posted. */
bool fake_send(uint8_t port, const void *messages, size_t len);
/* Next reply or event, or NULL; its body follows. */
const struct frl_msg *fake_reply(void);
void fake_run_updates(void);
void fake_run_tx(void);
void fake_set_link(uint32_t link);
void fake_set_status(uint32_t fn, uint8_t status);

/* The best rule that matches a key: lowest priority value, then lowest number; -1: a miss. */
int64_t fake_lookup(const uint32_t key[FRL_KEY_WORDS]);
/* The same as the chip does it: each bank names its best slot by fingerprint, the winner's key is compared.
 * FAKE_LIE: it was another key, the frame goes to the host with reason FINGERPRINT.
 */
#define FAKE_LIE (-2)
int64_t fake_lookup_hw(const uint32_t key[FRL_KEY_WORDS]);
/* nh of a key, by the text in hw/data/chip.toml [hash]. */
uint64_t fake_nh(const uint32_t key[FRL_KEY_WORDS]);
uint64_t fake_bits(const uint32_t *row, unsigned int lsb, unsigned int width);

#endif
