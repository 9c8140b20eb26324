// SPDX-License-Identifier: GPL-2.0-or-later
/* A VF's socket and its frontend; see vhost.h. The function's registers are in function.c. */
#define _GNU_SOURCE
#include "vhost.h"

#include "function.h"
#include "message.h"
#include "sim/board/board.h"
#include "sim/board/guard.h"
#include "sim/board/log.h"
#include "sim/loop.h"

#include "frl_chip.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Messages handled in a row before the card gets its turn. */
#define BURST 16
/* Receive and transmit queue. */
#define VF_QUEUES (2 * FRL_VF_PAIRS)

struct kick {
	struct vhost *vhost;
	unsigned int index;
	int fd; /* that is watched, -1: none */
};

struct vhost {
	VuDev dev; /* first: the library's callbacks get its address */
	struct board *board;
	struct loop *loop;
	unsigned int vf, fn;
	char *path;
	int listen_fd;
	bool connected, broken;
	struct vhost_reader reader;
	struct function function;
	struct kick kicks[VF_QUEUES];
	struct vhost_stats stats;
};

static struct vhost *of(VuDev *dev)
{
	return (struct vhost *)dev;
}

static void on_message(void *arg, short events);

/* ---- DMA and interrupts of the function ---- */

/* Guest-physical to ours; *room: bytes to the end of the region. */
static uint8_t *translate(struct vhost *vhost, uint64_t gpa, uint64_t *room)
{
	for (uint32_t i = 0; i < vhost->dev.nregions; i++) {
		const VuDevRegion *region = &vhost->dev.regions[i];
		uint64_t off = gpa - region->gpa;

		if (gpa < region->gpa || off >= region->size)
			continue;
		*room = region->size - off;
		return (uint8_t *)(uintptr_t)region->mmap_addr + region->mmap_offset + off;
	}
	return NULL;
}

static int copy(struct vhost *vhost, uint64_t gpa, uint8_t *buf, uint32_t len, bool write)
{
	uint64_t room;
	uint8_t *mem;
	int err = 0;

	while (len && !err) {
		mem = translate(vhost, gpa, &room);
		if (!mem)
			return -EFAULT;
		if (room > len)
			room = len;
		err = write ? guard_copy(mem, buf, room) : guard_copy(buf, mem, room);
		gpa += room;
		buf += room;
		len -= (uint32_t)room;
	}
	return err;
}

static int fn_read(void *arg, uint64_t addr, void *buf, uint32_t len, uint32_t ticket)
{
	struct vhost *vhost = arg;
	int err = copy(vhost, addr, buf, len, false);

	(void)ticket;
	vhost->stats.dma_errors += err < 0;
	return err;
}

static void fn_write(void *arg, uint64_t addr, const void *buf, uint32_t len)
{
	struct vhost *vhost = arg;

	/* copy() only reads buf when it writes memory. */
	vhost->stats.dma_errors += copy(vhost, addr, (uint8_t *)buf, len, true) < 0;
}

