# SPDX-License-Identifier: BSD-3-Clause
"""Legs: what leaves, byte by byte, against frames that scapy builds anew with all checksums."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrRouting
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.layers.sctp import SCTP
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from chip import DROP, PUNT, VF0, flow_hash, row

A, B = "02:00:00:00:00:aa", "02:00:00:00:00:bb"
NEW_A, NEW_B = "02:00:00:00:01:aa", "02:00:00:00:01:bb"
ETHS = {"eth_dst": 0x0200000001aa, "eth_src": 0x0200000001bb}
IP4S = {"ip_src": 0xc6336401, "ip_dst": 0xc6336402}
IP6S = {"ip_src": int.from_bytes(bytes.fromhex("20010db8000000010000000000000001"), "big"),
        "ip_dst": int.from_bytes(bytes.fromhex("20010db8000000010000000000000002"), "big")}
PORTS = {"tp_src": 4000, "tp_dst": 5000}
NEW4, NEW6 = ("198.51.100.1", "198.51.100.2"), ("2001:db8:0:1::1", "2001:db8:0:1::2")
SET_ETH, SET_IP, SET_TP = (["SET_ETH_SRC", "SET_ETH_DST"], ["SET_IP_SRC", "SET_IP_DST"], ["SET_TP_SRC", "SET_TP_DST"])


def eth(new=False):
    return Ether(dst=NEW_A if new else A, src=NEW_B if new else B)


def ip4(new=False, ttl=64, **fields):
    src, dst = NEW4 if new else ("10.0.0.1", "10.0.0.2")
    return IP(src=src, dst=dst, ttl=ttl, **fields)


def ip6(new=False, hlim=64, **fields):
    src, dst = NEW6 if new else ("2001:db8::1", "2001:db8::2")
    return IPv6(src=src, dst=dst, hlim=hlim, **fields)


def ports(new):
    return dict(sport=4000, dport=5000) if new else dict(sport=1000, dport=2000)


def sent(chip, frame, edits=(), **fields):
    chip.leg(1, edits, **fields)
    chip.catch_all()
    result = chip.frame(frame)
    assert (result.leave, result.port, result.hit, result.counted) == (0, 1, 1, 1), result
    return result.frame


def same(got, want):
    assert bytes(got).hex() == bytes(want).hex()


def test_forward(chip):
    frame = eth() / ip4() / UDP(**ports(False)) / bytes(1400)
    same(sent(chip, frame), frame)


def test_set_eth(chip):
    for part in (Raw(b"x" * 50), ip4() / UDP(), ARP()):
        same(sent(chip, eth() / part, SET_ETH, **ETHS), eth(new=True) / part)
        same(sent(chip, eth() / part, ["SET_ETH_SRC"], **ETHS), Ether(dst=A, src=NEW_B) / part)


@pytest.mark.parametrize("l4", (TCP, UDP))
@pytest.mark.parametrize("l3", (ip4, ip6))
def test_set_all(chip, l3, l4):
    """Every field at once, behind two tags."""
    ttl = {"ttl": 9} if l3 is ip4 else {"hlim": 9}
    tags = Dot1AD(vlan=3) / Dot1Q(vlan=4)
    got = sent(chip, eth() / tags / l3() / l4(**ports(False)) / b"payload", SET_ETH + SET_IP + SET_TP + ["SET_TTL"],
               ttl=9, **ETHS, **(IP4S if l3 is ip4 else IP6S), **PORTS)
    same(got, eth(True) / tags / l3(True, **ttl) / l4(**ports(True)) / b"payload")


@pytest.mark.parametrize("edit", SET_IP + SET_TP + ["SET_TTL", "DEC_TTL"])
@pytest.mark.parametrize("l3", (ip4, ip6))
def test_set_one(chip, l3, edit):
    before = l3() / UDP(**ports(False)) / b"odd"
    after = l3() / UDP(**ports(False)) / b"odd"
    new = l3(True)
    if edit in ("SET_TTL", "DEC_TTL"):
        setattr(after, "ttl" if l3 is ip4 else "hlim", 7 if edit == "SET_TTL" else 63)
    elif edit in SET_IP:
        name = "src" if edit == "SET_IP_SRC" else "dst"
        setattr(after, name, getattr(new, name))
    else:
        name = "sport" if edit == "SET_TP_SRC" else "dport"
        setattr(after[UDP], name, ports(True)[name])
    same(sent(chip, eth() / before, [edit], ttl=7, **(IP4S if l3 is ip4 else IP6S), **PORTS), eth() / after)


def test_icmp_and_sctp_keep_what_has_no_pseudo_header(chip):
    for l4 in (ICMP(), SCTP(sport=1, dport=2) / b"1234"):
        want = eth() / ip4(True) / l4
        same(sent(chip, eth() / ip4() / l4, SET_IP + SET_TP, **IP4S, **PORTS), want)


def test_icmpv6_checksum_follows_addresses(chip):
    same(sent(chip, eth() / ip6() / ICMPv6EchoRequest(data=b"abc"), SET_IP + SET_TP, **IP6S, **PORTS),
         eth() / ip6(True) / ICMPv6EchoRequest(data=b"abc"))


@pytest.mark.parametrize("l3", (ip4, ip6))
def test_udp_without_checksum_stays_so(chip, l3):
    new = IP4S if l3 is ip4 else IP6S
    same(sent(chip, eth() / l3() / UDP(chksum=0, **ports(False)), SET_IP + SET_TP, **new, **PORTS),
         eth() / l3(True) / UDP(chksum=0, **ports(True)))


def test_udp_checksum_is_never_written_as_none(chip):
    """Payload chosen so that the new checksum is zero, which UDP sends as 0xffff (RFC 768)."""
    def new(word):
        return ip4(True) / UDP(**ports(True)) / word.to_bytes(2, "big")

    zero = next(w for w in range(65536) if 0 == wanted_sum(new, w))
    want = bytearray(bytes(eth() / new(zero)))
    assert want[40:42] == b"\xff\xff"
    same(sent(chip, eth() / ip4() / UDP(**ports(False)) / zero.to_bytes(2, "big"), SET_IP + SET_TP, **IP4S, **PORTS),
         want)


def wanted_sum(new, word, base=[]):
    """One's complement arithmetic: the checksum with payload `word`, from that with payload 0."""
    if not base:
        base.append(IP(bytes(new(0)))[UDP].chksum)
    total = base[0] ^ 0xffff
    total += word
    total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def test_first_fragment(chip):
    """Its UDP checksum covers the whole datagram; the change is the same."""
    whole = [eth() / ip4(new, flags="MF") / UDP(len=100, chksum=c, **ports(new)) / bytes(24)
             for new, c in ((False, 0x1234), (True, None))]
    got = Ether(sent(chip, whole[0], SET_IP + SET_TP, **IP4S, **PORTS))
    old = Ether(bytes(whole[0]))
    # Pseudo header and ports by hand: ~HC + sum of ~m + m'.
    change = sum(w ^ 0xffff for w in (0x0a00, 1, 0x0a00, 2, 1000, 2000)) + sum((0xc633, 0x6401, 0xc633, 0x6402, 4000, 5000))
    total = (old[UDP].chksum ^ 0xffff) + change
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    assert got[UDP].chksum == total ^ 0xffff
    assert (got[UDP].sport, got[UDP].dport, got[IP].dst) == (4000, 5000, NEW4[1])


