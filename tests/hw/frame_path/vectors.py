#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Frames, decisions and expected results for the frame_path bench: vectors.py <folder> <seed>.

Every expected frame is built from scratch by scapy, all checksums computed over the whole frame, so
that it shares nothing with the RTL's way (mending by the difference). Written, one hex number a line:

    bytes.hex   all frames, a byte a line
    index.hex   a vector a line, 256 bits, fields of INDEX, first one lowest
    act.hex     {verdict, leg, encap, parsed} of the vector, as struct widths in chip.toml
    meta.hex    frame_meta_t of the vector, for frames from the host interface
    jobs.hex    vectors to send, in order (those that no copy brings), their count first
    tagged.hex  the same, of frames whose bytes are all one value, with legs of zeroes
"""

import random
import struct
import sys
import tomllib
from pathlib import Path

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP
from scapy.layers.inet6 import (ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                                IPv6ExtHdrRouting, PadN)
from scapy.layers.ipsec import AH
from scapy.layers.l2 import ARP
from scapy.layers.sctp import SCTP
from scapy.packet import Raw

DATA = Path(__file__).resolve().parents[3] / "hw/data"
CHIP = tomllib.loads((DATA / "chip.toml").read_text())
ABI = tomllib.loads((DATA / "abi.toml").read_text())

INDEX = [("in_at", 32), ("in_len", 16), ("out_at", 32), ("out_len", 16), ("src", 8), ("dest", 8), ("rxq", 8),
         ("reason", 8), ("mark", 32), ("port", 8), ("slow", 8), ("rule", 32), ("src_port", 8), ("replica", 8),
         ("last", 8)]

WIRE0, WIRE1, HOST, FW, VF0 = 0, 1, 8, 9, 16
TO_HOST, DROPPED = 2, 3
DISABLED_PORT = 30
MAX_LEN = {WIRE1: 1514, VF0 + 3: 700}
SLOW_PAIR = {port: (port * 7 + 3) % 32 for port in range(64)}
PLAIN_SIZES = [0, 1, 18, 46, 47, 60, 64, 100, 127, 190, 242, 256, 300, 512, 700, 1400, 1460]
RANDOM_VECTORS = 1500


def enum(name, item):
    items = (ABI["enum"].get(name) or CHIP["enum"][name])["items"]
    return next(entry["value"] for entry in items if entry["name"] == item)


def pack(fields, values, low_first):
    """A struct of chip.toml as a number, and its width."""
    assert not set(values) - {field["name"] for field in fields}, values
    number = at = 0
    for field in fields if low_first else reversed(fields):
        value = values.get(field["name"], 0)
        assert 0 <= value < 1 << field["width"], (field, value)
        number |= value << at
        at += field["width"]
    return number, at


def act(verdict, leg, encap, parsed):
    """What match_action hands over, {verdict, leg, encap, parsed}."""
    number = 0
    for value, (fields, low) in ((verdict, (CHIP["struct"]["verdict"]["fields"], False)),
                                 (leg, (CHIP["row"]["leg"]["fields"], True)),
                                 (encap, (CHIP["row"]["encap"]["fields"], True)),
                                 (parsed, (CHIP["struct"]["parsed"]["fields"], False))):
        part, width = pack(fields, value, low)
        number = number << width | part
    return number


# IPv6 extension headers (RFC 8200, 4; RFC 4302) and their bytes. Behind the routing header stands a destination that is
# still to come: the checksum has that one.
EXTENSIONS = {
    "hop": (lambda: IPv6ExtHdrHopByHop(options=PadN(optdata=bytes(12))), 16),
    "dest": (lambda: IPv6ExtHdrDestOpt(options=PadN(optdata=bytes(4))), 8),
    "routing": (lambda: IPv6ExtHdrRouting(addresses=["2001:db8::1"], segleft=1), 24),
    "fragment": (lambda: IPv6ExtHdrFragment(m=1, id=1), 8),
    "auth": (lambda: AH(payloadlen=4, icv=bytes(12)), 24),
}
L4_NUMBER = {"tcp": 6, "udp": 17, "udp0": 17, "sctp": 132, "icmp": 58}
EXT_NUMBER = {"hop": 0, "dest": 60, "routing": 43, "fragment": 44, "auth": 51}


class Frame:
    """A frame as its parts: Ethernet addresses, VLAN tags, and what comes behind them."""

    def __init__(self, rng, size=None, plain=False, vlans=None):
        self.rng = rng
        self.dst, self.src = rng.getrandbits(48), rng.getrandbits(48)
        count = rng.choice([0, 0, 1, 2]) if vlans is None else vlans
        self.vlans = [(rng.choice([0x8100, 0x88a8]), rng.getrandbits(16)) for _ in range(count)]
        self.l3 = "ip4" if plain else rng.choice(["ip4", "ip4", "ip4", "ip6", "ip6", "arp", "raw"])
        self.l4 = "udp" if plain else rng.choice(["tcp", "tcp", "udp", "udp", "udp0", "sctp", "icmp", "fragment"])
        self.payload = rng.randbytes(rng.choice(PLAIN_SIZES) if size is None else size)
        self.addr = [rng.getrandbits(128), rng.getrandbits(128)]
        self.ports = [rng.getrandbits(16), rng.getrandbits(16)]
        self.ttl = rng.choice([2, 64, 255])
        self.tos, self.ident = rng.getrandbits(8), rng.getrandbits(16)
        self.seq = rng.getrandbits(32)
        self.options = 0 if plain else rng.choice([0, 0, 0, 4, 40])
        self.ext = [] if plain or rng.random() < 0.6 else rng.sample(sorted(EXTENSIONS), rng.choice([1, 1, 2, 4]))
        if self.ext and self.ext[-1] == "auth":  # scapy sums TCP and UDP only behind a header that it counts as IPv6's
            self.ext = self.ext[:-1] + ["auth", "dest"] if "dest" not in self.ext else self.ext[-1:] + self.ext[:-1]
        self.tcp_options = rng.choice([[], [("MSS", 1460)], [("NOP", None)] * 12])

    def copy(self):
        other = Frame.__new__(Frame)
        other.__dict__.update(self.__dict__)
        other.vlans, other.addr, other.ports = self.vlans[:], self.addr[:], self.ports[:]
        return other

    def layer4(self):
        sport, dport = self.ports
        if self.l4 == "tcp":
            return TCP(sport=sport, dport=dport, seq=self.seq, options=self.tcp_options)
        if self.l4 == "udp":
            return UDP(sport=sport, dport=dport)
        if self.l4 == "udp0":
            return UDP(sport=sport, dport=dport, chksum=0)
        if self.l4 == "sctp":
            return SCTP(sport=sport, dport=dport, tag=self.seq)
        if self.l4 == "icmp":
            return ICMPv6EchoRequest(id=sport, seq=dport) if self.l3 == "ip6" else ICMP(id=sport, seq=dport)
        return Raw(struct.pack(">HH", sport, dport))

    def extensions(self):
        """Bytes of the extension headers."""
        there = self.l3 == "ip6" and self.l4 != "fragment"
        return sum(EXTENSIONS[name][1] for name in self.ext) if there else 0

    def layer3(self):
        """EtherType and the bytes behind it."""
        if self.l3 == "ip4":
            src, dst = (".".join(map(str, struct.pack(">I", a & 0xffffffff))) for a in self.addr)
            proto = {"proto": 17} if self.l4 == "fragment" else {}
            ip = IP(src=src, dst=dst, ttl=self.ttl, tos=self.tos, id=self.ident,
                    options=[IPOption_NOP()] * self.options, frag=9 if self.l4 == "fragment" else 0, **proto)
            return 0x0800, bytes(ip / self.layer4() / Raw(self.payload))
        if self.l3 == "ip6":
            src, dst = (":".join(f"{(a >> s) & 0xffff:x}" for s in range(112, -1, -16)) for a in self.addr)
            nh = {"nh": 253} if self.l4 == "fragment" else {}
            ip = IPv6(src=src, dst=dst, hlim=self.ttl, tc=self.tos, **nh)
            if self.extensions():
                ip.nh = EXT_NUMBER[self.ext[0]]
            for number, name in enumerate(self.ext if self.extensions() else []):
                header = EXTENSIONS[name][0]()
                header.nh = EXT_NUMBER[self.ext[number + 1]] if number + 1 < len(self.ext) else L4_NUMBER[self.l4]
                ip = ip / header
            return 0x86dd, bytes(ip / self.layer4() / Raw(self.payload))
        if self.l3 == "arp":
            return 0x0806, bytes(ARP()) + self.payload
        return 0x88b5, self.payload

    def build(self):
        ether_type, rest = self.layer3()
        tags = b"".join(struct.pack(">HH", tpid, tci) for tpid, tci in self.vlans)
        return self.dst.to_bytes(6, "big") + self.src.to_bytes(6, "big") + tags + struct.pack(">H", ether_type) + rest

    def fits(self, base):
        """Are its headers within what the parser sees, with a tunnel of so many bytes before them?"""
        parsed = self.parsed(base)
        return max(parsed["l3_off"] + 40, parsed.get("l4_off", 0) + 20) <= 256

    def parsed(self, base):
        """parsed_t, of a frame that begins `base` bytes behind the start."""
        l3_off = base + 14 + 4 * len(self.vlans)
        out = {"base": base, "vlans": len(self.vlans), "l3_off": l3_off, "hash": self.rng.getrandbits(32),
               "tunnel": enum("tun_type", "VXLAN") if base else 0}
        out["l3_type"] = enum("l3_type", {"ip4": "IPV4", "ip6": "IPV6", "arp": "ARP", "raw": "NONE"}[self.l3])
        if self.l3 in ("ip4", "ip6") and self.l4 != "fragment":
            name = {"udp0": "UDP", "icmp": "ICMPV6" if self.l3 == "ip6" else "ICMP"}.get(self.l4, self.l4.upper())
            out["l4_type"] = enum("l4_type", name)
            out["l4_off"] = l3_off + (40 + self.extensions() if self.l3 == "ip6" else 20 + self.options)
            out["routing"] = int(self.extensions() and "routing" in self.ext)
        return out


def wrap(inner, row, sport):
    """VXLAN around a frame (RFC 7348)."""
    outer = IP(src=".".join(map(str, row["ip_src"].to_bytes(4, "big"))), tos=row["tos"], ttl=row["ttl"], id=0,
               dst=".".join(map(str, row["ip_dst"].to_bytes(4, "big"))), flags="DF" if row["df"] else 0)
    vxlan = bytes([8, 0, 0, 0]) + row["vni"].to_bytes(3, "big") + b"\0"
    return (row["eth_dst"].to_bytes(6, "big") + row["eth_src"].to_bytes(6, "big") + b"\x08\x00"
            + bytes(outer / UDP(sport=sport, dport=row["udp_dst"], chksum=0) / Raw(vxlan + inner)))


def random_encap(rng):
    return {"eth_dst": rng.getrandbits(48), "eth_src": rng.getrandbits(48), "ip_src": rng.getrandbits(32),
            "ip_dst": rng.getrandbits(32), "udp_dst": 4789, "vni": rng.getrandbits(24), "tos": rng.getrandbits(8),
            "ttl": rng.getrandbits(8), "df": rng.getrandbits(1)}


EDITS = ["DECAP", "SET_ETH_SRC", "SET_ETH_DST", "SET_IP_SRC", "SET_IP_DST", "SET_TTL", "DEC_TTL", "SET_TP_SRC",
         "SET_TP_DST", "ENCAP"]


def random_leg(rng, edits=None, pop=None, push=None):
    """A leg with all fields filled, used or not."""
    chosen = {name for name in EDITS if rng.random() < 0.4} if edits is None else set(edits)
    if {"SET_TTL", "DEC_TTL"} <= chosen:
        chosen.remove("SET_TTL")
    leg = {"edits": sum(1 << enum("edit", name) for name in chosen),
           "pop": rng.choice([0, 0, 1, 2]) if pop is None else pop,
           "push": rng.choice([0, 0, 1, 2]) if push is None else push, "mark": rng.getrandbits(32), "ttl": rng.choice([1, 64, 200])}
    for name, width in (("eth_dst", 48), ("eth_src", 48), ("vlan0_tci", 16), ("vlan0_tpid", 16), ("vlan1_tci", 16),
                        ("vlan1_tpid", 16), ("ip_src", 128), ("ip_dst", 128), ("tp_src", 16), ("tp_dst", 16)):
        leg[name] = rng.getrandbits(width)
    return chosen, leg


def apply(frame, outer, chosen, leg, encap, hash_):
    """The frame that leaves: `outer` are the tunnel bytes before `frame`."""
    own = not outer or "DECAP" in chosen
    new = frame.copy()
    head = b"" if "DECAP" in chosen else outer
    if own:
        new.vlans = new.vlans[min(leg["pop"], len(new.vlans)):]
        new.dst = leg["eth_dst"] if "SET_ETH_DST" in chosen else new.dst
        new.src = leg["eth_src"] if "SET_ETH_SRC" in chosen else new.src
        for side, name in enumerate(("SRC", "DST")):
            if f"SET_IP_{name}" in chosen:
                new.addr[side] = leg[f"ip_{name.lower()}"]
            if f"SET_TP_{name}" in chosen and new.l4 in ("tcp", "udp", "udp0"):
                new.ports[side] = leg[f"tp_{name.lower()}"]
        if "SET_TTL" in chosen:
            new.ttl = leg["ttl"]
        if "DEC_TTL" in chosen:
            new.ttl -= 1
    out = head + new.build()
    tags = [struct.pack(">HH", leg[f"vlan{i}_tpid"], leg[f"vlan{i}_tci"]) for i in range(leg["push"])]
    out = out[:12] + b"".join(tags) + out[12:]
    if "ENCAP" in chosen:
        out = wrap(out, encap, 0xc000 | hash_ & 0x3fff)
    return out


class Vectors:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.bytes, self.index, self.acts, self.metas, self.jobs, self.tags = bytearray(), [], [], [], [], []
        self.none = {name: 0 for name, _ in INDEX}
        self.add(self.none, 0, 0)  # vector 0 is never used: next_leg 0 ends a list

    def add(self, row, act_, meta):
        self.index.append(dict(row))
        self.acts.append(act_)
        self.metas.append(meta)
        return len(self.index) - 1

    def store(self, data):
        at = len(self.bytes)
        self.bytes += data
        return at

    def expect(self, row, data, verdict):
        """Destination and drop reason, from the length after the edits and the bench's configuration."""
        port, reason = verdict["port"], verdict.get("drop", 0)
        known = port in (WIRE0, WIRE1, HOST, FW) or VF0 <= port < VF0 + 16
        if not reason and not known:
            reason = enum("drop", "NO_SUCH_PORT")
        elif not reason and port == DISABLED_PORT:
            reason = enum("drop", "PORT_DOWN")
        elif not reason and port not in (HOST, FW) and len(data) > MAX_LEN.get(port, 9216):
            reason = enum("drop", "TOO_LONG")
        row["dest"] = DROPPED if reason else port if port in (WIRE0, WIRE1) else TO_HOST
        row["reason"] = reason if reason else verdict.get("reason", 0)
        row["rxq"] = {HOST: 2 * SLOW_PAIR[row["src_port"]], FW: 126}.get(port, (64 + 2 * (port - VF0)) & 0xff)
        row["out_at"], row["out_len"] = self.store(data), len(data)

    def random_port(self):
        return self.rng.choice([WIRE0, WIRE0, WIRE1, WIRE1, HOST, FW, VF0, VF0 + 3, VF0 + 15]
                               + ([7, 2, 40, 200, DISABLED_PORT] if self.rng.random() < 0.2 else []))

    def frame(self, frame=None, legs=None, src=None, port=None, tunnel=None):
        """A frame with one leg or more, looked up. Returns its first vector."""
        rng = self.rng
        frame = frame or Frame(rng)
        src = rng.choice([WIRE0, WIRE1, HOST]) if src is None else src
        src_port = rng.choice([VF0, VF0 + 5, HOST]) if src == HOST else src
        tunnel = rng.choice([False, False, False, False, True, "other"]) if tunnel is None else tunnel
        outer, data = b"", frame.build()
        if tunnel is True or (tunnel and not frame.fits(70)):
            data = wrap(frame.build(), random_encap(rng), 0xc123)
            outer = data[:50]
        elif tunnel:  # any other outer headers: IPv6, GENEVE with options; nobody looks at them here
            outer = rng.randbytes(rng.choice([size for size in (54, 58, 70, 78, 98, 126, 162, 190, 200) if frame.fits(size)]))
            data = outer + data
        parsed = frame.parsed(len(outer))
        legs = legs or [random_leg(rng) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        at, ids = self.store(data), []
        for number, (chosen, leg) in enumerate(legs):
            encap = random_encap(rng)
            verdict = {"port": self.random_port() if port is None else port, "rule": rng.getrandbits(20), "rule_hit": 1,
                       "encap_en": int("ENCAP" in chosen), "reason": rng.choice([1, 2])}
            if port is None and rng.random() < 0.05:
                verdict["drop"] = enum("drop", "ACTION")
            row = dict(self.none, in_at=at, in_len=len(data), src=src, src_port=src_port, mark=leg["mark"],
                       port=verdict["port"], rule=verdict["rule"], replica=int(number > 0),
                       last=int(number == len(legs) - 1))
            self.expect(row, apply(frame, outer, chosen, leg, encap, parsed["hash"]), verdict)
            if number < len(legs) - 1:
                leg["next_leg"] = len(self.index) + 1
            meta, _ = pack(CHIP["struct"]["frame_meta"]["fields"], {"src_port": src_port, "replica": 1}, False)
            ids.append(self.add(row, act(verdict, leg, encap, parsed), meta))
        return ids[0]

    def near_zero(self):
        """A frame whose mended L4 checksum falls on or beside 0, where carries and RFC 768's rule show."""
        rng = self.rng
        frame = Frame(rng, 40, vlans=rng.choice([0, 1]))
        frame.l3, frame.l4, frame.ext = rng.choice(["ip4", "ip6"]), rng.choice(["tcp", "udp"]), []
        leg = random_leg(rng, rng.choice([["SET_TP_DST"], ["SET_IP_SRC", "SET_IP_DST", "SET_TP_SRC", "SET_TP_DST"]]), 0, 0)
        leg[1]["tp_dst"] = 0
        out = apply(frame, b"", *leg, {}, 0)
        at = 14 + 4 * len(frame.vlans) + (40 if frame.l3 == "ip6" else 20 + frame.options) + (16 if frame.l4 == "tcp" else 6)
        # With this port the sum would be all ones, its complement 0.
        leg[1]["tp_dst"] = (int.from_bytes(out[at:at + 2], "big") + rng.randrange(-2, 12)) & 0xffff
        return self.frame(frame, [leg], port=WIRE0, tunnel=False)

    def direct(self, src_port):
        """A frame that the host or the firmware sends with its destination given: nothing is edited."""
        rng = self.rng
        data = rng.randbytes(rng.choice([1, 13, 14, 60, 64, 300, 1500]))
        port, mark = self.random_port(), rng.getrandbits(32)
        row = dict(self.none, in_at=self.store(data), in_len=len(data), src=HOST, src_port=src_port, mark=mark, port=port,
                   slow=int(src_port == HOST), last=1)
        verdict = {"port": port, "direct": 1}
        self.expect(row, data, verdict)
        if row["dest"] != DROPPED:
            row["reason"] = enum("punt", "DIRECT")
        _, leg = random_leg(rng)
        junk = {"base": rng.getrandbits(8), "vlans": 2, "l3_off": 14, "l4_off": 34, "l3_type": 1, "l4_type": 1}
        meta, _ = pack(CHIP["struct"]["frame_meta"]["fields"],
                       {"src_port": src_port, "direct": 1, "dst_port": port, "mark": mark}, False)
        return self.add(row, act(verdict, leg, random_encap(rng), junk), meta)

    def plain(self, data, src):
        """Any bytes, forwarded to wire 1 as they are."""
        row = dict(self.none, in_at=self.store(data), in_len=len(data), src=src, src_port=src, port=WIRE1, last=1)
        self.expect(row, data, {"port": WIRE1})
        return self.add(row, act({"port": WIRE1}, {}, {}, {}), 0)

    def tagged(self, number):
        """A frame of one byte value, and a leg and encap entry of zeroes: foreign bytes show."""
        data = bytes([2 + number % 120 * 2]) * self.rng.choice([100, 101, 128, 200, 255, 256, 257, 320, 700])
        src, port = self.rng.choice([WIRE0, WIRE1]), self.rng.choice([WIRE0, WIRE1, VF0])
        row = dict(self.none, in_at=self.store(data), in_len=len(data), src=src, src_port=src, port=port, last=1)
        self.expect(row, data, {"port": port})
        return self.add(row, act({"port": port}, {}, {}, {}), 0)

    def write(self, folder):
        def lines(name, numbers):
            (folder / name).write_text("".join(f"{number:x}\n" for number in numbers))

        lines("bytes.hex", self.bytes)
        lines("index.hex", (pack([{"name": n, "width": w} for n, w in INDEX], row, True)[0] for row in self.index))
        lines("act.hex", self.acts)
        lines("meta.hex", self.metas)
        lines("jobs.hex", [len(self.jobs), *self.jobs])
        lines("tagged.hex", [len(self.tags), *self.tags])


def main(folder, seed):
    vectors = Vectors(seed)
    rng = vectors.rng

    def small(size=18, vlans=0):
        return Frame(rng, size, plain=True, vlans=vlans)

    # Directed ones, in the order that the bench knows them by (from 1).
    vectors.frame(small(), [random_leg(rng, [], 0, 0)], WIRE0, WIRE1, False)                   # 1 forward, 60
    vectors.frame(small(14), [random_leg(rng, [], 0, 1)], WIRE0, WIRE1, False)                 # 2 push, 56 to 60
    vectors.frame(small(), [random_leg(rng, ["ENCAP"], 0, 0)], WIRE0, WIRE1, False)            # 3 encap, 60 to 110
    vectors.frame(small(), [random_leg(rng, ["DECAP"], 0, 0)], WIRE0, WIRE1, True)             # 4 decap, 110 to 60
    vectors.frame(small(), [random_leg(rng, EDITS[1:5] + EDITS[6:9], 0, 0)], WIRE0, WIRE1, False)  # 5 all fields
    vectors.frame(small(9216 - 42), [random_leg(rng, [], 0, 0)], WIRE0, WIRE0, False)          # 6 longest
    vectors.frame(small(), [random_leg(rng, [], 0, 0) for _ in range(2)], WIRE0, WIRE1, False)  # 7, 8 two copies
    vectors.frame(small(), [random_leg(rng, [], 0, 0)], WIRE0, HOST, False)                    # 9 to the host
    vectors.frame(small(), [random_leg(rng, [], 0, 0)], WIRE1, WIRE1, False)                   # 10 forward, from wire 1
    vectors.frame(small(), [random_leg(rng, [], 0, 0)], HOST, WIRE1, False)                    # 11 forward, from host
    vectors.frame(small(9216 - 42), [random_leg(rng, [], 0, 0) for _ in range(2)], WIRE0, WIRE0, False)  # 12, 13

    vectors.plain(bytes(13), WIRE0)                                                            # 14 runt
    vectors.plain(bytes(9217), WIRE0)                                                          # 15 too long
    vectors.plain(bytes(14), WIRE0)                                                            # 16 shortest

    for _ in range(RANDOM_VECTORS):
        if rng.random() < 0.1:
            vectors.jobs.append(vectors.direct(rng.choice([HOST, FW])))
        elif rng.random() < 0.2:
            vectors.jobs.append(vectors.near_zero())
        else:
            vectors.jobs.append(vectors.frame())
    vectors.jobs.append(6)
    vectors.jobs.append(12)
    vectors.tags = [vectors.tagged(number) for number in range(1000)]
    vectors.write(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
