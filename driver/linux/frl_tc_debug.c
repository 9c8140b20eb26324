// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* debugfs ferrule-<PCI address>/: what is in the card by TC, and what was refused and why.
 *
 *   tc		totals, encapsulations, and refusals with their number of times
 *   tc_rules	one line a rule: where, priorities, match, legs, count
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "frl_tc.h"

/* ---- tc ---- */

static void show_refusals(struct seq_file *f, const struct frl_tc *tc)
{
	unsigned int i, kept = min_t(u64, tc->refused, FRL_TC_REFUSED_KEPT);

	for (i = 1; i < FRL_REFUSAL_COUNT; i++) {
		if (tc->refused_by[i])
			seq_printf(f, "refused %s %llu: %s\n", frl_refusal_name(i),
				   tc->refused_by[i], frl_refusal_text(i));
	}
	for (i = 0; i < kept; i++) {
		const struct frl_tc_refused *r =
			&tc->last[(tc->refused - kept + i) % FRL_TC_REFUSED_KEPT];

		seq_printf(f, "refusal %llu %s %s %s %s\n", r->number, r->ifname,
			   r->by_firmware ? "firmware" : "driver", frl_refusal_name(r->reason),
			   r->what);
	}
}

static const char *encap_state(const struct frl_tc_encap *e)
{
	if (e->gone)
		return "gone";
	return e->ready ? "ready" : "unresolved";
}

static void show_encaps(struct seq_file *f, const struct frl_tc *tc)
{
	const struct frl_tc_encap *e;

	list_for_each_entry(e, &tc->encaps, list) {
		const struct frl_encap *c = &e->content;

		seq_printf(f, "encap vni %u dst %pI4 src %pI4 udp %u tos %u ttl %u df %u",
			   e->key.vni, &e->key.dst, c->ip_src, e->key.udp_dst, e->key.tos, c->ttl,
			   e->key.df);
		seq_printf(f, " rules %u %s port %u mac %pM\n", e->refs, encap_state(e), e->port,
			   c->eth_dst);
	}
}

static int tc_show(struct seq_file *f, void *unused)
{
	struct frl_tc *tc = f->private;

	mutex_lock(&tc->lock);
	seq_printf(f, "rules %u lost %u added %llu removed %llu", tc->count, tc->lost, tc->added,
		   tc->removed);
	seq_printf(f, " swung %llu shifted %llu refused %llu\n", tc->swung, tc->shifted,
		   tc->refused);
	show_encaps(f, tc);
	show_refusals(f, tc);
	mutex_unlock(&tc->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(tc);

/* ---- tc_rules ---- */

static void show_match(struct seq_file *f, const struct frl_match *m)
{
	unsigned int i;

	for (i = 0; i < FRL_F_COUNT; i++) {
		u64 mask = frl_match_mask(m, i);

		if (mask && frl_match_means(m, i))
			seq_printf(f, " %s=0x%llx/0x%llx", frl_field_name(i), frl_match_value(m, i),
				   mask);
	}
	for (i = 0; i < m->geneves; i++) {
		const struct frl_match_geneve *w = &m->geneve[i];

		seq_printf(f, " geneve(0x%x,0x%x,%u)=0x%x/0x%x", w->opt_class, w->type, w->word,
			   w->value, w->mask);
	}
}

static void *rules_start(struct seq_file *f, loff_t *at)
{
	struct frl_tc *tc = f->private;

	mutex_lock(&tc->lock);
	return seq_list_start(&tc->rules, *at);
}

static void *rules_next(struct seq_file *f, void *v, loff_t *at)
{
	struct frl_tc *tc = f->private;

	return seq_list_next(v, &tc->rules, at);
}

static void rules_stop(struct seq_file *f, void *v)
{
	struct frl_tc *tc = f->private;

	mutex_unlock(&tc->lock);
}

/* Whether the card has the rule: yes, no longer, no. */
static const char *presence(const struct frl_tc_rule *rule)
{
	if (!rule->installed)
		return " absent";
	return frl_fw_rule_stale(rule->bind->tc->pf, &rule->ref) ? " stale" : "";
}

static int rules_show(struct seq_file *f, void *v)
{
	struct frl_tc_rule *rule = list_entry(v, struct frl_tc_rule, list);
	struct frl_counter c = frl_tc_rule_count(rule);
	unsigned int i;

	seq_printf(f, "%s prio %u card %u handle 0x%08x%s%s%s:", rule->bind->netdev->name,
		   rule->level->prio, rule->level->card, rule->ref.handle, presence(rule),
		   rule->fallback ? " fallback" : "", rule->soft ? " soft" : "");
	show_match(f, &rule->match);
	seq_puts(f, " ->");
	for (i = 0; i < rule->legs; i++) {
		const struct frl_leg *leg = &rule->leg[i].leg;

		seq_printf(f, " [edits 0x%x pop %u push %u %s %u]", leg->edits, leg->pop, leg->push,
			   frl_dest_name(leg->dest), leg->dest_id);
	}
	seq_printf(f, " packets %llu bytes %llu\n", c.packets, c.bytes);
	return 0;
}

static const struct seq_operations tc_rules_sops = {
	.start = rules_start,
	.next = rules_next,
	.stop = rules_stop,
	.show = rules_show,
};
DEFINE_SEQ_ATTRIBUTE(tc_rules);

/* ---- Folder ---- */

void frl_tc_debug_init(struct frl_tc *tc)
{
	char name[64];

	snprintf(name, sizeof(name), FRL_DRV_NAME "-%s", pci_name(tc->pf->pdev));
	tc->debugfs = debugfs_create_dir(name, NULL);
	debugfs_create_file("tc", 0400, tc->debugfs, tc, &tc_fops);
	debugfs_create_file("tc_rules", 0400, tc->debugfs, tc, &tc_rules_fops);
}

void frl_tc_debug_fini(struct frl_tc *tc)
{
	debugfs_remove_recursive(tc->debugfs);
}
