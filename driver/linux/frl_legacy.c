// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Legacy mode: on and off, and `ip link set <uplink> vf`. */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "frl_legacy.h"

/* ---- The table of the software path ---- */

static struct frl_legacy_table *make_table(struct frl_pf *pf)
{
	struct frl_legacy_table *t;
	unsigned int i;

	t = kzalloc(struct_size(t, vf, pf->legacy->vfs), GFP_KERNEL);
	if (!t)
		return NULL;
	t->vfs = pf->legacy->vfs;
	ether_addr_copy(t->host, pf->reps[FRL_PORT_WIRE0]->netdev->dev_addr);
	for (i = 0; i < t->vfs; i++) {
		const struct frl_vf *v = &pf->vf[i];

		ether_addr_copy(t->vf[i].mac, v->mac);
		t->vf[i].vlan = v->vlan;
		t->vf[i].qos = v->qos;
		t->vf[i].spoofchk = v->spoofchk;
		t->vf[i].trusted = v->trusted;
	}
	return t;
}

static void publish(struct frl_pf *pf, struct frl_legacy_table *t)
{
	struct frl_legacy_table *old;

	old = rcu_replace_pointer(pf->legacy_table, t, lockdep_is_held(&pf->legacy->lock));
	if (old)
		kfree_rcu(old, rcu);
}

/* Table and rules as settings are; of one VF, or of all with -1. */
static int sync_locked(struct frl_pf *pf, int vf)
{
	struct frl_legacy_table *t;

	if (!pf->legacy->on)
		return 0;
	t = make_table(pf);
	if (!t)
		return -ENOMEM;
	publish(pf, t);
	return frl_legacy_rules_sync(pf, t, vf);
}

/* ---- On and off ---- */

/**
 * frl_legacy_alloc() - memory for the rules
 * @pf: card, attached
 *
 * Return: 0 or -ENOMEM.
 */
int frl_legacy_alloc(struct frl_pf *pf)
{
	struct frl_legacy *l;

	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	mutex_init(&l->lock);
	/* Sources: VFs and the wire. Destinations: VFs, host, multicast, wire, nobody. */
	l->columns = pf->vfs + 4;
	l->rule = kvcalloc((pf->vfs + 1) * l->columns, sizeof(*l->rule), GFP_KERNEL);
	if (!l->rule) {
		kfree(l);
		return -ENOMEM;
	}
	pf->legacy = l;
	return 0;
}

/**
 * frl_legacy_free() - give it back
 * @pf: card, not in legacy mode
 */
void frl_legacy_free(struct frl_pf *pf)
{
	if (!pf->legacy)
		return;
	kvfree(pf->legacy->rule);
	kfree(pf->legacy);
	pf->legacy = NULL;
}

/**
 * frl_legacy_start() - legacy mode begins
 * @pf: card with uplinks
 * @vfs: VFs there are
 *
 * Return: 0 or a negative errno value: it has not begun.
 */
int frl_legacy_start(struct frl_pf *pf, u16 vfs)
{
	int err;

	mutex_lock(&pf->legacy->lock);
	pf->legacy->on = true;
	pf->legacy->vfs = vfs;
	err = sync_locked(pf, -1);
	mutex_unlock(&pf->legacy->lock);
	if (err)
		frl_legacy_stop(pf);
	return err;
}

/**
 * frl_legacy_stop() - it ends
 * @pf: card
 */
void frl_legacy_stop(struct frl_pf *pf)
{
	mutex_lock(&pf->legacy->lock);
	frl_legacy_rules_clear(pf);
	pf->legacy->on = false;
	publish(pf, NULL);
	mutex_unlock(&pf->legacy->lock);
}

/**
 * frl_legacy_vfs() - VFs appear or disappear
 * @pf: card in legacy mode
 * @vfs: how many there are now
 *
 * Return: 0, or a negative errno value: then the number is 0.
 */
int frl_legacy_vfs(struct frl_pf *pf, u16 vfs)
{
	int err;

	mutex_lock(&pf->legacy->lock);
	pf->legacy->vfs = vfs;
	err = sync_locked(pf, -1);
	if (err) {
		pf->legacy->vfs = 0;
		sync_locked(pf, -1);
	}
	mutex_unlock(&pf->legacy->lock);
	return err;
}

/**
 * frl_legacy_restore() - the card came back without rules, or the uplink has another address
 * @pf: card
 */
