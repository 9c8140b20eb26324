/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The chip in plain C behind the API of sim/rtl/frl_rtl.h: packets are decided on by frl_model.h, all around them
 * (registers, virtqueues, update ring, counters) is here. Shared by the files chip*.c alone.
 *
 * Time: in a cycle each source gives at most one frame, which goes all its way at once; copies of a frame go before
 * the next one. Nothing has a latency but reads that their owner answers later.
 */
#ifndef SIM_MODEL_CHIP_H
#define SIM_MODEL_CHIP_H

#include "frl_model.h"
#include "sim/rtl/frl_rtl.h"

#include <sys/queue.h>

/* Sizes of this build, from its board description: chip_sizes.c. */
struct chip_sizes {
	uint32_t wires, vfs;
	struct frl_model_sizes tables;
};
extern const struct chip_sizes chip_sizes;

#define CHIP_WIRES_MAX	  8
#define CHIP_PAIRS	  (FRL_N_QUEUES / 2)
#define CHIP_SEGS	  16 /* longest descriptor chain */
#define CHIP_UPD_BATCH	  16 /* entries of the update ring that are read at once */
#define CHIP_CHIP_PAGE	  0x1000
#define CHIP_TX_MAX	  (FRL_MAX_FRAME + FRL_META_HDR_BYTES)
#define CHIP_CONFIG_WORDS 16

/* ---- chip_dma.c ---- */

/* One read that a client has in flight; each client has at most one. */
struct chip_read {
	bool pending;
	int status; /* of the last one: 0, or a negative errno value */
	uint32_t ticket, len;
	void *buf;
	LIST_ENTRY(chip_read) link;
};

/* The bytes go to buf, which stays; read->pending says whether they still have to come. */
void chip_read(struct frl_rtl *chip, struct chip_read *read, unsigned int fn, uint64_t addr,
	       void *buf, uint32_t len);
void chip_write(struct frl_rtl *chip, unsigned int fn, uint64_t addr, const void *buf,
		uint32_t len);
/* The firmware function's message is an interrupt to the card's cores. */
void chip_msix(struct frl_rtl *chip, unsigned int fn, unsigned int vector);

/* ---- Queues: chip_vq.c, chip_vq_tx.c, chip_vq_rx.c ---- */

/* A descriptor chain (virtio 1.2, 2.7.5) on its way in. */
struct chip_chain {
	struct chip_read read;
	uint8_t desc[16];
	uint16_t head;
	uint32_t need;	/* receive: bytes wanted; transmit: most that are taken */
	uint32_t total; /* bytes of seg[] */
	unsigned int segs;
	bool done;
	uint8_t error; /* enum frl_queue_error, when done */
	struct {
		uint64_t addr;
		uint32_t len;
	} seg[CHIP_SEGS];
};

/* What is being done with a buffer. */
enum chip_buffer_state {
	CHIP_BUFFER_IDLE,
	CHIP_BUFFER_INDEX, /* receive: available index, for the frame that found none */
	CHIP_BUFFER_ENTRY, /* entry of the available ring */
	CHIP_BUFFER_CHAIN,
	CHIP_BUFFER_DATA /* transmit */
};

struct chip_queue {
	uint8_t fn, pair;
	bool tx;
	/* What registers hold. */
	uint16_t size, vector, base;
	uint64_t desc, driver, device;
	bool enabled, resetting;
	/* Running indexes: next available entry, available index as last read, used index. */
	uint16_t next, known, used;
	bool want;  /* read the available index */
	bool asked; /* used buffers were written: interrupt, unless the driver does not want one */
	bool answering;	 /* the index read in flight answers `asked` */
	uint8_t stopped; /* enum frl_queue_error */
	bool looking;
	struct chip_read look;
	uint16_t avail[2]; /* flags, idx */
};

struct chip_tx {
	enum chip_buffer_state state;
	struct chip_read read;
	struct chip_chain chain;
	uint16_t entry;
	unsigned int seg; /* being read */
	uint32_t got;
	uint8_t bytes[CHIP_TX_MAX];
};

