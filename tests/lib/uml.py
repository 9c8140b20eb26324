# SPDX-License-Identifier: BSD-3-Clause
"""A guest: user-mode Linux with the host's files, read only, and a shell that commands are sent to."""

import os
import re
from pathlib import Path

from .process import Program, ProgramError

MODULES = Path("/usr/lib/uml/modules")

# Commands come in on the console, one a line, and each one's end is announced with its status.
# Only /tmp is writable, and it is the guest's own.
INIT = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /tmp
stty raw -echo 2>/dev/null
echo "@@ ready"
while IFS= read -r line; do
	eval "$line" </dev/null 2>&1
	echo "@@ end $?"
done
"""


class GuestError(ProgramError):
    """A command in the guest failed."""


class Guest:
    """A running guest kernel. `devices` are arguments of the kernel's command line that name network devices."""

    def __init__(self, name, folder, devices, modules=(), netns=None, memory="96M"):
        self.name = name
        init = Path(folder) / f"{name}.init"
        init.write_text(INIT)
        init.chmod(0o755)
        argv = ["linux.uml", f"mem={memory}", "root=/dev/root", "rootfstype=hostfs", "hostfs=/", "ro", f"init={init}",
                f"umid={name}{os.getpid()}", "con=null", "con0=fd:0,fd:1", "ssl=null", "quiet", *devices]
        # The kernel keeps its memory in a file there, and its own folder (umid) in $HOME/.uml.
        env = dict(os.environ, TMPDIR="/dev/shm", HOME=str(folder))
        self.program = Program((netns.prefix() if netns else []) + argv, name=name, env=env)
        self._modules = modules

    def wait_ready(self, timeout=30):
        self.program.wait_for(r"^@@ ready", timeout)
        for module in self._modules:
            self.load(module)

    def load(self, module):
        """Loads a module of the guest kernel's package and those it needs; the host has no folder for modprobe."""
        for path in module_files(module):
            self.run(f"[ -d /sys/module/{path.stem} ] || insmod {path}")

    def begin(self, command):
        """Starts a command; finish() waits for its end, so that several guests work at the same time."""
        self._start = self.program.mark()
        self._command = command
        self.program.send(command.replace("\n", " ") + "\n")

    def finish(self, timeout=30, check=True):
        """Output of the command that was begun."""
        end = self.program.wait_for(r"^@@ end (\d+)\r?\n", timeout, self._start)
        text = self.program.output[self._start:end.start()].replace("\r\n", "\n")
        if check and end.group(1) != "0":
            raise GuestError(f"{self.name}: {self._command}: exit status {end.group(1)}\n{text}")
        return text

    def run(self, command, timeout=30, check=True):
        self.begin(command)
        return self.finish(timeout, check)

    def stop(self):
        """Pulls the plug."""
        self.program.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def module_files(module):
    """Files of a module and of what it depends on, in the order in which they are to be loaded."""
    for index in sorted(MODULES.glob("*/modules.dep"), reverse=True):
        for line in index.read_text().splitlines():
            path, _, needs = line.partition(":")
            if Path(path).stem == module:
                return [index.parent / p for p in [*reversed(needs.split()), path]]
    raise GuestError(f"no module {module} below {MODULES}")


def ping_result(text):
    """(sent, received, average round trip in ms) from what ping printed."""
    counts = re.search(r"(\d+) packets transmitted, (\d+) received", text)
    times = re.search(r"= [\d.]+/([\d.]+)/", text)
    if not counts:
        raise GuestError(f"ping said:\n{text}")
    return int(counts.group(1)), int(counts.group(2)), float(times.group(1)) if times else float("nan")
