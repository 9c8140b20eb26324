# SPDX-License-Identifier: BSD-3-Clause
"""What an rte_flow rule means, worked out from its testpmd text with scapy alone.

Rule.parse() reads a `flow create` line. matching() is a frame that it matches, near_misses() are
frames that differ from it in one field that the rule looks at, and apply() says which frames come
out of which port. Nothing here knows how Ferrule does it.
"""

import copy
import re
from dataclasses import dataclass, field

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import Dot1Q, Ether, LLC
from scapy.layers.sctp import SCTP
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw
from scapy.utils import checksum

FULL = -1  # a mask of all bits

# OVS's name for "not Ethernet II" in a flow's eth type (OpenFlow's OFP_DL_TYPE_NOT_ETH_TYPE).
NOT_ETHERNET_II = 0x05FF

SRC_MAC, DST_MAC = "02:00:00:00:10:01", "02:00:00:00:10:02"
L3_TYPE = {0x0800: IP, 0x86DD: IPv6}
L4 = {"tcp": TCP, "udp": UDP, "sctp": SCTP, "icmp": ICMP}


@dataclass
class Item:
    name: str
    fields: dict = field(default_factory=dict)  # name -> (spec, mask)


@dataclass
class Action:
    name: str
    values: dict = field(default_factory=dict)


def number(text):
    """Integers, and addresses as they are."""
    return int(text, 0) if re.fullmatch(r"\d+|0x[0-9a-fA-F]+", text) else text


def parse_item(text):
    name, *words = text.split()
    item = Item(name)
    for key, kind, value in zip(words[::3], words[1::3], words[2::3]):
        spec, mask = item.fields.get(key, (0, FULL))
        if kind in ("is", "spec"):
            spec = number(value)
        elif kind == "mask":
            mask = number(value)
        else:
            raise ValueError(f"item {text!r}: no {kind!r} here")
        item.fields[key] = (spec, mask)
    return item


def parse_action(text):
    name, *words = text.split()
    return Action(name, {k: number(v) for k, v in zip(words[::2], words[1::2])})


