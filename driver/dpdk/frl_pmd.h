/* SPDX-License-Identifier: BSD-3-Clause */
/* The PMD's own types. A struct frl_dev is the PF; its ports are the uplink (wire 0) and one representor
 * for each VF, each with one queue pair of the PF.
 *
 * Locks, in the order in which they are taken:
 *   EAL's memory hotplug lock	memory callbacks, and announcing memory to a new connection
 *   frl_dev.lock		registers that belong together (queue select), admin messages, flows, ports' info
 *   frl_queue.lock		one ring: a burst, arming and disarming
 *   the link's own lock	inside sim/link
 */
#ifndef FRL_PMD_H
#define FRL_PMD_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>

#include <ethdev_driver.h>
#include <rte_ethdev.h>
#include <rte_flow_driver.h>
#include <rte_log.h>
#include <rte_memzone.h>
#include <rte_spinlock.h>

#include "frl_admin.h"
#include "frl_chip.h"
#include "frl_compile.h"
#include "frl_vring.h"

extern int frl_logtype;
#define FRL_LOG(level, dev, fmt, ...) \
	rte_log(RTE_LOG_##level, frl_logtype, "ferrule: %s: " fmt "\n", (dev)->name, ##__VA_ARGS__)

#define FRL_META	  ((uint32_t)sizeof(struct frl_pkt_meta))
#define FRL_RING_MIN	  64
#define FRL_RING_ASK_MAX  4096 /* larger than FRL_QUEUE_SIZE_MAX: see ring_size() */
#define FRL_RX_FREE_BURST 32
#define FRL_TX_QUEUES_MAX 64
#define FRL_MTU_MIN	  68
#define FRL_MTU_MAX	  9198
#define FRL_REFUSALS_KEPT 32

struct frl_dev;

/* What differs between the simulator's socket and a PCI device. All return 0 or a negative errno value;
 * -ENOTCONN: the card is gone.
 */
struct frl_bus_ops {
	const char *name;
	/* `timeout_ms`: how long to wait for a card that is not there yet, where that can be. */
	int (*open)(struct frl_dev *dev, int timeout_ms);
	void (*close)(struct frl_dev *dev);
	int (*read)(struct frl_dev *dev, uint32_t offset, unsigned int size, uint64_t *value);
	int (*write)(struct frl_dev *dev, uint32_t offset, unsigned int size, uint64_t value);
	/* Memory the card shall reach; NULL: it reaches all that has an IOVA. */
	int (*map)(struct frl_dev *dev, uint64_t iova, uint64_t len, int fd, uint64_t offset);
	int (*unmap)(struct frl_dev *dev, uint64_t iova, uint64_t len);
	/* How often the service thread looks when nothing wakes it; -1: never, for what matters is on fd. */
	int look_ms;
	/* File descriptor that wakes the service thread, -1: none. */
	int (*fd)(struct frl_dev *dev);
	/* What arrived on it; sets frl_dev.events_pending for an interrupt. -ENOTCONN: the card is gone. */
	int (*service)(struct frl_dev *dev);
};

extern const struct frl_bus_ops frl_bus_link, frl_bus_pci;

/* A ring of the PF. */
struct frl_queue {
	rte_spinlock_t lock;
	bool armed;	 /* the card may use it; changed under lock */
	uint16_t number; /* within the PF: 2 x pair receives, one more transmits */
	uint16_t size;
	uint16_t vector; /* MSI-X, FRL_MSIX_NONE */
	struct frl_vring ring;
	struct frl_vring_slot *slots;
	const struct rte_memzone *mz; /* ring memory, then `extra` bytes of buffers */
	uint8_t *extra;
	rte_iova_t extra_iova;
};

struct frl_ethport;

struct frl_rxq {
	struct frl_ethport *port;
	struct frl_queue q;
	struct rte_mempool *pool;
	uint64_t packets, bytes, nombuf, bad;
};

/* Several of them send through the port's one ring. */
struct frl_txq {
	struct frl_ethport *port;
	uint16_t id;
	uint64_t packets, bytes, errors;
};

struct frl_xstat_base {
	struct frl_counter port[FRL_PORT_COUNTER_COUNT];
	uint64_t drop[FRL_DROP_COUNT], punt[FRL_PUNT_COUNT];
};

/* dev_private of an ethdev. */
struct frl_ethport {
	struct frl_dev *dev;
	struct rte_eth_dev *eth;
	uint8_t number; /* enum frl_port */
	bool uplink;
	uint16_t vf;
	bool started;
	bool lsc_pending, reset_pending; /* events to be raised by the service thread */
	struct frl_port_info info;
	struct rte_ether_addr mac;
	struct frl_rxq *rxq;
	struct frl_queue tx;
	struct frl_xstat_base base;
};

struct rte_flow {
	TAILQ_ENTRY(rte_flow) next;
	struct frl_ethport *port;
	struct frl_rule_desc desc;
	struct frl_rule_ref ref;
	struct frl_flow_count count;
	bool transfer;
	bool lost;		   /* could not be installed again after the card came back */
	struct frl_counter base;   /* at the last query with reset */
	struct frl_counter before; /* counted in former epochs since then */
};
TAILQ_HEAD(frl_flow_list, rte_flow);

struct frl_refused {
	uint64_t number; /* 1 for the first since probe */
	uint16_t ethdev;
	uint16_t reason;
	uint32_t arg;
	bool by_firmware;
	bool transfer;
	int what; /* rte_flow item or action type, -1 */
	bool is_item;
};

struct frl_dev {
	TAILQ_ENTRY(frl_dev) next;
	char name[RTE_ETH_NAME_MAX_LEN];
	struct rte_device *device;
	const struct frl_bus_ops *bus;
	char *socket; /* of frl_bus_link */
	void *handle; /* link, or BAR */

	pthread_mutex_t lock;
	bool alive;	/* in service; the service thread sets and clears it */
	bool broken;	/* somebody noticed that the card is gone */
	bool announced; /* memory callbacks talk to the bus; changed under the hotplug lock */
	bool events_pending;
	bool quiet;	/* since a message was sent firmware's queue makes no interrupt */
	bool leftovers; /* rules of a driver before us may still be in the card */
	uint32_t epoch;
	uint16_t wires, vfs, admin_pair;
	uint32_t rules;
	uint64_t maps;

	struct frl_admin admin;
	struct frl_queue admin_rx, admin_tx;
	struct frl_hello_rep hello;

	const struct rte_memzone *counters_mz;
	volatile struct frl_counter *counters;

	uint16_t domain_id;
	unsigned int nports;
	struct frl_ethport *ports[FRL_N_PORTS]; /* by card port number */

	struct frl_flow_list flows;
	uint64_t nflows, created, destroyed, refused;
	struct frl_refused refusals[FRL_REFUSALS_KEPT];

	pthread_t thread;
	bool thread_runs, stop;
	int wake_fd;
};

/* frl_dev.c: life of a card */
int frl_dev_probe(struct frl_dev *dev);
void frl_dev_remove(struct frl_dev *dev);
void frl_dev_wake(struct frl_dev *dev);
struct frl_dev *frl_dev_next(struct frl_dev *after);
struct frl_ethport *frl_port_of_ethdev(uint16_t ethdev);

/* frl_pf.c: the PF's registers, queues and messages. Called with frl_dev.lock held. */
int frl_pf_start(struct frl_dev *dev);
void frl_pf_stop(struct frl_dev *dev);
int frl_pf_check(struct frl_dev *dev); /* needs no lock */
int frl_queue_alloc(struct frl_dev *dev, struct frl_queue *q, const char *name, uint16_t number,
		    uint16_t size, size_t extra, int socket);
void frl_queue_free(struct frl_queue *q);
int frl_queue_arm(struct frl_dev *dev, struct frl_queue *q);
void frl_queue_disarm(struct frl_dev *dev, struct frl_queue *q);
const char *frl_queue_state(struct frl_dev *dev, const struct frl_queue *q);
void frl_queue_notify(struct frl_dev *dev, const struct frl_queue *q);
int frl_admin_open(struct frl_dev *dev);
void frl_admin_drain(struct frl_dev *dev);

/* frl_mem.c: which memory the card reaches */
int frl_mem_announce(struct frl_dev *dev);
void frl_mem_withdraw(struct frl_dev *dev);
int frl_mem_watch(struct frl_dev *dev);
void frl_mem_unwatch(struct frl_dev *dev);

/* frl_ethdev.c */
int frl_port_create(struct frl_dev *dev, uint8_t number, bool uplink, uint16_t vf,
		    const struct frl_port_info *info);
void frl_port_free_queues(struct frl_ethport *port);
int frl_port_rearm(struct frl_ethport *port);
void frl_port_update(struct frl_ethport *port, const struct frl_port_info *info);
extern const struct eth_dev_ops frl_eth_ops;

/* frl_rxtx.c */
uint16_t frl_rx_burst(void *rxq, struct rte_mbuf **pkts, uint16_t n);
uint16_t frl_tx_burst(void *txq, struct rte_mbuf **pkts, uint16_t n);
void frl_rx_fill(struct frl_rxq *rxq);
void frl_queue_drop_mbufs(struct frl_queue *q);

/* frl_stats.c */
struct frl_counter frl_counter_read(const struct frl_dev *dev, uint32_t index);
int frl_stats_get(struct rte_eth_dev *eth, struct rte_eth_stats *stats);
int frl_stats_reset(struct rte_eth_dev *eth);
int frl_xstats_get(struct rte_eth_dev *eth, struct rte_eth_xstat *xstats, unsigned int n);
int frl_xstats_get_names(struct rte_eth_dev *eth, struct rte_eth_xstat_name *names, unsigned int n);
int frl_xstats_reset(struct rte_eth_dev *eth);

/* frl_flow.c */
extern const struct rte_flow_ops frl_flow_ops;
void frl_flow_save_counts(struct frl_dev *dev);
void frl_flow_replay(struct frl_dev *dev);
void frl_flow_take_over(struct frl_dev *dev);
void frl_flow_free_all(struct frl_dev *dev);
void frl_flow_free_port(struct frl_ethport *port);

#endif /* FRL_PMD_H */
