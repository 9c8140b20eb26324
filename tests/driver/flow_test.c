/* SPDX-License-Identifier: BSD-3-Clause */
/* rte_flow to rule: every line that Open vSwitch 3.1 was seen to write, and every refusal of the driver. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "flow_text.h"

#define GOLDEN	  "tests/driver/golden/ovs-3.1-rte-flow.txt"
#define TEXT	  4096
#define FOREIGN	  7 /* an ethdev of another driver */
#define CARD_BASE 16

/* ethdev n is card port 16 + n. */
static int port_of(void *arg, uint16_t ethdev)
{
	(void)arg;
	return ethdev == FOREIGN ? -1 : CARD_BASE + ethdev;
}

static const struct rte_flow_attr transfer = { .transfer = 1 }, ingress = { .ingress = 1 };
static struct frl_rule_desc rule;
static struct frl_flow_count count;
static struct frl_flow_no no;

static int compile_on(uint16_t ethdev, const struct rte_flow_attr *attr,
		      const struct rte_flow_item *items, const struct rte_flow_action *actions)
{
	struct frl_flow_env env = { .ethdev = ethdev,
				    .card_port = (uint8_t)(CARD_BASE + ethdev),
				    .port_of = port_of };

	memset(&no, 0, sizeof(no));
	return frl_flow_compile(&env, attr, items, actions, &rule, &count, &no);
}

/* ---- Golden lines: a line of OVS, then "= " and what it becomes ---- */

static void golden_lines(void **state)
{
	char line[TEXT], copy[TEXT], want[TEXT], got[TEXT];
	FILE *file = fopen(GOLDEN, "r");
	unsigned int lines = 0, wrong = 0;
	struct flow_text t;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		strcpy(copy, line);
		flow_text_read(&t, line);
		assert_non_null(fgets(want, sizeof(want), file));
		want[strcspn(want, "\n")] = 0;
		strcpy(got, "= ");
		if (compile_on(t.ethdev, &t.attr, t.item, t.action))
			snprintf(got + 2, sizeof(got) - 2, "refused: %s",
				 frl_refusal_name(no.reason));
		else
			flow_text_write(&rule, count.present, got + 2, sizeof(got) - 2);
		lines++;
		if (!strcmp(got, want))
			continue;
		wrong++;
		print_error("%s%s\n", copy, got);
	}
	fclose(file);
	assert_int_equal(wrong, 0);
	assert_true(lines >= 42);
}

/* ---- Refusals ---- */

#define ITEM(TYPE, ...)                                          \
	{                                                        \
		.type = RTE_FLOW_ITEM_TYPE_##TYPE, ##__VA_ARGS__ \
	}
#define ACTION(TYPE, ...)                                          \
	{                                                          \
		.type = RTE_FLOW_ACTION_TYPE_##TYPE, ##__VA_ARGS__ \
	}