@dataclass
class Rule:
    """A rule: on which port it is created, how, what it matches and does. `encap`: values of `set vxlan`."""
    port: int
    transfer: bool
    items: list
    actions: list
    encap: dict = field(default_factory=dict)

    @classmethod
    def parse(cls, line):
        encap = {}
        setup, _, rest = line.rpartition(";")
        if setup:
            words = setup.split()[2:]
            encap = {k: number(v) for k, v in zip(words[::2], words[1::2])}
        head = re.match(r"\s*flow create (\d+) (.*?)\s*pattern (.*?) / end actions (.*?) / end\s*$", rest)
        if not head:
            raise ValueError(f"not a rule: {line!r}")
        attributes = head.group(2).split()
        return cls(int(head.group(1)), "transfer" in attributes, [parse_item(t) for t in head.group(3).split(" / ")],
                   [parse_action(t) for t in head.group(4).split(" / ")], encap)

    # What matches

    def item(self, name):
        return next((i for i in self.items if i.name == name), None)

    def value(self, item, key, default):
        """A value for a field: the spec where the mask has bits, the default elsewhere."""
        found = self.item(item)
        if not found or key not in found.fields:
            return default
        spec, mask = found.fields[key]
        if mask == FULL or isinstance(spec, str):
            return spec
        return spec & mask | (default & ~mask)

    def matching(self, payload=b"Ferrule forwards this frame.", **flips):
        """A frame (bytes) that the rule matches. flips: "item.field" -> another value for that field."""
        def value(item, key, default):
            name = f"{item}.{key}"
            return flips[name] if name in flips else self.value(item, key, default)

        frame = Ether(src=value("eth", "src", SRC_MAC), dst=value("eth", "dst", DST_MAC))
        tagged = value("eth", "has_vlan", 1 if self.item("vlan") else 0)
        inner = value("vlan", "inner_type", None) if self.item("vlan") else value("eth", "type", None)
        if inner is None:
            inner = 0x86DD if self.item("ipv6") else 0x0800
        if tagged:
            tci = value("vlan", "tci", 0xA064)
            tpid = value("eth", "type", 0x8100) if self.item("vlan") else 0x8100
            tag = Dot1Q(vlan=tci & 0xFFF, id=tci >> 12 & 1, prio=tci >> 13, type=inner)
            frame = Ether(src=frame.src, dst=frame.dst, type=tpid) / tag
        elif inner == NOT_ETHERNET_II:
            body = bytes(LLC(dsap=0x42, ssap=0x42, ctrl=3)) + payload
            return bytes(Ether(src=frame.src, dst=frame.dst, type=len(body))) + body
        else:
            frame.type = inner
        return bytes(frame / self._l3(value, inner, payload)) if self._has_l3() else bytes(frame / Raw(payload))

    def _has_l3(self):
        return self.item("ipv4") or self.item("ipv6")

    def _l3(self, value, _inner, payload):
        l4_name = next((n for n in L4 if self.item(n)), None)
        default = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1}.get(l4_name, 17)
        l4 = L4.get(l4_name, UDP)()
        for key, attribute, fallback in (("src", "sport", 1000), ("dst", "dport", 2000)):
            if hasattr(l4, attribute):
                setattr(l4, attribute, value(l4_name or "udp", key, fallback))
        if self.item("ipv6"):
            ip = IPv6(src=value("ipv6", "src", "fd00::1"), dst=value("ipv6", "dst", "fd00::2"), fl=0x12345, tc=0x1C,
                      hlim=value("ipv6", "hop", 64), nh=value("ipv6", "proto", default))
            if value("ipv6", "has_frag_ext", 0):
                ip = ip / IPv6ExtHdrFragment(nh=ip.nh, m=1, id=7)
                ip.nh = 44
            return ip / l4 / Raw(payload)
        fragment = value("ipv4", "fragment_offset", 0)
        return IP(src=value("ipv4", "src", "10.0.0.1"), dst=value("ipv4", "dst", "10.0.0.2"),
                  tos=value("ipv4", "tos", 0x1C), ttl=value("ipv4", "ttl", 64), proto=value("ipv4", "proto", default),
                  flags=fragment >> 13 & 7, frag=fragment & 0x1FFF, id=4711) / l4 / Raw(payload)

    def near_misses(self):
        """{"item.field": frame} for every field the rule looks at: the frame differs from matching() there only."""
        frames = {}
        for item in self.items:
            for key, (spec, mask) in item.fields.items():
                name = f"{item.name}.{key}"
                if name == "eth.type" and spec == NOT_ETHERNET_II:
                    frames[name] = self.matching(**{name: 0x88B5})
                elif name in ("eth.type", "vlan.inner_type") and self._has_l3() and not (name == "eth.type" and self.item("vlan")):
                    # Another EtherType would not be a packet of this rule's kind: the tag's is tried, and 0x88b5.
                    frames[name] = self.matching(**{name: 0x88B5})
                elif name == "eth.type" and self.item("vlan"):
                    frames[name] = self.matching(**{name: 0x88A8})
                elif name == "eth.has_vlan":
                    frames[name] = self._toggle_tag()
                elif name == "ipv4.fragment_offset":
                    frames[name] = self.matching(**{name: 0x2000})
                elif isinstance(spec, str):
                    frames[name] = self.matching(**{name: next_address(spec)})
                else:
                    bit = 1 if mask == FULL else mask & -mask
                    frames[name] = self.matching(**{name: self.value(item.name, key, 0) ^ bit})
        return frames

    def _toggle_tag(self):
        frame = self.matching()
        if self.item("vlan"):
            return frame[:12] + frame[16:]
        return frame[:12] + bytes.fromhex("81000064") + frame[12:]

    # What happens

    def apply(self, frame):
        """[(port number of testpmd, frame)] in the order of the outputs; "host" is the slow path. A frame that was
        encapsulated is an Encapsulated."""
        packet = Ether(frame)
        outputs = []
        for action in self.actions:
            if action.name == "drop":
                return []
            if action.name in ("port_id", "represented_port"):
                to = action.values.get("id", action.values.get("ethdev_port_id"))
                outputs.append((to, packet if isinstance(packet, Encapsulated) else rebuilt(packet)))
            elif action.name in ("mark", "rss"):
                outputs = [("host", rebuilt(packet))]
            elif action.name == "vxlan_encap":
                packet = Encapsulated(dict(self.encap), rebuilt(packet))
            elif action.name != "count":
                packet = EDITS[action.name](copy.deepcopy(packet), **action.values)
        return outputs


def next_address(text):
    """An address whose last bit is the other one."""
    if ":" in text and "::" not in text and len(text) == 17:
        return f"{text[:-2]}{int(text[-2:], 16) ^ 1:02x}"
    if "." in text:
        head, _, last = text.rpartition(".")
        return f"{head}.{int(last) ^ 1}"
    head, _, last = text.rpartition(":")
    return f"{head}:{int(last or '0', 16) ^ 1:x}"


