# SPDX-License-Identifier: BSD-3-Clause
"""Frames for the benches of the parser and of the match-action pipeline: named ones made with scapy, each with what
the parser must say, and random damage to them."""
import functools

from scapy.contrib.geneve import GENEVE
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU,
                                ICMPv6NDOptSrcLLAddr, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                                IPv6ExtHdrRouting)
from scapy.layers.l2 import ARP, LLC, SNAP, STP, Dot1AD, Dot1Q, Dot3, Ether
from scapy.layers.sctp import SCTP
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

MAC = "02:11:22:33:44:55"
ETH = Ether(dst=MAC, src="02:aa:bb:cc:dd:ee")
IP4 = IP(src="10.1.2.3", dst="192.168.77.5", tos=0x2E, ttl=61)
IP6 = IPv6(src="fd00:1::abcd", dst="fd00:2::1:2", tc=0xB8, fl=0x12345, hlim=7)
OUTER = Ether(dst="02:00:00:00:00:01", src="02:00:00:00:00:02") / IP(src="172.16.0.1", dst="172.16.0.2", ttl=64, tos=8)
OUTER6 = Ether(dst="02:00:00:00:00:01", src="02:00:00:00:00:02") / IPv6(src="fd00:a::1", dst="fd00:a::2", hlim=64, tc=8)
VX = UDP(sport=51234, dport=4789, chksum=0) / VXLAN(vni=0xABCDE, flags="Instance")
PAY = Raw(b"payload" * 5)
V4 = {"l3_type": 1, "ip_src": 0x0A010203, "ip_dst": 0xC0A84D05, "ip_tos": 0x2E, "ip_ttl": 61, "eth_type": 0x800}
V6 = {"l3_type": 2, "ip_src": 0xFD00000100000000000000000000ABCD, "ip_dst": 0xFD000002000000000000000000010002,
      "ip_tos": 0xB8, "ip_ttl": 7, "ip6_flow": 0x12345, "eth_type": 0x86DD}
TUNNEL = {"tun_type": 1, "tun_vni": 0xABCDE, "tun_src": 0xAC100001, "tun_dst": 0xAC100002, "tun_tos": 8, "tun_ttl": 64,
          "tun_udp_dst": 4789, "tun_ip6": 0, "tun_flags": 0}
TUNNEL6 = {**TUNNEL, "tun_src": 0xFD00000A000000000000000000000001, "tun_dst": 0xFD00000A000000000000000000000002, "tun_ip6": 1}
GENEVE_TUNNEL = {**TUNNEL, "tun_type": 2, "tun_udp_dst": 6081}
# Registers GNV_SEL of the benches: words 0 and 1 of option 0x0102/0x80, one further back, word 0 of 0x0100/0x01.
GNV_SEL = (1 << 31 | 0x80 << 16 | 0x102, 1 << 31 | 1 << 24 | 0x80 << 16 | 0x102, 1 << 31 | 7 << 24 | 0x80 << 16 | 0x102,
           1 << 31 | 0x01 << 16 | 0x100)
OPTION = bytes.fromhex("0102 80e2 11223344 55667788")
OPTION_B = bytes.fromhex("0100 0101 99aabbcc")
OPTION_C = bytes.fromhex("ffff 0100")


