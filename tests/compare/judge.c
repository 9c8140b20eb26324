// SPDX-License-Identifier: BSD-3-Clause
/* What ought to come out; see judge.h. */
#include "judge.h"

#include "bins.h"
#include "reach.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define VF_HEADER FRL_VIRTIO_HDR_BYTES

static uint32_t beats_of(size_t len)
{
	return (uint32_t)((len + FRL_DATA_BYTES - 1) / FRL_DATA_BYTES);
}

/* ---- Failures ---- */

bool judge_failed(const struct judge *j)
{
	return j->failed;
}

/* Only the first is told: what follows may be its consequence. */
void judge_fail(struct judge *j, const struct judge_pass *pass, int frame, const char *format, ...)
{
	va_list args;

	if (judge_failed(j))
		return;
	j->failed = true;
	va_start(args, format);
	vfprintf(j->report, format, args);
	va_end(args);
	fputc('\n', j->report);
	if (pass && pass->account)
		fprintf(j->report, "\nThe model's account of frame %u:\n%s", pass->frame->number,
			pass->account);
	j->failed_frame = pass && pass->frame ? (int)pass->frame->number : frame;
	fflush(j->report);
}

static void dump(FILE *file, const char *what, const uint8_t *bytes, size_t len)
{
	fprintf(file, "%s, %zu bytes:", what, len);
	for (size_t i = 0; i < len && i < 320; i++)
		fprintf(file, "%s%02x", i % 32 ? "" : "\n  ", bytes[i]);
	fprintf(file, "%s\n", len > 320 ? "..." : "");
}

/* ---- Frames in ---- */

static void count(uint64_t counter[2], size_t bytes)
{
	counter[0]++;
	counter[1] += bytes;
}

void judge_drop(struct judge *j, enum frl_drop reason)
{
	j->drops[reason]++;
	bins_hit(BINS_DROP, reason);
}

static bool port_exists(uint8_t port)
{
	return port < FRL_N_WIRES || (port >= FRL_PORT_VF0 && port < FRL_PORT_VF0 + FRL_N_VFS);
}

/* What a frame FIFO and ingress refuse: NONE when it goes into the pipeline. */
static enum frl_drop refused(const struct judge *j, const struct plan_packet *packet)
{
	const struct frl_model_meta *meta = &packet->meta;

	if (meta->direct)
		return FRL_DROP_NONE;
	if (packet->source == PLAN_HOST && !port_exists(meta->src_port))
		return FRL_DROP_NO_SUCH_PORT;
	if (packet->offload)
		return FRL_DROP_TX_HEADER;
	if (packet->frame.len > FRL_MAX_FRAME || packet->mac_error)
		return FRL_DROP_WIRE_ERROR;
	if (packet->frame.len < 14)
		return FRL_DROP_RUNT;
	if (!(j->plan->config.enable >> meta->src_port & 1))
		return FRL_DROP_PORT_DOWN;
	return FRL_DROP_NONE;
}

static struct judge_frame *make_frame(uint32_t number, const struct frl_model_meta *meta,
				      const uint8_t *bytes, size_t len)
{
	struct judge_frame *frame = malloc(sizeof(*frame) + len);

	if (!frame)
		abort();
	frame->number = number;
	frame->beats = beats_of(len);
	frame->meta = *meta;
	frame->len = len;
	memcpy(frame->bytes, bytes, len);
	return frame;
}

void judge_sent(struct judge *j, uint32_t number, const struct plan_packet *packet)
{
	enum frl_drop reason = refused(j, packet);
	struct judge_frame *frame;

	reach_frame(packet);
	if (reason) {
		judge_drop(j, reason);
		return;
	}
	frame = make_frame(number, &packet->meta, packet->frame.bytes, packet->frame.len);
	j->frames++;
	j->beats += frame->beats;
	if (packet->source <= PLAN_WIRE1)
		j->wire_beats[packet->source] += frame->beats;
	STAILQ_INSERT_TAIL(packet->meta.direct ? &j->direct : &j->in[packet->meta.src_port], frame,
			   link);
}

/* A frame, or a copy, has ended. */
static void gone(struct judge *j, struct judge_pass *pass)
{
	if (pass->frame) {
		j->frames--;
		j->beats -= pass->frame->beats;
		free(pass->frame);
	}
	free(pass->account);
	free(pass->out);
	free(pass);
}

/* ---- Tables ---- */

