/* SPDX-License-Identifier: BSD-3-Clause */
/* The edits of a leg (chip.toml, row leg): decap or pop VLAN, set fields, push VLAN. */
#include "edit.h"
#include "checksum.h"

#include <string.h>

/* Where checksums stand in their headers. */
enum {
	IP4_TTL = 8,
	IP4_CHECKSUM = 10,
	IP4_SRC = 12,
	IP4_DST = 16,
	IP6_TTL = 7,
	IP6_SRC = 8,
	IP6_DST = 24,
	TCP_CHECKSUM = 16,
	UDP_CHECKSUM = 6,
	ICMPV6_CHECKSUM = 2,
};

static bool is_ip(const struct frl_model_parsed *p)
{
	return p->l3_type == FRL_L3_TYPE_IPV4 || p->l3_type == FRL_L3_TYPE_IPV6;
}

static uint32_t ttl_at(const struct frl_model_parsed *p)
{
	return p->l3_off + (p->l3_type == FRL_L3_TYPE_IPV4 ? IP4_TTL : IP6_TTL);
}

/* Behind a tunnel header field edits and pops apply with DECAP only. */
static bool edits_apply(const struct frl_model_parsed *p, uint32_t edits)
{
	return p->tun_type == FRL_TUN_TYPE_NONE || (edits & FRL_EDIT_DECAP);
}

uint8_t frl_edit_check(const struct frl_model_parsed *p, const uint32_t *leg, const uint8_t *frame)
{
	uint32_t edits = FRL_ROW_GET(leg, LEG, EDITS);

	if (edits & FRL_EDIT_SET_IP_DST && p->routing)
		return FRL_PUNT_IPV6_EXT;
	if (edits & FRL_EDIT_DEC_TTL && is_ip(p) && frame[ttl_at(p)] <= 1)
		return FRL_PUNT_TTL;
	return FRL_PUNT_NONE;
}

/* Overwrite a field and return what a checksum over it changes by. */
static uint32_t set_field(uint8_t *at, const uint8_t *value, size_t len)
{
	uint32_t change = frl_sum_change(at, value, len);

	memcpy(at, value, len);
	return change;
}

/* An address of the leg in network order. */
static uint32_t set_addr(const struct frl_model_parsed *p, uint8_t *frame, uint32_t off4,
			 uint32_t off6, const uint32_t *leg, uint32_t lsb)
{
	uint8_t addr[16];

	for (uint32_t i = 0; i < 4; i++)
		frl_set32(addr + 12 - 4 * i, frl_bits(leg, lsb + 32 * i, 32));
	if (p->l3_type == FRL_L3_TYPE_IPV4)
		return set_field(frame + p->l3_off + off4, addr + 12, 4);
	return set_field(frame + p->l3_off + off6, addr, 16);
}

/* Addresses; what they change a checksum with a pseudo header by. *any: there was one. */
static uint32_t set_addrs(const struct frl_model_parsed *p, const uint32_t *leg, uint32_t edits,
			  uint8_t *frame, bool *any)
{
	uint32_t change = 0;

	if (edits & FRL_EDIT_SET_IP_SRC)
		change += set_addr(p, frame, IP4_SRC, IP6_SRC, leg, FRL_LEG_IP_SRC_LSB);
	if (edits & FRL_EDIT_SET_IP_DST)
		change += set_addr(p, frame, IP4_DST, IP6_DST, leg, FRL_LEG_IP_DST_LSB);
	*any = edits & (FRL_EDIT_SET_IP_SRC | FRL_EDIT_SET_IP_DST);
	return change;
}

/* TTL or hop limit: the change of the word that it stands in. */
static uint32_t set_ttl(const struct frl_model_parsed *p, const uint32_t *leg, uint32_t edits,
			uint8_t *frame)
{
	uint32_t at = ttl_at(p), even = at - (at - p->l3_off) % 2;
	uint8_t word[2];

	memcpy(word, frame + even, 2);
	if (edits & FRL_EDIT_SET_TTL)
		word[at - even] = FRL_ROW_GET(leg, LEG, TTL);
	if (edits & FRL_EDIT_DEC_TTL && word[at - even])
		word[at - even]--;
	return set_field(frame + even, word, 2);
}

static uint32_t set_ports(const uint32_t *leg, uint32_t edits, uint8_t *l4, bool *any)
{
	uint8_t port[2];
	uint32_t change = 0;

	if (edits & FRL_EDIT_SET_TP_SRC) {
		frl_set16(port, FRL_ROW_GET(leg, LEG, TP_SRC));
		change += set_field(l4, port, 2);
		*any = true;
	}
	if (edits & FRL_EDIT_SET_TP_DST) {
		frl_set16(port, FRL_ROW_GET(leg, LEG, TP_DST));
		change += set_field(l4 + 2, port, 2);
		*any = true;
	}
	return change;
}

