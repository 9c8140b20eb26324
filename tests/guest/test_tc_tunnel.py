# SPDX-License-Identifier: BSD-3-Clause
"""Tunnels in the card, as frames on the wires: encapsulation from p0 to p1, decapsulation from p1 to p0."""

import pytest
from scapy.contrib.geneve import GENEVE, GeneveOptions
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

pytest.register_assert_rewrite("guest.tc_common")
from guest.tc_common import ADD_VX, B, C, HERE, HERE6, TCP4, THERE, THERE6, UDP4, eth, flat, ip4, receive  # noqa: E402

pytest_plugins = ["guest.tc_common"]

SET = f"action tunnel_key set src_ip {HERE} dst_ip {THERE} dst_port 4789 nocsum id"
TO_VX = "action mirred egress redirect dev vx"
TO_P0 = "action tunnel_key unset pipe action mirred egress redirect dev p0"


def outer(mac, src=THERE, dst=HERE, **kwargs):
    return Ether(src=C, dst=mac) / IP(src=src, dst=dst, **kwargs)


def check_outer(raw, mac, vni, inner, tos=0, ttl=64):
    frame = Ether(raw)
    assert (frame.src, frame.dst, frame[IP].src, frame[IP].dst) == (mac, C, HERE, THERE)
    assert (frame[IP].tos, frame[IP].ttl, frame[IP].len) == (tos, ttl, len(raw) - 14)
    assert (frame[UDP].dport, frame[UDP].chksum, frame[UDP].len) == (4789, 0, len(raw) - 34)
    assert raw[42:50] == bytes([8, 0, 0, 0]) + vni.to_bytes(3, "big") + b"\0"
    assert raw[50:] == inner


def test_encap(vtc, wires):
    assert vtc.add("p0", f"{SET} 42 tos 0x20 ttl 33 pipe {TO_VX}")[0] == 0
    wires[0].send(flat(UDP4))
    frame, = receive(wires[1], 1)
    check_outer(frame, vtc.mac, 42, flat(UDP4), 0x20, 33)
    assert vtc.counts("p0") == (1, len(flat(UDP4)))


def test_encap_carries_ecn(vtc, wires):
    """RFC 6040: a packet that may be marked leaves in one that may; the card only has those that the filter speaks of."""
    ect = eth() / ip4(tos=2) / UDP() / bytes(30)
    assert vtc.add("p0", f"ip_tos 2/3 {SET} 42 pipe {TO_VX}")[0] == 0
    assert vtc.add("p0", f"{SET} 43 pipe {TO_VX}", pref=2)[0] == 0
    for frame in (ect, UDP4, eth() / ip4(tos=1) / UDP() / bytes(30)):
        wires[0].send(flat(frame))
    first, second = receive(wires[1], 2)
    check_outer(first, vtc.mac, 42, flat(ect), tos=2)
    check_outer(second, vtc.mac, 43, flat(UDP4))


def test_two_tunnels_and_a_copy_outside(vtc, wires):
    words = (f"{SET} 42 pipe action mirred egress mirror dev vx pipe action vlan push id 5 pipe {SET} 43 pipe"
             f" action mirred egress mirror dev vx pipe action mirred egress redirect dev p1")
    assert vtc.add("p0", words)[0] == 0
    wires[0].send(flat(UDP4))
    frames = receive(wires[1], 3)
    tagged = flat(UDP4)[:12] + bytes.fromhex("81000005") + flat(UDP4)[12:]
    check_outer(frames[0], vtc.mac, 42, flat(UDP4))
    check_outer(frames[1], vtc.mac, 43, tagged)
    assert frames[2] == tagged


