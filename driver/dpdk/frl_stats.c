/* SPDX-License-Identifier: BSD-3-Clause */
/* Statistics: of the slow path from the queues; of the hardware, as xstats, from the counter area that the card
 * writes. Nothing here asks the card.
 */
#include <stdio.h>

#include "frl_pmd.h"

/* Packets and bytes that belong together: the card writes an entry at once, we may read in between. */
struct frl_counter frl_counter_read(const struct frl_dev *dev, uint32_t index)
{
	struct frl_counter c = { 0, 0 };
	volatile struct frl_counter *at;
	uint64_t again;

	if (!dev->counters || index >= FRL_COUNTER_AREA_BYTES(dev->rules) / sizeof(c))
		return c;
	at = &dev->counters[index];
	do {
		c.packets = at->packets;
		rte_smp_rmb();
		c.bytes = at->bytes;
		rte_smp_rmb();
		again = at->packets;
	} while (again != c.packets);
	return c;
}

int frl_stats_get(struct rte_eth_dev *eth, struct rte_eth_stats *stats)
{
	struct frl_ethport *port = eth->data->dev_private;

	if (port->rxq) {
		stats->ipackets = port->rxq->packets;
		stats->ibytes = port->rxq->bytes;
		stats->ierrors = port->rxq->bad;
		stats->rx_nombuf = port->rxq->nombuf;
		eth->data->rx_mbuf_alloc_failed = port->rxq->nombuf;
	}
	for (uint16_t i = 0; i < eth->data->nb_tx_queues; i++) {
		const struct frl_txq *txq = eth->data->tx_queues[i];

		if (!txq)
			continue;
		stats->opackets += txq->packets;
		stats->obytes += txq->bytes;
		stats->oerrors += txq->errors;
	}
	return 0;
}

int frl_stats_reset(struct rte_eth_dev *eth)
{
	struct frl_ethport *port = eth->data->dev_private;

	if (port->rxq)
		port->rxq->packets = port->rxq->bytes = port->rxq->bad = port->rxq->nombuf = 0;
	for (uint16_t i = 0; i < eth->data->nb_tx_queues; i++) {
		struct frl_txq *txq = eth->data->tx_queues[i];

		if (txq)
			txq->packets = txq->bytes = txq->errors = 0;
	}
	return 0;
}

/* ---- xstats: 8 of the port, and on the uplink the card's drop and punt reasons ---- */

#define PORT_XSTATS   (2 * FRL_PORT_COUNTER_COUNT)
#define DROP_XSTATS   (FRL_DROP_COUNT - 1) /* without NONE */
#define PUNT_XSTATS   (FRL_PUNT_COUNT - 1)
#define UPLINK_XSTATS (PORT_XSTATS + DROP_XSTATS + PUNT_XSTATS)

static unsigned int xstats_count(const struct frl_ethport *port)
{
	return port->uplink ? UPLINK_XSTATS : PORT_XSTATS;
}

static void xstat_name(unsigned int i, char *name, size_t room)
{
	static const char *const port_names[FRL_PORT_COUNTER_COUNT] = {
		[FRL_PORT_COUNTER_RX] = "hw_rx",
		[FRL_PORT_COUNTER_TX] = "hw_tx",
		[FRL_PORT_COUNTER_RX_SLOW] = "rx_slow",
		[FRL_PORT_COUNTER_TX_SLOW] = "tx_slow",
	};

	if (i < PORT_XSTATS)
		snprintf(name, room, "%s_%s", port_names[i / 2], i % 2 ? "bytes" : "packets");
	else if (i < PORT_XSTATS + DROP_XSTATS)
		snprintf(name, room, "hw_drop_%s", frl_drop_name(i - PORT_XSTATS + 1));
	else
		snprintf(name, room, "punt_%s", frl_punt_name(i - PORT_XSTATS - DROP_XSTATS + 1));
}

static void port_counters(const struct frl_ethport *port, struct frl_counter *c)
{
	const struct frl_dev *dev = port->dev;

	for (unsigned int i = 0; i < FRL_PORT_COUNTER_COUNT; i++)
		c[i] = frl_counter_read(dev, FRL_COUNTER_PORT(dev->rules) +
						     port->number * FRL_PORT_COUNTER_COUNT + i);
}

static void read_all(const struct frl_ethport *port, struct frl_xstat_base *now)
{
	const struct frl_dev *dev = port->dev;

	memset(now, 0, sizeof(*now));
	port_counters(port, now->port);
	for (unsigned int i = 1; i < FRL_DROP_COUNT; i++)
		now->drop[i] = frl_counter_read(dev, FRL_COUNTER_DROP(dev->rules) + i).packets;
	for (unsigned int i = 1; i < FRL_PUNT_COUNT; i++)
		now->punt[i] = frl_counter_read(dev, FRL_COUNTER_PUNT(dev->rules) + i).packets;
}

static uint64_t since(uint64_t now, uint64_t base)
{
	return now >= base ? now - base : now; /* the card started again: it counts from 0 */
}

static uint64_t xstat_value(const struct frl_xstat_base *now, const struct frl_xstat_base *base,
			    unsigned int i)
{
	if (i < PORT_XSTATS)
		return i % 2 ? since(now->port[i / 2].bytes, base->port[i / 2].bytes)
			     : since(now->port[i / 2].packets, base->port[i / 2].packets);
	i -= PORT_XSTATS - 1;
	if (i < FRL_DROP_COUNT)
		return since(now->drop[i], base->drop[i]);
	i -= DROP_XSTATS;
	return since(now->punt[i], base->punt[i]);
}

int frl_xstats_get(struct rte_eth_dev *eth, struct rte_eth_xstat *xstats, unsigned int n)
{
	const struct frl_ethport *port = eth->data->dev_private;
	unsigned int count = xstats_count(port);
	struct frl_xstat_base now;

	if (!xstats || n < count)
		return (int)count;
	read_all(port, &now);
	for (unsigned int i = 0; i < count; i++) {
		xstats[i].id = i;
		xstats[i].value = xstat_value(&now, &port->base, i);
	}
	return (int)count;
}

int frl_xstats_get_names(struct rte_eth_dev *eth, struct rte_eth_xstat_name *names, unsigned int n)
{
	unsigned int count = xstats_count(eth->data->dev_private);

	for (unsigned int i = 0; names && i < count && i < n; i++)
		xstat_name(i, names[i].name, sizeof(names[i].name));
	return (int)count;
}

/* The card's counters go on; what they show now is the new zero. */
int frl_xstats_reset(struct rte_eth_dev *eth)
{
	struct frl_ethport *port = eth->data->dev_private;

	read_all(port, &port->base);
	return 0;
}
