/* SPDX-License-Identifier: BSD-3-Clause */
/* Items of ports, Ethernet, VLAN and the network layer. */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include "frl_items.h"

/* The port that the frame came from, instead of the one that the rule is created on. */
static enum frl_refusal set_port(struct frl_pattern *p, uint32_t ethdev, uint32_t mask)
{
	int port;

	if (!mask)
		return FRL_REFUSAL_NONE;
	if ((mask & UINT16_MAX) != UINT16_MAX)
		return FRL_REFUSAL_MATCH_FIELD;
	port = ethdev > UINT16_MAX ? -1 : p->env->port_of(p->env->arg, (uint16_t)ethdev);
	if (port < 0)
		return FRL_REFUSAL_PORT_UNKNOWN;
	frl_match_init(p->m, (unsigned int)port);
	return frl_match_set(p->m, FRL_F_tun_type, p->tunnel, 3);
}

enum frl_refusal frl_parse_port_id(struct frl_pattern *p, const struct rte_flow_item *item,
				   const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_port_id *s = spec, *k = mask;

	(void)item;
	(void)last;
	return set_port(p, s->id, k->id);
}

enum frl_refusal frl_parse_represented(struct frl_pattern *p, const struct rte_flow_item *item,
				       const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_ethdev *s = spec, *k = mask;

	(void)item;
	(void)last;
	return set_port(p, s->port_id, k->port_id);
}

static int is_tpid(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8;
}

/* Whether the next item that says something is a VLAN tag. */
static int vlan_follows(const struct rte_flow_item *item)
{
	do
		item++;
	while (item->type == RTE_FLOW_ITEM_TYPE_VOID);
	return item->type == RTE_FLOW_ITEM_TYPE_VLAN;
}

/* The EtherType right behind the MAC addresses or a tag: a TPID when another tag follows (`n` is that tag's
 * number), else the frame's EtherType, and then there is no further tag.
 */
static enum frl_refusal set_type(struct frl_match *m, unsigned int n, int tag_follows,
				 int no_tag_follows, uint16_t type, uint16_t mask)
{
	enum frl_field present = n ? FRL_F_vlan1_present : FRL_F_vlan0_present;
	enum frl_field tpid = n ? FRL_F_vlan1_tpid : FRL_F_vlan0_tpid;

	if (!mask)
		return FRL_REFUSAL_NONE;
	if (!tag_follows && !no_tag_follows) {
		if (mask != 0xffff) /* could be a TPID or not */
			return FRL_REFUSAL_MATCH_FIELD;
		tag_follows = is_tpid(type);
	}
	if (n > 1)
		return tag_follows ? FRL_REFUSAL_MATCH_FIELD
				   : frl_match_set(m, FRL_F_eth_type, type, mask);
	TRY(frl_match_set(m, present, !!tag_follows, 1));
	return frl_match_set(m, tag_follows ? tpid : FRL_F_eth_type, type, mask);
}

enum frl_refusal frl_parse_eth(struct frl_pattern *p, const struct rte_flow_item *item,
			       const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_eth *s = spec, *k = mask;
	int known = k->has_vlan;

	(void)last;
	if (p->outer)
		return FRL_REFUSAL_NONE; /* its fields have no place in the key: see check_fields() */
	p->vlans = 0;
	if (known)
		TRY(frl_match_set(p->m, FRL_F_vlan0_present, s->has_vlan, 1));
	return set_type(p->m, 0, vlan_follows(item) || (known && s->has_vlan),
			known && !s->has_vlan, rte_be_to_cpu_16(s->type),
			rte_be_to_cpu_16(k->type));
}

enum frl_refusal frl_parse_vlan(struct frl_pattern *p, const struct rte_flow_item *item,
				const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_vlan *s = spec, *k = mask;
	unsigned int n = p->vlans++;
	int known = k->has_more_vlan;

	(void)last;
	if (p->outer)
		return FRL_REFUSAL_NONE;
	if (n > 1)
		return FRL_REFUSAL_MATCH_ITEM;
	TRY(frl_match_set(p->m, n ? FRL_F_vlan1_present : FRL_F_vlan0_present, 1, 1));
	TRY(frl_match_set(p->m, n ? FRL_F_vlan1_tci : FRL_F_vlan0_tci, rte_be_to_cpu_16(s->tci),
			  rte_be_to_cpu_16(k->tci)));
	if (known && n)
		return FRL_REFUSAL_MATCH_FIELD; /* a third tag is not in the key */
	if (known)
		TRY(frl_match_set(p->m, FRL_F_vlan1_present, s->has_more_vlan, 1));
	return set_type(p->m, n + 1, vlan_follows(item) || (known && s->has_more_vlan),
			known && !s->has_more_vlan, rte_be_to_cpu_16(s->inner_type),
			rte_be_to_cpu_16(k->inner_type));
}

