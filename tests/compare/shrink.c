// SPDX-License-Identifier: BSD-3-Clause
/* Smaller and smaller failing cases; see shrink.h. */
#include "shrink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Seconds that it may take; what is not small by then is shown as it is. */
#define SECONDS 90

struct shrink {
	struct card *card;
	uint64_t seed;
	enum judge_break broken;
	struct plan_reduce *best;
	struct run_result *result, *trial;
	time_t end;
	uint32_t runs;
};

/* Keep a smaller case if it fails too. */
static bool try_case(struct shrink *s, const struct plan_reduce *reduce)
{
	if (time(NULL) > s->end)
		return false;
	s->runs++;
	run_child(s->card, s->seed, reduce, s->broken, false, s->trial);
	if (!s->trial->failed)
		return false;
	*s->best = *reduce;
	memcpy(s->result, s->trial, sizeof(*s->result));
	return true;
}

static void try_flags(struct shrink *s)
{
	struct plan_reduce r = *s->best;

	r.no_updates = true;
	try_case(s, &r);
	r = *s->best;
	r.no_stalls = true;
	try_case(s, &r);
	r = *s->best;
	r.no_gaps = true;
	try_case(s, &r);
}

static void try_payload(struct shrink *s)
{
	static const uint32_t sizes[] = { 1, 20, 80, 400 };
	struct plan_reduce r = *s->best;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		r.payload_max = sizes[i];
		if (try_case(s, &r))
			return;
	}
}

/* What comes after the frame that failed cannot have been the cause. */
static void cut_tail(struct shrink *s)
{
	struct plan_reduce r = *s->best;

	if (s->result->frame < 0)
		return;
	for (uint32_t i = (uint32_t)s->result->frame + 1; i < PLAN_PACKETS; i++)
		r.drop_packet[i] = 1;
	try_case(s, &r);
}

/* Delta debugging of one list: leave out chunks, ever smaller ones. `which` picks the list out of a case. */
static void cut_list(struct shrink *s, uint8_t *(*which)(struct plan_reduce *), uint32_t n)
{
	for (uint32_t chunk = n / 2; chunk; chunk /= 2) {
		for (uint32_t from = 0; from < n; from += chunk) {
			struct plan_reduce r = *s->best;
			uint8_t *drop = which(&r);
			uint32_t left = 0;

			for (uint32_t i = from; i < from + chunk && i < n; i++) {
				left += !drop[i];
				drop[i] = 1;
			}
			if (left)
				try_case(s, &r);
		}
	}
}

static uint8_t *packets_of(struct plan_reduce *r)
{
	return r->drop_packet;
}

static uint8_t *rules_of(struct plan_reduce *r)
{
	return r->drop_rule;
}

void shrink(struct card *card, uint64_t seed, enum judge_break broken, struct plan_reduce *reduce,
	    struct run_result *result)
{
	struct shrink s = { .card = card,
			    .seed = seed,
			    .broken = broken,
			    .best = reduce,
			    .result = result,
			    .trial = run_result_create(),
			    .end = time(NULL) + SECONDS };

	if (!s.trial)
		return;
	cut_tail(&s);
	try_flags(&s);
	cut_list(&s, packets_of, PLAN_PACKETS);
	cut_list(&s, rules_of, PLAN_RULES);
	try_flags(&s);
	try_payload(&s);
	cut_list(&s, packets_of, PLAN_PACKETS);
	/* Once more, with the model's account. */
	run_child(card, seed, reduce, broken, true, s.trial);
	if (s.trial->failed)
		memcpy(result, s.trial, sizeof(*result));
	printf("  made smaller in %u runs\n", s.runs);
}

/* ---- Telling ---- */

static void print_list(const char *option, const uint8_t *drop, uint32_t n)
{
	const char *sep = "";
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
		kept += !drop[i];
	if (kept == n)
		return;
	printf(" --%s ", option);
	if (!kept)
		fputs("none", stdout);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t from = i;

		if (drop[i])
			continue;
		while (i + 1 < n && !drop[i + 1])
			i++;
		printf(from == i ? "%s%u" : "%s%u-%u", sep, from, i);
		sep = ",";
	}
}

