// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Action pedit: it comes as masked 32-bit words of headers; the card sets whole fields. Words are
 * put together until a packet goes somewhere, then all fields must be whole.
 */
#include "frl_tc.h"

struct edit_field {
	u8 offset;
	u8 size;
	enum frl_edit edit;
	const char *name;
};

static const struct edit_field eth_fields[] = {
	{ 0, 6, FRL_EDIT_SET_ETH_DST, "pedit of eth dst" },
	{ 6, 6, FRL_EDIT_SET_ETH_SRC, "pedit of eth src" },
	{ 12, 4, 0, "pedit of eth type" },
};

static const struct edit_field ip4_fields[] = {
	{ 0, 1, 0, "pedit of ip version, ihl" },
	{ 1, 1, 0, "pedit of ip tos" },
	{ 2, 6, 0, "pedit of ip length, id, frag" },
	{ 8, 1, FRL_EDIT_SET_TTL, "pedit of ip ttl" },
	{ 9, 1, 0, "pedit of ip protocol" },
	{ 10, 2, 0, "pedit of ip checksum" },
	{ 12, 4, FRL_EDIT_SET_IP_SRC, "pedit of ip src" },
	{ 16, 4, FRL_EDIT_SET_IP_DST, "pedit of ip dst" },
};

static const struct edit_field ip6_fields[] = {
	{ 0, 4, 0, "pedit of ip6 traffic_class, flow_lbl" },
	{ 4, 3, 0, "pedit of ip6 payload_len, nexthdr" },
	{ 7, 1, FRL_EDIT_SET_TTL, "pedit of ip6 hoplimit" },
	{ 8, 16, FRL_EDIT_SET_IP_SRC, "pedit of ip6 src" },
	{ 24, 16, FRL_EDIT_SET_IP_DST, "pedit of ip6 dst" },
};

static const struct edit_field tp_fields[] = {
	{ 0, 2, FRL_EDIT_SET_TP_SRC, "pedit of sport" },
	{ 2, 2, FRL_EDIT_SET_TP_DST, "pedit of dport" },
};

/* ---- Words come in ---- */

/* Bytes that are kept in memory for a header; *size 0: none. */
static u8 *header(struct frl_tc_pedit *e, enum flow_action_mangle_base type, u8 **mask, u32 *size)
{
	*size = 0;
	switch (type) {
	case FLOW_ACT_MANGLE_HDR_TYPE_ETH:
		*mask = e->eth_mask;
		*size = sizeof(e->eth);
		return e->eth;
	case FLOW_ACT_MANGLE_HDR_TYPE_IP4:
		*mask = e->ip4_mask;
		*size = sizeof(e->ip4);
		return e->ip4;
	case FLOW_ACT_MANGLE_HDR_TYPE_IP6:
		*mask = e->ip6_mask;
		*size = sizeof(e->ip6);
		return e->ip6;
	case FLOW_ACT_MANGLE_HDR_TYPE_TCP:
	case FLOW_ACT_MANGLE_HDR_TYPE_UDP:
		*mask = e->tp_mask;
		*size = sizeof(e->tp);
		return e->tp;
	default:
		return NULL;
	}
}

/* The kernel computes (word & mask) ^ val: bits that are kept and have a one in val are inverted.
 */
void frl_tc_pedit_mangle(struct frl_tc_parse *p, struct frl_tc_pedit *e,
			 const struct flow_action_entry *act)
{
	u32 keep = act->mangle.mask, val = act->mangle.val, at = act->mangle.offset, size;
	u8 bytes[4], set[4], *mask, *to;
	unsigned int i;

	to = header(e, act->mangle.htype, &mask, &size);
	if (!to || at % 4 || size < 4 || at > size - 4) {
		frl_tc_no(p, FRL_REFUSAL_ACTION_FIELD,
			  to ? "pedit behind what the card knows of a header" : "pedit without ex");
		return;
	}
	if (val & keep) {
		frl_tc_no(p, FRL_REFUSAL_ACTION_PARTIAL, "pedit that inverts bits");
		return;
	}
	keep = ~keep;
	memcpy(bytes, &val, sizeof(bytes));
	memcpy(set, &keep, sizeof(set));
	for (i = 0; i < 4; i++) {
		to[at + i] = (to[at + i] & ~set[i]) | bytes[i];
		mask[at + i] |= set[i];
	}
	if (act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_TCP)
		e->tcp = true;
	if (act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_UDP)
		e->udp = true;
}

/* ---- Whole fields go out ---- */

static bool all_or_none(const u8 *mask, unsigned int size, bool *any)
{
	unsigned int i, full = 0;

	*any = false;
	for (i = 0; i < size; i++) {
		*any |= mask[i] != 0;
		full += mask[i] == 0xff;
	}
	return !*any || full == size;
}

static enum frl_refusal set_field(struct frl_acts *a, enum frl_edit edit, const u8 *at,
				  unsigned int size)
{
	switch (edit) {
	case FRL_EDIT_SET_ETH_DST:
	case FRL_EDIT_SET_ETH_SRC:
		return frl_acts_set_eth(a, edit, at);
	case FRL_EDIT_SET_TTL:
		return frl_acts_set_ttl(a, *at);
	case FRL_EDIT_SET_IP_SRC:
	case FRL_EDIT_SET_IP_DST:
		return frl_acts_set_ip(a, edit, at, size);
	case FRL_EDIT_SET_TP_SRC:
	case FRL_EDIT_SET_TP_DST:
		return frl_acts_set_tp(a, edit, at[0] << 8 | at[1]);
	default:
		return FRL_REFUSAL_ACTION_FIELD;
	}
}

