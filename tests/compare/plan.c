// SPDX-License-Identifier: BSD-3-Clause
/* Configuration, rules and frames of a case; see plan.h. */
#include "plan.h"

#include <string.h>

/* Frames to choose from for a rule. */
#define TEMPLATES 8

/* Kinds of streams. */
enum {
	S_CONFIG,
	S_MASK,
	S_RULE,
	S_ACTION,
	S_TEAM,
	S_PACKET,
	S_FLOOD
};

void row_set(uint32_t *row, uint32_t lsb, uint32_t width, uint64_t value)
{
	for (uint32_t i = 0; i < width; i++) {
		uint32_t bit = lsb + i;

		row[bit / 32] &= ~(1u << (bit % 32));
		row[bit / 32] |= (uint32_t)(value >> i & 1) << (bit % 32);
	}
}

uint64_t row_get(const uint32_t *row, uint32_t lsb, uint32_t width)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < width; i++)
		value |= (uint64_t)(row[(lsb + i) / 32] >> ((lsb + i) % 32) & 1) << i;
	return value;
}

/* ---- Configuration ---- */

static void make_ports(struct plan *plan, struct rng *rng)
{
	struct frl_model_config *config = &plan->config;

	config->wires = FRL_N_WIRES;
	config->vfs = FRL_N_VFS;
	/* HOST and FW are enabled by reset; ports that do not exist are left alone. */
	config->enable = 1ull << FRL_PORT_HOST | 1ull << FRL_PORT_FW;
	for (uint32_t p = 0; p < FRL_N_PORTS; p++) {
		bool real = p < FRL_N_WIRES || (p >= FRL_PORT_VF0 && p < FRL_PORT_VF0 + FRL_N_VFS);

		if (!real && p != FRL_PORT_HOST && p != FRL_PORT_FW)
			continue;
		if (real && !rng_percent(rng, p < FRL_N_WIRES ? 3 : 15))
			config->enable |= 1ull << p;
		if (rng_percent(rng, 75))
			config->tunnel |= 1ull << p;
		config->slow_pair[p] = (uint8_t)rng_below(rng, PLAN_PAIRS);
		if (rng_percent(rng, 20))
			config->max_len[p] = (uint16_t)RNG_OF(rng, 1514, 200, 9000, 9300, 60);
	}
}

static void make_config(struct plan *plan)
{
	struct rng rng = rng_of(plan->seed, S_CONFIG, 0);
	struct frl_model_config *config = &plan->config;

	make_ports(plan, &rng);
	config->vxlan_port = rng_percent(&rng, 80) ? 4789 : (uint16_t)rng_below(&rng, 65536);
	config->geneve_port = rng_percent(&rng, 80) ? 6081 : (uint16_t)rng_below(&rng, 65536);
	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++)
		config->gnv_sel[i] = RNG_OF(&rng, 0x0102, 0x0103, 0xff00) |
				     RNG_OF(&rng, 0x01, 0x80, 0x81) << 16 |
				     rng_below(&rng, 3) << FRL_REG_CHIP_GNV_SEL_WORD_LSB |
				     (rng_percent(&rng, 85) ? FRL_REG_CHIP_GNV_SEL_ENABLE_MASK : 0);
	plan->knobs.vxlan_port = config->vxlan_port;
	plan->knobs.geneve_port = config->geneve_port;
	memcpy(plan->knobs.gnv_sel, config->gnv_sel, sizeof(config->gnv_sel));
	plan->flood = rng_percent(&rng, 6);
	plan->gentle = !plan->flood && rng_percent(&rng, 35);
	if (plan->flood)
		config->enable |= (1ull << FRL_N_WIRES) - 1;
	plan->updates = rng_percent(&rng, 70) && !plan->reduce->no_updates;
	plan->spoil = rng_percent(&rng, 40) ? rng_range(&rng, 5, 40) : 0;
	plan->spoil_table = rng_below(&rng, FRL_TABLE_COUNT + 4);
	if (plan->spoil_table > FRL_TABLE_COUNT)
		plan->spoil_table = FRL_TABLE_COUNT;
	if (plan->spoil_table != FRL_TABLE_COUNT && plan->spoil)
		plan->spoil = RNG_OF(&rng, 50, 100, 200);
	plan->silent_wire =
		!plan->flood && rng_percent(&rng, 25) ? (int)rng_below(&rng, FRL_N_WIRES) : -1;
	if (rng_percent(&rng, 60) && !plan->reduce->no_stalls)
		plan->stalls = (struct frl_rtl_stalls){
			.wire_rx = (uint8_t)RNG_OF(&rng, 0, 10, 50, 80),
			.wire_tx = (uint8_t)RNG_OF(&rng, 0, 10, 50, 90),
			.dma_rd = (uint8_t)RNG_OF(&rng, 0, 10, 50, 80),
			.dma_cpl = (uint8_t)RNG_OF(&rng, 0, 10, 50, 80),
			.dma_wr = (uint8_t)RNG_OF(&rng, 0, 10, 50, 80),
		};
}

