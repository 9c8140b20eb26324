/* SPDX-License-Identifier: BSD-3-Clause */
/* Admin client against a firmware played by the test: messages, shared objects, and answers that are late, wrong or
 * missing.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "frl_admin.h"

/* What the played firmware saw and does. */
static struct {
	unsigned int calls[FRL_OP_COUNT];
	uint16_t ops[64];
	unsigned int nops;
	uint32_t next_handle;
	uint16_t refuse_op;
	enum frl_refusal refuse_with;
	enum {
		RIGHT,
		LATE_FIRST,
		SHORT,
		LONG_LENGTH,
		OTHER_OP,
		EVENT_FIRST,
		SILENT,
		GONE
	} mood;
	struct frl_msg request;
	uint8_t reply[256];
	size_t reply_len;
	unsigned int pending;
	int allocated;
	unsigned int events, forgotten;
	uint32_t geneve_index;	   /* of the next GENEVE word */
	uint8_t last_request[256]; /* body */
} fw;

static struct frl_admin admin;

static size_t reply_body(uint16_t op, uint8_t *body)
{
	struct frl_rule_gone gone = { 7, 700 };
	uint32_t handle[4] = { ++fw.next_handle, 0 };

	switch (op) {
	case FRL_OP_RULE_CREATE:
		handle[1] = 42;
		memcpy(body, handle, 16);
		return 16;
	case FRL_OP_RULE_DESTROY:
		memcpy(body, &gone, sizeof(gone));
		return sizeof(gone);
	case FRL_OP_GENEVE_OPTION_CREATE:
		handle[1] = fw.geneve_index--;
		memcpy(body, handle, 8);
		return 8;
	case FRL_OP_MASK_CREATE:
	case FRL_OP_ENCAP_CREATE:
	case FRL_OP_ACTION_SET_CREATE:
		memcpy(body, handle, 8);
		return 8;
	case FRL_OP_PORT_GET:
		memset(body, 0, sizeof(struct frl_port_info));
		body[0] = 17;
		return sizeof(struct frl_port_info);
	default:
		return 0;
	}
}

static int fw_send(void *arg, const void *frame, size_t len)
{
	struct frl_msg rep;
	size_t body;

	assert_ptr_equal(arg, &fw);
	if (fw.mood == GONE)
		return -ENODEV;
	memcpy(&fw.request, frame, sizeof(fw.request));
	assert_int_equal(fw.request.length, len);
	assert_int_equal(len % 8, 0);
	assert_int_not_equal(fw.request.seq, 0);
	memcpy(fw.last_request, (const uint8_t *)frame + sizeof(fw.request),
	       len - sizeof(fw.request) < sizeof(fw.last_request) ? len - sizeof(fw.request)
								  : sizeof(fw.last_request));
	fw.calls[fw.request.opcode]++;
	if (fw.nops < 64)
		fw.ops[fw.nops++] = fw.request.opcode;
	rep = (struct frl_msg){ .seq = fw.request.seq, .opcode = fw.request.opcode };
	body = reply_body(rep.opcode, fw.reply + sizeof(rep));
	if (fw.refuse_op == rep.opcode) {
		rep.status = FRL_STATUS_NO_SPACE;
		rep.reason = (uint16_t)fw.refuse_with;
		rep.arg = 99;
		body = 0;
	}
	rep.length = (uint16_t)(sizeof(rep) + body);
	memcpy(fw.reply, &rep, sizeof(rep));
	fw.reply_len = rep.length;
	fw.pending = 1;
	return 0;
}

static int event_frame(void *frame)
{
	struct frl_msg msg = { .opcode = FRL_OP_PORT_CHANGED,
			       .length = sizeof(msg) + sizeof(struct frl_port_info) };
	struct frl_port_info info = { .port = 18, .link = 1 };

	memcpy(frame, &msg, sizeof(msg));
	memcpy((uint8_t *)frame + sizeof(msg), &info, sizeof(info));
	return msg.length;
}

