# SPDX-License-Identifier: BSD-3-Clause
"""vectors.py <folder> <seed>: writes match_action.txt. Lines that begin with 0 are table writes: table index row; with 1 a frame:
meta, header bytes, then verdict, leg, encap, parse result, whether parse result and rule count, rule counted."""
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import frames  # noqa: E402
import model  # noqa: E402
from model import DEST, EDIT, PORT, PUNT  # noqa: E402
from tables import Tables  # noqa: E402

BANKS, SLOTS, RULES, LEGS, ENCAPS, TEAMS = 4, 64, 256, 256, 16, 16
TUNNEL_PORT = 3  # the bench sets CTRL.tunnel of this one
FRAMES = 4000
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
            tables.write("LEG", n, self.leg())
        for n in range(ENCAPS):
            row = model.pack_row("encap", {"eth_dst": rng.getrandbits(48), "vni": rng.getrandbits(24), "ttl": n})
            tables.write("ENCAP", n, row ^ (n == 7))  # one with wrong parity
        for n in range(TEAMS):
            members = sum((16 + 8 * n + i) % 64 << 8 * i for i in range(8))
            tables.write("TEAM", n, model.pack_row("team", {"count": n if n < 9 else 0, "members": members}))
        for bank in range(BANKS):
            tables.write("BANK", bank, model.pack_row("bank", {"mask": mask_of(MASKS[bank]), "enable": 1}))
        for rule in range(60):
            self.rule(rule)

    def leg(self):
        rng = self.rng
        edits = rng.getrandbits(10) & rng.getrandbits(10)
        dest = rng.choice((*DEST.values(), DEST["TEAM"]))
        dest_id = rng.randrange(TEAMS) if dest == DEST["TEAM"] else rng.randrange(64)
        row = model.pack_row("leg", {
            "next_leg": rng.randrange(LEGS), "edits": edits | (rng.random() < 0.2) << EDIT["DEC_TTL"], "dest": dest,
            "dest_id": dest_id, "encap": rng.randrange(ENCAPS), "mark": rng.getrandbits(32), "pop": rng.randrange(3),
            "ip_src": rng.getrandbits(128), "eth_dst": rng.getrandbits(48), "tp_dst": rng.getrandbits(16)})
        return row ^ (1 << rng.randrange(640) if rng.random() < 0.03 else 0)

    def rule(self, rule):
        rng = self.rng
        key, parsed = {}, {"punt": 1}
        while parsed.get("punt"):
            key, parsed = model.parse(rng.choice(self.pool), rng.choice((TUNNEL_PORT, 16)), True)
        key = model.pack_key({**key, "port": TUNNEL_PORT})
        bank, sub, way = rng.randrange(BANKS), rng.randrange(2), rng.randrange(4)
        mask = mask_of(MASKS[bank])
        row, fp = model.slot_place(key, mask, bank, sub, SLOTS)
        self.tables.write("KEY", rule, key & mask)
        word = model.pack_row("rule", {"leg": rng.randrange(1, LEGS)})
        self.tables.write("RULE", rule, word ^ (rng.random() < 0.05))
        slot = model.pack_row("slot", {"valid": 1, "fp": fp, "prio": rng.randrange(3), "rule": rule})
        self.tables.write("SLOT", model.slot_index(bank, sub, way, row), slot)

    def frame(self):
        rng = self.rng
        frame = rng.choice(self.pool)
        if rng.random() < 0.2:
            frame = frames.damaged(rng, frame)
        port = rng.choice((TUNNEL_PORT, TUNNEL_PORT, TUNNEL_PORT, 16))
        meta = {"len": len(frame), "src_port": port, "mark": rng.getrandbits(32), "colour": rng.getrandbits(1)}
        key, parsed = model.parse(frame, port, port == TUNNEL_PORT)
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


def main():
    maker = Maker(int(sys.argv[2]))
    lines = [f"0 {table:x} {index:x} {row:x}\n" for table, index, row in maker.tables.log]
    lines += [maker.frame() for _ in range(FRAMES)]
    reasons = {value for what, value in maker.seen if what == "punt"}
    wanted = set(PUNT.values()) - {PUNT["FINGERPRINT"], PUNT["ACTION"]}  # tests of lookup; reason of a leg is any number
    assert wanted <= reasons, f"reasons that do not occur: {wanted - reasons}"
    (Path(sys.argv[1]) / "match_action.txt").write_text("".join(lines))


main()
