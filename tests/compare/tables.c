// SPDX-License-Identifier: BSD-3-Clause
/* Places rules and changes them in flight; see tables.h. */
#include "tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Entries of the longest change: legs, encap entries, key, rule, TCAM, slots, fence, drain, clear. */
#define LONGEST 24

/* ---- Entries of the ring ---- */

static struct frl_upd_entry *entry(struct tables *t, uint8_t op, uint32_t **row)
{
	struct frl_upd_entry *e;
	uint32_t *unused;

	/* Every change asks for room before it begins; at the start the ring is waited for. */
	while (!(e = card_entry(t->card, row ? row : &unused))) {
		card_publish(t->card);
		frl_rtl_step(t->card->rtl, 16);
		if (t->card->error)
			abort();
	}
	e->op = op;
	return e;
}

/* Broken words: never in the way of what is written for others. */
static bool spoil(struct tables *t, struct tables_rule *r, uint8_t table)
{
	if (!r || !rng_percent(&t->rng, t->plan->spoil / 5))
		return false;
	if (t->plan->spoil_table != FRL_TABLE_COUNT && t->plan->spoil_table != table)
		return false;
	r->spoiled = true;
	t->spoiled[table]++;
	return true;
}

static uint16_t flip_of(struct tables *t, uint8_t table)
{
	static const uint16_t width[FRL_TABLE_COUNT] = {
		[FRL_TABLE_BANK] = FRL_ROW_BANK_W, [FRL_TABLE_SLOT] = FRL_ROW_SLOT_W,
		[FRL_TABLE_KEY] = FRL_KEY_BITS,	   [FRL_TABLE_RULE] = FRL_ROW_RULE_W,
		[FRL_TABLE_LEG] = FRL_ROW_LEG_W,   [FRL_TABLE_ENCAP] = FRL_ROW_ENCAP_W,
		[FRL_TABLE_TEAM] = FRL_ROW_TEAM_W, [FRL_TABLE_TCAM_MASK] = FRL_KEY_BITS,
	};

	if (table == FRL_TABLE_TCAM)
		return (uint16_t)(1 + rng_range(&t->rng, FRL_TCAM_PRIO_LSB, FRL_TCAM_VALID_LSB));
	return (uint16_t)(1 + rng_below(&t->rng, width[table]));
}

/* `r`: whose word it is, and may break; NULL: it stays whole. */
static void put_row(struct tables *t, struct tables_rule *r, uint8_t table, uint32_t index,
		    const uint32_t *from, uint32_t words)
{
	uint32_t *row;
	struct frl_upd_entry *e = entry(t, FRL_UPD_OP_WRITE, &row);

	e->table = table;
	e->index = index;
	memcpy(row, from, 4 * words);
	if (spoil(t, r, table))
		e->flip = flip_of(t, table);
}

/* ---- Rows that are free ---- */

/* A free one of n, from a random one on; 0 is never given; 0: none. */
static uint32_t take(struct tables *t, uint8_t *used, uint32_t n)
{
	uint32_t at = rng_below(&t->rng, n);

	for (uint32_t i = 0; i < n; i++, at = at + 1 < n ? at + 1 : 0) {
		if (at && !used[at]) {
			used[at] = 1;
			return at;
		}
	}
	return 0;
}

/* Entries of the TCAM are numbered from 0; UINT32_MAX: none is free. */
static uint32_t take_tcam(struct tables *t)
{
	return take(t, t->tcam_used, t->plan->sizes.tcam + 1) - 1;
}

static uint32_t slot_number(const struct tables *t, uint32_t bank, uint32_t sub, uint32_t row,
			    uint32_t way)
{
	uint32_t slots = t->plan->sizes.bank_slots;

	return bank * slots + (sub * slots / 8 + row) * 4 + way;
}

static uint32_t slot_number_of(const struct tables *t, uint32_t index)
{
	return slot_number(t, index >> 24 & 0x1f, index >> 20 & 1, index & 0xffff, index >> 16 & 3);
}