int shrink_parse(const char *text, uint8_t *drop, uint32_t n)
{
	memset(drop, 1, n);
	if (!strcmp(text, "none"))
		return 0;
	for (;;) {
		char *end;
		unsigned long from = strtoul(text, &end, 10), to = from;

		if (end == text)
			return -EINVAL;
		if (*end == '-')
			to = strtoul(end + 1, &end, 10);
		if (to >= n || from > to)
			return -EINVAL;
		memset(drop + from, 0, to - from + 1);
		if (!*end)
			return 0;
		if (*end != ',')
			return -EINVAL;
		text = end + 1;
	}
}

static void show_packet(const struct plan *plan, uint32_t i)
{
	static const char *const sources[] = { "wire 0",       "wire 1", "host, looked up",
					       "host, direct", "VF 0",	 "VF 1" };
	static struct plan_packet p;
	char text[512];

	plan_packet(plan, i, &p);
	packet_describe(p.frame.bytes, p.frame.len, &plan->knobs, text, sizeof(text));
	printf("  frame %u from %s (port %u%s), %u bytes: %s\n", i, sources[p.source],
	       p.meta.src_port, p.mac_error ? ", MAC error" : "", p.frame.len, text);
	if (p.meta.direct)
		printf("    to port %u, mark 0x%x\n", p.meta.dst_port, p.meta.mark);
	else if (p.source == PLAN_HOST)
		printf("    table_id %u, ct_state 0x%x, ct_zone %u, ct_mark 0x%x\n",
		       p.meta.table_id, p.meta.ct_state, p.meta.ct_zone, p.meta.ct_mark);
	for (uint32_t b = 0; b < p.frame.len && b < 320; b++)
		printf("%s%02x", b % 32 ? "" : "\n    ", p.frame.bytes[b]);
	puts(p.frame.len > 320 ? "...\n" : "\n");
}

static void show_rule(const struct plan *plan, uint32_t i)
{
	const struct plan_rule *rule = &plan->rule[i];
	struct plan_actions actions;

	plan_actions(plan, i, 0, &actions);
	printf("  rule %u: prio %u, %s%s, %u leg%s;", rule->id, rule->prio,
	       rule->in_tcam ? "TCAM" : "bank", rule->lies ? ", fingerprint lies" : "",
	       actions.legs, actions.legs > 1 ? "s" : "");
	for (uint32_t n = 0; n < actions.legs; n++) {
		const uint32_t *row = actions.leg[n].row;

		printf(" edits 0x%lx pop %lu push %lu dest %s %lu;",
		       row_get(row, FRL_LEG_EDITS_LSB, 16), row_get(row, FRL_LEG_POP_LSB, 2),
		       row_get(row, FRL_LEG_PUSH_LSB, 2),
		       frl_dest_name((unsigned int)row_get(row, FRL_LEG_DEST_LSB, 4)),
		       row_get(row, FRL_LEG_DEST_ID_LSB, 8));
	}
	putchar('\n');
}

void shrink_show(struct card *card, uint64_t seed, const struct plan_reduce *reduce,
		 const struct run_result *result, const char *program)
{
	static struct plan plan;
	uint32_t shown = 0;

	printf("\nMISMATCH, case seed %lu\n%s\n", seed, result->report);
	plan_make(&plan, seed, &card->sizes, reduce);
	for (uint32_t i = 0; i < plan.packets && shown < 6; i++) {
		if (reduce->drop_packet[i] ||
		    (result->frame >= 0 && shown == 5 && (int)i < result->frame))
			continue;
		shown++;
		show_packet(&plan, i);
	}
	shown = 0;
	for (uint32_t i = 0; i < plan.rules && shown < 8; i++) {
		if (!reduce->drop_rule[i] && ++shown)
			show_rule(&plan, i);
	}
	printf("Again: %s --case %lu", program, seed);
	print_list("packets", reduce->drop_packet, PLAN_PACKETS);
	print_list("rules", reduce->drop_rule, PLAN_RULES);
	printf("%s%s%s", reduce->no_updates ? " --no-updates" : "",
	       reduce->no_stalls ? " --no-stalls" : "", reduce->no_gaps ? " --no-gaps" : "");
	if (reduce->payload_max)
		printf(" --payload %u", reduce->payload_max);
	puts("\n");
}