static int fw_recv(void *arg, void *frame, size_t room)
{
	struct frl_msg *msg = frame;

	(void)arg;
	assert_true(room >= fw.reply_len);
	if (!fw.pending || fw.mood == SILENT)
		return -ETIMEDOUT;
	memcpy(frame, fw.reply, fw.reply_len);
	switch (fw.mood) {
	case LATE_FIRST:
		fw.mood = RIGHT;
		msg->seq += 100;
		return (int)fw.reply_len;
	case OTHER_OP:
		fw.mood = SILENT;
		msg->opcode = FRL_OP_FLUSH;
		return (int)fw.reply_len;
	case EVENT_FIRST:
		fw.mood = RIGHT;
		return event_frame(frame);
	case SHORT:
		msg->length = sizeof(*msg);
		fw.pending = 0;
		return sizeof(*msg);
	case LONG_LENGTH:
		fw.mood = SILENT;
		msg->length = (uint16_t)(fw.reply_len + 8);
		return (int)fw.reply_len;
	default:
		fw.pending = 0;
		return (int)fw.reply_len;
	}
}

static void fw_port_changed(void *arg, const struct frl_port_info *info)
{
	(void)arg;
	assert_int_equal(info->port, 18);
	fw.events++;
}

static void *fw_alloc(void *arg, size_t bytes)
{
	(void)arg;
	fw.allocated++;
	return calloc(1, bytes);
}

static void fw_free(void *arg, void *mem)
{
	(void)arg;
	fw.allocated--;
	free(mem);
}

static void fw_forgotten(void *arg)
{
	(void)arg;
	fw.forgotten++;
}

static const struct frl_admin_ops ops = { fw_send,	fw_recv,  fw_port_changed,
					  fw_forgotten, fw_alloc, fw_free };

static int start(void **state)
{
	(void)state;
	memset(&fw, 0, sizeof(fw));
	frl_admin_init(&admin, &ops, &fw);
	return 0;
}

/* Everything that was allocated must be given back by the test. */
static int end(void **state)
{
	(void)state;
	return fw.allocated;
}

/* Rule number n: own key, one mask for all; to port n % 3; through a tunnel if vni. */
static struct frl_rule_desc make_rule(unsigned int n, uint32_t vni)
{
	struct frl_encap e = {
		.tun_type = FRL_TUN_TYPE_VXLAN, .ttl = 64, .vni = vni, .udp_dst = 4789
	};
	struct frl_rule_desc d;
	struct frl_acts a;

	frl_rule_init(&d, 16, 0);
	frl_match_set(&d.match, FRL_F_tp_dst, n, 0xffff);
	frl_acts_init(&a, &d);
	if (vni)
		frl_acts_encap(&a, &e);
	frl_acts_output(&a, (uint8_t)(n % 3));
	return d;
}

static void rules_share_objects(void **state)
{
	struct frl_rule_ref ref[9];
	struct frl_rule_gone gone;

	(void)state;
	for (unsigned int i = 0; i < 9; i++) {
		struct frl_rule_desc d = make_rule(i, 0);

		assert_int_equal(frl_admin_rule_create(&admin, &d, &ref[i]), 0);
		assert_int_equal(ref[i].counter, 42);
	}
	assert_int_equal(fw.calls[FRL_OP_MASK_CREATE], 1);
	assert_int_equal(fw.calls[FRL_OP_ACTION_SET_CREATE], 3);
	assert_int_equal(fw.calls[FRL_OP_RULE_CREATE], 9);
	assert_int_equal(admin.action_sets.count, 3);
	for (unsigned int i = 0; i < 9; i++) {
		assert_int_equal(frl_admin_rule_destroy(&admin, &ref[i], &gone), 0);
		assert_int_equal(gone.packets, 7);
		assert_int_equal(ref[i].handle, 0);
	}
	assert_int_equal(fw.calls[FRL_OP_MASK_DESTROY], 1);
	assert_int_equal(fw.calls[FRL_OP_ACTION_SET_DESTROY], 3);
}

