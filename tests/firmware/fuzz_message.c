/* SPDX-License-Identifier: BSD-3-Clause */
/* libFuzzer target: the input is a row of frames on the admin queue, each with a 16-bit length before it.
 * The fake chip checks every table write; all replies must be well formed, and each rule in the books
 * must be found by a lookup.
 */
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "fake.h"
#include "row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct card card;

static void start(void)
{
	static const struct fake_sizes size = { 2, 4, 8, 2, 64, 32, 24, 4, 2 };
	struct board board = { .regs = { FAKE_REGS, FAKE_REG_SIZE }, .mac_base = { 2 }, .mtu = 1500 };
	struct arena arena;

	fake_reset(&size, 0, 2ul << 20);
	arena = (struct arena){ .next = fake->ram, .end = fake->ram + fake->ram_size };
	if (card_start(&card, &board, &arena))
		abort();
	card_serve(&card);
}

static void send(const void *frame, size_t len)
{
	fake_send(FRL_PORT_HOST, frame, len);
	card_serve(&card);
	while (fake_reply())
		;
}

static void hello(void)
{
	struct {
		struct frl_msg m;
		struct frl_hello_req req;
	} frame = { { .seq = 1, .opcode = FRL_OP_HELLO, .length = sizeof(frame) },
		    { .abi_major = FRL_ABI_MAJOR, .features = ~0ull } };

	send(&frame, sizeof(frame));
}

static void check_rules(void)
{
	const struct pool *p = &card.rules.pool;

	for (uint32_t i = 0; i < p->size; i++)
		if (p->live[i] && fake_lookup(card.rules.rule[i].key) < 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	start();
	hello();
	while (size >= 2) {
		size_t len = (size_t)data[0] | (size_t)data[1] << 8;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		send(data, len);
		data += len;
		size -= len;
	}
	check_rules();
	fake_free();
	return 0;
}
