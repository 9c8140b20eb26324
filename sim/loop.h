/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything the simulator waits for, in one poll(). */
#ifndef SIM_LOOP_H
#define SIM_LOOP_H

#include <stddef.h>
#include <stdint.h>

struct loop;

/* events are poll()'s, POLLERR and POLLHUP included. Watches may be added, changed and removed in it. */
typedef void (*loop_cb)(void *arg, short events);

struct loop *loop_create(void);
void loop_destroy(struct loop *loop);

/* Watch fd (one watch a descriptor). 0 or -ENOMEM. */
int loop_add(struct loop *loop, int fd, short events, loop_cb cb, void *arg);
void loop_set(struct loop *loop, int fd, short events);
void loop_remove(struct loop *loop, int fd);

/* Wait up to timeout_ms (-1: for ever, 0: look only) and call back. 0 or a negative errno value; a signal is
 * not an error. */
int loop_wait(struct loop *loop, int timeout_ms);

/* A listening unix socket of `type` that no other process uses; a leftover of a dead one is replaced. The
 * descriptor, or -1 with the reason on stderr. */
int loop_listen(const char *path, int type);

#endif /* SIM_LOOP_H */
