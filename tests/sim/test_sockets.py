# SPDX-License-Identifier: BSD-3-Clause
"""Peers that send nonsense or die: they are dropped with a reason, and the next one finds a card that works."""

import array
import os
import random
import socket
import struct

import pytest

from lib import vhost

# sim/link/frl_link.h
HELLO, REG_READ, REG_WRITE, DMA_READ, MAP, UNMAP, RESET, NUM_VFS, REPLY = 1, 2, 3, 4, 6, 7, 9, 10, 0x8000
CHIP_ID = 0x4C525246
CONFIG = 0x200


def message(kind, fn=0, addr=0, length=0, payload=b"", tag=1):
    return struct.pack("<HHIQIi", kind, fn, tag, addr, length, 0) + payload


class Pf:
    """A client of the PF socket."""

    def __init__(self, sim, greet=True):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(10)
        self.socket.connect(str(sim.pf))
        if greet:
            # struct frl_link_card: ids of PF and VF, VFs, queue pairs of the PF
            card = struct.pack("<6HI", 0x1AF4, 0x10F0, 0x1AF4, 0x1041, 16, 32, 0)
            assert self.call(message(HELLO, addr=1)) == (0, card)

    def send(self, data, fds=()):
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.socket.sendmsg([data], rights)

    def call(self, data, fds=()):
        """Status and payload of the reply."""
        self.send(data, fds)
        reply = self.socket.recv(65536)
        if not reply:
            raise ConnectionError("dropped")
        assert struct.unpack_from("<H", reply)[0] & REPLY
        return struct.unpack_from("<i", reply, 20)[0], reply[24:]

    def read(self, fn, off, size):
        status, data = self.call(message(REG_READ, fn, off, size))
        assert status == 0 and len(data) == size
        return int.from_bytes(data, "little")

    def dropped(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def check_pf(sim):
    with Pf(sim) as pf:
        assert pf.read(0, CONFIG, 4) == CHIP_ID


def test_registers(sim):
    with Pf(sim) as pf:
        assert pf.read(0, CONFIG, 4) == CHIP_ID
        assert pf.read(0, CONFIG + 2, 2) == CHIP_ID >> 16
        assert pf.read(0, CONFIG + 1, 1) == CHIP_ID >> 8 & 0xFF
        assert pf.read(0, CONFIG, 8) & 0xFFFFFFFF == CHIP_ID
        pf.send(message(REG_WRITE, addr=0x14, length=1, payload=b"\x03"))
        assert pf.read(0, 0x14, 1) == 3
        assert pf.call(message(RESET)) == (0, b"")
        assert pf.read(0, 0x14, 1) == 0


def test_client_that_dies_leaves_the_function_reset(sim):
    with Pf(sim) as pf:
        pf.send(message(REG_WRITE, addr=0x14, length=1, payload=b"\x03"))
        assert pf.read(0, 0x14, 1) == 3
    with Pf(sim) as pf:
        assert pf.read(0, 0x14, 1) == 0


def test_second_client_is_refused(sim):
    with Pf(sim) as first, Pf(sim, greet=False) as second:
        assert second.call(message(HELLO, addr=1))[0] == -16  # EBUSY
        assert second.dropped()
        assert first.read(0, CONFIG, 4) == CHIP_ID


@pytest.mark.parametrize("data", [
    b"", b"x", message(99), message(HELLO, addr=1), message(REG_READ, addr=0, length=3),
    message(REG_READ, addr=2, length=4), message(REG_READ, addr=0x1000, length=4), message(REG_READ, fn=17, length=4),
    message(REG_READ, fn=48, length=4), message(REG_READ, fn=0xFFFF, length=4),
    message(REG_READ, addr=1 << 63, length=8), message(REG_WRITE, length=4, payload=b"123"),
    message(REG_WRITE, length=8, payload=b""), message(MAP, payload=b"short"), message(RESET, fn=17),
    message(0x8004, length=4, payload=bytes(20000)),
], ids=lambda d: d[:24].hex() or "empty")
def test_bad_message(sim, data):
    with Pf(sim) as pf:
        pf.send(data)
        assert pf.dropped()
    check_pf(sim)


def test_no_hello(sim):
    with Pf(sim, greet=False) as pf:
        pf.send(message(REG_READ, addr=CONFIG, length=4))
        assert pf.dropped()
    check_pf(sim)


def start_queue(pf, index, addr, fn=0):
    """Enables a queue with its rings at addr, as a virtio driver does."""
    writes = [(0x14, 1, 3), (0x08, 4, 1), (0x0c, 4, 1), (0x14, 1, 11), (0x14, 1, 15), (0x16, 2, index), (0x18, 2, 64),
              (0x20, 8, addr), (0x28, 8, addr + 0x1000), (0x30, 8, addr + 0x2000), (0x1c, 2, 1)]
    for off, size, value in writes:
        pf.send(message(REG_WRITE, fn, off, size, value.to_bytes(size, "little")))


def next_message(pf):
    """Header fields and payload of what comes next."""
    data = pf.socket.recv(65536)
    return struct.unpack_from("<HHIQIi", data), data[24:]


def test_memory_by_message(sim):
    """A client that maps nothing is asked for its memory; a reset does not wait for answers that do not come."""
    addr = 0x12340000
    with Pf(sim) as pf:
        start_queue(pf, 0, addr)
        (kind, fn, tag, where, length, _), _ = next_message(pf)
        assert (kind, fn, where, length) == (DMA_READ, 0, addr + 0x1000, 4)
        pf.send(message(DMA_READ | REPLY, tag=tag, payload=bytes(4)))
        pf.send(message(REG_WRITE, addr=0x100, length=2, payload=bytes(2)))
        pf.send(message(RESET, tag=77))
        while True:
            (kind, _, tag, _, _, status), _ = next_message(pf)
            if kind == RESET | REPLY:
                break
            assert kind == DMA_READ
        assert (tag, status) == (77, 0)
    check_pf(sim)


def test_any_access_to_a_register_page(sim):
    """Whatever a guest writes to its page is the function's affair: the client stays, and so do the others."""
    chance = random.Random(1)
    with sim.port(0) as port, Pf(sim) as pf:
        assert pf.call(message(NUM_VFS, addr=3))[0] == 0
        for number in range(3000):
            size = chance.choice((1, 2, 4, 8))
            off = chance.randrange(0, 0x800 if number % 2 else 0x110, size)
            value = chance.choice((0, 1, chance.getrandbits(8 * size), (1 << 8 * size) - 1)).to_bytes(size, "little")
            pf.send(message(REG_WRITE, 2, off, size, value))
            if number % 8 == 0:
                pf.send(message(REG_READ, 2, off, size, tag=number))
                while (head := next_message(pf)[0])[:3] != (REG_READ | REPLY, 2, number):
                    if head[0] == DMA_READ:
                        pf.send(message(DMA_READ | REPLY, head[1], tag=head[2], payload=bytes(head[4])))
        assert pf.read(0, CONFIG, 4) == CHIP_ID and pf.read(3, CONFIG + 5, 1) == 2
        port.send(bytes(60))
    check_pf(sim)


def test_client_that_does_not_answer_reads(sim):
    """It holds up the others for some seconds, then it is dropped."""
    with Pf(sim) as pf, sim.port(0) as port:
        start_queue(pf, 0, 0x10000)
        assert next_message(pf)[0][0] == DMA_READ
        port.send(bytes(60))
        while not pf.dropped():
            pass
    sim.program.wait_for("does not answer", 10)
    check_pf(sim)


def test_address_that_is_not_mapped(sim):
    """Once a client maps memory, other addresses are errors: the queue stops, and says why."""
    memory = os.memfd_create("memory")
    os.ftruncate(memory, 1 << 20)
    with Pf(sim) as pf:
        assert pf.call(map_message(1 << 32, 1 << 20), [memory])[0] == 0
        start_queue(pf, 0, 0x12340000)
        for _ in range(100):
            if pf.read(0, 0x44, 1):
                break
        assert pf.read(0, 0x44, 1) == 1  # enum queue_error: DMA
        assert pf.read(0, 0x14, 1) & 0x40  # DEVICE_NEEDS_RESET
    os.close(memory)
    check_pf(sim)


def map_message(iova, length, offset=0, kind=MAP):
    return message(kind, addr=iova, length=16, payload=struct.pack("<QQ", length, offset))


def test_mappings_are_checked(sim):
    memory = os.memfd_create("memory")
    os.ftruncate(memory, 1 << 20)
    with Pf(sim) as pf:
        assert pf.call(map_message(1 << 32, 1 << 20), [memory])[0] == 0
        for bad in ((1 << 32) + 4096, 4096), ((1 << 32) - 4096, 8192), (1 << 32, 1 << 20):
            assert pf.call(map_message(*bad), [memory])[0] == -17  # EEXIST
        for bad in ((0, 0), (0, 1 << 21), (1, 4096), (0, 4095), ((1 << 64) - 4096, 8192), (0, 4096, 1 << 20),
                    (0, 4096, (1 << 64) - 4096)):
            assert pf.call(map_message(*bad), [memory])[0] == -22  # EINVAL
        assert pf.call(map_message(0, 4096))[0] == -9  # EBADF
        assert pf.call(map_message(1 << 32, 4096, kind=UNMAP))[0] == -2  # ENOENT
        assert pf.call(map_message(1 << 32, 1 << 20, kind=UNMAP))[0] == 0
        assert pf.call(map_message(1 << 32, 1 << 20, kind=UNMAP))[0] == -2
    os.close(memory)
    check_pf(sim)


ENODEV = -19


def test_number_of_vfs(sim):
    with Pf(sim) as pf:
        assert pf.call(message(NUM_VFS, addr=17))[0] == -22
        assert pf.call(message(REG_READ, fn=3, addr=0x14, length=1)) == (ENODEV, b"")
        assert pf.call(message(RESET, fn=3)) == (ENODEV, b"")
        assert pf.call(message(NUM_VFS, addr=4))[0] == 0
        assert pf.read(3, 0x14, 1) == 0
        # struct virtio_net_config of VF 2, and its features VERSION_1, ACCESS_PLATFORM, ORDER_PLATFORM.
        assert pf.read(3, CONFIG + 5, 1) == 2
        pf.send(message(REG_WRITE, fn=3, addr=0, length=4, payload=b"\1\0\0\0"))
        assert pf.read(3, 4, 4) & 0x13 == 0x13
        assert pf.call(message(NUM_VFS, addr=2))[0] == 0
        assert pf.call(message(REG_READ, fn=3, addr=0x14, length=1)) == (ENODEV, b"")
    check_pf(sim)


def test_vf_with_a_vhost_user_socket_stays_there(sim):
    """The PF's client cannot touch it, neither by registers nor by a reset, and its frontend notices nothing."""
    with sim.port(0) as port, Pf(sim) as pf:
        assert pf.call(message(NUM_VFS, addr=16))[0] == 0
        assert pf.call(message(REG_READ, fn=1, addr=0x14, length=1)) == (ENODEV, b"")
        pf.send(message(REG_WRITE, fn=1, addr=0x14, length=1, payload=b"\0"))
        assert pf.call(message(RESET, fn=1)) == (ENODEV, b"")
        assert pf.call(message(NUM_VFS, addr=0))[0] == 0
        assert port.mac() == bytes.fromhex("02f000000100")
        port.send(bytes(60))


def test_vf_resets_alone(sim):
    """Rings of a VF are asked for in its name; a reset ends its reads, and no other function's."""
    with Pf(sim) as pf:
        assert pf.call(message(NUM_VFS, addr=16))[0] == 0
        start_queue(pf, 0, 0x10000, fn=4)
        (kind, fn, tag, where, _, _), _ = next_message(pf)
        assert (kind, fn, where) == (DMA_READ, 4, 0x11000)
        start_queue(pf, 0, 0x20000, fn=5)
        # What is late is nobody's.
        pf.send(message(RESET, fn=4))
        pf.send(message(DMA_READ | REPLY, fn=4, tag=tag, payload=bytes(4)))
        seen = {}
        while len(seen) < 2:
            (kind, fn, tag, where, _, status), _ = next_message(pf)
            assert status == 0
            seen[kind, fn, where] = tag
        assert set(seen) == {(RESET | REPLY, 4, 0), (DMA_READ, 5, 0x21000)}
        pf.send(message(DMA_READ | REPLY, fn=5, tag=seen[DMA_READ, 5, 0x21000], payload=bytes(4)))
        assert pf.read(4, 0x14, 1) == 0 and pf.read(5, 0x14, 1) == 15
    check_pf(sim)


# ---- vhost-user ----


def check_vf(sim):
    with sim.port(0) as port:
        assert port.mac() == bytes.fromhex("02f000000100")


def raw_vf(sim):
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.settimeout(10)
    end.connect(str(sim.vf(0)))
    return end


def vhost_message(request, payload=b"", flags=1, size=None):
    return struct.pack("<III", request, flags, len(payload) if size is None else size) + payload


BAD = {
    "huge": vhost_message(vhost.GET_FEATURES, size=0xFFFFFFFF),
    "no such request": vhost_message(4711),
    "none": vhost_message(0),
    "wrong version": vhost_message(vhost.GET_FEATURES, flags=2),
    "a reply": vhost_message(vhost.GET_FEATURES, flags=5),
    "short payload": vhost_message(vhost.SET_FEATURES, b"1234"),
    "queue 2": vhost_message(vhost.SET_VRING_NUM, struct.pack("<II", 2, 256)),
    "queue -1": vhost_message(vhost.SET_VRING_BASE, struct.pack("<II", 0xFFFFFFFF, 0)),
    "queue 7 address": vhost_message(vhost.SET_VRING_ADDR, struct.pack("<II4Q", 7, 0, 0, 0, 0, 0)),
    "queue 255 kick": vhost_message(vhost.SET_VRING_KICK, struct.pack("<Q", 255)),
    "queue 2 stop": vhost_message(vhost.GET_VRING_BASE, struct.pack("<II", 2, 0)),
    "odd size": vhost_message(vhost.SET_VRING_NUM, struct.pack("<II", 0, 100)),
    "size 0": vhost_message(vhost.SET_VRING_NUM, struct.pack("<II", 0, 0)),
    "size 2048": vhost_message(vhost.SET_VRING_NUM, struct.pack("<II", 0, 2048)),
    "kick without descriptor": vhost_message(vhost.SET_VRING_KICK, struct.pack("<Q", 0)),
    "memory without descriptor": vhost_message(vhost.SET_MEM_TABLE, struct.pack("<II4Q", 1, 0, 0, 4096, 0, 0)),
    "memory of 9 regions": vhost_message(vhost.SET_MEM_TABLE, struct.pack("<II", 9, 0) + bytes(9 * 32)),
    "long configuration": vhost_message(vhost.GET_CONFIG, struct.pack("<III", 0, 1000, 0) + bytes(256)),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_bad_vhost_message(sim, data):
    with raw_vf(sim) as end:
        end.sendall(data)
        try:
            assert end.recv(1) == b""
        except ConnectionError:
            pass
    check_vf(sim)


@pytest.mark.parametrize("cut", [1, 11, 12, 15])
def test_half_a_vhost_message(sim, cut):
    """A frontend that stops in the middle holds up nobody, and may go."""
    with raw_vf(sim) as end:
        end.sendall(vhost_message(vhost.SET_FEATURES, bytes(8))[:cut])
        check_pf(sim)
    check_vf(sim)


@pytest.mark.parametrize("region", [(0, 1 << 30, 0, 0), (0, 4096, 0, 1 << 40), ((1 << 64) - 4096, 8192, 0, 0),
                                    (0, 8192, (1 << 64) - 4096, 0), (0, 0, 0, 0), (0, 4096, 0, (1 << 64) - 4096)])
def test_bad_memory_region(sim, region):
    memory = os.memfd_create("guest")
    os.ftruncate(memory, 1 << 20)
    with raw_vf(sim) as end:
        data = vhost_message(vhost.SET_MEM_TABLE, struct.pack("<II4Q", 1, 0, *region))
        end.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [memory]))])
        try:
            assert end.recv(1) == b""
        except ConnectionError:
            pass
    os.close(memory)
    check_vf(sim)


def test_memory_that_is_taken_away(sim):
    """A guest that cuts its memory short behind our mapping is an error of that guest's queue."""
    with sim.port(0) as port:
        os.ftruncate(port.fd, 0)
        port.rx.kick_fd, kick = -1, port.rx.kick_fd
        os.eventfd_write(kick, 1)
        os.eventfd_write(port.tx.kick_fd, 1)
        check_pf(sim)
        os.ftruncate(port.fd, port.size)
        os.close(kick)
    check_vf(sim)


def test_frontend_reconnects_many_times(sim):
    for _ in range(20):
        check_vf(sim)
