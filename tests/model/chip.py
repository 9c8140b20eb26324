# SPDX-License-Identifier: BSD-3-Clause
"""The reference model behind a pipe (model_cli.c), and rows, keys and hashes as the TOML files tell them."""

import re
import subprocess
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CHIP = tomllib.loads((TOP / "hw/data/chip.toml").read_text())
ABI = tomllib.loads((TOP / "hw/data/abi.toml").read_text())
HEADER = (TOP / "firmware/include/frl_chip.h").read_text()


def enum(name):
    items = (CHIP["enum"].get(name) or ABI["enum"].get(name))["items"]
    return {i["name"]: i["value"] for i in items}


TABLE, PUNT, DROP, EDIT, DEST, L3, L4, FRAG = (
    enum(n) for n in ("table", "punt", "drop", "edit", "dest", "l3_type", "l4_type", "frag"))
KEY = {f["name"]: (32 * f["word"] + f["lsb"], f["width"]) for f in ABI["key"]["fields"]}
HOST = enum("port")["HOST"]
WIRE0 = 0
VF0 = enum("port")["VF0"]

NH_FIN = CHIP["const"]["NH_FIN"]["value"]
NH_KEY = [int(w, 16) for w in re.findall(r"0x([0-9a-f]{8})u, ", HEADER.split("FRL_NH_KEY_INIT")[1].split("}")[0])]
M32, M64 = (1 << 32) - 1, (1 << 64) - 1


def row(kind, **values):
    """Number of a row of chip.toml."""
    number, lsb = 0, 0
    for field in CHIP["row"][kind]["fields"]:
        number |= (values.pop(field["name"], 0) & ((1 << field["width"]) - 1)) << lsb
        lsb += field["width"]
    assert not values, values
    return number


def key(**values):
    number = 0
    for name, value in values.items():
        lsb, width = KEY[name]
        assert value < 1 << width, (name, value)
        number |= value << lsb
    return number


def mask(*names):
    """Key with all ones in these fields."""
    return key(**{name: (1 << KEY[name][1]) - 1 for name in names})


def nh(number, words=40):
    total = 0
    for i in range(0, words, 2):
        a, b = ((number >> (32 * j)) + NH_KEY[j] & M32 for j in (i, i + 1))
        total += a * b
    return total & M64


def place(number, bank, sub, slots):
    """Row and fingerprint of a masked key."""
    total = nh(number)
    x = NH_FIN * (2 * (2 * bank + sub) + 1) & M64
    a = ((x ^ x >> 32) * NH_FIN & M64) | 1
    b = (a << 29 & M64 | a >> 35) | 1
    h = ((total & M32) * a + (total >> 32) * b & M64) >> 32
    return h * (slots // 8) >> 32, h % (1 << fp_width())


def fp_width():
    return next(f["width"] for f in CHIP["row"]["slot"]["fields"] if f["name"] == "fp")


def flow_hash(fields):
    """Of the key fields that an account names."""
    f = {name: fields.get(name, 0) for name in KEY}
    if f["l3_type"] in (L3["IPV4"], L3["IPV6"]):
        ports = 0 if f["frag"] else f["tp_dst"] << 16 | f["tp_src"]
        n = f["ip_src"] | f["ip_dst"] << 128 | ports << 256 | f["ip_proto"] << 288
    else:
        n = f["eth_src"] | f["eth_dst"] << 48 | f["eth_type"] << 96
    total = nh(n, 10)
    return ((total ^ total >> 32) * NH_FIN & M64) >> 32


class Result:
    """What became of a frame: numbers by name, key fields by name, the account."""

    def __init__(self, lines):
        self.account = lines[:-1]
        words = lines[-1].split()[1:]
        for name, value in zip(words[::2], words[1::2]):
            setattr(self, name, value if name == "frame" else int(value))
        self.frame = b"" if self.frame == "-" else bytes.fromhex(self.frame)
        self.key = {}
        for line in self.account:
            if match := re.fullmatch(r"parse: (\w+) 0x([0-9a-f]+)", line):
                self.key[match[1]] = int(match[2], 16)

    def __repr__(self):
        return "\n".join(self.account)


class Chip:
    BANKS, SLOTS, TCAM, RULES, LEGS, ENCAPS, TEAMS = 8, 64, 16, 64, 64, 16, 16

    def __init__(self):
        self.process = subprocess.Popen([TOP / "build/tests/model/model_cli"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.send("sizes", self.BANKS, self.SLOTS, self.TCAM, self.RULES, self.LEGS, self.ENCAPS, self.TEAMS)
        for port in (*range(2), HOST, HOST + 1, *range(VF0, VF0 + 4)):
            self.port(port)
        self.tunnels()
        self.meta()

    def send(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        lines = []
        while not lines or not lines[-1].startswith("="):
            line = self.process.stdout.readline()
            assert line, f"the model died at {words[0]}"
            lines.append(line.rstrip("\n"))
        return lines

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait() == 0

    def port(self, number, enable=1, tunnel=0, max_len=0, slow_pair=0):
        self.send("port", number, enable, tunnel, max_len, slow_pair)

    def tunnels(self, vxlan=4789, geneve=6081, sel=(0, 0, 0, 0)):
        self.send("tunnels", vxlan, geneve, *sel)

    def meta(self, src=0, direct=0, dst=0, replica=0, leg=0, rule=0, mark=0, table_id=0, ct_state=0, ct_zone=0,
             ct_mark=0):
        self.send("meta", src, direct, dst, replica, leg, rule, mark, table_id, ct_state, ct_zone, ct_mark)

    def write(self, table, index, number, flip=0):
        return int(self.send("write", TABLE[table], index, flip, f"{number:x}")[-1].split()[1])

    def frame(self, data, **meta):
        if meta:
            self.meta(**meta)
        return Result(self.send("frame", bytes(data).hex() or "-"))

    def best(self, number):
        found, rule = self.send("best", f"{number:x}")[-1].split()[1:]
        return int(rule) if int(found) else None

    # Rules as firmware would place them.

    def slot(self, bank, sub, at, way, number, flip=0):
        return self.write("SLOT", bank << 24 | sub << 20 | way << 16 | at, number, flip)

    def bank(self, number, bits, enable=1, flip=0):
        self.write("BANK", number, row("bank", mask=bits, enable=enable), flip)

    def rule(self, index, bits, value, bank=0, sub=0, way=0, prio=0, leg=1, fp_of=None):
        """A rule in a bank whose mask is `bits`."""
        self.write("KEY", index, value & bits)
        self.write("RULE", index, row("rule", leg=leg))
        at, fp = place((value if fp_of is None else fp_of) & bits, bank, sub, self.SLOTS)
        self.slot(bank, sub, at, way, row("slot", valid=1, fp=fp, prio=prio, rule=index))
        return at, way

    def tcam_rule(self, entry, index, bits, value, prio=0, leg=1, valid=1, flip=0):
        self.write("KEY", index, value & bits)
        self.write("RULE", index, row("rule", leg=leg))
        self.write("TCAM_MASK", entry, bits)
        self.write("TCAM", entry, row("tcam", key=value, prio=prio, rule=index, valid=valid), flip)

    def leg(self, index, edits=(), dest="PORT", dest_id=1, **fields):
        bits = sum(1 << EDIT[name] for name in edits)
        self.write("LEG", index, row("leg", edits=bits, dest=DEST.get(dest, dest), dest_id=dest_id, **fields))

    def catch_all(self, leg=1):
        """Every frame hits rule 1."""
        self.bank(0, 0)
        self.rule(1, 0, 0, leg=leg)
