/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports: the uplink and the VFs' representors as ethdevs. */
#include <errno.h>
#include <stdio.h>

#include <rte_ether.h>
#include <rte_malloc.h>
#include <rte_mempool.h>

#include "frl_pmd.h"

#define SPEED_MBPS RTE_ETH_SPEED_NUM_100G

static struct frl_ethport *port_of(const struct rte_eth_dev *eth)
{
	return eth->data->dev_private;
}

/* ---- State that firmware keeps ---- */

static int port_set(struct frl_ethport *port, const struct frl_port_info *want)
{
	struct frl_dev *dev = port->dev;
	struct frl_port_info set = *want;
	int err;

	set.port = port->number;
	err = frl_admin_port_set(&dev->admin, &set);
	if (err)
		FRL_LOG(ERR, dev, "port %u: setting refused: %s", port->number,
			frl_refusal_text(dev->admin.why.reason));
	return err;
}

static int port_set_locked(struct frl_ethport *port, const struct frl_port_info *want)
{
	int err;

	pthread_mutex_lock(&port->dev->lock);
	err = port->dev->alive ? port_set(port, want) : -EIO;
	pthread_mutex_unlock(&port->dev->lock);
	return err;
}

static void publish_link(struct frl_ethport *port)
{
	bool up = port->info.link && port->info.admin && port->dev->alive;
	struct rte_eth_link link = {
		.link_speed = SPEED_MBPS,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED,
		.link_status = up ? RTE_ETH_LINK_UP : RTE_ETH_LINK_DOWN,
	};

	if (rte_eth_linkstatus_set(port->eth, &link) == 0)
		port->lsc_pending = true;
}

/* Firmware says how the port is; frl_dev.lock is held. */
void frl_port_update(struct frl_ethport *port, const struct frl_port_info *info)
{
	port->info = *info;
	/* ethdev sets this address again at every start. Before a card that came back has our settings again,
	 * the address that it tells is not the VF's. */
	if (!port->uplink && port->dev->alive) {
		memcpy(&port->mac, info->mac, RTE_ETHER_ADDR_LEN);
		rte_ether_addr_copy(&port->mac, &port->eth->data->mac_addrs[0]);
	}
	publish_link(port);
}

static int set_admin(struct rte_eth_dev *eth, uint8_t up)
{
	struct frl_ethport *port = port_of(eth);
	struct frl_port_info want = { .set = FRL_PORT_SET_ADMIN, .admin = up };
	int err = port_set_locked(port, &want);

	if (err)
		return err;
	pthread_mutex_lock(&port->dev->lock);
	port->info.admin = up;
	publish_link(port);
	pthread_mutex_unlock(&port->dev->lock);
	frl_dev_wake(port->dev);
	return 0;
}

static int set_link_up(struct rte_eth_dev *eth)
{
	return set_admin(eth, 1);
}

static int set_link_down(struct rte_eth_dev *eth)
{
	return set_admin(eth, 0);
}

static int link_update(struct rte_eth_dev *eth, int wait)
{
	(void)eth;
	(void)wait; /* events keep it current */
	return 0;
}

static int mtu_set(struct rte_eth_dev *eth, uint16_t mtu)
{
	struct frl_port_info want = { .set = FRL_PORT_SET_MTU, .mtu = mtu };

	return port_set_locked(port_of(eth), &want);
}

static int mac_addr_set(struct rte_eth_dev *eth, struct rte_ether_addr *addr)
{
	struct frl_ethport *port = port_of(eth);
	struct frl_port_info want = { .set = FRL_PORT_SET_MAC };
	int err = 0;

	if (!port->uplink && !rte_is_same_ether_addr(addr, &port->mac)) {
		memcpy(want.mac, addr, sizeof(want.mac));
		err = port_set_locked(port, &want);
	}
	if (!err)
		rte_ether_addr_copy(addr, &port->mac);
	return err;
}

/* Every frame that no rule takes comes here: these modes are always on. */
static int always_on(struct rte_eth_dev *eth)
{
	(void)eth;
	return 0;
}

/* ---- Configuration ---- */

static int configure(struct rte_eth_dev *eth)
{
	struct frl_ethport *port = port_of(eth);

	if (eth->data->nb_rx_queues > 1) {
		FRL_LOG(ERR, port->dev, "port %u: one receive queue, not %u", port->number,
			eth->data->nb_rx_queues);
		return -EINVAL;
	}
	return 0;
}

