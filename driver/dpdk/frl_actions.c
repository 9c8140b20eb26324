/* SPDX-License-Identifier: BSD-3-Clause */
/* Actions. */
#include <errno.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include "frl_compile.h"

#define DEFAULT_TTL 64 /* of an outer header whose definition leaves it 0, as testpmd's does */

static enum frl_refusal act_count(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	const struct rte_flow_action_count *conf = action->conf;

	if (c->count.present)
		return FRL_REFUSAL_COUNT_SHARED;
	c->count.present = 1;
	c->count.id = conf ? conf->id : 0;
	return FRL_REFUSAL_NONE;
}

static enum frl_refusal output(struct frl_action_ctx *c, uint32_t ethdev)
{
	int port;

	if (!c->attr->transfer)
		return FRL_REFUSAL_ATTR_DIRECTION;
	port = ethdev > UINT16_MAX ? -1 : c->env->port_of(c->env->arg, (uint16_t)ethdev);
	if (port < 0)
		return FRL_REFUSAL_ACTION_PORT_FOREIGN;
	return frl_acts_output(&c->acts, (uint8_t)port);
}

static enum frl_refusal act_port_id(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	const struct rte_flow_action_port_id *conf = action->conf;

	return output(c, conf->original ? c->env->ethdev : conf->id);
}

static enum frl_refusal act_represented(struct frl_action_ctx *c,
					const struct rte_flow_action *action)
{
	const struct rte_flow_action_ethdev *conf = action->conf;

	return output(c, conf->port_id);
}

/* To the application on the ethdev. A frame's slow path is that of its source port, so no other will do. */
static enum frl_refusal act_representor(struct frl_action_ctx *c,
					const struct rte_flow_action *action)
{
	const struct rte_flow_action_ethdev *conf = action->conf;
	int port = c->env->port_of(c->env->arg, conf->port_id);

	if (!c->attr->transfer)
		return FRL_REFUSAL_ATTR_DIRECTION;
	if (port < 0)
		return FRL_REFUSAL_ACTION_PORT_FOREIGN;
	if (!frl_match_says(&c->acts.rule->match, FRL_F_port, (uint64_t)port))
		return FRL_REFUSAL_ACTION_ORDER;
	c->host_at = action;
	return FRL_REFUSAL_NONE;
}

static enum frl_refusal act_drop(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	(void)action;
	return c->host_at ? FRL_REFUSAL_ACTION_FATE_CONFLICT : frl_acts_drop(&c->acts);
}

static enum frl_refusal act_set_mac_src(struct frl_action_ctx *c,
					const struct rte_flow_action *action)
{
	const struct rte_flow_action_set_mac *conf = action->conf;

	return frl_acts_set_eth(&c->acts, FRL_EDIT_SET_ETH_SRC, conf->mac_addr);
}

static enum frl_refusal act_set_mac_dst(struct frl_action_ctx *c,
					const struct rte_flow_action *action)
{
	const struct rte_flow_action_set_mac *conf = action->conf;

	return frl_acts_set_eth(&c->acts, FRL_EDIT_SET_ETH_DST, conf->mac_addr);
}

static enum frl_refusal act_set_ipv4_src(struct frl_action_ctx *c,
					 const struct rte_flow_action *action)
{
	return frl_acts_set_ip(&c->acts, FRL_EDIT_SET_IP_SRC, action->conf, 4);
}

static enum frl_refusal act_set_ipv4_dst(struct frl_action_ctx *c,
					 const struct rte_flow_action *action)
{
	return frl_acts_set_ip(&c->acts, FRL_EDIT_SET_IP_DST, action->conf, 4);
}

static enum frl_refusal act_set_ipv6_src(struct frl_action_ctx *c,
					 const struct rte_flow_action *action)
{
	return frl_acts_set_ip(&c->acts, FRL_EDIT_SET_IP_SRC, action->conf, 16);
}

static enum frl_refusal act_set_ipv6_dst(struct frl_action_ctx *c,
					 const struct rte_flow_action *action)
{
	return frl_acts_set_ip(&c->acts, FRL_EDIT_SET_IP_DST, action->conf, 16);
}

static enum frl_refusal act_set_ttl(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	const struct rte_flow_action_set_ttl *conf = action->conf;

	return frl_acts_set_ttl(&c->acts, conf->ttl_value);
}

