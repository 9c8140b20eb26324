// SPDX-License-Identifier: GPL-2.0-or-later
/* A card in this process; see card.h. */
#include "card.h"

#include "frl_chip.h"
#include "sim/board/guard.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES (64u << 20)
#define MEMORY_IOVA  0x100000000ULL
/* Cycles that a reply of firmware may take: flushing 131,072 rules is the longest. */
#define REPLY_CYCLES 400000000
#define META	     sizeof(struct frl_pkt_meta)

void card_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

/* ---- Memory ---- */

static uint8_t *at(struct card *card, uint64_t addr, uint32_t len)
{
	uint64_t off = addr - MEMORY_IOVA;

	return addr < MEMORY_IOVA || off > MEMORY_BYTES || len > MEMORY_BYTES - off
		       ? NULL
		       : card->memory + off;
}

static int fn_read(void *arg, uint64_t addr, void *buf, uint32_t len, uint32_t ticket)
{
	const uint8_t *mem = at(arg, addr, len);

	(void)ticket;
	return mem ? guard_copy(buf, mem, len) : -EFAULT;
}

static void fn_write(void *arg, uint64_t addr, const void *buf, uint32_t len)
{
	uint8_t *mem = at(arg, addr, len);

	if (!mem)
		card_fail("the card wrote to address 0x%lx, where no memory is", addr);
	guard_copy(mem, buf, len);
}

static void fn_msix(void *arg, unsigned int vector)
{
	(void)arg;
	(void)vector;
}

static const struct board_fn_ops fn_ops = { .read = fn_read, .write = fn_write, .msix = fn_msix };

void *card_alloc(struct card *card, size_t bytes)
{
	void *mem = card->memory + card->used;

	card->used += (bytes + 63) & ~63UL;
	if (card->used > MEMORY_BYTES)
		card_fail("host memory is too small");
	return mem;
}

uint64_t card_iova(const struct card *card, const void *mem)
{
	return MEMORY_IOVA + (uint64_t)((const uint8_t *)mem - card->memory);
}

/* ---- Queues ---- */

void card_queue_post(struct card *card, struct card_queue *queue, unsigned int n, uint32_t len,
		     bool device_writes)
{
	uint8_t *buffer = queue->buffers + (size_t)n * CARD_BUFFER;
	struct frl_vring_seg seg = { card_iova(card, buffer), len };

	if (frl_vring_add(&queue->ring, &seg, 1, device_writes, buffer))
		card_fail("no room in queue %u", queue->index);
}

void card_queue_kick(struct card_queue *queue)
{
	if (frl_vring_publish(&queue->ring))
		function_notify(queue->function, queue->index);
}

uint8_t *card_queue_take(struct card_queue *queue, uint32_t *len)
{
	uint8_t *buffer = frl_vring_take(&queue->ring, len);

	if (queue->ring.broken)
		card_fail("the card broke queue %u", queue->index);
	return buffer;
}

unsigned int card_queue_number(const struct card_queue *queue, const uint8_t *buffer)
{
	return (unsigned int)((buffer - queue->buffers) / CARD_BUFFER);
}

void card_queue_start(struct card *card, struct card_queue *queue, struct function *function,
		      unsigned int index, bool fill)
{
	void *mem = card_alloc(card, frl_vring_bytes(CARD_QUEUE_SIZE));
	struct function_queue regs = { .size = CARD_QUEUE_SIZE };

	queue->function = function;
	queue->index = index;
	queue->buffers = card_alloc(card, (size_t)CARD_QUEUE_SIZE * CARD_BUFFER);
	frl_vring_init(&queue->ring, mem, queue->slots, CARD_QUEUE_SIZE);
	regs.desc = card_iova(card, queue->ring.desc);
	regs.driver = card_iova(card, queue->ring.avail);
	regs.device = card_iova(card, queue->ring.used);
	for (unsigned int n = 0; n < CARD_QUEUE_SIZE && fill; n++)
		card_queue_post(card, queue, n, CARD_BUFFER, true);
	if (function_queue_start(function, index, &regs))
		card_fail("queue %u of function %u does not start", index, function->fn);
	card_queue_kick(queue);
}

/* ---- Admin queue ---- */

static int admin_send(void *arg, const void *frame, size_t len)
{
	struct card *card = arg;
	struct frl_pkt_meta meta = { .dst_port = FRL_PORT_FW, .flags = FRL_META_FLAG_DIRECT };
	unsigned int n = card->admin_tx_next++ % CARD_QUEUE_SIZE;
	uint8_t *buffer = card->admin_tx.buffers + (size_t)n * CARD_BUFFER;
	uint32_t used;

	if (META + len > CARD_BUFFER)
		return -EMSGSIZE;
	while (card_queue_take(&card->admin_tx, &used))
		;
	memcpy(buffer, &meta, META);
	memcpy(buffer + META, frame, len);
	card_queue_post(card, &card->admin_tx, n, (uint32_t)(META + len), false);
	card_queue_kick(&card->admin_tx);
	return 0;
}

