/* SPDX-License-Identifier: BSD-3-Clause */
/* A card on the fake chip, and requests to it. */
#ifndef HELPER_H
#define HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "card.h"
#include "fake.h"

#define ALL_FEATURES 0x7f

extern struct card card;

/* cmocka fixtures: a card of the default build, with HELLO said; the same without HELLO. */
int card_setup(void **state);
int card_setup_silent(void **state);
int card_teardown(void **state);
/* A card of these sizes, with HELLO said. */
void card_boot(const struct fake_sizes *size, uint64_t ram_bytes);

struct answer {
	uint32_t seq;
	uint16_t opcode, status, reason;
	uint32_t arg;
	size_t len; /* Of the body. */
	uint64_t body[128];
};

/* Sends one message, without serving the card. Returns its seq. */
uint32_t post(uint16_t opcode, const void *body, size_t len);
/* Serves and takes the next reply; fails the test when there is none. */
struct answer take(void);
/* post() and take(), which must be the answer to it. */
struct answer ask(uint16_t opcode, const void *body, size_t len);
/* ask() for what must succeed; returns the handle. */
uint32_t make(uint16_t opcode, const void *body, size_t len);
/* ask() for what must be refused so. Returns the argument. */
uint32_t refused(uint16_t opcode, const void *body, size_t len, uint16_t status, uint16_t reason);
void destroy(uint16_t opcode, uint32_t handle);

void say_hello(uint64_t features);

/* Requests with everything else zero. */
void set_key(uint32_t *key, unsigned int lsb, unsigned int width, uint64_t value);
#define KEY(key, FIELD, value) set_key(key, FRL_KEY_##FIELD##_LSB, FRL_KEY_##FIELD##_W, value)
#define MASK(key, FIELD)       set_key(key, FRL_KEY_##FIELD##_LSB, FRL_KEY_##FIELD##_W, ~0ull)

struct set_request {
	struct frl_action_set set;
	struct frl_leg leg[9];
};
/* An action set of one leg. */
uint32_t make_set(const struct frl_leg *leg);
/* An action set that sends to wire 1. */
uint32_t make_output(void);
uint32_t make_mask(const uint32_t *key);
struct frl_rule rule_of(uint32_t mask, uint32_t set, uint16_t prio);

#endif
