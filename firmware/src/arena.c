/* SPDX-License-Identifier: BSD-3-Clause */
#include "arena.h"

#include <string.h>

void *arena_take_raw(struct arena *a, size_t count, size_t size, size_t align)
{
	size_t bytes = count * size;
	size_t pad = -(uintptr_t)a->next & (align - 1);
	size_t room = (size_t)(a->end - a->next);
	uint8_t *p = a->next + pad;

	if ((size && bytes / size != count) || pad > room || bytes > room - pad) {
		a->exhausted = 1;
		return NULL;
	}
	a->next = p + bytes;
	return p;
}

void *arena_take(struct arena *a, size_t count, size_t size, size_t align)
{
	void *p = arena_take_raw(a, count, size, align);

	return p ? memset(p, 0, count * size) : NULL;
}