/* ---- Masks ---- */

struct field {
	uint32_t lsb, width;
};

#define FIELD(name, lsb, width) { lsb, width },
static const struct field fields[] = { FRL_KEY_FIELDS(FIELD) };
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static void mask_field(struct rng *rng, struct plan_mask *mask, const struct field *f)
{
	uint32_t pick = rng_below(rng, 10), n = rng_range(rng, 1, f->width);

	for (uint32_t i = 0; i < f->width; i++) {
		bool set = pick < 7 || f->width == 1 ? true
			   : pick < 9		     ? i >= f->width - n
						     : rng_percent(rng, 50);

		if (set)
			row_set(mask->bits, f->lsb + i, 1, 1);
	}
	if (f->width > 1 && pick >= 7 && pick < 9 && mask->kind == PLAN_EXACT)
		mask->kind = PLAN_PREFIX;
	if (f->width > 1 && pick >= 9)
		mask->kind = PLAN_PARTIAL;
}

static void make_mask(struct rng *rng, struct plan_mask *mask)
{
	uint32_t n = RNG_OF(rng, 1, 2, 3, 4, 6, 10, 20, rng_below(rng, 45));

	memset(mask, 0, sizeof(*mask));
	for (uint32_t i = 0; i < n; i++)
		mask_field(rng, mask, &fields[rng_below(rng, FIELDS)]);
}

const struct plan_mask *plan_mask_of(const struct plan *plan, const struct plan_rule *rule)
{
	return rule->in_tcam ? &rule->own_mask : &plan->mask[rule->mask];
}

static void make_masks(struct plan *plan)
{
	struct rng rng = rng_of(plan->seed, S_MASK, 0);
	uint32_t banks = plan->sizes.banks;

	plan->masks = rng_range(&rng, 1, banks < PLAN_MASKS ? banks : PLAN_MASKS);
	for (uint32_t m = 0; m < plan->masks; m++)
		make_mask(&rng, &plan->mask[m]);
	for (uint32_t b = 0; b < 32; b++)
		plan->bank_mask[b] = b >= banks || rng_percent(&rng, 8) ? PLAN_MASKS
				     : b < plan->masks			? b
						       : rng_below(&rng, plan->masks);
}

/* ---- Metadata of frames that the host sends ---- */

static void make_meta(const struct plan *plan, struct rng *rng, enum plan_source source,
		      struct frl_model_meta *meta)
{
	memset(meta, 0, sizeof(*meta));
	if (source <= PLAN_WIRE1) {
		meta->src_port = (uint8_t)source;
	} else if (source >= PLAN_VF0) {
		meta->src_port = (uint8_t)(FRL_PORT_VF0 + source - PLAN_VF0);
	} else if (source == PLAN_DIRECT) {
		meta->src_port = FRL_PORT_HOST;
		meta->direct = true;
		meta->dst_port = (uint8_t)RNG_OF(rng, 0, 0, 1, 1, FRL_PORT_HOST, FRL_PORT_FW,
						 FRL_PORT_VF0, FRL_PORT_VF0 + 1,
						 FRL_PORT_VF0 + PLAN_STARVED,
						 FRL_PORT_VF0 + rng_below(rng, FRL_N_VFS),
						 rng_below(rng, 256));
		meta->mark = rng_percent(rng, 50) ? (uint32_t)rng_next(rng) : 0;
	} else {
		/* Not of VFs that send themselves: one source port, one order. */
		meta->src_port = (uint8_t)(FRL_PORT_VF0 + rng_range(rng, 2, FRL_N_VFS - 1));
		if (plan->silent_wire >= 0 && rng_percent(rng, 60))
			meta->src_port = (uint8_t)plan->silent_wire;
		if (rng_percent(rng, 3))
			meta->src_port = (uint8_t)RNG_OF(rng, 2, 7, 10, 15, 32, 63, 64, 255);
		if (rng_percent(rng, 60)) {
			meta->table_id = (uint8_t)RNG_OF(rng, 0, 1, 2, 3, (uint32_t)rng_next(rng));
			meta->ct_state =
				(uint8_t)RNG_OF(rng, 0, 0x21, 0x22, 0x01, (uint32_t)rng_next(rng));
			meta->ct_zone = (uint16_t)RNG_OF(rng, 0, 1, 2, (uint32_t)rng_next(rng));
			meta->ct_mark = RNG_OF(rng, 0, 0xabcd, (uint32_t)rng_next(rng));
		}
	}
}

