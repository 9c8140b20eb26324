# SPDX-License-Identifier: BSD-3-Clause
"""The PMD on the PF as a PCI function: vfio-pci, a virtual IOMMU, MSI-X; VFs by the kernel's virtio_net.

    vm0, vm1 (namespaces, 10.0.0.10 and .11) - VFs - card - wire p0 - Station, 10.0.0.99
                                                      |
                                                     PF - vfio-pci - dpdk-testpmd, which forwards p0 <-> vf0 in software
"""

import contextlib
import re
import time

import pytest

from guest.card_driver import Station
from guest.guest import Card
from guest.pci import STATUS, Function, vf_address
from guest.pmd import GuestOvs, GuestTestpmd, PmdGuest
from lib import paths

OUTSIDE = "10.0.0.99"
PINGS = 5
FRAME = 98  # bytes of one on Ethernet, without FCS
VFS = 16
LOST = "card does not answer any more"
BACK = "card is back, epoch 0x"


class Scene:
    """The machine, testpmd in it and the wire's far end, which goes when the simulator goes."""

    def __init__(self, card, guest):
        self.card, self.guest = card, guest
        self.testpmd = None
        self.faults = [0] * (1 + VFS)  # DMA that may have been refused, PF first
        self._wire = contextlib.ExitStack()
        self.station = None

    def start(self):
        """testpmd, then VFs: VFIO resets the PF when a program opens it, and its VFs with it."""
        self.testpmd = GuestTestpmd(self.guest).wait_ready()
        self.testpmd.command(f"set portlist {self.number('p0')},{self.number('vf0')}")
        self.testpmd.command("start")
        self.guest.vfs(2)

    def plug(self):
        self.unplug()
        self.station = self._wire.enter_context(Station(self._wire.enter_context(self.card.wire(0)), OUTSIDE))

    def unplug(self):
        self._wire.close()

    def number(self, port):
        return self.testpmd.ports[port]

    def rule(self, source, pattern, actions):
        number, refusal = self.testpmd.flow(f"flow create {self.number(source)} transfer pattern {pattern} / end"
                                            f" actions {actions} / end")
        assert refusal is None, refusal
        return number

    def to(self, port):
        return f"count / port_id id {self.number(port)}"

    def software(self):
        """Frames that testpmd has received on p0 and on the representor of VF 0."""
        return [self.testpmd.stats(self.number(port))["RX-packets"] for port in ("p0", "vf0")]

    def wait_hits(self, port, rule, count):
        """The rule's (packets, bytes) when it has `count`: the card writes counters a moment after the frame."""
        deadline = time.monotonic() + 10
        while (have := self.testpmd.flow_query(self.number(port), rule))[0] < count and time.monotonic() < deadline:
            pass
        return have

    def wait_link(self, port, up):
        deadline = time.monotonic() + 10
        while self.testpmd.link_up(self.number(port)) != up:
            assert time.monotonic() < deadline, f"link of {port} is not {'up' if up else 'down'}"

    def resolve(self, vf):
        """The VF knows the outside's address for good: no ARP, which would go another way than the pings."""
        self.guest.check(f"ip -n vm{vf} neigh replace {OUTSIDE} lladdr {self.station.mac} nud permanent dev eth0")


@pytest.fixture(scope="module")
def scene():
    if not paths.PMD.exists():
        pytest.exit(f"not installed: {paths.PMD}; run `make install-pmd`", returncode=1)
    with Card() as card, PmdGuest(card, name="pmd") as guest:
        running = Scene(card, guest)
        running.start()
        running.plug()
        yield running
        running.unplug()
        card.check_alive()


@pytest.fixture(autouse=True)
def clean(scene):
    """After every test: no DMA went where VFIO did not allow it. Rules of a test end with it."""
    yield
    for port in ("p0", "vf0", "vf1") if scene.testpmd else ():
        scene.testpmd.flow_flush(scene.number(port))
    assert scene.guest.faults() == scene.faults


def test_ports(scene):
    """An uplink and the representors, by the driver for PCI, behind an IOMMU."""
    assert list(scene.testpmd.ports) == ["p0", *(f"vf{number}" for number in range(VFS))]
    assert scene.testpmd.command("show port summary all").count("net_ferrule_pci") == 1 + VFS
    assert Function(scene.guest).driver() == "vfio-pci"
    assert scene.guest.check(f"readlink {scene.guest.pf.sysfs}/iommu_group").strip()
    assert Function(scene.guest, vf_address(0)).driver() == "virtio-pci"


def test_slow_path(scene):
    """Without a rule every frame goes through the program, in both directions."""
    before = scene.software()
    assert scene.guest.ping(0, OUTSIDE, PINGS)
    assert all(now >= then + PINGS for now, then in zip(scene.software(), before))


def two_rules(scene):
    """IPv4 between p0 and VF 0 in hardware: the rules' numbers by port."""
    scene.resolve(0)
    return {"vf0": scene.rule("vf0", "eth / ipv4", scene.to("p0")), "p0": scene.rule("p0", "eth / ipv4", scene.to("vf0"))}


def test_rules_take_over(scene):
    """The card forwards and counts every packet, the program sees none."""
    rules = two_rules(scene)
    before = scene.software()
    assert scene.guest.ping(0, OUTSIDE, PINGS)
    for port, rule in rules.items():
        assert scene.wait_hits(port, rule, PINGS) == (PINGS, PINGS * FRAME)
    assert scene.software() == before
    for port in rules:
        scene.testpmd.flow_flush(scene.number(port))
    assert scene.guest.ping(0, OUTSIDE, PINGS)
    assert scene.software() == [then + PINGS for then in before]


