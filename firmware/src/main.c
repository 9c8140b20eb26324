/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>

#include "boot.h"
#include "card.h"
#include "hal.h"
#include "log.h"

#define DTB_MAX (1u << 20)

static struct card card;

static void stop(const char *why)
{
	log_line("stopped: %s", why);
	for (;;)
		hal_wait();
}

/* What is behind the image, up to the blob or the end of memory; or what is behind the blob, if that
 * is more.
 */
static struct arena find_memory(const struct board *b, uint64_t dtb, uint64_t dtb_end)
{
	uint64_t start = (uint64_t)(uintptr_t)image_end;
	uint64_t end = b->memory.base + b->memory.size;

	if (dtb >= start && dtb < end) {
		if (end - dtb_end > dtb - start)
			start = dtb_end;
		else
			end = dtb;
	}
	return (struct arena){ .next = (uint8_t *)start, .end = (uint8_t *)end };
}

void fw_main(const void *dtb)
{
	struct board board;
	const char *error = board_read(&board, dtb, DTB_MAX);
	struct arena arena;

	if (error)
		stop(error);
	log_init(board.console.size ? board.console.base : 0);
	arena = find_memory(&board, (uint64_t)(uintptr_t)dtb,
			    (uint64_t)(uintptr_t)dtb + board.dtb_size);
	error = card_start(&card, &board, &arena);
	if (error)
		stop(error);
	for (;;) {
		card_serve(&card);
		hal_wait();
	}
}

void fw_exception(uint64_t syndrome, uint64_t address, uint64_t from)
{
	log_line("exception: ESR %x, FAR %x%x, ELR %x%x", (unsigned int)syndrome,
		 (unsigned int)(address >> 32), (unsigned int)address, (unsigned int)(from >> 32),
		 (unsigned int)from);
	stop("exception");
}

/* libc's string functions may be built with stack protection. */
uintptr_t __stack_chk_guard = 0x5be3a1d7;

void __stack_chk_fail(void)
{
	stop("stack overwritten");
}