static void apply(struct frl_tc_parse *p, const struct edit_field *f, unsigned int fields,
		  const u8 *bytes, const u8 *mask)
{
	bool any;

	for (; fields--; f++) {
		if (!all_or_none(mask + f->offset, f->size, &any))
			frl_tc_no(p,
				  f->edit ? FRL_REFUSAL_ACTION_PARTIAL : FRL_REFUSAL_ACTION_FIELD,
				  f->name);
		else if (any)
			frl_tc_no(p, set_field(&p->acts, f->edit, bytes + f->offset, f->size),
				  f->name);
	}
}

/* Fields of an IP header, which all packets must have. */
static void apply_ip(struct frl_tc_parse *p, enum frl_l3_type type, const struct edit_field *f,
		     unsigned int fields, const u8 *bytes, const u8 *mask, unsigned int size)
{
	if (!memchr_inv(mask, 0, size))
		return;
	if (frl_match_says(&p->desc->match, FRL_F_l3_type, type))
		apply(p, f, fields, bytes, mask);
	else
		frl_tc_no(p, FRL_REFUSAL_ACTION_NEEDS_MATCH, "pedit, protocol");
}

/* Ports are those of a header that must be there, in packets that are no fragment: the others
 * stay with software.
 */
static void apply_ports(struct frl_tc_parse *p, const struct frl_tc_pedit *e)
{
	struct frl_match *m = &p->desc->match;
	enum frl_l4_type type = e->tcp ? FRL_L4_TYPE_TCP : FRL_L4_TYPE_UDP;

	if (!e->tcp && !e->udp)
		return;
	if (e->tcp && e->udp) {
		frl_tc_no(p, FRL_REFUSAL_MATCH_CONFLICT, "pedit of tcp and udp");
		return;
	}
	if (!frl_match_says(m, FRL_F_ip_proto, e->tcp ? IPPROTO_TCP : IPPROTO_UDP)) {
		frl_tc_no(p, FRL_REFUSAL_ACTION_NEEDS_MATCH, "pedit of ports, ip_proto");
		return;
	}
	frl_tc_no(p, frl_match_set(m, FRL_F_frag, FRL_FRAG_NO, 3), "pedit of ports");
	frl_tc_no(p, frl_match_l4(m, type), "pedit of ports");
	apply(p, tp_fields, ARRAY_SIZE(tp_fields), e->tp, e->tp_mask);
}

/**
 * frl_tc_pedit_apply() - hand what pedit has set so far to the builder of actions
 * @p: filter
 * @e: what was set; kept, for a later pedit may complete or change a field
 */
void frl_tc_pedit_apply(struct frl_tc_parse *p, struct frl_tc_pedit *e)
{
	apply(p, eth_fields, ARRAY_SIZE(eth_fields), e->eth, e->eth_mask);
	apply_ip(p, FRL_L3_TYPE_IPV4, ip4_fields, ARRAY_SIZE(ip4_fields), e->ip4, e->ip4_mask,
		 sizeof(e->ip4));
	apply_ip(p, FRL_L3_TYPE_IPV6, ip6_fields, ARRAY_SIZE(ip6_fields), e->ip6, e->ip6_mask,
		 sizeof(e->ip6));
	apply_ports(p, e);
}

/* ---- Decrement of the TTL ---- */

/* Of all additions only "ttl add 0xff", that is minus one. A TTL that was set before is counted
 * down at once.
 */
void frl_tc_pedit_add(struct frl_tc_parse *p, struct frl_tc_pedit *e,
		      const struct flow_action_entry *act)
{
	bool v4 = act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4 && act->mangle.offset == 8;
	bool v6 = act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP6 && act->mangle.offset == 4;
	u32 keep = ~act->mangle.mask, val = act->mangle.val, size, at = v6 ? 3 : 0;
	u8 set[4], bytes[4], *mask, *to;

	memcpy(set, &keep, sizeof(set));
	memcpy(bytes, &val, sizeof(bytes));
	to = header(e, act->mangle.htype, &mask, &size);
	if ((!v4 && !v6) || bytes[at] != 0xff || set[at] != 0xff || hweight32(keep) != 8 ||
	    hweight32(val) != 8) {
		frl_tc_no(p, FRL_REFUSAL_ACTION_FIELD, "pedit add other than ttl 0xff");
		return;
	}
	if (!frl_match_says(&p->desc->match, FRL_F_l3_type,
			    v4 ? FRL_L3_TYPE_IPV4 : FRL_L3_TYPE_IPV6)) {
		frl_tc_no(p, FRL_REFUSAL_ACTION_NEEDS_MATCH, "pedit of ttl, protocol");
		return;
	}
	at += act->mangle.offset;
	if (mask[at]) {
		if (to[at] <= 1)
			frl_tc_no(p, FRL_REFUSAL_ACTION_TTL_ZERO, "pedit of ttl");
		to[at]--;
	} else {
		frl_tc_no(p, frl_acts_dec_ttl(&p->acts), "pedit of ttl");
	}
}