#define ITEMS(...)   ((const struct rte_flow_item[]){ __VA_ARGS__, ITEM(END) })
#define ACTIONS(...) ((const struct rte_flow_action[]){ __VA_ARGS__, ACTION(END) })
#define CONF(type, ...)                                \
	.conf = &(const struct rte_flow_action_##type) \
	{                                              \
		__VA_ARGS__                            \
	}
#define OUT(n) ACTION(PORT_ID, CONF(port_id, .id = n))

static const struct rte_flow_item_eth eth_ipv4 = { .type = RTE_BE16(0x0800) },
				      eth_vlan = { .has_vlan = 1 },
				      eth_untagged = { .has_vlan = 0 },
				      eth_has_vlan_mask = { .has_vlan = 1 },
				      eth_type_mask = { .type = RTE_BE16(0xffff) },
				      eth_part_mask = { .type = RTE_BE16(0xff00) };

#define ETH	 ITEM(ETH)
#define UNTAGGED ITEM(ETH, .spec = &eth_untagged, .mask = &eth_has_vlan_mask)
#define TAGGED	 ITEM(ETH, .spec = &eth_vlan, .mask = &eth_has_vlan_mask)
#define VLAN_ONE                                                                                 \
	ITEM(VLAN, .spec = &(const struct rte_flow_item_vlan){ .inner_type = RTE_BE16(0x0800) }, \
	     .mask = &(const struct rte_flow_item_vlan){ .inner_type = RTE_BE16(0xffff) })
#define IPV4  ITEM(IPV4)
#define UDP   ITEM(UDP)
#define VXLAN ITEM(VXLAN)

/* The refusal, its cause, and that errno is set; cause_at < 0: attributes or the end of the list. */
static void refused(const struct rte_flow_attr *attr, const struct rte_flow_item *items,
		    const struct rte_flow_action *actions, enum frl_refusal reason,
		    enum rte_flow_error_type type, int cause_at)
{
	int err = compile_on(0, attr, items, actions);

	if (no.reason != reason)
		print_error("got %s instead of %s\n", frl_refusal_name(no.reason),
			    frl_refusal_name(reason));
	assert_int_equal(no.reason, reason);
	assert_int_equal(err, -frl_refusal_errno(reason));
	assert_int_not_equal(err, 0);
	assert_int_equal(no.type, type);
	if (cause_at < 0)
		return;
	if (type == RTE_FLOW_ERROR_TYPE_ITEM)
		assert_ptr_equal(no.cause, &items[cause_at]);
	else
		assert_ptr_equal(no.cause, &actions[cause_at]);
}

#define ITEM_REFUSED(reason, at, ...)                                                 \
	refused(&transfer, ITEMS(__VA_ARGS__), ACTIONS(OUT(1)), FRL_REFUSAL_##reason, \
		RTE_FLOW_ERROR_TYPE_ITEM, at)
#define ACTION_REFUSED(reason, at, items, ...)                                \
	refused(&transfer, items, ACTIONS(__VA_ARGS__), FRL_REFUSAL_##reason, \
		RTE_FLOW_ERROR_TYPE_ACTION, at)

static void accepted(const struct rte_flow_attr *attr, const struct rte_flow_item *items,
		     const struct rte_flow_action *actions)
{
	int err = compile_on(0, attr, items, actions);

	if (err)
		print_error("refused: %s\n", frl_refusal_name(no.reason));
	assert_int_equal(err, 0);
}

static void attributes(void **state)
{
	struct rte_flow_attr a = transfer;

	(void)state;
	a.group = 1;
	refused(&a, ITEMS(ETH), ACTIONS(OUT(1)), FRL_REFUSAL_ATTR_GROUP,
		RTE_FLOW_ERROR_TYPE_ATTR_GROUP, -1);
	a = transfer;
	a.priority = FRL_PRIO_MAX + 1;
	refused(&a, ITEMS(ETH), ACTIONS(OUT(1)), FRL_REFUSAL_ATTR_PRIORITY,
		RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY, -1);
	a = ingress;
	a.egress = 1;
	refused(&a, ITEMS(ETH), ACTIONS(OUT(1)), FRL_REFUSAL_ATTR_DIRECTION,
		RTE_FLOW_ERROR_TYPE_ATTR_EGRESS, -1);
	a.ingress = a.egress = 0;
	refused(&a, ITEMS(ETH), ACTIONS(OUT(1)), FRL_REFUSAL_ATTR_DIRECTION,
		RTE_FLOW_ERROR_TYPE_ATTR_INGRESS, -1);
	a = transfer;
	a.priority = FRL_PRIO_MAX;
	accepted(&a, ITEMS(ETH), ACTIONS(OUT(1)));
	assert_int_equal(rule.prio, FRL_PRIO_MAX);
	a.transfer = 0;
	a.ingress = 1;
	accepted(&a, ITEMS(ETH), ACTIONS(ACTION(DROP)));
	assert_int_equal(rule.prio, 65535);
}

static void match_item(void **state)
{
	(void)state;
	ITEM_REFUSED(MATCH_ITEM, 1, ETH, ITEM(MPLS));
	ITEM_REFUSED(MATCH_ITEM, 2, ETH, ITEM(IPV6), ITEM(IPV6_EXT));
	ITEM_REFUSED(MATCH_ITEM, 3, ETH, ITEM(IPV6), ITEM(ICMP6_ND_NS), ITEM(ICMP6_ND_OPT));
	ITEM_REFUSED(MATCH_ITEM, 3, TAGGED, ITEM(VLAN), ITEM(VLAN), ITEM(VLAN));
}

static void match_field(void **state)
{
	const struct rte_flow_item_ipv4 len = { .hdr.total_length = 0xffff };
	const struct rte_flow_item_ipv4 mf = { .hdr.fragment_offset = RTE_BE16(0x2000) };
	const struct rte_flow_item_ipv6 label = { .hdr.vtc_flow = RTE_BE32(0xfffff) };
	const struct rte_flow_item_ipv6 version = { .hdr.vtc_flow = RTE_BE32(0x60000000) };
	const struct rte_flow_item_ipv6 hop_ext = { .has_hop_ext = 1 };
	const struct rte_flow_item_ipv6 routing = { .hdr.proto = 43 }, proto = { .hdr.proto = 255 };
	const struct rte_flow_item_tcp seq = { .hdr.sent_seq = 1 };
	const struct rte_flow_item_tcp off = { .hdr.data_off = 0xf0 };
	const struct rte_flow_item_vlan more = { .has_more_vlan = 1 };
	const struct rte_flow_item_vxlan rsvd = { .rsvd1 = 1 };
	const struct rte_flow_item_udp src = { .hdr.src_port = 1 };

	(void)state;
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(IPV4, .spec = &len, .mask = &len));
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(IPV4, .spec = &mf, .mask = &mf));
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(IPV6, .spec = &version, .mask = &version));
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(IPV6, .spec = &hop_ext, .mask = &hop_ext));
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(IPV6, .spec = &routing, .mask = &proto));
	/* of the outer header the flow label is not in the key */
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(IPV6, .spec = &label, .mask = &label), UDP, VXLAN);
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(TCP, .spec = &seq, .mask = &seq));
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(TCP, .spec = &off, .mask = &off));
	ITEM_REFUSED(MATCH_FIELD, 2, ETH, ITEM(VLAN), ITEM(VLAN, .spec = &more, .mask = &more));
	ITEM_REFUSED(MATCH_FIELD, 2, IPV4, UDP, ITEM(VXLAN, .spec = &rsvd, .mask = &rsvd));
	ITEM_REFUSED(MATCH_FIELD, 1, IPV4, ITEM(UDP, .spec = &src, .mask = &src), VXLAN);
	/* half an EtherType could be a TPID or not, unless tags are excluded */
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(ETH, .spec = &eth_ipv4, .mask = &eth_part_mask));
}

static void match_range(void **state)
{
	const struct rte_flow_item_udp from = { .hdr.dst_port = RTE_BE16(1) },
				       to = { .hdr.dst_port = RTE_BE16(9) },
				       mask = { .hdr.dst_port = 0xffff };
	const struct rte_flow_item_ipv4 three = { .hdr.fragment_offset = RTE_BE16(3) },
					later = { .hdr.fragment_offset = RTE_BE16(8) },
					end = { .hdr.fragment_offset = RTE_BE16(0x1fff) };

	(void)state;
	ITEM_REFUSED(MATCH_RANGE, 0, ITEM(UDP, .spec = &from, .last = &to, .mask = &mask));
	ITEM_REFUSED(MATCH_RANGE, 0, ITEM(IPV4, .spec = &three, .last = &end, .mask = &end));
	accepted(&transfer, ITEMS(ITEM(UDP, .spec = &from, .last = &from, .mask = &mask)),
		 ACTIONS(OUT(1)));
	accepted(&transfer, ITEMS(ITEM(IPV4, .spec = &later, .last = &end, .mask = &end), UDP),
		 ACTIONS(OUT(1)));
	assert_true(frl_match_says(&rule.match, FRL_F_frag, FRL_FRAG_LATER));
	assert_true(frl_match_says(&rule.match, FRL_F_ip_proto, 17));
	assert_int_equal(frl_match_mask(&rule.match, FRL_F_l4_type), 0);
}

