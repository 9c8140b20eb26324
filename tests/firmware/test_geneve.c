/* SPDX-License-Identifier: BSD-3-Clause */
/* Words of GENEVE options: objects, registers, users, and when a word may change its meaning. */
#include "helper.h"

static const struct frl_geneve_option option = { .opt_class = 0x0102, .type = 0x83, .word = 5 };

static uint32_t selected(uint32_t i)
{
	return fake_read(FRL_REG_CHIP_GNV_SEL + 4 * i, 4);
}

static uint32_t option_of(uint8_t word)
{
	struct frl_geneve_option req = option;

	req.word = word;
	return make(FRL_OP_GENEVE_OPTION_CREATE, &req, sizeof(req));
}

static void registers_and_counts(void **state)
{
	struct answer a = ask(FRL_OP_GENEVE_OPTION_CREATE, &option, sizeof(option));
	const struct frl_geneve_option_rep *rep = (const void *)a.body;
	uint32_t handle = rep->handle;
	struct frl_handle stale = { .handle = handle };

	(void)state;
	assert_int_equal(a.status, FRL_STATUS_OK);
	assert_int_equal(a.len, sizeof(*rep));
	assert_int_equal(rep->index, 0);
	assert_int_equal(selected(0), 0x85830102);
	a = ask(FRL_OP_GENEVE_OPTION_CREATE, &option, sizeof(option));
	assert_int_equal(rep->handle, handle);
	assert_int_equal(option_of(6) & 0xf, 1);
	a = ask(FRL_OP_RESOURCES, NULL, 0);
	assert_memory_equal((const uint8_t *)a.body + 16 * FRL_RESOURCE_GENEVE_OPTIONS,
			    (&(struct frl_resource_entry){ FRL_RESOURCE_GENEVE_OPTIONS, 4, 2, 2 }),
			    16);
	destroy(FRL_OP_GENEVE_OPTION_DESTROY, handle);
	assert_int_equal(selected(0), 0x85830102);
	destroy(FRL_OP_GENEVE_OPTION_DESTROY, handle);
	assert_int_equal(selected(0), 0);
	assert_int_equal(selected(1), 0x86830102);
	refused(FRL_OP_GENEVE_OPTION_DESTROY, &stale, sizeof(stale), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
	assert_int_not_equal(option_of(5), handle);
	refused(FRL_OP_GENEVE_OPTION_DESTROY, &stale, sizeof(stale), FRL_STATUS_NO_ENTRY,
		FRL_REFUSAL_HANDLE_UNKNOWN);
}

static void refusals(void **state)
{
	struct frl_geneve_option bad = option;

	(void)state;
	bad.reserved3 = 1;
	refused(FRL_OP_GENEVE_OPTION_CREATE, &bad, sizeof(bad), FRL_STATUS_INVALID,
		FRL_REFUSAL_MSG_RESERVED);
	bad = option;
	bad.word = 31;
	assert_int_equal(refused(FRL_OP_GENEVE_OPTION_CREATE, &bad, sizeof(bad), FRL_STATUS_INVALID,
				 FRL_REFUSAL_VALUE_RANGE),
			 30);
	for (uint8_t i = 0; i < 4; i++)
		option_of(i);
	assert_int_equal(refused(FRL_OP_GENEVE_OPTION_CREATE, &option, sizeof(option),
				 FRL_STATUS_NO_SPACE, FRL_REFUSAL_GENEVE_OPTIONS_FULL),
			 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(selected(i), 0x80830102 | i << 24);
}

/* A rule on word `i`: by value, or by presence alone. */
static struct frl_rule rule_on(uint32_t i, bool value)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	struct frl_rule rule;

	MASK(key, TUN_TYPE);
	set_key(key, FRL_KEY_GNV_PRESENT_LSB + i, 1, 1);
	if (value)
		set_key(key, FRL_KEY_GNV_OPT0_LSB + 32 * i, 32, 0xff);
	rule = rule_of(make_mask(key), make_output(), 0);
	KEY(rule.key, TUN_TYPE, FRL_TUN_TYPE_GENEVE);
	set_key(rule.key, FRL_KEY_GNV_PRESENT_LSB + i, 1, 1);
	return rule;
}

static void rules_use_words(void **state)
{
	uint32_t handle[2] = { option_of(0), option_of(1) }, rule[2];
	struct frl_handle used = { .handle = handle[1] };
	struct frl_rule on = rule_on(2, true);

	(void)state;
	/* Nobody has said what word 2 is. */
	refused(FRL_OP_RULE_CREATE, &on, sizeof(on), FRL_STATUS_UNSUPPORTED,
		FRL_REFUSAL_MATCH_FIELD);
	for (unsigned int i = 0; i < 2; i++) {
		on = rule_on(1, i);
		rule[i] = make(FRL_OP_RULE_CREATE, &on, sizeof(on));
	}
	assert_int_equal(refused(FRL_OP_GENEVE_OPTION_DESTROY, &used, sizeof(used), FRL_STATUS_BUSY,
				 FRL_REFUSAL_IN_USE),
			 2);
	destroy(FRL_OP_GENEVE_OPTION_DESTROY, handle[0]);
	destroy(FRL_OP_RULE_DESTROY, rule[0]);
	destroy(FRL_OP_RULE_DESTROY, rule[1]);
	destroy(FRL_OP_GENEVE_OPTION_DESTROY, handle[1]);
	assert_int_equal(selected(1), 0);
}

/* Until the last rule on it has left the hardware a word keeps its meaning. */
static void a_word_waits_for_its_rules(void **state)
{
	uint32_t handle[4], again;
	struct frl_rule on;
	struct frl_handle req;

	(void)state;
	for (uint8_t i = 0; i < 4; i++)
		handle[i] = option_of(i);
	on = rule_on(3, true);
	req.handle = make(FRL_OP_RULE_CREATE, &on, sizeof(on));
	req.reserved1 = 0;
	fake->hold_updates = true;
	post(FRL_OP_RULE_DESTROY, &req, sizeof(req));
	req.handle = handle[3];
	post(FRL_OP_GENEVE_OPTION_DESTROY, &req, sizeof(req));
	again = post(FRL_OP_GENEVE_OPTION_CREATE, &option, sizeof(option));
	take(); /* The word's; the rule's is not there, and the third waits. */
	assert_null(fake_reply());
	assert_int_equal(selected(3), 0x83830102);
	fake->hold_updates = false;
	fake_run_updates();
	assert_int_equal(take().opcode, FRL_OP_RULE_DESTROY);
	assert_int_equal(take().seq, again);
	assert_int_equal(selected(3), 0x85830102);
}

static void flush_frees_words(void **state)
{
	struct frl_rule on;

	(void)state;
	for (uint8_t i = 0; i < 4; i++)
		option_of(i);
	on = rule_on(0, false);
	make(FRL_OP_RULE_CREATE, &on, sizeof(on));
	make(FRL_OP_FLUSH, NULL, 0);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(selected(i), 0);
	assert_int_equal(option_of(7) & 0xf, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, card_setup, card_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registers_and_counts),	  TEST(refusals),	   TEST(rules_use_words),
		TEST(a_word_waits_for_its_rules), TEST(flush_frees_words),
	};

	return cmocka_run_group_tests_name("fw geneve", tests, NULL, NULL);
}
