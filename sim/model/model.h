/* SPDX-License-Identifier: BSD-3-Clause */
/* What the model's files share: header fields as numbers, and the steps of a pass. */
#ifndef FRL_MODEL_PRIVATE_H
#define FRL_MODEL_PRIVATE_H

#include "rows.h"

/* Numbers in network order. */
static inline uint32_t frl_get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t frl_get32(const uint8_t *p)
{
	return frl_get16(p) << 16 | frl_get16(p + 2);
}

static inline uint64_t frl_get48(const uint8_t *p)
{
	return (uint64_t)frl_get16(p) << 32 | frl_get32(p + 2);
}

static inline void frl_set16(uint8_t *p, uint32_t value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static inline void frl_set32(uint8_t *p, uint32_t value)
{
	frl_set16(p, value >> 16);
	frl_set16(p + 2, value);
}

static inline void frl_set48(uint8_t *p, uint64_t value)
{
	frl_set16(p, value >> 32);
	frl_set32(p + 2, value);
}

enum {
	FRL_ETH_LEN = 14,
	FRL_ETH_ADDRS_LEN = 12,
	FRL_VLAN_LEN = 4,
	FRL_IP4_LEN = 20,
	FRL_IP6_LEN = 40,
	FRL_UDP_LEN = 8,
	FRL_TUN_LEN = 8, /* VXLAN header, and GENEVE's without options */
	FRL_VLANS = 2,
};

enum {
	FRL_ETHERTYPE_IPV4 = 0x0800,
	FRL_ETHERTYPE_ARP = 0x0806,
	FRL_ETHERTYPE_CTAG = 0x8100,
	FRL_ETHERTYPE_IPV6 = 0x86dd,
	FRL_ETHERTYPE_STAG = 0x88a8,
};

enum {
	FRL_PROTO_HOPOPTS = 0,
	FRL_PROTO_ICMP = 1,
	FRL_PROTO_TCP = 6,
	FRL_PROTO_UDP = 17,
	FRL_PROTO_ROUTING = 43,
	FRL_PROTO_FRAGMENT = 44,
	FRL_PROTO_AH = 51,
	FRL_PROTO_ICMPV6 = 58,
	FRL_PROTO_DSTOPTS = 60,
	FRL_PROTO_SCTP = 132,
};

/* A frame as the parser has it. */
struct frl_view {
	const uint8_t *data;
	size_t len;
	size_t seen; /* bytes that the parser sees */
};

/* Address of an IP header: bytes as they stand there, and as four words of the key. */
static inline void frl_put_addr(uint32_t *key, uint32_t lsb, const uint8_t *addr, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes / 4; i++)
		frl_put(key, lsb + 32 * i, 32, frl_get32(addr + bytes - 4 - 4 * i));
}

/* One set of headers, from an Ethernet header on. Offsets count from byte 0 of the frame. */
struct frl_headers {
	uint32_t start; /* of the Ethernet header */
	uint32_t vlans, l3_off, l4_off, l3_type, l4_type, frag;
	uint32_t l3_end;    /* behind the IP payload */
	uint32_t proto;	    /* of what stands at l4_off */
	uint32_t ext_count; /* IPv6 extension headers */
	bool routing;
	uint32_t *key;
};

/*
 * Read the headers from `start` on into `h`, and the main part of `key`, which is zero. enum frl_punt.
 */
uint8_t frl_parse_headers(const struct frl_view *view, uint32_t start, uint32_t *key,
			  struct frl_headers *h);
/* The same from h->l3_off, h->l4_off on. */
uint8_t frl_parse_ipv4(const struct frl_view *view, struct frl_headers *h);
uint8_t frl_parse_ipv6(const struct frl_view *view, struct frl_headers *h);
void frl_parse_arp(const struct frl_view *view, struct frl_headers *h);
uint8_t frl_parse_l4(const struct frl_view *view, struct frl_headers *h);

/* enum frl_tun_type that these outer headers announce. */
uint32_t frl_tunnel_type(const struct frl_model_config *config, const struct frl_view *view,
			 const struct frl_headers *outer);
/* Read that tunnel header into the tunnel part of `key`; *inner is the offset behind it. enum frl_punt. */
uint8_t frl_parse_tunnel(const struct frl_model_config *config, const struct frl_view *view,
			 const struct frl_headers *outer, uint32_t type, uint32_t *key,
			 uint32_t *inner);

/* Hash of the flow ("flow hash" of chip.toml, [hash]). */
uint32_t frl_model_flow_hash(const uint32_t *key);

/* Lines of the account, which may be NULL. */
void frl_account_frame(FILE *account, const struct frl_model_meta *meta, size_t len);
void frl_account_parse(FILE *account, const struct frl_model_parsed *parsed);
void frl_account_leg(FILE *account, uint32_t index, const uint32_t *leg);
void frl_account_encap(FILE *account, uint32_t index, const uint32_t *row);
void frl_account_result(FILE *account, const struct frl_model_result *result);

#endif /* FRL_MODEL_PRIVATE_H */
