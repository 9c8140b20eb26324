/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines on the console register that the board names; without one they are dropped. */
#ifndef FRL_FW_LOG_H
#define FRL_FW_LOG_H

#include <stdint.h>

/* Where characters are written as 32-bit words; 0: nowhere. */
void log_init(uint64_t console);
/* Knows %s, %u and %x (unsigned int), nothing else; adds the end of the line. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
