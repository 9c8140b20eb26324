#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What tests reached of the RTL: lines as Verilator counted them, signals that rose and fell, and functional bins.

Every hole needs an entry in the holes file that says why it is one; a hole without an entry, and a pattern without a
hole, fail. Instances of a module count together: what one of them reached is reached.
"""

import argparse
import json
import re
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from toggles import read_cells, read_toggles

ROOT = Path(__file__).resolve().parents[2]
RTL = "hw/rtl/"
KINDS = ("line", "toggle")
POINT = re.compile(r"C '(.*)' (\d+)$")
BIT = re.compile(r"(.*)\[(\d+)\]$")
SHOWN = 40


@dataclass(frozen=True, order=True)
class Point:
    """A place that was reached or not; `what` is the branch (if, else, case, block), or the signal with its bit.

    A bit of a signal has no line, it is known by its name.
    """

    kind: str
    file: str
    line: int
    what: str


@dataclass
class Pattern:
    """Of the holes file: regular expressions for the whole of a point's file and of its text.

    Of a signal, the text is its name, and `bits` are those of its bits that are meant; None: all.
    """

    kind: str
    file: re.Pattern
    what: re.Pattern
    bits: frozenset | None
    reason: str
    used: int = field(default=0)

    def covers(self, point, text):
        if point.kind != self.kind or not self.file.fullmatch(point.file):
            return False
        bit = BIT.match(text) if self.kind == "toggle" else None
        if self.bits is not None and not (bit and int(bit[2]) in self.bits):
            return False
        return bool(self.what.fullmatch(bit[1] if bit else text))

    def __str__(self):
        return f"{self.kind} {self.file.pattern} {self.what.pattern}{'' if self.bits is None else f'[{ranges(self.bits)}]'}"


@dataclass(frozen=True)
class Hole:
    point: Point
    text: str
    reason: str | None


# ---- What was measured ----

def parse_point(line):
    """(Point, count) of a line of Verilator's file, None for what is not of the RTL."""
    match = POINT.match(line)
    if not match:
        return None
    keys = dict(item.split("\x02", 1) for item in match[1].split("\x01") if item)
    if not keys["f"].startswith(RTL):
        return None
    return Point("line", keys["f"], int(keys["l"]), keys["o"]), int(match[2])


def read_lines(files):
    """Point to count, summed over files and instances."""
    counts = defaultdict(int)
    for name in files:
        points = [p for p in map(parse_point, Path(name).read_text(errors="replace").splitlines()) if p]
        if not points:
            raise ValueError(f"{name}: no coverage data of {RTL}")
        for point, count in points:
            counts[point] += count
    return counts


def read_bits(files, cells):
    """Point to 1 for each bit that rose and fell, to 0 for others."""
    counts = {}
    for (module, name), (width, low, rose, fell) in read_toggles(files, cells).items():
        for n in range(width):
            what = name if low is None else f"{name}[{low + n}]"
            counts[Point("toggle", f"{RTL}{module}.sv", 0, what)] = rose >> n & fell >> n & 1
    return counts


# ---- What has a reason ----

def read_holes(path):
    patterns = []
    for entry in tomllib.loads(path.read_text()).get("hole", []):
        if entry["kind"] not in KINDS or not entry["reason"] or not entry["what"]:
            raise ValueError(f"{path}: an entry without kind, what or reason: {entry}")
        patterns += [Pattern(entry["kind"], re.compile(RTL + entry["file"]), re.compile(what), bits_of(entry),
                             entry["reason"]) for what in entry["what"]]
    return patterns


def bits_of(entry):
    """The bits that an entry names, as "15:12 3"; None: it names none."""
    if "bits" not in entry:
        return None
    ends = [[int(end) for end in span.split(":")] for span in entry["bits"].split()]
    return frozenset(bit for span in ends for bit in range(span[-1], span[0] + 1))


def text_of(point, root=ROOT, cache={}):  # noqa: B006 (the default is the cache)
    """What a pattern is matched with: a signal and its bit, or `branch: source line`."""
    if point.kind == "toggle":
        return point.what
    path = root / point.file
    if path not in cache:
        cache[path] = path.read_text().splitlines()
    return f"{point.what}: {cache[path][point.line - 1].strip()}"


