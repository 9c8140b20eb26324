// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Benchmarks of the card in this process. All figures but sim.khz.* are counts of cycles, instructions and
 * register accesses: they repeat exactly, so a change is a change of the product.
 *
 * "64B" is the frame with its FCS, 60 bytes on the bus. Rates are frames out per cycle, from the first beat of
 * the first frame out to that of the last.
 */
#include "card.h"
#include "frames.h"

#include "frl_chip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAMES	       4096
#define ROUND_TRIP     250
#define INSERTS	       1000
#define LATENCY_FRAMES 256
#define WIRE1	       (FRL_PORT_WIRE0 + 1)
/* Cycles after which a run that does not end is a failure. */
#define CYCLES_MAX 2000000

/* What left on the wires in one run. */
struct output {
	uint64_t frames, first, last;
	uint64_t cycles[FRAMES];
};

static void on_tx(void *arg, unsigned int wire, size_t len, uint64_t first_cycle)
{
	struct output *out = arg;

	(void)wire;
	(void)len;
	if (!out->frames)
		out->first = first_cycle;
	out->last = first_cycle;
	if (out->frames < FRAMES)
		out->cycles[out->frames] = first_cycle;
	out->frames++;
}

static void expect_output(struct card *card, struct output *out)
{
	memset(out, 0, sizeof(*out));
	card->tx = on_tx;
	card->tx_arg = out;
}

static double rate(const struct output *out)
{
	return out->frames < 2 ? 0 : (double)(out->frames - 1) / (double)(out->last - out->first);
}

static uint64_t cycles(struct card *card)
{
	return frl_rtl_cycles(board_rtl(card->board));
}

/* ---- Figures ---- */

static FILE *figures;
static const char *separator = "{\n";

static void figure(const char *name, double value)
{
	fprintf(figures, "%s \"%s\": %.6g", separator, name, value);
	separator = ",\n";
}

/* ---- Rules ---- */

static void must(struct card *card, int refusal, const char *what)
{
	if (refusal)
		card_fail("%s: refused: %s", what, frl_refusal_text((unsigned int)refusal));
	(void)card;
}

/* A rule for the flows of frame_udp() that come from `port`. */
static void begin_rule(struct card *card, struct frl_rule_desc *rule, struct frl_acts *acts,
		       uint8_t port)
{
	frl_rule_init(rule, port, 10);
	must(card, frl_match_l3(&rule->match, FRL_L3_TYPE_IPV4), "IPv4");
	must(card, frl_match_l4(&rule->match, FRL_L4_TYPE_UDP), "UDP");
	must(card, frl_match_set(&rule->match, FRL_F_tp_dst, FRAME_DST_PORT, 0xffff), "tp_dst");
	must(card, frl_match_set(&rule->match, FRL_F_tun_type, FRL_TUN_TYPE_NONE, 3), "no tunnel");
	frl_acts_init(acts, rule);
}

static struct frl_rule_ref end_rule(struct card *card, struct frl_rule_desc *rule,
				    struct frl_acts *acts, uint8_t port)
{
	struct frl_rule_ref ref = { 0 };
	int err;

	must(card, frl_acts_output(acts, port), "output");
	must(card, frl_acts_finish(acts), "actions");
	err = frl_admin_rule_create(&card->admin, rule, &ref);
	if (err)
		card_fail("rule: %s: %s", strerror(-err), frl_refusal_text(card->admin.why.reason));
	return ref;
}

static void remove_rule(struct card *card, struct frl_rule_ref *ref)
{
	struct frl_rule_gone gone;

	if (frl_admin_rule_destroy(&card->admin, ref, &gone))
		card_fail("rule cannot be destroyed: %s", frl_refusal_text(card->admin.why.reason));
}

static struct frl_rule_ref forward_rule(struct card *card, uint8_t from, uint8_t to)
{
	struct frl_rule_desc rule;
	struct frl_acts acts;

