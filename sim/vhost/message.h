/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vhost-user messages, gathered without blocking and checked before libvhost-user sees them: it trusts queue
 * numbers, sizes and counts of descriptors.
 */
#ifndef SIM_VHOST_MESSAGE_H
#define SIM_VHOST_MESSAGE_H

#include <stddef.h>

#include <libvhost-user.h>

/* A message on its way in. */
struct vhost_reader {
	VhostUserMsg msg;
	size_t have; /* bytes of header and payload */
};

enum vhost_read {
	VHOST_READ_MORE,
	VHOST_READ_WHOLE,
	VHOST_READ_GONE
};

/* Take what has arrived. WHOLE: reader->msg is a message; its descriptors are the caller's. */
enum vhost_read vhost_read(struct vhost_reader *reader, int fd);

/* Ready for the next message; descriptors are left alone. */
void vhost_reader_next(struct vhost_reader *reader);
/* Forget a message, with its descriptors. */
void vhost_reader_drop(struct vhost_reader *reader);

/* Reason why `msg` must not be handled by a backend of `queues` queues, or NULL. */
const char *vhost_check(const VhostUserMsg *msg, unsigned int queues);

#endif /* SIM_VHOST_MESSAGE_H */