@pytest.mark.parametrize("l3", (lambda new=False: ip4(new, frag=5, proto=17),
                                lambda new=False: ip6(new) / IPv6ExtHdrFragment(offset=5, nh=17)))
def test_later_fragment_has_no_ports(chip, l3):
    new = IP4S if isinstance(l3(), IP) else IP6S
    same(sent(chip, eth() / l3() / Raw(b"payload!"), SET_IP + SET_TP, **new, **PORTS), eth() / l3(True) / Raw(b"payload!"))


def test_fields_of_headers_that_are_not_there(chip):
    for part in (ARP(), Raw(b"x" * 46)):
        frame = eth() / part
        same(sent(chip, frame, SET_IP + SET_TP + ["SET_TTL", "DEC_TTL"], pop=2, ttl=3, **IP4S, **PORTS), frame)


# ---- TTL, routing header ----

@pytest.mark.parametrize("ttl, gone", ((0, True), (1, True), (2, False), (255, False)))
@pytest.mark.parametrize("l3", (ip4, ip6))
def test_ttl_expires(chip, l3, ttl, gone):
    named = {"ttl": ttl} if l3 is ip4 else {"hlim": ttl}
    frame = bytes(eth() / l3(**named) / UDP())
    chip.leg(1, ["DEC_TTL", "SET_ETH_DST"], next_leg=2, **ETHS)
    chip.catch_all()
    result = chip.frame(frame)
    assert result.port == (8 if gone else 1)
    assert result.reason == (PUNT["TTL"] if gone else 0)
    assert (result.next, result.hit, result.counted) == ((0, 1, 0) if gone else (2, 1, 1))
    assert (result.frame == frame) == gone


