/* SPDX-License-Identifier: BSD-3-Clause */
/* Which bins a frame reached. */
#ifndef COMPARE_REACH_H
#define COMPARE_REACH_H

#include "plan.h"

struct judge;
struct judge_frame;

void reach_case(const struct plan *plan);
void reach_frame(const struct plan_packet *packet);
/* A pass whose result stands in judge->result. */
void reach_pass(const struct judge *judge, const struct judge_frame *frame,
		const struct frl_rtl_trace_lookup *trace);

#endif /* COMPARE_REACH_H */