static void on_write(void *arg, const struct frl_rtl_trace_write *write)
{
	struct judge *j = arg;

	j->events++;
	if (j->log_count == j->log_room) {
		j->log_room = j->log_room ? 2 * j->log_room : 1024;
		j->log = realloc(j->log, j->log_room * sizeof(*j->log));
		if (!j->log)
			abort();
	}
	j->log[j->log_count++] = *write;
}

static void apply(struct judge *j, struct frl_model_tables *tables,
		  const struct frl_rtl_trace_write *write)
{
	struct frl_rtl_trace_write w = *write;

	if (j->broken == JUDGE_PRIORITY && w.table == FRL_TABLE_SLOT)
		row_set(w.row, FRL_SLOT_PRIO_LSB, 16, ~row_get(w.row, FRL_SLOT_PRIO_LSB, 16));
	if (j->broken == JUDGE_PARITY)
		w.flip = 0;
	if (frl_model_write(tables, w.table, w.index, w.row, w.flip))
		judge_fail(j, NULL, -1, "the model refuses a write: table %s, index 0x%x, flip %u",
			   frl_table_name(w.table), w.index, w.flip);
}

/* For coverage: which leg a frame was given. */
static void note(struct judge *j, uint32_t at)
{
	const struct frl_rtl_trace_write *w = &j->log[at];

	if (w->table == FRL_TABLE_RULE)
		j->rule_leg[w->index] = (uint16_t)row_get(w->row, FRL_RULE_LEG_LSB, FRL_RULE_LEG_W);
	else if (w->table == FRL_TABLE_LEG)
		j->leg_write[w->index] = 1 + at;
}

const uint32_t *judge_leg(const struct judge *j, uint32_t leg)
{
	return j->leg_write[leg] ? j->log[j->leg_write[leg] - 1].row : NULL;
}

/* All writes up to an epoch. It cannot run back, nor ahead of what was written. */
static void advance(struct judge *j, struct frl_model_tables *tables, uint32_t *at, uint32_t epoch,
		    const char *which)
{
	if (*at && (int32_t)(epoch - j->log[*at - 1].epoch) < 0 && j->broken != JUDGE_EPOCH)
		judge_fail(j, NULL, -1, "%s ran back from %u to %u", which, j->log[*at - 1].epoch,
			   epoch);
	while (*at < j->log_count &&
	       ((int32_t)(j->log[*at].epoch - epoch) <= 0 || j->broken == JUDGE_EPOCH)) {
		if (tables == j->action)
			note(j, *at);
		apply(j, tables, &j->log[(*at)++]);
	}
	if (*at ? (int32_t)(epoch - j->log[*at - 1].epoch) > 0 : epoch != 0)
		judge_fail(j, NULL, -1, "%s %u, but the last write known of is %u", which, epoch,
			   *at ? j->log[*at - 1].epoch : 0);
}

/* ---- Verdicts ---- */

static struct judge_frame *next_frame(struct judge *j, const struct frl_rtl_trace_lookup *t)
{
	struct judge_frames *from = t->replica	? &j->replicas
				    : t->direct ? &j->direct
						: &j->in[t->src_port % FRL_N_PORTS];
	struct judge_frame *frame = STAILQ_FIRST(from);

	if (!frame || frame->meta.src_port != t->src_port) {
		judge_fail(j, NULL, -1, "a verdict for a frame that was not sent: port %u%s%s",
			   t->src_port, t->direct ? ", direct" : "", t->replica ? ", replica" : "");
		return NULL;
	}
	STAILQ_REMOVE_HEAD(from, link);
	if (!t->replica && !t->direct && t->src_port < FRL_N_WIRES &&
	    j->plan->silent_wire != t->src_port)
		j->wire_beats[t->src_port] -= frame->beats;
	return frame;
}

/* Ask the model; its answer stays in j->result. */
static struct judge_pass *make_pass(struct judge *j, struct judge_frame *frame)
{
	struct judge_pass *pass = calloc(1, sizeof(*pass));
	struct frl_model_result *r = &j->result;
	FILE *account = NULL;
	size_t size;

	if (!pass)
		abort();
	if (j->accounts)
		account = open_memstream(&pass->account, &size);
	frl_model_pass(j->lookup, j->action, &j->plan->config, &frame->meta, frame->bytes,
		       frame->len, r, account);
	if (account)
		fclose(account);
	pass->frame = frame;
	pass->port = r->port;
	pass->reason = r->reason;
	pass->leave = r->leave;
	pass->pair = r->rxpair;
	pass->next_leg = r->next_leg;
	pass->rule_hit = r->rule_hit;
	pass->rule = r->rule;
	pass->mark = r->mark;
	if (j->broken == JUDGE_META && frame->number % 5 == 0)
		pass->mark ^= 1;
	pass->len = r->len;
	pass->out = malloc(r->len ? r->len : 1);
	if (!pass->out)
		abort();
	memcpy(pass->out, r->frame, r->len);
	if (j->broken == JUDGE_BYTE && frame->number % 7 == 0 && r->len)
		pass->out[frame->number % r->len] ^= 0x10;
	return pass;
}