static void match_order(void **state)
{
	const struct rte_flow_item_port_id id = { .id = 1 };

	(void)state;
	ITEM_REFUSED(MATCH_ORDER, 1, IPV4, ETH);
	ITEM_REFUSED(MATCH_ORDER, 1, UDP, ITEM(TCP));
	ITEM_REFUSED(MATCH_ORDER, 1, ETH, ETH);
	ITEM_REFUSED(MATCH_ORDER, 1, IPV4, VXLAN);
	ITEM_REFUSED(MATCH_ORDER, 1, ITEM(IPV6), ITEM(ICMP));
	ITEM_REFUSED(MATCH_ORDER, 1, IPV4, ITEM(ICMP6));
	ITEM_REFUSED(MATCH_ORDER, 1, IPV4, ITEM(TCP), VXLAN);
	ITEM_REFUSED(MATCH_ORDER, 1, ETH, ITEM(PORT_ID, .spec = &id));
}

static void match_conflict(void **state)
{
	const struct rte_flow_item_ipv4 tcp = { .hdr.next_proto_id = 6 },
					all = { .hdr.next_proto_id = 0xff };
	const struct rte_flow_item_eth arp = { .type = RTE_BE16(0x0806) };
	const struct rte_flow_item_vxlan flags = { .flags = 0 }, ones = { .flags = 0xff };

	(void)state;
	ITEM_REFUSED(MATCH_CONFLICT, 1, ITEM(ETH, .spec = &arp, .mask = &eth_type_mask), IPV4);
	ITEM_REFUSED(MATCH_CONFLICT, 1, ITEM(IPV4, .spec = &tcp, .mask = &all), UDP);
	ITEM_REFUSED(MATCH_CONFLICT, 1, UNTAGGED, VLAN_ONE);
	ITEM_REFUSED(MATCH_CONFLICT, 0, ITEM(IPV4, .spec = &tcp, .mask = &all), UDP, VXLAN);
	ITEM_REFUSED(MATCH_CONFLICT, 2, IPV4, UDP, ITEM(VXLAN, .spec = &flags, .mask = &ones));
}

static void match_outer_and_spec(void **state)
{
	const struct rte_flow_item_udp port = { .hdr.dst_port = 1 };
	const struct rte_flow_item_vlan vid = { .tci = RTE_BE16(5) };

	(void)state;
	ITEM_REFUSED(MATCH_OUTER, 0, ITEM(ETH, .spec = &eth_ipv4, .mask = &eth_type_mask), IPV4,
		     UDP, VXLAN);
	ITEM_REFUSED(MATCH_OUTER, 0, UNTAGGED, IPV4, UDP, VXLAN);
	ITEM_REFUSED(MATCH_OUTER, 1, ETH, ITEM(VLAN, .spec = &vid, .mask = &vid), IPV4, UDP, VXLAN);
	ITEM_REFUSED(MATCH_SPEC, 0, ITEM(UDP, .mask = &port));
	ITEM_REFUSED(MATCH_SPEC, 0, ITEM(UDP, .last = &port));
}

static void ports(void **state)
{
	const struct rte_flow_item_port_id vf3 = { .id = 3 }, foreign = { .id = FOREIGN };
	const struct rte_flow_item_ethdev eth3 = { .port_id = 3 };

	(void)state;
	ITEM_REFUSED(PORT_UNKNOWN, 0, ITEM(PORT_ID, .spec = &foreign));
	accepted(&transfer, ITEMS(ITEM(PORT_ID, .spec = &vf3), ETH), ACTIONS(OUT(1)));
	assert_true(frl_match_says(&rule.match, FRL_F_port, CARD_BASE + 3));
	accepted(&transfer, ITEMS(ITEM(REPRESENTED_PORT, .spec = &eth3)), ACTIONS(OUT(1)));
	assert_true(frl_match_says(&rule.match, FRL_F_port, CARD_BASE + 3));
	assert_true(frl_match_says(&rule.match, FRL_F_tun_type, 0));
	ACTION_REFUSED(ACTION_PORT_FOREIGN, 0, ITEMS(ETH), OUT(FOREIGN));
	ACTION_REFUSED(ACTION_PORT_FOREIGN, 0, ITEMS(ETH), OUT(70000));
	ACTION_REFUSED(ACTION_PORT_FOREIGN, 0, ITEMS(ETH),
		       ACTION(REPRESENTED_PORT, CONF(ethdev, .port_id = FOREIGN)));
	ACTION_REFUSED(ACTION_ORDER, 0, ITEMS(ETH),
		       ACTION(PORT_REPRESENTOR, CONF(ethdev, .port_id = 1)));
	accepted(&transfer, ITEMS(ETH),
		 ACTIONS(ACTION(PORT_REPRESENTOR, CONF(ethdev, .port_id = 0))));
	assert_int_equal(rule.leg[0].dest, FRL_DEST_HOST);
}

static void fates(void **state)
{
	(void)state;
	ACTION_REFUSED(ACTION_UNKNOWN, 1, ITEMS(ETH), ACTION(COUNT), ACTION(JUMP));
	ACTION_REFUSED(ACTION_NO_FATE, 1, ITEMS(ETH), ACTION(COUNT));
	ACTION_REFUSED(ACTION_FATE_CONFLICT, 1, ITEMS(ETH), OUT(1), ACTION(DROP));
	ACTION_REFUSED(ACTION_FATE_CONFLICT, 1, ITEMS(ETH), ACTION(DROP), OUT(1));
	ACTION_REFUSED(ACTION_LEGS, 8, ITEMS(ETH), OUT(1), OUT(2), OUT(3), OUT(4), OUT(5), OUT(6),
		       OUT(1), OUT(2), OUT(3));
	ACTION_REFUSED(COUNT_SHARED, 1, ITEMS(ETH), ACTION(COUNT), ACTION(COUNT), OUT(1));
	ACTION_REFUSED(COUNT_SHARED, 0, ITEMS(ETH), ACTION(INDIRECT), OUT(1));
	ACTION_REFUSED(VALUE_RANGE, 0, ITEMS(ETH), ACTION(PORT_ID));
}

