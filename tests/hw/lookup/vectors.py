# SPDX-License-Identifier: BSD-3-Clause
"""vectors.py <folder> <seed>: writes lookup.txt, an operation a line:
  0 wait table index row flip   a table write; wait: only when no lookup is inside
  1 results key                 a lookup, with nine results (punt, hit, rule: 29 bits each, the first highest)

Result n is what is found when 1 fewer than n of the writes that follow in the file are seen: a lookup may miss a TCAM row that
is still being written, and may see up to seven writes behind it. Masks overlap, priorities meet and tie, in and between banks
and TCAM; some slots lie about their rule's key, some TCAM masks change behind their row, some words have a wrong bit."""
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import model  # noqa: E402
from tables import Tables  # noqa: E402

BANKS, SLOTS, TCAM, RULES = 6, 64, 32, 256
ALL = (1 << 1280) - 1
ROUNDS, LOOKUPS, FLIGHTS = 6, 500, 300
BEHIND = 7
PRIOS = (0, 1, 2, 0xFFFF)


class Maker:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.tables = Tables(BANKS, SLOTS)
        self.ops = []  # (wait, table, index, row, flip) or key
        self.pool = [self.rng.getrandbits(1280) for _ in range(40)]
        self.slots = {}  # index to row, of slots that are in use

    def flip(self, width, chance):
        return self.rng.randint(1, width) if self.rng.random() < chance else 0

    def write(self, table, index, row, flip=0, wait=True):
        self.ops.append((wait, table, index, row, flip))
        self.tables.write(table, index, row, flip)

    def masks(self):
        """Few masks for the banks, so that banks share one and rules overlap; a bank stays off now and then."""
        masks = [0, ALL, self.rng.getrandbits(1280) & self.rng.getrandbits(1280), 0xFF, self.rng.getrandbits(32) << 1248]
        for bank in range(BANKS):
            mask = self.rng.choice(masks)
            row = model.pack_row("bank", {"mask": mask, "enable": int(self.rng.random() < 0.9)})
            self.write("BANK", bank, row, self.flip(1281, 0.05))

    def rule(self, rule):
        bank, sub, way = self.rng.randrange(BANKS), self.rng.randrange(2), self.rng.randrange(4)
        mask = self.tables.get("BANK", bank) & ALL
        key = self.rng.choice(self.pool)
        row, fp = model.slot_place(key, mask, bank, sub, SLOTS)
        stored = key & mask
        if mask and self.rng.random() < 0.1:  # one wrong bit under the mask
            stored ^= mask & -mask
        self.write("KEY", rule, stored, self.flip(1280, 0.03))
        slot = model.pack_row("slot", {"valid": 1, "fp": fp, "prio": self.rng.choice(PRIOS), "rule": rule})
        index = model.slot_index(bank, sub, way, row)
        self.slots[index] = slot
        self.write("SLOT", index, slot, self.flip(64, 0.02))

    def entry(self, at, rule):
        """A TCAM entry that one of the pool's keys matches, under a mask of any kind."""
        rng = self.rng
        key = rng.choice(self.pool)
        fields = rng.sample(list(model.KEY_FIELDS), rng.randrange(12))
        mask = rng.choice((ALL, 1 << rng.randrange(1280), rng.getrandbits(1280), rng.getrandbits(32) << 32 * rng.randrange(40),
                           model.pack_key({f: rng.getrandbits(model.KEY_FIELDS[f][1]) for f in fields if f != "arp_sha"})))
        self.write("TCAM", at, 0)
        self.write("TCAM_MASK", at, mask, self.flip(1280, 0.04))
        self.write("KEY", rule, key & mask)
        row = {"key": key & mask, "prio": rng.choice(PRIOS), "rule": rule, "valid": int(rng.random() < 0.9)}
        self.write("TCAM", at, model.pack_row("tcam", row), 1280 + self.flip(256, 1) if rng.random() < 0.04 else 0)
        if rng.random() < 0.05:
            self.write("TCAM_MASK", at, mask ^ 1 << rng.randrange(1280), self.flip(1280, 0.3))

    def search(self):
        key = self.rng.choice(self.pool)
        if self.rng.random() < 0.3:
            key ^= 1 << self.rng.randrange(1280)
        self.ops.append(key)

    def flight(self):
        """Slots and TCAM entries withdrawn and published between lookups, one operation a cycle."""
        slots, entries = list(self.slots.items()), [at for at in range(TCAM) if self.tables.tcam.get(at)]
        rows = {at: self.tables.get("TCAM", at) for at in entries}
        here = {index: True for index, _ in slots} | {("TCAM", at): True for at in entries}
        for _ in range(FLIGHTS):
            if self.rng.random() < 0.6:
                self.search()
            elif self.rng.random() < 0.15 and entries:
                at = self.rng.choice(entries)
                here["TCAM", at] = not here["TCAM", at]
                self.write("TCAM", at, rows[at] if here["TCAM", at] else 0, wait=False)
            else:
                index, slot = self.rng.choice(slots)
                here[index] = not here[index]
                self.write("SLOT", index, slot if here[index] else 0, wait=False)

    def round(self):
        for index in self.slots:
            self.write("SLOT", index, 0)
        self.slots = {}
        for at in range(TCAM):
            if self.rng.random() < 0.5:
                self.write("TCAM", at, 0)
        self.masks()
        rules = self.rng.sample(range(RULES), 60 + 8)
        for rule in rules[:60]:
            self.rule(rule)
            if self.rng.random() < 0.2:  # lookups between the writes, too
                self.search()
        for rule in rules[60:]:
            self.entry(self.rng.randrange(TCAM), rule)
        for _ in range(LOOKUPS):
            self.search()
        self.flight()


