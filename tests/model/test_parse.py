# SPDX-License-Identifier: BSD-3-Clause
"""Key and punts of the parser, for frames that scapy builds; what the key must hold is written here by hand."""

import ipaddress

import pytest
from scapy.contrib.geneve import GENEVE
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr,
                                IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting)
from scapy.layers.ipsec import AH
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Dot3, Ether, LLC, SNAP
from scapy.layers.sctp import SCTP
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from chip import FRAG, L3, L4, PUNT, flow_hash

ETH = Ether(dst="02:00:00:00:00:aa", src="02:00:00:00:00:bb")
MACS = {"eth_dst": 0x0200000000aa, "eth_src": 0x0200000000bb}
V4 = IP(src="10.0.0.1", dst="10.0.0.2", tos=0x2e, ttl=63, flags="DF")
KEY4 = MACS | {"eth_type": 0x800, "l3_type": L3["IPV4"], "ip_src": 0x0a000001, "ip_dst": 0x0a000002, "ip_tos": 0x2e,
               "ip_ttl": 63, "ip_flags": 1}
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2", tc=0x2e, fl=0xabcde, hlim=63)
KEY6 = MACS | {"eth_type": 0x86dd, "l3_type": L3["IPV6"], "ip_src": int(ipaddress.ip_address("2001:db8::1")),
               "ip_dst": int(ipaddress.ip_address("2001:db8::2")), "ip_tos": 0x2e, "ip_ttl": 63, "ip6_flow": 0xabcde}
TARGET = "fe80::1234"
TARGET_N = int(ipaddress.ip_address(TARGET))
LL = 0x020000000001

