/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtqueues of whichever chip is linked in, RTL or reference model: drivers that are wrong, buffers in pieces, reads that
 * are answered late, queues that stop and go on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "frames.h"
#include "host.h"

#define VF0	 FRL_FN_VF0
#define VF0_PORT FRL_PORT_VF0
#define META	 sizeof(struct frl_pkt_meta)
#define VHDR	 FRL_VIRTIO_HDR_BYTES
#define ENABLE	 FRL_REG_PORT_CTRL_ENABLE_MASK
#define LEN	 HOST_FRAME

static void vf_stopped(struct host *host, unsigned int index, enum frl_queue_error error)
{
	const uint32_t page = FRL_BASE_FN + VF0 * FRL_BASE_FN_STRIDE;

	host_settle(host);
	host_fn_write(host, VF0, FRL_REG_FN_STATUS + 2, 2, index);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_QUEUE_ERROR, 4), error);
	assert_true(host_fn_read(host, VF0, FRL_REG_FN_STATUS, 1) & VIRTIO_CONFIG_S_NEEDS_RESET);
	assert_int_equal(host_card_read(host, page + FRL_REG_FN_FN_STATUS) >> 8 & 0xff, 1);
	assert_true(host_card_read(host, FRL_REG_CHIP_FN_EVENT0) & 1u << VF0);
	assert_int_equal(host->msix[VF0][0], 1);
	host->msix[VF0][0] = 0;
}

/* A descriptor of VF 0's transmit queue, and the error that stops it. */
struct bad {
	const char *what;
	enum frl_queue_error error;
	uint16_t head;
	struct vring_desc desc[3];
};

static const struct bad bad[] = {
	{ "head outside the table", FRL_QUEUE_ERROR_INDEX, HOST_QUEUE_SIZE, { { 0 } } },
	{ "next outside the table",
	  FRL_QUEUE_ERROR_INDEX,
	  0,
	  { { .len = 50, .flags = VRING_DESC_F_NEXT, .next = 999 } } },
	{ "loop",
	  FRL_QUEUE_ERROR_LOOP,
	  0,
	  { { .len = 50, .flags = VRING_DESC_F_NEXT, .next = 1 },
	    { .len = 50, .flags = VRING_DESC_F_NEXT, .next = 0 } } },
	{ "empty descriptor",
	  FRL_QUEUE_ERROR_LENGTH,
	  0,
	  { { .len = 50, .flags = VRING_DESC_F_NEXT, .next = 1 }, { .len = 0 } } },
	{ "header alone", FRL_QUEUE_ERROR_LENGTH, 0, { { .len = VHDR } } },
	{ "longer than the longest frame", FRL_QUEUE_ERROR_LENGTH, 0, { { .len = 9249 } } },
	{ "length that wraps",
	  FRL_QUEUE_ERROR_LENGTH,
	  0,
	  { { .len = 50, .flags = VRING_DESC_F_NEXT, .next = 1 }, { .len = UINT32_MAX } } },
	{ "writable", FRL_QUEUE_ERROR_DIRECTION, 0, { { .len = 50, .flags = VRING_DESC_F_WRITE } } },
	{ "indirect", FRL_QUEUE_ERROR_FLAGS, 0, { { .len = 64, .flags = VRING_DESC_F_INDIRECT } } },
	{ "no memory there", FRL_QUEUE_ERROR_DMA, 0, { { .addr = 1, .len = 50 } } },
};

static void bad_chains_stop_the_queue(void **state)
{
	struct host *host = *state;

	host_port(host, 0, ENABLE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct host_queue tx;

		host_fn_start(host, VF0);
		host_queue_start(host, &tx, VF0, 1, 0);
		for (int d = 0; d < 3; d++) {
			struct frl_vring_desc *to = &tx.ring.desc[d];

			memcpy(to, &bad[i].desc[d], sizeof(*to));
			to->addr = to->addr ? UINT64_MAX - 4096 : host_addr(host, VF0, tx.buffers);
		}
		tx.ring.avail->ring[0] = bad[i].head;
		tx.ring.avail->idx = 1;
		host_fn_write(host, VF0, FRL_REG_FN_NOTIFY, 2, 1);
		print_message("%s\n", bad[i].what);
		vf_stopped(host, 1, bad[i].error);
		assert_int_equal(tx.ring.used->idx, 0);
	}
	assert_int_equal(host->lookups, 0);
	assert_int_equal(host_drops(host, FRL_DROP_DMA_ERROR), 1);
}

