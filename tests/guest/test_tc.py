# SPDX-License-Identifier: BSD-3-Clause
"""TC's filters in the card: every key and action of flower that it takes, and what it says about the others."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.layers.sctp import SCTP

pytest.register_assert_rewrite("guest.tc_common")
from guest.pci import PF  # noqa: E402
from guest.switchdev import DEBUG  # noqa: E402
from guest.tc_common import (A, B, C, FIRST, LATER, QINQ, REDIRECT, TAGGED, TCP4, UDP4, UDP6, WAIT, arp, eth,  # noqa: E402
                             flat, ip4, ip6, nothing, receive)

pytest_plugins = ["guest.tc_common"]

# name: protocol, match, frames that match, frames that do not (each different in one thing)
MATCHES = {
    "dst_mac": ("all", f"dst_mac {B}", [UDP4, TAGGED, UDP6], [Ether(src=A, dst=C) / UDP4[IP]]),
    "src_mac with mask": ("all", f"src_mac {A}/ff:ff:ff:ff:ff:00", [UDP4], [Ether(src="02:00:00:00:01:0a", dst=B) / UDP4[IP]]),
    "protocol": ("ip", "", [UDP4, TCP4, FIRST, LATER], [UDP6, TAGGED, arp()]),
    "protocol unknown": ("0x1234", "", [eth(type=0x1234) / bytes(60)], [eth(type=0x1235) / bytes(60)]),
    "ip_proto": ("ip", "ip_proto udp", [UDP4, FIRST, LATER], [TCP4]),
    "ip_proto v6": ("ipv6", "ip_proto udp", [UDP6], [eth() / ip6() / TCP() / bytes(20)]),
    "src_ip": ("ip", "src_ip 10.0.0.1", [UDP4], [eth() / ip4(src="10.0.0.3") / UDP() / bytes(20)]),
    "dst_ip prefix": ("ip", "dst_ip 10.0.0.0/30", [UDP4], [eth() / ip4(dst="10.0.0.4") / UDP() / bytes(20)]),
    "src_ip v6": ("ipv6", "src_ip 2001:db8::1", [UDP6], [eth() / ip6(src="2001:db8::3") / UDP() / bytes(20)]),
    "dst_ip v6 prefix": ("ipv6", "dst_ip 2001:db8::/126", [UDP6], [eth() / ip6(dst="2001:db8::4") / UDP() / bytes(20)]),
    "ip_tos": ("ip", "ip_tos 0x20/0xfc", [eth() / ip4(tos=0x21) / UDP() / bytes(20)], [UDP4]),
    "ip_tos v6": ("ipv6", "ip_tos 0x20", [eth() / ip6(tc=0x20) / UDP() / bytes(20)], [UDP6]),
    "ip_ttl": ("ip", "ip_ttl 64", [UDP4], [eth() / ip4(ttl=63) / UDP() / bytes(20)]),
    "ip_ttl v6": ("ipv6", "ip_ttl 64", [UDP6], [eth() / ip6(hlim=63) / UDP() / bytes(20)]),
    "tcp ports": ("ip", "ip_proto tcp src_port 1000 dst_port 2000", [TCP4], [eth() / ip4() / TCP(sport=1000, dport=2001), UDP4]),
    "udp port": ("ip", "ip_proto udp dst_port 2000", [UDP4], [eth() / ip4() / UDP(dport=2001) / bytes(20), TCP4, FIRST, LATER]),
    "udp port v6": ("ipv6", "ip_proto udp dst_port 2000", [UDP6], [eth() / ip6() / UDP(dport=2001) / bytes(20)]),
    "sctp port": ("ip", "ip_proto sctp src_port 5000", [eth() / ip4() / SCTP(sport=5000) / bytes(20)],
                  [eth() / ip4() / SCTP(sport=5001) / bytes(20)]),
    "tcp_flags": ("ip", "ip_proto tcp tcp_flags 0x2/0x17", [TCP4], [eth() / ip4() / TCP(flags="SA") / bytes(20)]),
    "icmp": ("ip", "ip_proto icmp type 8 code 0", [eth() / ip4() / ICMP(type=8) / bytes(30)], [eth() / ip4() / ICMP(type=0) / bytes(30)]),
    "icmpv6": ("ipv6", "ip_proto icmpv6 type 128", [eth() / ip6() / ICMPv6EchoRequest()], [eth() / ip6() / ICMPv6EchoReply()]),
    "arp": ("arp", f"arp_op request arp_sip 10.0.0.1 arp_tip 10.0.0.2 arp_sha {A}", [arp()],
            [arp(op=2), arp(psrc="10.0.0.7"), arp(pdst="10.0.0.7"), arp(hwsrc=C)]),
    "arp_tha": ("arp", f"arp_op reply arp_tha {B}", [arp(op=2, hwdst=B)], [arp(op=2, hwdst=C)]),
    "no fragment": ("ip", "ip_flags nofrag", [UDP4], [FIRST, LATER]),
    "fragment": ("ip", "ip_flags frag", [FIRST, LATER], [UDP4]),
    "first fragment": ("ip", "ip_flags frag/firstfrag", [FIRST], [UDP4, LATER]),
    "later fragment": ("ip", "ip_flags frag/nofirstfrag", [LATER], [UDP4, FIRST]),
    "fragment v6": ("ipv6", "ip_flags frag", [eth() / ip6() / IPv6ExtHdrFragment(m=1, id=1, nh=17) / bytes(40)], [UDP6]),
    "vlan_id": ("802.1q", "vlan_id 100", [TAGGED, eth() / Dot1Q(vlan=100, prio=1) / UDP6[IPv6]],
                [UDP4, eth() / Dot1Q(vlan=101, prio=3) / UDP4[IP], QINQ]),
    "vlan_prio": ("802.1q", "vlan_prio 3", [TAGGED], [eth() / Dot1Q(vlan=100, prio=2) / UDP4[IP]]),
    "vlan_ethtype": ("802.1q", "vlan_id 100 vlan_ethtype ip dst_ip 10.0.0.2", [TAGGED],
                     [eth() / Dot1Q(vlan=100, prio=3) / UDP6[IPv6], eth() / Dot1Q(vlan=100) / Dot1Q(vlan=5) / UDP4[IP]]),
    "qinq": ("802.1ad", "vlan_id 200 vlan_ethtype 802.1q cvlan_id 100 cvlan_prio 3 cvlan_ethtype ip", [QINQ],
             [TAGGED, eth(type=0x88A8) / Dot1AD(vlan=200) / Dot1Q(vlan=101, prio=3) / UDP4[IP]]),
    "num_of_vlans": ("all", "num_of_vlans 1", [TAGGED], [UDP4, QINQ]),
    "indev": ("ip", "indev p0", [UDP4], [UDP6]),
}


@pytest.mark.parametrize("name", MATCHES)
def test_match(tc, wires, name):
    protocol, match, same, other = MATCHES[name]
    same, other = [flat(f) for f in same], [flat(f) for f in other]
    assert tc.add("p0", f"{match} {REDIRECT}", protocol=protocol) == (0, "")
    for frame in other + same:  # one that should not pass would come first
        wires[0].send(frame)
    assert receive(wires[1], len(same)) == same
    assert tc.counts("p0") == (len(same), sum(len(f) for f in same))


def test_matchall(tc, wires):
    assert tc.add("p0", REDIRECT, protocol="all", kind="matchall") == (0, "")
    frames = [flat(f) for f in (UDP4, UDP6, TAGGED, QINQ, arp())]
    for frame in frames:
        wires[0].send(frame)
    assert receive(wires[1], len(frames)) == frames


def edited(frame, **fields):
    """The frame with fields of its layers set, and all checksums made anew."""
    frame = frame.__class__(bytes(frame))
    for name, value in fields.items():
        layer, field = name.split("_", 1)
        setattr(frame[{"eth": Ether, "ip": IP, "ip6": IPv6, "tcp": TCP, "udp": UDP}[layer]], field, value)
    for layer in (IP, TCP, UDP):
        if layer in frame:
            del frame[layer].chksum
    return frame.__class__(bytes(frame))


UDP4_TTL = eth() / ip4(ttl=9) / UDP() / bytes(30)
PEDIT = "action pedit ex munge"
# name: protocol, match, actions before the redirect to p1, frame in, frame out
ACTIONS = {
    "vlan push": ("ip", "", "action vlan push id 77 priority 5", UDP4, eth() / Dot1Q(vlan=77, prio=5) / UDP4[IP]),
    "vlan push 802.1ad on a tag": ("802.1q", "", "action vlan push id 77 protocol 802.1ad", TAGGED,
                                   eth(type=0x88A8) / Dot1AD(vlan=77) / TAGGED[Dot1Q]),
    "vlan pop": ("802.1q", "vlan_id 100", "action vlan pop", TAGGED, eth() / TAGGED[IP]),
    "vlan pop two": ("802.1ad", "vlan_ethtype 802.1q", "action vlan pop pipe action vlan pop", QINQ, eth() / QINQ[IP]),
    "vlan modify": ("802.1q", "vlan_id 100", "action vlan modify id 78 priority 6", TAGGED,
                    eth() / Dot1Q(vlan=78, prio=6) / TAGGED[IP]),
    "vlan modify keeps no priority": ("802.1q", "vlan_id 100", "action vlan modify id 78", eth() / Dot1Q(vlan=100) / UDP4[IP],
                                      eth() / Dot1Q(vlan=78) / UDP4[IP]),
    "eth": ("ip", "", f"{PEDIT} eth dst set {C} munge eth src set {B}", UDP4, edited(UDP4, eth_dst=C, eth_src=B)),
    "ip": ("ip", "", f"{PEDIT} ip src set 192.0.2.1 munge ip dst set 192.0.2.2 pipe action csum ip4h udp", UDP4,
           edited(UDP4, ip_src="192.0.2.1", ip_dst="192.0.2.2")),
    "ip6": ("ipv6", "", f"{PEDIT} ip6 src set 2001:db8::7 munge ip6 dst set 2001:db8::8", UDP6,
            edited(UDP6, ip6_src="2001:db8::7", ip6_dst="2001:db8::8")),
    "ttl": ("ip", "", f"{PEDIT} ip ttl set 17", UDP4, edited(UDP4, ip_ttl=17)),
    "ttl decrement": ("ip", "", f"{PEDIT} ip ttl add 0xff", UDP4_TTL, edited(UDP4_TTL, ip_ttl=8)),
    "ttl set, then decrement": ("ip", "", f"{PEDIT} ip ttl set 17 pipe {PEDIT} ip ttl add 0xff", UDP4, edited(UDP4, ip_ttl=16)),
    "hoplimit": ("ipv6", "", f"{PEDIT} ip6 hoplimit set 17", UDP6, edited(UDP6, ip6_hlim=17)),
    "tcp ports": ("ip", "ip_proto tcp", f"{PEDIT} tcp sport set 5 munge tcp dport set 6", TCP4, edited(TCP4, tcp_sport=5, tcp_dport=6)),
    "udp port": ("ip", "ip_proto udp", f"{PEDIT} udp dport set 6", UDP4, edited(UDP4, udp_dport=6)),
    "parts that make a whole": ("ip", "", f"{PEDIT} ip dst set 0.0.2.2 retain 0x0000ffff pipe"
                                f" {PEDIT} ip dst set 192.0.0.0 retain 0xffff0000", UDP4, edited(UDP4, ip_dst="192.0.2.2")),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_action(tc, wires, name):
    protocol, match, actions, frame, expected = ACTIONS[name]
    assert tc.add("p0", f"{match} {actions} pipe {REDIRECT}", protocol=protocol) == (0, "")
    frame = bytes(frame) + bytes(60)  # no padding comes into question
    wires[0].send(frame)
    assert receive(wires[1], 1) == [bytes(expected) + bytes(60)]
    assert tc.counts("p0") == (1, len(frame))


def test_vlan_modify_leaves_what_it_cannot_keep(tc, wires):
    """The frame's priority is not in the match: such frames are not the card's."""
    assert tc.add("p0", f"vlan_id 100 action vlan modify id 78 pipe {REDIRECT}", protocol="802.1q")[0] == 0
    wires[0].send(flat(TAGGED))
    wires[0].send(flat(eth() / Dot1Q(vlan=100) / UDP4[IP]))
    assert len(receive(wires[1], 1)) == 1
    assert tc.counts("p0")[0] == 1


def test_mirror_with_edits_between(tc, wires):
    """Each output takes the frame as it is then; the wire back is one of them."""
    words = ("action mirred egress mirror dev p0 pipe action vlan push id 9 pipe action mirred egress mirror dev p1 pipe"
             f" action vlan pop pipe {PEDIT} eth dst set {C} pipe {REDIRECT}")
    assert tc.add("p0", words) == (0, "")
    wires[0].send(flat(UDP4))
    tagged = bytes(UDP4)[:12] + bytes.fromhex("81000009") + flat(UDP4)[12:]
    last = bytes.fromhex(C.replace(":", "")) + flat(UDP4)[6:]
    assert receive(wires[1], 2) == [tagged, last]
    assert receive(wires[0], 1) == [flat(UDP4)]
    assert tc.counts("p0")[0] == 1


def test_mirror_to_vfs(tc, wires):
    tc.check("".join(f"ip netns exec vf{n} sh -c 'cat /sys/class/net/vf{n}/statistics/rx_packets' > /tmp/rx{n}\n" for n in (0, 1)))
    words = f"action mirred egress mirror dev pf0vf0 pipe action mirred egress mirror dev pf0vf1 pipe {REDIRECT}"
    assert tc.add("p0", words) == (0, "")
    for _ in range(5):
        wires[0].send(flat(UDP4))
    assert receive(wires[1], 5) == [flat(UDP4)] * 5
    for n in (0, 1):
        tc.wait_until(f"[ $(ip netns exec vf{n} cat /sys/class/net/vf{n}/statistics/rx_packets) -eq $(( $(cat /tmp/rx{n}) + 5 )) ]")


def test_vf_to_wire_and_back(tc, wires):
    assert tc.add("pf0vf0", "dst_ip 10.0.0.2 action mirred egress redirect dev p1") == (0, "")
    tc.send_from(0, [flat(UDP4)] * 3)
    assert receive(wires[1], 3) == [flat(UDP4)] * 3
    assert tc.counts("pf0vf0") == (3, 3 * len(flat(UDP4)))


def test_drop(tc, wires):
    assert tc.add("p0", "ip_proto udp action drop") == (0, "")
    assert tc.add("p0", REDIRECT, pref=2) == (0, "")
    for frame in (UDP4, UDP4, TCP4):
        wires[0].send(flat(frame))
    assert receive(wires[1], 1) == [flat(TCP4)]
    assert [tc.counts("p0", pref)[0] for pref in (1, 2)] == [2, 1]


def test_mirror_then_drop(tc, wires):
    assert tc.add("p0", "action mirred egress mirror dev p1 pipe action drop") == (0, "")
    wires[0].send(flat(UDP4))
    assert receive(wires[1], 1) == [flat(UDP4)]


@pytest.mark.parametrize("action", ["trap", "ok"])
def test_to_host(tc, wires, action):
    """Trapped packets come to the rep, where a filter that is software's counts them."""
    assert tc.add("p0", f"ip_proto udp action {action}") == (0, "")
    assert tc.add("p0", REDIRECT, pref=2) == (0, "")
    assert tc.add("p0", "ip_proto udp action drop", flags="skip_hw", pref=3) == (0, "")
    for _ in range(3):
        wires[0].send(flat(UDP4))
    tc.wait_until("tc -s filter show dev p0 ingress pref 3 | grep -q 'Sent [0-9]* bytes 3 pkt'", WAIT)
    assert tc.counts("p0")[0] == 3
    assert nothing(wires[1])


