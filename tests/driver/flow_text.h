/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the part of testpmd's flow language that Open vSwitch 3.1 writes to its log, into rte_flow structs; and writes
 * a compiled rule as one line. For tests.
 */
#ifndef FLOW_TEXT_H
#define FLOW_TEXT_H

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_flow.h>

#include "frl_compile.h"

#define TEXT_ITEMS 16
#define TEXT_BYTES 128

/* A rule read from text; items and actions point into it. */
struct flow_text {
	struct rte_flow_attr attr;
	uint16_t ethdev;
	struct rte_flow_item item[TEXT_ITEMS];
	struct rte_flow_action action[TEXT_ITEMS];
	uint8_t spec[TEXT_ITEMS][TEXT_BYTES] __attribute__((aligned(8)));
	uint8_t mask[TEXT_ITEMS][TEXT_BYTES] __attribute__((aligned(8)));
	uint8_t conf[TEXT_ITEMS][TEXT_BYTES] __attribute__((aligned(8)));
	struct rte_flow_item encap[5];
	struct rte_flow_item_eth eth;
	struct rte_flow_item_ipv4 ipv4;
	struct rte_flow_item_udp udp;
	struct rte_flow_item_vxlan vxlan;
	char *save;
};

struct text_field {
	const char *item, *name;
	int type; /* enum rte_flow_item_type or rte_flow_action_type */
	size_t offset, size;
};

#define I(name, TYPE, field, type, member)                                             \
	{                                                                              \
		name, field, RTE_FLOW_ITEM_TYPE_##TYPE, offsetof(struct type, member), \
			sizeof(((struct type *)0)->member)                             \
	}
static const struct text_field text_items[] = {
	I("eth", ETH, "dst", rte_flow_item_eth, dst),
	I("eth", ETH, "src", rte_flow_item_eth, src),
	I("eth", ETH, "type", rte_flow_item_eth, type),
	{ "eth", "has_vlan", RTE_FLOW_ITEM_TYPE_ETH, 0, 0 },
	I("vlan", VLAN, "tci", rte_flow_item_vlan, tci),
	I("vlan", VLAN, "inner_type", rte_flow_item_vlan, inner_type),
	I("ipv4", IPV4, "src", rte_flow_item_ipv4, hdr.src_addr),
	I("ipv4", IPV4, "dst", rte_flow_item_ipv4, hdr.dst_addr),
	I("ipv4", IPV4, "proto", rte_flow_item_ipv4, hdr.next_proto_id),
	I("ipv4", IPV4, "ttl", rte_flow_item_ipv4, hdr.time_to_live),
	I("ipv4", IPV4, "tos", rte_flow_item_ipv4, hdr.type_of_service),
	I("ipv4", IPV4, "fragment_offset", rte_flow_item_ipv4, hdr.fragment_offset),
	{ "ipv6", "has_frag_ext", RTE_FLOW_ITEM_TYPE_IPV6, 0, 0 },
	I("udp", UDP, "src", rte_flow_item_udp, hdr.src_port),
	I("udp", UDP, "dst", rte_flow_item_udp, hdr.dst_port),
	I("tcp", TCP, "src", rte_flow_item_tcp, hdr.src_port),
	I("tcp", TCP, "dst", rte_flow_item_tcp, hdr.dst_port),
	I("vxlan", VXLAN, "vni", rte_flow_item_vxlan, vni),
};
#undef I

#define A(name, TYPE, field, type, member)                                               \
	{                                                                                \
		name, field, RTE_FLOW_ACTION_TYPE_##TYPE, offsetof(struct type, member), \
			sizeof(((struct type *)0)->member)                               \
	}
#define A0(name, TYPE)                                        \
	{                                                     \
		name, NULL, RTE_FLOW_ACTION_TYPE_##TYPE, 0, 0 \
	}
