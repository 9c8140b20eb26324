/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running simulator's parts, and what they counted. */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include "link/server.h"
#include "options.h"
#include "vhost/vhost.h"
#include "wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct sim {
	struct loop *loop;
	struct board *board;
	struct link_server *pf;
	struct vhost *vfs[OPTIONS_VFS];
	struct wire_owner owner;
	struct wire wires[OPTIONS_WIRES];
	uint32_t links;
	bool link_news;
	bool ending;
	int signal_fd;
};

/* Write all counts to a JSON file. 0, or -1 with the reason on stderr. */
int stats_write(const struct sim *sim, const char *path);

#endif /* SIM_STATS_H */
