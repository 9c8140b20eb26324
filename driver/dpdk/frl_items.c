/* SPDX-License-Identifier: BSD-3-Clause */
/* Pattern items. */
#include <errno.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include "frl_compile.h"

#define ITEM_MAX 64 /* bytes of the longest item struct below */

struct frl_pattern {
	const struct frl_flow_env *env;
	struct frl_match *m;
	enum frl_layer layer; /* of the last item */
	uint8_t outer;	      /* a tunnel item is still to come */
	uint8_t tunnel;	      /* there is or was one */
	uint8_t vlans;
	enum frl_l3_type l3; /* of the current header stack */
	enum frl_l4_type l4;
};

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

#define TRY(call)                                   \
	do {                                        \
		enum frl_refusal refusal_ = (call); \
		if (refusal_)                       \
			return refusal_;            \
	} while (0)

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

static enum frl_refusal parse_eth(struct frl_pattern *p, const struct rte_flow_item *item,
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

static enum frl_refusal parse_vlan(struct frl_pattern *p, const struct rte_flow_item *item,
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

static enum frl_refusal parse_ipv4(struct frl_pattern *p, const struct rte_flow_item *item,
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
	if (frag_mask & 0xc000) /* the flags of the outer header are not in the key */
		return FRL_REFUSAL_MATCH_FIELD;
	/* A fragment is never parsed as a tunnel, so "no fragment" is certain, and so is UDP. */
	if ((frag & frag_mask) || frag_last)
		return FRL_REFUSAL_MATCH_CONFLICT;
	if ((s->hdr.next_proto_id ^ 17) & k->hdr.next_proto_id)
		return FRL_REFUSAL_MATCH_CONFLICT;
	return frl_match_set(p->m, FRL_F_tun_ip6, 0, 1);
}

/* Packets with extension headers reach no rule, so a demand for none is always met. */
static enum frl_refusal parse_ipv6(struct frl_pattern *p, const struct rte_flow_item *item,
				   const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_ipv6 *s = spec, *k = mask;
	uint32_t exts, exts_mask, vtc = rte_be_to_cpu_32(s->hdr.vtc_flow);
	const size_t at = sizeof(struct rte_ipv6_hdr);

	(void)item;
	(void)last;
	if (p->outer)
		return FRL_REFUSAL_MATCH_ITEM; /* such frames go to the host (punt TUNNEL) */
	p->l3 = FRL_L3_TYPE_IPV6;
	memcpy(&exts, (const uint8_t *)s + at, sizeof(exts));
	memcpy(&exts_mask, (const uint8_t *)k + at, sizeof(exts_mask));
	if (exts & exts_mask)
		return FRL_REFUSAL_MATCH_FIELD;
	TRY(frl_match_l3(p->m, FRL_L3_TYPE_IPV6));
	return frl_match_set(p->m, FRL_F_ip_tos, (vtc & RTE_IPV6_HDR_TC_MASK) >> 20,
			     (rte_be_to_cpu_32(k->hdr.vtc_flow) & RTE_IPV6_HDR_TC_MASK) >> 20);
}

/* Fields common to L4 items: ports, or type and code. A later fragment has none; Open vSwitch says 0 then. */
static enum frl_refusal set_l4(struct frl_pattern *p, enum frl_l4_type type, uint16_t src,
			       uint16_t src_mask, uint16_t dst, uint16_t dst_mask)
{
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

static enum frl_refusal parse_tcp(struct frl_pattern *p, const struct rte_flow_item *item,
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

static enum frl_refusal parse_udp(struct frl_pattern *p, const struct rte_flow_item *item,
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

static enum frl_refusal parse_sctp(struct frl_pattern *p, const struct rte_flow_item *item,
				   const void *spec, const void *last, const void *mask)
{
	(void)item;
	(void)last;
	return p->outer ? FRL_REFUSAL_MATCH_ORDER : set_ports(p, FRL_L4_TYPE_SCTP, spec, mask);
}

static enum frl_refusal parse_icmp(struct frl_pattern *p, const struct rte_flow_item *item,
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

static enum frl_refusal parse_icmp6(struct frl_pattern *p, const struct rte_flow_item *item,
				    const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_icmp6 *s = spec, *k = mask;

	(void)item;
	(void)last;
	if (p->outer || p->l3 == FRL_L3_TYPE_IPV4)
		return FRL_REFUSAL_MATCH_ORDER;
	return set_l4(p, FRL_L4_TYPE_ICMPV6, s->type, k->type, s->code, k->code);
}

static enum frl_refusal parse_vxlan(struct frl_pattern *p, const struct rte_flow_item *item,
				    const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_vxlan *s = spec, *k = mask;

	(void)item;
	(void)last;
	/* Only frames with the I flag are parsed as VXLAN (RFC 7348, 5). */
	if ((s->flags ^ 0x08) & k->flags)
		return FRL_REFUSAL_MATCH_CONFLICT;
	if (!p->outer || p->l4 != FRL_L4_TYPE_UDP)
		return FRL_REFUSAL_MATCH_ORDER;
	p->outer = 0;
	p->l3 = FRL_L3_TYPE_NONE;
	p->l4 = FRL_L4_TYPE_NONE;
	return FRL_REFUSAL_NONE;
}

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
	return frl_match_set(p->m, FRL_F_tun_type, p->tunnel ? FRL_TUN_TYPE_VXLAN : 0, 3);
}

static enum frl_refusal parse_port_id(struct frl_pattern *p, const struct rte_flow_item *item,
				      const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_port_id *s = spec, *k = mask;

	(void)item;
	(void)last;
	return set_port(p, s->id, k->id);
}

static enum frl_refusal parse_represented(struct frl_pattern *p, const struct rte_flow_item *item,
					  const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_ethdev *s = spec, *k = mask;

	(void)item;
	(void)last;
	return set_port(p, s->port_id, k->port_id);
}

#define NONE	       FRL_NO_FIELD
#define FIELD(type, m) offsetof(struct type, m), sizeof(((struct type *)0)->m)
/* The word of bit fields behind a header struct. */
#define BITS(type, hdr) sizeof(struct hdr), sizeof(struct type) - sizeof(struct hdr)
#define END_OF_FIELDS                     \
	{                                 \
		NULL, 0, 0, 0, NONE, NONE \
	}

static const struct frl_item_field eth_fields[] = {
	{ "dst", FIELD(rte_flow_item_eth, dst), 0, FRL_F_eth_dst, NONE },
	{ "src", FIELD(rte_flow_item_eth, src), 0, FRL_F_eth_src, NONE },
	{ "type", FIELD(rte_flow_item_eth, type), 0, NONE, NONE },
	{ "has_vlan", sizeof(struct rte_ether_hdr), 1, 1, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field vlan_fields[] = {
	{ "tci", FIELD(rte_flow_item_vlan, tci), 0, NONE, NONE },
	{ "inner_type", FIELD(rte_flow_item_vlan, inner_type), 0, NONE, NONE },
	{ "has_more_vlan", BITS(rte_flow_item_vlan, rte_vlan_hdr), 1, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field ipv4_fields[] = {
	{ "tos", FIELD(rte_flow_item_ipv4, hdr.type_of_service), 0, FRL_F_ip_tos, FRL_F_tun_tos },
	{ "fragment_offset", FIELD(rte_flow_item_ipv4, hdr.fragment_offset), 0, NONE, NONE },
	{ "ttl", FIELD(rte_flow_item_ipv4, hdr.time_to_live), 0, FRL_F_ip_ttl, FRL_F_tun_ttl },
	{ "proto", FIELD(rte_flow_item_ipv4, hdr.next_proto_id), 0, NONE, NONE },
	{ "src", FIELD(rte_flow_item_ipv4, hdr.src_addr), 0, FRL_F_ip_src, FRL_F_tun_src },
	{ "dst", FIELD(rte_flow_item_ipv4, hdr.dst_addr), 0, FRL_F_ip_dst, FRL_F_tun_dst },
	END_OF_FIELDS,
};
static const struct frl_item_field ipv6_fields[] = {
	{ "tc", FIELD(rte_flow_item_ipv6, hdr.vtc_flow), RTE_BE32(0x0ff00000), NONE, NONE },
	{ "proto", FIELD(rte_flow_item_ipv6, hdr.proto), 0, FRL_F_ip_proto, NONE },
	{ "hop", FIELD(rte_flow_item_ipv6, hdr.hop_limits), 0, FRL_F_ip_ttl, NONE },
	{ "src", FIELD(rte_flow_item_ipv6, hdr.src_addr), 0, FRL_F_ip_src, NONE },
	{ "dst", FIELD(rte_flow_item_ipv6, hdr.dst_addr), 0, FRL_F_ip_dst, NONE },
	{ "has_*_ext is 0", BITS(rte_flow_item_ipv6, rte_ipv6_hdr), 0x1ff, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field tcp_fields[] = {
	{ "src", FIELD(rte_flow_item_tcp, hdr.src_port), 0, NONE, NONE },
	{ "dst", FIELD(rte_flow_item_tcp, hdr.dst_port), 0, NONE, NONE },
	{ "flags above bit 7", FIELD(rte_flow_item_tcp, hdr.data_off), 0x0f, NONE, NONE },
	{ "flags", FIELD(rte_flow_item_tcp, hdr.tcp_flags), 0, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field udp_fields[] = {
	{ "src", FIELD(rte_flow_item_udp, hdr.src_port), 0, NONE, NONE },
	{ "dst", FIELD(rte_flow_item_udp, hdr.dst_port), 0, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field sctp_fields[] = {
	{ "src", FIELD(rte_flow_item_sctp, hdr.src_port), 0, NONE, NONE },
	{ "dst", FIELD(rte_flow_item_sctp, hdr.dst_port), 0, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field icmp_fields[] = {
	{ "type", FIELD(rte_flow_item_icmp, hdr.icmp_type), 0, NONE, NONE },
	{ "code", FIELD(rte_flow_item_icmp, hdr.icmp_code), 0, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field icmp6_fields[] = {
	{ "type", FIELD(rte_flow_item_icmp6, type), 0, NONE, NONE },
	{ "code", FIELD(rte_flow_item_icmp6, code), 0, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field vxlan_fields[] = {
	{ "flags", FIELD(rte_flow_item_vxlan, flags), 0, NONE, NONE },
	{ "vni", FIELD(rte_flow_item_vxlan, vni), 0, FRL_F_tun_vni, FRL_F_tun_vni },
	END_OF_FIELDS,
};
static const struct frl_item_field port_id_fields[] = {
	{ "id", FIELD(rte_flow_item_port_id, id), 0, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field represented_fields[] = {
	{ "ethdev_port_id", FIELD(rte_flow_item_ethdev, port_id), 0, NONE, NONE },
	END_OF_FIELDS,
};

#define ITEM(TYPE, name, layer, mask, fields, parse, note)                                       \
	{                                                                                        \
		RTE_FLOW_ITEM_TYPE_##TYPE, name, layer, sizeof(mask), &mask, fields, parse, note \
	}

const struct frl_item frl_items[] = {
	ITEM(PORT_ID, "port_id", FRL_LAYER_PORT, rte_flow_item_port_id_mask, port_id_fields,
	     parse_port_id, "first item; instead of the port the rule is created on"),
	ITEM(REPRESENTED_PORT, "represented_port", FRL_LAYER_PORT, rte_flow_item_ethdev_mask,
	     represented_fields, parse_represented, "as port_id"),
	ITEM(ETH, "eth", FRL_LAYER_L2, rte_flow_item_eth_mask, eth_fields, parse_eth,
	     "before a tunnel item without fields"),
	ITEM(VLAN, "vlan", FRL_LAYER_VLAN, rte_flow_item_vlan_mask, vlan_fields, parse_vlan,
	     "up to two"),
	ITEM(IPV4, "ipv4", FRL_LAYER_L3, rte_flow_item_ipv4_mask, ipv4_fields, parse_ipv4,
	     "fragment_offset: not, first, later, not later; flags; range as Open vSwitch sends it"),
	ITEM(IPV6, "ipv6", FRL_LAYER_L3, rte_flow_item_ipv6_mask, ipv6_fields, parse_ipv6,
	     "packets with extension headers go to the host"),
	ITEM(TCP, "tcp", FRL_LAYER_L4, rte_flow_item_tcp_mask, tcp_fields, parse_tcp, ""),
	ITEM(UDP, "udp", FRL_LAYER_L4, rte_flow_item_udp_mask, udp_fields, parse_udp,
	     "before a tunnel item dst only"),
	ITEM(SCTP, "sctp", FRL_LAYER_L4, rte_flow_item_sctp_mask, sctp_fields, parse_sctp, ""),
	ITEM(ICMP, "icmp", FRL_LAYER_L4, rte_flow_item_icmp_mask, icmp_fields, parse_icmp, ""),
	ITEM(ICMP6, "icmp6", FRL_LAYER_L4, rte_flow_item_icmp6_mask, icmp6_fields, parse_icmp6, ""),
	ITEM(VXLAN, "vxlan", FRL_LAYER_TUNNEL, rte_flow_item_vxlan_mask, vxlan_fields, parse_vxlan,
	     "behind ipv4 and udp; what follows is the inner frame"),
	{ RTE_FLOW_ITEM_TYPE_END, NULL, 0, 0, NULL, NULL, NULL, NULL },
};

static const struct frl_item *find_item(enum rte_flow_item_type type)
{
	const struct frl_item *i;

	for (i = frl_items; i->name; i++) {
		if (i->type == type)
			return i;
	}
	return NULL;
}

/* Mask bytes of a field that are not taken; clears the field in `rest`. */
static int over_limit(const struct frl_item_field *f, const uint8_t *mask, uint8_t *rest)
{
	int over = 0;

	for (unsigned int i = 0; i < f->size; i++) {
		if (f->limit && (mask[f->offset + i] & ~(f->limit >> 8 * i)))
			over = 1;
		rest[f->offset + i] = 0;
	}
	return over;
}

/* Spec, last and mask as bytes, never NULL; what they may not say is refused here. */
static enum frl_refusal check_fields(const struct frl_pattern *p, const struct frl_item *d,
				     const struct rte_flow_item *item, uint8_t *spec, uint8_t *mask)
{
	const uint8_t *last = item->last;
	uint8_t rest[ITEM_MAX];

	memset(spec, 0, ITEM_MAX);
	memset(mask, 0, ITEM_MAX);
	if (!item->spec)
		return item->mask || item->last ? FRL_REFUSAL_MATCH_SPEC : FRL_REFUSAL_NONE;
	memcpy(spec, item->spec, d->size);
	memcpy(mask, item->mask ? item->mask : d->default_mask, d->size);
	memcpy(rest, mask, ITEM_MAX);
	for (const struct frl_item_field *f = d->fields; f->name; f++) {
		if (over_limit(f, mask, rest))
			return FRL_REFUSAL_MATCH_FIELD;
	}
	for (unsigned int i = 0; i < d->size; i++) {
		if (rest[i])
			return FRL_REFUSAL_MATCH_FIELD;
		if (p->outer && mask[i] && d->layer <= FRL_LAYER_VLAN)
			return FRL_REFUSAL_MATCH_OUTER;
		/* The one range there is: the IPv4 fragment offset (frl_match_ipv4_frag). */
		if (!last || !(last[i] & mask[i]) || !((last[i] ^ spec[i]) & mask[i]))
			continue;
		if (d->type != RTE_FLOW_ITEM_TYPE_IPV4 || (i != 6 && i != 7))
			return FRL_REFUSAL_MATCH_RANGE;
	}
	return FRL_REFUSAL_NONE;
}

static enum frl_refusal set_fields(struct frl_pattern *p, const struct frl_item *d,
				   const uint8_t *spec, const uint8_t *mask)
{
	for (const struct frl_item_field *f = d->fields; f->name; f++) {
		enum frl_field key = p->outer ? f->outer : f->main;

		if (key != NONE)
			TRY(frl_match_set_be(p->m, key, spec + f->offset, mask + f->offset,
					     f->size));
	}
	return FRL_REFUSAL_NONE;
}

static enum frl_refusal parse_item(struct frl_pattern *p, const struct rte_flow_item *item)
{
	const struct frl_item *d = find_item(item->type);
	uint8_t spec[ITEM_MAX] __rte_aligned(8), mask[ITEM_MAX] __rte_aligned(8);

	if (!d)
		return FRL_REFUSAL_MATCH_ITEM;
	/* Layers go up; tags may stack, and a tunnel starts again. */
	if (p->layer == FRL_LAYER_TUNNEL && d->layer >= FRL_LAYER_L2)
		p->layer = 0;
	if (d->layer < p->layer || (d->layer == p->layer && d->layer != FRL_LAYER_VLAN))
		return FRL_REFUSAL_MATCH_ORDER;
	p->layer = d->layer;
	TRY(check_fields(p, d, item, spec, mask));
	TRY(d->parse(p, item, spec, item->last, mask));
	return set_fields(p, d, spec, mask);
}

static int has_tunnel(const struct rte_flow_item *item)
{
	for (; item->type != RTE_FLOW_ITEM_TYPE_END; item++) {
		if (item->type == RTE_FLOW_ITEM_TYPE_VXLAN)
			return 1;
	}
	return 0;
}

int frl_flow_match(const struct frl_flow_env *env, const struct rte_flow_item *pattern,
		   struct frl_match *match, struct frl_flow_no *no)
{
	struct frl_pattern p = { .env = env, .m = match, .tunnel = (uint8_t)has_tunnel(pattern) };

	p.outer = p.tunnel;
	/* Without the item no tunnel packet is meant: hardware would look at its inner headers. */
	frl_match_set(match, FRL_F_tun_type, p.tunnel ? FRL_TUN_TYPE_VXLAN : FRL_TUN_TYPE_NONE, 3);
	for (; pattern->type != RTE_FLOW_ITEM_TYPE_END; pattern++) {
		if (pattern->type == RTE_FLOW_ITEM_TYPE_VOID)
			continue;
		no->reason = parse_item(&p, pattern);
		if (no->reason) {
			no->type = RTE_FLOW_ERROR_TYPE_ITEM;
			no->cause = pattern;
			return -frl_refusal_errno(no->reason);
		}
	}
	return 0;
}