static void verdict_line(FILE *file, const char *who, const struct frl_rtl_trace_lookup *v)
{
	fprintf(file, "  %-6s drop %-14s port %3u  reason %-16s rule ", who, frl_drop_name(v->drop),
		v->port, frl_punt_name(v->reason));
	if (v->rule_hit)
		fprintf(file, "%u\n", v->rule);
	else
		fputs("none\n", file);
}

/* The chip's verdict against the model's. */
static void compare_verdict(struct judge *j, const struct judge_pass *pass,
			    const struct frl_rtl_trace_lookup *t)
{
	const struct frl_model_result *r = &j->result;
	const struct frl_rtl_trace_lookup model = { .drop = r->drop,
						    .port = r->port,
						    .reason = r->reason,
						    .rule_hit = r->rule_hit,
						    .rule = r->rule };
	bool leg = !t->replica || t->leg == pass->frame->meta.leg;

	if (t->drop == r->drop && (r->drop || t->port == r->port) && t->reason == r->reason &&
	    t->rule_hit == r->rule_hit && (!r->rule_hit || t->rule == r->rule) && leg)
		return;
	if (judge_failed(j))
		return;
	fprintf(j->report, "verdict on frame %u%s%s (epochs %u, %u):\n", pass->frame->number,
		t->direct ? ", direct" : "", t->replica ? ", replica" : "", t->epoch_lookup,
		t->epoch_action);
	verdict_line(j->report, "model", &model);
	verdict_line(j->report, "chip", t);
	if (!leg)
		fprintf(j->report, "  leg %u, but the copy was made for leg %u\n", t->leg,
			pass->frame->meta.leg);
	judge_fail(j, pass, -1, "the verdicts differ");
}

static void on_lookup(void *arg, const struct frl_rtl_trace_lookup *t)
{
	struct judge *j = arg;
	struct judge_frame *frame = next_frame(j, t);
	struct judge_pass *pass;

	j->events++;
	if (!frame)
		return;
	advance(j, j->lookup, &j->lookup_at, t->epoch_lookup, "epoch_lookup");
	advance(j, j->action, &j->action_at, t->epoch_action, "epoch_action");
	pass = make_pass(j, frame);
	compare_verdict(j, pass, t);
	if (!t->replica && !t->direct)
		count(j->ports[t->src_port][FRL_PORT_COUNTER_RX], frame->len);
	if (j->result.counted && !(j->broken == JUDGE_COUNTER && j->passes % 50 == 7))
		count(j->rules[j->result.rule], frame->len);
	j->passes++;
	reach_pass(j, frame, t);
	STAILQ_INSERT_TAIL(&j->leaving, pass, link);
}

/* ---- Frames out ---- */

static void compare_bytes(struct judge *j, const struct judge_pass *pass, const char *where,
			  const uint8_t *bytes, size_t len)
{
	size_t i = 0;

	if (len == pass->len && !memcmp(bytes, pass->out, len))
		return;
	if (judge_failed(j))
		return;
	while (i < len && i < pass->len && bytes[i] == pass->out[i])
		i++;
	fprintf(j->report, "frame %u on %s differs from byte %zu on\n", pass->frame->number, where,
		i);
	dump(j->report, "as received", pass->frame->bytes, pass->frame->len);
	dump(j->report, "model", pass->out, pass->len);
	dump(j->report, "chip", bytes, len);
	judge_fail(j, pass, -1, "the frames that leave differ");
}

static void arrived(struct judge *j, struct judge_passes *way, const char *where,
		    const uint8_t *bytes, size_t len)
{
	struct judge_pass *pass = STAILQ_FIRST(way);

	if (!pass) {
		if (!judge_failed(j))
			dump(j->report, "chip", bytes, len);
		judge_fail(j, NULL, -1, "a frame on %s that is not expected", where);
		return;
	}
	STAILQ_REMOVE_HEAD(way, link);
	compare_bytes(j, pass, where, bytes, len);
	gone(j, pass);
}

/* ---- What became of it ---- */