static void host(void **state)
{
	const uint16_t two[] = { 0, 1 };
	const struct rte_flow_action *mark_rss =
		ACTIONS(ACTION(MARK, CONF(mark, .id = 5)),
			ACTION(RSS, CONF(rss, .queue_num = 1, .queue = two)));

	(void)state;
	accepted(&ingress, ITEMS(ETH), mark_rss);
	assert_int_equal(rule.legs, 1);
	assert_int_equal(rule.leg[0].dest, FRL_DEST_HOST);
	assert_int_equal(rule.leg[0].mark, 6);
	assert_int_equal(rule.prio, FRL_PRIO_INGRESS);
	accepted(&ingress, ITEMS(ETH),
		 ACTIONS(ACTION(RSS, CONF(rss, .queue_num = 0)),
			 ACTION(MARK, CONF(mark, .id = 0))));
	assert_int_equal(rule.leg[0].mark, 1);
	refused(&ingress, ITEMS(ETH), ACTIONS(ACTION(RSS, CONF(rss, .queue_num = 2, .queue = two))),
		FRL_REFUSAL_ACTION_RSS, RTE_FLOW_ERROR_TYPE_ACTION, 0);
	refused(&ingress, ITEMS(ETH), ACTIONS(ACTION(RSS, CONF(rss, .key_len = 40))),
		FRL_REFUSAL_ACTION_RSS, RTE_FLOW_ERROR_TYPE_ACTION, 0);
	refused(&ingress, ITEMS(ETH), ACTIONS(ACTION(QUEUE, CONF(queue, .index = 1))),
		FRL_REFUSAL_ACTION_RSS, RTE_FLOW_ERROR_TYPE_ACTION, 0);
	refused(&ingress, ITEMS(ETH), ACTIONS(OUT(1)), FRL_REFUSAL_ATTR_DIRECTION,
		RTE_FLOW_ERROR_TYPE_ACTION, 0);
	refused(&ingress, ITEMS(ETH), ACTIONS(ACTION(MARK, CONF(mark, .id = UINT32_MAX))),
		FRL_REFUSAL_VALUE_RANGE, RTE_FLOW_ERROR_TYPE_ACTION, 0);
	ACTION_REFUSED(ACTION_MARK_RSS, 0, ITEMS(ETH), ACTION(MARK, CONF(mark, .id = 1)), OUT(1));
}

static void edits(void **state)
{
	const struct rte_flow_action ttl = ACTION(SET_TTL, CONF(set_ttl, .ttl_value = 0));
	const struct rte_flow_action port = ACTION(SET_TP_DST, CONF(set_tp, .port = RTE_BE16(5)));
	const struct rte_flow_action vid =
		ACTION(OF_SET_VLAN_VID, CONF(of_set_vlan_vid, .vlan_vid = RTE_BE16(7)));
	const struct rte_flow_action push =
		ACTION(OF_PUSH_VLAN, CONF(of_push_vlan, .ethertype = RTE_BE16(0x8100)));
	const struct rte_flow_action bad_push =
		ACTION(OF_PUSH_VLAN, CONF(of_push_vlan, .ethertype = RTE_BE16(0x0800)));
	const struct rte_flow_action ip = ACTION(SET_IPV4_SRC, CONF(set_ipv4, .ipv4_addr = 1));
	const struct rte_flow_action pop = ACTION(OF_POP_VLAN), dec = ACTION(DEC_TTL);

	(void)state;
	ACTION_REFUSED(ACTION_TTL_ZERO, 0, ITEMS(IPV4), ttl, OUT(1));
	ACTION_REFUSED(ACTION_NEEDS_MATCH, 0, ITEMS(ETH), dec, OUT(1));
	ACTION_REFUSED(ACTION_ORDER, 1, ITEMS(IPV4), dec, dec, OUT(1));
	ACTION_REFUSED(ACTION_NEEDS_MATCH, 0, ITEMS(ETH), ip, OUT(1));
	ACTION_REFUSED(ACTION_NEEDS_MATCH, 0, ITEMS(ITEM(IPV6)), ip, OUT(1));
	ACTION_REFUSED(ACTION_NEEDS_MATCH, 0, ITEMS(IPV4), port, OUT(1));
	ACTION_REFUSED(ACTION_SCTP, 0, ITEMS(IPV4, ITEM(SCTP)), port, OUT(1));
	ACTION_REFUSED(ACTION_NEEDS_MATCH, 0, ITEMS(ETH), pop, OUT(1));
	ACTION_REFUSED(ACTION_NEEDS_MATCH, 1, ITEMS(TAGGED, VLAN_ONE), pop, pop, OUT(1));
	ACTION_REFUSED(ACTION_VLAN_DEPTH, 2, ITEMS(UNTAGGED), push, push, push, OUT(1));
	ACTION_REFUSED(ACTION_VLAN_DEPTH, 2, ITEMS(TAGGED, ITEM(VLAN), ITEM(VLAN)), pop, pop, pop,
		       OUT(1));
	ACTION_REFUSED(ACTION_VLAN_REWRITE, 0, ITEMS(TAGGED, VLAN_ONE), vid, OUT(1));
	/* the new tag's priority would be that of a tag nobody knows */
	ACTION_REFUSED(ACTION_VLAN_REWRITE, 2, ITEMS(ETH), push, vid, OUT(1));
	ACTION_REFUSED(VALUE_RANGE, 0, ITEMS(ETH), bad_push, OUT(1));
}

/* ---- Tunnels ---- */

static const struct rte_flow_item_eth tun_eth;
static const struct rte_flow_item_ipv4 tun_ip = { .hdr = { .time_to_live = 9 } };
static const struct rte_flow_item_ipv6 tun_ip6;
static const struct rte_flow_item_udp tun_udp;
static const struct rte_flow_item_vxlan tun_vxlan = { .vni = { 1, 2, 3 } };

