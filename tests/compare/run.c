// SPDX-License-Identifier: BSD-3-Clause
/* One case from beginning to end; see run.h. */
#define _GNU_SOURCE
#include "run.h"

#include "bins.h"
#include "reach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Cycles without any sign of life while frames are inside: more than the longest frame through the slowest stall. */
#define SILENCE 60000
/* Cycles in which the chip must come to rest. */
#define REST 400000
/* Beats of a wire's frame FIFO that the harness fills, so that only the chip's own slowness could overflow it. */
#define WIRE_WINDOW 340
/* Frames in flight: with four legs each, all to one queue, they find a buffer in it (3/4 of CARD_QUEUE_SIZE). */
#define FRAMES_MAX (CARD_QUEUE_SIZE * 3 / 4 / PLAN_LEGS - 8)
/* Beats in flight when room must never lack: the replica loop has 512, with all else that is copied. */
#define GENTLE_BEATS 96
/* Cycles in which ingress reads a full FIFO, while another source is read in turn with it. */
#define DOWN_CYCLES 2000
/* Seconds that a child may take. */
#define CHILD_SECONDS 120

struct run {
	struct card *card;
	struct plan plan;
	struct tables tables;
	struct judge judge;
	struct rng rng;
	uint32_t next; /* packet to be sent */
	bool made;     /* it stands in packet */
	struct plan_packet packet;
	/* Beats for a disabled port, and when the last went: no trace tells when they are gone. */
	uint32_t down_beats[FRL_N_WIRES];
	uint64_t down_at[FRL_N_WIRES];
	uint64_t quiet_since, events;
};

/* ---- Sending ---- */

/* A wire's frame may enter now: its FIFO has room for it. */
static bool wire_room(struct run *run, uint32_t wire, uint32_t beats)
{
	const struct judge *j = &run->judge;

	uint64_t now = frl_rtl_cycles(run->card->rtl);

	if (run->plan.config.enable >> wire & 1)
		return !j->wire_beats[wire] || j->wire_beats[wire] + beats <= WIRE_WINDOW;
	if (!j->frames && !frl_rtl_rx_queued(run->card->rtl, wire) &&
	    now > run->down_at[wire] + DOWN_CYCLES)
		run->down_beats[wire] = 0;
	if (run->down_beats[wire] && run->down_beats[wire] + beats > WIRE_WINDOW)
		return false;
	run->down_beats[wire] += beats;
	run->down_at[wire] = now;
	return true;
}

static bool may_send(struct run *run)
{
	const struct plan_packet *p = &run->packet;
	uint32_t beats = (p->frame.len + 63) / 64;
	const struct judge *j = &run->judge;

	if (run->plan.flood && p->source <= PLAN_WIRE1)
		return frl_rtl_rx_queued(run->card->rtl, p->source) < 8;
	if (j->frames >= FRAMES_MAX)
		return false;
	if (run->plan.gentle && j->frames && j->beats + beats > GENTLE_BEATS)
		return false;
	return p->source > PLAN_WIRE1 || wire_room(run, p->source, beats);
}

/* Frames with one source port stay in order: they go through one queue. */
static unsigned int pair_of(const struct frl_model_meta *meta)
{
	return meta->direct ? 0 : 1 + meta->src_port % (PLAN_PAIRS - 1);
}

static bool send_host(struct run *run)
{
	const struct plan_packet *p = &run->packet;
	const struct frl_model_meta *m = &p->meta;
	/* What a direct frame says about lookups, and a looked-up one about marks, must not matter. */
	uint32_t noise = (uint32_t)rng_next(&run->rng);
	const struct frl_pkt_meta meta = {
		.src_port = m->direct ? (uint8_t)noise : m->src_port,
		.dst_port = m->direct ? m->dst_port : (uint8_t)noise,
		.flags = m->direct ? FRL_META_FLAG_DIRECT : 0,
		.mark = m->direct ? m->mark : noise,
		.table_id = m->direct ? (uint8_t)noise : m->table_id,
		.ct_state = m->direct ? (uint8_t)noise : m->ct_state,
		.ct_zone = m->direct ? (uint16_t)noise : m->ct_zone,
		.ct_mark = m->direct ? noise : m->ct_mark,
	};

	return card_send(run->card, &run->card->tx[pair_of(m)], &meta, sizeof(meta), p->frame.bytes,
			 p->frame.len, rng_range(&run->rng, 1, 3));
}

