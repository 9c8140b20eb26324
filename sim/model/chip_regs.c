// SPDX-License-Identifier: BSD-3-Clause
/* Registers of chip and ports (regs.chip and regs.port of chip.toml), interrupts to the card's cores. */
#include "chip.h"

#include <string.h>

/* What the card's cores may do with a register: bits that a write sets, bits that a written 1 clears. */
struct access {
	uint32_t offset, write, clear, reset;
};

#define ALL 0xffffffffu
#define GNV_SEL_BITS                                                        \
	(FRL_REG_CHIP_GNV_SEL_CLASS_MASK | FRL_REG_CHIP_GNV_SEL_TYPE_MASK | \
	 FRL_REG_CHIP_GNV_SEL_WORD_MASK | FRL_REG_CHIP_GNV_SEL_ENABLE_MASK)
#define PORT_CTRL_BITS                                                   \
	(FRL_REG_PORT_CTRL_ENABLE_MASK | FRL_REG_PORT_CTRL_TUNNEL_MASK | \
	 FRL_REG_PORT_CTRL_SLOW_PAIR_MASK | FRL_REG_PORT_CTRL_MAX_LEN_MASK)
/* UDP ports of VXLAN and GENEVE after reset (RFC 7348, 5; RFC 8926, 3.3). */
#define VXLAN_PORT  4789
#define GENEVE_PORT 6081

/* All that a write changes; the rest of the page is read-only, and what is not in chip.toml reads 0. */
static const struct access registers[] = {
	{ .offset = FRL_REG_CHIP_IRQ_STATUS, .clear = ALL },
	{ .offset = FRL_REG_CHIP_IRQ_ENABLE, .write = ALL },
	{ .offset = FRL_REG_CHIP_FN_EVENT0, .clear = ALL },
	{ .offset = FRL_REG_CHIP_FN_EVENT1, .clear = ALL },
	{ .offset = FRL_REG_CHIP_UPD_RING_LO, .write = ALL },
	{ .offset = FRL_REG_CHIP_UPD_RING_HI, .write = ALL },
	{ .offset = FRL_REG_CHIP_UPD_RING_SIZE, .write = ALL },
	{ .offset = FRL_REG_CHIP_UPD_HEAD, .write = ALL },
	{ .offset = FRL_REG_CHIP_UPD_DONE_LO, .write = ALL },
	{ .offset = FRL_REG_CHIP_UPD_DONE_HI, .write = ALL },
	{ .offset = FRL_REG_CHIP_UPD_ERROR, .clear = ALL },
	{ .offset = FRL_REG_CHIP_CNT_BASE_LO, .write = ALL },
	{ .offset = FRL_REG_CHIP_CNT_BASE_HI, .write = ALL },
	{ .offset = FRL_REG_CHIP_CNT_CTRL, .write = FRL_REG_CHIP_CNT_CTRL_ENABLE_MASK },
	{ .offset = FRL_REG_CHIP_VXLAN_PORT, .write = UINT16_MAX, .reset = VXLAN_PORT },
	{ .offset = FRL_REG_CHIP_GENEVE_PORT, .write = UINT16_MAX, .reset = GENEVE_PORT },
	{ .offset = FRL_REG_CHIP_GNV_SEL, .write = GNV_SEL_BITS },
	{ .offset = FRL_REG_CHIP_GNV_SEL + 4, .write = GNV_SEL_BITS },
	{ .offset = FRL_REG_CHIP_GNV_SEL + 8, .write = GNV_SEL_BITS },
	{ .offset = FRL_REG_CHIP_GNV_SEL + 12, .write = GNV_SEL_BITS },
};
#define REGISTERS (sizeof(registers) / sizeof(registers[0]))

uint32_t chip_merge(uint32_t old, uint32_t val, uint32_t mask)
{
	return (old & ~mask) | (val & mask);
}

uint64_t chip_reg64(const struct frl_rtl *chip, uint32_t lo)
{
	return chip->reg[lo / 4] | (uint64_t)chip->reg[lo / 4 + 1] << 32;
}

/* ---- Reset ---- */

static void set(struct frl_rtl *chip, uint32_t offset, uint32_t val)
{
	chip->reg[offset / 4] = val;
}

static void set_capabilities(struct frl_rtl *chip)
{
	const struct frl_model_sizes *sizes = &chip_sizes.tables;

	set(chip, FRL_REG_CHIP_ID, FRL_CHIP_ID);
	set(chip, FRL_REG_CHIP_VERSION, FRL_CHIP_VERSION);
	set(chip, FRL_REG_CHIP_CAP_PORTS,
	    chip_sizes.wires << FRL_REG_CHIP_CAP_PORTS_WIRES_LSB |
		    chip_sizes.vfs << FRL_REG_CHIP_CAP_PORTS_VFS_LSB |
		    FRL_PF_PAIRS << FRL_REG_CHIP_CAP_PORTS_PF_PAIRS_LSB);
	set(chip, FRL_REG_CHIP_CAP_BANKS,
	    sizes->banks << FRL_REG_CHIP_CAP_BANKS_BANKS_LSB |
		    sizes->bank_slots << FRL_REG_CHIP_CAP_BANKS_SLOTS_LSB);
	set(chip, FRL_REG_CHIP_CAP_RULES, sizes->rules);
	set(chip, FRL_REG_CHIP_CAP_LEGS, sizes->legs);
	set(chip, FRL_REG_CHIP_CAP_ENCAPS, sizes->encaps);
	set(chip, FRL_REG_CHIP_CAP_TEAMS, sizes->teams);
	set(chip, FRL_REG_CHIP_CAP_TCAM, sizes->tcam);
}

