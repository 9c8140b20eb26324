#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the kernel's own self-tests, unchanged, on VFs and representors of a card in a guest, and prints a table.

What does not pass must be in expected.toml with its reason; an entry there that passes after all is an error too.
"""

import argparse
import fnmatch
import os
import re
import signal
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Full size, for the batch of 100,000 rules; the model, because the tests wait for wall time.
os.environ.setdefault("FERRULE_SIM", "model-full")
sys.path.insert(0, str(HERE.parent))

from guest import guest as machine  # noqa: E402
from guest.host import Host  # noqa: E402
from lib import paths  # noqa: E402
from lib.process import ProgramError  # noqa: E402
from lib.screen import Screen  # noqa: E402

SOURCES = paths.BUILD / "deps" / "linux-source" / "tools" / "testing" / "selftests"
LOGS = paths.BUILD / "check" / "selftests"
FORWARDING, TDC = "/tmp/selftests/net/forwarding", "/tmp/selftests/tc-testing"
PAIR = "vf0 pf0vf0"
SWITCH = "vf0 pf0vf0 pf0vf1 vf1"
THREE = f"{SWITCH} pf0vf2 vf2"
VFS = 3

# virtio_net has no hw-tc-offload, so the tests' own check of all interfaces would leave out their second half. This
# answer is the only thing that is not as Debian has it; the tests put rules on representors only.
ETHTOOL = """#!/bin/sh
case "$1 $2" in "-k vf"*) /sbin/ethtool "$@" | sed 's/hw-tc-offload: off.*/hw-tc-offload: on/' ;; *) exec /sbin/ethtool "$@" ;; esac
"""
# Settings that the scripts take. Carrier comes up at once on a card without autonegotiation; a counter may take longer in an
# emulated guest.
ENVIRONMENT = "export PATH=/tmp/shim:$PATH WAIT_TIME=1 TC_HIT_TIMEOUT=3000"
# The same of tdc: its time for a command, which is meant for a real machine.
TDC_CONFIG = 'EXTRA_NAMES = {"TIMEOUT": 3600}'
# A setting that leaves an ethtool as it is.
NO_SHIM = "PATH=${PATH#/tmp/shim:}"


@dataclass
class Test:
    """A script of the kernel's, and how long it may take."""
    name: str
    command: str
    timeout_s: int
    action: Callable  # run() or batch()
    memory: str = "1536M"
    results: dict = field(default_factory=dict)  # name of a case: OK, FAIL, SKIP
    known: int = 0  # how many of these stand in expected.toml
    seconds: float = 0
    note: str = ""


BATCH = 100_000
# Exit statuses: of a self-test that cannot be run here, and of timeout(1).
SKIP, TIMEOUT = 4, 124


def results(text):
    """{case: OK, FAIL or SKIP} of what a test printed: net/forwarding's lines or tdc's."""
    found = dict(re.findall(r"^TEST: (.*?) +\[ *(OK|FAIL|SKIP) *\]", text, re.M))
    for verdict, number, what in re.findall(r"^(ok|not ok) \d+ (\w{4}) - (.*)$", text, re.M):
        found[f"{number} {what}"] = "SKIP" if "# skip" in what else "OK" if verdict == "ok" else "FAIL"
    return found


def prepare(host):
    """Tests in a folder of the guest's own, VFs in its first namespace."""
    host.switchdev(VFS)
    for number in range(VFS):
        host.run(f"ip link set {host.vf_netdev(number)} name vf{number} && ethtool -K pf0vf{number} hw-tc-offload on")
    host.run(f"cp -r {SOURCES} /tmp/ && mkdir /tmp/shim && cat > /tmp/shim/ethtool <<'END'\n{ETHTOOL}END\nchmod +x /tmp/shim/ethtool",
             timeout=600)
    # Programs of bpf's cases; their makefile wants more of the kernel's source than this.
    compiler = f"clang -O2 -target bpf -idirafter /usr/include/{os.uname().machine}-linux-gnu"
    host.run(f"cd {TDC} && echo '{TDC_CONFIG}' > tdc_config_local.py && {compiler} -c action.c -o action.o", timeout=120)


def run(host, test):
    """Runs a test to its end, or to the end of its time, and reads what it printed up to there."""
    start = time.monotonic()
    # Into a file: tc_actions.sh prints megabytes of zeros.
    status, text = host.guest.run(f"{ENVIRONMENT}; timeout -k 10 {test.timeout_s} bash -c '{test.command}' > /tmp/output 2>&1; "
                                  "status=$?; tr -d '\\000' < /tmp/output; exit $status", timeout=test.timeout_s + 60)
    test.seconds = time.monotonic() - start
    test.results = results(text)
    if status == TIMEOUT:
        test.results[f"done in {test.timeout_s} s"] = "FAIL"
    elif not test.results:
        test.results = {"the whole test": "SKIP" if status == SKIP else "FAIL"}
    if "Could not test offloaded" in text:
        test.results["offload check"] = "SKIP"
    keep(test, text)


