# SPDX-License-Identifier: BSD-3-Clause
"""Random stacks of headers for the parser's bench, each layer built from bytes, mostly right and sometimes just beside it.

A stack keeps where its IP headers are, so that a cut one can be made consistent again, and notes what it is made of.
"""
import struct

EXTENSIONS = (0, 43, 60, 51, 44)
FINAL = (50, 135, 139, 140, 59, 47, 99)  # to Open vSwitch all of them are just unknown protocols
OPTION_CLASSES = (0x0100, 0x0102, 0xFFFF)
OPTION_TYPES = (0x01, 0x80)
EDGES = (0, 1, 2, 127, 128, 255)


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


class Stack:
    """Layers are put in front of what is there already, from the payload outwards."""

    def __init__(self, rng):
        self.rng, self.data, self.ip, self.notes, self.plain = rng, b"", [], [], True

    def byte(self):
        return self.rng.choice((*EDGES, self.rng.randrange(256)))

    def random(self, count):
        return self.rng.randbytes(count)

    def front(self, header):
        self.data = header + self.data
        self.ip = [(at + len(header), version) for at, version in self.ip]

    def note(self, *words):
        self.notes.append(" ".join(map(str, words)))

    # ---- L4 ----

    def l4(self, v6):
        """Puts an L4 header in front; returns its protocol number."""
        kind = self.rng.choice(("tcp", "udp", "sctp", "icmp", "final", "nd", "nd", "nd") if v6 else ("tcp", "udp", "sctp", "icmp", "final"))
        if kind == "nd":
            return self.neighbour()
        self.data = self.random(self.rng.choice((0, 0, 1, 7, 40, 300)))
        if kind == "tcp":
            offset = self.rng.choice((5, 5, 5, 6, 15, 4))
            self.front(self.random(12) + bytes((offset << 4 | self.rng.randrange(16), self.byte())) + self.random(6))
            self.data += bytes(4 * max(0, offset - 5 - self.rng.choice((0, 0, 0, 1))))
        elif kind == "icmp":
            self.front(bytes((self.byte(), self.byte())) + self.random(6))
        else:
            self.front(self.random({"udp": 8, "sctp": 12, "final": 4}[kind]))
        return {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 58 if v6 else 1, "final": self.rng.choice(FINAL)}[kind]

    def neighbour(self):
        rng = self.rng
        kind = rng.choice((135, 136))
        options = rng.choice(("none", "none", "own", "own", "own", "other", "two", "long", "cut", "short"))
        own = kind - 134
        self.data = {"none": b"", "own": bytes((own, 1)) + self.random(6), "other": bytes((rng.choice((3 - own, 5, 14)), 1)) + self.random(6),
                     "two": bytes((own, 1)) + self.random(6) + bytes((3 - own, 1)) + self.random(6), "long": bytes((own, 2)) + self.random(14),
                     "cut": self.random(rng.randrange(1, 8)), "short": b""}[options]
        self.front(bytes((kind, 0 if rng.random() < 0.9 else 1)) + self.random(6) + self.random(rng.randrange(16) if options == "short" else 16))
        self.note("nd", kind, options)
        return 58

    # ---- IP ----

    def extensions(self, proto, most=5):
        """Puts up to `most` extension headers in front; returns the first one's number."""
        rng = self.rng
        count = rng.choice((0, 1, 1, 2, 3, 4, 4, 5)[:most + 3])
        for _ in range(count):
            kind = rng.choice(EXTENSIONS)
            if kind == 44:
                offset = rng.choice((0, 1, 1, 3, 1, 2, 6, 8, 9, 0xFFF8))
                header = bytes((proto, self.byte())) + struct.pack(">H", offset) + self.random(4)
            else:
                length = rng.choice((0, 0, 0, 1, 1, 2, 5, 20, 255) if rng.random() < 0.5 else (0, 1))
                size = 4 * (length + 2) if kind == 51 else 8 * (length + 1)
                header = bytes((proto, length)) + self.random(size - 2)
            self.note("ext", kind)
            self.front(header)
            proto = kind
        self.note("extensions", count)
        return proto

    def ip6(self, proto, addresses=None):
        rng = self.rng
        length = len(self.data) + (rng.choice((-8, -1, 1, 8)) if rng.random() < 0.04 else 0)
        self.front(struct.pack(">IHBB", 6 << 28 | rng.getrandbits(28), max(0, length), proto, self.byte()) + (addresses or self.random(32)))
        self.ip.insert(0, (0, 6))
        return 0x86DD

    def ip4(self, proto, options=True, fragment=True):
        rng = self.rng
        ihl = rng.choice((5, 5, 5, 6, 15)) if options else 5
        length = 4 * ihl + len(self.data) + (rng.choice((-8, -1, 1, 8)) if rng.random() < 0.04 else 0)
        frag = rng.choice((0, 0, 0x4000, 0x8000, 0x2000, 0x1FFF, 0x2001, 3) if fragment else (0, 0x4000))
        header = struct.pack(">BBHHHBBH8s", 0x40 | ihl, self.byte(), max(0, length), rng.getrandbits(16), frag, self.byte(), proto, 0,
                             self.random(8)) + self.random(4 * ihl - 20)
        self.front(header[:10] + struct.pack(">H", checksum(header)) + header[12:])
        self.ip.insert(0, (0, 4))
        return 0x0800

    def arp(self):
        rng = self.rng
        fixed = struct.pack(">HHBBH", rng.choice((1, 1, 1, 6)), rng.choice((0x800, 0x800, 0x800, 0x86DD)), rng.choice((6, 6, 6, 8)),
                            rng.choice((4, 4, 4, 16)), rng.choice((1, 2, 255, 256, 0x102)))
        self.data = (fixed + self.random(20))[:rng.choice((28, 28, 28, 27, 20, 0))] + bytes(rng.choice((0, 0, 18)))
        self.note("arp", len(self.data) >= 28 and fixed[:6].hex() == "000108000604", fixed[6])
        return 0x0806

    # ---- Ethernet and whole levels ----

    def ethernet(self, ethertype):
        rng = self.rng
        tags = rng.choice((0, 0, 1, 2, 3))
        tag = b"".join(struct.pack(">HH", rng.choice((0x8100, 0x88A8)), rng.getrandbits(16)) for _ in range(tags))
        self.front(self.random(12) + tag + struct.pack(">H", ethertype))

    def level(self):
        """A frame without a tunnel."""
        kind = self.rng.choice(("ip4", "ip6", "ip6", "arp", "other"))
        if kind == "ip4":
            self.ethernet(self.ip4(self.l4(False)))
        elif kind == "ip6":
            self.ethernet(self.ip6(self.extensions(self.l4(True))))
        elif kind == "arp":
            self.ethernet(self.arp())
        else:
            self.data = self.rng.choice((b"\xaa\xaa\x03\0\0\0\x08\0", b"\xaa\xaa\x03\0\0\1\x08\0", b"\xaa\xaa\x03\0\0\0", b"\x42\x42\3")) + self.random(20)
            self.ethernet(self.rng.choice((0x8847, 0x5FF, 0x600, 3, 0x8035)))

    def options(self):
        """Puts GENEVE options in front; returns their words."""
        rng = self.rng
        count = rng.randrange(6)
        words = 0
        for _ in range(count):
            length = rng.choice((0, 1, 1, 2, 3, 4, 8))
            wrong = 0 if rng.random() < 0.97 else 1
            self.front(struct.pack(">HBB", rng.choice(OPTION_CLASSES), rng.choice(OPTION_TYPES), rng.randrange(8) << 5 | (length + wrong)) +
                       self.random(4 * length))
            words += 1 + length
        self.note("options", count)
        return words

    def tunnel(self, vxlan_port, geneve_port):
        """A tunnel header around what is there."""
        rng = self.rng
        kind = rng.choice(("vxlan", "geneve", "geneve"))
        rare = rng.random()
        if kind == "vxlan":
            self.front(struct.pack(">BxH", 0x08 if rare < 0.97 else self.byte(), 0) + self.random(3) + bytes((rare > 0.99,)))
        else:
            words = self.options() + (0 if rare < 0.95 else rng.choice((-1, 1, 20)))
            first = (words & 63) | (0 if rng.random() < 0.98 else 0x40)
            self.front(struct.pack(">BBH", first, rng.getrandbits(2) << 6 | (rng.random() < 0.02), 0x6558 if rng.random() < 0.98 else 0x800) +
                       self.random(3) + bytes((rare < 0.01,)))
        port = vxlan_port if kind == "vxlan" else geneve_port
        self.front(struct.pack(">HHHH", rng.getrandbits(16), port, len(self.data) + 8, rng.choice((0, rng.getrandbits(16)))))
        if rng.random() < 0.5:
            self.ethernet(self.ip4(17, options=rng.random() < 0.1, fragment=rng.random() < 0.1))
        else:
            self.ethernet(self.ip6(self.extensions(17, 0) if rng.random() < 0.1 else 17))
        self.note(kind)
        self.plain = False

    def cut(self, size):
        """Shortened to `size` bytes, with the IP headers' lengths mended."""
        data = bytearray(self.data[:size])
        for at, version in self.ip:
            if version == 4 and len(data) >= at + 20:
                ihl = 4 * (data[at] & 15)
                struct.pack_into(">H", data, at + 2, len(data) - at)
                struct.pack_into(">H", data, at + 10, 0)
                struct.pack_into(">H", data, at + 10, checksum(bytes(data[at:at + ihl].ljust(ihl, b"\0"))))
            if version == 6 and len(data) >= at + 40:
                struct.pack_into(">H", data, at + 4, len(data) - at - 40)
        return bytes(data)


def random_stack(rng, vxlan_port=4789, geneve_port=6081):
    stack = Stack(rng)
    stack.level()
    if rng.random() < 0.5:
        stack.tunnel(vxlan_port, geneve_port)
    return stack


def edge_frames(rng):
    """Frames whose last extension or L4 header begins just before the last byte that the parser sees."""
    for tags in range(3):
        for last in EXTENSIONS + (6, 17, 132, 58):
            for left in (4, 7, 8, 12, 16, 20, 24, 32, 40):
                for words in range(42, 53):
                    stack = Stack(rng)
                    first = b"\x87\0" if last == 58 else bytes((rng.choice(FINAL), rng.choice((0, 0, 1, 255))))
                    option = b"\1\1" if left == 32 else b""
                    stack.data = (first + b"\0\1" + rng.randbytes(8) + b"\x50" + rng.randbytes(11) + option + rng.randbytes(left))[:left]
                    stack.front(bytes((last, words - 2)) + rng.randbytes(4 * words - 2))
                    stack.ip6(51)
                    stack.front(rng.randbytes(12) + b"\x81\0\0\1" * tags + b"\x86\xdd")
                    yield stack.data
