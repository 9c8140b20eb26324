/* SPDX-License-Identifier: BSD-3-Clause */
/* Access to the outside: registers, memory order, the idle state. hal_arm64.c implements it on the
 * card's cores, tests/firmware/fake.c for native tests. Addresses are physical (identity mapped).
 */
#ifndef FRL_FW_HAL_H
#define FRL_FW_HAL_H

#include <stdint.h>

uint32_t hal_read32(uint64_t addr);
uint8_t hal_read8(uint64_t addr);
void hal_write32(uint64_t addr, uint32_t value);
void hal_write16(uint64_t addr, uint16_t value);
void hal_write8(uint64_t addr, uint8_t value);

/* Everything written to memory before is seen by the chip before what is written after (register or memory). */
void hal_wmb(void);
/* Nothing is read from memory ahead of what was read before. */
void hal_rmb(void);
/* Both, and writes before reads: needed where a flag is set and a ring is looked at again. */
void hal_mb(void);

/* Sleep until the interrupt line is raised; returns at once when it is. */
void hal_wait(void);

#endif