#define DEFINITION(...)                                                                          \
	((struct rte_flow_item[]){ ITEM(ETH, .spec = &tun_eth), ##__VA_ARGS__,                   \
				   ITEM(UDP, .spec = &tun_udp), ITEM(VXLAN, .spec = &tun_vxlan), \
				   ITEM(END) })

static void tunnels(void **state)
{
	const struct rte_flow_action_vxlan_encap v4 = { DEFINITION(ITEM(IPV4, .spec = &tun_ip)) },
						 v6 = { DEFINITION(ITEM(IPV6, .spec = &tun_ip6)) };
	const struct rte_flow_action encap = ACTION(VXLAN_ENCAP, .conf = &v4),
				     encap6 = ACTION(VXLAN_ENCAP, .conf = &v6),
				     decap = ACTION(VXLAN_DECAP),
				     mac = ACTION(SET_MAC_DST, CONF(set_mac, .mac_addr = { 2 }));
	uint8_t geneve[50] = { 0 };
	const struct rte_flow_action raw =
		ACTION(RAW_ENCAP, CONF(raw_encap, .data = geneve, .size = sizeof(geneve)));
	const struct rte_flow_item *tunnel = ITEMS(IPV4, UDP, VXLAN, ETH);

	(void)state;
	accepted(&transfer, ITEMS(ETH), ACTIONS(mac, OUT(1), encap, OUT(2)));
	assert_int_equal(rule.legs, 2);
	assert_int_equal(rule.leg[0].edits, FRL_EDIT_SET_ETH_DST);
	assert_int_equal(rule.leg[1].edits, FRL_EDIT_SET_ETH_DST | FRL_EDIT_ENCAP);
	assert_int_equal(rule.encap[1].vni, 0x010203);
	assert_int_equal(rule.encap[1].udp_dst, 4789);
	assert_int_equal(rule.encap[1].ttl, 9);
	ACTION_REFUSED(ACTION_TUNNEL, 0, ITEMS(ETH), encap6, OUT(1));
	ACTION_REFUSED(ACTION_TUNNEL, 0, ITEMS(ETH), raw, OUT(1));
	ACTION_REFUSED(ACTION_TUNNEL_EDIT, 1, ITEMS(ETH), encap, mac, OUT(1));
	ACTION_REFUSED(ACTION_TUNNEL_EDIT, 1, ITEMS(ETH), encap, encap, OUT(1));
	ACTION_REFUSED(ACTION_NEEDS_MATCH, 0, ITEMS(ETH), decap, OUT(1));
	ACTION_REFUSED(ACTION_ORDER, 0, tunnel, mac, decap, OUT(1));
	accepted(&transfer, tunnel, ACTIONS(OUT(1), decap, mac, OUT(2)));
	assert_true(frl_match_says(&rule.match, FRL_F_tun_type, FRL_TUN_TYPE_VXLAN));
	assert_int_equal(rule.leg[0].edits, 0);
	assert_int_equal(rule.leg[1].edits, FRL_EDIT_DECAP | FRL_EDIT_SET_ETH_DST);
}

static void tunnel_fields(void **state)
{
	const struct rte_flow_item_ipv4 outer = { .hdr = { .src_addr = RTE_BE32(0xac100001),
							   .dst_addr = RTE_BE32(0xac100002) } };
	const struct rte_flow_item_ipv4 inner = { .hdr = { .dst_addr = RTE_BE32(0x0a000001) } };
	const struct rte_flow_item_ipv4 both = { .hdr = { .src_addr = ~0u, .dst_addr = ~0u } };
	const struct rte_flow_item_ipv4 dst = { .hdr = { .dst_addr = ~0u } };

	(void)state;
	accepted(&transfer,
		 ITEMS(ETH, ITEM(IPV4, .spec = &outer, .mask = &both), UDP,
		       ITEM(VXLAN, .spec = &tun_vxlan), ETH,
		       ITEM(IPV4, .spec = &inner, .mask = &dst), ITEM(TCP)),
		 ACTIONS(ACTION(VXLAN_DECAP), OUT(1)));
	assert_int_equal(frl_match_value(&rule.match, FRL_F_tun_src), 0xac100001);
	assert_int_equal(frl_match_value(&rule.match, FRL_F_tun_dst), 0xac100002);
	assert_int_equal(frl_match_value(&rule.match, FRL_F_tun_vni), 0x010203);
	assert_int_equal(frl_match_value(&rule.match, FRL_F_ip_dst), 0x0a000001);
	assert_int_equal(frl_match_mask(&rule.match, FRL_F_ip_src), 0);
	assert_true(frl_match_says(&rule.match, FRL_F_l4_type, FRL_L4_TYPE_TCP));
	assert_true(frl_match_says(&rule.match, FRL_F_tun_ip6, 0));
}

/* Two tags, and what is known of the second. */
static void vlans(void **state)
{
	const struct rte_flow_item_vlan outer = { .tci = RTE_BE16(5),
						  .inner_type = RTE_BE16(0x8100) },
					both = { .tci = RTE_BE16(0xfff), .inner_type = 0xffff };

	(void)state;
	accepted(&transfer, ITEMS(TAGGED, ITEM(VLAN, .spec = &outer, .mask = &both)),
		 ACTIONS(ACTION(OF_POP_VLAN), ACTION(OF_POP_VLAN), OUT(1)));
	assert_true(frl_match_says(&rule.match, FRL_F_vlan1_present, 1));
	assert_true(frl_match_says(&rule.match, FRL_F_vlan1_tpid, 0x8100));
	assert_int_equal(frl_match_mask(&rule.match, FRL_F_eth_type), 0);
	assert_int_equal(rule.leg[0].pop, 2);
	/* without type and has_vlan tagged and untagged frames match */
	accepted(&transfer, ITEMS(ETH, IPV4), ACTIONS(OUT(1)));
	assert_int_equal(frl_match_mask(&rule.match, FRL_F_vlan0_present), 0);
	accepted(&transfer, ITEMS(ITEM(ETH, .spec = &eth_ipv4, .mask = &eth_type_mask)),
		 ACTIONS(OUT(1)));
	assert_true(frl_match_says(&rule.match, FRL_F_vlan0_present, 0));
}