/* struct virtio_net_hdr (virtio 1.2, 5.1.6): no offload was negotiated. */
static bool send_vf(struct run *run)
{
	const struct plan_packet *p = &run->packet;
	uint8_t header[FRL_VIRTIO_HDR_BYTES] = { 0 };

	if (p->offload)
		header[rng_below(&run->rng, 2)] = 1;
	return card_send(run->card, &run->card->vf_tx[p->source - PLAN_VF0], header, sizeof(header),
			 p->frame.bytes, p->frame.len, rng_range(&run->rng, 1, 3));
}

static bool send(struct run *run)
{
	const struct plan_packet *p = &run->packet;
	struct frl_rtl *rtl = run->card->rtl;

	switch (p->source) {
	case PLAN_WIRE0:
	case PLAN_WIRE1:
		return !frl_rtl_rx(rtl, p->source, p->frame.bytes, p->frame.len,
				   frl_rtl_cycles(rtl) + p->gap, p->mac_error);
	case PLAN_VF0:
	case PLAN_VF1:
		return send_vf(run);
	default:
		return send_host(run);
	}
}

static void kick(struct run *run)
{
	const struct plan_packet *p = &run->packet;
	struct card *card = run->card;

	if (p->source >= PLAN_VF0)
		card_kick(card, &card->vf_tx[p->source - PLAN_VF0]);
	else if (p->source >= PLAN_HOST)
		card_kick(card, &card->tx[pair_of(&p->meta)]);
}

/* One frame, if there is one and it may go; true when it went. */
static bool send_one(struct run *run)
{
	while (run->next < run->plan.packets && run->plan.reduce->drop_packet[run->next])
		run->next++;
	if (run->next >= run->plan.packets)
		return false;
	if (!run->made)
		plan_packet(&run->plan, run->next, &run->packet);
	run->made = true;
	if (!may_send(run) || !send(run))
		return false;
	judge_sent(&run->judge, run->next, &run->packet);
	kick(run);
	run->made = false;
	run->next++;
	return true;
}

/* ---- Receiving ---- */

static void poll_queues(struct run *run)
{
	struct card *card = run->card;
	uint8_t *buffer;
	uint32_t len;

	for (unsigned int p = 0; p < PLAN_PAIRS; p++) {
		card_reap(card, &card->tx[p]);
		while ((buffer = card_take(card, &card->rx[p], &len))) {
			judge_host(&run->judge, p, buffer, len);
			card_give(card, &card->rx[p], buffer);
		}
	}
	for (unsigned int v = 0; v < PLAN_VFS; v++) {
		card_reap(card, &card->vf_tx[v]);
		while ((buffer = card_take(card, &card->vf_rx[v], &len))) {
			judge_vf(&run->judge, v, buffer, len);
			if (v != PLAN_STARVED)
				card_give(card, &card->vf_rx[v], buffer);
		}
	}
}

/* ---- The run ---- */

static bool over(struct run *run)
{
	if (run->card->error)
		judge_fail(&run->judge, NULL, -1, "%s", run->card->error);
	if (run->tables.error)
		judge_fail(&run->judge, NULL, -1, "%s", run->tables.error);
	return judge_failed(&run->judge);
}

/* Frames inside, and nothing comes out: a hang. */
static void watch(struct run *run)
{
	uint64_t now = frl_rtl_cycles(run->card->rtl);

	uint64_t events = run->judge.events + run->next;

	if (events != run->events) {
		run->events = events;
		run->quiet_since = now;
	} else if (now - run->quiet_since > SILENCE) {
		judge_end(&run->judge, run->card->counters);
		judge_fail(&run->judge, NULL, -1, "the chip hangs: nothing came for %d cycles",
			   SILENCE);
	}
}

static void turn(struct run *run, bool more)
{
	tables_step(&run->tables, more && run->plan.updates);
	frl_rtl_step(run->card->rtl, rng_range(&run->rng, 1, 24));
	judge_turn(&run->judge);
	poll_queues(run);
	watch(run);
}