static void wrong_indexes_stop_the_queue(void **state)
{
	struct host *host = *state;
	static const uint16_t wrong[] = { HOST_QUEUE_SIZE + 1, 0xffff };

	for (unsigned int queue = 0; queue < 2; queue++) {
		for (size_t i = 0; i < 2; i++) {
			struct host_queue q;

			host_fn_start(host, VF0);
			host_queue_start(host, &q, VF0, queue, 0);
			host_settle(host);
			q.ring.avail->idx = wrong[i];
			host_fn_write(host, VF0, FRL_REG_FN_NOTIFY, 2, queue);
			vf_stopped(host, queue, FRL_QUEUE_ERROR_INDEX);
		}
	}
}

static uint32_t random_below(uint64_t *seed, uint32_t end)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u; /* Knuth, MMIX */
	return (uint32_t)(*seed >> 33) % end;
}

/* A ring of random descriptors that are right now and then, and a random index. */
static void make_garbage(struct host *host, struct host_queue *queue, uint64_t *seed)
{
	struct frl_vring *ring = &queue->ring;

	for (unsigned int i = 0; i < HOST_QUEUE_SIZE; i++) {
		ring->desc[i].addr = random_below(seed, 8) ? host_addr(host, VF0, queue->buffers)
							   : random_below(seed, UINT32_MAX);
		ring->desc[i].len = random_below(seed, random_below(seed, 8) ? 200 : UINT32_MAX);
		ring->desc[i].flags = (uint16_t)random_below(seed, random_below(seed, 8) ? 4 : 9);
		ring->desc[i].next = (uint16_t)random_below(seed, HOST_QUEUE_SIZE + 1);
		ring->avail->ring[i] = (uint16_t)random_below(seed, HOST_QUEUE_SIZE + 1);
	}
	ring->avail->idx = (uint16_t)random_below(seed, HOST_QUEUE_SIZE + 2);
	ring->avail->flags = (uint16_t)random_below(seed, 2);
	host_fn_write(host, VF0, FRL_REG_FN_NOTIFY, 2, queue->index);
}

/* Whatever a driver writes, the chip comes to rest, and serves the next one. */
static void garbage_ends(void **state)
{
	struct host *host = *state;
	const struct virtio_net_hdr_mrg_rxbuf plain = { 0 };
	const size_t used = host->used;
	struct host_queue rx, tx;
	uint64_t seed = 1;

	host_port(host, VF0_PORT, ENABLE);
	host->wild = true;
	for (int i = 0; i < 500; i++) {
		host->used = used;
		host_fn_start(host, VF0);
		host_queue_start(host, &rx, VF0, 0, 0);
		host_queue_start(host, &tx, VF0, 1, 0);
		make_garbage(host, &rx, &seed);
		make_garbage(host, &tx, &seed);
		host_settle(host);
	}
	assert_true(host->lookups > 100); /* some of it was good */
	host_fn_start(host, VF0);
	host_queue_start(host, &tx, VF0, 1, 0);
	host_queue_send(host, &tx, &plain, VHDR, host_frame, LEN);
	host_settle(host);
	assert_int_equal(tx.ring.used->idx, 1);
}

/* What a VF asks for in its header was not negotiated: the frame is lost, the queue goes on. */
static void offloads_are_refused(void **state)
{
	struct host *host = *state;
	const struct virtio_net_hdr_mrg_rxbuf plain = { 0 },
					      csum = { .hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM },
					      gso = { .hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV4 };
	struct host_queue tx, rx;

	host_fn_start(host, VF0);
	host_fn_start(host, FRL_FN_PF);
	host_queue_start(host, &tx, VF0, 1, 0);
	host_queue_start(host, &rx, FRL_FN_PF, 0, 0);
	host_port(host, VF0_PORT, ENABLE);
	host_queue_send(host, &tx, &csum, VHDR, host_frame, LEN);
	host_queue_send(host, &tx, &gso, VHDR, host_frame, LEN);
	host_queue_send(host, &tx, &plain, VHDR, host_frame, LEN);
	host_settle(host);
	assert_int_equal(host_drops(host, FRL_DROP_TX_HEADER), 2);
	assert_int_equal(host_received(&rx).src_port, VF0_PORT);
	host_nothing_received(&rx);
	assert_int_equal(tx.ring.used->idx, 3);
	assert_int_equal(host->msix[VF0][2] > 0, 1);
}

