/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "frl_match.h"

/* RFC 4861, 4.3 and 4.4 */
#define ND_SOLICITATION	 135
#define ND_ADVERTISEMENT 136

static const struct field_info {
	const char *name;
	uint16_t lsb;
	uint8_t width;
} fields[FRL_F_COUNT] = {
#define X(name, lsb, width) { #name, lsb, width },
	FRL_KEY_FIELDS(X)
#undef X
};

const char *frl_field_name(enum frl_field field)
{
	return field < FRL_F_COUNT ? fields[field].name : "unknown";
}

void frl_match_init(struct frl_match *m, unsigned int port)
{
	memset(m, 0, sizeof(*m));
	frl_match_set(m, FRL_F_port, port, 0xff);
}

/* One byte of a field; bit is its lowest bit in the key. A byte never crosses a word: every field of
 * eight bits and more starts at a multiple of eight, the others are shorter than what is left.
 */
static enum frl_refusal set_byte(struct frl_match *m, unsigned int bit, uint8_t value, uint8_t mask)
{
	uint32_t *key = &m->key[bit / 32], *msk = &m->mask[bit / 32];
	uint32_t v = (uint32_t)(value & mask) << (bit % 32), k = (uint32_t)mask << (bit % 32);

	if ((*key ^ v) & *msk & k)
		return FRL_REFUSAL_MATCH_CONFLICT;
	*key |= v;
	*msk |= k;
	return FRL_REFUSAL_NONE;
}

static int says_nd(const struct frl_match *m)
{
	return frl_match_says(m, FRL_F_l4_type, FRL_L4_TYPE_ICMPV6) &&
	       (frl_match_says(m, FRL_F_tp_src, ND_SOLICITATION) ||
		frl_match_says(m, FRL_F_tp_src, ND_ADVERTISEMENT));
}

int frl_match_means(const struct frl_match *m, enum frl_field field)
{
	switch (field) {
	case FRL_F_arp_sha:
	case FRL_F_arp_tha:
		return frl_match_says(m, FRL_F_l3_type, FRL_L3_TYPE_ARP);
	case FRL_F_nd_target:
	case FRL_F_nd_ll:
		return says_nd(m);
	default:
		return 1;
	}
}

