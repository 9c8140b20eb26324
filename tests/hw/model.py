# SPDX-License-Identifier: BSD-3-Clause
"""What the match-action pipeline has to do, in Python: the benches' expectation, made from hw/data and the RFCs.

Numbers of fields and enums come from the TOML files, nothing from the generated package.
"""
import struct
import sys
import tomllib
from pathlib import Path

HW = Path(__file__).resolve().parent.parent.parent / "hw"
CHIP = tomllib.loads((HW / "data/chip.toml").read_text())
ABI = tomllib.loads((HW / "data/abi.toml").read_text())
sys.path.insert(0, str(HW / "tools"))
from gen import nh_key  # noqa: E402  (the constants of the hash exist in the generator only)

NH_KEY = nh_key()
NH_FIN = CHIP["const"]["NH_FIN"]["value"]
M64 = (1 << 64) - 1


def enum(name):
    source = CHIP["enum"] if name in CHIP["enum"] else ABI["enum"]
    return {item["name"]: item["value"] for item in source[name]["items"]}


PUNT, L3, L4, FRAG, DEST, EDIT, DROP, TABLE, PORT = map(
    enum, ("punt", "l3_type", "l4_type", "frag", "dest", "edit", "drop", "table", "port"))
TUN = enum("tun_type")
KEY_FIELDS = {f["name"]: (32 * f["word"] + f["lsb"], f["width"]) for f in ABI["key"]["fields"]}


def pack_key(fields):
    """The 1,280-bit number of a dict of key fields."""
    key = 0
    for name, value in fields.items():
        at, width = KEY_FIELDS[name]
        assert 0 <= value < 1 << width, name
        key |= value << at
    return key


def pack(fields, values):
    """A row or struct whose fields are listed least significant first."""
    word, at = 0, 0
    for f in fields:
        value = values.get(f["name"], 0)
        assert 0 <= value < 1 << f["width"], f["name"]
        word |= value << at
        at += f["width"]
    assert set(values) <= {f["name"] for f in fields}, values
    return word


def pack_row(name, values):
    """A table row with even parity, where it has a parity bit."""
    fields = CHIP["row"][name]["fields"]
    word = pack(fields, values)
    if word.bit_count() % 2 and any(f["name"] == "parity" for f in fields):
        word = pack(fields, {**values, "parity": 1})
    return word


def pack_struct(name, values):
    return pack(CHIP["struct"][name]["fields"][::-1], values)


# ------------------------------------------------------------------------------------ lookup


def nh(words, key):
    return sum(((a + k) & 0xFFFFFFFF) * ((b + m) & 0xFFFFFFFF)
               for a, b, k, m in zip(words[::2], words[1::2], key[::2], key[1::2])) & M64


def words_of(number, count):
    return [(number >> 32 * i) & 0xFFFFFFFF for i in range(count)]


def bank_hash(key, mask, bank, sub):
    """h of chip.toml, [hash]."""
    total = nh(words_of(key & mask, 40), NH_KEY)
    a = NH_FIN * (2 * (2 * bank + sub) + 1) & M64
    b = ((a << 29 | a >> 35) & M64) | 1
    return (((total & 0xFFFFFFFF) * a + (total >> 32) * b) & M64) >> 32


