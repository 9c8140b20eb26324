# SPDX-License-Identifier: BSD-3-Clause
"""Who counted what: the card's ports, the representors' slow path, and the filters in hardware."""

import re


def port(host, name):
    """{"total": packets that came in at a port of the card, "software": those of them that the host received}."""
    total = int(host.run(f"cat /sys/class/net/{name}/statistics/rx_packets"))
    hits = host.json(f"ip -j stats show dev {name} group offload subgroup cpu_hit")[0]
    # Without the driver's word on it, nothing counts as forwarded by hardware.
    return {"total": total, "software": hits["stats64"]["rx"]["packets"] if "stats64" in hits else total}


def no_room(host):
    """Packets that the card dropped where its wires come in, because they came faster than it could hand packets on."""
    return int(re.search(r"card_drop_rx_overflow: (\d+)", host.run("ethtool -S p0"))[1])


def filters(host, device):
    """Filters on a device's ingress, as dictionaries: text of the match and of the actions, in_hw, packets counted."""
    text = host.run(f"tc -s filter show dev {device} ingress")
    found = []
    for block in re.split(r"^filter ", text, flags=re.M)[1:]:
        if "handle" not in block:  # the line that only says that there is a flower of that priority
            continue
        lines = [line.strip() for line in block.splitlines()]
        first_action = next((n for n, line in enumerate(lines) if line.startswith("action order")), len(lines))
        actions = [in_short(line) for line in lines if line.startswith("action order")]
        match = [line for line in lines[1:first_action] if not re.match(r"(in_hw|not_in_hw|skip_|eth_type)", line)]
        found.append({"device": device, "match": ", ".join(filter(None, match)), "actions": ", ".join(actions),
                      "in_hw": any(re.match(r"in_hw\b", line) for line in lines),
                      "hardware": packets(block, "Sent hardware"), "all": packets(block, "Sent")})
    return found


def in_short(action):
    """What an action does, in tc's words without those that are always the same."""
    text = re.sub(r"^action order \d+:\s*|\b(?:pipe|stolen)$|\bprotocol 802.1Q\b|\bpriority 0\b", "", action)
    text = re.sub(r"mirred \((\w+) (\w+) to device (\S+)\)", r"\2 to \3 (\1)", text).replace(" (Egress)", "")
    return " ".join(text.split()).lower()


def packets(block, label):
    """Packets of a filter. Every packet runs through all of its actions, but not every kind of action is told what
    hardware has counted (tunnel_key is not), so the one that knows most says it."""
    return max((int(count) for count in re.findall(rf"{label} \d+ bytes (\d+) pkt", block)), default=0)
