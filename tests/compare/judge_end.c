// SPDX-License-Identifier: BSD-3-Clause
/* The end of a case: nothing is missing, and the counters are right; see judge.h. */
#include "judge.h"

#include <stdlib.h>

void judge_cleared(void *arg, uint32_t id)
{
	struct judge *j = arg;

	j->rules[id][0] = j->rules[id][1] = 0;
}

static void compare_counter(struct judge *j, const struct frl_counter *counter,
			    const uint64_t expected[2], const char *what, uint32_t n)
{
	if (counter->packets != expected[0] || counter->bytes != expected[1])
		judge_fail(
			j, NULL, -1,
			"counter %s %u: model %lu packets, %lu bytes; chip %lu packets, %lu bytes",
			what, n, expected[0], expected[1], counter->packets, counter->bytes);
}

static void missing(struct judge *j, const struct judge_pass *pass, const char *where)
{
	if (pass)
		judge_fail(j, pass, -1, "frame %u never came out on %s", pass->frame->number,
			   where);
}

static void compare_left(struct judge *j)
{
	for (uint32_t w = 0; w < FRL_N_WIRES; w++)
		missing(j, STAILQ_FIRST(&j->wire[w]), w ? "wire 1" : "wire 0");
	for (uint32_t p = 0; p < PLAN_PAIRS; p++)
		missing(j, STAILQ_FIRST(&j->host[p]), "the host's slow path");
	for (uint32_t v = 0; v < PLAN_VFS; v++)
		missing(j, STAILQ_FIRST(&j->vf[v]), "a VF's queue");
	missing(j, STAILQ_FIRST(&j->leaving), "any way: it had its verdict");
	if (!STAILQ_EMPTY(&j->replicas))
		judge_fail(j, NULL, (int)STAILQ_FIRST(&j->replicas)->number,
			   "a copy was never looked up");
	for (uint32_t p = 0; p < FRL_N_PORTS; p++) {
		if (!STAILQ_EMPTY(&j->in[p]))
			judge_fail(j, NULL, (int)STAILQ_FIRST(&j->in[p])->number,
				   "frame %u from port %u was never looked up",
				   STAILQ_FIRST(&j->in[p])->number, p);
	}
	if (!STAILQ_EMPTY(&j->direct))
		judge_fail(j, NULL, (int)STAILQ_FIRST(&j->direct)->number,
			   "frame %u that the host sent direct was never seen",
			   STAILQ_FIRST(&j->direct)->number);
}

void judge_drops(struct judge *j, const struct frl_counter *counters)
{
	const struct frl_counter *drops = counters + FRL_COUNTER_DROP(j->plan->sizes.rules);

	for (uint32_t i = 0; i < FRL_DROP_COUNT; i++) {
		if (drops[i].packets != j->drops[i])
			fprintf(j->report, "drops %s: model %lu, chip %lu\n", frl_drop_name(i),
				j->drops[i], drops[i].packets);
	}
}

bool judge_waits(const struct judge *j, const struct card *card)
{
	return j->plan->flood ? frl_rtl_busy(card->rtl) : j->frames != 0;
}

/* What a wire of a flood sent and nobody saw was too much for its FIFO. */
static void overflown(struct judge *j)
{
	struct judge_frame *frame;

	for (uint32_t w = 0; w < FRL_N_WIRES && j->plan->flood; w++) {
		while ((frame = STAILQ_FIRST(&j->in[w]))) {
			STAILQ_REMOVE_HEAD(&j->in[w], link);
			judge_drop(j, FRL_DROP_RX_OVERFLOW);
			free(frame);
		}
	}
}

void judge_end(struct judge *j, const struct frl_counter *counters)
{
	uint32_t rules = j->plan->sizes.rules;
	const struct frl_counter *ports = counters + FRL_COUNTER_PORT(rules);

	judge_turn(j);
	overflown(j);
	compare_left(j);
	for (uint32_t r = 0; r < rules; r++)
		compare_counter(j, &counters[r], j->rules[r], "of rule", r);
	for (uint32_t p = 0; p < 4 * FRL_N_PORTS; p++) {
		char what[32];

		snprintf(what, sizeof(what), "%s of port", frl_port_counter_name(p % 4));
		compare_counter(j, &ports[p], j->ports[p / 4][p % 4], what, p / 4);
	}
	for (uint32_t i = 0; i < 32; i++) {
		const uint64_t drops[2] = { j->drops[i], 0 };

		compare_counter(j, &counters[FRL_COUNTER_DROP(rules) + i], drops, frl_drop_name(i),
				i);
		compare_counter(j, &counters[FRL_COUNTER_PUNT(rules) + i], j->punts[i],
				frl_punt_name(i), i);
	}
}