def batch(host, test):
    """tdc_batch.py with skip_sw rules: none may be refused; the rate is reported."""
    host.run(f"cd {TDC} && {test.command} && tc qdisc add dev pf0vf0 clsact", timeout=300)
    start = time.monotonic()
    status, text = host.guest.run("tc -b /tmp/batch", timeout=test.timeout_s)
    test.seconds = time.monotonic() - start
    there = int(host.run("tc filter show dev pf0vf0 ingress | grep -cw in_hw", timeout=600, check=False))
    test.results = {f"{BATCH:,} rules, skip_sw": "OK" if status == 0 and there == BATCH else "FAIL"}
    test.note = f"{there / test.seconds:,.0f} rules a second"
    keep(test, text[-10000:])


def keep(test, text, what=""):
    (LOGS / f"{test.name.replace(' ', '-')}{what}.log").write_text(text)


def forwarding(name, interfaces, timeout_s, only="", settings="", suffix=""):
    """A script of net/forwarding; only: names of its functions, else all."""
    return Test(name + suffix, f'cd {FORWARDING} && {settings} TESTS="{only}" ./{name} {interfaces}', timeout_s, run)


def tdc(name, selection, timeout_s, **kwargs):
    return Test(f"tdc {name}", f"cd {TDC} && ./tdc.py {selection} --format tap", timeout_s, run, **kwargs)


ACTIONS = ("gact_drop_and_ok_test mirred_egress_redirect_test mirred_egress_mirror_test matchall_mirred_egress_mirror_test"
           " gact_trap_test mirred_egress_to_ingress_test")


TESTS = [
    forwarding("tc_flower.sh", PAIR, 900),
    forwarding("tc_actions.sh", SWITCH, 900, only=ACTIONS),
    # With skip_sw its filter would be on the VF's own interface, which cannot have it, and its listener waits for ever.
    forwarding("tc_actions.sh", SWITCH, 300, only="mirred_egress_to_ingress_tcp_test", settings=NO_SHIM, suffix=" TCP"),
    forwarding("tc_chains.sh", PAIR, 400),
    forwarding("tc_shblocks.sh", SWITCH, 400),
    forwarding("tc_vlan_modify.sh", SWITCH, 400),
    forwarding("pedit_dsfield.sh", SWITCH, 3600),
    forwarding("pedit_l4port.sh", SWITCH, 600),
    forwarding("pedit_ip.sh", SWITCH, 600),
    # The other eight put in a million filters, or do a million operations: an hour or more in an emulated guest.
    tdc("flower", "-N -d pf0vf0 -e 2ff3 4cbd 7c65 d45e", 300),
    tdc("actions", "-c actions", 3600),
    # The others want 80 Mbit/s, or 2,000 packets a second, within 10 % of wall time.
    forwarding("tc_police.sh", THREE, 400, only="police_mtu_rx_test police_mtu_tx_test"),
    # Debian's tc keeps 10 kB of every line of a batch, the kernel and the driver 3.5 kB of every rule.
    Test("tdc_batch.py", f"./tdc_batch.py pf0vf0 /tmp/batch -o -s -n {BATCH}", 3600, batch, memory="4G"),
]


def one(test):
    """A test in a guest of its own, so that what it leaves behind disturbs no other."""
    try:
        with machine.Card() as card, machine.Guest(card, memory=test.memory, name="selftests") as guest:
            host = Host(guest)
            prepare(host)
            test.action(host, test)
    except ProgramError as error:
        test.results["the guest"] = "FAIL"
        keep(test, str(error), "-guest")


def judge(test, known):
    """Cases of a test that did not end as expected.toml says, as text lines."""
    wrong = []
    for case, result in test.results.items():
        entry = next((e for e in known if e["test"] == test.name and re.search(e["case"], case)), None)
        if entry:
            entry["seen"] = True
            test.known += result == entry["result"]
            test.note = test.note or entry["why"]
        if result != (entry["result"] if entry else "OK"):
            wrong.append(f"{test.name}: {case}: {result}" + (f", not {entry['result']}" if entry else ""))
    return wrong + [f"{test.name}: no case like {e['case']}, which stands in expected.toml" for e in known
                    if e["test"] == test.name and not e.get("seen")]


def count(test, result):
    return list(test.results.values()).count(result)


def report(screen, tests, wrong):
    screen.line()
    screen.table(("test", "pass", "fail", "skip", "seconds", "remark"),
                 [(t.name, *(count(t, result) for result in ("OK", "FAIL", "SKIP")), f"{t.seconds:.0f}", t.note) for t in tests])
    screen.line()
    known = sum(t.known for t in tests)
    screen.line(f"{sum(count(t, 'OK') for t in tests)} passed, {f'{known} as in expected.toml, ' if known else ''}{len(wrong)} failed")


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupted)  # ends the guest and the card, too
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="GLOB", default="*", help="tests of that name")
    options = parser.parse_args()
    if machine.missing():
        sys.exit(f"not built: {machine.missing()}; run `make check-kernel-selftests`")
    LOGS.mkdir(parents=True, exist_ok=True)
    screen = Screen(sys.stdout)
    known = tomllib.loads((HERE / "expected.toml").read_text())["known"]
    tests = [test for test in TESTS if fnmatch.fnmatch(test.name, options.only)]
    wrong = []
    for test in tests:
        with screen.doing(test.name):
            one(test)
        bad = judge(test, known)
        screen.bad("\n".join([test.name, *bad])) if bad else screen.good(f"{test.name} ({test.seconds:.0f} s)")
        wrong += bad
    report(screen, tests, wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
