// SPDX-License-Identifier: GPL-2.0-or-later
/* Server of the PF socket; see server.h. */
#define _GNU_SOURCE
#include "server.h"

#include "frl_chip.h"
#include "maps.h"
#include "out.h"
#include "reads.h"
#include "sim/board/board.h"
#include "sim/board/log.h"
#include "sim/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Messages handled in a row before the card gets its turn. */
#define BURST	    64
#define VECTORS_MAX 128

struct port {
	struct link_server *server;
	unsigned int fn;
	bool mine;		     /* its DMA comes to this client */
	bool aborting;		     /* in reset: reads fail */
	uint8_t queued[VECTORS_MAX]; /* an MSI-X message waits in `out` */
};

struct link_server {
	struct board *board;
	struct loop *loop;
	char *path;
	int listen_fd, fd;
	int refused_fd; /* a second client, -1: none */
	bool greeted;
	struct maps maps;
	struct out_queue out;
	struct reads reads;
	struct port ports[FRL_N_FNS];
	struct link_server_stats stats;
	bool dying; /* to be dropped as soon as the clock does not step */
	uint8_t in[sizeof(struct frl_link_msg) + FRL_LINK_PAYLOAD];
};

static void on_client(void *arg, short events);

/* ---- Out ---- */

static void die(struct link_server *server, const char *why)
{
	if (!server->dying)
		sim_log("pf", "client dropped: %s", why);
	server->dying = true;
	/* Seen at the next turn of the loop: this may run inside the chip's callbacks. */
	shutdown(server->fd, SHUT_RDWR);
}

static void forget_vector(void *arg, const struct frl_link_msg *msg)
{
	struct link_server *server = arg;

	if (msg->type == FRL_LINK_MSIX)
		server->ports[msg->fn].queued[msg->addr] = 0;
}

static void send_msg(struct link_server *server, const struct frl_link_msg *msg,
		     const void *payload, size_t len)
{
	if (server->fd < 0 || server->dying)
		return;
	if (!out_send(&server->out, server->fd, msg, payload, len))
		die(server, "it does not read what the card sends");
	else if (server->out.first)
		loop_set(server->loop, server->fd, POLLIN | POLLOUT);
}

static void reply(struct link_server *server, const struct frl_link_msg *to, int status,
		  const void *payload, size_t len)
{
	struct frl_link_msg msg = *to;

	msg.type |= FRL_LINK_REPLY;
	msg.status = status;
	send_msg(server, &msg, payload, len);
}

/* ---- DMA: mapped memory, or messages when the client maps none ---- */

static int port_read(void *arg, uint64_t addr, void *buf, uint32_t len, uint32_t ticket)
{
	struct port *port = arg;
	struct link_server *server = port->server;
	struct frl_link_msg msg = {
		.type = FRL_LINK_DMA_READ, .fn = port->fn, .tag = ticket, .addr = addr, .len = len
	};

	server->stats.dma_bytes_read += len;
	if (port->aborting || server->dying)
		return -ECONNABORTED;
	if (server->maps.count)
		return maps_read(&server->maps, addr, buf, len);
	if (!reads_add(&server->reads, port->fn, ticket))
		return -EBUSY;
	send_msg(server, &msg, NULL, 0);
	return FRL_RTL_LATER;
}

static void port_write(void *arg, uint64_t addr, const void *buf, uint32_t len)
{
	struct port *port = arg;
	struct link_server *server = port->server;
	struct frl_link_msg msg = {
		.type = FRL_LINK_DMA_WRITE, .fn = port->fn, .addr = addr, .len = len
	};

	server->stats.dma_bytes_written += len;
	if (server->maps.count)
		maps_write(&server->maps, addr, buf, len);
	else
		send_msg(server, &msg, buf, len);
}

static void port_msix(void *arg, unsigned int vector)
{
	struct port *port = arg;
	struct frl_link_msg msg = { .type = FRL_LINK_MSIX, .fn = port->fn, .addr = vector };

	port->server->stats.interrupts++;
	if (vector >= VECTORS_MAX || port->queued[vector])
		return;
	port->queued[vector] = 1;
	send_msg(port->server, &msg, NULL, 0);
	if (!port->server->out.first)
		port->queued[vector] = 0;
}

static const struct board_fn_ops port_ops = { .read = port_read,
					      .write = port_write,
					      .msix = port_msix };

