// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Netdevs: uplinks, and representors of VFs. */
#include <linux/etherdevice.h>
#include <linux/jhash.h>
#include <linux/rtnetlink.h>
#include <net/flow_offload.h>

#include "frl.h"

/* ---- State that firmware keeps ---- */

static void show_link(struct frl_rep *rep)
{
	/* Of a wire its link, of a VF whether its driver runs. */
	if (rep->info.link && rep->pf->state == FRL_PF_UP)
		netif_carrier_on(rep->netdev);
	else
		netif_carrier_off(rep->netdev);
}

/**
 * frl_rep_info() - firmware says how a port is
 * @rep: its rep; fw_lock is held
 * @info: what it said
 */
void frl_rep_info(struct frl_rep *rep, const struct frl_port_info *info)
{
	lockdep_assert_held(&rep->pf->fw_lock);
	rep->info = *info;
	show_link(rep);
}

/* What firmware shall know of an uplink that the netdev says; of a VF see frl_vf_apply_locked(). */
static int apply(struct frl_rep *rep)
{
	struct frl_port_info set = {
		.port = rep->port,
		.set = FRL_PORT_SET_ADMIN | FRL_PORT_SET_MTU | FRL_PORT_SET_SLOW_PAIR,
		.admin = rep->open,
		.slow_pair = rep->pair,
		.mtu = rep->netdev->mtu,
	};

	if (!rep->uplink)
		return frl_vf_apply_locked(rep->pf, rep->vf);
	return frl_fw_port_set_locked(rep->pf, &set, NULL);
}

/**
 * frl_rep_attach() - settings and queues as they were before the card was lost
 * @rep: rep; fw_lock is held
 *
 * Return: 0 or a negative errno value.
 */
int frl_rep_attach(struct frl_rep *rep)
{
	struct frl_pf *pf = rep->pf;
	struct frl_port_info info;
	int err;

	err = apply(rep);
	if (err)
		return err;
	err = frl_admin_port_get(&pf->admin, rep->port, &info);
	if (err)
		return err;
	rep->info = info;
	if (!rep->open)
		return 0;
	return frl_rings_arm(rep);
}

/**
 * frl_rep_detach() - the card is lost
 * @rep: rep; fw_lock is held
 */
void frl_rep_detach(struct frl_rep *rep)
{
	frl_rings_disarm(rep);
	netif_carrier_off(rep->netdev);
}

/**
 * frl_rep_back() - the card is in service again: carrier as it is
 * @rep: rep; fw_lock is held
 */
void frl_rep_back(struct frl_rep *rep)
{
	show_link(rep);
}

/* ---- Callbacks ---- */

/* In legacy mode the links of VFs may follow the first uplink. */
static void tell_vfs(struct frl_rep *rep)
{
	struct frl_pf *pf = rep->pf;

	if (!frl_legacy_serves(rep))
		return;
	pf->link_changed = true;
	frl_pf_queue(pf, &pf->event_work);
}

/* Without a card, or with one that dies meanwhile, the rep starts when it is back. */
static int start(struct frl_rep *rep)
{
	struct frl_pf *pf = rep->pf;
	int err = 0;
	bool up;

	up = frl_fw_begin_now(pf);
	rep->open = true;
	if (up) {
		err = frl_rep_attach(rep);
		if (err && READ_ONCE(pf->broken))
			err = 0;
		show_link(rep);
	}
	if (err)
		rep->open = false;
	tell_vfs(rep);
	frl_fw_end(pf);
	return err;
}

static void stop(struct frl_rep *rep)
{
	struct frl_pf *pf = rep->pf;
	bool up = frl_fw_begin_now(pf);

	rep->open = false;
	if (up)
		apply(rep);
	frl_rings_disarm(rep);
	tell_vfs(rep);
	frl_fw_end(pf);
}

/* A netdev counts from its first opening on, whatever the card has counted for a driver before. */
static void start_counting(struct frl_rep *rep)
{
	if (rep->counts)
		return;
	frl_port_totals(rep->pf, rep->port, rep->zero);
	rep->counts = true;
}

