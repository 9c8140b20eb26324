#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the script that tb.sv plays: drivers of PF, VFs and firmware, honest and hostile.

    vectors.py <folder> <seed>
"""

import random
import struct
import sys
from pathlib import Path

REGION = 0x20000  # bytes of memory of a queue; k = 2 * pair + (1 for transmit)
NO_VECTOR = 0xffff
ACKNOWLEDGE_TO_FEATURES_OK = 11
DRIVER_OK = 15
NEXT, WRITE, INDIRECT = 1, 2, 4
DROP_NO_BUFFER, DROP_QUEUE_STOPPED, DROP_BUFFER_SHORT, DROP_NO_SUCH_PORT, DROP_TX_HEADER, DROP_DMA = 8, 9, 10, 13, 14, 15
DMA, INDEX, LOOP, LENGTH, DIRECTION, FLAGS = range(1, 7)

out = []
rng = random.Random()


def line(op, *numbers, what="-"):
    numbers = list(numbers) + [0] * (5 - len(numbers))
    out.append(f"{op} " + " ".join(f"{n & (1 << 64) - 1:x}" for n in numbers) + f" {what.replace(' ', '_')}\n")


def reg(fn, offset, value, strobe=15, bus=None):
    line("W", fn == 48 if bus is None else bus, fn, offset, value, strobe)


def expect_reg(fn, offset, value, what, mask=0xffffffff, bus=None, op="R"):
    line(op, fn == 48 if bus is None else bus, fn, offset, mask, value, what=what)


def settle(what="idle at last"):
    line("I", what=what)


def status(fn, value):
    reg(fn, 0x14, value, 1)


def function_on(fn):
    reg(fn, 0x804, 1, bus=1)
    status(fn, 1)
    status(fn, 3)
    reg(fn, 0x08, 1)
    reg(fn, 0x0c, 1)
    status(fn, ACKNOWLEDGE_TO_FEATURES_OK)


def stop(fn):
    status(fn, 0)
    expect_reg(fn, 0x14, 0, f"function {fn} resets", mask=0xff, op="U")


class Queue:
    """A driver's half of a virtqueue. Lengths of segments are cut at random, descriptors out of order."""

    def __init__(self, k, size=64, vector=NO_VECTOR):
        self.k, self.size = k, size
        self.base, self.avail_at, self.used_at = k * REGION, k * REGION + 0x4000, k * REGION + 0x5000
        self.fn = 0 if k < 64 else 48 if k >= 126 else 1 + (k - 64) // 2
        self.local = k if k < 64 else k % 2
        self.hdr = 12 if 64 <= k < 126 else 32
        self.avail = self.used = self.descriptor = self.byte = 0
        self.chains = []
        for at in (self.avail_at, self.used_at):
            line("M", at, 4, 0)
        self.select()
        reg(self.fn, 0x18, vector << 16 | size)
        reg(self.fn, 0x20, self.base)
        reg(self.fn, 0x28, self.avail_at)
        reg(self.fn, 0x30, self.used_at)
        reg(self.fn, 0x1c, 1, 3)

    def select(self):
        reg(self.fn, 0x14, self.local << 16, 12)

    def notify(self):
        reg(self.fn, 0x100, self.local, 3)

    def id_of(self, n):
        return n * 5 % self.size

    def write_descriptor(self, number, at, length, flags, following):
        line("M", self.base + 16 * number, 8, at)
        line("M", self.base + 16 * number + 8, 8, length | flags << 32 | following << 48)

    def chain(self, length, segments, flags):
        """Makes a chain; returns [(address, length)] and puts it in self.chains."""
        if self.byte + length + 256 > 0x18000:
            self.byte = 0
        at = self.base + 0x8000 + self.byte + rng.randrange(64)
        head, cuts = self.id_of(self.descriptor), []
        for s in range(segments):
            last = s + 1 == segments
            room = length - (segments - 1 - s)
            part = length if last else min(room, rng.randint(1, rng.choice((20, max(1, length)))))
            this, following = self.id_of(self.descriptor), self.id_of(self.descriptor + 1)
            self.write_descriptor(this, at, part, flags | (0 if last else NEXT), following)
            cuts.append((at, part))
            at, length, self.descriptor = at + part, length - part, self.descriptor + 1
        self.byte = at - self.base - 0x8000
        self.chains.append((head, cuts))
        return head, cuts

    def offer(self, head):
        line("M", self.avail_at + 4 + 2 * (self.avail % self.size), 2, head)
        self.avail += 1
        line("M", self.avail_at + 2, 2, self.avail)

    def spread(self, cuts, skip, count, do):
        """Calls do(address, bytes, offset from skip) for `count` bytes behind the first `skip` of a chain."""
        done = 0
        for at, length in cuts:
            if skip >= length:
                skip -= length
                continue
            part = min(length - skip, count - done)
            if part <= 0:
                break
            do(at + skip, part, done)
            skip, done = 0, done + part

    # ---- Transmit ----
    def send(self, number, length, segments=1, expect=True, header=None):
        head, cuts = self.chain(self.hdr + length, segments, 0)
        header = dict(header or {})
        direct = number & 1
        if self.hdr == 32 and not header:
            header = {12: 16, 13: 1, 14: direct}
        if self.hdr == 32:  # table_id, ct_state, ct_zone, ct_mark: for lookups only, the bench knows
            header |= dict(enumerate(struct.pack("<HHHH", number, number ^ 0xffff, number, number), 24))
        self.spread(cuts, 0, self.hdr, lambda at, n, done: [line("M", at + i, 1, header.get(done + i, 0)) for i in range(n)])
        self.spread(cuts, self.hdr, length, lambda at, n, done: line("P", at, n, number, done))
        self.offer(head)
        if expect:
            return self.sent(number, length)
        return None

    def sent(self, number, length):
        """Returns what calls the check of a frame."""
        if self.hdr == 12:
            how, flags = 16 + (self.k - 64) // 2, 0
        elif number & 1:
            how, flags = (1 << 8) | (8 if self.k < 64 else 9), 1
        else:
            how, flags = 16, 0
        return lambda: line("T", self.k, number, length, how, flags, what=f"frame {number:x} of transmit queue {self.k}")

    def expect_used(self, what="used index"):
        line("K", self.used_at + 2, 2, self.avail & 0xffff, what=f"{what} of queue {self.k}")

    # ---- Receive ----
    def post(self, length, segments=1):
        head, _ = self.chain(length, segments, WRITE)
        self.offer(head)

    def receive(self, number, length):
        line("X", self.k, number, length)

    def expect_frame(self, number, length):
        head, cuts = self.chains[self.used]
        what = f"frame {number:x} in receive queue {self.k}"
        element = self.used_at + 4 + 8 * (self.used % self.size)
        line("K", element, 4, head, what=what)
        line("K", element + 4, 4, self.hdr + length, what=what)
        header = {10: 1}
        if self.hdr == 32:
            flags = (2 if number & 2 else 0) | (4 if number else 0)
            header |= {12: 1, 14: flags, 15: number & 255, 16: 0x45, 17: 0x23, 18: 0x1, 20: number & 255, 21: number >> 8}
            header |= dict(enumerate(struct.pack("<HHHH", number ^ 0xffff, number, number, number ^ 0xffff), 24))
        self.spread(cuts, 0, self.hdr, lambda at, n, done: [line("K", at + i, 1, header.get(done + i, 0), what=what) for i in range(n)])
        self.spread(cuts, self.hdr, length, lambda at, n, done: line("C", at, n, number, done, what=what))
        self.used += 1

    def expect_error(self, code, what):
        self.select()
        expect_reg(self.fn, 0x44, code, f"{what}: queue error")
        expect_reg(self.fn, 0x14, 0x40, f"{what}: DEVICE_NEEDS_RESET", mask=0x40)
        expect_reg(self.fn, 0x814, 0x100, f"{what}: one queue stopped", mask=0xff00, bus=1)


