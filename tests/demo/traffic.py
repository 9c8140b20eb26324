# SPDX-License-Identifier: BSD-3-Clause
"""Pings and TCP streams on every path, both ways, and who forwarded them: the card or the host's kernel."""

import re
import time
from dataclasses import dataclass

from lib.traffic import Path, ping, stream

import counters
import network

PINGS = 20
OFFLOAD_WAIT_S = 20
# Counters reach the host a moment after the frames.
SETTLE_S = 15
# What software sees at most in one direction of a path: the first packets of each flow, and an ARP exchange.
FIRST_PACKETS = 10
# Of a direction's packets, at most that part finds no room in the card: TCP's bursts do, an established stream does not.
NO_ROOM = 0.05
OFFLOADED = "offloaded:yes, dp:tc"
TUNNEL = "vxlan_sys_4789"


@dataclass
class Way:
    """One direction of a path: the card's port where packets enter, the device that the filter is on, the flow's look."""
    name: str
    port: str
    device: str
    flow: tuple


PATHS = [
    Path("guest to guest", network.VM1,
         Way("guest → guest", "pf0vf0", "pf0vf0", ("actions:pf0vf1,",)),
         Way("guest ← guest", "pf0vf1", "pf0vf1", ("actions:pf0vf0,",))),
    Path("guest to VLAN host", network.VLAN_HOST,
         Way("guest → VLAN", "pf0vf0", "pf0vf0", (f"actions:push_vlan(vid={network.VLAN},pcp=0),p1,",)),
         Way("guest ← VLAN", "p1", "p1", ("actions:pop_vlan,pf0vf0,",))),
    Path("guest to VXLAN host", network.VXLAN_HOST,
         Way("guest → VXLAN", "pf0vf0", "pf0vf0", ("actions:set(tunnel(", TUNNEL)),
         Way("guest ← VXLAN", "p0", TUNNEL, ("tunnel(", "actions:pf0vf0,"))),
]


def measure(net, screen, seconds):
    """Runs all paths; returns (figures, failures)."""
    figures, failures, rows = {}, [], []
    screen.section(f"Traffic: {PINGS} pings, and {seconds:g} s of TCP in either direction, on every path")
    for path in PATHS:
        rows += PathRun(net, path).run(screen, seconds, figures, failures)
    screen.section("Who forwarded it (packets that entered the card)")
    screen.table(("direction", "sent", "by hardware", "by software", "no room", "counted by filters", "flow"), rows)
    show_flows(net, screen)
    return figures, failures


