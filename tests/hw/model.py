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
TUN, TUN_FLAG = enum("tun_type"), enum("tun_flag")
FP_MASK = (1 << next(f["width"] for f in CHIP["row"]["slot"]["fields"] if f["name"] == "fp")) - 1
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
    """A table row."""
    return pack(CHIP["row"][name]["fields"], values)


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
    x = NH_FIN * (2 * (2 * bank + sub) + 1) & M64
    a = ((x ^ x >> 32) * NH_FIN & M64) | 1
    b = ((a << 29 | a >> 35) & M64) | 1
    return (((total & 0xFFFFFFFF) * a + (total >> 32) * b) & M64) >> 32


def slot_place(key, mask, bank, sub, slots):
    """Row and fingerprint."""
    h = bank_hash(key, mask, bank, sub)
    return h >> (32 - (slots // 8).bit_length() + 1), h & FP_MASK


def slot_index(bank, sub, way, row):
    return bank << 24 | sub << 20 | way << 16 | row


# ------------------------------------------------------------------------------------ parser

L4_HEADERS = {(4, 6): ("TCP", 20), (6, 6): ("TCP", 20), (4, 17): ("UDP", 8), (6, 17): ("UDP", 8), (4, 132): ("SCTP", 12),
              (6, 132): ("SCTP", 12), (4, 1): ("ICMP", 8), (6, 58): ("ICMPV6", 8)}
HDR_BYTES = CHIP["const"]["HDR_BYTES"]["value"]


class Punt(Exception):
    """The frame goes to the host; args[0] names the reason."""


def number(frame, at, size):
    return int.from_bytes(frame[at:at + size], "big")


def must_see(frame, end):
    """Headers up to offset `end` are needed: they must be in the frame, and within what the parser sees."""
    if end > min(len(frame), HDR_BYTES):
        raise Punt("HEADER_LENGTH")


def parse_ethernet(frame, base, key, parsed):
    """Up to the EtherType; returns it and the offset behind it."""
    must_see(frame, base + 14)
    key["eth_dst"], key["eth_src"] = number(frame, base, 6), number(frame, base + 6, 6)
    at = base + 12
    for n in range(2):
        if frame[at:at + 2] not in (b"\x81\x00", b"\x88\xa8"):
            break
        must_see(frame, at + 6)
        key[f"vlan{n}_tpid"], key[f"vlan{n}_tci"] = struct.unpack_from(">HH", frame, at)
        key[f"vlan{n}_present"] = 1
        parsed["vlans"] = n + 1
        at += 4
    ethertype = number(frame, at, 2)
    at += 2
    if ethertype < 0x600:
        if frame[at:at + 6] == bytes.fromhex("aaaa03000000") and len(frame) >= at + 8:
            raise Punt("SNAP")
        ethertype = 0x05FF
    key["eth_type"] = ethertype
    return ethertype, at


def parse_arp(frame, at, key):
    """RFC 826; fields only of messages for IPv4 over Ethernet."""
    key["l3_type"] = L3["ARP"]
    if len(frame) >= at + 28 and frame[at:at + 6] == bytes.fromhex("000108000604"):
        operation = number(frame, at + 6, 2)
        key.update(ip_proto=operation if operation < 256 else 0, arp_sha=number(frame, at + 8, 6), ip_src=number(frame, at + 14, 4),
                   arp_tha=number(frame, at + 18, 6), ip_dst=number(frame, at + 24, 4))


def parse_ipv4(frame, at, key, _parsed):
    """Returns protocol or None, payload offset and length, and whether it is a header without options."""
    must_see(frame, at + 20)
    if frame[at] >> 4 != 4 or frame[at] & 15 < 5:
        raise Punt("IP_MALFORMED")
    ihl = (frame[at] & 15) * 4
    total, fragment = struct.unpack_from(">H2xH", frame, at + 2)
    if not ihl <= total <= len(frame) - at:
        raise Punt("IP_MALFORMED")
    key.update(l3_type=L3["IPV4"], ip_tos=frame[at + 1], ip_ttl=frame[at + 8], ip_proto=frame[at + 9],
               ip_src=number(frame, at + 12, 4), ip_dst=number(frame, at + 16, 4))
    key["ip_flags"] = fragment >> 14
    if fragment & 0x1FFF:
        key["frag"] = FRAG["LATER"]
        return None, at + ihl, total - ihl, ihl == 20
    if fragment & 0x2000:
        key["frag"] = FRAG["FIRST"]
    return (4, frame[at + 9]), at + ihl, total - ihl, ihl == 20


def parse_extensions(frame, proto, at, left, key, parsed):
    """RFC 8200, RFC 4302: up to four extension headers; returns protocol, offset and length of what is behind them.
    The protocol of a later fragment is 44, as Open vSwitch has it."""
    for count in range(5):
        if proto not in (0, 43, 44, 51, 60):
            break
        if count == 4:
            raise Punt("IPV6_EXT")
        if left < 8:
            raise Punt("IP_MALFORMED")
        must_see(frame, at + 8)
        size = {44: 8, 51: 4 * (frame[at + 1] + 2)}.get(proto, 8 * (frame[at + 1] + 1))
        if size > left:
            raise Punt("IP_MALFORMED")
        must_see(frame, at + size)
        if proto == 43:
            parsed["routing"] = 1
        fragment = number(frame, at + 2, 2) if proto == 44 else 0
        was, proto, at, left = proto, frame[at], at + size, left - size
        if fragment >> 3:
            key["frag"] = FRAG["LATER"]
            return 44, at, left
        if fragment & 1:
            key["frag"] = FRAG["FIRST"]
        elif was == 44:
            raise Punt("IPV6_EXT")  # an atomic fragment: kinds of Open vSwitch differ about it
    return proto, at, left


def parse_ipv6(frame, at, key, parsed):
    must_see(frame, at + 40)
    word, length, proto, ttl = struct.unpack_from(">IHBB", frame, at)
    if word >> 28 != 6 or length + 40 > len(frame) - at:
        raise Punt("IP_MALFORMED")
    key.update(l3_type=L3["IPV6"], ip_tos=word >> 20 & 255, ip_ttl=ttl, ip6_flow=word & 0xFFFFF,
               ip_src=number(frame, at + 8, 16), ip_dst=number(frame, at + 24, 16))
    key["ip_proto"], end, left = parse_extensions(frame, proto, at + 40, length, key, parsed)
    later = key.get("frag") == FRAG["LATER"]
    return None if later else (6, key["ip_proto"]), end, left, end == at + 40


def parse_neighbour(frame, at, length, key):
    """RFC 4861, 4.3 and 4.4: a solicitation or advertisement with no option, or with the one that belongs to it."""
    if length < 24:
        return
    if length not in (24, 32):
        raise Punt("ND_OPTIONS")
    must_see(frame, at + length)
    if length == 32:
        if frame[at + 24:at + 26] != bytes((frame[at] - 134, 1)):
            raise Punt("ND_OPTIONS")
        key["nd_ll"] = number(frame, at + 26, 6)
    key["nd_target"] = number(frame, at + 8, 16)


def parse_l4(frame, what, at, length, key, parsed):
    name, need = L4_HEADERS[what]
    if length < need:
        raise Punt("IP_MALFORMED")
    must_see(frame, at + need)
    if name == "TCP":
        offset_flags = number(frame, at + 12, 2)
        if not 20 <= (offset_flags >> 12) * 4 <= length:
            raise Punt("IP_MALFORMED")
        key["tcp_flags"] = offset_flags & 0xFFF
    if name.startswith("ICMP"):
        key["tp_src"], key["tp_dst"] = frame[at], frame[at + 1]
    else:
        key["tp_src"], key["tp_dst"] = struct.unpack_from(">HH", frame, at)
    if name == "ICMPV6" and frame[at] in (135, 136) and frame[at + 1] == 0:
        parse_neighbour(frame, at, length, key)
    key["l4_type"] = parsed["l4_type"] = L4[name]
    parsed["l4_off"] = at


def parse_headers(frame, base):
    """One level of headers: key fields, parse result, bytes of the IP payload, and whether nothing is between IP header and L4."""
    key, parsed = {}, {"base": base}
    ethertype, at = parse_ethernet(frame, base, key, parsed)
    parsed["l3_off"] = at
    length, plain = 0, False
    if ethertype in (0x0800, 0x86DD):
        what, l4, length, plain = (parse_ipv4 if ethertype == 0x0800 else parse_ipv6)(frame, at, key, parsed)
        if what in L4_HEADERS:
            parse_l4(frame, what, l4, length, key, parsed)
    elif ethertype == 0x0806:
        parse_arp(frame, at, key)
    parsed["l3_type"] = key.get("l3_type", 0)
    return key, parsed, length, plain


def geneve_options(frame, at, end, gnv_sel):
    """RFC 8926, 3.5: key fields of the words that `gnv_sel` (numbers as in registers GNV_SEL) names."""
    found = [None] * len(gnv_sel)
    for count in range(5):
        if at == end:
            break
        size = 4 + 4 * (frame[at + 3] & 31)
        if count == 4 or at + size > end:
            raise Punt("GENEVE_OPTIONS")
        for i, sel in enumerate(gnv_sel):
            if sel >> 31 and number(frame, at, 3) == (sel & 0xFFFF) << 8 | sel >> 16 & 0xFF and found[i] is None:
                word = 4 + 4 * (sel >> 24 & 31)
                found[i] = number(frame, at + word, 4) if word < size else -1
        at += size
    key = {f"gnv_opt{i}": word for i, word in enumerate(found) if word not in (None, -1)}
    key["gnv_present"] = sum(1 << i for i, word in enumerate(found) if word not in (None, -1))
    return key


def parse_tunnel(frame, outer, parsed, length, plain, kind, gnv_sel):
    """Key fields of a tunnel header (RFC 7348, RFC 8926) that Open vSwitch would take, and the offset behind it."""
    l3, udp = parsed["l3_off"], parsed["l4_off"]
    at = udp + 8
    if not plain or length < 16 or number(frame, udp + 4, 2) < 16:
        raise Punt("TUNNEL")
    ip4 = outer["l3_type"] == L3["IPV4"]
    if ip4:
        total = sum(struct.unpack_from(">10H", frame, l3))
        if (total & 0xFFFF) + (total >> 16) != 0xFFFF:
            raise Punt("TUNNEL")
    flags = 0 if number(frame, udp + 6, 2) == 0 else 1 << TUN_FLAG["CSUM"]
    if ip4 and outer["ip_flags"] & 1:
        flags |= 1 << TUN_FLAG["DF"]
    key = {"tun_type": TUN[kind], "tun_src": outer["ip_src"], "tun_dst": outer["ip_dst"], "tun_tos": outer["ip_tos"],
           "tun_ttl": outer["ip_ttl"], "tun_udp_dst": outer["tp_dst"], "tun_vni": number(frame, at + 4, 3), "tun_ip6": int(not ip4)}
    end = at + 8
    if kind == "VXLAN":
        if frame[at:at + 4] != b"\x08\0\0\0" or frame[at + 7]:
            raise Punt("TUNNEL")
    else:
        if frame[at] >> 6 or frame[at + 1] & 0x3F or frame[at + 2:at + 4] != b"\x65\x58" or frame[at + 7]:
            raise Punt("TUNNEL")
        flags |= (frame[at + 1] >> 7) << TUN_FLAG["OAM"] | (frame[at + 1] >> 6 & 1) << TUN_FLAG["CRIT"]
        words = frame[at] & 63
        end += 4 * words
        if words > 15 or end > udp + length:
            raise Punt("GENEVE_OPTIONS")
        key.update(geneve_options(frame, at + 8, end, gnv_sel))
    return {**key, "tun_flags": flags}, end


def flow_hash(key):
    if key.get("l3_type", 0) in (L3["IPV4"], L3["IPV6"]):
        ports = 0 if key.get("frag") else key.get("tp_dst", 0) << 16 | key.get("tp_src", 0)
        value = key["ip_src"] | key["ip_dst"] << 128 | ports << 256 | key["ip_proto"] << 288
    else:
        value = key["eth_src"] | key["eth_dst"] << 48 | key["eth_type"] << 96
    total = nh(words_of(value, 10), NH_KEY)
    return ((total ^ total >> 32) * NH_FIN & M64) >> 32


def parse(frame, port, tunnel_port=False, vxlan_port=4789, geneve_port=6081, gnv_sel=(0, 0, 0, 0), meta=None):
    """(key fields, parse result) of a frame; both are partial when parse result has a punt. `meta`: table_id and ct_* of
    the frame's metadata."""
    key, parsed = {}, {}
    try:
        key, parsed, length, plain = parse_headers(frame, 0)
        udp = key.get("l4_type") == L4["UDP"] and not key.get("frag")
        kind = {geneve_port: "GENEVE", vxlan_port: "VXLAN"}.get(key.get("tp_dst"))
        if tunnel_port and udp and kind:
            tunnel, base = parse_tunnel(frame, key, parsed, length, plain, kind, gnv_sel)
            key, parsed, _, _ = parse_headers(frame, base)
            parsed["tunnel"] = tunnel["tun_type"]
            key.update(tunnel)
        key["port"] = port
        parsed["hash"] = flow_hash(key)
        key.update(meta or {})
    except Punt as punt:
        parsed = {"punt": PUNT[punt.args[0]]}
    return key, parsed
