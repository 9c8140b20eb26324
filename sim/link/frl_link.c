// SPDX-License-Identifier: BSD-3-Clause
/* Client of the PF's socket; see frl_link.h. */
#define _GNU_SOURCE
#include "frl_link.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Messages of the card that may wait for frl_link_service; a card that sends more is broken. */
#define PENDING_MAX 4096

/* A message of the card that came while a call waited for its reply. */
struct pending {
	struct pending *next;
	struct frl_link_msg msg;
	uint8_t payload[];
};

struct frl_link {
	int fd;
	int pending_fd; /* eventfd: not zero while `first` is not NULL */
	int epoll_fd;	/* what frl_link_fd gives: either of them */
	bool dead;
	uint32_t tag;
	pthread_mutex_t lock;
	struct pending *first, **last;
	unsigned int pending;
	struct frl_link_card card;
	const struct frl_link_ops *ops; /* of frl_link_serve_in_calls, or NULL */
	void *ops_arg;
	uint8_t in[FRL_LINK_PAYLOAD]; /* payload of the message received last */
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The peer is gone: every later call says so. */
static int link_died(struct frl_link *link)
{
	link->dead = true;
	return -ENOTCONN;
}

static int wait_fd(struct frl_link *link, short events, int64_t deadline)
{
	struct pollfd pfd = { .fd = link->fd, .events = events };
	int64_t left = deadline - now_ms();
	int n = poll(&pfd, 1, left > 0 ? (int)left : 0);

	if (n < 0 && errno != EINTR)
		return link_died(link);
	if (n == 0 && left <= 0)
		return -ETIMEDOUT;
	return 0;
}

/* Send one message, with a file descriptor if fd >= 0. */
static int send_msg(struct frl_link *link, struct frl_link_msg *msg, const void *payload,
		    size_t len, int fd, int64_t deadline)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov[2] = { { msg, sizeof(*msg) }, { (void *)payload, len } };
	struct msghdr hdr = { .msg_iov = iov, .msg_iovlen = len ? 2 : 1 };
	int err;

