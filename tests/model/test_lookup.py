# SPDX-License-Identifier: BSD-3-Clause
"""Which rule a frame hits, and what a word that cannot be trusted does. Places are computed by chip.place, not by C."""

import random

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from chip import DROP, KEY, PUNT, key, mask, place, row

FRAME = bytes(Ether(dst="02:00:00:00:00:aa", src="02:00:00:00:00:bb") / IP(src="10.0.0.1", dst="10.0.0.2") /
              UDP(sport=1000, dport=2000))
FIELDS = {"eth_dst": 0x0200000000aa, "eth_src": 0x0200000000bb, "eth_type": 0x800, "l3_type": 1, "l4_type": 2,
          "ip_src": 0x0a000001, "ip_dst": 0x0a000002, "ip_ttl": 64, "ip_proto": 17, "tp_src": 1000, "tp_dst": 2000}
WHOLE = key(**FIELDS)
MATCH = mask("ip_dst", "tp_dst", "port")
ALL = (1 << 1280) - 1


def hit(chip, frame=FRAME):
    """Rule that the lookup named, or name of the reason to punt."""
    result = chip.frame(frame)
    if result.hit:
        return result.rule
    assert (result.port, result.counted, result.frame) == (8, 0, frame)
    return next(name for name, value in PUNT.items() if value == result.reason)