static int infos_get(struct rte_eth_dev *eth, struct rte_eth_dev_info *info)
{
	struct frl_ethport *port = port_of(eth);
	const struct rte_eth_desc_lim lim = {
		.nb_max = FRL_RING_ASK_MAX,
		.nb_min = FRL_RING_MIN,
		.nb_align = 1,
		.nb_seg_max = FRL_VRING_MAX_SEGS - 1,
		.nb_mtu_seg_max = FRL_VRING_MAX_SEGS - 1,
	};

	info->min_mtu = FRL_MTU_MIN;
	info->max_mtu = FRL_MTU_MAX;
	info->min_rx_bufsize = FRL_RING_MIN;
	info->max_rx_pktlen = FRL_MAX_FRAME;
	info->max_rx_queues = 1;
	info->max_tx_queues = FRL_TX_QUEUES_MAX;
	info->max_mac_addrs = 1;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	info->tx_queue_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	/* Over one queue every hash spreads as asked; dpdk-test-flow-perf insists. */
	info->flow_type_rss_offloads = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP |
				       RTE_ETH_RSS_SCTP;
	info->speed_capa = RTE_ETH_LINK_SPEED_100G;
	info->rx_desc_lim = lim;
	info->tx_desc_lim = lim;
	info->default_rxportconf.ring_size = 512;
	info->default_txportconf.ring_size = 512;
	info->default_rxportconf.nb_queues = 1;
	info->default_txportconf.nb_queues = 1;
	info->switch_info.name = port->dev->name;
	info->switch_info.domain_id = port->dev->domain_id;
	info->switch_info.port_id = port->number;
	return 0;
}

static const uint32_t *supported_ptypes(struct rte_eth_dev *eth)
{
	static const uint32_t ptypes[] = { RTE_PTYPE_L2_ETHER, RTE_PTYPE_UNKNOWN };

	(void)eth;
	return ptypes;
}

/* One range: VF i is representor i. */
static int representor_info_get(struct rte_eth_dev *eth, struct rte_eth_representor_info *info)
{
	struct frl_dev *dev = port_of(eth)->dev;
	struct rte_eth_representor_range *r;

	if (!info || !dev->vfs)
		return dev->vfs ? 1 : 0;
	info->controller = 0;
	info->pf = 0;
	info->nb_ranges = 0;
	if (info->nb_ranges_alloc < 1)
		return 1;
	r = &info->ranges[0];
	r->type = RTE_ETH_REPRESENTOR_VF;
	r->controller = 0;
	r->pf = 0;
	r->vf = 0;
	r->id_base = 0;
	r->id_end = dev->vfs - 1;
	snprintf(r->name, sizeof(r->name), "pf0vf");
	info->nb_ranges = 1;
	return 1;
}

/* ---- Queues ---- */

/* Open vSwitch asks for 2048 and takes no other answer: a ring is at most as long as the card allows. */
static uint16_t ring_size(uint16_t desc)
{
	return (uint16_t)RTE_MIN(rte_align32pow2(RTE_MAX(desc, FRL_RING_MIN)),
				 (uint32_t)FRL_QUEUE_SIZE_MAX);
}

static void check_chunk(struct rte_mempool *mp, void *arg, struct rte_mempool_memhdr *chunk,
			unsigned int n)
{
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(chunk->addr);
	bool *reachable = arg;

	(void)mp;
	(void)n;
	if (!msl || msl->external)
		*reachable = false;
}

/* Whether the card can write into the pool's buffers, with the header that comes before each frame. */
static int check_pool(struct frl_ethport *port, struct rte_mempool *pool)
{
	bool reachable = true;

	if (RTE_PKTMBUF_HEADROOM < FRL_META ||
	    rte_pktmbuf_data_room_size(pool) < RTE_PKTMBUF_HEADROOM + FRL_RING_MIN) {
		FRL_LOG(ERR, port->dev, "port %u: mbufs of pool %s are too small", port->number,
			pool->name);
		return -EINVAL;
	}
	rte_mempool_mem_iter(pool, check_chunk, &reachable);
	if (!reachable && port->dev->bus->map) {
		FRL_LOG(ERR, port->dev,
			"port %u: pool %s stands in external memory, which the card cannot reach",
			port->number, pool->name);
		return -ENOTSUP;
	}
	return 0;
}

static void rxq_free(struct frl_ethport *port)
{
	struct frl_rxq *rxq = port->rxq;

	if (!rxq)
		return;
	frl_queue_drop_mbufs(&rxq->q);
	frl_queue_free(&rxq->q);
	rte_free(rxq);
	port->rxq = NULL;
}

