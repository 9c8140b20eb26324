# SPDX-License-Identifier: BSD-3-Clause
"""A machine with the card in it: Debian's kernel in Debian's QEMU, with the host's files, and a simulator behind it.

    with Card() as card, Guest(card) as guest:
        status, output = guest.run("ip -d link", timeout=10)
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from guest import initramfs  # noqa: E402
from lib import paths  # noqa: E402
from lib.process import Program, ProgramError  # noqa: E402
from lib.sim import Sim  # noqa: E402

QEMU = "qemu-system-x86_64"
DEVICE = Path(os.environ.get("FERRULE_QEMU_DEVICE", paths.BUILD / "sim" / "ferrule-qemu.so"))
CHIP = os.environ.get("FERRULE_SIM", "model")
SIM, BOARD = paths.BUILD / "sim" / paths.CHIPS[CHIP][0], paths.BUILD / "firmware" / paths.CHIPS[CHIP][1]

# What a kernel says when something is wrong with it.
WRONG = re.compile(r"Oops|\bBUG\b|WARNING: |general protection|Call Trace|Kernel panic|unable to handle|refcount_t"
                   r"|UBSAN|detected stall|soft lockup|blocked for more than|Bad page|page allocation failure"
                   r"|double free|possible .*deadlock|suspicious RCU|NETDEV WATCHDOG")
# Watchdogs have times that a busy machine does not reach. On such a machine the guest's calibration of the TSC has been
# wrong by a factor of three, and with it every timeout: it takes the HPET, which is QEMU's clock. For the same reason it does not
# try out whether the timer's interrupt comes soon enough, or it would end there with a panic.
KERNEL = ("console=ttyS0 loglevel=5 panic=-1 oops=panic random.trust_cpu=on mitigations=off watchdog_thresh=60"
          " rcupdate.rcu_cpu_stall_timeout=120 tsc=unstable no_timer_check")


class GuestError(ProgramError):
    """A command in the guest failed, or its kernel complained."""


def missing():
    """The parts that were not built, as text for a message; empty when all are there."""
    parts = (SIM, BOARD, paths.FIRMWARE, DEVICE, initramfs.LINUX / "vmlinux")
    return ", ".join(str(p) for p in parts if not p.exists())


class Card(Sim):
    """The simulator with two wires and no vhost-user sockets; the model unless FERRULE_SIM says otherwise."""

    def __init__(self, wires=("sock", "sock"), vfs=0, **kwargs):
        super().__init__(wires=wires, vfs=vfs, board=BOARD, **kwargs)
        self.argv[0] = SIM

    def __enter__(self):
        return self.start()


class Qmp:
    """QEMU's monitor (docs/interop/qmp-spec.txt)."""

    def __init__(self, end):
        self._file = end.makefile("rw")
        json.loads(self._file.readline())
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self._file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self._file.flush()
        for line in self._file:
            answer = json.loads(line)
            if "error" in answer:
                raise GuestError(f"QMP {name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise GuestError(f"QMP {name}: QEMU ended")


class Guest:
    """A guest, running after start(). `card`: a started Sim, or None. `iommu`: a virtual IOMMU, in use for every device
    of its own. `share`: a folder that the guest may write to, at the same path. `device`: more properties of the card,
    as ",name=value". `append`: words for the kernel; `options`: for QEMU."""

    def __init__(self, card=None, iommu=False, memory="512M", cpus=1, share=None, device="", append="", options=(),
                 name="guest"):
        self.name = name
        self.card = card
        self._shell, shell = socket.socketpair()
        self._monitor, monitor = socket.socketpair()
        self._theirs = (shell, monitor)
        self._text = b""
        self._qmp = None
        self.program = None
        self.argv = [QEMU, "-machine", "q35,accel=tcg", "-cpu", "max", "-smp", str(cpus), "-m", memory, "-nodefaults",
                     "-display", "none", "-no-reboot", "-kernel", initramfs.LINUX / "vmlinux",
                     "-initrd", initramfs.make()]
        words = [KERNEL, f"FERRULE_TOP={paths.TOP} FERRULE_BUILD={paths.BUILD}"]
        if iommu:
            self.argv += ["-device", "intel-iommu,intremap=off"]
            words.append("intel_iommu=on iommu=nopt")
        if share:
            words.append(f"FERRULE_SHARE={share}")
        self.argv += ["-append", " ".join(words + [append])]
        self.argv += self._folders(share)
        self.argv += ["-device", "virtio-serial-pci", "-chardev", f"socket,id=shell,fd={shell.fileno()}",
                      "-device", "virtserialport,chardev=shell,name=ferrule.shell",
                      "-chardev", f"socket,id=monitor,fd={monitor.fileno()}", "-mon", "chardev=monitor,mode=control"]
        if card:
            self.argv += ["-device", "pcie-root-port,id=rp0,slot=1,chassis=1",
                          "-device", f"ferrule,id=card,bus=rp0,socket={card.pf}{device}"]
        self.argv += options

    @staticmethod
    def _folders(share):
        local = "local,security_model=none,multidevs=remap"
        options = ["-virtfs", f"{local},path=/,mount_tag=host,readonly=on",
                   "-virtfs", f"{local},path={paths.BUILD},mount_tag=build,readonly=on"]
        return options + (["-virtfs", f"{local},path={share},mount_tag=share"] if share else [])

    # ---- Life ----

    def spawn(self, serial="stdio"):
        """Starts QEMU without waiting."""
        fds = [end.fileno() for end in self._theirs]
        env = dict(os.environ, LD_PRELOAD=str(DEVICE))
        self.program = Program(self.argv + ["-serial", serial], name=self.name, env=env, pass_fds=fds)
        for end in self._theirs:
            end.close()
        return self

    def start(self, timeout=90):
        """Starts QEMU and waits until the guest takes commands."""
        self.spawn()
        self._read_until(rb"@@ ready\n", timeout, "start")
        return self

    def reboot(self, timeout=90):
        """Presses the reset button, and waits until the guest takes commands again."""
        self.qmp.command("set-action", reboot="reset")
        self.qmp.command("system_reset")
        self._read_until(rb"@@ ready\n", timeout, "reboot")

    def stop(self):
        """Pulls the plug."""
        if self.program:
            self.program.stop()
        self._shell.close()
        self._monitor.close()

    def kill(self):
        """kill -9 of QEMU."""
        self.program.kill()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        self.stop()
        if kind:
            self.keep_console()
        else:
            self.check_console()

    # ---- Commands ----

    def _read_until(self, pattern, timeout, what):
        deadline = time.monotonic() + timeout
        while True:
            found = re.search(pattern, self._text)
            if found:
                before, self._text = self._text[:found.start()], self._text[found.end():]
                return before, found
            self._shell.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self._shell.recv(65536)
            except TimeoutError:
                raise self._error(f"{what}: not done in {timeout:g} s", self._text) from None
            except ConnectionError:
                data = b""
            if not data:
                raise self._error(f"{what}: the guest ended", self._text)
            self._text += data

    def _error(self, what, output=b""):
        text = output.decode(errors="replace").rstrip()
        return GuestError(f"{self.name}: {what}\n{text}\nconsole: {self.keep_console()}\n{self.program.tail(15)}")

    def begin(self, command):
        """Starts a command that finish() waits for; one at a time."""
        self._command = command
        self._shell.settimeout(10)
        self._shell.sendall(command.encode() + b"\0")

    def finish(self, timeout=30):
        text, end = self._read_until(rb"\n@@ end (\d+)\n", timeout, self._command)
        return int(end.group(1)), text.decode(errors="replace").replace("\r\n", "\n")

    def run(self, command, timeout=30):
        """Runs a script of bash: exit status and output. What it leaves running must not have our output open."""
        self.begin(command)
        return self.finish(timeout)

    def check(self, command, timeout=30):
        """Runs a script that must succeed: its output."""
        status, text = self.run(command, timeout)
        if status:
            raise self._error(f"{command}: exit status {status}", text.encode())
        return text

    def python(self, code, timeout=30):
        """Runs Python in the guest: what it prints."""
        return self.check(f"python3 - <<'END_OF_PYTHON'\n{code}\nEND_OF_PYTHON", timeout)

    def wait_until(self, condition, timeout=20):
        """Waits until a command of the guest's shell succeeds; for what has no event of its own."""
        self.check(f"end=$(($(date +%s%N) + {int(timeout * 1e9)}))\n"
                   f"until {condition}; do [ $(date +%s%N) -lt $end ] || exit 1; sleep 0.1; done", timeout + 10)

    @property
    def qmp(self):
        if not self._qmp:
            self._qmp = Qmp(self._monitor)
        return self._qmp

    # ---- Console ----

    @property
    def console(self):
        """What the kernel (and QEMU) said so far."""
        return self.program.output

    def keep_console(self):
        path = paths.BUILD / "tests" / "guest" / f"{self.name}-console.log"
        path.write_text(self.console if self.program else "")
        return path

    def check_console(self):
        """Raises GuestError when the kernel complained."""
        wrong = [line for line in self.console.splitlines() if WRONG.search(line)]
        if wrong:
            raise self._error("the guest's kernel complained: " + wrong[0])


def interactive(argv):
    """`make guest`: a shell in a guest with the card."""
    size = shutil.get_terminal_size()
    with Card() as card:
        guest = Guest(card, memory="1G",
                      append=f"FERRULE_SHELL={size.lines}x{size.columns} TERM={os.environ.get('TERM', 'linux')}")
        log = paths.BUILD / "tests" / "guest" / "shell-console.log"
        tty = ["-serial", f"file:{log}", "-chardev", "stdio,id=tty,signal=off", "-device", "virtconsole,chardev=tty"]
        print(f"ferrule-sim: {card.folder} (wire0, wire1: unix sockets; pf)\nguest's kernel: {log}\n"
              "the host's files are there read only, what you write is gone at the end; exit ends the guest")
        fds = [end.fileno() for end in guest._theirs]
        return subprocess.run([str(a) for a in guest.argv + tty + argv], pass_fds=fds, check=False,
                              env=dict(os.environ, LD_PRELOAD=str(DEVICE))).returncode


if __name__ == "__main__":
    if missing():
        sys.exit(f"not built: {missing()}; run `make`")
    sys.exit(interactive(sys.argv[1:]))
