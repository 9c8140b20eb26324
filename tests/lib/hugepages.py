# SPDX-License-Identifier: BSD-3-Clause
"""Reserves 2 MB hugepages for DPDK programs and gives them back."""

import contextlib
import fcntl
from pathlib import Path

POOL = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
LOCK = Path("/run/lock/ferrule-hugepages")


class HugepagesError(Exception):
    """The kernel has not that many pages in one piece, or this is not root."""


def number(name):
    return int((POOL / name).read_text())


@contextlib.contextmanager
def locked():
    """Tests that run side by side change the pool one after the other."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)  # a container may have none
    with open(LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def grow(pages):
    before = number("nr_hugepages")
    (POOL / "nr_hugepages").write_text(str(before + pages))
    got = number("nr_hugepages") - before
    if got < pages:
        (POOL / "nr_hugepages").write_text(str(before))
        raise HugepagesError(f"{pages} hugepages of 2 MB are needed, the kernel has room for {got}: free some memory")


@contextlib.contextmanager
def reserved(megabytes):
    """Adds so many megabytes to the pool for the time of the block, whoever else uses it."""
    pages = (megabytes + 1) // 2
    with locked():
        grow(pages)
    try:
        yield
    finally:
        with locked():
            (POOL / "nr_hugepages").write_text(str(max(0, number("nr_hugepages") - pages)))
