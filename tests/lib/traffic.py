# SPDX-License-Identifier: BSD-3-Clause
"""Pings and TCP streams between two hosts of a demo. `run(command, timeout=, check=)` runs a command on the first one."""

import json
from dataclasses import dataclass

from lib.process import ProgramError
from lib.uml import ping_result


@dataclass
class Path:
    """Two hosts: the address of the second one, and what is known of either direction."""
    name: str
    address: str
    there: object
    back: object


def ping(run, address, count):
    """(pings that were answered, average round trip in ms). One at a time (-A): of two first packets of a flow that a busy
    host takes up together its connection tracking drops the second, which is no loss of the network's."""
    text = run(f"ping -A -c {count} -W 5 {address}", timeout=60, check=False)
    _, received, average = ping_result(text)
    return received, average


def stream(run, address, seconds, *options):
    """Mbit/s of a TCP stream to `address`, or with "--reverse" from it, as its receiver saw it."""
    text = run(f"iperf3 --client {address} --time {seconds:g} --json --connect-timeout 5000 {' '.join(options)}",
               timeout=seconds + 60, check=False)
    report = json.loads(text[text.index("{"):text.rindex("}") + 1])
    if "error" in report:
        raise ProgramError(f"iperf3 to {address}: {report['error']}")
    return report["end"]["sum_received"]["bits_per_second"] / 1e6