	if (fd >= 0) {
		hdr.msg_control = control.buf;
		hdr.msg_controllen = sizeof(control.buf);
		struct cmsghdr *cmsg = CMSG_FIRSTHDR(&hdr);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	while (sendmsg(link->fd, &hdr, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == EBADF && fd >= 0)
			return -EBADF;
		if (errno != EAGAIN)
			return link_died(link);
		err = wait_fd(link, POLLOUT, deadline);
		if (err)
			return err;
	}
	return 0;
}

/* Receive one message into *msg and link->in; -EAGAIN when there is none. */
static int recv_msg(struct frl_link *link, struct frl_link_msg *msg, size_t *payload)
{
	struct iovec iov[2] = { { msg, sizeof(*msg) }, { link->in, sizeof(link->in) } };
	struct msghdr hdr = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	do
		n = recvmsg(link->fd, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (n < (ssize_t)sizeof(*msg) || (hdr.msg_flags & MSG_TRUNC))
		return link_died(link);
	*payload = (size_t)n - sizeof(*msg);
	if (msg->type == FRL_LINK_DMA_WRITE && msg->len != *payload)
		return link_died(link);
	return 0;
}

/* Keep a message of the card for frl_link_service. */
static int keep_pending(struct frl_link *link, const struct frl_link_msg *msg, size_t payload)
{
	struct pending *p = malloc(sizeof(*p) + payload);

	if (!p || link->pending >= PENDING_MAX) {
		free(p);
		return link_died(link);
	}
	p->next = NULL;
	p->msg = *msg;
	memcpy(p->payload, link->in, payload);
	*link->last = p;
	link->last = &p->next;
	link->pending++;
	eventfd_write(link->pending_fd, 1);
	return 0;
}

static struct pending *take_pending(struct frl_link *link)
{
	struct pending *p = link->first;
	eventfd_t count;

	if (!p)
		return NULL;
	link->first = p->next;
	link->pending--;
	if (!link->first) {
		link->last = &link->first;
		eventfd_read(link->pending_fd, &count);
	}
	return p;
}

/* Handle a message of the card; returns the status of a DMA read, whose bytes are in `out` then. */
static int handle(const struct frl_link_msg *msg, const void *payload,
		  const struct frl_link_ops *ops, void *arg, uint8_t out[FRL_LINK_PAYLOAD])
{
	switch (msg->type) {
	case FRL_LINK_DMA_READ:
		if (msg->len > FRL_LINK_PAYLOAD)
			return -EINVAL;
		return ops->dma_read ? ops->dma_read(arg, msg->fn, msg->addr, out, msg->len)
				     : -EFAULT;
	case FRL_LINK_DMA_WRITE:
		if (ops->dma_write)
			ops->dma_write(arg, msg->fn, msg->addr, payload, msg->len);
		return 0;
	case FRL_LINK_MSIX:
		if (ops->msix)
			ops->msix(arg, msg->fn, (uint16_t)msg->addr);
		return 0;
	default:
		return 0;
	}
}

/* Answer a message of the card if it is one that wants an answer; with the lock held. */
static int answer(struct frl_link *link, const struct frl_link_msg *request, int status,
		  const uint8_t *out)
{
	struct frl_link_msg msg = *request;

	if (msg.type != FRL_LINK_DMA_READ)
		return 0;
	if (link->dead)
		return -ENOTCONN;
	msg.type |= FRL_LINK_REPLY;
	msg.status = status;
	return send_msg(link, &msg, out, status ? 0 : msg.len, -1, now_ms() + FRL_LINK_TIMEOUT_MS);
}

/* A message of the card came while a call waits: handle it now, or keep it. */
static int meanwhile(struct frl_link *link, const struct frl_link_msg *msg, size_t payload)
{
	uint8_t out[FRL_LINK_PAYLOAD];

	if (!link->ops)
		return keep_pending(link, msg, payload);
	return answer(link, msg, handle(msg, link->in, link->ops, link->ops_arg, out), out);
}

static int wait_reply(struct frl_link *link, uint32_t tag, struct frl_link_msg *reply,
		      size_t *payload, int64_t deadline)
{
	int err;

	for (;;) {
		err = recv_msg(link, reply, payload);
		if (err == -EAGAIN) {
			err = wait_fd(link, POLLIN, deadline);
			if (err)
				return err;
			continue;
		}
		if (err)
			return err;
		if (!(reply->type & FRL_LINK_REPLY)) {
			err = meanwhile(link, reply, *payload);
			if (err)
				return err;
		} else if (reply->tag == tag) {
			return reply->status;
		} /* else: the late reply to a call that gave up */
	}
}

/* Send a request and wait for its reply; `out` takes up to 8 bytes of the reply's payload. */
static int call(struct frl_link *link, struct frl_link_msg *msg, const void *payload, size_t len,
		int fd, int timeout_ms, uint64_t *out)
{
	int64_t deadline = now_ms() + timeout_ms;
	struct frl_link_msg reply;
	size_t got = 0;
	int err;

	pthread_mutex_lock(&link->lock);
	msg->tag = ++link->tag;
	err = link->dead ? -ENOTCONN : send_msg(link, msg, payload, len, fd, deadline);
	if (!err)
		err = wait_reply(link, msg->tag, &reply, &got, deadline);
	if (!err && out) {
		if (got > sizeof(*out)) {
			err = link_died(link);
		} else {
			*out = 0;
			memcpy(out, link->in, got);
		}
	}
	pthread_mutex_unlock(&link->lock);
	return err;
}

static int connect_once(const char *path, int *fd)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return -errno;
	if (!connect(*fd, (struct sockaddr *)&addr, sizeof(addr)))
		return 0;
	err = -errno;
	close(*fd);
	*fd = -1;
	return err;
}

static int watch_fds(struct frl_link *link)
{
	struct epoll_event event = { .events = EPOLLIN };

	link->pending_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	link->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (link->pending_fd < 0 || link->epoll_fd < 0 ||
	    epoll_ctl(link->epoll_fd, EPOLL_CTL_ADD, link->fd, &event) ||
	    epoll_ctl(link->epoll_fd, EPOLL_CTL_ADD, link->pending_fd, &event))
		return -errno;
	return 0;
}

int frl_link_begin(const char *path, struct frl_link **out)
{
	struct frl_link_msg hello = { .type = FRL_LINK_HELLO, .tag = 1, .addr = FRL_LINK_VERSION };
	struct frl_link *link = calloc(1, sizeof(*link));
	int err;

	if (!link)
		return -ENOMEM;
	link->fd = link->pending_fd = link->epoll_fd = -1;
	link->last = &link->first;
	link->tag = hello.tag;
	pthread_mutex_init(&link->lock, NULL);
	err = connect_once(path, &link->fd);
	if (!err)
		err = watch_fds(link);
	if (!err)
		err = send_msg(link, &hello, NULL, 0, -1, now_ms());
	if (err) {
		frl_link_close(link);
		return err;
	}
	*out = link;
	return 0;
}

int frl_link_finish(struct frl_link *link)
{
	struct frl_link_msg reply;
	size_t payload;
	int err;

	pthread_mutex_lock(&link->lock);
	err = link->dead ? -ENOTCONN : recv_msg(link, &reply, &payload);
	if (!err && reply.type == (FRL_LINK_HELLO | FRL_LINK_REPLY))
		err = reply.status;
	else if (!err)
		err = -EPROTO;
	if (!err && payload == sizeof(link->card))
		memcpy(&link->card, link->in, sizeof(link->card));
	else if (!err)
		err = -EPROTO;
	pthread_mutex_unlock(&link->lock);
	return err;
}

/* The simulator may be starting: try until the socket is there and takes the connection. */
static int begin_until(const char *path, int64_t deadline, struct frl_link **out)
{
	int err;

	for (;;) {
		err = frl_link_begin(path, out);
		if (err != -ENOENT && err != -ECONNREFUSED && err != -EAGAIN && err != -EINTR)
			return err;
		if (now_ms() >= deadline)
			return -ETIMEDOUT;
		/* Nothing tells when a path appears that has no watcher: look again soon. */
		poll(NULL, 0, 10);
	}
}

int frl_link_connect(const char *path, int timeout_ms, struct frl_link **out)
{
	int64_t deadline = now_ms() + timeout_ms;
	struct frl_link *link;
	int err = begin_until(path, deadline, &link);

	if (err)
		return err;
	while ((err = frl_link_finish(link)) == -EAGAIN) {
		err = wait_fd(link, POLLIN, deadline);
		if (err)
			break;
	}
	if (err) {
		frl_link_close(link);
		return err;
	}
	*out = link;
	return 0;
}

const struct frl_link_card *frl_link_card(const struct frl_link *link)
{
	return &link->card;
}

void frl_link_close(struct frl_link *link)
{
	struct pending *p;

	if (!link)
		return;
	while ((p = take_pending(link)))
		free(p);
	if (link->epoll_fd >= 0)
		close(link->epoll_fd);
	if (link->pending_fd >= 0)
		close(link->pending_fd);
	if (link->fd >= 0)
		close(link->fd);
	pthread_mutex_destroy(&link->lock);
	free(link);
}

int frl_link_fd(const struct frl_link *link)
{
	return link->epoll_fd;
}

static bool access_ok(uint32_t off, unsigned int size)
{
	return (size == 1 || size == 2 || size == 4 || size == 8) && off % size == 0;
}

int frl_link_read(struct frl_link *link, uint16_t fn, uint32_t off, unsigned int size,
		  uint64_t *val)
{
	struct frl_link_msg msg = { .type = FRL_LINK_REG_READ, .fn = fn, .addr = off, .len = size };

	if (!access_ok(off, size))
		return -EINVAL;
	return call(link, &msg, NULL, 0, -1, FRL_LINK_TIMEOUT_MS, val);
}

int frl_link_write(struct frl_link *link, uint16_t fn, uint32_t off, unsigned int size,
		   uint64_t val)
{
	struct frl_link_msg msg = { .type = FRL_LINK_REG_WRITE, .fn = fn, .addr = off, .len = size };
	int err;

	if (!access_ok(off, size))
		return -EINVAL;
	pthread_mutex_lock(&link->lock);
	err = link->dead ? -ENOTCONN
			 : send_msg(link, &msg, &val, size, -1, now_ms() + FRL_LINK_TIMEOUT_MS);
	pthread_mutex_unlock(&link->lock);
	return err;
}

int frl_link_map(struct frl_link *link, uint64_t iova, uint64_t len, int fd, uint64_t offset)
{
	struct frl_link_msg msg = { .type = FRL_LINK_MAP, .addr = iova };
	struct frl_link_map map = { .len = len, .offset = offset };

	msg.len = sizeof(map);
	return call(link, &msg, &map, sizeof(map), fd, FRL_LINK_TIMEOUT_MS, NULL);
}

int frl_link_unmap(struct frl_link *link, uint64_t iova, uint64_t len)
{
	struct frl_link_msg msg = { .type = FRL_LINK_UNMAP, .addr = iova };
	struct frl_link_map map = { .len = len };

	msg.len = sizeof(map);
	return call(link, &msg, &map, sizeof(map), -1, FRL_LINK_TIMEOUT_MS, NULL);
}

int frl_link_reset(struct frl_link *link, uint16_t fn)
{
	struct frl_link_msg msg = { .type = FRL_LINK_RESET, .fn = fn };

	return call(link, &msg, NULL, 0, -1, FRL_LINK_TIMEOUT_MS, NULL);
}

int frl_link_num_vfs(struct frl_link *link, unsigned int num_vfs)
{
	struct frl_link_msg msg = { .type = FRL_LINK_NUM_VFS, .addr = num_vfs };

	return call(link, &msg, NULL, 0, -1, FRL_LINK_TIMEOUT_MS, NULL);
}

/* The next message of the card, to be freed; NULL and *err = 0 when there is none. */
static struct pending *next_event(struct frl_link *link, int *err)
{
	struct frl_link_msg msg;
	struct pending *p;
	size_t payload;

	pthread_mutex_lock(&link->lock);
	p = take_pending(link);
	*err = 0;
	while (!p && !link->dead) {
		*err = recv_msg(link, &msg, &payload);
		if (*err)
			break;
		if (!(msg.type & FRL_LINK_REPLY))
			*err = keep_pending(link, &msg, payload);
		p = take_pending(link);
	}
	if (*err == -EAGAIN)
		*err = 0;
	if (link->dead && !p)
		*err = -ENOTCONN;
	pthread_mutex_unlock(&link->lock);
	return p;
}

int frl_link_service(struct frl_link *link, const struct frl_link_ops *ops, void *arg)
{
	uint8_t out[FRL_LINK_PAYLOAD];
	struct pending *p;
	int err, status;

	while ((p = next_event(link, &err))) {
		status = handle(&p->msg, p->payload, ops, arg, out);
		pthread_mutex_lock(&link->lock);
		err = answer(link, &p->msg, status, out);
		pthread_mutex_unlock(&link->lock);
		free(p);
		if (err)
			return err;
	}
	return err;
}

void frl_link_serve_in_calls(struct frl_link *link, const struct frl_link_ops *ops, void *arg)
{
	link->ops = ops;
	link->ops_arg = arg;
}