static void mend_at(uint8_t *at, uint32_t change)
{
	frl_set16(at, frl_mend(frl_get16(at), change));
}

/* The transport's checksum; UDP's may be absent, and is never written as absent (RFC 768). */
static void mend_l4(const struct frl_model_parsed *p, uint8_t *frame, uint32_t change)
{
	uint8_t *l4 = frame + p->l4_off;

	switch (p->l4_type) {
	case FRL_L4_TYPE_TCP:
		mend_at(l4 + TCP_CHECKSUM, change);
		break;
	case FRL_L4_TYPE_UDP:
		if (!frl_get16(l4 + UDP_CHECKSUM))
			break;
		mend_at(l4 + UDP_CHECKSUM, change);
		if (!frl_get16(l4 + UDP_CHECKSUM))
			frl_set16(l4 + UDP_CHECKSUM, 0xffff);
		break;
	case FRL_L4_TYPE_ICMPV6:
		mend_at(l4 + ICMPV6_CHECKSUM, change);
		break;
	default: /* ICMP has no pseudo header, SCTP no checksum of this kind */
		break;
	}
}

static void set_ip(const struct frl_model_parsed *p, const uint32_t *leg, uint32_t edits,
		   uint8_t *frame)
{
	bool addrs, ports = false, ttl = edits & (FRL_EDIT_SET_TTL | FRL_EDIT_DEC_TTL);
	uint32_t l3_change = set_addrs(p, leg, edits, frame, &addrs), l4_change = l3_change;

	if (ttl)
		l3_change += set_ttl(p, leg, edits, frame);
	if (p->l4_type == FRL_L4_TYPE_TCP || p->l4_type == FRL_L4_TYPE_UDP)
		l4_change += set_ports(leg, edits, frame + p->l4_off, &ports);
	if (p->l3_type == FRL_L3_TYPE_IPV4 && (addrs || ttl))
		mend_at(frame + p->l3_off + IP4_CHECKSUM, l3_change);
	if (addrs || ports)
		mend_l4(p, frame, l4_change);
}

static void set_fields(const struct frl_model_parsed *p, const uint32_t *leg, uint32_t edits,
		       uint8_t *frame)
{
	if (edits & FRL_EDIT_SET_ETH_DST)
		frl_set48(frame + p->base, FRL_ROW_GET(leg, LEG, ETH_DST));
	if (edits & FRL_EDIT_SET_ETH_SRC)
		frl_set48(frame + p->base + 6, FRL_ROW_GET(leg, LEG, ETH_SRC));
	if (is_ip(p))
		set_ip(p, leg, edits, frame);
}

static void cut(uint8_t *frame, size_t *len, size_t at, size_t count)
{
	memmove(frame + at, frame + at + count, *len - at - count);
	*len -= count;
}

static void push(const uint32_t *leg, uint32_t count, uint8_t *frame, size_t *len)
{
	const uint32_t tag[FRL_VLANS] = {
		FRL_ROW_GET(leg, LEG, VLAN0_TPID) << 16 | FRL_ROW_GET(leg, LEG, VLAN0_TCI),
		FRL_ROW_GET(leg, LEG, VLAN1_TPID) << 16 | FRL_ROW_GET(leg, LEG, VLAN1_TCI),
	};
	uint8_t *at = frame + FRL_ETH_ADDRS_LEN;

	memmove(at + count * FRL_VLAN_LEN, at, *len - FRL_ETH_ADDRS_LEN);
	for (uint32_t i = 0; i < count; i++)
		frl_set32(at + i * FRL_VLAN_LEN, tag[i]);
	*len += count * FRL_VLAN_LEN;
}

void frl_edit(const struct frl_model_parsed *p, const uint32_t *leg, uint8_t *frame, size_t *len)
{
	uint32_t edits = FRL_ROW_GET(leg, LEG, EDITS);
	uint32_t pops = FRL_ROW_GET(leg, LEG, POP), pushes = FRL_ROW_GET(leg, LEG, PUSH);

	/* Offsets are those of the frame as received, so what moves bytes comes last. */
	if (edits_apply(p, edits)) {
		set_fields(p, leg, edits, frame);
		if (pops > p->vlans)
			pops = p->vlans;
		cut(frame, len, p->base + FRL_ETH_ADDRS_LEN, pops * FRL_VLAN_LEN);
	}
	if (edits & FRL_EDIT_DECAP)
		cut(frame, len, 0, p->base);
	push(leg, pushes > FRL_VLANS ? FRL_VLANS : pushes, frame, len);
}
