/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command line of ferrule-sim. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>

#define OPTIONS_WIRES 8
#define OPTIONS_VFS   32

struct options {
	const char *board, *firmware, *pf, *trace, *stats;
	const char *wires[OPTIONS_WIRES]; /* specification, NULL: not connected */
	const char *vfs[OPTIONS_VFS];	  /* socket path */
	bool cycle_time;
	int pcie_round_trip; /* cycles; -1: the board file's */
	int ready_fd;	     /* -1: stdout */
};

/* 0: go on; 1: help was printed; -1: wrong, and said why on stderr. */
int options_parse(struct options *options, int argc, char **argv);

#endif /* SIM_OPTIONS_H */