/* What OVS sends for output:a,push_vlan,output:b,pop_vlan,output:c. */
static void outputs_with_edits_between(void **state)
{
	const struct rte_flow_action push =
		ACTION(OF_PUSH_VLAN, CONF(of_push_vlan, .ethertype = RTE_BE16(0x8100)));
	const struct rte_flow_action vid =
		ACTION(OF_SET_VLAN_VID, CONF(of_set_vlan_vid, .vlan_vid = RTE_BE16(7)));
	const struct rte_flow_action pcp =
		ACTION(OF_SET_VLAN_PCP, CONF(of_set_vlan_pcp, .vlan_pcp = 3));

	(void)state;
	accepted(&transfer, ITEMS(UNTAGGED, IPV4),
		 ACTIONS(ACTION(COUNT), OUT(1), push, pcp, vid, OUT(2), ACTION(OF_POP_VLAN),
			 ACTION(DEC_TTL), OUT(3)));
	assert_int_equal(rule.legs, 3);
	assert_int_equal(rule.leg[0].push, 0);
	assert_int_equal(rule.leg[1].push, 1);
	assert_int_equal(rule.leg[1].vlan_tci[0], 3 << 13 | 7);
	assert_int_equal(rule.leg[2].push, 0);
	assert_int_equal(rule.leg[2].pop, 0);
	assert_int_equal(rule.leg[2].edits, FRL_EDIT_DEC_TTL);
	assert_true(count.present);
}

/* ---- Fields that came with issue 3, as golden texts ---- */

/* What a pattern becomes; the rule sends to ethdev 1. */
static void matches(const char *want, const struct rte_flow_item *items)
{
	char got[TEXT];

	accepted(&transfer, items, ACTIONS(OUT(1)));
	flow_text_write(&rule, count.present, got, sizeof(got));
	assert_non_null(strstr(got, " ->"));
	*strstr(got, " ->") = 0;
	/* "prio=0 port=10/ff " is the same in all of them */
	assert_string_equal(got + 18, want);
}

static void ipv6_items(void **state)
{
	const struct rte_flow_item_ipv6 spec = { .hdr = { .vtc_flow = RTE_BE32(0x0ab12345),
							  .proto = 6,
							  .hop_limits = 64 } },
					mask = { .hdr = { .vtc_flow = RTE_BE32(0x0fffffff),
							  .proto = 0xff,
							  .hop_limits = 0xff } },
					frag = { .has_frag_ext = 1 };
	const struct rte_flow_item_ipv6_frag_ext
		first = { .hdr = { .frag_data = RTE_BE16(1) } },
		first_mask = { .hdr = { .frag_data = RTE_BE16(0xfff9) } },
		later = { .hdr = { .next_header = 17, .frag_data = RTE_BE16(8) } },
		later_last = { .hdr = { .next_header = 17, .frag_data = RTE_BE16(0xfff8) } },
		later_mask = { .hdr = { .next_header = 0xff, .frag_data = RTE_BE16(0xfff8) } },
		id = { .hdr = { .id = 1 } }, whole = { .hdr = { .frag_data = 0 } };

	(void)state;
	matches("tun_type=0/3 l3_type=2/3 eth_type=86dd/ffff ip_proto=6/ff ip_tos=ab/ff ip_ttl=40/ff "
		"ip6_flow=12345/fffff",
		ITEMS(ETH, ITEM(IPV6, .spec = &spec, .mask = &mask)));
	matches("tun_type=0/3 l3_type=2/3 frag=1/1 eth_type=86dd/ffff",
		ITEMS(ITEM(IPV6, .spec = &frag, .mask = &frag)));
	matches("tun_type=0/3 l3_type=2/3 frag=1/3 eth_type=86dd/ffff",
		ITEMS(ITEM(IPV6), ITEM(IPV6_FRAG_EXT, .spec = &first, .mask = &first_mask)));
	/* as Open vSwitch: a range, and the protocol in this item */
	matches("tun_type=0/3 l3_type=2/3 frag=3/3 eth_type=86dd/ffff ip_proto=11/ff",
		ITEMS(ITEM(IPV6, .spec = &frag, .mask = &frag),
		      ITEM(IPV6_FRAG_EXT, .spec = &later, .last = &later_last,
			   .mask = &later_mask)));
	ITEM_REFUSED(MATCH_FIELD, 1, ITEM(IPV6), ITEM(IPV6_FRAG_EXT, .spec = &id, .mask = &id));
	ITEM_REFUSED(MATCH_FIELD, 1, ITEM(IPV6),
		     ITEM(IPV6_FRAG_EXT, .spec = &whole, .mask = &first_mask));
	ITEM_REFUSED(MATCH_ORDER, 1, IPV4, ITEM(IPV6_FRAG_EXT));
	ITEM_REFUSED(MATCH_CONFLICT, 1, ITEM(IPV6), ITEM(IPV6_FRAG_EXT), UDP, VXLAN);
}

static void arp_items(void **state)
{
	const struct rte_flow_item_arp_eth_ipv4 spec = { .op = RTE_BE16(1),
							 .sha = { { 2, 0, 0, 0, 0, 1 } },
							 .spa = RTE_BE32(0x0a000001),
							 .tha = { { 2, 0, 0, 0, 0, 2 } },
							 .tpa = RTE_BE32(0x0a000002) },
						all = { .op = 0xffff,
							.spa = ~0u,
							.tpa = ~0u,
							.sha = { { 255, 255, 255, 255, 255, 255 } },
							.tha = { { 255, 255, 255, 255, 255,
								   255 } } },
						long_op = { .op = RTE_BE16(256) },
						op = { .op = 0xffff }, hrd = { .hrd = 1 };

	(void)state;
	matches("tun_type=0/3 l3_type=3/3 eth_type=806/ffff ip_proto=1/ff ip_src=a000001/ffffffff "
		"ip_dst=a000002/ffffffff "
		"arp_sha=20000000001/ffffffffffff arp_tha=20000000002/ffffffffffff",
		ITEMS(ETH, ITEM(ARP_ETH_IPV4, .spec = &spec, .mask = &all)));
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(ARP_ETH_IPV4, .spec = &long_op, .mask = &op));
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(ARP_ETH_IPV4, .spec = &hrd, .mask = &hrd));
	ITEM_REFUSED(MATCH_ORDER, 1, ITEM(ARP_ETH_IPV4), UDP);
	ITEM_REFUSED(MATCH_ORDER, 0, ITEM(ARP_ETH_IPV4), UDP, VXLAN);
	ITEM_REFUSED(MATCH_CONFLICT, 1, ITEM(ETH, .spec = &eth_ipv4, .mask = &eth_type_mask),
		     ITEM(ARP_ETH_IPV4));
}

