// SPDX-License-Identifier: BSD-3-Clause
/* Random frames; see packet.h. Addresses and numbers come from small pools, so that rules and frames meet. */
#include "packet.h"

#include <string.h>

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP  0x0806
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_TEB  0x6558 /* RFC 8926, 3.4: Ethernet behind GENEVE */
#define PROTO_ICMP     1
#define PROTO_TCP      6
#define PROTO_UDP      17
#define PROTO_ICMPV6   58
#define PROTO_SCTP     132

struct gen {
	struct rng *rng;
	const struct packet_knobs *knobs;
	struct packet *packet;
	uint32_t payload; /* bytes of it */
	bool tunnelled;	  /* behind a tunnel header */
};

/* ---- Bytes ---- */

static uint32_t at(const struct gen *g)
{
	return g->packet->len;
}

static void put8(struct gen *g, uint32_t v)
{
	if (g->packet->len < PACKET_MAX)
		g->packet->bytes[g->packet->len++] = (uint8_t)v;
}

static void put16(struct gen *g, uint32_t v)
{
	put8(g, v >> 8);
	put8(g, v);
}

static void put32(struct gen *g, uint32_t v)
{
	put16(g, v >> 16);
	put16(g, v);
}

static void set16(struct gen *g, uint32_t off, uint32_t v)
{
	if (off + 1 < PACKET_MAX) {
		g->packet->bytes[off] = (uint8_t)(v >> 8);
		g->packet->bytes[off + 1] = (uint8_t)v;
	}
}

static void put_random(struct gen *g, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		put8(g, (uint32_t)rng_next(g->rng));
}

/* RFC 1071. */
static uint32_t sum(const struct gen *g, uint32_t from, uint32_t to)
{
	uint32_t total = 0;

	for (uint32_t i = from; i < to; i++)
		total += (uint32_t)g->packet->bytes[i] << ((i - from) & 1 ? 0 : 8);
	return total;
}

static uint32_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return ~total & 0xffff;
}

/* ---- Pools ---- */

static void put_mac(struct gen *g)
{
	uint32_t pick = rng_below(g->rng, 12);

	if (pick == 0) {
		put_random(g, 6);
	} else if (pick == 1) {
		put16(g, 0xffff);
		put32(g, 0xffffffff);
	} else if (pick == 2) {
		put16(g, 0x3333);
		put32(g, rng_below(g->rng, 4));
	} else {
		put16(g, 0x0200);
		put32(g, pick);
	}
}

static uint32_t pool_ip4(struct gen *g)
{
	uint32_t pick = rng_below(g->rng, 10);

	return pick == 0  ? (uint32_t)rng_next(g->rng)
	       : pick < 5 ? 0x0a000000 + rng_below(g->rng, 6)
			  : 0xc0a84d00 + (rng_below(g->rng, 4) << 6);
}

static void put_ip6(struct gen *g)
{
	uint32_t pick = rng_below(g->rng, 10);

	if (pick == 0) {
		put_random(g, 16);
		return;
	}
	put32(g, 0xfd000000 + (pick & 1));
	put32(g, rng_below(g->rng, 2) << 16);
	put32(g, 0);
	put32(g, rng_below(g->rng, 5));
}

static uint32_t pool_port(struct gen *g)
{
	uint32_t pick = rng_below(g->rng, 8);

	return pick == 0 ? rng_below(g->rng, 0x10000) : pick < 5 ? 1000 + pick : 80 + pick;
}

static uint32_t pool_ttl(struct gen *g)
{
	return RNG_OF(g->rng, 64, 64, 64, 63, 255, 2, 1, 0, rng_below(g->rng, 256));
}

/* ---- Above IP ---- */

static void put_payload(struct gen *g)
{
	/* Bytes of its own stream: what follows does not depend on how many they are. */
	struct rng rng = { rng_next(g->rng) };

	g->packet->headers = at(g);
	for (uint32_t i = 0; i < g->payload; i++)
		put8(g, (uint32_t)rng_next(&rng));
}

static void put_ethernet(struct gen *g);