/* Reads of fn that the client has not answered fail. */
static void abort_reads(struct link_server *server, unsigned int fn)
{
	uint32_t ticket;

	while (reads_take(&server->reads, fn, &ticket))
		frl_rtl_dma_complete(board_rtl(server->board), ticket, -ECONNABORTED, NULL, 0);
}

static int reset_port(struct link_server *server, unsigned int fn)
{
	struct port *port = &server->ports[fn];
	int err;

	port->aborting = true;
	abort_reads(server, fn);
	err = board_reset_fn(server->board, fn);
	port->aborting = false;
	if (err)
		sim_log("pf", "function %u does not stop: %s", fn, strerror(-err));
	return err;
}

static void take_port(struct link_server *server, unsigned int fn)
{
	server->ports[fn] = (struct port){ .server = server, .fn = fn, .mine = true };
	board_set_fn(server->board, fn, &port_ops, &server->ports[fn]);
}

static void give_port(struct link_server *server, unsigned int fn)
{
	if (!server->ports[fn].mine)
		return;
	reset_port(server, fn);
	board_set_fn(server->board, fn, NULL, NULL);
	server->ports[fn].mine = false;
}

/* ---- The client comes and goes ---- */

static void drop_client(struct link_server *server)
{
	server->dying = true; /* nothing is sent to it any more */
	for (unsigned int fn = 0; fn < FRL_N_FNS; fn++)
		give_port(server, fn);
	maps_clear(&server->maps);
	out_clear(&server->out);
	loop_remove(server->loop, server->fd);
	close(server->fd);
	server->fd = -1;
	server->greeted = false;
	server->dying = false;
}

static void on_stuck(void *arg)
{
	struct link_server *server = arg;

	die(server, "it does not answer what the card reads");
	drop_client(server);
}

/* It hears so when it has said HELLO: closed before, it might never read the answer. */
static void on_refused(void *arg, short events)
{
	struct link_server *server = arg;
	struct frl_link_msg msg;

	(void)events;
	if (recv(server->refused_fd, &msg, sizeof(msg), MSG_DONTWAIT) == sizeof(msg)) {
		msg.type |= FRL_LINK_REPLY;
		msg.status = -EBUSY;
		send(server->refused_fd, &msg, sizeof(msg), MSG_DONTWAIT | MSG_NOSIGNAL);
		sim_log("pf", "a second client was refused: the card has one already");
	}
	loop_remove(server->loop, server->refused_fd);
	close(server->refused_fd);
	server->refused_fd = -1;
	loop_set(server->loop, server->listen_fd, POLLIN);
}

static void refuse(struct link_server *server, int fd)
{
	if (loop_add(server->loop, fd, POLLIN, on_refused, server)) {
		close(fd);
		return;
	}
	server->refused_fd = fd;
	/* One after the other. */
	loop_set(server->loop, server->listen_fd, 0);
}

static bool is_gone(int fd)
{
	struct pollfd pfd = { .fd = fd };

	return poll(&pfd, 1, 0) == 1 && (pfd.revents & (POLLHUP | POLLERR));
}

static void on_connect(void *arg, short events)
{
	struct link_server *server = arg;
	int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	/* Its end may not have been noticed yet: poll() tells of both in one round. */
	if (server->fd >= 0 && is_gone(server->fd)) {
		sim_log("pf", "client gone");
		drop_client(server);
	}
	if (server->fd >= 0) {
		refuse(server, fd);
		return;
	}
	if (loop_add(server->loop, fd, POLLIN, on_client, server)) {
		close(fd);
		return;
	}
	server->fd = fd;
	server->stats.clients++;
}

/* ---- In ---- */

static struct frl_link_card describe(const struct link_server *server)
{
	const struct board_desc *desc = board_desc(server->board);

	return (struct frl_link_card){
		.pf_vendor = (uint16_t)desc->pf_id[0],
		.pf_device = (uint16_t)desc->pf_id[1],
		.vf_vendor = (uint16_t)desc->vf_id[0],
		.vf_device = (uint16_t)desc->vf_id[1],
		.vfs = (uint16_t)desc->vfs,
		.pf_pairs = (uint16_t)desc->pf_pairs,
	};
}