static uint32_t log2_of(uint32_t n)
{
	return 31 - (uint32_t)__builtin_clz(n);
}

/* A place for a rule in the banks of its mask: index of table SLOT and the fingerprint; false: there is none. */
static bool find_slot(struct tables *t, const struct plan_rule *rule, uint32_t *index, uint32_t *fp)
{
	uint32_t banks = t->plan->sizes.banks, first = rng_below(&t->rng, 2 * banks);
	uint64_t nh = frl_model_nh(rule->key);

	for (uint32_t i = 0; i < 2 * banks; i++) {
		uint32_t bank = (first + i) % (2 * banks) / 2, sub = (first + i) & 1, h, row;

		if (t->plan->bank_mask[bank] != rule->mask)
			continue;
		h = frl_model_hash(nh, bank, sub);
		row = h >> (32 - log2_of(t->plan->sizes.bank_slots / 8));
		for (uint32_t w = 0, way = rng_below(&t->rng, 4); w < 4; w++, way = (way + 1) & 3) {
			if (t->slot_used[slot_number(t, bank, sub, row, way)])
				continue;
			*index = bank << 24 | sub << 20 | way << 16 | row;
			*fp = h & ((1u << FRL_SLOT_FP_W) - 1);
			return true;
		}
	}
	return false;
}

/* ---- Parts of a change ---- */

static void publish_slot(struct tables *t, struct tables_rule *r, const struct plan_rule *rule,
			 uint32_t index, uint32_t fp)
{
	uint32_t row[2] = { 0 };

	row_set(row, FRL_SLOT_VALID_LSB, FRL_SLOT_VALID_W, 1);
	row_set(row, FRL_SLOT_FP_LSB, FRL_SLOT_FP_W, fp);
	row_set(row, FRL_SLOT_PRIO_LSB, FRL_SLOT_PRIO_W, rule->prio);
	row_set(row, FRL_SLOT_RULE_LSB, FRL_SLOT_RULE_W, r->id);
	t->slot_used[slot_number_of(t, index)] = 1;
	r->at = index;
	put_row(t, r, FRL_TABLE_SLOT, index, row, 2);
}

static void clear_slot(struct tables *t, uint32_t index)
{
	uint32_t row[2] = { 0 };

	put_row(t, NULL, FRL_TABLE_SLOT, index, row, 2);
	t->slot_used[slot_number_of(t, index)] = 0;
}

static void clear_tcam(struct tables *t, uint32_t index)
{
	uint32_t row[FRL_MODEL_ROW_WORDS] = { 0 };

	put_row(t, NULL, FRL_TABLE_TCAM, index, row, FRL_MODEL_ROW_WORDS);
	t->tcam_used[index + 1] = 0;
}

/* Its row invalid, its mask, its row (chip.toml, [row.tcam]). */
static void publish_tcam(struct tables *t, struct tables_rule *r, const struct plan_rule *rule,
			 uint32_t index)
{
	uint32_t row[FRL_MODEL_ROW_WORDS] = { 0 };

	put_row(t, NULL, FRL_TABLE_TCAM, index, row, FRL_MODEL_ROW_WORDS);
	put_row(t, r, FRL_TABLE_TCAM_MASK, index, rule->own_mask.bits, FRL_KEY_WORDS);
	memcpy(row, rule->key, FRL_KEY_BYTES);
	row_set(row, FRL_TCAM_PRIO_LSB, FRL_TCAM_PRIO_W, rule->prio);
	row_set(row, FRL_TCAM_RULE_LSB, FRL_TCAM_RULE_W, r->id);
	row_set(row, FRL_TCAM_VALID_LSB, FRL_TCAM_VALID_W, 1);
	t->tcam_used[index + 1] = 1;
	r->at = index;
	put_row(t, r, FRL_TABLE_TCAM, index, row, FRL_MODEL_ROW_WORDS);
}

static void release(struct tables *t, uint32_t legs, const uint32_t *leg, const uint32_t *encap)
{
	for (uint32_t i = 0; i < legs; i++) {
		t->leg_used[leg[i]] = 0;
		if (encap[i])
			t->encap_used[encap[i]] = 0;
	}
}