static void receive_buffers(void **state)
{
	struct host *host = *state;
	struct host_queue rx, tx;
	const struct frl_pkt_meta meta = { .dst_port = VF0_PORT, .flags = FRL_META_FLAG_DIRECT };
	uint32_t len;
	const uint8_t *buffer;

	host_fn_start(host, FRL_FN_PF);
	host_fn_start(host, VF0);
	host_queue_start(host, &tx, FRL_FN_PF, 1, 0);
	host_queue_start(host, &rx, VF0, 0, 0);
	host_port(host, VF0_PORT, ENABLE);
	/* All buffers there are, and one frame more. */
	for (int i = 0; i < HOST_QUEUE_SIZE + 1; i++) {
		host_queue_send(host, &tx, &meta, META, host_frame, LEN);
		host_settle(host);
		assert_non_null(host_queue_take(&tx, &len));
	}
	assert_int_equal(host_drops(host, FRL_DROP_NO_BUFFER), 1);
	for (int i = 0; i < HOST_QUEUE_SIZE; i++)
		assert_non_null(host_queue_take(&rx, &len));
	/* A chain that is cut within the header, with room to spare; no notification. */
	host_queue_post(host, &rx, 0, HOST_BUFFER, 5);
	rx.ring.avail->idx = ++rx.ring.published;
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	host_settle(host);
	buffer = host_queue_take(&rx, &len);
	assert_non_null(buffer);
	assert_int_equal(len, VHDR + LEN);
	assert_memory_equal(buffer + VHDR, host_frame, LEN);
	assert_int_equal(buffer[VHDR + LEN], 0);
	assert_int_equal(host_port_count(host, VF0_PORT, FRL_PORT_COUNTER_TX), HOST_QUEUE_SIZE + 1);
	/* A byte too short. */
	host_queue_post(host, &rx, 1, VHDR + LEN - 1, 0);
	host_queue_kick(host, &rx);
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	vf_stopped(host, 0, FRL_QUEUE_ERROR_LENGTH);
	assert_int_equal(host_drops(host, FRL_DROP_BUFFER_SHORT), 1);
	host_nothing_received(&rx);
}

/* Reads that are answered one at a time, and long after. */
static void late_reads(void **state)
{
	struct host *host = *state;
	struct host_queue rx, tx;
	const struct frl_pkt_meta meta = { .dst_port = 1, .flags = FRL_META_FLAG_DIRECT };

	host_fn_start(host, FRL_FN_PF);
	host_queue_start(host, &tx, FRL_FN_PF, 1, 0);
	host_queue_start(host, &rx, FRL_FN_PF, 0, 0);
	host_settle(host);
	host_port(host, 1, ENABLE);
	host->later = true;
	for (int i = 0; i < 4; i++)
		host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	host_settle_later(host, &tx, 4);
	assert_int_equal(host->n_tx, 4);
	assert_memory_equal(host->tx[3].bytes, host_frame, LEN);
	assert_int_equal(frl_rtl_rx(host->rtl, 1, host_frame, LEN, 0, false), 0);
	host_settle_later(host, &rx, 1);
	host_received(&rx);
}

static uint16_t stop_queue(struct host *host, unsigned int fn, unsigned int index)
{
	host_fn_write(host, fn, FRL_REG_FN_STATUS + 2, 2, index);
	host_fn_write(host, fn, FRL_REG_FN_QUEUE_RESET + 2, 2, 1);
	for (int i = 0; i < 10000 && host_fn_read(host, fn, FRL_REG_FN_QUEUE_RESET + 2, 2); i++)
		;
	assert_int_equal(host_fn_read(host, fn, FRL_REG_FN_QUEUE_RESET + 2, 2), 0);
	assert_int_equal(host_fn_read(host, fn, FRL_REG_FN_QUEUE_ENABLE, 2), 0);
	return (uint16_t)host_fn_read(host, fn, FRL_REG_FN_QUEUE_BASE, 2);
}

/* A queue is stopped and goes on where it was, also over the end of the index. */
static void restart_at_an_index(void **state)
{
	struct host *host = *state;
	struct host_queue tx;
	const struct frl_pkt_meta meta = { .dst_port = 1, .flags = FRL_META_FLAG_DIRECT };

	host_fn_start(host, FRL_FN_PF);
	host_port(host, 1, ENABLE);
	host_queue_start(host, &tx, FRL_FN_PF, 1, 0xfffd);
	for (int i = 0; i < 5; i++)
		host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	host_settle(host);
	assert_int_equal(tx.ring.used->idx, 2);
	assert_int_equal(stop_queue(host, FRL_FN_PF, 1), 2);
	host_queue_kick(host, &tx);
	host_queue_start(host, &tx, FRL_FN_PF, 1, 2);
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	host_settle(host);
	assert_int_equal(tx.ring.used->idx, 3);
	assert_int_equal(host->n_tx, 6);
}

