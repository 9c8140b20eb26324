/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA reads that wait for the answer of the PF socket's client. The card delivers reads in order: a client that answers
 * none of its for seconds would hold up everybody's.
 */
#ifndef SIM_LINK_READS_H
#define SIM_LINK_READS_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* The chip asks for no more at a time. */
#define READS_MAX 256

struct reads {
	struct {
		bool used;
		unsigned int fn;
		uint32_t ticket;
	} read[READS_MAX];
	struct loop *loop;
	int timer_fd;
	bool timing;		/* the timer runs */
	uint64_t answers, seen; /* to reads; of them when the timer was started */
	void (*stuck)(void *arg);
	void *arg;
};

/* stuck is called, from the loop, when nothing was answered for some seconds. 0 or a negative errno value. */
int reads_open(struct reads *reads, struct loop *loop, void (*stuck)(void *arg), void *arg);
void reads_close(struct reads *reads);

/* False: too many. */
bool reads_add(struct reads *reads, unsigned int fn, uint32_t ticket);
/* An answer came; false: to no read that waits (a reset has ended it). */
bool reads_answer(struct reads *reads, uint32_t ticket);
/* Take a read of fn away, to be ended; false: there is none. */
bool reads_take(struct reads *reads, unsigned int fn, uint32_t *ticket);

#endif /* SIM_LINK_READS_H */