def test_vlan_of_a_vf(scene):
    """VF 1 is in VLAN 100 of the wire: pushed and popped by rules."""
    scene.resolve(1)
    out = scene.rule("vf1", "eth has_vlan is 0 / ipv4", "of_push_vlan ethertype 0x8100 / of_set_vlan_vid vlan_vid 100 / " + scene.to("p0"))
    back = scene.rule("p0", "eth / vlan tci is 100 / ipv4", "of_pop_vlan / " + scene.to("vf1"))
    scene.station.vlan = 100
    try:
        assert scene.guest.ping(1, OUTSIDE, PINGS)
    finally:
        scene.station.vlan = None
    assert scene.wait_hits("vf1", out, PINGS) == (PINGS, PINGS * FRAME)
    assert scene.wait_hits("p0", back, PINGS)[0] == PINGS


def test_vf_to_vf(scene):
    for source, target in (("vf0", "vf1"), ("vf1", "vf0")):
        scene.rule(source, "eth", scene.to(target))
    before = scene.software()
    assert scene.guest.ping(0, "10.0.0.11", PINGS)
    assert scene.software() == before


def test_firmware_interrupts(scene):
    """A VF that loses its driver is told by firmware, whose message comes with MSI-X vector 0."""
    vf = Function(scene.guest, vf_address(1))
    scene.wait_link("vf1", True)
    before = scene.guest.interrupts()
    vf.unbind()
    scene.wait_link("vf1", False)
    assert scene.guest.interrupts() > before
    scene.guest.vfs(2)
    scene.wait_link("vf1", True)


def recovered(scene, rules, mark):
    """The PMD has its card again, and the rules, with their counts, are where they were. VFs are new."""
    scene.testpmd.program.wait_for(LOST, 30, mark)
    scene.testpmd.program.wait_for(f"{len(rules)} of {len(rules)} rules installed again(?:.*\n)*.*{BACK}", 30, mark)
    scene.guest.vfs(2)
    scene.resolve(0)
    before = scene.software()
    assert scene.guest.ping(0, OUTSIDE, PINGS)
    for port, rule in rules.items():
        assert scene.wait_hits(port, rule, 2 * PINGS) == (2 * PINGS, 2 * PINGS * FRAME)
    assert scene.software() == before


def test_simulator_dies_and_comes_back(scene):
    rules = two_rules(scene)
    assert scene.guest.ping(0, OUTSIDE, PINGS)
    for port, rule in rules.items():
        assert scene.wait_hits(port, rule, PINGS)[0] == PINGS
    mark = scene.testpmd.program.mark()
    scene.unplug()
    scene.card.kill()
    scene.testpmd.program.wait_for(LOST, 10, mark)
    for port, rule in rules.items():
        assert not scene.testpmd.link_up(scene.number(port))
        assert scene.testpmd.flow_query(scene.number(port), rule)[0] == PINGS
    number, refusal = scene.testpmd.flow(f"flow create 0 transfer pattern eth / end actions {scene.to('vf1')} / end")
    assert number is None and "the card does not answer" in refusal
    scene.card.start()
    scene.plug()
    recovered(scene, rules, mark)


@pytest.mark.parametrize("how", ["function level reset", "status"])
def test_reset_behind_the_back_of_the_driver(scene, how):
    """After the second the function answers as before, but its queues are gone: only its status tells."""
    rules = two_rules(scene)
    assert scene.guest.ping(0, OUTSIDE, PINGS)
    for port, rule in rules.items():
        assert scene.wait_hits(port, rule, PINGS)[0] == PINGS
    mark = scene.testpmd.program.mark()
    if how == "status":
        scene.guest.pf.write((STATUS, 1, 0))
    else:
        scene.guest.pf.reset()
    recovered(scene, rules, mark)


def test_program_is_killed(scene):
    """VFIO takes the PF's access away and resets it; the next program starts as the first did. What the card wrote in
    between was refused."""
    two_rules(scene)
    scene.guest.check(f"ip netns exec vm0 ping -q -i 0.02 {OUTSIDE} > /dev/null 2>&1 &")
    try:
        scene.testpmd.kill()
        scene.faults[0] = scene.guest.faults()[0]
        scene.start()
    finally:
        scene.guest.check("pkill -x ping")
    before = scene.software()
    scene.resolve(0)
    assert scene.guest.ping(0, OUTSIDE, PINGS)
    assert all(now >= then + PINGS for now, then in zip(scene.software(), before)), "rules of the first are still there"


def test_open_vswitch(scene):
    """testpmd ends politely, and Open vSwitch with DPDK takes the card: what flows is offloaded in both directions."""
    assert scene.testpmd.quit() == 0
    scene.testpmd = None
    ovs = GuestOvs(scene.guest, 0, 1)
    scene.guest.vfs(2)
    assert scene.guest.ping(0, OUTSIDE, PINGS)
    deadline = time.monotonic() + 10
    for source, target in (("vf0", "p0"), ("p0", "vf0")):
        pattern = rf"in_port\({source}\).*icmp\(.*offloaded:yes, dp:dpdk, actions:{target},"
        while not re.search(pattern, flows := ovs.offloaded()):  # a thread of its own installs them
            assert time.monotonic() < deadline, flows
    assert scene.guest.ping(0, "10.0.0.11", PINGS)
    ovs.stop()
