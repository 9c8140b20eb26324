# SPDX-License-Identifier: BSD-3-Clause
"""A guest that does everything wrong: its queue stops and is counted, its neighbours notice nothing."""

import contextlib
import os
import socket
import struct
import time

import pytest
from lib import vhost
from lib.rules import Rule
from lib.vhost import GUEST_BASE, HEADER, INDIRECT, NEXT, WRITE, VfPort, VhostError

from test_shapes import UDP4, numbered

FRAME = Rule.parse(f"flow create 0 transfer pattern {UDP4} / end actions drop / end").matching()
OUTSIDE = 0x7777_0000_0000


def chain(queue, links):
    """Descriptors 0, 1, ... one behind the other; links: [(address, length, flags)]."""
    for number, (address, length, flags) in enumerate(links):
        more = NEXT if number + 1 < len(links) else 0
        queue.write_desc(number, address, length, flags | more, number + 1 if more else 0)
    queue.offer(0)


def buffer(vf):
    """Address of a buffer with a good frame in it."""
    at = vf.buffers
    vf.memory[at:at + HEADER + len(FRAME)] = bytes(HEADER) + FRAME
    return GUEST_BASE + at


GOOD = HEADER + len(FRAME)
MEMORY_END = GUEST_BASE + (4 << 20)

# What is put into the transmit queue.
TRANSMIT = {
    "address outside": lambda vf: chain(vf.tx, [(OUTSIDE, GOOD, 0)]),
    "address 0": lambda vf: chain(vf.tx, [(0, GOOD, 0)]),
    "address at the very end": lambda vf: chain(vf.tx, [(2**64 - 8, GOOD, 0)]),
    "over the end of memory": lambda vf: chain(vf.tx, [(MEMORY_END - 8, GOOD, 0)]),
    "second segment outside": lambda vf: chain(vf.tx, [(buffer(vf), 20, 0), (OUTSIDE, 60, 0)]),
    "to itself": lambda vf: (vf.tx.write_desc(0, buffer(vf), GOOD, NEXT, 0), vf.tx.offer(0)),
    "loop of two": lambda vf: (vf.tx.write_desc(0, buffer(vf), 20, NEXT, 1), vf.tx.write_desc(1, buffer(vf), 20, NEXT, 0),
                               vf.tx.offer(0)),
    "next outside the table": lambda vf: (vf.tx.write_desc(0, buffer(vf), 20, NEXT, 60000), vf.tx.offer(0)),
    "next is the queue's size": lambda vf: (vf.tx.write_desc(0, buffer(vf), 20, NEXT, vf.tx.size), vf.tx.offer(0)),
    "head outside the table": lambda vf: vf.tx.offer(40000),
    "length 0": lambda vf: chain(vf.tx, [(buffer(vf), 0, 0)]),
    "length of the header alone": lambda vf: chain(vf.tx, [(buffer(vf), HEADER, 0)]),
    "shorter than the header": lambda vf: chain(vf.tx, [(buffer(vf), HEADER - 1, 0)]),
    "length 2^32-1": lambda vf: chain(vf.tx, [(buffer(vf), 0xFFFFFFFF, 0)]),
    "longer than a frame may be": lambda vf: chain(vf.tx, [(buffer(vf), 65536, 0)]),
    "sum overflows": lambda vf: chain(vf.tx, [(buffer(vf), 0x80000000, 0), (buffer(vf), 0x80000000 + GOOD, 0)]),
    "writable": lambda vf: chain(vf.tx, [(buffer(vf), GOOD, WRITE)]),
    "writable second": lambda vf: chain(vf.tx, [(buffer(vf), 20, 0), (buffer(vf), GOOD, WRITE)]),
    "indirect": lambda vf: chain(vf.tx, [(buffer(vf), 16, INDIRECT)]),
    "chain of 17": lambda vf: chain(vf.tx, [(buffer(vf), 20, 0)] * 17),
    "index runs ahead": lambda vf: (vf.tx.set_avail_idx(vf.tx.avail_idx + vf.tx.size + 1), vf.tx.kick()),
    "index runs back": lambda vf: (vf.tx.set_avail_idx(vf.tx.avail_idx - 1), vf.tx.kick()),
    "index jumps by half": lambda vf: (vf.tx.set_avail_idx(vf.tx.avail_idx + 0x8000), vf.tx.kick()),
}

