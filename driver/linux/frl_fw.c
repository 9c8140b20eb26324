// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Firmware's queue pair, and requests to it. Messages are built by driver/common/frl_admin.c. */
#include <linux/delay.h>
#include <linux/slab.h>

#include "frl.h"

#define RX_BUFFERS  16
#define RX_BYTES    (FRL_ADMIN_REP_MAX + 64)
#define TX_BYTES    (FRL_ADMIN_REQ_MAX + 64)
#define RING	    64
#define DRIVER_NAME "linux ferrule"

/* ---- Frames ---- */

static void *rx_buffer(struct frl_pf *pf, unsigned int n)
{
	return frl_queue_extra(&pf->admin_rx) + n * RX_BYTES;
}

static void rx_post(struct frl_pf *pf, unsigned int n)
{
	struct frl_vring_seg seg = {
		.addr = frl_queue_extra_dma(&pf->admin_rx) + n * RX_BYTES,
		.len = RX_BYTES,
	};

	frl_vring_add(&pf->admin_rx.ring, &seg, 1, 1, rx_buffer(pf, n));
}

static void rx_repost(struct frl_pf *pf, void *buffer)
{
	rx_post(pf, (buffer - rx_buffer(pf, 0)) / RX_BYTES);
	if (frl_vring_publish(&pf->admin_rx.ring))
		frl_queue_notify(pf, &pf->admin_rx);
}

/* The next frame, copied without its header; its length, or 0 when there is none. */
static int take_frame(struct frl_pf *pf, void *frame, size_t room)
{
	u32 len = 0;
	void *buffer = frl_vring_take(&pf->admin_rx.ring, &len);

	if (!buffer) {
		if (pf->admin_rx.ring.broken)
			frl_pf_lost(pf, "firmware's queue names a buffer that it did not have");
		return 0;
	}
	len = len > FRL_META && len <= RX_BYTES ? len - FRL_META : 0;
	len = min_t(size_t, len, room);
	memcpy(frame, buffer + FRL_META, len);
	rx_repost(pf, buffer);
	return len;
}

/* One buffer: the card has read the last request once there was a reply to it, or it is gone. */
static bool tx_free(struct frl_pf *pf)
{
	struct frl_queue *q = &pf->admin_tx;
	unsigned long end = jiffies + FRL_REPLY_S * HZ;
	u32 written;

	while (q->ring.free_count != q->size) {
		if (frl_vring_take(&q->ring, &written))
			continue;
		if (READ_ONCE(pf->broken) || q->ring.broken || time_after(jiffies, end))
			return false;
		usleep_range(50, 200);
	}
	return true;
}

static int admin_send(void *arg, const void *frame, size_t len)
{
	struct frl_pf *pf = arg;
	struct frl_queue *q = &pf->admin_tx;
	struct frl_vring_seg seg = { .addr = frl_queue_extra_dma(q), .len = FRL_META + len };
	struct frl_pkt_meta meta = {
		.src_port = FRL_PORT_HOST,
		.dst_port = FRL_PORT_FW,
		.flags = FRL_META_FLAG_DIRECT,
	};

	if (!tx_free(pf))
		return -ENODEV;
	memcpy(frl_queue_extra(q), &meta, sizeof(meta));
	memcpy(frl_queue_extra(q) + FRL_META, frame, len);
	if (frl_vring_add(&q->ring, &seg, 1, 0, q))
		return -ENODEV;
	if (frl_vring_publish(&q->ring))
		frl_queue_notify(pf, q);
	return 0;
}

/* In slices: nobody else may notice that a card without interrupts is gone. */
static int admin_recv(void *arg, void *frame, size_t room)
{
	struct frl_pf *pf = arg;
	unsigned int slice;
	const char *why;
	int len;

	for (slice = 0; slice <= FRL_REPLY_S; slice++) {
		len = take_frame(pf, frame, room);
		if (len)
			return len;
		if (READ_ONCE(pf->broken))
			return -ENODEV;
		wait_event_timeout(pf->admin_wait,
				   frl_queue_has_used(&pf->admin_rx) || READ_ONCE(pf->broken), HZ);
		if (frl_queue_has_used(&pf->admin_rx))
			continue;
		why = frl_pf_silent(pf);
		if (why) {
			frl_pf_lost(pf, why);
			return -ENODEV;
		}
	}
	pci_err(pf->pdev, "firmware did not answer within %u s (queues: %s; %s)\n", FRL_REPLY_S,
		frl_queue_why(pf, &pf->admin_tx), frl_queue_why(pf, &pf->admin_rx));
	frl_pf_lost(pf, "firmware did not answer");
	return -ETIMEDOUT;
}

