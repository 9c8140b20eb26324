# SPDX-License-Identifier: BSD-3-Clause
"""What the tests in a guest share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from guest import guest as machine  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def built():
    if machine.missing():
        pytest.exit(f"not built: {machine.missing()}; run `make`", returncode=1)


@pytest.fixture(scope="module")
def card():
    """A card with nothing plugged in yet, which is still well at the end."""
    with machine.Card() as running:
        yield running
        running.check_alive()