def frame_length():
    return rng.choice((rng.randint(14, 34), rng.randint(1000, 1600), rng.randint(9214, 9216), *[rng.randint(60, 200)] * 5))


def registers():
    expect_reg(0, 0x14, 0, "status is 0 after reset")
    expect_reg(0, 0x10, 0x0040ffff, "PF has 64 queues and no vector")
    expect_reg(3, 0x10, 0x0002ffff, "VF has 2 queues")
    reg(3, 0x800, 0x20, bus=1)
    reg(3, 0x804, 1, bus=1)
    status(3, 3)
    reg(3, 0x0c, 0x20)
    status(3, 11)
    expect_reg(3, 0x14, 3, "FEATURES_OK needs VERSION_1", mask=255)
    reg(3, 0x08, 1)
    reg(3, 0x0c, 3)
    status(3, 11)
    expect_reg(3, 0x14, 3, "FEATURES_OK refuses what was not offered", mask=255)
    reg(3, 0x0c, 1)
    status(3, 11)
    expect_reg(3, 0x14, 11, "FEATURES_OK stays", mask=255)
    expect_reg(3, 0x808, 0x20, "card sees driver features", bus=1)
    expect_reg(3, 0x800, 0, "host does not see the vendor's half", bus=0)
    reg(3, 0x804, 0x7f, bus=0)
    expect_reg(3, 0x804, 1, "host does not write the vendor's half", bus=1)
    reg(3, 0x204, 0x11223344, bus=1)
    reg(3, 0x204, 0, bus=0)
    expect_reg(3, 0x204, 0x11223344, "configuration is read-only for the host")
    expect_reg(48, 0x10, 0, "host does not see the firmware's page", bus=0)
    expect_reg(17, 0x10, 0, "no page behind the last VF")
    reg(3, 0x14, 2 << 16, 12)
    expect_reg(3, 0x18, 0, "a queue that is not there has size 0")
    reg(3, 0x14, 1 << 16, 12)
    expect_reg(3, 0x18, 0xffff0400, "size after reset is the largest")
    for size in (48, 0, 2048):
        reg(3, 0x18, size, 3)
        reg(3, 0x1c, 1, 3)
        expect_reg(3, 0x1c, 0, f"size {size} does not start")
    reg(3, 0x18, 0x00050040)
    reg(3, 0x1c, 1, 3)
    expect_reg(3, 0x1c, 1, "queue is enabled")
    expect_reg(3, 0x18, 0x00050040, "size and vector read back")
    stop(3)
    expect_reg(3, 0x1c, 0, "reset disables queues")
    function_on(3)
    status(3, DRIVER_OK)
    reg(3, 0x10, 7, 3)
    line("Z")
    reg(3, 0x810, 1, 1, bus=1)
    settle()
    line("E", 3, 1, what="configuration change interrupts")
    expect_reg(3, 0x14, 0x010f, "generation advances")
    expect_reg(3, 0x80, 2, "ISR tells configuration change")
    expect_reg(3, 0x80, 0, "reading clears ISR")
    stop(3)


