/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* TC offload: what the files frl_tc_*.c share.
 *
 * A binding is a block of filters bound to a place where packets come in: an uplink, a
 * representor, or a tunnel device whose packets enter by an uplink. A rule is one filter at one
 * binding, and has one rule in the card. Filters of a shared block have as many rules as the
 * block has bindings.
 *
 * A rule whose tunnel cannot be used just now (next hop unresolved, address moved away), or whose
 * output port has gone, falls back: its packets go to the host as they came, and software does
 * what the filter says.
 *
 * Locks, in the order in which they are taken:
 *   RTNL		binding, filters (our callbacks are of the locked kind), netdev events
 *   frl_tc.lock	all below, and every call of frl_fw_*()
 *   frl_tc.spin	encapsulations, their neighbours and marks, against events in atomic context
 */
#ifndef FRL_TC_H
#define FRL_TC_H

#include <linux/rhashtable.h>
#include <net/flow_offload.h>
#include <net/ip_tunnels.h>
#include <net/neighbour.h>

#include "frl.h"

#define FRL_VXLAN_UDP_PORT  4789
#define FRL_GENEVE_UDP_PORT 6081

/* How often what the kernel does not announce is looked at, and neighbours in use are told to the
 * kernel. It must be shorter than the time in which an unused neighbour is forgotten
 * (gc_staletime, 60 s).
 */
#define FRL_TC_LOOK_MS 2000

struct frl_tc_rule;

/**
 * struct frl_tc_level - rules of one TC priority and one flower mask, at one binding
 * @list: in frl_tc_bind.levels, ascending in @prio, then in order of creation
 * @rules: frl_tc_rule.level_list
 * @prio: of TC
 * @mask: which of the masks of that priority; compared, never followed
 * @card: priority in the card
 *
 * Flower asks the masks of a priority one after the other, in the order in which they were created.
 */
struct frl_tc_level {
	struct list_head list;
	struct list_head rules;
	u32 prio;
	const void *mask;
	u16 card;
};

/**
 * struct frl_tc_bind - a block of filters at the place where its packets come in
 * @list: in frl_tc.binds
 * @tc: card
 * @netdev: device the block is bound to; bound for as long as this lives
 * @rep: uplink or representor behind it, NULL for other devices
 * @tunnel: of a tunnel device, else FRL_TUN_TYPE_NONE
 * @refuse: why no filter is taken at all, FRL_REFUSAL_NONE: they are
 * @levels: struct frl_tc_level
 * @rules: how many rules it has
 */
struct frl_tc_bind {
	struct list_head list;
	struct frl_tc *tc;
	struct net_device *netdev;
	struct frl_rep *rep;
	enum frl_tun_type tunnel;
	enum frl_refusal refuse;
	struct list_head levels;
	u32 rules;
};

/**
 * struct frl_tc_encap_key - what a filter says about the tunnel of an output
 * @net: of the tunnel device's socket
 * @netdev: tunnel device
 * @src: 0: the route decides
 * @dst: other end
 * @vni: host order
 * @udp_dst: host order
 * @tos: of the outer header, with the ECN bits it is to have
 * @ttl: 0: the host's default
 * @df: don't fragment
 *
 * Zeroed before it is filled: it is compared as bytes.
 */
struct frl_tc_encap_key {
	struct net *net;
	struct net_device *netdev;
	__be32 src;
	__be32 dst;
	u32 vni;
	u16 udp_dst;
	u8 tos;
	u8 ttl;
	u8 df;
};

/**
 * struct frl_tc_encap - an encapsulation that rules share
 * @list: in frl_tc.encaps
 * @key: as filters say it
 * @refs: legs of rules
 * @users: frl_tc_use.list
 * @gone: the tunnel device is no more
 * @ready: @content and @port count
 * @content: header, as the card takes it
 * @port: uplink it leaves by
 * @neigh: next hop, referenced; NULL: there is no route. Written under frl_tc.spin
 * @dirty: something about it changed; under frl_tc.spin
 * @packets: sum of the counters of its rules when last looked at
 */
struct frl_tc_encap {
	struct list_head list;
	struct frl_tc_encap_key key;
	u32 refs;
	struct list_head users;
	bool gone;
	bool ready;
	struct frl_encap content;
	u8 port;
	struct neighbour *neigh;
	bool dirty;
	u64 packets;
};

