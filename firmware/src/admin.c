/* SPDX-License-Identifier: BSD-3-Clause */
#include "admin.h"

#include <string.h>

#include "card.h"
#include "hal.h"
#include "log.h"
#include "reply.h"

#define FRAME_MAX    FRL_MAX_FRAME
#define FRAME_HEAD   (sizeof(struct admin_frame) + ADMIN_SUMS * sizeof(uint64_t))
#define FRAME_STRIDE ((FRAME_HEAD + FRAME_MAX + 63) & ~63ul)
/* Transmit buffers that refusing every message of the longest frame takes. */
#define REFUSE_BUFFERS (FRAME_MAX / (TX_BYTES - sizeof(struct frl_pkt_meta)) + 2)

struct operation {
	op_handler *handler;
	uint16_t body; /* Bytes of the request's struct. */
	bool variable; /* More may follow, which the handler checks. */
};

#define OP(name, handler, body) [FRL_OP_##name] = { handler, body, false }
static const struct operation operations[] = {
	OP(HELLO, op_hello, sizeof(struct frl_hello_req)),
	OP(RESOURCES, op_resources, 0),
	OP(PORT_GET, op_port_get, sizeof(struct frl_port_req)),
	OP(PORT_SET, op_port_set, sizeof(struct frl_port_info)),
	OP(COUNTERS_SET, op_counters_set, sizeof(struct frl_counters_set)),
	OP(MASK_CREATE, op_mask_create, sizeof(struct frl_mask)),
	OP(MASK_DESTROY, op_mask_destroy, sizeof(struct frl_handle)),
	OP(ENCAP_CREATE, op_encap_create, sizeof(struct frl_encap)),
	OP(ENCAP_DESTROY, op_encap_destroy, sizeof(struct frl_handle)),
	[FRL_OP_ACTION_SET_CREATE] = { op_action_set_create, sizeof(struct frl_action_set), true },
	OP(ACTION_SET_DESTROY, op_action_set_destroy, sizeof(struct frl_handle)),
	OP(RULE_CREATE, op_rule_create, sizeof(struct frl_rule)),
	OP(RULE_DESTROY, op_rule_destroy, sizeof(struct frl_handle)),
	OP(RULE_UPDATE, op_rule_update, sizeof(struct frl_rule_update)),
	OP(RULE_LIST, op_rule_list, sizeof(struct frl_rule_list)),
	OP(FLUSH, op_flush, 0),
	OP(TEAM_CREATE, op_team_create, sizeof(struct frl_team)),
	OP(TEAM_SET, op_team_set, sizeof(struct frl_team)),
	OP(TEAM_DESTROY, op_team_destroy, sizeof(struct frl_handle)),
	OP(GENEVE_OPTION_CREATE, op_geneve_option_create, sizeof(struct frl_geneve_option)),
	OP(GENEVE_OPTION_DESTROY, op_geneve_option_destroy, sizeof(struct frl_handle)),
};
#define OPERATION_COUNT (sizeof(operations) / sizeof(operations[0]))

void admin_alloc(struct admin *ad, struct arena *a, uint16_t rx_size, uint16_t tx_size,
		 uint32_t frames)
{
	vq_alloc(&ad->rx, a, rx_size, sizeof(struct frl_pkt_meta) + FRAME_MAX);
	vq_alloc(&ad->tx, a, tx_size, TX_BYTES);
	ad->tx_free = arena_take(a, tx_size, sizeof(*ad->tx_free), 8);
	ad->frames = arena_take_raw(a, frames, FRAME_STRIDE, 64);
	ad->frame_count = frames;
	ad->pending = arena_take_raw(a, ADMIN_PENDING, sizeof(*ad->pending), 64);
	if (a->exhausted)
		return;
	for (uint16_t i = 0; i < tx_size; i++)
		ad->tx_free[ad->tx_free_count++] = i;
}

void admin_start(struct card *c)
{
	struct vq *rx = &c->admin.rx;

	vq_interrupts(&c->admin.tx, false);
	for (uint16_t i = 0; i < rx->size; i++)
		vq_post(rx, i, rx->buffer_bytes);
	vq_kick(rx, 1);
}

void admin_host_gone(struct card *c)
{
	c->admin.hello = false;
	/* Its memory may be somebody else's by now. */
	hal_write32(c->board.regs.base + FRL_REG_CHIP_CNT_CTRL, 0);
}

/* ---- From the queue to the backlog ---- */

static struct admin_frame *frame_at(const struct admin *ad, uint32_t n)
{
	return (void *)(ad->frames + (ad->frame_first + n) % ad->frame_count * FRAME_STRIDE);
}

