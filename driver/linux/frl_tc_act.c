// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* What a filter does, as legs of an action set. */
#include <linux/if_vlan.h>
#include <net/geneve.h>
#include <net/inet_ecn.h>
#include <net/vxlan.h>

#include "frl_tc.h"

/* A default of Linux' (net.ipv4.ip_default_ttl); the real value is looked up with the route. */
#define ANY_TTL 64

/* What encapsulation adds to an IP packet: its Ethernet header, then VXLAN, UDP and IPv4. */
#define ENCAP_BYTES (14 + 8 + 8 + 20)

/* The list of actions so far. */
struct list_state {
	struct frl_tc_pedit pedit;
	const struct ip_tunnel_info *tunnel; /* of tunnel_key set */
	bool ended;			     /* a redirect or drop: nothing comes behind it */
};

static const char *const names[NUM_FLOW_ACTIONS] = {
	[FLOW_ACTION_ACCEPT] = "action pass",
	[FLOW_ACTION_DROP] = "action drop",
	[FLOW_ACTION_TRAP] = "action trap",
	[FLOW_ACTION_GOTO] = "action goto chain",
	[FLOW_ACTION_REDIRECT] = "mirred egress redirect",
	[FLOW_ACTION_MIRRED] = "mirred egress mirror",
	[FLOW_ACTION_REDIRECT_INGRESS] = "mirred ingress redirect",
	[FLOW_ACTION_MIRRED_INGRESS] = "mirred ingress mirror",
	[FLOW_ACTION_VLAN_PUSH] = "vlan push",
	[FLOW_ACTION_VLAN_POP] = "vlan pop",
	[FLOW_ACTION_VLAN_MANGLE] = "vlan modify",
	[FLOW_ACTION_TUNNEL_ENCAP] = "tunnel_key set",
	[FLOW_ACTION_TUNNEL_DECAP] = "tunnel_key unset",
	[FLOW_ACTION_MANGLE] = "pedit",
	[FLOW_ACTION_ADD] = "pedit add",
	[FLOW_ACTION_CSUM] = "csum",
	[FLOW_ACTION_MARK] = "skbedit mark",
	[FLOW_ACTION_PTYPE] = "skbedit ptype",
	[FLOW_ACTION_PRIORITY] = "skbedit priority",
	[FLOW_ACTION_WAKE] = "action wake",
	[FLOW_ACTION_QUEUE] = "action queue",
	[FLOW_ACTION_SAMPLE] = "sample",
	[FLOW_ACTION_POLICE] = "police",
	[FLOW_ACTION_CT] = "ct",
	[FLOW_ACTION_CT_METADATA] = "ct",
	[FLOW_ACTION_MPLS_PUSH] = "mpls push",
	[FLOW_ACTION_MPLS_POP] = "mpls pop",
	[FLOW_ACTION_MPLS_MANGLE] = "mpls modify",
	[FLOW_ACTION_GATE] = "gate",
	[FLOW_ACTION_PPPOE_PUSH] = "pppoe push",
	[FLOW_ACTION_JUMP] = "jump",
	[FLOW_ACTION_PIPE] = "action pipe",
	[FLOW_ACTION_VLAN_PUSH_ETH] = "vlan push_eth",
	[FLOW_ACTION_VLAN_POP_ETH] = "vlan pop_eth",
	[FLOW_ACTION_CONTINUE] = "action continue",
};

static const char *name_of(const struct flow_action_entry *act)
{
	return act->id < NUM_FLOW_ACTIONS && names[act->id] ? names[act->id]
							    : "an action of a newer kernel";
}

/* ---- Tags ---- */

static void vlan_push(struct frl_tc_parse *p, const struct flow_action_entry *act)
{
	frl_tc_no(p, frl_acts_push_vlan(&p->acts, ntohs(act->vlan.proto)), "vlan push");
	frl_tc_no(p, frl_acts_set_vid(&p->acts, act->vlan.vid), "vlan push");
	frl_tc_no(p, frl_acts_set_pcp(&p->acts, act->vlan.prio), "vlan push");
}

/* What modify keeps must be known, for the card takes the tag off and puts a new one on: the
 * match is narrowed to tags without DEI, and, when no priority is given, without priority. (The
 * kernel does not tell "priority 0" from "no priority": of such packets both leave 0.)
 */
static void vlan_modify(struct frl_tc_parse *p, const struct flow_action_entry *act)
{
	struct frl_acts *a = &p->acts;
	u16 kept = act->vlan.prio ? VLAN_CFI_MASK : VLAN_CFI_MASK | VLAN_PRIO_MASK;

	if (!a->pushed) {
		enum frl_field tci = a->now.pop ? FRL_F_vlan1_tci : FRL_F_vlan0_tci;

		frl_tc_no(p, frl_acts_pop_vlan(a), "vlan modify");
		frl_tc_no(p, frl_match_set(&p->desc->match, tci, 0, kept), "vlan modify");
	} else {
		/* A tag of our own: DEI is 0, and the priority that push gave stays unless there
		 * is another.
		 */
		if (!act->vlan.prio && a->tag[a->pushed - 1].tci & VLAN_PRIO_MASK) {
			frl_tc_no(p, FRL_REFUSAL_ACTION_VLAN_REWRITE, "vlan modify");
			return;
		}
		frl_tc_no(p, frl_acts_pop_vlan(a), "vlan modify");
	}
	vlan_push(p, act);
}

