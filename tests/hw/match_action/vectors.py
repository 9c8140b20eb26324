# SPDX-License-Identifier: BSD-3-Clause
"""vectors.py <folder> <seed>: writes match_action.txt. First line: GNV_SEL registers, slot index and rule of the rule that changes in
flight, leg of the one below it. Lines that begin with 0 are table writes: table index row flip; with 1 a frame: meta, header bytes,
then verdict, leg, encap, parse result, whether parse result and rule count, rule counted; with 2 a frame that hits one of
the rules in flight; with 3: wait until all frames are out and all writes have taken effect."""
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import frames  # noqa: E402
import model  # noqa: E402
from model import DEST, EDIT, PORT, PUNT  # noqa: E402
from tables import Tables  # noqa: E402

BANKS, SLOTS, TCAM, RULES, LEGS, ENCAPS, TEAMS = 4, 64, 16, 256, 256, 16, 16
TUNNEL_PORT = 3  # the bench sets CTRL.tunnel of this one
FRAMES = 4000
FLIGHTS = 1500
FLIGHT_PORT = 40
MASKS = (("port", "eth_dst", "eth_type", "l3_type"), ("port", "l3_type", "ip_src", "ip_dst", "ip_proto", "tp_dst"),
         ("port", "tun_type", "tun_vni", "tun_src", "l3_type"), ("l4_type", "tp_src", "frag", "vlan0_tci", "ip_ttl", "eth_src"))


def mask_of(fields):
    return model.pack_key({name: (1 << model.KEY_FIELDS[name][1]) - 1 for name in fields})


class Maker:
    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.tables = tables = Tables(BANKS, SLOTS)
        self.pool = [frame for _, frame, _ in frames.named()]
        self.pool += [frame for name, frame, _ in frames.named() if name == "ttl one"] * 10
        self.pool += [frames.damaged(rng, rng.choice(self.pool)) for _ in range(100)]
        self.seen = {}
        for n in range(1, LEGS):
            tables.write("LEG", n, self.leg(), rng.randint(1, 640) if rng.random() < 0.03 else 0)
        for n in range(ENCAPS):
            row = model.pack_row("encap", {"eth_dst": rng.getrandbits(48), "vni": rng.getrandbits(24), "ttl": n})
            tables.write("ENCAP", n, row, rng.randint(1, 256) if n == 7 else 0)
        for n in range(TEAMS):
            members = sum((16 + 8 * n + i) % 64 << 8 * i for i in range(8))
            tables.write("TEAM", n, model.pack_row("team", {"count": n if n < 9 else 0, "members": members}),
                         rng.randint(1, 128) if n == 5 else 0)
        for bank in range(BANKS):
            tables.write("BANK", bank, model.pack_row("bank", {"mask": mask_of(MASKS[bank]), "enable": 1}))
        for rule in range(60):
            self.rule(rule)
        for at in range(TCAM):
            self.entry(at, 60 + at)

    def leg(self):
        rng = self.rng
        edits = rng.getrandbits(10) & rng.getrandbits(10)
        dest = rng.choice((*DEST.values(), DEST["TEAM"]))
        dest_id = rng.randrange(TEAMS) if dest == DEST["TEAM"] else rng.randrange(64)
        return model.pack_row("leg", {
            "next_leg": rng.randrange(LEGS), "edits": edits | (rng.random() < 0.2) << EDIT["DEC_TTL"] | (rng.random() < 0.3) << EDIT["SET_IP_DST"], "dest": dest,
            "dest_id": dest_id, "encap": rng.randrange(ENCAPS), "mark": rng.getrandbits(32), "pop": rng.randrange(3),
            "ip_src": rng.getrandbits(128), "eth_dst": rng.getrandbits(48), "tp_dst": rng.getrandbits(16)})

    def key(self):
        """Key of a frame of the pool."""
        key, parsed = {}, {"punt": 1}
        while parsed.get("punt"):
            key, parsed = model.parse(self.rng.choice(self.pool), self.rng.choice((TUNNEL_PORT, 16)), True, gnv_sel=frames.GNV_SEL)
        return {**key, "port": TUNNEL_PORT}

    def actions(self, rule, key):
        self.tables.write("KEY", rule, key)
        self.tables.write("RULE", rule, model.pack_row("rule", {"leg": self.rng.randrange(1, LEGS)}),
                          self.rng.randint(1, 64) if self.rng.random() < 0.05 else 0)

    def rule(self, rule):
        rng = self.rng
        key = model.pack_key(self.key())
        bank, sub, way = rng.randrange(BANKS), rng.randrange(2), rng.randrange(4)
        mask = mask_of(MASKS[bank])
        row, fp = model.slot_place(key, mask, bank, sub, SLOTS)
        self.actions(rule, key & mask)
        slot = model.pack_row("slot", {"valid": 1, "fp": fp, "prio": rng.randrange(3), "rule": rule})
        self.tables.write("SLOT", model.slot_index(bank, sub, way, row), slot)

    def entry(self, at, rule):
        """A TCAM entry under a mask of some bits of fields that the frame has."""
        rng = self.rng
        key = self.key()
        here = [name for name, value in key.items() if value]
        mask = {name: rng.getrandbits(model.KEY_FIELDS[name][1]) for name in rng.sample(here, min(3, len(here)))}
        mask, key = model.pack_key(mask) | mask_of(("port",)), model.pack_key(key)
        self.actions(rule, key & mask)
        row = {"key": key & mask, "prio": rng.randrange(3), "rule": rule, "valid": 1}
        self.tables.write("TCAM_MASK", at, mask)
        self.tables.write("TCAM", at, model.pack_row("tcam", row))

    def frame(self):
        rng = self.rng
        frame = rng.choice(self.pool)
        if rng.random() < 0.2:
            frame = frames.damaged(rng, frame)
        port = rng.choice((TUNNEL_PORT, TUNNEL_PORT, TUNNEL_PORT, 16))
        meta = {"len": len(frame), "src_port": port, "mark": rng.getrandbits(32), "colour": rng.getrandbits(1)}
        carried = {name: rng.getrandbits(model.KEY_FIELDS[name][1]) for name in ("table_id", "ct_state", "ct_zone", "ct_mark")}
        meta.update(carried)
        key, parsed = model.parse(frame, port, port == TUNNEL_PORT, gnv_sel=frames.GNV_SEL, meta=carried)
        kind = rng.random()
        if kind < 0.08:
            meta.update(direct=1, dst_port=rng.choice((0, 1, PORT["HOST"], 17)))
        elif kind < 0.2 and not parsed.get("punt"):  # only a frame that hit a rule comes back as a replica
            meta.update(replica=1, leg=rng.randrange(1, LEGS), rule=rng.randrange(RULES))
        verdict, leg, encap, count = self.tables.act(frame, parsed, key, meta)
        what = ("drop", verdict.get("drop", 0)) if verdict.get("drop") else ("punt", verdict.get("reason", 0))
        self.seen[what] = self.seen.get(what, 0) + 1
        # The bench gives colour 1 - meta.colour beside the frame: a replica keeps that of its meta.
        verdict["colour"] = meta["colour"] if meta.get("replica") else 1 - meta["colour"]
        words = (model.pack_struct("frame_meta", meta), model.pack_struct("verdict", verdict), leg, encap or 0,
                 model.pack_struct("parsed", {} if parsed.get("punt") else parsed))
        return ("1 {0:x} {hdr} {1:x} {2:x} {3:x} {4:x} {ok:x} {hit:x} {rule:x}\n".format(
            *words, hdr=frames.header_hex(frame), ok=not parsed.get("punt"), hit=count is not None, rule=count or 0))


