/* SPDX-License-Identifier: BSD-3-Clause */
/* What the cases reached: functional coverage. All processes of a run count into the same memory. */
#ifndef COMPARE_BINS_H
#define COMPARE_BINS_H

#include <stdbool.h>
#include <stdint.h>

enum bins_group {
	BINS_KEY,    /* field of the key in which a rule that won had a one */
	BINS_MASK,   /* enum bins_mask */
	BINS_EDIT,   /* enum bins_edit */
	BINS_DEST,   /* enum frl_dest */
	BINS_LEGS,   /* legs of the action set less one */
	BINS_PUNT,   /* enum frl_punt */
	BINS_DROP,   /* enum frl_drop */
	BINS_PARITY, /* enum frl_table: a word of it was broken and sent a frame to the host */
	BINS_STALL,  /* struct frl_rtl_stalls */
	BINS_UPDATE, /* enum bins_update */
	BINS_SOURCE, /* enum bins_source */
	BINS_FRAME,  /* enum bins_frame */
	BINS_GROUPS
};

/* By the mask of the winner: bank or TCAM, and whole fields, prefixes or any bits. */
enum bins_mask {
	BINS_MASK_BANK, /* + enum plan_kind */
	BINS_MASK_TCAM = 3,
	BINS_MASKS = 6
};

/* The bits of enum frl_edit, then these. */
enum bins_edit {
	BINS_EDIT_POP1 = 10,
	BINS_EDIT_POP2,
	BINS_EDIT_PUSH1,
	BINS_EDIT_PUSH2,
	BINS_EDITS
};

/* enum tables_op, then these. */
enum bins_update {
	BINS_UPDATE_BETWEEN = 5, /* a frame saw other tables in the lookup than in the action */
	BINS_UPDATE_INFLIGHT,	 /* a frame was looked up while a change was under way */
	BINS_UPDATES
};

enum bins_source {
	BINS_SOURCE_WIRE0,
	BINS_SOURCE_WIRE1,
	BINS_SOURCE_HOST,
	BINS_SOURCE_DIRECT,
	BINS_SOURCE_REPLICA,
	BINS_SOURCE_VF,
	BINS_SOURCES
};

enum bins_frame {
	BINS_FRAME_RUNT,
	BINS_FRAME_JUMBO, /* above 9,000 bytes */
	BINS_FRAME_LONGEST,
	BINS_FRAME_OVERLONG,
	BINS_FRAME_MAC_ERROR,
	BINS_FRAME_TAG1,
	BINS_FRAME_TAG2,
	BINS_FRAME_ARP,
	BINS_FRAME_IPV4,
	BINS_FRAME_IPV6,
	BINS_FRAME_TCP,
	BINS_FRAME_UDP,
	BINS_FRAME_SCTP,
	BINS_FRAME_ICMP,
	BINS_FRAME_ICMPV6,
	BINS_FRAME_FRAG_FIRST,
	BINS_FRAME_FRAG_LATER,
	BINS_FRAME_ROUTING,
	BINS_FRAME_VXLAN,
	BINS_FRAME_GENEVE,
	BINS_FRAME_OUTER_IPV6,
	BINS_FRAMES
};

/* Before the first child; 0 or -ENOMEM. */
int bins_create(void);
void bins_hit(enum bins_group group, uint32_t item);
/* build/coverage/bins.json: flat, "group.item" to count. Returns 0 or a negative errno value. */
int bins_write(const char *path);
/* Bins that were never reached and that `exceptions` does not name: printed, and their number. The file has lines "bin:
 * reason"; one that was reached all the same, or that no bin is called, counts too. Negative errno value: no file. */
int bins_holes(const char *exceptions);

#endif /* COMPARE_BINS_H */