static int admin_recv(void *arg, void *frame, size_t room)
{
	struct card *card = arg;
	struct board_stats stats;
	uint64_t end;
	uint32_t len;
	uint8_t *buffer;
	bool idle = false;

	board_stats(card->board, &stats);
	end = stats.cycles + stats.skipped_cycles + REPLY_CYCLES;
	while (!(buffer = card_queue_take(&card->admin_rx, &len))) {
		board_stats(card->board, &stats);
		if (idle || stats.cycles + stats.skipped_cycles > end)
			return -ETIMEDOUT;
		if (card->wait)
			card->wait(card->wait_arg);
		idle = board_run(card->board, CARD_WAIT_CYCLES);
	}
	if (len < META || len - META > room)
		return -EPROTO;
	memcpy(frame, buffer + META, len - META);
	card_queue_post(card, &card->admin_rx, card_queue_number(&card->admin_rx, buffer),
			CARD_BUFFER, true);
	card_queue_kick(&card->admin_rx);
	return (int)(len - META);
}

static void admin_port_changed(void *arg, const struct frl_port_info *info)
{
	(void)arg;
	(void)info;
}

static void *admin_alloc(void *arg, size_t bytes)
{
	(void)arg;
	return calloc(1, bytes);
}

static void admin_free(void *arg, void *mem)
{
	(void)arg;
	free(mem);
}

static const struct frl_admin_ops admin_ops = {
	.send = admin_send,
	.recv = admin_recv,
	.port_changed = admin_port_changed,
	.alloc = admin_alloc,
	.free = admin_free,
};

static void enable_port(struct card *card, uint8_t port)
{
	struct frl_port_info info = { .port = port, .admin = 1, .set = FRL_PORT_SET_ADMIN };

	if (frl_admin_port_set(&card->admin, &info))
		card_fail("port %u: %s", port, frl_refusal_text(card->admin.why.reason));
}

static void open_admin(struct card *card)
{
	struct frl_hello_rep hello;
	struct frl_pf_config config;
	uint8_t bytes[FUNCTION_CONFIG_BYTES];

	function_config(&card->pf, bytes);
	memcpy(&config, bytes, sizeof(config));
	frl_admin_init(&card->admin, &admin_ops, card);
	card_queue_start(card, &card->admin_rx, &card->pf, 2u * config.admin_pair, true);
	card_queue_start(card, &card->admin_tx, &card->pf, 2u * config.admin_pair + 1, false);
	if (frl_admin_hello(&card->admin, "bench", &hello))
		card_fail("firmware does not answer HELLO");
	enable_port(card, FRL_PORT_WIRE0);
	enable_port(card, FRL_PORT_WIRE0 + 1);
	enable_port(card, FRL_PORT_VF0);
}

/* ---- The whole ---- */

static void on_tx(void *arg, unsigned int wire, const void *frame, size_t len, uint64_t first_cycle)
{
	struct card *card = arg;

	if (card->tx)
		card->tx(card->tx_arg, wire, frame, len, first_cycle);
}

static void boot(struct card *card)
{
	bool idle = false;

	while (board_fw_state(card->board) == FRL_FW_STATE_BOOT && !idle)
		idle = board_run(card->board, 4096);
	if (board_fw_state(card->board) != FRL_FW_STATE_READY)
		card_fail("firmware does not start");
}

struct card *card_create(const char *dtb, const char *firmware, int pcie_round_trip)
{
	struct card *card = calloc(1, sizeof(*card));
	struct board_config config = { .dtb = dtb,
				       .firmware = firmware,
				       .time = BOARD_TIME_CYCLE,
				       .pcie_round_trip = pcie_round_trip,
				       .tx = on_tx,
				       .tx_arg = card };

	if (!card || posix_memalign((void **)&card->memory, 4096, MEMORY_BYTES))
		card_fail("no memory");
	card->board = board_create(&config);
	if (!card->board)
		exit(1);
	frl_rtl_set_link(board_rtl(card->board), 3);
	boot(card);
	board_set_fn(card->board, FRL_FN_PF, &fn_ops, card);
	board_set_fn(card->board, FRL_FN_VF0, &fn_ops, card);
	function_init(&card->pf, card->board, FRL_FN_PF);
	function_accept(&card->pf, UINT64_MAX);
	function_init(&card->vf0, card->board, FRL_FN_VF0);
	function_accept(&card->vf0, 1ULL << 32); /* VIRTIO_F_VERSION_1 and nothing else */
	open_admin(card);
	return card;
}

void card_destroy(struct card *card)
{
	board_destroy(card->board);
	free(card->memory);
	free(card);
}