static int frl_open(struct net_device *netdev)
{
	struct frl_rep *rep = netdev_priv(netdev);
	struct frl_pf *pf = rep->pf;
	int err;

	err = frl_rings_alloc(rep);
	if (err)
		return err;
	snprintf(rep->irq_name, sizeof(rep->irq_name), "%s-%s", FRL_DRV_NAME, netdev->name);
	err = request_irq(pci_irq_vector(pf->pdev, rep->vector), frl_rep_interrupt, IRQF_SHARED,
			  rep->irq_name, rep);
	if (err)
		goto err_rings;
	start_counting(rep);
	err = start(rep);
	if (err)
		goto err_irq;
	return 0;
err_irq:
	free_irq(pci_irq_vector(pf->pdev, rep->vector), rep);
err_rings:
	frl_rings_free(rep);
	return err;
}

static int frl_stop(struct net_device *netdev)
{
	struct frl_rep *rep = netdev_priv(netdev);
	struct frl_pf *pf = rep->pf;

	stop(rep);
	free_irq(pci_irq_vector(pf->pdev, rep->vector), rep);
	frl_rings_free(rep);
	return 0;
}

static void slow_stats(const struct frl_slow_stats *s, u64 *packets, u64 *bytes, u64 *dropped,
		       u64 *errors)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&s->syncp);
		*packets = u64_stats_read(&s->packets);
		*bytes = u64_stats_read(&s->bytes);
		*dropped = u64_stats_read(&s->dropped);
		*errors = u64_stats_read(&s->errors);
	} while (u64_stats_fetch_retry(&s->syncp, start));
}

/* Totals: what hardware forwarded by itself, and the slow path. */
static void frl_get_stats64(struct net_device *netdev, struct rtnl_link_stats64 *stats)
{
	struct frl_counter totals[FRL_PORT_COUNTER_COUNT];
	struct frl_rep *rep = netdev_priv(netdev);
	const struct frl_counter *rx0 = &rep->zero[FRL_PORT_COUNTER_RX];
	const struct frl_counter *tx0 = &rep->zero[FRL_PORT_COUNTER_TX];
	u64 packets, bytes;

	if (!READ_ONCE(rep->counts))
		return;
	frl_port_totals(rep->pf, rep->port, totals);
	slow_stats(&rep->rx_stats, &packets, &bytes, &stats->rx_dropped, &stats->rx_errors);
	slow_stats(&rep->tx_stats, &packets, &bytes, &stats->tx_dropped, &stats->tx_errors);
	stats->rx_packets = totals[FRL_PORT_COUNTER_RX].packets - rx0->packets;
	stats->rx_bytes = totals[FRL_PORT_COUNTER_RX].bytes - rx0->bytes;
	stats->tx_packets = totals[FRL_PORT_COUNTER_TX].packets - tx0->packets;
	stats->tx_bytes = totals[FRL_PORT_COUNTER_TX].bytes - tx0->bytes;
}

static bool frl_has_offload_stats(const struct net_device *netdev, int id)
{
	return id == IFLA_OFFLOAD_XSTATS_CPU_HIT;
}

/* CPU hits: what of the totals passed the host. */
static int frl_get_offload_stats(int id, const struct net_device *netdev, void *data)
{
	const struct frl_rep *rep = netdev_priv(netdev);
	struct rtnl_link_stats64 *stats = data;

	if (id != IFLA_OFFLOAD_XSTATS_CPU_HIT)
		return -EINVAL;
	memset(stats, 0, sizeof(*stats));
	slow_stats(&rep->rx_stats, &stats->rx_packets, &stats->rx_bytes, &stats->rx_dropped,
		   &stats->rx_errors);
	slow_stats(&rep->tx_stats, &stats->tx_packets, &stats->tx_bytes, &stats->tx_dropped,
		   &stats->tx_errors);
	return 0;
}