void frl_legacy_restore(struct frl_pf *pf)
{
	mutex_lock(&pf->legacy->lock);
	if (sync_locked(pf, -1))
		pci_err(pf->pdev, "rules of legacy mode are not complete\n");
	mutex_unlock(&pf->legacy->lock);
}

/**
 * frl_legacy_link() - the first wire's link, or the state of its netdev, changed
 * @pf: card
 *
 * VFs with link state "auto" follow.
 */
void frl_legacy_link(struct frl_pf *pf)
{
	unsigned int i;

	if (frl_fw_begin(pf))
		return;
	for (i = 0; i < pf->vfs; i++) {
		if (!pf->reps[FRL_PORT_VF0 + i] && frl_vf_apply_locked(pf, i))
			break;
	}
	frl_fw_end(pf);
}

/* ---- ip link set <uplink> vf ---- */

/* The card, or NULL when there is no such VF to be set in this way. Each uplink is the PF's. */
static struct frl_pf *pf_of(struct net_device *netdev, int vf, int *err)
{
	struct frl_rep *rep = netdev_priv(netdev);
	struct frl_pf *pf = rep->pf;

	*err = -EOPNOTSUPP;
	if (!frl_legacy_on(pf)) {
		netdev_info(netdev,
			    "in switchdev mode use the representor or devlink port function\n");
		return NULL;
	}
	*err = -EINVAL;
	return vf >= 0 && vf < pf->num_vfs ? pf : NULL;
}

static void set_vf(struct frl_pf *pf, int vf, const struct frl_vf *to)
{
	mutex_lock(&pf->fw_lock);
	pf->vf[vf] = *to;
	mutex_unlock(&pf->fw_lock);
}

/* Puts the changed settings into force, or takes the change back. */
static int change(struct frl_pf *pf, int vf, const struct frl_vf *want)
{
	struct frl_vf before;
	int err;

	mutex_lock(&pf->legacy->lock);
	before = pf->vf[vf];
	set_vf(pf, vf, want);
	err = sync_locked(pf, vf);
	if (!err)
		err = frl_vf_apply(pf, vf);
	if (err) {
		set_vf(pf, vf, &before);
		sync_locked(pf, vf);
	}
	mutex_unlock(&pf->legacy->lock);
	return err;
}

/**
 * frl_set_vf_mac() - ip link set vf mac
 * @netdev: uplink
 * @vf: number of a VF
 * @mac: its address; zero: the card's own
 *
 * Return: 0 or a negative errno value.
 */
int frl_set_vf_mac(struct net_device *netdev, int vf, u8 *mac)
{
	struct frl_vf want;
	struct frl_pf *pf;
	int err;

	pf = pf_of(netdev, vf, &err);
	if (!pf)
		return err;
	want = pf->vf[vf];
	if (is_zero_ether_addr(mac))
		mac = want.own_mac;
	if (!is_valid_ether_addr(mac))
		return -EINVAL;
	ether_addr_copy(want.mac, mac);
	want.mac_set = true;
	return change(pf, vf, &want);
}

/**
 * frl_set_vf_vlan() - ip link set vf vlan
 * @netdev: uplink
 * @vf: number of a VF
 * @vlan: port VLAN, 0: none
 * @qos: its priority
 * @proto: 802.1Q only
 *
 * Return: 0 or a negative errno value.
 */
int frl_set_vf_vlan(struct net_device *netdev, int vf, u16 vlan, u8 qos, __be16 proto)
{
	struct frl_vf want;
	struct frl_pf *pf;
	int err;

	pf = pf_of(netdev, vf, &err);
	if (!pf)
		return err;
	if (vlan >= VLAN_VID_MASK || qos > 7)
		return -EINVAL;
	if (proto != htons(ETH_P_8021Q))
		return -EPROTONOSUPPORT;
	want = pf->vf[vf];
	want.vlan = vlan;
	want.qos = qos;
	return change(pf, vf, &want);
}

/**
 * frl_set_vf_rate() - ip link set vf max_tx_rate, min_tx_rate
 * @netdev: uplink
 * @vf: number of a VF
 * @min_mbps: 0: none
 * @max_mbps: 0: none
 *
 * Return: 0 for no limit; -EOPNOTSUPP for one: this card has no meters.
 */
