/* SPDX-License-Identifier: BSD-3-Clause */
/* Which rule a key hits: masked hash banks and TCAM (chip.toml, rows slot, bank and tcam, [hash]). */
#include "model.h"

/* The best so far. Banks and TCAM are one table: lower prio wins, on a tie the lower rule. */
struct winner {
	bool found, mask_bad;
	uint16_t prio;
	uint32_t rule;
	const uint32_t *mask;
};

static bool better(const struct winner *best, uint16_t prio, uint32_t rule)
{
	return !best->found || prio < best->prio || (prio == best->prio && rule < best->rule);
}

/* (a ^ b) & mask is zero everywhere. */
static bool matches(const uint32_t *a, const uint32_t *b, const uint32_t *mask)
{
	for (uint32_t i = 0; i < FRL_KEY_WORDS; i++)
		if ((a[i] ^ b[i]) & mask[i])
			return false;
	return true;
}

static void mask_key(const uint32_t *key, const uint32_t *mask, uint32_t *masked)
{
	for (uint32_t i = 0; i < FRL_KEY_WORDS; i++)
		masked[i] = key[i] & mask[i];
}

#define FINGERPRINT_MASK ((1u << FRL_SLOT_FP_W) - 1)

/* One row of a bank: the slots of hash h. true: one of them has bad parity. */
static bool probe(const struct frl_model_tables *tables, uint32_t b, uint32_t sub, uint32_t h,
		  struct winner *best, FILE *account)
{
	const struct frl_model_bank *bank = &tables->bank[b];
	uint32_t row = (uint64_t)h >> tables->row_shift;
	bool bad = false;

	for (uint32_t way = 0; way < FRL_SLOT_WAYS; way++) {
		const struct frl_model_slot *slot =
			&bank->slots[frl_model_slot_at(tables, sub, row, way)];

		bad |= slot->bad;
		if (account && slot->bad)
			fprintf(account, "lookup: bank %u sub %u row %u way %u: bad parity\n", b,
				sub, row, way);
		if (!slot->valid || slot->fp != (h & FINGERPRINT_MASK))
			continue;
		if (account)
			fprintf(account, "lookup: bank %u sub %u row %u way %u: rule %u prio %u\n",
				b, sub, row, way, slot->rule, slot->prio);
		if (better(best, slot->prio, slot->rule))
			*best = (struct winner){ true, bank->bad, slot->prio, slot->rule,
						 bank->mask };
	}
	return bad;
}

static bool probe_banks(const struct frl_model_tables *tables, const uint32_t *key,
			struct winner *best, FILE *account)
{
	bool bad = false;

	for (uint32_t b = 0; b < tables->sizes.banks; b++) {
		uint32_t masked[FRL_KEY_WORDS];
		uint64_t nh;

		if (!tables->bank[b].enable)
			continue;
		mask_key(key, tables->bank[b].mask, masked);
		nh = frl_model_nh(masked);
		for (uint32_t sub = 0; sub < 2; sub++)
			bad |= probe(tables, b, sub, frl_model_hash(nh, b, sub), best, account);
	}
	return bad;
}

/* Valid entries whose key matches. true: one of them has bad parity, whoever wins. */
static bool probe_tcam(const struct frl_model_tables *tables, const uint32_t *key,
		       struct winner *best, FILE *account)
{
	bool bad = false;

	for (uint32_t i = 0; i < tables->sizes.tcam; i++) {
		const struct frl_model_tcam *entry = &tables->tcam[i];
		bool mask_bad = false;
		const uint32_t *mask;

		if (!entry->valid || !matches(key, entry->key, entry->mask))
			continue;
		bad |= entry->bad;
		if (account)
			fprintf(account, "lookup: TCAM %u: rule %u prio %u%s\n", i, entry->rule,
				entry->prio, entry->bad ? ", bad parity" : "");
		if (!better(best, entry->prio, entry->rule))
			continue;
		mask = frl_model_row(&tables->tcam_mask, i, &mask_bad);
		*best = (struct winner){ true, mask_bad, entry->prio, entry->rule, mask };
	}
	return bad;
}

static uint8_t confirm(const struct frl_model_tables *tables, const uint32_t *key,
		       const struct winner *best)
{
	bool bad = best->mask_bad;
	const uint32_t *stored = frl_model_row(&tables->key, best->rule, &bad);

	if (bad)
		return FRL_PUNT_TABLE_PARITY;
	return matches(key, stored, best->mask) ? FRL_PUNT_NONE : FRL_PUNT_FINGERPRINT;
}

uint8_t frl_model_lookup(const struct frl_model_tables *tables, const uint32_t key[FRL_KEY_WORDS],
			 uint32_t *rule, FILE *account)
{
	struct winner best = { .found = false };
	uint8_t punt = FRL_PUNT_NONE;

	if (probe_banks(tables, key, &best, account))
		punt = FRL_PUNT_TABLE_PARITY;
	if (probe_tcam(tables, key, &best, account))
		punt = FRL_PUNT_TABLE_PARITY;
	if (punt == FRL_PUNT_NONE)
		punt = best.found ? confirm(tables, key, &best) : FRL_PUNT_MISS;
	*rule = best.rule;
	if (!account)
		return punt;
	if (punt == FRL_PUNT_NONE)
		fprintf(account, "lookup: rule %u prio %u\n", best.rule, best.prio);
	else
		fprintf(account, "lookup: %s\n", frl_punt_text(punt));
	return punt;
}

static void consider(const struct frl_model_tables *tables, const uint32_t *key, uint16_t prio,
		     uint32_t rule, const uint32_t *mask, struct winner *best)
{
	bool ignore = false;

	if (better(best, prio, rule) &&
	    matches(key, frl_model_row(&tables->key, rule, &ignore), mask))
		*best = (struct winner){ .found = true, .prio = prio, .rule = rule };
}

bool frl_model_best(const struct frl_model_tables *tables, const uint32_t key[FRL_KEY_WORDS],
		    uint32_t *rule)
{
	struct winner best = { .found = false };
	bool ignore = false;

	for (uint32_t b = 0; b < tables->sizes.banks; b++) {
		const struct frl_model_bank *bank = &tables->bank[b];

		for (uint32_t i = 0; bank->enable && i < tables->sizes.bank_slots; i++) {
			const struct frl_model_slot *slot = &bank->slots[i];

			if (slot->valid)
				consider(tables, key, slot->prio, slot->rule, bank->mask, &best);
		}
	}
	for (uint32_t i = 0; i < tables->sizes.tcam; i++) {
		const struct frl_model_tcam *entry = &tables->tcam[i];

		if (entry->valid)
			consider(tables, key, entry->prio, entry->rule,
				 frl_model_row(&tables->tcam_mask, i, &ignore), &best);
	}
	*rule = best.rule;
	return best.found;
}