def test_software_and_hardware_count_a_packet_once(tc, wires):
    """A filter that sends packets to the host is software's as well, which counts them."""
    assert tc.add("p0", "ip_proto udp action ok", flags="") == (0, "")
    assert tc.in_hw("p0") == [True]
    for _ in range(4):
        wires[0].send(flat(UDP4))
    tc.wait_until("tc -s filter show dev p0 ingress | grep -q 'Sent [0-9]* bytes 4 pkt'", WAIT)
    assert "Sent hardware" not in tc.check("tc -s filter show dev p0 ingress")


# ---- Order ----


def winner(tc, wires):
    """The tag that the frame left with tells which filter it met."""
    wires[0].send(flat(UDP4))
    frame, = receive(wires[1], 1)
    return int.from_bytes(frame[14:16], "big") & 0xFFF if frame[12:14] == b"\x81\0" else 0


def mark(vid):
    return f"action vlan push id {vid} pipe {REDIRECT}"


def test_lower_pref_wins(tc, wires):
    for pref, match, vid in ((300, "", 3), (20, "dst_ip 10.0.0.2", 2), (40000, "ip_proto udp", 4), (3, "src_ip 10.0.0.1", 1)):
        assert tc.add("p0", f"{match} {mark(vid)}", pref=pref) == (0, "")
    for pref, vid in ((3, 1), (20, 2), (300, 3), (40000, 4)):
        assert winner(tc, wires) == vid
        tc.check(f"tc filter del dev p0 ingress pref {pref}")