/* Legs and encap entries of a version of its actions, in rows that nobody uses; false: no room. */
static bool write_actions(struct tables *t, uint32_t i)
{
	struct tables_rule *r = &t->rule[i];
	struct plan_actions actions;

	plan_actions(t->plan, i, r->version, &actions);
	memset(r->encap, 0, sizeof(r->encap));
	for (r->legs = 0; r->legs < actions.legs; r->legs++) {
		uint32_t n = r->legs, leg = take(t, t->leg_used, t->plan->sizes.legs);
		uint32_t encap = leg && actions.leg[n].encaps
					 ? take(t, t->encap_used, t->plan->sizes.encaps)
					 : 0;

		if (!leg)
			break;
		r->leg[n] = leg;
		r->encap[n] = encap;
	}
	if (!r->legs)
		return false;
	for (uint32_t n = 0; n < r->legs; n++) {
		uint32_t *row = actions.leg[n].row;

		row_set(row, FRL_LEG_NEXT_LEG_LSB, 16, n + 1 < r->legs ? r->leg[n + 1] : 0);
		row_set(row, FRL_LEG_ENCAP_LSB, 16, r->encap[n]);
		if (r->encap[n])
			put_row(t, r, FRL_TABLE_ENCAP, r->encap[n], actions.leg[n].encap,
				FRL_ROW_ENCAP_W / 32);
		put_row(t, r, FRL_TABLE_LEG, r->leg[n], row, FRL_ROW_LEG_W / 32);
	}
	return true;
}

static void write_rule(struct tables *t, struct tables_rule *r)
{
	uint32_t row[2] = { 0 };

	row_set(row, FRL_RULE_LEG_LSB, FRL_RULE_LEG_W, r->leg[0]);
	put_row(t, r, FRL_TABLE_RULE, r->id, row, 2);
}

static void write_key(struct tables *t, struct tables_rule *r, const struct plan_rule *rule)
{
	uint32_t key[FRL_KEY_WORDS];

	memcpy(key, rule->key, sizeof(key));
	/* A fingerprint that lies: the slot says one key, the store has another. */
	if (rule->lies && !rule->in_tcam)
		key[rng_below(&t->rng, FRL_KEY_WORDS)] ^= 1u << rng_below(&t->rng, 32);
	put_row(t, r, FRL_TABLE_KEY, r->id, key, FRL_KEY_WORDS);
}

/* ---- Changes ---- */

static struct tables_pending *pend(struct tables *t, enum tables_op op, uint32_t rule)
{
	struct tables_pending *p = &t->pending[t->pendings++];

	memset(p, 0, sizeof(*p));
	p->op = op;
	p->rule = rule;
	return p;
}

static void close_change(struct tables *t, struct tables_pending *p)
{
	p->end = t->card->upd_head;
	card_publish(t->card);
}

static bool insert(struct tables *t, uint32_t i)
{
	const struct plan_rule *rule = &t->plan->rule[i];
	struct tables_rule *r = &t->rule[i];
	uint32_t index = 0, fp = 0;

	if (t->plan->reduce->drop_rule[i])
		return false;
	if (rule->in_tcam ? (index = take_tcam(t)) == UINT32_MAX : !find_slot(t, rule, &index, &fp))
		return false;
	/* Its own number the first time, unless one that another has left is to be used again. */
	r->id = t->rule_of[rule->id] ? UINT32_MAX : rule->id;
	if (t->free_id_count && (r->id == UINT32_MAX || rng_percent(&t->rng, 50)))
		r->id = t->free_ids[--t->free_id_count];
	if (r->id == UINT32_MAX || !write_actions(t, i)) {
		if (rule->in_tcam)
			t->tcam_used[index + 1] = 0;
		return false;
	}
	r->spoiled = false;
	t->rule_of[r->id] = (uint16_t)(i + 1);
	write_key(t, r, rule);
	write_rule(t, r);
	if (rule->in_tcam)
		publish_tcam(t, r, rule, index);
	else
		publish_slot(t, r, rule, index, fp);
	r->state = TABLES_BUSY;
	return true;
}

