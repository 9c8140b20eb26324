// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads that wait; see reads.h. */
#define _GNU_SOURCE
#include "reads.h"

#include "sim/loop.h"

#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* What a client on a busy machine does not reach. */
#define ANSWER_S 5

static void start_timer(struct reads *reads)
{
	const struct itimerspec time = { .it_value.tv_sec = ANSWER_S };

	reads->seen = reads->answers;
	reads->timing = !timerfd_settime(reads->timer_fd, 0, &time, NULL);
}

static bool any_waits(const struct reads *reads)
{
	for (unsigned int i = 0; i < READS_MAX; i++) {
		if (reads->read[i].used)
			return true;
	}
	return false;
}

static void on_timer(void *arg, short events)
{
	struct reads *reads = arg;
	uint64_t count;

	(void)events;
	if (read(reads->timer_fd, &count, sizeof(count)) != sizeof(count))
		return;
	reads->timing = false;
	if (!any_waits(reads))
		return;
	if (reads->answers == reads->seen)
		reads->stuck(reads->arg);
	else
		start_timer(reads);
}

int reads_open(struct reads *reads, struct loop *loop, void (*stuck)(void *arg), void *arg)
{
	*reads = (struct reads){ .loop = loop, .stuck = stuck, .arg = arg };
	reads->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (reads->timer_fd < 0)
		return -errno;
	return loop_add(loop, reads->timer_fd, POLLIN, on_timer, reads);
}

void reads_close(struct reads *reads)
{
	if (reads->timer_fd < 0)
		return;
	loop_remove(reads->loop, reads->timer_fd);
	close(reads->timer_fd);
	reads->timer_fd = -1;
}

bool reads_add(struct reads *reads, unsigned int fn, uint32_t ticket)
{
	unsigned int i = 0;

	while (i < READS_MAX && reads->read[i].used)
		i++;
	if (i == READS_MAX)
		return false;
	reads->read[i].used = true;
	reads->read[i].fn = fn;
	reads->read[i].ticket = ticket;
	if (!reads->timing)
		start_timer(reads);
	return true;
}

bool reads_answer(struct reads *reads, uint32_t ticket)
{
	for (unsigned int i = 0; i < READS_MAX; i++) {
		if (!reads->read[i].used || reads->read[i].ticket != ticket)
			continue;
		reads->read[i].used = false;
		reads->answers++;
		return true;
	}
	return false;
}

bool reads_take(struct reads *reads, unsigned int fn, uint32_t *ticket)
{
	for (unsigned int i = 0; i < READS_MAX; i++) {
		if (!reads->read[i].used || reads->read[i].fn != fn)
			continue;
		reads->read[i].used = false;
		*ticket = reads->read[i].ticket;
		return true;
	}
	return false;
}
