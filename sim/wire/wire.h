/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a wire port is plugged into: a network interface, a socket or capture files. Frames have no FCS.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct wire;

/* Frames that a wire may have on their way into the chip; more wait at its far end. */
#define WIRE_QUEUE 64
/* Longest frame that is taken from outside, in bytes; longer ones are counted and dropped. */
#define WIRE_FRAME_MAX 9216

struct wire_stats {
	uint64_t rx_frames, tx_frames;
	uint64_t rx_too_long; /* longer than WIRE_FRAME_MAX, mostly unsegmented TCP of a virtual interface */
	uint64_t tx_dropped; /* far end absent or full */
};

/* What a wire tells its owner. */
struct wire_owner {
	/* How many frames it takes now. */
	unsigned int (*room)(void *arg, unsigned int index);
	void (*rx)(void *arg, unsigned int index, const void *frame, size_t len);
	void (*link)(void *arg, unsigned int index, bool up);
	uint64_t (*now_ns)(void *arg);
	void *arg;
};

/* A kind of far end; each is one file. */
struct wire_kind {
	const char *prefix; /* of its specification */
	/* Private data for `rest` of the specification, or NULL with the reason on stderr. */
	void *(*create)(struct wire *wire, const char *rest);
	void (*destroy)(void *priv);
	/* Begin to give frames; called once, when the card is ready. May be NULL. */
	void (*start)(void *priv);
	/* Take a frame; false: it is lost. */
	bool (*send)(void *priv, const void *frame, size_t len);
};

extern const struct wire_kind wire_if, wire_sock, wire_pcap;

struct wire {
	const struct wire_kind *kind;
	void *priv;
	struct loop *loop;
	const struct wire_owner *owner;
	unsigned int index;
	bool up;
	struct wire_stats stats;
};

/* Specification: if:NAME, sock:PATH or pcap:IN[,OUT]. 0, or -1 with the reason on stderr. The owner is kept by
 * reference. */
int wire_open(struct wire *wire, struct loop *loop, const struct wire_owner *owner,
	      unsigned int index, const char *spec);
void wire_close(struct wire *wire);
void wire_start(struct wire *wire);
void wire_send(struct wire *wire, const void *frame, size_t len);

/* For kinds. */
unsigned int wire_room(const struct wire *wire);
void wire_rx(struct wire *wire, const void *frame, size_t len);
void wire_link(struct wire *wire, bool up);

#endif /* SIM_WIRE_H */
