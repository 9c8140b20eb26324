/* SPDX-License-Identifier: BSD-3-Clause */
/* What firmware prints, a byte at a time, by line to stderr. */
#ifndef SIM_CONSOLE_H
#define SIM_CONSOLE_H

#include <stddef.h>
#include <stdio.h>

struct console {
	char line[256];
	size_t len;
};

static inline void console_flush(struct console *console)
{
	if (console->len)
		fprintf(stderr, "fw: %.*s\n", (int)console->len, console->line);
	console->len = 0;
}

/* Control bytes would reach the user's terminal: only printable ones do. */
static inline void console_put(struct console *console, char c)
{
	if (c == '\n') {
		console_flush(console);
		return;
	}
	if (c == '\r')
		return;
	console->line[console->len++] = (c >= ' ' && c <= '~') || c == '\t' ? c : '?';
	if (console->len == sizeof(console->line))
		console_flush(console);
}

#endif /* SIM_CONSOLE_H */