def test_older_mask_wins_within_a_pref(tc, wires):
    for match, vid in (("dst_ip 10.0.0.0/24", 1), ("dst_ip 10.0.0.2", 2), ("ip_proto udp", 3)):
        assert tc.add("p0", f"{match} {mark(vid)}") == (0, "")
    for vid in (1, 2, 3):
        assert winner(tc, wires) == vid
        tc.check(f"tc filter del dev p0 ingress pref 1 handle {vid} flower")


def test_prefs_without_room_between_them(tc, wires):
    """Neighbours that stand close: rules move, and the order stays."""
    for pref, vid in ((1001, 3), (1000, 2), (1002, 4)):
        assert tc.add("p0", f"ip_proto udp {mark(vid)}", pref=pref) == (0, "")
    for match in ("src_ip 10.9.9.9", "dst_ip 10.9.9.9", "ip_ttl 3", "ip_tos 0x14"):  # more masks of the first
        assert tc.add("p0", f"{match} {mark(9)}", pref=1000) == (0, "")
    for pref, vid in ((1000, 2), (1001, 3), (1002, 4)):
        assert winner(tc, wires) == vid
        tc.check(f"tc filter del dev p0 ingress pref {pref}")
    assert tc.totals()["shifted"] > 0


def test_replace(tc, wires):
    """A filter that replaces another has the same match; packets meet one of both, and counts begin anew."""
    assert tc.add("p0", f"ip_proto udp {mark(1)}") == (0, "")
    assert winner(tc, wires) == 1
    tc.check(f"tc filter replace dev p0 ingress protocol ip pref 1 handle 1 flower skip_sw ip_proto udp {mark(2)}")
    assert tc.in_hw("p0") == [True]
    assert winner(tc, wires) == 2
    assert tc.counts("p0")[0] == 1
    # One that the card refuses leaves the old one where it was.
    status, _ = tc.run("tc filter replace dev p0 ingress protocol ip pref 1 handle 1 flower skip_sw ip_proto udp"
                       f" {PEDIT} ip tos set 4 pipe {REDIRECT}")
    assert status
    assert winner(tc, wires) == 2


