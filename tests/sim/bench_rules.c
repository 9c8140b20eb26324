// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules of the benchmarks, through the admin client as a driver makes them. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

static void must(enum frl_refusal refusal, const char *what)
{
	if (refusal != FRL_REFUSAL_NONE)
		card_fail("%s: refused: %s", what, frl_refusal_text(refusal));
}

void bench_rules_init(struct bench_rules *rules, struct card *card)
{
	*rules = (struct bench_rules){ .card = card };
}

void bench_rules_remove(struct bench_rules *rules)
{
	struct frl_rule_gone gone;

	for (unsigned int i = 0; i < rules->count; i++)
		if (frl_admin_rule_destroy(&rules->card->admin, &rules->ref[i], &gone))
			card_fail("rule %u cannot be destroyed: %s", i,
				  frl_refusal_text(rules->card->admin.why.reason));
	free(rules->ref);
	bench_rules_init(rules, rules->card);
}

void bench_rule_begin(struct bench_rule *rule, uint8_t port)
{
	frl_rule_init(&rule->desc, port, 10);
	must(frl_match_l3(&rule->desc.match, FRL_L3_TYPE_IPV4), "IPv4");
	must(frl_match_l4(&rule->desc.match, FRL_L4_TYPE_UDP), "UDP");
	bench_rule_match(rule, FRL_F_tp_dst, FRAME_DST_PORT, 0xffff);
	bench_rule_match(rule, FRL_F_tun_type, FRL_TUN_TYPE_NONE, 3);
}

void bench_rule_begin_vxlan(struct bench_rule *rule, uint8_t port)
{
	frl_rule_init(&rule->desc, port, 10);
	bench_rule_match(rule, FRL_F_tun_type, FRL_TUN_TYPE_VXLAN, 3);
	bench_rule_match(rule, FRL_F_tun_vni, FRAME_VNI, 0xffffff);
}

void bench_rule_match(struct bench_rule *rule, enum frl_field field, uint64_t value, uint64_t mask)
{
	must(frl_match_set(&rule->desc.match, field, value, mask), frl_field_name(field));
}

void bench_rule_match_flow(struct bench_rule *rule, uint32_t flow)
{
	bench_rule_match(rule, FRL_F_tp_src, flow & 0xffff, 0xffff);
	bench_rule_match(rule, FRL_F_ip_src, FRAME_SRC_IP + (flow >> 16), 0xffffffff);
}

void bench_rule_acts(struct bench_rule *rule)
{
	frl_acts_init(&rule->acts, &rule->desc);
}

void bench_rule_push(struct bench_rule *rule)
{
	must(frl_acts_push_vlan(&rule->acts, 0x8100), "push VLAN");
	must(frl_acts_set_vid(&rule->acts, FRAME_VLAN), "VLAN id");
	must(frl_acts_set_pcp(&rule->acts, 0), "VLAN priority");
}

void bench_rule_set_fields(struct bench_rule *rule)
{
	static const uint8_t src[4] = { 192, 0, 2, 77 }, dst[4] = { 192, 0, 2, 78 };

	must(frl_acts_set_eth(&rule->acts, FRL_EDIT_SET_ETH_SRC, frame_dst), "eth src");
	must(frl_acts_set_eth(&rule->acts, FRL_EDIT_SET_ETH_DST, frame_src), "eth dst");
	must(frl_acts_set_ip(&rule->acts, FRL_EDIT_SET_IP_SRC, src, sizeof(src)), "IP src");
	must(frl_acts_set_ip(&rule->acts, FRL_EDIT_SET_IP_DST, dst, sizeof(dst)), "IP dst");
	must(frl_acts_dec_ttl(&rule->acts), "dec TTL");
	must(frl_acts_set_tp(&rule->acts, FRL_EDIT_SET_TP_SRC, 7), "port src");
	must(frl_acts_set_tp(&rule->acts, FRL_EDIT_SET_TP_DST, 8), "port dst");
}

void bench_rule_encap(struct bench_rule *rule)
{
	struct frl_encap encap = { .tun_type = FRL_TUN_TYPE_VXLAN,
				   .ttl = 64,
				   .df = 1,
				   .vni = FRAME_VNI,
				   .udp_dst = 4789 };

	memcpy(encap.eth_dst, frame_dst, 6);
	memcpy(encap.eth_src, frame_src, 6);
	memcpy(encap.ip_src, frame_vtep_here, 4);
	memcpy(encap.ip_dst, frame_vtep_there, 4);
	must(frl_acts_encap(&rule->acts, &encap), "encap");
}

void bench_rule_end(struct bench_rules *rules, struct bench_rule *rule, uint8_t port)
{
	struct card *card = rules->card;
	int err;

	if (rules->count == rules->room) {
		rules->room = rules->room ? 2 * rules->room : 16;
		rules->ref = realloc(rules->ref, rules->room * sizeof(*rules->ref));
		if (!rules->ref)
			card_fail("no memory");
	}
	must(frl_acts_output(&rule->acts, port), "output");
	must(frl_acts_finish(&rule->acts), "actions");
	memset(&rules->ref[rules->count], 0, sizeof(*rules->ref));
	err = frl_admin_rule_create(&card->admin, &rule->desc, &rules->ref[rules->count]);
	if (err)
		card_fail("rule %u: %s: %s", rules->count, strerror(-err),
			  frl_refusal_text(card->admin.why.reason));
	rules->count++;
}

void bench_forward(struct bench_rules *rules, uint8_t from, uint8_t to)
{
	struct bench_rule rule;

	bench_rule_begin(&rule, from);
	bench_rule_acts(&rule);
	bench_rule_end(rules, &rule, to);
}