int frl_set_vf_rate(struct net_device *netdev, int vf, int min_mbps, int max_mbps)
{
	struct frl_pf *pf;
	int err;

	pf = pf_of(netdev, vf, &err);
	if (!pf)
		return err;
	if (!min_mbps && !max_mbps)
		return 0;
	netdev_info(netdev, "this card has no meters: a VF's rate cannot be limited\n");
	return -EOPNOTSUPP;
}

/**
 * frl_set_vf_spoofchk() - ip link set vf spoofchk
 * @netdev: uplink
 * @vf: number of a VF
 * @on: drop frames that have not the VF's address as source
 *
 * Return: 0 or a negative errno value.
 */
int frl_set_vf_spoofchk(struct net_device *netdev, int vf, bool on)
{
	struct frl_vf want;
	struct frl_pf *pf;
	int err;

	pf = pf_of(netdev, vf, &err);
	if (!pf)
		return err;
	want = pf->vf[vf];
	want.spoofchk = on;
	return change(pf, vf, &want);
}

/**
 * frl_set_vf_trust() - ip link set vf trust
 * @netdev: uplink
 * @vf: number of a VF
 * @on: it may send to the addresses of bridge protocols
 *
 * Return: 0 or a negative errno value.
 */
int frl_set_vf_trust(struct net_device *netdev, int vf, bool on)
{
	struct frl_vf want;
	struct frl_pf *pf;
	int err;

	pf = pf_of(netdev, vf, &err);
	if (!pf)
		return err;
	want = pf->vf[vf];
	want.trusted = on;
	return change(pf, vf, &want);
}

/**
 * frl_set_vf_link_state() - ip link set vf state
 * @netdev: uplink
 * @vf: number of a VF
 * @state: IFLA_VF_LINK_STATE_*
 *
 * Return: 0 or a negative errno value.
 */
int frl_set_vf_link_state(struct net_device *netdev, int vf, int state)
{
	struct frl_vf want;
	struct frl_pf *pf;
	int err;

	pf = pf_of(netdev, vf, &err);
	if (!pf)
		return err;
	if (state < IFLA_VF_LINK_STATE_AUTO || state > IFLA_VF_LINK_STATE_DISABLE)
		return -EINVAL;
	want = pf->vf[vf];
	want.link_state = state;
	return change(pf, vf, &want);
}

/**
 * frl_get_vf_config() - ip link show
 * @netdev: uplink
 * @vf: number of a VF
 * @info: out
 *
 * Return: 0 or a negative errno value.
 */
int frl_get_vf_config(struct net_device *netdev, int vf, struct ifla_vf_info *info)
{
	struct frl_rep *rep = netdev_priv(netdev);
	const struct frl_vf *v;

	if (vf < 0 || vf >= rep->pf->num_vfs)
		return -EINVAL;
	v = &rep->pf->vf[vf];
	info->vf = vf;
	ether_addr_copy(info->mac, v->mac);
	info->vlan = v->vlan;
	info->qos = v->qos;
	info->vlan_proto = htons(ETH_P_8021Q);
	info->spoofchk = v->spoofchk;
	info->trusted = v->trusted;
	info->linkstate = v->link_state;
	return 0;
}

/**
 * frl_get_vf_stats() - ip -s link show: from the VF's side
 * @netdev: uplink
 * @vf: number of a VF
 * @stats: out
 *
 * Return: 0 or a negative errno value.
 */
int frl_get_vf_stats(struct net_device *netdev, int vf, struct ifla_vf_stats *stats)
{
	struct frl_counter totals[FRL_PORT_COUNTER_COUNT];
	struct frl_rep *rep = netdev_priv(netdev);
	struct frl_pf *pf = rep->pf;

	if (vf < 0 || vf >= pf->num_vfs)
		return -EINVAL;
	frl_port_totals(pf, FRL_PORT_VF0 + vf, totals);
	stats->rx_packets = totals[FRL_PORT_COUNTER_TX].packets;
	stats->rx_bytes = totals[FRL_PORT_COUNTER_TX].bytes;
	stats->tx_packets = totals[FRL_PORT_COUNTER_RX].packets;
	stats->tx_bytes = totals[FRL_PORT_COUNTER_RX].bytes;
	mutex_lock(&pf->legacy->lock);
	stats->tx_dropped = frl_legacy_drops(pf, vf);
	mutex_unlock(&pf->legacy->lock);
	return 0;
}