GOOD = {
    "tcp": (ETH / V4 / TCP(sport=1000, dport=80, flags="SA"),
            KEY4 | {"ip_proto": 6, "l4_type": L4["TCP"], "tp_src": 1000, "tp_dst": 80, "tcp_flags": 0x12}),
    "tcp all flags": (ETH / V4 / TCP(sport=1, dport=2, flags=0x1ff, reserved=7, options=[("NOP", 0)] * 40),
                      KEY4 | {"ip_proto": 6, "l4_type": L4["TCP"], "tp_src": 1, "tp_dst": 2, "tcp_flags": 0xfff}),
    "udp": (ETH / V4 / UDP(sport=5, dport=4789) / b"x",
            KEY4 | {"ip_proto": 17, "l4_type": L4["UDP"], "tp_src": 5, "tp_dst": 4789}),
    "udp behind options": (ETH / IP(src="10.0.0.1", dst="10.0.0.2", options=[b"\x01\x01\x01\x00"] * 10) / UDP(sport=7, dport=8),
                           MACS | {"eth_type": 0x800, "l3_type": 1, "ip_src": 0x0a000001, "ip_dst": 0x0a000002,
                                   "ip_ttl": 64, "ip_proto": 17, "l4_type": L4["UDP"], "tp_src": 7, "tp_dst": 8}),
    "sctp": (ETH / V4 / SCTP(sport=9, dport=10),
             KEY4 | {"ip_proto": 132, "l4_type": L4["SCTP"], "tp_src": 9, "tp_dst": 10}),
    "icmp": (ETH / V4 / ICMP(type=3, code=4), KEY4 | {"ip_proto": 1, "l4_type": L4["ICMP"], "tp_src": 3, "tp_dst": 4}),
    "icmpv6 over ipv4": (ETH / IP(src="10.0.0.1", dst="10.0.0.2", proto=58) / Raw(b"\x80\0\0\0\0\0\0\0"),
                         MACS | {"eth_type": 0x800, "l3_type": 1, "ip_src": 0x0a000001, "ip_dst": 0x0a000002,
                                 "ip_ttl": 64, "ip_proto": 58}),
    "gre": (ETH / IP(src="10.0.0.1", dst="10.0.0.2", proto=47, flags=0) / b"",
            MACS | {"eth_type": 0x800, "l3_type": 1, "ip_src": 0x0a000001, "ip_dst": 0x0a000002, "ip_ttl": 64,
                    "ip_proto": 47}),
    "reserved flag": (ETH / IP(src="10.0.0.1", dst="10.0.0.2", proto=47, flags="evil+DF"),
                      MACS | {"eth_type": 0x800, "l3_type": 1, "ip_src": 0x0a000001, "ip_dst": 0x0a000002, "ip_ttl": 64,
                              "ip_proto": 47, "ip_flags": 3}),
    "first fragment": (ETH / IP(src="10.0.0.1", dst="10.0.0.2", flags="MF") / UDP(sport=5, dport=6) / bytes(16),
                       MACS | {"eth_type": 0x800, "l3_type": 1, "ip_src": 0x0a000001, "ip_dst": 0x0a000002,
                               "ip_ttl": 64, "ip_proto": 17, "l4_type": L4["UDP"], "tp_src": 5, "tp_dst": 6,
                               "frag": FRAG["FIRST"]}),
    "later fragment": (ETH / IP(src="10.0.0.1", dst="10.0.0.2", frag=2, proto=6) / b"1",
                       MACS | {"eth_type": 0x800, "l3_type": 1, "ip_src": 0x0a000001, "ip_dst": 0x0a000002,
                               "ip_ttl": 64, "ip_proto": 6, "frag": FRAG["LATER"]}),
    "one tag": (ETH / Dot1Q(vlan=5, prio=3) / V4 / UDP(sport=5, dport=6),
                KEY4 | {"vlan0_present": 1, "vlan0_tpid": 0x8100, "vlan0_tci": 0x6005, "ip_proto": 17,
                        "l4_type": L4["UDP"], "tp_src": 5, "tp_dst": 6}),
    "two tags": (ETH / Dot1AD(vlan=5) / Dot1Q(vlan=6, id=1) / V4 / UDP(sport=5, dport=6),
                 KEY4 | {"vlan0_present": 1, "vlan0_tpid": 0x88a8, "vlan0_tci": 5, "vlan1_present": 1,
                         "vlan1_tpid": 0x8100, "vlan1_tci": 0x1006, "ip_proto": 17, "l4_type": L4["UDP"],
                         "tp_src": 5, "tp_dst": 6}),
    "three tags": (ETH / Dot1Q(vlan=5) / Dot1Q(vlan=6) / Dot1Q(vlan=7) / V4,
                   MACS | {"vlan0_present": 1, "vlan0_tpid": 0x8100, "vlan0_tci": 5, "vlan1_present": 1,
                           "vlan1_tpid": 0x8100, "vlan1_tci": 6, "eth_type": 0x8100}),
    "bare ethernet": (Ether(dst="02:00:00:00:00:aa", src="02:00:00:00:00:bb", type=0x88b5), MACS | {"eth_type": 0x88b5}),
    "arp": (ETH / ARP(op=2, hwsrc="02:00:00:00:00:01", hwdst="02:00:00:00:00:02", psrc="10.0.0.1", pdst="10.0.0.2"),
            MACS | {"eth_type": 0x806, "l3_type": L3["ARP"], "ip_proto": 2, "arp_sha": 0x020000000001,
                    "arp_tha": 0x020000000002, "ip_src": 0x0a000001, "ip_dst": 0x0a000002}),
    "arp, large operation": (ETH / ARP(op=256, hwsrc="02:00:00:00:00:01", hwdst="02:00:00:00:00:02", psrc="10.0.0.1",
                                       pdst="10.0.0.2"),
                             MACS | {"eth_type": 0x806, "l3_type": L3["ARP"], "arp_sha": 0x020000000001,
                                     "arp_tha": 0x020000000002, "ip_src": 0x0a000001, "ip_dst": 0x0a000002}),
    "arp of another kind": (ETH / ARP(hwtype=6), MACS | {"eth_type": 0x806, "l3_type": L3["ARP"]}),
    "arp cut short": (bytes(ETH / ARP())[:41], MACS | {"eth_type": 0x806, "l3_type": L3["ARP"]}),
    "ipv6 tcp": (ETH / V6 / TCP(sport=1000, dport=80, flags="S"),
                 KEY6 | {"ip_proto": 6, "l4_type": L4["TCP"], "tp_src": 1000, "tp_dst": 80, "tcp_flags": 2}),
    "four extension headers": (ETH / V6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting() /
                               AH(nh=17, payloadlen=4, spi=1, seq=1, icv=bytes(12)) / UDP(sport=5, dport=6),
                               KEY6 | {"ip_proto": 17, "l4_type": L4["UDP"], "tp_src": 5, "tp_dst": 6}),
    "ipv6 first fragment": (ETH / V6 / IPv6ExtHdrFragment(m=1) / UDP(sport=5, dport=6),
                            KEY6 | {"ip_proto": 17, "l4_type": L4["UDP"], "tp_src": 5, "tp_dst": 6,
                                    "frag": FRAG["FIRST"]}),
    "ipv6 later fragment": (ETH / V6 / IPv6ExtHdrFragment(offset=3, nh=17) / b"12345678",
                            KEY6 | {"ip_proto": 44, "frag": FRAG["LATER"]}),
    "esp is final": (ETH / IPv6(src="2001:db8::1", dst="2001:db8::2", tc=0x2e, fl=0xabcde, hlim=63, nh=50),
                     KEY6 | {"ip_proto": 50}),
    "icmpv6": (ETH / V6 / ICMPv6EchoRequest(), KEY6 | {"ip_proto": 58, "l4_type": L4["ICMPV6"], "tp_src": 128}),
    "solicitation": (ETH / V6 / ICMPv6ND_NS(tgt=TARGET),
                     KEY6 | {"ip_proto": 58, "l4_type": L4["ICMPV6"], "tp_src": 135, "nd_target": TARGET_N}),
    "solicitation with address": (ETH / V6 / ICMPv6ND_NS(tgt=TARGET) / ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01"),
                                  KEY6 | {"ip_proto": 58, "l4_type": L4["ICMPV6"], "tp_src": 135,
                                          "nd_target": TARGET_N, "nd_ll": LL}),
    "advertisement with address": (ETH / V6 / ICMPv6ND_NA(tgt=TARGET) / ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:01"),
                                   KEY6 | {"ip_proto": 58, "l4_type": L4["ICMPV6"], "tp_src": 136,
                                           "nd_target": TARGET_N, "nd_ll": LL}),
    "solicitation, other code": (ETH / V6 / ICMPv6ND_NS(tgt=TARGET, code=1),
                                 KEY6 | {"ip_proto": 58, "l4_type": L4["ICMPV6"], "tp_src": 135, "tp_dst": 1}),
    "solicitation without target": (ETH / IPv6(src="2001:db8::1", dst="2001:db8::2", tc=0x2e, fl=0xabcde, hlim=63,
                                               nh=58) / Raw(b"\x87" + bytes(22)),
                                    KEY6 | {"ip_proto": 58, "l4_type": L4["ICMPV6"], "tp_src": 135}),
    "802.3": (Dot3(dst="02:00:00:00:00:aa", src="02:00:00:00:00:bb") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / bytes(35),
              MACS | {"eth_type": 0x5ff}),
    "802.3, foreign organisation": (Dot3(dst="02:00:00:00:00:aa", src="02:00:00:00:00:bb") / LLC() / SNAP(OUI=1, code=0x800),
                                    MACS | {"eth_type": 0x5ff}),
}