def reachable(ops):
    """Of every lookup: which numbers of writes it may have seen."""
    sets, writes = {}, 0
    for at, op in enumerate(ops):
        if isinstance(op, tuple):
            writes += 1
            continue
        sets[at] = {writes}
        last = next((o for o in reversed(ops[:at]) if isinstance(o, tuple)), None)
        if last and last[1] == "TCAM":
            sets[at].add(writes - 1)
        for n, later in enumerate([o for o in ops[at + 1:at + 1 + BEHIND] if isinstance(o, tuple)]):
            if later[0]:
                break
            sets[at].add(writes + n + 1)
    return sets


def expected(ops, kinds):
    """Of every lookup: number of writes to (punt, rule); and what kinds of result occur."""
    tables, results, writes = Tables(BANKS, SLOTS), {}, 0
    waiting = {}  # number of writes to lookups
    for at, numbers in reachable(ops).items():
        for number in numbers:
            waiting.setdefault(number, []).append(at)
    names = {value: name for name, value in model.PUNT.items()}

    def find():
        for at in waiting.get(writes, ()):
            punt, rule = tables.lookup(ops[at])
            results.setdefault(at, {})[writes] = punt << 21 | (rule is not None) << 20 | (rule or 0)
            kind = "hit" if rule is not None else names[punt] if punt else "miss"
            kinds[kind] = kinds.get(kind, 0) + 1

    find()
    for op in ops:
        if isinstance(op, tuple):
            tables.write(*op[1:])
            writes += 1
            find()
    return results


def main():
    maker = Maker(int(sys.argv[2]))
    for _ in range(ROUNDS):
        maker.round()
    kinds, lines, writes = {}, [], 0
    results = expected(maker.ops, kinds)
    for at, op in enumerate(maker.ops):
        if isinstance(op, tuple):
            wait, table, index, row, flip = op
            lines.append(f"0 {wait:x} {model.TABLE[table]:x} {index:x} {row:x} {flip:x}\n")
            writes += 1
        else:
            found = results[at]
            word = sum(found.get(writes - 1 + n, found[writes]) << 29 * (BEHIND + 1 - n) for n in range(BEHIND + 2))
            lines.append(f"1 {word:x} {op:x}\n")
    wanted = {"hit", "miss", "FINGERPRINT", "TABLE_PARITY"}
    assert wanted <= set(kinds), f"a kind of result does not occur: {kinds}"
    (Path(sys.argv[1]) / "lookup.txt").write_text("".join(lines))


main()
