/* SPDX-License-Identifier: BSD-3-Clause */
/* Ethernet (IEEE 802.3, 802.1Q), ARP (RFC 826), and how a frame's headers become a key. */
#include "model.h"

#include <string.h>

/* Smallest EtherType; what is less is a length (IEEE 802.3, 3.2.6). */
#define ETHERTYPE_MIN 0x0600
/* OpenFlow's OFP_DL_TYPE_NOT_ETH_TYPE. */
#define ETHERTYPE_NONE 0x05ff

#define ARP_LEN 28

static bool sees(const struct frl_view *view, size_t end)
{
	return end <= view->seen;
}

/* LLC and organisation of a SNAP header that carries an EtherType (RFC 1042). */
static bool is_snap(const struct frl_view *view, uint32_t at)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };

	/* With its EtherType, as Open vSwitch: cut shorter it is a plain LLC frame. */
	return sees(view, at + sizeof(snap) + 2) && !memcmp(view->data + at, snap, sizeof(snap));
}

static void put_vlan(uint32_t *key, uint32_t i, const uint8_t *tag)
{
	uint32_t tpid = frl_get16(tag), tci = frl_get16(tag + 2);

	if (i == 0) {
		FRL_KEY_PUT(key, VLAN0_PRESENT, 1);
		FRL_KEY_PUT(key, VLAN0_TPID, tpid);
		FRL_KEY_PUT(key, VLAN0_TCI, tci);
	} else {
		FRL_KEY_PUT(key, VLAN1_PRESENT, 1);
		FRL_KEY_PUT(key, VLAN1_TPID, tpid);
		FRL_KEY_PUT(key, VLAN1_TCI, tci);
	}
}

/* Addresses, tags and EtherType; h->l3_off is behind them. */
static uint8_t parse_ethernet(const struct frl_view *view, struct frl_headers *h, uint32_t *type)
{
	const uint8_t *data = view->data;
	uint32_t at = h->start + FRL_ETH_ADDRS_LEN;

	if (!sees(view, h->start + FRL_ETH_LEN))
		return FRL_PUNT_HEADER_LENGTH;
	FRL_KEY_PUT(h->key, ETH_DST, frl_get48(data + h->start));
	FRL_KEY_PUT(h->key, ETH_SRC, frl_get48(data + h->start + 6));

	*type = frl_get16(data + at);
	while (h->vlans < FRL_VLANS &&
	       (*type == FRL_ETHERTYPE_CTAG || *type == FRL_ETHERTYPE_STAG)) {
		if (!sees(view, at + FRL_VLAN_LEN + 2))
			return FRL_PUNT_HEADER_LENGTH;
		put_vlan(h->key, h->vlans++, data + at);
		at += FRL_VLAN_LEN;
		*type = frl_get16(data + at);
	}
	h->l3_off = at + 2;
	if (*type < ETHERTYPE_MIN) {
		if (is_snap(view, h->l3_off))
			return FRL_PUNT_SNAP;
		*type = ETHERTYPE_NONE;
	}
	FRL_KEY_PUT(h->key, ETH_TYPE, *type);
	return FRL_PUNT_NONE;
}

void frl_parse_arp(const struct frl_view *view, struct frl_headers *h)
{
	const uint8_t *arp = view->data + h->l3_off;
	uint32_t op;

	if (!sees(view, h->l3_off + ARP_LEN) || frl_get16(arp) != 1 ||
	    frl_get16(arp + 2) != FRL_ETHERTYPE_IPV4 || arp[4] != 6 || arp[5] != 4)
		return;
	op = frl_get16(arp + 6);
	if (op <= 0xff)
		FRL_KEY_PUT(h->key, IP_PROTO, op);
	FRL_KEY_PUT(h->key, ARP_SHA, frl_get48(arp + 8));
	frl_put_addr(h->key, FRL_KEY_IP_SRC_LSB, arp + 14, 4);
	FRL_KEY_PUT(h->key, ARP_THA, frl_get48(arp + 18));
	frl_put_addr(h->key, FRL_KEY_IP_DST_LSB, arp + 24, 4);
}

uint8_t frl_parse_headers(const struct frl_view *view, uint32_t start, uint32_t *key,
			  struct frl_headers *h)
{
	uint8_t punt;
	uint32_t type;

	*h = (struct frl_headers){ .start = start, .key = key };
	punt = parse_ethernet(view, h, &type);
	if (punt != FRL_PUNT_NONE)
		return punt;

	switch (type) {
	case FRL_ETHERTYPE_IPV4:
		punt = frl_parse_ipv4(view, h);
		break;
	case FRL_ETHERTYPE_IPV6:
		punt = frl_parse_ipv6(view, h);
		break;
	case FRL_ETHERTYPE_ARP:
		h->l3_type = FRL_L3_TYPE_ARP;
		frl_parse_arp(view, h);
		break;
	default:
		break;
	}
	if (punt != FRL_PUNT_NONE)
		return punt;
	FRL_KEY_PUT(key, L3_TYPE, h->l3_type);
	FRL_KEY_PUT(key, FRAG, h->frag);

	if (h->l4_off)
		punt = frl_parse_l4(view, h);
	if (h->l4_type == FRL_L4_TYPE_NONE)
		h->l4_off = 0;
	FRL_KEY_PUT(key, L4_TYPE, h->l4_type);
	return punt;
}

static void put_meta(uint32_t *key, const struct frl_model_meta *meta)
{
	FRL_KEY_PUT(key, PORT, meta->src_port);
	FRL_KEY_PUT(key, TABLE_ID, meta->table_id);
	FRL_KEY_PUT(key, CT_STATE, meta->ct_state);
	FRL_KEY_PUT(key, CT_ZONE, meta->ct_zone);
	FRL_KEY_PUT(key, CT_MARK, meta->ct_mark);
}

static uint8_t parse_all(const struct frl_model_config *config, uint32_t port,
			 const struct frl_view *view, struct frl_headers *h,
			 struct frl_model_parsed *parsed)
{
	struct frl_headers outer;
	uint8_t punt = frl_parse_headers(view, 0, parsed->key, h);

	if (punt != FRL_PUNT_NONE || !(config->tunnel >> port % FRL_N_PORTS & 1))
		return punt;
	parsed->tun_type = frl_tunnel_type(config, view, h);
	if (parsed->tun_type == FRL_TUN_TYPE_NONE)
		return FRL_PUNT_NONE;

	/* The key starts anew: of the outer headers it has the tunnel part only. */
	outer = *h;
	memset(parsed->key, 0, sizeof(parsed->key));
	punt = frl_parse_tunnel(config, view, &outer, parsed->tun_type, parsed->key, &parsed->base);
	if (punt != FRL_PUNT_NONE)
		return punt;
	return frl_parse_headers(view, parsed->base, parsed->key, h);
}

void frl_model_parse(const struct frl_model_config *config, const struct frl_model_meta *meta,
		     const uint8_t *frame, size_t len, struct frl_model_parsed *parsed)
{
	struct frl_view view = { frame, len, len < FRL_HDR_BYTES ? len : FRL_HDR_BYTES };
	struct frl_headers h;

	memset(parsed, 0, sizeof(*parsed));
	parsed->punt = parse_all(config, meta->src_port, &view, &h, parsed);
	parsed->vlans = h.vlans;
	parsed->l3_off = h.l3_off;
	parsed->l4_off = h.l4_off;
	parsed->l3_type = h.l3_type;
	parsed->l4_type = h.l4_type;
	parsed->routing = h.routing;
	put_meta(parsed->key, meta);
	parsed->hash = frl_model_flow_hash(parsed->key);
}
