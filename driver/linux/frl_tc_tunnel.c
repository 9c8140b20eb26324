// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Filters of tunnel devices: which device, which outer fields, and by which uplink their packets
 * come.
 */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/geneve.h>
#include <net/ip_tunnels.h>
#include <net/vxlan.h>

#include "frl_tc.h"

/* Extensions that change what stands in, or behind, the header. */
#define VXLAN_EXTENSIONS \
	(VXLAN_F_GBP | VXLAN_F_GPE | VXLAN_F_REMCSUM_RX | VXLAN_F_REMCSUM_TX | VXLAN_F_VNIFILTER)

enum frl_tun_type frl_tc_tunnel_of(const struct net_device *netdev, enum frl_refusal *why)
{
	const struct vxlan_dev *vxlan;

	*why = FRL_REFUSAL_NONE;
	if (netif_is_geneve(netdev))
		return FRL_TUN_TYPE_GENEVE;
	if (!netif_is_vxlan(netdev))
		return FRL_TUN_TYPE_NONE;
	vxlan = netdev_priv(netdev);
	if (!(vxlan->cfg.flags & VXLAN_F_COLLECT_METADATA) || (vxlan->cfg.flags & VXLAN_EXTENSIONS))
		*why = FRL_REFUSAL_TUNNEL_DEVICE;
	return FRL_TUN_TYPE_VXLAN;
}

/* ---- Underlay ---- */

int frl_tc_underlay_port(struct frl_tc *tc, const struct frl_tc_underlay *u)
{
	struct net_device *netdev;
	struct frl_rep *rep;
	int port = -1;

	rcu_read_lock();
	if (u->v6)
		netdev = ipv6_dev_find(u->net, &u->addr.v6, NULL);
	else
		netdev = __ip_dev_find(u->net, u->addr.v4, false);
	if (netdev && (netdev->flags & IFF_UP)) {
		rep = frl_rep_of(tc->pf, netdev);
		if (rep && rep->uplink)
			port = rep->port;
	}
	rcu_read_unlock();
	return port;
}

static struct net *underlay_net(const struct frl_tc_bind *bind)
{
	if (bind->tunnel == FRL_TUN_TYPE_VXLAN)
		return ((const struct vxlan_dev *)netdev_priv(bind->netdev))->net;
	/* GENEVE's own is private; they differ only if the device was moved. */
	return dev_net(bind->netdev);
}

/* ---- Outer fields ---- */

static void match_v4(struct frl_tc_parse *p)
{
	struct frl_match *m = &p->desc->match;
	struct flow_match_ipv4_addrs v4;

	flow_rule_match_enc_ipv4_addrs(p->flow, &v4);
	if (v4.mask->dst != htonl(~0u))
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_MATCH, "enc_dst_ip");
	frl_tc_no(p, frl_match_set(m, FRL_F_tun_ip6, 0, 1), "enc_dst_ip");
	frl_tc_no(p, frl_match_set(m, FRL_F_tun_src, ntohl(v4.key->src), ntohl(v4.mask->src)),
		  "enc_src_ip");
	frl_tc_no(p, frl_match_set(m, FRL_F_tun_dst, ntohl(v4.key->dst), ntohl(v4.mask->dst)),
		  "enc_dst_ip");
	p->underlay.addr.v4 = v4.key->dst;
}

static void match_v6(struct frl_tc_parse *p)
{
	struct frl_match *m = &p->desc->match;
	struct flow_match_ipv6_addrs v6;

	flow_rule_match_enc_ipv6_addrs(p->flow, &v6);
	if (memchr_inv(&v6.mask->dst, 0xff, sizeof(v6.mask->dst)))
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_MATCH, "enc_dst_ip");
	frl_tc_no(p, frl_match_set(m, FRL_F_tun_ip6, 1, 1), "enc_dst_ip");
	frl_tc_no(p,
		  frl_match_set_be(m, FRL_F_tun_src, v6.key->src.s6_addr, v6.mask->src.s6_addr, 16),
		  "enc_src_ip");
	frl_tc_no(p,
		  frl_match_set_be(m, FRL_F_tun_dst, v6.key->dst.s6_addr, v6.mask->dst.s6_addr, 16),
		  "enc_dst_ip");
	p->underlay.v6 = true;
	p->underlay.addr.v6 = v6.key->dst;
}

static void match_ids(struct frl_tc_parse *p)
{
	struct frl_match *m = &p->desc->match;
	struct flow_match_enc_keyid id;

	if (!flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_ENC_KEYID)) {
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_MATCH, "enc_key_id");
		return;
	}
	flow_rule_match_enc_keyid(p->flow, &id);
	if (id.mask->keyid != htonl(~0u))
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_MATCH, "enc_key_id");
	/* A bit above the 24 of a VNI is outside the field, and refused as that. */
	frl_tc_no(p,
		  frl_match_set(m, FRL_F_tun_vni, ntohl(id.key->keyid),
				ntohl(id.key->keyid) | 0xffffff),
		  "enc_key_id");
}

