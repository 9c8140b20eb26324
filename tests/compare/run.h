/* SPDX-License-Identifier: BSD-3-Clause */
/* One case, in a process of its own: a copy of the chip as it was right after reset. */
#ifndef COMPARE_RUN_H
#define COMPARE_RUN_H

#include "card.h"
#include "judge.h"

#define RUN_REPORT 65536

struct run_result {
	bool failed;
	int frame; /* that it failed with, -1: no certain one */
	uint32_t packets, rules;
	uint64_t passes, updates, cycles;
	char report[RUN_REPORT];
};

/* The case of a seed, less what `reduce` takes away. `accounts`: with the model's account of the frame in the report. */
void run_case(struct card *card, uint64_t seed, const struct plan_reduce *reduce,
	      enum judge_break broken, bool accounts, struct run_result *result);

/* The same in a child process; a child that dies or hangs has failed. */
void run_child(struct card *card, uint64_t seed, const struct plan_reduce *reduce,
	       enum judge_break broken, bool accounts, struct run_result *result);

/* Memory for a result that parent and child see; NULL when there is none. */
struct run_result *run_result_create(void);

#endif /* COMPARE_RUN_H */
