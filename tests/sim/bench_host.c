// SPDX-License-Identifier: GPL-2.0-or-later
/* Host queues: VF 0, one queue each way. */
#include "bench.h"

#include <string.h>

#define FRAMES 4096

static void fill_tx(struct card *card, struct card_queue *queue, unsigned int n)
{
	uint8_t *buffer = queue->buffers + (size_t)n * CARD_BUFFER;

	memset(buffer, 0, FRL_VIRTIO_HDR_BYTES);
	frame_udp(buffer + FRL_VIRTIO_HDR_BYTES, 60, 1024 + n);
	card_queue_post(card, queue, n, FRL_VIRTIO_HDR_BYTES + 60, false);
}

static void host_tx(struct card *card, struct card_queue *queue)
{
	struct frl_rtl *rtl = board_rtl(card->board);
	uint64_t end = bench_cycles(card) + BENCH_CYCLES_MAX;
	struct bench_output out = { 0 };
	struct bench_rules rules;
	unsigned int sent = 0;
	uint8_t *buffer;
	uint32_t len;

	bench_rules_init(&rules, card);
	bench_forward(&rules, FRL_PORT_VF0, BENCH_WIRE0);
	bench_expect(card, &out);
	while (sent < CARD_QUEUE_SIZE)
		fill_tx(card, queue, sent++);
	card_queue_kick(queue);
	while (out.frames < FRAMES && bench_cycles(card) < end) {
		frl_rtl_step(rtl, 16);
		while (sent < FRAMES && (buffer = card_queue_take(queue, &len))) {
			fill_tx(card, queue, card_queue_number(queue, buffer));
			sent++;
		}
		card_queue_kick(queue);
	}
	if (out.frames < FRAMES)
		card_fail("host.tx: %lu of %u frames came out", out.frames, FRAMES);
	figure("host.tx.pkts_per_cycle.64B.1q", bench_frame_rate(&out));
	frl_rtl_run_idle(rtl, BENCH_CYCLES_MAX);
	while (card_queue_take(queue, &len))
		;
	bench_rules_remove(&rules);
}

static void host_rx(struct card *card, struct card_queue *queue)
{
	struct frl_rtl *rtl = board_rtl(card->board);
	uint64_t first = 0, last = 0, got = 0, end = bench_cycles(card) + BENCH_CYCLES_MAX;
	struct bench_rules rules;
	uint8_t frame[60], *buffer;
	uint32_t len;

	bench_rules_init(&rules, card);
	bench_forward(&rules, BENCH_WIRE0, FRL_PORT_VF0);
	/* More is offered than is taken: what the queue cannot carry is dropped before it. */
	for (unsigned int i = 0; i < 8 * FRAMES; i++) {
		frame_udp(frame, sizeof(frame), 1024 + i);
		frl_rtl_rx(rtl, 0, frame, sizeof(frame), 0, false);
	}
	while (got < FRAMES && frl_rtl_busy(rtl) && bench_cycles(card) < end) {
		frl_rtl_step(rtl, 1);
		while ((buffer = card_queue_take(queue, &len))) {
			first = got++ ? first : bench_cycles(card);
			last = bench_cycles(card);
			card_queue_post(card, queue, card_queue_number(queue, buffer), CARD_BUFFER,
					true);
		}
		card_queue_kick(queue);
	}
	if (got < 2)
		card_fail("host.rx: %lu frames came in", got);
	figure("host.rx.pkts_per_cycle.64B.1q", (double)(got - 1) / (double)(last - first));
	frl_rtl_run_idle(rtl, BENCH_CYCLES_MAX);
	bench_rules_remove(&rules);
}

void bench_host(struct card *card)
{
	static struct card_queue rx, tx;

	card_queue_start(card, &rx, &card->vf0, 0, true);
	card_queue_start(card, &tx, &card->vf0, 1, false);
	host_tx(card, &tx);
	host_rx(card, &rx);
}
