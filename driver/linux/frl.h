/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Ferrule SmartNIC: what the files of this driver share.
 *
 * A struct frl_pf is the card. Each of its wires has a netdev (uplink), and in switchdev mode
 * each VF has one too (representor); both are a struct frl_rep. Every rep has one queue pair of
 * the PF, the slow path.
 *
 * Locks, in the order in which they are taken:
 *   devlink instance lock	eswitch mode, number of VFs, reps that come and go
 *   RTNL			netdev callbacks
 *   frl_tc's own
 *   frl_pf.fw_lock		registers that belong together (queue select), messages, arming and
 *				disarming of queues, frl_pf.reps[], frl_rep.info
 *   TX queue lock		a TX ring
 * NAPI takes none but the last. Recovery takes no devlink lock and no RTNL, so that a request
 * which holds them may wait for it.
 */
#ifndef FRL_H
#define FRL_H

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/u64_stats_sync.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/devlink.h>

#include "frl_admin.h"
#include "frl_chip.h"
#include "frl_vring.h"
#include "frl_compat.h"

#define FRL_DRV_NAME "ferrule"

/* Longest buffer of the slow path: header and frame; a shorter one would stop the queue. */
#define FRL_META     ((u32)sizeof(struct frl_pkt_meta))
#define FRL_RX_BYTES (FRL_META + FRL_MAX_FRAME)

#define FRL_MTU_MIN   68
#define FRL_MTU_MAX   9198
#define FRL_RING_MIN  64
#define FRL_RING_DEF  128
#define FRL_VFS_MAX   (FRL_N_PORTS - FRL_PORT_VF0)
#define FRL_RULES_MAX BIT(20)

/* MSI-X: configuration, firmware's queue, then the reps' queue pairs. */
#define FRL_CONFIG_VECTOR 0
#define FRL_ADMIN_VECTOR  1
#define FRL_REP_VECTOR	  2

/*
 * The card may be a simulation that runs a thousand times slower than silicon: seconds, not
 * milliseconds.
 */
#define FRL_FW_READY_S	30
#define FRL_RESET_S	10
#define FRL_REPLY_S	20
#define FRL_HOLD_S	15
#define FRL_WATCHDOG_S	30
#define FRL_HEALTH_MS	1000
#define FRL_REATTACH_MS 200

struct frl_pf;
struct frl_tc;
struct frl_tc_rep;
struct frl_legacy;
struct frl_legacy_table;

/**
 * enum frl_pf_state - whether the card takes requests
 * @FRL_PF_DOWN: not attached yet, or being removed: requests fail with -ENODEV
 * @FRL_PF_LOST: it does not answer, or was reset; recovery tries to get it back and requests wait
 *	for that (up to FRL_HOLD_S, then -EIO)
 * @FRL_PF_UP: in service
 */
enum frl_pf_state {
	FRL_PF_DOWN,
	FRL_PF_LOST,
	FRL_PF_UP,
};

/**
 * struct frl_queue - a virtqueue of the PF
 * @ring: driver's side of the ring; not thread-safe: RX belongs to NAPI, TX to the TX queue lock
 * @slots: one per descriptor
 * @mem: coherent memory of the ring
 * @dma: its address
 * @bytes: its size
 * @extra: offset in @mem of what stands behind the ring
 * @number: within the PF: 2 x pair receives, one more transmits
 * @size: descriptors, a power of two
 * @vector: MSI-X vector
 * @armed: the card may use it
 */
struct frl_queue {
	struct frl_vring ring;
	struct frl_vring_slot *slots;
	void *mem;
	dma_addr_t dma;
	size_t bytes;
	size_t extra;
	u16 number;
	u16 size;
	u16 vector;
	bool armed;
};

/**
 * struct frl_rx_buffer - a receive buffer; belongs to its ring from open to stop
 * @data: FRL_RX_BYTES, physically contiguous
 * @dma: its address
 */
struct frl_rx_buffer {
	void *data;
	dma_addr_t dma;
};

