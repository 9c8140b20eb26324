/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames made from random numbers: every stack that the parser knows, and what goes wrong with them. */
#ifndef COMPARE_PACKET_H
#define COMPARE_PACKET_H

#include "rng.h"

#include <stddef.h>

/* Bytes of the longest frame, without FCS: beyond the 9,216 that ports take. */
#define PACKET_MAX 10240

struct packet {
	uint32_t len;
	/* Bytes from its begin on that are headers, for aimed changes; what follows is payload. */
	uint32_t headers;
	uint8_t bytes[PACKET_MAX];
};

/* What the generator must know of the chip's configuration, to hit it. */
struct packet_knobs {
	uint16_t vxlan_port, geneve_port;
	uint32_t gnv_sel[4];  /* registers GNV_SEL */
	uint32_t payload_max; /* bytes of payload, to make a failing case smaller */
};

/* A frame of a random stack. Two calls with equal streams and knobs differ in nothing. */
void packet_make(struct rng *rng, const struct packet_knobs *knobs, struct packet *packet);

/* The headers stay as they are, the payload is replaced. */
void packet_repay(struct rng *rng, struct packet *packet);

/* Flip one bit of the headers: just beside what a rule wants. */
void packet_beside(struct rng *rng, struct packet *packet);

/* Cut it anywhere, damage fields and lengths, flip bits, make a runt or a monster of it. */
void packet_damage(struct rng *rng, struct packet *packet);

/* One line: the stack as it was read, without judging it. */
void packet_describe(const uint8_t *bytes, size_t len, const struct packet_knobs *knobs, char *text,
		     size_t room);

#endif /* COMPARE_PACKET_H */