	begin_rule(card, &rule, &acts, from);
	return end_rule(card, &rule, &acts, to);
}

static struct frl_rule_ref push_rule(struct card *card)
{
	struct frl_rule_desc rule;
	struct frl_acts acts;

	begin_rule(card, &rule, &acts, FRL_PORT_WIRE0);
	must(card, frl_acts_push_vlan(&acts, 0x8100), "push VLAN");
	must(card, frl_acts_set_vid(&acts, 100), "VLAN id");
	must(card, frl_acts_set_pcp(&acts, 0), "VLAN priority");
	return end_rule(card, &rule, &acts, WIRE1);
}

static struct frl_rule_ref encap_rule(struct card *card)
{
	struct frl_encap encap = { .tun_type = FRL_TUN_TYPE_VXLAN,
				   .ttl = 64,
				   .df = 1,
				   .vni = FRAME_VNI,
				   .udp_dst = 4789 };
	struct frl_rule_desc rule;
	struct frl_acts acts;

	memcpy(encap.eth_dst, frame_dst, 6);
	memcpy(encap.eth_src, frame_src, 6);
	memcpy(encap.ip_src, frame_vtep_here, 4);
	memcpy(encap.ip_dst, frame_vtep_there, 4);
	begin_rule(card, &rule, &acts, FRL_PORT_WIRE0);
	must(card, frl_acts_encap(&acts, &encap), "encap");
	return end_rule(card, &rule, &acts, WIRE1);
}

static struct frl_rule_ref decap_rule(struct card *card)
{
	struct frl_rule_desc rule;
	struct frl_acts acts;

	frl_rule_init(&rule, FRL_PORT_WIRE0, 10);
	must(card, frl_match_set(&rule.match, FRL_F_tun_type, FRL_TUN_TYPE_VXLAN, 3),
	     "tunnel type");
	must(card, frl_match_set(&rule.match, FRL_F_tun_vni, FRAME_VNI, 0xffffff), "VNI");
	frl_acts_init(&acts, &rule);
	must(card, frl_acts_decap(&acts), "decap");
	return end_rule(card, &rule, &acts, WIRE1);
}

/* ---- Pipeline ---- */

typedef void make_frame(uint8_t *frame, size_t len, uint16_t flow);

/* `count` frames into wire 0, back to back, until all that leaves has left; wall seconds per cycle in *seconds. */
static void blast(struct card *card, struct output *out, make_frame *make, size_t len, size_t extra,
		  unsigned int count, double *seconds)
{
	struct frl_rtl *rtl = board_rtl(card->board);
	uint64_t start = cycles(card);
	struct timespec before, after;
	uint8_t frame[FRAME_MAX];

	expect_output(card, out);
	for (unsigned int i = 0; i < count; i++) {
		make(frame, len, (uint16_t)(1024 + i));
		frl_rtl_rx(rtl, 0, frame, len + extra, 0, false);
	}
	clock_gettime(CLOCK_MONOTONIC, &before);
	frl_rtl_run_idle(rtl, CYCLES_MAX);
	clock_gettime(CLOCK_MONOTONIC, &after);
	*seconds = ((double)(after.tv_sec - before.tv_sec) +
		    (double)(after.tv_nsec - before.tv_nsec) * 1e-9) /
		   (double)(cycles(card) - start);
	if (out->frames == 0)
		card_fail("no frame came out");
}

static void bench_pipeline(struct card *card, const char *name, struct frl_rule_ref rule,
			   make_frame *make, size_t extra)
{
	static struct output out;
	double seconds;
	char key[64];

	blast(card, &out, make, 60, extra, FRAMES, &seconds);
	snprintf(key, sizeof(key), "pipeline.pkts_per_cycle.64B.%s", name);
	figure(key, rate(&out));
	if (out.frames != FRAMES)
		fprintf(stderr, "bench: %s: %lu of %u frames came out\n", key, out.frames, FRAMES);
	remove_rule(card, &rule);
}

