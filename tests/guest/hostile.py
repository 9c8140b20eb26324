# SPDX-License-Identifier: BSD-3-Clause
"""Runs in the guest: the driver of a VF that vfio-pci has (a virtual machine's, say), with bad intentions.

hostile.py BDF descriptors		each kind of bad descriptor once; prints "kind code", enum queue_error
hostile.py BDF nowhere ADDRESS		reads from there and lets write there; prints the code
hostile.py BDF storm COUNT		register writes, most of them doorbells, as fast as they go
hostile.py BDF flood STOPPED MAC COUNT	a transmit queue that is full all the time, for a VF (a BDF and its address) that
					has four receive buffers and never gives more; prints frames sent and received
"""

import ctypes
import fcntl
import mmap
import os
import struct
import sys
import time

# <linux/vfio.h>
SET_IOMMU, SET_CONTAINER, GET_DEVICE, MAP_DMA, RESET = 0x3B66, 0x3B68, 0x3B6A, 0x3B71, 0x3B6F
TYPE1, READ_WRITE = 1, 3
REGISTERS, CONFIG = 0, 7 << 40  # offsets of the regions in the device's file
COMMAND, BUS_MASTER = 4, 4

# hw/doc/registers.md, page fn
FEATURE_SELECT, FEATURE, STATUS, QUEUE_SELECT, QUEUE_SIZE, QUEUE_ENABLE = 0x08, 0x0C, 0x14, 0x16, 0x18, 0x1C
QUEUE_ADDRESSES, QUEUE_ERROR, NOTIFY = 0x20, 0x44, 0x100
RX, TX, SIZE = 0, 1, 64

NEXT, WRITE, INDIRECT = 1, 2, 4  # virtio 1.2, 2.7.5
HEADER = 12  # struct virtio_net_hdr
BASE, BYTES = 0x100000, 1 << 20  # what the device may reach
OUTSIDE = 0x40000000  # and what not
# In it: for each queue descriptors, available and used ring; then buffers.
RING, BUFFERS = 0x4000, 0x10000
AVAIL, USED = 0x1000, 0x2000


class Vf:
    """A VF with a megabyte of memory of its own."""

    def __init__(self, bdf):
        self.address = bdf
        container = os.open("/dev/vfio/vfio", os.O_RDWR)
        group = os.open("/dev/vfio/" + os.readlink(f"/sys/bus/pci/devices/{bdf}/iommu_group").rpartition("/")[2], os.O_RDWR)
        fcntl.ioctl(group, SET_CONTAINER, struct.pack("i", container))
        fcntl.ioctl(container, SET_IOMMU, TYPE1)
        self.memory = mmap.mmap(-1, BYTES)
        at = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        fcntl.ioctl(container, MAP_DMA, struct.pack("<IIQQQ", 32, READ_WRITE, at, BASE, BYTES))
        self.device = fcntl.ioctl(group, GET_DEVICE, bytearray(bdf.encode() + b"\0"))
        os.pwrite(self.device, struct.pack("<H", BUS_MASTER), CONFIG + COMMAND)
        self.registers = mmap.mmap(self.device, 4096, offset=REGISTERS)

    def register(self, offset, size):
        """A register; its `value` is accessed at once and whole."""
        return {1: ctypes.c_uint8, 2: ctypes.c_uint16, 4: ctypes.c_uint32}[size].from_buffer(self.registers, offset)

    def write(self, offset, size, value):
        self.register(offset, size).value = value

    def start(self, *queues):
        """Reset, negotiation, and empty queues (virtio 1.2, 3.1.1)."""
        self.write(STATUS, 1, 0)
        while self.register(STATUS, 1).value:
            pass
        self.memory[:BUFFERS] = bytes(BUFFERS)
        for offset, size, value in ((STATUS, 1, 1), (STATUS, 1, 3), (FEATURE_SELECT, 4, 1), (FEATURE, 4, 3), (STATUS, 1, 11)):
            self.write(offset, size, value)
        for queue in queues:
            self.write(QUEUE_SELECT, 2, queue)
            self.write(QUEUE_SIZE, 2, SIZE)
            for number, offset in enumerate((0, AVAIL, USED)):
                self.write(QUEUE_ADDRESSES + 8 * number, 4, BASE + queue * RING + offset)
                self.write(QUEUE_ADDRESSES + 8 * number + 4, 4, 0)
            self.write(QUEUE_ENABLE, 2, 1)
        self.write(STATUS, 1, 15)

    def describe(self, queue, number, address, length, flags=0, following=0):
        struct.pack_into("<QIHH", self.memory, queue * RING + 16 * number, address, length, flags, following)

    def offer(self, queue, head, index):
        """Entry `index` of the available ring, and the index behind it."""
        struct.pack_into("<H", self.memory, queue * RING + AVAIL + 4 + 2 * (index % SIZE), head)
        struct.pack_into("<H", self.memory, queue * RING + AVAIL + 2, index + 1 & 0xFFFF)

    def notify(self, queue):
        self.write(NOTIFY, 2, queue)

    def used(self, queue):
        return struct.unpack_from("<H", self.memory, queue * RING + USED + 2)[0]

    def error(self, queue, seconds=20):
        """Waits until a queue stopped: why."""
        end = time.monotonic() + seconds
        self.write(QUEUE_SELECT, 2, queue)
        while not (code := self.register(QUEUE_ERROR, 4).value & 0xFF) and time.monotonic() < end:
            pass
        return code


