// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules change while a frame enters in every cycle, and each frame that leaves is checked: it must be the next one, and
 * what it looks like must be what its rule says, before or after a change that is under way. The messages that ask for the
 * changes go through the pipeline too, which takes one beat a cycle from all sources together: for each of their beats a
 * frame is left out, or the wire would offer more than there is room for.
 *
 * A flow has a rule of its own, which writes a code of 1 to CODES into the destination address, or none: then the base
 * rule below all others writes 0. An update gives a flow another code: its rule is made, swung to another action set,
 * or destroyed. Tables are filled so far that rules move.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STABLE	4096 /* flows that always have a rule */
#define CHURN	4096 /* flows that have one at times: half of them on average */
#define FLOWS	(STABLE + CHURN)
#define CODES	4
#define SETS	64 /* action sets of a code */
#define BATCH	8  /* updates in one frame to firmware */
#define FILL	92 /* per cent of the slots, on average */
#define AHEAD	256
#define LENGTH	60
#define PAYLOAD 42 /* behind Ethernet, IPv4 and UDP headers */

struct flow {
	uint32_t rule; /* handle, or 0 */
	uint8_t code, old;
	uint64_t settled; /* frames from this number on have the code, those before it that or the old one */
};

struct traffic {
	struct card *card;
	uint64_t random;
	uint64_t sent, received, lost, wrong;
	uint64_t enters;   /* cycle before which the next frame does not enter */
	uint64_t messages; /* beats of the frames to and from firmware */
	struct flow flow[FLOWS];
	uint32_t mask, set[CODES][SETS];
	uint32_t flow_of[1 << 16]; /* of the frames sent last, by number */
};

/* xorshift64: the same sequence in every run. */
static uint32_t below(struct traffic *t, uint32_t limit)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return (uint32_t)((t->random >> 32) * limit >> 32);
}

/* ---- Frames ---- */

static void make_frame(uint8_t *frame, uint64_t number, uint32_t flow)
{
	frame_udp(frame, LENGTH, flow);
	memcpy(frame + PAYLOAD, &number, sizeof(number));
	memcpy(frame + PAYLOAD + sizeof(number), &flow, sizeof(flow));
}

static void marker(uint8_t mac[6], uint32_t flow, uint8_t code)
{
	uint8_t bytes[6] = { 0x02, code, 0, 0, 0, code ? (uint8_t)(flow % SETS) : 0xff };

	memcpy(mac, bytes, sizeof(bytes));
}

/* Keeps frames at the wire, so that one enters in every cycle that is theirs. */
static void feed(void *arg)
{
	struct traffic *t = arg;
	struct frl_rtl *rtl = board_rtl(t->card->board);
	uint64_t now = bench_cycles(t->card);
	uint8_t frame[LENGTH];

	if (t->enters < now)
		t->enters = now;
	while (frl_rtl_rx_queued(rtl, 0) < AHEAD) {
		uint32_t flow = below(t, FLOWS);

		t->flow_of[t->sent % (1 << 16)] = flow;
		make_frame(frame, t->sent++, flow);
		frl_rtl_rx(rtl, 0, frame, sizeof(frame), t->enters++, false);
	}
}

static bool as_expected(const struct traffic *t, uint64_t number, const uint8_t *frame, size_t len)
{
	uint32_t flow = t->flow_of[number % (1 << 16)];
	const struct flow *f = &t->flow[flow];
	uint8_t expected[LENGTH];

	make_frame(expected, number, flow);
	marker(expected, flow, f->code);
	if (len == LENGTH && !memcmp(expected, frame, LENGTH))
		return true;
	marker(expected, flow, f->old);
	return number < f->settled && len == LENGTH && !memcmp(expected, frame, LENGTH);
}

static void on_tx(void *arg, unsigned int wire, const uint8_t *frame, size_t len,
		  uint64_t first_cycle)
{
	struct traffic *t = arg;
	uint64_t number = 0;

	(void)first_cycle;
	if (len >= PAYLOAD + sizeof(number))
		memcpy(&number, frame + PAYLOAD, sizeof(number));
	if (wire != BENCH_WIRE1 || number < t->received || number >= t->sent) {
		t->wrong++;
		return;
	}
	t->lost += number - t->received;
	t->received = number + 1;
	if (!as_expected(t, number, frame, len))
		t->wrong++;
}

/* ---- Rules ---- */

static uint32_t make_set(struct traffic *t, uint32_t flow, uint8_t code)
{
	struct {
		struct frl_action_set head;
		struct frl_leg leg;
	} req = { .head.legs = 1,
		  .leg = { .edits = FRL_EDIT_SET_ETH_DST,
			   .dest = FRL_DEST_PORT,
			   .dest_id = BENCH_WIRE1 } };
	struct frl_handle rep;

	marker(req.leg.eth_dst, flow, code);
	bench_call(t->card, FRL_OP_ACTION_SET_CREATE, &req, sizeof(req), &rep, sizeof(rep));
	return rep.handle;
}

/* ---- Updates ---- */

static void create(struct traffic *t, struct bench_batch *b, uint32_t flow, uint8_t code)
{
	struct bench_rule rule;
	struct frl_rule req;

	bench_rule_begin(&rule, BENCH_WIRE0);
	bench_rule_match_flow(&rule, flow);
	if (!t->mask)
		t->mask = bench_make_mask(t->card, &rule);
	bench_rule_request(&req, &rule, t->mask, t->set[code - 1][flow % SETS], 10);
	bench_batch_add(t->card, b, flow, FRL_OP_RULE_CREATE, &req, sizeof(req));
}