class Flight:
    """Two rules for one port: one whose slot comes and goes and whose leg swings, and one below it that stays."""

    def __init__(self, maker):
        self.rng, self.maker, self.tables = maker.rng, maker, maker.tables
        self.upper, self.lower, bank = RULES - 1, RULES - 2, BANKS - 1
        self.tables.write("BANK", bank, model.pack_row("bank", {"mask": mask_of(("port",)), "enable": 1}))
        key = model.pack_key({"port": FLIGHT_PORT})
        row, fp = model.slot_place(key, mask_of(("port",)), bank, 0, SLOTS)
        self.indexes = [model.slot_index(bank, 0, way, row) for way in (0, 1)]
        self.slots = [model.pack_row("slot", {"valid": 1, "fp": fp, "prio": prio, "rule": rule})
                      for prio, rule in ((0, self.upper), (1, self.lower))]
        self.legs = range(1, 200)
        for n in self.legs:
            self.tables.write("LEG", n, model.pack_row("leg", {"mark": n, "dest": DEST["PORT"], "dest_id": n % 64}))
        self.other_leg = 200
        self.tables.write("LEG", self.other_leg, model.pack_row("leg", {"mark": 200, "dest": DEST["DROP"]}))
        for rule, leg in ((self.upper, 1), (self.lower, self.other_leg)):
            self.tables.write("KEY", rule, key)
            self.tables.write("RULE", rule, model.pack_row("rule", {"leg": leg}))
        self.tables.write("SLOT", self.indexes[1], self.slots[1])

    def lines(self):
        frame = next(frame for name, frame, _ in frames.named() if name == "ttl one")
        words = [model.pack_struct("frame_meta", {"len": len(frame), "src_port": FLIGHT_PORT})]
        for _ in range(FLIGHTS):
            kind = self.rng.random()
            if kind < 0.2:
                slot = self.slots[0] if self.rng.random() < 0.6 else 0
                yield f"0 {model.TABLE['SLOT']:x} {self.indexes[0]:x} {slot:x} 0\n"
            elif kind < 0.4:
                yield f"0 {model.TABLE['RULE']:x} {self.upper:x} {self.rng.choice(self.legs):x} 0\n"
            else:
                yield f"2 {words[0]:x} {frames.header_hex(frame)} 0 0 0 0 0 0 0\n"


def write_lines(log):
    return [f"0 {table:x} {index:x} {row:x} {flip:x}\n" for table, index, row, flip in log]


def main():
    maker = Maker(int(sys.argv[2]))
    lines = [*write_lines(maker.tables.log), "3 0\n"]
    lines += [maker.frame() for _ in range(FRAMES)]
    seen = len(maker.tables.log)
    flight = Flight(maker)
    lines += ["3 0\n", *write_lines(maker.tables.log[seen:]), "3 0\n", *flight.lines()]
    selects = sum(sel << 32 * i for i, sel in enumerate(frames.GNV_SEL))
    lines.insert(0, f"{selects:x} {flight.indexes[0]:x} {flight.upper:x} {flight.other_leg:x}\n")
    reasons = {value for what, value in maker.seen if what == "punt"}
    wanted = set(PUNT.values()) - {PUNT["FINGERPRINT"], PUNT["ACTION"]}  # tests of lookup; reason of a leg is any number
    assert wanted <= reasons, f"reasons that do not occur: {wanted - reasons}"
    (Path(sys.argv[1]) / "match_action.txt").write_text("".join(lines))


main()