def explain(counts, patterns, root=ROOT):
    """What was not reached, in order, each with the reason of the first pattern that covers it."""
    holes = []
    for point in sorted(p for p, n in counts.items() if n == 0):
        text = text_of(point, root)
        pattern = next((p for p in patterns if p.covers(point, text)), None)
        if pattern:
            pattern.used += 1
        holes.append(Hole(point, text, pattern.reason if pattern else None))
    return holes


def read_exceptions(path):
    """Bin to reason, of lines `bin: reason`."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


# ---- The report ----

def ranges(numbers):
    """3, 4, 5, 9 as "9 5:3"."""
    spans = []
    for n in sorted(numbers):
        if spans and spans[-1][1] == n - 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return " ".join(f"{high}:{low}" if high > low else f"{low}" for low, high in reversed(spans))


def fold(holes):
    """Lines of text: the bits of a signal that have the same reason are one."""
    groups = defaultdict(list)
    for hole in holes:
        match = BIT.match(hole.text) if hole.point.kind == "toggle" else None
        key = (hole.point.kind, hole.point.file, hole.point.line, match[1] if match else hole.text, hole.reason)
        groups[key].append(int(match[2]) if match else None)
    for (kind, file, line, text, reason), bits in groups.items():
        bits = "" if bits[0] is None else f"[{ranges(bits)}]"
        yield f"{kind} {file}{f':{line}' if line else ''} {text}{bits}: {reason or 'NO REASON'}"


def table(counts):
    rows = defaultdict(lambda: [0, 0, 0, 0])
    for point, count in counts.items():
        at = 2 * KINDS.index(point.kind)
        for row in rows[point.file], rows[""]:
            row[at] += count > 0
            row[at + 1] += 1
    for name, row in sorted(rows.items()):
        shares = [f"{row[i]:6} of {row[i + 1]:6} {kind:7} {100 * row[i] / row[i + 1]:5.1f} %"
                  for i, kind in ((0, "lines"), (2, "toggles")) if row[i + 1]]
        yield f"  {name.removeprefix(RTL) or 'all':24} {'   '.join(shares)}"


def check_bins(bins, exceptions):
    """Prints the bins that were not reached; those without a reason."""
    empty = [name for name, count in bins.items() if not count]
    print(f"  functional bins: {len(bins) - len(empty)} of {len(bins)}")
    for name in empty:
        print(f"    {name}: {exceptions.get(name, 'NO REASON')}")
    return [f"bin {name}: NO REASON" for name in empty if name not in exceptions]


def data_files(folder, suffix):
    files = sorted(folder.glob(f"*.{suffix}"))
    if not files:
        raise ValueError(f"{folder}: no coverage data *.{suffix}")
    return files


def parse_args(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holes", type=Path, default=Path(__file__).with_name("holes.toml"))
    parser.add_argument("--root", type=Path, default=ROOT, help="folder that names of sources start from")
    parser.add_argument("--bins", type=Path, help="functional bins, a JSON object of name to count")
    parser.add_argument("--exceptions", type=Path, help="bins that need not be reached, lines `bin: reason`")
    parser.add_argument("--cells", type=Path, required=True, help="Verilator's XML of the chip: instances and modules")
    parser.add_argument("--list", type=Path, required=True, help="file to write all holes into")
    parser.add_argument("data", type=Path, help="folder of *.dat, Verilator's counters, and *.toggles")
    return parser.parse_args(arguments)


def main(arguments=None):
    args = parse_args(arguments)
    counts = read_lines(data_files(args.data, "dat")) | read_bits(data_files(args.data, "toggles"), read_cells(args.cells))
    patterns = read_holes(args.holes)
    holes = explain(counts, patterns, args.root)
    args.list.write_text("".join(f"{line}\n" for line in fold(holes)))
    print("\n".join(table(counts)))
    bad = list(fold(hole for hole in holes if not hole.reason))
    bad += [f"{args.holes.name}: {p}: no such hole any more" for p in patterns if not p.used]
    if args.bins:
        bad += check_bins(json.loads(args.bins.read_text()), read_exceptions(args.exceptions) if args.exceptions else {})
    for line in bad[:SHOWN]:
        print(f"  {line}")
    if len(bad) > SHOWN:
        print(f"  and {len(bad) - SHOWN} more, see {args.list}")
    for kind in KINDS:
        of_kind = [hole for hole in holes if hole.point.kind == kind]
        print(f"{kind} holes: {len(of_kind)}, without a reason: {sum(not hole.reason for hole in of_kind)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