static void put_tcp(struct gen *g)
{
	uint32_t words = rng_percent(g->rng, 20) ? rng_range(g->rng, 5, 15) : 5;

	put16(g, pool_port(g));
	put16(g, pool_port(g));
	put_random(g, 8);
	put16(g, words << 12 | (rng_percent(g->rng, 60) ? 1u << rng_below(g->rng, 9)
							: rng_below(g->rng, 4096)));
	put16(g, 0xffff);
	put32(g, rng_percent(g->rng, 10) ? (uint32_t)rng_next(g->rng) & 0xffff : 0);
	put_random(g, 4 * (words - 5));
	put_payload(g);
}

static void put_vxlan(struct gen *g)
{
	put32(g, rng_percent(g->rng, 93) ? 0x08000000 : (uint32_t)rng_next(g->rng));
	put32(g, rng_below(g->rng, 5) << 8 | (rng_percent(g->rng, 4) ? 1 : 0));
	put_ethernet(g);
}

/* RFC 8926, 3.5. The words that GNV_SEL asks for are met more often than chance would have it. */
static void put_geneve_options(struct gen *g)
{
	uint32_t n = rng_percent(g->rng, 15) ? rng_below(g->rng, 10) : rng_below(g->rng, 4);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t sel = g->knobs->gnv_sel[rng_below(g->rng, 4)];
		uint32_t words = rng_percent(g->rng, 90) ? rng_below(g->rng, 4)
							 : rng_below(g->rng, 16);

		if (rng_percent(g->rng, 25))
			sel = (uint32_t)rng_next(g->rng);
		put16(g, sel & 0xffff);
		put8(g, sel >> 16 & 0xff);
		put8(g, words | (rng_percent(g->rng, 5) ? rng_below(g->rng, 8) << 5 : 0));
		for (uint32_t w = 0; w < words; w++)
			put32(g, rng_percent(g->rng, 70) ? rng_below(g->rng, 4)
							 : (uint32_t)rng_next(g->rng));
	}
}

static void put_geneve(struct gen *g)
{
	uint32_t start = at(g), words;

	put8(g, 0);
	put8(g, (rng_percent(g->rng, 15) ? 0x80 : 0) | (rng_percent(g->rng, 25) ? 0x40 : 0) |
			(rng_percent(g->rng, 3) ? rng_below(g->rng, 64) : 0));
	put16(g, rng_percent(g->rng, 95) ? ETHERTYPE_TEB : ETHERTYPE_IPV4);
	put32(g, rng_below(g->rng, 5) << 8 | (rng_percent(g->rng, 3) ? 1 : 0));
	put_geneve_options(g);
	words = (at(g) - start - 8) / 4;
	if (rng_percent(g->rng, 3))
		words += rng_below(g->rng, 3);
	g->packet->bytes[start] = (uint8_t)((words & 0x3f) | (rng_percent(g->rng, 3) ? 0x40 : 0));
	put_ethernet(g);
}

static void put_udp(struct gen *g)
{
	uint32_t start = at(g), pick = g->tunnelled ? 0 : rng_below(g->rng, 4), zero;

	put16(g, pool_port(g));
	put16(g, pick == 1   ? g->knobs->vxlan_port
		 : pick >= 2 ? g->knobs->geneve_port
			     : pool_port(g));
	zero = at(g);
	put32(g, 0);
	if (pick)
		g->tunnelled = true;
	if (pick == 1)
		put_vxlan(g);
	else if (pick >= 2)
		put_geneve(g);
	else
		put_payload(g);
	set16(g, zero, at(g) - start);
	if (rng_percent(g->rng, 3))
		set16(g, zero, rng_below(g->rng, 64));
}

/* RFC 4861, 4.3, 4.4 and 4.6. */
static void put_nd(struct gen *g)
{
	uint32_t type = RNG_OF(g->rng, 135, 136);
	uint32_t options = RNG_OF(g->rng, 0, 1, 1, 1, 1, 2);

	put16(g, type << 8 | (rng_percent(g->rng, 5) ? 1 : 0));
	put16(g, 0);
	put32(g, rng_percent(g->rng, 50) ? 0 : 0xe0000000);
	put_ip6(g);
	for (uint32_t i = 0; i < options; i++) {
		put8(g, rng_percent(g->rng, 85) ? type - 134 : rng_below(g->rng, 6));
		put8(g, rng_percent(g->rng, 90) ? 1 : rng_below(g->rng, 3));
		put_mac(g);
	}
	g->packet->headers = at(g);
	if (rng_percent(g->rng, 10))
		put_random(g, rng_below(g->rng, 16));
}

