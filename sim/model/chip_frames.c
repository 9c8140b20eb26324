// SPDX-License-Identifier: BSD-3-Clause
/* Frames: wires in, passes through the packet model, copies, egress queues. */
#include "chip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Shortest frame of a port: an Ethernet header. */
#define FRAME_MIN 14

struct chip_frame *chip_frame_make(const void *bytes, size_t len)
{
	struct chip_frame *frame = calloc(1, sizeof(*frame) + len);

	if (!frame)
		return NULL;
	frame->len = len;
	memcpy(frame->bytes, bytes, len);
	return frame;
}

void chip_frames_free(struct chip_frames *frames)
{
	struct chip_frame *frame;

	while ((frame = STAILQ_FIRST(frames))) {
		STAILQ_REMOVE_HEAD(frames, link);
		free(frame);
	}
}

unsigned int chip_beats(size_t len)
{
	return (unsigned int)(len + FRL_DATA_BYTES - 1) / FRL_DATA_BYTES;
}

static unsigned int wires(const struct frl_rtl *chip)
{
	return chip->config.wires;
}

/* ---- Egress ---- */

static void tell_tx(struct frl_rtl *chip, unsigned int wire, const uint8_t *bytes, size_t len)
{
	if (chip->ops->tx)
		chip->ops->tx(chip->arg, wire, bytes, len, chip->cycles);
}

/* A wire's queue takes room only while the far end takes nothing. */
static uint8_t to_wire(struct frl_rtl *chip, unsigned int w, const struct frl_model_result *result)
{
	struct chip_wire *wire = &chip->wires[w];
	unsigned int beats = chip_beats(result->len);
	struct chip_frame *frame;

	if (wire->tx_ready && STAILQ_EMPTY(&wire->tx)) {
		tell_tx(chip, w, result->frame, result->len);
		return FRL_DROP_NONE;
	}
	if (wire->tx_beats + beats > FRL_WIRE_BEATS)
		return FRL_DROP_WIRE_QUEUE_FULL;
	frame = chip_frame_make(result->frame, result->len);
	if (!frame)
		return FRL_DROP_WIRE_QUEUE_FULL;
	wire->tx_beats += beats;
	STAILQ_INSERT_TAIL(&wire->tx, frame, link);
	return FRL_DROP_NONE;
}

static struct chip_queue *queue_of(struct frl_rtl *chip, const struct frl_model_result *result)
{
	if (result->port == FRL_PORT_HOST)
		return chip_queue(chip, FRL_FN_PF, 2 * result->rxpair);
	if (result->port == FRL_PORT_FW)
		return chip_queue(chip, FRL_FN_FW, 0);
	return chip_queue(chip, FRL_FN_VF0 + result->port - FRL_PORT_VF0, 0);
}

static uint8_t to_host(struct frl_rtl *chip, const struct frl_model_meta *meta,
		       const struct frl_model_result *result)
{
	unsigned int beats = chip_beats(result->len);
	struct chip_frame *frame;

	if (chip->rx.beats + beats > FRL_HOST_BEATS)
		return FRL_DROP_HOST_QUEUE_FULL;
	frame = chip_frame_make(result->frame, result->len);
	if (!frame)
		return FRL_DROP_HOST_QUEUE_FULL;
	frame->meta = *meta;
	frame->meta.mark = result->mark;
	frame->meta.rule = result->rule;
	frame->rule_hit = result->rule_hit;
	frame->port = result->port;
	frame->reason = result->reason;
	frame->queue = queue_of(chip, result);
	chip->rx.beats += beats;
	STAILQ_INSERT_TAIL(&chip->rx.frames, frame, link);
	return FRL_DROP_NONE;
}

/* NONE, or why there was no room. */
static uint8_t leave(struct frl_rtl *chip, const struct frl_model_meta *meta,
		     const struct frl_model_result *result)
{
	uint8_t drop;

	if (result->port >= wires(chip))
		return to_host(chip, meta, result);
	drop = to_wire(chip, result->port, result);
	if (drop)
		return drop;
	chip_count_port(chip, result->port, FRL_PORT_COUNTER_TX, result->len);
	if (meta->direct && meta->src_port == FRL_PORT_HOST)
		chip_count_port(chip, result->port, FRL_PORT_COUNTER_TX_SLOW, result->len);
	return FRL_DROP_NONE;
}

/* ---- A pass ---- */

static bool copy(struct frl_rtl *chip, const struct frl_model_meta *meta, const uint8_t *bytes,
		 size_t len)
{
	struct chip_frame *frame = chip_frame_make(bytes, len);

	if (!frame) {
		chip_count_drop(chip, FRL_DROP_REPLICA_FULL);
		return false;
	}
	frame->meta = *meta;
	frame->meta.replica = true;
	frame->meta.leg = chip->result.next_leg;
	frame->meta.rule = chip->result.rule;
	STAILQ_INSERT_TAIL(&chip->replicas, frame, link);
	return true;
}

static void tell_lookup(const struct frl_rtl *chip, const struct frl_model_meta *meta)
{
	const struct frl_model_result *result = &chip->result;
	const struct frl_rtl_trace_lookup lookup = {
		.epoch_lookup = chip->epoch,
		.epoch_action = chip->epoch,
		.rule = result->rule,
		.leg = meta->leg,
		.src_port = meta->src_port,
		.port = result->port,
		.reason = result->reason,
		.drop = result->drop,
		.direct = meta->direct,
		.replica = meta->replica,
		.rule_hit = result->rule_hit,
	};

	if (chip->ops->trace_lookup)
		chip->ops->trace_lookup(chip->arg, &lookup);
}