static enum plan_source make_source(const struct plan *plan, struct rng *rng)
{
	enum plan_source source = (enum plan_source)RNG_OF(rng, PLAN_WIRE0, PLAN_WIRE0, PLAN_WIRE0,
							   PLAN_WIRE1, PLAN_WIRE1, PLAN_WIRE1,
							   PLAN_HOST, PLAN_HOST, PLAN_DIRECT,
							   PLAN_VF0, PLAN_VF1);

	return (int)source == plan->silent_wire ? PLAN_HOST : source;
}

/* ---- Rules ---- */

/* The frame that a rule is made for: source, metadata and headers. */
static void template_of(const struct plan *plan, uint64_t seed, const struct packet_knobs *knobs,
			struct plan_packet *packet)
{
	struct rng rng = { seed };

	do
		packet->source = make_source(plan, &rng);
	while (packet->source == PLAN_DIRECT);
	make_meta(plan, &rng, packet->source, &packet->meta);
	packet_make(&rng, knobs, &packet->frame);
}

/* Fields of the mask that this key has something in: 0 when it cannot be looked up at all. */
static uint32_t worth(const struct frl_model_parsed *parsed, const uint32_t *mask)
{
	uint32_t sum = 1;

	if (parsed->punt)
		return 0;
	for (uint32_t f = 0; f < FIELDS; f++) {
		for (uint32_t b = fields[f].lsb; b < fields[f].lsb + fields[f].width; b++) {
			if (row_get(mask, b, 1) & row_get(parsed->key, b, 1)) {
				sum++;
				break;
			}
		}
	}
	return sum;
}

/* Of some frames the one that makes most of the rule's mask. */
static void choose_template(struct plan *plan, struct rng *rng, struct plan_rule *rule)
{
	static struct plan_packet packet;
	struct packet_knobs knobs = plan->knobs;
	const uint32_t *mask = plan_mask_of(plan, rule)->bits;
	struct frl_model_parsed parsed;
	uint32_t best = 0;

	knobs.payload_max = 0; /* the headers are the same */
	for (uint32_t tries = 0; tries < TEMPLATES || (!best && tries < 2 * TEMPLATES); tries++) {
		uint64_t seed = rng_next(rng);
		uint32_t value;

		template_of(plan, seed, &knobs, &packet);
		frl_model_parse(&plan->config, &packet.meta, packet.frame.bytes, packet.frame.len,
				&parsed);
		value = worth(&parsed, mask);
		if (tries && value <= best)
			continue;
		best = value;
		rule->packet_seed = seed;
		for (uint32_t w = 0; w < FRL_KEY_WORDS; w++)
			rule->key[w] = parsed.key[w] & mask[w];
	}
}

static void make_rule(struct plan *plan, uint32_t i)
{
	struct rng rng = rng_of(plan->seed, S_RULE, i);
	struct plan_rule *rule = &plan->rule[i];

	/* Numbers that never meet, from all over the table. */
	rule->id = i + PLAN_RULES * rng_below(&rng, plan->sizes.rules / PLAN_RULES);
	rule->prio = (uint16_t)RNG_OF(&rng, 0, 1, 1, 2, 2, 2, 3, 0xffff, rng_below(&rng, 0x10000));
	rule->in_tcam = rng_percent(&rng, 20);
	rule->mask = rng_below(&rng, plan->masks);
	make_mask(&rng, &rule->own_mask);
	rule->lies = rng_percent(&rng, 3);
	choose_template(plan, &rng, rule);
}

/* ---- Actions ---- */

static void random_bits(struct rng *rng, uint32_t *row, uint32_t lsb, uint32_t width)
{
	for (uint32_t i = 0; i < width; i += 32)
		row_set(row, lsb + i, width - i < 32 ? width - i : 32, (uint32_t)rng_next(rng));
}

