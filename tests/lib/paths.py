# SPDX-License-Identifier: BSD-3-Clause
"""Where the parts under test were built or installed."""

import os
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("FERRULE_BUILD", TOP / "build"))

# Which chip the tests run on: its program and its board file.
CHIPS = {
    "small": ("ferrule-sim", "ferrule-sim.dtb"),
    "full": ("ferrule-sim-full", "ferrule-sim-full.dtb"),
    "model": ("ferrule-sim-model", "ferrule-sim.dtb"),
    "model-full": ("ferrule-sim-model-full", "ferrule-sim-full.dtb"),
}
CHIP = os.environ.get("FERRULE_SIM", "small")
if CHIP not in CHIPS:
    raise SystemExit(f"FERRULE_SIM={CHIP}: choose one of {', '.join(CHIPS)}")

SIM = BUILD / "sim" / CHIPS[CHIP][0]
FIRMWARE = BUILD / "firmware" / "ferrule-fw.elf"
BOARD = BUILD / "firmware" / CHIPS[CHIP][1]

# DPDK refuses a plugin below a world-writable folder, so `make` installs it.
PMD = Path(os.environ.get("FERRULE_PMD", "/usr/local/lib/ferrule/librte_net_ferrule.so"))

TESTPMD = "dpdk-testpmd"


def missing():
    """The parts that were not built, as text for a message; empty when all are there."""
    return ", ".join(str(p) for p in (SIM, FIRMWARE, BOARD, PMD) if not p.exists())
