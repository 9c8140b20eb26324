/* SPDX-License-Identifier: BSD-3-Clause */
/* Items of tunnels: what stands before them is the outer frame. */
#include <rte_byteorder.h>
#include <rte_ether.h>

#include "frl_items.h"

static enum frl_refusal end_outer(struct frl_pattern *p, enum frl_tun_type type)
{
	if (!p->outer || p->l4 != FRL_L4_TYPE_UDP || p->tunnel != type)
		return FRL_REFUSAL_MATCH_ORDER;
	p->outer = 0;
	p->l3 = FRL_L3_TYPE_NONE;
	p->l4 = FRL_L4_TYPE_NONE;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_parse_vxlan(struct frl_pattern *p, const struct rte_flow_item *item,
				 const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_vxlan *s = spec, *k = mask;

	(void)item;
	(void)last;
	/* Only frames with the I flag are parsed as VXLAN (RFC 7348, 5). */
	if ((s->flags ^ 0x08) & k->flags)
		return FRL_REFUSAL_MATCH_CONFLICT;
	return end_outer(p, FRL_TUN_TYPE_VXLAN);
}

/* RFC 8926, 3.4: version 0 and Ethernet inside, or the frame is not parsed as GENEVE. */
enum frl_refusal frl_parse_geneve(struct frl_pattern *p, const struct rte_flow_item *item,
				  const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_geneve *s = spec, *k = mask;
	uint16_t head = rte_be_to_cpu_16(s->ver_opt_len_o_c_rsvd0);
	uint16_t head_mask = rte_be_to_cpu_16(k->ver_opt_len_o_c_rsvd0);
	uint16_t protocol = rte_be_to_cpu_16(s->protocol) ^ RTE_ETHER_TYPE_TEB;

	(void)item;
	(void)last;
	if ((head & head_mask & 0xc000) || (protocol & rte_be_to_cpu_16(k->protocol)))
		return FRL_REFUSAL_MATCH_CONFLICT;
	TRY(frl_match_set(p->m, FRL_F_tun_flags,
			  (head & 0x80 ? FRL_TUN_FLAG_OAM : 0) |
				  (head & 0x40 ? FRL_TUN_FLAG_CRIT : 0),
			  (head_mask & 0x80 ? FRL_TUN_FLAG_OAM : 0) |
				  (head_mask & 0x40 ? FRL_TUN_FLAG_CRIT : 0)));
	return end_outer(p, FRL_TUN_TYPE_GENEVE);
}

/* An option, by class and type; `option_len` says how many words `data` has, and cannot be matched itself. An
 * option without matched data must have a first word: hardware knows of options by their words.
 */
enum frl_refusal frl_parse_geneve_opt(struct frl_pattern *p, const struct rte_flow_item *item,
				      const void *spec, const void *last, const void *mask)
{
	const struct rte_flow_item_geneve_opt *s = spec, *k = mask;
	struct frl_match_geneve word = { .opt_class = rte_be_to_cpu_16(s->option_class),
					 .type = s->option_type };
	unsigned int words = 0;

	(void)item;
	if (p->tunnel != FRL_TUN_TYPE_GENEVE || p->outer)
		return FRL_REFUSAL_MATCH_ORDER;
	if (last)
		return FRL_REFUSAL_MATCH_RANGE;
	if (k->option_class != 0xffff || k->option_type != 0xff || k->option_len)
		return FRL_REFUSAL_MATCH_FIELD;
	if (s->option_len > 31)
		return FRL_REFUSAL_VALUE_RANGE;
	for (unsigned int i = 0; s->data && k->data && i < s->option_len; i++) {
		word.mask = rte_be_to_cpu_32(k->data[i]);
		if (!word.mask)
			continue;
		word.word = (uint8_t)i;
		word.value = rte_be_to_cpu_32(s->data[i]);
		TRY(frl_match_geneve(p->m, &word));
		words++;
	}
	return words ? FRL_REFUSAL_NONE : frl_match_geneve(p->m, &word);
}