@pytest.mark.parametrize("ttl, left", ((9, 8), (1, 0), (0, 0)))
def test_set_and_decrement(chip, ttl, left):
    """The received TTL is the one that expires."""
    frame = eth() / ip4() / UDP(**ports(False))
    same(sent(chip, frame, ["SET_TTL", "DEC_TTL"], ttl=ttl), eth() / ip4(ttl=left) / UDP(**ports(False)))


def test_new_destination_behind_a_routing_header(chip):
    frame = bytes(eth() / ip6() / IPv6ExtHdrRouting(segleft=0) / UDP(**ports(False)))
    chip.leg(1, ["SET_IP_DST"], **IP6S)
    chip.catch_all()
    result = chip.frame(frame)
    assert (result.port, result.reason, result.counted, result.frame) == (8, PUNT["IPV6_EXT"], 0, frame)
    same(sent(chip, frame, ["SET_IP_SRC"], **IP6S),
         eth() / IPv6(src=NEW6[0], dst="2001:db8::2") / IPv6ExtHdrRouting(segleft=0) / UDP(**ports(False)))


def test_ports_behind_extension_headers(chip):
    same(sent(chip, eth() / ip6() / IPv6ExtHdrDestOpt() / UDP(**ports(False)), SET_IP + SET_TP, **IP6S, **PORTS),
         eth() / ip6(True) / IPv6ExtHdrDestOpt() / UDP(**ports(True)))


# ---- Tags ----

TAGS = [Dot1AD(vlan=3, prio=1), Dot1Q(vlan=4)]
PUSH = {"vlan0_tpid": 0x88a8, "vlan0_tci": 0x6005, "vlan1_tpid": 0x8100, "vlan1_tci": 6}
PUSHED = [Dot1AD(vlan=5, prio=3), Dot1Q(vlan=6)]


def stack(tags, rest):
    frame = eth()
    for tag in tags:
        frame = frame / tag
    return frame / rest


@pytest.mark.parametrize("have", (0, 1, 2))
@pytest.mark.parametrize("pop", (0, 1, 2, 3))
@pytest.mark.parametrize("push", (0, 1, 2))
def test_tags(chip, have, pop, push):
    rest = ip4() / UDP(**ports(False))
    kept = TAGS[:have][min(pop, have):]
    same(sent(chip, stack(TAGS[:have], rest), ["SET_TP_DST"], pop=pop, push=push, **PUSH, **PORTS),
         stack(PUSHED[:push] + kept, ip4() / UDP(sport=1000, dport=5000)))


# ---- Tunnels ----

OUTER = Ether(dst="02:00:00:00:02:aa", src="02:00:00:00:02:bb") / IP(src="192.0.2.1", dst="192.0.2.2") / UDP(
    sport=50000, dport=4789, chksum=0) / VXLAN(flags=8, vni=7)
ENCAP = dict(eth_dst=0x0200000003aa, eth_src=0x0200000003bb, ip_src=0xc0000201, ip_dst=0xc0000202, udp_dst=4789,
             vni=0xabcdef, tos=0x28, ttl=17, df=1)


@pytest.fixture
def tunnelled(chip):
    chip.port(0, tunnel=1)
    return chip