/* ---- What firmware says unasked ---- */

static void admin_port_changed(void *arg, const struct frl_port_info *info)
{
	struct frl_pf *pf = arg;

	if (info->port >= FRL_N_PORTS || !pf->reps[info->port])
		return;
	frl_rep_info(pf->reps[info->port], info);
	if (info->port == FRL_PORT_WIRE0) {
		/* VFs of legacy mode follow; by messages, so not from within one. */
		pf->link_changed = true;
		frl_pf_queue(pf, &pf->event_work);
	}
}

/*
 * A queue that the card stopped fails the whole function (virtio 1.2, 2.1.2), and firmware hangs
 * up.
 */
static void admin_forgotten(void *arg)
{
	frl_pf_lost(arg, "firmware ended the conversation");
}

static void *admin_alloc(void *arg, size_t bytes)
{
	return kzalloc(bytes, GFP_KERNEL);
}

static void admin_free(void *arg, void *mem)
{
	kfree(mem);
}

static const struct frl_admin_ops admin_ops = {
	.send = admin_send,
	.recv = admin_recv,
	.port_changed = admin_port_changed,
	.forgotten = admin_forgotten,
	.alloc = admin_alloc,
	.free = admin_free,
};

static void drain(struct frl_pf *pf)
{
	u8 *frame = kmalloc(FRL_ADMIN_REP_MAX, GFP_KERNEL);
	int len;

	if (!frame)
		return;
	while ((len = take_frame(pf, frame, FRL_ADMIN_REP_MAX)) > 0)
		frl_admin_event(&pf->admin, frame, len);
	kfree(frame);
}

/**
 * frl_fw_events() - handle messages that came unasked
 * @work: frl_pf.event_work
 */
void frl_fw_events(struct work_struct *work)
{
	struct frl_pf *pf = container_of(work, struct frl_pf, event_work);
	bool link = false;

	mutex_lock(&pf->fw_lock);
	if (pf->state == FRL_PF_UP) {
		drain(pf);
		link = pf->link_changed;
		pf->link_changed = false;
	}
	mutex_unlock(&pf->fw_lock);
	if (link)
		frl_legacy_link(pf);
}

/**
 * frl_fw_interrupt() - firmware sent something
 * @irq: vector of its queue
 * @arg: card
 *
 * Return: IRQ_HANDLED.
 */
irqreturn_t frl_fw_interrupt(int irq, void *arg)
{
	struct frl_pf *pf = arg;

	wake_up(&pf->admin_wait);
	if (!READ_ONCE(pf->admin_waiting))
		frl_pf_queue(pf, &pf->event_work);
	return IRQ_HANDLED;
}

/* ---- Requests ---- */

static bool settled(struct frl_pf *pf)
{
	enum frl_pf_state state = READ_ONCE(pf->state);

	return state == FRL_PF_DOWN || (state == FRL_PF_UP && !READ_ONCE(pf->broken));
}

bool frl_fw_in_service(struct frl_pf *pf)
{
	return READ_ONCE(pf->state) == FRL_PF_UP && !READ_ONCE(pf->broken);
}

static void waiting(struct frl_pf *pf)
{
	WRITE_ONCE(pf->admin_waiting, true);
}

int frl_fw_begin(struct frl_pf *pf)
{
	unsigned long left = FRL_HOLD_S * HZ;

	for (;;) {
		if (!settled(pf)) {
			if (READ_ONCE(pf->restorer) == current)
				return -EIO;
			atomic_inc(&pf->recovery.held);
			left = wait_event_timeout(pf->state_wait, settled(pf), left);
			if (!left)
				return -EIO;
		}
		mutex_lock(&pf->fw_lock);
		if (pf->state == FRL_PF_DOWN) {
			mutex_unlock(&pf->fw_lock);
			return -ENODEV;
		}
		if (settled(pf))
			break;
		mutex_unlock(&pf->fw_lock);
	}
	waiting(pf);
	return 0;
}

