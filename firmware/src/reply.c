/* SPDX-License-Identifier: BSD-3-Clause */
#include "reply.h"

#include <string.h>

static bool reclaim(struct admin *ad)
{
	bool any = false;
	uint32_t len;
	uint16_t id;

	while (vq_take(&ad->tx, &id, &len)) {
		ad->tx_free[ad->tx_free_count++] = id;
		any = true;
	}
	return any;
}

bool reply_buffers(struct card *c, uint32_t n)
{
	struct admin *ad = &c->admin;

	if (ad->tx_free_count >= n)
		return true;
	reclaim(ad);
	if (ad->tx_free_count < n && !ad->tx_wanted) {
		/* Asked for the interrupt first, looked again after: none is missed. */
		ad->tx_wanted = true;
		vq_interrupts(&ad->tx, true);
		reclaim(ad);
	}
	if (ad->tx_free_count < n)
		return false;
	if (ad->tx_wanted) {
		ad->tx_wanted = false;
		vq_interrupts(&ad->tx, false);
	}
	return true;
}

static void send_open(struct admin *ad)
{
	if (!ad->tx_open)
		return;
	vq_post(&ad->tx, ad->tx_id, ad->tx_len);
	ad->tx_open = false;
}

static void open_frame(struct admin *ad)
{
	struct frl_pkt_meta *meta;

	ad->tx_id = ad->tx_free[--ad->tx_free_count];
	meta = (void *)vq_buffer(&ad->tx, ad->tx_id);
	memset(meta, 0, sizeof(*meta));
	meta->src_port = FRL_PORT_FW;
	meta->dst_port = FRL_PORT_HOST;
	meta->flags = FRL_META_FLAG_DIRECT;
	ad->tx_len = sizeof(*meta);
	ad->tx_open = true;
}

static void put_message(struct admin *ad, const struct frl_msg *m, const void *body)
{
	uint8_t *to;

	if (ad->tx_open &&
	    (ad->tx_len + m->length > TX_BYTES || !(ad->features & FRL_FEATURE_BATCH)))
		send_open(ad);
	if (!ad->tx_open)
		open_frame(ad);
	to = vq_buffer(&ad->tx, ad->tx_id) + ad->tx_len;
	memcpy(to, m, sizeof(*m));
	memcpy(to + sizeof(*m), body, m->length - sizeof(*m));
	ad->tx_len += m->length;
}

void reply_now(struct card *c, uint32_t seq, uint16_t opcode, const struct reply *rep)
{
	struct frl_msg m = { .seq = seq,
			     .opcode = opcode,
			     .length = (uint16_t)(sizeof(m) + rep->len),
			     .status = rep->status,
			     .reason = rep->reason,
			     .arg = rep->arg };

	put_message(&c->admin, &m, rep->body);
}

void reply_later(struct card *c, uint32_t seq, uint16_t opcode, const struct reply *rep)
{
	struct admin *ad = &c->admin;
	uint32_t at = (ad->pending_first + ad->pending_used++) % ADMIN_PENDING;
	struct admin_pending *p = &ad->pending[at];

	*p = (struct admin_pending){
		.pos = c->update.head, .seq = seq, .opcode = opcode, .len = (uint16_t)rep->len
	};
	memcpy(p->body, rep->body, rep->len);
}

static bool is_finished(const struct card *c, const struct admin_pending *p)
{
	return (int32_t)(c->update.finished - p->pos) >= 0;
}

void admin_batch_failed(struct card *c)
{
	struct admin *ad = &c->admin;

	for (uint32_t i = 0; i < ad->pending_used; i++) {
		struct admin_pending *p = &ad->pending[(ad->pending_first + i) % ADMIN_PENDING];

		if (is_finished(c, p))
			p->failed = true;
	}
	admin_sums_failed(c);
}

static void send_pending(struct admin *ad, const struct admin_pending *p)
{
	struct frl_msg m = { .seq = p->seq,
			     .opcode = p->opcode,
			     .length = (uint16_t)(sizeof(m) + p->len) };

	if (p->failed) {
		m.length = sizeof(m);
		m.status = FRL_STATUS_FAILED;
		m.reason = FRL_REFUSAL_HW_UPDATE;
	}
	put_message(ad, &m, p->body);
}

void admin_replies(struct card *c)
{
	struct admin *ad = &c->admin;

	while (ad->pending_used && is_finished(c, &ad->pending[ad->pending_first]) &&
	       reply_buffers(c, 1)) {
		send_pending(ad, &ad->pending[ad->pending_first]);
		ad->pending_first = (ad->pending_first + 1) % ADMIN_PENDING;
		ad->pending_used--;
	}
}

void admin_flush(struct card *c)
{
	send_open(&c->admin);
	vq_kick(&c->admin.tx, 1);
}

bool admin_event(struct card *c, uint16_t opcode, const void *body, uint32_t len)
{
	struct frl_msg m = { .opcode = opcode, .length = (uint16_t)(sizeof(m) + len) };

	if (!c->admin.hello)
		return true;
	if (!reply_buffers(c, 1))
		return false;
	put_message(&c->admin, &m, body);
	return true;
}
