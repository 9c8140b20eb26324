// SPDX-License-Identifier: BSD-3-Clause
/* All around a chip; see host.h. */
#include "host.h"

#include "frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES (16u << 20)
#define SETTLE	     2000000
#define UPD_ENTRIES  64

/* ---- Memory: function fn sees it at (fn + 1) << 32, and nothing else ---- */

static uint8_t *at(const struct host *host, unsigned int fn, uint64_t addr, uint32_t len)
{
	uint64_t off = addr - ((fn + 1ull) << 32);

	return off > MEMORY_BYTES || len > MEMORY_BYTES - off ? NULL : host->memory + off;
}

uint64_t host_addr(const struct host *host, unsigned int fn, const void *mem)
{
	return ((fn + 1ull) << 32) + (uint64_t)((const uint8_t *)mem - host->memory);
}

void *host_alloc(struct host *host, size_t bytes)
{
	void *mem = host->memory + host->used;

	host->used += (bytes + 63) & ~63ul;
	assert_true(host->used <= MEMORY_BYTES);
	return mem;
}

static int dma_read(void *arg, unsigned int fn, uint64_t addr, void *buf, uint32_t len,
		    uint32_t ticket)
{
	struct host *host = arg;
	const uint8_t *from = at(host, fn, addr, len);

	if (!from)
		return -EFAULT;
	if (!host->later || fn == FRL_FN_FW) {
		memcpy(buf, from, len);
		return 0;
	}
	assert_true(host->n_reads < 64);
	host->reads[host->n_reads].ticket = ticket;
	host->reads[host->n_reads].len = len;
	host->reads[host->n_reads++].from = from;
	return FRL_RTL_LATER;
}

static void dma_write(void *arg, unsigned int fn, uint64_t addr, const void *buf, uint32_t len)
{
	const struct host *host = arg;
	uint8_t *to = at(host, fn, addr, len);

	assert_true(to || host->wild);
	if (to)
		memcpy(to, buf, len);
}

static void msix(void *arg, unsigned int fn, unsigned int vector)
{
	assert_true(fn < FRL_N_FNS && fn != FRL_FN_FW && vector < HOST_VECTORS);
	((struct host *)arg)->msix[fn][vector]++;
}

static void tx(void *arg, unsigned int wire, const void *frame, size_t len, uint64_t first_cycle)
{
	struct host *host = arg;
	struct host_frame *to = &host->tx[host->n_tx];

	assert_true(host->n_tx < HOST_FRAMES && len <= sizeof(to->bytes));
	assert_true(first_cycle <= frl_rtl_cycles(host->rtl));
	to->wire = wire;
	to->len = len;
	memcpy(to->bytes, frame, len);
	host->n_tx++;
}

static void trace_write(void *arg, const struct frl_rtl_trace_write *write)
{
	struct host *host = arg;

	assert_int_equal(write->epoch, host->epoch + 1);
	host->epoch++;
}

static void trace_lookup(void *arg, const struct frl_rtl_trace_lookup *lookup)
{
	struct host *host = arg;

	assert_true(lookup->epoch_lookup <= host->epoch);
	host->lookups++;
}

