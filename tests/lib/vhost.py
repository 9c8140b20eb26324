# SPDX-License-Identifier: BSD-3-Clause
"""A virtual machine's side of a VF, without the machine: a vhost-user frontend (vhost-user protocol of QEMU 7.2).

VfPort is a well-behaved virtio-net driver: send() and recv(). Its queues (Queue) can also be written
to in every way a hostile guest could think of.
"""

import array
import mmap
import os
import select
import socket
import struct
import time

# Messages
GET_FEATURES, SET_FEATURES, SET_OWNER = 1, 2, 3
SET_MEM_TABLE, SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE = 5, 8, 9, 10, 11
SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR = 12, 13, 14
GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, SET_VRING_ENABLE = 15, 16, 18
SET_BACKEND_REQ_FD, GET_CONFIG = 21, 24
BACKEND_CONFIG_CHANGE = 2

VERSION, REPLY, NEED_REPLY = 1, 1 << 2, 1 << 3

F_PROTOCOL_FEATURES = 1 << 30
F_MAC = 1 << 5
F_MTU = 1 << 3
F_STATUS = 1 << 16
F_VERSION_1 = 1 << 32
P_REPLY_ACK = 1 << 3
P_BACKEND_REQ = 1 << 5
P_CONFIG = 1 << 9

# Descriptor flags, virtio 1.2, 2.7.5
NEXT, WRITE, INDIRECT = 1, 2, 4

HEADER = 12  # struct virtio_net_hdr with num_buffers, virtio 1.2, 5.1.6
GUEST_BASE = 0x4000_0000  # where the guest's memory is for the device
USER_BASE = 0x7E00_0000_0000  # where it is for us, as we tell; only ring addresses use it
RX, TX = 0, 1


class VhostError(Exception):
    """The backend closed the connection, was silent, or answered something else."""


class Timeout(VhostError, TimeoutError):
    """Nothing came in time."""


