/* SPDX-License-Identifier: BSD-3-Clause */
/* Between boot.S, the linker script and main.c. */
#ifndef FRL_FW_BOOT_H
#define FRL_FW_BOOT_H

#include <stdint.h>

extern char image_end[]; /* First byte behind the image, its stack included. */

/* Entered with a stack, zeroed memory and masked interrupts. Never returns. */
void fw_main(const void *dtb);
/* A synchronous exception or SError: ESR_EL1, FAR_EL1, ELR_EL1. Never returns. */
void fw_exception(uint64_t syndrome, uint64_t address, uint64_t from);
void __stack_chk_fail(void);

#endif
