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


def take_all_masks(card):
    """Rules of different masks until no more is taken: the first own a hash bank each, the others stand in the TCAM.
    Returns (numbers of the rules, text of the refusal)."""
    line = "flow create {vf0} transfer pattern eth type is 0x0800 has_vlan is 0 / ipv4 proto is 17 / udp src spec {n} " \
           "src mask {n} / end actions count / port_id id {vf1} / end"
    made = []
    for n in range(1, 400):
        rule, text = card.testpmd.flow(line.format(n=n, **ports(card)))
        if text:
            return made, text
        made.append(rule)
    raise AssertionError("399 masks were taken")


def test_too_many_masks(card, rules):
    """When all banks have a mask and the TCAM is full, the next mask is refused, and the others work on."""
    try:
        made, text = take_all_masks(card)
        assert reason("TCAM_FULL") in text and len(made) >= 16
        for source in (1, 32):  # one in a bank, one in the TCAM
            frame = Rule.parse(f"flow create 0 transfer pattern eth / ipv4 / udp src is {source} / end "
                               "actions drop / end").matching()
            card.send("vf0", frame)
            assert card.collect(1)["vf1"] == [frame]
    finally:
        card.testpmd.flow_flush(card.number("vf0"))
    rules(numbered(card, f"flow create {{vf0}} transfer pattern {TCP4} / end actions count / port_id id {{vf1}} / end"))


def fill(card, path, lines):
    """Creates rules from a file, which testpmd reads faster than its prompt: [None or text of the refusal] for each."""
    path.write_text("\n".join(lines) + "\n")
    answer = card.testpmd.command(f"load {path}", timeout=120)
    return [refusal or None for refusal in re.findall(r"Flow rule #\d+ created|(Caught PMD error.*)", answer)]


def test_full_table(card, tmp_path):
    """Rules of one mask fill the one bank it has; then the refusal says so, and every rule that was taken works on.

    A frame whose fingerprint is also that of another rule goes to the host, counted: that is allowed, if it is rare.
    """
    source = card.number("vf0")
    line = f"flow create {source} transfer pattern eth type is 0x0800 has_vlan is 0 / ipv4 proto is 17 fragment_offset is 0 / " \
           f"udp dst is {{}} / end actions count / port_id id {card.number('vf1')} / end"
    try:
        others, _ = take_all_masks(card)
        card.testpmd.flow_destroy(source, others[0])
        results = fill(card, tmp_path / "rules", [line.format(n) for n in range(1, 1201)])
        refusals = [text for text in results if text]
        installed = [n for n, text in enumerate(results, 1) if not text]
        assert len(results) == 1200 and refusals
        assert all(reason("BANK_FULL") in text for text in refusals), refusals[:3]
        assert len(installed) >= 768, f"three quarters of a bank's 1024 slots must be usable, not {len(installed)}"
        check_all_hit(card, [Rule.parse(line.format(n)).matching(**{"udp.src": 0}) for n in installed])
    finally:
        card.testpmd.command(f"flow flush {source}", timeout=120)
    check_misses(card, "vf0", {"rule that was flushed": Rule.parse(line.format(1)).matching()})


def check_all_hit(card, frames):
    """Each frame comes out of vf1, but for those that the card counts as fingerprint that lied."""
    uplink = card.number("p0")
    before = card.testpmd.xstats(uplink)["punt_fingerprint"]
    out = []
    for start in range(0, len(frames), 100):
        part = frames[start:start + 100]
        card.ports["vf0"].send_all(part)
        out += card.collect(len(part), timeout=3)["vf1"]
    missing = len(frames) - len(out)
    lied = card.wait_xstats("p0", {"punt_fingerprint": before + missing})["punt_fingerprint"] - before
    assert len(out) == len(set(out)) and set(out) <= set(frames)
    assert len(out) + lied == len(frames) and lied <= len(frames) // 100