class Queue:
    """A split virtqueue (virtio 1.2, 2.7) in the port's memory, and the driver's half of its state."""

    def __init__(self, port, index, size, offset):
        self.port, self.index, self.size = port, index, size
        self.desc = offset
        self.avail = self.desc + 16 * size
        self.used = (self.avail + 6 + 2 * size + 4095) & ~4095
        self.end = (self.used + 6 + 8 * size + 4095) & ~4095
        self.kick_fd = self.call_fd = self.err_fd = -1
        self.avail_idx = self.used_seen = 0

    def reset(self):
        self.port.memory[self.desc:self.end] = bytes(self.end - self.desc)
        self.avail_idx = self.used_seen = 0
        self.close()
        self.kick_fd, self.call_fd, self.err_fd = (os.eventfd(0, os.EFD_NONBLOCK) for _ in range(3))

    def close(self):
        for fd in (self.kick_fd, self.call_fd, self.err_fd):
            if fd >= 0:
                os.close(fd)
        self.kick_fd = self.call_fd = self.err_fd = -1

    # Low level: nothing is checked, so that anything can be written.

    def write_desc(self, number, addr, length, flags=0, following=0):
        struct.pack_into("<QIHH", self.port.memory, self.desc + 16 * number, addr, length, flags, following)

    def write_avail(self, slot, head):
        struct.pack_into("<H", self.port.memory, self.avail + 4 + 2 * (slot % self.size), head)

    def set_avail_idx(self, value):
        self.avail_idx = value & 0xFFFF
        # In one store: struct.pack_into() clears the bytes first, and the device may look just then.
        self.port.words[(self.avail + 2) // 2] = self.avail_idx

    def offer(self, head, kick=True):
        """Makes the chain at descriptor `head` available, and says so."""
        self.write_avail(self.avail_idx, head)
        self.set_avail_idx(self.avail_idx + 1)
        if kick:
            self.kick()

    def kick(self):
        os.eventfd_write(self.kick_fd, 1)

    def used_idx(self):
        return struct.unpack_from("<H", self.port.memory, self.used + 2)[0]

    def next_used(self, timeout):
        """(descriptor, written length) of the next used element; waits for it on the call eventfd."""
        deadline = time.monotonic() + timeout
        while self.used_seen == self.used_idx():
            wait_readable(self.call_fd, deadline, f"queue {self.index} used no buffer")
            os.eventfd_read(self.call_fd)
        at = self.used + 4 + 8 * (self.used_seen % self.size)
        self.used_seen = (self.used_seen + 1) & 0xFFFF
        return struct.unpack_from("<II", self.port.memory, at)


def wait_readable(fd, deadline, what):
    left = deadline - time.monotonic()
    if left <= 0 or not select.select([fd], [], [], left)[0]:
        raise Timeout(f"{what} in time")


class VfPort:
    """One VF, connected to its vhost-user socket, with a receive and a transmit queue."""

    def __init__(self, path, queue_size=256, buffer_size=2048, features=0, timeout=10, memory=4 << 20):
        self.path, self.buffer_size, self.timeout = str(path), buffer_size, timeout
        self.wanted = features | F_VERSION_1 | F_MAC
        self.fd = os.memfd_create("guest memory")
        os.ftruncate(self.fd, memory)
        self.size = memory
        self.memory = mmap.mmap(self.fd, memory)
        self.words = memoryview(self.memory).cast("H")
        self.rx = Queue(self, RX, queue_size, 0)
        self.tx = Queue(self, TX, queue_size, self.rx.end)
        self.buffers = self.tx.end
        self.socket = self.events = None
        self.connect()

    # Connection

    def connect(self):
        """Connects and starts both queues, from the state of a driver that was just loaded."""
        self.disconnect()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(self.timeout)
        self.socket.connect(self.path)
        offered = self.ask_u64(GET_FEATURES)
        self.protocol = 0
        if offered & F_PROTOCOL_FEATURES:
            self.protocol = self.ask_u64(GET_PROTOCOL_FEATURES) & (P_REPLY_ACK | P_CONFIG | P_BACKEND_REQ)
            self.tell(SET_PROTOCOL_FEATURES, struct.pack("<Q", self.protocol))
        if self.protocol & P_BACKEND_REQ:
            self.events, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            with theirs:
                self.tell(SET_BACKEND_REQ_FD, b"", [theirs.fileno()])
        self.tell(SET_OWNER)
        self.features = offered & (self.wanted | F_PROTOCOL_FEATURES)
        if not self.features & F_VERSION_1:
            raise VhostError("the backend does not offer VIRTIO_F_VERSION_1")
        self.tell(SET_FEATURES, struct.pack("<Q", self.features))
        self.tell(SET_MEM_TABLE, struct.pack("<II4Q", 1, 0, GUEST_BASE, self.size, USER_BASE, 0), [self.fd])
        for queue in (self.rx, self.tx):
            queue.reset()
            self.start_queue(queue)
        self._tx_free = list(range(self.tx.size))
        for number in range(self.rx.size):
            self._post(number, kick=False)
        self.rx.kick()

    def start_queue(self, queue, base=0):
        self.tell(SET_VRING_NUM, struct.pack("<II", queue.index, queue.size))
        self.tell(SET_VRING_BASE, struct.pack("<II", queue.index, base))
        self.tell(SET_VRING_ADDR, struct.pack("<II4Q", queue.index, 0, USER_BASE + queue.desc, USER_BASE + queue.used,
                                              USER_BASE + queue.avail, 0))
        self.tell(SET_VRING_ERR, struct.pack("<Q", queue.index), [queue.err_fd])
        self.tell(SET_VRING_CALL, struct.pack("<Q", queue.index), [queue.call_fd])
        self.tell(SET_VRING_KICK, struct.pack("<Q", queue.index), [queue.kick_fd])
        if self.features & F_PROTOCOL_FEATURES:
            self.tell(SET_VRING_ENABLE, struct.pack("<II", queue.index, 1))

    def stop_queue(self, queue):
        """Stops a queue, as a driver's reset does; returns the index where it stood."""
        return struct.unpack("<II", self.ask(GET_VRING_BASE, struct.pack("<II", queue.index, 0)))[1]

    def disconnect(self):
        for end in (self.socket, self.events):
            if end:
                end.close()
        self.socket = self.events = None

    def needs_reset(self, timeout):
        """True when the device asks for a reset within `timeout` seconds: a configuration change interrupt
        (virtio 1.2, 2.1.2), which a vhost-user backend sends as a message."""
        try:
            wait_readable(self.events, time.monotonic() + timeout, "no configuration change came")
        except Timeout:
            return False
        request = struct.unpack("<III", self.events.recv(12, socket.MSG_WAITALL))[0]
        if request != BACKEND_CONFIG_CHANGE:
            raise VhostError(f"the backend sent message {request}")
        return True

    def close(self):
        self.disconnect()
        self.rx.close()
        self.tx.close()
        self.words.release()
        self.memory.close()
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Messages

    def tell(self, request, payload=b"", fds=()):
        """Sends a message; where the backend can acknowledge, waits for it and raises when it refused."""
        ack = getattr(self, "protocol", 0) & P_REPLY_ACK and request != SET_PROTOCOL_FEATURES
        self.send_message(request, payload, fds, NEED_REPLY if ack else 0)
        if ack:
            answer = struct.unpack("<Q", self.receive_reply(request))[0]
            if answer:
                raise VhostError(f"the backend refused message {request} with {answer}")

    def ask(self, request, payload=b""):
        self.send_message(request, payload)
        return self.receive_reply(request)

    def ask_u64(self, request):
        return struct.unpack("<Q", self.ask(request))[0]

    def send_message(self, request, payload=b"", fds=(), flags=0):
        message = struct.pack("<III", request, VERSION | flags, len(payload)) + payload
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        try:
            self.socket.sendmsg([message], rights)
        except OSError as error:
            raise VhostError(f"message {request}: {error.strerror}") from error

    def receive_reply(self, request):
        got, flags, length = struct.unpack("<III", self._read(12))
        payload = self._read(length)
        if got != request or not flags & REPLY:
            raise VhostError(f"message {request} was answered with {got}, flags {flags:#x}")
        return payload

    def _read(self, length):
        data = b""
        while len(data) < length:
            try:
                part = self.socket.recv(length - len(data))
            except TimeoutError:
                raise Timeout(f"{self.path} does not answer") from None
            except OSError as error:
                raise VhostError(f"{self.path}: {error.strerror}") from error
            if not part:
                raise VhostError(f"{self.path} closed the connection")
            data += part
        return data

    def mac(self):
        """The VF's address from virtio_net_config, as bytes."""
        if not self.protocol & P_CONFIG:
            raise VhostError("the backend has no configuration space")
        reply = self.ask(GET_CONFIG, struct.pack("<III", 0, 6, 0) + bytes(6))
        return reply[12:18]

    # Frames

    def _buffer(self, queue, number):
        """Offset in our memory of the buffer that belongs to descriptor `number`."""
        return self.buffers + (number + (queue.size if queue is self.tx else 0)) % self._slots() * self.buffer_size

    def _slots(self):
        return (self.size - self.buffers) // self.buffer_size

    def _post(self, number, kick=True):
        at = self._buffer(self.rx, number)
        self.rx.write_desc(number, GUEST_BASE + at, self.buffer_size, WRITE)
        self.rx.offer(number, kick)

    def send(self, frame):
        """Sends a frame (bytes without FCS) and returns when the device has taken it."""
        self.start_send(frame)
        self.finish_send()

    def start_send(self, frame):
        """Gives a frame to the device; finish_send() waits until it has been taken."""
        frame = bytes(frame)
        number = self._tx_free.pop()
        at = self._buffer(self.tx, number)
        self.memory[at:at + HEADER + len(frame)] = bytes(HEADER) + frame
        self.tx.write_desc(number, GUEST_BASE + at, HEADER + len(frame))
        self.tx.offer(number)

    def finish_send(self):
        number, _ = self.tx.next_used(self.timeout)
        self._tx_free.append(number)

    def send_all(self, frames):
        """Sends many frames with as many in flight as the queue holds."""
        flying = 0
        for frame in frames:
            if not self._tx_free:
                self.finish_send()
                flying -= 1
            self.start_send(frame)
            flying += 1
        for _ in range(flying):
            self.finish_send()

    def recv(self, timeout):
        """The next frame (bytes without FCS); Timeout when none comes in `timeout` seconds."""
        number, length = self.rx.next_used(timeout)
        at = self._buffer(self.rx, number)
        frame = bytes(self.memory[at + HEADER:at + length])
        self._post(number)
        return frame
