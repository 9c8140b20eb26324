// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* What a flower filter matches, as a key and mask of the card.
 *
 * The card must not keep a packet for which software would do something else. Where its idea of a
 * field is wider than flower's, the match is narrowed: a packet left over goes to the host, and
 * software decides.
 */
#include <linux/if_vlan.h>
#include <net/ipv6.h>

#include "frl_tc.h"

struct key_name {
	enum flow_dissector_key_id key;
	const char *name;
};

/* Keys that filters may have; every other is refused by its name, or by its number if the kernel
 * is newer.
 */
#define KEYS_KNOWN                                                                 \
	(BIT(FLOW_DISSECTOR_KEY_CONTROL) | BIT(FLOW_DISSECTOR_KEY_BASIC) |         \
	 BIT(FLOW_DISSECTOR_KEY_ETH_ADDRS) | BIT(FLOW_DISSECTOR_KEY_VLAN) |        \
	 BIT(FLOW_DISSECTOR_KEY_CVLAN) | BIT(FLOW_DISSECTOR_KEY_NUM_OF_VLANS) |    \
	 BIT(FLOW_DISSECTOR_KEY_IPV4_ADDRS) | BIT(FLOW_DISSECTOR_KEY_IPV6_ADDRS) | \
	 BIT(FLOW_DISSECTOR_KEY_IP) | BIT(FLOW_DISSECTOR_KEY_PORTS) |              \
	 BIT(FLOW_DISSECTOR_KEY_TCP) | BIT(FLOW_DISSECTOR_KEY_ICMP) |              \
	 BIT(FLOW_DISSECTOR_KEY_ARP) | BIT(FLOW_DISSECTOR_KEY_META) | KEYS_TUNNEL)
#define KEYS_TUNNEL                                                                     \
	(BIT(FLOW_DISSECTOR_KEY_ENC_KEYID) | BIT(FLOW_DISSECTOR_KEY_ENC_IPV4_ADDRS) |   \
	 BIT(FLOW_DISSECTOR_KEY_ENC_IPV6_ADDRS) | BIT(FLOW_DISSECTOR_KEY_ENC_CONTROL) | \
	 BIT(FLOW_DISSECTOR_KEY_ENC_PORTS) | BIT(FLOW_DISSECTOR_KEY_ENC_IP) |           \
	 BIT(FLOW_DISSECTOR_KEY_ENC_OPTS))

static const struct key_name key_names[] = {
	{ FLOW_DISSECTOR_KEY_PORTS_RANGE, "port range" },
	{ FLOW_DISSECTOR_KEY_TIPC, "tipc" },
	{ FLOW_DISSECTOR_KEY_FLOW_LABEL, "flow label" },
	{ FLOW_DISSECTOR_KEY_GRE_KEYID, "gre key" },
	{ FLOW_DISSECTOR_KEY_MPLS_ENTROPY, "mpls entropy" },
	{ FLOW_DISSECTOR_KEY_MPLS, "mpls" },
	{ FLOW_DISSECTOR_KEY_CT, "ct_state, ct_zone, ct_mark, ct_label" },
	{ FLOW_DISSECTOR_KEY_HASH, "hash" },
	{ FLOW_DISSECTOR_KEY_PPPOE, "pppoe" },
	{ FLOW_DISSECTOR_KEY_L2TPV3, "l2tpv3" },
	{ FLOW_DISSECTOR_KEY_ENC_KEYID, "enc_key_id" },
	{ FLOW_DISSECTOR_KEY_ENC_IPV4_ADDRS, "enc_src_ip, enc_dst_ip" },
	{ FLOW_DISSECTOR_KEY_ENC_IPV6_ADDRS, "enc_src_ip, enc_dst_ip" },
	{ FLOW_DISSECTOR_KEY_ENC_CONTROL, "enc flags" },
	{ FLOW_DISSECTOR_KEY_ENC_PORTS, "enc_dst_port" },
	{ FLOW_DISSECTOR_KEY_ENC_IP, "enc_tos, enc_ttl" },
	{ FLOW_DISSECTOR_KEY_ENC_OPTS, "enc_opts" },
};

static const char *key_name(unsigned int key)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(key_names); i++)
		if (key_names[i].key == key)
			return key_names[i].name;
	return "a key of a newer kernel";
}

