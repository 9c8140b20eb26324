// SPDX-License-Identifier: BSD-3-Clause
/* ELF loader (System V ABI, chapters 4 and 5); see image.h. */
#include "image.h"

#include "log.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGE_MAX (256ULL << 20)

static int fail(const char *path, const char *why)
{
	sim_log("firmware", "%s: %s; give --firmware an image built from firmware/", path, why);
	return -1;
}

/* a + b <= limit, without wrapping. */
static int fits(uint64_t a, uint64_t b, uint64_t limit)
{
	return a <= limit && b <= limit - a;
}

static int check_header(const char *path, const uint8_t *file, uint64_t size)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)file;

	if (size < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		return fail(path, size ? "is no ELF file" : "is empty");
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB)
		return fail(path, "is not a 64-bit little-endian ELF file");
	if (eh->e_machine != EM_AARCH64)
		return fail(path, "is built for another processor than AArch64");
	if (eh->e_type != ET_EXEC)
		return fail(path, "is no executable (type ET_EXEC)");
	if (eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phnum == 0)
		return fail(path, "has no program headers");
	if (!fits(eh->e_phoff, (uint64_t)eh->e_phnum * sizeof(Elf64_Phdr), size))
		return fail(path, "is truncated: its program headers lie behind its end");
	return 0;
}

static int load_segment(const char *path, const uint8_t *file, uint64_t size, const Elf64_Phdr *ph,
			uint8_t *ram, uint64_t base, uint64_t ram_size)
{
	if (ph->p_filesz > ph->p_memsz)
		return fail(path, "is damaged: a segment is longer in the file than in memory");
	if (!fits(ph->p_offset, ph->p_filesz, size))
		return fail(path, "is truncated: a segment lies behind its end");
	if (ph->p_paddr < base || !fits(ph->p_paddr - base, ph->p_memsz, ram_size))
		return fail(path, "does not fit this board: a segment lies outside card memory");
	memcpy(ram + (ph->p_paddr - base), file + ph->p_offset, ph->p_filesz);
	memset(ram + (ph->p_paddr - base) + ph->p_filesz, 0, ph->p_memsz - ph->p_filesz);
	return 0;
}

static int load(const char *path, const uint8_t *file, uint64_t size, uint8_t *ram, uint64_t base,
		uint64_t ram_size, uint64_t *entry)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)file;
	Elf64_Phdr ph;
	int entry_loaded = 0;

	if (check_header(path, file, size))
		return -1;
	for (unsigned int i = 0; i < eh->e_phnum; i++) {
		memcpy(&ph, file + eh->e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type != PT_LOAD || ph.p_memsz == 0)
			continue;
		if (load_segment(path, file, size, &ph, ram, base, ram_size))
			return -1;
		if (eh->e_entry >= ph.p_paddr && eh->e_entry - ph.p_paddr < ph.p_filesz)
			entry_loaded = 1;
	}
	if (!entry_loaded || eh->e_entry % 4)
		return fail(path, "is damaged: its entry point is in no segment");
	*entry = eh->e_entry;
	return 0;
}

int image_load(const char *path, uint8_t *ram, uint64_t base, uint64_t size, uint64_t *entry)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *file;
	ssize_t n = 0;
	size_t got = 0;
	int ret = -1;

	if (fd < 0 || fstat(fd, &st)) {
		ret = fail(path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > IMAGE_MAX) {
		ret = fail(path, "is no plain file of at most 256 MiB");
		goto out;
	}
	file = malloc((size_t)st.st_size + 1);
	while (file && got < (size_t)st.st_size &&
	       (n = read(fd, file + got, (size_t)st.st_size - got)) > 0)
		got += (size_t)n;
	if (!file || n < 0)
		ret = fail(path, file ? strerror(errno) : "no memory to read it");
	else
		ret = load(path, file, got, ram, base, size, entry);
	free(file);
out:
	if (fd >= 0)
		close(fd);
	return ret;
}
