// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames and beats per cycle, and cycles of latency, through the pipeline from wire to wire. */
#include "bench.h"

#define FRAMES	       4096
#define FLOWS	       4096
#define FLOW(n)	       (1024 + (n) % FLOWS)
#define LATENCY_FRAMES 512

/* ---- Frames ---- */

static size_t udp60(uint8_t *frame, unsigned int n)
{
	frame_udp(frame, 60, FLOW(n));
	return 60;
}

static size_t one_flow(uint8_t *frame, unsigned int n)
{
	(void)n;
	frame_udp(frame, 60, FLOW(0));
	return 60;
}

static size_t vlan60(uint8_t *frame, unsigned int n)
{
	frame_vlan(frame, 60, FLOW(n));
	return 60;
}

static size_t vxlan60(uint8_t *frame, unsigned int n)
{
	frame_vxlan(frame, 60, FLOW(n));
	return 60 + FRAME_VXLAN_BYTES;
}

static size_t udp_of(uint8_t *frame, size_t len, unsigned int n)
{
	frame_udp(frame, len, FLOW(n));
	return len;
}

static size_t udp124(uint8_t *frame, unsigned int n)
{
	return udp_of(frame, 124, n);
}

static size_t udp1514(uint8_t *frame, unsigned int n)
{
	return udp_of(frame, 1514, n);
}

static size_t udp8996(uint8_t *frame, unsigned int n)
{
	return udp_of(frame, 8996, n);
}

/* IMIX: seven of 64, four of 594, one of 1,518 bytes, FCS counted. */
static size_t imix(uint8_t *frame, unsigned int n)
{
	static const uint16_t len[12] = { 60, 590, 60, 60, 590, 60, 1514, 60, 590, 60, 590, 60 };

	return udp_of(frame, len[n % 12], n);
}

/* ---- Rules ---- */

static void rule_push(struct bench_rules *rules)
{
	struct bench_rule rule;

	bench_rule_begin(&rule, BENCH_WIRE0);
	bench_rule_acts(&rule);
	bench_rule_push(&rule);
	bench_rule_end(rules, &rule, BENCH_WIRE1);
}

static void must_pop(struct bench_rule *rule)
{
	if (frl_acts_pop_vlan(&rule->acts) != FRL_REFUSAL_NONE)
		card_fail("pop VLAN: refused");
}

static void rule_pop(struct bench_rules *rules)
{
	struct bench_rule rule;

	bench_rule_begin(&rule, BENCH_WIRE0);
	bench_rule_match(&rule, FRL_F_vlan0_present, 1, 1);
	bench_rule_acts(&rule);
	must_pop(&rule);
	bench_rule_end(rules, &rule, BENCH_WIRE1);
}

static void rule_set_fields(struct bench_rules *rules)
{
	struct bench_rule rule;

	bench_rule_begin(&rule, BENCH_WIRE0);
	bench_rule_acts(&rule);
	bench_rule_set_fields(&rule);
	bench_rule_end(rules, &rule, BENCH_WIRE1);
}

static void rule_encap(struct bench_rules *rules)
{
	struct bench_rule rule;

	bench_rule_begin(&rule, BENCH_WIRE0);
	bench_rule_acts(&rule);
	bench_rule_encap(&rule);
	bench_rule_end(rules, &rule, BENCH_WIRE1);
}

static void rule_decap(struct bench_rules *rules)
{
	struct bench_rule rule;

	bench_rule_begin_vxlan(&rule, BENCH_WIRE0);
	bench_rule_acts(&rule);
	if (frl_acts_decap(&rule.acts) != FRL_REFUSAL_NONE)
		card_fail("decap: refused");
	bench_rule_end(rules, &rule, BENCH_WIRE1);
}

static void rule_forward(struct bench_rules *rules)
{
	bench_forward(rules, BENCH_WIRE0, BENCH_WIRE1);
}

/* ---- A figure ---- */