/* The packet model's view of the registers. */
static void configure(struct frl_rtl *chip)
{
	struct frl_model_config *config = &chip->config;

	memset(config, 0, sizeof(*config));
	config->wires = chip_sizes.wires;
	config->vfs = chip_sizes.vfs;
	config->vxlan_port = (uint16_t)chip->reg[FRL_REG_CHIP_VXLAN_PORT / 4];
	config->geneve_port = (uint16_t)chip->reg[FRL_REG_CHIP_GENEVE_PORT / 4];
	memcpy(config->gnv_sel, &chip->reg[FRL_REG_CHIP_GNV_SEL / 4], sizeof(config->gnv_sel));
	for (unsigned int i = 0; i < FRL_N_PORTS; i++) {
		uint32_t ctrl = chip->port_ctrl[i];

		config->enable |= (uint64_t)(ctrl & FRL_REG_PORT_CTRL_ENABLE_MASK) << i;
		config->tunnel |= (uint64_t)(!!(ctrl & FRL_REG_PORT_CTRL_TUNNEL_MASK)) << i;
		config->max_len[i] = (uint16_t)(ctrl >> FRL_REG_PORT_CTRL_MAX_LEN_LSB);
		config->slow_pair[i] = (uint8_t)((ctrl & FRL_REG_PORT_CTRL_SLOW_PAIR_MASK) >>
						 FRL_REG_PORT_CTRL_SLOW_PAIR_LSB);
	}
}

void chip_regs_reset(struct frl_rtl *chip)
{
	memset(chip->reg, 0, sizeof(chip->reg));
	memset(chip->port_ctrl, 0, sizeof(chip->port_ctrl));
	set_capabilities(chip);
	for (size_t i = 0; i < REGISTERS; i++) {
		if (registers[i].reset)
			set(chip, registers[i].offset, registers[i].reset);
	}
	chip->port_ctrl[FRL_PORT_HOST] = FRL_REG_PORT_CTRL_ENABLE_MASK;
	chip->port_ctrl[FRL_PORT_FW] = FRL_REG_PORT_CTRL_ENABLE_MASK;
	/* The wires' state is an input; after reset it is news. */
	frl_rtl_set_link(chip, chip->link);
	configure(chip);
}

/* ---- Accesses of the card's cores ---- */

/* Register CTRL of which port; -1: none. */
static int port_at(uint32_t addr)
{
	uint32_t offset = addr - FRL_BASE_PORT;

	if (addr < FRL_BASE_PORT || offset >= FRL_BASE_PORT_COUNT * FRL_BASE_PORT_STRIDE ||
	    offset % FRL_BASE_PORT_STRIDE != FRL_REG_PORT_CTRL)
		return -1;
	return (int)(offset / FRL_BASE_PORT_STRIDE);
}

uint32_t chip_regs_read(struct frl_rtl *chip, uint32_t addr)
{
	int port = port_at(addr);

	if (port >= 0)
		return chip->port_ctrl[port];
	return addr < CHIP_CHIP_PAGE ? chip->reg[addr / 4] : 0;
}

static void write_chip(struct frl_rtl *chip, const struct access *access, uint32_t val,
		       uint32_t mask)
{
	uint32_t *reg = &chip->reg[access->offset / 4];
	uint32_t old = *reg;

	*reg = chip_merge(old, val, mask & access->write);
	*reg &= ~(val & mask & access->clear);
	if (access->offset == FRL_REG_CHIP_CNT_CTRL)
		chip_counters_control(chip, old & FRL_REG_CHIP_CNT_CTRL_ENABLE_MASK);
}

void chip_regs_write(struct frl_rtl *chip, uint32_t addr, uint32_t val, uint32_t mask)
{
	int port = port_at(addr);

	if (port >= 0)
		chip->port_ctrl[port] =
			chip_merge(chip->port_ctrl[port], val, mask & PORT_CTRL_BITS);
	for (size_t i = 0; i < REGISTERS; i++) {
		if (registers[i].offset == addr)
			write_chip(chip, &registers[i], val, mask);
	}
	configure(chip);
}

/* ---- Interrupts ---- */

void chip_irq(struct frl_rtl *chip, uint32_t bits)
{
	chip->reg[FRL_REG_CHIP_IRQ_STATUS / 4] |= bits;
}

void chip_fn_event(struct frl_rtl *chip, unsigned int fn)
{
	uint32_t reg = fn < 32 ? FRL_REG_CHIP_FN_EVENT0 : FRL_REG_CHIP_FN_EVENT1;

	chip->reg[reg / 4] |= 1u << fn % 32;
	chip_irq(chip, FRL_IRQ_FN);
}

bool frl_rtl_irq(const struct frl_rtl *chip)
{
	return chip->reg[FRL_REG_CHIP_IRQ_STATUS / 4] & chip->reg[FRL_REG_CHIP_IRQ_ENABLE / 4];
}

void frl_rtl_set_link(struct frl_rtl *chip, uint32_t bits)
{
	chip->link = bits & ((1u << chip_sizes.wires) - 1);
	if (chip->link != chip->reg[FRL_REG_CHIP_LINK / 4])
		chip_irq(chip, FRL_IRQ_LINK);
	set(chip, FRL_REG_CHIP_LINK, chip->link);
}