static void make_leg_values(struct rng *rng, uint32_t *row)
{
	random_bits(rng, row, FRL_LEG_ETH_DST_LSB, FRL_LEG_ETH_DST_W);
	random_bits(rng, row, FRL_LEG_ETH_SRC_LSB, FRL_LEG_ETH_SRC_W);
	random_bits(rng, row, FRL_LEG_VLAN0_TCI_LSB, FRL_LEG_VLAN0_TCI_W);
	random_bits(rng, row, FRL_LEG_VLAN1_TCI_LSB, FRL_LEG_VLAN1_TCI_W);
	row_set(row, FRL_LEG_VLAN0_TPID_LSB, 16,
		RNG_OF(rng, 0x8100, 0x88a8, rng_below(rng, 65536)));
	row_set(row, FRL_LEG_VLAN1_TPID_LSB, 16,
		RNG_OF(rng, 0x8100, 0x88a8, rng_below(rng, 65536)));
	random_bits(rng, row, FRL_LEG_IP_SRC_LSB, FRL_LEG_IP_SRC_W);
	random_bits(rng, row, FRL_LEG_IP_DST_LSB, FRL_LEG_IP_DST_W);
	random_bits(rng, row, FRL_LEG_TP_SRC_LSB, FRL_LEG_TP_SRC_W);
	random_bits(rng, row, FRL_LEG_TP_DST_LSB, FRL_LEG_TP_DST_W);
	random_bits(rng, row, FRL_LEG_TTL_LSB, FRL_LEG_TTL_W);
}

static void make_encap(struct rng *rng, uint32_t *row)
{
	memset(row, 0, 4 * FRL_MODEL_ROW_WORDS);
	random_bits(rng, row, 0, FRL_ENCAP_DF_LSB + 1);
	if (rng_percent(rng, 80))
		row_set(row, FRL_ENCAP_UDP_DST_LSB, FRL_ENCAP_UDP_DST_W, 4789);
}

static void make_dest(const struct plan *plan, struct rng *rng, uint32_t *row)
{
	uint32_t dest = RNG_OF(rng, FRL_DEST_PORT, FRL_DEST_PORT, FRL_DEST_PORT, FRL_DEST_TEAM,
			       FRL_DEST_HOST, FRL_DEST_DROP);
	uint32_t id = 0;

	/* A wire or a VF: HOST and FW are no destination of that kind (chip.toml, enum dest). */
	if (dest == FRL_DEST_PORT)
		id = RNG_OF(rng, 0, 0, 0, 1, 1, 1, FRL_PORT_VF0, FRL_PORT_VF0 + 1,
			    FRL_PORT_VF0 + PLAN_STARVED, FRL_PORT_VF0 + rng_below(rng, FRL_N_VFS),
			    rng_percent(rng, 10) ? RNG_OF(rng, 2, 7, 10, 15, 32, 63, 64, 255) : 0);
	else if (dest == FRL_DEST_TEAM)
		id = rng_below(rng, plan->teams);
	else if (dest == FRL_DEST_HOST)
		id = FRL_PUNT_ACTION;
	row_set(row, FRL_LEG_DEST_LSB, FRL_LEG_DEST_W, dest);
	row_set(row, FRL_LEG_DEST_ID_LSB, FRL_LEG_DEST_ID_W, id);
	if (rng_percent(rng, 50))
		random_bits(rng, row, FRL_LEG_MARK_LSB, FRL_LEG_MARK_W);
}

static void make_leg(const struct plan *plan, struct rng *rng, struct plan_leg *leg)
{
	uint32_t edits = 0, n = rng_percent(rng, 25) ? 0 : rng_range(rng, 1, 5);

	for (uint32_t i = 0; i < n; i++)
		edits |= RNG_OF(rng, FRL_EDIT_SET_ETH_SRC, FRL_EDIT_SET_ETH_DST,
				FRL_EDIT_SET_IP_SRC, FRL_EDIT_SET_IP_DST, FRL_EDIT_SET_TTL,
				FRL_EDIT_DEC_TTL, FRL_EDIT_SET_TP_SRC, FRL_EDIT_SET_TP_DST,
				FRL_EDIT_ENCAP, FRL_EDIT_DECAP);
	memset(leg, 0, sizeof(*leg));
	make_leg_values(rng, leg->row);
	row_set(leg->row, FRL_LEG_EDITS_LSB, FRL_LEG_EDITS_W, edits);
	row_set(leg->row, FRL_LEG_POP_LSB, FRL_LEG_POP_W, RNG_OF(rng, 0, 0, 0, 1, 2));
	row_set(leg->row, FRL_LEG_PUSH_LSB, FRL_LEG_PUSH_W, RNG_OF(rng, 0, 0, 0, 1, 2));
	make_dest(plan, rng, leg->row);
	leg->encaps = edits & FRL_EDIT_ENCAP;
	make_encap(rng, leg->encap);
}

void plan_actions(const struct plan *plan, uint32_t rule, uint32_t version,
		  struct plan_actions *actions)
{
	struct rng rng = rng_of(plan->seed, S_ACTION, rule << 8 | version);

