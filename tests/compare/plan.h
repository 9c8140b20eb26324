/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A case: configuration, masks, rules and frames, all of it from one seed. What `reduce` leaves out does not change what
 * remains, so that a failing case can be made smaller.
 */
#ifndef COMPARE_PLAN_H
#define COMPARE_PLAN_H

#include "packet.h"
#include "sim/model/frl_model.h"
#include "sim/rtl/frl_rtl.h"

#define PLAN_RULES   192 /* rules of a case at most, those that updates bring included */
#define PLAN_PACKETS 400
#define PLAN_MASKS   12
#define PLAN_LEGS    4
#define PLAN_TEAMS   16
#define PLAN_PAIRS   4 /* receive queues of the PF */
#define PLAN_VFS     3 /* VFs with a driver: VF 0 and 1, and VF 2, which never gets new buffers */
#define PLAN_STARVED 2

/* Smaller cases; all zero: the whole. */
struct plan_reduce {
	uint8_t drop_packet[PLAN_PACKETS];
	uint8_t drop_rule[PLAN_RULES];
	bool no_updates, no_stalls, no_gaps;
	uint32_t payload_max; /* 0: no limit */
};

enum plan_kind {
	PLAN_EXACT,  /* whole fields */
	PLAN_PREFIX, /* upper bits of a field among them */
	PLAN_PARTIAL /* any bits of a field among them */
};

struct plan_mask {
	uint32_t bits[FRL_KEY_WORDS];
	enum plan_kind kind;
};

/* A leg as numbers; encap and next leg are filled in when it gets its place. */
struct plan_leg {
	uint32_t row[FRL_MODEL_ROW_WORDS];
	bool encaps;
	uint32_t encap[FRL_MODEL_ROW_WORDS];
};

struct plan_actions {
	uint32_t legs;
	struct plan_leg leg[PLAN_LEGS];
};

struct plan_rule {
	uint32_t id; /* row of rule table, key store and counter */
	uint16_t prio;
	bool in_tcam;
	uint32_t mask; /* of plan.masks; a TCAM entry has its own in own_mask */
	struct plan_mask own_mask;
	bool lies; /* the key store holds another key than the slot was made for */
	uint32_t key[FRL_KEY_WORDS];
	uint64_t packet_seed; /* of the frame that it was made for */
};

/* Where a frame comes from. */
enum plan_source {
	PLAN_WIRE0,
	PLAN_WIRE1,
	PLAN_HOST,   /* looked up as if from meta.src_port */
	PLAN_DIRECT, /* to meta.dst_port */
	PLAN_VF0,    /* a guest sends */
	PLAN_VF1
};

struct plan_packet {
	enum plan_source source;
	struct frl_model_meta meta;
	bool mac_error;
	bool offload; /* VF: the header asks for what was not negotiated */
	uint32_t gap; /* cycles before it, at least */
	struct packet frame;
};

struct plan {
	uint64_t seed;
	struct frl_model_sizes sizes;
	const struct plan_reduce *reduce;
	struct frl_model_config config;
	struct packet_knobs knobs;
	struct frl_rtl_stalls stalls;
	/* Wires send more than the chip takes; all frames of a wire are equal, so that it does not matter which are lost. */
	bool flood;
	bool gentle; /* so few frames in flight that nothing may be dropped for want of room */
	bool updates;
	uint32_t spoil;	      /* how often a bit is flipped, 0: never */
	uint32_t spoil_table; /* in this table only; FRL_TABLE_COUNT: in all */
	uint32_t masks;
	struct plan_mask mask[PLAN_MASKS];
	uint32_t bank_mask[32];	  /* number of a mask, or PLAN_MASKS: bank is off */
	uint32_t rules, at_start; /* the first at_start of them stand from the begin on */
	struct plan_rule rule[PLAN_RULES];
	uint32_t teams;
	uint32_t team[PLAN_TEAMS][FRL_MODEL_ROW_WORDS];
	uint32_t packets;
	int silent_wire; /* a wire without frames: the host sends as if from it; -1: none */
};

void plan_make(struct plan *plan, uint64_t seed, const struct frl_model_sizes *sizes,
	       const struct plan_reduce *reduce);
/* Frame i of the case. */
void plan_packet(const struct plan *plan, uint32_t i, struct plan_packet *packet);
/* Actions: `version` 0 of a rule, or what an update makes of it. */
void plan_actions(const struct plan *plan, uint32_t rule, uint32_t version,
		  struct plan_actions *actions);
const struct plan_mask *plan_mask_of(const struct plan *plan, const struct plan_rule *rule);

/* Set a field of a row or key: bits lsb and up, at most 64. */
void row_set(uint32_t *row, uint32_t lsb, uint32_t width, uint64_t value);
uint64_t row_get(const uint32_t *row, uint32_t lsb, uint32_t width);

#endif /* COMPARE_PLAN_H */
