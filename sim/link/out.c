// SPDX-License-Identifier: GPL-2.0-or-later
/* Outgoing messages; see out.h. */
#include "out.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct out {
	struct out *next;
	size_t len;
	uint8_t bytes[];
};

static bool keep(struct out_queue *queue, const struct frl_link_msg *msg, const void *payload,
		 size_t len)
{
	struct out *out = malloc(sizeof(*out) + sizeof(*msg) + len);

	if (!out || queue->bytes > OUT_MAX) {
		free(out);
		return false;
	}
	out->next = NULL;
	out->len = sizeof(*msg) + len;
	memcpy(out->bytes, msg, sizeof(*msg));
	if (len)
		memcpy(out->bytes + sizeof(*msg), payload, len);
	if (queue->first)
		queue->last->next = out;
	else
		queue->first = out;
	queue->last = out;
	queue->bytes += out->len;
	return true;
}

bool out_send(struct out_queue *queue, int fd, const struct frl_link_msg *msg, const void *payload,
	      size_t len)
{
	struct iovec iov[2] = { { (void *)msg, sizeof(*msg) }, { (void *)payload, len } };
	struct msghdr hdr = { .msg_iov = iov, .msg_iovlen = len ? 2 : 1 };

	if (!queue->first && sendmsg(fd, &hdr, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return true;
	return keep(queue, msg, payload, len);
}

static void drop_first(struct out_queue *queue)
{
	struct out *out = queue->first;

	queue->first = out->next;
	queue->bytes -= out->len;
	free(out);
}

void out_flush(struct out_queue *queue, int fd,
	       void (*sent)(void *arg, const struct frl_link_msg *msg), void *arg)
{
	struct frl_link_msg msg;

	while (queue->first) {
		if (send(fd, queue->first->bytes, queue->first->len, MSG_DONTWAIT | MSG_NOSIGNAL) <
		    0)
			return;
		memcpy(&msg, queue->first->bytes, sizeof(msg));
		drop_first(queue);
		sent(arg, &msg);
	}
}

void out_clear(struct out_queue *queue)
{
	while (queue->first)
		drop_first(queue);
}
