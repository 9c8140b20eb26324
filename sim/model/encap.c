/* SPDX-License-Identifier: BSD-3-Clause */
/* Outer headers of a VXLAN tunnel over IPv4 (RFC 7348, 5; chip.toml, row encap). */
#include "checksum.h"
#include "edit.h"

#include <string.h>

enum {
	OUTER_LEN = FRL_ETH_LEN + FRL_IP4_LEN + FRL_UDP_LEN + FRL_TUN_LEN,
};

/* Source ports 49152 to 65535 (RFC 7348, 5): the flow's hash spreads flows over paths. */
#define ENTROPY_BASE 0xc000
#define ENTROPY_MASK 0x3fff

static void put_ipv4(const uint32_t *row, uint8_t *ip, uint32_t total)
{
	ip[0] = 0x45;
	ip[1] = FRL_ROW_GET(row, ENCAP, TOS);
	frl_set16(ip + 2, total);
	frl_set16(ip + 6, FRL_ROW_GET(row, ENCAP, DF) ? 0x4000 : 0);
	ip[8] = FRL_ROW_GET(row, ENCAP, TTL);
	ip[9] = FRL_PROTO_UDP;
	frl_set32(ip + 12, FRL_ROW_GET(row, ENCAP, IP_SRC));
	frl_set32(ip + 16, FRL_ROW_GET(row, ENCAP, IP_DST));
	frl_set16(ip + 10, ~frl_fold(frl_sum(ip, FRL_IP4_LEN)));
}

void frl_encap(const uint32_t *row, uint32_t hash, uint8_t *frame, size_t *len)
{
	uint8_t *ip = frame + FRL_ETH_LEN, *udp = ip + FRL_IP4_LEN, *vxlan = udp + FRL_UDP_LEN;

	memmove(frame + OUTER_LEN, frame, *len);
	memset(frame, 0, OUTER_LEN);
	frl_set48(frame, FRL_ROW_GET(row, ENCAP, ETH_DST));
	frl_set48(frame + 6, FRL_ROW_GET(row, ENCAP, ETH_SRC));
	frl_set16(frame + FRL_ETH_ADDRS_LEN, FRL_ETHERTYPE_IPV4);
	put_ipv4(row, ip, FRL_IP4_LEN + FRL_UDP_LEN + FRL_TUN_LEN + *len);
	frl_set16(udp, ENTROPY_BASE | (hash & ENTROPY_MASK));
	frl_set16(udp + 2, FRL_ROW_GET(row, ENCAP, UDP_DST));
	frl_set16(udp + 4, FRL_UDP_LEN + FRL_TUN_LEN + *len);
	vxlan[0] = 0x08;
	frl_set32(vxlan + 4, FRL_ROW_GET(row, ENCAP, VNI) << 8);
	*len += OUTER_LEN;
}