def check(chip, frame, want, **meta):
    result = chip.frame(frame, **meta)
    assert result.key == {k: v for k, v in want.items() if v}, result
    assert result.reason == PUNT["MISS"]
    assert f"flow hash {flow_hash(result.key):#010x}" in str(result)


@pytest.mark.parametrize("name", GOOD)
def test_key(chip, name):
    check(chip, *GOOD[name])


def test_padding_is_not_payload(chip):
    frame = bytes(ETH / V4 / UDP(sport=5, dport=6)) + b"\xff" * 18
    check(chip, frame, KEY4 | {"ip_proto": 17, "l4_type": L4["UDP"], "tp_src": 5, "tp_dst": 6})


def test_metadata(chip):
    frame, want = GOOD["bare ethernet"]
    check(chip, frame, want | {"port": 17, "table_id": 3, "ct_state": 0x21, "ct_zone": 7, "ct_mark": 0xdeadbeef},
          src=17, table_id=3, ct_state=0x21, ct_zone=7, ct_mark=0xdeadbeef)


def patched(frame, at, value):
    data = bytearray(bytes(frame))
    data[at:at + len(value)] = value
    return bytes(data)


TCP4 = bytes(GOOD["tcp"][0])
UDP6 = bytes(ETH / V6 / UDP(sport=5, dport=6))
NS = bytes(GOOD["solicitation with address"][0])