/* ---- Tunnels ---- */

/* RFC 6040: the outer header gets the inner one's ECN bits, CE becomes ECT(0). The card writes
 * constants, so the match must say which bits there are: none, unless the filter says otherwise.
 */
static void encap_ecn(struct frl_tc_parse *p, struct frl_tc_encap_key *key)
{
	struct frl_match *m = &p->desc->match;
	u8 inner;

	if ((frl_match_mask(m, FRL_F_ip_tos) & INET_ECN_MASK) != INET_ECN_MASK)
		frl_tc_no(p, frl_match_set(m, FRL_F_ip_tos, INET_ECN_NOT_ECT, INET_ECN_MASK),
			  "tunnel_key set");
	inner = frl_match_value(m, FRL_F_ip_tos);
	key->tos = INET_ECN_encapsulate(key->tos, inner);
}

static void encap_key(struct frl_tc_parse *p, const struct ip_tunnel_info *info,
		      struct net_device *netdev, struct frl_tc_encap_key *key)
{
	const struct vxlan_dev *vxlan = netdev_priv(netdev);
	__be64 id = info->key.tun_id;

	memset(key, 0, sizeof(*key));
	key->netdev = netdev;
	key->net = vxlan->net;
	key->src = info->key.u.ipv4.src;
	key->dst = info->key.u.ipv4.dst;
	key->vni = ntohl(tunnel_id_to_key32(id));
	key->udp_dst = ntohs(info->key.tp_dst ? info->key.tp_dst : vxlan->cfg.dst_port);
	key->tos = info->key.tos;
	key->ttl = info->key.ttl;
	key->df = !!(info->key.tun_flags & TUNNEL_DONT_FRAGMENT);
	encap_ecn(p, key);
}

static bool can_encap(struct frl_tc_parse *p, const struct ip_tunnel_info *info,
		      struct net_device *netdev)
{
	enum frl_refusal why = FRL_REFUSAL_NONE;

	if (!netif_is_vxlan(netdev) || ip_tunnel_info_af(info) != AF_INET ||
	    info->key.tun_flags & TUNNEL_OPTIONS_PRESENT)
		why = FRL_REFUSAL_ACTION_TUNNEL;
	else
		frl_tc_tunnel_of(netdev, &why);
	frl_tc_no(p, why, netdev->name);
	if (info->key.tun_flags & TUNNEL_CSUM)
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_CSUM, "tunnel_key set");
	return !p->err;
}

/* Frames that grow beyond what the uplink takes: the kernel cuts them into fragments, the card
 * drops them.
 */
static void warn_mtu(struct frl_tc_parse *p, u8 port)
{
	static const char text[] = FRL_DRV_NAME
		": encapsulated packets longer than the uplink's MTU are dropped";
	const struct net_device *uplink = p->tc->pf->reps[port]->netdev;

	if (p->bind->rep && p->bind->netdev->mtu + ENCAP_BYTES > uplink->mtu)
		frl_tc_warn(p->extack, text);
}

static void output_tunnel(struct frl_tc_parse *p, const struct list_state *s,
			  struct net_device *netdev)
{
	struct frl_tc_encap_key *key = &p->encap[p->desc->legs];
	struct frl_encap e = { .tun_type = FRL_TUN_TYPE_VXLAN, .ttl = ANY_TTL };
	struct frl_acts leg;
	struct neighbour *n;
	int port;

	if (!s->tunnel) {
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_NO_KEY, netdev->name);
		return;
	}
	if (p->desc->legs == FRL_RULE_LEGS) {
		frl_tc_no(p, FRL_REFUSAL_ACTION_LEGS, netdev->name);
		return;
	}
	if (!can_encap(p, s->tunnel, netdev))
		return;
	encap_key(p, s->tunnel, netdev, key);
	port = frl_tc_route(p->tc, key, &n, &e);
	if (port < 0) {
		frl_tc_no(p, FRL_REFUSAL_TUNNEL_UNDERLAY, netdev->name);
		return;
	}
	neigh_release(n);
	/* For this output only: the next one starts from the packet without the tunnel. */
	leg = p->acts;
	frl_tc_no(p, frl_acts_encap(&leg, &e), netdev->name);
	frl_tc_no(p, frl_acts_output(&leg, port), netdev->name);
	if (!p->err)
		warn_mtu(p, port);
}

/* ---- Where packets go ---- */

