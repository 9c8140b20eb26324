# SPDX-License-Identifier: BSD-3-Clause
"""What a VF cannot do: speak for others, reach memory that it was not given, stall others.

The guest has a virtual IOMMU. VF 15, sometimes with VF 14, has a driver with bad intentions (hostile.py, by vfio-pci, as a
virtual machine would); the other VFs talk in pairs all the time and lose nothing.
"""

import json
import time

import pytest
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether

from guest.stress import PAIRS, VFS, Host, Scene
from lib import paths

BAD, NEIGHBOUR = VFS - 1, VFS - 2
OTHERS = range(len(PAIRS) - 1)
HOSTILE = paths.TOP / "tests" / "guest" / "hostile.py"
OWN, FOREIGN, OUTSIDE = "02:f0:00:00:01:0f", "02:00:00:00:0b:ad", "02:aa:00:00:00:99"
MARK = b"\x88\xb5"
# enum queue_error
KINDS = {"memory that is not there": 1, "second one not there": 1, "index runs ahead": 2, "head outside the table": 2,
         "next outside the table": 2, "to itself": 3, "no length": 4, "four gigabytes": 4, "writable": 5, "indirect": 6}


@pytest.fixture(scope="module")
def scene(card):
    with Host(card, "vf-safety") as host:
        running = Scene(card, host).start()
        yield running
        running.end()


@pytest.fixture(autouse=True)
def others_are_well(scene):
    """No DMA of the PF and of the others was refused, and all VFs talk again."""
    yield
    faults = scene.host.faults()
    assert not any(faults[:1 + NEIGHBOUR]), faults
    scene.load.advance()


@pytest.fixture
def bad(scene):
    """The VFs that vfio-pci has for a test, and their drivers' program."""
    vfs = [scene.vf(BAD), scene.vf(NEIGHBOUR)]
    for vf in vfs:
        vf.unbind()
        vf.bind("vfio-pci")
    yield [vf.address for vf in vfs]
    for vf in vfs:
        vf.unbind()
        vf.bind("virtio-pci")
    scene.place()


def faults(scene):
    return scene.host.faults()[1 + BAD]


def hostile(scene, *words, timeout=60):
    return scene.host.check(f"python3 -I -S {HOSTILE} {' '.join(map(str, words))}", timeout)


# ---- To speak for others ----

SEND = """
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
for f in {frames!r}:
    s.send(bytes.fromhex(f))
"""
END = 255  # number of the last frame


def frame(number, *, src=OWN, dst=OUTSIDE, tag=None):
    """One of ours, which its number tells."""
    head = Ether(src=src, dst=dst) / tag if tag else Ether(src=src, dst=dst)
    return bytes(head)[:-2] + MARK + bytes([number]) * 50


def dropped(scene):
    """Frames of the VF that were dropped."""
    return json.loads(scene.host.check("ip -j -s link show p0"))[0]["vfinfo_list"][BAD]["stats"]["tx"]["dropped"]


def arrived(wire):
    """Numbers of our frames that left on the wire, up to the last one."""
    seen = []
    while END not in seen:
        got = wire.recv(20)
        if MARK in got[12:24]:
            seen.append(got[-1])
    return seen[:-1]


@pytest.fixture
def port_vlan(scene, request):
    scene.driver.batch(f"link set p0 vf {BAD} vlan {request.param}")
    yield request.param
    scene.driver.batch(f"link set p0 vf {BAD} vlan 0")


@pytest.mark.parametrize("port_vlan", [0, 10], indirect=True)
def test_foreign_address_or_vlan(scene, port_vlan):
    """To the wire, to a VF, to all: what is not the VF's own is dropped, each frame of it, and counted. A VF without a VLAN
    of its own may tag; one with a VLAN may not, not even with the right one."""
    where = (OUTSIDE, "02:f0:00:00:01:0e", "ff:ff:ff:ff:ff:ff")
    foreign = [dict(src=src, dst=dst) for src in (FOREIGN, "02:f0:00:00:01:00") for dst in where]
    foreign += [dict(src=FOREIGN, dst=OUTSIDE, tag=Dot1Q(vlan=20))]
    if port_vlan:
        foreign += [dict(dst=dst, tag=tag) for dst in where for tag in (Dot1Q(vlan=port_vlan), Dot1Q(vlan=20), Dot1Q(vlan=0), Dot1AD(vlan=20))]
    numbered = [frame(0), *(frame(number, **one) for number, one in enumerate(foreign, 1)), frame(END)]
    before = dropped(scene)
    code = SEND.format(frames=[f.hex() for f in numbered])
    scene.host.check(f"ip netns exec vm{BAD} python3 -S - <<'END'\n{code}\nEND")
    assert arrived(scene.ends[0]) == [0]
    end = time.monotonic() + 10
    while dropped(scene) < before + len(foreign) and time.monotonic() < end:  # a counter comes a moment after the frame
        pass
    assert dropped(scene) == before + len(foreign)


# ---- To reach memory that it was not given ----


def test_no_fault_in_normal_traffic(scene):
    with scene.undisturbed(range(len(PAIRS))):
        scene.load.advance(by=50)
    assert not any(scene.host.faults())


@pytest.mark.parametrize("address", ["0x2000000", "0xfee00000", "0x200000000000"])
def test_memory_of_others(scene, bad, address):
    """Other memory of the machine, where interrupts go, nobody's: refused, counted for this VF, and its queue stops."""
    before = faults(scene)
    with scene.undisturbed(OTHERS):
        assert hostile(scene, bad[0], "nowhere", address) == "1\n"
    assert faults(scene) > before


# ---- To stall others ----


def test_bad_descriptors(scene, bad):
    """Each kind stops the queue with its reason; again and again, and nobody else waits."""
    text = hostile(scene, bad[0], "descriptors")
    assert {kind: int(code) for kind, _, code in (line.rpartition(" ") for line in text.splitlines())} == KINDS
    scene.undisturbed_by(f"python3 -I -S {HOSTILE} {bad[0]} descriptors", OTHERS)


def test_doorbell_storm(scene, bad):
    scene.undisturbed_by(f"python3 -I -S {HOSTILE} {bad[0]} storm 4000", OTHERS)


def test_full_queue_for_a_guest_that_stands_still(scene, bad):
    """One VF sends without a pause to another, which took four frames and gives no buffers any more."""
    sent, received = map(int, hostile(scene, bad[1], "flood", bad[0], OWN, 1000).split())
    assert sent >= 1000 and received == 4
    scene.undisturbed_by(f"python3 -I -S {HOSTILE} {bad[1]} flood {bad[0]} {OWN} 300", OTHERS)