/* Returns the L4 checksum's offset in the header, 0: none. */
static uint32_t put_l4(struct gen *g, uint32_t proto, bool later)
{
	if (later) {
		put_payload(g);
		return 0;
	}
	switch (proto) {
	case PROTO_TCP:
		put_tcp(g);
		return 16;
	case PROTO_UDP:
		put_udp(g);
		return 6;
	case PROTO_SCTP:
		put16(g, pool_port(g));
		put16(g, pool_port(g));
		put_random(g, 8);
		put_payload(g);
		return 0;
	case PROTO_ICMP:
		put8(g, RNG_OF(g->rng, 0, 3, 8, 11));
		put8(g, rng_below(g->rng, 4));
		put_random(g, 6);
		put_payload(g);
		return 0;
	case PROTO_ICMPV6:
		if (rng_percent(g->rng, 65)) {
			put_nd(g);
			return 2;
		}
		put8(g, RNG_OF(g->rng, 1, 128, 129, 133, 134, 137));
		put8(g, rng_below(g->rng, 4));
		put_random(g, 6);
		put_payload(g);
		return 2;
	default:
		put_payload(g);
		return 0;
	}
}

/* Fill in an L4 checksum: right mostly, zero or wrong sometimes. `pseudo`: what the pseudo header adds. */
static void close_l4(struct gen *g, uint32_t l4, uint32_t field, uint32_t pseudo)
{
	uint32_t end = at(g), value;

	if (!field || l4 + field + 2 > end)
		return;
	if (rng_percent(g->rng, 12)) {
		if (field != 6 || rng_percent(g->rng, 30))
			set16(g, l4 + field, rng_below(g->rng, 0x10000));
		return;
	}
	set16(g, l4 + field, 0);
	value = fold(sum(g, l4, end) + pseudo + end - l4);
	set16(g, l4 + field, field == 6 && !value ? 0xffff : value);
}

/* ---- IP ---- */

static uint32_t pool_proto(struct gen *g, bool v6)
{
	return RNG_OF(g->rng, PROTO_TCP, PROTO_TCP, PROTO_UDP, PROTO_UDP, PROTO_UDP, PROTO_SCTP,
		      v6 ? PROTO_ICMPV6 : PROTO_ICMP, v6 ? PROTO_ICMPV6 : PROTO_ICMP,
		      v6 ? PROTO_ICMP : PROTO_ICMPV6, rng_below(g->rng, 256));
}

static void put_ipv4(struct gen *g)
{
	uint32_t start = at(g), proto = pool_proto(g, false), l4, field;
	uint32_t options = rng_percent(g->rng, 12) ? rng_range(g->rng, 1, 10) : 0;
	uint32_t frag = rng_percent(g->rng, 85) ? 0
			: rng_percent(g->rng, 50)
				? 0x2000
				: rng_below(g->rng, 2) << 13 | rng_below(g->rng, 500);

	put16(g, 0x4500 | options << 8 | RNG_OF(g->rng, 0, 0, 0x2e, 8, rng_below(g->rng, 256)));
	put16(g, 0);
	put16(g, (uint32_t)rng_next(g->rng));
	put16(g, frag | (rng_percent(g->rng, 40) ? 0x4000 : 0) |
			 (rng_percent(g->rng, 2) ? 0x8000 : 0));
	put16(g, pool_ttl(g) << 8 | proto);
	put16(g, 0);
	put32(g, pool_ip4(g));
	put32(g, pool_ip4(g));
	for (uint32_t i = 0; i < options; i++)
		put32(g, rng_percent(g->rng, 70) ? 0x01010101 : (uint32_t)rng_next(g->rng));
	l4 = at(g);
	field = put_l4(g, proto, frag & 0x1fff);
	set16(g, start + 2, at(g) - start);
	if (!rng_percent(g->rng, 3))
		set16(g, start + 10, fold(sum(g, start, l4)));
	close_l4(g, l4, field, proto + sum(g, start + 12, start + 20));
}

