# SPDX-License-Identifier: BSD-3-Clause
"""Every rule that Debian's Open vSwitch is known to send is taken, and does exactly what it says."""

import re
from pathlib import Path

import pytest
from lib.rules import Rule

from judge import check_hit, check_misses

GOLDEN = Path(__file__).parent / "golden" / "ovs-3.1-rte-flow.txt"
LINES = [line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]
# Port numbers of the captured run -> our ports.
NAMES = {2: "vf0", 0: "vf1", 1: "vf2", 3: "p0"}


def our_ports(card, line):
    """The line with testpmd's port numbers of today; tunnel headers get the TTL that OVS sends (`set vxlan` has none)."""
    def renumber(match):
        return f"{match.group(1)}{card.number(NAMES[int(match.group(2))])}"
    line = re.sub(r"(flow create )(\d+)", renumber, line)
    line = re.sub(r"(port_id original 0 id )(\d+)", renumber, line)
    return re.sub(r"set vxlan (.*?) ip-src", r"set vxlan-tos-ttl \1 ip-tos 0 ip-ttl 64 ip-src", line)


@pytest.mark.parametrize("line", LINES, ids=[f"{n}-{l.split(' / end actions ')[1][:40]}" for n, l in enumerate(LINES)])
def test_rule(card, rules, line):
    rule = Rule.parse(line)
    *setup, create = our_ports(card, line).split(";")
    for command in setup:
        card.testpmd.command(command)
    rules(create.strip())
    source = NAMES[rule.port]
    check_hit(card, rule, source, NAMES, rule.matching())
    if rule.transfer:
        check_misses(card, source, rule.near_misses())


@pytest.mark.parametrize("mark", [1, 0xABCDEF])
def test_mark_reaches_the_driver(card, rules, mark):
    port = card.number("vf0")
    rules(f"flow create {port} ingress pattern eth type is 0x0800 has_vlan is 0 / ipv4 / end actions mark id {mark} / rss / end")
    card.testpmd.command("set verbose 1")
    try:
        start = card.testpmd.program.mark()
        card.send("vf0", Rule.parse("flow create 0 ingress pattern eth / ipv4 / end actions rss / end").matching())
        found = card.testpmd.program.wait_for(r"FDIR matched.*?ID=(0x[0-9a-f]+)", 10, start)
    finally:
        card.testpmd.command("set verbose 0")
    assert int(found.group(1), 16) == mark