/* Where a frame is waited for; NULL: it ends in the host interface. */
static struct judge_passes *way_out(struct judge *j, const struct judge_pass *pass)
{
	if (pass->port < FRL_N_WIRES)
		return &j->wire[pass->port];
	if (pass->port == FRL_PORT_HOST)
		return &j->host[pass->pair % PLAN_PAIRS];
	if (pass->port >= FRL_PORT_VF0 && pass->port < FRL_PORT_VF0 + PLAN_VFS)
		return &j->vf[pass->port - FRL_PORT_VF0];
	return NULL;
}

static void leaves(struct judge *j, struct judge_pass *pass)
{
	struct judge_passes *way = way_out(j, pass);
	const struct frl_model_meta *meta = &pass->frame->meta;

	bool starved = pass->port == FRL_PORT_VF0 + PLAN_STARVED && j->starved++ >= CARD_STARVED;

	if (!way || starved) { /* its queue has no driver, or no buffer */
		judge_drop(j, starved ? FRL_DROP_NO_BUFFER : FRL_DROP_QUEUE_STOPPED);
		gone(j, pass);
		return;
	}
	count(j->ports[pass->port][FRL_PORT_COUNTER_TX], pass->len);
	if (meta->direct)
		count(j->ports[pass->port][FRL_PORT_COUNTER_TX_SLOW], pass->len);
	if (pass->port == FRL_PORT_HOST && pass->reason) {
		count(j->ports[meta->src_port][FRL_PORT_COUNTER_RX_SLOW], pass->len);
		count(j->punts[pass->reason % 32], pass->len);
	}
	if (j->broken == JUDGE_LOST && j->leaves % 40 == 9)
		gone(j, pass);
	else
		STAILQ_INSERT_TAIL(way, pass, link);
}

/* Room is the only thing that the model does not know; and it may lack only where much is in flight. */
static bool may_lack_room(const struct judge *j, const struct judge_pass *pass, uint8_t drop)
{
	if (pass->leave || j->plan->gentle)
		return false;
	if (pass->port < FRL_N_WIRES)
		return drop == FRL_DROP_WIRE_QUEUE_FULL && j->plan->stalls.wire_tx;
	return drop == FRL_DROP_HOST_QUEUE_FULL;
}

static void copy(struct judge *j, const struct judge_pass *pass)
{
	struct frl_model_meta meta = pass->frame->meta;
	struct judge_frame *frame;

	meta.direct = false;
	meta.replica = true;
	meta.leg = pass->next_leg;
	meta.rule = pass->rule;
	frame = make_frame(pass->frame->number, &meta, pass->frame->bytes, pass->frame->len);
	j->frames++;
	j->beats += frame->beats;
	STAILQ_INSERT_TAIL(&j->replicas, frame, link);
}

/* A frame may come out in the cycle in which it is told that it leaves, and before that is told. `all`: no longer. */
static void match_wire(struct judge *j, uint32_t wire, bool all)
{
	struct judge_frame *came;

	while ((came = STAILQ_FIRST(&j->came[wire])) && (all || !STAILQ_EMPTY(&j->wire[wire]))) {
		STAILQ_REMOVE_HEAD(&j->came[wire], link);
		arrived(j, &j->wire[wire], wire ? "wire 1" : "wire 0", came->bytes, came->len);
		free(came);
	}
}

static void on_leave(void *arg, const struct frl_rtl_trace_leave *t)
{
	struct judge *j = arg;
	struct judge_pass *pass = STAILQ_FIRST(&j->leaving);

	j->events++;
	j->leaves++;
	if (!pass) {
		judge_fail(j, NULL, -1, "a frame left that had no verdict");
		return;
	}
	STAILQ_REMOVE_HEAD(&j->leaving, link);
	if (t->drop != pass->leave && !may_lack_room(j, pass, t->drop))
		judge_fail(j, pass, -1, "frame %u leaves with drop reason %s, the model says %s",
			   pass->frame->number, frl_drop_name(t->drop), frl_drop_name(pass->leave));
	if (t->copied && !pass->next_leg)
		judge_fail(j, pass, -1, "frame %u was copied, but has no further leg",
			   pass->frame->number);
	if (pass->next_leg && !t->copied) {
		if (j->plan->gentle)
			judge_fail(j, pass, -1, "frame %u was not copied, and there was room",
				   pass->frame->number);
		judge_drop(j, FRL_DROP_REPLICA_FULL);
	}
	if (t->copied)
		copy(j, pass);
	if (t->drop) {
		judge_drop(j, t->drop);
		gone(j, pass);
	} else {
		leaves(j, pass);
	}
	for (uint32_t w = 0; w < FRL_N_WIRES; w++)
		match_wire(j, w, false);
}