BAD = {
    "tag cut": (bytes(ETH / Dot1Q(vlan=5))[:17], "HEADER_LENGTH"),
    "ipv4 header cut": (TCP4[:33], "HEADER_LENGTH"),
    "ipv6 header cut": (UDP6[:53], "HEADER_LENGTH"),
    "ipv4 version": (patched(TCP4, 14, b"\x65"), "IP_MALFORMED"),
    "ipv4 ihl 4": (patched(TCP4, 14, b"\x44"), "IP_MALFORMED"),
    "ipv4 ihl beyond total": (patched(patched(TCP4, 14, b"\x46"), 16, b"\x00\x17"), "IP_MALFORMED"),
    "ipv4 ihl beyond frame": (patched(TCP4, 14, b"\x4f"), "IP_MALFORMED"),
    "ipv4 total beyond frame": (patched(TCP4, 16, b"\x00\x29"), "IP_MALFORMED"),
    "ipv4 total below header": (patched(TCP4, 16, b"\x00\x13"), "IP_MALFORMED"),
    "ipv4 payload below tcp": (patched(TCP4, 16, b"\x00\x27"), "IP_MALFORMED"),
    "tcp offset 4": (patched(TCP4, 46, b"\x40"), "IP_MALFORMED"),
    "tcp offset beyond payload": (patched(TCP4, 46, b"\x60"), "IP_MALFORMED"),
    "ipv6 version": (patched(UDP6, 14, b"\x40"), "IP_MALFORMED"),
    "ipv6 payload beyond frame": (patched(UDP6, 18, b"\x00\x09"), "IP_MALFORMED"),
    "ipv6 payload below udp": (patched(UDP6, 18, b"\x00\x07"), "IP_MALFORMED"),
    "icmp cut": (ETH / IP(proto=1) / Raw(bytes(7)), "IP_MALFORMED"),
    "sctp cut": (ETH / IP(proto=132) / Raw(bytes(11)), "IP_MALFORMED"),
    "first fragment without header": (ETH / IP(flags="MF", proto=6) / Raw(bytes(8)), "IP_MALFORMED"),
    "extension cut": (ETH / IPv6(nh=0) / Raw(b"\x11\x01" + bytes(6)), "IP_MALFORMED"),
    "extension beyond 256": (ETH / IPv6(nh=0) / Raw(b"\x3b\x19" + bytes(206)), "HEADER_LENGTH"),
    "udp beyond 256": (ETH / IPv6(nh=0) / Raw(b"\x11\x18" + bytes(206)), "HEADER_LENGTH"),
    "five extension headers": (ETH / V6 / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() /
                               IPv6ExtHdrDestOpt() / IPv6ExtHdrDestOpt() / UDP(), "IPV6_EXT"),
    "atomic fragment": (ETH / V6 / IPv6ExtHdrFragment() / UDP(), "IPV6_EXT"),
    "snap": (Dot3() / LLC() / SNAP(OUI=0, code=0x800) / bytes(30), "SNAP"),
    "snap behind a tag": (ETH / Dot1Q(vlan=1, type=10) / Raw(b"\xaa\xaa\x03\0\0\0\x08\0" + bytes(30)), "SNAP"),
    "nd option of the other kind": (patched(NS, 14 + 40 + 24, b"\x02"), "ND_OPTIONS"),
    "nd option length": (patched(NS, 14 + 40 + 25, b"\x02"), "ND_OPTIONS"),
    "nd with two options": (ETH / V6 / ICMPv6ND_NS(tgt=TARGET) / ICMPv6NDOptSrcLLAddr() / ICMPv6NDOptSrcLLAddr(),
                            "ND_OPTIONS"),
    "nd with half an option": (ETH / IPv6(nh=58) / Raw(b"\x87" + bytes(26)), "ND_OPTIONS"),
}