/* A reset is over when what was begun has ended, and that ends as if there were no reset. */
static void reset_waits_for_what_is_in_flight(void **state)
{
	struct host *host = *state;
	struct host_queue tx;
	const struct frl_pkt_meta meta = { .dst_port = 1, .flags = FRL_META_FLAG_DIRECT };

	host_fn_start(host, FRL_FN_PF);
	host_port(host, 1, ENABLE);
	host_queue_start(host, &tx, FRL_FN_PF, 1, 0);
	host_settle(host);
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	host->later = true;
	/* Index, entry; with the descriptor that is asked for then the buffer is taken. */
	for (int i = 0; i < 100 && !(host->n_reads && host->reads[0].len == 16); i++) {
		if (host->n_reads)
			host_answer(host);
		frl_rtl_step(host->rtl, 100);
	}
	host_fn_write(host, FRL_FN_PF, FRL_REG_FN_STATUS, 1, 0);
	frl_rtl_step(host->rtl, 1000);
	assert_int_not_equal(host_fn_read(host, FRL_FN_PF, FRL_REG_FN_STATUS, 1), 0);
	host_settle_later(host, &tx, 1);
	while (host->n_reads)
		host_answer(host);
	host_settle(host);
	assert_int_equal(host->n_tx, 1);
	assert_int_equal(host_fn_read(host, FRL_FN_PF, FRL_REG_FN_STATUS, 1), 0);
	assert_int_equal(host_fn_read(host, FRL_FN_PF, FRL_REG_FN_QUEUE_DESC_LO, 4), 0);
}

/* The first read of a queue, that of its ring's index, is still under way. */
static void reset_waits_for_an_index(void **state)
{
	struct host *host = *state;
	struct host_queue queue;
	const struct frl_pkt_meta meta = { .dst_port = 1, .flags = FRL_META_FLAG_DIRECT };

	host_port(host, 1, ENABLE);
	for (unsigned int index = 0; index < 2; index++) {
		host_fn_start(host, FRL_FN_PF);
		host->later = true;
		host_queue_start(host, &queue, FRL_FN_PF, index, 0);
		if (index)
			host_queue_send(host, &queue, &meta, META, host_frame, LEN);
		for (int i = 0; i < 100 && !host->n_reads; i++)
			frl_rtl_step(host->rtl, 100);
		assert_int_equal(host->n_reads, 1);
		host_fn_write(host, FRL_FN_PF, FRL_REG_FN_STATUS, 1, 0);
		frl_rtl_step(host->rtl, 1000);
		assert_int_not_equal(host_fn_read(host, FRL_FN_PF, FRL_REG_FN_STATUS, 1), 0);
		while (host->n_reads)
			host_answer(host);
		host->later = false;
		host_settle(host);
		assert_int_equal(host_fn_read(host, FRL_FN_PF, FRL_REG_FN_STATUS, 1), 0);
	}
}

/* A descriptor of a receive buffer that cannot be read costs the frame and stops the queue. */
static void receive_descriptor_cannot_be_read(void **state)
{
	struct host *host = *state;
	struct host_queue rx, tx;
	const struct frl_pkt_meta meta = { .dst_port = VF0_PORT, .flags = FRL_META_FLAG_DIRECT };
	bool failed = false;

	host_fn_start(host, FRL_FN_PF);
	host_fn_start(host, VF0);
	host_queue_start(host, &tx, FRL_FN_PF, 1, 0);
	host_queue_start(host, &rx, VF0, 0, 0);
	host_port(host, VF0_PORT, ENABLE);
	host_settle(host);
	host->later = true;
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	for (int i = 0; i < 1000; i++) {
		frl_rtl_step(host->rtl, 100);
		if (host->n_reads && host->reads[0].from == (uint8_t *)rx.ring.desc) {
			frl_rtl_dma_complete(host->rtl, host->reads[0].ticket, -EFAULT, NULL, 0);
			memmove(host->reads, host->reads + 1,
				--host->n_reads * sizeof(host->reads[0]));
			failed = true;
		} else if (host->n_reads) {
			host_answer(host);
		}
	}
	assert_true(failed);
	host->later = false;
	vf_stopped(host, 0, FRL_QUEUE_ERROR_DMA);
	assert_int_equal(host_drops(host, FRL_DROP_DMA_ERROR), 1);
	host_nothing_received(&rx);
}

