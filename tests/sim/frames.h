/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for benchmarks: UDP over IPv4, bare and in a VXLAN tunnel. Lengths are without FCS. */
#ifndef TESTS_SIM_FRAMES_H
#define TESTS_SIM_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX	  1600
#define FRAME_VXLAN_BYTES 50 /* outer Ethernet, IPv4, UDP, VXLAN */
#define FRAME_VNI	  42
#define FRAME_DST_PORT	  4242

extern const uint8_t frame_dst[6], frame_src[6], frame_vtep_here[4], frame_vtep_there[4];

/* A frame of len bytes, 42 or more; flow makes the source port. */
void frame_udp(uint8_t *frame, size_t len, uint16_t flow);
/* The same behind VXLAN from there to here: FRAME_VXLAN_BYTES longer than len. */
void frame_vxlan(uint8_t *frame, size_t len, uint16_t flow);

#endif /* TESTS_SIM_FRAMES_H */
