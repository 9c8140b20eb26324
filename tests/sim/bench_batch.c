// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages to firmware one by one and several in a frame, as they are. */
#include "bench.h"

#include <string.h>

void bench_call(struct card *card, enum frl_op op, const void *req, size_t len, void *rep,
		size_t rep_len)
{
	size_t got;

	if (frl_admin_call(&card->admin, op, req, len, rep, rep_len, rep_len, &got))
		card_fail("message %d: %s", op, frl_refusal_text(card->admin.why.reason));
}

uint32_t bench_make_mask(struct card *card, const struct bench_rule *rule)
{
	struct frl_mask req;
	struct frl_handle rep;

	memcpy(req.key, rule->desc.match.mask, sizeof(req.key));
	bench_call(card, FRL_OP_MASK_CREATE, &req, sizeof(req), &rep, sizeof(rep));
	return rep.handle;
}

void bench_rule_request(struct frl_rule *req, const struct bench_rule *rule, uint32_t mask,
			uint32_t set, uint16_t prio)
{
	*req = (struct frl_rule){ .mask = mask, .action_set = set, .prio = prio };
	memcpy(req->key, rule->desc.match.key, sizeof(req->key));
}

void bench_flush(struct card *card)
{
	if (frl_admin_flush(&card->admin))
		card_fail("tables cannot be flushed: %s", frl_refusal_text(card->admin.why.reason));
}

void bench_batch_add(struct card *card, struct bench_batch *batch, uint32_t tag, enum frl_op op,
		     const void *req, size_t len)
{
	struct frl_msg msg = { .seq = ++card->admin.seq,
			       .opcode = (uint16_t)op,
			       .length = (uint16_t)(sizeof(msg) + len) };

	memcpy(batch->frame + batch->len, &msg, sizeof(msg));
	memcpy(batch->frame + batch->len + sizeof(msg), req, len);
	batch->len += msg.length;
	batch->tag[batch->count] = tag;
	batch->seq[batch->count++] = msg.seq;
}

/* The replies in one frame; how many. */
static unsigned int take(const struct bench_batch *batch, unsigned int done, const uint8_t *frame,
			 size_t len, bench_reply *reply, void *arg)
{
	unsigned int taken = 0;
	struct frl_msg msg;

	for (size_t at = 0; at + sizeof(msg) <= len; at += msg.length) {
		memcpy(&msg, frame + at, sizeof(msg));
		if (!msg.length)
			break; /* padding of a short frame */
		if (done + taken == batch->count || msg.seq != batch->seq[done + taken])
			card_fail("reply %u was not asked for", msg.seq);
		if (msg.status)
			card_fail("message %u of a batch: %s", msg.opcode,
				  frl_refusal_text(msg.reason));
		if (reply)
			reply(arg, batch->tag[done + taken], &msg, frame + at + sizeof(msg));
		taken++;
	}
	return taken;
}

static uint64_t beats(size_t bytes)
{
	return (bytes + FRL_DATA_BYTES - 1) / FRL_DATA_BYTES;
}

uint64_t bench_batch_send(struct card *card, const struct bench_batch *batch, bench_reply *reply,
			  void *arg)
{
	const struct frl_admin *admin = &card->admin;
	uint64_t taken = beats(batch->len);
	uint8_t frame[CARD_BUFFER];
	unsigned int done = 0;

	if (admin->ops->send(admin->arg, batch->frame, batch->len))
		card_fail("a batch of %zu bytes cannot be sent", batch->len);
	while (done < batch->count) {
		int len = admin->ops->recv(admin->arg, frame, sizeof(frame));

		if (len < 0)
			card_fail("firmware does not answer");
		taken += beats((size_t)len);
		done += take(batch, done, frame, (size_t)len, reply, arg);
	}
	return taken;
}