static void check_keys(struct frl_tc_parse *p)
{
	unsigned long known = KEYS_KNOWN, rest;

	if (p->bind->tunnel == FRL_TUN_TYPE_NONE)
		known &= ~KEYS_TUNNEL;
	rest = p->flow->match.dissector->used_keys & ~known;
	if (rest)
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, key_name(__ffs(rest)));
}

/* ---- Where the packet came in ---- */

static void match_meta(struct frl_tc_parse *p)
{
	struct flow_match_meta meta;

	if (!flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_META))
		return;
	flow_rule_match_meta(p->flow, &meta);
	if (meta.mask->ingress_iftype)
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "iftype");
	if (meta.mask->ingress_ifindex && meta.mask->ingress_ifindex != -1)
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "part of indev");
	else if (meta.mask->ingress_ifindex)
		p->never = meta.key->ingress_ifindex != p->bind->netdev->ifindex;
}

/* ---- Ethernet and tags ---- */

/* The EtherType behind the addresses (n 0) or behind tag n. */
static enum frl_refusal set_type(struct frl_match *m, unsigned int n, __be16 be_type)
{
	static const enum frl_field present[] = { FRL_F_vlan0_present, FRL_F_vlan1_present };
	static const enum frl_field tpid[] = { FRL_F_vlan0_tpid, FRL_F_vlan1_tpid };
	u16 type = ntohs(be_type);
	bool tag = eth_type_vlan(be_type);
	enum frl_refusal no;

	if (!eth_proto_is_802_3(be_type) || (n > 1 && tag))
		return FRL_REFUSAL_MATCH_FIELD;
	if (n > 1)
		return frl_match_set(m, FRL_F_eth_type, type, 0xffff);
	no = frl_match_set(m, present[n], tag, 1);
	return no ? no : frl_match_set(m, tag ? tpid[n] : FRL_F_eth_type, type, 0xffff);
}

static u16 tci_of(const struct flow_dissector_key_vlan *vlan)
{
	return vlan->vlan_id | vlan->vlan_dei << 12 | vlan->vlan_priority << VLAN_PRIO_SHIFT;
}

static void match_tag(struct frl_tc_parse *p, unsigned int n, const struct flow_match_vlan *vlan)
{
	struct frl_match *m = &p->desc->match;

	if (vlan->mask->vlan_tpid && vlan->mask->vlan_tpid != htons(0xffff))
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "part of a vlan tpid");
	if (vlan->mask->vlan_eth_type && vlan->mask->vlan_eth_type != htons(0xffff))
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "part of vlan_ethtype");
	frl_tc_no(p, frl_match_set(m, n ? FRL_F_vlan1_present : FRL_F_vlan0_present, 1, 1),
		  n ? "cvlan" : "vlan");
	if (vlan->mask->vlan_tpid)
		frl_tc_no(p, set_type(m, n, vlan->key->vlan_tpid), n ? "vlan_ethtype" : "protocol");
	frl_tc_no(p,
		  frl_match_set(m, n ? FRL_F_vlan1_tci : FRL_F_vlan0_tci, tci_of(vlan->key),
				tci_of(vlan->mask)),
		  n ? "cvlan_id, cvlan_prio" : "vlan_id, vlan_prio");
	if (vlan->mask->vlan_eth_type)
		frl_tc_no(p, set_type(m, n + 1, vlan->key->vlan_eth_type),
			  n ? "cvlan_ethtype" : "vlan_ethtype");
}

static void match_tags(struct frl_tc_parse *p)
{
	struct flow_match_vlan vlan;

	if (flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_VLAN)) {
		flow_rule_match_vlan(p->flow, &vlan);
		match_tag(p, 0, &vlan);
	}
	if (flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_CVLAN)) {
		flow_rule_match_cvlan(p->flow, &vlan);
		frl_tc_no(p, frl_match_set(&p->desc->match, FRL_F_vlan0_present, 1, 1), "vlan");
		match_tag(p, 1, &vlan);
	}
}