static void nd_items(void **state)
{
	const struct rte_flow_item_icmp6_nd_ns ns = { .target_addr = { [15] = 7 } },
					       odd = { .type = 8 }, sum = { .checksum = 1 };
	const struct rte_flow_item_icmp6_nd_na na = { .type = 136, .target_addr = { [15] = 9 } },
					       na_mask = { .type = 255,
							   .target_addr = { [15] = 255 } };
	const struct rte_flow_item_icmp6_nd_opt_sla_eth sla = { .sla = { { 2, 0, 0, 0, 0, 5 } } };
	const struct rte_flow_item_icmp6_nd_opt_tla_eth tla = { .type = 2,
								.tla = { { 2, 0, 0, 0, 0, 6 } } },
							tla_mask = { .type = 255,
								     .tla = { { 255 } } },
							wrong = { .type = 1, .tla = { { 2 } } };

	(void)state;
	matches("tun_type=0/3 l3_type=2/3 l4_type=5/7 eth_type=86dd/ffff ip_proto=3a/ff "
		"tp_src=87/ffff tp_dst=0/ffff nd_target=7/ffffffffffffffff "
		"nd_ll=20000000005/ffffffffffff",
		ITEMS(ETH, ITEM(IPV6), ITEM(ICMP6_ND_NS, .spec = &ns),
		      ITEM(ICMP6_ND_OPT_SLA_ETH, .spec = &sla)));
	matches("tun_type=0/3 l3_type=2/3 l4_type=5/7 eth_type=86dd/ffff ip_proto=3a/ff "
		"tp_src=88/ffff tp_dst=0/ffff nd_target=9/ff "
		"nd_ll=20000000000/ff0000000000",
		ITEMS(ITEM(ICMP6_ND_NA, .spec = &na, .mask = &na_mask),
		      ITEM(ICMP6_ND_OPT_TLA_ETH, .spec = &tla, .mask = &tla_mask)));
	ITEM_REFUSED(MATCH_CONFLICT, 0, ITEM(ICMP6_ND_NS, .spec = &odd, .mask = &odd));
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(ICMP6_ND_NS, .spec = &sum, .mask = &sum));
	ITEM_REFUSED(MATCH_ORDER, 1, IPV4, ITEM(ICMP6_ND_NS));
	ITEM_REFUSED(MATCH_ORDER, 1, ITEM(ICMP6_ND_NA), ITEM(ICMP6_ND_OPT_SLA_ETH, .spec = &sla));
	ITEM_REFUSED(MATCH_FIELD, 1, ITEM(ICMP6_ND_NS), ITEM(ICMP6_ND_OPT_SLA_ETH));
	ITEM_REFUSED(MATCH_CONFLICT, 1, ITEM(ICMP6_ND_NA),
		     ITEM(ICMP6_ND_OPT_TLA_ETH, .spec = &wrong, .mask = &tla_mask));
}

static void outer_fields(void **state)
{
	const struct rte_flow_item_ipv6 ip6 = { .hdr = { .vtc_flow = RTE_BE32(0x02800000),
							 .proto = 17,
							 .hop_limits = 9,
							 .src_addr = { [15] = 1 },
							 .dst_addr = { [15] = 2 } } },
					ip6_mask = { .hdr = { .vtc_flow = RTE_BE32(0x0ff00000),
							      .proto = 255,
							      .hop_limits = 255,
							      .src_addr = { [15] = 255 },
							      .dst_addr = { [15] = 255 } } };
	const struct rte_flow_item_ipv4 ip4 = { .hdr = { .type_of_service = 4,
							 .time_to_live = 5,
							 .fragment_offset = RTE_BE16(0x4000) } },
					ip4_mask = { .hdr = { .type_of_service = 255,
							      .time_to_live = 255,
							      .fragment_offset =
								      RTE_BE16(0x7fff) } },
					reserved = { .hdr = { .fragment_offset =
								      RTE_BE16(0x8000) } };

	(void)state;
	matches("tun_type=1/3 tun_src=1/ff tun_dst=2/ff tun_tos=28/ff tun_ttl=9/ff tun_ip6=1/1",
		ITEMS(ETH, ITEM(IPV6, .spec = &ip6, .mask = &ip6_mask), UDP, VXLAN, ETH));
	matches("tun_type=1/3 tun_flags=1/1 tun_tos=4/ff tun_ttl=5/ff tun_ip6=0/1",
		ITEMS(ETH, ITEM(IPV4, .spec = &ip4, .mask = &ip4_mask), UDP, VXLAN, ETH));
	ITEM_REFUSED(MATCH_FIELD, 0, ITEM(IPV4, .spec = &reserved, .mask = &reserved), UDP, VXLAN);
}

