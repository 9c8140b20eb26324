// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Rules: filters that are in the card, or ought to be. */
#include <net/pkt_cls.h>

#include "frl_tc.h"

static const struct rhashtable_params table_params = {
	.key_len = sizeof(struct frl_tc_rule_key),
	.key_offset = offsetof(struct frl_tc_rule, key),
	.head_offset = offsetof(struct frl_tc_rule, node),
	.automatic_shrinking = true,
};

int frl_tc_table_init(struct frl_tc *tc)
{
	return rhashtable_init(&tc->table, &table_params);
}

void frl_tc_table_fini(struct frl_tc *tc)
{
	rhashtable_destroy(&tc->table);
}

static struct frl_tc_rule *find(struct frl_tc_bind *bind, unsigned long cookie)
{
	struct frl_tc_rule_key key = { .cookie = cookie, .bind = bind };

	return rhashtable_lookup_fast(&bind->tc->table, &key, table_params);
}

/* ---- Counts ---- */

/* The card's counter starts anew with the next rule: what it says now is kept. */
static void save_count(struct frl_tc_rule *rule)
{
	u64 packets, bytes;

	frl_rule_counts(rule->bind->tc->pf, &rule->ref, &packets, &bytes);
	rule->before.packets += packets;
	rule->before.bytes += bytes;
}

/* All packets since the filter was added. */
struct frl_counter frl_tc_rule_count(struct frl_tc_rule *rule)
{
	struct frl_counter c = rule->before;
	u64 packets, bytes;

	if (rule->installed) {
		frl_rule_counts(rule->bind->tc->pf, &rule->ref, &packets, &bytes);
		c.packets += packets;
		c.bytes += bytes;
	}
	return c;
}

/* ---- What the card is told ---- */

static bool falls_back(struct frl_tc_rule *rule)
{
	unsigned int i;

	if (rule->dead)
		return true;
	for (i = 0; i < rule->legs; i++)
		if (rule->leg[i].use.encap && !rule->leg[i].use.encap->ready)
			return true;
	return rule->underlay.net &&
	       frl_tc_underlay_port(rule->bind->tc, &rule->underlay) != rule->underlay.port;
}

static void host_leg(struct frl_rule_desc *desc)
{
	memset(&desc->leg[0], 0, sizeof(desc->leg[0]));
	desc->leg[0].dest = FRL_DEST_HOST;
	desc->legs = 1;
}

/* The rule as it stands now, in tc->desc. */
static const struct frl_rule_desc *make_up(struct frl_tc_rule *rule)
{
	struct frl_rule_desc *desc = &rule->bind->tc->desc;
	unsigned int i;

	memset(desc, 0, sizeof(*desc));
	desc->match = rule->match;
	desc->prio = rule->level->card;
	rule->fallback = falls_back(rule);
	if (rule->fallback) {
		host_leg(desc);
		return desc;
	}
	desc->legs = rule->legs;
	for (i = 0; i < rule->legs; i++) {
		const struct frl_tc_encap *e = rule->leg[i].use.encap;

		desc->leg[i] = rule->leg[i].leg;
		if (e) {
			desc->leg[i].dest_id = e->port;
			desc->encap[i] = e->content;
		}
	}
	return desc;
}

static void not_in_card(struct frl_tc_rule *rule, int err)
{
	struct frl_tc *tc = rule->bind->tc;

	rule->installed = false;
	tc->lost++;
	dev_err_ratelimited(&tc->pf->pdev->dev, "%s: a rule could not be installed again: %d\n",
			    rule->bind->netdev->name, err);
}

static int install(struct frl_tc_rule *rule, struct frl_why *why)
{
	struct frl_tc *tc = rule->bind->tc;
	struct frl_rule_ref ref;
	int err = frl_fw_rule_add(tc->pf, make_up(rule), &ref, why);

	if (err)
		return err;
	rule->ref = ref;
	rule->installed = true;
	return 0;
}

static void uninstall(struct frl_tc_rule *rule)
{
	struct frl_tc *tc = rule->bind->tc;
	struct frl_rule_gone gone;

	if (!rule->installed)
		return;
	if (frl_fw_rule_del(tc->pf, &rule->ref, &gone))
		dev_err_ratelimited(&tc->pf->pdev->dev, "%s: firmware did not remove a rule\n",
				    rule->bind->netdev->name);
	rule->installed = false;
}

/* Packets of a rule that falls back are counted by software: what the card counts meanwhile is
 * not told.
 */
