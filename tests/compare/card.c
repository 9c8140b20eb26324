// SPDX-License-Identifier: BSD-3-Clause
/* The chip and what is around it; see card.h. */
#include "card.h"

#include "frl_chip.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HOST_BYTES   (256u << 20)
#define MEMORY_BYTES (1u << 20)
#define MEMORY_BASE  0x40000000ull
#define DONE_AT	     (MEMORY_BASE + CARD_RING * FRL_UPD_ENTRY_BYTES)
/* Receive buffers of a queue: a chain of two takes two descriptors, 4/5 of them fit. */
#define FULL (CARD_QUEUE_SIZE * 3 / 4)
/* Cycles that the chip may take to clear its tables. */
#define INIT_CYCLES 400000

/* ---- DMA ---- */

/* Where a function sees the host's memory, and the firmware its own: between them, any bit of an address may be set. */
static uint64_t base_of(unsigned int fn)
{
	if (fn == FRL_FN_FW)
		return MEMORY_BASE;
	return fn & 1 ? 0xaaaaaaaaaa000000 : 0x5555555555000000;
}

static uint8_t *at(struct card *card, unsigned int fn, uint64_t addr, uint32_t len)
{
	uint64_t base = base_of(fn);
	uint64_t size = fn == FRL_FN_FW ? MEMORY_BYTES : HOST_BYTES;

	if (addr < base || addr - base > size || len > size - (addr - base)) {
		card->error = "the chip reached for memory that nobody has";
		return NULL;
	}
	return (fn == FRL_FN_FW ? card->memory : card->host) + (addr - base);
}

static int dma_read(void *arg, unsigned int fn, uint64_t addr, void *buf, uint32_t len,
		    uint32_t ticket)
{
	const uint8_t *mem = at(arg, fn, addr, len);

	(void)ticket;
	if (!mem)
		return -EFAULT;
	memcpy(buf, mem, len);
	return 0;
}

static void dma_write(void *arg, unsigned int fn, uint64_t addr, const void *buf, uint32_t len)
{
	uint8_t *mem = at(arg, fn, addr, len);

	if (mem)
		memcpy(mem, buf, len);
}

static void msix(void *arg, unsigned int fn, unsigned int vector)
{
	struct card *card = arg;

	(void)vector;
	if (fn != FRL_FN_FW)
		card->error = "an interrupt that nobody asked for";
}

static void tx(void *arg, unsigned int wire, const void *frame, size_t len, uint64_t first_cycle)
{
	struct card *card = arg;

	(void)first_cycle;
	if (card->on_tx)
		card->on_tx(card->arg, wire, frame, len);
}

static void trace_write(void *arg, const struct frl_rtl_trace_write *write)
{
	struct card *card = arg;

	if (card->on_write)
		card->on_write(card->arg, write);
}

static void trace_lookup(void *arg, const struct frl_rtl_trace_lookup *lookup)
{
	struct card *card = arg;

	if (card->on_lookup)
		card->on_lookup(card->arg, lookup);
}

static void trace_leave(void *arg, const struct frl_rtl_trace_leave *leave)
{
	struct card *card = arg;

	if (card->on_leave)
		card->on_leave(card->arg, leave);
}

static const struct frl_rtl_ops ops = {
	.dma_read = dma_read,
	.dma_write = dma_write,
	.msix = msix,
	.tx = tx,
	.trace_write = trace_write,
	.trace_lookup = trace_lookup,
	.trace_leave = trace_leave,
};

/* ---- Registers ---- */

static void wr(struct card *card, uint32_t addr, uint32_t val)
{
	if (frl_rtl_write(card->rtl, FRL_RTL_CARD, 0, addr, 4, val))
		card->error = "the chip does not answer a register write";
}

uint32_t card_reg(struct card *card, uint32_t addr)
{
	uint32_t val = 0;

	if (frl_rtl_read(card->rtl, FRL_RTL_CARD, 0, addr, 4, &val))
		card->error = "the chip does not answer a register read";
	return val;
}

static void host_wr(struct card *card, unsigned int fn, uint32_t addr, unsigned int size,
		    uint32_t val)
{
	if (frl_rtl_write(card->rtl, FRL_RTL_HOST, fn, addr, size, val))
		card->error = "the chip does not answer the host";
}

