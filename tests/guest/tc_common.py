# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of TC's filters share, a guest among it: a plugin of pytest.

Frames come in by wire p0 and leave by wire p1. Filters are skip_sw, so nothing but the card can have moved a frame. The VTEP of
tunnels is on p1.
"""

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether

from guest.guest import Card
from guest.switchdev import Switch
from lib.sim import receive_all

HERE, THERE, HERE6, THERE6 = "198.51.100.1", "198.51.100.2", "2001:db8:1::1", "2001:db8:1::2"
ADD_VX = "ip link add vx type vxlan external dstport 4789; sysctl -qw net.ipv6.conf.vx.disable_ipv6=1; ip link set vx up"
A, B, C = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:0c"
WAIT = 20
REDIRECT = "action mirred egress redirect dev p1"


@pytest.fixture(scope="session")
def tc_card():
    with Card() as running:
        yield running
        running.check_alive()


@pytest.fixture(scope="session")
def wires(tc_card):
    ends = [tc_card.wire(0), tc_card.wire(1)]
    yield ends
    for end in ends:
        end.close()


BLOCKS = ("p0", "p1", "pf0vf0", "pf0vf1")


@pytest.fixture(scope="session")
def switch(tc_card):
    with Switch(tc_card, name="tc") as running:
        running.blocks(*BLOCKS)
        yield running


@pytest.fixture
def tc(switch, wires):
    """The switch without filters before a test, and nothing left in the card after it."""
    for wire in wires:
        receive_all(wire, quiet=0)
    yield switch
    assert switch.clear(*BLOCKS) == 0


def eth(**kwargs):
    return Ether(src=A, dst=B, **kwargs)


def ip4(**kwargs):
    return IP(**{"src": "10.0.0.1", "dst": "10.0.0.2", **kwargs})


def ip6(**kwargs):
    return IPv6(**{"src": "2001:db8::1", "dst": "2001:db8::2", **kwargs})


def arp(**kwargs):
    return Ether(src=A, dst="ff:ff:ff:ff:ff:ff") / ARP(**{"op": 1, "hwsrc": A, "psrc": "10.0.0.1", "pdst": "10.0.0.2", **kwargs})


def of_test(frames):
    """Without those in which the guest's kernel looks for IPv6 listeners."""
    return [f for f in frames if f[:2] != b"\x33\x33"]


def receive(wire, count):
    """The next frames; that no more come shows."""
    frames = []
    while len(frames) < count:
        new = receive_all(wire, quiet=0.1, count=count - len(frames), timeout=WAIT)
        assert new, f"{len(frames)} of {count} frames"
        frames += of_test(new)
    return frames


def nothing(wire):
    """True when no frame comes for a while."""
    return not of_test(receive_all(wire, quiet=0.2))


def flat(frame):
    """The bytes on the wire, long enough that nobody pads them."""
    raw = bytes(frame)
    return raw + bytes(max(0, 60 - len(raw)))


UDP4 = eth() / ip4() / UDP(sport=1000, dport=2000) / bytes(30)
TCP4 = eth() / ip4() / TCP(sport=1000, dport=2000, flags="S") / bytes(30)
UDP6 = eth() / ip6() / UDP(sport=1000, dport=2000) / bytes(30)
TAGGED = eth() / Dot1Q(vlan=100, prio=3) / ip4() / UDP() / bytes(30)
QINQ = eth(type=0x88A8) / Dot1AD(vlan=200, prio=2) / Dot1Q(vlan=100, prio=3) / ip4() / UDP() / bytes(30)
FIRST = eth() / ip4(flags="MF", id=7) / UDP(sport=1000, dport=2000) / bytes(32)
LATER = eth() / ip4(frag=8, proto=17, id=7) / bytes(40)


@pytest.fixture(scope="session")
def tunnels(switch):
    """Tunnel devices vx and gnv (external) and vx7 (not), and the next hop THERE, who is C."""
    switch.check(f"{ADD_VX}; ip link add gnv type geneve external\n"
                 "ip link add vx7 type vxlan id 7 dstport 4790 remote 203.0.113.1\n"
                 "for d in gnv vx7; do sysctl -qw net.ipv6.conf.$d.disable_ipv6=1; ip link set $d up; done\n"
                 f"sysctl -qw net.ipv6.conf.p1.disable_ipv6=0; ip addr add {HERE}/24 dev p1; ip addr add {HERE6}/64 dev p1 nodad\n"
                 f"ip neigh replace {THERE} lladdr {C} dev p1 nud permanent")
    switch.blocks("vx", "gnv", "vx7")
    yield switch.check("cat /sys/class/net/p1/address").strip()
    switch.check("for d in vx gnv vx7; do ip link del $d; done; ip addr flush dev p1; sysctl -qw net.ipv6.conf.p1.disable_ipv6=1 || true")


@pytest.fixture
def vtc(tc, tunnels):
    tc.mac = tunnels
    yield tc
    tc.clear("vx", "gnv", "vx7")
