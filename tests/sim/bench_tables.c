// SPDX-License-Identifier: GPL-2.0-or-later
/* Rates with every bank in use and with full tables, and what it costs firmware to fill them. */
#include "bench.h"

#define FRAMES	8192
#define INSERTS 1000
/* Masks that are more than the banks: they stand in the TCAM. */
#define TCAM_MASKS 16

static unsigned int masks, rules_in;

/* ---- Every bank in use: as many masks as there are banks, and some more ---- */

static size_t mask_frame(uint8_t *frame, unsigned int n)
{
	frame_udp(frame, 60, n % masks);
	return 60;
}

/* Rule i matches its flow, and a prefix of both addresses whose lengths make its mask one of its own. */
static void mask_rules(struct bench_rules *rules)
{
	for (unsigned int i = 0; i < masks; i++) {
		struct bench_rule rule;

		bench_rule_begin(&rule, BENCH_WIRE0);
		bench_rule_match(&rule, FRL_F_tp_src, i, 0xffff);
		bench_rule_match(&rule, FRL_F_ip_src, FRAME_SRC_IP, 0xffffffffu << i % 32);
		bench_rule_match(&rule, FRL_F_ip_dst, FRAME_SRC_IP + 1, 0xffffffffu << i / 32);
		bench_rule_acts(&rule);
		bench_rule_end(rules, &rule, BENCH_WIRE1);
	}
}

/* ---- Full tables: flows in any order ---- */

static uint32_t any_flow(unsigned int n)
{
	return (uint32_t)((n * 2654435761ull >> 8) % rules_in);
}

static size_t flow_frame(uint8_t *frame, unsigned int n)
{
	frame_udp(frame, 60, any_flow(n));
	return 60;
}

/* Output to wire 1 as it is. */
static uint32_t output_set(struct card *card)
{
	struct {
		struct frl_action_set head;
		struct frl_leg leg;
	} req = { .head.legs = 1, .leg = { .dest = FRL_DEST_PORT, .dest_id = BENCH_WIRE1 } };
	struct frl_handle rep;

	bench_call(card, FRL_OP_ACTION_SET_CREATE, &req, sizeof(req), &rep, sizeof(rep));
	return rep.handle;
}

/* A rule for each of `count` flows, `batch` of them in a frame. */
static void flow_rules(struct card *card, unsigned int count, unsigned int batch)
{
	uint32_t set = output_set(card), mask = 0;

	for (uint32_t flow = 0; flow < count;) {
		struct bench_batch b = { 0 };

		for (; flow < count && b.count < batch; flow++) {
			struct bench_rule rule;
			struct frl_rule req;

			bench_rule_begin(&rule, BENCH_WIRE0);
			bench_rule_match_flow(&rule, flow);
			if (!mask)
				mask = bench_make_mask(card, &rule);
			bench_rule_request(&req, &rule, mask, set, 10);
			bench_batch_add(card, &b, flow, FRL_OP_RULE_CREATE, &req, sizeof(req));
		}
		bench_batch_send(card, &b, NULL, NULL);
	}
}

static void measure(struct card *card, bench_frame *frame, const char *prefix, const char *name)
{
	struct bench_output out = { 0 };

	bench_send(card, &out, frame, FRAMES, 1, 1, NULL);
	if (out.frames != FRAMES)
		card_fail("%s: %lu of %u frames came out", name, out.frames, FRAMES);
	figure("%s.pkts_per_cycle.64B.%s", bench_frame_rate(&out), prefix, name);
}

void bench_full_tables(struct card *card, const char *prefix)
{
	const struct board_desc *desc = board_desc(card->board);
	struct bench_rules rules;

	bench_rules_init(&rules, card);
	masks = desc->banks + TCAM_MASKS;
	mask_rules(&rules);
	measure(card, mask_frame, prefix, "masks_all");
	bench_rules_remove(&rules);
	rules_in = desc->banks * desc->bank_slots / 100 * 95;
	flow_rules(card, rules_in, BENCH_BATCH);
	measure(card, flow_frame, prefix, "rules_full");
	bench_flush(card);
}

static void insert(struct card *card, unsigned int batch, const char *name)
{
	struct board_stats before, after;

	board_stats(card->board, &before);
	flow_rules(card, INSERTS, batch);
	board_stats(card->board, &after);
	figure("flow.insert%s.instructions.mean",
	       (double)(after.core.instructions - before.core.instructions) / INSERTS, name);
	figure("flow.insert%s.register_writes.mean",
	       (double)(after.core.register_writes - before.core.register_writes) / INSERTS, name);
	bench_flush(card);
}

/* Rules of one mask that differ in their source port: one after the other, then several in a frame. */
void bench_insert(struct card *card)
{
	insert(card, 1, "");
	insert(card, BENCH_BATCH, ".batch");
}
