#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Debian's Open vSwitch with DPDK forwards through a Ferrule card; `make demo` shows the kernel's way.

    left: host with the card                              right: the rest of the world
    vm0 (10.0.0.1)   vm1 (10.0.0.2)                       host on VLAN 100 (10.0.0.3)
       | virtio-net     | virtio-net                        |
    +--+--- VF 0 -------+--- VF 1 ----+  wire p0          bridge --- host behind a VXLAN tunnel (10.0.0.4)
    |            ferrule-sim          |------- veth ---------+
    +--------------- PF --------------+
                      | DPDK PMD
    Open vSwitch: br-int (vf0, vf1, VXLAN tunnel) - patch - br-phy (p0, tunnel address 172.16.0.1)

All are real programs: the chip's RTL under Verilator with its firmware image, Debian's ovs-vswitchd-dpdk, guest kernels
(user-mode Linux). Pings and TCP streams run on every path, and the demo fails when one packet of a ping is
lost or when a flow that the card can do is not in the card. Nothing outside stays changed.
"""

import os
import sys
from pathlib import Path as File

sys.path.insert(0, str(File(__file__).resolve().parent.parent))

from lib import hugepages, paths, show  # noqa: E402
from lib.process import ProgramError  # noqa: E402

import network  # noqa: E402
import traffic  # noqa: E402

# For Open vSwitch: 512 MB for its packets, and what EAL takes for itself.
HUGEPAGE_MB = 768


def check_machine():
    if os.geteuid() != 0:
        raise ProgramError("the demo makes network namespaces and reserves hugepages: run it as root")
    if paths.missing():
        raise ProgramError(f"not built: {paths.missing()}; run `make`")
    if not File("/dev/net/tun").exists():
        raise ProgramError("/dev/net/tun is missing: Open vSwitch's internal ports need the kernel's tun driver")


def run(options, screen, folder, stack):
    """Sets everything up, measures, and returns (figures, list of what went wrong)."""
    check_machine()
    stack.enter_context(hugepages.reserved(HUGEPAGE_MB))
    net = network.Network(folder, stack, screen)
    net.start()
    result = traffic.measure(net, screen, options.seconds)
    net.check_alive()
    return result


if __name__ == "__main__":
    sys.exit(show.main(__doc__, run, (hugepages.HugepagesError,)))