/* Reason to drop the client, or NULL. */
static const char *hello(struct link_server *server, const struct frl_link_msg *msg)
{
	struct frl_link_card card = describe(server);

	if (server->greeted)
		return "second HELLO";
	if (msg->addr != FRL_LINK_VERSION) {
		reply(server, msg, -EPROTO, NULL, 0);
		return "it speaks another version of the protocol";
	}
	server->greeted = true;
	take_port(server, FRL_FN_PF);
	reply(server, msg, 0, &card, sizeof(card));
	return NULL;
}

/* PF and VFs: the host's. */
static bool is_function(const struct link_server *server, unsigned int fn)
{
	return fn < FRL_FN_VF0 + board_desc(server->board)->vfs;
}

static bool register_ok(const struct link_server *server, const struct frl_link_msg *msg)
{
	uint32_t n = msg->len;

	return is_function(server, msg->fn) && (n == 1 || n == 2 || n == 4 || n == 8) &&
	       msg->addr < FRL_BASE_FN_STRIDE && msg->addr % n == 0;
}

static const char *reg_read(struct link_server *server, const struct frl_link_msg *msg)
{
	uint32_t off = (uint32_t)msg->addr, word[2] = { 0, 0 };
	unsigned int size = msg->len > 4 ? 4 : msg->len;
	int err;

	if (!register_ok(server, msg))
		return "register read of a wrong size, offset or function";
	if (!server->ports[msg->fn].mine) {
		reply(server, msg, -ENODEV, NULL, 0);
		return NULL;
	}
	err = board_host_read(server->board, msg->fn, off, size, &word[0]);
	if (!err && msg->len == 8)
		err = board_host_read(server->board, msg->fn, off + 4, 4, &word[1]);
	server->stats.register_reads++;
	reply(server, msg, err, word, err ? 0 : msg->len);
	return NULL;
}

static const char *reg_write(struct link_server *server, const struct frl_link_msg *msg,
			     const void *payload, size_t len)
{
	uint32_t off = (uint32_t)msg->addr, word[2] = { 0, 0 };
	unsigned int size = msg->len > 4 ? 4 : msg->len;
	int err;

	if (!register_ok(server, msg) || len != msg->len)
		return "register write of a wrong size, offset or function";
	/* Posted, as on PCIe: nobody is told that nobody took it. */
	if (!server->ports[msg->fn].mine)
		return NULL;
	memcpy(word, payload, len);
	err = board_host_write(server->board, msg->fn, off, size, word[0]);
	if (!err && len == 8)
		err = board_host_write(server->board, msg->fn, off + 4, 4, word[1]);
	server->stats.register_writes++;
	return err ? "the chip did not take a register write" : NULL;
}

static const char *map(struct link_server *server, const struct frl_link_msg *msg,
		       const void *payload, size_t len, int fd)
{
	struct frl_link_map map;
	int err;

	if (len != sizeof(map))
		return "MAP or UNMAP of a wrong length";
	memcpy(&map, payload, sizeof(map));
	if (msg->type == FRL_LINK_UNMAP)
		err = maps_remove(&server->maps, msg->addr, map.len);
	else
		err = fd < 0 ? -EBADF : maps_add(&server->maps, msg->addr, map.len, fd, map.offset);
	if (err)
		sim_log("pf", "%s of iova 0x%lx, 0x%lx bytes: %s",
			msg->type == FRL_LINK_MAP ? "MAP" : "UNMAP", msg->addr, map.len,
			strerror(-err));
	reply(server, msg, err, NULL, 0);
	return NULL;
}

static const char *dma_answer(struct link_server *server, const struct frl_link_msg *msg,
			      const void *payload, size_t len)
{
	if (!reads_answer(&server->reads, msg->tag))
		return NULL; /* of a read that a reset has ended */
	server->stats.dma_refused += msg->status != 0;
	frl_rtl_dma_complete(board_rtl(server->board), msg->tag, msg->status ? -EFAULT : 0, payload,
			     (uint32_t)len);
	return NULL;
}

static const char *reset(struct link_server *server, const struct frl_link_msg *msg)
{
	if (!is_function(server, msg->fn))
		return "RESET of a function that there is not";
	reply(server, msg, server->ports[msg->fn].mine ? reset_port(server, msg->fn) : -ENODEV,
	      NULL, 0);
	return NULL;
}