static void change_who_counts(struct frl_tc_rule *rule, bool was)
{
	struct frl_counter now;

	if (was == rule->fallback)
		return;
	now = frl_tc_rule_count(rule);
	if (rule->fallback) {
		rule->owed.packets = now.packets - rule->told.packets;
		rule->owed.bytes = now.bytes - rule->told.bytes;
	} else {
		rule->told.packets = now.packets - rule->owed.packets;
		rule->told.bytes = now.bytes - rule->owed.bytes;
	}
}

static int swing(struct frl_tc_rule *rule, const struct frl_rule_desc *desc)
{
	struct frl_tc *tc = rule->bind->tc;
	struct frl_why why;
	int err = frl_fw_rule_swing(tc->pf, &rule->ref, desc, &why);

	if (!err)
		tc->swung++;
	else if (err != -ESTALE) /* then frl_tc_fw_restarted() adds it as it is now */
		dev_err_ratelimited(&tc->pf->pdev->dev, "%s: a rule keeps its old actions: %s\n",
				    rule->bind->netdev->name, frl_refusal_text(why.reason));
	return err;
}

/**
 * frl_tc_rule_refresh() - something that the rule depends on may have changed
 * @rule: rule
 * @encap: an encapsulation of it did
 *
 * If the card does not take the new actions, packets go to the host until it does: the old ones
 * may send them to where nobody is.
 */
void frl_tc_rule_refresh(struct frl_tc_rule *rule, bool encap)
{
	bool was = rule->fallback, is = falls_back(rule);
	struct frl_rule_desc *desc = &rule->bind->tc->desc;

	if (!rule->installed || (was == is && (is || !encap)))
		return;
	if (swing(rule, make_up(rule)) && !rule->fallback) {
		rule->fallback = true;
		host_leg(desc);
		if (!was)
			swing(rule, desc);
	}
	change_who_counts(rule, was);
}

/**
 * frl_tc_rule_shift() - move a rule to another priority
 * @rule: rule
 * @card: priority in the card; no rule that overlaps this one has it, or any between it and the
 *	present one
 *
 * The new one is added before the old one goes, so there must be room for both.
 *
 * Return: 0, or a negative errno value: the rule is where it was.
 */
int frl_tc_rule_shift(struct frl_tc_rule *rule, u16 card)
{
	struct frl_tc *tc = rule->bind->tc;
	struct frl_rule_desc *desc = &tc->desc;
	struct frl_rule_ref ref, old = rule->ref;
	struct frl_rule_gone gone;
	struct frl_why why;
	int err;

	if (!rule->installed)
		return 0;
	make_up(rule);
	desc->prio = card;
	err = frl_fw_rule_add(tc->pf, desc, &ref, &why);
	if (err)
		return err;
	frl_fw_rule_del(tc->pf, &old, &gone);
	save_count(rule);
	rule->ref = ref;
	tc->shifted++;
	return 0;
}

/* ---- Filters that replace filters ---- */

static struct frl_tc_rule *same_match(struct frl_tc_rule *rule)
{
	struct frl_tc_rule *other;

	list_for_each_entry(other, &rule->level->rules, level_list) {
		if (other != rule && other->installed && !other->twin &&
		    !memcmp(&other->match, &rule->match, sizeof(rule->match)))
			return other;
	}
	return NULL;
}

/* The older one's rule in the card gets the newer one's actions, and belongs to it. */
static int take_over(struct frl_tc_rule *rule, struct frl_tc_rule *old, struct frl_why *why)
{
	struct frl_tc *tc = rule->bind->tc;
	u64 packets, bytes;
	int err = frl_fw_rule_swing(tc->pf, &old->ref, make_up(rule), why);

	if (err)
		return err;
	frl_rule_counts(tc->pf, &old->ref, &packets,
			&bytes); /* what the counter stands at is the older one's */
	old->before.packets += packets;
	old->before.bytes += bytes;
	rule->before.packets -= packets;
	rule->before.bytes -= bytes;
	rule->ref = old->ref;
	memset(&old->ref, 0, sizeof(old->ref));
	rule->installed = true;
	old->installed = false;
	rule->twin = old;
	rule->newer = true;
	old->twin = rule;
	return 0;
}

static void part_twins(struct frl_tc_rule *rule)
{
	struct frl_tc_rule *old = rule->twin;
	struct frl_why why;
	int err;

	if (!old)
		return;
	old->twin = NULL;
	rule->twin = NULL;
	if (!rule->newer) {
		old->newer = false;
		return;
	}
	rule->newer = false;
	uninstall(rule);
	err = install(old, &why); /* the newer one is taken back */
	if (err)
		not_in_card(old, err);
}

/* ---- Add and remove ---- */