static int rx_queue_setup(struct rte_eth_dev *eth, uint16_t id, uint16_t desc, unsigned int socket,
			  const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct frl_ethport *port = port_of(eth);
	char name[RTE_MEMZONE_NAMESIZE];
	struct frl_rxq *rxq;
	int err = check_pool(port, pool);

	(void)conf;
	if (err)
		return err;
	rxq_free(port);
	rxq = rte_zmalloc_socket("ferrule_rxq", sizeof(*rxq), RTE_CACHE_LINE_SIZE, (int)socket);
	if (!rxq)
		return -ENOMEM;
	snprintf(name, sizeof(name), "%.20s_p%u_rx", port->dev->name, port->number);
	err = frl_queue_alloc(port->dev, &rxq->q, name, 2 * port->info.slow_pair, ring_size(desc),
			      0, (int)socket);
	if (err) {
		rte_free(rxq);
		return err;
	}
	rxq->port = port;
	rxq->pool = pool;
	port->rxq = rxq;
	eth->data->rx_queues[id] = rxq;
	return 0;
}

/* The ring is made for the first queue, the others join. Behind it: a header for each descriptor. */
static int tx_queue_setup(struct rte_eth_dev *eth, uint16_t id, uint16_t desc, unsigned int socket,
			  const struct rte_eth_txconf *conf)
{
	struct frl_ethport *port = port_of(eth);
	char name[RTE_MEMZONE_NAMESIZE];
	uint16_t size = ring_size(desc);
	struct frl_txq *txq;
	int err;

	(void)conf;
	snprintf(name, sizeof(name), "%.20s_p%u_tx", port->dev->name, port->number);
	if (!port->tx.mz) {
		err = frl_queue_alloc(port->dev, &port->tx, name, 2 * port->info.slow_pair + 1,
				      size, size * FRL_META, (int)socket);
		if (err)
			return err;
	}
	txq = rte_zmalloc_socket("ferrule_txq", sizeof(*txq), RTE_CACHE_LINE_SIZE, (int)socket);
	if (!txq)
		return -ENOMEM;
	txq->port = port;
	txq->id = id;
	eth->data->tx_queues[id] = txq;
	return 0;
}

static void rx_queue_release(struct rte_eth_dev *eth, uint16_t id)
{
	rxq_free(port_of(eth));
	eth->data->rx_queues[id] = NULL;
}

static void tx_queue_release(struct rte_eth_dev *eth, uint16_t id)
{
	struct frl_ethport *port = port_of(eth);

	rte_free(eth->data->tx_queues[id]);
	eth->data->tx_queues[id] = NULL;
	for (uint16_t i = 0; i < eth->data->nb_tx_queues; i++) {
		if (eth->data->tx_queues[i])
			return;
	}
	frl_queue_drop_mbufs(&port->tx);
	frl_queue_free(&port->tx);
}

static void rxq_info_get(struct rte_eth_dev *eth, uint16_t id, struct rte_eth_rxq_info *info)
{
	struct frl_rxq *rxq = eth->data->rx_queues[id];

	info->mp = rxq->pool;
	info->nb_desc = rxq->q.size;
	info->rx_buf_size =
		(uint16_t)(rte_pktmbuf_data_room_size(rxq->pool) - RTE_PKTMBUF_HEADROOM);
}

static void txq_info_get(struct rte_eth_dev *eth, uint16_t id, struct rte_eth_txq_info *info)
{
	(void)id;
	info->nb_desc = port_of(eth)->tx.size;
}

/* ---- Start and stop ---- */

/* Empty rings, buffers posted, the card told. frl_dev.lock is held. */
static int arm_queues(struct frl_ethport *port)
{
	struct frl_queue *rx = &port->rxq->q, *tx = &port->tx;
	int err;

	frl_queue_drop_mbufs(rx);
	frl_queue_drop_mbufs(tx);
	rx->number = 2 * port->info.slow_pair;
	tx->number = rx->number + 1;
	frl_vring_init(&rx->ring, rx->mz->addr, rx->slots, rx->size);
	frl_vring_init(&tx->ring, tx->mz->addr, tx->slots, tx->size);
	frl_rx_fill(port->rxq);
	frl_vring_publish(&rx->ring);
	err = frl_queue_arm(port->dev, rx);
	err = err ? err : frl_queue_arm(port->dev, tx);
	if (!err)
		frl_queue_notify(port->dev, rx);
	return err;
}

