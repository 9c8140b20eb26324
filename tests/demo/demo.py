#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The main job, shown: Debian's Open vSwitch forwards through a Ferrule card.

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

import argparse
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path as File

sys.path.insert(0, str(File(__file__).resolve().parent.parent))

from lib import hugepages, paths  # noqa: E402
from lib.process import ProgramError  # noqa: E402

import network  # noqa: E402
import traffic  # noqa: E402
from screen import Screen  # noqa: E402

# For Open vSwitch: 512 MB for its packets, and what EAL takes for itself.
HUGEPAGE_MB = 768


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well ('-': to standard output, alone)")
    parser.add_argument("--seconds", type=float, default=3, help="length of each TCP stream (default: 3)")
    parser.add_argument("--keep", metavar="DIR", help="leave logs of all programs there")
    return parser.parse_args()


def check_machine():
    if os.geteuid() != 0:
        raise ProgramError("the demo makes network namespaces and reserves hugepages: run it as root")
    if paths.missing():
        raise ProgramError(f"not built: {paths.missing()}; run `make`")
    if not File("/dev/net/tun").exists():
        raise ProgramError("/dev/net/tun is missing: Open vSwitch's internal ports need the kernel's tun driver")


def run_demo(options, screen, folder, stack):
    """Sets everything up, measures, and returns (figures, list of what went wrong)."""
    start = time.monotonic()
    stack.enter_context(hugepages.reserved(HUGEPAGE_MB))
    net = network.Network(folder, stack, screen)
    net.start()
    figures, failures = traffic.measure(net, screen, options.seconds)
    net.check_alive()
    figures["seconds"] = round(time.monotonic() - start, 1)
    return figures, failures


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    screen = Screen(sys.stderr if options.json == "-" else sys.stdout)
    folder = File(tempfile.mkdtemp(prefix="ferrule-demo-"))
    figures, failures = {}, []
    try:
        with contextlib.ExitStack() as stack:
            check_machine()
            figures, failures = run_demo(options, screen, folder, stack)
    except (ProgramError, hugepages.HugepagesError, OSError) as error:
        failures.append(str(error))
    except KeyboardInterrupt:
        screen.line("interrupted; all is cleaned up")
        return 130
    finally:
        if options.keep:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock", "vf*", "pf", "*.ctl", "dpdk", "*.mgmt", "*.snoop", ".uml"))
        shutil.rmtree(folder, ignore_errors=True)
    return finish(options, screen, figures, failures)


def finish(options, screen, figures, failures):
    if options.json:
        text = json.dumps({**figures, "failures": failures}, indent=1) + "\n"
        sys.stdout.write(text) if options.json == "-" else File(options.json).write_text(text)
    screen.section("Result")
    for failure in failures:
        screen.bad(failure)
    if failures:
        return 1
    screen.good(f"every path works, and what the card can do is in the card ({figures['seconds']:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