static void enlist(struct frl_tc_rule *rule)
{
	struct frl_tc *tc = rule->bind->tc;

	list_add_tail(&rule->list, &tc->rules);
	list_add_tail(&rule->level_list, &rule->level->rules);
	rule->bind->rules++;
	tc->count++;
	tc->tunnel_rules += !!rule->underlay.net;
}

/**
 * frl_tc_rule_free() - take a rule out of the card, and forget it
 * @rule: rule
 */
void frl_tc_rule_free(struct frl_tc_rule *rule)
{
	struct frl_tc *tc = rule->bind->tc;
	unsigned int i;

	part_twins(rule);
	uninstall(rule);
	rhashtable_remove_fast(&tc->table, &rule->node, table_params);
	list_del(&rule->list);
	list_del(&rule->level_list);
	frl_tc_level_put(rule->level);
	rule->bind->rules--;
	tc->count--;
	tc->tunnel_rules -= !!rule->underlay.net;
	for (i = 0; i < rule->legs; i++)
		frl_tc_encap_unuse(tc, &rule->leg[i].use);
	kfree(rule);
}

/* What was parsed becomes a rule; nothing is in the card yet. */
static struct frl_tc_rule *new_rule(const struct frl_tc_parse *p, unsigned long cookie)
{
	struct frl_tc_rule *rule = kzalloc(struct_size(rule, leg, p->desc->legs), GFP_KERNEL);
	unsigned int i;

	if (!rule)
		return NULL;
	rule->key.cookie = cookie;
	rule->key.bind = p->bind;
	rule->bind = p->bind;
	rule->match = p->desc->match;
	rule->underlay = p->underlay;
	rule->soft = p->soft;
	rule->lastused = get_jiffies_64();
	rule->legs = p->desc->legs;
	for (i = 0; i < rule->legs; i++)
		rule->leg[i].leg = p->desc->leg[i];
	return rule;
}

static int get_encaps(const struct frl_tc_parse *p, struct frl_tc_rule *rule)
{
	unsigned int i;

	for (i = 0; i < rule->legs; i++) {
		struct frl_tc_encap *e;

		if (!p->encap[i].netdev)
			continue;
		e = frl_tc_encap_get(p->tc, &p->encap[i]);
		if (!e)
			return -ENOMEM;
		frl_tc_encap_use(&rule->leg[i].use, rule, e);
		frl_tc_encap_first(p->tc, e);
	}
	if (rule->underlay.net)
		frl_tc_look_start(p->tc);
	return 0;
}

static int put_in_card(struct frl_tc_parse *p, struct frl_tc_rule *rule)
{
	struct frl_tc_rule *old;
	struct frl_why why;
	int err = install(rule, &why);

	if (err && why.reason == FRL_REFUSAL_RULE_EXISTS) {
		old = same_match(rule);
		if (old)
			err = take_over(rule, old, &why);
	}
	if (err)
		err = frl_tc_firmware_refused(p->tc, p->bind, p->extack, &why) ?: err;
	return err;
}

static int no_room(struct frl_tc_parse *p, int err)
{
	frl_tc_refuse(p->tc, p->bind, p->extack,
		      err == -ENOSPC ? FRL_REFUSAL_PRIORITIES_FULL : FRL_REFUSAL_DRIVER_MEMORY,
		      NULL);
	return err;
}

static int add(struct frl_tc_parse *p, unsigned long cookie, u32 prio)
{
	struct frl_tc *tc = p->tc;
	struct frl_tc_rule *rule = new_rule(p, cookie);
	struct frl_tc_level *level;
	int err;

	if (!rule)
		return no_room(p, -ENOMEM);
	level = frl_tc_level_get(p->bind, prio, p->flow->match.mask);
	if (IS_ERR_OR_NULL(level)) {
		kfree(rule);
		return no_room(p, level ? PTR_ERR(level) : -ENOMEM);
	}
	rule->level = level;
	err = rhashtable_insert_fast(&tc->table, &rule->node, table_params);
	if (err) {
		frl_tc_level_put(level);
		kfree(rule);
		return err == -EEXIST ? err : no_room(p, -ENOMEM);
	}
	enlist(rule);
	err = get_encaps(p, rule);
	if (err)
		no_room(p, err);
	else if (frl_tc_uplink_first(rule))
		err = frl_tc_refuse(tc, p->bind, p->extack, FRL_REFUSAL_UPLINK_FIRST, NULL);
	else
		err = put_in_card(p, rule);
	if (err)
		frl_tc_rule_free(rule);
	else
		tc->added++;
	return err;
}

/**
 * frl_tc_rule_replace() - add a filter
 * @bind: binding
 * @cookie: names the filter
 * @common: chain, priority, protocol
 * @flow: match and actions
 *
 * Return: 0 when the filter is in the card. -EOPNOTSUPP and others with a text when it is not.
 */
