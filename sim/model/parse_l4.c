/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP (RFC 9293), UDP (RFC 768), SCTP (RFC 9260), ICMP (RFC 792), ICMPv6 (RFC 4443, 4861). */
#include "model.h"

/* Bytes that a header must have, TCP's without options. */
enum {
	TCP_LEN = 20,
	SCTP_LEN = 12,
	ICMP_LEN = 8,
};

/* Neighbour discovery (RFC 4861, 4.3, 4.4, 4.6.1). */
enum {
	ND_SOLICITATION = 135,
	ND_ADVERTISEMENT = 136,
	ND_LEN = 24,
	ND_LL_LEN = 8,
	ND_OPT_SOURCE_LL = 1,
	ND_OPT_TARGET_LL = 2,
};

static uint32_t l4_type(const struct frl_headers *h)
{
	switch (h->proto) {
	case FRL_PROTO_TCP:
		return FRL_L4_TYPE_TCP;
	case FRL_PROTO_UDP:
		return FRL_L4_TYPE_UDP;
	case FRL_PROTO_SCTP:
		return FRL_L4_TYPE_SCTP;
	case FRL_PROTO_ICMP:
		return h->l3_type == FRL_L3_TYPE_IPV4 ? FRL_L4_TYPE_ICMP : FRL_L4_TYPE_NONE;
	case FRL_PROTO_ICMPV6:
		return h->l3_type == FRL_L3_TYPE_IPV6 ? FRL_L4_TYPE_ICMPV6 : FRL_L4_TYPE_NONE;
	default:
		return FRL_L4_TYPE_NONE;
	}
}

static uint32_t header_len(uint32_t type)
{
	switch (type) {
	case FRL_L4_TYPE_TCP:
		return TCP_LEN;
	case FRL_L4_TYPE_UDP:
		return FRL_UDP_LEN;
	case FRL_L4_TYPE_SCTP:
		return SCTP_LEN;
	default:
		return ICMP_LEN;
	}
}

static uint8_t parse_nd(const struct frl_view *view, struct frl_headers *h)
{
	const uint8_t *nd = view->data + h->l4_off;
	uint32_t len = h->l3_end - h->l4_off;
	uint32_t wanted = nd[0] == ND_SOLICITATION ? ND_OPT_SOURCE_LL : ND_OPT_TARGET_LL;

	if (len < ND_LEN)
		return FRL_PUNT_NONE;
	if (len != ND_LEN && len != ND_LEN + ND_LL_LEN)
		return FRL_PUNT_ND_OPTIONS;
	if (h->l4_off + len > view->seen)
		return FRL_PUNT_HEADER_LENGTH;
	if (len > ND_LEN) {
		const uint8_t *option = nd + ND_LEN;

		if (option[0] != wanted || option[1] != 1)
			return FRL_PUNT_ND_OPTIONS;
		FRL_KEY_PUT(h->key, ND_LL, frl_get48(option + 2));
	}
	frl_put_addr(h->key, FRL_KEY_ND_TARGET_LSB, nd + 8, 16);
	return FRL_PUNT_NONE;
}

uint8_t frl_parse_l4(const struct frl_view *view, struct frl_headers *h)
{
	const uint8_t *l4 = view->data + h->l4_off;
	uint32_t need;

	h->l4_type = l4_type(h);
	if (h->l4_type == FRL_L4_TYPE_NONE)
		return FRL_PUNT_NONE;
	need = header_len(h->l4_type);
	if (h->l4_off + need > h->l3_end)
		return FRL_PUNT_IP_MALFORMED;
	if (h->l4_off + need > view->seen)
		return FRL_PUNT_HEADER_LENGTH;

	if (h->l4_type == FRL_L4_TYPE_ICMP || h->l4_type == FRL_L4_TYPE_ICMPV6) {
		FRL_KEY_PUT(h->key, TP_SRC, l4[0]);
		FRL_KEY_PUT(h->key, TP_DST, l4[1]);
	} else {
		FRL_KEY_PUT(h->key, TP_SRC, frl_get16(l4));
		FRL_KEY_PUT(h->key, TP_DST, frl_get16(l4 + 2));
	}
	if (h->l4_type == FRL_L4_TYPE_TCP) {
		uint32_t offset = (l4[12] >> 4) * 4;

		if (offset < TCP_LEN || h->l4_off + offset > h->l3_end)
			return FRL_PUNT_IP_MALFORMED;
		FRL_KEY_PUT(h->key, TCP_FLAGS, frl_get16(l4 + 12));
	}
	if (h->l4_type == FRL_L4_TYPE_ICMPV6 &&
	    (l4[0] == ND_SOLICITATION || l4[0] == ND_ADVERTISEMENT) && l4[1] == 0)
		return parse_nd(view, h);
	return FRL_PUNT_NONE;
}
