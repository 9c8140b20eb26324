// SPDX-License-Identifier: BSD-3-Clause
/* poll() with callbacks, and listening sockets; see loop.h. */
#define _GNU_SOURCE
#include "loop.h"

#include "board/log.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct watch {
	loop_cb cb;
	void *arg;
};

struct loop {
	struct pollfd *fds; /* fd -1: free */
	struct watch *watches;
	size_t count, room;
};

struct loop *loop_create(void)
{
	return calloc(1, sizeof(struct loop));
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	free(loop->fds);
	free(loop->watches);
	free(loop);
}

static size_t find(const struct loop *loop, int fd)
{
	size_t i = 0;

	while (i < loop->count && loop->fds[i].fd != fd)
		i++;
	return i;
}

static int grow(struct loop *loop)
{
	size_t room = loop->room ? 2 * loop->room : 16;
	struct pollfd *fds = realloc(loop->fds, room * sizeof(*fds));
	struct watch *watches;

	if (!fds)
		return -ENOMEM;
	loop->fds = fds;
	watches = realloc(loop->watches, room * sizeof(*watches));
	if (!watches)
		return -ENOMEM;
	loop->watches = watches;
	loop->room = room;
	return 0;
}

int loop_add(struct loop *loop, int fd, short events, loop_cb cb, void *arg)
{
	size_t i = find(loop, -1);

	if (i == loop->room && grow(loop))
		return -ENOMEM;
	if (i == loop->count)
		loop->count++;
	loop->fds[i] = (struct pollfd){ .fd = fd, .events = events };
	loop->watches[i] = (struct watch){ cb, arg };
	return 0;
}

void loop_set(struct loop *loop, int fd, short events)
{
	size_t i = find(loop, fd);

	if (i < loop->count)
		loop->fds[i].events = events;
}

void loop_remove(struct loop *loop, int fd)
{
	size_t i = find(loop, fd);

	/* The place may be taken again in the same round: what poll() said of it is void. */
	if (i < loop->count)
		loop->fds[i] = (struct pollfd){ .fd = -1 };
}

int loop_wait(struct loop *loop, int timeout_ms)
{
	int n = poll(loop->fds, loop->count, timeout_ms);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < loop->count && n > 0; i++) {
		short events = loop->fds[i].revents;

		if (loop->fds[i].fd < 0 || !events)
			continue;
		n--;
		loop->fds[i].revents = 0;
		loop->watches[i].cb(loop->watches[i].arg, events);
	}
	return 0;
}

/* Nobody listens at a path that refuses connections. */
static int is_leftover(const struct sockaddr_un *addr, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return 0;
	err = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? errno : 0;
	close(fd);
	return err == ECONNREFUSED;
}

static int bind_and_listen(int fd, const struct sockaddr_un *addr)
{
	return bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) || listen(fd, 8) ? errno : 0;
}

int loop_listen(const char *path, int type)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		sim_log("socket", "%s: path is longer than %zu bytes; choose a shorter one", path,
			sizeof(addr.sun_path) - 1);
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		sim_log("socket", "%s: %s", path, strerror(errno));
		return -1;
	}
	err = bind_and_listen(fd, &addr);
	if (err == EADDRINUSE && is_leftover(&addr, type) && !unlink(path))
		err = bind_and_listen(fd, &addr);
	if (!err)
		return fd;
	if (err == EADDRINUSE)
		sim_log("socket",
			"%s: another process uses this path; end it, or choose another path", path);
	else
		sim_log("socket", "%s: %s; choose a path in a folder that exists and is writable",
			path, strerror(err));
	close(fd);
	return -1;
}