static void begin_insert(struct tables *t, uint32_t i)
{
	if (insert(t, i))
		close_change(t, pend(t, TABLES_INSERT, i));
}

static void take_over(struct tables_pending *p, const struct tables_rule *r)
{
	p->legs = r->legs;
	memcpy(p->leg, r->leg, sizeof(p->leg));
	memcpy(p->encap, r->encap, sizeof(p->encap));
}

static void begin_remove(struct tables *t, uint32_t i)
{
	struct tables_rule *r = &t->rule[i];
	struct tables_pending *p = pend(t, TABLES_REMOVE, i);

	if (t->plan->rule[i].in_tcam)
		clear_tcam(t, r->at);
	else
		clear_slot(t, r->at);
	entry(t, FRL_UPD_OP_DRAIN, NULL);
	entry(t, FRL_UPD_OP_COUNTER_CLEAR, NULL)->index = r->id;
	take_over(p, r);
	r->state = TABLES_BUSY;
	close_change(t, p);
}

static void begin_move(struct tables *t, uint32_t i)
{
	const struct plan_rule *rule = &t->plan->rule[i];
	struct tables_rule *r = &t->rule[i];
	uint32_t old = r->at, index, fp;

	if (rule->in_tcam) {
		index = take_tcam(t);
		if (index == UINT32_MAX)
			return;
		publish_tcam(t, r, rule, index);
		entry(t, FRL_UPD_OP_LOOKUP_FENCE, NULL);
		clear_tcam(t, old);
	} else {
		if (!find_slot(t, rule, &index, &fp))
			return;
		publish_slot(t, r, rule, index, fp);
		entry(t, FRL_UPD_OP_LOOKUP_FENCE, NULL);
		clear_slot(t, old);
	}
	r->state = TABLES_BUSY;
	close_change(t, pend(t, TABLES_MOVE, i));
}

/* Other actions: new rows, one word, and the old rows are free after a drain. */
static void begin_swing(struct tables *t, uint32_t i)
{
	struct tables_rule *r = &t->rule[i];
	struct tables_pending *p = pend(t, TABLES_SWING, i);

	take_over(p, r);
	r->version++;
	if (!write_actions(t, i)) {
		r->legs = p->legs;
		memcpy(r->leg, p->leg, sizeof(p->leg));
		memcpy(r->encap, p->encap, sizeof(p->encap));
		t->pendings--;
		return;
	}
	write_rule(t, r);
	entry(t, FRL_UPD_OP_DRAIN, NULL);
	r->state = TABLES_BUSY;
	close_change(t, p);
}

static void begin_hash(struct tables *t)
{
	struct tables_pending *p;
	struct frl_upd_entry *e;
	uint32_t n = rng_range(&t->rng, 1, CARD_HASH_KEYS);

	for (uint32_t i = 0; i < t->pendings; i++) {
		if (t->pending[i].op == TABLES_HASH)
			return;
	}
	for (uint32_t i = 0; i < n; i++)
		memcpy(card_hash_key(t->card, i),
		       t->plan->rule[rng_below(&t->rng, t->plan->rules)].key, FRL_KEY_BYTES);
	p = pend(t, TABLES_HASH, 0);
	p->keys = n;
	e = entry(t, FRL_UPD_OP_HASH, NULL);
	e->src = CARD_HASH_KEYS_AT;
	e->dst = CARD_HASH_SUMS_AT;
	e->stride = FRL_KEY_BYTES;
	e->count = n;
	close_change(t, p);
}

/* ---- Ends ---- */