/**
 * struct frl_tc_use - a leg's encapsulation
 * @list: in frl_tc_encap.users
 * @rule: the leg's rule
 * @encap: NULL: the leg has none
 */
struct frl_tc_use {
	struct list_head list;
	struct frl_tc_rule *rule;
	struct frl_tc_encap *encap;
};

/**
 * struct frl_tc_underlay - address at which the packets of a tunnel device's rule arrive
 * @net: of the device
 * @v6: @addr.v6 counts
 * @addr: outer destination of the match
 * @port: uplink that had it when the rule was made
 */
struct frl_tc_underlay {
	struct net *net;
	bool v6;
	union {
		__be32 v4;
		struct in6_addr v6;
	} addr;
	u8 port;
};

/**
 * struct frl_tc_leg - a leg of a rule
 * @leg: as the card takes it; port and encap of one with @use.encap are filled in when it is sent
 * @use: its encapsulation
 */
struct frl_tc_leg {
	struct frl_leg leg;
	struct frl_tc_use use;
};

/* Same filter, same binding. */
struct frl_tc_rule_key {
	unsigned long cookie;
	const struct frl_tc_bind *bind;
};

/**
 * struct frl_tc_rule - a filter at a binding
 * @node: in frl_tc.table
 * @key: filter and binding
 * @list: in frl_tc.rules
 * @level_list: in frl_tc_level.rules
 * @bind: binding
 * @level: priority
 * @twin: TC replaces a filter by adding the new one first. If both have the same match, the newer
 *	(@newer) has the rule in the card, and the older nothing until the newer is taken back
 * @newer: see @twin
 * @ref: rule in the card
 * @installed: @ref counts
 * @fallback: the card sends its packets to the host
 * @dead: falls back for good: an output port has gone
 * @soft: software counts its packets: the filter sends them to the host, and is in software too
 * @match: what it matches
 * @underlay: of a tunnel device's rule; net NULL: none
 * @before: counts of former epochs and of former rules in the card
 * @told: what TC was told of so far
 * @owed: what it was not told of when the rule began to fall back
 * @lastused: jiffies when a count was seen to rise
 * @legs: entries of @leg
 * @leg: what happens
 */
struct frl_tc_rule {
	struct rhash_head node;
	struct frl_tc_rule_key key;
	struct list_head list;
	struct list_head level_list;
	struct frl_tc_bind *bind;
	struct frl_tc_level *level;
	struct frl_tc_rule *twin;
	bool newer;
	struct frl_rule_ref ref;
	bool installed;
	bool fallback;
	bool dead;
	bool soft;
	struct frl_match match;
	struct frl_tc_underlay underlay;
	struct frl_counter before;
	struct frl_counter told;
	struct frl_counter owed;
	u64 lastused;
	u8 legs;
	struct frl_tc_leg leg[];
};

/**
 * struct frl_tc_refused - a refusal that debugfs shows
 * @number: 1 for the first since probe
 * @reason: enum frl_refusal
 * @by_firmware: else by this driver
 * @ifname: device of the block
 * @what: key, action or device that was refused
 */
struct frl_tc_refused {
	u64 number;
	u16 reason;
	bool by_firmware;
	char ifname[IFNAMSIZ];
	char what[32];
};

#define FRL_TC_REFUSED_KEPT 32

/**
 * struct frl_tc - TC offload of a card
 * @pf: card
 * @lock: see the head of this file
 * @spin: same
 * @table: struct frl_tc_rule by filter and binding
 * @rules: all of them
 * @binds: struct frl_tc_bind
 * @cbs: flow_block_cb.driver_list of all bindings
 * @encaps: struct frl_tc_encap
 * @desc: place to make a rule up; 1.6 kB
 * @wq: of the two works
 * @event_work: looks at encaps that are dirty
 * @look_work: looks at all of them, every FRL_TC_LOOK_MS while there is one
 * @all_dirty: routes or addresses changed; under @spin
 * @netevent: neighbours
 * @fib: routes
 * @netdev_nb: devices
 * @count: rules
 * @tunnel_rules: of these, those of tunnel devices
 * @lost: of these, not in the card although they should
 * @added: rules since probe
 * @removed: rules since probe
 * @swung: rules given other actions since probe
 * @shifted: rules moved to another priority since probe
 * @refused: filters refused since probe
 * @refused_by: the same by enum frl_refusal
 * @last: the last refusals
 * @debugfs: folder
 */