/* VFs that have a vhost-user socket stay with it. */
static const char *num_vfs(struct link_server *server, const struct frl_link_msg *msg)
{
	uint32_t vfs = board_desc(server->board)->vfs;

	if (msg->addr > vfs) {
		reply(server, msg, -EINVAL, NULL, 0);
		return NULL;
	}
	for (unsigned int fn = FRL_FN_VF0; fn < FRL_FN_VF0 + vfs; fn++) {
		if (fn - FRL_FN_VF0 >= msg->addr)
			give_port(server, fn);
		else if (!board_fn_owned(server->board, fn))
			take_port(server, fn);
	}
	reply(server, msg, 0, NULL, 0);
	return NULL;
}

static const char *handle(struct link_server *server, const struct frl_link_msg *msg,
			  const void *payload, size_t len, int fd)
{
	if (!server->greeted && msg->type != FRL_LINK_HELLO)
		return "no HELLO";
	switch (msg->type) {
	case FRL_LINK_HELLO:
		return hello(server, msg);
	case FRL_LINK_REG_READ:
		return reg_read(server, msg);
	case FRL_LINK_REG_WRITE:
		return reg_write(server, msg, payload, len);
	case FRL_LINK_MAP:
	case FRL_LINK_UNMAP:
		return map(server, msg, payload, len, fd);
	case FRL_LINK_DMA_READ | FRL_LINK_REPLY:
		return dma_answer(server, msg, payload, len);
	case FRL_LINK_RESET:
		return reset(server, msg);
	case FRL_LINK_NUM_VFS:
		return num_vfs(server, msg);
	default:
		return "unknown message";
	}
}

/* The descriptor that came with a message, -1 if none; -2 if there were several. */
static int take_fd(struct msghdr *hdr)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(hdr);
	int fds[2], fd = -1;
	size_t count;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
		return -1;
	count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(cmsg), count * sizeof(int));
	if (count == 1 && !(hdr->msg_flags & MSG_CTRUNC))
		return fds[0];
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	fd = -2;
	return fd;
}

/* Take one message; false when there is none, or the client is gone. */
static bool receive(struct link_server *server)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec iov = { server->in, sizeof(server->in) };
	struct msghdr hdr = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	ssize_t n = recvmsg(server->fd, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const char *why = NULL;
	struct frl_link_msg msg;
	int fd;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		if (!server->dying)
			sim_log("pf", "client gone");
		drop_client(server);
		return false;
	}
	fd = take_fd(&hdr);
	if (n < (ssize_t)sizeof(msg) || (hdr.msg_flags & MSG_TRUNC) || fd == -2) {
		why = "message of a wrong length, or with several descriptors";
	} else {
		memcpy(&msg, server->in, sizeof(msg));
		why = handle(server, &msg, server->in + sizeof(msg), (size_t)n - sizeof(msg), fd);
	}
	if (fd >= 0)
		close(fd);
	if (why) {
		die(server, why);
		drop_client(server);
		return false;
	}
	return true;
}

static void flush(struct link_server *server)
{
	out_flush(&server->out, server->fd, forget_vector, server);
	if (!server->out.first)
		loop_set(server->loop, server->fd, POLLIN);
}

static void on_client(void *arg, short events)
{
	struct link_server *server = arg;

	if (events & POLLOUT)
		flush(server);
	for (int i = 0; i < BURST && server->fd >= 0; i++) {
		if (!receive(server))
			return;
	}
}

struct link_server *link_server_create(struct board *board, struct loop *loop, const char *path)
{
	struct link_server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->board = board;
	server->loop = loop;
	server->fd = server->refused_fd = -1;
	server->listen_fd = loop_listen(path, SOCK_SEQPACKET);
	if (server->listen_fd < 0) {
		free(server);
		return NULL;
	}
	server->path = strdup(path);
	if (reads_open(&server->reads, loop, on_stuck, server) || !server->path ||
	    loop_add(loop, server->listen_fd, POLLIN, on_connect, server)) {
		link_server_destroy(server);
		return NULL;
	}
	return server;
}

void link_server_destroy(struct link_server *server)
{
	if (!server)
		return;
	if (server->fd >= 0)
		drop_client(server);
	if (server->refused_fd >= 0)
		on_refused(server, 0);
	loop_remove(server->loop, server->listen_fd);
	close(server->listen_fd);
	reads_close(&server->reads);
	if (server->path)
		unlink(server->path);
	free(server->path);
	free(server);
}

void link_server_stats(const struct link_server *server, struct link_server_stats *stats)
{
	*stats = server->stats;
}
