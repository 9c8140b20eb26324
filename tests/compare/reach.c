// SPDX-License-Identifier: BSD-3-Clause
/* Functional coverage of a frame; see reach.h. */
#include "reach.h"

#include "bins.h"
#include "judge.h"

struct field {
	uint32_t lsb, width;
};

#define FIELD(name, lsb, width) { lsb, width },
static const struct field fields[] = { FRL_KEY_FIELDS(FIELD) };

/* ARP's addresses stand in bits of nd_target: which of them a rule matched depends on the frame. */
static bool field_is_of(const struct field *field, bool arp_frame)
{
	bool shared = field->lsb >= FRL_KEY_ND_TARGET_LSB;
	bool arp = shared && field->width == FRL_KEY_ARP_SHA_W && field->lsb < FRL_KEY_ND_LL_LSB;

	return !shared || arp == arp_frame;
}

void reach_case(const struct plan *plan)
{
	const uint8_t stalls[] = { plan->stalls.wire_rx, plan->stalls.wire_tx, plan->stalls.dma_rd,
				   plan->stalls.dma_cpl, plan->stalls.dma_wr };

	for (uint32_t i = 0; i < sizeof(stalls); i++) {
		if (stalls[i])
			bins_hit(BINS_STALL, i);
	}
}

void reach_frame(const struct plan_packet *packet)
{
	static const enum bins_source sources[] = { BINS_SOURCE_WIRE0, BINS_SOURCE_WIRE1,
						    BINS_SOURCE_HOST,  BINS_SOURCE_DIRECT,
						    BINS_SOURCE_VF,    BINS_SOURCE_VF };
	uint32_t len = packet->frame.len;

	bins_hit(BINS_SOURCE, sources[packet->source]);
	if (len < 14)
		bins_hit(BINS_FRAME, BINS_FRAME_RUNT);
	if (len > 9000 && len <= FRL_MAX_FRAME)
		bins_hit(BINS_FRAME, BINS_FRAME_JUMBO);
	if (len == FRL_MAX_FRAME)
		bins_hit(BINS_FRAME, BINS_FRAME_LONGEST);
	if (len > FRL_MAX_FRAME)
		bins_hit(BINS_FRAME, BINS_FRAME_OVERLONG);
	if (packet->mac_error)
		bins_hit(BINS_FRAME, BINS_FRAME_MAC_ERROR);
}

/* A frame that a rule was found for: what the parser saw. */
static void reach_parsed(const struct frl_model_parsed *p)
{
	static const uint32_t l3[] = { BINS_FRAMES, BINS_FRAME_IPV4, BINS_FRAME_IPV6,
				       BINS_FRAME_ARP };
	uint32_t frag = (uint32_t)row_get(p->key, FRL_KEY_FRAG_LSB, FRL_KEY_FRAG_W);

	if (p->vlans)
		bins_hit(BINS_FRAME, BINS_FRAME_TAG1 + p->vlans - 1);
	bins_hit(BINS_FRAME, l3[p->l3_type & 3]);
	if (p->l4_type)
		bins_hit(BINS_FRAME, BINS_FRAME_TCP + p->l4_type - 1);
	if (frag)
		bins_hit(BINS_FRAME,
			 frag == FRL_FRAG_FIRST ? BINS_FRAME_FRAG_FIRST : BINS_FRAME_FRAG_LATER);
	if (p->routing)
		bins_hit(BINS_FRAME, BINS_FRAME_ROUTING);
	if (p->tun_type)
		bins_hit(BINS_FRAME, BINS_FRAME_VXLAN + p->tun_type - 1);
	if (row_get(p->key, FRL_KEY_TUN_IP6_LSB, 1))
		bins_hit(BINS_FRAME, BINS_FRAME_OUTER_IPV6);
}

static void reach_rule(const struct judge *j, const struct frl_model_parsed *p, uint32_t id)
{
	const struct plan_rule *rule = tables_rule_of(j->tables, id);
	const struct plan_mask *mask;
	bool arp = p->l3_type == FRL_L3_TYPE_ARP;

	if (!rule)
		return;
	mask = plan_mask_of(j->plan, rule);
	bins_hit(BINS_MASK, (rule->in_tcam ? BINS_MASK_TCAM : BINS_MASK_BANK) + mask->kind);
	for (uint32_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		bool set = false;

		for (uint32_t b = fields[f].lsb; b < fields[f].lsb + fields[f].width; b++)
			set |= row_get(rule->key, b, 1);
		if (set && field_is_of(&fields[f], arp))
			bins_hit(BINS_KEY, f);
	}
}

