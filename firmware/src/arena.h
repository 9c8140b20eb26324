/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory is handed out once, at boot, and never given back. */
#ifndef FRL_FW_ARENA_H
#define FRL_FW_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena {
	uint8_t *next;
	uint8_t *end;
	int exhausted; /* A request did not fit: boot fails. */
};

/* `count` zeroed elements of `size` bytes, aligned to `align` (a power of two); NULL when it does
 * not fit, and `exhausted` then stays set, so that a caller may check once for many.
 */
void *arena_take(struct arena *a, size_t count, size_t size, size_t align);
/* The same, not zeroed: for what is written before it is read. Zeroing is most of the boot. */
void *arena_take_raw(struct arena *a, size_t count, size_t size, size_t align);

#endif