def test_shared_block(tc, wires):
    tc.check("tc qdisc del dev p0 clsact; tc qdisc del dev pf0vf0 clsact\n"
             "tc qdisc add dev p0 ingress_block 22 clsact; tc qdisc add dev pf0vf0 ingress_block 22 clsact\n"
             f"tc filter add block 22 protocol ip pref 1 flower skip_sw dst_ip 10.0.0.2 {REDIRECT}")
    assert "in_hw_count 2" in tc.check("tc filter show block 22")
    wires[0].send(flat(UDP4))
    tc.send_from(0, [flat(UDP4)] * 2)
    assert receive(wires[1], 3) == [flat(UDP4)] * 3
    assert f"Sent hardware {3 * len(flat(UDP4))} bytes 3 pkt" in tc.check("tc -s filter show block 22")
    tc.check("tc qdisc del dev pf0vf0 clsact")
    assert "in_hw_count 1" in tc.check("tc filter show block 22")
    tc.check("tc qdisc del dev p0 clsact")
    assert tc.totals()["rules"] == 0
    tc.blocks("p0", "pf0vf0")


def test_indev_on_a_shared_block(tc, wires):
    """A filter whose packets come in by another device of the block is in the card where they do."""
    tc.check("tc qdisc del dev p0 clsact; tc qdisc del dev pf0vf0 clsact\n"
             "tc qdisc add dev p0 ingress_block 23 clsact; tc qdisc add dev pf0vf0 ingress_block 23 clsact\n"
             f"tc filter add block 23 protocol ip pref 1 flower skip_sw indev pf0vf0 dst_ip 10.0.0.2 {REDIRECT}")
    assert tc.totals()["rules"] == 1
    wires[0].send(flat(UDP4))
    tc.send_from(0, [flat(UDP4)] * 2)
    assert receive(wires[1], 2) == [flat(UDP4)] * 2
    assert "2 pkt" in tc.check("tc -s filter show block 23")
    tc.check("tc qdisc del dev pf0vf0 clsact; tc qdisc del dev p0 clsact")
    assert tc.totals()["rules"] == 0
    tc.blocks("p0", "pf0vf0")


