/* SPDX-License-Identifier: BSD-3-Clause */
/* The device tree reader, on blobs made here and on the boards' own; pool and row beneath it all. */
#include "helper.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

#include "row.h"

static uint8_t blob[8192];

enum {
	NO_MEMORY = 1,
	NO_CHIP = 2,
	NO_MAC = 4,
	SHORT_REG = 8,
	ODD_CONSOLE = 16,
	MORE = 32,
	CUT_WIRE_MAC = 64
};

static void put_reg(const char *name, uint64_t base, uint64_t size, bool cut)
{
	uint32_t cells[4] = { cpu_to_fdt32(base >> 32), cpu_to_fdt32(base),
			      cpu_to_fdt32(size >> 32), cpu_to_fdt32(size) };

	assert_int_equal(fdt_property(blob, name, cells, cut ? 12 : 16), 0);
}

static void put_chip(int flags)
{
	static const uint8_t mac[6] = { 2, 0xf0, 0, 0, 1, 0 };
	static const uint8_t wires[2][6] = { { 2, 0xf0, 0, 0, 0, 0 }, { 2, 0xf0, 0, 0, 0, 1 } };

	fdt_begin_node(blob, "chip@10000000");
	fdt_property_string(blob, "compatible", "ferrule,chip-1");
	put_reg("reg", 0x10000000, 0x100000, flags & SHORT_REG);
	if (!(flags & NO_MAC))
		fdt_property(blob, "ferrule,vf-mac-base", mac, sizeof(mac));
	if (flags & (MORE | CUT_WIRE_MAC))
		fdt_property(blob, "ferrule,wire-macs", wires, flags & CUT_WIRE_MAC ? 11 : 12);
	if (flags & MORE)
		fdt_property_u32(blob, "ferrule,mtu", 9000);
	fdt_end_node(blob);
}

static void make_blob(int flags)
{
	assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_property_u32(blob, "#address-cells", 2);
	fdt_property_u32(blob, "#size-cells", 2);
	fdt_property_string(blob, "serial-number", "A-SERIAL-OF-MORE-THAN-16");
	fdt_begin_node(blob, "chosen");
	fdt_property_string(blob, "stdout-path", "/console@9000000");
	fdt_property(blob, "rng-seed", "seed", 4);
	fdt_end_node(blob);
	if (!(flags & NO_MEMORY)) {
		fdt_begin_node(blob, "memory@40000000");
		fdt_property_string(blob, "device_type", "memory");
		put_reg("reg", 0x40000000, 0x4000000, false);
		fdt_end_node(blob);
	}
	fdt_begin_node(blob, "console@9000000");
	fdt_property_string(blob, "compatible",
			    flags & ODD_CONSOLE ? "arm,pl011" : "ferrule,console");
	put_reg("reg", 0x9000000, 0x1000, false);
	fdt_end_node(blob);
	if (!(flags & NO_CHIP))
		put_chip(flags);
	fdt_end_node(blob);
	assert_int_equal(fdt_finish(blob), 0);
}

static void reads_a_board(void **state)
{
	struct board b;

	(void)state;
	make_blob(MORE);
	assert_null(board_read(&b, blob, sizeof(blob)));
	assert_int_equal(b.memory.base, 0x40000000);
	assert_int_equal(b.memory.size, 0x4000000);
	assert_int_equal(b.regs.base, 0x10000000);
	assert_int_equal(b.console.base, 0x9000000);
	assert_int_equal(b.mac_base[1], 0xf0);
	assert_int_equal(b.wire_mac[1][0], 2);
	assert_int_equal(b.wire_mac[1][5], 1);
	assert_int_equal(b.wire_mac[2][0], 0);
	assert_int_equal(b.mtu, 9000);
	assert_int_not_equal(b.seed, 0);
	assert_memory_equal(b.serial, "A-SERIAL-OF-MORE", 16);
	assert_int_equal(b.dtb_size, fdt_totalsize(blob));
	make_blob(ODD_CONSOLE);
	assert_null(board_read(&b, blob, sizeof(blob)));
	assert_int_equal(b.console.size, 0);
	assert_int_equal(b.mtu, 1500);
}

