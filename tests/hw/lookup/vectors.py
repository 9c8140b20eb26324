# SPDX-License-Identifier: BSD-3-Clause
"""vectors.py <folder> <seed>: writes lookup.txt, an operation a line: 0 table index row (a table write), or 1 0 result key (a
lookup; result is punt, hit and rule). Masks overlap, priorities meet and tie, some slots lie about their rule's key, some
words have a wrong bit."""
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import model  # noqa: E402
from tables import Tables  # noqa: E402

BANKS, SLOTS, RULES = 6, 64, 256
ALL = (1 << 1280) - 1
ROUNDS, LOOKUPS = 6, 600


class Maker:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.tables = Tables(BANKS, SLOTS)
        self.lines, self.logged, self.kinds = [], 0, {"hit": 0, "miss": 0, "FINGERPRINT": 0, "TABLE_PARITY": 0}
        self.pool = [self.rng.getrandbits(1280) for _ in range(40)]

    def flush(self):
        for table, index, row in self.tables.log[self.logged:]:
            self.lines.append(f"0 {table:x} {index:x} {row:x}\n")
        self.logged = len(self.tables.log)

    def masks(self):
        """Few masks for the banks, so that banks share one and rules overlap; a bank stays off now and then."""
        masks = [0, ALL, self.rng.getrandbits(1280) & self.rng.getrandbits(1280), 0xFF, self.rng.getrandbits(32) << 1248]
        for bank in range(BANKS):
            mask = self.rng.choice(masks)
            row = model.pack_row("bank", {"mask": mask, "enable": int(self.rng.random() < 0.9)})
            self.tables.write("BANK", bank, row)

    def rule(self, rule):
        bank, sub, way = self.rng.randrange(BANKS), self.rng.randrange(2), self.rng.randrange(4)
        mask = self.tables.get("BANK", bank) & ALL
        key = self.rng.choice(self.pool)
        row, fp = model.slot_place(key, mask, bank, sub, SLOTS)
        stored = key & mask
        if mask and self.rng.random() < 0.1:  # one wrong bit under the mask
            stored ^= mask & -mask
        slot = model.pack_row("slot", {"valid": 1, "fp": fp, "prio": self.rng.choice((0, 1, 2, 0xFFFF)), "rule": rule})
        if self.rng.random() < 0.02:
            slot ^= 1 << self.rng.randrange(54)
        self.tables.write("KEY", rule, stored)
        self.tables.write("SLOT", model.slot_index(bank, sub, way, row), slot)

    def search(self):
        key = self.rng.choice(self.pool)
        if self.rng.random() < 0.3:
            key ^= 1 << self.rng.randrange(1280)
        punt, rule = self.tables.lookup(key)
        hit = rule is not None
        names = {value: name for name, value in model.PUNT.items()}
        self.kinds["hit" if hit else "miss" if not punt else names[punt]] += 1
        self.lines.append(f"1 0 {punt << 21 | hit << 20 | (rule or 0):x} {key:x}\n")

    def round(self):
        for index, word in list(self.tables.rows[model.TABLE["SLOT"]].items()):
            if word:
                self.tables.write("SLOT", index, 0)
        self.masks()
        for rule in self.rng.sample(range(RULES), 60):
            self.rule(rule)
            if self.rng.random() < 0.2:  # lookups between the writes, too
                self.flush()
                self.search()
        self.flush()
        for _ in range(LOOKUPS):
            self.search()


def main():
    maker = Maker(int(sys.argv[2]))
    for _ in range(ROUNDS):
        maker.round()
    assert all(maker.kinds.values()), f"a kind of result does not occur: {maker.kinds}"
    (Path(sys.argv[1]) / "lookup.txt").write_text("".join(maker.lines))


main()