/**
 * frl_fw_begin_now() - take fw_lock, whatever the card does
 * @pf: card
 *
 * To be ended by frl_fw_end() in any case.
 *
 * Return: true when the card takes requests.
 */
bool frl_fw_begin_now(struct frl_pf *pf)
{
	mutex_lock(&pf->fw_lock);
	waiting(pf);
	return pf->state == FRL_PF_UP && !READ_ONCE(pf->broken);
}

void frl_fw_end(struct frl_pf *pf)
{
	WRITE_ONCE(pf->admin_waiting, false);
	/*
	 * The flag before the look: the interrupt of a message that comes now starts the work
	 * itself.
	 */
	smp_mb();
	if (pf->state == FRL_PF_UP && frl_queue_has_used(&pf->admin_rx))
		frl_pf_queue(pf, &pf->event_work);
	mutex_unlock(&pf->fw_lock);
}

/* Whether a request failed only because the card died under it: it may be made once more. */
static bool died(const struct frl_pf *pf, int err)
{
	return err && READ_ONCE(pf->broken);
}

int frl_errno(const struct frl_why *why)
{
	return -FRL_STATUS_ERRNO(why->status);
}

int frl_fw_rule_add(struct frl_pf *pf, const struct frl_rule_desc *desc, struct frl_rule_ref *ref,
		    struct frl_why *why)
{
	if (!frl_legacy_on(pf))
		return frl_fw_rule_add_any(pf, desc, ref, why);
	memset(ref, 0, sizeof(*ref));
	*why = (struct frl_why){ .status = FRL_STATUS_UNSUPPORTED,
				 .reason = FRL_REFUSAL_TC_LEGACY };
	return -EOPNOTSUPP;
}

int frl_fw_rule_add_any(struct frl_pf *pf, const struct frl_rule_desc *desc,
			struct frl_rule_ref *ref, struct frl_why *why)
{
	bool again = true, retry;
	int err;

	do {
		memset(ref, 0, sizeof(*ref));
		*why = (struct frl_why){ .status = FRL_STATUS_FAILED,
					 .reason = FRL_REFUSAL_DEVICE_GONE };
		err = frl_fw_begin(pf);
		if (err)
			return err;
		err = frl_admin_rule_create(&pf->admin, desc, ref);
		*why = pf->admin.why;
		retry = again && died(pf, err);
		again = false;
		frl_fw_end(pf);
	} while (retry);
	return err;
}

int frl_fw_rule_del(struct frl_pf *pf, struct frl_rule_ref *ref, struct frl_rule_gone *gone)
{
	int err;

	mutex_lock(&pf->fw_lock);
	waiting(pf);
	err = frl_admin_rule_destroy(&pf->admin, ref, gone);
	if (died(pf, err))
		err = 0;
	frl_fw_end(pf);
	return err;
}

int frl_fw_rule_swing(struct frl_pf *pf, struct frl_rule_ref *ref, const struct frl_rule_desc *desc,
		      struct frl_why *why)
{
	int err;

	*why = (struct frl_why){ .status = FRL_STATUS_FAILED, .reason = FRL_REFUSAL_DEVICE_GONE };
	err = frl_fw_begin(pf);
	if (err)
		return err;
	if (ref->generation != pf->admin.generation) {
		err = -ESTALE;
	} else {
		err = frl_admin_rule_update(&pf->admin, desc, ref);
		*why = pf->admin.why;
	}
	frl_fw_end(pf);
	return err;
}

bool frl_fw_rule_stale(const struct frl_pf *pf, const struct frl_rule_ref *ref)
{
	return ref->generation != READ_ONCE(pf->admin.generation);
}

/**
 * frl_fw_port_set_locked() - change a port
 * @pf: card; fw_lock is held, and the card there
 * @info: port and settings
 * @why: out: reason of a refusal; may be NULL
 *
 * Return: 0 or a negative errno value.
 */
