/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The card's end of the PF socket (frl_link.h): one client at a time, checked message by message. */
#ifndef SIM_LINK_SERVER_H
#define SIM_LINK_SERVER_H

#include <stdint.h>

struct board;
struct loop;
struct link_server;

/* Listen at path; NULL with the reason on stderr. */
struct link_server *link_server_create(struct board *board, struct loop *loop, const char *path);
/* Drops the client and removes the socket. */
void link_server_destroy(struct link_server *server);

struct link_server_stats {
	uint64_t clients, register_reads, register_writes, dma_bytes_read, dma_bytes_written,
		interrupts;
	uint64_t dma_refused; /* reads that the client answered with an error */
};
void link_server_stats(const struct link_server *server, struct link_server_stats *stats);

#endif /* SIM_LINK_SERVER_H */
