/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of the chip's tables as 32-bit words, bit 0 first; positions come from frl_chip.h. */
#ifndef FRL_FW_ROW_H
#define FRL_FW_ROW_H

#include <stdint.h>

/* Puts `width` (1 to 64) bits of `value` at bit `lsb` of a row that is zero there. */
void frl_put_bits(uint32_t *row, unsigned int lsb, unsigned int width, uint64_t value);
/* Bits `lsb` .. `lsb + width - 1` of a row or key, width 1 to 64. */
uint64_t frl_get_bits(const uint32_t *row, unsigned int lsb, unsigned int width);
/* The number that `n` (up to 8) bytes in network order stand for. */
uint64_t frl_be(const uint8_t *bytes, unsigned int n);

#define FRL_PUT(row, FIELD, value) frl_put_bits(row, FRL_##FIELD##_LSB, FRL_##FIELD##_W, value)

#endif