static void only_known_and_stopped_queues_can_be_set(void **state)
{
	struct host *host = *state;
	struct host_queue rx, again;

	host_fn_start(host, VF0);
	host_fn_write(host, VF0, FRL_REG_FN_STATUS + 2, 2, 2);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_QUEUE_SIZE, 4), 0);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_QUEUE_BASE, 4), 0);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_QUEUE_ERROR, 4), 0);
	host_queue_start(host, &rx, VF0, 0, 0);
	host_fn_write(host, VF0, FRL_REG_FN_QUEUE_SIZE, 2, HOST_QUEUE_SIZE / 2);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_QUEUE_SIZE, 2), HOST_QUEUE_SIZE);
	host_settle(host);
	assert_int_equal(stop_queue(host, VF0, 0), 0);
	host_queue_start(host, &again, VF0, 0, 0);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_QUEUE_SIZE, 2), HOST_QUEUE_SIZE);
}

/* A driver takes its DRIVER_OK back while a descriptor is read that is wrong: the queue stops, no notice is sent. */
static void stop_without_driver_ok(void **state)
{
	struct host *host = *state;
	struct host_queue tx;

	host_fn_start(host, VF0);
	host_queue_start(host, &tx, VF0, 1, 0);
	host_settle(host);
	host->later = true;
	host_queue_post(host, &tx, 0, 50, 0);
	tx.ring.desc[tx.ring.avail->ring[0]].flags = VRING_DESC_F_WRITE;
	host_queue_kick(host, &tx);
	for (int i = 0; i < 100 && !(host->n_reads && host->reads[0].len == 16); i++) {
		if (host->n_reads)
			host_answer(host);
		frl_rtl_step(host->rtl, 100);
	}
	host_fn_write(host, VF0, FRL_REG_FN_STATUS, 1,
		      host_fn_read(host, VF0, FRL_REG_FN_STATUS, 1) & ~VIRTIO_CONFIG_S_DRIVER_OK);
	host_answer(host);
	host_settle(host);
	host_fn_write(host, VF0, FRL_REG_FN_STATUS + 2, 2, 1);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_QUEUE_ERROR, 4),
			 FRL_QUEUE_ERROR_DIRECTION);
	assert_true(host_fn_read(host, VF0, FRL_REG_FN_STATUS, 1) & VIRTIO_CONFIG_S_NEEDS_RESET);
	assert_int_equal(host->msix[VF0][0], 0);
}

/* Buffers that are told of at once, the last of them at the ring's begin. */
static void transmit_ring_goes_round(void **state)
{
	struct host *host = *state;
	struct host_queue tx;
	const struct frl_pkt_meta meta = { .dst_port = 1, .flags = FRL_META_FLAG_DIRECT };

	host_fn_start(host, FRL_FN_PF);
	host_port(host, 1, ENABLE);
	host_queue_start(host, &tx, FRL_FN_PF, 1, HOST_QUEUE_SIZE - 2);
	for (unsigned int n = 0; n < 5; n++) {
		memcpy(tx.buffers + (size_t)n * HOST_BUFFER, &meta, META);
		memcpy(tx.buffers + (size_t)n * HOST_BUFFER + META, host_frame, LEN);
		host_queue_post(host, &tx, n, META + LEN, 0);
	}
	host_queue_kick(host, &tx);
	host_settle(host);
	assert_int_equal(host->n_tx, 5);
	assert_memory_equal(host->tx[4].bytes, host_frame, LEN);
}