# ---- Refusals ----

REFUSALS = {
    # device, protocol, words, part of the text
    "ct": ("p0", "ip", f"ct_state +trk {REDIRECT}", "ct_state"),
    "mpls": ("p0", "mpls_uc", f"mpls_label 5 {REDIRECT}", "mpls: hardware cannot match"),
    "port range": ("p0", "ip", f"ip_proto udp dst_port 10-20 {REDIRECT}", "port range: hardware cannot match"),
    "enc on an uplink": ("p0", "ip", f"enc_key_id 5 {REDIRECT}", "enc_key_id: hardware cannot match"),
    "two vlans at least": ("p0", "all", f"num_of_vlans 2 {REDIRECT}", "num_of_vlans"),
    "extension header": ("p0", "ipv6", f"ip_proto 2b {REDIRECT}", "ip_proto, of an extension header"),
    "nofirstfrag alone": ("p0", "ip", f"ip_flags nofirstfrag {REDIRECT}", "nofirstfrag"),
    "chain": ("p0", "ip", "action goto chain 5", "action goto chain: hardware has one table"),
    "in a chain": ("p0", "ip chain 5", REDIRECT, "hardware has one table"),
    "police": ("p0", "ip", "action police rate 1mbit burst 10k conform-exceed drop/pipe", "police: hardware has no such action"),
    "skbedit": ("p0", "ip", f"action skbedit mark 5 pipe {REDIRECT}", "skbedit mark: hardware has no such action"),
    "ingress redirect": ("p0", "ip", "action mirred ingress redirect dev p1", "mirred ingress redirect: hardware sends packets out"),
    "foreign device": ("p0", "ip", "action mirred egress redirect dev lo", "lo: output port does not belong"),
    "tos": ("p0", "ip", f"{PEDIT} ip tos set 4 pipe {REDIRECT}", "pedit of ip tos: hardware cannot set this field"),
    "part of a field": ("p0", "ip", f"{PEDIT} ip dst set 10.0.0.0 retain 0xff000000 pipe {REDIRECT}", "pedit of ip dst: hardware sets a field as a whole"),
    "ports without ip_proto": ("p0", "ip", f"{PEDIT} tcp dport set 5 pipe {REDIRECT}", "ip_proto: action needs a match"),
    "wrong family": ("p0", "ipv6", f"{PEDIT} ip dst set 10.0.0.1 pipe {REDIRECT}", "action needs a match"),
    "sctp ports": ("p0", "ip", f"ip_proto sctp {PEDIT} udp dport set 5 pipe {REDIRECT}", "action needs a match"),
    "pop without a tag": ("p0", "ip", f"action vlan pop pipe {REDIRECT}", "vlan pop: action needs a match"),
    "three tags": ("p0", "ip", f"action vlan push id 1 pipe action vlan push id 2 pipe action vlan push id 3 pipe {REDIRECT}", "more than two VLAN tags"),
    "nine outputs": ("p0", "ip", "action mirred egress mirror dev p1 pipe " * 8 + REDIRECT, "more outputs than an action set holds"),
    "statistics": ("p0", "ip", "action mirred egress redirect dev p1 hw_stats delayed", "hw_stats"),
    "tunnel without key": ("p0", "ip", "action mirred egress redirect dev vx", "vx: output to a tunnel device needs a tunnel key"),
    "tunnel without route": ("p0", "ip", "action tunnel_key set id 5 src_ip 0.0.0.0 dst_ip 203.0.113.1 dst_port 4789 nocsum pipe"
                             " action mirred egress redirect dev vx", "vx: the tunnel's address is not on an uplink"),
    "tunnel with checksum": ("p0", "ip", "action tunnel_key set id 5 src_ip 0.0.0.0 dst_ip 203.0.113.1 dst_port 4789 pipe"
                             " action mirred egress redirect dev vx", "say nocsum"),
    "encap of geneve": ("p0", "ip", "action tunnel_key set id 5 src_ip 0.0.0.0 dst_ip 203.0.113.1 dst_port 6081 nocsum pipe"
                        " action mirred egress redirect dev gnv", "gnv: hardware encapsulates VXLAN over IPv4 only"),
    "tunnel device, no key": ("vx", "ip", "enc_dst_ip 203.0.113.1 action mirred egress redirect dev pf0vf0", "enc_key_id: a rule of a tunnel device"),
    "tunnel device, no address": ("vx", "ip", "enc_key_id 5 action mirred egress redirect dev pf0vf0", "enc_dst_ip: a rule of a tunnel device"),
    "underlay elsewhere": ("vx", "ip", "enc_dst_ip 127.0.0.1 enc_key_id 5 action mirred egress redirect dev pf0vf0", "not on an uplink"),
    "plain vxlan device": ("vx7", "ip", "action mirred egress redirect dev pf0vf0", "vx7: hardware knows tunnel devices"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(vtc, name):
    """skip_sw fails with the text. Filters of tunnel devices are always in software: verbose ones show it as a warning."""
    device, protocol, words, text = REFUSALS[name]
    before = vtc.totals()["refused"]
    hard = device == "p0"
    soft = not hard or "chain" not in name  # whether software has the filter in the end
    status, said = vtc.add(device, words, protocol=protocol, flags="skip_sw" if hard else "verbose")
    assert bool(status) == hard and "ferrule: " in said and text in said, said
    assert vtc.totals()["refused"] == before + 1
    if hard and soft:  # without skip_sw it is software's, and says so
        assert vtc.add(device, words, protocol=protocol, flags="")[0] == 0
    assert vtc.in_hw(device) == [False] * soft


def test_refusals_are_counted_by_reason(tc):
    for _ in range(2):
        tc.add("p0", f"{PEDIT} ip tos set 4 pipe {REDIRECT}")
    assert "refused action_field " in tc.debug()
    assert tc.debug().splitlines()[-1].split()[2:6] == ["p0", "driver", "action_field", "pedit"]


# ---- Many, and things that go away ----


def test_two_thousand_rules(tc, wires):
    count = 2000
    tc.check(f"for i in $(seq 0 {count - 1}); do echo filter add dev p0 ingress protocol ip pref 1 flower skip_sw"
             f" dst_ip 10.1.$((i / 250)).$((i % 250)) {REDIRECT}; done > /tmp/batch; tc -b /tmp/batch", 120)
    assert tc.totals()["rules"] == count
    frames = [flat(eth() / ip4(dst=f"10.1.{i // 250}.{i % 250}") / UDP()) for i in (0, 777, count - 1)]
    for frame in frames + [flat(UDP4)]:
        wires[0].send(frame)
    assert receive(wires[1], 3) == frames
    tc.check("tc filter del dev p0 ingress", 120)
    assert tc.totals()["rules"] == 0


def test_output_that_goes_away(switch, wires):
    """Packets for a representor that is gone are software's, which drops them; the filter itself stays."""
    switch.clear("p0")
    assert switch.add("p0", "action mirred egress redirect dev pf0vf1")[0] == 0
    assert switch.add("p0", REDIRECT, pref=2)[0] == 0
    switch.check(f"echo 0 > /sys/bus/pci/devices/{PF}/sriov_numvfs", 60)
    assert " fallback" in switch.debug("tc_rules").splitlines()[0]
    wires[0].send(flat(UDP4))
    assert nothing(wires[1])
    switch.check("tc filter del dev p0 ingress pref 1")
    wires[0].send(flat(UDP4))
    assert receive(wires[1], 1) == [flat(UDP4)]


def counted_by_card(switch, near, far):
    """Two packets for one filter, one for the other: what both counted so far."""
    for frame in (UDP4, UDP4, eth() / ip4(dst="10.0.0.7") / UDP()):
        near.send(flat(frame))
    assert receive(far, 2) == [flat(UDP4)] * 2
    assert nothing(far)
    return [switch.counts("p0", pref)[0] for pref in (1, 2)]


def test_card_that_comes_back(switch, tc_card, wires):
    """The simulator dies with its tables. Rules come back with it, and go on counting."""
    switch.clear("p0")
    assert switch.add("p0", f"dst_ip 10.0.0.2 {REDIRECT}")[0] == 0
    assert switch.add("p0", "action drop", pref=2)[0] == 0
    assert counted_by_card(switch, *wires) == [2, 1]
    tc_card.kill()
    tc_card.start()
    switch.wait_until("dmesg | grep -q 'card is back'", 90)
    switch.wait_until(f"! grep -q 'stale\\|absent' {DEBUG}/tc_rules", 90)
    with tc_card.wire(0) as near, tc_card.wire(1) as far:
        assert counted_by_card(switch, near, far) == [4, 2]
    assert switch.totals()["lost"] == 0


def test_offload_stays_on_while_rules_are_there(switch):
    assert "in_hw" in switch.check("tc filter show dev p0 ingress")
    assert switch.run("ethtool -K p0 hw-tc-offload off")[0]
    assert "hw-tc-offload: on" in switch.check("ethtool -k p0")
    switch.clear("p0")
    switch.check("ethtool -K p0 hw-tc-offload on; ethtool -K p0 hw-tc-offload off")  # the first takes the refused wish back
    status, said = switch.add("p0", REDIRECT)
    assert status and "p0: hw-tc-offload of this device is off" in said
    switch.check("ethtool -K p0 hw-tc-offload on")


def test_module_goes_while_filters_are_there(switch):
    switch.clear("p0")
    assert switch.add("p0", REDIRECT)[0] == 0
    switch.check("rmmod ferrule", 60)