static void finish(struct tables *t, const struct tables_pending *p)
{
	struct tables_rule *r = &t->rule[p->rule];

	t->done[p->op]++;
	release(t, p->legs, p->leg, p->encap);
	if (p->op == TABLES_HASH) {
		for (uint32_t i = 0; i < p->keys; i++) {
			if (card_hash_sum(t->card, i) != frl_model_nh(card_hash_key(t->card, i)))
				t->error = "HASH gave a wrong sum";
		}
		return;
	}
	r->state = p->op == TABLES_REMOVE ? TABLES_OUT : TABLES_IN;
	if (p->op == TABLES_REMOVE) {
		t->cleared(t->arg, r->id);
		t->free_ids[t->free_id_count++] = r->id;
		r->version++;
	}
}

static void begin_some(struct tables *t)
{
	uint32_t i = rng_below(&t->rng, t->plan->rules);
	const struct tables_rule *r = &t->rule[i];
	uint32_t pick = rng_below(&t->rng, 10);

	if (rng_percent(&t->rng, 4))
		begin_hash(t);
	else if (r->state == TABLES_OUT)
		begin_insert(t, i);
	else if (r->state == TABLES_IN && (pick < 3 || r->spoiled))
		begin_remove(t, i);
	else if (r->state == TABLES_IN && pick < 7)
		begin_move(t, i);
	else if (r->state == TABLES_IN)
		begin_swing(t, i);
}

void tables_step(struct tables *t, bool more)
{
	uint32_t tail = t->pendings || t->card->upd_room < LONGEST ? card_tail(t->card) : 0, n = 0;

	while (n < t->pendings && (int32_t)(tail - t->pending[n].end) >= 0)
		finish(t, &t->pending[n++]);
	t->pendings -= n;
	memmove(t->pending, t->pending + n, t->pendings * sizeof(t->pending[0]));
	if (t->card->upd_room < LONGEST)
		t->card->upd_room = CARD_RING - (t->card->upd_head - tail);
	if (more && t->card->upd_room >= LONGEST && t->pendings < TABLES_PENDING)
		begin_some(t);
}

const struct plan_rule *tables_rule_of(const struct tables *t, uint32_t id)
{
	return id < t->plan->sizes.rules && t->rule_of[id] ? &t->plan->rule[t->rule_of[id] - 1]
							   : NULL;
}

/* ---- The beginning ---- */

static void write_banks(struct tables *t)
{
	for (uint32_t b = 0; b < t->plan->sizes.banks; b++) {
		uint32_t row[FRL_ROW_BANK_W / 32] = { 0 };
		struct tables_rule whole = { 0 };

		if (t->plan->bank_mask[b] == PLAN_MASKS)
			continue;
		memcpy(row, t->plan->mask[t->plan->bank_mask[b]].bits, FRL_KEY_BYTES);
		row_set(row, FRL_BANK_ENABLE_LSB, FRL_BANK_ENABLE_W, 1);
		put_row(t, t->plan->spoil_table == FRL_TABLE_BANK ? &whole : NULL, FRL_TABLE_BANK,
			b, row, FRL_ROW_BANK_W / 32);
	}
}

int tables_start(struct tables *t, struct card *card, const struct plan *plan)
{
	const struct frl_model_sizes *sizes = &plan->sizes;

	memset(t, 0, sizeof(*t));
	t->card = card;
	t->plan = plan;
	t->rng = rng_of(plan->seed, 100, 0);
	t->slot_used = calloc(sizes->banks, sizes->bank_slots);
	t->leg_used = calloc(1, sizes->legs);
	t->encap_used = calloc(1, sizes->encaps);
	t->tcam_used = calloc(1, sizes->tcam + 1);
	t->rule_of = calloc(sizes->rules, sizeof(*t->rule_of));
	if (!t->slot_used || !t->leg_used || !t->encap_used || !t->tcam_used || !t->rule_of)
		return -ENOMEM;
	write_banks(t);
	for (uint32_t i = 0; i < plan->teams; i++) {
		struct tables_rule whole = { 0 };

		put_row(t, &whole, FRL_TABLE_TEAM, i, plan->team[i], FRL_ROW_TEAM_W / 32);
	}
	for (uint32_t i = 0; i < plan->at_start; i++) {
		if (insert(t, i))
			t->rule[i].state = TABLES_IN;
	}
	card_publish(card);
	return 0;
}