def transmit_random(latency, slow):
    line("S", latency, slow)
    for fn in (0, 1, 48):
        function_on(fn)
    queues = [Queue(k) for k in (1, 11, 65, 127)]
    for fn in (0, 1, 48):
        status(fn, DRIVER_OK)
    line("Z")
    for _ in range(20):
        checks = []
        for queue in queues:
            for _ in range(rng.randint(0, 4)):
                length = frame_length()
                checks.append(queue.send(queue.k << 8 | rng.randrange(256), length, rng.randint(1, 16)))
            queue.notify()
        settle()
        for check in checks:
            check()
    for queue in queues:
        queue.expect_used()
    line("S", latency, 0)
    for fn in (0, 1, 48):
        stop(fn)


def receive_random(latency, slow):
    line("S", latency, slow)
    for fn in (0, 2, 48):
        function_on(fn)
    queues = [Queue(k) for k in (0, 10, 66, 126)]
    for fn in (0, 2, 48):
        status(fn, DRIVER_OK)
    line("Z")
    for _ in range(20):
        frames = []
        for _ in range(10):
            queue = rng.choice(queues)
            if sum(length for q, _, length in frames if q is queue) > 30000:
                continue
            length, number = frame_length(), queue.k << 8 | rng.randrange(256)
            queue.post(length + queue.hdr + rng.choice((0, rng.randrange(200))), rng.randint(1, 4))
            frames.append((queue, number, length))
        # Without the notification two frames may look for a buffer at a time, and take them in any order.
        for queue in queues:
            queue.notify()
        settle()
        for queue, number, length in frames:
            queue.receive(number, length)
        settle()
        for reason in (DROP_NO_BUFFER, DROP_QUEUE_STOPPED, DROP_BUFFER_SHORT, DROP_DMA):
            line("E", 0x200 + reason, 0, what=f"drops for reason {reason} while there are buffers")
        for queue, number, length in frames:
            queue.expect_frame(number, length)
    for queue in queues:
        queue.expect_used()
    line("S", latency, 0)
    for fn in (0, 2, 48):
        stop(fn)


