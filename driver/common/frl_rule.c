/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "frl_rule.h"

#define VXLAN_UDP_PORT 4789

void frl_rule_init(struct frl_rule_desc *rule, unsigned int src_port, uint16_t prio)
{
	memset(rule, 0, sizeof(*rule));
	frl_match_init(&rule->match, src_port);
	rule->prio = prio;
}

void frl_acts_init(struct frl_acts *a, struct frl_rule_desc *rule)
{
	memset(a, 0, sizeof(*a));
	a->rule = rule;
}

/* Whether the frame can be edited at this point. Behind an encap it could only be the outer headers. And
 * edits of a frame with a tunnel header mean the inner one in hardware, the outer one in the
 * switch, until the header is gone.
 */
static enum frl_refusal editable(const struct frl_acts *a)
{
	if (a->encapped)
		return FRL_REFUSAL_ACTION_TUNNEL_EDIT;
	if (frl_match_value(&a->rule->match, FRL_F_tun_type) != FRL_TUN_TYPE_NONE &&
	    !(a->now.edits & FRL_EDIT_DECAP))
		return FRL_REFUSAL_ACTION_ORDER;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_set_eth(struct frl_acts *a, enum frl_edit what, const uint8_t addr[6])
{
	enum frl_refusal no = editable(a);

	if (no)
		return no;
	memcpy(what == FRL_EDIT_SET_ETH_SRC ? a->now.eth_src : a->now.eth_dst, addr, 6);
	a->now.edits |= what;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_set_ip(struct frl_acts *a, enum frl_edit what, const uint8_t *addr,
				 unsigned int bytes)
{
	enum frl_refusal no = editable(a);
	uint8_t *to = what == FRL_EDIT_SET_IP_SRC ? a->now.ip_src : a->now.ip_dst;

	if (no)
		return no;
	if (!frl_match_says(&a->rule->match, FRL_F_l3_type,
			    bytes == 4 ? FRL_L3_TYPE_IPV4 : FRL_L3_TYPE_IPV6))
		return FRL_REFUSAL_ACTION_NEEDS_MATCH;
	memcpy(to, addr, bytes);
	a->now.edits |= what;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_set_tp(struct frl_acts *a, enum frl_edit what, uint16_t port)
{
	const struct frl_match *m = &a->rule->match;
	enum frl_refusal no = editable(a);

	if (no)
		return no;
	if (frl_match_says(m, FRL_F_l4_type, FRL_L4_TYPE_SCTP))
		return FRL_REFUSAL_ACTION_SCTP;
	if (!frl_match_says(m, FRL_F_l4_type, FRL_L4_TYPE_TCP) &&
	    !frl_match_says(m, FRL_F_l4_type, FRL_L4_TYPE_UDP))
		return FRL_REFUSAL_ACTION_NEEDS_MATCH;
	if (what == FRL_EDIT_SET_TP_SRC)
		a->now.tp_src = port;
	else
		a->now.tp_dst = port;
	a->now.edits |= what;
	return FRL_REFUSAL_NONE;
}

static enum frl_refusal ttl_editable(const struct frl_acts *a)
{
	const struct frl_match *m = &a->rule->match;
	enum frl_refusal no = editable(a);

	if (no)
		return no;
	if (!frl_match_says(m, FRL_F_l3_type, FRL_L3_TYPE_IPV4) &&
	    !frl_match_says(m, FRL_F_l3_type, FRL_L3_TYPE_IPV6))
		return FRL_REFUSAL_ACTION_NEEDS_MATCH;
	/* A decrement may find the TTL used up: what comes after it must not hide that. */
	return a->now.edits & FRL_EDIT_DEC_TTL ? FRL_REFUSAL_ACTION_ORDER : FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_set_ttl(struct frl_acts *a, uint8_t ttl)
{
	enum frl_refusal no = ttl_editable(a);

	if (no)
		return no;
	if (!ttl)
		return FRL_REFUSAL_ACTION_TTL_ZERO;
	a->now.ttl = ttl;
	a->now.edits |= FRL_EDIT_SET_TTL;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_dec_ttl(struct frl_acts *a)
{
	enum frl_refusal no = ttl_editable(a);

	if (no)
		return no;
	if (!(a->now.edits & FRL_EDIT_SET_TTL)) {
		a->now.edits |= FRL_EDIT_DEC_TTL;
		return FRL_REFUSAL_NONE;
	}
	if (a->now.ttl <= 1)
		return FRL_REFUSAL_ACTION_TTL_ZERO;
	a->now.ttl--;
	return FRL_REFUSAL_NONE;
}

/* How many tags of the received frame the match makes sure of, and whether it excludes one more. */
static unsigned int tags_there(const struct frl_match *m)
{
	if (!frl_match_says(m, FRL_F_vlan0_present, 1))
		return 0;
	return frl_match_says(m, FRL_F_vlan1_present, 1) ? 2 : 1;
}

static int no_tag_left(const struct frl_acts *a)
{
	const struct frl_match *m = &a->rule->match;

	switch (a->now.pop) {
	case 0:
		return frl_match_says(m, FRL_F_vlan0_present, 0);
	case 1:
		return frl_match_says(m, FRL_F_vlan1_present, 0);
	default:
		return 1;
	}
}

enum frl_refusal frl_acts_pop_vlan(struct frl_acts *a)
{
	enum frl_refusal no = editable(a);

	if (no)
		return no;
	if (a->pushed) {
		a->pushed--;
		return FRL_REFUSAL_NONE;
	}
	if (a->now.pop == 2)
		return FRL_REFUSAL_ACTION_VLAN_DEPTH;
	if (tags_there(&a->rule->match) <= a->now.pop)
		return FRL_REFUSAL_ACTION_NEEDS_MATCH;
	a->now.pop++;
	return FRL_REFUSAL_NONE;
}

/* A new tag starts with the TCI of the tag behind it, or with 0 (OpenFlow 1.3, 5.12.1). */
enum frl_refusal frl_acts_push_vlan(struct frl_acts *a, uint16_t tpid)
{
	enum frl_refusal no = editable(a);
	struct frl_pushed_tag *tag;

	if (no)
		return no;
	if (tpid != 0x8100 && tpid != 0x88a8)
		return FRL_REFUSAL_VALUE_RANGE;
	if (a->pushed == 2)
		return FRL_REFUSAL_ACTION_VLAN_DEPTH;
	tag = &a->tag[a->pushed];
	memset(tag, 0, sizeof(*tag));
	if (a->pushed)
		*tag = a->tag[a->pushed - 1];
	else
		tag->vid_known = tag->pcp_known = (uint8_t)no_tag_left(a);
	tag->tpid = tpid;
	a->pushed++;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_set_vid(struct frl_acts *a, uint16_t vid)
{
	enum frl_refusal no = editable(a);
	struct frl_pushed_tag *tag;

	if (no)
		return no;
	if (!a->pushed)
		return FRL_REFUSAL_ACTION_VLAN_REWRITE;
	if (vid > 0xfff)
		return FRL_REFUSAL_VALUE_RANGE;
	tag = &a->tag[a->pushed - 1];
	tag->tci = (uint16_t)((tag->tci & 0xf000) | vid);
	tag->vid_known = 1;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_set_pcp(struct frl_acts *a, uint8_t pcp)
{
	enum frl_refusal no = editable(a);
	struct frl_pushed_tag *tag;

	if (no)
		return no;
	if (!a->pushed)
		return FRL_REFUSAL_ACTION_VLAN_REWRITE;
	if (pcp > 7)
		return FRL_REFUSAL_VALUE_RANGE;
	tag = &a->tag[a->pushed - 1];
	tag->tci = (uint16_t)((tag->tci & 0x1fff) | pcp << 13);
	tag->pcp_known = 1;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_decap(struct frl_acts *a)
{
	if (a->encapped)
		return FRL_REFUSAL_ACTION_TUNNEL_EDIT;
	if (a->now.edits & FRL_EDIT_DECAP)
		return FRL_REFUSAL_ACTION_NEEDS_MATCH;
	if (!frl_match_says(&a->rule->match, FRL_F_tun_type, FRL_TUN_TYPE_VXLAN) &&
	    !frl_match_says(&a->rule->match, FRL_F_tun_type, FRL_TUN_TYPE_GENEVE))
		return FRL_REFUSAL_ACTION_NEEDS_MATCH;
	a->now.edits |= FRL_EDIT_DECAP;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_encap(struct frl_acts *a, const struct frl_encap *encap)
{
	enum frl_refusal no = editable(a);

	if (no)
		return no;
	if (encap->tun_type != FRL_TUN_TYPE_VXLAN)
		return FRL_REFUSAL_ACTION_TUNNEL;
	if (encap->vni > 0xffffff)
		return FRL_REFUSAL_VALUE_RANGE;
	if (!encap->ttl)
		return FRL_REFUSAL_ACTION_TTL_ZERO;
	a->encap = *encap;
	a->encapped = 1;
	return FRL_REFUSAL_NONE;
}

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

enum frl_refusal frl_encap_parse(struct frl_encap *e, const uint8_t *data, size_t len)
{
	const uint8_t *ip = data + 14, *udp = ip + 20, *vxlan = udp + 8;

	if (len != 14 + 20 + 8 + 8 || be16(data + 12) != 0x0800 || ip[0] != 0x45 || ip[9] != 17)
		return FRL_REFUSAL_ACTION_TUNNEL;
	if ((be16(ip + 6) & ~0x4000) || be16(udp + 2) != VXLAN_UDP_PORT)
		return FRL_REFUSAL_ACTION_TUNNEL;
	if (vxlan[0] != 0x08 || vxlan[1] || vxlan[2] || vxlan[3] || vxlan[7])
		return FRL_REFUSAL_ACTION_TUNNEL;
	memset(e, 0, sizeof(*e));
	e->tun_type = FRL_TUN_TYPE_VXLAN;
	memcpy(e->eth_dst, data, 6);
	memcpy(e->eth_src, data + 6, 6);
	e->tos = ip[1];
	e->df = (ip[6] & 0x40) != 0;
	e->ttl = ip[8];
	memcpy(e->ip_src, ip + 12, 4);
	memcpy(e->ip_dst, ip + 16, 4);
	e->udp_dst = VXLAN_UDP_PORT;
	e->vni = (uint32_t)vxlan[4] << 16 | (uint32_t)vxlan[5] << 8 | vxlan[6];
	return FRL_REFUSAL_NONE;
}

static enum frl_refusal add_leg(struct frl_acts *a, struct frl_leg **out)
{
	struct frl_rule_desc *rule = a->rule;
	struct frl_leg *leg = &rule->leg[rule->legs];

	if (a->dropped)
		return FRL_REFUSAL_ACTION_FATE_CONFLICT;
	if (rule->legs == FRL_RULE_LEGS)
		return FRL_REFUSAL_ACTION_LEGS;
	*leg = a->now;
	for (unsigned int i = 0; i < a->pushed; i++) {
		const struct frl_pushed_tag *tag = &a->tag[a->pushed - 1 - i];

		if (!tag->vid_known || !tag->pcp_known)
			return FRL_REFUSAL_ACTION_VLAN_REWRITE;
		leg->vlan_tci[i] = tag->tci;
		leg->vlan_tpid[i] = tag->tpid;
	}
	leg->push = a->pushed;
	if (a->encapped) {
		leg->edits |= FRL_EDIT_ENCAP;
		rule->encap[rule->legs] = a->encap;
	}
	rule->legs++;
	*out = leg;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_output(struct frl_acts *a, uint8_t port)
{
	struct frl_leg *leg;
	enum frl_refusal no = add_leg(a, &leg);

	if (no)
		return no;
	leg->dest = FRL_DEST_PORT;
	leg->dest_id = port;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_host(struct frl_acts *a, uint32_t mark)
{
	struct frl_leg *leg;
	enum frl_refusal no = a->to_host ? FRL_REFUSAL_ACTION_FATE_CONFLICT : add_leg(a, &leg);

	if (no)
		return no;
	leg->dest = FRL_DEST_HOST;
	leg->dest_id = 0; /* firmware gives the reason: a rule said so */
	leg->mark = mark;
	a->to_host = 1;
	return FRL_REFUSAL_NONE;
}

/* Edits before a drop do nothing, so the leg has none. */
enum frl_refusal frl_acts_drop(struct frl_acts *a)
{
	struct frl_rule_desc *rule = a->rule;

	if (rule->legs)
		return FRL_REFUSAL_ACTION_FATE_CONFLICT;
	memset(&rule->leg[0], 0, sizeof(rule->leg[0]));
	rule->leg[0].dest = FRL_DEST_DROP;
	rule->legs = 1;
	a->dropped = 1;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_acts_finish(struct frl_acts *a)
{
	return a->rule->legs ? FRL_REFUSAL_NONE : FRL_REFUSAL_ACTION_NO_FATE;
}