/* All frames that went in came out: a rate of a part of them would say nothing. */
static void expect_all(const struct bench_output *out, unsigned int frames, const char *name)
{
	if (out->frames != frames)
		card_fail("%s: %lu of %u frames came out", name, out->frames, frames);
}

struct bench_case {
	const char *name;
	void (*rules)(struct bench_rules *rules);
	bench_frame *frame;
	unsigned int pace; /* cycles per frame: beats of the side that has more */
};

static const struct bench_case packets[] = {
	{ "forward", rule_forward, udp60, 1 },	     { "one_flow", rule_forward, one_flow, 1 },
	{ "vlan_push", rule_push, udp60, 1 },	     { "vlan_pop", rule_pop, vlan60, 1 },
	{ "set_fields", rule_set_fields, udp60, 1 }, { "vxlan_encap", rule_encap, udp60, 2 },
	{ "vxlan_decap", rule_decap, vxlan60, 2 },
};

static const struct bench_case beats[] = {
	{ "128B", rule_forward, udp124, 0 },
	{ "1518B", rule_forward, udp1514, 0 },
	{ "9000B", rule_forward, udp8996, 0 },
	{ "imix", rule_forward, imix, 0 },
};

static void send_case(struct bench_rules *rules, const struct bench_case *c,
		      struct bench_output *out)
{
	c->rules(rules);
	bench_send(rules->card, out, c->frame, FRAMES, c->pace, 1, NULL);
	expect_all(out, FRAMES, c->name);
	bench_rules_remove(rules);
}

/* ---- Teams: no driver makes them so far ---- */

static void destroy(struct card *card, enum frl_op op, uint32_t handle)
{
	struct frl_handle req = { .handle = handle };
	struct frl_rule_gone gone;

	bench_call(card, op, &req, sizeof(req), &gone,
		   op == FRL_OP_RULE_DESTROY ? sizeof(gone) : 0);
}

/* All frames to a team of both wires. */
static void bench_team(struct card *card, const char *prefix)
{
	struct frl_team team = { .mode = FRL_TEAM_MODE_HASH,
				 .count = 2,
				 .members = { BENCH_WIRE0, BENCH_WIRE1 } };
	struct {
		struct frl_action_set head;
		struct frl_leg leg;
	} set = { .head.legs = 1, .leg.dest = FRL_DEST_TEAM };
	struct frl_mask mask = { .key[FRL_KEY_PORT_LSB / 32] = 0xffu << FRL_KEY_PORT_LSB % 32 };
	struct frl_rule rule = { .prio = 10 };
	struct bench_output out = { 0 };
	struct frl_rule_rep rep;
	struct frl_handle made;

	bench_call(card, FRL_OP_TEAM_CREATE, &team, sizeof(team), &made, sizeof(made));
	set.leg.handle = made.handle;
	bench_call(card, FRL_OP_ACTION_SET_CREATE, &set, sizeof(set), &made, sizeof(made));
	rule.action_set = made.handle;
	bench_call(card, FRL_OP_MASK_CREATE, &mask, sizeof(mask), &made, sizeof(made));
	rule.mask = made.handle;
	bench_call(card, FRL_OP_RULE_CREATE, &rule, sizeof(rule), &rep, sizeof(rep));
	bench_send(card, &out, udp60, FRAMES, 1, 1, NULL);
	expect_all(&out, FRAMES, "team");
	figure("%s.pkts_per_cycle.64B.team", bench_frame_rate(&out), prefix);
	destroy(card, FRL_OP_RULE_DESTROY, rep.handle);
	destroy(card, FRL_OP_MASK_DESTROY, rule.mask);
	destroy(card, FRL_OP_ACTION_SET_DESTROY, rule.action_set);
	destroy(card, FRL_OP_TEAM_DESTROY, set.leg.handle);
}

/* ---- Several rules at once ---- */

#define MIX 4