def test_decap(tunnelled):
    inner = eth() / Dot1Q(vlan=5) / ip4() / UDP(**ports(False)) / b"x"
    same(sent(tunnelled, OUTER / inner, ["DECAP"]), inner)
    same(sent(tunnelled, OUTER / inner, ["DECAP"] + SET_ETH + SET_IP + SET_TP + ["DEC_TTL"], pop=1, push=2, **ETHS,
              **IP4S, **PORTS, **PUSH),
         Ether(dst=NEW_A, src=NEW_B) / PUSHED[0] / PUSHED[1] / ip4(True, ttl=63) / UDP(**ports(True)) / b"x")


def test_decap_without_a_tunnel(chip):
    frame = eth() / ip4() / UDP(**ports(False))
    same(sent(chip, frame, ["DECAP", "SET_TP_DST"], **PORTS), eth() / ip4() / UDP(sport=1000, dport=5000))


def test_edits_without_decap(tunnelled):
    """Field edits and pops do nothing; push acts on the whole frame."""
    inner = eth() / Dot1Q(vlan=5) / ip4(ttl=1) / UDP(**ports(False))
    frame = OUTER / inner
    whole = bytes(frame)
    same(sent(tunnelled, frame, SET_ETH + SET_IP + SET_TP + ["SET_TTL"], pop=1, push=1, ttl=9, **ETHS, **IP4S, **PORTS,
              **PUSH), whole[:12] + bytes.fromhex("88a86005") + whole[12:])
    tunnelled.leg(1, ["DEC_TTL"])
    assert tunnelled.frame(frame).reason == PUNT["TTL"]


def encapsulated(inner, result):
    """Outer headers by hand, from the text of row encap."""
    hashed = flow_hash(result.key)
    return Ether(dst="02:00:00:00:03:aa", src="02:00:00:00:03:bb") / IP(
        src="192.0.2.1", dst="192.0.2.2", tos=0x28, ttl=17, flags="DF", id=0) / UDP(
            sport=0xc000 | hashed & 0x3fff, dport=4789, chksum=0) / Raw(
                bytes.fromhex("08000000abcdef00")) / Raw(bytes(inner))


@pytest.mark.parametrize("frame", (eth() / ip4() / TCP(**ports(False)), eth() / ip6() / UDP(**ports(False)) / b"odd",
                                   eth() / ARP(), eth() / ip4(frag=5) / b"fragment"), ids=("tcp", "udp6", "arp", "fragment"))
def test_encap(chip, frame):
    chip.write("ENCAP", 3, row("encap", **ENCAP))
    chip.leg(1, ["ENCAP", "SET_ETH_DST"], encap=3, push=1, **ETHS, **PUSH)
    chip.catch_all()
    result = chip.frame(frame)
    inner = bytes.fromhex("0200000001aa") + bytes(frame)[6:12] + bytes.fromhex("88a86005") + bytes(frame)[12:]
    same(result.frame, encapsulated(inner, result))


def test_decap_and_encap(tunnelled):
    tunnelled.write("ENCAP", 3, row("encap", **ENCAP))
    tunnelled.leg(1, ["DECAP", "ENCAP"], encap=3)
    tunnelled.catch_all()
    inner = eth() / ip4() / UDP(**ports(False))
    result = tunnelled.frame(OUTER / inner)
    same(result.frame, encapsulated(inner, result))


# ---- Destinations ----

PLAIN = bytes(eth() / ip4() / UDP(**ports(False)))


def test_host_gets_it_as_received(chip):
    chip.port(0, slow_pair=5)
    chip.leg(1, SET_ETH, dest="HOST", dest_id=PUNT["ACTION"], push=1, mark=0xdeadbeef, next_leg=9, **ETHS)
    chip.catch_all()
    result = chip.frame(PLAIN)
    assert (result.port, result.reason, result.mark, result.pair, result.next) == (8, PUNT["ACTION"], 0xdeadbeef, 5, 9)
    assert (result.hit, result.rule, result.counted, result.frame) == (1, 1, 1, PLAIN)


def test_drop(chip):
    chip.leg(1, dest="DROP", next_leg=4)
    chip.catch_all()
    result = chip.frame(PLAIN)
    assert (result.drop, result.leave, result.next, result.counted) == (DROP["ACTION"], DROP["ACTION"], 4, 1)
    assert result.frame == b""


