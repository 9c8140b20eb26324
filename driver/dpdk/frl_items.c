/* SPDX-License-Identifier: BSD-3-Clause */
/* Pattern items: the table, and what all of them have in common. */
#include <errno.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include "frl_items.h"

#define ITEM_MAX 64 /* bytes of the longest item struct below */

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
	{ "tc, flow", FIELD(rte_flow_item_ipv6, hdr.vtc_flow), RTE_BE32(0x0fffffff), NONE, NONE },
	{ "proto", FIELD(rte_flow_item_ipv6, hdr.proto), 0, NONE, NONE },
	{ "hop", FIELD(rte_flow_item_ipv6, hdr.hop_limits), 0, FRL_F_ip_ttl, FRL_F_tun_ttl },
	{ "src", FIELD(rte_flow_item_ipv6, hdr.src_addr), 0, FRL_F_ip_src, FRL_F_tun_src },
	{ "dst", FIELD(rte_flow_item_ipv6, hdr.dst_addr), 0, FRL_F_ip_dst, FRL_F_tun_dst },
	{ "has_frag_ext", BITS(rte_flow_item_ipv6, rte_ipv6_hdr), 0x004, NONE, NONE },
	END_OF_FIELDS,
};
static const struct rte_flow_item_ipv6_frag_ext ipv6_frag_mask; /* rte_flow has none: all zero */
static const struct frl_item_field ipv6_frag_fields[] = {
	{ "next_hdr", FIELD(rte_flow_item_ipv6_frag_ext, hdr.next_header), 0, NONE, NONE },
	{ "frag_data", FIELD(rte_flow_item_ipv6_frag_ext, hdr.frag_data), 0, NONE, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field arp_fields[] = {
	{ "op", FIELD(rte_flow_item_arp_eth_ipv4, op), 0, NONE, NONE },
	{ "sha", FIELD(rte_flow_item_arp_eth_ipv4, sha), 0, FRL_F_arp_sha, NONE },
	{ "spa", FIELD(rte_flow_item_arp_eth_ipv4, spa), 0, FRL_F_ip_src, NONE },
	{ "tha", FIELD(rte_flow_item_arp_eth_ipv4, tha), 0, FRL_F_arp_tha, NONE },
	{ "tpa", FIELD(rte_flow_item_arp_eth_ipv4, tpa), 0, FRL_F_ip_dst, NONE },
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
static const struct frl_item_field nd_ns_fields[] = {
	{ "type", FIELD(rte_flow_item_icmp6_nd_ns, type), 0, NONE, NONE },
	{ "code", FIELD(rte_flow_item_icmp6_nd_ns, code), 0, NONE, NONE },
	{ "target_addr", FIELD(rte_flow_item_icmp6_nd_ns, target_addr), 0, FRL_F_nd_target, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field nd_na_fields[] = {
	{ "type", FIELD(rte_flow_item_icmp6_nd_na, type), 0, NONE, NONE },
	{ "code", FIELD(rte_flow_item_icmp6_nd_na, code), 0, NONE, NONE },
	{ "target_addr", FIELD(rte_flow_item_icmp6_nd_na, target_addr), 0, FRL_F_nd_target, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field nd_sla_fields[] = {
	{ "type", FIELD(rte_flow_item_icmp6_nd_opt_sla_eth, type), 0, NONE, NONE },
	{ "length", FIELD(rte_flow_item_icmp6_nd_opt_sla_eth, length), 0, NONE, NONE },
	{ "sla", FIELD(rte_flow_item_icmp6_nd_opt_sla_eth, sla), 0, FRL_F_nd_ll, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field nd_tla_fields[] = {
	{ "type", FIELD(rte_flow_item_icmp6_nd_opt_tla_eth, type), 0, NONE, NONE },
	{ "length", FIELD(rte_flow_item_icmp6_nd_opt_tla_eth, length), 0, NONE, NONE },
	{ "tla", FIELD(rte_flow_item_icmp6_nd_opt_tla_eth, tla), 0, FRL_F_nd_ll, NONE },
	END_OF_FIELDS,
};
static const struct frl_item_field vxlan_fields[] = {
	{ "flags", FIELD(rte_flow_item_vxlan, flags), 0, NONE, NONE },
	{ "vni", FIELD(rte_flow_item_vxlan, vni), 0, FRL_F_tun_vni, FRL_F_tun_vni },
	END_OF_FIELDS,
};
static const struct frl_item_field geneve_fields[] = {
	{ "version, O, C", FIELD(rte_flow_item_geneve, ver_opt_len_o_c_rsvd0), RTE_BE16(0xc0c0),
	  NONE, NONE },
	{ "protocol", FIELD(rte_flow_item_geneve, protocol), 0, NONE, NONE },
	{ "vni", FIELD(rte_flow_item_geneve, vni), 0, FRL_F_tun_vni, FRL_F_tun_vni },
	END_OF_FIELDS,
};
static const struct frl_item_field geneve_opt_fields[] = {
	{ "class", FIELD(rte_flow_item_geneve_opt, option_class), 0, NONE, NONE },
	{ "type", FIELD(rte_flow_item_geneve_opt, option_type), 0, NONE, NONE },
	{ "length", FIELD(rte_flow_item_geneve_opt, option_len), 0, NONE, NONE },
	{ "data", FIELD(rte_flow_item_geneve_opt, data), 0, NONE, NONE },
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
	     frl_parse_port_id, "first item; instead of the port the rule is created on"),
	ITEM(REPRESENTED_PORT, "represented_port", FRL_LAYER_PORT, rte_flow_item_ethdev_mask,
	     represented_fields, frl_parse_represented, "as port_id"),
	ITEM(ETH, "eth", FRL_LAYER_L2, rte_flow_item_eth_mask, eth_fields, frl_parse_eth,
	     "before a tunnel item without fields"),
	ITEM(VLAN, "vlan", FRL_LAYER_VLAN, rte_flow_item_vlan_mask, vlan_fields, frl_parse_vlan,
	     "up to two"),
	ITEM(IPV4, "ipv4", FRL_LAYER_L3, rte_flow_item_ipv4_mask, ipv4_fields, frl_parse_ipv4,
	     "fragment_offset: not, first, later, not later; flags; range as Open vSwitch sends it"),
	ITEM(IPV6, "ipv6", FRL_LAYER_L3, rte_flow_item_ipv6_mask, ipv6_fields, frl_parse_ipv6,
	     "proto: behind the extension headers; before a tunnel item without flow"),
	ITEM(IPV6_FRAG_EXT, "ipv6_frag_ext", FRL_LAYER_L3_EXT, ipv6_frag_mask, ipv6_frag_fields,
	     frl_parse_ipv6_frag, "behind ipv6; frag_data: first, later, not later"),
	ITEM(ARP_ETH_IPV4, "arp_eth_ipv4", FRL_LAYER_L3, rte_flow_item_arp_eth_ipv4_mask,
	     arp_fields, frl_parse_arp, "op: 1 to 255, as a whole"),
	ITEM(TCP, "tcp", FRL_LAYER_L4, rte_flow_item_tcp_mask, tcp_fields, frl_parse_tcp, ""),
	ITEM(UDP, "udp", FRL_LAYER_L4, rte_flow_item_udp_mask, udp_fields, frl_parse_udp,
	     "before a tunnel item dst only"),
	ITEM(SCTP, "sctp", FRL_LAYER_L4, rte_flow_item_sctp_mask, sctp_fields, frl_parse_sctp, ""),
	ITEM(ICMP, "icmp", FRL_LAYER_L4, rte_flow_item_icmp_mask, icmp_fields, frl_parse_icmp, ""),
	ITEM(ICMP6, "icmp6", FRL_LAYER_L4, rte_flow_item_icmp6_mask, icmp6_fields, frl_parse_icmp6,
	     ""),
	ITEM(ICMP6_ND_NS, "icmp6_nd_ns", FRL_LAYER_L4, rte_flow_item_icmp6_nd_ns_mask, nd_ns_fields,
	     frl_parse_nd_ns, "code 0"),
	ITEM(ICMP6_ND_NA, "icmp6_nd_na", FRL_LAYER_L4, rte_flow_item_icmp6_nd_na_mask, nd_na_fields,
	     frl_parse_nd_na, "code 0"),
	ITEM(ICMP6_ND_OPT_SLA_ETH, "icmp6_nd_opt_sla_eth", FRL_LAYER_L4_OPT,
	     rte_flow_item_icmp6_nd_opt_sla_eth_mask, nd_sla_fields, frl_parse_nd_sla,
	     "behind icmp6_nd_ns; not address 0"),
	ITEM(ICMP6_ND_OPT_TLA_ETH, "icmp6_nd_opt_tla_eth", FRL_LAYER_L4_OPT,
	     rte_flow_item_icmp6_nd_opt_tla_eth_mask, nd_tla_fields, frl_parse_nd_tla,
	     "behind icmp6_nd_na; not address 0"),
	ITEM(VXLAN, "vxlan", FRL_LAYER_TUNNEL, rte_flow_item_vxlan_mask, vxlan_fields,
	     frl_parse_vxlan, "behind ipv4 or ipv6 and udp; what follows is the inner frame"),
	ITEM(GENEVE, "geneve", FRL_LAYER_TUNNEL, rte_flow_item_geneve_mask, geneve_fields,
	     frl_parse_geneve, "as vxlan"),
	ITEM(GENEVE_OPT, "geneve_opt", FRL_LAYER_TUNNEL_OPT, rte_flow_item_geneve_opt_mask,
	     geneve_opt_fields, frl_parse_geneve_opt,
	     "behind geneve; class and type as a whole, length without mask; four words of data in all rules of a card"),
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

/* The one range there is: the fragment offset (frl_match_ipv4_frag). */
static int may_be_range(enum rte_flow_item_type type, unsigned int byte)
{
	if (type == RTE_FLOW_ITEM_TYPE_IPV4)
		return byte == 6 || byte == 7;
	return type == RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT && (byte == 2 || byte == 3);
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
		if (!last || !(last[i] & mask[i]) || !((last[i] ^ spec[i]) & mask[i]))
			continue;
		if (!may_be_range(d->type, i))
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
	int stacks;

	if (!d)
		return FRL_REFUSAL_MATCH_ITEM;
	/* Layers go up; tags may stack, and a tunnel starts again. */
	if (p->layer >= FRL_LAYER_TUNNEL && d->layer >= FRL_LAYER_L2 &&
	    d->layer != FRL_LAYER_TUNNEL_OPT)
		p->layer = 0;
	stacks = d->layer == FRL_LAYER_VLAN || d->layer == FRL_LAYER_TUNNEL_OPT;
	if (d->layer < p->layer || (d->layer == p->layer && !stacks))
		return FRL_REFUSAL_MATCH_ORDER;
	p->layer = d->layer;
	TRY(check_fields(p, d, item, spec, mask));
	TRY(d->parse(p, item, spec, item->last, mask));
	return set_fields(p, d, spec, mask);
}

static enum frl_tun_type find_tunnel(const struct rte_flow_item *item)
{
	for (; item->type != RTE_FLOW_ITEM_TYPE_END; item++) {
		if (item->type == RTE_FLOW_ITEM_TYPE_VXLAN)
			return FRL_TUN_TYPE_VXLAN;
		if (item->type == RTE_FLOW_ITEM_TYPE_GENEVE)
			return FRL_TUN_TYPE_GENEVE;
	}
	return FRL_TUN_TYPE_NONE;
}

int frl_flow_match(const struct frl_flow_env *env, const struct rte_flow_item *pattern,
		   struct frl_match *match, struct frl_flow_no *no)
{
	struct frl_pattern p = { .env = env, .m = match, .tunnel = find_tunnel(pattern) };

	p.outer = p.tunnel != FRL_TUN_TYPE_NONE;
	/* Without the item no tunnel packet is meant: hardware would look at its inner headers. */
	frl_match_set(match, FRL_F_tun_type, p.tunnel, 3);
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