struct chip_queue *chip_queue(struct frl_rtl *chip, unsigned int fn, unsigned int index);
/* It was enabled, or is at rest behind its reset. */
void chip_queue_live(struct frl_rtl *chip, const struct chip_queue *queue, bool live);
/* It may take buffers: enabled, driver ready, no error. */
bool chip_queue_runs(const struct frl_rtl *chip, const struct chip_queue *queue);
/* Both indexes at `index`, no error. */
void chip_queue_start(struct chip_queue *queue, uint16_t index);
void chip_queue_stop(struct frl_rtl *chip, struct chip_queue *queue, uint8_t error);
/* Nothing of it is in flight. */
bool chip_queue_at_rest(const struct frl_rtl *chip, const struct chip_queue *queue);
/* An available index came: false, and the queue is stopped, when it cannot be. */
bool chip_queue_index(struct frl_rtl *chip, struct chip_queue *queue, const uint16_t avail[2],
		      int status);
/* Ask for the next entry of the available ring. */
void chip_queue_claim(struct frl_rtl *chip, struct chip_queue *queue, struct chip_read *read,
		      uint16_t *entry);
/* Give a buffer back (virtio 1.2, 2.7.8). */
void chip_queue_used(struct frl_rtl *chip, struct chip_queue *queue, uint16_t head, uint32_t len);

void chip_chain_start(struct frl_rtl *chip, const struct chip_queue *queue,
		      struct chip_chain *chain, uint16_t head, uint32_t need);
/* A descriptor came: take it, ask for the next one. */
void chip_chain_next(struct frl_rtl *chip, const struct chip_queue *queue,
		     struct chip_chain *chain);

bool chip_vq_busy(const struct frl_rtl *chip);
/* A cycle of all available rings and of the receive side. */
void chip_vq_step(struct frl_rtl *chip);

bool chip_tx_busy(const struct frl_rtl *chip, const struct chip_queue *queue);
/* At most one frame of all transmit queues goes into the pipeline. */
void chip_tx_step(struct frl_rtl *chip);
bool chip_rx_busy(const struct frl_rtl *chip);
void chip_rx_step(struct frl_rtl *chip);

/* ---- Frames: chip_frames.c ---- */

struct chip_frame {
	STAILQ_ENTRY(chip_frame) link;
	size_t len;
	uint64_t not_before; /* wire, in */
	bool error;
	struct frl_model_meta meta; /* replica loop, host interface */
	uint8_t port, reason;	    /* host interface: destination, enum frl_punt */
	bool rule_hit;
	struct chip_queue *queue;
	uint8_t bytes[];
};
STAILQ_HEAD(chip_frames, chip_frame);

/* A copy of bytes, all else zero; NULL when memory is short. */
struct chip_frame *chip_frame_make(const void *bytes, size_t len);
void chip_frames_free(struct chip_frames *frames);

struct chip_wire {
	struct chip_frames rx;
	size_t rx_count;
	uint64_t rx_first;
	struct chip_frames tx;
	unsigned int tx_beats;
	bool tx_ready;
};

/* A frame of the host interface enters the pipeline. */
void chip_frame_in(struct frl_rtl *chip, const struct frl_model_meta *meta, const uint8_t *bytes,
		   size_t len);
unsigned int chip_beats(size_t len);
bool chip_frames_busy(const struct frl_rtl *chip);
void chip_frames_step(struct frl_rtl *chip);

/* ---- Registers: chip_regs.c, chip_fn.c ---- */

struct chip_fn {
	uint32_t offer[2], accept[2], offer_select, accept_select;
	uint16_t queue_select, vector, bad;
	uint8_t status, generation;
	bool driver_ok; /* as last written, also while NEEDS_RESET */
	bool resetting, notice, isr_queue, isr_config;
	uint32_t config[CHIP_CONFIG_WORDS];
};

/* Bits of a word that a write changes: `mask` has the bytes written. */
uint32_t chip_merge(uint32_t old, uint32_t val, uint32_t mask);

void chip_regs_reset(struct frl_rtl *chip);
uint32_t chip_regs_read(struct frl_rtl *chip, uint32_t addr);
void chip_regs_write(struct frl_rtl *chip, uint32_t addr, uint32_t val, uint32_t mask);
uint64_t chip_reg64(const struct frl_rtl *chip, uint32_t lo);
void chip_irq(struct frl_rtl *chip, uint32_t bits);
void chip_fn_event(struct frl_rtl *chip, unsigned int fn);

