/* SPDX-License-Identifier: BSD-3-Clause */
/* The account of a pass, for people: "step: what" lines. Every function does nothing without a file. */
#include "edit.h"

void frl_account_frame(FILE *account, const struct frl_model_meta *meta, size_t len)
{
	if (!account)
		return;
	fprintf(account, "frame: %zu bytes from port %u", len, meta->src_port);
	if (meta->direct)
		fprintf(account, ", direct to port %u", meta->dst_port);
	else if (meta->replica)
		fprintf(account, ", replica: leg %u of rule %u", meta->leg, meta->rule);
	fputc('\n', account);
}

/* Name and value of a field that is not zero. */
static void key_field(FILE *account, const uint32_t *key, const char *name, uint32_t lsb,
		      uint32_t width)
{
	uint64_t low = frl_bits(key, lsb, width < 64 ? width : 64);
	uint64_t high = width > 64 ? frl_bits(key, lsb + 64, width - 64) : 0;

	if (high)
		fprintf(account, "parse: %s 0x%llx%016llx\n", name, (unsigned long long)high,
			(unsigned long long)low);
	else if (low)
		fprintf(account, "parse: %s 0x%llx\n", name, (unsigned long long)low);
}

/* Fields that share bits: ARP's are not a target's. */
static bool shown(const struct frl_model_parsed *p, uint32_t lsb, uint32_t width)
{
	bool arp = (lsb == FRL_KEY_ARP_SHA_LSB && width == FRL_KEY_ARP_SHA_W) ||
		   (lsb == FRL_KEY_ARP_THA_LSB && width == FRL_KEY_ARP_THA_W);
	bool target = lsb == FRL_KEY_ND_TARGET_LSB && width == FRL_KEY_ND_TARGET_W;

	return p->l3_type == FRL_L3_TYPE_ARP ? !target : !arp;
}

void frl_account_parse(FILE *account, const struct frl_model_parsed *parsed)
{
	if (!account)
		return;
	if (parsed->punt != FRL_PUNT_NONE) {
		fprintf(account, "parse: %s\n", frl_punt_text(parsed->punt));
		return;
	}
	fprintf(account,
		"parse: Ethernet at %u, L3 (%s) at %u, L4 (%s) at %u, flow hash 0x%08x%s\n",
		parsed->base, frl_l3_type_name(parsed->l3_type), parsed->l3_off,
		frl_l4_type_name(parsed->l4_type), parsed->l4_off, parsed->hash,
		parsed->routing ? ", routing header" : "");
#define FIELD(name, lsb, width)        \
	if (shown(parsed, lsb, width)) \
		key_field(account, parsed->key, #name, lsb, width);
	FRL_KEY_FIELDS(FIELD)
#undef FIELD
}

static void edit_names(FILE *account, uint32_t edits)
{
	static const char *const name[] = { "decap",	  "set_eth_src", "set_eth_dst",
					    "set_ip_src", "set_ip_dst",	 "set_ttl",
					    "dec_ttl",	  "set_tp_src",	 "set_tp_dst",
					    "encap" };

	for (uint32_t i = 0; i < sizeof(name) / sizeof(*name); i++)
		if (edits >> i & 1)
			fprintf(account, " %s", name[i]);
}

void frl_account_leg(FILE *account, uint32_t index, const uint32_t *leg)
{
	if (!account)
		return;
	fprintf(account, "action: leg %u: pop %u, edits", index,
		(unsigned int)FRL_ROW_GET(leg, LEG, POP));
	edit_names(account, FRL_ROW_GET(leg, LEG, EDITS));
	fprintf(account, ", push %u, to %s %u, next leg %u\n",
		(unsigned int)FRL_ROW_GET(leg, LEG, PUSH),
		frl_dest_name(FRL_ROW_GET(leg, LEG, DEST)),
		(unsigned int)FRL_ROW_GET(leg, LEG, DEST_ID),
		(unsigned int)FRL_ROW_GET(leg, LEG, NEXT_LEG));
}

void frl_account_encap(FILE *account, uint32_t index, const uint32_t *row)
{
	if (account)
		fprintf(account, "edit: encap %u, VNI %u\n", index,
			(unsigned int)FRL_ROW_GET(row, ENCAP, VNI));
}

void frl_account_result(FILE *account, const struct frl_model_result *result)
{
	if (!account)
		return;
	if (result->leave != FRL_DROP_NONE)
		fprintf(account, "verdict: dropped, %s\n", frl_drop_text(result->leave));
	else if (result->port == FRL_PORT_HOST)
		fprintf(account, "verdict: %zu bytes to the host, queue pair %u, reason %s\n",
			result->len, result->rxpair, frl_punt_name(result->reason));
	else
		fprintf(account, "verdict: %zu bytes to port %u\n", result->len, result->port);
	if (result->next_leg)
		fprintf(account, "verdict: a copy follows with leg %u\n", result->next_leg);
}
