# SPDX-License-Identifier: BSD-3-Clause
"""A PCI function of the card as the guest sees it: config space, registers, driver."""

import struct
from dataclasses import dataclass

PF = "0000:01:00.0"

# hw/doc/registers.md, page fn
STATUS, QUEUE_SELECT, QUEUE_SIZE, QUEUE_ENABLE, QUEUE_ERROR = 0x14, 0x16, 0x18, 0x1C, 0x44
QUEUE_DESC, QUEUE_DRIVER, QUEUE_DEVICE = 0x20, 0x28, 0x30
CONFIG_MSIX, NOTIFY, CONFIG = 0x10, 0x100, 0x200
CHIP_ID = 0x4C525246


def vf_address(number):
    """VFs follow the PF: routing id 1 and on, ARI (PCIe 5.0, 9.2.1.2)."""
    return f"0000:01:{(number + 1) // 8:02x}.{(number + 1) % 8}"


@dataclass
class Capability:
    id: int
    at: int
    data: bytes


class Config:
    """Config space, taken apart."""

    def __init__(self, data):
        self.data = data
        self.vendor, self.device = struct.unpack_from("<HH", data)
        self.revision, self.device_class = data[8], int.from_bytes(data[9:12], "little")
        self.capabilities = list(self._list())
        self.extended = list(self._extended())

    def _list(self):
        at = self.data[0x34]
        while at:
            yield Capability(self.data[at], at, self.data[at:at + 64])
            at = self.data[at + 1]

    def _extended(self):
        at = 0x100
        while at:
            head, = struct.unpack_from("<I", self.data, at)
            yield Capability(head & 0xFFFF, at, self.data[at:at + 64])
            at = head >> 20

    def find(self, wanted):
        return [c.data for c in self.capabilities if c.id == wanted]

    def find_extended(self, wanted):
        return [c.data for c in self.extended if c.id == wanted]


class Function:
    """One function. Registers need one that no driver has claimed."""

    def __init__(self, guest, address=PF):
        self.guest, self.address = guest, address
        self._bars = None
        self.sysfs = f"/sys/bus/pci/devices/{address}"

    def config(self):
        return Config(bytes.fromhex(self.guest.check(f"od -An -v -tx1 {self.sysfs}/config")))

    def bar(self, number=0):
        """Where BAR 0 (registers) or 4 (MSI-X) is; for VFs it is the same whenever they appear."""
        if not self._bars:
            lines = self.guest.check(f"cat {self.sysfs}/resource").splitlines()
            self._bars = [int(line.split()[0], 16) for line in lines]
        return self._bars[number]

    def peek(self, offset, size):
        """Words of the guest's shell that print a register."""
        return f"busybox devmem {self.bar() + offset:#x} {8 * size}"

    def read(self, offset, size):
        return int(self.guest.check(self.peek(offset, size)), 16)

    def write(self, *writes):
        """Posted writes, each (offset, size, value)."""
        self.guest.check("; ".join(f"{self.peek(off, size)} {value:#x}" for off, size, value in writes))

    def poke(self, offset, value):
        """Writes a byte of config space."""
        self.guest.check(f"printf '\\x{value & 0xFF:02x}' |"
                         f" dd of={self.sysfs}/config bs=1 seek={offset} conv=notrunc status=none")

    def driver(self):
        """Its name; empty when there is none."""
        return self.guest.check(f"readlink {self.sysfs}/driver || true").strip().rpartition("/")[2]

    def unbind(self):
        self.guest.check(f"echo {self.address} > {self.sysfs}/driver/unbind")

    def bind(self, driver):
        self.guest.check(f"modprobe {driver}; echo {driver} > {self.sysfs}/driver_override\n"
                         f"echo {self.address} > /sys/bus/pci/drivers/{driver}/bind")

    def reset(self):
        """Function level reset; the kernel restores what config space had."""
        self.guest.check(f"echo flr > {self.sysfs}/reset_method && echo 1 > {self.sysfs}/reset")

    def set_vfs(self, number, timeout=60):
        self.guest.check(f"echo {number} > {self.sysfs}/sriov_numvfs", timeout)

    def netdev(self):
        """Name of the network interface of a VF that virtio_net has."""
        return self.guest.check(f"ls {self.sysfs}/virtio*/net").strip()