@pytest.mark.parametrize("name", BAD)
def test_punt(chip, name):
    chip.catch_all()
    frame, reason = BAD[name]
    result = chip.frame(frame)
    assert (result.port, result.reason) == (8, PUNT[reason]), result
    assert result.frame == bytes(frame) and not result.hit


# ---- Tunnels ----

INNER = Ether(dst="02:00:00:00:00:aa", src="02:00:00:00:00:bb") / V4 / TCP(sport=1000, dport=80, flags="S")
INNER_KEY = KEY4 | {"ip_proto": 6, "l4_type": L4["TCP"], "tp_src": 1000, "tp_dst": 80, "tcp_flags": 2}
OUTER = Ether(dst="02:00:00:00:01:aa", src="02:00:00:00:01:bb")
OUT4 = IP(src="192.0.2.1", dst="192.0.2.2", tos=0x10, ttl=9, flags="DF")
OUT6 = IPv6(src="2001:db8:1::1", dst="2001:db8:1::2", tc=0x10, hlim=9, fl=5)
TUN4 = {"tun_src": 0xc0000201, "tun_dst": 0xc0000202, "tun_tos": 0x10, "tun_ttl": 9, "tun_flags": 1}
TUN6 = {"tun_src": int(ipaddress.ip_address("2001:db8:1::1")), "tun_dst": int(ipaddress.ip_address("2001:db8:1::2")),
        "tun_tos": 0x10, "tun_ttl": 9, "tun_ip6": 1}
VX = UDP(sport=50000, dport=4789, chksum=0) / VXLAN(flags=8, vni=0x123456)
GN = UDP(sport=50000, dport=6081, chksum=0)


@pytest.fixture
def tunnelled(chip):
    chip.port(0, tunnel=1)
    return chip


