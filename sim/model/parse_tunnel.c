/* SPDX-License-Identifier: BSD-3-Clause */
/* Tunnel headers: VXLAN (RFC 7348), GENEVE (RFC 8926). What Open vSwitch would refuse goes to the host. */
#include "checksum.h"
#include "model.h"

#define VXLAN_FLAG_I 0x08000000u

/* First word of a GENEVE header (RFC 8926, 3.4). */
#define GNV_VERSION	  0xc0000000u
#define GNV_OPT_LEN_SHIFT 24
#define GNV_OPT_LEN	  0x3fu
#define GNV_OAM		  0x00800000u
#define GNV_CRITICAL	  0x00400000u
#define GNV_RESERVED	  0x003f0000u
#define GNV_ETHERNET	  0x6558u

/* Options that the parser takes. */
#define GNV_OPTIONS_LEN 60
#define GNV_OPTIONS	4

/* A register GNV_SEL names this option: class and type. */
#define GNV_SEL_OPTION (FRL_REG_CHIP_GNV_SEL_CLASS_MASK | FRL_REG_CHIP_GNV_SEL_TYPE_MASK)

uint32_t frl_tunnel_type(const struct frl_model_config *config, const struct frl_view *view,
			 const struct frl_headers *outer)
{
	uint32_t port;

	if (outer->l4_type != FRL_L4_TYPE_UDP || outer->frag != FRL_FRAG_NO)
		return FRL_TUN_TYPE_NONE;
	port = frl_get16(view->data + outer->l4_off + 2);
	if (port == config->vxlan_port)
		return FRL_TUN_TYPE_VXLAN;
	if (port == config->geneve_port)
		return FRL_TUN_TYPE_GENEVE;
	return FRL_TUN_TYPE_NONE;
}

/* Outer IP and UDP: false for what Open vSwitch refuses, or that does not hold a tunnel header. */
static bool outer_ok(const struct frl_view *view, const struct frl_headers *outer)
{
	const uint8_t *ip = view->data + outer->l3_off, *udp = view->data + outer->l4_off;
	uint32_t need = FRL_UDP_LEN + FRL_TUN_LEN;

	if (frl_get16(udp + 4) < need || outer->l4_off + need > outer->l3_end ||
	    outer->l4_off + need > view->seen)
		return false;
	if (outer->l3_type == FRL_L3_TYPE_IPV6)
		return outer->ext_count == 0;
	return outer->l4_off - outer->l3_off == FRL_IP4_LEN &&
	       frl_fold(frl_sum(ip, FRL_IP4_LEN)) == 0xffff;
}

static void put_outer(const struct frl_view *view, const struct frl_headers *outer, uint32_t *key,
		      uint32_t flags)
{
	const uint8_t *ip = view->data + outer->l3_off, *udp = view->data + outer->l4_off;

	if (outer->l3_type == FRL_L3_TYPE_IPV6) {
		FRL_KEY_PUT(key, TUN_IP6, 1);
		FRL_KEY_PUT(key, TUN_TOS, frl_get32(ip) >> 20);
		FRL_KEY_PUT(key, TUN_TTL, ip[7]);
		frl_put_addr(key, FRL_KEY_TUN_SRC_LSB, ip + 8, 16);
		frl_put_addr(key, FRL_KEY_TUN_DST_LSB, ip + 24, 16);
	} else {
		if (ip[6] & 0x40)
			flags |= FRL_TUN_FLAG_DF;
		FRL_KEY_PUT(key, TUN_TOS, ip[1]);
		FRL_KEY_PUT(key, TUN_TTL, ip[8]);
		frl_put_addr(key, FRL_KEY_TUN_SRC_LSB, ip + 12, 4);
		frl_put_addr(key, FRL_KEY_TUN_DST_LSB, ip + 16, 4);
	}
	if (frl_get16(udp + 6))
		flags |= FRL_TUN_FLAG_CSUM;
	FRL_KEY_PUT(key, TUN_UDP_DST, frl_get16(udp + 2));
	FRL_KEY_PUT(key, TUN_FLAGS, flags);
}

