# SPDX-License-Identifier: BSD-3-Clause
"""What the system tests start from: the real simulator with its firmware, and DPDK programs on it."""

import signal
import sys
import tomllib
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

from lib import hugepages, paths  # noqa: E402
from lib.card import Card  # noqa: E402

HUGEPAGE_MB = 256


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.fixture(scope="session", autouse=True)
def machine():
    """Hugepages for the whole run; SIGTERM (the runner's time limit) cleans up as Ctrl-C does."""
    if paths.missing():
        pytest.exit(f"not built: {paths.missing()}; run `make`", returncode=1)
    signal.signal(signal.SIGTERM, interrupted)
    with hugepages.reserved(HUGEPAGE_MB):
        yield


@pytest.fixture(scope="module")
def card():
    """One card for all tests of a file; a test leaves no rule behind (see `rules`)."""
    with Card() as running:
        yield running
        running.sim.check_alive()


@pytest.fixture
def rules(card):
    """create(line) makes a rule on the card; all are destroyed at the end of the test."""
    made = []

    def create(line):
        rule, refusal = card.testpmd.flow(line)
        assert refusal is None, f"{line}\n{refusal}"
        made.append((line.split()[2], rule))
        return rule

    yield create
    for port, rule in reversed(made):
        assert "destroyed" in card.testpmd.flow_destroy(port, rule)


def reason(name):
    """Text of a refusal, from the one place where it stands."""
    with open(paths.TOP / "hw" / "data" / "abi.toml", "rb") as file:
        items = tomllib.load(file)["enum"]["refusal"]["items"]
    return next(item["text"] for item in items if item["name"] == name)
