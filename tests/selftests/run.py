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

SOURCES = paths.BUILD / "deps" / "selftests"
LOGS = paths.BUILD / "check" / "selftests"
FORWARDING, TDC = "/tmp/selftests/net/forwarding", "/tmp/selftests/tc-testing"
PAIR = "vf0 pf0vf0"
SWITCH = "vf0 pf0vf0 pf0vf1 vf1"

# virtio_net has no hw-tc-offload, so the tests' own check of all interfaces would leave out their second half. This
# answer is the only thing that is not as Debian has it; the tests put rules on representors only.
ETHTOOL = """#!/bin/sh
case "$1 $2" in "-k vf"*) /sbin/ethtool "$@" | sed 's/hw-tc-offload: off.*/hw-tc-offload: on/' ;; *) exec /sbin/ethtool "$@" ;; esac
"""
# Carrier comes up at once on a card without autonegotiation.
ENVIRONMENT = "export PATH=/tmp/shim:$PATH WAIT_TIME=1"


@dataclass
class Test:
    """A script of the kernel's, and how long it may take."""
    name: str
    command: str
    timeout_s: int
    results: dict = field(default_factory=dict)  # name of a case: OK, FAIL, SKIP
    seconds: float = 0
    note: str = ""


def forwarding(name, interfaces, timeout_s):
    return Test(name, f"cd {FORWARDING} && ./{name} {interfaces}", timeout_s)


def tdc(name, selection, timeout_s):
    return Test(f"tdc {name}", f"cd {TDC} && ./tdc.py {selection} --format tap", timeout_s)


TESTS = [
    forwarding("tc_flower.sh", PAIR, 900),
    forwarding("tc_actions.sh", SWITCH, 900),
    forwarding("tc_chains.sh", PAIR, 400),
    forwarding("tc_shblocks.sh", SWITCH, 400),
    forwarding("tc_vlan_modify.sh", SWITCH, 400),
    forwarding("pedit_dsfield.sh", SWITCH, 3600),
    forwarding("pedit_l4port.sh", SWITCH, 600),
    forwarding("pedit_ip.sh", SWITCH, 600),
    # The other eight put in a million filters, or do a million operations: an hour or more in an emulated guest.
    tdc("flower", "-N -d pf0vf0 -e 2ff3 4cbd 7c65 d45e", 300),
    # Of the actions, those that flower rules of a switch use; tdc stops at the first whose packages are not there (xt).
    tdc("actions", "-c gact mirred vlan pedit csum tunnel_key skbedit police", 3600),
]
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
    host.switchdev(2)
    for number in range(2):
        host.run(f"ip link set {host.vf_netdev(number)} name vf{number}")
    host.run(f"cp -r {SOURCES} /tmp/ && mkdir /tmp/shim && cat > /tmp/shim/ethtool <<'END'\n{ETHTOOL}END\nchmod +x /tmp/shim/ethtool")
    for name in ("pf0vf0", "pf0vf1"):
        host.run(f"ethtool -K {name} hw-tc-offload on")


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
    (LOGS / f"{test.name.replace(' ', '-')}.log").write_text(text)


def batch(host, test):
    """tdc_batch.py with skip_sw rules, as many as BATCH: none may be refused; the rate is reported."""
    host.run(f"cd {TDC} && ./tdc_batch.py pf0vf0 /tmp/batch -o -s -n {BATCH} && tc qdisc add dev pf0vf0 clsact", timeout=120)
    start = time.monotonic()
    status, text = host.guest.run("tc -b /tmp/batch", timeout=3600)
    test.seconds = time.monotonic() - start
    count = int(host.run("tc filter show dev pf0vf0 ingress | grep -cw in_hw", timeout=300, check=False))
    test.results = {f"{BATCH:,} rules, skip_sw": "OK" if status == 0 and count == BATCH else "FAIL"}
    test.note = f"{count / test.seconds:,.0f} rules a second"
    (LOGS / "tdc_batch.log").write_text(text[-10000:])


def judge(tests, known):
    """What is not as expected.toml says, as text lines."""
    wrong = []
    for test in tests:
        for case, result in test.results.items():
            entry = next((e for e in known if fnmatch.fnmatch(test.name, e["test"]) and re.search(e["case"], case)), None)
            if entry:
                entry["seen"] = entry.get("seen", False) or entry["result"] == result
                test.note = test.note or entry["why"]
            if result != "OK" and (not entry or entry["result"] != result):
                wrong.append(f"{test.name}: {case}: {result}")
    names = [test.name for test in tests]
    return wrong + [f"{e['test']}: {e['case']}: expected.toml says {e['result']}, but it is not" for e in known
                    if not e.get("seen") and e["test"] in names]


def table(screen, tests):
    count = lambda test, what: list(test.results.values()).count(what)  # noqa: E731
    screen.table(("test", "pass", "fail", "skip", "seconds", "remark"),
                 [(t.name, *(count(t, what) for what in ("OK", "FAIL", "SKIP")), f"{t.seconds:.0f}", t.note) for t in tests])


def one(test, action):
    """A test in a guest of its own, so that what it leaves behind disturbs no other."""
    with machine.Card() as card, machine.Guest(card, memory="1536M", name="selftests") as guest:
        host = Host(guest)
        prepare(host)
        action(host, test)


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
    done = []
    for test, action in [(test, run) for test in TESTS] + [(Test("tdc_batch.py", "", 0), batch)]:
        if fnmatch.fnmatch(test.name, options.only):
            with screen.step(test.name):
                try:
                    one(test, action)
                except ProgramError as error:
                    test.results["the guest"] = "FAIL"
                    (LOGS / f"{test.name.replace(' ', '-')}-guest.log").write_text(str(error))
            done.append(test)
    table(screen, done)
    wrong = judge(done, tomllib.loads((HERE / "expected.toml").read_text()).get("known", []))
    for line in wrong[:20]:
        screen.bad(line)
    print(f"{sum(list(t.results.values()).count('OK') for t in done)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
