/* SPDX-License-Identifier: BSD-3-Clause */
/* Life of a card: found, attached, lost, back again, removed. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_version.h>

#include "frl_pmd.h"

#define OPEN_MS	     10000
#define RECONNECT_MS 200
#define QUIET_MS     100 /* how long after a message was sent firmware's queue is without interrupt */

RTE_LOG_REGISTER(frl_logtype, pmd.net.ferrule, NOTICE);

static TAILQ_HEAD(, frl_dev) devices = TAILQ_HEAD_INITIALIZER(devices);

struct frl_dev *frl_dev_next(struct frl_dev *after)
{
	return after ? TAILQ_NEXT(after, next) : TAILQ_FIRST(&devices);
}

struct frl_ethport *frl_port_of_ethdev(uint16_t ethdev)
{
	if (!rte_eth_dev_is_valid_port(ethdev) || rte_eth_devices[ethdev].dev_ops != &frl_eth_ops)
		return NULL;
	return rte_eth_devices[ethdev].data->dev_private;
}

void frl_dev_wake(struct frl_dev *dev)
{
	uint64_t one = 1;

	if (write(dev->wake_fd, &one, sizeof(one)) < 0)
		FRL_LOG(DEBUG, dev, "service thread is awake already");
}

/* ---- Attach ---- */

/* The card writes its counters into memory of ours. */
static int open_counters(struct frl_dev *dev)
{
	uint32_t bytes = dev->hello.counter_bytes;
	char name[RTE_MEMZONE_NAMESIZE];

	if (bytes < FRL_COUNTER_AREA_BYTES(dev->hello.rules)) {
		FRL_LOG(ERR, dev, "firmware has %u rules but counters of %u bytes",
			dev->hello.rules, bytes);
		return -EPROTO;
	}
	if (dev->counters_mz && dev->counters_mz->len < bytes) {
		dev->counters = NULL;
		rte_memzone_free(dev->counters_mz);
		dev->counters_mz = NULL;
	}
	if (!dev->counters_mz) {
		snprintf(name, sizeof(name), "%.20s_cnt", dev->name);
		dev->counters_mz = rte_memzone_reserve_aligned(name, bytes, SOCKET_ID_ANY,
							       RTE_MEMZONE_IOVA_CONTIG, 64);
	}
	if (!dev->counters_mz) {
		FRL_LOG(ERR, dev, "no memory for counters (%u bytes)", bytes);
		return -ENOMEM;
	}
	memset(dev->counters_mz->addr, 0, bytes);
	dev->counters = dev->counters_mz->addr;
	dev->rules = dev->hello.rules;
	return frl_admin_counters_set(&dev->admin, dev->counters_mz->iova, bytes);
}

/* The bus is open: memory, function, firmware, counters. */
static int attach(struct frl_dev *dev)
{
	int err;

	dev->broken = false;
	err = frl_mem_announce(dev);
	if (err)
		return err;
	pthread_mutex_lock(&dev->lock);
	err = frl_pf_start(dev);
	err = err ? err : frl_admin_open(dev);
	err = err ? err : open_counters(dev);
	pthread_mutex_unlock(&dev->lock);
	return err;
}

/* ---- Lost and found ---- */

static void raise_events(struct frl_dev *dev)
{
	for (unsigned int i = 0; i < FRL_N_PORTS; i++) {
		struct frl_ethport *port = dev->ports[i];
		bool lsc, reset;

		if (!port)
			continue;
		pthread_mutex_lock(&dev->lock);
		lsc = port->lsc_pending;
		reset = port->reset_pending;
		port->lsc_pending = port->reset_pending = false;
		pthread_mutex_unlock(&dev->lock);
		if (lsc)
			rte_eth_dev_callback_process(port->eth, RTE_ETH_EVENT_INTR_LSC, NULL);
		if (reset)
			rte_eth_dev_callback_process(port->eth, RTE_ETH_EVENT_INTR_RESET, NULL);
	}
}

static void close_bus(struct frl_dev *dev)
{
	frl_mem_withdraw(dev);
	pthread_mutex_lock(&dev->lock);
	dev->bus->close(dev);
	pthread_mutex_unlock(&dev->lock);
}

