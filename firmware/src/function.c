/* SPDX-License-Identifier: BSD-3-Clause */
#include "function.h"

#include <string.h>

#include "card.h"
#include "hal.h"

/* virtio 1.2: 5.1.3, 6. */
#define F_MTU		  (1ull << 3)
#define F_MAC		  (1ull << 5)
#define F_STATUS	  (1ull << 16)
#define F_VERSION_1	  (1ull << 32)
#define F_ACCESS_PLATFORM (1ull << 33)
#define F_ORDER_PLATFORM  (1ull << 36)
#define F_RING_RESET	  (1ull << 40)

/* 2.1 */
#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER	   2
#define STATUS_DRIVER_OK   4
#define STATUS_FEATURES_OK 8
#define STATUS_FAILED	   128

#define NET_S_LINK_UP 1 /* 5.1.4 */

#define RESET_READS 100000

#define FEATURES_ALL (F_VERSION_1 | F_ACCESS_PLATFORM | F_ORDER_PLATFORM | F_RING_RESET)
#define FEATURES_FW  (F_VERSION_1 | F_ACCESS_PLATFORM | F_ORDER_PLATFORM)

uint64_t function_page(uint64_t regs, uint32_t fn)
{
	return regs + FRL_BASE_FN + (uint64_t)fn * FRL_BASE_FN_STRIDE;
}

static void offer(uint64_t page, uint64_t features)
{
	hal_write32(page + FRL_REG_FN_FEATURES_LO, (uint32_t)features);
	hal_write32(page + FRL_REG_FN_FEATURES_HI, (uint32_t)(features >> 32));
}

void function_vf_init(uint64_t regs, uint32_t vf)
{
	offer(function_page(regs, FRL_FN_VF0 + vf), FEATURES_ALL | F_MAC | F_STATUS | F_MTU);
}

void function_vf_config(uint64_t regs, uint32_t vf, const struct port *port)
{
	uint64_t config = function_page(regs, FRL_FN_VF0 + vf) + FRL_REG_FN_CONFIG;
	const uint8_t *m = port->mac;
	uint32_t status = port->admin ? NET_S_LINK_UP : 0;

	hal_write32(config,
		    m[0] | (uint32_t)m[1] << 8 | (uint32_t)m[2] << 16 | (uint32_t)m[3] << 24);
	hal_write32(config + 4, m[4] | (uint32_t)m[5] << 8 | status << 16);
	hal_write32(config + 8, FRL_VF_PAIRS | (uint32_t)port->mtu << 16);
}

void function_config_changed(uint64_t regs, uint32_t fn)
{
	hal_write32(function_page(regs, fn) + FRL_REG_FN_FN_CTRL,
		    1u << FRL_REG_FN_FN_CTRL_CONFIG_CHANGED_LSB);
}

uint64_t function_events(uint64_t regs)
{
	uint32_t low = hal_read32(regs + FRL_REG_CHIP_FN_EVENT0);
	uint32_t high = hal_read32(regs + FRL_REG_CHIP_FN_EVENT1);

	/* Cleared before the states are read: a change in between raises the interrupt again. */
	if (low)
		hal_write32(regs + FRL_REG_CHIP_FN_EVENT0, low);
	if (high)
		hal_write32(regs + FRL_REG_CHIP_FN_EVENT1, high);
	return (uint64_t)high << 32 | low;
}

bool function_running(uint64_t regs, uint32_t fn)
{
	uint32_t status = hal_read32(function_page(regs, fn) + FRL_REG_FN_FN_STATUS) & 0xff;

	/* NEEDS_RESET says that a queue stopped; the others, and the driver, go on. */
	return (status & STATUS_DRIVER_OK) && !(status & STATUS_FAILED);
}

uint32_t function_stopped_queues(uint64_t regs, uint32_t fn)
{
	return hal_read32(function_page(regs, fn) + FRL_REG_FN_FN_STATUS) >> 8 & 0xff;
}

/* The register survives a restart of the firmware alone; the board's seed makes the number change when
 * the chip was reset as well. Never 0.
 */
static uint32_t new_epoch(uint64_t config, uint32_t seed)
{
	uint32_t old = hal_read32(config + offsetof(struct frl_pf_config, epoch));
	uint32_t epoch = (old + 1) ^ seed;

	if (epoch == old || !epoch)
		epoch = old == 1 ? 2 : 1;
	return epoch;
}

void function_pf_announce(struct card *c, uint32_t state)
{
	uint64_t page = function_page(c->ports.regs, FRL_FN_PF);
	uint64_t config = page + FRL_REG_FN_CONFIG;
	struct frl_pf_config pf = { .magic = FRL_CHIP_ID,
				    .abi_major = FRL_ABI_MAJOR,
				    .abi_minor = FRL_ABI_MINOR,
				    .fw_state = state,
				    .admin_pair = c->ports.admin_pair,
				    .wires = (uint16_t)c->ports.wires,
				    .vfs = (uint16_t)c->ports.vfs };
	const size_t state_word = offsetof(struct frl_pf_config, fw_state) / 4;
	uint32_t words[sizeof(pf) / 4];

	if (state == FRL_FW_STATE_BOOT) {
		c->epoch = new_epoch(config, c->board.seed);
		offer(page, FEATURES_ALL);
	}
	pf.epoch = c->epoch;
	memcpy(words, &pf, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / 4; i++)
		if (i != state_word)
			hal_write32(config + 4 * i, words[i]);
	/* The state last: who reads READY finds the rest. */
	hal_write32(config + 4 * state_word, words[state_word]);
	function_config_changed(c->ports.regs, FRL_FN_PF);
}

/* Only a restart of the firmware alone finds its function in use; the one place that reads a register until it
 * changes, since no interrupt is on before.
 */
static bool reset(uint64_t status)
{
	if (!hal_read8(status))
		return true;
	hal_write8(status, 0);
	for (unsigned int i = 0; i < RESET_READS; i++)
		if (!hal_read8(status))
			return true;
	return false;
}

int function_fw_start(struct card *c)
{
	uint64_t page = function_page(c->ports.regs, FRL_FN_FW);
	uint64_t status = page + FRL_REG_FN_STATUS;

	if (!reset(status))
		return -1;
	offer(page, FEATURES_FW);
	hal_write8(status, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	hal_write32(page + FRL_REG_FN_DRIVER_FEATURE_SELECT, 0);
	hal_write32(page + FRL_REG_FN_DRIVER_FEATURE, (uint32_t)FEATURES_FW);
	hal_write32(page + FRL_REG_FN_DRIVER_FEATURE_SELECT, 1);
	hal_write32(page + FRL_REG_FN_DRIVER_FEATURE, (uint32_t)(FEATURES_FW >> 32));
	hal_write8(status, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
	if (!(hal_read8(status) & STATUS_FEATURES_OK))
		return -1;
	vq_enable(&c->admin.rx, page, 0);
	vq_enable(&c->admin.tx, page, 1);
	hal_write8(status,
		   STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK);
	return 0;
}