class PathRun:
    """One path's traffic, between two looks at all counters."""

    def __init__(self, net, path):
        self.net, self.path, self.host = net, path, net.host
        self.ways = (path.there, path.back)

    def run(self, screen, seconds, figures, failures):
        flows = self.wait_offloaded()
        before = self.look()
        answered, average = ping(self.vm0, self.path.address, PINGS)
        rates = [stream(self.vm0, self.path.address, seconds, *way) for way in ((), ("--reverse",))]
        after = self.look(before)
        text = (f"{self.path.name}: {answered} of {PINGS} pings answered, {average:.2f} ms; "
                f"TCP {rates[0]:.1f} Mbit/s there, {rates[1]:.1f} Mbit/s back")
        if answered < PINGS:
            failures.append(f"{self.path.name}: {PINGS - answered} of {PINGS} pings were lost")
        (screen.good if answered == PINGS else screen.bad)(text)
        figures[self.path.name] = {"pings_sent": PINGS, "pings_lost": PINGS - answered, "ping_ms": average,
                                   "mbit_per_s": round(rates[0], 2), "mbit_per_s_back": round(rates[1], 2)}
        return [self.judge(way, flows[way.name], before[way.name], after[way.name], figures, failures) for way in self.ways]

    def wait_offloaded(self):
        """{way: its datapath flow}. The first packets resolve addresses and make the flows; asked for until both are there."""
        deadline = time.monotonic() + OFFLOAD_WAIT_S
        while True:
            self.vm0(f"ping -c 1 -W 2 {self.path.address}", check=False)
            dump = self.host.flows()
            flows = {way.name: find_flow(dump, way) for way in self.ways}
            if all(flow and OFFLOADED in flow for flow in flows.values()) or time.monotonic() > deadline:
                return flows

    def look(self, before=None):
        """{way: counters} at a moment without packets: read until nothing moves between two readings. After the traffic:
        until the card has counted all that was sent, too; both for SETTLE_S at most."""
        deadline = time.monotonic() + SETTLE_S
        last = None
        while True:
            now = self.read()
            rests = now == last and (before is None or all(agree(now[name], before[name]) for name in now))
            if rests or time.monotonic() > deadline:
                return now
            last = now

    def read(self):
        """{way: packets sent, forwarded by software and by hardware, dropped for want of room, counted by filters} since the
        start. A path has one wire at most, so what its wires dropped is of that one; a VF waits for room."""
        sent, dropped = self.net.sent(), counters.no_room(self.host)
        counted = {}
        for way in self.ways:
            port = counters.port(self.host, way.port)
            counted[way.name] = {"sent": sent[way.port], "software": port["software"],
                                 "hardware": port["total"] - port["software"],
                                 "no_room": dropped if way.port in network.WIRES else 0,
                                 "filters": sum(f["hardware"] for f in counters.filters(self.host, way.device))}
        return counted

    def vm0(self, command, **options):
        return self.host.run(f"ip netns exec vm0 {command}", **options)

    def judge(self, way, flow, before, after, figures, failures):
        """The row of a way in the table; what is not as it should be is added to `failures`."""
        did = {key: after[key] - before[key] for key in before}
        offloaded = bool(flow and OFFLOADED in flow)
        if not offloaded:
            failures.append(f"{way.name}: flow is not in the card:\n{shortened(flow or 'Open vSwitch has no such flow')}")
        if did["software"] > FIRST_PACKETS or did["hardware"] <= PINGS:
            failures.append(f"{way.name}: {did['hardware']} packets by hardware, {did['software']} by software")
        if did["no_room"] > NO_ROOM * did["sent"]:
            failures.append(f"{way.name}: {did['no_room']} of {did['sent']} packets were dropped for want of room")
        if not agree(after, before):
            failures.append(f"{way.name}: {did['sent']} packets were sent, the card counts {did['hardware']} + {did['software']} and "
                            f"dropped {did['no_room']} for want of room, its filters {did['filters']}")
        figures[way.name] = {**{f"{key}_packets": value for key, value in did.items()}, "offloaded": offloaded}
        return (way.name, *(f"{did[key]:,}" for key in ("sent", "hardware", "software", "no_room", "filters")),
                "in hardware" if offloaded else "in software")


def agree(now, before):
    """hardware + software + no room = sent, and what hardware forwarded is what the filters have counted."""
    did = {key: now[key] - before[key] for key in before}
    return did["hardware"] + did["software"] + did["no_room"] == did["sent"] and did["filters"] == did["hardware"]


def find_flow(dump, way):
    """The IPv4 flow of a way in a dump of the data path."""
    for flow in dump:
        if f"in_port({way.device})" in flow and "eth_type(0x0800)" in flow and all(part in flow + "," for part in way.flow):
            return flow
    return None


def show_flows(net, screen):
    screen.section("Flows in the card (ovs-appctl dpctl/dump-flows -m type=offloaded)")
    for flow in net.host.flows("offloaded"):
        screen.line("  " + shortened(flow))
    screen.section("Filters in the card that saw packets (tc -s filter show; in_hw): by hardware + by software")
    for device in ("pf0vf0", "pf0vf1", "p1", TUNNEL):
        for rule in counters.filters(net.host, device):
            if rule["in_hw"] and rule["all"]:
                screen.line(f"  {device}  {rule['hardware']:,} + {rule['all'] - rule['hardware']:,}")
                screen.line(f"      {rule['match']}")
                screen.line(f"      → {rule['actions']}")


def shortened(flow):
    """The flow without its name and the fields that it does not look at."""
    flow = re.sub(r"^.*?(?=tunnel\(|in_port\()", "", flow)
    return re.sub(r"(?:skb_\w+|ct_\w+|recirc_id|dp_hash)\(0(?:/0)?\),|packet_type\([^)]*\),|"
                  r"\w+=[^,()/]+/(?:0|0\.0\.0\.0|(?:00:){5}00)(?=[,)]),?",
                  "", flow)