/* The key says whether there is a first and a second tag, not whether there is a third. */
static void match_num_of_vlans(struct frl_tc_parse *p)
{
	struct flow_dissector *d = p->flow->match.dissector;
	const struct flow_dissector_key_num_of_vlans *key, *mask;

	if (!flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_NUM_OF_VLANS))
		return;
	key = skb_flow_dissector_target(d, FLOW_DISSECTOR_KEY_NUM_OF_VLANS, p->flow->match.key);
	mask = skb_flow_dissector_target(d, FLOW_DISSECTOR_KEY_NUM_OF_VLANS, p->flow->match.mask);
	if (mask->num_of_vlans != 0xff || key->num_of_vlans > 1)
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "num_of_vlans other than 0 and 1");
	frl_tc_no(p, frl_match_set(&p->desc->match, FRL_F_vlan0_present, key->num_of_vlans, 1),
		  "num_of_vlans");
	if (key->num_of_vlans)
		frl_tc_no(p, frl_match_set(&p->desc->match, FRL_F_vlan1_present, 0, 1),
			  "num_of_vlans");
}

static void match_eth(struct frl_tc_parse *p)
{
	struct flow_match_eth_addrs eth;

	if (p->protocol != htons(ETH_P_ALL))
		frl_tc_no(p, set_type(&p->desc->match, 0, p->protocol), "protocol");
	if (!flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_ETH_ADDRS))
		return;
	flow_rule_match_eth_addrs(p->flow, &eth);
	frl_tc_no(p,
		  frl_match_set_be(&p->desc->match, FRL_F_eth_dst, eth.key->dst, eth.mask->dst,
				   ETH_ALEN),
		  "dst_mac");
	frl_tc_no(p,
		  frl_match_set_be(&p->desc->match, FRL_F_eth_src, eth.key->src, eth.mask->src,
				   ETH_ALEN),
		  "src_mac");
}

/* ---- Network layer ---- */

/* Extension headers that the card walks: flower calls some of them the protocol (RFC 8200, 4). */
static bool is_extension(u8 proto)
{
	return proto == NEXTHDR_HOP || proto == NEXTHDR_ROUTING || proto == NEXTHDR_FRAGMENT ||
	       proto == NEXTHDR_AUTH || proto == NEXTHDR_DEST;
}

static enum frl_refusal match_n_proto(struct frl_match *m, __be16 n_proto)
{
	switch (n_proto) {
	case htons(ETH_P_IP):
		return frl_match_l3(m, FRL_L3_TYPE_IPV4);
	case htons(ETH_P_IPV6):
		return frl_match_l3(m, FRL_L3_TYPE_IPV6);
	default: /* of ARP too: flower looks at the EtherType alone */
		if (!eth_proto_is_802_3(n_proto))
			return FRL_REFUSAL_MATCH_FIELD;
		return frl_match_set(m, FRL_F_eth_type, ntohs(n_proto), 0xffff);
	}
}

static void match_basic(struct frl_tc_parse *p, u8 *ip_proto)
{
	struct frl_match *m = &p->desc->match;
	struct flow_match_basic basic;

	*ip_proto = 0;
	if (!flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_BASIC))
		return;
	flow_rule_match_basic(p->flow, &basic);
	if (basic.mask->n_proto && basic.mask->n_proto != htons(0xffff))
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "part of the protocol");
	if (basic.mask->n_proto)
		frl_tc_no(p, match_n_proto(m, basic.key->n_proto), "protocol");
	if (!basic.mask->ip_proto)
		return;
	if (frl_match_says(m, FRL_F_l3_type, FRL_L3_TYPE_IPV6) && is_extension(basic.key->ip_proto))
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "ip_proto, of an extension header");
	frl_tc_no(p, frl_match_set(m, FRL_F_ip_proto, basic.key->ip_proto, basic.mask->ip_proto),
		  "ip_proto");
	if (basic.mask->ip_proto == 0xff)
		*ip_proto = basic.key->ip_proto;
}

/* Bit 0 of the card's field says fragment, bit 1 that it is not the first. */
static void match_frag(struct frl_tc_parse *p, bool *fragment)
{
	struct flow_match_control control;
	u32 key, mask;

	*fragment = false;
	if (!flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_CONTROL))
		return;
	flow_rule_match_control(p->flow, &control);
	mask = control.mask->flags;
	key = control.key->flags & mask;
	if (mask & ~(FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG))
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "ip_flags other than frag and firstfrag");
	if (!mask)
		return;
	*fragment = key != 0;
	if (key & FLOW_DIS_FIRST_FRAG) {
		if (mask & ~key)
			frl_tc_no(p, FRL_REFUSAL_MATCH_CONFLICT, "ip_flags");
		frl_tc_no(p, frl_match_set(&p->desc->match, FRL_F_frag, FRL_FRAG_FIRST, 3),
			  "ip_flags");
	} else if (key & FLOW_DIS_IS_FRAGMENT) {
		frl_tc_no(p,
			  frl_match_set(&p->desc->match, FRL_F_frag, FRL_FRAG_LATER,
					mask & FLOW_DIS_FIRST_FRAG ? 3 : FRL_FRAG_FIRST),
			  "ip_flags");
	} else if (mask & FLOW_DIS_IS_FRAGMENT) {
		frl_tc_no(p, frl_match_set(&p->desc->match, FRL_F_frag, FRL_FRAG_NO, 3),
			  "ip_flags");
	} else {
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "ip_flags nofirstfrag alone");
	}
}

