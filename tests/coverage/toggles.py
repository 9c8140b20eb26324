# SPDX-License-Identifier: BSD-3-Clause
"""Toggles of signals, from the files that sim/rtl/frl_rtl_toggles.h writes.

A file is the head of a waveform (a value change dump, IEEE 1364-2005 clause 18), which tells each instance's signals and
their codes, and then what rose and what fell: a line `code rose fell` for every word of 32 bits, in hexadecimal. A
signal of n words has the codes from its own on. Signals that are the same wire have the same code. Variables of blocks
without a name, those that count loops among them, are no signals: Verilator calls their scopes "unnamedblk".
"""

import re
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from dataclasses import dataclass

TOP = "TOP"  # Verilator's scope around the top module
LOOP = re.compile(r"unnamedblk\d+")
HEAD_END = "$enddefinitions $end\n"
VAR = re.compile(r"\$var\s+\S+\s+(\d+)\s+(\S+)\s+(\S+)\s+(?:\[(\d+)(?::(\d+))?\]\s+)?\$end")


@dataclass(frozen=True)
class Signal:
    """As its module knows it: `name` with the generate blocks and the structs that it stands in."""

    module: str
    name: str
    width: int
    low: int | None  # number of the lowest bit, None for a signal without a range
    code: int


def read_cells(path):
    """Instance (its hierarchical name, generate blocks left out) to module, from Verilator's XML."""
    tree = ElementTree.parse(path)
    modules = {module.get("name"): module.get("origName") for module in tree.iter("module")}
    return {cell.get("hier"): modules[cell.get("submodname")] for cell in tree.find("cells").iter("cell")}


def number(code):
    """Of a code, which Verilator writes in characters from "!" on, the lowest digit first."""
    value = 0
    for n, char in enumerate(reversed(code)):
        value = (value + (n > 0)) * 94 + ord(char) - ord("!")
    return value


def read_head(head, cells):
    """Signals of a waveform's head."""
    signals, scopes = [], []  # of scopes: (instance, blocks and structs in it)
    for line in head.splitlines():
        words = line.split()
        if words[:1] == ["$scope"]:
            scopes.append(enter(scopes[-1] if scopes else ("", ()), words[2], cells))
        elif words[:1] == ["$upscope"]:
            scopes.pop()
        elif match := VAR.search(line):
            instance, blocks = scopes[-1]
            if instance and not any(LOOP.fullmatch(block) for block in blocks):
                width, code, name, high, low = match.groups()
                signals.append(Signal(cells[instance], ".".join((*blocks, name)), int(width),
                                      int(low or high) if high else None, number(code)))
    return signals


def enter(scope, name, cells):
    instance, blocks = scope
    inner = f"{instance}.{name}" if instance else name
    if inner in cells:
        return inner, ()
    return instance, blocks if name == TOP and not instance else (*blocks, name)


def read_toggles(files, cells):
    """(module, signal) to (width, low, bits that rose, bits that fell), over all files and instances."""
    sums, heads = {}, {}
    for path in files:
        head, end, rest = path.read_text().partition(HEAD_END)
        if not end:
            raise ValueError(f"{path}: not a file of toggles")
        if head not in heads:
            heads[head] = read_head(head, cells), defaultdict(int), defaultdict(int)
        _, rose, fell = heads[head]
        for line in rest.splitlines():
            if not line:
                continue
            code, up, down = (int(word, 16) for word in line.split())
            rose[code] |= up
            fell[code] |= down
    for signals, rose, fell in heads.values():
        for signal in signals:
            add(sums, signal, wide(rose, signal), wide(fell, signal))
    return sums


def wide(words, signal):
    """A signal's bits, from the words of its codes."""
    return sum(words.get(signal.code + n, 0) << 32 * n for n in range((signal.width + 31) // 32))


def add(sums, signal, rose, fell):
    key = signal.module, signal.name
    width, _, up, down = sums.get(key, (0, None, 0, 0))
    sums[key] = max(width, signal.width), signal.low, up | rose, down | fell