void card_configure(struct card *card, const struct frl_model_config *config)
{
	wr(card, FRL_REG_CHIP_VXLAN_PORT, config->vxlan_port);
	wr(card, FRL_REG_CHIP_GENEVE_PORT, config->geneve_port);
	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++)
		wr(card, FRL_REG_CHIP_GNV_SEL + 4 * i, config->gnv_sel[i]);
	for (uint32_t p = 0; p < FRL_N_PORTS; p++) {
		uint32_t ctrl =
			(uint32_t)(config->enable >> p & 1) << FRL_REG_PORT_CTRL_ENABLE_LSB |
			(uint32_t)(config->tunnel >> p & 1) << FRL_REG_PORT_CTRL_TUNNEL_LSB |
			(uint32_t)config->slow_pair[p] << FRL_REG_PORT_CTRL_SLOW_PAIR_LSB |
			(uint32_t)config->max_len[p] << FRL_REG_PORT_CTRL_MAX_LEN_LSB;

		if (ctrl)
			wr(card, FRL_BASE_PORT + FRL_BASE_PORT_STRIDE * p + FRL_REG_PORT_CTRL,
			   ctrl);
	}
}

static void read_sizes(struct card *card)
{
	uint32_t banks = card_reg(card, FRL_REG_CHIP_CAP_BANKS);

	card->sizes = (struct frl_model_sizes){
		.banks = banks & 0xff,
		.bank_slots = banks >> 16,
		.tcam = card_reg(card, FRL_REG_CHIP_CAP_TCAM),
		.rules = card_reg(card, FRL_REG_CHIP_CAP_RULES),
		.legs = card_reg(card, FRL_REG_CHIP_CAP_LEGS),
		.encaps = card_reg(card, FRL_REG_CHIP_CAP_ENCAPS),
		.teams = card_reg(card, FRL_REG_CHIP_CAP_TEAMS),
	};
}

/* ---- Memory of the host ---- */

static void *alloc(struct card *card, size_t bytes)
{
	void *mem = card->host + card->host_used;

	card->host_used += (bytes + 63) & ~(size_t)63;
	if (card->host_used > HOST_BYTES)
		abort();
	return mem;
}

static uint64_t iova(const struct card *card, unsigned int fn, const void *mem)
{
	return base_of(fn) + (uint64_t)((const uint8_t *)mem - card->host);
}

/* ---- Update ring ---- */

uint32_t card_tail(struct card *card)
{
	return card_reg(card, FRL_REG_CHIP_UPD_TAIL);
}

struct frl_upd_entry *card_entry(struct card *card, uint32_t **row)
{
	uint8_t *entry = card->memory + card->upd_head % CARD_RING * FRL_UPD_ENTRY_BYTES;

	if (!card->upd_room)
		card->upd_room = CARD_RING - (card->upd_head - card_tail(card));
	if (!card->upd_room)
		return NULL;
	card->upd_room--;
	card->upd_head++;
	memset(entry, 0, FRL_UPD_ENTRY_BYTES);
	*row = (uint32_t *)(entry + sizeof(struct frl_upd_entry));
	return (struct frl_upd_entry *)entry;
}

void card_publish(struct card *card)
{
	wr(card, FRL_REG_CHIP_UPD_HEAD, card->upd_head);
}

uint32_t *card_hash_key(struct card *card, uint32_t i)
{
	return (uint32_t *)(card->memory + (CARD_HASH_KEYS_AT - MEMORY_BASE) + i * FRL_KEY_BYTES);
}

uint64_t card_hash_sum(const struct card *card, uint32_t i)
{
	uint64_t sum;

	memcpy(&sum, card->memory + (CARD_HASH_SUMS_AT - MEMORY_BASE) + 8 * i, 8);
	return sum;
}

/* ---- Queues ---- */

static void fn_up(struct card *card, unsigned int fn)
{
	uint32_t page = FRL_BASE_FN + FRL_BASE_FN_STRIDE * fn, status = 3;

	wr(card, page + FRL_REG_FN_FEATURES_LO, 0);
	wr(card, page + FRL_REG_FN_FEATURES_HI, 1u << (VIRTIO_F_VERSION_1 - 32));
	/* virtio 1.2, 3.1.1. */
	host_wr(card, fn, FRL_REG_FN_STATUS, 1, status);
	host_wr(card, fn, FRL_REG_FN_DRIVER_FEATURE_SELECT, 4, 1);
	host_wr(card, fn, FRL_REG_FN_DRIVER_FEATURE, 4, 1u << (VIRTIO_F_VERSION_1 - 32));
	status |= VIRTIO_CONFIG_S_FEATURES_OK;
	host_wr(card, fn, FRL_REG_FN_STATUS, 1, status);
	host_wr(card, fn, FRL_REG_FN_STATUS, 1, status | VIRTIO_CONFIG_S_DRIVER_OK);
}

