// SPDX-License-Identifier: GPL-2.0-or-later
/* What all kinds of wire share; see wire.h. */
#include "wire.h"

#include "sim/board/log.h"

#include <string.h>

static const struct wire_kind *const kinds[] = { &wire_if, &wire_sock, &wire_pcap };

int wire_open(struct wire *wire, struct loop *loop, const struct wire_owner *owner,
	      unsigned int index, const char *spec)
{
	*wire = (struct wire){ .loop = loop, .owner = owner, .index = index };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i]->prefix);

		if (strncmp(spec, kinds[i]->prefix, len) != 0)
			continue;
		wire->kind = kinds[i];
		wire->priv = kinds[i]->create(wire, spec + len);
		return wire->priv ? 0 : -1;
	}
	sim_log("wire", "%s: unknown kind of wire; use if:NAME, sock:PATH or pcap:IN[,OUT]", spec);
	return -1;
}

void wire_close(struct wire *wire)
{
	if (wire->priv)
		wire->kind->destroy(wire->priv);
	wire->priv = NULL;
}

void wire_start(struct wire *wire)
{
	if (wire->priv && wire->kind->start)
		wire->kind->start(wire->priv);
}

void wire_send(struct wire *wire, const void *frame, size_t len)
{
	if (wire->priv && wire->kind->send(wire->priv, frame, len))
		wire->stats.tx_frames++;
	else
		wire->stats.tx_dropped++;
}

unsigned int wire_room(const struct wire *wire)
{
	return wire->owner->room(wire->owner->arg, wire->index);
}

void wire_rx(struct wire *wire, const void *frame, size_t len)
{
	if (len == 0)
		return;
	if (len > WIRE_FRAME_MAX) {
		if (!wire->stats.rx_too_long++)
			sim_log("wire",
				"wire %u: a frame of %zu bytes was dropped (longest: %d); if the far end is a virtual "
				"interface, switch off its segmentation: ethtool -K <interface> tso off gso off",
				wire->index, len, WIRE_FRAME_MAX);
		return;
	}
	wire->stats.rx_frames++;
	wire->owner->rx(wire->owner->arg, wire->index, frame, len);
}

void wire_link(struct wire *wire, bool up)
{
	wire->up = up;
	wire->owner->link(wire->owner->arg, wire->index, up);
}
