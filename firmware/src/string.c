/* SPDX-License-Identifier: BSD-3-Clause */
/* The MMU is off, so that all memory is Device memory: accesses must be aligned, and `dc zva` faults (Arm ARM,
 * B2.7.2). libc's memcpy and memset do both; these take their place. The rest of libc's string functions
 * read whole aligned words at most. Compiled with -fno-tree-loop-distribute-patterns: the compiler would make calls of
 * themselves from the loops.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD sizeof(uint64_t)

typedef uint64_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if ((((uintptr_t)d | (uintptr_t)s) & (WORD - 1)) == 0)
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
			*(word *)d = *(const word *)s;
	while (n--)
		*d++ = *s++;
	return to;
}

void *memset(void *to, int value, size_t n)
{
	uint8_t *d = to;
	uint64_t pattern = (uint8_t)value * 0x0101010101010101ull;

	for (; n && ((uintptr_t)d & (WORD - 1)); n--)
		*d++ = (uint8_t)value;
	for (; n >= WORD; n -= WORD, d += WORD)
		*(word *)d = pattern;
	while (n--)
		*d++ = (uint8_t)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	if ((((uintptr_t)p | (uintptr_t)q) & (WORD - 1)) == 0)
		while (n >= WORD && *(const word *)p == *(const word *)q) {
			n -= WORD;
			p += WORD;
			q += WORD;
		}
	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
