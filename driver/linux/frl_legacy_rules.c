// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Rules of legacy mode. A source is the first wire or a VF; for each destination that it may
 * reach there is one rule.
 *
 *   priority 0	unicast to the address of a VF, or of the host
 *   priority 1	multicast, to the host, which makes the copies
 *   priority 2	all else, to the wire
 *   priority 3	what was none of it (spoofed, or tagged on a port VLAN) is dropped
 *
 * The wire and the host are trunks, as is a VF without a port VLAN. A port VLAN is a tag that is
 * pushed when a frame leaves for a trunk and popped when it comes from one. Frames of the wire
 * that no rule takes go to the host.
 *
 * frl_legacy.lock is held throughout.
 */
#include "frl_legacy.h"

enum {
	PRIO_UNICAST,
	PRIO_MULTICAST,
	PRIO_REST,
	PRIO_DROP,
};

/* Destinations; 0 and up are VFs. */
enum {
	TO_HOST = -4,
	TO_MULTICAST = -3,
	TO_WIRE = -2,
	TO_NOBODY = -1,
	TO_FIRST = TO_HOST,
};

#define FROM_WIRE (-1)

static struct frl_rule_ref *rule_of(const struct frl_legacy *l, int from, int to)
{
	return &l->rule[(from - FROM_WIRE) * l->columns + to - TO_FIRST];
}

/* Whether a frame may have to go from one to the other at all. */
static bool wanted(const struct frl_legacy_table *t, int from, int to)
{
	u16 a, b;

	if (from >= t->vfs || to >= t->vfs || from == to)
		return false;
	if (from == FROM_WIRE)
		return to >= 0;
	if (to < 0)
		return true;
	a = t->vf[from].vlan;
	b = t->vf[to].vlan;
	return !a || !b || a == b;
}

static u8 prio_of(int to)
{
	switch (to) {
	case TO_MULTICAST:
		return PRIO_MULTICAST;
	case TO_WIRE:
		return PRIO_REST;
	case TO_NOBODY:
		return PRIO_DROP;
	default:
		return PRIO_UNICAST;
	}
}

static enum frl_refusal match_mac(struct frl_match *m, enum frl_field field, const u8 *mac)
{
	static const u8 all[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	return frl_match_set_be(m, field, mac, all, ETH_ALEN);
}

static enum frl_refusal match_destination(struct frl_match *m, const struct frl_legacy_table *t,
					  int to)
{
	static const u8 group[ETH_ALEN] = { 0x01 };

	switch (to) {
	case TO_HOST:
		return match_mac(m, FRL_F_eth_dst, t->host);
	case TO_MULTICAST:
		return frl_match_set_be(m, FRL_F_eth_dst, group, group, ETH_ALEN);
	case TO_WIRE:
	case TO_NOBODY:
		return FRL_REFUSAL_NONE;
	default:
		return match_mac(m, FRL_F_eth_dst, t->vf[to].mac);
	}
}

/* The tag with which a frame must come: none on a port VLAN, the destination's on a trunk. */
static enum frl_refusal match_vlan(struct frl_match *m, u16 from, u16 to)
{
	enum frl_refusal no;

	if (from)
		return frl_match_set(m, FRL_F_vlan0_present, 0, 1);
	if (!to)
		return FRL_REFUSAL_NONE;
	no = frl_match_set(m, FRL_F_vlan0_present, 1, 1);
	if (!no)
		no = frl_match_set(m, FRL_F_vlan0_tpid, ETH_P_8021Q, U16_MAX);
	if (!no)
		no = frl_match_set(m, FRL_F_vlan0_tci, to, VLAN_VID_MASK);
	return no;
}

static enum frl_refusal match(struct frl_rule_desc *d, const struct frl_legacy_table *t, int from,
			      int to)
{
	const struct frl_legacy_vf *src = from < 0 ? NULL : &t->vf[from];
	u16 to_vlan = to < 0 ? 0 : t->vf[to].vlan;
	enum frl_refusal no;

	if (to == TO_NOBODY)
		return FRL_REFUSAL_NONE;
	no = match_destination(&d->match, t, to);
	if (!no && src && src->spoofchk)
		no = match_mac(&d->match, FRL_F_eth_src, src->mac);
	if (!no)
		no = match_vlan(&d->match, src ? src->vlan : 0, to_vlan);
	return no;
}

static enum frl_refusal change_vlan(struct frl_acts *a, u16 from, u8 qos, u16 to)
{
	enum frl_refusal no;

