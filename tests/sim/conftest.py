# SPDX-License-Identifier: BSD-3-Clause
"""What the simulator's tests share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib import paths  # noqa: E402
from lib.sim import Sim  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def built():
    for part in (paths.SIM, paths.FIRMWARE, paths.BOARD):
        if not part.exists():
            pytest.exit(f"not built: {part}; run `make`", returncode=1)


@pytest.fixture(scope="module")
def sim():
    """One simulator for all tests of a file: each leaves it usable, which is what most of them show."""
    with Sim(wires=("sock", "sock"), vfs=2) as running:
        running.start()
        yield running
        running.check_alive()
