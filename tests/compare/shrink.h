/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes a failing case small, and shows it. */
#ifndef COMPARE_SHRINK_H
#define COMPARE_SHRINK_H

#include "run.h"

/* Leave out what can be left out while the case still fails; the last failing result stays in `result`. */
void shrink(struct card *card, uint64_t seed, enum judge_break broken, struct plan_reduce *reduce,
	    struct run_result *result);

/* The frames and rules that are left, both accounts, and the command that does it again. */
void shrink_show(struct card *card, uint64_t seed, const struct plan_reduce *reduce,
		 const struct run_result *result, const char *program);

/* "3,7,12-15" of PLAN_PACKETS or PLAN_RULES: all others are left out. 0 or -EINVAL. */
int shrink_parse(const char *text, uint8_t *drop, uint32_t n);

#endif /* COMPARE_SHRINK_H */
