/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on their way to a client of the PF socket that is slow to read them. */
#ifndef SIM_LINK_OUT_H
#define SIM_LINK_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "frl_link.h"

/* What a client may leave unread, in bytes. */
#define OUT_MAX (16u << 20)

struct out;

struct out_queue {
	struct out *first, *last;
	size_t bytes;
};

/* Send, or keep behind those that wait. False: too much waits, or no memory. */
bool out_send(struct out_queue *queue, int fd, const struct frl_link_msg *msg, const void *payload,
	      size_t len);

/* Send what waits, as much as fits, and tell of each message that it went. */
void out_flush(struct out_queue *queue, int fd,
	       void (*sent)(void *arg, const struct frl_link_msg *msg), void *arg);
void out_clear(struct out_queue *queue);

#endif /* SIM_LINK_OUT_H */