/**
 * struct frl_tx_buffer - a chain in flight
 * @skb: freed when the card has read it
 * @bytes: its length
 * @segs: entries of @seg
 * @seg: the linear part, then each fragment
 */
struct frl_tx_buffer {
	struct sk_buff *skb;
	unsigned int bytes;
	unsigned int segs;
	struct {
		dma_addr_t dma;
		u32 len;
	} seg[FRL_VRING_MAX_SEGS];
};

/**
 * struct frl_slow_stats - what passed one direction of a rep's queue pair ("CPU hits")
 * @packets: frames
 * @bytes: their bytes without struct frl_pkt_meta
 * @dropped: frames this driver dropped
 * @errors: nonsense from the card, or frames that cannot be sent
 * @syncp: for 32-bit readers
 */
struct frl_slow_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t dropped;
	u64_stats_t errors;
	struct u64_stats_sync syncp;
};

/**
 * struct frl_rep - netdev_priv() of an uplink or of a VF's representor
 * @pf: the card
 * @netdev: this netdev
 * @port: card port number (enum frl_port): FRL_PORT_WIRE0 + wire or FRL_PORT_VF0 + vf
 * @uplink: a wire's; else @vf counts
 * @vf: number of the VF represented
 * @open: queues are to be armed whenever the card is there; under fw_lock
 * @devlink_port: its devlink port
 * @has_port: the netdev tells of it; under RTNL
 * @info: how firmware last told the port to be; under fw_lock
 * @napi: of both rings
 * @rx: receive ring
 * @tx: transmit ring
 * @rx_buffer: one per descriptor of @rx
 * @tx_buffer: one per descriptor of @tx; behind that ring stands a header for each
 * @ring_size: descriptors of rings at the next open
 * @pair: queue pair of the PF
 * @vector: MSI-X vector of both rings
 * @irq_name: as /proc/interrupts shows it
 * @rx_stats: slow path towards the host
 * @tx_stats: slow path from the host
 * @zero: what the card had counted when the netdev was first opened
 * @counts: it was
 * @tc: what frl_tc keeps for this netdev
 */
struct frl_rep {
	struct frl_pf *pf;
	struct net_device *netdev;
	u8 port;
	bool uplink;
	u16 vf;
	bool open;
	struct devlink_port devlink_port;
	bool has_port;
	struct frl_port_info info;

	struct napi_struct napi;
	struct frl_queue rx, tx;
	struct frl_rx_buffer *rx_buffer;
	struct frl_tx_buffer *tx_buffer;
	u16 ring_size;
	u16 pair;
	u16 vector;
	char irq_name[32];

	struct frl_slow_stats rx_stats, tx_stats;
	struct frl_counter zero[FRL_PORT_COUNTER_COUNT];
	bool counts;
	struct frl_tc_rep *tc;
};

/**
 * struct frl_vf - what the host has asked for a VF; kept over resets of the card, and over
 *	changes of mode
 * @mac: its address
 * @own_mac: the address that the card gave it
 * @vlan: port VLAN (legacy mode), 0: none
 * @qos: priority of that tag
 * @spoofchk: frames with another source address are dropped (legacy mode)
 * @trusted: may send to 01:80:c2:00:00:0x (legacy mode)
 * @link_state: IFLA_VF_LINK_STATE_* (legacy mode)
 * @inactive: devlink port function state; the VF has no link whatever else says
 * @mac_set: the host chose @mac
 */
struct frl_vf {
	u8 mac[ETH_ALEN];
	u8 own_mac[ETH_ALEN];
	u16 vlan;
	u8 qos;
	bool spoofchk;
	bool trusted;
	u8 link_state;
	bool inactive;
	bool mac_set;
};

/**
 * struct frl_port_base - what a port counted before the card's own counters began
 * @counter: by enum frl_port_counter
 * @still: the card is lost: this is all there is to show
 */
struct frl_port_base {
	struct frl_counter counter[FRL_PORT_COUNTER_COUNT];
	bool still;
};

