/* SPDX-License-Identifier: BSD-3-Clause */
/* The PF as a virtio function: start (virtio 1.2, 3.1.1), queues, and firmware's queue pair. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_pause.h>

#include "frl_pmd.h"

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER	   2
#define STATUS_DRIVER_OK   4
#define STATUS_FEATURES_OK 8

/* virtio 1.2, 6: bits 32 (VERSION_1), 33 (ACCESS_PLATFORM), 36 (ORDER_PLATFORM), 40 (RING_RESET). */
#define FEATURES_WANTED (RTE_BIT64(32) | RTE_BIT64(33) | RTE_BIT64(36) | RTE_BIT64(40))
#define FEATURES_NEEDED RTE_BIT64(32)

#define REG_QUEUE_SELECT (FRL_REG_FN_STATUS + 2)
#define REG_QUEUE_VECTOR (FRL_REG_FN_QUEUE_SIZE + 2)
#define REG_QUEUE_RESET	 (FRL_REG_FN_QUEUE_RESET + 2)

#define FW_READY_S     30
#define RESET_S	       5
#define ADMIN_REPLY_S  10
#define ADMIN_RX       16
#define ADMIN_RX_BYTES (FRL_ADMIN_REP_MAX + 64)
#define ADMIN_TX_BYTES (FRL_ADMIN_REQ_MAX + 64)
#define ADMIN_RING     64
#define ADMIN_VECTOR   0
#define SPINS	       64 /* looks at a ring before it sleeps between them */

static int failed(struct frl_dev *dev, int err)
{
	if (err == -ENOTCONN && !dev->broken) {
		dev->broken = true;
		frl_dev_wake(dev);
	}
	return err;
}

static int reg_read(struct frl_dev *dev, uint32_t offset, unsigned int size, uint64_t *value)
{
	return dev->broken ? -ENOTCONN : failed(dev, dev->bus->read(dev, offset, size, value));
}

static int reg_write(struct frl_dev *dev, uint32_t offset, unsigned int size, uint64_t value)
{
	return dev->broken ? -ENOTCONN : failed(dev, dev->bus->write(dev, offset, size, value));
}

static uint64_t deadline(unsigned int seconds)
{
	return rte_get_timer_cycles() + seconds * rte_get_timer_hz();
}

/* ---- Start ---- */

static int read_config(struct frl_dev *dev, struct frl_pf_config *config)
{
	uint32_t words[sizeof(*config) / 4];
	uint64_t v;
	int err;

	for (unsigned int i = 0; i < RTE_DIM(words); i++) {
		err = reg_read(dev, FRL_REG_FN_CONFIG + 4 * i, 4, &v);
		if (err)
			return err;
		words[i] = (uint32_t)v;
	}
	memcpy(config, words, sizeof(*config));
	return 0;
}

static int check_config(struct frl_dev *dev, const struct frl_pf_config *c)
{
	if (c->abi_major != FRL_ABI_MAJOR) {
		FRL_LOG(ERR, dev,
			"firmware speaks ABI %u.%u, this driver %u.%u: update the older one",
			c->abi_major, c->abi_minor, FRL_ABI_MAJOR, FRL_ABI_MINOR);
		return -EPROTO;
	}
	if (!c->wires || FRL_PORT_WIRE0 + c->wires > FRL_PORT_HOST ||
	    FRL_PORT_VF0 + c->vfs > FRL_N_PORTS || c->admin_pair >= FRL_PF_PAIRS) {
		FRL_LOG(ERR, dev, "firmware tells of %u wires, %u VFs and admin pair %u", c->wires,
			c->vfs, c->admin_pair);
		return -EPROTO;
	}
	dev->epoch = c->epoch;
	dev->wires = c->wires;
	dev->admin_pair = c->admin_pair;
	dev->vfs = c->vfs;
	return 0;
}

