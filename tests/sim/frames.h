/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for benchmarks: UDP over IPv4, bare, tagged and in a VXLAN tunnel. Lengths are without FCS. */
#ifndef TESTS_SIM_FRAMES_H
#define TESTS_SIM_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX	  9216
#define FRAME_VXLAN_BYTES 50 /* outer Ethernet, IPv4, UDP, VXLAN */
#define FRAME_VNI	  42
#define FRAME_DST_PORT	  4242
#define FRAME_VLAN	  100
#define FRAME_SRC_IP	  0x0a000001u

extern const uint8_t frame_dst[6], frame_src[6], frame_vtep_here[4], frame_vtep_there[4];

/* A frame of len bytes, 42 or more. The low half of flow is the source port, the rest is added to the source address. */
void frame_udp(uint8_t *frame, size_t len, uint32_t flow);
/* The same with an IEEE 802.1Q tag of VLAN FRAME_VLAN in it: len bytes in all. */
void frame_vlan(uint8_t *frame, size_t len, uint32_t flow);
/* A frame of len bytes behind VXLAN from there to here: FRAME_VXLAN_BYTES longer than len. */
void frame_vxlan(uint8_t *frame, size_t len, uint32_t flow);

#endif /* TESTS_SIM_FRAMES_H */
