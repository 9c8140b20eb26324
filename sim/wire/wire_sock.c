// SPDX-License-Identifier: GPL-2.0-or-later
/* A wire into a SOCK_SEQPACKET unix socket: one frame a packet, one peer at a time; its presence is the link. */
#define _GNU_SOURCE
#include "wire.h"

#include "sim/board/log.h"
#include "sim/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct wire_sock {
	struct wire *wire;
	char *path;
	int listen_fd, fd;
	uint8_t frame[WIRE_FRAME_MAX + 1];
};

static void drop_peer(struct wire_sock *sock)
{
	loop_remove(sock->wire->loop, sock->fd);
	close(sock->fd);
	sock->fd = -1;
	wire_link(sock->wire, false);
	/* The next one may be waiting. */
	loop_set(sock->wire->loop, sock->listen_fd, POLLIN);
}

static void on_frames(void *arg, short events)
{
	struct wire_sock *sock = arg;
	unsigned int room = wire_room(sock->wire);
	ssize_t n;

	(void)events;
	while (room--) {
		/* MSG_TRUNC: the length that the packet had. */
		n = recv(sock->fd, sock->frame, sizeof(sock->frame), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			drop_peer(sock);
			return;
		}
		wire_rx(sock->wire, sock->frame, (size_t)n);
	}
}

static void on_connect(void *arg, short events)
{
	struct wire_sock *sock = arg;
	int fd = accept4(sock->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	if (loop_add(sock->wire->loop, fd, POLLIN, on_frames, sock)) {
		close(fd);
		return;
	}
	sock->fd = fd;
	/* Others wait in the listening queue until this one leaves. */
	loop_set(sock->wire->loop, sock->listen_fd, 0);
	wire_link(sock->wire, true);
}

static void destroy(void *priv)
{
	struct wire_sock *sock = priv;

	if (sock->fd >= 0) {
		loop_remove(sock->wire->loop, sock->fd);
		close(sock->fd);
	}
	loop_remove(sock->wire->loop, sock->listen_fd);
	close(sock->listen_fd);
	if (sock->path)
		unlink(sock->path);
	free(sock->path);
	free(sock);
}

static void *create(struct wire *wire, const char *path)
{
	struct wire_sock *sock = calloc(1, sizeof(*sock));

	if (!sock)
		return NULL;
	sock->wire = wire;
	sock->fd = -1;
	sock->listen_fd = loop_listen(path, SOCK_SEQPACKET);
	if (sock->listen_fd < 0) {
		free(sock);
		return NULL;
	}
	sock->path = strdup(path);
	if (!sock->path || loop_add(wire->loop, sock->listen_fd, POLLIN, on_connect, sock)) {
		sim_log("wire", "no memory");
		destroy(sock);
		return NULL;
	}
	return sock;
}

static bool send_frame(void *priv, const void *frame, size_t len)
{
	struct wire_sock *sock = priv;

	return sock->fd >= 0 &&
	       send(sock->fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

const struct wire_kind wire_sock = {
	.prefix = "sock:",
	.create = create,
	.destroy = destroy,
	.send = send_frame,
};