def chain(vf, *links, head=0):
    for number, link in enumerate(links):
        vf.describe(TX, number, *link)
    vf.offer(TX, head, 0)


GOOD = BASE + BUFFERS
DESCRIPTORS = {
    "memory that is not there": lambda vf: chain(vf, (OUTSIDE, 100)),
    "second one not there": lambda vf: chain(vf, (GOOD, 20, NEXT, 1), (OUTSIDE, 80)),
    "index runs ahead": lambda vf: vf.offer(TX, 0, SIZE + 1),
    "head outside the table": lambda vf: chain(vf, (GOOD, 100), head=40000),
    "next outside the table": lambda vf: chain(vf, (GOOD, 20, NEXT, SIZE)),
    "to itself": lambda vf: chain(vf, (GOOD, 100, NEXT, 0)),
    "no length": lambda vf: chain(vf, (GOOD, 0)),
    "four gigabytes": lambda vf: chain(vf, (GOOD, 0xFFFFFFFF)),
    "writable": lambda vf: chain(vf, (GOOD, 100, WRITE)),
    "indirect": lambda vf: chain(vf, (GOOD, 16, INDIRECT)),
}


def descriptors(vf):
    for kind, make in DESCRIPTORS.items():
        vf.start(TX)
        make(vf)
        vf.notify(TX)
        print(kind, vf.error(TX), flush=True)


def nowhere(vf, address):
    """The rings themselves are there: the card is to read descriptors where it may not."""
    vf.start()
    vf.write(QUEUE_SELECT, 2, TX)
    vf.write(QUEUE_SIZE, 2, SIZE)
    for number in range(3):
        vf.write(QUEUE_ADDRESSES + 8 * number, 4, int(address, 0) + 0x1000 * number & 0xFFFFFFFF)
        vf.write(QUEUE_ADDRESSES + 8 * number + 4, 4, int(address, 0) >> 32)
    vf.write(QUEUE_ENABLE, 2, 1)
    vf.notify(TX)
    print(vf.error(TX))


def storm(vf, count):
    """Doorbells of queues that have work, none, or do not exist; and other registers that are written at will."""
    vf.start(RX, TX)
    bell, select, generation = vf.register(NOTIFY, 2), vf.register(QUEUE_SELECT, 2), vf.register(FEATURE_SELECT, 4)
    for number in range(int(count) // 4):
        bell.value = TX
        bell.value = RX
        bell.value = number & 0xFFFF
        if number & 1:
            select.value = number & 0xFFFF
        else:
            generation.value = number


def flood(vf, stopped, mac, count):
    """The frames are of this VF, or they would not pass: its address stands in the device configuration."""
    away = Vf(stopped)
    away.start(RX)
    for number in range(4):
        away.describe(RX, number, GOOD + 2048 * number, 2048, WRITE)
        away.offer(RX, number, number)
    away.notify(RX)
    vf.start(TX)
    own = bytes(vf.register(0x200 + i, 1).value for i in range(6))
    frame = bytes(HEADER) + bytes.fromhex(mac.replace(":", "")) + own + b"\x88\xb5" + bytes(range(200))
    vf.memory[BUFFERS:BUFFERS + len(frame)] = frame
    for number in range(SIZE):
        vf.describe(TX, number, GOOD, len(frame))
    offered, sent, end = 0, 0, time.monotonic() + 60
    while sent < int(count) and time.monotonic() < end:
        while offered - sent < SIZE:
            vf.offer(TX, offered % SIZE, offered)
            offered += 1
        vf.notify(TX)
        sent += vf.used(TX) - sent & 0xFFFF
    print(sent, away.used(RX))


if __name__ == "__main__":
    globals()[sys.argv[2]](Vf(sys.argv[1]), *sys.argv[3:])