static const struct text_field text_actions[] = {
	A0("count", COUNT),
	A0("drop", DROP),
	A0("rss", RSS),
	A0("of_pop_vlan", OF_POP_VLAN),
	A0("vxlan_encap", VXLAN_ENCAP),
	{ "port_id", "original", RTE_FLOW_ACTION_TYPE_PORT_ID, 0, 0 },
	A("port_id", PORT_ID, "id", rte_flow_action_port_id, id),
	A("mark", MARK, "id", rte_flow_action_mark, id),
	A("set_mac_src", SET_MAC_SRC, "mac_addr", rte_flow_action_set_mac, mac_addr),
	A("set_mac_dst", SET_MAC_DST, "mac_addr", rte_flow_action_set_mac, mac_addr),
	A("set_ipv4_src", SET_IPV4_SRC, "ipv4_addr", rte_flow_action_set_ipv4, ipv4_addr),
	A("set_ipv4_dst", SET_IPV4_DST, "ipv4_addr", rte_flow_action_set_ipv4, ipv4_addr),
	A("set_ttl", SET_TTL, "ttl_value", rte_flow_action_set_ttl, ttl_value),
	A("set_tp_src", SET_TP_SRC, "port", rte_flow_action_set_tp, port),
	A("set_tp_dst", SET_TP_DST, "port", rte_flow_action_set_tp, port),
	A("of_push_vlan", OF_PUSH_VLAN, "ethertype", rte_flow_action_of_push_vlan, ethertype),
	A("of_set_vlan_pcp", OF_SET_VLAN_PCP, "vlan_pcp", rte_flow_action_of_set_vlan_pcp,
	  vlan_pcp),
	A("of_set_vlan_vid", OF_SET_VLAN_VID, "vlan_vid", rte_flow_action_of_set_vlan_vid,
	  vlan_vid),
};
#undef A
#undef A0

static inline void text_fail(const char *what, const char *token)
{
	fprintf(stderr, "flow_text: %s '%s'\n", what, token ? token : "(end)");
	abort();
}

static inline char *text_token(struct flow_text *t)
{
	char *token = strtok_r(NULL, " \n", &t->save);

	if (!token)
		text_fail("line ends early", NULL);
	return token;
}

/* A value in network order: address, MAC, or number. */
static inline void text_value(const char *s, uint8_t *to, size_t size)
{
	unsigned int b[6];
	uint64_t v;

	if (size == 6 &&
	    sscanf(s, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) == 6) {
		for (int i = 0; i < 6; i++)
			to[i] = (uint8_t)b[i];
		return;
	}
	if (size == 4 && inet_pton(AF_INET, s, to) == 1)
		return;
	v = strtoull(s, NULL, 0);
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(v >> 8 * (size - 1 - i));
}

static inline const struct text_field *text_find(const struct text_field *f, size_t n,
						 const char *item, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(f[i].item, item) && (!name || (f[i].name && !strcmp(f[i].name, name))))
			return &f[i];
	}
	text_fail("unknown item, action or field", name ? name : item);
	return NULL;
}

/* Bit fields have no offset. */
static inline void text_set_bit(const char *name, uint8_t *data, unsigned int value)
{
	if (!strcmp(name, "has_vlan"))
		((struct rte_flow_item_eth *)data)->has_vlan = value & 1;
	else if (!strcmp(name, "has_frag_ext"))
		((struct rte_flow_item_ipv6 *)data)->has_frag_ext = value & 1;
	else
		((struct rte_flow_action_port_id *)data)->original = value & 1;
}

static inline void text_field_value(const struct text_field *f, const char *how, const char *value,
				    uint8_t *spec, uint8_t *mask)
{
	uint8_t ones[16];

	memset(ones, 0xff, sizeof(ones));
	if (!f->size) {
		text_set_bit(f->name, spec, (unsigned int)strtoul(value, NULL, 0));
		text_set_bit(f->name, mask, 1);
	} else if (!strcmp(how, "mask")) {
		text_value(value, mask + f->offset, f->size);
	} else {
		text_value(value, spec + f->offset, f->size);
		if (!strcmp(how, "is"))
			memcpy(mask + f->offset, ones, f->size);
	}
	/* As OVS sets it: flags and offset, not the reserved bit. */
	if (!strcmp(f->name, "fragment_offset"))
		mask[f->offset] &= 0x3f;
}

static inline void text_pattern(struct flow_text *t)
{
	unsigned int n = 0;
	char *item = text_token(t), *field;

	for (; strcmp(item, "end"); n++) {
		t->item[n].type = (enum rte_flow_item_type)text_find(
					  text_items, RTE_DIM(text_items), item, NULL)
					  ->type;
		t->item[n].spec = t->spec[n];
		t->item[n].mask = t->mask[n];
		while (strcmp(field = text_token(t), "/")) {
			char *how = text_token(t), *value = text_token(t);

			text_field_value(text_find(text_items, RTE_DIM(text_items), item, field),
					 how, value, t->spec[n], t->mask[n]);
		}
		item = text_token(t);
	}
	t->item[n].type = RTE_FLOW_ITEM_TYPE_END;
}