def slot_place(key, mask, bank, sub, slots):
    """Row and fingerprint."""
    h = bank_hash(key, mask, bank, sub)
    return h >> (32 - (slots // 8).bit_length() + 1), h & 0xFFFF


def slot_index(bank, sub, way, row):
    return bank << 24 | sub << 20 | way << 16 | row


# ------------------------------------------------------------------------------------ parser

IPV6_EXT = (0, 43, 44, 50, 51, 60, 135, 139, 140)
L4_HEADERS = {(4, 6): ("TCP", 20), (6, 6): ("TCP", 20), (4, 17): ("UDP", 8), (6, 17): ("UDP", 8), (4, 132): ("SCTP", 12),
              (6, 132): ("SCTP", 12), (4, 1): ("ICMP", 8), (6, 58): ("ICMPV6", 8)}


class Punt(Exception):
    """The frame goes to the host; args[0] names the reason."""


def parse_ethernet(frame, base, key, parsed):
    """Up to the EtherType; returns it and the offset behind it."""
    if len(frame) < base + 14:
        raise Punt("HEADER_LENGTH")
    key["eth_dst"] = int.from_bytes(frame[base:base + 6], "big")
    key["eth_src"] = int.from_bytes(frame[base + 6:base + 12], "big")
    at = base + 12
    for n in range(2):
        if frame[at:at + 2] not in (b"\x81\x00", b"\x88\xa8"):
            break
        if len(frame) < at + 6:
            raise Punt("HEADER_LENGTH")
        key[f"vlan{n}_tpid"], key[f"vlan{n}_tci"] = struct.unpack_from(">HH", frame, at)
        key[f"vlan{n}_present"] = 1
        parsed["vlans"] = n + 1
        at += 4
    ethertype = int.from_bytes(frame[at:at + 2], "big")
    at += 2
    if ethertype < 0x600:
        if frame[at:at + 6] == bytes.fromhex("aaaa03000000") and len(frame) >= at + 8:
            raise Punt("SNAP")
        ethertype = 0x05FF
    key["eth_type"] = ethertype
    return ethertype, at


def parse_ipv4(frame, at, key):
    """Returns protocol or None, payload offset and length."""
    if len(frame) < at + 20:
        raise Punt("HEADER_LENGTH")
    if frame[at] >> 4 != 4 or frame[at] & 15 < 5:
        raise Punt("IP_MALFORMED")
    ihl = (frame[at] & 15) * 4
    if len(frame) < at + ihl:
        raise Punt("HEADER_LENGTH")
    total, fragment = struct.unpack_from(">H2xH", frame, at + 2)
    if not ihl <= total <= len(frame) - at:
        raise Punt("IP_MALFORMED")
    key.update(l3_type=L3["IPV4"], ip_tos=frame[at + 1], ip_ttl=frame[at + 8], ip_proto=frame[at + 9],
               ip_src=int.from_bytes(frame[at + 12:at + 16], "big"), ip_dst=int.from_bytes(frame[at + 16:at + 20], "big"))
    key["ip_flags"] = fragment >> 14
    if fragment & 0x1FFF:
        key["frag"] = FRAG["LATER"]
        return None, at + ihl, total - ihl
    if fragment & 0x2000:
        key["frag"] = FRAG["FIRST"]
    return (4, frame[at + 9]), at + ihl, total - ihl


def parse_ipv6(frame, at, key):
    if len(frame) < at + 40:
        raise Punt("HEADER_LENGTH")
    word, length, proto, ttl = struct.unpack_from(">IHBB", frame, at)
    if word >> 28 != 6 or length + 40 > len(frame) - at:
        raise Punt("IP_MALFORMED")
    if proto in IPV6_EXT:
        raise Punt("IPV6_EXT")
    key.update(l3_type=L3["IPV6"], ip_tos=word >> 20 & 255, ip_ttl=ttl, ip_proto=proto,
               ip_src=int.from_bytes(frame[at + 8:at + 24], "big"), ip_dst=int.from_bytes(frame[at + 24:at + 40], "big"))
    return (6, proto), at + 40, length


def parse_l4(frame, what, at, length, key, parsed):
    name, need = L4_HEADERS[what]
    if length < need:
        raise Punt("IP_MALFORMED")
    if name == "TCP":
        offset_flags = struct.unpack_from(">H", frame, at + 12)[0]
        if not 20 <= (offset_flags >> 12) * 4 <= length:
            raise Punt("IP_MALFORMED")
        key["tcp_flags"] = offset_flags & 0xFFF
    if name.startswith("ICMP"):
        key["tp_src"], key["tp_dst"] = frame[at], frame[at + 1]
    else:
        key["tp_src"], key["tp_dst"] = struct.unpack_from(">HH", frame, at)
    key["l4_type"] = parsed["l4_type"] = L4[name]
    parsed["l4_off"] = at


def parse_headers(frame, base):
    """One level of headers: key fields, parse result, bytes of the IP payload."""
    key, parsed = {}, {"base": base}
    ethertype, at = parse_ethernet(frame, base, key, parsed)
    parsed["l3_off"] = at
    length = 0
    if ethertype in (0x0800, 0x86DD):
        what, l4, length = (parse_ipv4 if ethertype == 0x0800 else parse_ipv6)(frame, at, key)
        if what in L4_HEADERS:
            parse_l4(frame, what, l4, length, key, parsed)
    elif ethertype == 0x0806:
        key["l3_type"] = L3["ARP"]
    parsed["l3_type"] = key.get("l3_type", 0)
    return key, parsed, length


def is_vxlan(frame, key, parsed, length):
    """Raises Punt for a tunnel header that is not the plain one of RFC 7348 over a plain IPv4 header."""
    l3, l4 = parsed["l3_off"], parsed["l4_off"]
    if key["l3_type"] != L3["IPV4"] or l4 - l3 != 20 or length < 16:
        raise Punt("TUNNEL")
    total = sum(struct.unpack_from(">10H", frame, l3))
    if (total & 0xFFFF) + (total >> 16) != 0xFFFF:
        raise Punt("TUNNEL")
    if frame[l4 + 8:l4 + 12] != b"\x08\0\0\0" or frame[l4 + 15]:
        raise Punt("TUNNEL")


def flow_hash(key):
    if key.get("l3_type", 0) in (L3["IPV4"], L3["IPV6"]):
        ports = 0 if key.get("frag") else key.get("tp_dst", 0) << 16 | key.get("tp_src", 0)
        number = key["ip_src"] | key["ip_dst"] << 128 | ports << 256 | key["ip_proto"] << 288
    else:
        number = key["eth_src"] | key["eth_dst"] << 48 | key["eth_type"] << 96
    total = nh(words_of(number, 10), NH_KEY)
    return ((total ^ total >> 32) * NH_FIN & M64) >> 32


def parse(frame, port, tunnel_port=False, vxlan_port=4789):
    """(key fields, parse result) of a frame; both are partial when parse result has a punt."""
    key, parsed = {}, {}
    try:
        key, parsed, length = parse_headers(frame, 0)
        udp = key.get("l4_type") == L4["UDP"] and not key.get("frag")
        if tunnel_port and udp and key["tp_dst"] == vxlan_port:
            is_vxlan(frame, key, parsed, length)
            outer, base = key, parsed["l4_off"] + 16
            key, parsed, _ = parse_headers(frame, base)
            parsed["tunnel"] = TUN["VXLAN"]
            key.update(tun_type=TUN["VXLAN"], tun_src=outer["ip_src"], tun_dst=outer["ip_dst"], tun_tos=outer["ip_tos"],
                       tun_ttl=outer["ip_ttl"], tun_udp_dst=outer["tp_dst"],
                       tun_vni=int.from_bytes(frame[base - 4:base - 1], "big"))
        key["port"] = port
        parsed["hash"] = flow_hash(key)
    except Punt as punt:
        parsed = {"punt": PUNT[punt.args[0]]}
    return key, parsed