/* Encap entry before the set, set before the rule; and back in the opposite order. */
static void order_of_messages(void **state)
{
	static const uint16_t want[] = { FRL_OP_MASK_CREATE,	   FRL_OP_ENCAP_CREATE,
					 FRL_OP_ACTION_SET_CREATE, FRL_OP_RULE_CREATE,
					 FRL_OP_RULE_DESTROY,	   FRL_OP_ACTION_SET_DESTROY,
					 FRL_OP_ENCAP_DESTROY,	   FRL_OP_MASK_DESTROY };
	struct frl_rule_desc d = make_rule(1, 77);
	struct frl_rule_gone gone;
	struct frl_rule_ref ref;

	(void)state;
	assert_int_equal(frl_admin_rule_create(&admin, &d, &ref), 0);
	assert_int_equal(frl_admin_rule_destroy(&admin, &ref, &gone), 0);
	assert_int_equal(fw.nops, 8);
	assert_memory_equal(fw.ops, want, sizeof(want));
}

/* The key field of a GENEVE word is what firmware says; equal words are one object. */
static void geneve_words(void **state)
{
	struct frl_match_geneve one = { 0x0102, 0x83, 1, 0xab00, 0xff00 },
				two = { 0x0102, 0x83, 2, 0, 0 };
	struct frl_rule_desc d = make_rule(1, 0);
	const struct frl_rule *sent = (const void *)fw.last_request;
	struct frl_rule_ref first, second;
	struct frl_rule_gone gone;

	(void)state;
	fw.geneve_index = 3;
	frl_match_geneve(&d.match, &one);
	frl_match_geneve(&d.match, &two);
	assert_int_equal(frl_admin_rule_create(&admin, &d, &first), 0);
	assert_int_equal(sent->key[FRL_KEY_GNV_OPT3_LSB / 32], 0xab00);
	assert_int_equal(sent->key[FRL_KEY_GNV_OPT2_LSB / 32], 0);
	assert_int_equal(sent->key[FRL_KEY_GNV_PRESENT_LSB / 32] >> FRL_KEY_GNV_PRESENT_LSB % 32,
			 0xc);
	assert_int_equal(d.match.mask[FRL_KEY_GNV_OPT3_LSB / 32], 0);
	assert_int_equal(frl_admin_rule_create(&admin, &d, &second), 0);
	assert_int_equal(fw.calls[FRL_OP_GENEVE_OPTION_CREATE], 2);
	assert_int_equal(fw.calls[FRL_OP_MASK_CREATE], 1);
	assert_int_equal(frl_admin_rule_destroy(&admin, &first, &gone), 0);
	assert_int_equal(fw.calls[FRL_OP_GENEVE_OPTION_DESTROY], 0);
	assert_int_equal(frl_admin_rule_destroy(&admin, &second, &gone), 0);
	assert_int_equal(fw.calls[FRL_OP_GENEVE_OPTION_DESTROY], 2);
	/* A word that does not exist is firmware's mistake, and none left is a refusal. */
	fw.geneve_index = 9;
	assert_int_equal(frl_admin_rule_create(&admin, &d, &first), -EPROTO);
	fw.geneve_index = 3;
	fw.refuse_op = FRL_OP_GENEVE_OPTION_CREATE;
	fw.refuse_with = FRL_REFUSAL_GENEVE_OPTIONS_FULL;
	assert_int_equal(frl_admin_rule_create(&admin, &d, &first), -ENOSPC);
	assert_int_equal(admin.why.reason, FRL_REFUSAL_GENEVE_OPTIONS_FULL);
	assert_int_equal(admin.geneves.count, 0);
}

/* Refused at each step: the reason is that of the step, and nothing is left. */
static void refusal_unwinds(void **state)
{
	static const uint16_t step[] = { FRL_OP_MASK_CREATE, FRL_OP_ENCAP_CREATE,
					 FRL_OP_ACTION_SET_CREATE, FRL_OP_RULE_CREATE };
	struct frl_rule_desc d = make_rule(1, 77);
	struct frl_rule_ref ref;

	for (size_t i = 0; i < 4; i++) {
		start(state);
		fw.refuse_op = step[i];
		fw.refuse_with = FRL_REFUSAL_BANK_FULL;
		assert_int_equal(frl_admin_rule_create(&admin, &d, &ref), -ENOSPC);
		assert_int_equal(admin.why.reason, FRL_REFUSAL_BANK_FULL);
		assert_int_equal(admin.why.arg, 99);
		assert_int_equal(fw.allocated, 0);
		assert_int_equal(fw.calls[FRL_OP_MASK_DESTROY], i > 0);
		assert_int_equal(fw.calls[FRL_OP_ENCAP_DESTROY], i > 1);
		assert_int_equal(fw.calls[FRL_OP_ACTION_SET_DESTROY], i > 2);
	}
}