/* Takes the card out of service: from here on no call and no burst touches it. */
static void detach(struct frl_dev *dev)
{
	struct frl_port_info down;

	dev->broken = true;
	pthread_mutex_lock(&dev->lock);
	if (dev->alive) /* else they are saved already */
		frl_flow_save_counts(dev);
	dev->alive = false;
	frl_admin_gone(&dev->admin);
	for (unsigned int i = 0; i < FRL_N_PORTS; i++) {
		struct frl_ethport *port = dev->ports[i];

		if (!port)
			continue;
		if (port->rxq)
			frl_queue_disarm(dev, &port->rxq->q);
		frl_queue_disarm(dev, &port->tx);
		down = port->info;
		down.link = 0;
		frl_port_update(port, &down);
	}
	dev->admin_rx.armed = dev->admin_tx.armed = false;
	pthread_mutex_unlock(&dev->lock);
	close_bus(dev);
}

static int ask_port(struct frl_ethport *port, struct frl_port_info *info)
{
	int err = frl_admin_port_get(&port->dev->admin, port->number, info);

	if (err)
		FRL_LOG(ERR, port->dev, "port %u is gone: %s", port->number,
			frl_refusal_text(port->dev->admin.why.reason));
	return err;
}

/* Settings and queues as they were; firmware starts with its own. */
static void ports_rearm(struct frl_dev *dev)
{
	struct frl_port_info info;

	for (unsigned int i = 0; i < FRL_N_PORTS; i++) {
		struct frl_ethport *port = dev->ports[i];

		if (!port || ask_port(port, &info))
			continue;
		port->info.slow_pair = info.slow_pair;
		if (frl_port_rearm(port))
			FRL_LOG(ERR, dev, "port %u could not be started again", port->number);
	}
}

static void ports_back(struct frl_dev *dev)
{
	struct frl_port_info info;

	for (unsigned int i = 0; i < FRL_N_PORTS; i++) {
		struct frl_ethport *port = dev->ports[i];

		if (!port || ask_port(port, &info))
			continue;
		frl_port_update(port, &info);
		port->reset_pending = port->started;
	}
}

static void reconnect(struct frl_dev *dev)
{
	if (dev->bus->open(dev, RECONNECT_MS))
		return;
	if (attach(dev)) {
		detach(dev);
		return;
	}
	pthread_mutex_lock(&dev->lock);
	frl_flow_replay(dev);
	ports_rearm(dev);
	dev->alive = true;
	ports_back(dev);
	frl_admin_drain(dev);
	pthread_mutex_unlock(&dev->lock);
	FRL_LOG(NOTICE, dev, "card is back, epoch 0x%08x", dev->epoch);
}

/* ---- Service thread ---- */

/* Whether there is some; else the time is up. */
static bool wait_for_work(struct frl_dev *dev, int timeout_ms)
{
	struct pollfd fds[2] = {
		{ .fd = dev->wake_fd, .events = POLLIN },
		{ .fd = dev->alive ? dev->bus->fd(dev) : -1, .events = POLLIN },
	};
	uint64_t count;
	int ready = poll(fds, 2, timeout_ms);

	if ((fds[0].revents & POLLIN) && read(dev->wake_fd, &count, sizeof(count)) < 0)
		FRL_LOG(DEBUG, dev, "wake-up without a count");
	return ready != 0;
}

static void serve(struct frl_dev *dev)
{
	if (!wait_for_work(dev, dev->quiet ? QUIET_MS : dev->bus->look_ms) && dev->quiet)
		dev->events_pending = true;
	if (dev->broken || dev->bus->service(dev) < 0) {
		FRL_LOG(ERR, dev, "card does not answer any more; trying every %d ms",
			RECONNECT_MS);
		detach(dev);
		return;
	}
	if (dev->events_pending) {
		dev->events_pending = false;
		pthread_mutex_lock(&dev->lock);
		frl_admin_drain(dev);
		pthread_mutex_unlock(&dev->lock);
	}
}

static void *service(void *arg)
{
	struct frl_dev *dev = arg;

	while (!dev->stop) {
		if (dev->alive) {
			serve(dev);
		} else {
			wait_for_work(dev, RECONNECT_MS);
			if (!dev->stop)
				reconnect(dev);
		}
		raise_events(dev);
	}
	return NULL;
}

/* ---- Probe and remove ---- */

static int check_environment(struct frl_dev *dev)
{
	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		FRL_LOG(ERR, dev, "secondary processes are not supported");
		return -ENOTSUP;
	}
	/* The driver interface of DPDK has no stable ABI. */
	if (rte_version_year() != RTE_VER_YEAR || rte_version_month() != RTE_VER_MONTH ||
	    rte_version_minor() != RTE_VER_MINOR) {
		FRL_LOG(ERR, dev, "built for DPDK %d.%02d.%d, but this is %s: build it again",
			RTE_VER_YEAR, RTE_VER_MONTH, RTE_VER_MINOR, rte_version());
		return -ENOTSUP;
	}
	return 0;
}