/* Flower keeps addresses of both kinds at one place, and claims both keys. */
static u16 addr_type(const struct frl_tc_parse *p)
{
	struct flow_match_control control;

	if (!flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_CONTROL))
		return 0;
	flow_rule_match_control(p->flow, &control);
	return control.key->addr_type;
}

static void match_ip(struct frl_tc_parse *p)
{
	struct frl_match *m = &p->desc->match;
	struct flow_match_ipv4_addrs v4;
	struct flow_match_ipv6_addrs v6;
	struct flow_match_ip ip;

	if (addr_type(p) == FLOW_DISSECTOR_KEY_IPV4_ADDRS) {
		flow_rule_match_ipv4_addrs(p->flow, &v4);
		frl_tc_no(p, frl_match_l3(m, FRL_L3_TYPE_IPV4), "src_ip, dst_ip");
		frl_tc_no(p,
			  frl_match_set(m, FRL_F_ip_src, ntohl(v4.key->src), ntohl(v4.mask->src)),
			  "src_ip");
		frl_tc_no(p,
			  frl_match_set(m, FRL_F_ip_dst, ntohl(v4.key->dst), ntohl(v4.mask->dst)),
			  "dst_ip");
	}
	if (addr_type(p) == FLOW_DISSECTOR_KEY_IPV6_ADDRS) {
		flow_rule_match_ipv6_addrs(p->flow, &v6);
		frl_tc_no(p, frl_match_l3(m, FRL_L3_TYPE_IPV6), "src_ip, dst_ip");
		frl_tc_no(p,
			  frl_match_set_be(m, FRL_F_ip_src, v6.key->src.s6_addr,
					   v6.mask->src.s6_addr, 16),
			  "src_ip");
		frl_tc_no(p,
			  frl_match_set_be(m, FRL_F_ip_dst, v6.key->dst.s6_addr,
					   v6.mask->dst.s6_addr, 16),
			  "dst_ip");
	}
	if (flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_IP)) {
		flow_rule_match_ip(p->flow, &ip);
		frl_tc_no(p, frl_match_set(m, FRL_F_ip_tos, ip.key->tos, ip.mask->tos), "ip_tos");
		frl_tc_no(p, frl_match_set(m, FRL_F_ip_ttl, ip.key->ttl, ip.mask->ttl), "ip_ttl");
	}
}

static void match_arp(struct frl_tc_parse *p)
{
	struct frl_match *m = &p->desc->match;
	struct flow_dissector *d = p->flow->match.dissector;
	const struct flow_dissector_key_arp *key, *mask;

	if (!flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_ARP))
		return;
	key = skb_flow_dissector_target(d, FLOW_DISSECTOR_KEY_ARP, p->flow->match.key);
	mask = skb_flow_dissector_target(d, FLOW_DISSECTOR_KEY_ARP, p->flow->match.mask);
	if (frl_match_says(m, FRL_F_eth_type, ETH_P_RARP))
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "fields of rarp");
	if (mask->op && mask->op != 0xff)
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "part of arp_op");
	frl_tc_no(p, frl_match_arp(m, key->op, mask->op ? 0xffff : 0), "arp_op");
	frl_tc_no(p,
		  frl_match_set_be(m, FRL_F_ip_src, (const u8 *)&key->sip, (const u8 *)&mask->sip,
				   4),
		  "arp_sip");
	frl_tc_no(p,
		  frl_match_set_be(m, FRL_F_ip_dst, (const u8 *)&key->tip, (const u8 *)&mask->tip,
				   4),
		  "arp_tip");
	frl_tc_no(p, frl_match_set_be(m, FRL_F_arp_sha, key->sha, mask->sha, ETH_ALEN), "arp_sha");
	frl_tc_no(p, frl_match_set_be(m, FRL_F_arp_tha, key->tha, mask->tha, ETH_ALEN), "arp_tha");
}