@pytest.mark.parametrize("bank", range(8))
@pytest.mark.parametrize("sub", (0, 1))
def test_place_in_every_bank(chip, bank, sub):
    """A rule is found where the hash of chip.toml puts it, in any way, and not in another row."""
    chip.bank(bank, MATCH)
    chip.leg(1)
    for way in range(4):
        at, _ = chip.rule(5, MATCH, WHOLE, bank, sub, way)
        assert hit(chip) == 5
        chip.slot(bank, sub, at, way, 0)
        assert hit(chip) == "MISS"
        fp = place(WHOLE & MATCH, bank, sub, chip.SLOTS)[1]
        chip.slot(bank, sub, (at + 1) % (chip.SLOTS // 8), way, row("slot", valid=1, fp=fp, rule=5))
        assert hit(chip) == "MISS"
        chip.slot(bank, sub, (at + 1) % (chip.SLOTS // 8), way, 0)


def test_random_masks(chip):
    """Any bits of any fields that the frame has: hit by equal keys, missed by a key that differs in one masked bit."""
    rng = random.Random(1)
    chip.leg(1)
    for _ in range(100):
        bits = rng.getrandbits(1280) & rng.getrandbits(1280)
        bank, sub = rng.randrange(8), rng.randrange(2)
        chip.bank(bank, bits)
        at, way = chip.rule(7, bits, WHOLE, bank, sub)
        assert hit(chip) == 7
        assert chip.best(WHOLE) == 7
        one = 1 << rng.choice([i for i in range(1280) if bits >> i & 1])
        assert chip.best(WHOLE ^ one) is None
        chip.slot(bank, sub, at, way, 0)
        at, way = chip.rule(7, bits, WHOLE ^ one, bank, sub)
        assert hit(chip) == "MISS"
        chip.slot(bank, sub, at, way, 0)
        chip.bank(bank, 0, enable=0)


def test_disabled_bank(chip):
    chip.bank(2, MATCH, enable=0)
    chip.rule(5, MATCH, WHOLE, bank=2)
    assert hit(chip) == "MISS"
    assert chip.best(WHOLE) is None


def test_best_of_banks_and_tcam(chip):
    """Lower prio wins, then the lower rule, whatever table it stands in."""
    chip.leg(1)
    for bank in range(3):
        chip.bank(bank, MATCH | mask("ip_ttl") * (bank == 1))
    chip.rule(9, MATCH, WHOLE, bank=0, prio=5)
    assert hit(chip) == 9
    chip.rule(8, MATCH | mask("ip_ttl"), WHOLE, bank=1, prio=6)
    assert hit(chip) == 9
    chip.rule(7, MATCH, WHOLE, bank=2, sub=1, prio=5)
    assert hit(chip) == 7
    chip.tcam_rule(3, 6, mask("ip_proto"), WHOLE, prio=6)
    assert hit(chip) == 7
    chip.tcam_rule(4, 2, mask("ip_proto"), WHOLE, prio=5)
    assert hit(chip) == chip.best(WHOLE) == 2
    chip.tcam_rule(15, 30, mask("ip_proto"), WHOLE, prio=4)
    assert hit(chip) == chip.best(WHOLE) == 30


def test_tcam_mask_of_the_time_of_writing(chip):
    """The match is under the mask as it stood then, the confirmation under the mask as it is."""
    chip.leg(1)
    chip.tcam_rule(0, 4, mask("ip_proto"), WHOLE)
    chip.write("TCAM_MASK", 0, mask("ip_proto", "ip_ttl"))
    assert hit(chip) == "FINGERPRINT"
    chip.write("KEY", 4, WHOLE & mask("ip_proto", "ip_ttl"))
    assert hit(chip) == 4
    chip.write("TCAM", 0, row("tcam", key=WHOLE ^ key(ip_ttl=1), rule=4, valid=1))
    assert hit(chip) == "MISS"


def test_fingerprint_lies(chip):
    """The frame's fingerprint in a slot whose rule has another key: never a lower-priority rule instead."""
    chip.leg(1)
    chip.bank(0, MATCH)
    chip.bank(1, mask("ip_proto"))
    chip.rule(5, MATCH, WHOLE ^ key(tp_dst=1), fp_of=WHOLE)
    chip.rule(6, mask("ip_proto"), WHOLE, bank=1, prio=9)
    assert hit(chip) == "FINGERPRINT"
    assert chip.best(WHOLE) == 6


def test_fingerprint_of_every_bit(chip):
    chip.bank(0, MATCH)
    chip.leg(1)
    at, way = chip.rule(5, MATCH, WHOLE)
    lsb = 1
    width = next(f["width"] for f in __import__("chip").CHIP["row"]["slot"]["fields"] if f["name"] == "fp")
    fp = place(WHOLE & MATCH, 0, 0, chip.SLOTS)[1]
    good = row("slot", valid=1, fp=fp, rule=5)
    for bit in range(width):
        chip.slot(0, 0, at, way, good ^ 1 << lsb + bit)
        assert hit(chip) == "MISS"


# ---- Parity ----

def test_slot_parity(chip):
    """Any slot of the rows that are read, valid or not; another row's does nothing."""
    chip.leg(1)
    chip.bank(0, MATCH)
    at, _ = chip.rule(5, MATCH, WHOLE)
    for sub in (0, 1):
        fp_row = place(WHOLE & MATCH, 0, sub, chip.SLOTS)[0]
        chip.slot(0, sub, fp_row, 3, 0, flip=40)
        assert hit(chip) == "TABLE_PARITY"
        chip.slot(0, sub, fp_row, 3, 0)
        assert hit(chip) == 5
        chip.slot(0, sub, (fp_row + 1) % (chip.SLOTS // 8), 3, 0, flip=40)
        assert hit(chip) == 5
    chip.slot(1, 0, place(0, 1, 0, chip.SLOTS)[0], 0, 0, flip=1)
    assert hit(chip) == 5, "bank 1 is not enabled"


def test_flipped_valid_bit_hides_nothing(chip):
    """A slot and a TCAM row that lost their valid bits do not let a worse rule win."""
    chip.leg(1)
    chip.bank(0, MATCH)
    chip.bank(1, mask("ip_proto"))
    chip.rule(6, mask("ip_proto"), WHOLE, bank=1, prio=9)
    at, way = chip.rule(5, MATCH, WHOLE)
    fp = place(WHOLE & MATCH, 0, 0, chip.SLOTS)[1]
    chip.slot(0, 0, at, way, row("slot", valid=1, fp=fp, rule=5), flip=1)
    assert hit(chip) == "TABLE_PARITY"
    chip.slot(0, 0, at, way, 0)
    assert hit(chip) == 6
    chip.tcam_rule(2, 3, MATCH, WHOLE, flip=1317)
    assert hit(chip) == "TABLE_PARITY"
    chip.tcam_rule(2, 3, MATCH, WHOLE ^ key(tp_dst=1), flip=1317)
    assert hit(chip) == 6
    chip.tcam_rule(2, 3, MATCH, WHOLE, valid=0, flip=1317)
    assert hit(chip) == 6
    chip.tcam_rule(2, 3, MATCH, WHOLE)
    assert hit(chip) == 3


def test_tcam_entry_of_an_unknown_mask(chip):
    """Written while its mask could not be trusted, it may be the one that the frame should hit."""
    chip.leg(1)
    chip.bank(1, mask("ip_proto"))
    chip.rule(6, mask("ip_proto"), WHOLE, bank=1, prio=9)
    chip.write("TCAM_MASK", 2, MATCH, flip=7)
    chip.write("TCAM", 2, row("tcam", key=WHOLE ^ key(tp_dst=1), rule=3, valid=1))
    assert hit(chip) == "TABLE_PARITY"
    chip.write("TCAM_MASK", 2, MATCH)
    assert hit(chip) == "FINGERPRINT"


@pytest.mark.parametrize("flip", (1, 1280, 1281))
def test_bank_parity(chip, flip):
    """A rule of that bank decides nothing; a better one of another bank does."""
    chip.leg(1)
    chip.bank(0, MATCH, flip=flip)
    chip.rule(5, MATCH, WHOLE, prio=3)
    assert hit(chip) == "TABLE_PARITY"
    chip.bank(1, mask("ip_proto"))
    chip.rule(6, mask("ip_proto"), WHOLE, bank=1, prio=2)
    assert hit(chip) == 6
    chip.rule(6, mask("ip_proto"), WHOLE, bank=1, prio=4)
    assert hit(chip) == "TABLE_PARITY"


@pytest.mark.parametrize("flip", (1, 640, 1280))
def test_key_and_mask_parity_of_the_winner(chip, flip):
    chip.leg(1)
    chip.bank(0, MATCH)
    chip.rule(5, MATCH, WHOLE)
    chip.write("KEY", 5, WHOLE & MATCH, flip)
    assert hit(chip) == "TABLE_PARITY"
    chip.write("KEY", 5, WHOLE & MATCH)
    chip.write("KEY", 6, 0, flip)
    assert hit(chip) == 5
    chip.tcam_rule(1, 4, mask("ip_proto"), WHOLE)
    chip.write("TCAM_MASK", 1, mask("ip_proto"), flip)
    assert hit(chip) == "TABLE_PARITY"


@pytest.mark.parametrize("table", ("RULE", "LEG", "ENCAP", "TEAM"))
def test_row_parity_of_actions(chip, table):
    chip.leg(1, ["ENCAP", "SET_ETH_DST"], dest="TEAM", dest_id=2, encap=3, next_leg=7)
    chip.write("ENCAP", 3, row("encap", vni=5))
    chip.write("TEAM", 2, row("team", count=1, members=1))
    chip.catch_all()
    assert chip.frame(FRAME).port == 1
    index, good = {"RULE": (1, row("rule", leg=1)), "ENCAP": (3, row("encap", vni=5)),
                   "TEAM": (2, row("team", count=1, members=1)),
                   "LEG": (1, row("leg", edits=1 << 9, dest=2, dest_id=2, encap=3))}[table]
    chip.write(table, index, good, flip=2)
    result = chip.frame(FRAME)
    assert (result.reason, result.port, result.frame, result.next) == (PUNT["TABLE_PARITY"], 8, FRAME, 0)
    assert (result.hit, result.rule, result.counted) == (1, 1, 0)
    chip.write(table, index, good)
    assert chip.frame(FRAME).port == 1


# ---- Writes ----

BAD_WRITES = [("BANK", 8), ("SLOT", 8 << 24), ("SLOT", 8), ("SLOT", 1 << 18), ("SLOT", 1 << 21), ("SLOT", 1 << 31),
              ("KEY", 64), ("RULE", 64), ("LEG", 64), ("ENCAP", 16), ("TEAM", 16), ("TCAM_MASK", 16), ("TCAM", 16)]


@pytest.mark.parametrize("table, index", BAD_WRITES)
def test_index_out_of_range(chip, table, index):
    assert chip.write(table, index, ALL) == -22
    assert chip.write(table, index - 1 if table != "SLOT" else 7, 0) == 0
    assert hit(chip) == "MISS"


def test_unknown_table(chip):
    assert chip.send("write", 9, 0, 0, "0") == ["= -22"]


def test_sizes_that_do_not_exist(chip):
    for sizes in ((0, 64, 16, 64, 64, 16, 16), (33, 64, 16, 64, 64, 16, 16), (8, 96, 16, 64, 64, 16, 16),
                  (8, 4, 16, 64, 64, 16, 16), (8, 64, 16, 0, 64, 16, 16)):
        assert chip.send("sizes", *sizes) == ["= 0"], sizes
    assert chip.send("sizes", 1, 8, 0, 1, 1, 1, 1) == ["= 1"]
    chip.SLOTS = 8
    chip.bank(0, 0)
    chip.rule(0, 0, 0)
    assert chip.frame(FRAME).leave == DROP["ACTION"]


def test_every_field_is_in_the_table_of_fields():
    assert max(lsb + width for lsb, width in KEY.values()) <= 1280
