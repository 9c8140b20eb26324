/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames and messages: what is refused before a handler sees it, waiting, order, events. */
#include "helper.h"

static struct frl_msg header(uint32_t seq, uint16_t opcode, uint16_t length)
{
	return (struct frl_msg){ .seq = seq, .opcode = opcode, .length = length };
}

static void announces_itself(void **state)
{
	struct frl_pf_config pf;

	(void)state;
	for (unsigned int i = 0; i < sizeof(pf); i += 4) {
		uint32_t word = fake_read(FRL_BASE_FN + FRL_REG_FN_CONFIG + i, 4);

		memcpy((uint8_t *)&pf + i, &word, 4);
	}
	assert_int_equal(pf.magic, FRL_CHIP_ID);
	assert_int_equal(pf.fw_state, FRL_FW_STATE_READY);
	assert_int_not_equal(pf.epoch, 0);
	assert_int_equal(pf.admin_pair, 18);
	assert_int_equal(pf.wires, 2);
	assert_int_equal(pf.vfs, 16);
	assert_non_null(strstr(fake->console, "ready: 2 wires, 16 VFs"));
}

static void hello_first(void **state)
{
	struct frl_hello_req req = { .abi_major = FRL_ABI_MAJOR + 1 };
	struct answer a;
	const struct frl_hello_rep *rep = (const void *)a.body;

	(void)state;
	refused(FRL_OP_RESOURCES, NULL, 0, FRL_STATUS_NOT_READY, FRL_REFUSAL_HELLO_MISSING);
	assert_int_equal(refused(FRL_OP_HELLO, &req, sizeof(req), FRL_STATUS_UNSUPPORTED,
				 FRL_REFUSAL_ABI_VERSION),
			 FRL_ABI_MAJOR);
	req.abi_major = FRL_ABI_MAJOR;
	req.reserved2 = 1;
	refused(FRL_OP_HELLO, &req, sizeof(req), FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED);
	req.reserved2 = 0;
	req.features = ~0ull << 3;
	a = ask(FRL_OP_HELLO, &req, sizeof(req));
	assert_int_equal(a.status, FRL_STATUS_OK);
	assert_int_equal(a.len, sizeof(*rep));
	assert_int_equal(rep->offered, ALL_FEATURES);
	assert_int_equal(rep->features, ALL_FEATURES & ~7);
	assert_int_equal(rep->rules, 8192);
	assert_int_equal(rep->counter_bytes, FRL_COUNTER_AREA_BYTES(8192));
	assert_string_equal((const char *)rep->serial, "TEST-1");
	make(FRL_OP_RESOURCES, NULL, 0);
}

static void malformed_messages(void **state)
{
	struct frl_msg m = header(7, FRL_OP_RESOURCES, 16);
	struct frl_handle handle = { 0 };
	uint8_t longer[40] = { 0 };

	(void)state;
	assert_int_equal(refused(999, NULL, 0, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_MSG_UNKNOWN),
			 999);
	refused(0, NULL, 0, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_MSG_UNKNOWN);
	refused(FRL_OP_PORT_CHANGED, NULL, 0, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_MSG_UNKNOWN);
	refused(FRL_OP_MASK_CREATE, &handle, sizeof(handle), FRL_STATUS_INVALID,
		FRL_REFUSAL_MSG_LENGTH);
	/* Longer than known: taken when the rest is zero, and only then. */
	make(FRL_OP_PORT_GET, longer, sizeof(longer));
	longer[39] = 1;
	refused(FRL_OP_PORT_GET, longer, sizeof(longer), FRL_STATUS_INVALID,
		FRL_REFUSAL_MSG_RESERVED);
	m.status = 1;
	fake_send(FRL_PORT_HOST, &m, sizeof(m));
	assert_int_equal(take().reason, FRL_REFUSAL_MSG_RESERVED);
	m = header(0, FRL_OP_RESOURCES, 16);
	fake_send(FRL_PORT_HOST, &m, sizeof(m));
	assert_int_equal(take().reason, FRL_REFUSAL_MSG_RESERVED);
}

/* A length that cannot be trusted is answered, and ends the frame. */
static void bad_lengths(void **state)
{
	static const uint16_t lengths[] = { 0, 8, 15, 17, 20, 33, 40, 65535 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct frl_msg m[2] = { header(100 + i, FRL_OP_RESOURCES, lengths[i]),
					header(500, FRL_OP_RESOURCES, 16) };
		struct answer a;

		fake_send(FRL_PORT_HOST, m, sizeof(m));
		a = take();
		assert_int_equal(a.seq, 100 + i);
		assert_int_equal(a.status, FRL_STATUS_INVALID);
		assert_int_equal(a.reason, FRL_REFUSAL_MSG_LENGTH);
		assert_null(fake_reply());
	}
}

