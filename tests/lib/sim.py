# SPDX-License-Identifier: BSD-3-Clause
"""The simulated card as a program, and the far end of its wires."""

import os
import shutil
import socket
import tempfile
import time
from pathlib import Path

from . import paths
from .process import Program, ProgramError
from .vhost import VfPort


class Sim:
    """A running ferrule-sim with its sockets in a private folder.

    wires: per wire "sock" (the end is Sim.wire(n)), or a literal such as "if:eth0"; vfs: how many VFs have a socket.
    """

    def __init__(self, wires=("sock",), vfs=4, board=paths.BOARD, firmware=paths.FIRMWARE, time_mode="wall", netns=None,
                 folder=None, options=()):
        self.folder = Path(folder or tempfile.mkdtemp(prefix="ferrule-"))
        self._own_folder = folder is None
        self.netns = netns
        self.argv = [paths.SIM, "--board", board, "--firmware", firmware, "--pf", self.pf, "--time", time_mode]
        for number in range(vfs):
            self.argv += ["--vf", f"{number}={self.vf(number)}"]
        for number, wire in enumerate(wires):
            target = f"sock:{self.folder}/wire{number}" if wire == "sock" else wire
            self.argv += ["--wire", f"{number}={target}"]
        self.argv += list(options)
        self.program = None

    @property
    def pf(self):
        return self.folder / "pf"

    def vf(self, number):
        return self.folder / f"vf{number}"

    def spawn(self):
        """Starts the program without waiting."""
        prefix = self.netns.prefix() if self.netns else []
        self.program = Program(prefix + [str(a) for a in self.argv], name="ferrule-sim")
        return self.program

    def start(self, timeout=60):
        """Starts the program and waits until the firmware is up."""
        self.spawn().wait_for(r"^ready", timeout)
        return self

    def stop(self):
        if self.program:
            self.program.stop()

    def kill(self):
        """kill -9: the card is gone between one instant and the next."""
        self.program.kill()

    def close(self):
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def wire(self, number=0):
        return Wire(f"{self.folder}/wire{number}")

    def port(self, number, **kwargs):
        return VfPort(self.vf(number), **kwargs)

    def check_alive(self):
        if not self.program.running:
            raise ProgramError(f"ferrule-sim ended with {self.program.popen.returncode}:\n{self.program.tail()}")


class Wire:
    """The far end of a wire that is a socket: one frame (without FCS) a packet."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(os.fspath(path))

    def send(self, frame, timeout=10):
        self.socket.settimeout(timeout)
        self.socket.send(bytes(frame))

    def recv(self, timeout):
        """The next frame; TimeoutError when none comes in `timeout` seconds."""
        self.socket.settimeout(max(timeout, 1e-3))
        frame = self.socket.recv(65536)
        if not frame:
            raise ConnectionError("the simulator closed the wire")
        return frame

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def receive_all(port, quiet, count=None, timeout=10):
    """Frames from a Wire or VfPort: `count` of them within `timeout` seconds, and then none for `quiet` seconds."""
    frames = []
    deadline = time.monotonic() + timeout
    while True:
        waiting = count is not None and len(frames) < count
        left = deadline - time.monotonic() if waiting else quiet
        try:
            frames.append(port.recv(left))
        except TimeoutError:
            return frames