static void late_replies_and_events(void **state)
{
	struct frl_port_info info;

	(void)state;
	fw.mood = LATE_FIRST;
	assert_int_equal(frl_admin_port_get(&admin, 17, &info), 0);
	assert_int_equal(admin.late, 1);
	fw.mood = EVENT_FIRST;
	assert_int_equal(frl_admin_port_get(&admin, 17, &info), 0);
	assert_int_equal(fw.events, 1);
	assert_int_equal(info.port, 17);
}

static void wrong_replies(void **state)
{
	struct frl_port_info info;

	(void)state;
	fw.mood = SHORT;
	assert_int_equal(frl_admin_port_get(&admin, 17, &info), -EPROTO);
	assert_int_equal(admin.why.reason, FRL_REFUSAL_MSG_LENGTH);
	fw.mood = LONG_LENGTH;
	assert_int_equal(frl_admin_port_get(&admin, 17, &info), -ETIMEDOUT);
	assert_int_equal(admin.malformed, 1);
	fw.mood = OTHER_OP;
	assert_int_equal(frl_admin_port_get(&admin, 17, &info), -ETIMEDOUT);
	assert_int_equal(admin.late, 1);
	fw.mood = RIGHT;
	assert_int_equal(frl_admin_port_get(&admin, 16, &info), -EPROTO); /* tells about 17 */
	fw.mood = GONE;
	assert_int_equal(frl_admin_port_get(&admin, 17, &info), -ENODEV);
	assert_int_equal(admin.why.reason, FRL_REFUSAL_DEVICE_GONE);
}

static void events_of_any_length(void **state)
{
	uint8_t frame[64];
	int len = event_frame(frame);

	(void)state;
	frl_admin_event(&admin, frame, (size_t)len);
	assert_int_equal(fw.events, 1);
	for (int cut = 0; cut < len; cut++)
		frl_admin_event(&admin, frame, (size_t)cut);
	assert_int_equal(fw.events, 1);
	memset(frame, 0xff, sizeof(frame));
	frl_admin_event(&admin, frame, sizeof(frame));
	memset(frame, 0, sizeof(frame));
	frl_admin_event(&admin, frame, sizeof(frame));
	assert_int_equal(fw.events, 1);
}

/* Destroy succeeds on a dead card, and after a new epoch without a message about the old one. */
static void death_and_return(void **state)
{
	struct frl_rule_desc d = make_rule(1, 77), other = make_rule(2, 77);
	struct frl_rule_ref a, b, c;
	struct frl_rule_gone gone;
	unsigned int sent;

	(void)state;
	assert_int_equal(frl_admin_rule_create(&admin, &d, &a), 0);
	assert_int_equal(frl_admin_rule_create(&admin, &other, &b), 0);
	frl_admin_gone(&admin);
	fw.mood = GONE;
	assert_int_equal(frl_admin_rule_create(&admin, &d, &c), -ENODEV);
	assert_int_equal(admin.why.reason, FRL_REFUSAL_DEVICE_GONE);
	assert_int_equal(frl_admin_rule_destroy(&admin, &a, &gone), 0);
	assert_int_equal(gone.packets, 0);
	frl_admin_reset(&admin);
	fw.mood = RIGHT;
	assert_int_equal(frl_admin_rule_create(&admin, &other, &c), 0);
	sent = fw.nops;
	assert_int_equal(frl_admin_rule_destroy(&admin, &b, &gone), 0);
	assert_int_equal(fw.nops, sent);
	assert_int_equal(frl_admin_rule_destroy(&admin, &c, &gone), 0);
	assert_int_equal(fw.calls[FRL_OP_RULE_DESTROY], 1);
}

