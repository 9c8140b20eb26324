/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF as a vhost-user backend: the frontend's messages become what a virtio driver would write to the
 * function's page, and the chip's DMA goes to the frontend's memory.
 */
#ifndef SIM_VHOST_H
#define SIM_VHOST_H

#include <stdint.h>

struct board;
struct loop;
struct vhost;

struct vhost_stats {
	uint64_t connections, kicks, interrupts, refused_messages, dma_errors;
};

/* Serve VF `vf` at path; NULL with the reason on stderr. */
struct vhost *vhost_create(struct board *board, struct loop *loop, unsigned int vf,
			   const char *path);
/* Resets the VF, drops the frontend, removes the socket. */
void vhost_destroy(struct vhost *vhost);
void vhost_stats(const struct vhost *vhost, struct vhost_stats *stats);

#endif /* SIM_VHOST_H */