/* Firmware boots beside us: until it is READY the configuration may still be empty. */
static int wait_firmware(struct frl_dev *dev)
{
	uint64_t end = deadline(FW_READY_S);
	struct frl_pf_config config;
	int err;

	for (;;) {
		err = read_config(dev, &config);
		if (err)
			return err;
		if (config.magic == FRL_CHIP_ID && config.fw_state == FRL_FW_STATE_READY)
			return check_config(dev, &config);
		if (config.magic == FRL_CHIP_ID && config.fw_state == FRL_FW_STATE_FAILED) {
			FRL_LOG(ERR, dev, "firmware says that it failed to start");
			return -EIO;
		}
		if (rte_get_timer_cycles() > end)
			break;
		usleep(5000);
	}
	if (config.magic != FRL_CHIP_ID)
		FRL_LOG(ERR, dev, "no Ferrule: configuration begins with 0x%08x, not 0x%08x",
			config.magic, FRL_CHIP_ID);
	else
		FRL_LOG(ERR, dev, "firmware is not ready after %u s (state %s)", FW_READY_S,
			frl_fw_state_name(config.fw_state));
	return -ETIMEDOUT;
}

static int reset(struct frl_dev *dev)
{
	uint64_t end = deadline(RESET_S), status;
	int err = reg_write(dev, FRL_REG_FN_STATUS, 1, 0);

	while (!err) {
		err = reg_read(dev, FRL_REG_FN_STATUS, 1, &status);
		if (err || !status)
			break;
		if (rte_get_timer_cycles() > end)
			return -ETIMEDOUT;
		usleep(100);
	}
	return err;
}

