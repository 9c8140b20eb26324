# SPDX-License-Identifier: BSD-3-Clause
"""vectors.py <folder> <seed>: writes parser.txt, a frame a line: configuration, length, tunnel port, source port, metadata, header bytes,
then the parse result and key that are expected. Every named frame is also held against what its author says of it, and
every field, reason and kind of frame must occur."""
import collections
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import frames  # noqa: E402
import model  # noqa: E402
import stacks  # noqa: E402

DAMAGED, RANDOM, CUT_STACKS, FEWEST = 3000, 12000, 6, 4
REASONS = ("HEADER_LENGTH", "IP_MALFORMED", "IPV6_EXT", "SNAP", "ND_OPTIONS")  # of both levels
NAME_OF = {value: name for name, value in model.PUNT.items()}


def config(rng):
    """GNV_SEL registers that often name what stacks.py makes, and UDP ports."""
    def select():
        return ((rng.random() < 0.9) << 31 | rng.choice((0, 0, 1, 2, 7, 16, 30)) << 24 | rng.choice(stacks.OPTION_TYPES) << 16 |
                rng.choice(stacks.OPTION_CLASSES))
    port = rng.randrange(1, 1 << 16)
    return tuple(select() for _ in range(4)), port, rng.choice((port, port ^ 0x100, port ^ 1))


class Writer:
    """Lines of the file, and what occurs in them."""

    def __init__(self, rng):
        self.rng, self.lines, self.seen = rng, [], collections.Counter()
        self.gnv_sel, self.vxlan, self.geneve = frames.GNV_SEL, 4789, 6081

    def add(self, frame, port, tunnel, notes=()):
        rng = self.rng
        meta = {"table_id": rng.getrandbits(8), "ct_state": rng.getrandbits(8), "ct_zone": rng.getrandbits(16), "ct_mark": rng.getrandbits(32)}
        key, parsed = model.parse(frame, port, tunnel, self.vxlan, self.geneve, self.gnv_sel, meta)
        self.count(frame, key, parsed, notes)
        selects = sum(sel << 32 * i for i, sel in enumerate(self.gnv_sel))
        known = 0 if parsed.get("punt") else model.pack_key(key)
        self.lines.append(f"{selects:x} {self.vxlan:x} {self.geneve:x} {len(frame):x} {tunnel:x} {port:x} "
                          f"{model.pack_struct('frame_meta', meta):x} {frames.header_hex(frame)} {model.pack_struct('parsed', parsed):x} {known:x}\n")

    def count(self, frame, key, parsed, notes):
        """Notes count for frames that are taken only."""
        if parsed.get("punt"):
            # Behind a tunnel header, when there would be no reason without looking there.
            inner = not model.parse(frame, 0, False)[1].get("punt")
            self.seen[f"{'inner' if inner else 'outer'} punt {NAME_OF[parsed['punt']]}"] += 1
            return
        level = "inner" if "tun_type" in key else "outer"
        self.seen.update(f"field {name}" for name, value in key.items() if value)
        self.seen.update(f"{level} {note}" for note in notes)
        self.seen[f"{level} l3 {key.get('l3_type', 0)} l4 {key.get('l4_type', 0)}"] += 1
        self.seen[f"{level} l3 {key.get('l3_type', 0)} frag {key.get('frag', 0)}"] += 1
        self.seen[f"vlans {parsed.get('vlans', 0)}"] += 1
        self.seen[f"tunnel {key.get('tun_type', 0)} ip6 {key.get('tun_ip6', 0)}"] += 1
        self.seen.update(f"gnv_opt{i} {key.get('gnv_present', 0) >> i & 1}" for i in range(4))
        self.seen.update(f"tun_flag {name}" for name, bit in model.TUN_FLAG.items() if key.get("tun_flags", 0) >> bit & 1)
        if parsed.get("routing"):
            self.seen["routing"] += 1