/**
 * struct frl_recovery_stats - what happened to the card since probe
 * @lost: times it was found gone or in need of a reset
 * @back: times it came back
 * @why: last reason, for people
 * @held: requests that waited for it
 * @told: @lost when devlink was last told
 */
struct frl_recovery_stats {
	u32 lost;
	u32 back;
	const char *why;
	atomic_t held;
	u32 told;
};

/**
 * struct frl_pf - a card; devlink_priv()
 * @pdev: its physical function
 * @devlink: its devlink instance
 * @regs: BAR 0, the function's page of registers
 * @fw_lock: see above
 * @state: enum frl_pf_state, written under fw_lock
 * @state_wait: woken when @state changes
 * @broken: somebody noticed that the card is gone; cleared by attach
 * @vectors: MSI-X vectors there are
 * @admin: client of firmware, under fw_lock
 * @admin_rx: queue from firmware, with its buffers behind the ring
 * @admin_tx: queue to firmware
 * @admin_wait: woken by the interrupt of @admin_rx
 * @admin_waiting: a request looks for its reply
 * @link_changed: of the first wire: @event_work tells legacy mode; under fw_lock
 * @hello: what firmware said in HELLO
 * @epoch: of the firmware; changes when it restarts
 * @wires: uplinks
 * @vfs: VFs that the card has
 * @admin_pair: queue pair of @admin_rx
 * @counters: counter areas, written by the card; that of conversation g is [g % 2], so the last
 *	one's counts still stand there when the card came back
 * @counters_dma: their addresses
 * @counter_bytes: size of each
 * @rules: rules that the card holds, and rule counters of an area
 * @totals_lock: of @base
 * @base: by card port number
 * @base_before: the same before the card was lost; under fw_lock
 * @totals_lost: between frl_totals_lost() and frl_totals_back(); under fw_lock
 * @wq: works of this card
 * @event_work: messages that come unasked
 * @health_work: looks at the card from time to time, and after each configuration interrupt
 * @recovery_work: gets a lost card back
 * @report_work: tells devlink health
 * @registered: devlink takes reports
 * @removing: no work is queued any more
 * @hold: no recovery now: the PCI core resets the function
 * @restorer: task that restores rules after recovery: it does not wait for the next one
 * @recovery: statistics
 * @reporter_fw: devlink health reporter of firmware's errors
 * @reporter_fatal: devlink health reporter of a card that is gone
 * @test_report: devlink asked for a test event of @reporter_fw
 * @region: devlink region with the registers
 * @switchdev: eswitch mode; under the devlink lock
 * @num_vfs: VFs enabled; under the devlink lock
 * @switch_id: phys_switch_id, the serial number
 * @vf: settings of each VF; under fw_lock
 * @legacy: rules of legacy mode
 * @legacy_table: what its software path goes by, NULL in switchdev mode
 * @reps: by card port number; written under fw_lock and RTNL, read under either
 * @tc: what frl_tc keeps for this card
 */
struct frl_pf {
	struct pci_dev *pdev;
	struct devlink *devlink;
	void __iomem *regs;

	struct mutex fw_lock; /* see struct's comment */
	enum frl_pf_state state;
	wait_queue_head_t state_wait;
	bool broken;
	int vectors;

	struct frl_admin admin;
	struct frl_queue admin_rx, admin_tx;
	wait_queue_head_t admin_wait;
	bool admin_waiting;
	bool link_changed;
	struct frl_hello_rep hello;
	u32 epoch;
	u16 wires;
	u16 vfs;
	u16 admin_pair;

	struct frl_counter *counters[2];
	dma_addr_t counters_dma[2];
	u32 counter_bytes;
	u32 rules;
	spinlock_t totals_lock; /* see struct's comment */
	struct frl_port_base base[FRL_N_PORTS], base_before[FRL_N_PORTS];
	bool totals_lost;

	struct workqueue_struct *wq;
	struct work_struct event_work;
	struct delayed_work health_work;
	struct delayed_work recovery_work;
	struct work_struct report_work;
	bool registered;
	bool removing;
	bool hold;
	struct task_struct *restorer;
	struct frl_recovery_stats recovery;
	struct devlink_health_reporter *reporter_fw, *reporter_fatal;
	bool test_report;
	struct devlink_region *region;

