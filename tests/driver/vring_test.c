/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver side of a virtqueue against a device played by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "frl_vring.h"

#define SIZE 64

static struct frl_vring ring;
static struct frl_vring_slot slots[SIZE];
static void *memory;
static int things[SIZE];

static int start(void **state)
{
	(void)state;
	memory = aligned_alloc(64, (frl_vring_bytes(SIZE) + 63) & ~63ul);
	frl_vring_init(&ring, memory, slots, SIZE);
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

static void use(uint32_t id, uint32_t len)
{
	ring.used->ring[ring.used->idx % SIZE] = (struct frl_vring_used_elem){ id, len };
	ring.used->idx++;
}

static int add(unsigned int segs, int *thing)
{
	struct frl_vring_seg seg[FRL_VRING_MAX_SEGS];

	for (unsigned int i = 0; i < segs; i++)
		seg[i] = (struct frl_vring_seg){ .addr = 0x1000 * (i + 1), .len = 10 + i };
	return frl_vring_add(&ring, seg, segs, 0, thing);
}

/* Parts do not overlap and are aligned as virtio 1.2, 2.7 asks. */
static void layout(void **state)
{
	(void)state;
	assert_int_equal((uint8_t *)ring.avail - (uint8_t *)ring.desc, SIZE * 16);
	assert_true((uint8_t *)ring.used >= (uint8_t *)&ring.avail->ring[SIZE + 1]);
	assert_int_equal((uintptr_t)ring.used % 4, 0);
	assert_true((uint8_t *)memory + frl_vring_bytes(SIZE) >=
		    (uint8_t *)&ring.used->ring[SIZE] + 2);
}

static void chain(void **state)
{
	uint16_t head;

	(void)state;
	assert_int_equal(add(3, &things[0]), 0);
	assert_int_equal(ring.avail->idx, 0);
	assert_int_equal(frl_vring_publish(&ring), 1);
	assert_int_equal(frl_vring_publish(&ring), 0);
	assert_int_equal(ring.avail->idx, 1);
	head = ring.avail->ring[0];
	assert_int_equal(ring.desc[head].flags, FRL_VRING_F_NEXT);
	assert_int_equal(ring.desc[ring.desc[head].next].len, 11);
	assert_int_equal(ring.desc[ring.desc[ring.desc[head].next].next].flags, 0);
}

static void notifications_can_be_off(void **state)
{
	(void)state;
	ring.used->flags = FRL_VRING_NO_NOTIFY;
	assert_int_equal(add(1, &things[0]), 0);
	assert_int_equal(frl_vring_publish(&ring), 0);
	assert_int_equal(ring.avail->idx, 1);
}

/* Many times around, completed in another order than added. */
static void wraps(void **state)
{
	uint32_t len = 0;

	(void)state;
	for (unsigned int round = 0; round < 70000 / 20; round++) {
		for (unsigned int i = 0; i < 20; i++)
			assert_int_equal(add(1 + i % 3, &things[i]), 0);
		frl_vring_publish(&ring);
		for (unsigned int i = 20; i-- > 0;)
			use(ring.avail->ring[(uint16_t)(ring.avail->idx - 20 + i) % SIZE], i);
		for (unsigned int i = 20; i-- > 0;) {
			assert_ptr_equal(frl_vring_take(&ring, &len), &things[i]);
			assert_int_equal(len, i);
		}
		assert_null(frl_vring_take(&ring, &len));
		assert_int_equal(ring.free_count, SIZE);
	}
}

static void full(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < SIZE / 4; i++)
		assert_int_equal(add(4, &things[i]), 0);
	assert_int_equal(add(1, &things[0]), -1);
	assert_int_equal(add(0, &things[0]), -1);
}

/* A device that lies breaks the ring; nothing is freed twice or out of bounds. */
static void lying_device(void **state)
{
	const uint32_t lies[] = { SIZE, 0xffffffff, 5 /* not in flight */, 1 /* inside a chain */ };
	uint32_t len;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		end(state);
		start(state);
		add(2, &things[0]);
		frl_vring_publish(&ring);
		use(lies[i], 1);
		assert_null(frl_vring_take(&ring, &len));
		assert_true(ring.broken);
		assert_int_equal(add(1, &things[1]), -1);
		assert_ptr_equal(frl_vring_steal(&ring), &things[0]);
		assert_null(frl_vring_steal(&ring));
		assert_int_equal(ring.free_count, SIZE);
	}
}

static void twice_used(void **state)
{
	uint32_t len;

	(void)state;
	add(1, &things[0]);
	frl_vring_publish(&ring);
	use(0, 1);
	use(0, 1);
	assert_ptr_equal(frl_vring_take(&ring, &len), &things[0]);
	assert_null(frl_vring_take(&ring, &len));
	assert_true(ring.broken);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(layout),	  TEST(chain), TEST(notifications_can_be_off),
		TEST(wraps),	  TEST(full),  TEST(lying_device),
		TEST(twice_used),
	};

	return cmocka_run_group_tests_name("driver vring", tests, NULL, NULL);
}