/* New actions first, then the rule swings, then the old ones go; the mask stays. A refusal leaves all as it was. */
static void update_swings(void **state)
{
	static const uint16_t want[] = { FRL_OP_ENCAP_CREATE, FRL_OP_ACTION_SET_CREATE,
					 FRL_OP_RULE_UPDATE, FRL_OP_ACTION_SET_DESTROY };
	struct frl_rule_desc d = make_rule(1, 0), tunnel = make_rule(1, 77);
	const struct frl_object *old;
	struct frl_rule_gone gone;
	struct frl_rule_ref ref;

	(void)state;
	assert_int_equal(frl_admin_rule_create(&admin, &d, &ref), 0);
	old = ref.action_set;
	fw.refuse_op = FRL_OP_RULE_UPDATE;
	fw.refuse_with = FRL_REFUSAL_HW_UPDATE;
	assert_int_equal(frl_admin_rule_update(&admin, &tunnel, &ref), -ENOSPC);
	assert_int_equal(admin.why.reason, FRL_REFUSAL_HW_UPDATE);
	assert_ptr_equal(ref.action_set, old);
	assert_int_equal(admin.encaps.count, 0);
	fw.refuse_op = 0;
	fw.nops = 0;
	assert_int_equal(frl_admin_rule_update(&admin, &tunnel, &ref), 0);
	assert_int_equal(fw.nops, 4);
	assert_memory_equal(fw.ops, want, sizeof(want));
	assert_int_equal(ref.counter, 42);
	assert_int_equal(admin.encaps.count, 1);
	assert_int_equal(frl_admin_rule_update(&admin, &d, &ref), 0);
	assert_int_equal(admin.encaps.count, 0);
	assert_int_equal(frl_admin_rule_destroy(&admin, &ref, &gone), 0);
	assert_int_equal(frl_admin_rule_create(&admin, &d, &ref), 0);
	frl_admin_reset(&admin);
	assert_int_equal(frl_admin_rule_update(&admin, &d, &ref), -ENOENT);
	assert_int_equal(frl_admin_rule_destroy(&admin, &ref, &gone), 0);
}

/* A rule that firmware does not want to destroy is given back nevertheless. */
static void destroy_refused(void **state)
{
	struct frl_rule_desc d = make_rule(1, 0);
	struct frl_rule_gone gone;
	struct frl_rule_ref ref;

	(void)state;
	assert_int_equal(frl_admin_rule_create(&admin, &d, &ref), 0);
	fw.refuse_op = FRL_OP_RULE_DESTROY;
	fw.refuse_with = FRL_REFUSAL_HW_UPDATE;
	assert_int_equal(frl_admin_rule_destroy(&admin, &ref, &gone), -ENOSPC);
	assert_int_equal(admin.why.reason, FRL_REFUSAL_HW_UPDATE);
}

/* Firmware that hung up is reported, but not for the HELLO that mends it. */
static void hello_missing(void **state)
{
	struct frl_hello_rep rep;
	struct frl_port_info info;

	(void)state;
	fw.refuse_op = FRL_OP_PORT_GET;
	fw.refuse_with = FRL_REFUSAL_HELLO_MISSING;
	assert_int_not_equal(frl_admin_port_get(&admin, 17, &info), 0);
	assert_int_equal(fw.forgotten, 1);
	fw.refuse_op = FRL_OP_HELLO;
	assert_int_not_equal(frl_admin_hello(&admin, "test", &rep), 0);
	assert_int_equal(fw.forgotten, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_share_objects),  TEST(order_of_messages),	   TEST(refusal_unwinds),
		TEST(geneve_words),	    TEST(late_replies_and_events), TEST(wrong_replies),
		TEST(events_of_any_length), TEST(hello_missing),	   TEST(death_and_return),
		TEST(destroy_refused),	    TEST(update_swings),
	};

	return cmocka_run_group_tests_name("driver admin", tests, NULL, NULL);
}
