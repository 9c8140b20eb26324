/* SPDX-License-Identifier: BSD-3-Clause */
/* Hashes of a key: where rules stand in a bank, and which flow a frame belongs to (chip.toml, [hash]). */
#include "model.h"

static const uint32_t nh_key[FRL_KEY_WORDS] = FRL_NH_KEY_INIT;

/* NH over the low `words` words of m (Black et al., UMAC, CRYPTO '99): one multiplication for two words. */
static uint64_t nh(const uint32_t *m, uint32_t words)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < words; i += 2) {
		uint32_t a = m[i] + nh_key[i], b = m[i + 1] + nh_key[i + 1];

		sum += (uint64_t)a * b;
	}
	return sum;
}

uint64_t frl_model_nh(const uint32_t key[FRL_KEY_WORDS])
{
	return nh(key, FRL_KEY_WORDS);
}

uint32_t frl_model_hash(uint64_t sum, uint32_t bank, uint32_t sub)
{
	uint64_t x = FRL_NH_FIN * (2 * (2ull * bank + sub) + 1);
	uint64_t a = ((x ^ x >> 32) * FRL_NH_FIN) | 1;
	uint64_t b = (a << 29 | a >> 35) | 1;

	return ((sum & 0xffffffff) * a + (sum >> 32) * b) >> 32;
}

uint32_t frl_model_flow_hash(const uint32_t *key)
{
	uint32_t l3 = FRL_KEY_GET(key, L3_TYPE), n[10] = { 0 };
	uint64_t sum;

	if (l3 == FRL_L3_TYPE_IPV4 || l3 == FRL_L3_TYPE_IPV6) {
		for (uint32_t i = 0; i < 4; i++) {
			n[i] = frl_bits(key, FRL_KEY_IP_SRC_LSB + 32 * i, 32);
			n[4 + i] = frl_bits(key, FRL_KEY_IP_DST_LSB + 32 * i, 32);
		}
		if (FRL_KEY_GET(key, FRAG) == FRL_FRAG_NO)
			n[8] = FRL_KEY_GET(key, TP_DST) << 16 | FRL_KEY_GET(key, TP_SRC);
		n[9] = FRL_KEY_GET(key, IP_PROTO);
	} else {
		frl_put(n, 0, 48, FRL_KEY_GET(key, ETH_SRC));
		frl_put(n, 48, 48, FRL_KEY_GET(key, ETH_DST));
		frl_put(n, 96, 16, FRL_KEY_GET(key, ETH_TYPE));
	}
	sum = nh(n, 10);
	return ((sum ^ sum >> 32) * FRL_NH_FIN) >> 32;
}