static void says_what_is_missing(void **state)
{
	struct board b;

	(void)state;
	make_blob(NO_MEMORY);
	assert_non_null(strstr(board_read(&b, blob, sizeof(blob)), "no memory node"));
	make_blob(NO_CHIP);
	assert_non_null(strstr(board_read(&b, blob, sizeof(blob)), "ferrule,chip-1"));
	make_blob(SHORT_REG);
	assert_non_null(strstr(board_read(&b, blob, sizeof(blob)), "ferrule,chip-1"));
	make_blob(NO_MAC);
	assert_non_null(strstr(board_read(&b, blob, sizeof(blob)), "ferrule,vf-mac-base"));
	make_blob(CUT_WIRE_MAC);
	assert_non_null(strstr(board_read(&b, blob, sizeof(blob)), "ferrule,wire-macs"));
	make_blob(0);
	assert_non_null(strstr(board_read(&b, blob, fdt_totalsize(blob) - 1), "damaged"));
	assert_non_null(strstr(board_read(&b, blob, 3), "damaged"));
	blob[0] ^= 1;
	assert_non_null(strstr(board_read(&b, blob, sizeof(blob)), "damaged"));
}

/* No damaged byte makes the reader leave the blob: the sanitizers watch. */
static void survives_damage(void **state)
{
	struct board b;
	uint32_t total;
	uint8_t *copy;

	(void)state;
	make_blob(MORE);
	total = fdt_totalsize(blob);
	copy = malloc(total);
	for (uint32_t i = 0; i < total * 8; i++) {
		memcpy(copy, blob, total);
		copy[i / 8] ^= 1u << i % 8;
		board_read(&b, copy, total);
	}
	free(copy);
}

static struct board read_board(const char *path)
{
	static uint8_t file[65536];
	FILE *f = fopen(path, "rb");
	struct board b;
	size_t n;

	assert_non_null(f);
	n = fread(file, 1, sizeof(file), f);
	fclose(f);
	assert_null(board_read(&b, file, (uint32_t)n));
	return b;
}

static void reads_the_simulated_boards(void **state)
{
	struct board b = read_board("build/firmware/ferrule-sim.dtb");
	struct board full = read_board("build/firmware/ferrule-sim-full.dtb");

	(void)state;
	assert_memory_equal(&b.sizes, (&(struct board_sizes){ 8, 1024, 64, 8192, 4096, 512, 16 }),
			    sizeof(b.sizes));
	assert_memory_equal(&full.sizes,
			    (&(struct board_sizes){ 32, 4096, 256, 131072, 32768, 4096, 64 }),
			    sizeof(full.sizes));
	assert_true(b.console.size && b.regs.size >= FRL_BASE_FN + FRL_BASE_FN_COUNT * 0x1000);
}

static void refuses_other_chips(void **state)
{
	static const struct {
		struct fake_sizes size;
		uint64_t ram;
		const char *error;
	} cases[] = {
		{ { 9, 16, 32, 8, 1024, 8192, 4096, 512, 16, 64 },
		  32ul << 20,
		  "do not fit the ABI" },
		{ { 2, 30, 32, 8, 1024, 8192, 4096, 512, 16, 64 },
		  32ul << 20,
		  "do not fit the ABI" },
		{ { 2, 16, 32, 33, 1024, 8192, 4096, 512, 16, 64 }, 32ul << 20, "banks or slots" },
		{ { 2, 16, 32, 8, 1000, 8192, 4096, 512, 16, 64 }, 32ul << 20, "banks or slots" },
		{ { 2, 16, 32, 8, 1024, 8192, 1, 512, 16, 64 }, 32ul << 20, "size of a table" },
		{ { 2, 16, 32, 8, 1024, 8192, 4096, 512, 16, 64 },
		  1ul << 20,
		  "memory is too small" },
		{ { 2, 16, 32, 8, 1024, 8192, 4096, 512, 16, 257 }, 32ul << 20, "TCAM entries" },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct board board = { .regs = { FAKE_REGS, FAKE_REG_SIZE }, .mtu = 1500 };
		struct arena arena;

		fake_reset(&cases[i].size, 0, cases[i].ram);
		arena = (struct arena){ .next = fake->ram, .end = fake->ram + fake->ram_size };
		assert_non_null(strstr(card_start(&card, &board, &arena), cases[i].error));
		fake_free();
	}
}

