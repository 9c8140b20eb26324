// SPDX-License-Identifier: BSD-3-Clause
/* Compiled for each board, with the parameters of module ferrule that its description gives (chip.mk). */
#include "chip.h"

/* Without a board (clang-tidy): what the RTL's parameters are by themselves. */
#ifndef CHIP_N_WIRES
#define CHIP_N_WIRES	FRL_N_WIRES
#define CHIP_N_VFS	FRL_N_VFS
#define CHIP_N_BANKS	FRL_N_BANKS
#define CHIP_BANK_SLOTS FRL_BANK_SLOTS
#define CHIP_N_TCAM	FRL_N_TCAM
#define CHIP_N_RULES	FRL_N_RULES
#define CHIP_N_LEGS	FRL_N_LEGS
#define CHIP_N_ENCAPS	FRL_N_ENCAPS
#define CHIP_N_TEAMS	FRL_N_TEAMS
#endif

const struct chip_sizes chip_sizes = {
	.wires = CHIP_N_WIRES,
	.vfs = CHIP_N_VFS,
	.tables = { .banks = CHIP_N_BANKS,
		    .bank_slots = CHIP_BANK_SLOTS,
		    .tcam = CHIP_N_TCAM,
		    .rules = CHIP_N_RULES,
		    .legs = CHIP_N_LEGS,
		    .encaps = CHIP_N_ENCAPS,
		    .teams = CHIP_N_TEAMS },
};

_Static_assert(CHIP_N_WIRES >= 1 && CHIP_N_WIRES <= CHIP_WIRES_MAX, "N_WIRES");
/* The firmware's queues are behind those of the VFs. */
_Static_assert(FRL_QUEUE_VF0 + 2 * CHIP_N_VFS <= FRL_QUEUE_FW, "N_VFS");