# ---- Edits: what RFC 791, 768, 9293 and IEEE 802.1Q ask of a device that changes such a field ----


def rebuilt(packet):
    """Bytes; checksums were deleted where they had to change, and scapy fills them in."""
    return bytes(packet)


def checksums_change(packet):
    """Fields that are covered by checksums changed: they are computed anew, but a UDP checksum of 0 stays (RFC 768)."""
    if IP in packet:
        del packet[IP].chksum
    if TCP in packet:
        del packet[TCP].chksum
    if UDP in packet and (packet[UDP].chksum or IPv6 in packet):
        del packet[UDP].chksum
    return packet


def set_mac(which):
    def edit(packet, mac_addr):
        setattr(packet, which, mac_addr)
        return packet
    return edit


def set_ip(layer, which):
    def edit(packet, **values):
        setattr(packet[layer], which, next(iter(values.values())))
        return checksums_change(packet)
    return edit


def set_port(which):
    def edit(packet, port):
        setattr(packet[next(l for l in (TCP, UDP) if l in packet)], which, port)
        return checksums_change(packet)
    return edit


def set_ttl(packet, ttl_value):
    if IP in packet:
        packet[IP].ttl = ttl_value
        del packet[IP].chksum
    else:
        packet[IPv6].hlim = ttl_value
    return packet


def dec_ttl(packet):
    return set_ttl(packet, packet[IP].ttl - 1 if IP in packet else packet[IPv6].hlim - 1)


def push_vlan(packet, ethertype):
    tag = Dot1Q(vlan=0, type=packet.type)
    return Ether(src=packet.src, dst=packet.dst, type=ethertype) / tag / packet.payload


def set_vid(packet, vlan_vid):
    packet[Dot1Q].vlan = vlan_vid
    return packet


def set_pcp(packet, vlan_pcp):
    packet[Dot1Q].prio = vlan_pcp
    return packet


def pop_vlan(packet):
    tag = packet[Dot1Q]
    return Ether(src=packet.src, dst=packet.dst, type=tag.type) / tag.payload


def vxlan_decap(packet):
    return Ether(bytes(packet[VXLAN].payload))


EDITS = {
    "set_mac_src": set_mac("src"), "set_mac_dst": set_mac("dst"),
    "set_ipv4_src": set_ip(IP, "src"), "set_ipv4_dst": set_ip(IP, "dst"),
    "set_ipv6_src": set_ip(IPv6, "src"), "set_ipv6_dst": set_ip(IPv6, "dst"),
    "set_ttl": set_ttl, "dec_ttl": dec_ttl,
    "set_tp_src": set_port("sport"), "set_tp_dst": set_port("dport"),
    "of_push_vlan": push_vlan, "of_set_vlan_vid": set_vid, "of_set_vlan_pcp": set_pcp, "of_pop_vlan": pop_vlan,
    "vxlan_decap": vxlan_decap,
}


@dataclass
class Encapsulated:
    """A frame behind outer headers; the sender may choose the outer UDP source port (RFC 7348, 5) and the IP id."""
    outer: dict
    inner: bytes

    def check(self, frame):
        """Raises AssertionError when `frame` is not this."""
        packet = Ether(frame)
        o = self.outer
        assert (packet.dst, packet.src, packet.type) == (o["eth-dst"], o["eth-src"], 0x0800), packet.summary()
        ip, udp, vxlan = packet[IP], packet[UDP], packet[VXLAN]
        assert (ip.src, ip.dst, ip.proto, ip.ihl) == (o["ip-src"], o["ip-dst"], 17, 5)
        assert (ip.tos, ip.ttl) == (o.get("ip-tos", 0), o.get("ip-ttl", 64))
        assert ip.len == len(frame) - 14 and ip.frag == 0 and not ip.flags.MF
        assert checksum(bytes(ip)[:20]) == 0, "outer IPv4 checksum"
        assert 49152 <= udp.sport <= 65535, f"source port {udp.sport} is not of the dynamic range"
        assert (udp.dport, udp.len, udp.chksum) == (o["udp-dst"], len(frame) - 34, 0)
        assert bytes(vxlan)[:8] == bytes.fromhex("08000000") + o["vni"].to_bytes(3, "big") + b"\0"
        assert frame[50:] == self.inner, "inner frame"
