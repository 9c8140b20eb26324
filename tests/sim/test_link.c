// SPDX-License-Identifier: BSD-3-Clause
/*
 * The PF socket's client against a card that says what the test wants: order of what comes while a call waits, and the
 * ends that a conversation can have.
 */
#define _GNU_SOURCE
#include "sim/link/frl_link.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct frl_link_card card = { .pf_vendor = 1, .pf_device = 2, .vfs = 3, .pf_pairs = 4 };

/* ---- The card: a child process that runs a script ---- */

static char path[108];
static pid_t child;

static void say(int fd, struct frl_link_msg msg, const void *payload, size_t len)
{
	char buf[sizeof(msg) + 64];

	memcpy(buf, &msg, sizeof(msg));
	if (len)
		memcpy(buf + sizeof(msg), payload, len);
	if (send(fd, buf, sizeof(msg) + len, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static struct frl_link_msg hear(int fd)
{
	struct frl_link_msg msg;
	char buf[sizeof(msg) + 64];

	if (recv(fd, buf, sizeof(buf), 0) < (ssize_t)sizeof(msg))
		_exit(2);
	memcpy(&msg, buf, sizeof(msg));
	return msg;
}

static void reply(int fd, struct frl_link_msg msg, int status, const void *payload, size_t len)
{
	msg.type |= FRL_LINK_REPLY;
	msg.status = status;
	say(fd, msg, payload, len);
}

static void greet(int fd)
{
	reply(fd, hear(fd), 0, &card, sizeof(card));
}

/* Listens before it returns; the script's exit status is checked at the end of the test. */
static void start_card(void (*script)(int fd))
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	memcpy(addr.sun_path, path, sizeof(addr.sun_path));
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		script(accept(fd, NULL, NULL));
		_exit(0);
	}
	close(fd);
}

static void end_card(void)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* ---- What the client sees ---- */

static char events[128];

static int on_read(void *arg, uint16_t fn, uint64_t addr, void *buf, uint32_t len)
{
	(void)arg;
	snprintf(events + strlen(events), sizeof(events) - strlen(events), "r%u:%lu ", fn,
		 (unsigned long)addr);
	memset(buf, 0x5a, len);
	return 0;
}

static int on_write(void *arg, uint16_t fn, uint64_t addr, const void *buf, uint32_t len)
{
	(void)arg;
	(void)len;
	snprintf(events + strlen(events), sizeof(events) - strlen(events), "w%u:%lu=%d ", fn,
		 (unsigned long)addr, *(const char *)buf);
	return 0;
}

static void on_msix(void *arg, uint16_t fn, uint16_t vector)
{
	(void)arg;
	snprintf(events + strlen(events), sizeof(events) - strlen(events), "m%u:%u ", fn, vector);
}

static const struct frl_link_ops ops = { on_read, on_write, on_msix };

static struct frl_link *connected(void)
{
	struct frl_link *link = NULL;

	events[0] = 0;
	assert_int_equal(frl_link_connect(path, 5000, &link), 0);
	assert_memory_equal(frl_link_card(link), &card, sizeof(card));
	return link;
}

/* Before it answers a register read, the card writes, interrupts, and waits for what it reads. */
static void busy_card(int fd)
{
	struct frl_link_msg read, answer;

	greet(fd);
	read = hear(fd);
	say(fd, (struct frl_link_msg){ .type = FRL_LINK_DMA_WRITE, .fn = 2, .addr = 10, .len = 1 },
	    "\7", 1);
	say(fd, (struct frl_link_msg){ .type = FRL_LINK_MSIX, .fn = 2, .addr = 1 }, NULL, 0);
	say(fd,
	    (struct frl_link_msg){
		    .type = FRL_LINK_DMA_READ, .fn = 3, .tag = 9, .addr = 20, .len = 4 },
	    NULL, 0);
	answer = hear(fd);
	if (answer.type != (FRL_LINK_DMA_READ | FRL_LINK_REPLY) || answer.tag != 9 || answer.status)
		_exit(3);
	reply(fd, read, 0, "\1\2\3\4", 4);
	if (recv(fd, &answer, sizeof(answer), 0) != 0)
		_exit(4);
}

static void served_in_calls(void **state)
{
	struct frl_link *link;
	uint64_t val = 0;

	(void)state;
	start_card(busy_card);
	link = connected();
	frl_link_serve_in_calls(link, &ops, NULL);
	assert_int_equal(frl_link_read(link, 0, 0x200, 4, &val), 0);
	assert_int_equal(val, 0x04030201);
	assert_string_equal(events, "w2:10=7 m2:1 r3:20 ");
	assert_int_equal(frl_link_service(link, &ops, NULL), 0);
	assert_string_equal(events, "w2:10=7 m2:1 r3:20 ");
	frl_link_close(link);
	end_card();
}

/* The same without waiting for the read's data, which a client that serves later could not give. */
static void talking_card(int fd)
{
	struct frl_link_msg read;

	greet(fd);
	read = hear(fd);
	say(fd, (struct frl_link_msg){ .type = FRL_LINK_DMA_WRITE, .fn = 2, .addr = 10, .len = 1 },
	    "\7", 1);
	say(fd, (struct frl_link_msg){ .type = FRL_LINK_MSIX, .fn = 2, .addr = 1 }, NULL, 0);
	reply(fd, read, 0, "\1\2\3\4", 4);
	if (recv(fd, &read, sizeof(read), 0) != 0)
		_exit(4);
}

static void served_later(void **state)
{
	struct pollfd pfd = { .events = POLLIN };
	struct frl_link *link;
	uint64_t val;

	(void)state;
	start_card(talking_card);
	link = connected();
	assert_int_equal(frl_link_read(link, 0, 0x200, 4, &val), 0);
	assert_string_equal(events, "");
	pfd.fd = frl_link_fd(link);
	assert_int_equal(poll(&pfd, 1, 0), 1);
	assert_int_equal(frl_link_service(link, &ops, NULL), 0);
	assert_string_equal(events, "w2:10=7 m2:1 ");
	assert_int_equal(poll(&pfd, 1, 0), 0);
	frl_link_close(link);
	end_card();
}

static void dying_card(int fd)
{
	greet(fd);
	hear(fd);
	say(fd, (struct frl_link_msg){ .type = FRL_LINK_MSIX, .fn = 1, .addr = 2 }, NULL, 0);
}

static void card_dies_in_a_call(void **state)
{
	struct frl_link *link;
	uint64_t val;

	(void)state;
	start_card(dying_card);
	link = connected();
	frl_link_serve_in_calls(link, &ops, NULL);
	assert_int_equal(frl_link_read(link, 0, 0x200, 4, &val), -ENOTCONN);
	assert_string_equal(events, "m1:2 ");
	assert_int_equal(frl_link_write(link, 0, 0x200, 4, 0), -ENOTCONN);
	assert_int_equal(frl_link_reset(link, 0), -ENOTCONN);
	assert_int_equal(frl_link_service(link, &ops, NULL), -ENOTCONN);
	frl_link_close(link);
	end_card();
}

static void busy_greeting(int fd)
{
	reply(fd, hear(fd), -EBUSY, NULL, 0);
}

static void old_card(int fd)
{
	reply(fd, hear(fd), 0, NULL, 0);
}

static void silent_card(int fd)
{
	struct frl_link_msg msg = hear(fd);

	/* Until the client has looked and goes away. */
	if (recv(fd, &msg, sizeof(msg), 0) != 0)
		_exit(4);
}

static void greetings(void **state)
{
	struct frl_link *link = NULL;

	(void)state;
	unlink(path);
	assert_int_equal(frl_link_begin(path, &link), -ENOENT);
	start_card(busy_greeting);
	assert_int_equal(frl_link_connect(path, 5000, &link), -EBUSY);
	end_card();
	assert_int_equal(frl_link_begin(path, &link), -ECONNREFUSED);
	start_card(old_card);
	assert_int_equal(frl_link_connect(path, 5000, &link), -EPROTO);
	end_card();
	start_card(silent_card);
	assert_int_equal(frl_link_begin(path, &link), 0);
	assert_int_equal(frl_link_finish(link), -EAGAIN);
	frl_link_close(link);
	end_card();
	start_card(silent_card);
	assert_int_equal(frl_link_connect(path, 50, &link), -ETIMEDOUT);
	end_card();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(served_in_calls),
		cmocka_unit_test(served_later),
		cmocka_unit_test(card_dies_in_a_call),
		cmocka_unit_test(greetings),
	};
	char folder[] = "/tmp/ferrule-link-XXXXXX";
	int ret;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/pf", folder);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return ret;
}
