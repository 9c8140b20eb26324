// SPDX-License-Identifier: BSD-3-Clause
/* Frames; see frames.h. */
#include "frames.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <string.h>

#define VXLAN_PORT 4789

const uint8_t frame_dst[6] = { 0x02, 0, 0, 0, 0, 0x0b }, frame_src[6] = { 0x02, 0, 0, 0, 0, 0x0a };
const uint8_t frame_vtep_here[4] = { 192, 0, 2, 1 }, frame_vtep_there[4] = { 192, 0, 2, 2 };

/* RFC 1071 */
static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *words = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < len / 2; i++)
		sum += words[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Ethernet, IPv4 and UDP headers of a frame of len bytes. */
static void headers(uint8_t *frame, size_t len, const uint8_t *src_ip, const uint8_t *dst_ip,
		    uint16_t src_port, uint16_t dst_port)
{
	struct ethhdr eth = { .h_proto = htons(ETH_P_IP) };
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };
	struct udphdr udp = { .source = htons(src_port), .dest = htons(dst_port) };

	memcpy(eth.h_dest, frame_dst, 6);
	memcpy(eth.h_source, frame_src, 6);
	ip.tot_len = htons((uint16_t)(len - sizeof(eth)));
	memcpy(&ip.saddr, src_ip, 4);
	memcpy(&ip.daddr, dst_ip, 4);
	ip.check = checksum(&ip, sizeof(ip));
	udp.len = htons((uint16_t)(len - sizeof(eth) - sizeof(ip)));
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + sizeof(eth), &ip, sizeof(ip));
	memcpy(frame + sizeof(eth) + sizeof(ip), &udp, sizeof(udp));
}

void frame_udp(uint8_t *frame, size_t len, uint32_t flow)
{
	static const uint8_t dst[4] = { 10, 0, 0, 2 };
	uint32_t src = htonl(FRAME_SRC_IP + (flow >> 16));

	memset(frame, 0, len);
	headers(frame, len, (const uint8_t *)&src, dst, (uint16_t)flow, FRAME_DST_PORT);
}

void frame_vlan(uint8_t *frame, size_t len, uint32_t flow)
{
	uint16_t tag[2] = { htons(ETH_P_8021Q), htons(FRAME_VLAN) };

	frame_udp(frame, len - sizeof(tag), flow);
	memmove(frame + 12 + sizeof(tag), frame + 12, len - sizeof(tag) - 12);
	memcpy(frame + 12, tag, sizeof(tag));
}

void frame_vxlan(uint8_t *frame, size_t len, uint32_t flow)
{
	/* RFC 7348, 5: I flag, then the VNI in the upper three bytes of the second word. */
	static const uint8_t vxlan[8] = { 0x08, 0, 0, 0, 0, 0, FRAME_VNI, 0 };

	headers(frame, len + FRAME_VXLAN_BYTES, frame_vtep_there, frame_vtep_here,
		(uint16_t)(49152 + flow % 1024), VXLAN_PORT);
	memcpy(frame + FRAME_VXLAN_BYTES - sizeof(vxlan), vxlan, sizeof(vxlan));
	frame_udp(frame + FRAME_VXLAN_BYTES, len, flow);
}
