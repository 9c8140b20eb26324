// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* ethtool on uplinks and representors. */
#include <linux/ethtool.h>

#include "frl.h"

#define SPEED_MBPS SPEED_100000

static struct frl_rep *rep_of(struct net_device *netdev)
{
	return netdev_priv(netdev);
}

static void get_drvinfo(struct net_device *netdev, struct ethtool_drvinfo *info)
{
	struct frl_pf *pf = rep_of(netdev)->pf;

	strscpy(info->driver, FRL_DRV_NAME, sizeof(info->driver));
	snprintf(info->fw_version, sizeof(info->fw_version), "%.31s", pf->hello.fw_version);
	strscpy(info->bus_info, pci_name(pf->pdev), sizeof(info->bus_info));
}

static int get_link_ksettings(struct net_device *netdev, struct ethtool_link_ksettings *ks)
{
	bool up = netif_carrier_ok(netdev);

	ethtool_link_ksettings_zero_link_mode(ks, supported);
	ks->base.autoneg = AUTONEG_DISABLE;
	ks->base.speed = up ? SPEED_MBPS : SPEED_UNKNOWN;
	ks->base.duplex = up ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	ks->base.port = rep_of(netdev)->uplink ? PORT_FIBRE : PORT_OTHER;
	if (rep_of(netdev)->uplink)
		ethtool_link_ksettings_add_link_mode(ks, supported, FIBRE);
	return 0;
}

/* ---- Rings and channels ---- */

static void get_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *extack)
{
	ring->rx_max_pending = FRL_QUEUE_SIZE_MAX;
	ring->tx_max_pending = FRL_QUEUE_SIZE_MAX;
	ring->rx_pending = rep_of(netdev)->ring_size;
	ring->tx_pending = rep_of(netdev)->ring_size;
}

static int set_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring,
			 struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *extack)
{
	struct frl_rep *rep = rep_of(netdev);
	u16 before = rep->ring_size;
	u32 size = ring->rx_pending;
	int err;

	if (ring->rx_pending != ring->tx_pending) {
		NL_SET_ERR_MSG_MOD(extack, "both rings have one size: set rx and tx to the same");
		return -EINVAL;
	}
	if (!is_power_of_2(size) || size < FRL_RING_MIN || size > FRL_QUEUE_SIZE_MAX) {
		NL_SET_ERR_MSG_MOD(extack, "size must be a power of two from 64 to 1024");
		return -EINVAL;
	}
	if (size == before)
		return 0;
	if (!netif_running(netdev)) {
		rep->ring_size = size;
		return 0;
	}
	netdev->netdev_ops->ndo_stop(netdev);
	rep->ring_size = size;
	err = netdev->netdev_ops->ndo_open(netdev);
	if (!err)
		return 0;
	NL_SET_ERR_MSG_MOD(extack, "no memory for rings of that size");
	rep->ring_size = before;
	if (netdev->netdev_ops->ndo_open(netdev))
		netdev_err(netdev, "the old rings cannot be had again: the interface is down\n");
	return err;
}

static void get_channels(struct net_device *netdev, struct ethtool_channels *channels)
{
	channels->max_combined = 1;
	channels->combined_count = 1;
}

/* ---- Statistics: what rtnetlink and the standard groups do not tell ---- */

#define PORT_STATS (2 * FRL_PORT_COUNTER_COUNT)
#define DROP_STATS (FRL_DROP_COUNT - 1) /* without NONE */
#define PUNT_STATS (FRL_PUNT_COUNT - 1)

/* Reasons are counted by the card, not by port: the first uplink tells them. */
static bool tells_reasons(const struct frl_rep *rep)
{
	return rep->port == FRL_PORT_WIRE0;
}

static const char *const test_names[] = { "registers", "firmware", "link" };

static int get_sset_count(struct net_device *netdev, int set)
{
	switch (set) {
	case ETH_SS_STATS:
		return tells_reasons(rep_of(netdev)) ? PORT_STATS + DROP_STATS + PUNT_STATS
						     : PORT_STATS;
	case ETH_SS_TEST:
		return ARRAY_SIZE(test_names);
	default:
		return -EOPNOTSUPP;
	}
}