# What is put into the receive queue before a frame comes. Writes over PCIe are posted: nobody tells the card that one
# went nowhere, so such a guest loses its frames, and that is all.
LOST = {
    "address outside": (OUTSIDE, 2048, WRITE),
    "over the end of memory": (MEMORY_END - 16, 2048, WRITE),
}
RECEIVE = {
    "readable": (GUEST_BASE, 2048, 0),
    "length 0": (GUEST_BASE, 0, WRITE),
    "shorter than the header": (GUEST_BASE, HEADER - 1, WRITE),
    "indirect": (GUEST_BASE, 2048, WRITE | INDIRECT),
}


@pytest.fixture
def forwarding(card, rules):
    """vf0 -> vf1 and vf2 -> vf3 in hardware; at the end of each test every VF is as new."""
    for source, to in (("vf0", "vf1"), ("vf2", "vf3")):
        rules(numbered(card, f"flow create {{{source}}} transfer pattern {UDP4} / end actions count / port_id id {{{to}}} / end"))
    yield card
    for name in ("vf0", "vf1"):
        card.ports[name].connect()


def works(card, source, to):
    card.send(source, FRAME)
    got = card.collect(1)
    assert got[to] == [FRAME], f"{source} to {to}: {got}"


@pytest.mark.parametrize("what", TRANSMIT)
def test_transmit(forwarding, what):
    card = forwarding
    vf = card.ports["vf0"]
    TRANSMIT[what](vf)
    assert vf.needs_reset(10), "the queue did not stop"
    assert vf.tx.used_idx() == 0
    works(card, "vf2", "vf3")
    # Nothing more is taken from the queue.
    vf.tx.write_desc(0, buffer(vf), GOOD)
    vf.tx.offer(0)
    assert not any(card.collect(0).values())
    vf.connect()
    works(card, "vf0", "vf1")


@pytest.mark.parametrize("what", RECEIVE)
def test_receive(forwarding, what):
    """Bad receive buffers harm nobody but their owner."""
    card = forwarding
    vf = card.ports["vf1"]
    for number in range(vf.rx.size):
        vf.rx.write_desc(number, *RECEIVE[what])
    # Buffers that the card fetched before are used up first.
    for _ in range(vf.rx.size + 1):
        card.ports["vf0"].send(FRAME)
        if vf.needs_reset(1e-3):
            break
    else:
        assert vf.needs_reset(10), "the queue did not stop"
    works(card, "vf2", "vf3")
    vf.connect()
    works(card, "vf0", "vf1")


@pytest.mark.parametrize("what", LOST)
def test_receive_buffer_elsewhere(forwarding, what):
    """Frames for a guest whose buffers are outside its memory come to nobody, and the guest's own repair helps."""
    card = forwarding
    vf = card.ports["vf1"]
    for number in range(vf.rx.size):
        vf.rx.write_desc(number, *LOST[what])
    for _ in range(vf.rx.size):
        card.ports["vf0"].send(FRAME)
    works(card, "vf2", "vf3")
    card.sim.check_alive()
    vf.connect()
    works(card, "vf0", "vf1")


@pytest.mark.parametrize("size", [0, 3, 32768, 65535, 0x7FFFFFFF])
def test_queue_size(forwarding, size):
    """A size that is no power of two, or larger than the device has, is refused or the connection ends."""
    card = forwarding
    vf = card.ports["vf0"]
    with pytest.raises(VhostError):
        vf.tell(vhost.SET_VRING_NUM, struct.pack("<II", vhost.TX, size))
        vf.ask_u64(vhost.GET_FEATURES)
    works(card, "vf2", "vf3")
    vf.connect()
    works(card, "vf0", "vf1")