static void geneve_items(void **state)
{
	const struct rte_flow_item_geneve head = { .ver_opt_len_o_c_rsvd0 = RTE_BE16(0x0080),
						   .protocol = RTE_BE16(0x6558),
						   .vni = { 0, 1, 2 } },
					  head_mask = { .ver_opt_len_o_c_rsvd0 = RTE_BE16(0xc0c0),
							.protocol = 0xffff,
							.vni = { 255, 255, 255 } },
					  length = { .ver_opt_len_o_c_rsvd0 = RTE_BE16(0x0100) },
					  version = { .ver_opt_len_o_c_rsvd0 = RTE_BE16(0x4000) };
	uint32_t data[2] = { RTE_BE32(0x11223344), RTE_BE32(0x55667788) };
	uint32_t data_mask[2] = { 0, RTE_BE32(0xffff0000) };
	const struct rte_flow_item_geneve_opt opt = { .option_class = RTE_BE16(0x0102),
						      .option_type = 0x83,
						      .option_len = 2,
						      .data = data },
					      opt_mask = { .option_class = 0xffff,
							   .option_type = 0xff,
							   .data = data_mask },
					      part = { .option_class = 0xff, .option_type = 0xff },
					      len_mask = { .option_class = 0xffff,
							   .option_type = 0xff,
							   .option_len = 0xff };
#define GENEVE ITEM(GENEVE)
#define OPT(m) ITEM(GENEVE_OPT, .spec = &opt, .mask = &(m))

	(void)state;
	matches("tun_type=2/3 tun_vni=102/ffffff tun_flags=4/c tun_ip6=0/1",
		ITEMS(IPV4, UDP, ITEM(GENEVE, .spec = &head, .mask = &head_mask), ETH));
	matches("tun_type=2/3 l3_type=1/3 eth_type=800/ffff tun_ip6=1/1 "
		"geneve(102,83,1)=55660000/ffff0000",
		ITEMS(ITEM(IPV6), UDP, GENEVE, OPT(opt_mask), ETH, IPV4));
	ITEM_REFUSED(MATCH_FIELD, 2, IPV4, UDP, ITEM(GENEVE, .spec = &length, .mask = &length));
	ITEM_REFUSED(MATCH_CONFLICT, 2, IPV4, UDP,
		     ITEM(GENEVE, .spec = &version, .mask = &version));
	ITEM_REFUSED(MATCH_ORDER, 1, IPV4, GENEVE);
	ITEM_REFUSED(MATCH_ORDER, 3, IPV4, UDP, VXLAN, OPT(opt_mask));
	ITEM_REFUSED(MATCH_FIELD, 3, IPV4, UDP, GENEVE, OPT(part));
	ITEM_REFUSED(MATCH_FIELD, 3, IPV4, UDP, GENEVE, OPT(len_mask));
	ITEM_REFUSED(MATCH_RANGE, 3, IPV4, UDP, GENEVE,
		     ITEM(GENEVE_OPT, .spec = &opt, .last = &opt, .mask = &opt_mask));
	ITEM_REFUSED(GENEVE_OPTIONS_FULL, 7, IPV4, UDP, GENEVE, OPT(opt_mask), OPT(opt_mask),
		     OPT(opt_mask), OPT(opt_mask), OPT(opt_mask));
}

static void geneve_decap(void **state)
{
	uint8_t header[50] = { 0 };
	const struct rte_flow_action raw =
		ACTION(RAW_DECAP, CONF(raw_decap, .data = header, .size = sizeof(header)));
	const struct rte_flow_action part =
		ACTION(RAW_DECAP, CONF(raw_decap, .data = header, .size = 14));

	(void)state;
	accepted(&transfer, ITEMS(IPV4, UDP, GENEVE, ETH), ACTIONS(raw, OUT(1)));
	assert_int_equal(rule.leg[0].edits, FRL_EDIT_DECAP);
	accepted(&transfer, ITEMS(IPV4, UDP, VXLAN, ETH), ACTIONS(raw, OUT(1)));
	ACTION_REFUSED(ACTION_TUNNEL, 0, ITEMS(IPV4, UDP, GENEVE, ETH), part, OUT(1));
	ACTION_REFUSED(ACTION_NEEDS_MATCH, 0, ITEMS(ETH), raw, OUT(1));
	ACTION_REFUSED(ACTION_NEEDS_MATCH, 0, ITEMS(IPV4, UDP, GENEVE, ETH), ACTION(VXLAN_DECAP),
		       OUT(1));
}

/* Every item of the table refuses a mask bit outside its fields, and takes all of its fields' bits but those
 * with conditions.
 */
static void tables_and_structs_agree(void **state)
{
	uint8_t spec[64] __attribute__((aligned(8))) = { 0 }, mask[64] __attribute__((aligned(8)));

	(void)state;
	for (const struct frl_item *i = frl_items; i->name; i++) {
		const struct frl_item_field *f;

		for (unsigned int byte = 0; byte < i->size; byte++) {
			struct rte_flow_item items[] = {
				{ .type = i->type, .spec = spec, .mask = mask }, ITEM(END)
			};

			for (f = i->fields; f->name; f++) {
				if (byte >= f->offset && byte < (unsigned int)f->offset + f->size)
					break;
			}
			if (f->name)
				continue;
			memset(mask, 0, sizeof(mask));
			mask[byte] = 0x80;
			refused(&transfer, items, ACTIONS(OUT(1)), FRL_REFUSAL_MATCH_FIELD,
				RTE_FLOW_ERROR_TYPE_ITEM, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_lines),
		cmocka_unit_test(attributes),
		cmocka_unit_test(match_item),
		cmocka_unit_test(match_field),
		cmocka_unit_test(match_range),
		cmocka_unit_test(match_order),
		cmocka_unit_test(match_conflict),
		cmocka_unit_test(match_outer_and_spec),
		cmocka_unit_test(ports),
		cmocka_unit_test(fates),
		cmocka_unit_test(host),
		cmocka_unit_test(edits),
		cmocka_unit_test(tunnels),
		cmocka_unit_test(tunnel_fields),
		cmocka_unit_test(vlans),
		cmocka_unit_test(outputs_with_edits_between),
		cmocka_unit_test(ipv6_items),
		cmocka_unit_test(arp_items),
		cmocka_unit_test(nd_items),
		cmocka_unit_test(outer_fields),
		cmocka_unit_test(geneve_items),
		cmocka_unit_test(geneve_decap),
		cmocka_unit_test(tables_and_structs_agree),
	};

	return cmocka_run_group_tests_name("driver flow", tests, NULL, NULL);
}
