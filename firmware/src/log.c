/* SPDX-License-Identifier: BSD-3-Clause */
#include "log.h"

#include <stdarg.h>

#include "hal.h"

static uint64_t console_addr;

void log_init(uint64_t console)
{
	console_addr = console;
}

static void put_text(const char *text)
{
	while (*text)
		hal_write32(console_addr, (uint8_t)*text++);
}

static void put_number(unsigned int value, unsigned int base)
{
	char digits[12];
	char *p = digits + sizeof(digits) - 1;

	*p = '\0';
	do {
		*--p = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	put_text(p);
}

void log_line(const char *format, ...)
{
	va_list args;

	if (!console_addr)
		return;
	va_start(args, format);
	for (; *format; format++) {
		if (*format != '%') {
			hal_write32(console_addr, (uint8_t)*format);
			continue;
		}
		switch (*++format) {
		case 's':
			put_text(va_arg(args, const char *));
			break;
		case 'u':
			put_number(va_arg(args, unsigned int), 10);
			break;
		case 'x':
			put_number(va_arg(args, unsigned int), 16);
			break;
		default:
			hal_write32(console_addr, '%');
			if (!*format)
				format--;
			break;
		}
	}
	put_text("\n");
	va_end(args);
}