static enum frl_refusal act_dec_ttl(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	(void)action;
	return frl_acts_dec_ttl(&c->acts);
}

static enum frl_refusal act_set_tp_src(struct frl_action_ctx *c,
				       const struct rte_flow_action *action)
{
	const struct rte_flow_action_set_tp *conf = action->conf;

	return frl_acts_set_tp(&c->acts, FRL_EDIT_SET_TP_SRC, rte_be_to_cpu_16(conf->port));
}

static enum frl_refusal act_set_tp_dst(struct frl_action_ctx *c,
				       const struct rte_flow_action *action)
{
	const struct rte_flow_action_set_tp *conf = action->conf;

	return frl_acts_set_tp(&c->acts, FRL_EDIT_SET_TP_DST, rte_be_to_cpu_16(conf->port));
}

static enum frl_refusal act_push_vlan(struct frl_action_ctx *c,
				      const struct rte_flow_action *action)
{
	const struct rte_flow_action_of_push_vlan *conf = action->conf;

	return frl_acts_push_vlan(&c->acts, rte_be_to_cpu_16(conf->ethertype));
}

static enum frl_refusal act_pop_vlan(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	(void)action;
	return frl_acts_pop_vlan(&c->acts);
}

static enum frl_refusal act_set_vid(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	const struct rte_flow_action_of_set_vlan_vid *conf = action->conf;

	return frl_acts_set_vid(&c->acts, rte_be_to_cpu_16(conf->vlan_vid));
}

static enum frl_refusal act_set_pcp(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	const struct rte_flow_action_of_set_vlan_pcp *conf = action->conf;

	return frl_acts_set_pcp(&c->acts, conf->vlan_pcp);
}

static int encap_ipv4(struct frl_encap *e, const struct rte_ipv4_hdr *ip)
{
	if (rte_be_to_cpu_16(ip->fragment_offset) & ~RTE_IPV4_HDR_DF_FLAG)
		return -1;
	e->tos = ip->type_of_service;
	e->ttl = ip->time_to_live ? ip->time_to_live : DEFAULT_TTL;
	e->df = (rte_be_to_cpu_16(ip->fragment_offset) & RTE_IPV4_HDR_DF_FLAG) != 0;
	memcpy(e->ip_src, &ip->src_addr, sizeof(e->ip_src));
	memcpy(e->ip_dst, &ip->dst_addr, sizeof(e->ip_dst));
	return 0;
}

static int encap_vxlan(struct frl_encap *e, const struct rte_flow_item_vxlan *vxlan)
{
	if (vxlan->flags && vxlan->flags != 0x08)
		return -1;
	e->tun_type = FRL_TUN_TYPE_VXLAN;
	e->vni = (uint32_t)vxlan->vni[0] << 16 | (uint32_t)vxlan->vni[1] << 8 | vxlan->vni[2];
	return 0;
}

/* One item of the definition: eth, ipv4, udp, vxlan, in this order and no other. */
static int encap_item(struct frl_encap *e, unsigned int n, const struct rte_flow_item *item)
{
	static const enum rte_flow_item_type order[] = {
		RTE_FLOW_ITEM_TYPE_ETH,
		RTE_FLOW_ITEM_TYPE_IPV4,
		RTE_FLOW_ITEM_TYPE_UDP,
		RTE_FLOW_ITEM_TYPE_VXLAN,
	};
	const struct rte_flow_item_eth *eth = item->spec;
	const struct rte_flow_item_udp *udp = item->spec;

	if (n >= RTE_DIM(order) || item->type != order[n] || !item->spec)
		return -1;
	switch (n) {
	case 0:
		memcpy(e->eth_dst, &eth->dst, sizeof(e->eth_dst));
		memcpy(e->eth_src, &eth->src, sizeof(e->eth_src));
		return 0;
	case 1:
		return encap_ipv4(e, item->spec);
	case 2: /* hardware fills the source port with the flow's entropy */
		e->udp_dst = udp->hdr.dst_port ? rte_be_to_cpu_16(udp->hdr.dst_port)
					       : FRL_VXLAN_UDP_PORT;
		return 0;
	default:
		return encap_vxlan(e, item->spec);
	}
}

