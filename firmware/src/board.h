/* SPDX-License-Identifier: BSD-3-Clause */
/* What the device tree blob says about the board (Devicetree Specification 0.4). */
#ifndef FRL_FW_BOARD_H
#define FRL_FW_BOARD_H

#include <stdint.h>

#include "frl_chip.h"

struct board_range {
	uint64_t base;
	uint64_t size;
};

/* Sizes of the chip's tables; 0: not given. */
struct board_sizes {
	uint32_t banks, bank_slots, tcam, rules, legs, encaps, teams;
};

struct board {
	struct board_range memory;  /* First memory node. */
	struct board_range regs;    /* The chip's registers, card side. */
	struct board_range console; /* size 0: there is none. */
	struct board_sizes sizes;
	uint8_t mac_base[6];		    /* Address of VF 0; VF i has the i-th after it. */
	uint8_t wire_mac[FRL_PORT_HOST][6]; /* Address of each wire; zero: not given. */
	uint16_t mtu;			    /* Of every port, until the host sets another. */
	uint32_t seed;	   /* Changes with every start of the board, if the loader sees to it. */
	char serial[16];   /* Zero padded, not always terminated. */
	uint32_t dtb_size; /* Bytes of the blob. */
};

/* Reads a blob of at most `max` bytes. NULL, or what is missing or wrong in it. */
const char *board_read(struct board *b, const void *dtb, uint32_t max);

#endif