	bool switchdev;
	u16 num_vfs;
	struct netdev_phys_item_id switch_id;
	struct frl_vf vf[FRL_VFS_MAX];
	struct frl_legacy *legacy;
	struct frl_legacy_table __rcu *legacy_table;
	struct frl_rep *reps[FRL_N_PORTS];
	struct frl_tc *tc;
};

/*
 * ---- frl_fw.c: requests to firmware. All take fw_lock, wait for a lost card, and may sleep.
 * ----
 */

/**
 * frl_fw_begin() - take fw_lock with a card that answers
 * @pf: card
 *
 * Waits for recovery when the card is lost; what runs in recovery itself does not.
 *
 * Return: 0 with fw_lock held; -EIO when the card did not come back in time, -ENODEV when it is
 * removed.
 */
int frl_fw_begin(struct frl_pf *pf);

/**
 * frl_fw_in_service() - whether a request would be sent at once
 * @pf: card
 *
 * Who makes many asks between them: each of them may wait for a card that is lost.
 *
 * Return: false when the card is lost or the driver is being removed.
 */
bool frl_fw_in_service(struct frl_pf *pf);

bool frl_fw_begin_now(struct frl_pf *pf);

/**
 * frl_fw_end() - give fw_lock back
 * @pf: card
 */
void frl_fw_end(struct frl_pf *pf);

/**
 * frl_fw_rule_add() - install a rule
 * @pf: card
 * @desc: what it shall do; may be freed afterwards
 * @ref: out: the rule in the card; @ref->counter is its counter, @ref->generation tells which
 *	conversation with firmware it belongs to
 * @why: out: reason of a refusal
 *
 * On failure nothing is left behind. See frl_errno() for errno values.
 *
 * Return: 0 or a negative errno value.
 */
int frl_fw_rule_add(struct frl_pf *pf, const struct frl_rule_desc *desc, struct frl_rule_ref *ref,
		    struct frl_why *why);

/*
 * The same for the core itself: frl_fw_rule_add() refuses in legacy mode, where the table is the
 * driver's own.
 */
int frl_fw_rule_add_any(struct frl_pf *pf, const struct frl_rule_desc *desc,
			struct frl_rule_ref *ref, struct frl_why *why);

/**
 * frl_fw_rule_del() - remove a rule
 * @pf: card
 * @ref: rule; also one of a former epoch, and also while the card is gone: both succeed
 * @gone: out: final count of packets and bytes (zero if the card had lost the rule)
 *
 * Does not wait for a lost card. When it returns no packet hits the rule any more and @ref is zero.
 *
 * Return: 0, or a negative errno value if firmware said no; the references are given back all the
 * same.
 */
int frl_fw_rule_del(struct frl_pf *pf, struct frl_rule_ref *ref, struct frl_rule_gone *gone);

/**
 * frl_fw_rule_swing() - give a rule other actions, with no packet seeing anything between
 * @pf: card
 * @ref: rule; keeps its counter
 * @desc: the actions; the match must be the one the rule was added with
 * @why: out: reason of a refusal; the rule does then what it did before
 *
 * Return: 0 or a negative errno value; -ESTALE when the rule is of a former epoch.
 */
int frl_fw_rule_swing(struct frl_pf *pf, struct frl_rule_ref *ref, const struct frl_rule_desc *desc,
		      struct frl_why *why);

/**
 * frl_fw_rule_stale() - whether the card has lost a rule
 * @pf: card
 * @ref: rule
 *
 * Return: true when @ref is of a former epoch, and so to be added again.
 */
bool frl_fw_rule_stale(const struct frl_pf *pf, const struct frl_rule_ref *ref);

/**
 * frl_fw_port_set() - change a port
 * @pf: card
 * @info: port and settings, named by bits of enum frl_port_set in @info->set
 * @why: out: reason of a refusal; may be NULL
 *
 * Return: 0 or a negative errno value.
 */