static void trace_leave(void *arg, const struct frl_rtl_trace_leave *leave)
{
	(void)leave;
	((struct host *)arg)->leaves++;
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

uint32_t host_card_read(struct host *host, uint32_t addr)
{
	uint32_t val = 0;

	assert_int_equal(frl_rtl_read(host->rtl, FRL_RTL_CARD, 0, addr, 4, &val), 0);
	return val;
}

void host_card_write(struct host *host, uint32_t addr, uint32_t val)
{
	assert_int_equal(frl_rtl_write(host->rtl, FRL_RTL_CARD, 0, addr, 4, val), 0);
}

static uint32_t page(unsigned int fn)
{
	return FRL_BASE_FN + fn * FRL_BASE_FN_STRIDE;
}

uint32_t host_fn_read(struct host *host, unsigned int fn, uint32_t off, unsigned int size)
{
	bool card = fn == FRL_FN_FW;
	uint32_t val = 0;

	assert_int_equal(frl_rtl_read(host->rtl, card ? FRL_RTL_CARD : FRL_RTL_HOST, fn,
				      card ? page(fn) + off : off, size, &val),
			 0);
	return val;
}

void host_fn_write(struct host *host, unsigned int fn, uint32_t off, unsigned int size,
		   uint32_t val)
{
	bool card = fn == FRL_FN_FW;

	assert_int_equal(frl_rtl_write(host->rtl, card ? FRL_RTL_CARD : FRL_RTL_HOST, fn,
				       card ? page(fn) + off : off, size, val),
			 0);
}

void host_settle(struct host *host)
{
	assert_true(frl_rtl_run_idle(host->rtl, SETTLE));
}

void host_answer(struct host *host)
{
	assert_true(host->n_reads > 0);
	frl_rtl_dma_complete(host->rtl, host->reads[0].ticket, 0, host->reads[0].from,
			     host->reads[0].len);
	memmove(host->reads, host->reads + 1, --host->n_reads * sizeof(host->reads[0]));
}

void host_settle_later(struct host *host, const struct host_queue *queue, uint16_t done)
{
	for (int i = 0; i < 1000 && queue->ring.used->idx != done; i++) {
		frl_rtl_step(host->rtl, 100);
		if (host->n_reads)
			host_answer(host);
	}
	assert_int_equal(queue->ring.used->idx, done);
}

void host_port(struct host *host, unsigned int port, uint32_t ctrl)
{
	host_card_write(host, FRL_BASE_PORT + port * FRL_BASE_PORT_STRIDE + FRL_REG_PORT_CTRL,
			ctrl);
}

/* ---- Functions and queues ---- */

void host_fn_start(struct host *host, unsigned int fn)
{
	uint32_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

	host_card_write(host, page(fn) + FRL_REG_FN_FEATURES_HI, 1u << (VIRTIO_F_VERSION_1 - 32));
	host_fn_write(host, fn, FRL_REG_FN_STATUS, 1, 0);
	for (int i = 0; i < 10000 && host_fn_read(host, fn, FRL_REG_FN_STATUS, 1); i++)
		frl_rtl_step(host->rtl, 1);
	assert_int_equal(host_fn_read(host, fn, FRL_REG_FN_STATUS, 1), 0);
	host_fn_write(host, fn, FRL_REG_FN_STATUS, 1, status);
	host_fn_write(host, fn, FRL_REG_FN_DRIVER_FEATURE_SELECT, 4, 1);
	host_fn_write(host, fn, FRL_REG_FN_DRIVER_FEATURE, 4, 1u << (VIRTIO_F_VERSION_1 - 32));
	status |= VIRTIO_CONFIG_S_FEATURES_OK;
	host_fn_write(host, fn, FRL_REG_FN_STATUS, 1, status);
	assert_int_equal(host_fn_read(host, fn, FRL_REG_FN_STATUS, 1), status);
	host_fn_write(host, fn, FRL_REG_FN_CONFIG_MSIX, 2, 0);
	host_fn_write(host, fn, FRL_REG_FN_STATUS, 1, status | VIRTIO_CONFIG_S_DRIVER_OK);
}

static void write64(struct host *host, unsigned int fn, uint32_t off, uint64_t val)
{
	host_fn_write(host, fn, off, 4, (uint32_t)val);
	host_fn_write(host, fn, off + 4, 4, (uint32_t)(val >> 32));
}

void host_queue_start(struct host *host, struct host_queue *queue, unsigned int fn,
		      unsigned int index, uint16_t base)
{
	void *mem = host_alloc(host, frl_vring_bytes(HOST_QUEUE_SIZE));

	queue->fn = fn;
	queue->index = index;
	queue->buffers = host_alloc(host, (size_t)HOST_QUEUE_SIZE * HOST_BUFFER);
	frl_vring_init(&queue->ring, mem, queue->slots, HOST_QUEUE_SIZE);
	queue->ring.avail_idx = queue->ring.published = queue->ring.last_used = base;
	queue->ring.avail->idx = queue->ring.used->idx = base;
	queue->ring.avail->flags = 0; /* interrupts, please (virtio 1.2, 2.7.7) */
	host_fn_write(host, fn, FRL_REG_FN_STATUS + 2, 2, index);
	host_fn_write(host, fn, FRL_REG_FN_QUEUE_SIZE, 2, HOST_QUEUE_SIZE);
	host_fn_write(host, fn, FRL_REG_FN_QUEUE_SIZE + 2, 2, 1 + index);
	write64(host, fn, FRL_REG_FN_QUEUE_DESC_LO, host_addr(host, fn, queue->ring.desc));
	write64(host, fn, FRL_REG_FN_QUEUE_DRIVER_LO, host_addr(host, fn, queue->ring.avail));
	write64(host, fn, FRL_REG_FN_QUEUE_DEVICE_LO, host_addr(host, fn, queue->ring.used));
	host_fn_write(host, fn, FRL_REG_FN_QUEUE_BASE, 2, base);
	host_fn_write(host, fn, FRL_REG_FN_QUEUE_ENABLE, 2, 1);
	assert_int_equal(host_fn_read(host, fn, FRL_REG_FN_QUEUE_ENABLE, 2), 1);
	if (index & 1)
		return;
	for (unsigned int n = 0; n < HOST_QUEUE_SIZE; n++)
		host_queue_post(host, queue, n, HOST_BUFFER, 0);
	host_queue_kick(host, queue);
}

void host_queue_post(struct host *host, struct host_queue *queue, unsigned int n, uint32_t len,
		     uint32_t cut)
{
	uint8_t *buffer = queue->buffers + (size_t)n * HOST_BUFFER;
	uint64_t addr = host_addr(host, queue->fn, buffer);
	struct frl_vring_seg seg[2] = { { addr, cut ? cut : len }, { addr + cut, len - cut } };

	assert_int_equal(frl_vring_add(&queue->ring, seg, cut ? 2 : 1, !(queue->index & 1), buffer),
			 0);
}

void host_queue_kick(struct host *host, struct host_queue *queue)
{
	frl_vring_publish(&queue->ring);
	host_fn_write(host, queue->fn, FRL_REG_FN_NOTIFY, 2, queue->index);
}

uint8_t *host_queue_take(struct host_queue *queue, uint32_t *len)
{
	uint8_t *buffer = frl_vring_take(&queue->ring, len);

	assert_false(queue->ring.broken);
	return buffer;
}

void host_queue_send(struct host *host, struct host_queue *queue, const void *header,
		     size_t header_len, const void *frame, size_t len)
{
	unsigned int n = queue->ring.avail_idx % HOST_QUEUE_SIZE;
	uint8_t *buffer = queue->buffers + (size_t)n * HOST_BUFFER;

	memcpy(buffer, header, header_len);
	memcpy(buffer + header_len, frame, len);
	host_queue_post(host, queue, n, (uint32_t)(header_len + len), 0);
	host_queue_kick(host, queue);
}

/* ---- Tables and counters ---- */

uint32_t host_update(struct host *host, const struct frl_upd_entry *entry, const uint32_t row[48])
{
	uint8_t *to = host->upd + host->upd_head % UPD_ENTRIES * FRL_UPD_ENTRY_BYTES;
	uint32_t error;

	memset(to, 0, FRL_UPD_ENTRY_BYTES);
	memcpy(to, entry, sizeof(*entry));
	if (row)
		memcpy(to + sizeof(*entry), row, FRL_UPD_ENTRY_BYTES - sizeof(*entry));
	host_card_write(host, FRL_REG_CHIP_UPD_HEAD, ++host->upd_head);
	host_settle(host);
	assert_int_equal(*host->upd_done, host->upd_head);
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_UPD_TAIL), host->upd_head);
	error = host_card_read(host, FRL_REG_CHIP_UPD_ERROR);
	host_card_write(host, FRL_REG_CHIP_UPD_ERROR, error);
	return error;
}

