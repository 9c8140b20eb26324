// SPDX-License-Identifier: BSD-3-Clause
/* Runs cases of the comparison of RTL and reference model; README.md. */
#include "bins.h"
#include "run.h"
#include "shrink.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* Cases within which a broken expectation must be found out. */
#define SELF_TEST_CASES 60
/* Failures after which it makes no sense to go on. */
#define FAILURES_MAX 3

struct options {
	uint64_t seed, replay;
	bool seeded, again, self_test, no_shrink;
	uint32_t cases, seconds;
	struct plan_reduce reduce;
	const char *bins, *holes;
};

static const char *const break_names[JUDGE_BREAKS] = {
	"whole",     "a byte of a frame",    "priorities",	"epochs",
	"a counter", "a frame that is lost", "mark of a frame", "flipped bits",
};

/* ---- Options ---- */

enum {
	O_PACKETS = 256,
	O_RULES,
	O_NO_UPDATES,
	O_NO_STALLS,
	O_NO_GAPS,
	O_PAYLOAD,
	O_BINS,
	O_HOLES,
	O_SELF_TEST,
	O_NO_SHRINK,
	O_CASE
};

static const struct argp_option argp_options[] = {
	{ "seed", 's', "N", 0, "First seed; a random one when not given", 0 },
	{ "cases", 'n', "N", 0, "Cases to run (default: as many as --seconds allows, or 50)", 0 },
	{ "seconds", 't', "S", 0, "Time to run", 0 },
	{ "case", O_CASE, "SEED", 0, "Run one case again", 0 },
	{ "packets", O_PACKETS, "LIST", 0, "Of that case: only these frames (3,7,10-12)", 0 },
	{ "rules", O_RULES, "LIST", 0, "Only these rules", 0 },
	{ "no-updates", O_NO_UPDATES, NULL, 0, "Leave the tables alone while frames run", 0 },
	{ "no-stalls", O_NO_STALLS, NULL, 0, "No interface stands still", 0 },
	{ "no-gaps", O_NO_GAPS, NULL, 0, "Frames follow each other without a gap", 0 },
	{ "payload", O_PAYLOAD, "BYTES", 0, "Longest payload", 0 },
	{ "bins", O_BINS, "FILE", 0, "Write what was reached to this JSON file", 0 },
	{ "holes", O_HOLES, "FILE", 0, "Fail when a bin was not reached that FILE does not name",
	  0 },
	{ "self-test", O_SELF_TEST, NULL, 0,
	  "Break the expectation in many ways: all must be found", 0 },
	{ "no-shrink", O_NO_SHRINK, NULL, 0, "Show a failing case as it is", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 's':
		o->seed = strtoull(arg, NULL, 0);
		o->seeded = true;
		return 0;
	case 'n':
		o->cases = (uint32_t)strtoul(arg, NULL, 0);
		return 0;
	case 't':
		o->seconds = (uint32_t)strtoul(arg, NULL, 0);
		return 0;
	case O_CASE:
		o->replay = strtoull(arg, NULL, 0);
		o->again = true;
		return 0;
	case O_PACKETS:
		if (shrink_parse(arg, o->reduce.drop_packet, PLAN_PACKETS))
			argp_error(state, "%s is no list of frames", arg);
		return 0;
	case O_RULES:
		if (shrink_parse(arg, o->reduce.drop_rule, PLAN_RULES))
			argp_error(state, "%s is no list of rules", arg);
		return 0;
	case O_NO_UPDATES:
		o->reduce.no_updates = true;
		return 0;
	case O_NO_STALLS:
		o->reduce.no_stalls = true;
		return 0;
	case O_NO_GAPS:
		o->reduce.no_gaps = true;
		return 0;
	case O_PAYLOAD:
		o->reduce.payload_max = (uint32_t)strtoul(arg, NULL, 0);
		return 0;
	case O_BINS:
		o->bins = arg;
		return 0;
	case O_HOLES:
		o->holes = arg;
		return 0;
	case O_SELF_TEST:
		o->self_test = true;
		return 0;
	case O_NO_SHRINK:
		o->no_shrink = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	argp_options, parse, NULL, "Compares the chip with the reference model on random cases.",
	NULL,	      NULL,  NULL
};

/* ---- Runs ---- */

static uint64_t case_seed(uint64_t seed, uint32_t n)
{
	struct rng rng = rng_of(seed, 1, n);

	return rng_next(&rng) >> 16;
}

struct sums {
	uint32_t passed, failed;
	uint64_t packets, passes, updates, cycles;
};

static void one(struct card *card, const struct options *o, uint64_t seed,
		struct run_result *result, struct sums *sums, const char *program)
{
	struct plan_reduce reduce = o->reduce;

	run_child(card, seed, &reduce, JUDGE_WHOLE, o->again, result);
	sums->packets += result->packets;
	sums->passes += result->passes;
	sums->updates += result->updates;
	sums->cycles += result->cycles;
	if (!result->failed) {
		sums->passed++;
		return;
	}
	sums->failed++;
	if (!o->no_shrink && !o->again)
		shrink(card, seed, JUDGE_WHOLE, &reduce, result);
	shrink_show(card, seed, &reduce, result, program);
}

static void all(struct card *card, const struct options *o, struct run_result *result,
		struct sums *sums, const char *program)
{
	time_t end = time(NULL) + o->seconds;
	uint32_t cases = o->cases ? o->cases : o->seconds ? UINT32_MAX : 50;

	for (uint32_t n = 0; n < cases && sums->failed < FAILURES_MAX; n++) {
		if (o->seconds && time(NULL) >= end)
			break;
		one(card, o, case_seed(o->seed, n), result, sums, program);
	}
}

/* A comparison that cannot fail proves nothing. */
static void self_test(struct card *card, const struct options *o, struct run_result *result,
		      struct sums *sums)
{
	for (int b = JUDGE_WHOLE + 1; b < JUDGE_BREAKS; b++) {
		uint32_t n = 0;

		do
			run_child(card, case_seed(o->seed, n), &o->reduce, (enum judge_break)b,
				  false, result);
		while (!result->failed && ++n < SELF_TEST_CASES);
		printf("  broken on purpose: %-22s %s in case %u\n", break_names[b],
		       result->failed ? "found" : "NOT FOUND", n);
		sums->passed += result->failed;
		sums->failed += !result->failed;
	}
}

static int finish(const struct options *o, struct sums *sums)
{
	int holes;

	if (o->bins && bins_write(o->bins)) {
		fprintf(stderr, "compare: cannot write %s\n", o->bins);
		sums->failed++;
	}
	if (o->holes) {
		holes = bins_holes(o->holes);
		if (holes < 0)
			fprintf(stderr, "compare: %s: %s\n", o->holes, strerror(-holes));
		sums->failed += holes != 0;
		sums->passed += holes == 0;
	}
	printf("%u passed, %u failed\n", sums->passed, sums->failed);
	return sums->passed && !sums->failed ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct sums sums = { 0 };
	struct run_result *result = run_result_create();
	struct card *card;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return 2;
	if (!o.seeded && getrandom(&o.seed, 4, 0) != 4)
		return 2;
	if (!result || bins_create() || !(card = card_create(8)))
		return 2;
	printf("  seed %lu: %u banks of %u, %u TCAM entries, %u rules\n", o.seed, card->sizes.banks,
	       card->sizes.bank_slots, card->sizes.tcam, card->sizes.rules);
	if (o.self_test)
		self_test(card, &o, result, &sums);
	else if (o.again)
		one(card, &o, o.replay, result, &sums, argv[0]);
	else
		all(card, &o, result, &sums, argv[0]);
	if (!o.self_test)
		printf("  %lu frames, %lu passes, %lu table changes, %lu cycles\n", sums.packets,
		       sums.passes, sums.updates, sums.cycles);
	card_destroy(card);
	return finish(&o, &sums);
}