int frl_fw_port_set_locked(struct frl_pf *pf, const struct frl_port_info *info, struct frl_why *why)
{
	int err = frl_admin_port_set(&pf->admin, info);

	if (why)
		*why = pf->admin.why;
	if (err)
		pci_warn(pf->pdev, "port %u: setting refused: %s\n", info->port,
			 frl_refusal_text(pf->admin.why.reason));
	return err;
}

int frl_fw_port_set(struct frl_pf *pf, const struct frl_port_info *info, struct frl_why *why)
{
	int err;

	if (why)
		*why = (struct frl_why){ .status = FRL_STATUS_FAILED,
					 .reason = FRL_REFUSAL_DEVICE_GONE };
	err = frl_fw_begin(pf);
	if (err)
		return err;
	err = frl_fw_port_set_locked(pf, info, why);
	frl_fw_end(pf);
	return err;
}

/* ---- Start and stop ---- */

static int alloc_queues(struct frl_pf *pf)
{
	int err;

	if (pf->admin_rx.mem)
		return 0;
	frl_admin_init(&pf->admin, &admin_ops, pf);
	err = frl_queue_alloc(pf, &pf->admin_rx, RING, RX_BUFFERS * RX_BYTES);
	if (err)
		return err;
	err = frl_queue_alloc(pf, &pf->admin_tx, RING, TX_BYTES);
	if (err)
		frl_queue_free(pf, &pf->admin_rx);
	return err;
}

static int arm_queues(struct frl_pf *pf)
{
	struct frl_queue *rx = &pf->admin_rx, *tx = &pf->admin_tx;
	unsigned int i;
	int err;

	rx->number = 2 * pf->admin_pair;
	tx->number = rx->number + 1;
	rx->vector = FRL_ADMIN_VECTOR;
	tx->vector = FRL_MSIX_NONE;
	frl_vring_init(&rx->ring, rx->mem, rx->slots, rx->size);
	frl_vring_init(&tx->ring, tx->mem, tx->slots, tx->size);
	for (i = 0; i < RX_BUFFERS; i++)
		rx_post(pf, i);
	frl_vring_publish(&rx->ring);
	frl_queue_interrupts(rx, true);
	err = frl_queue_arm(pf, rx);
	if (err)
		return err;
	err = frl_queue_arm(pf, tx);
	if (err)
		return err;
	frl_queue_notify(pf, rx);
	return 0;
}

/* Rules of a driver before us, or of the last conversation: whoever wants them adds them again. */
static int start_conversation(struct frl_pf *pf)
{
	int err;

	frl_admin_reset(&pf->admin);
	err = frl_admin_hello(&pf->admin, DRIVER_NAME, &pf->hello);
	if (!err)
		err = frl_admin_flush(&pf->admin);
	if (err)
		pci_err(pf->pdev, "firmware refused HELLO or FLUSH: %s\n",
			frl_refusal_text(pf->admin.why.reason));
	return err;
}

/**
 * frl_fw_open() - start the conversation with firmware
 * @pf: card, whose function has DRIVER_OK; within frl_fw_begin_now()
 *
 * No rules are in the card afterwards, and its counters are written to our memory.
 *
 * Return: 0 or a negative errno value.
 */
int frl_fw_open(struct frl_pf *pf)
{
	int err;

	lockdep_assert_held(&pf->fw_lock);
	err = alloc_queues(pf);
	if (!err)
		err = arm_queues(pf);
	if (!err)
		err = start_conversation(pf);
	if (!err)
		err = frl_counters_start(pf);
	return err;
}

/**
 * frl_fw_close() - end it, with no rule left behind and no counters written any more
 * @pf: card; within frl_fw_begin_now()
 */
void frl_fw_close(struct frl_pf *pf)
{
	lockdep_assert_held(&pf->fw_lock);
	if (!pf->admin_rx.mem)
		return;
	frl_admin_flush(&pf->admin);
	frl_admin_counters_set(&pf->admin, 0, 0);
	frl_admin_gone(&pf->admin);
}

/**
 * frl_fw_free() - memory of firmware's queues
 * @pf: card, after its reset
 */
void frl_fw_free(struct frl_pf *pf)
{
	frl_queue_free(pf, &pf->admin_rx);
	frl_queue_free(pf, &pf->admin_tx);
}