uint32_t host_write_row(struct host *host, uint32_t table, uint32_t index, const uint32_t row[48])
{
	const struct frl_upd_entry entry = { .op = FRL_UPD_OP_WRITE,
					     .table = (uint8_t)table,
					     .index = index };

	return host_update(host, &entry, row);
}

void host_put(uint32_t row[48], unsigned int lsb, unsigned int width, uint64_t val)
{
	for (unsigned int i = 0; i < width; i++) {
		row[(lsb + i) / 32] &= ~(1u << (lsb + i) % 32);
		row[(lsb + i) / 32] |= (uint32_t)(val >> i & 1) << (lsb + i) % 32;
	}
}

struct frl_counter host_counter(struct host *host, uint32_t number)
{
	host_settle(host);
	return host->counters[number];
}

/* ---- The whole ---- */

struct host *host_create(void)
{
	struct host *host = calloc(1, sizeof(*host));
	struct frl_rtl_config config = { .ops = &ops, .arg = host };
	uint32_t rules;

	assert_non_null(host);
	host->memory = calloc(1, MEMORY_BYTES);
	assert_non_null(host->memory);
	host->rtl = frl_rtl_create(&config);
	assert_non_null(host->rtl);
	host_settle(host);
	rules = host_card_read(host, FRL_REG_CHIP_CAP_RULES);
	host->upd = host_alloc(host, (size_t)UPD_ENTRIES * FRL_UPD_ENTRY_BYTES);
	host->upd_done = host_alloc(host, 64);
	host->counters = host_alloc(host, FRL_COUNTER_AREA_BYTES(rules));
	host_card_write(host, FRL_REG_CHIP_UPD_RING_LO,
			(uint32_t)host_addr(host, FRL_FN_FW, host->upd));
	host_card_write(host, FRL_REG_CHIP_UPD_RING_HI,
			(uint32_t)(host_addr(host, FRL_FN_FW, host->upd) >> 32));
	host_card_write(host, FRL_REG_CHIP_UPD_RING_SIZE, UPD_ENTRIES);
	host_card_write(host, FRL_REG_CHIP_UPD_DONE_LO,
			(uint32_t)host_addr(host, FRL_FN_FW, host->upd_done));
	host_card_write(host, FRL_REG_CHIP_UPD_DONE_HI,
			(uint32_t)(host_addr(host, FRL_FN_FW, host->upd_done) >> 32));
	host_card_write(host, FRL_REG_CHIP_CNT_BASE_LO,
			(uint32_t)host_addr(host, FRL_FN_PF, host->counters));
	host_card_write(host, FRL_REG_CHIP_CNT_BASE_HI,
			(uint32_t)(host_addr(host, FRL_FN_PF, host->counters) >> 32));
	host_card_write(host, FRL_REG_CHIP_CNT_CTRL, 1);
	return host;
}