/* Words that GNV_SEL wants of this option; `done` has a bit for each selector whose option was met. */
static void select_words(const struct frl_model_config *config, const uint8_t *option,
			 uint32_t words, uint32_t *key, uint32_t *done)
{
	uint32_t name = frl_get16(option) | (uint32_t)option[2] << 16;

	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++) {
		uint32_t sel = config->gnv_sel[i], word;

		if (!(sel & FRL_REG_CHIP_GNV_SEL_ENABLE_MASK) || (sel & GNV_SEL_OPTION) != name ||
		    *done >> i & 1)
			continue;
		*done |= 1u << i;
		word = (sel & FRL_REG_CHIP_GNV_SEL_WORD_MASK) >> FRL_REG_CHIP_GNV_SEL_WORD_LSB;
		if (word >= words)
			continue;
		frl_put(key, FRL_KEY_GNV_PRESENT_LSB + i, 1, 1);
		frl_put(key, FRL_KEY_GNV_OPT0_LSB + 32 * i, 32, frl_get32(option + 4 + 4 * word));
	}
}

static uint8_t parse_options(const struct frl_model_config *config, const uint8_t *option,
			     uint32_t len, uint32_t *key)
{
	uint32_t done = 0;

	for (uint32_t count = 0; len; count++) {
		uint32_t words;

		if (count == GNV_OPTIONS)
			return FRL_PUNT_GENEVE_OPTIONS;
		/* Header and total length are whole words, so its header is there. */
		words = option[3] & 0x1f;
		if (4 + 4 * words > len)
			return FRL_PUNT_GENEVE_OPTIONS;
		select_words(config, option, words, key, &done);
		option += 4 + 4 * words;
		len -= 4 + 4 * words;
	}
	return FRL_PUNT_NONE;
}

static uint8_t parse_vxlan(const struct frl_view *view, const struct frl_headers *outer,
			   uint32_t *key, uint32_t *inner)
{
	const uint8_t *vxlan = view->data + outer->l4_off + FRL_UDP_LEN;

	if (!outer_ok(view, outer) || frl_get32(vxlan) != VXLAN_FLAG_I || vxlan[7])
		return FRL_PUNT_TUNNEL;
	FRL_KEY_PUT(key, TUN_VNI, frl_get32(vxlan + 4) >> 8);
	put_outer(view, outer, key, 0);
	*inner = outer->l4_off + FRL_UDP_LEN + FRL_TUN_LEN;
	return FRL_PUNT_NONE;
}

static uint8_t parse_geneve(const struct frl_model_config *config, const struct frl_view *view,
			    const struct frl_headers *outer, uint32_t *key, uint32_t *inner)
{
	const uint8_t *gnv = view->data + outer->l4_off + FRL_UDP_LEN;
	uint32_t word, options, flags = 0;

	if (!outer_ok(view, outer))
		return FRL_PUNT_TUNNEL;
	word = frl_get32(gnv);
	if (word & (GNV_VERSION | GNV_RESERVED) || (word & 0xffff) != GNV_ETHERNET || gnv[7])
		return FRL_PUNT_TUNNEL;
	options = (word >> GNV_OPT_LEN_SHIFT & GNV_OPT_LEN) * 4;
	*inner = outer->l4_off + FRL_UDP_LEN + FRL_TUN_LEN + options;
	if (options > GNV_OPTIONS_LEN || *inner > outer->l3_end)
		return FRL_PUNT_GENEVE_OPTIONS;

	if (word & GNV_OAM)
		flags |= FRL_TUN_FLAG_OAM;
	if (word & GNV_CRITICAL)
		flags |= FRL_TUN_FLAG_CRIT;
	FRL_KEY_PUT(key, TUN_VNI, frl_get32(gnv + 4) >> 8);
	put_outer(view, outer, key, flags);
	return parse_options(config, gnv + FRL_TUN_LEN, options, key);
}

uint8_t frl_parse_tunnel(const struct frl_model_config *config, const struct frl_view *view,
			 const struct frl_headers *outer, uint32_t type, uint32_t *key,
			 uint32_t *inner)
{
	uint8_t punt;

	if (type == FRL_TUN_TYPE_VXLAN)
		punt = parse_vxlan(view, outer, key, inner);
	else
		punt = parse_geneve(config, view, outer, key, inner);
	if (punt == FRL_PUNT_NONE)
		FRL_KEY_PUT(key, TUN_TYPE, type);
	return punt;
}