int frl_tc_rule_replace(struct frl_tc_bind *bind, unsigned long cookie,
			const struct flow_cls_common_offload *common, const struct flow_rule *flow)
{
	struct frl_tc *tc = bind->tc;
	struct frl_tc_parse p = {
		.tc = tc,
		.bind = bind,
		.flow = flow,
		.protocol = common->protocol,
		.extack = common->extack,
		.desc = &tc->desc,
	};
	int err;

	if (frl_legacy_on(tc->pf))
		return frl_tc_refuse(tc, bind, p.extack, FRL_REFUSAL_TC_LEGACY, NULL);
	if (bind->rep && !tc_can_offload(bind->netdev))
		return frl_tc_refuse(tc, bind, p.extack, FRL_REFUSAL_TC_OFF, bind->netdev->name);
	if (bind->refuse)
		return frl_tc_refuse(tc, bind, p.extack, bind->refuse, bind->netdev->name);
	if (common->chain_index)
		return frl_tc_refuse(tc, bind, p.extack, FRL_REFUSAL_TC_CHAIN, NULL);
	if (find(bind, cookie))
		return -EEXIST;
	err = frl_tc_match(&p);
	if (!err && p.never)
		return 0; /* nothing to be installed, counted or removed */
	if (!err)
		err = frl_tc_actions(&p);
	if (!err)
		err = add(&p, cookie, common->prio);
	return err;
}

int frl_tc_rule_destroy(struct frl_tc_bind *bind, unsigned long cookie)
{
	struct frl_tc_rule *rule = find(bind, cookie);

	if (!rule)
		return -ENOENT;
	frl_tc_rule_free(rule);
	bind->tc->removed++;
	return 0;
}

int frl_tc_rule_stats(struct frl_tc_bind *bind, unsigned long cookie, struct flow_stats *stats)
{
	struct frl_tc_rule *rule = find(bind, cookie);
	struct frl_counter now, more;

	if (!rule)
		return -ENOENT;
	if (rule->soft)
		return 0;
	now = frl_tc_rule_count(rule);
	if (rule->fallback) {
		more = rule->owed;
		memset(&rule->owed, 0, sizeof(rule->owed));
	} else {
		more.packets = now.packets - rule->told.packets;
		more.bytes = now.bytes - rule->told.bytes;
	}
	rule->told = now;
	if (more.packets)
		rule->lastused = get_jiffies_64();
	flow_stats_update(stats, more.bytes, more.packets, 0, rule->lastused,
			  FLOW_ACTION_HW_STATS_IMMEDIATE);
	return 0;
}

/* ---- A card that was away ---- */

void frl_tc_fw_restarted(struct frl_pf *pf)
{
	struct frl_tc *tc = pf->tc;
	struct frl_rule_gone gone;
	struct frl_tc_rule *rule;
	struct frl_why why;
	int err;

	if (!tc)
		return;
	mutex_lock(&tc->lock);
	list_for_each_entry(rule, &tc->rules, list) {
		if (!rule->installed || !frl_fw_rule_stale(pf, &rule->ref))
			continue;
		if (!frl_fw_in_service(pf)) /* lost again: the next recovery goes on here */
			break;
		save_count(rule);
		frl_fw_rule_del(pf, &rule->ref, &gone); /* gives back what it held */
		err = install(rule, &why);
		if (err && frl_fw_in_service(pf))
			not_in_card(rule, err);
	}
	mutex_unlock(&tc->lock);
}

static bool sends_to(const struct frl_tc_rule *rule, u8 port)
{
	unsigned int i;

	for (i = 0; i < rule->legs; i++) {
		const struct frl_leg *leg = &rule->leg[i].leg;

		if (leg->dest == FRL_DEST_PORT && leg->dest_id == port && !rule->leg[i].use.encap)
			return true;
	}
	return false;
}

/* A port that goes takes the rules of its packets with it, those of tunnel devices too. What is
 * sent to it is software's affair: mirred drops it.
 */
void frl_tc_rep_gone(struct frl_rep *rep)
{
	struct frl_tc *tc = rep->pf->tc;
	struct frl_tc_rule *rule, *next;

	if (!tc)
		return;
	mutex_lock(&tc->lock);
	list_for_each_entry_safe(rule, next, &tc->rules, list) {
		if (frl_match_says(&rule->match, FRL_F_port, rep->port)) {
			frl_tc_rule_free(rule);
		} else if (sends_to(rule, rep->port)) {
			rule->dead = true;
			frl_tc_rule_refresh(rule, false);
		}
	}
	mutex_unlock(&tc->lock);
}