/* A queue starts, or a function is reset, in every cycle around the one in which another queue's index is known. */
static void start_beside_traffic(void **state)
{
	enum {
		ROUNDS = 400
	};
	struct host *host = *state;
	struct host_queue tx, other;
	const struct frl_pkt_meta meta = { .dst_port = 1, .flags = FRL_META_FLAG_DIRECT };
	uint32_t len;

	host_fn_start(host, FRL_FN_PF);
	host_port(host, 1, ENABLE);
	host_queue_start(host, &tx, FRL_FN_PF, 1, 0);
	host_settle(host);
	host_fn_write(host, FRL_FN_PF, FRL_REG_FN_STATUS + 2, 2, 3);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		host->later = i & 1;
		host_queue_send(host, &tx, &meta, META, host_frame, LEN);
		if (i & 1) {
			frl_rtl_step(host->rtl, 100);
			host_fn_write(host, VF0, FRL_REG_FN_STATUS, 1, 0);
			frl_rtl_step(host->rtl, i / 2);
			host_answer(host);
		} else {
			frl_rtl_step(host->rtl, i / 2);
			host_fn_write(host, FRL_FN_PF, FRL_REG_FN_QUEUE_BASE, 2, i);
			assert_int_equal(host_fn_read(host, FRL_FN_PF, FRL_REG_FN_QUEUE_BASE, 2),
					 i);
		}
		host_settle_later(host, &tx, (uint16_t)(i + 1));
		assert_non_null(host_queue_take(&tx, &len));
		host->n_tx = 0;
	}
	host->later = false;
	host_queue_start(host, &other, FRL_FN_PF, 3, 7);
	host_queue_send(host, &other, &meta, META, host_frame, LEN);
	host_settle(host);
	assert_int_equal(other.ring.used->idx, 8);
	assert_int_equal(host->n_tx, 1);
}

/* Both ways through every pair of the PF, then through that of every VF; nothing else is disturbed by their number. */
static void every_queue_carries_frames(void **state)
{
	static struct host_queue pf_rx[FRL_PF_PAIRS], pf_tx[FRL_PF_PAIRS], rx, tx;
	const struct virtio_net_hdr_mrg_rxbuf plain = { 0 };
	struct frl_pkt_meta meta = { .dst_port = 1, .flags = FRL_META_FLAG_DIRECT };
	struct host *host = *state;
	uint32_t len;

	host_fn_start(host, FRL_FN_PF);
	for (unsigned int p = 0; p < FRL_PF_PAIRS; p++) {
		host_queue_start(host, &pf_rx[p], FRL_FN_PF, 2 * p, 0);
		host_queue_start(host, &pf_tx[p], FRL_FN_PF, 2 * p + 1, 0);
	}
	for (unsigned int p = 0; p < FRL_PF_PAIRS; p++) {
		host_port(host, 1, ENABLE | p << FRL_REG_PORT_CTRL_SLOW_PAIR_LSB);
		host_queue_send(host, &pf_tx[p], &meta, META, host_frame, LEN);
		host_wire_in(host, 1, LEN, false);
		assert_int_equal(host->n_tx, p + 1);
		assert_int_equal(host_received(&pf_rx[p]).src_port, 1);
	}
	for (unsigned int v = 0; v < FRL_N_VFS; v++) {
		host_port(host, VF0_PORT + v, ENABLE | v << FRL_REG_PORT_CTRL_SLOW_PAIR_LSB);
		host_fn_start(host, VF0 + v);
		host_queue_start(host, &rx, VF0 + v, 0, 0);
		host_queue_start(host, &tx, VF0 + v, 1, 0);
		host_queue_send(host, &tx, &plain, VHDR, host_frame, LEN);
		host_settle(host);
		assert_int_equal(host_received(&pf_rx[v]).src_port, VF0_PORT + v);
		meta.dst_port = (uint8_t)(VF0_PORT + v);
		host_queue_send(host, &pf_tx[v], &meta, META, host_frame, LEN);
		host_settle(host);
		assert_non_null(host_queue_take(&rx, &len));
		assert_int_equal(len, VHDR + LEN);
	}
	for (unsigned int fn = FRL_FN_PF; fn < VF0 + FRL_N_VFS; fn++)
		host_fn_start(host, fn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(bad_chains_stop_the_queue),
		HOST_TEST(wrong_indexes_stop_the_queue),
		HOST_TEST(garbage_ends),
		HOST_TEST(offloads_are_refused),
		HOST_TEST(receive_buffers),
		HOST_TEST(late_reads),
		HOST_TEST(restart_at_an_index),
		HOST_TEST(reset_waits_for_what_is_in_flight),
		HOST_TEST(reset_waits_for_an_index),
		HOST_TEST(receive_descriptor_cannot_be_read),
		HOST_TEST(only_known_and_stopped_queues_can_be_set),
		HOST_TEST(stop_without_driver_ok),
		HOST_TEST(transmit_ring_goes_round),
		HOST_TEST(start_beside_traffic),
		HOST_TEST(every_queue_carries_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