/* A tunnel's packets come to one UDP port; the device has it, the filter may say it once more. */
static void match_ports(struct frl_tc_parse *p)
{
	bool vxlan = p->bind->tunnel == FRL_TUN_TYPE_VXLAN;
	u16 known = vxlan ? FRL_VXLAN_UDP_PORT : FRL_GENEVE_UDP_PORT;
	struct flow_match_ports ports;

	if (vxlan &&
	    ((struct vxlan_dev *)netdev_priv(p->bind->netdev))->cfg.dst_port != htons(known))
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_PORT, p->bind->netdev->name);
	if (flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_ENC_PORTS)) {
		flow_rule_match_enc_ports(p->flow, &ports);
		if (ports.mask->src)
			frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "enc_src_port");
		if (ports.mask->dst && ports.mask->dst != htons(0xffff))
			frl_tc_no(p, FRL_REFUSAL_TUNNEL_MATCH, "enc_dst_port");
		if (ports.mask->dst && ports.key->dst != htons(known))
			frl_tc_no(p, FRL_REFUSAL_TUNNEL_PORT, "enc_dst_port");
	}
	frl_tc_no(p, frl_match_set(&p->desc->match, FRL_F_tun_udp_dst, known, 0xffff),
		  "enc_dst_port");
}

/* RFC 6040: of a frame marked by the underlay the kernel marks, or drops, the inner packet. The
 * card does neither, so unless the filter says that there is no such mark (CE), packets with any
 * stay with the kernel.
 */
static void match_tos(struct frl_tc_parse *p)
{
	struct frl_match *m = &p->desc->match;
	struct flow_match_ip ip;

	if (flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_ENC_IP)) {
		flow_rule_match_enc_ip(p->flow, &ip);
		frl_tc_no(p, frl_match_set(m, FRL_F_tun_tos, ip.key->tos, ip.mask->tos), "enc_tos");
		frl_tc_no(p, frl_match_set(m, FRL_F_tun_ttl, ip.key->ttl, ip.mask->ttl), "enc_ttl");
	}
	if ((frl_match_mask(m, FRL_F_tun_tos) & INET_ECN_MASK) != INET_ECN_MASK)
		frl_tc_no(p, frl_match_set(m, FRL_F_tun_tos, INET_ECN_NOT_ECT, INET_ECN_MASK),
			  "enc_tos");
	else if (INET_ECN_is_ce(frl_match_value(m, FRL_F_tun_tos)))
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "enc_tos with congestion experienced");
}

/* ---- GENEVE options (RFC 8926, 3.5) ---- */

/* An option that has no matched word must at least be there: the card knows options by their
 * words.
 */
static void match_option(struct frl_tc_parse *p, const struct geneve_opt *key,
			 const struct geneve_opt *mask)
{
	struct frl_match_geneve word = { .opt_class = ntohs(key->opt_class), .type = key->type };
	unsigned int i, words = 0;
	__be32 k, m;

	if (mask->opt_class != htons(0xffff) || mask->type != 0xff) {
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_MATCH, "class and type of geneve_opts");
		return;
	}
	for (i = 0; i < key->length; i++) {
		memcpy(&k, key->opt_data + 4 * i, sizeof(k));
		memcpy(&m, mask->opt_data + 4 * i, sizeof(m));
		if (!m)
			continue;
		word.word = i;
		word.value = ntohl(k);
		word.mask = ntohl(m);
		frl_tc_no(p, frl_match_geneve(&p->desc->match, &word), "geneve_opts");
		words++;
	}
	if (!words)
		frl_tc_no(p, frl_match_geneve(&p->desc->match, &word), "geneve_opts");
}

static void match_options(struct frl_tc_parse *p)
{
	struct flow_match_enc_opts opts;
	unsigned int at = 0, len;

	if (!flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_ENC_OPTS))
		return;
	flow_rule_match_enc_opts(p->flow, &opts);
	if (!opts.mask->len)
		return;
	if (p->bind->tunnel != FRL_TUN_TYPE_GENEVE) {
		frl_tc_no(p, FRL_REFUSAL_MATCH_FIELD, "vxlan_opts");
		return;
	}
	while (!p->err && at + sizeof(struct geneve_opt) <= opts.key->len) {
		const struct geneve_opt *key = (const void *)(opts.key->data + at);
		const struct geneve_opt *mask = (const void *)(opts.mask->data + at);

		len = sizeof(*key) + 4 * key->length;
		if (at + len > opts.key->len)
			break;
		match_option(p, key, mask);
		at += len;
	}
	if (at != opts.key->len)
		frl_tc_no(p, FRL_REFUSAL_VALUE_RANGE, "geneve_opts");
}

/* ---- All of it ---- */

void frl_tc_match_tunnel(struct frl_tc_parse *p)
{
	struct flow_match_control control;
	u16 addr_type = 0;
	int port;

	p->underlay.net = underlay_net(p->bind);
	/* Flower keeps addresses of both kinds at one place, and claims both keys. */
	if (flow_rule_match_key(p->flow, FLOW_DISSECTOR_KEY_ENC_CONTROL)) {
		flow_rule_match_enc_control(p->flow, &control);
		addr_type = control.key->addr_type;
	}
	if (addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS)
		match_v4(p);
	else if (addr_type == FLOW_DISSECTOR_KEY_IPV6_ADDRS)
		match_v6(p);
	else
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_MATCH, "enc_dst_ip");
	match_ids(p);
	match_ports(p);
	match_tos(p);
	match_options(p);
	if (p->err)
		return;
	port = frl_tc_underlay_port(p->tc, &p->underlay);
	if (port < 0) {
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_UNDERLAY, "enc_dst_ip");
		return;
	}
	p->underlay.port = port;
	frl_tc_no(p, frl_match_set(&p->desc->match, FRL_F_port, port, 0xff), "uplink");
}
