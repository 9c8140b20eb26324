/* SPDX-License-Identifier: BSD-3-Clause */
/* Client of the card's firmware: builds messages (hw/doc/abi.md), waits for and checks replies, and keeps
 * the objects that rules share. The transport is the user's.
 *
 * Not thread-safe: one lock around every call. Functions return 0 or a negative errno value; what firmware
 * or this client refused stands in `why` of struct frl_admin until the next call.
 */
#ifndef FRL_ADMIN_H
#define FRL_ADMIN_H

#include "frl_rule.h"

#define FRL_ADMIN_REQ_MAX 1024 /* longest request: ACTION_SET_CREATE with 8 legs */
#define FRL_ADMIN_REP_MAX 2048 /* longest frame that is taken from firmware */
#define FRL_ADMIN_BUCKETS 1024

struct frl_why {
	uint16_t status; /* enum frl_status */
	uint16_t reason; /* enum frl_refusal */
	uint32_t arg;
};

struct frl_admin;

struct frl_admin_ops {
	/* Hands one frame to firmware. 0 or a negative errno value. */
	int (*send)(void *arg, const void *frame, size_t len);
	/* Waits for the next frame from firmware, and copies it. Its length, or a negative errno value:
	 * -ETIMEDOUT when the card took too long, -ENODEV when it is gone. */
	int (*recv)(void *arg, void *frame, size_t room);
	/* PORT_CHANGED, unasked; called within frl_admin_* calls. */
	void (*port_changed)(void *arg, const struct frl_port_info *info);
	/* Firmware does not know this conversation any more (it saw the function reset or fail): the card must be
	 * attached anew. May be NULL. */
	void (*forgotten)(void *arg);
	void *(*alloc)(void *arg, size_t bytes); /* zeroed */
	void (*free)(void *arg, void *mem);
};

/* A shared object of firmware; content in `data`. */
struct frl_object {
	struct frl_object *next;
	uint32_t hash;
	uint32_t handle;
	uint32_t refs;
	uint16_t size;
	uint8_t index; /* key field, of a GENEVE option's word */
	uint8_t stale; /* of a former epoch: firmware does not know it any more */
	uint8_t data[];
};

struct frl_object_cache {
	uint16_t create_op;
	uint16_t destroy_op;
	uint32_t count;
	struct frl_object *bucket[FRL_ADMIN_BUCKETS];
};

struct frl_admin {
	const struct frl_admin_ops *ops;
	void *arg;
	struct frl_why why;
	uint32_t seq;
	uint32_t generation; /* counts frl_admin_reset() */
	int gone;	     /* nothing is sent any more */
	uint64_t features;
	struct frl_object_cache masks, encaps, action_sets, geneves;
	uint64_t sent, late, malformed;
	uint64_t req[FRL_ADMIN_REQ_MAX / 8];
	uint64_t rep[FRL_ADMIN_REP_MAX / 8];
};

/* A rule in the card. Zero before frl_admin_rule_create. */
struct frl_rule_ref {
	uint32_t handle;
	uint32_t counter; /* index in section RULE of the counter area */
	uint32_t generation;
	uint8_t legs;
	struct frl_object *mask, *action_set, *encap[FRL_RULE_LEGS], *geneve[FRL_MATCH_GENEVE];
};

void frl_admin_init(struct frl_admin *a, const struct frl_admin_ops *ops, void *arg);

/* The card is gone: calls fail with -ENODEV (DEVICE_GONE) at once, destroy succeeds. */
void frl_admin_gone(struct frl_admin *a);

/* A conversation with a new epoch begins: what firmware had is forgotten, references to it stay valid and
 * are destroyed without a message.
 */
void frl_admin_reset(struct frl_admin *a);

/* Takes a frame that came without being asked for (events). */
void frl_admin_event(struct frl_admin *a, const void *frame, size_t len);

/* One message and its reply: request body of `req_len` bytes (a multiple of 8), reply body copied up to
 * rep_room, its length in *rep_len; a body shorter than rep_min is refused (-EPROTO).
 */
int frl_admin_call(struct frl_admin *a, enum frl_op op, const void *req, size_t req_len, void *rep,
		   size_t rep_min, size_t rep_room, size_t *rep_len);

int frl_admin_hello(struct frl_admin *a, const char *driver, struct frl_hello_rep *rep);
int frl_admin_resources(struct frl_admin *a, struct frl_resource_entry *entry, unsigned int room,
			unsigned int *count);
int frl_admin_port_get(struct frl_admin *a, uint8_t port, struct frl_port_info *info);
int frl_admin_port_set(struct frl_admin *a, const struct frl_port_info *info);
int frl_admin_counters_set(struct frl_admin *a, uint64_t iova, uint32_t length);
int frl_admin_flush(struct frl_admin *a);

/* All objects a rule needs, then the rule. On failure nothing is left behind. */
int frl_admin_rule_create(struct frl_admin *a, const struct frl_rule_desc *desc,
			  struct frl_rule_ref *ref);

/* Gives a rule the actions of desc, whose match is the rule's own; no packet sees anything between. On failure it does what
 * it did before; -ENOENT: the rule is of a former epoch.
 */
int frl_admin_rule_update(struct frl_admin *a, const struct frl_rule_desc *desc,
			  struct frl_rule_ref *ref);

/* When this returns no packet hits the rule any more; *gone is its final count (zero if firmware is gone). Always
 * gives the references back; fails only when firmware answered with an error.
 */
int frl_admin_rule_destroy(struct frl_admin *a, struct frl_rule_ref *ref,
			   struct frl_rule_gone *gone);

#endif /* FRL_ADMIN_H */
