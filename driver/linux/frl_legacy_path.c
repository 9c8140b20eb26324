// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Software path of legacy mode: what the host sends, and frames that no rule took or that need
 * copies. It does what the rules do (frl_legacy_rules.c), so that a frame which comes before its
 * rule is not lost.
 *
 * A frame's VLAN is the tag in skb metadata (put there for a VF with a port VLAN) or the one in
 * its header.
 */
#include <linux/etherdevice.h>

#include "frl_legacy.h"

static const struct ethhdr *header(const struct sk_buff *skb)
{
	return (const struct ethhdr *)skb->data;
}

/* VLAN that the frame belongs to on a trunk; 0: none. */
static u16 vlan_of(const struct sk_buff *skb)
{
	const struct vlan_ethhdr *tagged = (const struct vlan_ethhdr *)skb->data;

	if (skb_vlan_tag_present(skb))
		return skb_vlan_tag_get_id(skb);
	if (skb_headlen(skb) >= VLAN_ETH_HLEN && tagged->h_vlan_proto == htons(ETH_P_8021Q))
		return ntohs(tagged->h_vlan_TCI) & VLAN_VID_MASK;
	return 0;
}

static void count_drop(struct frl_rep *uplink, struct sk_buff *skb)
{
	dev_kfree_skb_any(skb);
	dev_core_stats_rx_dropped_inc(uplink->netdev);
}

/* Takes the tag out of the header. */
static int strip(struct sk_buff *skb)
{
	int err;

	err = skb_ensure_writable(skb, VLAN_ETH_HLEN);
	if (err)
		return err;
	memmove(skb->data + VLAN_HLEN, skb->data, 2 * ETH_ALEN);
	skb_pull(skb, VLAN_HLEN);
	return 0;
}

/*
 * The frame as its destination wants it: without the tag of its port VLAN, or with the source's
 * in the header.
 */
static struct sk_buff *dress(struct sk_buff *skb, u16 port_vlan)
{
	u16 tci;

	if (!skb_vlan_tag_present(skb)) {
		if (port_vlan && strip(skb)) {
			kfree_skb(skb);
			return NULL;
		}
		return skb;
	}
	tci = skb_vlan_tag_get(skb);
	__vlan_hwaccel_clear_tag(skb);
	/* vlan_insert_tag() frees the frame when it fails. */
	return port_vlan ? skb : vlan_insert_tag(skb, htons(ETH_P_8021Q), tci);
}

/* TX queue lock held. Consumes the frame unless there is no room. */
static int send(struct frl_rep *uplink, struct sk_buff *skb, u8 port, u16 port_vlan)
{
	skb = dress(skb, port_vlan);
	if (!skb)
		return 0;
	return frl_send(uplink, skb, port);
}

static void send_copy(struct frl_rep *uplink, const struct sk_buff *skb, u8 port, u16 port_vlan)
{
	struct sk_buff *copy = skb_copy(skb, GFP_ATOMIC);

	if (copy && send(uplink, copy, port, port_vlan))
		count_drop(uplink, copy);
}

static bool may_reach(const struct frl_legacy_vf *vf, const struct sk_buff *skb)
{
	return !vf->vlan || vf->vlan == vlan_of(skb);
}

static void flood_vfs(struct frl_rep *uplink, const struct frl_legacy_table *t,
		      const struct sk_buff *skb, int except)
{
	int i;

	for (i = 0; i < t->vfs; i++) {
		if (i != except && may_reach(&t->vf[i], skb))
			send_copy(uplink, skb, FRL_PORT_VF0 + i, t->vf[i].vlan);
	}
}

/* The VF that a unicast frame is for, or -1. */
static int find_vf(const struct frl_legacy_table *t, const struct sk_buff *skb)
{
	int i;

	for (i = 0; i < t->vfs; i++) {
		if (ether_addr_equal(header(skb)->h_dest, t->vf[i].mac) &&
		    may_reach(&t->vf[i], skb))
			return i;
	}
	return -1;
}

/* ---- From the host ---- */

/**
 * frl_legacy_xmit() - the host sends on the first uplink
 * @uplink: its rep; the TX queue lock is held
 * @skb: frame
 *
 * Return: 0, or -EBUSY when there was no room: the frame still is the caller's.
 */