/* As it is, push, pop, set fields, in turn: the flow says which. */
static void mixed_rules(struct bench_rules *rules)
{
	for (unsigned int i = 0; i < MIX; i++) {
		struct bench_rule rule;

		bench_rule_begin(&rule, BENCH_WIRE0);
		bench_rule_match_flow(&rule, i);
		bench_rule_match(&rule, FRL_F_vlan0_present, i == 2, 1);
		bench_rule_acts(&rule);
		if (i == 1)
			bench_rule_push(&rule);
		else if (i == 2)
			must_pop(&rule);
		else if (i == 3)
			bench_rule_set_fields(&rule);
		bench_rule_end(rules, &rule, BENCH_WIRE1);
	}
}

static size_t mixed_frame(uint8_t *frame, unsigned int n)
{
	if (n % MIX == 2)
		frame_vlan(frame, 60, 2);
	else
		frame_udp(frame, 60, n % MIX);
	return 60;
}

/* The wires take jumbo frames. */
static void set_mtu(struct card *card)
{
	for (uint8_t wire = 0; wire < 2; wire++) {
		struct frl_port_info info = { .port = FRL_PORT_WIRE0 + wire,
					      .set = FRL_PORT_SET_MTU,
					      .mtu = 9198 };

		if (frl_admin_port_set(&card->admin, &info))
			card_fail("MTU: %s", frl_refusal_text(card->admin.why.reason));
	}
}

void bench_pipeline(struct card *card, const char *prefix)
{
	static const struct bench_case mixed = { "mixed", mixed_rules, mixed_frame, 1 };
	struct bench_output out = { 0 };
	struct bench_rules rules;

	set_mtu(card);
	bench_rules_init(&rules, card);
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		send_case(&rules, &packets[i], &out);
		figure("%s.pkts_per_cycle.64B.%s", bench_frame_rate(&out), prefix, packets[i].name);
	}
	send_case(&rules, &mixed, &out);
	figure("%s.pkts_per_cycle.64B.mixed", bench_frame_rate(&out), prefix);
	bench_team(card, prefix);
	for (size_t i = 0; i < sizeof(beats) / sizeof(beats[0]); i++) {
		send_case(&rules, &beats[i], &out);
		figure("%s.beats_per_cycle.%s", bench_beat_rate(&out), prefix, beats[i].name);
	}
}

/* ---- Latency ---- */

static uint64_t in[LATENCY_FRAMES], left[LATENCY_FRAMES];

static void latency(struct bench_rules *rules, const struct bench_case *c, unsigned int num,
		    unsigned int den, const char *load)
{
	struct bench_output out = { .cycle = left, .room = LATENCY_FRAMES };
	uint64_t min = UINT64_MAX, max = 0;

	c->rules(rules);
	bench_send(rules->card, &out, c->frame, LATENCY_FRAMES, num, den, in);
	expect_all(&out, LATENCY_FRAMES, c->name);
	for (unsigned int i = 0; i < LATENCY_FRAMES; i++) {
		uint64_t took = left[i] - in[i];

		min = took < min ? took : min;
		max = took > max ? took : max;
	}
	figure("pipeline.latency_cycles.%s%s.min", (double)min, c->name, load);
	figure("pipeline.latency_cycles.%s%s.max", (double)max, c->name, load);
	bench_rules_remove(rules);
}

/* Single frames through an empty pipeline, at gaps that are no multiple of anything; then at 0.95 of the core's rate. */
void bench_latency(struct card *card)
{
	static const struct bench_case cases[] = {
		{ "forward64", rule_forward, udp60, 1 },
		{ "encap64", rule_encap, udp60, 2 },
		{ "decap64", rule_decap, vxlan60, 2 },
	};
	struct bench_rules rules;

	bench_rules_init(&rules, card);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		latency(&rules, &cases[i], 3313, 10, "");
		latency(&rules, &cases[i], 20 * cases[i].pace, 19, ".load95");
	}
}