static void queue_registers(struct card *card, struct card_queue *queue)
{
	const struct {
		uint32_t off;
		unsigned int size;
		uint64_t val;
	} writes[] = {
		{ FRL_REG_FN_STATUS + 2, 2, queue->index },
		{ FRL_REG_FN_QUEUE_SIZE, 2, CARD_QUEUE_SIZE },
		{ FRL_REG_FN_QUEUE_SIZE + 2, 2, FRL_MSIX_NONE },
		{ FRL_REG_FN_QUEUE_DESC_LO, 4, iova(card, queue->fn, queue->ring.desc) },
		{ FRL_REG_FN_QUEUE_DESC_HI, 4, iova(card, queue->fn, queue->ring.desc) >> 32 },
		{ FRL_REG_FN_QUEUE_DRIVER_LO, 4, iova(card, queue->fn, queue->ring.avail) },
		{ FRL_REG_FN_QUEUE_DRIVER_HI, 4, iova(card, queue->fn, queue->ring.avail) >> 32 },
		{ FRL_REG_FN_QUEUE_DEVICE_LO, 4, iova(card, queue->fn, queue->ring.used) },
		{ FRL_REG_FN_QUEUE_DEVICE_HI, 4, iova(card, queue->fn, queue->ring.used) >> 32 },
		{ FRL_REG_FN_QUEUE_BASE, 2, 0 },
		{ FRL_REG_FN_QUEUE_ENABLE, 2, 1 },
	};

	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		host_wr(card, queue->fn, writes[i].off, writes[i].size, (uint32_t)writes[i].val);
}

void card_kick(struct card *card, struct card_queue *queue)
{
	if (frl_vring_publish(&queue->ring))
		host_wr(card, queue->fn, FRL_REG_FN_NOTIFY, 2, queue->index);
}

/* A buffer in one to three pieces, so that headers and frames are cut in many ways. */
static unsigned int cut(const struct card *card, unsigned int fn, uint8_t *buffer, uint32_t len,
			unsigned int segs, struct frl_vring_seg *seg)
{
	uint32_t done = 0;

	for (unsigned int i = 0; i < segs; i++) {
		uint32_t n = i + 1 < segs ? (len - done) / (segs - i + 1) + 1 : len - done;

		seg[i] = (struct frl_vring_seg){ iova(card, fn, buffer + done), n };
		done += n;
	}
	return segs;
}

static void post(struct card *card, struct card_queue *queue, uint8_t *buffer)
{
	struct frl_vring_seg seg[3];
	/* The same buffer is always cut in the same way: one in four in two pieces. */
	unsigned int segs = (buffer - queue->buffers) / CARD_BUFFER % 4 == 3 ? 2 : 1;

	if (frl_vring_add(&queue->ring, seg, cut(card, queue->fn, buffer, CARD_BUFFER, segs, seg),
			  1, buffer))
		card->error = "no room for a receive buffer";
}

static void queue_start(struct card *card, struct card_queue *queue, unsigned int fn,
			unsigned int index, unsigned int fill)
{
	void *mem = alloc(card, frl_vring_bytes(CARD_QUEUE_SIZE));

	queue->fn = fn;
	queue->index = index;
	queue->buffers = alloc(card, (size_t)CARD_QUEUE_SIZE * CARD_BUFFER);
	frl_vring_init(&queue->ring, mem, queue->slots, CARD_QUEUE_SIZE);
	for (unsigned int n = 0; n < fill; n++)
		post(card, queue, queue->buffers + (size_t)n * CARD_BUFFER);
	queue_registers(card, queue);
	card_kick(card, queue);
}

