/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ought to come out. For every frame that the chip says it has looked up (trace port), the reference model is asked
 * with the tables as they stood for that frame; what it says must be the chip's verdict, and the frame that it makes must
 * come out, byte by byte, at its place in the order.
 */
#ifndef COMPARE_JUDGE_H
#define COMPARE_JUDGE_H

#include "card.h"
#include "tables.h"

#include <stdio.h>
#include <sys/queue.h>

/* Ways to spoil the expectation: every one of them must be found out. */
enum judge_break {
	JUDGE_WHOLE,
	JUDGE_BYTE,	/* a byte of a frame that leaves */
	JUDGE_PRIORITY, /* priorities are the wrong way round */
	JUDGE_EPOCH,	/* table writes are seen at once */
	JUDGE_COUNTER,	/* a hit is not counted */
	JUDGE_LOST,	/* a frame that leaves is forgotten */
	JUDGE_META,	/* a mark is another one */
	JUDGE_PARITY,	/* flipped bits are overlooked */
	JUDGE_BREAKS
};

/* A frame on its way in, or in the replica loop. */
struct judge_frame {
	STAILQ_ENTRY(judge_frame) link;
	uint32_t number; /* in the plan */
	uint32_t beats;
	struct frl_model_meta meta;
	size_t len;
	uint8_t bytes[];
};
STAILQ_HEAD(judge_frames, judge_frame);

/* A frame that has its verdict. */
struct judge_pass {
	STAILQ_ENTRY(judge_pass) link;
	struct judge_frame *frame;
	uint8_t port, reason, leave, pair;
	uint16_t next_leg;
	bool rule_hit;
	uint32_t rule, mark;
	char *account;
	size_t len;
	uint8_t *out;
};
STAILQ_HEAD(judge_passes, judge_pass);

struct judge {
	const struct plan *plan;
	const struct tables *tables;
	enum judge_break broken;
	bool accounts; /* keep the model's account of every pass */

	/* Table writes, and the two states of the tables. */
	struct frl_rtl_trace_write *log;
	uint32_t log_count, log_room;
	struct frl_model_tables *lookup, *action;
	uint32_t lookup_at, action_at;
	/* Of the tables for the action: first leg by rule, and 1 + the write in the log by leg. */
	uint16_t *rule_leg;
	uint32_t *leg_write;

	struct judge_frames in[FRL_N_PORTS], direct, replicas;
	struct judge_passes leaving;
	struct judge_frames came[FRL_N_WIRES]; /* out of the chip, not compared */
	struct judge_passes wire[FRL_N_WIRES], host[PLAN_PAIRS], vf[PLAN_VFS];
	uint32_t frames, beats;		  /* in the chip */
	uint32_t starved;		  /* frames that VF 2's queue was to take */
	uint32_t wire_beats[FRL_N_WIRES]; /* not looked up so far */
	uint64_t events;		  /* anything that came from the chip */
	uint64_t passes, leaves;

	uint64_t (*rules)[2]; /* packets and bytes by id */
	uint64_t ports[FRL_N_PORTS][4][2], drops[32], punts[32][2];

	struct frl_model_result result;
	/* What went wrong first: the number of the frame, or -1, and the text. */
	bool failed;
	int failed_frame;
	char *failure;
	FILE *report;
	size_t report_size;
};

int judge_start(struct judge *judge, const struct plan *plan, const struct tables *tables,
		struct card *card);
bool judge_failed(const struct judge *judge);
void judge_fail(struct judge *judge, const struct judge_pass *pass, int frame, const char *format,
		...) __attribute__((format(printf, 4, 5)));

/* A row of the leg table as frames see it now; NULL: it was never written. */
const uint32_t *judge_leg(const struct judge *judge, uint32_t leg);
/* A frame was dropped for that reason. */
void judge_drop(struct judge *judge, enum frl_drop reason);

/* Frame `number` is sent now. What is dropped before the pipeline is only counted. */
void judge_sent(struct judge *judge, uint32_t number, const struct plan_packet *packet);
/* After some cycles: what came out must be known by now. */
void judge_turn(struct judge *judge);
/* A buffer that the host got on a receive queue of the PF or of a VF. */
void judge_host(struct judge *judge, unsigned int pair, const uint8_t *buffer, uint32_t len);
void judge_vf(struct judge *judge, unsigned int vf, const uint8_t *buffer, uint32_t len);
/* Frames are still to come out. In a flood nobody knows how many: until the chip is at rest. */
bool judge_waits(const struct judge *judge, const struct card *card);
/* All is still: nothing may be missing, and the counters must be right. */
void judge_end(struct judge *judge, const struct frl_counter *counters);
/* What the chip dropped and the model did not, or the other way round: often the reason for what is missing. */
void judge_drops(struct judge *judge, const struct frl_counter *counters);
void judge_cleared(void *arg, uint32_t id);

#endif /* COMPARE_JUDGE_H */