static uint8_t *messages_of(struct admin_frame *f)
{
	return (uint8_t *)f + FRAME_HEAD;
}

static void drop(struct admin *ad, const char *why, uint32_t arg)
{
	if (ad->dropped++ == 0)
		log_line("admin frame dropped: %s (%u); more are only counted", why, arg);
}

static void enqueue(struct admin *ad, const uint8_t *messages, uint32_t len)
{
	struct admin_frame *f = frame_at(ad, ad->frame_used++);

	*f = (struct admin_frame){ .len = len };
	memcpy(messages_of(f), messages, len);
}

/* The length of a message can be trusted. */
static bool well_framed(const struct frl_msg *m, uint32_t left)
{
	return m->length >= sizeof(*m) && m->length % 8 == 0 && m->length <= left;
}

/* Answers every message of a frame for which there is no place. */
static void refuse_frame(struct card *c, const uint8_t *messages, uint32_t len)
{
	struct reply *rep = &c->admin.reply;
	struct frl_msg m;

	while (len >= sizeof(m)) {
		memcpy(&m, messages, sizeof(m));
		if (!well_framed(&m, len))
			break;
		rep->len = 0;
		op_refuse(rep, FRL_STATUS_BUSY, FRL_REFUSAL_OBJECTS_FULL, c->admin.frame_count);
		reply_now(c, m.seq, m.opcode, rep);
		c->admin.refused_full++;
		messages += m.length;
		len -= m.length;
	}
}

static void accept_frame(struct card *c, const uint8_t *buffer, uint32_t len)
{
	struct admin *ad = &c->admin;
	struct frl_pkt_meta meta;

	if (len < sizeof(meta)) {
		drop(ad, "no header", len);
		return;
	}
	memcpy(&meta, buffer, sizeof(meta));
	if (meta.src_port != FRL_PORT_HOST)
		drop(ad, "not from the host, but from port", meta.src_port);
	else if (ad->frame_used == ad->frame_count)
		refuse_frame(c, buffer + sizeof(meta), len - (uint32_t)sizeof(meta));
	else
		enqueue(ad, buffer + sizeof(meta), len - (uint32_t)sizeof(meta));
}

void admin_receive(struct card *c)
{
	struct admin *ad = &c->admin;
	uint32_t len;
	uint16_t id;

	while ((ad->frame_used < ad->frame_count || reply_buffers(c, REFUSE_BUFFERS)) &&
	       vq_take(&ad->rx, &id, &len)) {
		accept_frame(c, vq_buffer(&ad->rx, id), len);
		vq_post(&ad->rx, id, ad->rx.buffer_bytes);
	}
	/* An eighth of the queue at once: a notification is a register write. */
	vq_kick(&ad->rx, ad->rx.size / 8);
}

/* ---- Hashes ---- */

/* A message with a key to hash. */
static bool has_key(const struct frl_msg *m)
{
	return m->opcode == FRL_OP_RULE_CREATE && m->length >= sizeof(*m) + sizeof(struct frl_rule);
}

/* Adds a key to the run, or ends the run and begins another when the distance is another. */
static void add_key(struct update *u, struct hash_run *run, const uint8_t *key, uint64_t *sum)
{
	if (run->count == 1) {
		run->stride = (uint32_t)(key - run->keys);
	} else if (run->count && key != run->keys + (uint64_t)run->stride * run->count) {
		update_hash(u, run);
		run->count = 0;
	}
	if (!run->count++)
		*run = (struct hash_run){ .keys = key, .sums = sum, .stride = 8, .count = 1 };
}

/* Has the keys of a frame hashed where they stand. */
static void hash_frame(struct card *c, struct admin_frame *f)
{
	const uint8_t *bytes = messages_of(f);
	struct hash_run run = { 0 };
	uint32_t at = 0, sums = 0;

	while (f->len - at >= sizeof(struct frl_msg)) {
		const struct frl_msg *m = (const void *)(bytes + at);

		if (!well_framed(m, f->len - at))
			break;
		if (has_key(m))
			add_key(&c->update, &run,
				bytes + at + sizeof(*m) + offsetof(struct frl_rule, key),
				&f->sum[sums++]);
		at += m->length;
	}
	if (run.count)
		update_hash(&c->update, &run);
	f->pos = c->update.head;
	if (!sums)
		f->pos = c->update.finished;
}

static void hash_frames(struct card *c)
{
	struct admin *ad = &c->admin;

	while (ad->frame_hashed < ad->frame_used && update_room(&c->update, ADMIN_SUMS))
		hash_frame(c, frame_at(ad, ad->frame_hashed++));
}

