// SPDX-License-Identifier: BSD-3-Clause
/* Board description from a device tree blob; see desc.h. */
#include "desc.h"

#include "frl_chip.h"
#include "log.h"
#include "sim/rtl/frl_rtl.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#define BLOB_MAX (1 << 20)
/* Room in the blob for what the board adds. */
#define BLOB_SPARE 256

static int fail(const char *path, const char *what, const char *why)
{
	sim_log("board", "%s: %s: %s; give --board a blob made from firmware/boards/*.dts", path,
		what, why);
	return -1;
}

static int read_blob(struct board_desc *desc, const char *path)
{
	FILE *file = fopen(path, "rb");
	char *buf;
	size_t n;
	int err;

	if (!file)
		return fail(path, "cannot be opened", strerror(errno));
	buf = malloc(BLOB_MAX + 1);
	n = buf ? fread(buf, 1, BLOB_MAX + 1, file) : 0;
	err = ferror(file) ? errno : 0;
	fclose(file);
	desc->blob = buf;
	if (err)
		return fail(path, "cannot be read", strerror(err));
	if (n > BLOB_MAX)
		return fail(path, "is not a board file", "longer than 1 MiB");
	if (n < sizeof(struct fdt_header) || fdt_magic(buf) != FDT_MAGIC)
		return fail(path, "is not a board file", "no device tree blob");
	if (fdt_totalsize(buf) > n)
		return fail(path, "is truncated", "its header names more bytes than it has");
	err = fdt_check_full(buf, n);
	if (err)
		return fail(path, "is damaged", fdt_strerror(err));
	desc->blob_size = fdt_totalsize(buf) + BLOB_SPARE;
	err = fdt_open_into(buf, buf, (int)desc->blob_size);
	return err ? fail(path, "is damaged", fdt_strerror(err)) : 0;
}

/* First reg entry of a node, two cells each for address and size; size may be NULL. */
static int get_reg(const struct board_desc *desc, const char *path, int node, const char *name,
		   uint64_t *addr, uint64_t *size)
{
	int len;
	const fdt32_t *cell = node < 0 ? NULL : fdt_getprop(desc->blob, node, "reg", &len);

	if (node < 0)
		return fail(path, "lacks a node", name);
	if (!cell || len < 16)
		return fail(path, "lacks a reg property of two address and two size cells", name);
	*addr = (uint64_t)fdt32_ld(cell) << 32 | fdt32_ld(cell + 1);
	if (size)
		*size = (uint64_t)fdt32_ld(cell + 2) << 32 | fdt32_ld(cell + 3);
	return 0;
}

static int get_u32s(const struct board_desc *desc, const char *path, int node, const char *name,
		    uint32_t *out, int count)
{
	int len;
	const fdt32_t *cell = node < 0 ? NULL : fdt_getprop(desc->blob, node, name, &len);

	if (!cell || len != 4 * count)
		return fail(path, "lacks a property or has it in a wrong size", name);
	for (int i = 0; i < count; i++)
		out[i] = fdt32_ld(cell + i);
	return 0;
}

static int get_chip(struct board_desc *desc, const char *path)
{
	int node = fdt_node_offset_by_compatible(desc->blob, -1, "ferrule,chip-1");
	struct {
		const char *name;
		uint32_t *to;
	} sizes[] = {
		{ "ferrule,wires", &desc->wires },	     { "ferrule,vfs", &desc->vfs },
		{ "ferrule,pf-pairs", &desc->pf_pairs },     { "ferrule,banks", &desc->banks },
		{ "ferrule,bank-slots", &desc->bank_slots }, { "ferrule,tcam", &desc->tcam },
		{ "ferrule,rules", &desc->rules },	     { "ferrule,legs", &desc->legs },
		{ "ferrule,encaps", &desc->encaps },	     { "ferrule,teams", &desc->teams },
	};

	if (get_reg(desc, path, node, "compatible with ferrule,chip-1", &desc->chip_base,
		    &desc->chip_size))
		return -1;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (get_u32s(desc, path, node, sizes[i].name, sizes[i].to, 1))
			return -1;
	}
	return 0;
}

/* PCIe 5.0, 9.3.4.1.1: the vendor of a VF is its PF's. The PF's socket has room for 16 bits of each. */
static int check_ids(const struct board_desc *desc, const char *path)
{
	uint32_t bits = desc->pf_id[0] | desc->pf_id[1] | desc->vf_id[0] | desc->vf_id[1];

	if (bits > UINT16_MAX || desc->pf_id[0] != desc->vf_id[0])
		return fail(path, "is not usable",
			    "ferrule,pf-id and ferrule,vf-id are 16-bit numbers with one vendor");
	return 0;
}

static int get_simulation(struct board_desc *desc, const char *path)
{
	int pci = fdt_node_offset_by_compatible(desc->blob, -1, "ferrule,pci");
	int sim = fdt_node_offset_by_compatible(desc->blob, -1, "ferrule,simulation");

	if (get_u32s(desc, path, pci, "ferrule,pf-id", desc->pf_id, 2) ||
	    get_u32s(desc, path, pci, "ferrule,vf-id", desc->vf_id, 2) ||
	    get_u32s(desc, path, sim, "ferrule,ns-per-cycle", &desc->ns_per_cycle, 1) ||
	    get_u32s(desc, path, sim, "ferrule,instructions-per-cycle",
		     &desc->instructions_per_cycle, 1) ||
	    get_u32s(desc, path, sim, "ferrule,pcie-round-trip-cycles", &desc->pcie_round_trip, 1))
		return -1;
	if (!desc->ns_per_cycle || !desc->instructions_per_cycle)
		return fail(path, "has a value that must not be 0",
			    "ferrule,ns-per-cycle or ferrule,instructions-per-cycle");
	return 0;
}

