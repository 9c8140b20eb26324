/* SPDX-License-Identifier: BSD-3-Clause */
#include "board.h"

#include <libfdt.h>
#include <stdbool.h>
#include <string.h>

#define DEFAULT_MTU 1500

/* Reads `cells` 32-bit cells, at most two, as one number. */
static uint64_t read_cells(const fdt32_t *cell, int cells)
{
	uint64_t value = 0;

	for (int i = 0; i < cells; i++)
		value = value << 32 | fdt32_ld(cell + i);
	return value;
}

/* First range of a node's reg (2.3.6); the parent is the root, so there is nothing to translate. */
static bool read_reg(const void *dtb, int node, struct board_range *range)
{
	int address_cells = fdt_address_cells(dtb, 0);
	int size_cells = fdt_size_cells(dtb, 0);
	int len;
	const fdt32_t *reg = fdt_getprop(dtb, node, "reg", &len);

	if (!reg || address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2 ||
	    len < 4 * (address_cells + size_cells))
		return false;
	range->base = read_cells(reg, address_cells);
	range->size = read_cells(reg + address_cells, size_cells);
	return range->size != 0 && range->base + range->size > range->base;
}

static bool read_memory(const void *dtb, struct board_range *range)
{
	int node =
		fdt_node_offset_by_prop_value(dtb, -1, "device_type", "memory", sizeof("memory"));

	return node >= 0 && read_reg(dtb, node, range);
}

/* The console is the one that /chosen names, if it is of the kind that log.c writes to. */
static void read_console(const void *dtb, int chosen, struct board_range *range)
{
	int len;
	const char *path = chosen < 0 ? NULL : fdt_getprop(dtb, chosen, "stdout-path", &len);
	int node;

	if (!path || len < 1 || path[len - 1])
		return;
	node = fdt_path_offset(dtb, path);
	if (node < 0 || fdt_node_check_compatible(dtb, node, "ferrule,console") ||
	    !read_reg(dtb, node, range))
		range->size = 0;
}

static void read_seed(const void *dtb, int chosen, uint32_t *seed)
{
	int len;
	const uint8_t *bytes = chosen < 0 ? NULL : fdt_getprop(dtb, chosen, "rng-seed", &len);

	for (int i = 0; bytes && i < len; i++)
		*seed = (*seed << 5 | *seed >> 27) ^ bytes[i];
}

static uint32_t read_u32(const void *dtb, int node, const char *name, uint32_t otherwise)
{
	int len;
	const void *value = fdt_getprop(dtb, node, name, &len);

	return value && len == 4 ? fdt32_ld(value) : otherwise;
}

static void read_sizes(const void *dtb, int chip, struct board_sizes *s)
{
	s->banks = read_u32(dtb, chip, "ferrule,banks", 0);
	s->bank_slots = read_u32(dtb, chip, "ferrule,bank-slots", 0);
	s->tcam = read_u32(dtb, chip, "ferrule,tcam", 0);
	s->rules = read_u32(dtb, chip, "ferrule,rules", 0);
	s->legs = read_u32(dtb, chip, "ferrule,legs", 0);
	s->encaps = read_u32(dtb, chip, "ferrule,encaps", 0);
	s->teams = read_u32(dtb, chip, "ferrule,teams", 0);
}

const char *board_read(struct board *b, const void *dtb, uint32_t max)
{
	int chip, chosen, len;
	const void *value;

	memset(b, 0, sizeof(*b));
	if (max < sizeof(struct fdt_header) || fdt_check_header(dtb) || fdt_totalsize(dtb) > max ||
	    fdt_check_full(dtb, max))
		return "device tree blob is damaged";
	if (!read_memory(dtb, &b->memory))
		return "device tree has no memory node";
	chip = fdt_node_offset_by_compatible(dtb, -1, "ferrule,chip-1");
	if (chip < 0 || !read_reg(dtb, chip, &b->regs))
		return "device tree has no node ferrule,chip-1 with reg";
	value = fdt_getprop(dtb, chip, "ferrule,vf-mac-base", &len);
	if (!value || len != sizeof(b->mac_base))
		return "device tree: ferrule,vf-mac-base must be 6 bytes";
	memcpy(b->mac_base, value, sizeof(b->mac_base));
	value = fdt_getprop(dtb, chip, "ferrule,wire-macs", &len);
	if (value && (len % 6 || (size_t)len > sizeof(b->wire_mac)))
		return "device tree: ferrule,wire-macs must be 6 bytes for each wire";
	if (value)
		memcpy(b->wire_mac, value, (size_t)len);
	b->dtb_size = fdt_totalsize(dtb);
	b->mtu = (uint16_t)read_u32(dtb, chip, "ferrule,mtu", DEFAULT_MTU);
	read_sizes(dtb, chip, &b->sizes);
	value = fdt_getprop(dtb, 0, "serial-number", &len);
	if (value)
		memcpy(b->serial, value, strnlen(value, (size_t)len < 16 ? (size_t)len : 16));
	chosen = fdt_path_offset(dtb, "/chosen");
	read_console(dtb, chosen, &b->console);
	read_seed(dtb, chosen, &b->seed);
	return NULL;
}
