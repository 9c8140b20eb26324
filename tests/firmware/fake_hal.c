/* SPDX-License-Identifier: BSD-3-Clause */
/* firmware/src/hal.h on the fake chip, for code that runs natively. */
#include "hal.h"

#include <stdlib.h>

#include "fake.h"

static uint32_t offset_of(uint64_t addr)
{
	if (addr < FAKE_REGS || addr >= FAKE_REGS + FAKE_REG_SIZE)
		abort();
	return (uint32_t)(addr - FAKE_REGS);
}

uint32_t hal_read32(uint64_t addr)
{
	return fake_read(offset_of(addr), 4);
}

uint8_t hal_read8(uint64_t addr)
{
	return (uint8_t)fake_read(offset_of(addr), 1);
}

void hal_write32(uint64_t addr, uint32_t value)
{
	if (addr == FAKE_CONSOLE) {
		if (fake->console_len < sizeof(fake->console) - 1)
			fake->console[fake->console_len++] = (char)value;
		return;
	}
	fake_write(offset_of(addr), value, 4);
}

void hal_write16(uint64_t addr, uint16_t value)
{
	fake_write(offset_of(addr), value, 2);
}

void hal_write8(uint64_t addr, uint8_t value)
{
	fake_write(offset_of(addr), value, 1);
}

void hal_wmb(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void hal_rmb(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

void hal_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Nothing native sleeps: card_serve() returns when the chip is quiet. */
void hal_wait(void)
{
	abort();
}
