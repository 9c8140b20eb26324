/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys are hashed by the update engine, a frame at a time, before its messages are worked on. */
#include "helper.h"

#include <stdio.h>

struct create {
	struct frl_msg m;
	struct frl_rule rule;
};

static struct frl_rule next_rule;

static void begin(void)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };

	MASK(key, ETH_DST);
	MASK(key, TP_DST);
	next_rule = rule_of(make_mask(key), make_output(), 0);
	memset(fake->count_ops, 0, sizeof(fake->count_ops));
	fake->hashed = 0;
}

/* A RULE_CREATE of `length` bytes with the n-th key. Returns its end. */
static uint8_t *put_create(uint8_t *to, uint32_t n, uint16_t length)
{
	struct create c = { .m = { .seq = n, .opcode = FRL_OP_RULE_CREATE, .length = length },
			    .rule = next_rule };

	KEY(c.rule.key, ETH_DST, 0x020000000000 + n);
	KEY(c.rule.key, TP_DST, n * 7);
	memset(to, 0, length);
	memcpy(to, &c, sizeof(c));
	return to + length;
}

static uint8_t *put_other(uint8_t *to, uint32_t n)
{
	struct frl_msg m = { .seq = n, .opcode = FRL_OP_RESOURCES, .length = sizeof(m) };

	memcpy(to, &m, sizeof(m));
	return to + sizeof(m);
}

/* All replies to seqs first .. first + n - 1 are there and good; rules are where their keys say. */
static void all_found(uint32_t first, uint32_t n)
{
	uint64_t seen = 0;
	const struct frl_msg *m;

	while ((m = fake_reply()) != NULL) {
		uint32_t key[FRL_KEY_WORDS] = { 0 };

		assert_int_equal(m->status, FRL_STATUS_OK);
		assert_in_range(m->seq, first, first + n - 1);
		assert_false(seen >> (m->seq - first) & 1);
		seen |= 1ull << (m->seq - first);
		if (m->opcode != FRL_OP_RULE_CREATE)
			continue;
		KEY(key, ETH_DST, 0x020000000000 + m->seq);
		KEY(key, TP_DST, m->seq * 7);
		assert_int_equal(fake_lookup_hw(key),
				 ((const struct frl_rule_rep *)(const void *)(m + 1))->counter);
	}
	assert_int_equal(seen, (1ull << n) - 1);
}

static void one_run_for_equal_messages(void **state)
{
	static uint8_t frame[9216];
	uint8_t *end = frame;

	(void)state;
	begin();
	for (uint32_t i = 0; i < 32; i++)
		end = put_create(end, 1 + i, sizeof(struct create));
	fake->writes = 0;
	fake_send(FRL_PORT_HOST, frame, (size_t)(end - frame));
	card_serve(&card);
	assert_int_equal(fake->count_ops[FRL_UPD_OP_HASH], 1);
	assert_int_equal(fake->hashed, 32);
	/* As many as for one message: acknowledge thrice, ring twice, send one frame of replies. */
	assert_in_range(fake->writes, 1, 6);
	all_found(1, 32);
}

/* The longest frame, and messages at every kind of distance. */
static void runs_of_any_distance(void **state)
{
	static uint8_t frame[9216];
	uint8_t *end = frame;
	uint32_t n = 0;

	(void)state;
	begin();
	for (; n < sizeof(frame) / sizeof(struct create); n++)
		end = put_create(end, 1 + n, sizeof(struct create));
	assert_int_equal(n, 48);
	fake_send(FRL_PORT_HOST, frame, (size_t)(end - frame));
	card_serve(&card);
	assert_int_equal(fake->count_ops[FRL_UPD_OP_HASH], 1);
	all_found(1, n);

	fake->count_ops[FRL_UPD_OP_HASH] = 0;
	fake->hashed = 0;
	end = put_other(frame, 100);
	end = put_create(end, 101, sizeof(struct create)); /* run of 3: distance + 16 */
	end = put_other(end, 102);
	end = put_create(end, 103, sizeof(struct create));
	end = put_other(end, 104);
	end = put_create(end, 105, sizeof(struct create));
	end = put_create(end, 106, sizeof(struct create) + 64); /* run of 2, the longer one */
	end = put_create(end, 107, sizeof(struct create));
	end = put_other(end, 108);
	end = put_create(end, 109, sizeof(struct create) + 8); /* alone */
	fake_send(FRL_PORT_HOST, frame, (size_t)(end - frame));
	card_serve(&card);
	assert_int_equal(fake->hashed, 6);
	assert_int_equal(fake->count_ops[FRL_UPD_OP_HASH], 3);
	all_found(100, 10);
}

/* A key with bits outside its mask, a message that is too short, and the end of what can be trusted. */
static void bad_ones_disturb_nobody(void **state)
{
	static uint8_t frame[4096];
	struct create *bad;
	const struct frl_msg *m;
	uint8_t *end = frame;
	unsigned int ok = 0;

	(void)state;
	begin();
	end = put_create(end, 1, sizeof(struct create));
	bad = (void *)end;
	end = put_create(end, 2, sizeof(struct create));
	KEY(bad->rule.key, IP_TTL, 1);
	end = put_create(end, 3, sizeof(struct frl_msg) + 16);
	((struct frl_msg *)(void *)(end - sizeof(struct frl_msg) - 16))->length =
		sizeof(struct frl_msg) + 16;
	memset(end - 16, 0, 16);
	end = put_create(end, 4, sizeof(struct create));
	bad = (void *)end;
	end = put_create(end, 5, sizeof(struct create));
	bad->m.length = 3;
	end = put_create(end, 6, sizeof(struct create));
	fake_send(FRL_PORT_HOST, frame, (size_t)(end - frame));
	card_serve(&card);
	assert_int_equal(fake->hashed, 3);
	while ((m = fake_reply()) != NULL) {
		uint16_t want = m->seq == 2   ? FRL_REFUSAL_MATCH_OUTSIDE_MASK
				: m->seq == 3 ? FRL_REFUSAL_MSG_LENGTH
				: m->seq == 5 ? FRL_REFUSAL_MSG_LENGTH
					      : FRL_REFUSAL_NONE;

		assert_string_equal(frl_refusal_name(m->reason), frl_refusal_name(want));
		ok += m->status == FRL_STATUS_OK;
	}
	assert_int_equal(ok, 2);
}

/* Sums of a batch that the hardware did not take are not used. */
static void a_failed_batch_makes_no_rule(void **state)
{
	struct answer a;
	uint32_t used;

	(void)state;
	begin();
	used = card.rules.pool.used;
	fake->refuse_updates = true;
	a = ask(FRL_OP_RULE_CREATE, &next_rule, sizeof(next_rule));
	assert_int_equal(a.status, FRL_STATUS_FAILED);
	assert_int_equal(a.reason, FRL_REFUSAL_HW_UPDATE);
	assert_int_equal(card.rules.pool.used, used);
	fake->refuse_updates = false;
	make(FRL_OP_RULE_CREATE, &next_rule, sizeof(next_rule));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, card_setup, card_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_run_for_equal_messages),
		TEST(runs_of_any_distance),
		TEST(bad_ones_disturb_nobody),
		TEST(a_failed_batch_makes_no_rule),
	};

	return cmocka_run_group_tests_name("fw hash", tests, NULL, NULL);
}
