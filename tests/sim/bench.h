/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the benchmark share; see bench.c. */
#ifndef TESTS_SIM_BENCH_H
#define TESTS_SIM_BENCH_H

#include "card.h"
#include "frames.h"

#include "frl_chip.h"

#define BENCH_WIRE0 FRL_PORT_WIRE0
#define BENCH_WIRE1 (FRL_PORT_WIRE0 + 1)
/* A run of this many cycles that does not end is a failure. */
#define BENCH_CYCLES_MAX 4000000

/* ---- Figures ---- */

/* One figure of the output file. */
void figure(const char *format, double value, ...) __attribute__((format(printf, 1, 3)));

/* ---- Rules (bench_rules.c) ---- */

/* Rules that a benchmark made; bench_rules_remove() ends them. */
struct bench_rules {
	struct card *card;
	struct frl_rule_ref *ref;
	unsigned int count, room;
};

void bench_rules_init(struct bench_rules *rules, struct card *card);
void bench_rules_remove(struct bench_rules *rules);

/*
 * A rule for UDP frames of frame_udp() from `port`, with its match and actions to be completed, and the end of it: an
 * output to `port`, and it is in hardware.
 */
struct bench_rule {
	struct frl_rule_desc desc;
	struct frl_acts acts;
};

void bench_rule_begin(struct bench_rule *rule, uint8_t port);
/* Frames of frame_vxlan() instead. */
void bench_rule_begin_vxlan(struct bench_rule *rule, uint8_t port);
void bench_rule_match(struct bench_rule *rule, enum frl_field field, uint64_t value, uint64_t mask);
/* The flow number of frame_udp(), all of it. */
void bench_rule_match_flow(struct bench_rule *rule, uint32_t flow);
/* The match is complete, actions follow. */
void bench_rule_acts(struct bench_rule *rule);
void bench_rule_push(struct bench_rule *rule);
void bench_rule_set_fields(struct bench_rule *rule);
void bench_rule_encap(struct bench_rule *rule);
void bench_rule_end(struct bench_rules *rules, struct bench_rule *rule, uint8_t port);

/* Everything that frame_udp() makes, from one port to another as it is. */
void bench_forward(struct bench_rules *rules, uint8_t from, uint8_t to);

/* ---- Messages, without the objects that the admin client keeps (bench_batch.c) ---- */

/* One message and its reply. */
void bench_call(struct card *card, enum frl_op op, const void *req, size_t len, void *rep,
		size_t rep_len);
/* Mask object of a rule's match; RULE_CREATE for it. */
uint32_t bench_make_mask(struct card *card, const struct bench_rule *rule);
void bench_rule_request(struct frl_rule *req, const struct bench_rule *rule, uint32_t mask,
			uint32_t set, uint16_t prio);
/* All objects are gone. */
void bench_flush(struct card *card);

/* Messages in one frame to firmware; `tag` is the caller's. Zero before the first. */
#define BENCH_BATCH 8
struct bench_batch {
	uint8_t frame[CARD_BUFFER];
	size_t len;
	unsigned int count;
	uint32_t tag[BENCH_BATCH], seq[BENCH_BATCH];
};

typedef void bench_reply(void *arg, uint32_t tag, const struct frl_msg *msg, const void *body);

void bench_batch_add(struct card *card, struct bench_batch *batch, uint32_t tag, enum frl_op op,
		     const void *req, size_t len);
/* Sends them and waits for all replies, which come in order; reply may be NULL. Beats on the frame bus that requests and
 * replies took. */
uint64_t bench_batch_send(struct card *card, const struct bench_batch *batch, bench_reply *reply,
			  void *arg);

/* ---- Traffic (bench_traffic.c) ---- */

/* Frame number n of a benchmark; its bytes. */
typedef size_t bench_frame(uint8_t *frame, unsigned int n);

/* What left on the wires in one run. */
struct bench_output {
	uint64_t frames, bytes, beats;
	uint64_t first, last; /* cycles of the first and the last frame's first beat */
	uint64_t last_beats;  /* beats of the last frame */
	uint64_t *cycle;      /* of each frame's first beat, for `room` frames; may be NULL */
	unsigned int room;
};

/* Counts what leaves from now on. */
void bench_expect(struct card *card, struct bench_output *out);

/*
 * `count` frames into wire 0, one every num / den cycles (0: back to back), until all that leaves has left. `in`: the
 * cycle in which each was offered, or NULL. Wall seconds per cycle.
 */
double bench_send(struct card *card, struct bench_output *out, bench_frame *make,
		  unsigned int count, unsigned int num, unsigned int den, uint64_t *in);

/* Frames and beats per cycle, from the first one's first beat to the last one's. */
double bench_frame_rate(const struct bench_output *out);
double bench_beat_rate(const struct bench_output *out);

uint64_t bench_cycles(const struct card *card);

/* ---- Parts ---- */

void bench_pipeline(struct card *card, const char *prefix);
void bench_full_tables(struct card *card, const char *prefix);
void bench_latency(struct card *card);
void bench_host(struct card *card);
void bench_insert(struct card *card);
void bench_update(struct card *card, unsigned int updates);

#endif /* TESTS_SIM_BENCH_H */
