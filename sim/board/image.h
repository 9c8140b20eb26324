/* SPDX-License-Identifier: BSD-3-Clause */
/* Loads a firmware image, an AArch64 ELF executable, into card memory. */
#ifndef SIM_IMAGE_H
#define SIM_IMAGE_H

#include <stdint.h>

/* Copy the segments of `path` into ram, which stands at physical address base. 0 and the entry address, or
 * -1 with the reason on stderr. */
int image_load(const char *path, uint8_t *ram, uint64_t base, uint64_t size, uint64_t *entry);

#endif /* SIM_IMAGE_H */