static enum frl_refusal act_vxlan_encap(struct frl_action_ctx *c,
					const struct rte_flow_action *action)
{
	const struct rte_flow_action_vxlan_encap *conf = action->conf;
	const struct rte_flow_item *item = conf->definition;
	struct frl_encap e;
	unsigned int n = 0;

	memset(&e, 0, sizeof(e));
	for (; item && item->type != RTE_FLOW_ITEM_TYPE_END; item++) {
		if (item->type == RTE_FLOW_ITEM_TYPE_VOID)
			continue;
		if (encap_item(&e, n++, item))
			return FRL_REFUSAL_ACTION_TUNNEL;
	}
	return n == 4 ? frl_acts_encap(&c->acts, &e) : FRL_REFUSAL_ACTION_TUNNEL;
}

static enum frl_refusal act_raw_encap(struct frl_action_ctx *c,
				      const struct rte_flow_action *action)
{
	const struct rte_flow_action_raw_encap *conf = action->conf;
	struct frl_encap e;
	enum frl_refusal no = conf->data ? frl_encap_parse(&e, conf->data, conf->size)
					 : FRL_REFUSAL_ACTION_TUNNEL;

	return no ? no : frl_acts_encap(&c->acts, &e);
}

static enum frl_refusal act_vxlan_decap(struct frl_action_ctx *c,
					const struct rte_flow_action *action)
{
	(void)action;
	if (!frl_match_says(&c->acts.rule->match, FRL_F_tun_type, FRL_TUN_TYPE_VXLAN))
		return FRL_REFUSAL_ACTION_NEEDS_MATCH;
	return frl_acts_decap(&c->acts);
}

/* Hardware takes off all that stands before the inner Ethernet header, however long it is; the bytes only say that it
 * is an Ethernet, IP, UDP and tunnel header.
 */
static enum frl_refusal act_raw_decap(struct frl_action_ctx *c,
				      const struct rte_flow_action *action)
{
	const struct rte_flow_action_raw_decap *conf = action->conf;

	if (conf->size < 14 + 20 + 8 + 8)
		return FRL_REFUSAL_ACTION_TUNNEL;
	return frl_acts_decap(&c->acts);
}

/* On the card mark 0 is none, so a mark is one more there (frl_rxtx.c takes it off). */
static enum frl_refusal act_mark(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	const struct rte_flow_action_mark *conf = action->conf;

	if (conf->id == UINT32_MAX)
		return FRL_REFUSAL_VALUE_RANGE;
	c->mark = conf->id + 1;
	c->mark_at = action;
	return FRL_REFUSAL_NONE;
}

static enum frl_refusal act_rss(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	const struct rte_flow_action_rss *conf = action->conf;

	if (conf->level || conf->key_len || conf->queue_num > 1 ||
	    (conf->queue_num && conf->queue[0]))
		return FRL_REFUSAL_ACTION_RSS;
	c->host_at = action;
	return FRL_REFUSAL_NONE;
}

static enum frl_refusal act_queue(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	const struct rte_flow_action_queue *conf = action->conf;

	if (conf->index)
		return FRL_REFUSAL_ACTION_RSS;
	c->host_at = action;
	return FRL_REFUSAL_NONE;
}

#define ACTION(TYPE, name, conf, parse, note)                        \
	{                                                            \
		RTE_FLOW_ACTION_TYPE_##TYPE, name, conf, parse, note \
	}