/* After the card came back: queues as they were, and what firmware forgot. frl_dev.lock is held. */
int frl_port_rearm(struct frl_ethport *port)
{
	struct frl_port_info want = {
		.set = FRL_PORT_SET_MTU | (port->uplink ? 0 : FRL_PORT_SET_MAC) |
		       (port->started ? FRL_PORT_SET_ADMIN : 0),
		.mtu = port->eth->data->mtu,
		.admin = 1,
	};
	int err;

	memcpy(want.mac, &port->mac, sizeof(want.mac));
	err = port_set(port, &want);
	if (err || !port->started)
		return err;
	return arm_queues(port);
}

/* What ethdev tells applications (testpmd leaves out queues that are not started). */
static void set_queue_states(struct rte_eth_dev *eth, uint8_t state)
{
	for (uint16_t i = 0; i < eth->data->nb_rx_queues; i++)
		eth->data->rx_queue_state[i] = state;
	for (uint16_t i = 0; i < eth->data->nb_tx_queues; i++)
		eth->data->tx_queue_state[i] = state;
}

static int start(struct rte_eth_dev *eth)
{
	struct frl_ethport *port = port_of(eth);
	struct frl_port_info want = { .set = FRL_PORT_SET_ADMIN, .admin = 1 };
	int err = 0;

	if (!port->rxq || !port->tx.mz)
		return -EINVAL;
	pthread_mutex_lock(&port->dev->lock);
	/* Without a card the port starts when it is back. */
	if (port->dev->alive) {
		frl_flow_take_over(port->dev);
		err = arm_queues(port);
		if (!err && !port->info.admin)
			err = port_set(port, &want);
		if (!err)
			port->info.admin = 1;
	}
	if (!err) {
		port->started = true;
		set_queue_states(eth, RTE_ETH_QUEUE_STATE_STARTED);
		publish_link(port);
	}
	pthread_mutex_unlock(&port->dev->lock);
	frl_dev_wake(port->dev);
	return err;
}

/* The slow path ends; what the card forwards by itself goes on. */
static int stop(struct rte_eth_dev *eth)
{
	struct frl_ethport *port = port_of(eth);

	pthread_mutex_lock(&port->dev->lock);
	port->started = false;
	set_queue_states(eth, RTE_ETH_QUEUE_STATE_STOPPED);
	if (port->rxq) {
		frl_queue_disarm(port->dev, &port->rxq->q);
		frl_queue_drop_mbufs(&port->rxq->q);
	}
	frl_queue_disarm(port->dev, &port->tx);
	frl_queue_drop_mbufs(&port->tx);
	pthread_mutex_unlock(&port->dev->lock);
	return 0;
}

static int reset(struct rte_eth_dev *eth)
{
	return stop(eth);
}

void frl_port_free_queues(struct frl_ethport *port)
{
	struct rte_eth_dev *eth = port->eth;

	for (uint16_t i = 0; i < eth->data->nb_rx_queues; i++)
		rx_queue_release(eth, i);
	for (uint16_t i = 0; i < eth->data->nb_tx_queues; i++)
		tx_queue_release(eth, i);
}

static int close_port(struct rte_eth_dev *eth)
{
	struct frl_ethport *port = port_of(eth);
	struct frl_dev *dev = port->dev;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	stop(eth);
	pthread_mutex_lock(&dev->lock);
	frl_flow_free_port(port);
	dev->ports[port->number] = NULL;
	dev->nports--;
	pthread_mutex_unlock(&dev->lock);
	frl_port_free_queues(port);
	return 0;
}

static int flow_ops_get(struct rte_eth_dev *eth, const struct rte_flow_ops **ops)
{
	(void)eth;
	*ops = &frl_flow_ops;
	return 0;
}

static int priv_dump(struct rte_eth_dev *eth, FILE *file)
{
	struct frl_ethport *port = port_of(eth);

	fprintf(file, "card %s (%s), %s, epoch 0x%08x, %" PRIu64 " rules\n", port->dev->name,
		port->dev->bus->name, port->dev->alive ? "alive" : "gone", port->dev->epoch,
		port->dev->nflows);
	fprintf(file, "card port %u, link %u, admin %u, mtu %u, queue pair %u\n", port->number,
		port->info.link, port->info.admin, port->info.mtu, port->info.slow_pair);
	return 0;
}