/* Tell the frontend to read the configuration again (vhost-user: BACKEND_CONFIG_CHANGE_MSG). */
static void config_changed(struct vhost *vhost)
{
	struct {
		uint32_t request, flags, size;
	} msg = { VHOST_USER_SLAVE_CONFIG_CHANGE_MSG, 1, 0 };

	if (vhost->dev.slave_fd >= 0)
		send(vhost->dev.slave_fd, &msg, sizeof(msg), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void fn_msix(void *arg, unsigned int vector)
{
	struct vhost *vhost = arg;
	uint64_t one = 1;
	int fd;

	if (!vhost->connected)
		return;
	vhost->stats.interrupts++;
	if (vector == FUNCTION_CONFIG_VECTOR) {
		config_changed(vhost);
		return;
	}
	if (vector - FUNCTION_QUEUE_VECTOR >= VF_QUEUES)
		return;
	fd = vhost->dev.vq[vector - FUNCTION_QUEUE_VECTOR].call_fd;
	/* An eventfd or a pipe, not blocking; when it is full the frontend has its interrupt anyway. */
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		vhost->stats.refused_messages++;
}

static const struct board_fn_ops fn_ops = { .read = fn_read, .write = fn_write, .msix = fn_msix };

/* ---- Queues ---- */

/* Frontend's virtual address to guest-physical, for a ring of len bytes. */
static bool to_guest(const VuDev *dev, uint64_t va, uint64_t len, uint64_t *gpa)
{
	for (uint32_t i = 0; i < dev->nregions; i++) {
		const VuDevRegion *region = &dev->regions[i];
		uint64_t off = va - region->qva;

		if (va < region->qva || off >= region->size || len > region->size - off)
			continue;
		*gpa = region->gpa + off;
		return true;
	}
	return false;
}

/* virtio 1.2, 2.7: sizes of descriptor table, available and used ring. */
static bool ring_addresses(const VuDev *dev, const VuVirtq *vq, struct function_queue *queue)
{
	uint64_t num = vq->vring.num;

	return to_guest(dev, vq->vra.desc_user_addr, 16 * num, &queue->desc) &&
	       to_guest(dev, vq->vra.avail_user_addr, 6 + 2 * num, &queue->driver) &&
	       to_guest(dev, vq->vra.used_user_addr, 6 + 8 * num, &queue->device);
}

static void unwatch_kick(struct vhost *vhost, unsigned int index)
{
	struct kick *kick = &vhost->kicks[index];

	if (kick->fd >= 0)
		loop_remove(vhost->loop, kick->fd);
	kick->fd = -1;
}

static void on_kick(void *arg, short events)
{
	struct kick *kick = arg;
	uint64_t count;

	if (read(kick->fd, &count, sizeof(count)) <= 0) {
		/* Its other end is closed: nothing will come any more. */
		if ((events & (POLLHUP | POLLERR)) || errno != EAGAIN)
			unwatch_kick(kick->vhost, kick->index);
		return;
	}
	kick->vhost->stats.kicks++;
	function_notify(&kick->vhost->function, kick->index);
}

static void watch_kick(struct vhost *vhost, unsigned int index)
{
	int fd = vhost->dev.vq[index].kick_fd;

	unwatch_kick(vhost, index);
	if (fd >= 0 && !loop_add(vhost->loop, fd, POLLIN, on_kick, &vhost->kicks[index]))
		vhost->kicks[index].fd = fd;
}

static void stop_queue(struct vhost *vhost, unsigned int index)
{
	uint16_t base;

	if (!function_queue_running(&vhost->function, index))
		return;
	base = function_queue_stop(&vhost->function, index);
	vhost->dev.vq[index].last_avail_idx = base;
}

/* Make the function's queue what the frontend's messages so far say. */
static void update_queue(struct vhost *vhost, unsigned int index)
{
	const VuVirtq *vq = &vhost->dev.vq[index];
	bool wanted = vq->started && vq->enable && vq->vring.num && vq->vring.desc;
	struct function_queue queue = { .size = (uint16_t)vq->vring.num,
					.base = vq->last_avail_idx };

	if (!wanted) {
		stop_queue(vhost, index);
		return;
	}
	if (function_queue_running(&vhost->function, index))
		return;
	if (!ring_addresses(&vhost->dev, vq, &queue)) {
		sim_log("vf", "VF %u: queue %u lies outside the frontend's memory; it stays off",
			vhost->vf, index);
		return;
	}
	if (function_queue_start(&vhost->function, index, &queue))
		sim_log("vf", "VF %u: queue %u was refused by the chip", vhost->vf, index);
}

/* ---- libvhost-user's callbacks ---- */

static void on_panic(VuDev *dev, const char *why)
{
	sim_log("vf", "VF %u: frontend: %s", of(dev)->vf, why);
	of(dev)->broken = true;
}

/* The message that was gathered and checked. */
static bool read_message(VuDev *dev, int fd, VhostUserMsg *msg)
{
	(void)fd;
	*msg = of(dev)->reader.msg;
	vhost_reader_next(&of(dev)->reader);
	return true;
}

static uint64_t get_features(VuDev *dev)
{
	return function_features(&of(dev)->function);
}

static void set_features(VuDev *dev, uint64_t features)
{
	function_accept(&of(dev)->function, features);
}

static void reply_u64(VhostUserMsg *msg, uint64_t val)
{
	msg->flags = 0;
	msg->size = sizeof(val);
	msg->payload.u64 = val;
	msg->fd_num = 0;
}

static void get_config(struct vhost *vhost, VhostUserMsg *msg)
{
	uint8_t config[FUNCTION_CONFIG_BYTES];
	uint32_t off = msg->payload.config.offset, size = msg->payload.config.size;
	uint8_t *region = msg->payload.config.region;

	function_config(&vhost->function, config);
	for (uint32_t i = 0; i < size; i++)
		region[i] = off < sizeof(config) && i < sizeof(config) - off ? config[off + i] : 0;
}

/* What the library does in another way than a card needs; the rest is its own. */
static int process_message(VuDev *dev, VhostUserMsg *msg, int *do_reply)
{
	struct vhost *vhost = of(dev);

	switch (msg->request) {
	case VHOST_USER_GET_FEATURES:
		/* The library would add what its own queues can: event indexes, indirect tables, logging. */
		reply_u64(msg, function_features(&vhost->function) |
				       1ULL << VHOST_USER_F_PROTOCOL_FEATURES);
		*do_reply = 1;
		return 1;
	case VHOST_USER_GET_PROTOCOL_FEATURES:
		reply_u64(msg, 1ULL << VHOST_USER_PROTOCOL_F_REPLY_ACK |
				       1ULL << VHOST_USER_PROTOCOL_F_SLAVE_REQ |
				       1ULL << VHOST_USER_PROTOCOL_F_CONFIG);
		*do_reply = 1;
		return 1;
	case VHOST_USER_GET_CONFIG:
		get_config(vhost, msg);
		*do_reply = 1;
		return 1;
	case VHOST_USER_GET_VRING_BASE:
		/* The library answers with last_avail_idx, and closes the kick descriptor. */
		unwatch_kick(vhost, msg->payload.state.index);
		stop_queue(vhost, msg->payload.state.index);
		return 0;
	case VHOST_USER_SET_VRING_KICK:
		unwatch_kick(vhost, msg->payload.u64 & VHOST_USER_VRING_IDX_MASK);
		return 0;
	case VHOST_USER_SET_VRING_ADDR:
	case VHOST_USER_SET_VRING_NUM:
	case VHOST_USER_SET_VRING_BASE:
		stop_queue(vhost, msg->payload.state.index);
		return 0;
	default:
		return 0;
	}
}

static void queue_set_started(VuDev *dev, int index, bool started)
{
	if (started)
		watch_kick(of(dev), (unsigned int)index);
}

/* We watch kick descriptors ourselves: the library gives up on one that is not an eventfd. */
static void no_watch(VuDev *dev, int fd, int condition, vu_watch_cb cb, void *data)
{
	(void)dev;
	(void)fd;
	(void)condition;
	(void)cb;
	(void)data;
}

static void no_unwatch(VuDev *dev, int fd)
{
	(void)dev;
	(void)fd;
}

static const VuDevIface iface = {
	.get_features = get_features,
	.set_features = set_features,
	.process_msg = process_message,
	.queue_set_started = queue_set_started,
};

/* ---- The frontend comes and goes ---- */

static void drop_frontend(struct vhost *vhost, const char *why)
{
	if (!vhost->connected)
		return;
	sim_log("vf", "VF %u: frontend gone%s%s", vhost->vf, why ? ": " : "", why ? why : "");
	if (function_reset(&vhost->function))
		sim_log("vf", "VF %u: the function does not stop", vhost->vf);
	vhost->connected = false;
	for (unsigned int i = 0; i < VF_QUEUES; i++)
		unwatch_kick(vhost, i);
	vhost_reader_drop(&vhost->reader);
	loop_remove(vhost->loop, vhost->dev.sock);
	vu_deinit(&vhost->dev);
	loop_set(vhost->loop, vhost->listen_fd, POLLIN);
}

static void on_connect(void *arg, short events)
{
	struct vhost *vhost = arg;
	int fd = accept4(vhost->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	if (!vu_init(&vhost->dev, VF_QUEUES, fd, on_panic, read_message, no_watch, no_unwatch,
		     &iface)) {
		close(fd);
		return;
	}
	if (loop_add(vhost->loop, fd, POLLIN, on_message, vhost)) {
		vu_deinit(&vhost->dev);
		return;
	}
	vhost->connected = true;
	vhost->broken = false;
	vhost->stats.connections++;
	/* One at a time: the next waits in the listening queue. */
	loop_set(vhost->loop, vhost->listen_fd, 0);
}

static void dispatch(void *arg)
{
	struct vhost *vhost = arg;

	if (!vu_dispatch(&vhost->dev))
		vhost->broken = true;
}

/* The library sends replies without giving up: only when there is room for one. */
static bool can_reply(const struct vhost *vhost)
{
	struct pollfd pfd = { .fd = vhost->dev.sock, .events = POLLOUT };

	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT);
}

/* One whole message; a reason to drop the frontend, or NULL. */
static const char *handle(struct vhost *vhost)
{
	const char *why = vhost_check(&vhost->reader.msg, VF_QUEUES);

	if (why) {
		vhost->stats.refused_messages++;
		sim_log("vf", "VF %u: %s: %s", vhost->vf,
			vu_request_to_string((unsigned int)vhost->reader.msg.request), why);
		return "it sent a bad message";
	}
	if (!can_reply(vhost))
		return "it does not read replies";
	if (guard_call(dispatch, vhost))
		return "its memory is gone";
	if (vhost->broken)
		return "it was not understood";
	for (unsigned int i = 0; i < VF_QUEUES; i++)
		update_queue(vhost, i);
	return NULL;
}

static void on_message(void *arg, short events)
{
	struct vhost *vhost = arg;
	const char *why;

	(void)events;
	for (int i = 0; i < BURST; i++) {
		switch (vhost_read(&vhost->reader, vhost->dev.sock)) {
		case VHOST_READ_MORE:
			return;
		case VHOST_READ_GONE:
			drop_frontend(vhost, NULL);
			return;
		case VHOST_READ_WHOLE:
			why = handle(vhost);
			if (why) {
				drop_frontend(vhost, why);
				return;
			}
		}
	}
}

struct vhost *vhost_create(struct board *board, struct loop *loop, unsigned int vf,
			   const char *path)
{
	struct vhost *vhost = calloc(1, sizeof(*vhost));

	if (!vhost)
		return NULL;
	vhost->board = board;
	vhost->loop = loop;
	vhost->vf = vf;
	vhost->fn = FRL_FN_VF0 + vf;
	function_init(&vhost->function, board, vhost->fn);
	for (unsigned int i = 0; i < VF_QUEUES; i++)
		vhost->kicks[i] = (struct kick){ vhost, i, -1 };
	vhost->listen_fd = loop_listen(path, SOCK_STREAM);
	if (vhost->listen_fd < 0) {
		free(vhost);
		return NULL;
	}
	vhost->path = strdup(path);
	if (!vhost->path || loop_add(loop, vhost->listen_fd, POLLIN, on_connect, vhost)) {
		vhost_destroy(vhost);
		return NULL;
	}
	board_set_fn(board, vhost->fn, &fn_ops, vhost);
	return vhost;
}

void vhost_destroy(struct vhost *vhost)
{
	if (!vhost)
		return;
	drop_frontend(vhost, "the simulator ends");
	board_set_fn(vhost->board, vhost->fn, NULL, NULL);
	loop_remove(vhost->loop, vhost->listen_fd);
	close(vhost->listen_fd);
	if (vhost->path)
		unlink(vhost->path);
	free(vhost->path);
	free(vhost);
}

void vhost_stats(const struct vhost *vhost, struct vhost_stats *stats)
{
	*stats = vhost->stats;
}