def headers():
    function_on(0)
    function_on(1)
    vf, pf = Queue(65, 16), Queue(1, 16)
    status(0, DRIVER_OK)
    status(1, DRIVER_OK)
    line("Z")
    vf.send(65 << 8, 60, 1, expect=False, header={0: 1})
    vf.send(65 << 8, 560, 2, expect=False, header={1: 1})
    good = vf.send(65 << 8 | 2, 1060, 3)
    vf.notify()
    settle()
    good()
    line("E", 0x100 + DROP_TX_HEADER, 2, what="offloads that were not negotiated are dropped")
    vf.expect_used("their buffers come back, used index")
    pf.send(1 << 8 | 2, 300, 1, expect=False, header={12: 200})
    pf.notify()
    settle()
    line("E", 0x100 + DROP_NO_SUCH_PORT, 1, what="PF cannot inject for a port that is not there")
    pf.expect_used()
    stop(0)
    stop(1)


def bad_transmit(what, spoil, code):
    """One bad thing in VF 1's second buffer or its ring; VF 2 goes on meanwhile, VF 1 works after a reset."""
    line("S", 20, 0)
    function_on(2)
    queue = Queue(67, 16)
    status(2, DRIVER_OK)
    function_on(3)
    neighbour = Queue(69, 16)
    status(3, DRIVER_OK)
    line("Z")
    queue.send(67 << 8 | 1, 100, 1)
    queue.send(67 << 8 | 2, 100, 2)
    spoil(queue, *queue.chains[1])
    neighbours = neighbour.send(69 << 8 | 3, 200, 3)
    queue.notify()
    neighbour.notify()
    settle()
    queue.expect_error(code, what)
    neighbours()
    neighbour.expect_used(f"{what}: neighbour goes on, used index")
    stop(2)
    expect_reg(2, 0x814, 0, f"{what}: reset starts over", mask=0xffff, bus=1)
    line("Z")
    function_on(2)
    queue = Queue(67, 16)
    status(2, DRIVER_OK)
    check = queue.send(67 << 8 | 4, 64, 2)
    queue.notify()
    settle()
    check()
    queue.expect_used(f"{what}: works after a reset, used index")
    stop(2)
    stop(3)


def bad_transmits():
    def patch(offset, size, value):
        return lambda q, head, cuts: line("M", q.base + 16 * head + offset, size, value)

    bad_transmit("data outside memory", patch(4, 4, 0x100), DMA)
    bad_transmit("second segment outside memory", lambda q, head, cuts: line("M", q.base + 16 * q.id_of(2) + 4, 4, 0x100), DMA)
    bad_transmit("index ran ahead", lambda q, head, cuts: line("M", q.avail_at + 2, 2, 40), INDEX)
    bad_transmit("index went back", lambda q, head, cuts: line("M", q.avail_at + 2, 2, 0xfffe), INDEX)
    bad_transmit("head outside the table", lambda q, head, cuts: line("M", q.avail_at + 6, 2, 16), INDEX)
    bad_transmit("next outside the table", patch(14, 2, 77), INDEX)
    bad_transmit("loop", patch(14, 2, 5), LOOP)
    bad_transmit("writable descriptor", patch(12, 2, NEXT | WRITE), DIRECTION)
    bad_transmit("indirect descriptor", patch(12, 2, NEXT | INDIRECT), FLAGS)
    bad_transmit("empty descriptor", patch(8, 4, 0), LENGTH)
    bad_transmit("too long", patch(8, 4, 100000), LENGTH)
    bad_transmit("header alone", patch(8, 8, 12), LENGTH)


def bad_table():
    """Descriptor table where no memory is."""
    function_on(2)
    queue = Queue(67, 16)
    stop(2)
    function_on(2)
    queue.select()
    reg(2, 0x18, 16, 3)
    reg(2, 0x24, 1)
    reg(2, 0x28, queue.avail_at)
    reg(2, 0x30, queue.used_at)
    reg(2, 0x1c, 1, 3)
    status(2, DRIVER_OK)
    queue.send(67 << 8, 60, 1, expect=False)
    queue.notify()
    settle()
    queue.expect_error(DMA, "descriptor table outside memory")
    stop(2)