struct frl_tc {
	struct frl_pf *pf;
	struct mutex lock; /* see the head of this file */
	spinlock_t spin;   /* see the head of this file */
	struct rhashtable table;
	struct list_head rules;
	struct list_head binds;
	struct list_head cbs;
	struct list_head encaps;
	struct frl_rule_desc desc;

	struct workqueue_struct *wq;
	struct work_struct event_work;
	struct delayed_work look_work;
	bool all_dirty;
	struct notifier_block netevent;
	struct notifier_block fib;
	struct notifier_block netdev_nb;

	u32 count;
	u32 tunnel_rules;
	u32 lost;
	u64 added, removed, swung, shifted, refused;
	u64 refused_by[FRL_REFUSAL_COUNT];
	struct frl_tc_refused last[FRL_TC_REFUSED_KEPT];
	struct dentry *debugfs;
};

/**
 * struct frl_tc_parse - a filter that becomes a rule
 * @tc: card
 * @bind: binding
 * @flow: the filter's match (NULL: matches all) and actions
 * @protocol: the filter's EtherType, network order; ETH_P_ALL: any
 * @extack: of the request; only there for filters that are not in software, and for verbose ones
 * @desc: out: the rule
 * @acts: builder of its actions
 * @encap: out: tunnel of each leg; netdev NULL: none
 * @underlay: out: of a tunnel device's rule
 * @never: out: no packet of this binding can match: indev of another device, on a shared block
 * @to_host: packets go on in the host
 * @soft: out: software does the actions and counts
 * @err: out: 0, or -EOPNOTSUPP
 */
struct frl_tc_parse {
	struct frl_tc *tc;
	struct frl_tc_bind *bind;
	const struct flow_rule *flow;
	__be16 protocol;
	struct netlink_ext_ack *extack;
	struct frl_rule_desc *desc;
	struct frl_acts acts;
	struct frl_tc_encap_key encap[FRL_RULE_LEGS];
	struct frl_tc_underlay underlay;
	bool never;
	bool to_host;
	bool soft;
	int err;
};

/* ---- frl_tc_say.c: refusals ---- */

/**
 * frl_tc_refuse() - say why a filter is not taken, and count it
 * @tc: card; frl_tc.lock is held
 * @bind: where; its device's name is kept for debugfs
 * @extack: of the request, may be NULL
 * @reason: why
 * @what: key, action or device it is about; NULL: the filter as a whole
 *
 * Return: -EOPNOTSUPP.
 */
int frl_tc_refuse(struct frl_tc *tc, const struct frl_tc_bind *bind, struct netlink_ext_ack *extack,
		  enum frl_refusal reason, const char *what);

/* The same of firmware's refusals; returns frl_errno(). */
int frl_tc_firmware_refused(struct frl_tc *tc, const struct frl_tc_bind *bind,
			    struct netlink_ext_ack *extack, const struct frl_why *why);

/**
 * frl_tc_no() - a step of parsing a filter was refused, or not
 * @p: filter; the first refusal stands in @p->err, later ones are not told
 * @reason: FRL_REFUSAL_NONE: the step went well
 * @what: key, action or device the step is about
 *
 * So the steps of parsing stand one after the other, and the end is looked at once.
 */
void frl_tc_no(struct frl_tc_parse *p, enum frl_refusal reason, const char *what);

/* Text for a filter that is taken all the same: tc(8) shows it as a warning. */
void frl_tc_warn(struct netlink_ext_ack *extack, const char *text);

/* ---- frl_tc_match.c, frl_tc_tunnel.c: what a filter matches ---- */

/**
 * frl_tc_match() - match of a filter
 * @p: filter; @p->desc->match is made
 *
 * Return: 0, or -EOPNOTSUPP after frl_tc_no().
 */
int frl_tc_match(struct frl_tc_parse *p);
void frl_tc_match_tunnel(struct frl_tc_parse *p);

/* FRL_TUN_TYPE_NONE when it is no tunnel device that could be offloaded; *why tells more of one
 * that nearly could.
 */
enum frl_tun_type frl_tc_tunnel_of(const struct net_device *netdev, enum frl_refusal *why);

/* Card port of the uplink that has the address, or -1. */
int frl_tc_underlay_port(struct frl_tc *tc, const struct frl_tc_underlay *underlay);