static int negotiate(struct frl_dev *dev)
{
	uint64_t have = 0, v, status;
	int err;

	for (unsigned int half = 0; half < 2; half++) {
		err = reg_write(dev, FRL_REG_FN_DEVICE_FEATURE_SELECT, 4, half);
		err = err ? err : reg_read(dev, FRL_REG_FN_DEVICE_FEATURE, 4, &v);
		if (err)
			return err;
		have |= (v & UINT32_MAX) << (32 * half);
	}
	if ((have & FEATURES_NEEDED) != FEATURES_NEEDED) {
		FRL_LOG(ERR, dev, "card offers features 0x%" PRIx64 " without VERSION_1", have);
		return -EPROTO;
	}
	for (unsigned int half = 0; half < 2; half++) {
		reg_write(dev, FRL_REG_FN_DRIVER_FEATURE_SELECT, 4, half);
		reg_write(dev, FRL_REG_FN_DRIVER_FEATURE, 4,
			  ((have & FEATURES_WANTED) >> (32 * half)) & UINT32_MAX);
	}
	reg_write(dev, FRL_REG_FN_STATUS, 1,
		  STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
	err = reg_read(dev, FRL_REG_FN_STATUS, 1, &status);
	if (err)
		return err;
	return status & STATUS_FEATURES_OK ? 0 : -EPROTO;
}

int frl_pf_start(struct frl_dev *dev)
{
	int err = wait_firmware(dev);

	err = err ? err : reset(dev);
	if (err)
		return err;
	reg_write(dev, FRL_REG_FN_STATUS, 1, STATUS_ACKNOWLEDGE);
	reg_write(dev, FRL_REG_FN_STATUS, 1, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	err = negotiate(dev);
	if (err)
		return err;
	return reg_write(dev, FRL_REG_FN_STATUS, 1,
			 STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK |
				 STATUS_DRIVER_OK);
}

/* -ENOTCONN when the card is gone, or when somebody else has reset the function since frl_pf_start():
 * nothing would come on its queues any more.
 */
int frl_pf_check(struct frl_dev *dev)
{
	uint64_t status;
	int err = reg_read(dev, FRL_REG_FN_STATUS, 1, &status);

	return err || status & STATUS_DRIVER_OK ? err : failed(dev, -ENOTCONN);
}

/* Nothing of the function's queues is in flight when this returns. */
void frl_pf_stop(struct frl_dev *dev)
{
	if (dev->handle && !dev->broken && reset(dev))
		FRL_LOG(ERR, dev, "card did not finish its reset");
	dev->admin_rx.armed = dev->admin_tx.armed = false;
}

/* ---- Queues ---- */

int frl_queue_alloc(struct frl_dev *dev, struct frl_queue *q, const char *name, uint16_t number,
		    uint16_t size, size_t extra, int socket)
{
	size_t ring = RTE_ALIGN_CEIL(frl_vring_bytes(size), RTE_CACHE_LINE_SIZE);

	frl_queue_free(q);
	q->slots = rte_zmalloc_socket(name, size * sizeof(*q->slots), 0, socket);
	q->mz = rte_memzone_reserve_aligned(name, ring + extra, socket, RTE_MEMZONE_IOVA_CONTIG,
					    RTE_CACHE_LINE_SIZE);
	if (!q->slots || !q->mz) {
		FRL_LOG(ERR, dev, "no memory for queue %s (%zu bytes)", name, ring + extra);
		frl_queue_free(q);
		return -ENOMEM;
	}
	rte_spinlock_init(&q->lock);
	q->number = number;
	q->size = size;
	q->vector = FRL_MSIX_NONE;
	q->extra = (uint8_t *)q->mz->addr + ring;
	q->extra_iova = q->mz->iova + ring;
	frl_vring_init(&q->ring, q->mz->addr, q->slots, size);
	return 0;
}

void frl_queue_free(struct frl_queue *q)
{
	rte_memzone_free(q->mz);
	rte_free(q->slots);
	memset(q, 0, sizeof(*q));
}

static void write_address(struct frl_dev *dev, uint32_t reg, uint64_t iova)
{
	reg_write(dev, reg, 4, iova & UINT32_MAX);
	reg_write(dev, reg + 4, 4, iova >> 32);
}

int frl_queue_arm(struct frl_dev *dev, struct frl_queue *q)
{
	uint64_t enabled = 0;
	int err;

	reg_write(dev, REG_QUEUE_SELECT, 2, q->number);
	reg_write(dev, FRL_REG_FN_QUEUE_SIZE, 2, q->size);
	reg_write(dev, REG_QUEUE_VECTOR, 2, q->vector);
	write_address(dev, FRL_REG_FN_QUEUE_DESC_LO, q->mz->iova);
	write_address(dev, FRL_REG_FN_QUEUE_DRIVER_LO,
		      q->mz->iova + frl_vring_avail_offset(q->size));
	write_address(dev, FRL_REG_FN_QUEUE_DEVICE_LO,
		      q->mz->iova + frl_vring_used_offset(q->size));
	reg_write(dev, FRL_REG_FN_QUEUE_ENABLE, 2, 1);
	err = reg_read(dev, FRL_REG_FN_QUEUE_ENABLE, 2, &enabled);
	if (err)
		return err;
	if (!enabled) {
		FRL_LOG(ERR, dev, "card did not enable queue %u", q->number);
		return -EIO;
	}
	rte_spinlock_lock(&q->lock);
	q->armed = true;
	rte_spinlock_unlock(&q->lock);
	return 0;
}

/* Afterwards no burst runs, and the card touches neither ring nor buffers. */
void frl_queue_disarm(struct frl_dev *dev, struct frl_queue *q)
{
	uint64_t end = deadline(RESET_S), busy = 1;
	bool was;

	rte_spinlock_lock(&q->lock);
	was = q->armed;
	q->armed = false;
	rte_spinlock_unlock(&q->lock);
	if (!was || !dev->alive)
		return;
	reg_write(dev, REG_QUEUE_SELECT, 2, q->number);
	reg_write(dev, REG_QUEUE_RESET, 2, 1);
	while (!reg_read(dev, REG_QUEUE_RESET, 2, &busy) && busy) {
		if (rte_get_timer_cycles() > end) {
			FRL_LOG(ERR, dev, "queue %u does not stop", q->number);
			break;
		}
		usleep(50);
	}
}

/* Why the card stopped a queue (enum queue_error), or that it runs. */
const char *frl_queue_state(struct frl_dev *dev, const struct frl_queue *q)
{
	uint64_t code = 0;

	reg_write(dev, REG_QUEUE_SELECT, 2, q->number);
	if (reg_read(dev, FRL_REG_FN_QUEUE_ERROR, 4, &code))
		return "gone";
	return frl_queue_error_text(code & FRL_REG_FN_QUEUE_ERROR_CODE_MASK);
}

void frl_queue_notify(struct frl_dev *dev, const struct frl_queue *q)
{
	reg_write(dev, FRL_REG_FN_NOTIFY, 2, q->number);
}

/* ---- Firmware's queue pair ---- */

static void post_rx(struct frl_queue *q, unsigned int n)
{
	struct frl_vring_seg seg = { .addr = q->extra_iova + n * ADMIN_RX_BYTES,
				     .len = ADMIN_RX_BYTES };

	frl_vring_add(&q->ring, &seg, 1, 1, q->extra + n * ADMIN_RX_BYTES);
}

static void repost(struct frl_dev *dev, void *buffer)
{
	struct frl_queue *q = &dev->admin_rx;

	post_rx(q, (unsigned int)(((uint8_t *)buffer - q->extra) / ADMIN_RX_BYTES));
	if (frl_vring_publish(&q->ring))
		frl_queue_notify(dev, q);
}

/* The next frame, copied without its frl_pkt_meta; its length, or 0 if there is none. */
static int take_frame(struct frl_dev *dev, void *frame, size_t room)
{
	struct frl_queue *q = &dev->admin_rx;
	uint32_t len = 0;
	uint8_t *buffer = frl_vring_take(&q->ring, &len);

	if (!buffer) {
		if (q->ring.broken)
			dev->broken = true;
		return 0;
	}
	len = len > FRL_META && len <= ADMIN_RX_BYTES ? len - FRL_META : 0;
	len = RTE_MIN(len, (uint32_t)room);
	memcpy(frame, buffer + FRL_META, len);
	repost(dev, buffer);
	return (int)len;
}

static int admin_send(void *arg, const void *frame, size_t len)
{
	struct frl_dev *dev = arg;
	struct frl_queue *q = &dev->admin_tx;
	struct frl_pkt_meta meta = {
		.src_port = FRL_PORT_HOST,
		.dst_port = FRL_PORT_FW,
		.flags = FRL_META_FLAG_DIRECT,
	};
	struct frl_vring_seg seg = { .addr = q->extra_iova, .len = FRL_META + (uint32_t)len };
	uint64_t end = deadline(ADMIN_REPLY_S);
	uint32_t written;

	/* One buffer: the card has read the request before once there was a reply, or it is gone. */
	while (q->ring.free_count != q->size && !frl_vring_take(&q->ring, &written)) {
		if (dev->broken || rte_get_timer_cycles() > end)
			return -ENODEV;
		rte_pause();
	}
	/* Replies are looked for; an interrupt for each would only wake the service thread. It is told
	 * once, and asks for interrupts again a little later.
	 */
	dev->admin_rx.ring.avail->flags = FRL_VRING_NO_INTERRUPT;
	if (!dev->quiet) {
		dev->quiet = true;
		frl_dev_wake(dev);
	}
	memcpy(q->extra, &meta, FRL_META);
	memcpy(q->extra + FRL_META, frame, len);
	if (frl_vring_add(&q->ring, &seg, 1, 0, q->extra))
		return -ENODEV;
	if (frl_vring_publish(&q->ring))
		frl_queue_notify(dev, q);
	return 0;
}

static int admin_recv(void *arg, void *frame, size_t room)
{
	struct frl_dev *dev = arg;
	uint64_t end = deadline(ADMIN_REPLY_S);
	int len;

	for (unsigned int spins = 0;; spins++) {
		len = take_frame(dev, frame, room);
		if (len)
			return len;
		if (dev->broken)
			return -ENODEV;
		if (spins < SPINS) {
			rte_pause();
			continue;
		}
		/* A register read notices a dead card, for the case that nobody else does. */
		if (spins % 4096 == 0 && frl_pf_check(dev))
			return -ENODEV;
		if (rte_get_timer_cycles() > end)
			break;
		usleep(10);
	}
	FRL_LOG(ERR, dev, "firmware did not answer within %u s (queues: %s; %s)", ADMIN_REPLY_S,
		frl_queue_state(dev, &dev->admin_tx), frl_queue_state(dev, &dev->admin_rx));
	dev->broken = true;
	frl_dev_wake(dev);
	return -ETIMEDOUT;
}

static void admin_port_changed(void *arg, const struct frl_port_info *info)
{
	struct frl_dev *dev = arg;

	if (info->port < FRL_N_PORTS && dev->ports[info->port])
		frl_port_update(dev->ports[info->port], info);
}

/* A queue that the card stopped fails the whole function (virtio 1.2, 2.1.2), and firmware hangs up. */
static void admin_forgotten(void *arg)
{
	struct frl_dev *dev = arg;

	FRL_LOG(ERR, dev, "firmware ended the conversation; starting the function again");
	dev->broken = true;
	frl_dev_wake(dev);
}

static void *admin_alloc(void *arg, size_t bytes)
{
	(void)arg;
	return calloc(1, bytes);
}

static void admin_free(void *arg, void *mem)
{
	(void)arg;
	free(mem);
}

static const struct frl_admin_ops admin_ops = {
	.send = admin_send,
	.recv = admin_recv,
	.port_changed = admin_port_changed,
	.forgotten = admin_forgotten,
	.alloc = admin_alloc,
	.free = admin_free,
};

/* Handles what firmware said unasked, and asks for an interrupt when it says more. */
void frl_admin_drain(struct frl_dev *dev)
{
	uint64_t frame[FRL_ADMIN_REP_MAX / 8];
	int len;

	dev->quiet = false;
	dev->admin_rx.ring.avail->flags = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	while ((len = take_frame(dev, frame, sizeof(frame))) > 0)
		frl_admin_event(&dev->admin, frame, (size_t)len);
}

static int admin_alloc_queues(struct frl_dev *dev)
{
	char name[RTE_MEMZONE_NAMESIZE];
	int err;

	if (dev->admin_rx.mz)
		return 0;
	frl_admin_init(&dev->admin, &admin_ops, dev);
	snprintf(name, sizeof(name), "%.20s_arx", dev->name);
	err = frl_queue_alloc(dev, &dev->admin_rx, name, 2 * dev->admin_pair, ADMIN_RING,
			      ADMIN_RX * ADMIN_RX_BYTES, SOCKET_ID_ANY);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%.20s_atx", dev->name);
	return frl_queue_alloc(dev, &dev->admin_tx, name, 2 * dev->admin_pair + 1, ADMIN_RING,
			       ADMIN_TX_BYTES, SOCKET_ID_ANY);
}

int frl_admin_open(struct frl_dev *dev)
{
	struct frl_queue *rx = &dev->admin_rx, *tx = &dev->admin_tx;
	char driver[32];
	int err = admin_alloc_queues(dev);

	if (err)
		return err;
	rx->number = 2 * dev->admin_pair;
	tx->number = rx->number + 1;
	rx->vector = ADMIN_VECTOR;
	frl_vring_init(&rx->ring, rx->mz->addr, rx->slots, rx->size);
	frl_vring_init(&tx->ring, tx->mz->addr, tx->slots, tx->size);
	for (unsigned int i = 0; i < ADMIN_RX; i++)
		post_rx(rx, i);
	frl_vring_publish(&rx->ring);
	err = frl_queue_arm(dev, rx);
	err = err ? err : frl_queue_arm(dev, tx);
	if (err)
		return err;
	frl_queue_notify(dev, rx);
	frl_admin_reset(&dev->admin);
	snprintf(driver, sizeof(driver), "net_ferrule %d.%d", FRL_ABI_MAJOR, FRL_ABI_MINOR);
	err = frl_admin_hello(&dev->admin, driver, &dev->hello);
	if (err)
		FRL_LOG(ERR, dev, "HELLO refused: %s", frl_refusal_text(dev->admin.why.reason));
	return err;
}
