/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What no driver asks for so far, on the real chip with the real firmware in this process: teams, and a rule whose
 * action set is swung to another one while frames hit it.
 *
 * usage: test_chip BOARD.dtb FIRMWARE.elf
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "card.h"
#include "frames.h"
#include "frl_chip.h"

#define CYCLES_MAX 2000000
#define FLOWS	   256

static const char *dtb, *firmware;
static uint64_t left[2]; /* frames that left on each wire */

static void on_tx(void *arg, unsigned int wire, const uint8_t *frame, size_t len,
		  uint64_t first_cycle)
{
	(void)arg;
	(void)frame;
	(void)first_cycle;
	assert_int_equal(len, 60);
	left[wire]++;
}

static int boot(void **state)
{
	struct card *card = card_create(dtb, firmware, 0);

	card->tx = on_tx;
	*state = card;
	return 0;
}

static int power_off(void **state)
{
	card_destroy(*state);
	return 0;
}

static void call(struct card *card, enum frl_op op, const void *req, size_t req_len, void *rep,
		 size_t rep_len)
{
	size_t got = 0;

	if (frl_admin_call(&card->admin, op, req, req_len, rep, rep_len, rep_len, &got))
		card_fail("message %d: %s", op, frl_refusal_text(card->admin.why.reason));
}

static uint32_t create(struct card *card, enum frl_op op, const void *req, size_t req_len)
{
	struct frl_handle rep;

	call(card, op, req, req_len, &rep, sizeof(rep));
	assert_int_not_equal(rep.handle, 0);
	return rep.handle;
}

static uint32_t action_set(struct card *card, const struct frl_leg *leg)
{
	struct {
		struct frl_action_set head;
		struct frl_leg leg;
	} req = { .head.legs = 1, .leg = *leg };

	return create(card, FRL_OP_ACTION_SET_CREATE, &req, sizeof(req));
}

/* Everything that comes from wire 0. */
static uint32_t rule(struct card *card, uint32_t set)
{
	struct frl_mask mask = { .key[FRL_KEY_PORT_LSB / 32] = 0xff << FRL_KEY_PORT_LSB % 32 };
	struct frl_rule req = { .action_set = set };
	struct frl_rule_rep rep;

	req.mask = create(card, FRL_OP_MASK_CREATE, &mask, sizeof(mask));
	call(card, FRL_OP_RULE_CREATE, &req, sizeof(req), &rep, sizeof(rep));
	return rep.handle;
}

static void send_flow(struct card *card, uint16_t flow)
{
	uint8_t frame[60];

	frame_udp(frame, sizeof(frame), flow);
	frl_rtl_rx(board_rtl(card->board), 0, frame, sizeof(frame), 0, false);
}

/* FLOWS flows, one frame each; what left in left[]. */
static void send_flows(struct card *card)
{
	memset(left, 0, sizeof(left));
	for (uint16_t i = 0; i < FLOWS; i++)
		send_flow(card, 1024 + i);
	frl_rtl_run_idle(board_rtl(card->board), CYCLES_MAX);
}

static void team_set(struct card *card, uint32_t team, uint8_t count, uint8_t m0, uint8_t m1)
{
	struct frl_team req = { .handle = team, .mode = FRL_TEAM_MODE_HASH, .count = count };

	req.members[0] = m0;
	req.members[1] = m1;
	call(card, FRL_OP_TEAM_SET, &req, sizeof(req), NULL, 0);
}

static void team_spreads_flows(void **state)
{
	struct card *card = *state;
	struct frl_team team = { .mode = FRL_TEAM_MODE_HASH, .count = 2, .members = { 0, 1 } };
	struct frl_leg leg = { .dest = FRL_DEST_TEAM };
	uint64_t first[2];

	leg.handle = create(card, FRL_OP_TEAM_CREATE, &team, sizeof(team));
	rule(card, action_set(card, &leg));
	send_flows(card);
	assert_int_equal(left[0] + left[1], FLOWS);
	/* A fair coin is outside these bounds once in 10^9 times. */
	assert_in_range(left[0], FLOWS / 2 - 48, FLOWS / 2 + 48);
	/* A flow keeps its member. */
	memcpy(first, left, sizeof(first));
	send_flows(card);
	assert_memory_equal(first, left, sizeof(first));
	memset(left, 0, sizeof(left));
	for (int i = 0; i < FLOWS; i++)
		send_flow(card, 1024);
	frl_rtl_run_idle(board_rtl(card->board), CYCLES_MAX);
	assert_true(left[0] == FLOWS || left[1] == FLOWS);
	/* Members change, then there is none. */
	team_set(card, leg.handle, 1, 1, 0);
	send_flows(card);
	assert_int_equal(left[1], FLOWS);
	team_set(card, leg.handle, 0, 0, 0);
	send_flows(card);
	assert_int_equal(left[0] + left[1], 0);
}

/* Two action sets take turns while frames flow without a gap; none is lost, and both wires see some. */
static void update_loses_nothing(void **state)
{
	struct card *card = *state;
	const struct frl_leg leg[2] = { { .dest = FRL_DEST_PORT, .dest_id = 0 },
					{ .dest = FRL_DEST_PORT, .dest_id = 1 } };
	const uint32_t set[2] = { action_set(card, &leg[0]), action_set(card, &leg[1]) };
	struct frl_rule_update update = { .handle = rule(card, set[0]) };
	const unsigned int rounds = 20, burst = 2000;

	memset(left, 0, sizeof(left));
	for (unsigned int i = 0; i < rounds; i++) {
		for (unsigned int n = 0; n < burst; n++)
			send_flow(card, (uint16_t)n);
		update.action_set = set[~i & 1];
		call(card, FRL_OP_RULE_UPDATE, &update, sizeof(update), NULL, 0);
	}
	frl_rtl_run_idle(board_rtl(card->board), CYCLES_MAX);
	assert_int_equal(left[0] + left[1], rounds * burst);
	assert_true(left[0] > burst && left[1] > burst);
}

/* Status reads 0 when a reset is over and not before, also of a function that had none: writes count from then on. */
static void reset_without_status(void **state)
{
	struct card *card = *state;
	const unsigned int fn = FRL_FN_VF0 + 5;
	uint32_t value = 1;

	assert_int_equal(board_host_write(card->board, fn, FRL_REG_FN_STATUS, 1, 0), 0);
	for (int i = 0; i < 1000 && value; i++)
		assert_int_equal(board_host_read(card->board, fn, FRL_REG_FN_STATUS, 1, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(board_host_write(card->board, fn, FRL_REG_FN_DEVICE_FEATURE_SELECT, 4, 1),
			 0);
	assert_int_equal(
		board_host_read(card->board, fn, FRL_REG_FN_DEVICE_FEATURE_SELECT, 4, &value), 0);
	assert_int_equal(value, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(team_spreads_flows, boot, power_off),
		cmocka_unit_test_setup_teardown(update_loses_nothing, boot, power_off),
		cmocka_unit_test_setup_teardown(reset_without_status, boot, power_off),
	};

	if (argc != 3)
		card_fail("usage: %s BOARD.dtb FIRMWARE.elf", argv[0]);
	dtb = argv[1];
	firmware = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
