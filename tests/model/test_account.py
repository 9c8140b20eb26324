# SPDX-License-Identifier: BSD-3-Clause
"""The account of a pass, as people read it; and the random tests, which are one program."""

import subprocess

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether

from chip import TOP, flow_hash, key, mask, row

FRAME = Ether(dst="02:00:00:00:00:aa", src="02:00:00:00:00:bb") / Dot1Q(vlan=5) / IP(
    src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1000, dport=2000) / bytes(20)


def test_whole_account(chip):
    bits, value = mask("ip_dst", "tp_dst"), key(ip_dst=0x0a000002, tp_dst=2000)
    chip.bank(2, bits)
    at, _ = chip.rule(5, bits, value, bank=2, sub=1, way=3, prio=7, leg=9)
    chip.leg(9, ["SET_ETH_DST", "DEC_TTL", "ENCAP"], dest="TEAM", dest_id=2, encap=3, pop=1, push=2, next_leg=11)
    chip.write("ENCAP", 3, row("encap", vni=77))
    chip.write("TEAM", 2, row("team", count=1, members=1))
    result = chip.frame(FRAME)
    assert result.account == [
        "frame: 66 bytes from port 0",
        f"parse: Ethernet at 0, L3 (ipv4) at 18, L4 (udp) at 38, flow hash {flow_hash(result.key):#010x}",
        "parse: vlan0_present 0x1",
        "parse: l3_type 0x1",
        "parse: l4_type 0x2",
        "parse: eth_dst 0x200000000aa",
        "parse: eth_type 0x800",
        "parse: eth_src 0x200000000bb",
        "parse: ip_proto 0x11",
        "parse: vlan0_tci 0x5",
        "parse: vlan0_tpid 0x8100",
        "parse: ip_src 0xa000001",
        "parse: ip_dst 0xa000002",
        "parse: ip_ttl 0x40",
        "parse: tp_src 0x3e8",
        "parse: tp_dst 0x7d0",
        f"lookup: bank 2 sub 1 row {at} way 3: rule 5 prio 7",
        "lookup: rule 5 prio 7",
        "action: leg 9: pop 1, edits set_eth_dst dec_ttl encap, push 2, to team 2, next leg 11",
        "action: team 2, member 0 of 1",
        "edit: encap 3, VNI 77",
        "verdict: 120 bytes to port 1",
        "verdict: a copy follows with leg 11",
    ]


def test_account_of_what_goes_wrong(chip):
    chip.tcam_rule(4, 6, 0, 0, leg=1, flip=1281)
    account = str(chip.frame(FRAME, src=1))
    assert "lookup: TCAM 4: rule 6 prio 0, bad parity" in account
    assert account.endswith("verdict: 66 bytes to the host, queue pair 0, reason table_parity")
    chip.tcam_rule(4, 6, 0, 0, leg=1)
    chip.write("LEG", 1, 0, flip=3)
    assert "action: bad parity in table leg" in str(chip.frame(FRAME))
    chip.write("LEG", 1, 0)
    assert str(chip.frame(FRAME)).endswith("verdict: dropped, a rule said so")


def test_shared_bits_have_the_right_name(chip):
    fields = chip.frame(Ether() / ARP(hwsrc="02:00:00:00:00:01")).key
    assert "arp_sha" in fields and "nd_target" not in fields


def test_random_rows_and_frames():
    """random_test.c: hostile input under the sanitizers, and the lookup against a plain search."""
    done = subprocess.run([TOP / "build/tests/model/random_test"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