int frl_fw_port_set(struct frl_pf *pf, const struct frl_port_info *info, struct frl_why *why);

/* With fw_lock held and the card there; for what must be done at once with something else. */
int frl_fw_open(struct frl_pf *pf);
void frl_fw_close(struct frl_pf *pf);
void frl_fw_free(struct frl_pf *pf);
int frl_fw_port_set_locked(struct frl_pf *pf, const struct frl_port_info *info,
			   struct frl_why *why);
void frl_fw_events(struct work_struct *work);
irqreturn_t frl_fw_interrupt(int irq, void *arg);

/**
 * frl_errno() - errno value of a refusal
 * @why: what firmware or its client said
 *
 * Return: a negative errno value: -EOPNOTSUPP for what this card cannot do, -ENOSPC for a table
 * that is full, -EINVAL, -EEXIST, -EBUSY, -ENOENT, -EIO as enum frl_status says.
 */
int frl_errno(const struct frl_why *why);

/* ---- frl_counters.c ---- */

int frl_counters_start(struct frl_pf *pf);
void frl_counters_free(struct frl_pf *pf);

/**
 * frl_counter_read() - a rule's counter, from the memory that the card writes
 * @pf: card
 * @counter: frl_rule_ref.counter
 * @packets: out
 * @bytes: out: frame bytes without FCS, as received
 *
 * Takes no lock and asks nobody. Packets and bytes belong together. The counter is one of the
 * present conversation with firmware: see frl_rule_counts() for a rule that may be older.
 */
void frl_counter_read(struct frl_pf *pf, u32 counter, u64 *packets, u64 *bytes);

/**
 * frl_rule_counts() - what a rule has counted, also one that the card lost
 * @pf: card
 * @ref: rule, as frl_fw_rule_add() left it
 * @packets: out
 * @bytes: out
 *
 * As frl_counter_read(); a stale rule's counts stay until the card is lost once more.
 */
void frl_rule_counts(struct frl_pf *pf, const struct frl_rule_ref *ref, u64 *packets, u64 *bytes);

struct frl_counter frl_counter_at(const struct frl_pf *pf, u32 index);
void frl_port_totals(struct frl_pf *pf, u8 port, struct frl_counter totals[FRL_PORT_COUNTER_COUNT]);
void frl_totals_lost(struct frl_pf *pf);
void frl_totals_back(struct frl_pf *pf, bool restarted);

/* ---- frl_rep.c: netdevs ---- */

/**
 * frl_rep_of() - our rep behind a netdev
 * @pf: card
 * @netdev: any netdev; what stands above it or below it is not looked at
 *
 * Return: its rep when it is an uplink or representor of this card, else NULL.
 */
struct frl_rep *frl_rep_of(struct frl_pf *pf, const struct net_device *netdev);

/* The same of any card; NULL when the netdev is not of this driver. */
struct frl_rep *frl_rep_of_any(const struct net_device *netdev);

struct frl_rep *frl_rep_create(struct frl_pf *pf, u8 port);
void frl_rep_destroy(struct frl_rep *rep);
int frl_rep_devlink_reregister(struct frl_rep *rep);
void frl_rep_info(struct frl_rep *rep, const struct frl_port_info *info);
int frl_rep_attach(struct frl_rep *rep);
void frl_rep_detach(struct frl_rep *rep);
void frl_rep_back(struct frl_rep *rep);

/* ---- frl_rxtx.c: slow path of a rep ---- */

int frl_rings_alloc(struct frl_rep *rep);
void frl_rings_free(struct frl_rep *rep);
int frl_rings_arm(struct frl_rep *rep);
void frl_rings_disarm(struct frl_rep *rep);
netdev_tx_t frl_xmit(struct sk_buff *skb, struct net_device *netdev);
int frl_poll(struct napi_struct *napi, int budget);
irqreturn_t frl_rep_interrupt(int irq, void *arg);

