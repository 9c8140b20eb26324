/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcam.h"

#include <string.h>

#include "card.h"
#include "row.h"

void tcam_alloc(struct tcam *t, struct arena *a, uint32_t size)
{
	pool_init(&t->pool, a, 0, size);
}

void tcam_disable(struct card *c)
{
	for (uint32_t entry = 0; entry < c->tcam.pool.size; entry++)
		update_write(&c->update, FRL_TABLE_TCAM, entry);
}

static void link_entry(struct tcam *t, struct mask *mask, uint32_t entry)
{
	t->entry[entry].prev = POOL_NONE;
	t->entry[entry].next = mask->tcam;
	if (mask->tcam != POOL_NONE)
		t->entry[mask->tcam].prev = entry;
	mask->tcam = entry;
	mask->tcam_count++;
}

static void unlink_entry(struct tcam *t, struct mask *mask, uint32_t entry)
{
	const struct tcam_entry *e = &t->entry[entry];

	if (e->prev == POOL_NONE)
		mask->tcam = e->next;
	else
		t->entry[e->prev].next = e->next;
	if (e->next != POOL_NONE)
		t->entry[e->next].prev = e->prev;
	mask->tcam_count--;
}

/* The row is compared under the mask as it stood when the row was written. */
static void write_entry(struct card *c, uint32_t entry, const struct rule *r, uint32_t rule)
{
	const struct mask *mask = &c->masks.mask[r->mask];
	uint32_t *row;

	update_write(&c->update, FRL_TABLE_TCAM, entry);
	memcpy(update_write(&c->update, FRL_TABLE_TCAM_MASK, entry), mask->key, sizeof(mask->key));
	row = update_write(&c->update, FRL_TABLE_TCAM, entry);
	memcpy(row, r->key, sizeof(r->key));
	FRL_PUT(row, TCAM_PRIO, r->prio);
	FRL_PUT(row, TCAM_RULE, rule);
	FRL_PUT(row, TCAM_VALID, 1);
}

void tcam_insert(struct card *c, uint32_t rule)
{
	struct tcam *t = &c->tcam;
	struct rule *r = &c->rules.rule[rule];
	uint32_t entry = pool_take(&t->pool);

	write_entry(c, entry, r, rule);
	t->entry[entry].rule = rule;
	link_entry(t, &c->masks.mask[r->mask], entry);
	r->place = entry;
	r->in_tcam = true;
}

void tcam_remove(struct card *c, uint32_t entry)
{
	struct tcam *t = &c->tcam;
	const struct rule *r = &c->rules.rule[t->entry[entry].rule];

	update_write(&c->update, FRL_TABLE_TCAM, entry);
	unlink_entry(t, &c->masks.mask[r->mask], entry);
	pool_free(&t->pool, entry);
}
