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


def odd(word):
    return word.bit_count() % 2


class Tables:
    """Written with (table, index, row) as by the update engine."""

    def __init__(self, banks, slots):
        self.banks, self.slots = banks, slots
        self.rows = {table: {} for table in TABLE.values()}
        self.log = []

    def write(self, table, index, row):
        """Takes and logs a write."""
        self.rows[TABLE[table]][index] = row
        self.log.append((TABLE[table], index, row))

    def get(self, table, index):
        return self.rows[TABLE[table]][index]

    def lookup(self, key):
        """(punt, rule or None)"""
        found, bad = [], False
        for bank in range(self.banks):
            row = unpack("bank", self.rows[TABLE["BANK"]].get(bank, 0))
            if not row["enable"]:
                continue
            for sub in range(2):
                at, fp = model.slot_place(key, row["mask"], bank, sub, self.slots)
                for way in range(4):
                    word = self.rows[TABLE["SLOT"]].get(model.slot_index(bank, sub, way, at), 0)
                    slot = unpack("slot", word)
                    bad |= bool(odd(word))
                    if slot["valid"] and slot["fp"] == fp:
                        found.append((slot["prio"], slot["rule"], row["mask"]))
        if bad:
            return PUNT["TABLE_PARITY"], None
        if not found:
            return PUNT["NONE"], None
        _, rule, mask = min(found, key=lambda f: f[:2])
        if (self.get("KEY", rule) ^ key) & mask:
            return PUNT["FINGERPRINT"], None
        return PUNT["NONE"], rule

    def act(self, frame, parsed, key, meta):
        """(verdict, leg row, encap row or None, rule to count or None) of a frame."""
        if meta.get("direct"):
            reason = PUNT["DIRECT"] if meta["dst_port"] == PORT["HOST"] else 0
            return ({"direct": 1, "port": meta["dst_port"], "reason": reason}, model.pack_row("leg", {"mark": meta["mark"]}) &
                    ~PARITY_OF_LEG, None, None)
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
                word = self.get("RULE", rule)
                leg_at = word & 0xFFFF
                punt = PUNT["TABLE_PARITY"] if odd(word) else 0
        if punt:
            return {**verdict, "port": PORT["HOST"], "reason": punt}, 0, None, None
        return self.leg(verdict, leg_at, parsed, key, None if meta.get("replica") else rule)

    def leg(self, verdict, leg_at, parsed, key, count):
        word = self.get("LEG", leg_at)
        leg = unpack("leg", word)
        encap, bad = None, odd(word)
        if not bad and leg["edits"] >> EDIT["ENCAP"] & 1 and leg["dest"] != DEST["HOST"]:
            encap = self.get("ENCAP", leg["encap"])
        ip = parsed.get("l3_type") in (L3["IPV4"], L3["IPV6"])
        if not bad and ip and leg["edits"] >> EDIT["DEC_TTL"] & 1 and key["ip_ttl"] <= 1:
            return {**verdict, "port": PORT["HOST"], "reason": PUNT["TTL"]}, 0, None, None
        if bad or (encap is not None and odd(encap)):
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


PARITY_OF_LEG = model.pack(ROWS["leg"][1], {"parity": 1})
