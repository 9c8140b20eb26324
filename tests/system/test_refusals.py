# SPDX-License-Identifier: BSD-3-Clause
"""What the card cannot do is refused, with the reason that fits; nothing is done by halves."""

import re

import pytest
from conftest import reason
from lib.rules import Rule

from judge import check_misses
from test_shapes import PORTS, TCP4, UDP4, VXLAN, numbered, push

ETH = "eth"
OUT = "port_id id {vf1}"
IP4 = "eth type is 0x0800 has_vlan is 0 / ipv4"

# name: (reason, attributes, pattern, actions)
REFUSED = {
    "port of another driver": ("ACTION_PORT_FOREIGN", "transfer", UDP4, "port_id id {net_null0}"),
    "represented port of another driver": ("ACTION_PORT_FOREIGN", "transfer", UDP4,
                                           "represented_port ethdev_port_id {net_null0}"),
    "port that does not exist": ("ACTION_PORT_FOREIGN", "transfer", UDP4, "port_id id 999"),
    "one good output and one foreign": ("ACTION_PORT_FOREIGN", "transfer", UDP4, OUT + " / port_id id {net_null0}"),
    "no fate": ("ACTION_NO_FATE", "transfer", UDP4, "count"),
    "edits without fate": ("ACTION_NO_FATE", "transfer", UDP4, "set_ttl ttl_value 3"),
    "drop and output": ("ACTION_FATE_CONFLICT", "transfer", UDP4, "drop / " + OUT),
    "output and drop": ("ACTION_FATE_CONFLICT", "transfer", UDP4, OUT + " / drop"),
    "nine outputs": ("ACTION_LEGS", "transfer", UDP4, " / ".join([OUT] * 9)),
    "jump": ("ACTION_UNKNOWN", "transfer", UDP4, "jump group 1"),
    "MPLS push": ("ACTION_UNKNOWN", "transfer", UDP4, "of_push_mpls ethertype 0x8847 / " + OUT),
    "mark on the way to a port": ("ACTION_MARK_RSS", "transfer", UDP4, "mark id 5 / " + OUT),
    "RSS over some queues": ("ACTION_RSS", "ingress", UDP4, "mark id 5 / rss queues 0 0 end"),
    "two counters": ("COUNT_SHARED", "transfer", UDP4, "count / count / " + OUT),
    "TTL zero": ("ACTION_TTL_ZERO", "transfer", UDP4, "set_ttl ttl_value 0 / " + OUT),
    "IPv4 address of any frame": ("ACTION_NEEDS_MATCH", "transfer", ETH, "set_ipv4_src ipv4_addr 1.2.3.4 / " + OUT),
    "port number without L4": ("ACTION_NEEDS_MATCH", "transfer", IP4, "set_tp_dst port 9 / " + OUT),
    "pop of a tag that need not be there": ("ACTION_NEEDS_MATCH", "transfer", ETH, "of_pop_vlan / " + OUT),
    "decap of any frame": ("ACTION_NEEDS_MATCH", "transfer", UDP4, "vxlan_decap / " + OUT),
    "three tags": ("ACTION_VLAN_DEPTH", "transfer", UDP4, " / ".join([push(1), push(2), push(3), OUT])),
    "VLAN id of a tag that came in": ("ACTION_VLAN_REWRITE", "transfer", "eth has_vlan is 1 / vlan tci is 5",
                                      "of_set_vlan_vid vlan_vid 7 / " + OUT),
    "NVGRE": ("ACTION_UNKNOWN", "transfer", UDP4, "nvgre_encap / " + OUT),
    "edit of outer headers": ("ACTION_TUNNEL_EDIT", "transfer", UDP4,
                              "vxlan_encap / set_ipv4_dst ipv4_addr 1.2.3.4 / port_id id {p0}"),
    "another group": ("ATTR_GROUP", "group 1 transfer", UDP4, OUT),
    "priority": ("ATTR_PRIORITY", "priority 70000 transfer", UDP4, OUT),
    "egress": ("ATTR_DIRECTION", "egress", UDP4, OUT),
    "no direction": ("ATTR_DIRECTION", "", UDP4, OUT),
    "GRE": ("MATCH_ITEM", "transfer", "eth / ipv4 / gre", OUT),
    "MPLS": ("MATCH_ITEM", "transfer", "eth / mpls label is 5", OUT),
    "IPv4 identification": ("MATCH_FIELD", "transfer", "eth / ipv4 packet_id is 7", OUT),
    "ICMP identifier": ("MATCH_FIELD", "transfer", "eth / ipv4 / icmp ident is 7", OUT),
    "range of ports": ("MATCH_RANGE", "transfer", "eth / ipv4 / udp src spec 1 src last 9 src mask 0xffff", OUT),
    "TCP before IPv4": ("MATCH_ORDER", "transfer", "eth / tcp / ipv4", OUT),
    "IPv6 in an IPv4 EtherType": ("MATCH_CONFLICT", "transfer", "eth type is 0x0800 / ipv6", OUT),
    "UDP in protocol 6": ("MATCH_CONFLICT", "transfer", "eth / ipv4 proto is 6 / udp", OUT),
}