/* What the device tree says of the tables must be what the chip says. */
static void sizes_must_agree(void **state)
{
	static const struct board_sizes right = { 8, 1024, 64, 8192, 4096, 512, 16 };
	enum {
		SIZES = sizeof(right) / sizeof(uint32_t)
	};

	(void)state;
	/* Each one wrong, then none. */
	for (unsigned int i = 0; i <= SIZES; i++) {
		struct board board = { .regs = { FAKE_REGS, FAKE_REG_SIZE }, .mtu = 1500 };
		uint32_t sizes[SIZES + 1] = { 0 };
		struct arena arena;
		const char *error;

		memcpy(sizes, &right, sizeof(right));
		sizes[i] *= 2;
		memcpy(&board.sizes, sizes, sizeof(right));
		fake_reset(NULL, 0, 32ul << 20);
		arena = (struct arena){ .next = fake->ram, .end = fake->ram + fake->ram_size };
		error = card_start(&card, &board, &arena);
		if (i == SIZES)
			assert_null(error);
		else
			assert_non_null(strstr(error, "different sizes"));
		fake_free();
	}
}

/* A restart of the firmware alone, and one of the board with another seed, are new epochs. */
static void epochs_differ(void **state)
{
	struct board board = { .regs = { FAKE_REGS, FAKE_REG_SIZE }, .mtu = 1500 };
	uint32_t epoch[4];

	(void)state;
	fake_reset(NULL, 0, 32ul << 20);
	for (unsigned int i = 0; i < 4; i++) {
		struct arena arena = { .next = fake->ram, .end = fake->ram + fake->ram_size };

		board.seed = i / 2 * 77;
		assert_null(card_start(&card, &board, &arena));
		card_serve(&card);
		epoch[i] = card.epoch;
		assert_int_not_equal(epoch[i], 0);
		assert_true(i == 0 || epoch[i] != epoch[i - 1]);
	}
	fake_free();
}

static void pool_generations_and_limbo(void **state)
{
	static uint8_t memory[4096];
	struct arena arena = { .next = memory, .end = memory + sizeof(memory) };
	struct pool p;
	uint32_t one, handle;

	(void)state;
	pool_init(&p, &arena, 1, 3);
	one = pool_take(&p);
	assert_int_equal(one, 1);
	handle = pool_handle(&p, one);
	assert_int_equal(pool_find(&p, handle), one);
	pool_take(&p);
	assert_int_equal(pool_take(&p), POOL_NONE);
	pool_retire(&p, one);
	assert_int_equal(pool_find(&p, handle), POOL_NONE);
	assert_int_equal(pool_take(&p), POOL_NONE);
	pool_ring(&p);
	assert_true(pool_waiting(&p) && !pool_has(&p, 1));
	pool_finish(&p);
	assert_true(!pool_waiting(&p) && pool_has(&p, 1) && !pool_has(&p, 2));
	assert_int_equal(pool_take(&p), one);
	/* 4,095 generations, then the first again; 0 is none of them. */
	for (unsigned int i = 0; i < 5000; i++) {
		pool_free(&p, one);
		assert_int_equal(pool_take(&p), one);
		assert_true(pool_handle(&p, one) >> HANDLE_INDEX_BITS != 0);
	}
	assert_int_equal(pool_find(&p, 0), POOL_NONE);
	assert_int_equal(pool_find(&p, ~0u), POOL_NONE);
}

static void rows_hold_what_was_put(void **state)
{
	(void)state;
	for (unsigned int width = 1; width <= 64; width++) {
		for (unsigned int lsb = 0; lsb < 100; lsb++) {
			uint32_t row[6] = { 0 };
			uint64_t value = 0xdeadbeefcafef00dull >> (64 - width);

			frl_put_bits(row, lsb, width, value);
			assert_int_equal(fake_bits(row, lsb, width), value);
			assert_int_equal(frl_get_bits(row, lsb, width), value);
			assert_true(lsb == 0 || fake_bits(row, 0, lsb > 64 ? 64 : lsb) == 0);
			assert_int_equal(fake_bits(row, lsb + width, 20), 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_board),
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(reads_the_simulated_boards),
		cmocka_unit_test(refuses_other_chips),
		cmocka_unit_test(sizes_must_agree),
		cmocka_unit_test(epochs_differ),
		cmocka_unit_test(pool_generations_and_limbo),
		cmocka_unit_test(rows_hold_what_was_put),
	};

	return cmocka_run_group_tests_name("fw board", tests, NULL, NULL);
}