static int check_layout(const struct board_desc *desc, const char *path)
{
	uint64_t page = 4095;

	if (!desc->ram_size || desc->ram_size > 1ULL << 32 ||
	    ((desc->ram_base | desc->ram_size) & page))
		return fail(path, "is not usable",
			    "memory must be whole pages of 4 KiB, at most 4 GiB");
	if (desc->chip_size != 1 << 20 ||
	    ((desc->chip_base | desc->console_base | desc->time_base) & page))
		return fail(
			path, "is not usable",
			"registers of the chip take 1 MiB, and devices begin at pages of 4 KiB");
	return 0;
}

int board_desc_load(struct board_desc *desc, const char *path)
{
	void *blob;
	int memory, console, timer;

	memset(desc, 0, sizeof(*desc));
	if (read_blob(desc, path))
		goto bad;
	blob = desc->blob;
	memory = fdt_node_offset_by_prop_value(blob, -1, "device_type", "memory", sizeof("memory"));
	console = fdt_node_offset_by_compatible(blob, -1, "ferrule,console");
	timer = fdt_node_offset_by_compatible(blob, -1, "ferrule,time");
	if (get_reg(desc, path, memory, "with device_type memory", &desc->ram_base,
		    &desc->ram_size) ||
	    get_reg(desc, path, console, "compatible with ferrule,console", &desc->console_base,
		    NULL) ||
	    get_reg(desc, path, timer, "compatible with ferrule,time", &desc->time_base, NULL) ||
	    get_chip(desc, path) || get_simulation(desc, path) || check_ids(desc, path) ||
	    check_layout(desc, path))
		goto bad;
	return 0;
bad:
	board_desc_free(desc);
	return -1;
}

void board_desc_free(struct board_desc *desc)
{
	free(desc->blob);
	desc->blob = NULL;
}

int board_desc_seed(struct board_desc *desc, const uint8_t seed[16])
{
	int node = fdt_path_offset(desc->blob, "/chosen");

	if (node < 0)
		node = fdt_add_subnode(desc->blob, 0, "chosen");
	if (node < 0 || fdt_setprop(desc->blob, node, "rng-seed", seed, 16)) {
		sim_log("board", "no room for /chosen/rng-seed in the board file");
		return -1;
	}
	return 0;
}

/* One number of the board file against what the chip says. */
static int differs(const char *what, uint32_t board, uint32_t chip)
{
	if (board == chip)
		return 0;
	sim_log("board", "%s: the board file says %u, the chip has %u", what, board, chip);
	return 1;
}

int board_desc_check(const struct board_desc *desc, struct frl_rtl *rtl)
{
	uint32_t reg[8], tcam;
	int wrong = 0;

	for (unsigned int i = 0; i < 8; i++) {
		if (frl_rtl_read(rtl, FRL_RTL_CARD, 0, FRL_REG_CHIP_ID + 4 * i, 4, &reg[i])) {
			sim_log("board", "the chip does not answer at register 0x%x", 4 * i);
			return -1;
		}
	}
	if (frl_rtl_read(rtl, FRL_RTL_CARD, 0, FRL_REG_CHIP_CAP_TCAM, 4, &tcam)) {
		sim_log("board", "the chip does not answer at register 0x%x",
			FRL_REG_CHIP_CAP_TCAM);
		return -1;
	}
	if (reg[0] != FRL_CHIP_ID || reg[1] >> 16 != FRL_CHIP_VERSION >> 16) {
		sim_log("board",
			"this is no chip we know: ID 0x%08x (0x%08x expected), version 0x%08x (0x%08x)",
			reg[0], FRL_CHIP_ID, reg[1], FRL_CHIP_VERSION);
		return -1;
	}
	wrong += differs("ferrule,wires", desc->wires, reg[2] & 0xff);
	wrong += differs("ferrule,vfs", desc->vfs, reg[2] >> 8 & 0xff);
	wrong += differs("ferrule,pf-pairs", desc->pf_pairs, reg[2] >> 16 & 0xff);
	wrong += differs("ferrule,banks", desc->banks, reg[3] & 0xff);
	wrong += differs("ferrule,bank-slots", desc->bank_slots, reg[3] >> 16);
	wrong += differs("ferrule,tcam", desc->tcam, tcam);
	wrong += differs("ferrule,rules", desc->rules, reg[4]);
	wrong += differs("ferrule,legs", desc->legs, reg[5]);
	wrong += differs("ferrule,encaps", desc->encaps, reg[6]);
	wrong += differs("ferrule,teams", desc->teams, reg[7]);
	if (wrong)
		sim_log("board",
			"board file and chip differ; take the board file that belongs to this build");
	return wrong ? -1 : 0;
}
