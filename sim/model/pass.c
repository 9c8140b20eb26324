/* SPDX-License-Identifier: BSD-3-Clause */
/* One pass of a frame: parse, look up, act, edit, and whether it may leave (hw/README.md, "A packet's walk"). */
#include "edit.h"

#include <string.h>

struct pass {
	const struct frl_model_tables *action;
	const struct frl_model_config *config;
	const struct frl_model_meta *meta;
	const uint8_t *frame;
	size_t len;
	struct frl_model_parsed parsed;
	struct frl_model_result *result;
	FILE *account;
};

static void drop(struct pass *pass, uint8_t why)
{
	pass->result->drop = why;
	if (pass->account)
		fprintf(pass->account, "action: dropped, %s\n", frl_drop_text(why));
}

/* To the host as received. */
static void punt(struct pass *pass, uint8_t reason)
{
	pass->result->port = FRL_PORT_HOST;
	pass->result->reason = reason;
	if (pass->account)
		fprintf(pass->account, "action: to the host, %s\n", frl_punt_text(reason));
}

/* A frame that its rule cannot be done for: software does all its legs, so no copy follows, and counts it. */
static void give_up(struct pass *pass, uint8_t reason)
{
	pass->result->counted = false;
	pass->result->next_leg = 0;
	punt(pass, reason);
}

/* A row that lies: nothing that it says is done. */
static void give_up_parity(struct pass *pass, const char *table)
{
	if (pass->account)
		fprintf(pass->account, "action: bad parity in table %s\n", table);
	give_up(pass, FRL_PUNT_TABLE_PARITY);
}

/* Port that a leg names. false: the pass is over. */
static bool destination(struct pass *pass, const uint32_t *leg)
{
	uint32_t dest = FRL_ROW_GET(leg, LEG, DEST), id = FRL_ROW_GET(leg, LEG, DEST_ID);
	const uint32_t *team;
	uint32_t count, member;
	bool bad = false;

	if (dest == FRL_DEST_PORT) {
		pass->result->port = id;
		return true;
	}
	if (dest != FRL_DEST_TEAM) {
		drop(pass, FRL_DROP_ACTION);
		return false;
	}
	team = frl_model_row(&pass->action->team, id, &bad);
	if (bad) {
		give_up_parity(pass, "team");
		return false;
	}
	count = FRL_ROW_GET(team, TEAM, COUNT);
	if (count == 0 || count > FRL_TEAM_MEMBERS) {
		drop(pass, FRL_DROP_TEAM_EMPTY);
		return false;
	}
	member = pass->parsed.hash % count;
	pass->result->port = frl_bits(team, FRL_TEAM_MEMBERS_LSB + 8 * member, 8);
	if (pass->account)
		fprintf(pass->account, "action: team %u, member %u of %u\n", id, member, count);
	return true;
}

static void apply_leg(struct pass *pass, uint32_t index)
{
	struct frl_model_result *result = pass->result;
	bool bad = false;
	const uint32_t *leg = frl_model_row(&pass->action->leg, index, &bad), *encap = NULL;
	uint8_t reason;

	if (bad) {
		give_up_parity(pass, "leg");
		return;
	}
	frl_account_leg(pass->account, index, leg);
	reason = frl_edit_check(&pass->parsed, leg, pass->frame);
	if (reason != FRL_PUNT_NONE) {
		give_up(pass, reason);
		return;
	}
	result->next_leg = FRL_ROW_GET(leg, LEG, NEXT_LEG);
	if (FRL_ROW_GET(leg, LEG, DEST) == FRL_DEST_HOST) {
		result->mark = FRL_ROW_GET(leg, LEG, MARK);
		punt(pass, FRL_ROW_GET(leg, LEG, DEST_ID));
		return;
	}
	if (FRL_ROW_GET(leg, LEG, EDITS) & FRL_EDIT_ENCAP) {
		encap = frl_model_row(&pass->action->encap, FRL_ROW_GET(leg, LEG, ENCAP), &bad);
		if (bad) {
			give_up_parity(pass, "encap");
			return;
		}
	}
	if (!destination(pass, leg))
		return;
	frl_edit(&pass->parsed, leg, result->frame, &result->len);
	if (encap) {
		frl_encap(encap, pass->parsed.hash, result->frame, &result->len);
		frl_account_encap(pass->account, FRL_ROW_GET(leg, LEG, ENCAP), encap);
	}
}

static void apply_rule(struct pass *pass, uint32_t rule)
{
	bool bad = false;
	const uint32_t *row = frl_model_row(&pass->action->rule, rule, &bad);

	pass->result->rule_hit = true;
	pass->result->rule = rule;
	if (bad) {
		give_up_parity(pass, "rule");
		return;
	}
	pass->result->counted = true;
	apply_leg(pass, FRL_ROW_GET(row, RULE, LEG));
}

