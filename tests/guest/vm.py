# SPDX-License-Identifier: BSD-3-Clause
"""A virtual machine on a VF: stock QEMU, Debian's kernel, the VF by vhost-user. Nothing in it knows of Ferrule.

The shell that commands are sent to is on the second serial line; the first is the kernel's alone, so that what
it says about itself can be read in `console`.
"""

from pathlib import Path

from guest import initramfs
from guest.guest import QEMU, WRONG
from lib.process import Program, run
from lib.uml import Guest

MODULES = ("virtio_pci", "virtio_net")

# Commands come in on ttyS1, one a line, and each one's end is announced with its status.
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /sbin /usr/bin /usr/sbin
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules); do insmod /lib/$module; done
ip link set lo up
exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
echo "@@ ready"
while IFS= read -r line; do
	eval "$line" </dev/null 2>&1
	echo "@@ end $?"
done
"""


def module_files():
    """Files of MODULES and of all they need, in the order in which insmod takes them."""
    lines = run(["/sbin/modprobe", "-d", initramfs.LINUX, "-S", initramfs.kernel_version(), "--show-depends", "-a",
                 *MODULES]).splitlines()
    return list(dict.fromkeys(Path(line.split()[1]) for line in lines if line.startswith("insmod ")))


def make_initramfs(folder):
    """An initramfs with busybox, the modules of a virtio network card, and INIT; returns its path."""
    root = folder / "root"
    for name in ("bin", "lib"):
        (root / name).mkdir(parents=True)
    files = module_files()
    for file in files:
        (root / "lib" / file.name).write_bytes(file.read_bytes())
    (root / "modules").write_text("\n".join(file.name for file in files))
    (root / "bin" / "busybox").write_bytes(initramfs.BUSYBOX.read_bytes())
    (root / "init").write_text(INIT)
    for name in ("init", "bin/busybox"):
        (root / name).chmod(0o755)
    image = folder / "initramfs"
    initramfs.pack(root, image)
    return image


class Vm(Guest):
    """A running machine whose network card `eth0` is the VF behind the vhost-user socket `vf`."""

    def __init__(self, name, folder, vf, memory="192M"):
        self.name = name
        self.log = Path(folder) / "console"
        self._modules = ()
        self._seen = 0
        # vectors=0: QEMU 7.2 without KVM ends with a segmentation fault when vhost-user and MSI-X meet.
        # reconnect=1: the socket is tried again every second, so that the card may die and come back.
        argv = [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-machine", "q35,accel=tcg,memory-backend=ram", "-cpu", "max", "-m", memory,
                "-object", f"memory-backend-memfd,id=ram,size={memory},share=on",
                "-kernel", initramfs.LINUX / "vmlinuz", "-initrd", make_initramfs(Path(folder)),
                "-append", "console=ttyS0 panic=-1 loglevel=6 random.trust_cpu=on mitigations=off net.ifnames=0",
                "-serial", f"file:{self.log}", "-serial", "stdio",
                "-chardev", f"socket,id=vf,path={vf},reconnect=1", "-netdev", "vhost-user,id=net,chardev=vf",
                "-device", "virtio-net-pci,netdev=net,vectors=0"]
        # What QEMU itself has to say must not stand between the words of the guest's shell.
        self.program = Program(["sh", "-c", 'exec "$@" 2> "$0"', Path(folder) / "qemu.log", *argv], name=name)

    @property
    def console(self):
        """What the kernel wrote so far."""
        return self.log.read_text(errors="replace")

    def trouble(self):
        """Lines of the console that say that the kernel is in trouble, since forget_trouble()."""
        return [line for line in self.console[self._seen:].splitlines() if WRONG.search(line)]

    def forget_trouble(self):
        self._seen = len(self.console)
