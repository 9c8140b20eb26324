/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Board description: what the simulator takes from the device tree blob that firmware gets too
 * (firmware/boards/ferrule-sim.dtsi explains the properties).
 */
#ifndef SIM_DESC_H
#define SIM_DESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frl_rtl;

struct board_desc {
	void *blob; /* own copy, with room for what the board adds */
	size_t blob_size;
	uint64_t ram_base, ram_size;
	uint64_t chip_base, chip_size;
	uint64_t console_base, time_base;
	uint32_t wires, vfs, pf_pairs, banks, bank_slots, tcam, rules, legs, encaps, teams;
	uint32_t pf_id[2], vf_id[2]; /* PCI vendor and device */
	uint32_t ns_per_cycle, instructions_per_cycle, pcie_round_trip;
};

/* Read a blob; on failure says why on stderr and returns -1. */
int board_desc_load(struct board_desc *desc, const char *path);
void board_desc_free(struct board_desc *desc);

/* Compare with the chip's registers; says each difference on stderr and returns -1 if there is one. */
int board_desc_check(const struct board_desc *desc, struct frl_rtl *rtl);

/* Put 16 bytes of seed into /chosen (devicetree specification 3.6). */
int board_desc_seed(struct board_desc *desc, const uint8_t seed[16]);

#endif /* SIM_DESC_H */