	actions->legs = RNG_OF(&rng, 1, 1, 1, 1, 2, 3, 4);
	for (uint32_t i = 0; i < actions->legs; i++)
		make_leg(plan, &rng, &actions->leg[i]);
}

static void make_teams(struct plan *plan)
{
	struct rng rng = rng_of(plan->seed, S_TEAM, 0);

	plan->teams = plan->sizes.teams < PLAN_TEAMS ? plan->sizes.teams : PLAN_TEAMS;
	for (uint32_t t = 0; t < plan->teams; t++) {
		uint32_t *row = plan->team[t];

		row_set(row, FRL_TEAM_COUNT_LSB, FRL_TEAM_COUNT_W,
			rng_percent(&rng, 90) ? rng_range(&rng, 1, 8) : 0);
		for (uint32_t m = 0; m < FRL_TEAM_MEMBERS; m++)
			row_set(row, FRL_TEAM_MEMBERS_LSB + 8 * m, 8,
				RNG_OF(&rng, 0, 1, 0, 1, FRL_PORT_VF0));
	}
}

/* ---- Frames ---- */

/* A wire's only frame in a flood: long, so that it is the beats that are too many. */
static void flood_packet(const struct plan *plan, struct plan_packet *packet)
{
	struct rng rng = rng_of(plan->seed, S_FLOOD, packet->source);
	uint32_t len = rng_range(&rng, 1400, FRL_MAX_FRAME);

	make_meta(plan, &rng, packet->source, &packet->meta);
	packet_make(&rng, &plan->knobs, &packet->frame);
	while (packet->frame.len < len)
		packet->frame.bytes[packet->frame.len++] = (uint8_t)rng_next(&rng);
	if (packet->frame.len > FRL_MAX_FRAME)
		packet->frame.len = FRL_MAX_FRAME;
	packet->mac_error = packet->offload = false;
	packet->gap = 0;
}

void plan_packet(const struct plan *plan, uint32_t i, struct plan_packet *packet)
{
	struct rng rng = rng_of(plan->seed, S_PACKET, i);
	uint32_t pick = rng_below(&rng, 100);

	if (pick < 70 && plan->rules) {
		/* Aimed at a rule; with other payload, and often a bit beside. */
		const struct plan_rule *rule = &plan->rule[rng_below(&rng, plan->rules)];

		template_of(plan, rule->packet_seed, &plan->knobs, packet);
		packet_repay(&rng, &packet->frame);
		if (pick >= 45)
			packet_beside(&rng, &packet->frame);
		if (pick >= 66)
			make_meta(plan, &rng, packet->source, &packet->meta);
	} else {
		packet->source = make_source(plan, &rng);
		make_meta(plan, &rng, packet->source, &packet->meta);
		packet_make(&rng, &plan->knobs, &packet->frame);
	}
	if (rng_percent(&rng, 14))
		packet_damage(&rng, &packet->frame);
	if (packet->source >= PLAN_HOST && packet->frame.len > FRL_MAX_FRAME)
		packet->frame.len = FRL_MAX_FRAME; /* a longer buffer stops the queue */
	packet->mac_error = packet->source <= PLAN_WIRE1 && rng_percent(&rng, 2);
	packet->gap = rng_percent(&rng, 70) ? 0 : rng_below(&rng, 200);
	packet->offload = packet->source >= PLAN_VF0 && rng_percent(&rng, 8);
	if (plan->reduce->no_gaps)
		packet->gap = 0;
	if (plan->flood && packet->source <= PLAN_WIRE1)
		flood_packet(plan, packet);
}

void plan_make(struct plan *plan, uint64_t seed, const struct frl_model_sizes *sizes,
	       const struct plan_reduce *reduce)
{
	struct rng rng;

	memset(plan, 0, sizeof(*plan));
	plan->seed = seed;
	plan->sizes = *sizes;
	plan->reduce = reduce;
	plan->knobs.payload_max = reduce->payload_max ? reduce->payload_max : UINT32_MAX;
	make_config(plan);
	make_masks(plan);
	make_teams(plan);
	rng = rng_of(seed, S_CONFIG, 1);
	plan->packets = rng_range(&rng, 40, PLAN_PACKETS);
	plan->at_start = rng_range(&rng, 1, PLAN_RULES / 2);
	plan->rules = plan->updates ? rng_range(&rng, plan->at_start, PLAN_RULES) : plan->at_start;
	for (uint32_t i = 0; i < plan->rules; i++)
		make_rule(plan, i);
}