/* RFC 8200, 4. Each returns the offset of its next header byte. */
static uint32_t put_extension(struct gen *g, uint32_t kind, uint32_t *later)
{
	uint32_t next = at(g), units = rng_percent(g->rng, 80) ? 0 : rng_below(g->rng, 4);
	uint32_t off = rng_percent(g->rng, 50) ? 0 : rng_below(g->rng, 100);

	put8(g, 0);
	if (kind == 44) {
		put8(g, 0);
		put16(g, off << 3 | (rng_percent(g->rng, 60) ? 1 : 0));
		put_random(g, 4);
		*later |= off;
		return next;
	}
	put8(g, units);
	if (kind == 43) {
		put8(g, RNG_OF(g->rng, 0, 2, 4));
		put8(g, rng_percent(g->rng, 75) ? 0 : rng_below(g->rng, 3));
		put32(g, 0);
	} else if (kind == 51) { /* RFC 4302, 2.2: length in words less 2 */
		g->packet->bytes[next + 1] = (uint8_t)(2 * units + 4);
		put16(g, 0);
		put_random(g, 20);
	} else {
		put16(g, 0x0104);
		put32(g, 0);
	}
	put_random(g, 8 * units);
	return next;
}

static void put_ipv6(struct gen *g)
{
	uint32_t start = at(g), proto = pool_proto(g, true), later = 0, l4, field, next = start + 6;
	uint32_t n = rng_percent(g->rng, 65) ? 0 : RNG_OF(g->rng, 1, 1, 2, 3, 4, 5);
	uint32_t pseudo;

	put32(g, 0x60000000 | RNG_OF(g->rng, 0, 0, 0xb8, rng_below(g->rng, 256)) << 20 |
			 RNG_OF(g->rng, 0, 1, 0x12345, rng_below(g->rng, 1 << 20)));
	put16(g, 0);
	put8(g, 0);
	put8(g, pool_ttl(g));
	put_ip6(g);
	put_ip6(g);
	for (uint32_t i = 0; i < n && !later; i++) {
		uint32_t kind = i == 0 && rng_percent(g->rng, 40)
					? 0
					: RNG_OF(g->rng, 60, 60, 43, 44, 44, 51,
						 RNG_OF(g->rng, 0, 50, 135, 139));

		g->packet->bytes[next] = (uint8_t)kind;
		next = put_extension(g, kind, &later);
	}
	g->packet->bytes[next] = (uint8_t)proto;
	l4 = at(g);
	field = put_l4(g, proto, later);
	set16(g, start + 4, at(g) - start - 40);
	pseudo = proto + sum(g, start + 8, start + 40);
	close_l4(g, l4, field, pseudo);
}