int frl_legacy_xmit(struct frl_rep *uplink, struct sk_buff *skb)
{
	const struct frl_legacy_table *t;
	u8 port = uplink->port;
	bool copied = false;
	u16 port_vlan = 0;
	int vf, err;

	rcu_read_lock();
	t = rcu_dereference(uplink->pf->legacy_table);
	if (t && pskb_may_pull(skb, ETH_HLEN)) {
		if (is_multicast_ether_addr(header(skb)->h_dest)) {
			flood_vfs(uplink, t, skb, -1);
			copied = true;
		} else {
			vf = find_vf(t, skb);
			port = vf < 0 ? port : FRL_PORT_VF0 + vf;
			port_vlan = vf < 0 ? 0 : t->vf[vf].vlan;
		}
	}
	rcu_read_unlock();
	err = send(uplink, skb, port, port_vlan);
	if (!err || !copied)
		return err;
	/* Once more would mean a second copy for each VF. */
	dev_kfree_skb_any(skb);
	dev_core_stats_tx_dropped_inc(uplink->netdev);
	return 0;
}

/* ---- From a VF ---- */

/* What the rules check as well. */
static bool allowed(const struct frl_legacy_vf *vf, const struct sk_buff *skb)
{
	if (vf->spoofchk && !ether_addr_equal(header(skb)->h_source, vf->mac))
		return false;
	if (vf->vlan && eth_type_vlan(header(skb)->h_proto))
		return false;
	return vf->trusted || !is_link_local_ether_addr(header(skb)->h_dest);
}

static void forward(struct frl_rep *uplink, struct sk_buff *skb, u8 port, u16 port_vlan)
{
	if (send(uplink, skb, port, port_vlan))
		count_drop(uplink, skb);
}

/* Returns what of it is for the host. */
static struct sk_buff *switch_frame(struct frl_rep *uplink, const struct frl_legacy_table *t,
				    struct sk_buff *skb, int from)
{
	int to;

	if (is_multicast_ether_addr(header(skb)->h_dest)) {
		flood_vfs(uplink, t, skb, from);
		if (from >= 0)
			send_copy(uplink, skb, FRL_PORT_WIRE0, 0);
		return skb;
	}
	if (ether_addr_equal(header(skb)->h_dest, t->host))
		return skb;
	to = find_vf(t, skb);
	if (to < 0 && from < 0)
		return skb; /* for nobody: the host may be promiscuous */
	if (to >= 0 && to != from)
		forward(uplink, skb, FRL_PORT_VF0 + to, t->vf[to].vlan);
	else
		forward(uplink, skb, FRL_PORT_WIRE0, 0);
	return NULL;
}

static void put_tag(struct sk_buff *skb, const struct frl_legacy_vf *vf)
{
	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), vf->vlan | vf->qos << VLAN_PRIO_SHIFT);
}

/**
 * frl_legacy_receive() - a frame of the first wire, or of any VF, that came to the host
 * @uplink: the first wire's rep; in its NAPI
 * @skb: frame, from its Ethernet header on
 * @src_port: card port it came from
 *
 * Return: the frame if it is for the host, its VLAN tag where the stack looks for it; else NULL.
 */
struct sk_buff *frl_legacy_receive(struct frl_rep *uplink, struct sk_buff *skb, u8 src_port)
{
	struct netdev_queue *txq = netdev_get_tx_queue(uplink->netdev, 0);
	const struct frl_legacy_table *t;
	int from = src_port - FRL_PORT_VF0;

	rcu_read_lock();
	t = rcu_dereference(uplink->pf->legacy_table);
	if (src_port == FRL_PORT_WIRE0)
		from = -1;
	else if (!t || from < 0 || from >= t->vfs || !allowed(&t->vf[from], skb))
		goto drop;
	if (t) {
		if (from >= 0 && t->vf[from].vlan)
			put_tag(skb, &t->vf[from]);
		__netif_tx_lock(txq, smp_processor_id());
		skb = switch_frame(uplink, t, skb, from);
		frl_flush(uplink);
		__netif_tx_unlock(txq);
	}
	rcu_read_unlock();
	return skb;
drop:
	rcu_read_unlock();
	count_drop(uplink, skb);
	return NULL;
}
