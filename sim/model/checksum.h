/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRL_MODEL_CHECKSUM_H
#define FRL_MODEL_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Sum of the 16-bit words, not folded; len even, at most 64 KB. */
uint32_t frl_sum(const uint8_t *data, size_t len);
/* One's complement sum of 16 bits: carries come back in. */
uint16_t frl_fold(uint32_t sum);

/* ~m + m' over the words of a field (RFC 1624, equation 3), len even. Such sums may be added up. */
uint32_t frl_sum_change(const uint8_t *was, const uint8_t *is, size_t len);
/* HC' = ~(~HC + change). */
uint16_t frl_mend(uint16_t checksum, uint32_t change);

#endif /* FRL_MODEL_CHECKSUM_H */