static void decide(struct pass *pass, const struct frl_model_tables *lookup)
{
	const struct frl_model_meta *meta = pass->meta;
	struct frl_model_result *result = pass->result;
	uint32_t rule;
	uint8_t reason;

	if (meta->direct) {
		result->port = meta->dst_port;
		result->mark = meta->mark;
		if (meta->dst_port == FRL_PORT_HOST)
			result->reason = FRL_PUNT_DIRECT;
		if (pass->account)
			fprintf(pass->account, "action: direct\n");
		return;
	}
	frl_model_parse(pass->config, meta, pass->frame, pass->len, &pass->parsed);
	frl_account_parse(pass->account, &pass->parsed);
	if (pass->parsed.punt != FRL_PUNT_NONE) {
		punt(pass, pass->parsed.punt);
		return;
	}
	if (meta->replica) {
		result->rule_hit = true;
		result->rule = meta->rule;
		apply_leg(pass, meta->leg);
		return;
	}
	reason = frl_model_lookup(lookup, pass->parsed.key, &rule, pass->account);
	if (reason == FRL_PUNT_NONE)
		apply_rule(pass, rule);
	else
		punt(pass, reason);
}

static bool port_exists(const struct frl_model_config *config, uint32_t port)
{
	if (port < FRL_PORT_HOST)
		return port < config->wires;
	if (port < FRL_PORT_VF0)
		return port == FRL_PORT_HOST || port == FRL_PORT_FW;
	return port - FRL_PORT_VF0 < config->vfs && port < FRL_N_PORTS;
}

/* Registers of a port that is not there are those of its number modulo their count. */
static bool port_enabled(const struct frl_model_config *config, uint32_t port)
{
	return config->enable >> port % FRL_N_PORTS & 1;
}

/* enum frl_drop */
static uint8_t may_leave(const struct frl_model_config *config, uint32_t src, uint32_t dst,
			 size_t len)
{
	size_t max;

	if (!port_exists(config, dst))
		return FRL_DROP_NO_SUCH_PORT;
	if (!port_enabled(config, src) || !port_enabled(config, dst))
		return FRL_DROP_PORT_DOWN;
	if (dst == FRL_PORT_HOST || dst == FRL_PORT_FW)
		return FRL_DROP_NONE; /* the slow path takes every frame */
	if (dst == FRL_PORT_HOST || dst == FRL_PORT_FW)
		return FRL_DROP_NONE;
	max = config->max_len[dst] ? config->max_len[dst] : FRL_MAX_FRAME;
	return len > max ? FRL_DROP_TOO_LONG : FRL_DROP_NONE;
}

/* What no source lets into the pipeline (hw/README.md, frame_fifo); nobody looks at the headers of a direct frame. */
static uint8_t may_enter(const struct frl_model_meta *meta, size_t len)
{
	if (len < FRL_ETH_LEN && !meta->direct)
		return FRL_DROP_RUNT;
	return len > FRL_MAX_FRAME ? FRL_DROP_WIRE_ERROR : FRL_DROP_NONE;
}

static void leave(struct pass *pass)
{
	struct frl_model_result *result = pass->result;
	const struct frl_model_config *config = pass->config;

	result->leave = result->drop;
	if (result->leave == FRL_DROP_NONE)
		result->leave = may_leave(config, pass->meta->src_port, result->port, result->len);
	if (result->leave != FRL_DROP_NONE)
		result->len = 0;
	if (result->port == FRL_PORT_HOST)
		result->rxpair = config->slow_pair[pass->meta->src_port % FRL_N_PORTS];
	frl_account_result(pass->account, result);
}

void frl_model_pass(const struct frl_model_tables *lookup, const struct frl_model_tables *action,
		    const struct frl_model_config *config, const struct frl_model_meta *meta,
		    const uint8_t *frame, size_t len, struct frl_model_result *result,
		    FILE *account)
{
	struct pass pass = {
		.action = action,
		.config = config,
		.meta = meta,
		.frame = frame,
		.len = len,
		.result = result,
		.account = account,
	};
	uint8_t refused = may_enter(meta, len);

	memset(result, 0, offsetof(struct frl_model_result, frame));
	frl_account_frame(account, meta, len);
	if (refused != FRL_DROP_NONE) {
		drop(&pass, refused);
	} else {
		result->len = len;
		memcpy(result->frame, frame, len);
		decide(&pass, lookup);
	}
	leave(&pass);
}