enum frl_refusal frl_match_set_be(struct frl_match *m, enum frl_field field, const uint8_t *value,
				  const uint8_t *mask, unsigned int bytes)
{
	const struct field_info *f = &fields[field];
	struct frl_match old = *m;

	for (unsigned int i = 0; i < bytes; i++) {
		uint8_t k = mask[bytes - 1 - i];
		unsigned int left = 8 * i < f->width ? f->width - 8 * i : 0;
		enum frl_refusal no = FRL_REFUSAL_NONE;

		if (!k)
			continue;
		if (!frl_match_means(m, field))
			no = FRL_REFUSAL_MATCH_ORDER;
		else if (left < 8 && k >> left)
			no = FRL_REFUSAL_VALUE_RANGE;
		else
			no = set_byte(m, f->lsb + 8 * i, value[bytes - 1 - i], k);
		if (no) {
			*m = old;
			return no;
		}
	}
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_match_set(struct frl_match *m, enum frl_field field, uint64_t value,
			       uint64_t mask)
{
	uint8_t v[8], k[8];

	for (int i = 0; i < 8; i++) {
		v[i] = (uint8_t)(value >> (56 - 8 * i));
		k[i] = (uint8_t)(mask >> (56 - 8 * i));
	}
	return frl_match_set_be(m, field, v, k, 8);
}

static uint64_t get(const uint32_t *words, enum frl_field field)
{
	const struct field_info *f = &fields[field];
	uint64_t v = 0;

	for (unsigned int i = 0; i < f->width && i < 64; i++) {
		unsigned int bit = f->lsb + i;

		v |= (uint64_t)(words[bit / 32] >> (bit % 32) & 1) << i;
	}
	return v;
}

uint64_t frl_match_value(const struct frl_match *m, enum frl_field field)
{
	return get(m->key, field);
}

uint64_t frl_match_mask(const struct frl_match *m, enum frl_field field)
{
	return get(m->mask, field);
}

int frl_match_says(const struct frl_match *m, enum frl_field field, uint64_t value)
{
	unsigned int width = fields[field].width;
	uint64_t all = width < 64 ? ((uint64_t)1 << width) - 1 : ~(uint64_t)0;

	return width <= 64 && frl_match_mask(m, field) == all && frl_match_value(m, field) == value;
}

enum frl_refusal frl_match_l3(struct frl_match *m, enum frl_l3_type type)
{
	static const uint16_t ether_type[FRL_L3_TYPE_COUNT] = {
		[FRL_L3_TYPE_IPV4] = 0x0800,
		[FRL_L3_TYPE_IPV6] = 0x86dd,
		[FRL_L3_TYPE_ARP] = 0x0806,
	};
	enum frl_refusal no = frl_match_set(m, FRL_F_l3_type, type, 3);

	return no ? no : frl_match_set(m, FRL_F_eth_type, ether_type[type], 0xffff);
}

enum frl_refusal frl_match_l4(struct frl_match *m, enum frl_l4_type type)
{
	static const uint8_t proto[FRL_L4_TYPE_COUNT] = {
		[FRL_L4_TYPE_TCP] = 6,	[FRL_L4_TYPE_UDP] = 17,	   [FRL_L4_TYPE_SCTP] = 132,
		[FRL_L4_TYPE_ICMP] = 1, [FRL_L4_TYPE_ICMPV6] = 58,
	};
	enum frl_refusal no = frl_match_set(m, FRL_F_ip_proto, proto[type], 0xff);

	/* A later fragment has a protocol, but no L4 header; hardware says l4_type NONE. */
	if (no || frl_match_says(m, FRL_F_frag, FRL_FRAG_LATER))
		return no;
	return frl_match_set(m, FRL_F_l4_type, type, 7);
}

enum frl_refusal frl_match_arp(struct frl_match *m, uint16_t op, uint16_t op_mask)
{
	enum frl_refusal no = frl_match_l3(m, FRL_L3_TYPE_ARP);

	if (no || !op_mask)
		return no;
	if (op_mask != 0xffff || !op || op > 0xff)
		return FRL_REFUSAL_MATCH_FIELD;
	return frl_match_set(m, FRL_F_ip_proto, op, 0xff);
}

enum frl_refusal frl_match_nd(struct frl_match *m, uint8_t type)
{
	enum frl_refusal no = frl_match_l3(m, FRL_L3_TYPE_IPV6);

	if (!no)
		no = frl_match_l4(m, FRL_L4_TYPE_ICMPV6);
	if (!no)
		no = frl_match_set(m, FRL_F_tp_src, type, 0xffff);
	return no ? no : frl_match_set(m, FRL_F_tp_dst, 0, 0xffff);
}

enum frl_refusal frl_match_geneve(struct frl_match *m, const struct frl_match_geneve *word)
{
	if (m->geneves == FRL_MATCH_GENEVE)
		return FRL_REFUSAL_GENEVE_OPTIONS_FULL;
	m->geneve[m->geneves] = *word;
	m->geneve[m->geneves].value &= word->mask;
	m->geneves++;
	return FRL_REFUSAL_NONE;
}

enum frl_refusal frl_match_ipv4_frag(struct frl_match *m, uint16_t value, uint16_t last,
				     uint16_t mask)
{
	const uint16_t offset = 0x1fff, more = 0x2000, flags = 0xc000;
	enum frl_refusal no;

	value &= mask;
	last &= mask;
	if (last && (value ^ last) & flags)
		return FRL_REFUSAL_MATCH_RANGE;
	no = frl_match_set(m, FRL_F_ip_flags, value >> 14, mask >> 14);
	if (no)
		return no;
	value &= ~flags;
	last &= ~flags;
	mask &= ~flags;
	if (!mask)
		return last ? FRL_REFUSAL_MATCH_SPEC : FRL_REFUSAL_NONE;
	if (last && last != value) {
		if (mask != offset || last != offset || (value != 1 && value != 8))
			return FRL_REFUSAL_MATCH_RANGE;
		return frl_match_set(m, FRL_F_frag, FRL_FRAG_LATER, 3);
	}
	if ((mask & offset) != offset || (value & offset))
		return FRL_REFUSAL_MATCH_FIELD;
	if (!(mask & more)) /* offset 0: no or first fragment */
		return frl_match_set(m, FRL_F_frag, 0, FRL_FRAG_LATER & ~FRL_FRAG_FIRST);
	return frl_match_set(m, FRL_F_frag, value & more ? FRL_FRAG_FIRST : FRL_FRAG_NO, 3);
}

/* To the IPv4 form: offset in units of 8 bytes, M in bit 13. */
static uint16_t as_ipv4_frag(uint16_t frag)
{
	return (uint16_t)(frag >> 3 | (frag & 1) << 13);
}

enum frl_refusal frl_match_ipv6_frag(struct frl_match *m, uint16_t value, uint16_t last,
				     uint16_t mask)
{
	if (mask & 0x0006) /* reserved */
		return FRL_REFUSAL_MATCH_FIELD;
	if (mask == 0xfff9 && !(value & mask) && !last)
		return FRL_REFUSAL_MATCH_FIELD;
	return frl_match_ipv4_frag(m, as_ipv4_frag(value), as_ipv4_frag(last), as_ipv4_frag(mask));
}