static void pass(struct frl_rtl *chip, const struct frl_model_meta *meta, const uint8_t *bytes,
		 size_t len)
{
	struct frl_model_result *result = &chip->result;
	struct frl_rtl_trace_leave told = { 0 };

	frl_model_pass(chip->tables, chip->tables, &chip->config, meta, bytes, len, result, NULL);
	tell_lookup(chip, meta);
	if (result->counted)
		chip_count(chip, FRL_COUNTER_RULE(chip_sizes.tables.rules) + result->rule, len);
	if (result->next_leg)
		told.copied = copy(chip, meta, bytes, len);
	told.drop = result->leave ? result->leave : leave(chip, meta, result);
	if (told.drop)
		chip_count_drop(chip, told.drop);
	if (chip->ops->trace_leave)
		chip->ops->trace_leave(chip->arg, &told);
}

/* What the source's FIFO and ingress refuse: a frame that is no frame, and a port that is down. */
static uint8_t enters(const struct frl_rtl *chip, const struct frl_model_meta *meta, size_t len,
		      bool error)
{
	if (error || len > FRL_MAX_FRAME)
		return FRL_DROP_WIRE_ERROR;
	if (len < FRAME_MIN && !meta->direct)
		return FRL_DROP_RUNT;
	return chip->config.enable >> meta->src_port & 1 ? FRL_DROP_NONE : FRL_DROP_PORT_DOWN;
}

static void enter(struct frl_rtl *chip, const struct frl_model_meta *meta, const uint8_t *bytes,
		  size_t len, bool error)
{
	uint8_t drop = enters(chip, meta, len, error);

	if (drop) {
		chip_count_drop(chip, drop);
		return;
	}
	if (!meta->direct)
		chip_count_port(chip, meta->src_port, FRL_PORT_COUNTER_RX, len);
	pass(chip, meta, bytes, len);
}

void chip_frame_in(struct frl_rtl *chip, const struct frl_model_meta *meta, const uint8_t *bytes,
		   size_t len)
{
	enter(chip, meta, bytes, len, false);
}

/* ---- A cycle ---- */

static void replica_step(struct frl_rtl *chip)
{
	struct chip_frame *frame = STAILQ_FIRST(&chip->replicas);

	STAILQ_REMOVE_HEAD(&chip->replicas, link);
	pass(chip, &frame->meta, frame->bytes, frame->len);
	free(frame);
}

static void wire_in(struct frl_rtl *chip, unsigned int w)
{
	struct chip_wire *wire = &chip->wires[w];
	struct chip_frame *frame = STAILQ_FIRST(&wire->rx);
	const struct frl_model_meta meta = { .src_port = FRL_PORT_WIRE0 + w };

	if (!frame || frame->not_before > chip->cycles)
		return;
	STAILQ_REMOVE_HEAD(&wire->rx, link);
	wire->rx_count--;
	wire->rx_first = chip->cycles;
	enter(chip, &meta, frame->bytes, frame->len, frame->error);
	free(frame);
}

static void wire_out(struct frl_rtl *chip, unsigned int w)
{
	struct chip_wire *wire = &chip->wires[w];
	struct chip_frame *frame;

	while (wire->tx_ready && (frame = STAILQ_FIRST(&wire->tx))) {
		STAILQ_REMOVE_HEAD(&wire->tx, link);
		wire->tx_beats -= chip_beats(frame->len);
		tell_tx(chip, w, frame->bytes, frame->len);
		free(frame);
	}
}

bool chip_frames_busy(const struct frl_rtl *chip)
{
	if (!STAILQ_EMPTY(&chip->replicas))
		return true;
	for (unsigned int w = 0; w < wires(chip); w++) {
		const struct chip_wire *wire = &chip->wires[w];

		if (wire->rx_count || (wire->tx_ready && !STAILQ_EMPTY(&wire->tx)))
			return true;
	}
	return false;
}

/* Copies first: the replica loop never holds more than one cycle's worth of them. */
void chip_frames_step(struct frl_rtl *chip)
{
	for (unsigned int w = 0; w < wires(chip); w++)
		wire_out(chip, w);
	if (!STAILQ_EMPTY(&chip->replicas)) {
		replica_step(chip);
		return;
	}
	for (unsigned int w = 0; w < wires(chip); w++)
		wire_in(chip, w);
	chip_tx_step(chip);
}

/* ---- API: wires ---- */

int frl_rtl_rx(struct frl_rtl *chip, unsigned int w, const void *bytes, size_t len,
	       uint64_t not_before, bool error)
{
	struct chip_frame *frame;

	if (w >= wires(chip) || len == 0 || len > UINT16_MAX)
		return -EINVAL;
	frame = chip_frame_make(bytes, len);
	if (!frame)
		return -ENOMEM;
	frame->not_before = not_before;
	frame->error = error;
	STAILQ_INSERT_TAIL(&chip->wires[w].rx, frame, link);
	chip->wires[w].rx_count++;
	return 0;
}

size_t frl_rtl_rx_queued(const struct frl_rtl *chip, unsigned int w)
{
	return w < wires(chip) ? chip->wires[w].rx_count : 0;
}

uint64_t frl_rtl_rx_first_cycle(const struct frl_rtl *chip, unsigned int w)
{
	return w < wires(chip) ? chip->wires[w].rx_first : 0;
}

void frl_rtl_tx_ready(struct frl_rtl *chip, unsigned int w, bool ready)
{
	if (w < wires(chip))
		chip->wires[w].tx_ready = ready;
}