void host_destroy(struct host *host)
{
	frl_rtl_destroy(host->rtl);
	free(host->memory);
	free(host);
}

/* ---- What tests ask ---- */

uint8_t host_frame[HOST_FRAME];

int host_power_on(void **state)
{
	frame_udp(host_frame, HOST_FRAME, 7);
	*state = host_create();
	return 0;
}

int host_power_off(void **state)
{
	host_destroy(*state);
	return 0;
}

uint64_t host_port_count(struct host *host, unsigned int port, enum frl_port_counter which)
{
	uint32_t rules = host_card_read(host, FRL_REG_CHIP_CAP_RULES);

	return host_counter(host, FRL_COUNTER_PORT(rules) + port * FRL_PORT_COUNTER_COUNT + which)
		.packets;
}

uint64_t host_drops(struct host *host, enum frl_drop reason)
{
	uint32_t rules = host_card_read(host, FRL_REG_CHIP_CAP_RULES);

	return host_counter(host, FRL_COUNTER_DROP(rules) + reason).packets;
}

void host_wire_in(struct host *host, unsigned int wire, size_t len, bool error)
{
	assert_int_equal(frl_rtl_rx(host->rtl, wire, host_frame, len, 0, error), 0);
	host_settle(host);
}

struct frl_pkt_meta host_received(struct host_queue *queue)
{
	static const uint8_t num_buffers[2] = { 1, 0 };
	struct frl_pkt_meta meta;
	uint32_t got;
	const uint8_t *buffer = host_queue_take(queue, &got);

	assert_non_null(buffer);
	assert_int_equal(got, sizeof(meta) + HOST_FRAME);
	assert_memory_equal(buffer + sizeof(meta), host_frame, HOST_FRAME);
	memcpy(&meta, buffer, sizeof(meta));
	assert_memory_equal(meta.virtio + 10, num_buffers, 2);
	return meta;
}

void host_nothing_received(struct host_queue *queue)
{
	uint32_t len;

	assert_null(host_queue_take(queue, &len));
}