static int create_port(struct frl_dev *dev, uint8_t number, bool uplink, uint16_t vf)
{
	struct frl_port_info info;
	int err;

	pthread_mutex_lock(&dev->lock);
	err = frl_admin_port_get(&dev->admin, number, &info);
	pthread_mutex_unlock(&dev->lock);
	if (err) {
		FRL_LOG(ERR, dev, "firmware does not tell about port %u: %s", number,
			frl_refusal_text(dev->admin.why.reason));
		return err;
	}
	return frl_port_create(dev, number, uplink, vf, &info);
}

static int create_ports(struct frl_dev *dev)
{
	int err = create_port(dev, FRL_PORT_WIRE0, true, 0);

	for (uint16_t vf = 0; !err && vf < dev->vfs; vf++)
		err = create_port(dev, (uint8_t)(FRL_PORT_VF0 + vf), false, vf);
	return err;
}

static int start_thread(struct frl_dev *dev)
{
	char name[16];
	int err;

	snprintf(name, sizeof(name), "%.15s", dev->name);
	dev->alive = true;
	pthread_mutex_lock(&dev->lock);
	frl_admin_drain(dev);
	pthread_mutex_unlock(&dev->lock);
	err = rte_ctrl_thread_create(&dev->thread, name, NULL, service, dev);
	dev->thread_runs = !err;
	return err;
}

static void destroy_ports(struct frl_dev *dev)
{
	/* The uplink last: representors name it as their backer. */
	for (int i = FRL_N_PORTS - 1; i >= 0; i--) {
		uint16_t id;

		if (!dev->ports[i])
			continue;
		id = dev->ports[i]->eth->data->port_id;
		rte_eth_dev_stop(id);
		rte_eth_dev_close(id);
	}
}

static void stop_thread(struct frl_dev *dev)
{
	if (!dev->thread_runs)
		return;
	dev->stop = true;
	frl_dev_wake(dev);
	pthread_join(dev->thread, NULL);
	dev->thread_runs = false;
}

/* What the card forwards by itself goes on; it only stops writing into memory that is freed now. */
static void release(struct frl_dev *dev)
{
	stop_thread(dev);
	pthread_mutex_lock(&dev->lock);
	if (dev->handle && !dev->broken && dev->counters)
		frl_admin_counters_set(&dev->admin, 0, 0);
	frl_pf_stop(dev);
	pthread_mutex_unlock(&dev->lock);
	close_bus(dev);
	frl_mem_unwatch(dev);
	frl_queue_free(&dev->admin_rx);
	frl_queue_free(&dev->admin_tx);
	rte_memzone_free(dev->counters_mz);
	if (dev->domain_id != RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID)
		rte_eth_switch_domain_free(dev->domain_id);
	close(dev->wake_fd);
	pthread_mutex_destroy(&dev->lock);
}

int frl_dev_probe(struct frl_dev *dev)
{
	int err = check_environment(dev);

	if (err)
		return err;
	pthread_mutex_init(&dev->lock, NULL);
	TAILQ_INIT(&dev->flows);
	dev->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	dev->leftovers = true;
	dev->domain_id = RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID;
	rte_eth_switch_domain_alloc(&dev->domain_id);
	err = dev->bus->open(dev, OPEN_MS);
	if (err)
		FRL_LOG(ERR, dev, "cannot reach the card%s%s: %s%s", dev->socket ? " at " : "",
			dev->socket ? dev->socket : "", strerror(-err),
			dev->socket ? "; is ferrule-sim running, with --pf?" : "");
	err = err ? err : frl_mem_watch(dev);
	err = err ? err : attach(dev);
	err = err ? err : create_ports(dev);
	err = err ? err : start_thread(dev);
	if (err) {
		destroy_ports(dev);
		release(dev);
		return err;
	}
	TAILQ_INSERT_TAIL(&devices, dev, next);
	return 0;
}

void frl_dev_remove(struct frl_dev *dev)
{
	TAILQ_REMOVE(&devices, dev, next);
	stop_thread(dev);
	destroy_ports(dev);
	frl_flow_free_all(dev);
	release(dev);
}
