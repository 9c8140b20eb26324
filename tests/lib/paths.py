# SPDX-License-Identifier: BSD-3-Clause
"""Where the parts under test were built or installed."""

import os
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("FERRULE_BUILD", TOP / "build"))

SIM = BUILD / "sim" / "ferrule-sim"
FIRMWARE = BUILD / "firmware" / "ferrule-fw.elf"
BOARD = BUILD / "firmware" / "ferrule-sim.dtb"

# DPDK refuses a plugin below a world-writable folder, so `make` installs it.
PMD = Path(os.environ.get("FERRULE_PMD", "/usr/local/lib/ferrule/librte_net_ferrule.so"))

TESTPMD = "dpdk-testpmd"


def missing():
    """The parts that were not built, as text for a message; empty when all are there."""
    return ", ".join(str(p) for p in (SIM, FIRMWARE, BOARD, PMD) if not p.exists())
