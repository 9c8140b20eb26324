/* SPDX-License-Identifier: BSD-3-Clause */
/* Encap entries: outer headers that rules share. */
#ifndef FRL_FW_ENCAP_H
#define FRL_FW_ENCAP_H

#include "chain.h"
#include "frl_abi.h"
#include "pool.h"

struct card;

struct encap {
	struct frl_encap header;
	uint32_t refs; /* ENCAP_CREATE minus ENCAP_DESTROY. */
	uint32_t legs; /* Legs that use it. */
};

struct encaps {
	struct pool pool;
	struct chains chains; /* By content. */
	struct encap *encap;
};

void encaps_alloc(struct encaps *e, struct arena *a, uint32_t size);
/* An entry that no leg uses is gone, whatever its references. */
void encap_drop(struct card *c, uint32_t encap);

#endif