def option(cls, kind, data):
    return cls.to_bytes(2, "big") + bytes([kind, len(data) // 4]) + data


def geneve(options=b"", **fields):
    return GN / GENEVE(proto=0x6558, vni=0x123456, optionlen=len(options) // 4, **fields) / Raw(
        options) / Raw(bytes(INNER)) if options else GN / GENEVE(proto=0x6558, vni=0x123456, optionlen=0, **fields) / INNER


def test_vxlan(tunnelled):
    check(tunnelled, OUTER / OUT4 / VX / INNER, INNER_KEY | TUN4 | {"tun_type": 1, "tun_vni": 0x123456, "tun_udp_dst": 4789})


def test_vxlan_over_ipv6_behind_tags(tunnelled):
    frame = OUTER / Dot1Q(vlan=9) / OUT6 / UDP(sport=1, dport=4789, chksum=0x1234) / VXLAN(flags=8, vni=1) / INNER
    check(tunnelled, frame, INNER_KEY | TUN6 | {"tun_type": 1, "tun_vni": 1, "tun_udp_dst": 4789, "tun_flags": 2})


def test_vxlan_from_a_port_without_tunnels(chip):
    result = chip.frame(OUTER / OUT4 / VX / INNER)
    assert result.key["tp_dst"] == 4789 and "tun_type" not in result.key


def test_tunnel_port_is_a_register(tunnelled):
    tunnelled.tunnels(vxlan=8472)
    assert "tun_type" not in tunnelled.frame(OUTER / OUT4 / VX / INNER).key
    assert tunnelled.frame(OUTER / OUT4 / UDP(dport=8472) / VXLAN(flags=8, vni=5) / INNER).key["tun_vni"] == 5


def test_fragment_is_no_tunnel(tunnelled):
    frame = OUTER / IP(src="192.0.2.1", dst="192.0.2.2", flags="MF") / VX / INNER
    assert tunnelled.frame(frame).key["tp_dst"] == 4789


def test_geneve(tunnelled):
    check(tunnelled, OUTER / OUT4 / geneve(critical=1, oam=1),
          INNER_KEY | TUN4 | {"tun_type": 2, "tun_vni": 0x123456, "tun_udp_dst": 6081, "tun_flags": 1 | 4 | 8})


def sel(cls, kind, word):
    return 1 << 31 | word << 24 | kind << 16 | cls


def test_geneve_words(tunnelled):
    """First option of class and type counts; a word that it does not have is not there."""
    tunnelled.tunnels(sel=(sel(0x102, 0x80, 1), sel(0x102, 0x80, 2), sel(5, 1, 0), sel(6, 1, 0) & ~(1 << 31)))
    options = (option(6, 1, b"\x01\x02\x03\x04") + option(0x102, 0x80, b"\x11\x11\x11\x11\x22\x22\x22\x22") +
               option(0x102, 0x80, b"\x33" * 12) + option(5, 1, b"\0\0\0\0"))
    check(tunnelled, OUTER / OUT6 / geneve(options),
          INNER_KEY | TUN6 | {"tun_type": 2, "tun_vni": 0x123456, "tun_udp_dst": 6081, "gnv_present": 0b0101,
                              "gnv_opt0": 0x22222222})


def test_inner_arp(tunnelled):
    arp = Ether(dst="02:00:00:00:00:aa", src="02:00:00:00:00:bb") / ARP(op=1, psrc="10.0.0.1", pdst="10.0.0.2",
                                                                       hwsrc="02:00:00:00:00:01")
    result = tunnelled.frame(OUTER / OUT4 / VX / arp)
    assert result.key["arp_sha"] == 0x020000000001 and result.key["l3_type"] == L3["ARP"]


VXF = bytes(OUTER / OUT4 / VX / INNER)
GNF = bytes(OUTER / OUT4 / geneve())
BAD_TUNNEL = {
    "outer options": (OUTER / IP(options=[b"\x01\x01\x01\x00"]) / VX / INNER, "TUNNEL"),
    "outer checksum": (patched(VXF, 24, b"\x12\x34"), "TUNNEL"),
    "vxlan flags": (patched(VXF, 42, b"\x0c"), "TUNNEL"),
    "vxlan reserved": (patched(VXF, 45, b"\x01"), "TUNNEL"),
    "vxlan last byte": (patched(VXF, 49, b"\x01"), "TUNNEL"),
    "udp length": (patched(VXF, 38, b"\x00\x0f"), "TUNNEL"),
    "payload ends before the header": (OUTER / OUT4 / UDP(dport=4789) / bytes(7), "TUNNEL"),
    "extension header": (OUTER / OUT6 / IPv6ExtHdrDestOpt() / VX / INNER, "TUNNEL"),
    "geneve version": (patched(GNF, 42, b"\x40"), "TUNNEL"),
    "geneve protocol": (patched(GNF, 44, b"\x08\x00"), "TUNNEL"),
    "geneve reserved bits": (patched(GNF, 43, b"\x01"), "TUNNEL"),
    "geneve reserved byte": (patched(GNF, 49, b"\x01"), "TUNNEL"),
    "geneve option beyond its length": (OUTER / OUT4 / geneve(b"\0\x01\x01\x02\0\0\0\0"), "GENEVE_OPTIONS"),
    "geneve 64 bytes of options": (OUTER / OUT4 / geneve(option(1, 1, bytes(60))), "GENEVE_OPTIONS"),
    "geneve five options": (OUTER / OUT4 / geneve(option(1, 1, b"") * 5), "GENEVE_OPTIONS"),
    "geneve options beyond the payload": (OUTER / OUT4 / GN / GENEVE(proto=0x6558, optionlen=2) / bytes(7),
                                          "GENEVE_OPTIONS"),
    "inner ethernet cut": (OUTER / OUT4 / VX / Raw(bytes(13)), "HEADER_LENGTH"),
    "inner ip malformed": (OUTER / OUT4 / VX / Raw(patched(INNER, 14, b"\x44")), "IP_MALFORMED"),
}


@pytest.mark.parametrize("name", BAD_TUNNEL)
def test_tunnel_punt(tunnelled, name):
    tunnelled.catch_all()
    frame, reason = BAD_TUNNEL[name]
    result = tunnelled.frame(frame)
    assert (result.port, result.reason) == (8, PUNT[reason]), result
    assert result.frame == bytes(frame)


def test_60_bytes_of_options(tunnelled):
    assert tunnelled.frame(OUTER / OUT4 / geneve(option(1, 1, bytes(56)))).key["l4_type"] == L4["TCP"]