def receive_faults():
    line("S", 30, 0)
    line("Z")
    line("X", 66, 66 << 8, 100)
    settle()
    line("E", 0x200 + DROP_QUEUE_STOPPED, 1, what="a queue that does not run drops")
    function_on(2)
    queue = Queue(66, 16)
    function_on(3)
    neighbour = Queue(68, 16)
    status(2, DRIVER_OK)
    status(3, DRIVER_OK)
    queue.receive(66 << 8, 100)
    neighbour.post(300, 2)
    neighbour.receive(68 << 8 | 1, 200)
    queue.receive(66 << 8, 3000)
    settle()
    line("E", 0x200 + DROP_NO_BUFFER, 2, what="no buffer drops")
    neighbour.expect_frame(68 << 8 | 1, 200)
    queue.post(400, 3)
    queue.receive(66 << 8 | 5, 388)
    settle()
    queue.expect_frame(66 << 8 | 5, 388)
    queue.post(100, 2)
    queue.receive(66 << 8, 89)
    neighbour.post(300, 1)
    neighbour.receive(68 << 8 | 2, 250)
    settle()
    line("E", 0x200 + DROP_BUFFER_SHORT, 1, what="a short buffer drops")
    queue.expect_error(LENGTH, "short buffer")
    neighbour.expect_frame(68 << 8 | 2, 250)
    neighbour.post(300, 1)
    line("M", neighbour.base + 16 * neighbour.chains[-1][0] + 12, 2, 0)
    neighbour.receive(68 << 8, 64)
    settle()
    neighbour.expect_error(DIRECTION, "readable buffer")
    stop(2)
    stop(3)


def burst():
    """Frames that come before anything is known of the ring wait for one read each, and all get a buffer."""
    line("S", 250, 0)
    line("Z")
    for fn in (0, 2):
        function_on(fn)
    queues = [Queue(k, 256) for k in (0, 2, 66)]
    for fn in (0, 2):
        status(fn, DRIVER_OK)
    for queue in queues:
        for _ in range(100):
            queue.post(200)
    for i in range(100):
        for queue in queues:
            queue.receive(queue.k << 8 | i, 100)
    settle()
    for queue in queues:
        queue.expect_used("burst: every frame has a buffer, used index")
    line("E", 0x200 + DROP_NO_BUFFER, 0, what="burst: no drop")
    for queue in queues:
        queue.receive(queue.k << 8, 100)
    settle()
    line("E", 0x200 + DROP_NO_BUFFER, 3, what="burst: one more finds none")
    for fn in (0, 2):
        stop(fn)


def reset_in_flight():
    line("S", 200, 0)
    for cut in range(12):
        function_on(1)
        rx, tx = Queue(64, 64, 3), Queue(65, 64, 3)
        status(1, DRIVER_OK)
        for i in range(30):
            tx.send(65 << 8 | i, 80, 2, expect=False)
        for i in range(10):
            rx.post(200, 2)
        tx.notify()
        for i in range(12):
            rx.receive(64 << 8 | i, 150)
        line("N", 1 + cut * 70)
        stop(1)
        line("Z")
        settle()
        line("E", 0x41, 0, what="nothing is written behind a reset")
        line("E", 1, 0, what="no interrupt behind a reset")
    line("Z")
    function_on(1)
    queue = Queue(65, 64)
    status(1, DRIVER_OK)
    checks = [queue.send(65 << 8 | i, 80, 2) for i in range(30)]
    queue.notify()
    line("N", 300)
    for i in range(30, 32):
        checks.append(queue.send(65 << 8 | i, 80, 2))
    queue.select()
    reg(1, 0x38, 1 << 16, 12)
    expect_reg(1, 0x38, 0x10001, "queue_reset reads 1 while it works")
    settle()
    expect_reg(1, 0x38, 1, "queue_reset reads 0 when it is done")
    expect_reg(1, 0x1c, 0, "and the queue is disabled")
    line("Y", 0, 1, 0x40, queue.used_at + 2, what="QUEUE_BASE is the used index")
    line("O", 0, 1, 0x40, queue.used_at + 2)
    reg(1, 0x1c, 1, 3)
    settle()
    queue.expect_used("a restarted queue goes on without a notification, used index")
    for check in checks:
        check()
    stop(1)