static void swing(struct traffic *t, struct bench_batch *b, uint32_t flow, uint8_t code)
{
	struct frl_rule_update req = { .handle = t->flow[flow].rule,
				       .action_set = t->set[code - 1][flow % SETS] };

	bench_batch_add(t->card, b, flow, FRL_OP_RULE_UPDATE, &req, sizeof(req));
}

static void destroy(struct traffic *t, struct bench_batch *b, uint32_t flow)
{
	struct frl_handle req = { .handle = t->flow[flow].rule };

	bench_batch_add(t->card, b, flow, FRL_OP_RULE_DESTROY, &req, sizeof(req));
}

/* Gives a flow another code; its frames have the old or the new one until firmware has answered. */
static void update(struct traffic *t, struct bench_batch *b)
{
	struct flow *f;
	uint32_t flow;
	uint8_t code;

	/* No frame of before its last update may be on its way. */
	do {
		flow = below(t, FLOWS);
		f = &t->flow[flow];
	} while (f->settled > t->received);
	code = (uint8_t)(f->code % CODES + 1);
	if (flow >= STABLE && f->rule && below(t, 2))
		code = 0;
	f->old = f->code;
	f->code = code;
	f->settled = UINT64_MAX;
	if (!code)
		destroy(t, b, flow);
	else if (f->rule)
		swing(t, b, flow, code);
	else
		create(t, b, flow, code);
}

static void on_reply(void *arg, uint32_t flow, const struct frl_msg *msg, const void *body)
{
	struct traffic *t = arg;
	struct frl_rule_rep rep;

	if (flow >= FLOWS)
		return;
	if (msg->opcode == FRL_OP_RULE_CREATE) {
		memcpy(&rep, body, sizeof(rep));
		t->flow[flow].rule = rep.handle;
	} else if (msg->opcode == FRL_OP_RULE_DESTROY) {
		t->flow[flow].rule = 0;
	}
	t->flow[flow].settled = t->sent;
}

/* Rules for `count` flows from `flow` on, BENCH_BATCH in a frame. */
static void create_flows(struct traffic *t, uint32_t flow, uint32_t count)
{
	for (uint32_t end = flow + count; flow < end;) {
		struct bench_batch b = { 0 };

		for (; flow < end && b.count < BENCH_BATCH; flow++)
			create(t, &b, flow, 1);
		bench_batch_send(t->card, &b, on_reply, t);
	}
}

/* Rules that nothing hits, until FILL per cent of the slots are taken: one bank has the base rule's mask. */
static void fill(struct traffic *t)
{
	const struct board_desc *desc = board_desc(t->card->board);
	uint32_t wanted = (desc->banks - 1) * desc->bank_slots / 100 * FILL;
	uint32_t own = STABLE + CHURN / 2;

	if (wanted > own)
		create_flows(t, FLOWS, wanted - own);
}

static void setup(struct traffic *t)
{
	struct bench_rule base;
	struct frl_rule req;
	struct frl_rule_rep rep;

	for (uint8_t code = 1; code <= CODES; code++)
		for (uint32_t flow = 0; flow < SETS; flow++)
			t->set[code - 1][flow] = make_set(t, flow, code);
	bench_rule_begin(&base, BENCH_WIRE0);
	bench_rule_request(&req, &base, bench_make_mask(t->card, &base), make_set(t, 0, 0), 20);
	bench_call(t->card, FRL_OP_RULE_CREATE, &req, sizeof(req), &rep, sizeof(rep));
	for (uint32_t flow = 0; flow < STABLE; flow++)
		t->flow[flow].code = 1;
	create_flows(t, 0, STABLE);
	fill(t);
}

static void show_progress(unsigned int done, unsigned int all)
{
	if (isatty(STDERR_FILENO) && (done % 1000 < BENCH_BATCH || done == all))
		fprintf(stderr, "\r  updates %u of %u%s", done, all, done == all ? "\n" : "");
}

void bench_update(struct card *card, unsigned int updates)
{
	struct traffic *t = calloc(1, sizeof(*t));
	uint64_t start, beats;

	if (!t)
		card_fail("no memory");
	t->card = card;
	t->random = 0x9e3779b97f4a7c15;
	setup(t);
	card->tx = on_tx;
	card->tx_arg = t;
	card->wait = feed;
	card->wait_arg = t;
	start = bench_cycles(card);
	for (unsigned int done = 0; done < updates;) {
		struct bench_batch b = { 0 };

		while (done + b.count < updates && b.count < BENCH_BATCH)
			update(t, &b);
		beats = bench_batch_send(t->card, &b, on_reply, t);
		t->enters += beats;
		t->messages += beats;
		done += b.count;
		show_progress(done, updates);
	}
	figure("flow.update.cycles.mean", (double)(bench_cycles(card) - start) / updates);
	figure("flow.update.pkts_per_cycle",
	       (double)t->sent / (double)(bench_cycles(card) - start));
	figure("flow.update.beats_per_cycle",
	       (double)(t->sent + t->messages) / (double)(bench_cycles(card) - start));
	card->wait = NULL;
	if (!frl_rtl_run_idle(board_rtl(card->board), BENCH_CYCLES_MAX))
		card_fail("the chip does not become idle");
	figure("flow.update.updates", updates);
	figure("flow.update.lost_packets", (double)(t->lost + t->sent - t->received));
	figure("flow.update.wrong_packets", (double)t->wrong);
	if (t->wrong || t->received != t->sent || t->lost)
		card_fail("updates: %lu frames lost, %lu wrong", t->lost + t->sent - t->received,
			  t->wrong);
	bench_flush(card);
	free(t);
}
