// SPDX-License-Identifier: BSD-3-Clause
/* A frame in one line, for people. It reads what stands there and judges nothing: the model's account does. */
#include "packet.h"

#include <stdarg.h>
#include <stdio.h>

struct text {
	char *at;
	size_t room;
	const uint8_t *bytes;
	size_t len;
	const struct packet_knobs *knobs;
};

static void say(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->at, t->room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= t->room)
		n = t->room ? (int)t->room - 1 : 0;
	t->at += n;
	t->room -= (size_t)n;
}

static uint32_t be(const struct text *t, size_t at, unsigned int n)
{
	uint32_t v = 0;

	for (unsigned int i = 0; i < n; i++)
		v = v << 8 | (at + i < t->len ? t->bytes[at + i] : 0);
	return v;
}

static void ethernet(struct text *t, size_t at, int depth);

static void geneve(struct text *t, size_t at, int depth)
{
	uint32_t first = be(t, at, 1), words = first & 0x3f;

	say(t, " / geneve ver %u vni %u proto 0x%04x options", first >> 6, be(t, at + 4, 3),
	    be(t, at + 2, 2));
	for (size_t o = at + 8; o + 4 <= at + 8 + 4 * words && o < t->len;
	     o += 4 + 4 * (be(t, o + 3, 1) & 31))
		say(t, " %04x:%02x[%u]", be(t, o, 2), be(t, o + 2, 1), be(t, o + 3, 1) & 31);
	ethernet(t, at + 8 + 4 * words, depth + 1);
}

static void l4(struct text *t, size_t at, uint32_t proto, int depth)
{
	uint32_t dst = be(t, at + 2, 2);

	if (proto == 6)
		say(t, " / tcp %u > %u flags 0x%03x offset %u", be(t, at, 2), dst,
		    be(t, at + 12, 2) & 0xfff, be(t, at + 12, 1) >> 4);
	else if (proto == 17)
		say(t, " / udp %u > %u len %u csum 0x%04x", be(t, at, 2), dst, be(t, at + 4, 2),
		    be(t, at + 6, 2));
	else if (proto == 132)
		say(t, " / sctp %u > %u", be(t, at, 2), dst);
	else if (proto == 1 || proto == 58)
		say(t, " / icmp%s %u %u", proto == 1 ? "" : "v6", be(t, at, 1), be(t, at + 1, 1));
	else
		say(t, " / proto %u", proto);
	if (proto == 17 && depth == 0 && dst == t->knobs->vxlan_port) {
		say(t, " / vxlan 0x%08x vni %u", be(t, at + 8, 4), be(t, at + 12, 3));
		ethernet(t, at + 16, depth + 1);
	} else if (proto == 17 && depth == 0 && dst == t->knobs->geneve_port) {
		geneve(t, at + 8, depth);
	}
}

static void ipv4(struct text *t, size_t at, int depth)
{
	uint32_t ihl = be(t, at, 1) & 15, frag = be(t, at + 6, 2);

	say(t, " / ip v%u ihl %u len %u frag 0x%04x ttl %u %08x > %08x", be(t, at, 1) >> 4, ihl,
	    be(t, at + 2, 2), frag, be(t, at + 8, 1), be(t, at + 12, 4), be(t, at + 16, 4));
	if (frag & 0x1fff)
		say(t, " / proto %u, later fragment", be(t, at + 9, 1));
	else
		l4(t, at + 4 * ihl, be(t, at + 9, 1), depth);
}

static void ipv6(struct text *t, size_t at, int depth)
{
	uint32_t next = be(t, at + 6, 1), later = 0;

	say(t, " / ip6 v%u plen %u hlim %u", be(t, at, 1) >> 4, be(t, at + 4, 2), be(t, at + 7, 1));
	at += 40;
	for (int i = 0; i < 8 && at < t->len && !later; i++) {
		if (next != 0 && next != 43 && next != 44 && next != 51 && next != 60)
			break;
		say(t, " / ext %u", next);
		if (next == 44)
			later = be(t, at + 2, 2) >> 3;
		size_t len = next == 44	  ? 8
			     : next == 51 ? 4 * (be(t, at + 1, 1) + 2)
					  : 8 * (be(t, at + 1, 1) + 1);
		next = be(t, at, 1);
		at += len;
	}
	if (later)
		say(t, " / proto %u, later fragment", next);
	else
		l4(t, at, next, depth);
}

static void ethernet(struct text *t, size_t at, int depth)
{
	uint32_t type = be(t, at + 12, 2);

	say(t, "%seth %04x%08x > %04x%08x", depth ? " / " : "", be(t, at + 6, 2), be(t, at + 8, 4),
	    be(t, at, 2), be(t, at + 2, 4));
	for (int i = 0; i < 3 && (type == 0x8100 || type == 0x88a8); i++) {
		say(t, " / vlan 0x%04x 0x%04x", type, be(t, at + 14, 2));
		at += 4;
		type = be(t, at + 12, 2);
	}
	at += 14;
	if (type == 0x0800)
		ipv4(t, at, depth);
	else if (type == 0x86dd)
		ipv6(t, at, depth);
	else if (type == 0x0806)
		say(t, " / arp op %u hlen %u plen %u", be(t, at + 6, 2), be(t, at + 4, 1),
		    be(t, at + 5, 1));
	else
		say(t, " / type 0x%04x", type);
}

void packet_describe(const uint8_t *bytes, size_t len, const struct packet_knobs *knobs, char *text,
		     size_t room)
{
	struct text t = { text, room, bytes, len, knobs };

	if (room)
		*text = 0;
	ethernet(&t, 0, 0);
}
