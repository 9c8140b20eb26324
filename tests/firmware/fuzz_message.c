/* SPDX-License-Identifier: BSD-3-Clause */
/* libFuzzer target. First byte even: the rest is a row of frames on the admin queue, each with a 16-bit length
 * before it. Odd: a row of well-framed messages (opcode, handle choices, body length, body), whose first
 * words name objects that were created before. The fake chip checks every table write; all replies must be well formed, and each rule in the books
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
	static const struct fake_sizes size = { 2, 4, 8, 2, 64, 64, 24, 4, 2, 16 };
	struct board board = { .regs = { FAKE_REGS, FAKE_REG_SIZE },
			       .mac_base = { 2 },
			       .mtu = 1500 };
	struct arena arena;

	fake_reset(&size, 0, 2ul << 20);
	arena = (struct arena){ .next = fake->ram, .end = fake->ram + fake->ram_size };
	if (card_start(&card, &board, &arena))
		abort();
	card_serve(&card);
}

#define HANDLES 64
static uint32_t handles[HANDLES];
static unsigned int handle_count;

static void send(const void *frame, size_t len)
{
	const struct frl_msg *m;

	fake_send(FRL_PORT_HOST, frame, len);
	card_serve(&card);
	while ((m = fake_reply()) != NULL)
		if (m->status == FRL_STATUS_OK && m->length == sizeof(*m) + 8)
			memcpy(&handles[handle_count++ % HANDLES], m + 1, 4);
		else if (m->opcode == FRL_OP_RULE_CREATE && m->status == FRL_STATUS_OK)
			memcpy(&handles[handle_count++ % HANDLES], m + 1, 4);
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

/* Frames as they come. */
static void raw(const uint8_t *data, size_t size)
{
	while (size >= 2) {
		size_t len = (size_t)data[0] | (size_t)data[1] << 8;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		send(data, len);
		data += len;
		size -= len;
	}
}

/* Bytes of a request's struct, so that short inputs get past the length check. */
static size_t body_size(unsigned int opcode)
{
	static const uint16_t sizes[] = { 0,   48, 0, 8, 40, 16, 160, 8, 48, 8, 104, 8,
					  176, 8,  8, 8, 0,  16, 16,  8, 0,  8, 8 };

	return opcode < sizeof(sizes) / sizeof(sizes[0]) ? sizes[opcode] : 16;
}

static void framed(const uint8_t *data, size_t size)
{
	struct {
		struct frl_msg m;
		uint32_t word[64];
	} f;

	while (size >= 4) {
		size_t len = data[3] < size - 4 ? data[3] : size - 4;
		size_t whole = body_size(data[0] % 25);

		memset(&f, 0, sizeof(f));
		f.m = (struct frl_msg){ .seq = 2,
					.opcode = data[0] % 25,
					.length = (uint16_t)(sizeof(f.m) + whole) };
		memcpy(f.word, data + 4, len < whole ? len : whole);
		if (data[1] & 0x80)
			f.word[0] = handles[data[1] % HANDLES];
		if (data[2] & 0x80)
			f.word[1] = handles[data[2] % HANDLES];
		send(&f, f.m.length);
		data += 4 + len;
		size -= 4 + len;
	}
}

static void check_rules(void)
{
	const struct pool *p = &card.rules.pool;

	for (uint32_t i = pool_next(p, 0); i != POOL_NONE; i = pool_next(p, i + 1))
		if (fake_lookup(card.rules.rule[i].key) < 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	handle_count = 0;
	memset(handles, 0, sizeof(handles));
	start();
	hello();
	if (data[0] & 1)
		framed(data + 1, size - 1);
	else
		raw(data + 1, size - 1);
	check_rules();
	fake_free();
	return 0;
}