def gnv(*options, **fields):
    """UDP and GENEVE header (RFC 8926)."""
    data = b"".join(options)
    fields = {"vni": 0xABCDE, "proto": 0x6558, "optionlen": len(data) // 4, **fields}
    return UDP(sport=51234, dport=6081, chksum=0) / Raw(bytes(GENEVE(**fields))[:8] + data)


def neighbour(message, *options):
    for option in options:
        message = message / option
    return ETH / IP6 / message


def bad_checksum(frame):
    data = bytearray(bytes(frame))
    data[24] ^= 0x40
    return bytes(data)


# name: (frame, reason to punt or key fields that must be there)
NAMED = {
    "tcp": (ETH / IP4 / TCP(sport=1234, dport=80, flags="SA") / PAY,
            {**V4, "ip_proto": 6, "l4_type": 1, "tp_src": 1234, "tp_dst": 80, "tcp_flags": 0x12, "port": 3,
             "eth_dst": 0x021122334455, "eth_src": 0x02AABBCCDDEE}),
    "tcp nonce flag": (ETH / IP4 / TCP(sport=1, dport=2, flags=0x1FF, reserved=5), {"tcp_flags": 0xBFF}),
    "udp": (ETH / IP4 / UDP(sport=53, dport=5353) / PAY, {**V4, "ip_proto": 17, "l4_type": 2, "tp_src": 53, "tp_dst": 5353}),
    "sctp": (ETH / IP4 / SCTP(sport=7, dport=9) / PAY, {**V4, "ip_proto": 132, "l4_type": 3, "tp_src": 7, "tp_dst": 9}),
    "icmp": (ETH / IP4 / ICMP(type=3, code=4) / PAY, {**V4, "ip_proto": 1, "l4_type": 4, "tp_src": 3, "tp_dst": 4}),
    "ip options": (ETH / IP(src="10.1.2.3", dst="1.1.1.1", options=b"\x94\x04\0\0" * 10) / UDP(sport=5, dport=6),
                   {"l4_type": 2, "tp_src": 5, "tp_dst": 6}),
    "first fragment": (ETH / IP(src="1.2.3.4", flags="MF") / UDP(sport=5, dport=6) / PAY, {"frag": 1, "l4_type": 2, "tp_dst": 6}),
    "later fragment": (ETH / IP(src="1.2.3.4", frag=9, proto=17) / PAY, {"frag": 3, "ip_proto": 17}),
    "later fragment, more": (ETH / IP(src="1.2.3.4", frag=9, flags="MF", proto=6) / PAY, {"frag": 3, "ip_proto": 6}),
    "ttl one": (ETH / IP(src="1.2.3.4", ttl=1) / UDP(sport=5, dport=6), {"ip_ttl": 1}),
    "gre": (ETH / IP(proto=47) / PAY, {"ip_proto": 47}),
    "vlan": (ETH / Dot1Q(vlan=100, prio=5) / IP4 / UDP(sport=5, dport=6),
             {**V4, "vlan0_present": 1, "vlan0_tci": 0xA064, "vlan0_tpid": 0x8100, "tp_dst": 6}),
    "qinq": (ETH / Dot1AD(vlan=7) / Dot1Q(vlan=8, id=1) / IP6 / TCP(sport=5, dport=6),
             {**V6, "vlan0_tpid": 0x88A8, "vlan0_tci": 7, "vlan1_present": 1, "vlan1_tpid": 0x8100, "vlan1_tci": 0x1008, "tp_dst": 6}),
    "three tags": (ETH / Dot1Q(vlan=1) / Dot1Q(vlan=2) / Dot1Q(vlan=3) / IP4, {"eth_type": 0x8100, "vlan1_tci": 2}),
    "tcp6": (ETH / IP6 / TCP(sport=1234, dport=80, flags="S"), {**V6, "ip_proto": 6, "l4_type": 1, "tp_dst": 80, "tcp_flags": 2}),
    "udp6": (ETH / IP6 / UDP(sport=1, dport=2), {**V6, "l4_type": 2, "tp_src": 1}),
    "icmp6": (ETH / IP6 / ICMPv6EchoRequest(), {**V6, "ip_proto": 58, "l4_type": 5, "tp_src": 128, "tp_dst": 0}),
    "neighbour": (ETH / IP6 / ICMPv6ND_NS(), {"l4_type": 5, "tp_src": 135}),
    "no next header": (ETH / IPv6(nh=59, src="::1") / PAY, {"ip_proto": 59}),
    "icmp over ip6": (ETH / IPv6(nh=1, src="::1") / PAY, {"ip_proto": 1}),
    "arp": (ETH / ARP(op=2, hwsrc="02:00:00:00:00:0a", psrc="10.0.0.1", hwdst="02:00:00:00:00:0b", pdst="10.0.0.2"),
            {"l3_type": 3, "eth_type": 0x806, "ip_proto": 2, "ip_src": 0x0A000001, "ip_dst": 0x0A000002, "arp_sha": 0x02000000000A,
             "arp_tha": 0x02000000000B}),
    "arp operation": (ETH / ARP(op=0x102, psrc="10.0.0.1"), {"l3_type": 3, "ip_proto": 0, "ip_src": 0x0A000001}),
    "arp, other hardware": (ETH / ARP(hwtype=6, psrc="10.0.0.1"), {"l3_type": 3, "ip_proto": None, "ip_src": None}),
    "arp cut": ((ETH / ARP(psrc="10.0.0.1")).build()[:41], {"l3_type": 3, "ip_src": None}),
    "rarp": (Ether(dst=MAC, type=0x8035) / ARP(psrc="10.0.0.1"), {"eth_type": 0x8035, "ip_src": None}),
    "lldp": (ETH / Raw(b"\x02\x07"), {}),
    "mpls": (Ether(dst=MAC, type=0x8847) / PAY, {"eth_type": 0x8847}),
    "llc": (Dot3(dst="01:80:c2:00:00:00") / LLC() / STP(), {"eth_type": 0x5FF}),
    "snap": (Dot3(dst=MAC) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x800) / IP4, "SNAP"),
    "snap cut": (bytes(Dot3(dst=MAC) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x800))[:21], {"eth_type": 0x5FF}),
    "snap, other oui": (Dot3(dst=MAC) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0xC, code=0x2000) / PAY, {"eth_type": 0x5FF}),
    "ip version": (ETH / IP(version=5) / PAY, "IP_MALFORMED"),
    "ip header length": (ETH / IP(ihl=4) / PAY, "IP_MALFORMED"),
    "ip total below header": (ETH / IP(len=19) / PAY, "IP_MALFORMED"),
    "ip total beyond frame": (ETH / IP(len=200, proto=99) / PAY, "IP_MALFORMED"),
    "ip6 payload beyond frame": (ETH / IPv6(plen=200) / PAY, "IP_MALFORMED"),
    "ip6 version": (ETH / IPv6(version=4) / UDP(), "IP_MALFORMED"),
    "hop by hop": (ETH / IP6 / IPv6ExtHdrHopByHop() / UDP(dport=9), {**V6, "ip_proto": 17, "l4_type": 2, "tp_dst": 9}),
    "destination options": (ETH / IP6 / IPv6ExtHdrDestOpt() / TCP(dport=9), {**V6, "ip_proto": 6, "tp_dst": 9}),
    "routing": (ETH / IP6 / IPv6ExtHdrRouting(addresses=["::1", "::2"]) / UDP(dport=9), {**V6, "ip_proto": 17, "tp_dst": 9}),
    "authentication": (ETH / IPv6(nh=51, src="fd00:1::abcd", dst="fd00:2::1:2", tc=0xB8, fl=0x12345, hlim=7) / Raw(b"\x11\4" + bytes(22)) /
                       Raw(bytes(UDP(dport=9))), {**V6, "ip_proto": 17, "tp_dst": 9}),
    "four extensions": (ETH / IP6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting(addresses=["::1"]) /
                        IPv6ExtHdrDestOpt() / UDP(dport=9), {**V6, "tp_dst": 9}),
    "five extensions": (ETH / IP6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting() / IPv6ExtHdrDestOpt() /
                        IPv6ExtHdrDestOpt() / UDP(dport=9), "IPV6_EXT"),
    "atomic fragment": (ETH / IP6 / IPv6ExtHdrFragment() / UDP(dport=9), "IPV6_EXT"),
    "reserved fragment bits": (ETH / IP6 / IPv6ExtHdrFragment(res2=3) / UDP(dport=9), "IPV6_EXT"),
    "ip6 first fragment": (ETH / IP6 / IPv6ExtHdrFragment(m=1) / UDP(dport=9) / PAY, {**V6, "frag": 1, "ip_proto": 17, "tp_dst": 9}),
    "ip6 later fragment": (ETH / IP6 / IPv6ExtHdrFragment(offset=3, m=1, nh=17) / PAY, {**V6, "frag": 3, "ip_proto": 44}),
    "esp6": (ETH / IPv6(nh=50) / PAY, {"ip_proto": 50}),
    "mobility": (ETH / IPv6(nh=135) / PAY, {"ip_proto": 135}),
    "hip behind options": (ETH / IP6 / IPv6ExtHdrDestOpt(nh=139) / PAY, {"ip_proto": 139}),
    "extension beyond payload": (ETH / IPv6(nh=0) / Raw(b"\x11\1" + bytes(13)), "IP_MALFORMED"),
    "extension cut": (ETH / IPv6(nh=60) / Raw(b"\x11\0" + bytes(5)), "IP_MALFORMED"),
    "extension beyond headers": (ETH / IPv6(nh=60) / Raw(b"\x3b\x1f" + bytes(300)), "HEADER_LENGTH"),
    "extensions to the last byte": (Ether(dst=MAC) / IPv6(nh=60) / Raw(b"\x3b\x18" + bytes(198)), {"ip_proto": 59}),
    "solicitation": (neighbour(ICMPv6ND_NS(tgt="fe80::1:2")), {**V6, "tp_src": 135, "nd_target": 0xFE800000000000000000000000010002}),
    "solicitation, source": (neighbour(ICMPv6ND_NS(tgt="fe80::3"), ICMPv6NDOptSrcLLAddr(lladdr=MAC)), {"nd_ll": 0x021122334455}),
    "advertisement, target": (neighbour(ICMPv6ND_NA(tgt="fe80::3"), ICMPv6NDOptDstLLAddr(lladdr=MAC)),
                              {"tp_src": 136, "nd_target": 0xFE800000000000000000000000000003, "nd_ll": 0x021122334455}),
    "advertisement, source": (neighbour(ICMPv6ND_NA(), ICMPv6NDOptSrcLLAddr(lladdr=MAC)), "ND_OPTIONS"),
    "solicitation, two options": (neighbour(ICMPv6ND_NS(), ICMPv6NDOptSrcLLAddr(), ICMPv6NDOptMTU()), "ND_OPTIONS"),
    "solicitation, odd end": (neighbour(ICMPv6ND_NS(), Raw(b"123")), "ND_OPTIONS"),
    "solicitation, code": (neighbour(ICMPv6ND_NS(code=1, tgt="fe80::3"), Raw(b"123")), {"tp_src": 135, "tp_dst": 1, "nd_target": None}),
    "solicitation cut": (ETH / IPv6(nh=58) / Raw((IP6 / ICMPv6ND_NS()).build()[40:63]), {"tp_src": 135, "nd_target": None}),
    "tcp cut": (ETH / IP(len=39) / TCP() / PAY, "IP_MALFORMED"),
    "tcp offset": (ETH / IP() / TCP(dataofs=4) / PAY, "IP_MALFORMED"),
    "tcp options beyond": (ETH / IP() / TCP(dataofs=15), "IP_MALFORMED"),
    "ip cut": ((ETH / IP4).build()[:33], "HEADER_LENGTH"),
    "ip options cut": ((ETH / IP(options=b"\x01" * 40)).build()[:70], "IP_MALFORMED"),
    "tag cut": ((ETH / Dot1Q(vlan=1) / IP4).build()[:16], "HEADER_LENGTH"),
    "padded": (bytes(ETH / IP4 / UDP(sport=5, dport=6)).ljust(60, b"\0"), {"tp_dst": 6}),
    "vxlan": (OUTER / VX / ETH / IP4 / TCP(sport=1, dport=2, flags="R"), {**V4, **TUNNEL, "tp_dst": 2, "tcp_flags": 4}),
    "vxlan, inner qinq ip6": (OUTER / VX / ETH / Dot1AD(vlan=7) / Dot1Q(vlan=8) / IP6 / ICMPv6EchoRequest(),
                              {**V6, **TUNNEL, "vlan1_tci": 8, "tp_src": 128}),
    "vxlan behind two tags": (Ether(dst=MAC) / Dot1AD(vlan=7) / Dot1Q(vlan=8) / OUTER[IP] / VX / ETH / IP4 / UDP(dport=9),
                              {**V4, **TUNNEL, "tp_dst": 9}),
    "vxlan, inner arp": (OUTER / VX / ETH / ARP(), {**TUNNEL, "l3_type": 3, "ip_proto": 1}),
    "vxlan, inner cut": ((OUTER / VX / ETH / IP4 / UDP()).build()[:60], "IP_MALFORMED"),
    "vxlan, inner ip cut": (OUTER / VX / Raw(bytes(ETH / IP4)[:30]), "HEADER_LENGTH"),
    "vxlan, no inner": (OUTER / VX, "HEADER_LENGTH"),
    "vxlan, inner ip6 extension": (OUTER / VX / ETH / IP6 / IPv6ExtHdrHopByHop() / UDP(dport=9), {**V6, **TUNNEL, "tp_dst": 9}),
    "vxlan, inner neighbour": (OUTER / VX / ETH / IP6 / ICMPv6ND_NS(tgt="fe80::3"), {**TUNNEL, "nd_target": 0xFE800000000000000000000000000003}),
    "vxlan with checksum, df": (Ether() / IP(flags="DF") / UDP(dport=4789, chksum=1) / VXLAN(flags="Instance") / ETH / IP4, {**V4, "tun_flags": 3}),
    "vxlan without I": (OUTER / UDP(dport=4789) / VXLAN(flags=0) / ETH / IP4, "TUNNEL"),
    "vxlan with group policy": (OUTER / UDP(dport=4789) / VXLAN(flags=0x88, gpid=1) / ETH / IP4, "TUNNEL"),
    "vxlan reserved byte": (OUTER / UDP(dport=4789) / VXLAN(flags="Instance", reserved2=1) / ETH / IP4, "TUNNEL"),
    "vxlan over ip6": (OUTER6 / VX / ETH / IP4 / UDP(dport=9), {**V4, **TUNNEL6, "tp_dst": 9}),
    "vxlan over ip6 with extension": (ETH / IP6 / IPv6ExtHdrDestOpt() / VX / ETH / IP4, "TUNNEL"),
    "geneve": (OUTER / gnv() / ETH / IP4 / UDP(dport=9), {**V4, **GENEVE_TUNNEL, "tp_dst": 9, "gnv_present": 0}),
    "geneve over ip6": (OUTER6 / gnv(oam=1, critical=1) / ETH / IP6 / UDP(dport=9),
                        {**V6, **TUNNEL6, "tun_type": 2, "tun_udp_dst": 6081, "tun_flags": 0xC, "tp_dst": 9}),
    "geneve, option": (OUTER / gnv(OPTION) / ETH / IP4,
                       {**V4, **GENEVE_TUNNEL, "gnv_present": 3, "gnv_opt0": 0x11223344, "gnv_opt1": 0x55667788, "gnv_opt2": None}),
    "geneve, four options": (OUTER / gnv(OPTION_C, OPTION_C, OPTION_C, OPTION_B) / ETH / IP4, {"gnv_present": 8, "gnv_opt3": 0x99AABBCC}),
    "geneve, option twice": (OUTER / gnv(bytes.fromhex("01028000"), OPTION) / ETH / IP4, {"gnv_present": 0}),
    "geneve, five options": (OUTER / gnv(*[OPTION_C] * 5) / ETH / IP4, "GENEVE_OPTIONS"),
    "geneve, 60 bytes of options": (OUTER6 / gnv(b"\xff\xff\0\x07" + bytes(28), b"\xff\xff\0\x06" + bytes(24)) / ETH / Dot1AD() / Dot1Q() / IP6 /
                                    ICMPv6ND_NS(), {"tun_type": 2, "l4_type": 5}),
    "geneve, 64 bytes of options": (OUTER / gnv(b"\xff\xff\0\x0f" + bytes(60)) / ETH / IP4, "GENEVE_OPTIONS"),
    "geneve, option beyond": (OUTER / gnv(b"\xff\xff\0\x02" + bytes(4)) / ETH / IP4, "GENEVE_OPTIONS"),
    "geneve, options beyond datagram": (OUTER / gnv(optionlen=15) / ETH / IP4, "GENEVE_OPTIONS"),
    "geneve, version": (OUTER / gnv(version=1) / ETH / IP4, "TUNNEL"),
    "geneve, ip inside": (OUTER / gnv(proto=0x800) / IP4, "TUNNEL"),
    "geneve, reserved bits": (OUTER / gnv(reserved=1) / ETH / IP4, "TUNNEL"),
    "geneve, reserved byte": (OUTER / gnv(reserved2=1) / ETH / IP4, "TUNNEL"),
    "geneve, short datagram": (OUTER / UDP(dport=6081) / Raw(b"\0\0\x65\x58\0\0\1"), "TUNNEL"),
    "geneve, inner cut": (OUTER / gnv(OPTION) / Raw(b"123"), "HEADER_LENGTH"),
    "vxlan, outer options": (ETH / IP(options=b"\x01" * 4) / VX / ETH / IP4, "TUNNEL"),
    "vxlan, outer checksum": (bad_checksum(OUTER / VX / ETH / IP4), "TUNNEL"),
    "vxlan, short datagram": (OUTER / UDP(dport=4789) / Raw(b"\x08\0\0\0"), "TUNNEL"),
    "vxlan, udp length": (OUTER / UDP(dport=4789, len=15) / VXLAN(flags="Instance") / ETH / IP4, "TUNNEL"),
    "vxlan, fragment": (ETH / IP(flags="MF") / VX / ETH / IP4, {"frag": 1, "tp_dst": 4789}),
    "vxlan to another port": (OUTER / UDP(dport=4790) / VXLAN() / ETH / IP4, {"tp_dst": 4790}),
}


@functools.cache
def named():
    """(name, bytes, expectation) of every frame."""
    return [(name, bytes(frame), want) for name, (frame, want) in NAMED.items()]


def damaged(rng, frame, reach=110):
    """A frame with a few of its first `reach` bytes changed, cut or made longer; at least 14 bytes."""
    data = bytearray(frame)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        data[rng.randrange(min(len(data), reach))] = rng.choice((0, 1, 4, 5, 6, 0x45, 0x81, 0xFF, rng.randrange(256)))
    if rng.random() < 0.3:
        del data[rng.randrange(14, len(data) + 1):]
    if rng.random() < 0.2:
        data += bytes(rng.randrange(300))
    return bytes(data)


def header_hex(frame):
    """First 256 bytes as a hexadecimal number with byte 0 lowest."""
    return frame[:256].ljust(256, b"\0")[::-1].hex()