void judge_turn(struct judge *j)
{
	for (uint32_t w = 0; w < FRL_N_WIRES; w++)
		match_wire(j, w, true);
}

/* ---- What the queues hand out ---- */

static void on_tx(void *arg, unsigned int wire, const uint8_t *frame, size_t len)
{
	struct judge *j = arg;
	const struct frl_model_meta none = { 0 };
	struct judge_frame *came = make_frame(0, &none, frame, len);

	j->events++;
	STAILQ_INSERT_TAIL(&j->came[wire], came, link);
	match_wire(j, wire, false);
}

/* struct frl_pkt_meta as it must stand before the frame. */
static struct frl_pkt_meta meta_of(const struct judge_pass *pass)
{
	const struct frl_model_meta *m = &pass->frame->meta;

	return (struct frl_pkt_meta){
		.virtio = { [10] = 1 },
		.src_port = m->src_port,
		.flags = (uint8_t)((pass->rule_hit ? FRL_META_FLAG_RULE : 0) |
				   (pass->mark ? FRL_META_FLAG_MARK : 0)),
		.reason = pass->reason,
		.rule = pass->rule_hit ? pass->rule : 0,
		.mark = pass->mark,
		.table_id = m->table_id,
		.ct_state = m->ct_state,
		.ct_zone = m->ct_zone,
		.ct_mark = m->ct_mark,
	};
}

void judge_host(struct judge *j, unsigned int pair, const uint8_t *buffer, uint32_t len)
{
	struct judge_pass *pass = STAILQ_FIRST(&j->host[pair]);
	struct frl_pkt_meta meta = { 0 };

	j->events++;
	if (len < sizeof(meta)) {
		judge_fail(j, pass, -1, "a buffer of %u bytes on queue pair %u", len, pair);
		return;
	}
	if (pass)
		meta = meta_of(pass);
	if (pass && memcmp(buffer, &meta, sizeof(meta)) && !judge_failed(j)) {
		dump(j->report, "model", (const uint8_t *)&meta, sizeof(meta));
		dump(j->report, "chip", buffer, sizeof(meta));
		judge_fail(j, pass, -1, "struct frl_pkt_meta of frame %u differs",
			   pass->frame->number);
	}
	arrived(j, &j->host[pair], "the host's slow path", buffer + sizeof(meta),
		len - sizeof(meta));
}

void judge_vf(struct judge *j, unsigned int vf, const uint8_t *buffer, uint32_t len)
{
	const uint8_t header[VF_HEADER] = { [10] = 1 };

	j->events++;
	if (len < VF_HEADER || memcmp(buffer, header, VF_HEADER)) {
		judge_fail(j, STAILQ_FIRST(&j->vf[vf]), -1, "virtio header of a frame to VF %u",
			   vf);
		return;
	}
	arrived(j, &j->vf[vf], "a VF's queue", buffer + VF_HEADER, len - VF_HEADER);
}

int judge_start(struct judge *j, const struct plan *plan, const struct tables *tables,
		struct card *card)
{
	memset(j, 0, sizeof(*j));
	j->plan = plan;
	j->tables = tables;
	j->failed_frame = -1;
	for (uint32_t p = 0; p < FRL_N_PORTS; p++)
		STAILQ_INIT(&j->in[p]);
	STAILQ_INIT(&j->direct);
	STAILQ_INIT(&j->replicas);
	STAILQ_INIT(&j->leaving);
	for (uint32_t w = 0; w < FRL_N_WIRES; w++) {
		STAILQ_INIT(&j->wire[w]);
		STAILQ_INIT(&j->came[w]);
	}
	for (uint32_t p = 0; p < PLAN_PAIRS; p++)
		STAILQ_INIT(&j->host[p]);
	for (uint32_t v = 0; v < PLAN_VFS; v++)
		STAILQ_INIT(&j->vf[v]);
	j->lookup = frl_model_tables_create(&plan->sizes);
	j->action = frl_model_tables_create(&plan->sizes);
	j->rules = calloc(plan->sizes.rules, sizeof(*j->rules));
	j->rule_leg = calloc(plan->sizes.rules, sizeof(*j->rule_leg));
	j->leg_write = calloc(plan->sizes.legs, sizeof(*j->leg_write));
	j->report = open_memstream(&j->failure, &j->report_size);
	if (!j->lookup || !j->action || !j->rules || !j->rule_leg || !j->leg_write || !j->report)
		return -ENOMEM;
	card->arg = j;
	card->on_tx = on_tx;
	card->on_write = on_write;
	card->on_lookup = on_lookup;
	card->on_leave = on_leave;
	return 0;
}