/* Single frames at gaps that are no multiple of anything, through an empty pipeline. */
static void bench_latency(struct card *card)
{
	static struct output out;
	struct frl_rule_ref rule = forward_rule(card, FRL_PORT_WIRE0, WIRE1);
	struct frl_rtl *rtl = board_rtl(card->board);
	uint64_t start = cycles(card) + 100, min = UINT64_MAX, max = 0;
	uint64_t in[LATENCY_FRAMES];
	uint8_t frame[60];

	expect_output(card, &out);
	for (unsigned int i = 0; i < LATENCY_FRAMES; i++) {
		in[i] = start + 331ULL * i + i % 17;
		frame_udp(frame, sizeof(frame), (uint16_t)(1024 + i));
		frl_rtl_rx(rtl, 0, frame, sizeof(frame), in[i], false);
	}
	frl_rtl_run_idle(rtl, CYCLES_MAX);
	if (out.frames != LATENCY_FRAMES)
		card_fail("latency: %lu of %u frames came out", out.frames, LATENCY_FRAMES);
	for (unsigned int i = 0; i < LATENCY_FRAMES; i++) {
		uint64_t took = out.cycles[i] - in[i];

		min = took < min ? took : min;
		max = took > max ? took : max;
	}
	figure("pipeline.latency_cycles.forward64.min", (double)min);
	figure("pipeline.latency_cycles.forward64.max", (double)max);
	remove_rule(card, &rule);
}

/* Speed of the simulation, forwarding back to back: the only figures that depend on this machine. */
static void bench_simulation(struct card *card)
{
	static struct output out;
	struct frl_rule_ref rule = forward_rule(card, FRL_PORT_WIRE0, WIRE1);
	double seconds;

	blast(card, &out, frame_udp, 60, 0, 20000, &seconds);
	figure("sim.khz.64B", 1e-3 / seconds);
	blast(card, &out, frame_udp, 1514, 0, 2000, &seconds);
	figure("sim.khz.1518B", 1e-3 / seconds);
	remove_rule(card, &rule);
}

/* ---- Host queues: VF 0, one queue each way ---- */

static void fill_tx(struct card *card, struct card_queue *queue, unsigned int n)
{
	uint8_t *buffer = queue->buffers + (size_t)n * CARD_BUFFER;

	memset(buffer, 0, FRL_VIRTIO_HDR_BYTES);
	frame_udp(buffer + FRL_VIRTIO_HDR_BYTES, 60, (uint16_t)(1024 + n));
	card_queue_post(card, queue, n, FRL_VIRTIO_HDR_BYTES + 60, false);
}

static void bench_host_tx(struct card *card, struct card_queue *queue)
{
	static struct output out;
	struct frl_rule_ref rule = forward_rule(card, FRL_PORT_VF0, FRL_PORT_WIRE0);
	uint64_t end = cycles(card) + CYCLES_MAX;
	unsigned int sent = 0;
	uint8_t *buffer;
	uint32_t len;

	expect_output(card, &out);
	while (sent < CARD_QUEUE_SIZE)
		fill_tx(card, queue, sent++);
	card_queue_kick(queue);
	while (out.frames < FRAMES && cycles(card) < end) {
		frl_rtl_step(board_rtl(card->board), 16);
		while (sent < FRAMES && (buffer = card_queue_take(queue, &len))) {
			fill_tx(card, queue, card_queue_number(queue, buffer));
			sent++;
		}
		card_queue_kick(queue);
	}
	if (out.frames < FRAMES)
		card_fail("host.tx: %lu of %u frames came out", out.frames, FRAMES);
	figure("host.tx.pkts_per_cycle.64B.1q", rate(&out));
	frl_rtl_run_idle(board_rtl(card->board), CYCLES_MAX);
	while (card_queue_take(queue, &len))
		;
	remove_rule(card, &rule);
}