bool card_send(struct card *card, struct card_queue *queue, const void *header, size_t header_len,
	       const uint8_t *frame, size_t len, unsigned int segs)
{
	uint8_t *buffer = queue->buffers + (size_t)queue->ring.free_head * CARD_BUFFER;
	struct frl_vring_seg seg[3];

	if (queue->ring.free_count < 3)
		return false;
	memcpy(buffer, header, header_len);
	memcpy(buffer + header_len, frame, len);
	cut(card, queue->fn, buffer, (uint32_t)(header_len + len), segs, seg);
	return !frl_vring_add(&queue->ring, seg, segs, 0, buffer);
}

void card_reap(struct card *card, struct card_queue *queue)
{
	uint32_t len;

	while (frl_vring_take(&queue->ring, &len))
		;
	if (queue->ring.broken)
		card->error = "the chip broke a transmit queue";
}

uint8_t *card_take(struct card *card, struct card_queue *queue, uint32_t *len)
{
	uint8_t *buffer = frl_vring_take(&queue->ring, len);

	if (queue->ring.broken)
		card->error = "the chip broke a receive queue";
	return buffer;
}

void card_give(struct card *card, struct card_queue *queue, uint8_t *buffer)
{
	post(card, queue, buffer);
	frl_vring_publish(&queue->ring);
}

/* ---- The whole ---- */

static void start_rings(struct card *card)
{
	wr(card, FRL_REG_CHIP_UPD_RING_LO, (uint32_t)MEMORY_BASE);
	wr(card, FRL_REG_CHIP_UPD_RING_HI, MEMORY_BASE >> 32);
	wr(card, FRL_REG_CHIP_UPD_RING_SIZE, CARD_RING);
	wr(card, FRL_REG_CHIP_UPD_DONE_LO, (uint32_t)DONE_AT);
	wr(card, FRL_REG_CHIP_UPD_DONE_HI, DONE_AT >> 32);
	card->counters = alloc(card, FRL_COUNTER_AREA_BYTES(card->sizes.rules));
	wr(card, FRL_REG_CHIP_CNT_BASE_LO, (uint32_t)iova(card, FRL_FN_PF, card->counters));
	wr(card, FRL_REG_CHIP_CNT_BASE_HI, (uint32_t)(iova(card, FRL_FN_PF, card->counters) >> 32));
	wr(card, FRL_REG_CHIP_CNT_CTRL, FRL_REG_CHIP_CNT_CTRL_ENABLE_MASK);
	card->upd_room = CARD_RING;
}

static void start_queues(struct card *card)
{
	fn_up(card, FRL_FN_PF);
	for (unsigned int p = 0; p < PLAN_PAIRS; p++) {
		queue_start(card, &card->rx[p], FRL_FN_PF, 2 * p, FULL);
		queue_start(card, &card->tx[p], FRL_FN_PF, 2 * p + 1, 0);
	}
	for (unsigned int v = 0; v < PLAN_VFS; v++) {
		fn_up(card, FRL_FN_VF0 + v);
		queue_start(card, &card->vf_rx[v], FRL_FN_VF0 + v, 0,
			    v == PLAN_STARVED ? CARD_STARVED : FULL);
		queue_start(card, &card->vf_tx[v], FRL_FN_VF0 + v, 1, 0);
	}
}

struct card *card_create(uint32_t pcie_round_trip)
{
	struct card *card = calloc(1, sizeof(*card));
	struct frl_rtl_config config = { .ops = &ops,
					 .arg = card,
					 .pcie_round_trip = pcie_round_trip };

	if (!card)
		return NULL;
	card->host =
		mmap(NULL, HOST_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	card->memory = calloc(1, MEMORY_BYTES);
	card->rtl = frl_rtl_create(&config);
	if (card->host == MAP_FAILED || !card->memory || !card->rtl) {
		fputs("compare: no memory for a chip\n", stderr);
		return NULL;
	}
	frl_rtl_set_link(card->rtl, (1u << FRL_N_WIRES) - 1);
	read_sizes(card);
	start_rings(card);
	start_queues(card);
	if (!frl_rtl_run_idle(card->rtl, INIT_CYCLES) || card->error) {
		fprintf(stderr, "compare: the chip does not come up: %s\n",
			card->error ? card->error : "it stays busy");
		return NULL;
	}
	return card;
}

void card_destroy(struct card *card)
{
	frl_rtl_destroy(card->rtl);
	munmap(card->host, HOST_BYTES);
	free(card->memory);
	free(card);
}