static int frl_change_mtu(struct net_device *netdev, int mtu)
{
	struct frl_rep *rep = netdev_priv(netdev);
	struct frl_port_info set = { .port = rep->port, .set = FRL_PORT_SET_MTU, .mtu = mtu };
	int err;

	err = frl_fw_port_set(rep->pf, &set, NULL);
	if (!err)
		WRITE_ONCE(netdev->mtu, mtu);
	return err;
}

static int frl_set_mac_address(struct net_device *netdev, void *addr)
{
	struct frl_rep *rep = netdev_priv(netdev);
	int err;

	err = eth_mac_addr(netdev, addr);
	if (!err && frl_legacy_serves(rep))
		frl_legacy_restore(rep->pf);
	return err;
}

static void frl_tx_timeout(struct net_device *netdev, unsigned int txqueue)
{
	struct frl_rep *rep = netdev_priv(netdev);

	netdev_err(netdev, "the card has not read a frame for %d s\n", FRL_WATCHDOG_S);
	frl_pf_lost(rep->pf, "a transmit queue stands still");
}

static int frl_setup_tc(struct net_device *netdev, enum tc_setup_type type, void *data)
{
	struct frl_rep *rep = netdev_priv(netdev);
	struct flow_block_offload *block = data;

	/* In legacy mode the table is the driver's own: blocks come off, none are put on. */
	if (frl_legacy_on(rep->pf) &&
	    (type != TC_SETUP_BLOCK || block->command != FLOW_BLOCK_UNBIND))
		return -EOPNOTSUPP;
	return frl_tc_setup(netdev, type, data);
}

static int frl_set_features(struct net_device *netdev, netdev_features_t features)
{
	if ((features & NETIF_F_HW_TC) || !frl_tc_busy(netdev_priv(netdev)))
		return 0;
	netdev_err(netdev,
		   "filters are offloaded: remove them before hw-tc-offload is switched off\n");
	return -EBUSY;
}

static struct devlink_port *frl_get_devlink_port(struct net_device *netdev)
{
	struct frl_rep *rep = netdev_priv(netdev);

	return rep->has_port ? &rep->devlink_port : NULL;
}

#define COMMON_OPS                                                                          \
	.ndo_open = frl_open, .ndo_stop = frl_stop, .ndo_start_xmit = frl_xmit,             \
	.ndo_tx_timeout = frl_tx_timeout, .ndo_get_stats64 = frl_get_stats64,               \
	.ndo_has_offload_stats = frl_has_offload_stats,                                     \
	.ndo_get_offload_stats = frl_get_offload_stats, .ndo_change_mtu = frl_change_mtu,   \
	.ndo_validate_addr = eth_validate_addr, .ndo_set_mac_address = frl_set_mac_address, \
	.ndo_set_features = frl_set_features, .ndo_setup_tc = frl_setup_tc,                 \
	.ndo_get_devlink_port = frl_get_devlink_port

static const struct net_device_ops uplink_ops = {
	COMMON_OPS,
	.ndo_set_vf_mac = frl_set_vf_mac,
	.ndo_set_vf_vlan = frl_set_vf_vlan,
	.ndo_set_vf_rate = frl_set_vf_rate,
	.ndo_set_vf_spoofchk = frl_set_vf_spoofchk,
	.ndo_set_vf_trust = frl_set_vf_trust,
	.ndo_set_vf_link_state = frl_set_vf_link_state,
	.ndo_get_vf_config = frl_get_vf_config,
	.ndo_get_vf_stats = frl_get_vf_stats,
};

static const struct net_device_ops vf_rep_ops = {
	COMMON_OPS,
};

struct frl_rep *frl_rep_of_any(const struct net_device *netdev)
{
	if (netdev->netdev_ops != &uplink_ops && netdev->netdev_ops != &vf_rep_ops)
		return NULL;
	return netdev_priv(netdev);
}

struct frl_rep *frl_rep_of(struct frl_pf *pf, const struct net_device *netdev)
{
	struct frl_rep *rep = frl_rep_of_any(netdev);

	return rep && rep->pf == pf ? rep : NULL;
}