enum frl_refusal frl_parse_ipv4(struct frl_pattern *p, const struct rte_flow_item *item,
				const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_ipv4 *s = spec, *l = last, *k = mask;
	uint16_t frag = rte_be_to_cpu_16(s->hdr.fragment_offset);
	uint16_t frag_mask = rte_be_to_cpu_16(k->hdr.fragment_offset);
	uint16_t frag_last = l ? rte_be_to_cpu_16(l->hdr.fragment_offset) : 0;

	(void)item;
	p->l3 = FRL_L3_TYPE_IPV4;
	if (!p->outer) {
		TRY(frl_match_l3(p->m, FRL_L3_TYPE_IPV4));
		TRY(frl_match_set(p->m, FRL_F_ip_proto, s->hdr.next_proto_id,
				  k->hdr.next_proto_id));
		return frl_match_ipv4_frag(p->m, frag, frag_last, frag_mask);
	}
	if (frag_mask & 0x8000) /* of the outer header's flags only DF is in the key */
		return FRL_REFUSAL_MATCH_FIELD;
	if (frag_mask & 0x4000)
		TRY(frl_match_set(p->m, FRL_F_tun_flags, frag & 0x4000 ? FRL_TUN_FLAG_DF : 0,
				  FRL_TUN_FLAG_DF));
	frag_mask &= 0x3fff;
	/* A fragment is never parsed as a tunnel, so "no fragment" is certain, and so is UDP. */
	if ((frag & frag_mask) || frag_last)
		return FRL_REFUSAL_MATCH_CONFLICT;
	if ((s->hdr.next_proto_id ^ 17) & k->hdr.next_proto_id)
		return FRL_REFUSAL_MATCH_CONFLICT;
	return frl_match_set(p->m, FRL_F_tun_ip6, 0, 1);
}

/* Extension headers that hardware walks: they are no protocol of the packet (RFC 8200, 4). */
static int is_extension(uint8_t next_header)
{
	return next_header == 0 || next_header == 43 || next_header == 44 || next_header == 51 ||
	       next_header == 60;
}

/* `proto` is taken as Open vSwitch means it: the protocol behind the extension headers. */
enum frl_refusal frl_parse_ipv6(struct frl_pattern *p, const struct rte_flow_item *item,
				const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_ipv6 *s = spec, *k = mask;
	uint32_t vtc = rte_be_to_cpu_32(s->hdr.vtc_flow), mvtc = rte_be_to_cpu_32(k->hdr.vtc_flow);

	(void)item;
	(void)last;
	if (k->hdr.proto == 0xff && is_extension(s->hdr.proto))
		return FRL_REFUSAL_MATCH_FIELD;
	TRY(frl_match_set(p->m, p->outer ? FRL_F_tun_tos : FRL_F_ip_tos,
			  (vtc & RTE_IPV6_HDR_TC_MASK) >> RTE_IPV6_HDR_TC_SHIFT,
			  (mvtc & RTE_IPV6_HDR_TC_MASK) >> RTE_IPV6_HDR_TC_SHIFT));
	p->l3 = FRL_L3_TYPE_IPV6;
	if (!p->outer) {
		TRY(frl_match_l3(p->m, FRL_L3_TYPE_IPV6));
		TRY(frl_match_set(p->m, FRL_F_ip_proto, s->hdr.proto, k->hdr.proto));
		TRY(frl_match_set(p->m, FRL_F_ip6_flow, vtc & RTE_IPV6_HDR_FL_MASK,
				  mvtc & RTE_IPV6_HDR_FL_MASK));
		/* A fragment has bit 0 of its kind set, first or later. */
		return !k->has_frag_ext ? FRL_REFUSAL_NONE
		       : s->has_frag_ext
			       ? frl_match_set(p->m, FRL_F_frag, FRL_FRAG_FIRST, FRL_FRAG_FIRST)
			       : frl_match_set(p->m, FRL_F_frag, FRL_FRAG_NO, FRL_FRAG_LATER);
	}
	if (mvtc & RTE_IPV6_HDR_FL_MASK) /* the outer flow label is not in the key */
		return FRL_REFUSAL_MATCH_FIELD;
	/* As in parse_ipv4(): what is parsed as a tunnel is no fragment, and UDP. */
	if ((k->has_frag_ext && s->has_frag_ext) || ((s->hdr.proto ^ 17) & k->hdr.proto))
		return FRL_REFUSAL_MATCH_CONFLICT;
	return frl_match_set(p->m, FRL_F_tun_ip6, 1, 1);
}

enum frl_refusal frl_parse_ipv6_frag(struct frl_pattern *p, const struct rte_flow_item *item,
				     const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_ipv6_frag_ext *s = spec, *l = last, *k = mask;

	(void)item;
	if (p->l3 != FRL_L3_TYPE_IPV6)
		return FRL_REFUSAL_MATCH_ORDER;
	if (p->outer)
		return FRL_REFUSAL_MATCH_CONFLICT;
	if (k->hdr.next_header == 0xff && is_extension(s->hdr.next_header))
		return FRL_REFUSAL_MATCH_FIELD;
	TRY(frl_match_set(p->m, FRL_F_frag, FRL_FRAG_FIRST, FRL_FRAG_FIRST));
	TRY(frl_match_set(p->m, FRL_F_ip_proto, s->hdr.next_header, k->hdr.next_header));
	return frl_match_ipv6_frag(p->m, rte_be_to_cpu_16(s->hdr.frag_data),
				   l ? rte_be_to_cpu_16(l->hdr.frag_data) : 0,
				   rte_be_to_cpu_16(k->hdr.frag_data));
}

enum frl_refusal frl_parse_arp(struct frl_pattern *p, const struct rte_flow_item *item,
			       const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_arp_eth_ipv4 *s = spec, *k = mask;

	(void)item;
	(void)last;
	if (p->outer)
		return FRL_REFUSAL_MATCH_ORDER;
	p->l3 = FRL_L3_TYPE_ARP;
	return frl_match_arp(p->m, rte_be_to_cpu_16(s->op), rte_be_to_cpu_16(k->op));
}