static inline void text_conf_value(const struct text_field *f, const char *value, uint8_t *conf)
{
	uint32_t number = (uint32_t)strtoul(value, NULL, 0);

	if (!f->size)
		text_set_bit(f->name, conf, number);
	else if (!strcmp(f->name, "id")) /* the two that are in host order */
		memcpy(conf + f->offset, &number, sizeof(number));
	else
		text_value(value, conf + f->offset, f->size);
}

static inline void text_actions_list(struct flow_text *t)
{
	unsigned int n = 0;
	char *action = text_token(t), *field;

	for (; strcmp(action, "end"); n++) {
		t->action[n].type = (enum rte_flow_action_type)text_find(
					    text_actions, RTE_DIM(text_actions), action, NULL)
					    ->type;
		t->action[n].conf = t->conf[n];
		if (t->action[n].type == RTE_FLOW_ACTION_TYPE_VXLAN_ENCAP)
			((struct rte_flow_action_vxlan_encap *)t->conf[n])->definition = t->encap;
		while (strcmp(field = text_token(t), "/"))
			text_conf_value(text_find(text_actions, RTE_DIM(text_actions), action,
						  field),
					text_token(t), t->conf[n]);
		action = text_token(t);
	}
	t->action[n].type = RTE_FLOW_ACTION_TYPE_END;
}

/* "set vxlan ip-version ipv4 vni 77 ...;": what the next vxlan_encap means. */
static inline void text_set_vxlan(struct flow_text *t)
{
	char *key, *value;

	t->encap[0] = (struct rte_flow_item){ .type = RTE_FLOW_ITEM_TYPE_ETH, .spec = &t->eth };
	t->encap[1] = (struct rte_flow_item){ .type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = &t->ipv4 };
	t->encap[2] = (struct rte_flow_item){ .type = RTE_FLOW_ITEM_TYPE_UDP, .spec = &t->udp };
	t->encap[3] = (struct rte_flow_item){ .type = RTE_FLOW_ITEM_TYPE_VXLAN, .spec = &t->vxlan };
	t->encap[4].type = RTE_FLOW_ITEM_TYPE_END;
	do {
		key = text_token(t);
		value = text_token(t);
		if (!strcmp(key, "vni"))
			text_value(value, t->vxlan.vni, 3);
		else if (!strcmp(key, "udp-dst"))
			text_value(value, (uint8_t *)&t->udp.hdr.dst_port, 2);
		else if (!strcmp(key, "ip-src"))
			text_value(value, (uint8_t *)&t->ipv4.hdr.src_addr, 4);
		else if (!strcmp(key, "ip-dst"))
			text_value(value, (uint8_t *)&t->ipv4.hdr.dst_addr, 4);
		else if (!strcmp(key, "eth-src"))
			text_value(value, t->eth.src.addr_bytes, 6);
		else if (!strcmp(key, "eth-dst"))
			text_value(value, t->eth.dst.addr_bytes, 6);
	} while (!strchr(value, ';'));
}

/* Reads "[set vxlan ...;] flow create <ethdev> [ingress] priority 0 group 0 [transfer] pattern ... end actions ...
 * end". The line is cut up.
 */
static inline void flow_text_read(struct flow_text *t, char *line)
{
	char *token;

	memset(t, 0, sizeof(*t));
	token = strtok_r(line, " \n", &t->save);
	if (!strcmp(token, "set")) {
		text_token(t);
		text_set_vxlan(t);
		token = text_token(t);
	}
	if (strcmp(token, "flow") || strcmp(text_token(t), "create"))
		text_fail("no flow create", token);
	t->ethdev = (uint16_t)atoi(text_token(t));
	while (strcmp(token = text_token(t), "pattern")) {
		if (!strcmp(token, "transfer"))
			t->attr.transfer = 1;
		else if (!strcmp(token, "ingress"))
			t->attr.ingress = 1;
		else if (!strcmp(token, "priority"))
			t->attr.priority = (uint32_t)atoi(text_token(t));
		else if (!strcmp(token, "group"))
			t->attr.group = (uint32_t)atoi(text_token(t));
		else
			text_fail("unknown attribute", token);
	}
	text_pattern(t);
	if (strcmp(token = text_token(t), "actions"))
		text_fail("no actions", token);
	text_actions_list(t);
}

