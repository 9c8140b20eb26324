/* SPDX-License-Identifier: BSD-3-Clause */
#include "hal.h"

uint32_t hal_read32(uint64_t addr)
{
	return *(const volatile uint32_t *)addr;
}

uint8_t hal_read8(uint64_t addr)
{
	return *(const volatile uint8_t *)addr;
}

void hal_write32(uint64_t addr, uint32_t value)
{
	*(volatile uint32_t *)addr = value;
}

void hal_write16(uint64_t addr, uint16_t value)
{
	*(volatile uint16_t *)addr = value;
}

void hal_write8(uint64_t addr, uint8_t value)
{
	*(volatile uint8_t *)addr = value;
}

/* The chip is in the outer shareable domain (Arm ARM, B2.3.12). */
void hal_wmb(void)
{
	__asm__ volatile("dmb oshst" ::: "memory");
}

void hal_rmb(void)
{
	__asm__ volatile("dmb oshld" ::: "memory");
}

void hal_mb(void)
{
	__asm__ volatile("dmb osh" ::: "memory");
}

void hal_wait(void)
{
	/* Interrupts are masked in PSTATE: a raised line ends WFI, and nothing is taken. */
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}