/* ---- Transport layer ---- */

static int l4_type(u8 ip_proto)
{
	switch (ip_proto) {
	case IPPROTO_TCP:
		return FRL_L4_TYPE_TCP;
	case IPPROTO_UDP:
		return FRL_L4_TYPE_UDP;
	case IPPROTO_SCTP:
		return FRL_L4_TYPE_SCTP;
	case IPPROTO_ICMP:
		return FRL_L4_TYPE_ICMP;
	case IPPROTO_ICMPV6:
		return FRL_L4_TYPE_ICMPV6;
	default:
		return FRL_L4_TYPE_NONE;
	}
}

/* Fields behind the IP header. To flower they are zero in every fragment, the first included; the
 * card reads those of the first, so the match is narrowed to packets that are none.
 */
static void match_l4_field(struct frl_tc_parse *p, u8 ip_proto, bool fragment, enum frl_field field,
			   u32 key, u32 mask, const char *name)
{
	struct frl_match *m = &p->desc->match;
	int type = l4_type(ip_proto);

	if (!mask)
		return;
	if (fragment) {
		frl_tc_no(p, key & mask ? FRL_REFUSAL_MATCH_CONFLICT : FRL_REFUSAL_NONE, name);
		return;
	}
	if (type == FRL_L4_TYPE_NONE) {
		frl_tc_no(p, FRL_REFUSAL_MATCH_ORDER, name);
		return;
	}
	frl_tc_no(p, frl_match_set(m, FRL_F_frag, FRL_FRAG_NO, 3), name);
	frl_tc_no(p, frl_match_l4(m, type), name);
	frl_tc_no(p, frl_match_set(m, field, key, mask), name);
}

static void match_l4(struct frl_tc_parse *p, u8 ip_proto, bool fragment)
{
	struct flow_match_ports ports;
	struct flow_match_icmp icmp;
	struct flow_match_tcp tcp;

	if (flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_PORTS)) {
		flow_rule_match_ports(p->flow, &ports);
		match_l4_field(p, ip_proto, fragment, FRL_F_tp_src, ntohs(ports.key->src),
			       ntohs(ports.mask->src), "src_port");
		match_l4_field(p, ip_proto, fragment, FRL_F_tp_dst, ntohs(ports.key->dst),
			       ntohs(ports.mask->dst), "dst_port");
	}
	if (flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_TCP)) {
		flow_rule_match_tcp(p->flow, &tcp);
		match_l4_field(p, ip_proto, fragment, FRL_F_tcp_flags,
			       ntohs(tcp.key->flags) & 0xfff, ntohs(tcp.mask->flags) & 0xfff,
			       "tcp_flags");
	}
	if (flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_ICMP)) {
		flow_rule_match_icmp(p->flow, &icmp);
		if (icmp.mask->id)
			frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "icmp id");
		match_l4_field(p, ip_proto, fragment, FRL_F_tp_src, icmp.key->type, icmp.mask->type,
			       "icmp type");
		match_l4_field(p, ip_proto, fragment, FRL_F_tp_dst, icmp.key->code, icmp.mask->code,
			       "icmp code");
	}
}

/* ---- All of it ---- */

int frl_tc_match(struct frl_tc_parse *p)
{
	bool fragment;
	u8 ip_proto;

	memset(&p->desc->match, 0, sizeof(p->desc->match));
	if (p->bind->rep)
		frl_match_init(&p->desc->match, p->bind->rep->port);
	/* Without this the card would look at the inner headers of a tunnel's packet. */
	frl_tc_no(p, frl_match_set(&p->desc->match, FRL_F_tun_type, p->bind->tunnel, 3), "tunnel");
	if (!p->flow->match.dissector) { /* matchall */
		if (p->bind->tunnel)
			frl_tc_no(p, FRL_REFUSAL_TUNNEL_MATCH, "enc_dst_ip");
		return p->err;
	}
	check_keys(p);
	if (p->err)
		return p->err;
	match_meta(p);
	if (p->bind->tunnel)
		frl_tc_match_tunnel(p);
	match_eth(p);
	match_tags(p);
	match_num_of_vlans(p);
	match_basic(p, &ip_proto);
	match_frag(p, &fragment);
	match_ip(p);
	match_arp(p);
	match_l4(p, ip_proto, fragment);
	return p->err;
}