/* ---- frl_tc_act.c, frl_tc_pedit.c: what a filter does ---- */

/**
 * frl_tc_actions() - legs of a filter
 * @p: filter with its match made
 *
 * Return: 0, or -EOPNOTSUPP after frl_tc_no().
 */
int frl_tc_actions(struct frl_tc_parse *p);

/**
 * struct frl_tc_pedit - bytes of headers that pedit has set so far
 * @eth: Ethernet header
 * @ip4: IPv4 header
 * @ip6: IPv6 header
 * @tp: TCP or UDP header, source and destination port
 * @eth_mask: bits set
 * @ip4_mask: same
 * @ip6_mask: same
 * @tp_mask: same
 * @tcp: the ports are TCP's
 * @udp: the ports are UDP's
 */
struct frl_tc_pedit {
	u8 eth[16], ip4[20], ip6[40], tp[4];
	u8 eth_mask[16], ip4_mask[20], ip6_mask[40], tp_mask[4];
	bool tcp;
	bool udp;
};

void frl_tc_pedit_mangle(struct frl_tc_parse *p, struct frl_tc_pedit *pedit,
			 const struct flow_action_entry *act);
void frl_tc_pedit_add(struct frl_tc_parse *p, struct frl_tc_pedit *pedit,
		      const struct flow_action_entry *act);
void frl_tc_pedit_apply(struct frl_tc_parse *p, struct frl_tc_pedit *pedit);

/* ---- frl_tc_encap.c: routes and next hops ---- */

struct frl_tc_encap *frl_tc_encap_get(struct frl_tc *tc, const struct frl_tc_encap_key *key);
void frl_tc_encap_use(struct frl_tc_use *use, struct frl_tc_rule *rule, struct frl_tc_encap *encap);
void frl_tc_encap_unuse(struct frl_tc *tc, struct frl_tc_use *use);
void frl_tc_encap_first(struct frl_tc *tc, struct frl_tc_encap *encap);

/**
 * frl_tc_route() - where packets of a tunnel leave
 * @tc: card
 * @key: tunnel
 * @neigh: out: next hop, referenced; NULL on failure
 * @content: out: outer header, but for the next hop's address
 *
 * Return: card port of the uplink; -1 when it is no uplink, or there is no route.
 */
int frl_tc_route(struct frl_tc *tc, const struct frl_tc_encap_key *key, struct neighbour **neigh,
		 struct frl_encap *content);

int frl_tc_events_init(struct frl_tc *tc);
void frl_tc_events_fini(struct frl_tc *tc);
void frl_tc_look_start(struct frl_tc *tc);

/* ---- frl_tc_prio.c: order of rules ---- */

struct frl_tc_level *frl_tc_level_get(struct frl_tc_bind *bind, u32 prio, const void *mask);
void frl_tc_level_put(struct frl_tc_level *level);

/* ---- frl_tc_rule.c: rules; frl_tc.lock is held ---- */

int frl_tc_rule_replace(struct frl_tc_bind *bind, unsigned long cookie,
			const struct flow_cls_common_offload *common, const struct flow_rule *flow);
int frl_tc_rule_destroy(struct frl_tc_bind *bind, unsigned long cookie);
int frl_tc_rule_stats(struct frl_tc_bind *bind, unsigned long cookie, struct flow_stats *stats);
void frl_tc_rule_free(struct frl_tc_rule *rule);
void frl_tc_rule_refresh(struct frl_tc_rule *rule, bool encap);
int frl_tc_rule_shift(struct frl_tc_rule *rule, u16 card);
struct frl_counter frl_tc_rule_count(struct frl_tc_rule *rule);
int frl_tc_table_init(struct frl_tc *tc);
void frl_tc_table_fini(struct frl_tc *tc);

/* ---- frl_tc_uplink.c ---- */

bool frl_tc_uplink_first(const struct frl_tc_rule *rule);

/* ---- frl_tc_matchall.c ---- */

struct tc_cls_matchall_offload;
int frl_tc_matchall(struct frl_tc_bind *bind, struct tc_cls_matchall_offload *mall);

/* ---- frl_tc_debug.c ---- */

void frl_tc_debug_init(struct frl_tc *tc);
void frl_tc_debug_fini(struct frl_tc *tc);

#endif /* FRL_TC_H */