def wanted():
    """What must occur."""
    yield from (f"field {f['name']}" for f in model.ABI["key"]["fields"])
    yield from (f"{level} punt {reason}" for level in ("outer", "inner") for reason in REASONS)
    yield from (f"inner punt {reason}" for reason in ("TUNNEL", "GENEVE_OPTIONS"))
    yield from (f"vlans {n}" for n in range(3))
    yield from (f"tunnel {kind} ip6 {ip6}" for kind in (1, 2) for ip6 in (0, 1))
    yield from (f"gnv_opt{i} {present}" for i in range(4) for present in (0, 1))
    yield from (f"tun_flag {name}" for name in model.TUN_FLAG)
    yield "routing"
    for level in ("outer", "inner"):
        yield from (f"{level} l3 1 l4 {l4}" for l4 in range(5))
        yield from (f"{level} l3 2 l4 {l4}" for l4 in (0, 1, 2, 3, 5))
        yield from (f"{level} l3 {l3} l4 0" for l3 in (0, 3))
        yield from (f"{level} l3 {l3} frag {frag}" for l3 in (1, 2) for frag in (0, 1, 3))
        yield from (f"{level} extensions {n}" for n in range(5))
        yield from (f"{level} ext {kind}" for kind in stacks.EXTENSIONS)
        yield from (f"{level} nd {kind} {options}" for kind in (135, 136) for options in ("none", "own", "short"))
        yield from (f"{level} arp {good} {high}" for good in (True, False) for high in (0, 1))
        yield from (f"inner options {n}" for n in range(5) if level == "inner")


def check(name, frame, want):
    key, parsed = model.parse(frame, 3, True, gnv_sel=frames.GNV_SEL)
    if isinstance(want, str):
        assert parsed.get("punt") == model.PUNT[want], (name, parsed)
    else:
        assert not parsed.get("punt"), (name, parsed)
        for field, value in want.items():
            assert key.get(field) == value, (name, field, key.get(field))


def long_stack(rng, writer, notes):
    """A stack that is taken whole, has these notes, and fills much of what the parser sees."""
    while True:
        stack = stacks.random_stack(rng, writer.vxlan, writer.geneve)
        _, parsed = model.parse(stack.data, 3, True, writer.vxlan, writer.geneve)
        if notes <= set(stack.notes) and not parsed.get("punt") and parsed.get("l4_off", 0) > 130 and len(stack.data) < 300:
            return stack


def main():
    rng = random.Random(int(sys.argv[2]))
    writer = Writer(rng)
    named = frames.named()
    for name, frame, want in named:
        check(name, frame, want)
        writer.add(frame, 3, True)
        writer.add(frame, 17, False)
    for _ in range(DAMAGED):
        writer.add(frames.damaged(rng, rng.choice(named)[1]), rng.randrange(48), rng.random() < 0.8)
    for frame in stacks.edge_frames(rng):
        writer.add(frame, 3, True)
    for n in range(CUT_STACKS):
        stack = long_stack(rng, writer, {"geneve", "options 4"} if n % 2 else {"vxlan", "extensions 4"})
        for size in range(14, len(stack.data)):
            writer.add(stack.data[:size], 3, True)
            writer.add(stack.cut(size), 3, True)
    for n in range(RANDOM):
        if n % 600 == 0:
            writer.gnv_sel, writer.vxlan, writer.geneve = config(rng)
        stack = stacks.random_stack(rng, writer.vxlan, writer.geneve)
        tunnel = rng.random() < 0.9
        frame = stack.data if rng.random() < 0.9 else frames.damaged(rng, stack.data, 200)
        writer.add(frame, rng.randrange(64), tunnel, stack.notes if frame is stack.data and (tunnel or stack.plain) else ())
    missing = [what for what in wanted() if writer.seen[what] < FEWEST]
    assert not missing, f"too few frames of: {missing}"
    Path(sys.argv[1], "parser.txt").write_text("".join(writer.lines), encoding="ascii")


main()