static void bench_host_rx(struct card *card, struct card_queue *queue)
{
	struct frl_rule_ref rule = forward_rule(card, FRL_PORT_WIRE0, FRL_PORT_VF0);
	struct frl_rtl *rtl = board_rtl(card->board);
	uint64_t first = 0, last = 0, got = 0, end = cycles(card) + CYCLES_MAX;
	uint8_t frame[60], *buffer;
	uint32_t len;

	/* More is offered than is taken: what the queue cannot carry is dropped before it. */
	for (unsigned int i = 0; i < 8 * FRAMES; i++) {
		frame_udp(frame, sizeof(frame), (uint16_t)(1024 + i));
		frl_rtl_rx(rtl, 0, frame, sizeof(frame), 0, false);
	}
	while (got < FRAMES && frl_rtl_busy(rtl) && cycles(card) < end) {
		frl_rtl_step(rtl, 1);
		while ((buffer = card_queue_take(queue, &len))) {
			first = got++ ? first : cycles(card);
			last = cycles(card);
			card_queue_post(card, queue, card_queue_number(queue, buffer), CARD_BUFFER,
					true);
		}
		card_queue_kick(queue);
	}
	if (got < 2)
		card_fail("host.rx: %lu frames came in", got);
	figure("host.rx.pkts_per_cycle.64B.1q", (double)(got - 1) / (double)(last - first));
	frl_rtl_run_idle(rtl, CYCLES_MAX);
	remove_rule(card, &rule);
}

static void bench_host(struct card *card)
{
	static struct card_queue rx, tx;

	card_queue_start(card, &rx, &card->vf0, 0, true);
	card_queue_start(card, &tx, &card->vf0, 1, false);
	bench_host_tx(card, &tx);
	bench_host_rx(card, &rx);
}

/* ---- Firmware ---- */

/* Rules of one mask that differ in their source port, one after the other. */
static void bench_insert(struct card *card)
{
	static struct frl_rule_ref refs[INSERTS];
	struct board_stats before, after;
	struct frl_rule_desc rule;
	struct frl_acts acts;

	board_stats(card->board, &before);
	for (unsigned int i = 0; i < INSERTS; i++) {
		begin_rule(card, &rule, &acts, FRL_PORT_WIRE0);
		must(card, frl_match_set(&rule.match, FRL_F_tp_src, i, 0xffff), "tp_src");
		frl_acts_init(&acts, &rule);
		refs[i] = end_rule(card, &rule, &acts, WIRE1);
	}
	board_stats(card->board, &after);
	figure("flow.insert.instructions.mean",
	       (double)(after.core.instructions - before.core.instructions) / INSERTS);
	figure("flow.insert.register_writes.mean",
	       (double)(after.core.register_writes - before.core.register_writes) / INSERTS);
	for (unsigned int i = 0; i < INSERTS; i++)
		remove_rule(card, &refs[i]);
}

int main(int argc, char **argv)
{
	struct card *card;

	if (argc != 4)
		card_fail("usage: bench BOARD.dtb FIRMWARE.elf OUTPUT.json");
	card = card_create(argv[1], argv[2], ROUND_TRIP);
	figures = fopen(argv[3], "w");
	if (!figures)
		card_fail("%s cannot be written", argv[3]);
	bench_insert(card);
	bench_pipeline(card, "forward", forward_rule(card, FRL_PORT_WIRE0, WIRE1), frame_udp, 0);
	bench_pipeline(card, "vlan_push", push_rule(card), frame_udp, 0);
	bench_pipeline(card, "vxlan_encap", encap_rule(card), frame_udp, 0);
	bench_pipeline(card, "vxlan_decap", decap_rule(card), frame_vxlan, FRAME_VXLAN_BYTES);
	bench_latency(card);
	bench_host(card);
	bench_simulation(card);
	fputs("\n}\n", figures);
	if (fclose(figures))
		card_fail("%s cannot be written", argv[3]);
	card_destroy(card);
	return 0;
}