static void output(struct frl_tc_parse *p, struct list_state *s,
		   const struct flow_action_entry *act)
{
	struct frl_rep *rep;
	enum frl_refusal why;

	frl_tc_pedit_apply(p, &s->pedit);
	if (!act->dev) {
		frl_tc_no(p, FRL_REFUSAL_ACTION_PORT_FOREIGN, name_of(act));
		return;
	}
	rep = frl_rep_of(p->tc->pf, act->dev);
	if (rep)
		frl_tc_no(p, frl_acts_output(&p->acts, rep->port), act->dev->name);
	else if (frl_tc_tunnel_of(act->dev, &why) != FRL_TUN_TYPE_NONE)
		output_tunnel(p, s, act->dev);
	else if (netif_is_ovs_master(act->dev))
		frl_tc_no(p, FRL_REFUSAL_TC_INTERNAL_PORT, act->dev->name);
	else
		frl_tc_no(p, FRL_REFUSAL_ACTION_PORT_FOREIGN, act->dev->name);
	if (act->id == FLOW_ACTION_REDIRECT)
		s->ended = true;
}

/* Copies that went out before a drop have gone. */
static void drop(struct frl_tc_parse *p, struct list_state *s)
{
	if (!p->desc->legs)
		frl_tc_no(p, frl_acts_drop(&p->acts), names[FLOW_ACTION_DROP]);
	s->ended = true;
}

/* Packets that go on in the host. Software does all that the filter says with a packet as it
 * came, and counts it; if the filter is not in software, the card does the copies and edits. The
 * kernel does not tell which; it gives an extack for filters with skip_sw, and for verbose ones.
 * Those of tunnel devices are always in software.
 */
static void to_host(struct frl_tc_parse *p, struct list_state *s)
{
	p->soft = !p->extack || p->bind->tunnel;
	if (p->soft) {
		memset(p->encap, 0, sizeof(p->encap));
		p->desc->legs = 0;
		frl_acts_init(&p->acts, p->desc);
	} else {
		frl_tc_pedit_apply(p, &s->pedit);
	}
	frl_tc_no(p, frl_acts_host(&p->acts, 0), "action pass");
}

/* ---- All of it ---- */

static void one(struct frl_tc_parse *p, struct list_state *s, const struct flow_action_entry *act)
{
	switch (act->id) {
	case FLOW_ACTION_DROP:
		drop(p, s);
		break;
	case FLOW_ACTION_REDIRECT:
	case FLOW_ACTION_MIRRED:
		output(p, s, act);
		break;
	case FLOW_ACTION_ACCEPT:
	case FLOW_ACTION_TRAP:
		p->to_host = true;
		s->ended = true;
		break;
	case FLOW_ACTION_VLAN_PUSH:
		vlan_push(p, act);
		break;
	case FLOW_ACTION_VLAN_POP:
		frl_tc_no(p, frl_acts_pop_vlan(&p->acts), name_of(act));
		break;
	case FLOW_ACTION_VLAN_MANGLE:
		vlan_modify(p, act);
		break;
	case FLOW_ACTION_MANGLE:
		frl_tc_pedit_mangle(p, &s->pedit, act);
		break;
	case FLOW_ACTION_ADD:
		frl_tc_pedit_add(p, &s->pedit, act);
		break;
	case FLOW_ACTION_CSUM: /* the card mends the checksums of what it edits */
		break;
	case FLOW_ACTION_TUNNEL_ENCAP:
		s->tunnel = act->tunnel;
		break;
	case FLOW_ACTION_TUNNEL_DECAP: /* its packets have no outer header any more */
		s->tunnel = NULL;
		break;
	case FLOW_ACTION_GOTO:
		frl_tc_no(p, FRL_REFUSAL_TC_CHAIN, name_of(act));
		break;
	case FLOW_ACTION_REDIRECT_INGRESS:
	case FLOW_ACTION_MIRRED_INGRESS:
		frl_tc_no(p, FRL_REFUSAL_TC_INGRESS, name_of(act));
		break;
	default:
		frl_tc_no(p, FRL_REFUSAL_ACTION_UNKNOWN, name_of(act));
	}
}

int frl_tc_actions(struct frl_tc_parse *p)
{
	const struct flow_action_entry *act;
	struct list_state s = {};
	int i;

	p->desc->legs = 0;
	frl_acts_init(&p->acts, p->desc);
	if (p->bind->tunnel)
		frl_tc_no(p, frl_acts_decap(&p->acts), "tunnel");
	if (!flow_action_has_entries(&p->flow->action))
		frl_tc_no(p, FRL_REFUSAL_ACTION_NO_FATE, NULL);
	flow_action_for_each(i, act, &p->flow->action)
	{
		if (p->err || s.ended)
			break;
		if (!(act->hw_stats & FLOW_ACTION_HW_STATS_IMMEDIATE))
			frl_tc_no(p, FRL_REFUSAL_ACTION_STATS, name_of(act));
		one(p, &s, act);
	}
	/* Behind the last action a packet goes on in the stack. */
	if (!p->err && (p->to_host || !s.ended))
		to_host(p, &s);
	frl_tc_no(p, frl_acts_finish(&p->acts), NULL);
	return p->err;
}
