/* SPDX-License-Identifier: BSD-3-Clause */
/* What a rule does: a switch's list of actions becomes legs of an action set.
 *
 * Open vSwitch's lists change the packet between outputs; a leg of the card starts from the frame as
 * received. So the builder keeps what the actions so far make of the frame, and every output writes
 * one leg with all of it. Hardware applies a leg's edits in the order decap or pop VLAN, set fields,
 * push VLAN, encap; what another order would mean differently is refused.
 *
 * Usage: frl_rule_init, then frl_match_* on rule.match, then frl_acts_init, frl_acts_* in the order of
 * the actions, frl_acts_finish. The first refusal ends it.
 */
#ifndef FRL_RULE_H
#define FRL_RULE_H

#include "frl_match.h"

#define FRL_RULE_LEGS 8

/* A rule as software wants it; the admin client (frl_admin.h) puts handles in place of encap headers. */
struct frl_rule_desc {
	struct frl_match match;
	uint16_t prio; /* 0 wins over 1 */
	uint8_t legs;
	struct frl_leg leg[FRL_RULE_LEGS];
	struct frl_encap encap[FRL_RULE_LEGS]; /* of a leg with FRL_EDIT_ENCAP */
};

/* A tag that the rule itself pushed. */
struct frl_pushed_tag {
	uint16_t tpid;
	uint16_t tci;
	uint8_t vid_known; /* set by an action, or known from the frame */
	uint8_t pcp_known;
};

/* The frame as the actions so far have made it, seen from the frame as received. */
struct frl_acts {
	struct frl_rule_desc *rule;
	struct frl_leg now;	      /* edits, pop and set fields; push and encap are kept below */
	struct frl_pushed_tag tag[2]; /* [pushed - 1] is the outermost */
	uint8_t pushed;
	uint8_t encapped;
	uint8_t dropped;
	uint8_t to_host;
	struct frl_encap encap;
};

void frl_rule_init(struct frl_rule_desc *rule, unsigned int src_port, uint16_t prio);

/* The match must be complete: what an action needs is looked up in it (ACTION_NEEDS_MATCH). */
void frl_acts_init(struct frl_acts *a, struct frl_rule_desc *rule);

/* Edits. `what` of the first three is the FRL_EDIT_SET_* bit; addresses are in network order, 4 or 16
 * bytes; ports, TPID and VLAN numbers in host order.
 */
enum frl_refusal frl_acts_set_eth(struct frl_acts *a, enum frl_edit what, const uint8_t addr[6]);
enum frl_refusal frl_acts_set_ip(struct frl_acts *a, enum frl_edit what, const uint8_t *addr,
				 unsigned int bytes);
enum frl_refusal frl_acts_set_tp(struct frl_acts *a, enum frl_edit what, uint16_t port);
enum frl_refusal frl_acts_set_ttl(struct frl_acts *a, uint8_t ttl);
enum frl_refusal frl_acts_dec_ttl(struct frl_acts *a);
enum frl_refusal frl_acts_pop_vlan(struct frl_acts *a);
enum frl_refusal frl_acts_push_vlan(struct frl_acts *a, uint16_t tpid);
enum frl_refusal frl_acts_set_vid(struct frl_acts *a, uint16_t vid);
enum frl_refusal frl_acts_set_pcp(struct frl_acts *a, uint8_t pcp);
enum frl_refusal frl_acts_decap(struct frl_acts *a);
enum frl_refusal frl_acts_encap(struct frl_acts *a, const struct frl_encap *encap);

/* Outer headers of a tunnel as bytes (rte_flow's RAW_ENCAP, OVS's tnl_push header). Taken when they are
 * Ethernet, IPv4 without options, UDP to port 4789, VXLAN with the I flag (RFC 7348, 5);
 * ACTION_TUNNEL otherwise.
 */
enum frl_refusal frl_encap_parse(struct frl_encap *encap, const uint8_t *data, size_t len);

/* Where the packet goes. frl_acts_host: to the slow path; mark 0 is none. */
enum frl_refusal frl_acts_output(struct frl_acts *a, uint8_t port);
enum frl_refusal frl_acts_host(struct frl_acts *a, uint32_t mark);
enum frl_refusal frl_acts_drop(struct frl_acts *a);

/* ACTION_NO_FATE when nothing said where the packet goes. */
enum frl_refusal frl_acts_finish(struct frl_acts *a);

#endif /* FRL_RULE_H */
