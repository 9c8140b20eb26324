# SPDX-License-Identifier: BSD-3-Clause
"""A virtual machine on a VF: it talks to a host on the wire, and goes on when the card died and came back.

    eth0 of the machine - VF 0 - card - wire p0 - a host with a TCP server
                                  |
                                 PF - testpmd with the PMD: VF 0 to p0 and back, one rule each
"""

import contextlib
import hashlib
import signal
import time
from pathlib import Path

import pytest

from guest.http_peer import PORT, content
from guest.vm import Vm
from lib import hugepages, paths, testpmd
from lib.netns import Netns, veth
from lib.sim import Sim

HERE = Path(__file__).resolve().parent
HUGEPAGE_MB = 256
GUEST, PEER = "10.9.0.1", "10.9.0.2"
PINGS = 20
# What a chip carries in a few seconds, in either direction.
LENGTH = 4_000_000 if paths.CHIP.startswith("model") else 400_000
# The longest a TCP stream sleeps before it tries again, after the card was away (RFC 6298, 5.5), and its transfer.
RESUME_S = 60


def interrupted(*_):
    raise KeyboardInterrupt


class Scene:
    """Everything that runs, in the order in which it starts."""

    def __init__(self, folder):
        self.folder = folder

    def start(self, stack):
        left, right = stack.enter_context(Netns("vm-card")), stack.enter_context(Netns("vm-peer"))
        veth(left, "wire0", right, "p0")
        right.ip("addr", "add", f"{PEER}/24", "dev", "p0")
        self.peer = stack.enter_context(right.start(["/usr/bin/python3", HERE / "http_peer.py", PEER]))
        self.peer.wait_for("^listening", 10)
        self.sim = stack.enter_context(Sim(wires=("if:wire0",), vfs=2, netns=left))
        self.sim.start()
        self.testpmd = stack.enter_context(testpmd.Testpmd([f"net_ferrule0,socket={self.sim.pf}"]))
        self.testpmd.wait_ready()
        self.rules = {name: self.rule(name, to) for name, to in (("vf0", "p0"), ("p0", "vf0"))}
        self.vm = stack.enter_context(Vm("vm", self.folder, self.sim.vf(0)))
        self.vm.wait_ready(60)
        self.vm.run(f"ip addr add {GUEST}/24 dev eth0 && ip link set eth0 up")

    def rule(self, source, to):
        """All that comes from one port leaves by the other, without the host; returns its number."""
        ports = self.testpmd.ports
        rule, refusal = self.testpmd.flow(f"flow create {ports[source]} transfer pattern eth / end actions count / "
                                          f"port_id id {ports[to]} / end")
        assert refusal is None, refusal
        return rule

    def hits(self):
        """{port: frames that its rule forwarded}"""
        return {name: self.testpmd.flow_query(self.testpmd.ports[name], rule)[0] for name, rule in self.rules.items()}

    def wait_hits(self, floor, timeout=10):
        """True when every rule has so many hits: the card writes counters to host memory a moment after the frame."""
        deadline = time.monotonic() + timeout
        while not (done := all(have >= floor[name] for name, have in self.hits().items())):
            if time.monotonic() > deadline:
                break
        return done

    def check_pings(self):
        """Every ping is answered, and it was the rules that carried them."""
        before = self.hits()
        text = self.vm.run(f"ping -c {PINGS} -i 0.1 -W 5 {PEER}", check=False, timeout=60)
        assert "0% packet loss" in text and f"{PINGS} packets received" in text, text
        assert self.wait_hits({name: count + PINGS for name, count in before.items()}), f"{before} then {self.hits()}"

    def check_content(self):
        """The same bytes arrive, in both directions."""
        expected = hashlib.sha256(content(LENGTH)).hexdigest()
        text = self.vm.run(f"wget -q -O /tmp/content http://{PEER}:{PORT}/{LENGTH} && sha256sum </tmp/content", timeout=60)
        assert text.split()[0] == expected, text
        text = self.vm.run(f"wget -q -O - --post-file /tmp/content http://{PEER}:{PORT}/", timeout=60)
        assert text.strip() == expected, text

    def revive(self):
        """The card comes back by itself for everybody: QEMU and the PMD try again until it is there."""
        self.sim.start()
        deadline = time.monotonic() + 30
        while not self.testpmd.link_up(self.testpmd.ports["p0"]):
            assert time.monotonic() < deadline, self.testpmd.program.tail()
        # Answers go through the rules only: nobody forwards in software here.
        while self.vm.run(f"ping -c 1 -W 1 {PEER}", check=False).find(" 0% packet loss") < 0:
            assert time.monotonic() < deadline, self.vm.run("ip addr; dmesg | tail") + self.sim.program.tail()

    def boot_id(self):
        return self.vm.run("cat /proc/sys/kernel/random/boot_id")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    if paths.missing():
        pytest.exit(f"not built: {paths.missing()}; run `make`", returncode=1)
    signal.signal(signal.SIGTERM, interrupted)  # the runner's time limit cleans up as Ctrl-C does
    with contextlib.ExitStack() as stack:
        stack.enter_context(hugepages.reserved(HUGEPAGE_MB))
        running = Scene(tmp_path_factory.mktemp("vm"))
        running.start(stack)
        yield running
        running.sim.check_alive()


@pytest.fixture(autouse=True)
def same_machine(scene):
    """In every test: the guest's kernel has nothing to complain about and never starts again."""
    before = scene.boot_id()
    yield
    assert scene.boot_id() == before
    assert not scene.vm.trouble()


def test_reaches_the_outside(scene):
    scene.check_pings()
    scene.check_content()


@pytest.mark.parametrize("time_", ["first", "second"])
def test_card_dies_while_idle(scene, time_):
    scene.sim.kill()
    scene.revive()
    scene.check_pings()


def test_card_dies_in_a_transfer(scene):
    """One TCP connection, open before the card died, carries the rest of its content afterwards."""
    scene.vm.begin(f"wget -q -O - http://{PEER}:{PORT}/halves/{LENGTH} | sha256sum")
    scene.peer.wait_for("^half$", 30)
    scene.sim.kill()
    scene.peer.send("go on\n")
    scene.sim.start()
    assert scene.vm.finish(RESUME_S).split()[0] == hashlib.sha256(content(LENGTH)).hexdigest()
    scene.check_pings()
    scene.check_content()


def test_console_is_judged(scene):
    """A warning in the guest's kernel would be seen: this one is made."""
    assert not scene.vm.trouble()
    scene.vm.run("echo '<4>WARNING: CPU: 0 PID: 1 at test' > /dev/kmsg")
    deadline = time.monotonic() + 10
    while not scene.vm.trouble():
        assert time.monotonic() < deadline
    scene.vm.forget_trouble()
