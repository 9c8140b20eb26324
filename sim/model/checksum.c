/* SPDX-License-Identifier: BSD-3-Clause */
/* The Internet checksum (RFC 1071) and how it follows a change (RFC 1624). */
#include "checksum.h"

uint32_t frl_sum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	return sum;
}

uint16_t frl_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

uint32_t frl_sum_change(const uint8_t *was, const uint8_t *is, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2) {
		uint16_t m = was[i] << 8 | was[i + 1];

		sum += (uint16_t)~m + ((uint32_t)is[i] << 8 | is[i + 1]);
	}
	return sum;
}

uint16_t frl_mend(uint16_t checksum, uint32_t change)
{
	return ~frl_fold((uint16_t)~checksum + change);
}
