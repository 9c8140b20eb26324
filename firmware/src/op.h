/* SPDX-License-Identifier: BSD-3-Clause */
/* What a handler of a message returns. */
#ifndef FRL_FW_OP_H
#define FRL_FW_OP_H

#include <stddef.h>
#include <stdint.h>

#include "frl_abi.h"

#define REPLY_BODY_MAX 520 /* RULE_LIST with 128 handles. */

enum outcome {
	OP_DONE,    /* Reply now. */
	OP_LATER,   /* Reply when the open batch of updates is finished. */
	OP_REFUSED, /* Reply with status, reason, arg; nothing was changed. */
	OP_AGAIN,   /* Waits for hardware: nothing was lost, call again after the next batch. */
};

struct reply {
	uint16_t status; /* enum frl_status */
	uint16_t reason; /* enum frl_refusal */
	uint32_t arg;
	uint32_t len; /* Of the body, a multiple of 8. */
	uint64_t body[REPLY_BODY_MAX / 8];
};

static inline enum outcome op_refuse(struct reply *rep, enum frl_status status,
				     enum frl_refusal reason, uint32_t arg)
{
	rep->status = (uint16_t)status;
	rep->reason = (uint16_t)reason;
	rep->arg = arg;
	return OP_REFUSED;
}

struct card;

/* `body` is 8-byte aligned and at least as long as the request's struct (admin.c checks). */
typedef enum outcome op_handler(struct card *c, const void *body, size_t len, struct reply *rep);

op_handler op_hello, op_resources;
op_handler op_port_get, op_port_set, op_counters_set;
op_handler op_mask_create, op_mask_destroy;
op_handler op_encap_create, op_encap_destroy;
op_handler op_action_set_create, op_action_set_destroy;
op_handler op_rule_create, op_rule_destroy, op_rule_update, op_rule_list, op_flush;
op_handler op_geneve_option_create, op_geneve_option_destroy;
op_handler op_team_create, op_team_set, op_team_destroy;

/* Reply with a handle. */
void op_handle(struct reply *rep, uint32_t handle);

#endif
