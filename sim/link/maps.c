// SPDX-License-Identifier: GPL-2.0-or-later
/* The client's memory; see maps.h. */
#define _GNU_SOURCE
#include "maps.h"

#include "sim/board/guard.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096ULL

/* Index of the first mapping that ends behind iova. */
static size_t find(const struct maps *maps, uint64_t iova)
{
	size_t low = 0, high = maps->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (iova - maps->map[mid].iova < maps->map[mid].len || iova < maps->map[mid].iova)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static int check(const struct maps *maps, uint64_t iova, uint64_t len, int fd, uint64_t offset)
{
	size_t i = find(maps, iova);
	struct stat st;

	if (!len || (iova | len | offset) % PAGE || iova + (len - 1) < iova ||
	    offset + len < offset)
		return -EINVAL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || offset + len > (uint64_t)st.st_size)
		return -EINVAL;
	if (i < maps->count && maps->map[i].iova <= iova + (len - 1))
		return -EEXIST;
	return maps->count == FRL_LINK_MAPS ? -ENOSPC : 0;
}

int maps_add(struct maps *maps, uint64_t iova, uint64_t len, int fd, uint64_t offset)
{
	int err = check(maps, iova, len, fd, offset);
	size_t i = find(maps, iova);
	void *mem;

	if (err)
		return err;
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
	if (mem == MAP_FAILED)
		return -errno;
	memmove(&maps->map[i + 1], &maps->map[i], (maps->count - i) * sizeof(maps->map[0]));
	maps->map[i] = (struct map){ iova, len, mem };
	maps->count++;
	return 0;
}

int maps_remove(struct maps *maps, uint64_t iova, uint64_t len)
{
	size_t i = find(maps, iova);

	if (i == maps->count || maps->map[i].iova != iova || maps->map[i].len != len)
		return -ENOENT;
	munmap(maps->map[i].mem, maps->map[i].len);
	maps->count--;
	memmove(&maps->map[i], &maps->map[i + 1], (maps->count - i) * sizeof(maps->map[0]));
	return 0;
}

void maps_clear(struct maps *maps)
{
	for (size_t i = 0; i < maps->count; i++)
		munmap(maps->map[i].mem, maps->map[i].len);
	maps->count = 0;
}

/* One direction of a copy, mapping by mapping. */
static int copy(const struct maps *maps, uint64_t iova, uint8_t *buf, size_t len, int write)
{
	size_t done = 0;
	int err;

	while (done < len) {
		size_t i = find(maps, iova + done);
		const struct map *map = &maps->map[i];
		uint64_t off = iova + done - map->iova;
		size_t n = len - done;

		if (i == maps->count || iova + done < map->iova)
			return done ? -EFAULT : -ENOENT;
		if (n > map->len - off)
			n = map->len - off;
		err = write ? guard_copy(map->mem + off, buf + done, n)
			    : guard_copy(buf + done, map->mem + off, n);
		if (err)
			return err;
		done += n;
		if (iova + done < iova)
			return done < len ? -EFAULT : 0;
	}
	return 0;
}

int maps_read(const struct maps *maps, uint64_t iova, void *buf, size_t len)
{
	return copy(maps, iova, buf, len, 0);
}

int maps_write(const struct maps *maps, uint64_t iova, const void *buf, size_t len)
{
	return copy(maps, iova, (uint8_t *)buf, len, 1);
}
