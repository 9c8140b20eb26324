# SPDX-License-Identifier: BSD-3-Clause
"""Runs in the guest, see load.py: packets with numbers between VFs in namespaces. Few imports: each costs time there.

traffic.py STATUS PAIR...; a PAIR is near,far: numbers of VFs. Of a pair the near one sends, the far one answers, a few packets
are on the way all the time. A path keeps the order, so a number that is left out by the answers is lost. Nothing waits
for a VF that is gone: when its interface is there again it gets its address, and the pair goes on. STATUS has a line
for each pair: packets sent, answered, lost, and with a content that they should not have.
"""

import ctypes
import fcntl
import mmap
import os
import select
import socket
import struct
import sys
import time

ROW = 48  # bytes of a pair's line
PORT = 4000
WINDOW = 4  # packets of a pair on the way
RETRY_S, RETRY_MAX_S = 0.2, 1.0
HEAD = struct.Struct("<IQ")  # pair, number
PATTERN = bytes(range(256)) * 6
CLONE_NEWNET = 0x40000000

# <linux/sockios.h>, <net/if_arp.h>
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, SIOCSARP = 0x8913, 0x8914, 0x8916, 0x891C, 0x8955
IFF_UP, ATF_COM, ATF_PERM = 1, 2, 4


def address(vf):
    return f"10.0.0.{10 + vf}"


def ipv4(text):
    return struct.pack("<H2x4s8x", socket.AF_INET, socket.inet_aton(text))


class End:
    """The UDP socket of a VF's namespace, vm<number>, and its interface eth0."""

    def __init__(self, number, peer):
        self.number, self.peer = number, peer
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/run/netns/vm{number}", "rb") as there, open("/proc/self/ns/net", "rb") as home:
            if libc.setns(there.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"setns vm{number}")
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            libc.setns(home.fileno(), CLONE_NEWNET)
        self.socket.bind(("0.0.0.0", PORT))
        self.socket.setblocking(False)

    def configure(self):
        """An interface that has just appeared gets its address, and its peer's for good."""
        request = b"eth0".ljust(16, b"\0")
        try:
            flags, = struct.unpack_from("<H", fcntl.ioctl(self.socket, SIOCGIFFLAGS, request + bytes(24)), 16)
            if flags & IFF_UP:
                return
            fcntl.ioctl(self.socket, SIOCSIFADDR, request + ipv4(address(self.number)))
            fcntl.ioctl(self.socket, SIOCSIFNETMASK, request + ipv4("255.255.255.0"))
            fcntl.ioctl(self.socket, SIOCSIFFLAGS, request + struct.pack("<H22x", flags | IFF_UP))
            hardware = struct.pack("<H6s8x", 1, bytes((2, 0xF0, 0, 0, 1, self.peer)))
            fcntl.ioctl(self.socket, SIOCSARP, ipv4(address(self.peer)) + hardware +
                        struct.pack("<i16x16s", ATF_COM | ATF_PERM, b"eth0"))
        except OSError:  # it is not there, or has gone again
            pass

    def send(self, data, to):
        """False: the interface is gone, or its queue is full."""
        try:
            self.socket.sendto(data, to)
        except OSError:
            return False
        return True

    def receive(self):
        try:
            return self.socket.recvfrom(65536)
        except OSError:
            return None


class Pair:
    def __init__(self, number, near, far):
        self.number = number
        self.near, self.far = End(near, far), End(far, near)
        self.to = (address(far), PORT)
        self.sent = self.answered = self.last = self.lost = self.bad = 0
        self.retry, self.due, self.heard = RETRY_S, 0, 0

    def packet(self, number):
        """Sizes from a few bytes to a full frame; the content tells pair and number."""
        start = number % 256
        return HEAD.pack(self.number, number) + PATTERN[start:start + number * 97 % 1200]

    def send(self):
        if not self.near.send(self.packet(self.sent + 1), self.to):
            return False
        self.sent += 1
        return True

    def on_near(self):
        got = self.near.receive()
        if not got:
            return
        data = got[0]
        pair, number = HEAD.unpack_from(data) if len(data) >= HEAD.size else (None, 0)
        if pair != self.number or not self.last < number <= self.sent or data != self.packet(number):
            self.bad += 1
            return
        self.lost += number - self.last - 1
        self.last = number
        self.answered += 1
        self.retry = RETRY_S
        while self.sent - self.last < WINDOW and self.send():
            pass

    def on_far(self):
        got = self.far.receive()
        if got:
            self.far.send(*got)

    def on_time(self, now):
        """When nothing was heard for a while: one more packet."""
        if now < self.due:
            return
        if self.heard == self.answered:
            self.near.configure()
            self.far.configure()
            self.send()
            self.retry = min(2 * self.retry, RETRY_MAX_S)
        self.heard = self.answered
        self.due = now + self.retry

    def row(self):
        return f"{self.sent} {self.answered} {self.lost} {self.bad}".ljust(ROW - 1).encode() + b"\n"


def serve(pairs, rows):
    poll, calls = select.poll(), {}
    for pair in pairs:
        for end, call in ((pair.near, pair.on_near), (pair.far, pair.on_far)):
            poll.register(end.socket, select.POLLIN)
            calls[end.socket.fileno()] = (pair, call)
    while True:
        for fd, _ in poll.poll(50):
            pair, call = calls[fd]
            call()
            rows[ROW * pair.number:ROW * (pair.number + 1)] = pair.row()
        now = time.monotonic()
        for pair in pairs:
            pair.on_time(now)


def main(status, *words):
    pairs = [Pair(number, *map(int, word.split(","))) for number, word in enumerate(words)]
    fd = os.open(status, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.write(fd, b"".join(pair.row() for pair in pairs))
    serve(pairs, mmap.mmap(fd, 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