/* ---- Creation ---- */

/*
 * An uplink has the wire's address, or one that stays the same because it is made of the serial
 * number.
 */
static void set_address(struct frl_rep *rep)
{
	u8 mac[ETH_ALEN];
	u32 hash;

	if (!rep->uplink) {
		/* Not the VF's: a bridge would take the VF's frames for its own. */
		eth_hw_addr_random(rep->netdev);
		return;
	}
	if (is_valid_ether_addr(rep->info.mac)) {
		eth_hw_addr_set(rep->netdev, rep->info.mac);
		return;
	}
	hash = jhash(rep->pf->hello.serial, sizeof(rep->pf->hello.serial), rep->port);
	mac[0] = 0x02;
	mac[1] = 0xf0;
	memcpy(&mac[2], &hash, sizeof(hash));
	eth_hw_addr_set(rep->netdev, mac);
}

static void init_netdev(struct frl_rep *rep)
{
	struct net_device *netdev = rep->netdev;

	netdev->netdev_ops = rep->uplink ? &uplink_ops : &vf_rep_ops;
	netdev->ethtool_ops = &frl_ethtool_ops;
	netdev->min_mtu = FRL_MTU_MIN;
	netdev->max_mtu = FRL_MTU_MAX;
	netdev->watchdog_timeo = FRL_WATCHDOG_S * HZ;
	netdev->hw_features = NETIF_F_SG | NETIF_F_HW_TC;
	netdev->features = netdev->hw_features | NETIF_F_HIGHDMA;
	netdev->vlan_features = NETIF_F_SG | NETIF_F_HIGHDMA;
	/* A rule between netdevs of one card means nothing in another namespace. */
	if (!rep->uplink)
		netdev->features |= NETIF_F_NETNS_LOCAL;
	/* Only uplinks have a PCI parent: tools tell the PF from its representors by that. */
	if (rep->uplink)
		SET_NETDEV_DEV(netdev, &rep->pf->pdev->dev);
	netif_carrier_off(netdev);
	set_address(rep);
}

static void set_attrs(struct frl_rep *rep)
{
	struct devlink_port_attrs attrs = {};
	struct frl_pf *pf = rep->pf;

	/* Who finds a switch id takes the card for one in switchdev mode. */
	if (pf->switchdev)
		attrs.switch_id = pf->switch_id;
	if (rep->uplink) {
		attrs.flavour = DEVLINK_PORT_FLAVOUR_PHYSICAL;
		attrs.phys.port_number = rep->port - FRL_PORT_WIRE0;
		devlink_port_attrs_set(&rep->devlink_port, &attrs);
		return;
	}
	devlink_port_attrs_set(&rep->devlink_port, &attrs);
	devlink_port_attrs_pci_vf_set(&rep->devlink_port, 0, PCI_FUNC(pf->pdev->devfn), rep->vf,
				      false);
}

static int register_port(struct frl_rep *rep)
{
	int err;

	memset(&rep->devlink_port, 0, sizeof(rep->devlink_port));
	set_attrs(rep);
	err = devl_port_register(rep->pf->devlink, &rep->devlink_port, rep->port);
	if (err || rep->uplink)
		return err;
	/* So that who asks for a rate is told why there is none. */
	err = devl_rate_leaf_create(&rep->devlink_port, rep);
	if (err)
		devl_port_unregister(&rep->devlink_port);
	return err;
}

static void unregister_port(struct frl_rep *rep)
{
	if (!rep->uplink)
		devl_rate_leaf_destroy(&rep->devlink_port);
	devl_port_unregister(&rep->devlink_port);
}

/*
 * Who asks a netdev for its port, and looks at it, has the RTNL. devlink takes that when it tells
 * of a port.
 */
static void show_port(struct frl_rep *rep, bool show)
{
	rtnl_lock();
	rep->has_port = show;
	rtnl_unlock();
}

/**
 * frl_rep_devlink_reregister() - make an uplink's devlink port anew, with the switch id of the
 *	present mode
 * @rep: uplink; the devlink lock is held. Its netdev stays.
 *
 * Return: 0 or a negative errno value: it has no devlink port then.
 */
