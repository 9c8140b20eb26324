// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Filters of an uplink see a tunnel's packet before the tunnel device does, whatever their
 * priorities. The card looks at the inner headers only, so it can have rules of both kinds only
 * where the uplink's do not mean the tunnel's packets.
 */
#include <linux/in.h>

#include "frl_tc.h"

/* Whether a match excludes packets with this value in a field. */
static bool excludes(const struct frl_match *m, enum frl_field field, const u8 *value,
		     unsigned int bytes)
{
	struct frl_match probe = *m;
	u8 all[16];

	memset(all, 0xff, sizeof(all));
	return frl_match_set_be(&probe, field, value, all, bytes) == FRL_REFUSAL_MATCH_CONFLICT;
}

static bool excludes_number(const struct frl_match *m, enum frl_field field, u64 value, u64 all)
{
	struct frl_match probe = *m;

	return frl_match_set(&probe, field, value, all) == FRL_REFUSAL_MATCH_CONFLICT;
}

/* Whether two matches exclude each other by bits of two fields of 128 bits. */
static bool fields_differ(const struct frl_match *a, enum frl_field fa, const struct frl_match *b,
			  enum frl_field fb)
{
	return (frl_match_value(a, fa) ^ frl_match_value(b, fb)) & frl_match_mask(a, fa) &
	       frl_match_mask(b, fb);
}

static bool may_meet(const struct frl_match *m, const struct frl_tc_rule *tunnel,
		     const struct net_device *uplink)
{
	const struct frl_tc_underlay *u = &tunnel->underlay;
	u16 type = u->v6 ? ETH_P_IPV6 : ETH_P_IP;
	u16 port = frl_match_value(&tunnel->match, FRL_F_tun_udp_dst);

	return !excludes_number(m, FRL_F_eth_type, type, 0xffff) &&
	       !excludes_number(m, FRL_F_vlan0_present, 0, 1) &&
	       !excludes_number(m, FRL_F_ip_proto, IPPROTO_UDP, 0xff) &&
	       !excludes_number(m, FRL_F_frag, FRL_FRAG_NO, 3) &&
	       !excludes_number(m, FRL_F_tp_dst, port, 0xffff) &&
	       !excludes(m, FRL_F_eth_dst, uplink->dev_addr, ETH_ALEN) &&
	       !fields_differ(m, FRL_F_ip_src, &tunnel->match, FRL_F_tun_src) &&
	       !fields_differ(m, FRL_F_ip_dst, &tunnel->match, FRL_F_tun_dst);
}

static bool tunnels_meet(struct frl_tc *tc, const struct frl_match *m, const struct frl_rep *rep)
{
	struct frl_tc_rule *rule;

	list_for_each_entry(rule, &tc->rules, list)
		if (rule->underlay.net && rule->underlay.port == rep->port &&
		    may_meet(m, rule, rep->netdev))
			return true;
	return false;
}

static bool uplinks_meet(struct frl_tc *tc, const struct frl_tc_rule *tunnel)
{
	const struct frl_rep *rep = tc->pf->reps[tunnel->underlay.port];
	struct frl_tc_rule *rule;

	list_for_each_entry(rule, &tc->rules, list)
		if (rule->bind->rep == rep && may_meet(&rule->match, tunnel, rep->netdev))
			return true;
	return false;
}

/**
 * frl_tc_uplink_first() - whether a new rule would be met in another order than in software
 * @rule: rule of an uplink or of a tunnel device, with its match; others never are
 *
 * RTNL is held, as for every new rule.
 *
 * Return: true if so.
 */
bool frl_tc_uplink_first(const struct frl_tc_rule *rule)
{
	struct frl_tc *tc = rule->bind->tc;

	if (rule->underlay.net)
		return uplinks_meet(tc, rule);
	if (!tc->tunnel_rules || !rule->bind->rep || !rule->bind->rep->uplink)
		return false;
	return tunnels_meet(tc, &rule->match, rule->bind->rep);
}