static void foreign_and_damaged_frames(void **state)
{
	struct frl_msg m = header(1, FRL_OP_RESOURCES, 16);
	uint8_t tail[24] = { 0 };

	(void)state;
	fake_send(FRL_PORT_VF0, &m, sizeof(m));
	fake_send(FRL_PORT_WIRE0, &m, sizeof(m));
	card_serve(&card);
	assert_null(fake_reply());
	assert_int_equal(card.admin.dropped, 2);
	/* The log has it once. */
	assert_non_null(strstr(fake->console, "not from the host"));
	fake_send(FRL_PORT_HOST, &m, 0);
	card_serve(&card);
	assert_int_equal(card.admin.dropped, 2);
	/* Zero padding behind a message is none of one; anything else is. */
	memcpy(tail, &m, sizeof(m));
	fake_send(FRL_PORT_HOST, tail, sizeof(tail));
	assert_int_equal(take().status, FRL_STATUS_OK);
	assert_int_equal(card.admin.dropped, 2);
	tail[20] = 1;
	fake_send(FRL_PORT_HOST, tail, sizeof(tail));
	assert_int_equal(take().status, FRL_STATUS_OK);
	assert_int_equal(card.admin.dropped, 3);
}

static void several_messages_in_a_frame(void **state)
{
	struct frl_msg m[5];

	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		m[i] = header(10 + i, FRL_OP_RESOURCES, 16);
	fake->out_frames = 0;
	fake_send(FRL_PORT_HOST, m, sizeof(m));
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(take().seq, 10 + i);
	assert_int_equal(fake->out_frames, 1);
	/* Without BATCH, a frame a reply. */
	say_hello(ALL_FEATURES & ~FRL_FEATURE_BATCH);
	fake->out_frames = 0;
	fake_send(FRL_PORT_HOST, m, sizeof(m));
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(take().seq, 10 + i);
	assert_int_equal(fake->out_frames, 5);
}

/* A rule's reply waits for the hardware; others pass it, when both sides know OUT_OF_ORDER. What stands behind the rule
 * waits until its key is hashed.
 */
static void replies_wait_for_hardware(void **state)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	struct frl_rule rule;
	uint32_t first, second;

	(void)state;
	MASK(key, ETH_DST);
	rule = rule_of(make_mask(key), make_output(), 0);
	fake->hold_updates = true;
	first = post(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	second = post(FRL_OP_RESOURCES, NULL, 0);
	card_serve(&card);
	assert_null(fake_reply());
	fake_run_updates();
	assert_int_equal(take().seq, second);
	assert_null(fake_reply());
	fake_run_updates();
	assert_int_equal(take().seq, first);

	fake->hold_updates = false;
	say_hello(ALL_FEATURES & ~FRL_FEATURE_OUT_OF_ORDER);
	fake->hold_updates = true;
	KEY(rule.key, ETH_DST, 1);
	first = post(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	second = post(FRL_OP_RESOURCES, NULL, 0);
	for (unsigned int batch = 0; batch < 2; batch++) {
		card_serve(&card);
		assert_null(fake_reply());
		fake_run_updates();
	}
	assert_int_equal(take().seq, first);
	assert_int_equal(take().seq, second);
}

/* With the update ring stuck: requests wait, then are refused; each gets exactly one answer. */
static void backlog_is_bounded(void **state)
{
	enum {
		COUNT = 2000
	};
	static uint8_t answered[COUNT];
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	struct frl_rule rule;
	uint32_t first = 0, busy = 0, ok = 0;
	const struct frl_msg *m;

	(void)state;
	memset(answered, 0, sizeof(answered));
	MASK(key, ETH_DST);
	rule = rule_of(make_mask(key), make_output(), 0);
	fake->hold_updates = true;
	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t seq;

		KEY(rule.key, ETH_DST, i);
		seq = post(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
		first = first ? first : seq;
		card_serve(&card);
	}
	fake->hold_updates = false;
	fake_run_updates();
	card_serve(&card);
	while ((m = fake_reply()) != NULL) {
		assert_true(m->seq - first < COUNT);
		assert_int_equal(answered[m->seq - first]++, 0);
		busy += m->status == FRL_STATUS_BUSY && m->reason == FRL_REFUSAL_OBJECTS_FULL;
		ok += m->status == FRL_STATUS_OK;
	}
	assert_int_equal(busy + ok, COUNT);
	assert_true(busy > 0);
	assert_int_equal(ok, card.rules.pool.used);
	assert_int_equal(busy, card.admin.refused_full);
}

/* The host takes no replies for a while: none is lost, and requests wait in their queue. */
static void no_transmit_buffer(void **state)
{
	enum {
		COUNT = 200
	};
	struct frl_msg m[8];
	uint32_t replies = 0;

	(void)state;
	fake->hold_tx = true;
	for (uint32_t i = 0; i < COUNT; i++) {
		for (uint32_t k = 0; k < 8; k++)
			m[k] = header(1 + 8 * i + k, FRL_OP_RESOURCES, 16);
		assert_true(fake_send(FRL_PORT_HOST, m, sizeof(m)));
		card_serve(&card);
	}
	assert_true(card.admin.frame_used > 0);
	fake->hold_tx = false;
	fake_run_tx();
	card_serve(&card);
	for (const struct frl_msg *r; (r = fake_reply()) != NULL; replies++)
		assert_int_equal(r->seq, replies + 1);
	assert_int_equal(replies, 8 * COUNT);
}

static void hardware_error_is_told(void **state)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	struct frl_rule rule;

	(void)state;
	MASK(key, PORT);
	rule = rule_of(make_mask(key), make_output(), 0);
	fake->refuse_updates = true;
	refused(FRL_OP_RULE_CREATE, &rule, sizeof(rule), FRL_STATUS_FAILED, FRL_REFUSAL_HW_UPDATE);
	assert_int_equal(fake_read(FRL_BASE_FN + FRL_REG_FN_CONFIG + 8, 4), FRL_FW_STATE_FAILED);
	assert_int_equal(fake->upd_error & 3, 0);
}

