/* SPDX-License-Identifier: BSD-3-Clause */
/* Items of the transport layer and of neighbour discovery. */
#include <rte_byteorder.h>

#include "frl_items.h"

/* Fields common to L4 items: ports, or type and code. A later fragment has none; Open vSwitch says 0 then. */
static enum frl_refusal set_l4(struct frl_pattern *p, enum frl_l4_type type, uint16_t src,
			       uint16_t src_mask, uint16_t dst, uint16_t dst_mask)
{
	if (p->l3 == FRL_L3_TYPE_ARP)
		return FRL_REFUSAL_MATCH_ORDER;
	p->l4 = type;
	TRY(frl_match_l4(p->m, type));
	if (frl_match_says(p->m, FRL_F_frag, FRL_FRAG_LATER))
		return (src & src_mask) || (dst & dst_mask) ? FRL_REFUSAL_MATCH_CONFLICT
							    : FRL_REFUSAL_NONE;
	TRY(frl_match_set(p->m, FRL_F_tp_src, src, src_mask));
	return frl_match_set(p->m, FRL_F_tp_dst, dst, dst_mask);
}

static enum frl_refusal set_ports(struct frl_pattern *p, enum frl_l4_type type,
				  const rte_be16_t *spec, const rte_be16_t *mask)
{
	return set_l4(p, type, rte_be_to_cpu_16(spec[0]), rte_be_to_cpu_16(mask[0]),
		      rte_be_to_cpu_16(spec[1]), rte_be_to_cpu_16(mask[1]));
}

enum frl_refusal frl_parse_tcp(struct frl_pattern *p, const struct rte_flow_item *item,
			       const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_tcp *s = spec, *k = mask;
	unsigned int flags = (s->hdr.data_off & 0x0fu) << 8 | s->hdr.tcp_flags;
	unsigned int flags_mask = (k->hdr.data_off & 0x0fu) << 8 | k->hdr.tcp_flags;

	(void)item;
	(void)last;
	if (p->outer)
		return FRL_REFUSAL_MATCH_ORDER;
	TRY(set_ports(p, FRL_L4_TYPE_TCP, spec, mask));
	if (frl_match_says(p->m, FRL_F_frag, FRL_FRAG_LATER))
		return flags & flags_mask ? FRL_REFUSAL_MATCH_CONFLICT : FRL_REFUSAL_NONE;
	return frl_match_set(p->m, FRL_F_tcp_flags, flags, flags_mask);
}

enum frl_refusal frl_parse_udp(struct frl_pattern *p, const struct rte_flow_item *item,
			       const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_udp *s = spec, *k = mask;

	(void)item;
	(void)last;
	if (!p->outer)
		return set_ports(p, FRL_L4_TYPE_UDP, spec, mask);
	p->l4 = FRL_L4_TYPE_UDP;
	if (k->hdr.src_port)
		return FRL_REFUSAL_MATCH_FIELD;
	return frl_match_set(p->m, FRL_F_tun_udp_dst, rte_be_to_cpu_16(s->hdr.dst_port),
			     rte_be_to_cpu_16(k->hdr.dst_port));
}

enum frl_refusal frl_parse_sctp(struct frl_pattern *p, const struct rte_flow_item *item,
				const void *spec, const void *last, const void *mask)
{
	(void)item;
	(void)last;
	return p->outer ? FRL_REFUSAL_MATCH_ORDER : set_ports(p, FRL_L4_TYPE_SCTP, spec, mask);
}

enum frl_refusal frl_parse_icmp(struct frl_pattern *p, const struct rte_flow_item *item,
				const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_icmp *s = spec, *k = mask;

	(void)item;
	(void)last;
	if (p->outer || p->l3 == FRL_L3_TYPE_IPV6)
		return FRL_REFUSAL_MATCH_ORDER;
	return set_l4(p, FRL_L4_TYPE_ICMP, s->hdr.icmp_type, k->hdr.icmp_type, s->hdr.icmp_code,
		      k->hdr.icmp_code);
}

enum frl_refusal frl_parse_icmp6(struct frl_pattern *p, const struct rte_flow_item *item,
				 const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_icmp6 *s = spec, *k = mask;

	(void)item;
	(void)last;
	if (p->outer || p->l3 == FRL_L3_TYPE_IPV4)
		return FRL_REFUSAL_MATCH_ORDER;
	return set_l4(p, FRL_L4_TYPE_ICMPV6, s->type, k->type, s->code, k->code);
}

/* ND messages: type and code are what makes them one, so other values contradict. */
static enum frl_refusal parse_nd(struct frl_pattern *p, uint8_t type, const uint8_t *spec,
				 const uint8_t *mask)
{
	if (p->outer || p->l3 == FRL_L3_TYPE_IPV4 || p->l3 == FRL_L3_TYPE_ARP)
		return FRL_REFUSAL_MATCH_ORDER;
	if (((spec[0] ^ type) & mask[0]) || (spec[1] & mask[1]))
		return FRL_REFUSAL_MATCH_CONFLICT;
	p->l4 = FRL_L4_TYPE_ICMPV6;
	p->nd = type;
	return frl_match_nd(p->m, type);
}

enum frl_refusal frl_parse_nd_ns(struct frl_pattern *p, const struct rte_flow_item *item,
				 const void *spec, const void *last, const void *mask)
{
	(void)item;
	(void)last;
	return parse_nd(p, 135, spec, mask);
}

enum frl_refusal frl_parse_nd_na(struct frl_pattern *p, const struct rte_flow_item *item,
				 const void *spec, const void *last, const void *mask)
{
	(void)item;
	(void)last;
	return parse_nd(p, 136, spec, mask);
}

/* A link-layer address option (RFC 4861, 4.6.1): type, length 1, address. The key has 0 where there is none, so that
 * the option is sure to be there only when a bit of the address is.
 */
static enum frl_refusal parse_nd_opt(const struct frl_pattern *p, uint8_t message, uint8_t type,
				     const uint8_t *spec, const uint8_t *mask)
{
	uint8_t any = 0;

	if (p->nd != message)
		return FRL_REFUSAL_MATCH_ORDER;
	if (((spec[0] ^ type) & mask[0]) || ((spec[1] ^ 1) & mask[1]))
		return FRL_REFUSAL_MATCH_CONFLICT;
	for (unsigned int i = 2; i < 8; i++)
		any |= spec[i] & mask[i];
	return any ? FRL_REFUSAL_NONE : FRL_REFUSAL_MATCH_FIELD;
}

enum frl_refusal frl_parse_nd_sla(struct frl_pattern *p, const struct rte_flow_item *item,
				  const void *spec, const void *last, const void *mask)
{
	(void)item;
	(void)last;
	return parse_nd_opt(p, 135, 1, spec, mask);
}

enum frl_refusal frl_parse_nd_tla(struct frl_pattern *p, const struct rte_flow_item *item,
				  const void *spec, const void *last, const void *mask)
{
	(void)item;
	(void)last;
	return parse_nd_opt(p, 136, 2, spec, mask);
}