const struct eth_dev_ops frl_eth_ops = {
	.dev_configure = configure,
	.dev_start = start,
	.dev_stop = stop,
	.dev_close = close_port,
	.dev_reset = reset,
	.dev_set_link_up = set_link_up,
	.dev_set_link_down = set_link_down,
	.link_update = link_update,
	.promiscuous_enable = always_on,
	.promiscuous_disable = always_on,
	.allmulticast_enable = always_on,
	.allmulticast_disable = always_on,
	.mac_addr_set = mac_addr_set,
	.mtu_set = mtu_set,
	.stats_get = frl_stats_get,
	.stats_reset = frl_stats_reset,
	.xstats_get = frl_xstats_get,
	.xstats_get_names = frl_xstats_get_names,
	.xstats_reset = frl_xstats_reset,
	.dev_infos_get = infos_get,
	.dev_supported_ptypes_get = supported_ptypes,
	.rx_queue_setup = rx_queue_setup,
	.rx_queue_release = rx_queue_release,
	.tx_queue_setup = tx_queue_setup,
	.tx_queue_release = tx_queue_release,
	.rxq_info_get = rxq_info_get,
	.txq_info_get = txq_info_get,
	.flow_ops_get = flow_ops_get,
	.representor_info_get = representor_info_get,
	.eth_dev_priv_dump = priv_dump,
};

/* ---- Creation ---- */

struct port_params {
	struct frl_dev *dev;
	uint8_t number;
	bool uplink;
	uint16_t vf;
	const struct frl_port_info *info;
};

/* A wire has no address of its own: one that stays the same, from the card's serial number. */
static void uplink_mac(struct frl_dev *dev, struct rte_ether_addr *mac)
{
	uint64_t h = 14695981039346656037ull; /* FNV-1a */

	for (unsigned int i = 0; i < sizeof(dev->hello.serial); i++)
		h = (h ^ dev->hello.serial[i]) * 1099511628211ull;
	memcpy(mac, &h, sizeof(*mac));
	mac->addr_bytes[0] = (uint8_t)((mac->addr_bytes[0] & ~RTE_ETHER_GROUP_ADDR) |
				       RTE_ETHER_LOCAL_ADMIN_ADDR);
}

static int port_init(struct rte_eth_dev *eth, void *arg)
{
	const struct port_params *p = arg;
	struct frl_ethport *port = eth->data->dev_private;
	struct frl_dev *dev = p->dev;

	port->dev = dev;
	port->eth = eth;
	port->number = p->number;
	port->uplink = p->uplink;
	port->vf = p->vf;
	eth->data->mac_addrs = rte_zmalloc("ferrule_mac", sizeof(struct rte_ether_addr), 0);
	if (!eth->data->mac_addrs)
		return -ENOMEM;
	memcpy(&port->mac, p->info->mac, sizeof(port->mac));
	if (p->uplink && rte_is_zero_ether_addr(&port->mac))
		uplink_mac(dev, &port->mac);
	rte_ether_addr_copy(&port->mac, &eth->data->mac_addrs[0]);
	eth->dev_ops = &frl_eth_ops;
	eth->rx_pkt_burst = frl_rx_burst;
	eth->tx_pkt_burst = frl_tx_burst;
	eth->data->dev_flags |= RTE_ETH_DEV_INTR_LSC;
	if (!p->uplink) {
		eth->data->dev_flags |= RTE_ETH_DEV_REPRESENTOR;
		eth->data->representor_id = p->vf;
		eth->data->backer_port_id = dev->ports[FRL_PORT_WIRE0]->eth->data->port_id;
	}
	if (p->info->mtu)
		eth->data->mtu = p->info->mtu;
	dev->ports[p->number] = port;
	dev->nports++;
	frl_port_update(port, p->info);
	return 0;
}

int frl_port_create(struct frl_dev *dev, uint8_t number, bool uplink, uint16_t vf,
		    const struct frl_port_info *info)
{
	struct port_params params = {
		.dev = dev, .number = number, .uplink = uplink, .vf = vf, .info = info
	};
	char name[RTE_ETH_NAME_MAX_LEN];

	if (uplink)
		snprintf(name, sizeof(name), "%s", dev->name);
	else
		snprintf(name, sizeof(name), "%.40s_representor_vf%u", dev->name, vf);
	return rte_eth_dev_create(dev->device, name, sizeof(struct frl_ethport), NULL, NULL,
				  port_init, &params);
}
