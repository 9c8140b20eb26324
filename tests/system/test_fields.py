# SPDX-License-Identifier: BSD-3-Clause
"""Fields beyond Ethernet, IP and ports: for each a frame that the rule matches, and frames that differ from it in one field."""

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import (ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6,
                                IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop)
from scapy.layers.l2 import ARP, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from judge import check_misses
from test_shapes import numbered

ETH = Ether(src="02:00:00:00:10:01", dst="02:00:00:00:10:02")
BODY = Raw(b"Ferrule forwards this frame.")
INNER = ETH / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2) / BODY
SLL, TLL = "02:00:00:00:00:05", "02:00:00:00:00:06"


def arp(**changes):
    return ETH / ARP(**{"hwsrc": SLL, "psrc": "10.0.0.1", "hwdst": TLL, "pdst": "10.0.0.2", **changes})


def ip6(*rest, **changes):
    packet = ETH / IPv6(**{"src": "fd00::1", "dst": "fd00::2", "fl": 0x12345, "tc": 0xAB, "hlim": 64, **changes})
    for part in rest:
        packet = packet / part
    return packet


def nd(message, option=None):
    return ip6(message, *([option] if option else []), src="fe80::1", dst="ff02::1", hlim=255)


def geneve(options=b"\x01\x02\x83\x01\x11\x22\x33\x44", vni=7, port=6081, ip=None):
    """Outer headers by hand: scapy's options differ from release to release."""
    head = bytes([len(options) // 4, 0, 0x65, 0x58]) + vni.to_bytes(3, "big") + b"\0"
    outer = ip if ip is not None else IP(src="172.16.0.2", dst="172.16.0.1")
    return ETH / outer / UDP(sport=55555, dport=port, chksum=0 if isinstance(outer, IP) else None) / Raw(head + options + bytes(INNER))


def vxlan(ip, vni=88):
    return ETH / ip / UDP(sport=55555, dport=4789) / VXLAN(flags=8, vni=vni) / INNER


OUTER6 = {"src": "fd00::11", "dst": "fd00::12", "tc": 0x28, "hlim": 9}

# name: (pattern, frame that matches, {what is different: frame})
MATCHES = {
    "ARP": ("eth / arp_eth_ipv4 sha is 02:00:00:00:00:05 spa is 10.0.0.1 tha is 02:00:00:00:00:06 tpa is 10.0.0.2",
            arp(), {"sha": arp(hwsrc="02:00:00:00:00:04"), "spa": arp(psrc="10.0.0.3"), "tha": arp(hwdst="02:00:00:00:00:07"),
                    "tpa": arp(pdst="10.0.0.3"), "type": ETH / IP() / BODY}),
    "IPv6 header": ("eth / ipv6 tc is 0xab flow is 0x12345 hop is 64", ip6(UDP(), BODY),
                    {"flow": ip6(UDP(), BODY, fl=0x12344), "tc": ip6(UDP(), BODY, tc=0xAA), "hop": ip6(UDP(), BODY, hlim=63)}),
    "behind extension headers": ("eth / ipv6 proto is 17 / udp dst is 7003",
                                 ip6(IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), UDP(dport=7003), BODY),
                                 {"port": ip6(IPv6ExtHdrHopByHop(), UDP(dport=7002), BODY),
                                  "protocol": ip6(IPv6ExtHdrHopByHop(), TCP(dport=7003), BODY)}),
    "first fragment": ("eth / ipv6 / ipv6_frag_ext frag_data spec 0x0001 frag_data mask 0xfff9",
                       ip6(IPv6ExtHdrFragment(m=1, id=3), UDP(dport=7003), BODY),
                       {"whole": ip6(UDP(dport=7003), BODY), "later": ip6(IPv6ExtHdrFragment(offset=8, nh=17), BODY)}),
    "solicitation": ("eth / ipv6 / icmp6_nd_ns target_addr is fe80::7 / icmp6_nd_opt_sla_eth sla is 02:00:00:00:00:05",
                     nd(ICMPv6ND_NS(tgt="fe80::7"), ICMPv6NDOptSrcLLAddr(lladdr=SLL)),
                     {"target": nd(ICMPv6ND_NS(tgt="fe80::6"), ICMPv6NDOptSrcLLAddr(lladdr=SLL)),
                      "address": nd(ICMPv6ND_NS(tgt="fe80::7"), ICMPv6NDOptSrcLLAddr(lladdr=TLL)),
                      "no option": nd(ICMPv6ND_NS(tgt="fe80::7")),
                      "advertisement": nd(ICMPv6ND_NA(tgt="fe80::7"), ICMPv6NDOptDstLLAddr(lladdr=SLL))}),
    "advertisement": ("eth / ipv6 / icmp6_nd_na target_addr is fe80::7 / icmp6_nd_opt_tla_eth tla is 02:00:00:00:00:06",
                      nd(ICMPv6ND_NA(tgt="fe80::7"), ICMPv6NDOptDstLLAddr(lladdr=TLL)),
                      {"target": nd(ICMPv6ND_NA(tgt="fe80::6"), ICMPv6NDOptDstLLAddr(lladdr=TLL)),
                       "address": nd(ICMPv6ND_NA(tgt="fe80::7"), ICMPv6NDOptDstLLAddr(lladdr=SLL))}),
    "VXLAN over IPv6": ("eth / ipv6 src is fd00::11 dst is fd00::12 tc is 0x28 hop is 9 / udp / vxlan vni is 88 / eth",
                        vxlan(IPv6(**OUTER6)),
                        {"src": vxlan(IPv6(**{**OUTER6, "src": "fd00::13"})), "tc": vxlan(IPv6(**{**OUTER6, "tc": 0})),
                         "hop": vxlan(IPv6(**{**OUTER6, "hlim": 8})), "vni": vxlan(IPv6(**OUTER6), vni=87)}),
    "outer IPv4": ("eth / ipv4 tos is 4 ttl is 5 / udp / vxlan / eth", vxlan(IP(tos=4, ttl=5)),
                   {"tos": vxlan(IP(tos=0, ttl=5)), "ttl": vxlan(IP(tos=4, ttl=6))}),
    "GENEVE": ("eth / ipv4 / udp / geneve vni is 7 / eth / ipv4 dst is 10.0.0.2", geneve(),
               {"vni": geneve(vni=8), "port": geneve(port=6082)}),
    "GENEVE over IPv6": ("eth / ipv6 src is fd00::11 / udp / geneve vni is 7 / eth", geneve(ip=IPv6(**OUTER6)),
                         {"src": geneve(ip=IPv6(**{**OUTER6, "src": "fd00::13"})), "IPv4": geneve()}),
}


@pytest.mark.parametrize("name", MATCHES)
def test_match(card, rules, name):
    pattern, frame, others = MATCHES[name]
    rules(numbered(card, f"flow create {{p0}} transfer pattern {pattern} / end actions count / port_id id {{vf1}} / end"))
    card.send("p0", bytes(frame))
    got = card.collect(1)
    assert got.pop("vf1") == [bytes(frame)] and not any(got.values())
    check_misses(card, "p0", {what: bytes(other) for what, other in others.items()})


def test_geneve_decap(card, rules):
    card.testpmd.command("set raw_decap 0 eth / ipv4 / udp / geneve / end_set")
    rules(numbered(card, "flow create {p0} transfer pattern eth / ipv4 / udp / geneve vni is 7 / eth / end "
                         "actions count / raw_decap index 0 / port_id id {vf1} / end"))
    for frame in (geneve(), geneve(options=b""), geneve(options=b"\x01\x02\x03\x02" + bytes(8))):
        card.send("p0", bytes(frame))
        got = card.collect(1)
        assert got.pop("vf1") == [bytes(INNER)] and not any(got.values())


def test_geneve_option(card, rules):
    """A word of an option: found by class and type wherever it stands; another value, type or class is not it."""
    rules(numbered(card, "flow create {p0} transfer pattern eth / ipv4 / udp / geneve / geneve-opt class is 0x0102 type is 0x83 "
                         "length spec 1 data spec 0x11223344 data mask 0xffffffff / eth / end "
                         "actions count / port_id id {vf1} / end"))
    for options in (b"\x01\x02\x83\x01\x11\x22\x33\x44", b"\x00\x09\x01\x00\x01\x02\x83\x01\x11\x22\x33\x44"):
        card.send("p0", bytes(geneve(options)))
        got = card.collect(1)
        assert got.pop("vf1") == [bytes(geneve(options))] and not any(got.values())
    check_misses(card, "p0", {"value": bytes(geneve(b"\x01\x02\x83\x01\x11\x22\x33\x45")),
                              "type": bytes(geneve(b"\x01\x02\x03\x01\x11\x22\x33\x44")),
                              "class": bytes(geneve(b"\x01\x03\x83\x01\x11\x22\x33\x44")), "none": bytes(geneve(b""))})