/* ---- A compiled rule as text ---- */

static inline void text_bytes(FILE *f, const char *name, const uint8_t *p, size_t n)
{
	fprintf(f, " %s=", name);
	while (n--)
		fprintf(f, "%02x", *p++);
}

static inline void text_leg(FILE *f, const struct frl_leg *leg, const struct frl_encap *e)
{
	fprintf(f, " [");
	if (leg->edits & FRL_EDIT_DECAP)
		fprintf(f, " decap");
	if (leg->pop)
		fprintf(f, " pop=%u", leg->pop);
	if (leg->edits & FRL_EDIT_SET_ETH_SRC)
		text_bytes(f, "eth_src", leg->eth_src, 6);
	if (leg->edits & FRL_EDIT_SET_ETH_DST)
		text_bytes(f, "eth_dst", leg->eth_dst, 6);
	if (leg->edits & FRL_EDIT_SET_IP_SRC)
		text_bytes(f, "ip_src", leg->ip_src, 16);
	if (leg->edits & FRL_EDIT_SET_IP_DST)
		text_bytes(f, "ip_dst", leg->ip_dst, 16);
	if (leg->edits & FRL_EDIT_SET_TTL)
		fprintf(f, " ttl=%u", leg->ttl);
	if (leg->edits & FRL_EDIT_DEC_TTL)
		fprintf(f, " dec_ttl");
	if (leg->edits & FRL_EDIT_SET_TP_SRC)
		fprintf(f, " tp_src=%u", leg->tp_src);
	if (leg->edits & FRL_EDIT_SET_TP_DST)
		fprintf(f, " tp_dst=%u", leg->tp_dst);
	for (unsigned int i = 0; i < leg->push; i++)
		fprintf(f, " push=%04x:%04x", leg->vlan_tpid[i], leg->vlan_tci[i]);
	if (leg->edits & FRL_EDIT_ENCAP) {
		fprintf(f, " encap vni=%u udp_dst=%u tos=%u ttl=%u df=%u", e->vni, e->udp_dst,
			e->tos, e->ttl, e->df);
		text_bytes(f, "eth_dst", e->eth_dst, 6);
		text_bytes(f, "eth_src", e->eth_src, 6);
		text_bytes(f, "ip_src", e->ip_src, 4);
		text_bytes(f, "ip_dst", e->ip_dst, 4);
	}
	fprintf(f, " %s", frl_dest_name(leg->dest));
	if (leg->dest == FRL_DEST_PORT)
		fprintf(f, "=%u", leg->dest_id);
	if (leg->mark)
		fprintf(f, " mark=%u", leg->mark);
	fprintf(f, " ]");
}

static inline void flow_text_write(const struct frl_rule_desc *rule, bool count, char *to,
				   size_t room)
{
	FILE *f = fmemopen(to, room, "w");

	fprintf(f, "prio=%u%s", rule->prio, count ? " count" : "");
	for (unsigned int i = 0; i < FRL_F_COUNT; i++) {
		uint64_t mask = frl_match_mask(&rule->match, (enum frl_field)i);
		uint64_t value = frl_match_value(&rule->match, (enum frl_field)i);

		if (mask && frl_match_means(&rule->match, (enum frl_field)i))
			fprintf(f, " %s=%" PRIx64 "/%" PRIx64, frl_field_name((enum frl_field)i),
				value, mask);
	}
	for (unsigned int i = 0; i < rule->match.geneves; i++) {
		const struct frl_match_geneve *w = &rule->match.geneve[i];

		fprintf(f, " geneve(%x,%x,%u)=%x/%x", w->opt_class, w->type, w->word, w->value,
			w->mask);
	}
	fprintf(f, " ->");
	for (unsigned int i = 0; i < rule->legs; i++)
		text_leg(f, &rule->leg[i], &rule->encap[i]);
	fclose(f);
}

#endif /* FLOW_TEXT_H */
