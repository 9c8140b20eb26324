/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that a client of the PF socket handed over: I/O virtual address to bytes. */
#ifndef SIM_LINK_MAPS_H
#define SIM_LINK_MAPS_H

#include <stddef.h>
#include <stdint.h>

#include "frl_link.h"

struct map {
	uint64_t iova, len;
	uint8_t *mem;
};

struct maps {
	struct map map[FRL_LINK_MAPS]; /* by iova */
	size_t count;
};

/* Map len bytes of fd from offset on at iova. 0, -EINVAL (not whole pages, wraps, behind the file's end),
 * -EEXIST (overlap), -ENOSPC, or mmap's error. fd stays the caller's. */
int maps_add(struct maps *maps, uint64_t iova, uint64_t len, int fd, uint64_t offset);
/* -ENOENT: no such mapping. */
int maps_remove(struct maps *maps, uint64_t iova, uint64_t len);
void maps_clear(struct maps *maps);

/* Copy from or to [iova, iova + len), which may reach over adjacent mappings. 0; -ENOENT when `iova` is in no mapping;
 * -EFAULT when a later part is not, or is gone. */
int maps_read(const struct maps *maps, uint64_t iova, void *buf, size_t len);
int maps_write(const struct maps *maps, uint64_t iova, const void *buf, size_t len);

#endif /* SIM_LINK_MAPS_H */
