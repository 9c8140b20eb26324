#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The main job, shown: Debian's Open vSwitch forwards through a Ferrule card, both directions of a tunnel included.

    host with the card (Debian's kernel under QEMU)              the rest of the world
    vm0 (10.0.0.1)   vm1 (10.0.0.2)
       | virtio-net     | virtio-net                          wire p0
    +--+--- VF 0 -------+--- VF 1 ----+-- p0 (172.16.0.1) ----- veth --- VXLAN host (10.0.0.4, tunnel from 172.16.0.2)
    |            ferrule-sim          |
    +--------------- PF --------------+-- p1 ------------------- tap --- VLAN host (10.0.0.3 on VLAN 100)
                      | ferrule.ko                            wire p1
    Open vSwitch, kernel data path: br0 (pf0vf0, pf0vf1, p1, VXLAN tunnel), hw-offload=true

All are real programs: the chip's RTL under Verilator with its firmware image, Debian's kernel with ferrule.ko and virtio_net,
Debian's ovs-vswitchd. Pings and TCP streams run on every path, and the demo fails when one packet of a ping is lost, when an
established flow is not in the card, when more than first packets come to the host, or when the counters do not add up to
what was sent. Nothing outside stays changed. FERRULE_SIM=model shows the same on the reference model.
"""

import os
import sys
from pathlib import Path

# The chip itself, unless somebody asks for the model: guest/guest.py has it the other way round, for the quick majority of tests.
os.environ.setdefault("FERRULE_SIM", "small")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from guest import guest, host  # noqa: E402
from lib import show  # noqa: E402
from lib.process import ProgramError  # noqa: E402

import network  # noqa: E402
import traffic  # noqa: E402


def check_machine():
    if os.geteuid() != 0:
        raise ProgramError("the demo makes network namespaces: run it as root")
    missing = guest.missing() or ("" if host.DRIVER.exists() else str(host.DRIVER))
    if missing:
        raise ProgramError(f"not built: {missing}; run `make`")
    if not Path("/dev/net/tun").exists():
        raise ProgramError("/dev/net/tun is missing: the VLAN host is plugged in by a tap")


def run(options, screen, folder, stack):
    """Sets everything up, measures, and returns (figures, list of what went wrong)."""
    check_machine()
    net = network.Network(folder, stack, screen)
    net.start()
    result = traffic.measure(net, screen, options.seconds)
    net.check_alive()
    return result


if __name__ == "__main__":
    sys.exit(show.main(__doc__, run))
