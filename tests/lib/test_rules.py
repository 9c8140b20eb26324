# SPDX-License-Identifier: BSD-3-Clause
"""The judge of the system tests, judged: outputs of lib/rules.py against bytes worked out by hand."""

import sys
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lib.rules import Encapsulated, Rule  # noqa: E402

ETH = bytes.fromhex("020000001002" "020000001001")


def sum16(data):
    """RFC 1071, in its plainest form."""
    total = sum(int.from_bytes(data[i:i + 2].ljust(2, b"\0"), "big") for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF).to_bytes(2, "big")


def udp_frame(src="0a000001", dst="0a000002", ttl="40", dport="1b59", payload=b"hi"):
    ip = bytes.fromhex(f"4500001e00000000{ttl}110000{src}{dst}")
    ip = ip[:10] + sum16(ip) + ip[12:]
    udp = bytes.fromhex(f"03e8{dport}000a0000") + payload
    pseudo = ip[12:20] + b"\0\x11" + b"\0\x0a"
    return ETH + b"\x08\x00" + ip + udp[:6] + sum16(pseudo + udp) + udp[8:]


def outputs(actions, frame=None):
    rule = Rule.parse(f"flow create 0 transfer pattern eth / ipv4 / udp / end actions {actions} / end")
    return rule.apply(frame or udp_frame())


def test_plain_output():
    assert outputs("count / port_id original 0 id 3") == [(3, udp_frame())]


def test_drop():
    assert outputs("count / drop") == []


def test_addresses_ttl_and_ports_mend_checksums():
    assert outputs("set_ipv4_src ipv4_addr 1.1.1.1 / set_ttl ttl_value 9 / set_tp_dst port 222 / port_id id 1") == [
        (1, udp_frame(src="01010101", ttl="09", dport="00de"))]


def test_order_of_edits_and_outputs():
    first, second = outputs("port_id id 1 / set_ipv4_dst ipv4_addr 5.6.7.8 / port_id id 2")
    assert first == (1, udp_frame()) and second == (2, udp_frame(dst="05060708"))


def test_tags():
    frame = udp_frame()
    (to, pushed), (_, popped) = outputs("of_push_vlan ethertype 0x8100 / of_set_vlan_pcp vlan_pcp 3 / "
                                        "of_set_vlan_vid vlan_vid 100 / port_id id 1 / of_pop_vlan / port_id id 2")
    assert to == 1 and pushed == frame[:12] + bytes.fromhex("81006064") + frame[12:]
    assert popped == frame


def test_zero_udp_checksum_stays():
    frame = bytearray(udp_frame())
    frame[40:42] = b"\0\0"
    (_, out), = outputs("set_ipv4_dst ipv4_addr 5.6.7.8 / port_id id 1", bytes(frame))
    assert out[40:42] == b"\0\0" and out[24:26] == udp_frame(dst="05060708")[24:26]


def encapsulated(**changes):
    outer = {"eth-dst": "02:00:00:00:00:02", "eth-src": "02:00:00:00:00:01", "ip-src": "172.16.0.1", "ip-dst": "172.16.0.2",
             "udp-dst": 4789, "vni": 88}
    frame = bytes(Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01") /
                  IP(src="172.16.0.1", dst="172.16.0.2", ttl=changes.get("ttl", 64)) /
                  UDP(sport=changes.get("sport", 50000), dport=4789, chksum=0) /
                  VXLAN(flags=8, vni=changes.get("vni", 88))) + changes.get("inner", udp_frame())
    # scapy counted lengths without the inner frame: by hand.
    size = len(frame) - 14
    ip = frame[14:16] + size.to_bytes(2, "big") + frame[18:24] + b"\0\0" + frame[26:34]
    ip = ip[:10] + changes.get("sum", sum16(ip)) + ip[12:]
    return Encapsulated(outer, udp_frame()), frame[:14] + ip + frame[34:38] + (size - 20).to_bytes(2, "big") + frame[40:]


def test_encapsulation_is_recognised():
    want, frame = encapsulated()
    want.check(frame)


@pytest.mark.parametrize("wrong", [{"ttl": 63}, {"vni": 89}, {"sport": 1000}, {"sum": b"\x12\x34"},
                                   {"inner": udp_frame(ttl="3f")}], ids=str)
def test_wrong_encapsulation_is_noticed(wrong):
    want, frame = encapsulated(**wrong)
    with pytest.raises(AssertionError):
        want.check(frame)


def test_matching_and_near_misses():
    rule = Rule.parse("flow create 0 transfer pattern eth type is 0x8100 has_vlan is 1 / vlan inner_type is 0x800 tci spec 0x64 "
                      "tci mask 0xefff / ipv4 proto is 17 fragment_offset is 0x0 / udp dst is 7001 / end actions drop / end")
    frame = rule.matching()
    assert frame[12:18] == bytes.fromhex("810000640800") and frame[27] == 17 and frame[40:42] == bytes.fromhex("1b59")
    misses = rule.near_misses()
    assert set(misses) == {"eth.type", "eth.has_vlan", "vlan.inner_type", "vlan.tci", "ipv4.proto", "ipv4.fragment_offset",
                           "udp.dst"}
    assert misses["vlan.tci"][14:16] == b"\0\x65" and misses["eth.has_vlan"][12:14] == b"\x08\x00"
    assert all(miss != frame for miss in misses.values())


def test_frame_of_no_ethertype():
    rule = Rule.parse("flow create 0 transfer pattern eth type is 0x05ff has_vlan is 0 / end actions drop / end")
    frame = rule.matching()
    assert int.from_bytes(frame[12:14], "big") == len(frame) - 14 < 1536