@pytest.mark.parametrize("count", range(16))
def test_team(chip, count):
    members = [1, VF0, VF0 + 1, VF0 + 2, VF0 + 3, 0, 1, VF0]
    chip.write("TEAM", 2, row("team", count=count, members=int.from_bytes(bytes(members), "little")))
    chip.leg(1, dest="TEAM", dest_id=2)
    chip.catch_all()
    seen = set()
    for sport in range(40):
        result = chip.frame(eth() / ip4() / UDP(sport=sport, dport=6))
        if count == 0 or count > 8:
            assert result.drop == DROP["TEAM_EMPTY"]
            continue
        assert result.port == members[flow_hash(result.key) % count]
        seen.add(result.port)
    if 1 <= count <= 5:
        assert seen == set(members[:count])


def test_replica(chip):
    chip.leg(6, ["SET_ETH_DST"], dest_id=VF0, next_leg=7, **ETHS)
    result = chip.frame(PLAIN, src=1, replica=1, leg=6, rule=33)
    assert (result.port, result.hit, result.rule, result.counted, result.next) == (VF0, 1, 33, 0, 7)
    same(result.frame, bytes.fromhex("0200000001aa") + PLAIN[6:])


def test_direct(chip):
    chip.catch_all()
    result = chip.frame(PLAIN, src=8, direct=1, dst=VF0 + 1, mark=5)
    assert (result.port, result.reason, result.hit, result.counted, result.frame) == (VF0 + 1, 0, 0, 0, PLAIN)
    result = chip.frame(PLAIN, src=9, direct=1, dst=8, mark=5)
    assert (result.port, result.reason, result.mark) == (8, PUNT["DIRECT"], 5)


# ---- Egress ----

@pytest.mark.parametrize("port", (2, 7, 10, 15, VF0 + 4, 63, 64, 80, 255))
def test_no_such_port(chip, port):
    for number in range(64):
        chip.port(number)
    chip.leg(1, dest_id=port)
    chip.catch_all()
    result = chip.frame(PLAIN)
    assert (result.drop, result.leave, result.frame) == (0, DROP["NO_SUCH_PORT"], b"")


def test_port_down(chip):
    chip.leg(1, next_leg=3)
    chip.catch_all()
    chip.port(1, enable=0)
    result = chip.frame(PLAIN)
    assert (result.drop, result.leave, result.next) == (0, DROP["PORT_DOWN"], 3)
    chip.port(1)
    chip.port(0, enable=0)
    assert chip.frame(PLAIN).leave == DROP["PORT_DOWN"]
    chip.port(0)
    assert chip.frame(PLAIN).leave == 0


def test_longest(chip):
    """max_len is of the frame that leaves; 0 means MAX_FRAME."""
    chip.leg(1, push=1, **PUSH)
    chip.catch_all()
    chip.port(1, max_len=100)
    assert len(chip.frame(PLAIN + bytes(96 - len(PLAIN))).frame) == 100
    assert chip.frame(PLAIN + bytes(97 - len(PLAIN))).leave == DROP["TOO_LONG"]
    chip.port(1)
    assert len(chip.frame(PLAIN + bytes(9212 - len(PLAIN))).frame) == 9216
    assert chip.frame(PLAIN + bytes(9213 - len(PLAIN))).leave == DROP["TOO_LONG"]
    chip.port(VF0, max_len=50)
    assert chip.frame(bytes(51), src=8, direct=1, dst=VF0).leave == DROP["TOO_LONG"]


def test_slow_path_takes_every_length(chip):
    for port in (8, 9):
        chip.port(port, max_len=50)
        assert len(chip.frame(bytes(51), src=1, direct=1, dst=port).frame) == 51


def test_source_limits(chip):
    assert chip.frame(bytes(13)).leave == DROP["RUNT"]
    assert chip.frame(b"").leave == DROP["RUNT"]
    assert chip.frame(bytes(14)).reason == PUNT["MISS"]
    assert chip.frame(bytes(9217)).leave == DROP["WIRE_ERROR"]