void chip_fn_reset_all(struct frl_rtl *chip);
unsigned int chip_fn_queues(unsigned int fn);
uint32_t chip_fn_read(struct frl_rtl *chip, bool card, unsigned int fn, uint32_t offset);
void chip_fn_write(struct frl_rtl *chip, bool card, unsigned int fn, uint32_t offset, uint32_t val,
		   uint32_t mask);
/* A queue of it stopped for an error. */
void chip_fn_queue_stopped(struct frl_rtl *chip, unsigned int fn);
/* End resets of what is at rest; send notices. */
void chip_fn_step(struct frl_rtl *chip);

/* ---- Update ring: chip_update.c ---- */

enum chip_update_state {
	CHIP_UPDATE_IDLE,
	CHIP_UPDATE_BATCH, /* entries are being read */
	CHIP_UPDATE_RUN,
	CHIP_UPDATE_KEY /* a key to be hashed is being read */
};

struct chip_update {
	enum chip_update_state state;
	struct chip_read read;
	unsigned int left, at; /* entries of the batch that are not executed; the one in work */
	uint32_t keys;	       /* hashed of the entry in work */
	uint32_t key[FRL_KEY_WORDS];
	uint8_t batch[CHIP_UPD_BATCH * FRL_UPD_ENTRY_BYTES];
};

bool chip_update_busy(const struct frl_rtl *chip);
void chip_update_step(struct frl_rtl *chip);

/* ---- Counters: chip_counters.c ---- */

struct chip_counters {
	uint32_t count; /* of counters */
	struct frl_counter *value;
	uint32_t *changed; /* ring of numbers; a number is in it once */
	bool *listed;
	uint32_t first, changes;
	uint32_t sweep; /* next one to be looked at; count: over */
};

int chip_counters_create(struct chip_counters *counters, uint32_t rules);
void chip_counters_destroy(struct chip_counters *counters);
void chip_counters_reset(struct frl_rtl *chip);
void chip_count(struct frl_rtl *chip, uint32_t number, size_t bytes);
void chip_count_port(struct frl_rtl *chip, unsigned int port, enum frl_port_counter which,
		     size_t bytes);
void chip_count_drop(struct frl_rtl *chip, uint8_t reason);
void chip_counter_clear(struct frl_rtl *chip, uint32_t rule);
/* CNT_CTRL was written. */
void chip_counters_control(struct frl_rtl *chip, bool was_enabled);
bool chip_counters_busy(const struct frl_rtl *chip);
void chip_counters_step(struct frl_rtl *chip);

/* ---- The chip ---- */

struct frl_rtl {
	const struct frl_rtl_ops *ops;
	void *arg;
	uint64_t cycles;
	uint32_t link;

	uint32_t reg[CHIP_CHIP_PAGE / 4]; /* page of the chip, by offset */
	uint32_t port_ctrl[FRL_N_PORTS];
	struct frl_model_config config; /* the same, as the packet model wants it */

	struct chip_fn fn[FRL_N_FNS];
	struct chip_queue queues[FRL_N_QUEUES];
	uint64_t live[2]; /* pairs whose receive, transmit queue is enabled, or not yet at rest */
	unsigned int resets; /* functions and queues that wait for their end */
	unsigned int notices;

	LIST_HEAD(, chip_read) reads; /* that are pending */
	uint32_t next_ticket;

	struct chip_tx tx[CHIP_PAIRS];
	unsigned int tx_turn; /* pair that goes first */
	struct {
		struct chip_frames frames;
		unsigned int beats;
		enum chip_buffer_state state;
		bool looked; /* the index was read for the first frame */
		struct chip_read read;
		struct chip_chain chain;
		uint16_t entry, avail[2];
	} rx;

	struct chip_wire wires[CHIP_WIRES_MAX];
	struct chip_frames replicas;
	struct frl_model_result result;

	struct frl_model_tables *tables;
	uint32_t epoch;
	struct chip_update update;
	struct chip_counters counters;
};

#endif /* SIM_MODEL_CHIP_H */