def interrupts():
    line("S", 20, 0)
    line("Z")
    function_on(1)
    rx, tx = Queue(64, 16, 4), Queue(65, 16)
    status(1, DRIVER_OK)
    tx.send(65 << 8, 60)
    tx.notify()
    settle()
    line("E", 1, 0, what="no vector, no interrupt")
    rx.post(200)
    rx.receive(64 << 8, 60)
    settle()
    line("E", 1, 1, what="one frame, one interrupt")
    line("M", rx.avail_at, 2, 1)
    rx.post(200)
    rx.receive(64 << 8, 60)
    settle()
    line("E", 1, 1, what="NO_INTERRUPT is kept")
    stop(1)
    function_on(48)
    fw = Queue(126, 16, 0)
    status(48, DRIVER_OK)
    fw.post(200)
    fw.receive(126 << 8, 60)
    settle()
    line("E", 0x80, 1, what="MSI-X of the firmware is an interrupt of the card")
    line("E", 48, 0, what="and not one of the board")
    stop(48)


def used_side_by_side():
    """Buffers that are done while no write is taken: eight elements a write, and none over the end of the ring."""
    line("S", 20, 0)
    function_on(1)
    queue = Queue(65, 64)
    status(1, DRIVER_OK)
    for count in (60, 60, 60, 20):
        line("S", 20, 4)
        # Heads come again in each round of the ring: what stands there from the last one must not pass.
        for n in range(64):
            line("M", queue.used_at + 4 + 8 * n, 8, -1)
        for _ in range(count):
            queue.send(65 << 8, 60, expect=False)
        queue.notify()
        line("N", 1500)
        line("S", 20, 0)
        settle()
        queue.expect_used("done while writes wait, used index")
        for n in range(queue.avail - count, queue.avail):
            line("K", queue.used_at + 4 + 8 * (n % 64), 8, queue.chains[n][0], what="done while writes wait, used element")
    stop(1)


def reset_before_a_read():
    """Reads of four functions wait for the port, and two of the functions are reset before theirs went out."""
    for tx in (0, 1):
        line("S", 20, 2)
        line("Z")
        for fn in range(1, 5):
            function_on(fn)
            Queue(62 + 2 * fn + tx)
            status(fn, DRIVER_OK)
        line("N", 40)
        stop(3)
        stop(4)
        line("S", 20, 0)
        settle()
        line("E", 0x300, 0, what="nothing is read of a function behind its reset")
        stop(1)
        stop(2)


def speed(k, name, floor):
    line("S", 250, 0)
    fn = Queue(k, 1024).fn
    stop(fn)
    function_on(fn)
    queue = Queue(k, 1024)
    status(fn, DRIVER_OK)
    line("Z")
    for i in range(1000):
        if k & 1:
            queue.send(k << 8 | i & 255, 60, expect=False)
        else:
            queue.post(60 + queue.hdr)
    if k & 1:
        queue.notify()
    else:
        line("N", 1000)
        for i in range(1000):
            queue.receive(k << 8 | i & 255, 60)
    settle()
    line("V", not k & 1, 300, 900, floor, what=name)
    queue.expect_used()
    stop(fn)


def speed_many(tx, floor):
    """Thirty queue pairs of the PF, a packet of each in turn."""
    line("S", 250, 0)
    function_on(0)
    queues = [Queue(2 * pair + tx, 64) for pair in range(30)]
    status(0, DRIVER_OK)
    line("Z")
    for i in range(60):
        for queue in queues:
            if tx:
                queue.send(queue.k << 8 | i, 60, expect=False)
            else:
                queue.post(60 + queue.hdr)
    for queue in queues:
        queue.notify()
    if not tx:
        settle()
        for i in range(60):
            for queue in queues:
                queue.receive(queue.k << 8 | i, 60)
    settle()
    line("V", not tx, 300, 1500, floor, what=f"PF {'transmit' if tx else 'receive'}, 64 B, 30 queues, round trip 250")
    for queue in queues:
        queue.expect_used()
    stop(0)


def main():
    rng.seed(int(sys.argv[2]))
    registers()
    for latency, slow in ((10, 0), (250, 0), (0, 1)):
        transmit_random(latency, slow)
        receive_random(latency, slow)
    headers()
    bad_transmits()
    bad_table()
    receive_faults()
    burst()
    reset_in_flight()
    reset_before_a_read()
    used_side_by_side()
    interrupts()
    speed(65, "VF transmit, 64 B, one queue, round trip 250", 340)
    speed(1, "PF transmit, 64 B, one queue, round trip 250", 340)
    speed(64, "VF receive, 64 B, one queue, round trip 250", 330)
    speed(0, "PF receive, 64 B, one queue, round trip 250", 330)
    speed_many(True, 330)
    speed_many(False, 200)
    (Path(sys.argv[1]) / "script.txt").write_text("".join(out))


main()
