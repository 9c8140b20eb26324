# SPDX-License-Identifier: BSD-3-Clause
"""A card with everything plugged in: a simulator, testpmd on its PF, a driver on each VF and an end of wire p0."""

import contextlib
import select
import time

from .sim import Sim
from .testpmd import Testpmd

VFS = 4


class Card:
    """`ports` maps "p0" and "vf<n>" to what sends and receives frames there; testpmd knows them by the same names."""

    def __init__(self, **sim):
        self._stack = contextlib.ExitStack()
        self._sim_options = sim
        self.ports = {}

    def __enter__(self):
        with self._stack as stack:  # what was started is stopped when something behind it does not start
            self.sim = stack.enter_context(Sim(vfs=VFS, **self._sim_options))
            self.sim.start()
            self.connect_ports(stack)
            self.testpmd = stack.enter_context(Testpmd([f"net_ferrule0,socket={self.sim.pf}", "net_null0,no-rx=1"]))
            self.testpmd.wait_ready()
            self.testpmd.command("start")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def connect_ports(self, stack):
        self.ports = {"p0": stack.enter_context(self.sim.wire(0))}
        for number in range(VFS):
            self.ports[f"vf{number}"] = stack.enter_context(self.sim.port(number))

    def number(self, name):
        """testpmd's number of a port."""
        return self.testpmd.ports[name]

    def send(self, name, *frames):
        for frame in frames:
            self.ports[name].send(frame)

    def collect(self, count, timeout=10, quiet=0.1):
        """{port: [frames]}: waits for `count` frames in all, and then until nothing came for `quiet` seconds."""
        got = {name: [] for name in self.ports}
        fds = {getattr(port, "socket", None) if name == "p0" else port.rx.call_fd: name
               for name, port in self.ports.items()}
        deadline = time.monotonic() + timeout
        while True:
            missing = count - sum(map(len, got.values()))
            wait = deadline - time.monotonic() if missing > 0 else quiet
            ready = select.select(list(fds), [], [], max(wait, 0))[0]
            if not ready or time.monotonic() > deadline:
                return got
            for fd in ready:
                with contextlib.suppress(TimeoutError):
                    for _ in range(256):  # a port that never rests must not starve the others
                        got[fds[fd]].append(self.ports[fds[fd]].recv(1e-4))

    def wait_xstats(self, name, expected, timeout=10):
        """Reads a port's xstats until those in `expected` are reached: the card writes counters to host memory
        when its DMA has nothing else to do, a moment after the frame. Returns them all."""
        deadline = time.monotonic() + timeout
        while True:
            have = self.testpmd.xstats(self.number(name))
            if all(have[key] >= value for key, value in expected.items()) or time.monotonic() > deadline:
                return have

    def wait_hits(self, name, rule, count, timeout=10):
        """(packets, bytes) of a rule, as soon as it has `count` packets; for the reason of wait_xstats()."""
        deadline = time.monotonic() + timeout
        while (have := self.testpmd.flow_query(self.number(name), rule))[0] < count and time.monotonic() < deadline:
            pass
        return have

    def slow(self, name):
        """Frames that testpmd received on the port's representor."""
        return self.testpmd.stats(self.number(name))["RX-packets"]

    def wait_slow(self, name, count, timeout=10):
        """Waits until testpmd has received `count` frames there; returns how many it has."""
        deadline = time.monotonic() + timeout
        while (have := self.slow(name)) < count and time.monotonic() < deadline:
            pass
        return have