static void settle_tables(struct run *run)
{
	for (uint32_t i = 0; i < REST / 64 && card_tail(run->card) != run->card->upd_head; i++)
		frl_rtl_step(run->card->rtl, 64);
	run->card->upd_room = CARD_RING;
	if (card_tail(run->card) != run->card->upd_head)
		judge_fail(&run->judge, NULL, -1, "the update ring stands still");
}

static void frames(struct run *run)
{
	while (run->next < run->plan.packets && !over(run)) {
		uint32_t burst = rng_range(&run->rng, 1, 8);

		while (burst-- && send_one(run))
			;
		turn(run, true);
	}
	while ((judge_waits(&run->judge, run->card) || run->tables.pendings) && !over(run))
		turn(run, false);
}

/* The clock may stop only when nothing is owed: also the counters in host memory are right then. */
static void rest(struct run *run)
{
	const struct frl_rtl_stalls none = { 0 };

	frl_rtl_set_stalls(run->card->rtl, 1, &none);
	if (!frl_rtl_run_idle(run->card->rtl, REST))
		judge_fail(&run->judge, NULL, -1, "the chip does not come to rest in %d cycles",
			   REST);
	poll_queues(run);
	if (card_reg(run->card, FRL_REG_CHIP_UPD_ERROR))
		judge_fail(&run->judge, NULL, -1, "UPD_ERROR is set");
	over(run);
	judge_end(&run->judge, run->card->counters);
}

static void tell(struct run *run, struct run_result *result)
{
	struct judge *j = &run->judge;

	if (judge_failed(j)) {
		frl_rtl_run_idle(run->card->rtl, REST);
		judge_drops(j, run->card->counters);
	}
	for (uint32_t op = 0; op < TABLES_OPS; op++) {
		result->updates += run->tables.done[op];
		for (uint64_t n = run->tables.done[op]; n; n--)
			bins_hit(BINS_UPDATE, op);
	}
	result->passes = j->passes;
	result->packets = run->next;
	for (uint32_t i = 0; i < run->plan.rules; i++)
		result->rules += !run->plan.reduce->drop_rule[i];
	fflush(j->report);
	result->failed = judge_failed(j);
	result->frame = j->failed_frame;
	snprintf(result->report, sizeof(result->report), "%s", j->failure ? j->failure : "");
}

void run_case(struct card *card, uint64_t seed, const struct plan_reduce *reduce,
	      enum judge_break broken, bool accounts, struct run_result *result)
{
	struct run *run = calloc(1, sizeof(*run));
	uint64_t start = frl_rtl_cycles(card->rtl);

	if (!run)
		abort();
	run->card = card;
	plan_make(&run->plan, seed, &card->sizes, reduce);
	run->rng = rng_of(seed, 200, 0);
	reach_case(&run->plan);
	card_configure(card, &run->plan.config);
	if (judge_start(&run->judge, &run->plan, &run->tables, card) ||
	    tables_start(&run->tables, card, &run->plan))
		abort();
	run->judge.broken = broken;
	run->judge.accounts = accounts;
	run->tables.cleared = judge_cleared;
	run->tables.arg = &run->judge;
	settle_tables(run);
	frl_rtl_set_stalls(card->rtl, seed | 1, &run->plan.stalls);
	run->quiet_since = frl_rtl_cycles(card->rtl);
	frames(run);
	if (!over(run))
		rest(run);
	tell(run, result);
	result->cycles = frl_rtl_cycles(card->rtl) - start;
}

struct run_result *run_result_create(void)
{
	void *mem = mmap(NULL, sizeof(struct run_result), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

void run_child(struct card *card, uint64_t seed, const struct plan_reduce *reduce,
	       enum judge_break broken, bool accounts, struct run_result *result)
{
	int status = 0;
	pid_t pid;

	memset(result, 0, sizeof(*result));
	result->frame = -1;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		abort();
	if (!pid) {
		alarm(CHILD_SECONDS);
		run_case(card, seed, reduce, broken, accounts, result);
		frl_rtl_destroy(card->rtl); /* with coverage: adds what the case reached */
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status) {
		result->failed = true;
		snprintf(result->report, sizeof(result->report), "the process ended with %s %d\n",
			 WIFSIGNALED(status) ? "signal" : "status",
			 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
}