int frl_rep_devlink_reregister(struct frl_rep *rep)
{
	int err;

	show_port(rep, false);
	devlink_port_type_clear(&rep->devlink_port);
	unregister_port(rep);
	err = register_port(rep);
	if (err)
		return err;
	devlink_port_type_eth_set(&rep->devlink_port, rep->netdev);
	show_port(rep, true);
	return 0;
}

static void init_rep(struct frl_rep *rep, struct net_device *netdev, struct frl_pf *pf, u8 port)
{
	rep->pf = pf;
	rep->netdev = netdev;
	rep->port = port;
	rep->uplink = port < FRL_PORT_HOST;
	rep->vf = rep->uplink ? 0 : port - FRL_PORT_VF0;
	rep->pair = rep->uplink ? port - FRL_PORT_WIRE0 : pf->wires + rep->vf;
	rep->vector = frl_pf_vector(pf, rep->pair);
	rep->ring_size = FRL_RING_DEF;
	u64_stats_init(&rep->rx_stats.syncp);
	u64_stats_init(&rep->tx_stats.syncp);
	netif_napi_add(netdev, &rep->napi, frl_poll);
}

/* From here on firmware's events find the rep. */
static int announce(struct frl_rep *rep)
{
	struct frl_pf *pf = rep->pf;
	int err;

	err = frl_fw_begin(pf);
	if (err)
		return err;
	err = frl_admin_port_get(&pf->admin, rep->port, &rep->info);
	if (!err) {
		rep->netdev->mtu = clamp_t(u16, rep->info.mtu, FRL_MTU_MIN, FRL_MTU_MAX);
		pf->reps[rep->port] = rep;
		err = apply(rep);
	}
	if (err)
		pf->reps[rep->port] = NULL;
	frl_fw_end(pf);
	return err;
}

static void withdraw(struct frl_rep *rep)
{
	struct frl_pf *pf = rep->pf;
	bool up = frl_fw_begin_now(pf);

	pf->reps[rep->port] = NULL;
	if (up && !rep->uplink)
		frl_vf_apply_locked(pf, rep->vf);
	frl_fw_end(pf);
}

/**
 * frl_rep_create() - netdev and devlink port of a card port
 * @pf: card; the devlink lock is held
 * @port: FRL_PORT_WIRE0 + wire or FRL_PORT_VF0 + vf
 *
 * Return: the rep, which is frl_pf.reps[port] too, or ERR_PTR().
 */
struct frl_rep *frl_rep_create(struct frl_pf *pf, u8 port)
{
	struct net_device *netdev;
	struct frl_rep *rep;
	int err;

	netdev = alloc_etherdev(sizeof(*rep));
	if (!netdev)
		return ERR_PTR(-ENOMEM);
	dev_net_set(netdev, devlink_net(pf->devlink));
	rep = netdev_priv(netdev);
	init_rep(rep, netdev, pf, port);
	err = announce(rep);
	if (err)
		goto err_free;
	init_netdev(rep);
	err = register_port(rep);
	if (err)
		goto err_withdraw;
	rep->has_port = true;
	err = register_netdev(netdev);
	if (err)
		goto err_port;
	devlink_port_type_eth_set(&rep->devlink_port, netdev);
	return rep;
err_port:
	unregister_port(rep);
err_withdraw:
	withdraw(rep);
err_free:
	free_netdev(netdev);
	return ERR_PTR(err);
}

/**
 * frl_rep_destroy() - the opposite
 * @rep: rep; the devlink lock is held. The card may be gone.
 *
 * The VF, if it is one's, then has the settings of legacy mode.
 */
void frl_rep_destroy(struct frl_rep *rep)
{
	devlink_port_type_clear(&rep->devlink_port);
	unregister_netdev(rep->netdev);
	frl_tc_rep_gone(rep);
	withdraw(rep);
	unregister_port(rep);
	free_netdev(rep->netdev);
}
