/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Access to memory that another process shares with us and may take away: a file cut short behind a
 * mapping raises SIGBUS, which here becomes an error instead of our end.
 */
#ifndef SIM_GUARD_H
#define SIM_GUARD_H

#include <stddef.h>

/* Install the handler; once, at start. 0 or -1. */
int guard_init(void);

/* memcpy of which one side is shared; aligned 2, 4 and 8 bytes are moved at once. Accesses are ordered as PCIe
 * orders them: a write after all before it, a read before all after it. 0 or -EFAULT. */
int guard_copy(void *dst, const void *src, size_t len);

/* Call fn, which may touch shared memory; -EFAULT when it was thrown out in the middle. */
int guard_call(void (*fn)(void *arg), void *arg);

#endif /* SIM_GUARD_H */
