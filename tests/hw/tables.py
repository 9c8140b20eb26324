# SPDX-License-Identifier: BSD-3-Clause
"""The match-action tables in Python: what update engine writes give, what a lookup finds, what a rule does."""
import model
from model import DEST, DROP, EDIT, L3, PORT, PUNT, TABLE

ROWS = {name: (row["width"], row["fields"]) for name, row in model.CHIP["row"].items()}


def unpack(name, word):
    values, at = {}, 0
    for f in ROWS[name][1]:
        values[f["name"]] = word >> at & ((1 << f["width"]) - 1)
        at += f["width"]
    return values


class Tables:
    """Written with (table, index, row, flip) as by the update engine."""

    def __init__(self, banks, slots):
        self.banks, self.slots = banks, slots
        self.rows = {table: {} for table in TABLE.values()}
        self.flips = {table: {} for table in TABLE.values()}
        self.tcam = {}  # valid entries: row, mask as it was when the row was written (0 when that was bad), flip
        self.log = []

    def write(self, table, index, row, flip=0):
        """Takes and logs a write; flip is 0, or 1 + the bit that is stored wrong."""
        self.rows[TABLE[table]][index] = row
        self.flips[TABLE[table]][index] = flip
        self.log.append((TABLE[table], index, row, flip))
        if table == "TCAM":
            self.tcam.pop(index, None)
            entry = unpack("tcam", row)
            if entry["valid"]:
                mask = 0 if self.bad("TCAM_MASK", index) else self.rows[TABLE["TCAM_MASK"]].get(index, 0)
                self.tcam[index] = entry, mask, flip

    def get(self, table, index):
        return self.rows[TABLE[table]][index]

    def bad(self, table, index):
        """Whether the row has wrong parity."""
        return bool(self.flips[TABLE[table]].get(index, 0))

    def probe_banks(self, key):
        """Candidates (prio, rule, mask, mask is bad), and whether a bad slot was read."""
        found, bad = [], False
        for bank in range(self.banks):
            row = unpack("bank", self.rows[TABLE["BANK"]].get(bank, 0))
            if not row["enable"]:
                continue
            for sub in range(2):
                at, fp = model.slot_place(key, row["mask"], bank, sub, self.slots)
                for way in range(4):
                    index = model.slot_index(bank, sub, way, at)
                    slot = unpack("slot", self.rows[TABLE["SLOT"]].get(index, 0))
                    bad |= self.bad("SLOT", index)
                    if slot["valid"] and slot["fp"] == fp:
                        found.append((slot["prio"], slot["rule"], row["mask"], self.bad("BANK", bank)))
        return found, bad

    def probe_tcam(self, key):
        found, bad = [], False
        for index, (entry, mask, flip) in sorted(self.tcam.items()):
            if (entry["key"] ^ key) & mask == 0:
                bad |= flip > 1280
                found.append((entry["prio"], entry["rule"], self.get("TCAM_MASK", index), self.bad("TCAM_MASK", index)))
        return found, bad

    def lookup(self, key):
        """(punt, rule or None)"""
        found, bad = self.probe_banks(key)
        more, more_bad = self.probe_tcam(key)
        found += more
        if bad or more_bad:
            return PUNT["TABLE_PARITY"], None
        if not found:
            return PUNT["NONE"], None
        _, rule, mask, mask_bad = min(found, key=lambda f: f[:2])
        if mask_bad or self.bad("KEY", rule):
            return PUNT["TABLE_PARITY"], None
        if (self.get("KEY", rule) ^ key) & mask:
            return PUNT["FINGERPRINT"], None
        return PUNT["NONE"], rule

    def act(self, frame, parsed, key, meta):
        """(verdict, leg row, encap row or None, rule to count or None) of a frame."""
        if meta.get("direct"):
            reason = PUNT["DIRECT"] if meta["dst_port"] == PORT["HOST"] else 0
            return {"direct": 1, "port": meta["dst_port"], "reason": reason}, model.pack_row("leg", {"mark": meta["mark"]}), None, None
        verdict, punt, rule, leg_at = {}, 0, None, None
        if meta.get("replica"):
            rule, leg_at = meta["rule"], meta["leg"]
        else:
            punt = parsed.get("punt", 0)
            if not punt:
                punt, rule = self.lookup(model.pack_key(key))
                if not punt and rule is None:
                    punt = PUNT["MISS"]
        if rule is not None:
            verdict = {"rule": rule, "rule_hit": 1}
            if leg_at is None:
                leg_at = unpack("rule", self.get("RULE", rule))["leg"]
                punt = PUNT["TABLE_PARITY"] if self.bad("RULE", rule) else 0
        if punt:
            return {**verdict, "port": PORT["HOST"], "reason": punt}, 0, None, None
        return self.leg(verdict, leg_at, parsed, key, None if meta.get("replica") else rule)

    def leg(self, verdict, leg_at, parsed, key, count):
        word = self.get("LEG", leg_at)
        leg = unpack("leg", word)
        encap, bad = None, self.bad("LEG", leg_at)
        if not bad and leg["edits"] >> EDIT["ENCAP"] & 1 and leg["dest"] != DEST["HOST"]:
            encap = self.get("ENCAP", leg["encap"])
        if not bad and parsed.get("routing") and leg["edits"] >> EDIT["SET_IP_DST"] & 1:
            return {**verdict, "port": PORT["HOST"], "reason": PUNT["IPV6_EXT"]}, 0, None, None
        ip = parsed.get("l3_type") in (L3["IPV4"], L3["IPV6"])
        if not bad and ip and leg["edits"] >> EDIT["DEC_TTL"] & 1 and key["ip_ttl"] <= 1:
            return {**verdict, "port": PORT["HOST"], "reason": PUNT["TTL"]}, 0, None, None
        team_bad = leg["dest"] == DEST["TEAM"] and self.bad("TEAM", leg["dest_id"])
        if bad or team_bad or (encap is not None and self.bad("ENCAP", leg["encap"])):
            return {**verdict, "port": PORT["HOST"], "reason": PUNT["TABLE_PARITY"]}, 0, None, None
        if leg["dest"] == DEST["HOST"]:
            kept = {name: leg[name] for name in ("mark", "next_leg", "dest", "dest_id")}
            row = model.pack(ROWS["leg"][1], kept)
            return {**verdict, "port": PORT["HOST"], "reason": leg["dest_id"]}, row, None, count
        if leg["dest"] == DEST["PORT"]:
            verdict["port"] = leg["dest_id"]
        elif leg["dest"] == DEST["TEAM"]:
            team = unpack("team", self.get("TEAM", leg["dest_id"]))
            if not 1 <= team["count"] <= 8:
                verdict["drop"] = DROP["TEAM_EMPTY"]
            else:
                verdict["port"] = team["members"] >> 8 * (parsed["hash"] % team["count"]) & 0xFF
        else:
            verdict["drop"] = DROP["ACTION"]
        if encap is not None:
            verdict["encap_en"] = 1
        return verdict, word, encap, count