static void stat_strings(const struct frl_rep *rep, u8 *data)
{
	static const char *const port[FRL_PORT_COUNTER_COUNT] = {
		[FRL_PORT_COUNTER_RX] = "hw_rx",
		[FRL_PORT_COUNTER_TX] = "hw_tx",
		[FRL_PORT_COUNTER_RX_SLOW] = "rx_slow",
		[FRL_PORT_COUNTER_TX_SLOW] = "tx_slow",
	};
	unsigned int i;

	for (i = 0; i < FRL_PORT_COUNTER_COUNT; i++) {
		ethtool_sprintf(&data, "%s_packets", port[i]);
		ethtool_sprintf(&data, "%s_bytes", port[i]);
	}
	if (!tells_reasons(rep))
		return;
	for (i = 1; i < FRL_DROP_COUNT; i++)
		ethtool_sprintf(&data, "card_drop_%s", frl_drop_name(i));
	for (i = 1; i < FRL_PUNT_COUNT; i++)
		ethtool_sprintf(&data, "card_punt_%s", frl_punt_name(i));
}

static void get_strings(struct net_device *netdev, u32 set, u8 *data)
{
	unsigned int i;

	if (set == ETH_SS_STATS)
		stat_strings(rep_of(netdev), data);
	for (i = 0; set == ETH_SS_TEST && i < ARRAY_SIZE(test_names); i++)
		ethtool_sprintf(&data, "%s", test_names[i]);
}

static void get_ethtool_stats(struct net_device *netdev, struct ethtool_stats *stats, u64 *data)
{
	struct frl_counter totals[FRL_PORT_COUNTER_COUNT];
	struct frl_rep *rep = rep_of(netdev);
	struct frl_pf *pf = rep->pf;
	unsigned int i;

	frl_port_totals(pf, rep->port, totals);
	for (i = 0; i < FRL_PORT_COUNTER_COUNT; i++) {
		*data++ = totals[i].packets;
		*data++ = totals[i].bytes;
	}
	if (!tells_reasons(rep))
		return;
	for (i = 1; i < FRL_DROP_COUNT; i++)
		*data++ = frl_counter_at(pf, FRL_COUNTER_DROP(pf->rules) + i).packets;
	for (i = 1; i < FRL_PUNT_COUNT; i++)
		*data++ = frl_counter_at(pf, FRL_COUNTER_PUNT(pf->rules) + i).packets;
}

/* IEEE 802.3, 30.3.1.1, as far as the card counts. */
static void get_eth_mac_stats(struct net_device *netdev, struct ethtool_eth_mac_stats *stats)
{
	struct frl_counter totals[FRL_PORT_COUNTER_COUNT];
	struct frl_rep *rep = rep_of(netdev);

	if (!rep->uplink)
		return;
	frl_port_totals(rep->pf, rep->port, totals);
	stats->FramesReceivedOK = totals[FRL_PORT_COUNTER_RX].packets;
	stats->OctetsReceivedOK = totals[FRL_PORT_COUNTER_RX].bytes;
	stats->FramesTransmittedOK = totals[FRL_PORT_COUNTER_TX].packets;
	stats->OctetsTransmittedOK = totals[FRL_PORT_COUNTER_TX].bytes;
}

/* ---- Registers and self-test ---- */

static int get_regs_len(struct net_device *netdev)
{
	return frl_regs_dump(rep_of(netdev)->pf, NULL, 0) * sizeof(u32);
}

static void get_regs(struct net_device *netdev, struct ethtool_regs *regs, void *data)
{
	regs->version = FRL_ABI_MAJOR;
	frl_regs_dump(rep_of(netdev)->pf, data, regs->len / sizeof(u32));
}

static bool registers_fail(struct frl_pf *pf)
{
	struct frl_pf_config config;

	frl_pf_config(pf, &config);
	return config.magic != FRL_CHIP_ID || config.epoch != pf->epoch;
}

static bool firmware_fails(struct frl_rep *rep)
{
	struct frl_port_info info;
	bool fails = true;

	if (frl_fw_begin_now(rep->pf))
		fails = frl_admin_port_get(&rep->pf->admin, rep->port, &info) != 0;
	frl_fw_end(rep->pf);
	return fails;
}

/* Nothing here disturbs traffic. */
static void self_test(struct net_device *netdev, struct ethtool_test *test, u64 *data)
{
	struct frl_rep *rep = rep_of(netdev);
	unsigned int i;

	data[0] = registers_fail(rep->pf);
	data[1] = firmware_fails(rep);
	data[2] = !netif_carrier_ok(netdev);
	for (i = 0; i < ARRAY_SIZE(test_names); i++) {
		if (data[i])
			test->flags |= ETH_TEST_FL_FAILED;
	}
}

const struct ethtool_ops frl_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_ringparam = get_ringparam,
	.set_ringparam = set_ringparam,
	.get_channels = get_channels,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_ethtool_stats,
	.get_eth_mac_stats = get_eth_mac_stats,
	.get_regs_len = get_regs_len,
	.get_regs = get_regs,
	.self_test = self_test,
	.get_ts_info = ethtool_op_get_ts_info,
};