/* RFC 826. */
static void put_arp(struct gen *g)
{
	put16(g, rng_percent(g->rng, 95) ? 1 : rng_below(g->rng, 8));
	put16(g, rng_percent(g->rng, 95) ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	put16(g, rng_percent(g->rng, 95) ? 0x0604 : rng_below(g->rng, 0x10000));
	put16(g, RNG_OF(g->rng, 1, 1, 2, 2, 3, 255, 256, 257));
	put_mac(g);
	put32(g, pool_ip4(g));
	put_mac(g);
	put32(g, pool_ip4(g));
	g->packet->headers = at(g);
}

/* ---- Ethernet ---- */

/* IEEE 802.3 length, then LLC, and SNAP at times. */
static void put_8023(struct gen *g)
{
	uint32_t len = at(g);

	put16(g, 0);
	if (rng_percent(g->rng, 60)) {
		put16(g, 0xaaaa);
		put8(g, 3);
		put16(g, 0);
		put8(g, rng_percent(g->rng, 70) ? 0 : 0xc);
		put16(g, RNG_OF(g->rng, ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_ARP, 0x2000));
	} else {
		put16(g, 0x4242);
		put8(g, 3);
	}
	if (g->payload > 1400)
		g->payload = 1400;
	put_payload(g);
	set16(g, len, at(g) - len - 2);
}

static void put_ethernet(struct gen *g)
{
	uint32_t tags = RNG_OF(g->rng, 0, 0, 0, 0, 1, 1, 2, 2, 3), pick = rng_below(g->rng, 100);

	put_mac(g);
	put_mac(g);
	for (uint32_t i = 0; i < tags; i++) {
		put16(g, rng_percent(g->rng, i ? 85 : 60) ? 0x8100 : 0x88a8);
		put16(g, RNG_OF(g->rng, 100, 101, 0xa064, 0x1008, 0, rng_below(g->rng, 0x10000)));
	}
	if (pick < 47) {
		put16(g, ETHERTYPE_IPV4);
		put_ipv4(g);
	} else if (pick < 84) {
		put16(g, ETHERTYPE_IPV6);
		put_ipv6(g);
	} else if (pick < 92) {
		put16(g, ETHERTYPE_ARP);
		put_arp(g);
	} else if (pick < 96) {
		put_8023(g);
	} else {
		put16(g,
		      RNG_OF(g->rng, 0x88cc, 0x8847, 0x9100, 0x0600, rng_below(g->rng, 0x10000)));
		put_payload(g);
	}
}

static uint32_t payload_size(struct rng *rng, const struct packet_knobs *knobs)
{
	uint32_t pick = rng_below(rng, 100), n;

	n = pick < 60	? rng_below(rng, 80)
	    : pick < 85 ? rng_below(rng, 400)
	    : pick < 97 ? rng_below(rng, 1600)
			: rng_below(rng, 9250);
	return n < knobs->payload_max ? n : knobs->payload_max;
}

static void pad(struct gen *g)
{
	uint32_t short_by = at(g) < 60 ? 60 - at(g) : 0;

	if (rng_percent(g->rng, 70))
		put_random(g, short_by);
	else if (rng_percent(g->rng, 10))
		put_random(g, rng_below(g->rng, 20));
}

void packet_make(struct rng *rng, const struct packet_knobs *knobs, struct packet *packet)
{
	struct gen g = { .rng = rng, .knobs = knobs, .packet = packet };

	packet->len = packet->headers = 0;
	g.payload = payload_size(rng, knobs);
	put_ethernet(&g);
	pad(&g);
}

void packet_repay(struct rng *rng, struct packet *packet)
{
	for (uint32_t i = packet->headers; i < packet->len; i++)
		packet->bytes[i] = (uint8_t)rng_next(rng);
}

void packet_beside(struct rng *rng, struct packet *packet)
{
	uint32_t n = packet->headers < packet->len ? packet->headers : packet->len;

	if (n)
		packet->bytes[rng_below(rng, n)] ^= (uint8_t)(1u << rng_below(rng, 8));
}

/* A byte of the headers becomes one that means something somewhere. */
static void damage_byte(struct rng *rng, struct packet *packet)
{
	uint32_t n = packet->headers + 4 < packet->len ? packet->headers + 4 : packet->len;

	packet->bytes[rng_below(rng, n)] = (uint8_t)RNG_OF(rng, 0, 1, 4, 5, 6, 17, 43, 44, 0x45,
							   0x60, 0x81, 0xff, rng_below(rng, 256));
}

static void resize(struct rng *rng, struct packet *packet, uint32_t len)
{
	for (uint32_t i = packet->len; i < len; i++)
		packet->bytes[i] = (uint8_t)rng_next(rng);
	packet->len = len;
	if (packet->headers > len)
		packet->headers = len;
}

void packet_damage(struct rng *rng, struct packet *packet)
{
	uint32_t n, pick = rng_below(rng, 20);

	if (pick == 0) {
		resize(rng, packet, rng_range(rng, 1, 13));
	} else if (pick == 1) {
		resize(rng, packet, RNG_OF(rng, 9215, 9216, 9217, 9300, PACKET_MAX));
	} else if (pick < 8) {
		n = packet->headers + 20 < packet->len ? packet->headers + 20 : packet->len;
		resize(rng, packet, rng_range(rng, 1, n));
	} else {
		n = rng_range(rng, 1, 4);
		for (uint32_t i = 0; i < n; i++)
			damage_byte(rng, packet);
		for (n = rng_below(rng, 4); n; n--)
			packet_beside(rng, packet);
	}
}