V4 = f"enc_src_ip {THERE} enc_dst_ip {HERE} enc_key_id 42"
V6 = f"enc_src_ip {THERE6} enc_dst_ip {HERE6} enc_key_id 42"
UDP_VXLAN, UDP_GENEVE = UDP(sport=5555, dport=4789, chksum=0), UDP(sport=5555, dport=6081, chksum=0)
OPTION = GeneveOptions(classid=0x102, type=0x80, data=b"\x11\x22\x33\x44\x55\x66\x77\x88")
OTHER_OPTION = GeneveOptions(classid=0x102, type=0x80, data=b"\x11\x22\x33\x44\x55\x66\x77\x89")


def vx(vni=42, inner=UDP4, mac=B, **kwargs):
    return outer(mac, **kwargs) / UDP_VXLAN / VXLAN(vni=vni, flags=8) / inner


def geneve(option):
    return outer(B) / UDP_GENEVE / GENEVE(vni=42, proto=0x6558, options=[option]) / UDP4


# name: device, match, frames in, frames that are not the filter's
DECAPS = {
    "vxlan": ("vx", f"{V4} enc_dst_port 4789", [vx()], [vx(vni=43), vx(src="198.51.100.3"), vx(dst="198.51.100.9"), vx(tos=3)]),
    "inner fields": ("vx", f"{V4} dst_ip 10.0.0.2 ip_proto udp dst_port 2000", [vx()], [vx(inner=TCP4)]),
    "outer tos and ttl": ("vx", f"{V4} enc_tos 0x20 enc_ttl 9", [vx(tos=0x20, ttl=9)], [vx(tos=0x20), vx(ttl=9)]),
    "outer ipv6": ("vx", V6, [Ether(src=C, dst=B) / IPv6(src=THERE6, dst=HERE6) / UDP(dport=4789) / VXLAN(vni=42, flags=8) / UDP4], [vx()]),
    "geneve option": ("gnv", f"{V4} enc_dst_port 6081 geneve_opts 0102:80:1122334455667788", [geneve(OPTION)], [geneve(OTHER_OPTION)]),
}


@pytest.mark.parametrize("name", DECAPS)
def test_decap(vtc, wires, name):
    device, match, same, other = DECAPS[name]
    assert vtc.add(device, f"{match} {TO_P0}", flags="") == (0, "")
    for frame in other + same:
        wires[1].send(bytes(frame))
    assert receive(wires[0], 1) == [bytes(UDP4)] * len(same)
    assert vtc.counts(device) == (len(same), sum(len(bytes(f)) for f in same))


def test_from_one_tunnel_to_another(vtc, wires):
    assert vtc.add("vx", f"{V4} action tunnel_key unset pipe {SET} 99 pipe {TO_VX}", flags="")[0] == 0
    wires[1].send(bytes(vx()))
    frame, = receive(wires[1], 1)
    check_outer(frame, vtc.mac, 99, bytes(UDP4))


def test_filters_of_the_uplink_come_first(vtc):
    """They see the outer packet, the card does not: it has no two rules of which one should hide the other."""
    drop, decap = ("p1", "ip_proto udp action drop"), ("vx", f"{V4} {TO_P0}")
    for first, second in ((decap, drop), (drop, decap)):
        assert vtc.add(*first, flags="") == (0, "")
        assert vtc.in_hw(first[0]) == [True]
        status, said = vtc.add(*second, flags="verbose")
        assert status == 0 and "rules of the uplink come before those of a tunnel device" in said
        assert vtc.in_hw(second[0]) == [False]
        assert vtc.add("p1", "dst_ip 192.0.2.77 action drop", pref=2) == (0, "")
        assert vtc.add("p1", "ip_proto tcp action drop", pref=3) == (0, "")
        vtc.clear("vx", "p1")


def test_tunnel_device_is_deleted(vtc):
    assert vtc.add("vx", f"{V4} {TO_P0}", flags="") == (0, "")
    assert vtc.add("p0", f"{SET} 42 pipe {TO_VX}")[0] == 0
    vtc.check("ip link del vx", 60)
    assert vtc.totals()["rules"] == 1 and " fallback" in vtc.debug("tc_rules")
    vtc.check(ADD_VX)
    vtc.blocks("vx")
