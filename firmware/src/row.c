/* SPDX-License-Identifier: BSD-3-Clause */
#include "row.h"

void frl_put_bits(uint32_t *row, unsigned int lsb, unsigned int width, uint64_t value)
{
	while (width) {
		unsigned int shift = lsb % 32;
		unsigned int take = width < 32 - shift ? width : 32 - shift;
		uint32_t part = (uint32_t)value & (uint32_t)(0xffffffffull >> (32 - take));

		row[lsb / 32] |= part << shift;
		value >>= take;
		lsb += take;
		width -= take;
	}
}

uint64_t frl_get_bits(const uint32_t *row, unsigned int lsb, unsigned int width)
{
	uint64_t value = 0;
	unsigned int got = 0;

	while (got < width) {
		unsigned int shift = lsb % 32;
		unsigned int take = width - got < 32 - shift ? width - got : 32 - shift;
		uint32_t part = row[lsb / 32] >> shift & (uint32_t)(0xffffffffull >> (32 - take));

		value |= (uint64_t)part << got;
		got += take;
		lsb += take;
	}
	return value;
}

uint64_t frl_be(const uint8_t *bytes, unsigned int n)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return value;
}
