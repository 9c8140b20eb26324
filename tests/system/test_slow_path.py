# SPDX-License-Identifier: BSD-3-Clause
"""Frames between the host and the ports: misses come to the representor, what the host sends reaches its port."""

import pytest
from lib.rules import Rule

FRAME = Rule.parse("flow create 0 transfer pattern eth / ipv4 / udp dst is 9000 / end actions drop / end")
LENGTHS = [60, 61, 64, 127, 128, 255, 256, 257, 1000, 1500, 1514]


def frames(count=None):
    return [FRAME.matching(payload=bytes(n * 7 + k & 0xFF for k in range(length - 42))) for n, length in
            enumerate(LENGTHS if count is None else [LENGTHS[i % len(LENGTHS)] for i in range(count)])]


def forward(card, first, second):
    """testpmd passes frames between the two ports, as they are."""
    card.testpmd.command("stop")
    card.testpmd.command(f"set portlist {card.number(first)},{card.number(second)}")
    card.testpmd.command("set fwd io")
    card.testpmd.command("start")


@pytest.fixture
def io(card):
    yield lambda first, second: forward(card, first, second)
    card.testpmd.command("stop")
    card.testpmd.command("set portlist " + ",".join(str(n) for n in range(len(card.testpmd.ports))))
    card.testpmd.command("set fwd rxonly")
    card.testpmd.command("start")


@pytest.mark.parametrize("source, to", [("vf0", "vf1"), ("vf1", "vf0"), ("vf0", "p0"), ("p0", "vf3")])
def test_there_and_back_byte_for_byte(card, io, source, to):
    """port -> miss -> representor -> testpmd -> other representor -> port."""
    io(source, to)
    for frame in frames():
        card.send(source, frame)
        got = card.collect(1)
        assert [f.hex() for f in got.pop(to)] == [frame.hex()] and not any(got.values())


def test_many(card, io):
    """More frames than any queue holds: none is lost, none comes twice, and the order stays."""
    io("vf0", "vf1")
    sent = frames(2000)
    got = []
    for start in range(0, len(sent), 100):
        card.send("vf0", *sent[start:start + 100])
        got += card.collect(100)["vf1"]
    assert [f.hex() for f in got] == [f.hex() for f in sent]


def test_sent_by_the_host(card):
    """txonly on the uplink's representor: the wire carries what testpmd says it sent."""
    testpmd = card.testpmd
    testpmd.command("stop")
    before = testpmd.stats(card.number("p0"))["TX-packets"]
    testpmd.command(f"set portlist {card.number('p0')}")
    testpmd.command("set fwd txonly")
    testpmd.command("set burst 4")
    testpmd.command("start tx_first 1")
    got = [card.ports["p0"].recv(10) for _ in range(4)]  # it goes on sending
    testpmd.command("stop")
    got += card.collect(0)["p0"]
    after = testpmd.stats(card.number("p0"))["TX-packets"]
    testpmd.command("set burst 32")
    testpmd.command("set portlist " + ",".join(str(n) for n in range(len(testpmd.ports))))
    testpmd.command("set fwd rxonly")
    testpmd.command("start")
    assert len(got) >= 4 and all(f[12:14] == b"\x08\x00" for f in got)
    assert after - before >= len(got) > 0