/**
 * frl_send() - queue a frame for a port
 * @rep: whose ring it takes; its TX queue lock is held
 * @skb: frame; consumed
 * @port: card port it goes to, without a lookup
 *
 * Return: 0, or -EBUSY when there is no room: then @skb still is the caller's.
 */
int frl_send(struct frl_rep *rep, struct sk_buff *skb, u8 port);
void frl_flush(struct frl_rep *rep);

/* ---- frl_queue.c ---- */

int frl_queue_alloc(struct frl_pf *pf, struct frl_queue *q, u16 size, size_t extra);
void frl_queue_free(struct frl_pf *pf, struct frl_queue *q);
int frl_queue_arm(struct frl_pf *pf, struct frl_queue *q);
void frl_queue_release(struct frl_pf *pf, const struct frl_queue *q);
const char *frl_queue_why(struct frl_pf *pf, const struct frl_queue *q);
bool frl_queue_has_used(const struct frl_queue *q);
void frl_queue_interrupts(struct frl_queue *q, bool on);

static inline void *frl_queue_extra(const struct frl_queue *q)
{
	return q->mem + q->extra;
}

static inline dma_addr_t frl_queue_extra_dma(const struct frl_queue *q)
{
	return q->dma + q->extra;
}

static inline void frl_queue_notify(struct frl_pf *pf, const struct frl_queue *q)
{
	iowrite16(q->number, pf->regs + FRL_REG_FN_NOTIFY);
}

/* ---- frl_regs.c: the PF as a virtio function ---- */

int frl_pf_start(struct frl_pf *pf);
int frl_pf_reset(struct frl_pf *pf);
const char *frl_pf_silent(struct frl_pf *pf);
bool frl_pf_present(struct frl_pf *pf);
bool frl_pf_ready(struct frl_pf *pf);
void frl_pf_config(struct frl_pf *pf, struct frl_pf_config *config);
u8 frl_pf_status(struct frl_pf *pf);

/* ---- frl_main.c ---- */

int frl_pf_attach(struct frl_pf *pf);
void frl_pf_detach(struct frl_pf *pf);
u16 frl_pf_vector(const struct frl_pf *pf, u16 pair);
void frl_pf_queue(struct frl_pf *pf, struct work_struct *work);

/* ---- frl_health.c: a card that is lost, and comes back ---- */

/**
 * frl_pf_lost() - say that the card does not answer as it should
 * @pf: card
 * @why: reason, a constant string
 *
 * From any context. Recovery follows.
 */
void frl_pf_lost(struct frl_pf *pf, const char *why);

void frl_health_init(struct frl_pf *pf);
void frl_health_start(struct frl_pf *pf);
void frl_health_stop(struct frl_pf *pf);
irqreturn_t frl_config_interrupt(int irq, void *arg);
void frl_recovery_hold(struct frl_pf *pf);
void frl_recovery_go(struct frl_pf *pf);
int frl_reporters_create(struct frl_pf *pf);
void frl_reporters_destroy(struct frl_pf *pf);
void frl_reporters_tell(struct frl_pf *pf);

/* ---- frl_eswitch.c, frl_sriov.c, frl_legacy.c, frl_devlink.c, frl_ethtool.c ---- */

int frl_eswitch_init(struct frl_pf *pf);
void frl_eswitch_fini(struct frl_pf *pf);
int frl_eswitch_vfs_add(struct frl_pf *pf, u16 vfs);
void frl_eswitch_vfs_remove(struct frl_pf *pf);
int frl_eswitch_mode_get(struct devlink *devlink, u16 *mode);
int frl_eswitch_mode_set(struct devlink *devlink, u16 mode, struct netlink_ext_ack *extack);

int frl_sriov_configure(struct pci_dev *pdev, int num_vfs);
void frl_sriov_disable(struct frl_pf *pf);
int frl_vf_apply_locked(struct frl_pf *pf, u16 vf);
int frl_vf_apply(struct frl_pf *pf, u16 vf);
int frl_vf_mac_set(struct frl_pf *pf, u16 vf, const u8 *mac);
void frl_vfs_init(struct frl_pf *pf);

