/* SPDX-License-Identifier: BSD-3-Clause */
/* What the simulator says goes to stderr, a line each, with its part's name before it. */
#ifndef SIM_LOG_H
#define SIM_LOG_H

#include <stdio.h>

#define sim_log(part, ...)                     \
	do {                                   \
		fprintf(stderr, "%s: ", part); \
		fprintf(stderr, __VA_ARGS__);  \
		fputc('\n', stderr);           \
	} while (0)

#endif /* SIM_LOG_H */
