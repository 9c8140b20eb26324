/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reference model: what the chip must do with a frame, written from the text of hw/data and the RFCs. It
 * shares with the RTL nothing but the generated headers, and favours plainness over speed.
 *
 * A frame takes one or more passes: one, and one more for each further leg of its action set. A pass is a pure
 * function of the frame, its metadata, the tables and the configuration.
 */
#ifndef FRL_MODEL_H
#define FRL_MODEL_H

#include "driver/common/frl_abi.h"
#include "frl_chip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- Tables ---- */

struct frl_model_sizes {
	uint32_t banks, bank_slots, tcam, rules, legs, encaps, teams;
};

struct frl_model_tables;

/*
 * All rows zero and of good parity, as after reset. NULL when memory is short, or for sizes that no chip has: 1 to 32
 * banks, bank_slots a power of two from 8 on, none of the others but tcam 0.
 */
struct frl_model_tables *frl_model_tables_create(const struct frl_model_sizes *sizes);
void frl_model_tables_destroy(struct frl_model_tables *tables);
/*
 * One WRITE of the update engine: row of `table` (enum frl_table), FRL_MODEL_ROW_WORDS words, bit 0 of the row in bit 0
 * of the first. `flip`: as in struct frl_upd_entry. 0, or -EINVAL for what UPD_ERROR tells (nothing is written).
 */
#define FRL_MODEL_ROW_WORDS 48
int frl_model_write(struct frl_model_tables *tables, uint32_t table, uint32_t index,
		    const uint32_t row[FRL_MODEL_ROW_WORDS], uint32_t flip);

/* Sum nh of a key, and place of a rule in a bank (chip.toml, [hash]). */
uint64_t frl_model_nh(const uint32_t key[FRL_KEY_WORDS]);
uint32_t frl_model_hash(uint64_t nh, uint32_t bank, uint32_t sub);

/* ---- Configuration: what registers say ---- */

struct frl_model_config {
	uint32_t wires, vfs;
	uint64_t enable; /* bit p: PORT p CTRL.enable */
	uint64_t tunnel; /* CTRL.tunnel */
	uint16_t max_len[FRL_N_PORTS];
	uint8_t slow_pair[FRL_N_PORTS];
	uint16_t vxlan_port, geneve_port;
	uint32_t gnv_sel[FRL_GNV_WORDS];
};

/* ---- One pass ---- */

/* What travels with a frame: struct frame_meta of chip.toml. */
struct frl_model_meta {
	uint8_t src_port;
	bool direct;	  /* to dst_port, without lookup or edit */
	uint8_t dst_port; /* with direct */
	bool replica;	  /* apply `leg` of `rule`, no lookup */
	uint16_t leg;
	uint32_t rule;
	uint32_t mark; /* with direct */
	uint8_t table_id, ct_state;
	uint16_t ct_zone;
	uint32_t ct_mark;
};

/* Longest frame that leaves: MAX_FRAME and what encap and push add. */
#define FRL_MODEL_FRAME_MAX (FRL_MAX_FRAME + 128)

struct frl_model_result {
	/* As struct trace_lookup of chip.toml. */
	uint8_t drop;	/* enum frl_drop of the action stage */
	uint8_t port;	/* destination when drop is NONE */
	uint8_t reason; /* enum frl_punt */
	bool rule_hit;
	uint32_t rule;
	/* Rule counter that counts this frame (first pass only), with the frame's length as received. */
	bool counted;
	/* Another leg follows: a copy of the frame as received enters the replica loop with this leg. */
	uint16_t next_leg;
	/*
	 * Why the frame does not leave, other than for want of room: enum frl_drop of action or egress (PORT_DOWN,
	 * TOO_LONG, NO_SUCH_PORT, ...); NONE: it goes to its egress queue.
	 */
	uint8_t leave;
	uint32_t mark;	/* for the host */
	uint8_t rxpair; /* PF queue pair, for port HOST */
	/* The frame that leaves; len 0 when none does. */
	size_t len;
	uint8_t frame[FRL_MODEL_FRAME_MAX];
};

/*
 * `lookup` is the state of the tables that slots, keys, masks and TCAM are taken from, `action` that of rules, legs,
 * encap entries and teams; the same pointer twice when nothing changes in flight. `account`: a line for each step is
 * written there, or NULL. What a source refuses (shorter than 14 bytes and not direct, longer than MAX_FRAME) gets its
 * drop reason here too. Any bytes and any rows will do: an index that a row holds counts modulo its table's size.
 */
void frl_model_pass(const struct frl_model_tables *lookup, const struct frl_model_tables *action,
		    const struct frl_model_config *config, const struct frl_model_meta *meta,
		    const uint8_t *frame, size_t len, struct frl_model_result *result,
		    FILE *account);

/* ---- Parts of a pass, for tests ---- */

struct frl_model_parsed {
	uint8_t punt;	  /* enum frl_punt; when not NONE the rest says nothing */
	uint8_t tun_type; /* enum frl_tun_type */
	uint32_t base;	  /* offset of the Ethernet header that edits refer to */
	uint32_t vlans, l3_off, l4_off, l3_type, l4_type;
	uint32_t hash; /* of the flow */
	bool routing;
	uint32_t key[FRL_KEY_WORDS];
};

void frl_model_parse(const struct frl_model_config *config, const struct frl_model_meta *meta,
		     const uint8_t *frame, size_t len, struct frl_model_parsed *parsed);

/* enum frl_punt: NONE with *rule, MISS, FINGERPRINT or TABLE_PARITY. */
uint8_t frl_model_lookup(const struct frl_model_tables *tables, const uint32_t key[FRL_KEY_WORDS],
			 uint32_t *rule, FILE *account);

/*
 * What the lookup ought to find: of all rules that slots and TCAM name, wherever they stand, the best whose masked key
 * is the frame's. It differs from frl_model_lookup only when a rule stands where no lookup finds it, or a fingerprint
 * lies. true: *rule is it.
 */
bool frl_model_best(const struct frl_model_tables *tables, const uint32_t key[FRL_KEY_WORDS],
		    uint32_t *rule);

#endif /* FRL_MODEL_H */