	if (from == to)
		return FRL_REFUSAL_NONE;
	if (to)
		return frl_acts_pop_vlan(a);
	no = frl_acts_push_vlan(a, ETH_P_8021Q);
	if (!no)
		no = frl_acts_set_vid(a, from);
	if (!no)
		no = frl_acts_set_pcp(a, qos);
	return no;
}

static enum frl_refusal act(struct frl_rule_desc *d, const struct frl_legacy_table *t, int from,
			    int to)
{
	u16 from_vlan = from < 0 ? 0 : t->vf[from].vlan, to_vlan = to < 0 ? 0 : t->vf[to].vlan;
	u8 qos = from < 0 ? 0 : t->vf[from].qos;
	enum frl_refusal no;
	struct frl_acts a;

	frl_acts_init(&a, d);
	switch (to) {
	case TO_HOST:
	case TO_MULTICAST:
		/* As it came: the software path knows what to do with it. */
		no = frl_acts_host(&a, 0);
		break;
	case TO_NOBODY:
		no = frl_acts_drop(&a);
		break;
	default:
		no = change_vlan(&a, from_vlan, qos, to_vlan);
		if (!no)
			no = frl_acts_output(&a, to < 0 ? FRL_PORT_WIRE0 : FRL_PORT_VF0 + to);
		break;
	}
	return no ? no : frl_acts_finish(&a);
}

static int add(struct frl_pf *pf, const struct frl_legacy_table *t, int from, int to)
{
	u8 port = from < 0 ? FRL_PORT_WIRE0 : FRL_PORT_VF0 + from;
	struct frl_why why = { .status = FRL_STATUS_INVALID };
	struct frl_rule_desc *d;
	enum frl_refusal no;
	int err;

	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	frl_rule_init(d, port, prio_of(to));
	no = match(d, t, from, to);
	if (!no)
		no = act(d, t, from, to);
	why.reason = no;
	err = no ? -EINVAL : frl_fw_rule_add_any(pf, d, rule_of(pf->legacy, from, to), &why);
	if (err)
		pci_err(pf->pdev, "rule of port %u for legacy mode: %s\n", port,
			frl_refusal_text(why.reason));
	kfree(d);
	return err;
}

static void del(struct frl_pf *pf, int from, int to)
{
	struct frl_rule_gone gone;

	frl_fw_rule_del(pf, rule_of(pf->legacy, from, to), &gone);
}

static int last_vf(const struct frl_pf *pf)
{
	return pf->vfs;
}

/**
 * frl_legacy_rules_sync() - make rules what the table says
 * @pf: card
 * @t: table
 * @vf: only rules that have to do with this VF; -1: all
 *
 * A frame that comes meanwhile misses, and takes the software path.
 *
 * Return: 0, or the first error; all that could be installed is. A card that is lost for good is
 * not waited for rule by rule, and one that comes back gets all of them by frl_legacy_restore().
 */
int frl_legacy_rules_sync(struct frl_pf *pf, const struct frl_legacy_table *t, int vf)
{
	int from, to, err = 0, more;

	lockdep_assert_held(&pf->legacy->lock);
	for (from = FROM_WIRE; from < last_vf(pf); from++) {
		for (to = TO_FIRST; to < last_vf(pf); to++) {
			if (vf >= 0 && from != vf && to != vf)
				continue;
			del(pf, from, to);
			more = wanted(t, from, to) ? add(pf, t, from, to) : 0;
			err = err ? err : more;
			if (more && !frl_fw_in_service(pf))
				return err;
		}
	}
	return err;
}

/**
 * frl_legacy_rules_clear() - no rules any more
 * @pf: card
 */
void frl_legacy_rules_clear(struct frl_pf *pf)
{
	int from, to;

	lockdep_assert_held(&pf->legacy->lock);
	for (from = FROM_WIRE; from < last_vf(pf); from++) {
		for (to = TO_FIRST; to < last_vf(pf); to++)
			del(pf, from, to);
	}
}

/**
 * frl_legacy_drops() - frames of a VF that were dropped: spoofed, or with a tag of their own
 * @pf: card
 * @vf: number of a VF
 *
 * Return: packets since its last setting.
 */
u64 frl_legacy_drops(struct frl_pf *pf, u16 vf)
{
	u64 packets = 0, bytes;

	lockdep_assert_held(&pf->legacy->lock);
	if (rule_of(pf->legacy, vf, TO_NOBODY)->handle)
		frl_rule_counts(pf, rule_of(pf->legacy, vf, TO_NOBODY), &packets, &bytes);
	return packets;
}
