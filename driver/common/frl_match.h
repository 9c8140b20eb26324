/* SPDX-License-Identifier: BSD-3-Clause */
/* What a rule matches: packed key and mask, built field by field.
 *
 * Part of driver/common: needs nothing but <stdint.h>, <stddef.h>, <string.h> and <errno.h>, so that
 * a kernel module can take it as it is. Every function that can say no returns an enum frl_refusal;
 * FRL_REFUSAL_NONE (0) is yes.
 */
#ifndef FRL_MATCH_H
#define FRL_MATCH_H

#include "frl_abi.h"

/* Fields of the lookup key by number: FRL_F_port, FRL_F_eth_dst, ... */
enum frl_field {
#define X(name, lsb, width) FRL_F_##name,
	FRL_KEY_FIELDS(X)
#undef X
	FRL_F_COUNT
};

/* Words of GENEVE options that a match may speak of. */
#define FRL_MATCH_GENEVE FRL_KEY_GNV_PRESENT_W

/* "The frame has this word of this option (RFC 8926, 3.5), and it is value under mask." */
struct frl_match_geneve {
	uint16_t opt_class;
	uint8_t type; /* with its critical bit */
	uint8_t word; /* of the option's data */
	uint32_t value, mask;
};

/* Key bits outside the mask are zero. Which key field a GENEVE word becomes is known when the rule is
 * installed (frl_admin.h), so they stand beside the key until then.
 */
struct frl_match {
	uint32_t key[FRL_KEY_WORDS];
	uint32_t mask[FRL_KEY_WORDS];
	struct frl_match_geneve geneve[FRL_MATCH_GENEVE];
	uint32_t geneves;
};

/* Name of a field as in hw/data/abi.toml, for logs. */
const char *frl_field_name(enum frl_field field);

/* Starts a match: frames from card port `port` (enum frl_port), nothing else said. */
void frl_match_init(struct frl_match *m, unsigned int port);

/* Adds "field is value under mask"; value bits outside the mask are ignored, mask 0 says nothing.
 * The second form takes up to 16 bytes in network order, the last byte lowest.
 * MATCH_CONFLICT: the match says otherwise already. VALUE_RANGE: a mask bit lies outside the field.
 * MATCH_ORDER: ARP addresses without frl_match_arp(), neighbour discovery fields without frl_match_nd(): they
 * share bits of the key, so the match must say which of them it means.
 */
enum frl_refusal frl_match_set(struct frl_match *m, enum frl_field field, uint64_t value,
			       uint64_t mask);
enum frl_refusal frl_match_set_be(struct frl_match *m, enum frl_field field, const uint8_t *value,
				  const uint8_t *mask, unsigned int bytes);

/* Adds "the frame is this kind of packet", with what follows from it: an IPv4 packet has EtherType
 * 0x0800, a UDP header protocol 17. So an action that needs the header finds it in the match, and
 * equal questions give equal masks, of which hardware has few.
 */
enum frl_refusal frl_match_l3(struct frl_match *m, enum frl_l3_type type);
enum frl_refusal frl_match_l4(struct frl_match *m, enum frl_l4_type type);

/* Adds "the frame is ARP for IPv4 over Ethernet (RFC 826)", and its operation unless the mask is 0. The key has
 * operations 1 to 255, and no part of them: MATCH_FIELD otherwise.
 */
enum frl_refusal frl_match_arp(struct frl_match *m, uint16_t op, uint16_t op_mask);

/* Adds "the frame is a neighbour solicitation (type 135) or advertisement (136)" (RFC 4861, 4.3 and 4.4). */
enum frl_refusal frl_match_nd(struct frl_match *m, uint8_t type);

/* Adds a word of a GENEVE option; mask 0: it must be there. GENEVE_OPTIONS_FULL: one more than the key holds. */
enum frl_refusal frl_match_geneve(struct frl_match *m, const struct frl_match_geneve *word);

/* Adds the IPv4 flags and fragment offset (RFC 791, 3.1; host order): offset 0x1fff, MF 0x2000. `last` is
 * the upper end of a range, 0 for none. Hardware tells three cases apart, no, first and later fragment.
 * A range from 8 is what Open vSwitch sends for "later" (it shifts 1 by RTE_IPV4_HDR_FO_SHIFT).
 */
enum frl_refusal frl_match_ipv4_frag(struct frl_match *m, uint16_t value, uint16_t last,
				     uint16_t mask);

/* The same of an IPv6 fragment header (RFC 8200, 4.5; host order): offset 0xfff8, M 0x0001. A header without
 * both ("atomic", RFC 6946) is no fragment to hardware nor to Open vSwitch: MATCH_FIELD.
 */
enum frl_refusal frl_match_ipv6_frag(struct frl_match *m, uint16_t value, uint16_t last,
				     uint16_t mask);

/* 1 when the match makes sure that the whole field has this value. */
int frl_match_says(const struct frl_match *m, enum frl_field field, uint64_t value);

/* 0 for a field in whose bits the match does not, or cannot, speak of it but of another one. */
int frl_match_means(const struct frl_match *m, enum frl_field field);

/* What the match holds in a field of up to 64 bits. */
uint64_t frl_match_value(const struct frl_match *m, enum frl_field field);
uint64_t frl_match_mask(const struct frl_match *m, enum frl_field field);

#endif /* FRL_MATCH_H */
