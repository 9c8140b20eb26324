/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200, 4). */
#include "model.h"

/* IPv4 flags and fragment offset, one word (RFC 791, 3.1). */
#define IP4_RESERVED 0x8000
#define IP4_DF	     0x4000
#define IP4_MF	     0x2000
#define IP4_OFFSET   0x1fff

/* Fragment header of IPv6 (RFC 8200, 4.5). */
#define IP6_OFFSET 0xfff8
#define IP6_MF	   0x0001

/* Extension headers that the parser walks. */
#define IP6_EXT_MAX 4
/* Every one of them is at least that long. */
#define IP6_EXT_LEN 8

uint8_t frl_parse_ipv4(const struct frl_view *view, struct frl_headers *h)
{
	const uint8_t *ip = view->data + h->l3_off;
	uint32_t header, total, fragment;

	if (h->l3_off + FRL_IP4_LEN > view->seen)
		return FRL_PUNT_HEADER_LENGTH;
	header = (ip[0] & 15) * 4;
	total = frl_get16(ip + 2);
	if (ip[0] >> 4 != 4 || header < FRL_IP4_LEN || total < header ||
	    total > view->len - h->l3_off)
		return FRL_PUNT_IP_MALFORMED;

	h->l3_type = FRL_L3_TYPE_IPV4;
	h->l3_end = h->l3_off + total;
	h->proto = ip[9];
	fragment = frl_get16(ip + 6);
	if (fragment & IP4_OFFSET)
		h->frag = FRL_FRAG_LATER;
	else if (fragment & IP4_MF)
		h->frag = FRL_FRAG_FIRST;
	if (h->frag != FRL_FRAG_LATER)
		h->l4_off = h->l3_off + header;

	FRL_KEY_PUT(h->key, IP_FLAGS,
		    (fragment & IP4_DF ? 1 : 0) + (fragment & IP4_RESERVED ? 2 : 0));
	FRL_KEY_PUT(h->key, IP_TOS, ip[1]);
	FRL_KEY_PUT(h->key, IP_TTL, ip[8]);
	FRL_KEY_PUT(h->key, IP_PROTO, h->proto);
	frl_put_addr(h->key, FRL_KEY_IP_SRC_LSB, ip + 12, 4);
	frl_put_addr(h->key, FRL_KEY_IP_DST_LSB, ip + 16, 4);
	return FRL_PUNT_NONE;
}

static bool is_extension(uint32_t proto)
{
	return proto == FRL_PROTO_HOPOPTS || proto == FRL_PROTO_ROUTING ||
	       proto == FRL_PROTO_DSTOPTS || proto == FRL_PROTO_AH || proto == FRL_PROTO_FRAGMENT;
}

/* Bytes of an extension header of this kind (RFC 8200, 4.3; RFC 4302, 2.2). */
static uint32_t extension_len(uint32_t proto, const uint8_t *ext)
{
	switch (proto) {
	case FRL_PROTO_FRAGMENT:
		return IP6_EXT_LEN;
	case FRL_PROTO_AH:
		return (ext[1] + 2u) * 4;
	default:
		return (ext[1] + 1u) * 8;
	}
}

/* Walk to the header that is none of them, or to the payload of a later fragment. */
static uint8_t parse_extensions(const struct frl_view *view, struct frl_headers *h)
{
	uint32_t at = h->l3_off + FRL_IP6_LEN;

	while (is_extension(h->proto)) {
		const uint8_t *ext = view->data + at;
		uint32_t proto = h->proto, len, fragment;

		if (h->ext_count == IP6_EXT_MAX)
			return FRL_PUNT_IPV6_EXT;
		h->ext_count++;
		if (at + IP6_EXT_LEN > h->l3_end)
			return FRL_PUNT_IP_MALFORMED;
		if (at + IP6_EXT_LEN > view->seen)
			return FRL_PUNT_HEADER_LENGTH;
		len = extension_len(proto, ext);
		if (at + len > h->l3_end)
			return FRL_PUNT_IP_MALFORMED;
		if (at + len > view->seen)
			return FRL_PUNT_HEADER_LENGTH;

		at += len;
		h->proto = ext[0];
		if (proto == FRL_PROTO_ROUTING)
			h->routing = true;
		if (proto != FRL_PROTO_FRAGMENT)
			continue;
		fragment = frl_get16(ext + 2);
		if (fragment & IP6_OFFSET) {
			/* What follows is payload; Open vSwitch calls its protocol that of the fragment header. */
			h->frag = FRL_FRAG_LATER;
			h->proto = FRL_PROTO_FRAGMENT;
			return FRL_PUNT_NONE;
		}
		if (!(fragment & IP6_MF))
			return FRL_PUNT_IPV6_EXT;
		h->frag = FRL_FRAG_FIRST;
	}
	h->l4_off = at;
	return FRL_PUNT_NONE;
}

uint8_t frl_parse_ipv6(const struct frl_view *view, struct frl_headers *h)
{
	const uint8_t *ip = view->data + h->l3_off;
	uint32_t word, payload;
	uint8_t punt;

	if (h->l3_off + FRL_IP6_LEN > view->seen)
		return FRL_PUNT_HEADER_LENGTH;
	word = frl_get32(ip);
	payload = frl_get16(ip + 4);
	if (word >> 28 != 6 || FRL_IP6_LEN + payload > view->len - h->l3_off)
		return FRL_PUNT_IP_MALFORMED;

	h->l3_type = FRL_L3_TYPE_IPV6;
	h->l3_end = h->l3_off + FRL_IP6_LEN + payload;
	h->proto = ip[6];
	punt = parse_extensions(view, h);
	if (punt != FRL_PUNT_NONE)
		return punt;

	FRL_KEY_PUT(h->key, IP_TOS, word >> 20);
	FRL_KEY_PUT(h->key, IP6_FLOW, word);
	FRL_KEY_PUT(h->key, IP_TTL, ip[7]);
	FRL_KEY_PUT(h->key, IP_PROTO, h->proto);
	frl_put_addr(h->key, FRL_KEY_IP_SRC_LSB, ip + 8, 16);
	frl_put_addr(h->key, FRL_KEY_IP_DST_LSB, ip + 24, 16);
	return FRL_PUNT_NONE;
}