const struct frl_action frl_actions[] = {
	ACTION(COUNT, "count", 0, act_count, "one a rule"),
	ACTION(PORT_ID, "port_id", 1, act_port_id, "transfer; several, each a copy"),
	ACTION(REPRESENTED_PORT, "represented_port", 1, act_represented, "as port_id"),
	ACTION(PORT_REPRESENTOR, "port_representor", 1, act_representor,
	       "transfer; the ethdev of the packet's source port only"),
	ACTION(DROP, "drop", 0, act_drop, ""),
	ACTION(SET_MAC_SRC, "set_mac_src", 1, act_set_mac_src, ""),
	ACTION(SET_MAC_DST, "set_mac_dst", 1, act_set_mac_dst, ""),
	ACTION(SET_IPV4_SRC, "set_ipv4_src", 1, act_set_ipv4_src, "needs item ipv4"),
	ACTION(SET_IPV4_DST, "set_ipv4_dst", 1, act_set_ipv4_dst, "needs item ipv4"),
	ACTION(SET_IPV6_SRC, "set_ipv6_src", 1, act_set_ipv6_src, "needs item ipv6"),
	ACTION(SET_IPV6_DST, "set_ipv6_dst", 1, act_set_ipv6_dst, "needs item ipv6"),
	ACTION(SET_TTL, "set_ttl", 1, act_set_ttl, "needs item ipv4 or ipv6; not 0"),
	ACTION(DEC_TTL, "dec_ttl", 0, act_dec_ttl, "needs item ipv4 or ipv6; once"),
	ACTION(SET_TP_SRC, "set_tp_src", 1, act_set_tp_src, "needs item tcp or udp"),
	ACTION(SET_TP_DST, "set_tp_dst", 1, act_set_tp_dst, "needs item tcp or udp"),
	ACTION(OF_POP_VLAN, "of_pop_vlan", 0, act_pop_vlan, "needs a match that the tag is there"),
	ACTION(OF_PUSH_VLAN, "of_push_vlan", 1, act_push_vlan, "up to two; 0x8100 or 0x88a8"),
	ACTION(OF_SET_VLAN_VID, "of_set_vlan_vid", 1, act_set_vid, "of a tag pushed before"),
	ACTION(OF_SET_VLAN_PCP, "of_set_vlan_pcp", 1, act_set_pcp, "of a tag pushed before"),
	ACTION(VXLAN_ENCAP, "vxlan_encap", 1, act_vxlan_encap, "eth, ipv4, udp, vxlan"),
	ACTION(RAW_ENCAP, "raw_encap", 1, act_raw_encap, "bytes of an IPv4 VXLAN header"),
	ACTION(VXLAN_DECAP, "vxlan_decap", 0, act_vxlan_decap,
	       "needs item vxlan; before every other edit"),
	ACTION(RAW_DECAP, "raw_decap", 1, act_raw_decap,
	       "needs item vxlan or geneve; 50 bytes or more; before every other edit"),
	ACTION(MARK, "mark", 1, act_mark, "with rss or queue; 0 to 0xfffffffe"),
	ACTION(RSS, "rss", 1, act_rss, "to the host: queue 0, no key"),
	ACTION(QUEUE, "queue", 1, act_queue, "to the host: index 0"),
	{ RTE_FLOW_ACTION_TYPE_END, NULL, 0, NULL, NULL },
};

static const struct frl_action *find_action(enum rte_flow_action_type type)
{
	const struct frl_action *a;

	for (a = frl_actions; a->name; a++) {
		if (a->type == type)
			return a;
	}
	return NULL;
}

static enum frl_refusal parse_action(struct frl_action_ctx *c, const struct rte_flow_action *action)
{
	const struct frl_action *d = find_action(action->type);

	/* A counter that several rules share comes as a handle. */
	if (action->type == RTE_FLOW_ACTION_TYPE_INDIRECT)
		return FRL_REFUSAL_COUNT_SHARED;
	if (!d)
		return FRL_REFUSAL_ACTION_UNKNOWN;
	if (d->needs_conf && !action->conf)
		return FRL_REFUSAL_VALUE_RANGE;
	return d->parse(c, action);
}

/* The host comes last whatever the order: MARK and RSS say one thing together. */
static enum frl_refusal finish(struct frl_action_ctx *c)
{
	enum frl_refusal no;

	if (c->mark_at && !c->host_at && c->acts.rule->legs)
		return FRL_REFUSAL_ACTION_MARK_RSS;
	no = c->host_at ? frl_acts_host(&c->acts, c->mark) : FRL_REFUSAL_NONE;
	return no ? no : frl_acts_finish(&c->acts);
}

int frl_flow_actions(const struct frl_flow_env *env, const struct rte_flow_attr *attr,
		     const struct rte_flow_action *actions, struct frl_rule_desc *rule,
		     struct frl_flow_count *count, struct frl_flow_no *no)
{
	struct frl_action_ctx c = { .env = env, .attr = attr };

	frl_acts_init(&c.acts, rule);
	no->type = RTE_FLOW_ERROR_TYPE_ACTION;
	for (; actions->type != RTE_FLOW_ACTION_TYPE_END; actions++) {
		if (actions->type == RTE_FLOW_ACTION_TYPE_VOID)
			continue;
		no->reason = parse_action(&c, actions);
		no->cause = actions;
		if (no->reason)
			return -frl_refusal_errno(no->reason);
	}
	no->reason = finish(&c);
	no->cause = c.mark_at ? c.mark_at : actions;
	*count = c.count;
	return -frl_refusal_errno(no->reason);
}
