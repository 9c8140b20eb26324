// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Counters, in memory that the card writes. There are two areas: conversation g with firmware
 * uses area g % 2, so what was counted before the card was lost still stands in the other one
 * when rules are added again.
 */
#include "frl.h"

static struct frl_counter *area(const struct frl_pf *pf, u32 generation)
{
	return pf->counters[generation % 2];
}

static void free_areas(struct frl_pf *pf)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pf->counters); i++) {
		if (pf->counters[i])
			dma_free_coherent(&pf->pdev->dev, pf->counter_bytes, pf->counters[i],
					  pf->counters_dma[i]);
		pf->counters[i] = NULL;
	}
}

static int alloc_areas(struct frl_pf *pf, u32 bytes)
{
	unsigned int i;

	pf->counter_bytes = bytes;
	for (i = 0; i < ARRAY_SIZE(pf->counters); i++) {
		pf->counters[i] =
			dma_alloc_coherent(&pf->pdev->dev, bytes, &pf->counters_dma[i], GFP_KERNEL);
		if (!pf->counters[i]) {
			free_areas(pf);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * frl_counters_start() - have the card write its counters
 * @pf: card, after HELLO; fw_lock is held
 *
 * Return: 0 or a negative errno value.
 */
int frl_counters_start(struct frl_pf *pf)
{
	u32 bytes = pf->hello.counter_bytes, now = pf->admin.generation;
	int err;

	/* Readers take no lock, so the areas stay as long as the driver is bound. */
	if (!pf->counters[0]) {
		if (pf->hello.rules > FRL_RULES_MAX ||
		    bytes != FRL_COUNTER_AREA_BYTES(pf->hello.rules))
			goto err_size;
		pf->rules = pf->hello.rules;
		err = alloc_areas(pf, bytes);
		if (err)
			return err;
	} else if (bytes != pf->counter_bytes || pf->hello.rules != pf->rules) {
		goto err_size;
	}
	memset(area(pf, now), 0, bytes);
	return frl_admin_counters_set(&pf->admin, pf->counters_dma[now % 2], bytes);
err_size:
	pci_err(pf->pdev, "firmware has %u rules and %u bytes of counters, it had %u and %u\n",
		pf->hello.rules, bytes, pf->rules, pf->counter_bytes);
	return -EPROTO;
}

/**
 * frl_counters_free() - memory of the counters
 * @pf: card, after its reset
 */
void frl_counters_free(struct frl_pf *pf)
{
	free_areas(pf);
}

/*
 * Packets and bytes that belong together: the card writes an entry at once, we may read in
 * between.
 */
static struct frl_counter read_entry(const struct frl_pf *pf, u32 generation, u32 index)
{
	const struct frl_counter *at = area(pf, generation);
	struct frl_counter c = { 0, 0 };

	if (!at || index >= pf->counter_bytes / sizeof(c))
		return c;
	at += index;
	do {
		c.packets = READ_ONCE(at->packets);
		/* Each read sees memory as it was after the one before. */
		rmb();
		c.bytes = READ_ONCE(at->bytes);
		/* The same once more. */
		rmb();
	} while (READ_ONCE(at->packets) != c.packets);
	return c;
}

/**
 * frl_counter_at() - an entry of the counter area
 * @pf: card
 * @index: see FRL_COUNTER_RULE() and the like
 *
 * Return: its value; zero for an entry that does not exist.
 */
struct frl_counter frl_counter_at(const struct frl_pf *pf, u32 index)
{
	return read_entry(pf, READ_ONCE(pf->admin.generation), index);
}

void frl_counter_read(struct frl_pf *pf, u32 counter, u64 *packets, u64 *bytes)
{
	struct frl_counter c = { 0, 0 };

	if (counter < pf->rules)
		c = frl_counter_at(pf, FRL_COUNTER_RULE(pf->rules) + counter);
	*packets = c.packets;
	*bytes = c.bytes;
}

void frl_rule_counts(struct frl_pf *pf, const struct frl_rule_ref *ref, u64 *packets, u64 *bytes)
{
	u32 age = READ_ONCE(pf->admin.generation) - ref->generation;
	struct frl_counter c = { 0, 0 };

	if (age < ARRAY_SIZE(pf->counters) && ref->counter < pf->rules)
		c = read_entry(pf, ref->generation, FRL_COUNTER_RULE(pf->rules) + ref->counter);
	*packets = c.packets;
	*bytes = c.bytes;
}

/* ---- Totals of a port ---- */

/**
 * frl_port_totals() - what passed a port, by hardware and by the slow path
 * @pf: card
 * @port: card port number
 * @totals: out: by enum frl_port_counter, since the card was first seen
 *
 * Takes a spin lock only.
 */
void frl_port_totals(struct frl_pf *pf, u8 port, struct frl_counter totals[FRL_PORT_COUNTER_COUNT])
{
	const struct frl_port_base *base = &pf->base[port];
	unsigned int i;

	spin_lock_bh(&pf->totals_lock);
	for (i = 0; i < FRL_PORT_COUNTER_COUNT; i++) {
		u32 index = FRL_COUNTER_PORT(pf->rules) + port * FRL_PORT_COUNTER_COUNT + i;
		struct frl_counter now = { 0, 0 };

		if (!base->still)
			now = frl_counter_at(pf, index);
		totals[i].packets = base->counter[i].packets + now.packets;
		totals[i].bytes = base->counter[i].bytes + now.bytes;
	}
	spin_unlock_bh(&pf->totals_lock);
}

/**
 * frl_totals_lost() - totals stand still from now on
 * @pf: card, about to lose its conversation with firmware; fw_lock is held
 */
void frl_totals_lost(struct frl_pf *pf)
{
	struct frl_counter now[FRL_PORT_COUNTER_COUNT];
	unsigned int port;

	lockdep_assert_held(&pf->fw_lock);
	if (pf->totals_lost)
		return;
	memcpy(pf->base_before, pf->base, sizeof(pf->base));
	for (port = 0; port < FRL_N_PORTS; port++) {
		frl_port_totals(pf, port, now);
		spin_lock_bh(&pf->totals_lock);
		memcpy(pf->base[port].counter, now, sizeof(now));
		pf->base[port].still = true;
		spin_unlock_bh(&pf->totals_lock);
	}
	pf->totals_lost = true;
}

/**
 * frl_totals_back() - totals go on
 * @pf: card, with a new conversation; fw_lock is held
 * @restarted: the card counts from zero; else from where it was
 */
void frl_totals_back(struct frl_pf *pf, bool restarted)
{
	unsigned int port;

	lockdep_assert_held(&pf->fw_lock);
	if (!pf->totals_lost)
		return;
	spin_lock_bh(&pf->totals_lock);
	if (!restarted)
		memcpy(pf->base, pf->base_before, sizeof(pf->base));
	for (port = 0; port < FRL_N_PORTS; port++)
		pf->base[port].still = false;
	spin_unlock_bh(&pf->totals_lock);
	pf->totals_lost = false;
}