int frl_legacy_alloc(struct frl_pf *pf);
void frl_legacy_free(struct frl_pf *pf);
int frl_legacy_start(struct frl_pf *pf, u16 vfs);
void frl_legacy_stop(struct frl_pf *pf);
int frl_legacy_vfs(struct frl_pf *pf, u16 vfs);
void frl_legacy_restore(struct frl_pf *pf);
void frl_legacy_link(struct frl_pf *pf);

/* Whether a card is in legacy mode. */
static inline bool frl_legacy_on(const struct frl_pf *pf)
{
	return rcu_access_pointer(pf->legacy_table);
}

/* Whether a rep is the uplink through which legacy mode's VFs reach the host and the world. */
static inline bool frl_legacy_serves(const struct frl_rep *rep)
{
	return rep->port == FRL_PORT_WIRE0 && frl_legacy_on(rep->pf);
}

struct sk_buff *frl_legacy_receive(struct frl_rep *uplink, struct sk_buff *skb, u8 src_port);
int frl_legacy_xmit(struct frl_rep *uplink, struct sk_buff *skb);
int frl_set_vf_mac(struct net_device *netdev, int vf, u8 *mac);
int frl_set_vf_vlan(struct net_device *netdev, int vf, u16 vlan, u8 qos, __be16 proto);
int frl_set_vf_rate(struct net_device *netdev, int vf, int min_mbps, int max_mbps);
int frl_set_vf_spoofchk(struct net_device *netdev, int vf, bool on);
int frl_set_vf_trust(struct net_device *netdev, int vf, bool on);
int frl_set_vf_link_state(struct net_device *netdev, int vf, int state);
int frl_get_vf_config(struct net_device *netdev, int vf, struct ifla_vf_info *info);
int frl_get_vf_stats(struct net_device *netdev, int vf, struct ifla_vf_stats *stats);

extern const struct devlink_ops frl_devlink_ops;
int frl_devlink_init(struct frl_pf *pf);
void frl_devlink_fini(struct frl_pf *pf);

extern const struct ethtool_ops frl_ethtool_ops;
u32 frl_regs_dump(struct frl_pf *pf, u32 *words, u32 room);

/* ---- frl_tc.c (and frl_tc_*.c): what TC offloads ---- */

/**
 * frl_tc_init() - prepare for rules
 * @pf: card; attached, no rep yet
 *
 * Return: 0 or a negative errno value.
 */
int frl_tc_init(struct frl_pf *pf);

/**
 * frl_tc_fini() - remove what is left
 * @pf: card; the last rep is gone, firmware still answers if the card is there
 */
void frl_tc_fini(struct frl_pf *pf);

/**
 * frl_tc_setup() - ndo_setup_tc of every rep
 * @netdev: rep's netdev
 * @type: what is set up
 * @data: depends on @type
 *
 * In legacy mode the core answers -EOPNOTSUPP before this is asked.
 *
 * Return: 0 or a negative errno value.
 */
int frl_tc_setup(struct net_device *netdev, enum tc_setup_type type, void *data);

/**
 * frl_tc_busy() - whether filters of a rep are in hardware
 * @rep: rep; RTNL is held
 *
 * For ndo_set_features: hw-tc-offload does not go off (-EBUSY) while there are any.
 *
 * Return: true if there are.
 */
bool frl_tc_busy(const struct frl_rep *rep);

/**
 * frl_tc_rep_gone() - a rep is about to go: rules that name it, as source or as destination, go
 * @rep: after unregister_netdev(), so that no block of its own is left; its netdev still is memory
 */
void frl_tc_rep_gone(struct frl_rep *rep);

/**
 * frl_tc_fw_restarted() - the card is back without rules: add all again
 * @pf: card, FRL_PF_UP
 *
 * Called without a lock, from a work, while other requests go on: a rule that is not
 * frl_fw_rule_stale() was added since. frl_rule_counts() still tells what a stale rule counted;
 * add that to what is reported before the rule is added again.
 */
void frl_tc_fw_restarted(struct frl_pf *pf);

#endif /* FRL_H */