def ports(card):
    return {name: card.number(name) for name in [*PORTS, "net_null0"]}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(card, case):
    name, attributes, pattern, actions = REFUSED[case]
    card.testpmd.command(VXLAN)
    line = f"flow create {{vf0}} {attributes} pattern {pattern} / end actions {actions} / end".format(**ports(card))
    rule, text = card.testpmd.flow(line)
    assert rule is None, f"taken: {line}"
    assert reason(name) in text, f"{line}\n{text}"


def test_refused_rule_changes_nothing(card):
    """After all refusals frames still go to the host."""
    frame = Rule.parse(f"flow create 0 transfer pattern {UDP4} / end actions drop / end").matching()
    check_misses(card, "vf0", {"frame": frame})


def test_outer_ipv6(card):
    card.testpmd.command(VXLAN.replace("ipv4", "ipv6").replace("172.16.0.1", "fd00::1").replace("172.16.0.2", "fd00::2"))
    _, text = card.testpmd.flow(numbered(
        card, f"flow create {{vf0}} transfer pattern {UDP4} / end actions vxlan_encap / port_id id {{p0}} / end"))
    assert text and reason("ACTION_TUNNEL") in text


def test_same_rule_twice(card, rules):
    line = numbered(card, f"flow create {{vf0}} transfer pattern {UDP4} / end actions count / port_id id {{vf1}} / end")
    rules(line)
    _, text = card.testpmd.flow(line)
    assert text and reason("RULE_EXISTS") in text


def test_query_without_counter(card, rules):
    rule = rules(numbered(card, f"flow create {{vf0}} transfer pattern {UDP4} / end actions port_id id {{vf1}} / end"))
    answer = card.testpmd.flow_query(card.number("vf0"), rule)
    assert reason("COUNTER_UNKNOWN") in answer


def test_query_of_unknown_rule(card):
    """testpmd itself knows its rules."""
    assert "not found" in card.testpmd.flow_query(card.number("vf0"), 4711)


def test_too_many_masks(card, rules):
    """Each mask owns at least one hash bank: when there is none left, the next mask is refused, and the others work on."""
    line = "flow create {vf0} transfer pattern eth type is 0x0800 has_vlan is 0 / ipv4 proto is 17 / udp src spec {n} " \
           "src mask {n} / end actions count / port_id id {vf1} / end"
    text, made = None, 0
    while text is None and made < 33:
        number, text = card.testpmd.flow(line.format(n=1 << made % 16 | made >> 4, **ports(card)))
        made += text is None
    try:
        assert text and reason("MASKS_FULL") in text, text
        assert made >= 4, "a few masks must fit"
        check_hit_of_mask(card)
    finally:
        card.testpmd.flow_flush(card.number("vf0"))
    rules(numbered(card, f"flow create {{vf0}} transfer pattern {TCP4} / end actions count / port_id id {{vf1}} / end"))


def check_hit_of_mask(card):
    frame = Rule.parse("flow create 0 transfer pattern eth / ipv4 / udp src is 1 / end actions drop / end").matching()
    card.send("vf0", frame)
    assert card.collect(1)["vf1"] == [frame]


def fill(card, path, lines):
    """Creates rules from a file, which testpmd reads faster than its prompt: [None or text of the refusal] for each."""
    path.write_text("\n".join(lines) + "\n")
    answer = card.testpmd.command(f"load {path}", timeout=120)
    return [refusal or None for refusal in re.findall(r"Flow rule #\d+ created|(Caught PMD error.*)", answer)]


def test_full_table(card, tmp_path):
    """Rules of one mask fill all that is there for it; then the refusal says so, and what was installed works on."""
    source = card.number("vf0")
    line = f"flow create {source} transfer pattern eth type is 0x0800 has_vlan is 0 / ipv4 proto is 17 fragment_offset is 0 / " \
           f"udp src is {{src}} dst is {{dst}} / end actions count / port_id id {card.number('vf1')} / end"
    full = [reason(n) for n in ("RULES_FULL", "BANK_FULL", "OBJECTS_FULL")]
    installed, refusals = [], []
    for start in range(0, 10000, 1000):
        numbers = range(start, start + 1000)
        results = fill(card, tmp_path / "rules", [line.format(src=n % 5000 + 1, dst=n // 5000 + 1) for n in numbers])
        assert len(results) == len(numbers)
        installed += [n for n, refusal in zip(numbers, results) if not refusal]
        refusals += filter(None, results)
        if refusals:
            break
    try:
        assert refusals and all(any(t in text for t in full) for text in refusals), refusals[:3]
        assert len(installed) >= 4096, f"half of the slots must be usable, not {len(installed)}"
        for number in (installed[0], installed[len(installed) // 2], installed[-1]):
            frame = Rule.parse(line.format(src=number % 5000 + 1, dst=number // 5000 + 1)).matching()
            card.send("vf0", frame)
            assert card.collect(1)["vf1"] == [frame]
    finally:
        card.testpmd.command(f"flow flush {source}", timeout=120)
    frame = Rule.parse(line.format(src=1, dst=1)).matching()
    check_misses(card, "vf0", {"rule that was flushed": frame})
