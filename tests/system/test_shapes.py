# SPDX-License-Identifier: BSD-3-Clause
"""Action lists whose order matters: each output takes the packet as it was edited so far."""

import pytest
from lib.rules import Rule

from judge import check_hit, check_misses

# {name} stands for a port number; the sources are named so that frames can be sent.
PORTS = ["p0", "vf0", "vf1", "vf2", "vf3"]
UDP4 = "eth type is 0x0800 has_vlan is 0 / ipv4 proto is 17 fragment_offset is 0x0 / udp dst is 7001"
TCP4 = "eth type is 0x0800 has_vlan is 0 / ipv4 proto is 6 fragment_offset is 0x0 / tcp dst is 7002"
UDP6 = "eth type is 0x86dd has_vlan is 0 / ipv6 proto is 17 has_frag_ext is 0 / udp dst is 7003"
TAGGED = "eth has_vlan is 1 / vlan inner_type is 0x0800 tci spec 0x64 tci mask 0xfff / ipv4 fragment_offset is 0x0"
VXLAN = ("set vxlan-tos-ttl ip-version ipv4 vni 88 udp-src 0 udp-dst 4789 ip-tos 0 ip-ttl 64 "
         "ip-src 172.16.0.1 ip-dst 172.16.0.2 eth-src 02:00:00:00:01:01 eth-dst 02:00:00:00:01:02")
PUSH = "of_push_vlan ethertype 0x8100 / of_set_vlan_pcp vlan_pcp {pcp} / of_set_vlan_vid vlan_vid {vid}"


def push(vid, pcp=0):
    return PUSH.format(vid=vid, pcp=pcp)


SHAPES = {
    "set, output, set, output": ("vf0", UDP4, "set_ipv4_dst ipv4_addr 1.2.3.4 / port_id id {vf1} / "
                                              "set_ipv4_dst ipv4_addr 5.6.7.8 / set_ttl ttl_value 9 / port_id id {vf2}"),
    "push, output, pop, output": ("vf0", UDP4, push(100) + " / port_id id {p0} / of_pop_vlan / port_id id {vf1}"),
    "output, encap, output": ("vf0", UDP4, "port_id id {vf1} / vxlan_encap / port_id id {p0}"),
    "set, output, encap, output": ("vf0", TCP4, "set_mac_dst mac_addr 02:00:00:00:00:bb / port_id id {vf1} / "
                                                "set_tp_dst port 99 / vxlan_encap / port_id id {p0}"),
    "pop, output, push, output": ("p0", TAGGED, "of_pop_vlan / port_id id {vf0} / " + push(200, 3) + " / port_id id {vf1}"),
    "exchange of the tag": ("p0", TAGGED, "of_pop_vlan / " + push(300, 5) + " / port_id id {vf0}"),
    "two tags": ("vf0", UDP4, push(10) + " / of_push_vlan ethertype 0x88a8 / of_set_vlan_vid vlan_vid 20 / port_id id {p0}"),
    "back where it came from": ("vf0", UDP4, "set_mac_src mac_addr 02:00:00:00:00:aa / port_id id {vf0}"),
    "flood": ("vf0", UDP4, " / ".join(f"port_id id {{{p}}}" for p in ("p0", "vf1", "vf2", "vf3"))),
    "set IPv6": ("vf0", UDP6, "set_ipv6_src ipv6_addr fd00::aa / set_ipv6_dst ipv6_addr fd00::bb / set_ttl ttl_value 3 / "
                              "set_tp_src port 5 / port_id id {vf1}"),
    "set TCP": ("vf0", TCP4, "set_ipv4_src ipv4_addr 9.9.9.9 / set_tp_src port 1 / set_tp_dst port 65535 / port_id id {p0}"),
    "decrement TTL": ("vf0", UDP4, "dec_ttl / port_id id {vf1}"),
    "represented port": ("vf0", UDP4, "represented_port ethdev_port_id {vf2}"),
    "eight outputs": ("vf0", UDP4, " / ".join(f"set_ttl ttl_value {n} / port_id id {{vf1}}" for n in range(1, 9))),
}


def numbered(card, text):
    return text.format(**{name: card.number(name) for name in PORTS})


def build(card, source, pattern, actions):
    line = numbered(card, f"flow create {{{source}}} transfer pattern {pattern} / end actions count / {actions} / end")
    rule = Rule.parse(f"{VXLAN}; {line}")
    return line, rule, {card.number(name): name for name in PORTS}


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(card, rules, shape):
    source, pattern, actions = SHAPES[shape]
    card.testpmd.command(VXLAN)
    line, rule, names = build(card, source, pattern, actions)
    rules(line)
    for length in (18, 200, 1400):
        check_hit(card, rule, source, names, rule.matching(
            payload=(bytes(range(256)) * 6)[:length]))
    check_misses(card, source, rule.near_misses())


def test_udp_checksum_of_zero_stays(card, rules):
    """RFC 768: the sender computed none; an edit must not make one up."""
    line, rule, names = build(card, "vf0", UDP4, "set_ipv4_dst ipv4_addr 1.2.3.4 / port_id id {vf1}")
    rules(line)
    frame = bytearray(rule.matching())
    frame[40:42] = b"\0\0"
    check_hit(card, rule, "vf0", names, bytes(frame))


def test_vxlan_decap(card, rules):
    """A tunnel's packets come out of it, whatever is inside, and other tunnels stay with the host."""
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether
    from scapy.layers.vxlan import VXLAN as Header

    rules(numbered(card, "flow create {p0} transfer pattern eth / ipv4 / udp dst is 4789 / vxlan vni is 88 / eth / end "
                         "actions count / vxlan_decap / port_id id {vf1} / end"))

    def outer(vni, port=4789):
        return bytes(Ether(src="02:00:00:00:01:02", dst="02:00:00:00:01:01") / IP(src="172.16.0.2", dst="172.16.0.1") /
                     UDP(sport=55555, dport=port, chksum=0) / Header(flags=8, vni=vni) / inner)

    inner = Rule.parse(f"flow create 0 transfer pattern {UDP4} / end actions drop / end").matching()
    card.send("p0", outer(88))
    got = card.collect(1)
    assert got.pop("vf1") == [inner] and not any(got.values())
    check_misses(card, "p0", {"another VNI": outer(89), "another port": outer(88, 4790)})
