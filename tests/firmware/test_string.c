/* SPDX-License-Identifier: BSD-3-Clause */
/* The firmware's string functions against libc's, at all alignments; under names of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void *(*const libc_memset)(void *, int, size_t) = memset;
static int (*const libc_memcmp)(const void *, const void *, size_t) = memcmp;

void *fw_memcpy(void *restrict to, const void *restrict from, size_t n);
void *fw_memset(void *to, int value, size_t n);
int fw_memcmp(const void *a, const void *b, size_t n);

#define memcpy fw_memcpy
#define memset fw_memset
#define memcmp fw_memcmp
#include "../../firmware/src/string.c"
#undef memcpy
#undef memset
#undef memcmp

enum {
	LENGTHS = 40,
	OFFSETS = 9
};

static uint8_t from[64], to[64], expected[64];

static void copies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 7 + 1);
	for (size_t n = 0; n < LENGTHS; n++) {
		for (size_t a = 0; a < OFFSETS; a++) {
			for (size_t b = 0; b < OFFSETS; b++) {
				libc_memset(to, 0xee, sizeof(to));
				libc_memset(expected, 0xee, sizeof(expected));
				for (size_t i = 0; i < n; i++)
					expected[a + i] = from[b + i];
				assert_ptr_equal(fw_memcpy(to + a, from + b, n), to + a);
				assert_int_equal(libc_memcmp(to, expected, sizeof(to)), 0);
			}
		}
	}
}

static void fills(void **state)
{
	(void)state;
	for (size_t n = 0; n < LENGTHS; n++) {
		for (size_t a = 0; a < OFFSETS; a++) {
			libc_memset(to, 0xee, sizeof(to));
			libc_memset(expected, 0xee, sizeof(expected));
			libc_memset(expected + a, 0x5a, n);
			assert_ptr_equal(fw_memset(to + a, 0x15a, n), to + a);
			assert_int_equal(libc_memcmp(to, expected, sizeof(to)), 0);
		}
	}
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void compares(void **state)
{
	(void)state;
	for (size_t n = 0; n < LENGTHS; n++) {
		for (size_t a = 0; a < OFFSETS; a++) {
			libc_memset(from, 0x80, sizeof(from));
			libc_memset(to, 0x80, sizeof(to));
			assert_int_equal(fw_memcmp(from + a, to, n), 0);
			for (size_t i = 0; i < n; i++) {
				from[a + i] = i & 1 ? 0x7f : 0x81;
				assert_int_equal(sign(fw_memcmp(from + a, to, n)), i & 1 ? -1 : 1);
				from[a + i] = 0x80;
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies),
		cmocka_unit_test(fills),
		cmocka_unit_test(compares),
	};

	return cmocka_run_group_tests_name("fw string functions", tests, NULL, NULL);
}