static void events(void **state)
{
	struct answer a;
	const struct frl_port_info *info = (const void *)a.body;

	(void)state;
	fake_set_link(3);
	a = take();
	assert_int_equal(a.seq, 0);
	assert_int_equal(a.opcode, FRL_OP_PORT_CHANGED);
	assert_int_equal(info->port, 1);
	assert_int_equal(info->link, 1);
	fake_set_status(FRL_FN_VF0 + 3, 15);
	a = take();
	assert_int_equal(info->port, FRL_PORT_VF0 + 3);
	assert_int_equal(info->kind, FRL_PORT_KIND_VF);
	assert_int_equal(info->link, 1);
	/* The same state again is none. */
	fake_set_status(FRL_FN_VF0 + 3, 15);
	card_serve(&card);
	assert_null(fake_reply());
	/* NEEDS_RESET: one queue stopped, the driver goes on; FAILED: it gave up. */
	fake_set_status(FRL_FN_VF0 + 3, 15 | 64);
	fake_set_status(FRL_FN_PF, 15 | 64);
	card_serve(&card);
	assert_null(fake_reply());
	fake_set_status(FRL_FN_VF0 + 3, 15 | 128);
	a = take();
	assert_int_equal(info->link, 0);
	/* The host's driver has gone: nobody is told, its memory is left alone, and all begins with HELLO. */
	make(FRL_OP_COUNTERS_SET,
	     &(struct frl_counters_set){ .iova = 64, .length = FRL_COUNTER_AREA_BYTES(8192) },
	     sizeof(struct frl_counters_set));
	assert_int_equal(fake_read(FRL_REG_CHIP_CNT_CTRL, 4), 1);
	fake_set_status(FRL_FN_PF, 0);
	fake_set_link(0);
	card_serve(&card);
	assert_null(fake_reply());
	assert_int_equal(fake_read(FRL_REG_CHIP_CNT_CTRL, 4), 0);
	refused(FRL_OP_RESOURCES, NULL, 0, FRL_STATUS_NOT_READY, FRL_REFUSAL_HELLO_MISSING);
}

/* What a driver installed stays over another HELLO, and can be listed. */
static void hello_again(void **state)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	struct frl_rule_list list = { 0 };
	struct frl_rule rule;
	struct answer a;
	uint32_t handle;

	(void)state;
	MASK(key, PORT);
	rule = rule_of(make_mask(key), make_output(), 0);
	handle = make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	say_hello(ALL_FEATURES);
	a = ask(FRL_OP_RULE_LIST, &list, sizeof(list));
	assert_int_equal(a.len, 16);
	assert_int_equal(a.body[0] >> 32, 1);
	assert_int_equal((uint32_t)a.body[1], handle);
}

/* One rule, asked for alone, costs few register accesses. */
static void register_accesses(void **state)
{
	uint32_t key[FRL_KEY_WORDS] = { 0 };
	struct frl_rule rule;

	(void)state;
	MASK(key, ETH_DST);
	rule = rule_of(make_mask(key), make_output(), 0);
	make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	KEY(rule.key, ETH_DST, 1);
	fake->reads = 0;
	fake->writes = 0;
	make(FRL_OP_RULE_CREATE, &rule, sizeof(rule));
	/* Acknowledge thrice, ring the update engine for the hash and for the rule, send the reply; read the status after
	 * each and the errors of both batches.
	 */
	assert_in_range(fake->writes, 1, 6);
	assert_in_range(fake->reads, 1, 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, card_setup, card_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(announces_itself),
		cmocka_unit_test_setup_teardown(hello_first, card_setup_silent, card_teardown),
		TEST(malformed_messages),
		TEST(bad_lengths),
		TEST(foreign_and_damaged_frames),
		TEST(several_messages_in_a_frame),
		TEST(replies_wait_for_hardware),
		TEST(backlog_is_bounded),
		TEST(no_transmit_buffer),
		TEST(hardware_error_is_told),
		TEST(events),
		TEST(hello_again),
		TEST(register_accesses),
	};

	return cmocka_run_group_tests_name("fw messages", tests, NULL, NULL);
}
