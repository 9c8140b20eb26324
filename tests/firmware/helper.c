/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper.h"

#include "log.h"

struct card card;

static uint32_t last_seq;

static void boot(const struct fake_sizes *size, uint64_t ram_bytes)
{
	struct board board = { .memory = { 0 },
			       .regs = { FAKE_REGS, FAKE_REG_SIZE },
			       .mac_base = { 2, 0xf0, 0, 0, 1, 0xff },
			       .wire_mac = { { 0 }, { 2, 0xf0, 0, 0, 0, 1 } },
			       .mtu = 1500,
			       .serial = "TEST-1" };
	struct arena arena;
	const char *error;

	fake_reset(size, 0, ram_bytes);
	log_init(FAKE_CONSOLE);
	arena = (struct arena){ .next = fake->ram, .end = fake->ram + fake->ram_size };
	error = card_start(&card, &board, &arena);
	if (error)
		fail_msg("card_start: %s", error);
	card_serve(&card);
}

void card_boot(const struct fake_sizes *size, uint64_t ram_bytes)
{
	boot(size, ram_bytes);
	say_hello(ALL_FEATURES);
}

int card_setup(void **state)
{
	(void)state;
	card_boot(NULL, 32ul << 20);
	return 0;
}

int card_setup_silent(void **state)
{
	(void)state;
	boot(NULL, 32ul << 20);
	return 0;
}

int card_teardown(void **state)
{
	(void)state;
	fake_free();
	return 0;
}

uint32_t post(uint16_t opcode, const void *body, size_t len)
{
	struct {
		struct frl_msg m;
		uint8_t body[2048];
	} frame = { .m = { .seq = ++last_seq,
			   .opcode = opcode,
			   .length = (uint16_t)(sizeof(struct frl_msg) + len) } };

	assert_true(len <= sizeof(frame.body));
	if (len)
		memcpy(frame.body, body, len);
	assert_true(fake_send(FRL_PORT_HOST, &frame, frame.m.length));
	return frame.m.seq;
}

struct answer take(void)
{
	const struct frl_msg *m;
	struct answer a = { 0 };

	card_serve(&card);
	m = fake_reply();
	if (!m)
		fail_msg("no reply");
	a.seq = m->seq;
	a.opcode = m->opcode;
	a.status = m->status;
	a.reason = m->reason;
	a.arg = m->arg;
	a.len = m->length - sizeof(*m);
	assert_true(a.len <= sizeof(a.body));
	memcpy(a.body, m + 1, a.len);
	return a;
}

struct answer ask(uint16_t opcode, const void *body, size_t len)
{
	uint32_t seq = post(opcode, body, len);
	struct answer a = take();

	assert_int_equal(a.seq, seq);
	assert_int_equal(a.opcode, opcode);
	return a;
}

uint32_t make(uint16_t opcode, const void *body, size_t len)
{
	struct answer a = ask(opcode, body, len);

	if (a.status)
		fail_msg("message %s: %s (%u)", frl_op_name(opcode), frl_refusal_text(a.reason),
			 a.arg);
	return (uint32_t)a.body[0];
}

uint32_t refused(uint16_t opcode, const void *body, size_t len, uint16_t status, uint16_t reason)
{
	struct answer a = ask(opcode, body, len);

	assert_string_equal(frl_refusal_name(a.reason), frl_refusal_name(reason));
	assert_string_equal(frl_status_name(a.status), frl_status_name(status));
	assert_int_equal(a.len, 0);
	return a.arg;
}

void destroy(uint16_t opcode, uint32_t handle)
{
	struct frl_handle req = { .handle = handle };

	make(opcode, &req, sizeof(req));
}

void say_hello(uint64_t features)
{
	struct frl_hello_req req = { .abi_major = FRL_ABI_MAJOR,
				     .abi_minor = FRL_ABI_MINOR,
				     .features = features,
				     .driver = "cmocka" };

	make(FRL_OP_HELLO, &req, sizeof(req));
}

void set_key(uint32_t *key, unsigned int lsb, unsigned int width, uint64_t value)
{
	for (unsigned int i = 0; i < width; i++) {
		uint32_t bit = i < 64 ? value >> i & 1 : value == ~0ull;

		key[(lsb + i) / 32] &= ~(1u << (lsb + i) % 32);
		key[(lsb + i) / 32] |= bit << (lsb + i) % 32;
	}
}

uint32_t make_set(const struct frl_leg *leg)
{
	struct set_request req = { .set = { .legs = 1 } };

	req.leg[0] = *leg;
	return make(FRL_OP_ACTION_SET_CREATE, &req, sizeof(req.set) + sizeof(req.leg[0]));
}

uint32_t make_output(void)
{
	struct frl_leg leg = { .dest = FRL_DEST_PORT, .dest_id = 1 };

	return make_set(&leg);
}

uint32_t make_mask(const uint32_t *key)
{
	struct frl_mask req;

	memcpy(req.key, key, sizeof(req.key));
	return make(FRL_OP_MASK_CREATE, &req, sizeof(req));
}

struct frl_rule rule_of(uint32_t mask, uint32_t set, uint16_t prio)
{
	return (struct frl_rule){ .mask = mask, .action_set = set, .prio = prio };
}
