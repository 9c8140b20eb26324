# SPDX-License-Identifier: BSD-3-Clause
"""Pings and TCP streams on every path, and who forwarded them: the card or Open vSwitch in software."""

import time
from dataclasses import dataclass

from lib.ovs import find_flow
from lib.traffic import Path, ping, stream

import network

PINGS = 20
OFFLOAD_WAIT_S = 20


@dataclass
class Way:
    """One direction of a path: which port the packets enter at, and how its datapath flow is recognised."""
    name: str
    in_port: str
    flow: tuple
    hardware: bool = True


PATHS = [
    Path("guest to guest", network.VM1,
         Way("guest → guest", "vf0", ("eth_type(0x0800)", "actions:vf1,")),
         Way("guest ← guest", "vf1", ("eth_type(0x0800)", "actions:vf0,"))),
    Path("guest to VLAN host", network.VLAN_HOST,
         Way("guest → VLAN", "vf0", ("eth_type(0x0800)", f"actions:push_vlan(vid={network.VLAN},pcp=0),p0,")),
         Way("guest ← VLAN", "p0", ("encap(eth_type(0x0800)", "actions:pop_vlan,vf0,"))),
    Path("guest to VXLAN host", network.VXLAN_HOST,
         Way("guest → VXLAN", "vf0", ("eth_type(0x0800)", "actions:tnl_push(", "p0,")),
         Way("guest ← VXLAN", "p0", ("eth_type(0x0800)", "actions:tnl_pop("), hardware=False)),
]

OFFLOADED = "offloaded:yes, dp:dpdk"


def measure(net, screen, seconds):
    """Runs all paths; returns (figures, failures)."""
    figures, failures = {}, []
    screen.section(f"Traffic: {PINGS} pings and {seconds:g} s of TCP on every path")
    rows = []
    for path in PATHS:
        rows += run_path(net, screen, path, seconds, figures, failures)
    screen.section("Who forwarded it")
    screen.table(("direction", "by hardware", "by software", "flow in the card"), rows)
    screen.note("guest ← VXLAN: Debian builds Open vSwitch without DPDK's experimental tunnel API, so no card can take this\n"
                "    direction; the packets go through the card's slow path and Open vSwitch decapsulates them in software")
    screen.section("Flows in the card (ovs-appctl dpctl/dump-flows -m type=offloaded)")
    for flow in net.ovs.flows("offloaded"):
        screen.line("  " + shortened(flow))
    return figures, failures


def run_path(net, screen, path, seconds, figures, failures):
    guest = net.vms[0]
    # The first packets resolve addresses and install flows, in software.
    guest.run(f"ping -c 3 -i 0.2 -W 2 {path.address}", check=False)
    before = counts(net.ovs)
    flows = wait_offloaded(net, path, guest)
    received, average = ping(guest.run, path.address, PINGS)
    lost = PINGS - received
    rate = stream(guest.run, path.address, seconds)
    after = counts(net.ovs)

    text = f"{path.name}: {received} of {PINGS} pings answered, {average:.2f} ms; TCP {rate:.1f} Mbit/s"
    if lost:
        failures.append(f"{path.name}: {lost} of {PINGS} pings were lost")
        screen.bad(text)
    else:
        screen.good(text)
    rows = []
    for way in (path.there, path.back):
        hardware, software = (after[way.in_port][k] - before[way.in_port][k] for k in ("hardware", "software"))
        offloaded = bool(flows[way.name] and OFFLOADED in flows[way.name])
        rows.append((way.name, f"{hardware:,}", f"{software:,}", "yes" if offloaded else "no"))
        if way.hardware and not offloaded:
            failures.append(f"{way.name}: flow is not in the card:\n{shortened(flows[way.name] or 'Open vSwitch has no such flow')}")
        if way.hardware and hardware <= software:
            failures.append(f"{way.name}: {hardware} packets by hardware, {software} by software")
        figures[way.name] = {"hardware_packets": hardware, "software_packets": software, "offloaded": offloaded}
    figures[path.name] = {"pings_sent": PINGS, "pings_lost": lost, "ping_ms": average, "mbit_per_s": round(rate, 2)}
    return rows


def wait_offloaded(net, path, guest):
    """{way: its datapath flow}: installed in the background, so asked for until all that can be are in the card."""
    deadline = time.monotonic() + OFFLOAD_WAIT_S
    while True:
        guest.run(f"ping -c 1 -W 2 {path.address}", check=False)
        dump = net.ovs.flows()
        flows = {way.name: find_flow(dump, way.in_port, *way.flow) for way in (path.there, path.back)}
        if all(flow and OFFLOADED in flow for way in (path.there, path.back) if way.hardware
               for flow in [flows[way.name]]) or time.monotonic() > deadline:
            return flows


def counts(ovs):
    """{port: {"hardware": frames from it that the card forwarded, "software": that went to the host}}."""
    result = {}
    for number in ovs.telemetry("/ethdev/list"):
        name = ovs.telemetry(f"/ethdev/info,{number}")["name"]
        if not name.startswith("net_ferrule"):
            continue
        stats = ovs.telemetry(f"/ethdev/xstats,{number}")
        software = stats["rx_slow_packets"]
        result[port_name(name)] = {"hardware": stats["hw_rx_packets"] - software, "software": software}
    return result


def port_name(name):
    """DPDK's name of a port -> "p0" or "vf<n>"."""
    return f"vf{name.rpartition('vf')[2]}" if "vf" in name else "p0"


def shortened(flow):
    """The flow without fields that it does not look at."""
    start = flow.find("recirc_id(")
    return flow[start:] if start >= 0 else flow