MESSAGES = {
    "queue that does not exist": (vhost.SET_VRING_NUM, struct.pack("<II", 40000, 256), 0),
    "kick of a queue that does not exist": (vhost.SET_VRING_KICK, struct.pack("<Q", 77), 1),
    "too many memory regions": (vhost.SET_MEM_TABLE, struct.pack("<II", 4000, 0), 0),
    "memory table without descriptor": (vhost.SET_MEM_TABLE, struct.pack("<II4Q", 1, 0, GUEST_BASE, 4096, 0, 0), 0),
    "memory of 2^63 bytes": (vhost.SET_MEM_TABLE, struct.pack("<II4Q", 1, 0, GUEST_BASE, 1 << 63, 0, 0), 1),
    "memory that wraps": (vhost.SET_MEM_TABLE, struct.pack("<II4Q", 1, 0, 2**64 - 4096, 8192, 0, 0), 1),
    "rings outside the memory": (vhost.SET_VRING_ADDR, struct.pack("<II4Q", vhost.TX, 0, OUTSIDE, OUTSIDE, OUTSIDE, 0), 0),
    "unknown message": (200, b"", 0),
    "short message": (vhost.SET_VRING_ADDR, b"\0" * 7, 0),
    "long message": (vhost.SET_FEATURES, b"\0" * 4000, 0),
}


@pytest.mark.parametrize("what", MESSAGES)
def test_message(forwarding, what):
    """A broken or hostile vhost-user peer: refused, or put through the door; the simulator and the neighbours live."""
    card = forwarding
    vf = card.ports["vf0"]
    request, payload, descriptors = MESSAGES[what]
    with pytest.raises(VhostError):
        vf.tell(request, payload, [vf.fd] * descriptors)
        vf.ask_u64(vhost.GET_FEATURES)
    card.sim.check_alive()
    works(card, "vf2", "vf3")
    vf.connect()
    works(card, "vf0", "vf1")


def test_no_memory_at_all(forwarding):
    """A table without regions may be taken; then every address is outside."""
    card = forwarding
    vf = card.ports["vf0"]
    with contextlib.suppress(VhostError):
        vf.tell(vhost.SET_MEM_TABLE, struct.pack("<II", 0, 0))
        vf.start_send(FRAME)
    works(card, "vf2", "vf3")
    assert not card.collect(0)["vf1"]
    vf.connect()
    works(card, "vf0", "vf1")


def test_message_cut_off(forwarding):
    """The peer dies in the middle of a message."""
    card = forwarding
    card.ports["vf0"].disconnect()
    for cut in (1, 11, 12, 15):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(card.sim.vf(0)))
            peer.send((struct.pack("<III", vhost.SET_FEATURES, 1, 8) + bytes(8))[:cut])
    works(card, "vf2", "vf3")
    card.ports["vf0"].connect()
    works(card, "vf0", "vf1")


def test_memory_shrinks_under_the_device(forwarding):
    """The file behind guest memory is cut while the queue is in use: an error of that queue, and of nobody else."""
    card = forwarding
    card.ports["vf0"].disconnect()
    with VfPort(card.sim.vf(0)) as vf:
        at = buffer(vf)
        os.ftruncate(vf.fd, vf.buffers)  # rings stay, buffers are gone
        vf.tx.write_desc(0, at, GOOD)
        vf.tx.offer(0)
        assert vf.needs_reset(10)
    card.sim.check_alive()
    works(card, "vf2", "vf3")
    card.ports["vf0"].connect()
    works(card, "vf0", "vf1")


def test_own_reset(forwarding):
    """A driver that stops its queues and starts again from nothing, many times."""
    card = forwarding
    for _ in range(5):
        vf = card.ports["vf0"]
        for queue in (vf.rx, vf.tx):
            vf.stop_queue(queue)
        vf.connect()
        works(card, "vf0", "vf1")