void admin_sums_failed(struct card *c)
{
	struct admin *ad = &c->admin;

	for (uint32_t i = 0; i < ad->frame_hashed; i++) {
		struct admin_frame *f = frame_at(ad, i);

		f->failed |= (int32_t)(c->update.finished - f->pos) >= 0;
	}
}

/* ---- Messages ---- */

static bool all_zero(const uint8_t *bytes, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

/* What is wrong with a message of which only the header is known to be there; OP_DONE: nothing. */
static enum outcome check(const struct admin *ad, const struct frl_msg *m, struct reply *rep)
{
	const struct operation *op;
	uint32_t body = m->length - (uint32_t)sizeof(*m);

	if (!m->seq || m->status || m->reason || m->arg)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	if (m->opcode >= OPERATION_COUNT || !operations[m->opcode].handler)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_MSG_UNKNOWN, m->opcode);
	if (!ad->hello && m->opcode != FRL_OP_HELLO)
		return op_refuse(rep, FRL_STATUS_NOT_READY, FRL_REFUSAL_HELLO_MISSING, 0);
	op = &operations[m->opcode];
	if (body < op->body)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_LENGTH,
				 (uint32_t)sizeof(*m) + op->body);
	if (!op->variable && !all_zero((const uint8_t *)(m + 1) + op->body, body - op->body))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, op->body);
	return OP_DONE;
}

/* Replies that must come before this one have not been sent. */
static bool must_wait(const struct admin *ad, const struct frl_msg *m)
{
	return ad->pending_used &&
	       (m->opcode == FRL_OP_HELLO || !(ad->features & FRL_FEATURE_OUT_OF_ORDER));
}

/* False: the message waits. */
static bool work_message(struct card *c, const struct frl_msg *m)
{
	struct admin *ad = &c->admin;
	struct reply *rep = &ad->reply;
	enum outcome outcome;

	if (must_wait(ad, m) || ad->pending_used == ADMIN_PENDING || !reply_buffers(c, 1))
		return false;
	rep->status = FRL_STATUS_OK;
	rep->reason = FRL_REFUSAL_NONE;
	rep->arg = 0;
	rep->len = 0;
	outcome = check(ad, m, rep);
	if (outcome == OP_DONE)
		outcome = operations[m->opcode].handler(c, m + 1, m->length - sizeof(*m), rep);
	if (outcome == OP_AGAIN)
		return false;
	ad->messages++;
	if (outcome == OP_REFUSED)
		rep->len = 0;
	if (outcome == OP_LATER)
		reply_later(c, m->seq, m->opcode, rep);
	else
		reply_now(c, m->seq, m->opcode, rep);
	return true;
}

/* The length of the message cannot be trusted, so nothing behind it can. False: it waits. */
static bool refuse_length(struct card *c, const struct frl_msg *m)
{
	struct reply *rep = &c->admin.reply;

	if (must_wait(&c->admin, m) || !reply_buffers(c, 1))
		return false;
	rep->len = 0;
	op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_LENGTH, m->length);
	reply_now(c, m->seq, m->opcode, rep);
	return true;
}

/* The sum of the next key. False: it is not there yet. */
static bool take_sum(struct card *c, const struct admin_frame *f)
{
	if ((int32_t)(c->update.finished - f->pos) < 0)
		return false;
	c->admin.sum_failed = f->failed;
	c->admin.sum = f->sum[f->next];
	return true;
}

/* False: the message in front waits. */
static bool work_frame(struct card *c, struct admin_frame *f)
{
	const uint8_t *bytes = messages_of(f);

	while (f->len - f->at >= sizeof(struct frl_msg)) {
		const struct frl_msg *m = (const void *)(bytes + f->at);

		if (all_zero(bytes + f->at, sizeof(*m)))
			break; /* Padding of a short frame. */
		if (!well_framed(m, f->len - f->at))
			return refuse_length(c, m);
		if (has_key(m) && !take_sum(c, f))
			return false;
		if (!work_message(c, m))
			return false;
		f->next += has_key(m);
		f->at += m->length;
	}
	if (!all_zero(bytes + f->at, f->len - f->at))
		drop(&c->admin, "bytes that are no message, at", f->at);
	return true;
}

void admin_work(struct card *c)
{
	struct admin *ad = &c->admin;

	hash_frames(c);
	while (ad->frame_hashed && work_frame(c, frame_at(ad, 0))) {
		ad->frame_first = (ad->frame_first + 1) % ad->frame_count;
		ad->frame_used--;
		ad->frame_hashed--;
		hash_frames(c);
	}
}