/* Edits of a leg that this frame has something for. */
static uint32_t effective(const struct frl_model_parsed *p, const uint32_t *leg)
{
	uint32_t edits = (uint32_t)row_get(leg, FRL_LEG_EDITS_LSB, FRL_LEG_EDITS_W);
	bool ip = p->l3_type == FRL_L3_TYPE_IPV4 || p->l3_type == FRL_L3_TYPE_IPV6;
	bool tp = p->l4_type == FRL_L4_TYPE_TCP || p->l4_type == FRL_L4_TYPE_UDP;

	if (p->tun_type && !(edits & FRL_EDIT_DECAP))
		return edits & FRL_EDIT_ENCAP;
	if (!p->tun_type)
		edits &= ~(uint32_t)FRL_EDIT_DECAP;
	if (!ip)
		edits &= ~(uint32_t)(FRL_EDIT_SET_IP_SRC | FRL_EDIT_SET_IP_DST | FRL_EDIT_SET_TTL |
				     FRL_EDIT_DEC_TTL);
	if (!tp)
		edits &= ~(uint32_t)(FRL_EDIT_SET_TP_SRC | FRL_EDIT_SET_TP_DST);
	return edits;
}

static void reach_leg(const struct frl_model_parsed *p, const uint32_t *leg, bool leaves)
{
	uint32_t pop = (uint32_t)row_get(leg, FRL_LEG_POP_LSB, FRL_LEG_POP_W);
	uint32_t push = (uint32_t)row_get(leg, FRL_LEG_PUSH_LSB, FRL_LEG_PUSH_W);
	uint32_t edits = effective(p, leg);

	bins_hit(BINS_DEST, (uint32_t)row_get(leg, FRL_LEG_DEST_LSB, FRL_LEG_DEST_W));
	if (!leaves || row_get(leg, FRL_LEG_DEST_LSB, FRL_LEG_DEST_W) == FRL_DEST_HOST)
		return;
	for (uint32_t e = 0; e < BINS_EDIT_POP1; e++) {
		if (edits >> e & 1)
			bins_hit(BINS_EDIT, e);
	}
	if (pop && pop <= p->vlans)
		bins_hit(BINS_EDIT, BINS_EDIT_POP1 + pop - 1);
	if (push)
		bins_hit(BINS_EDIT, BINS_EDIT_PUSH1 + push - 1);
}

static void reach_legs(const struct judge *j, uint32_t id)
{
	const struct plan_rule *rule = tables_rule_of(j->tables, id);
	struct plan_actions actions;
	uint32_t i;

	if (!rule)
		return;
	i = (uint32_t)(rule - j->plan->rule);
	plan_actions(j->plan, i, j->tables->rule[i].version, &actions);
	bins_hit(BINS_LEGS, actions.legs - 1);
}

void reach_pass(const struct judge *j, const struct judge_frame *frame,
		const struct frl_rtl_trace_lookup *trace)
{
	const struct frl_model_result *r = &j->result;
	struct frl_model_parsed parsed;
	const uint32_t *leg;

	if (r->reason)
		bins_hit(BINS_PUNT, r->reason);
	if (r->reason == FRL_PUNT_TABLE_PARITY)
		bins_hit(BINS_PARITY, j->plan->spoil_table);
	if (trace->replica)
		bins_hit(BINS_SOURCE, BINS_SOURCE_REPLICA);
	if (trace->epoch_lookup != trace->epoch_action)
		bins_hit(BINS_UPDATE, BINS_UPDATE_BETWEEN);
	if (j->tables->pendings)
		bins_hit(BINS_UPDATE, BINS_UPDATE_INFLIGHT);
	if (!r->rule_hit || (r->reason && r->reason != FRL_PUNT_ACTION))
		return;
	frl_model_parse(&j->plan->config, &frame->meta, frame->bytes, frame->len, &parsed);
	leg = judge_leg(j, trace->replica ? trace->leg : j->rule_leg[r->rule]);
	if (leg)
		reach_leg(&parsed, leg, r->leave == FRL_DROP_NONE);
	if (trace->replica)
		return;
	reach_legs(j, r->rule);
	reach_parsed(&parsed);
	reach_rule(j, &parsed, r->rule);
}
