# SPDX-License-Identifier: BSD-3-Clause
"""A demo as a program: its options, its folder, its end by signals, and its result."""

import argparse
import contextlib
import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from .process import ProgramError
from .screen import Screen

# Sockets, which cannot be kept.
SOCKETS = ("*.sock", "vf*", "pf", "*.ctl", "dpdk", "*.mgmt", "*.snoop", ".uml", "*.socket")


def arguments(text):
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well ('-': to standard output, alone)")
    parser.add_argument("--seconds", type=float, default=3, help="length of each TCP stream (default: 3)")
    parser.add_argument("--keep", metavar="DIR", help="leave logs of all programs there")
    return parser.parse_args()


def interrupted(*_):
    raise KeyboardInterrupt


def main(text, run, errors=()):
    """Runs a demo and returns the exit status.

    run(options, screen, folder, stack) sets everything up, measures, and returns (figures, list of what went wrong);
    what it starts it hands to `stack`. errors: exceptions that say themselves what is wrong.
    """
    options = arguments(text)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    screen = Screen(sys.stderr if options.json == "-" else sys.stdout)
    folder = Path(tempfile.mkdtemp(prefix="ferrule-demo-"))
    start = time.monotonic()
    figures, failures = {}, []
    try:
        with contextlib.ExitStack() as stack:
            figures, failures = run(options, screen, folder, stack)
    except (ProgramError, OSError, *errors) as error:
        failures.append(str(error))
    except KeyboardInterrupt:
        screen.line("interrupted; all is cleaned up")
        return 130
    finally:
        if options.keep:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*SOCKETS))
        shutil.rmtree(folder, ignore_errors=True)
    figures["seconds"] = round(time.monotonic() - start, 1)
    return finish(options, screen, figures, failures)


def finish(options, screen, figures, failures):
    if options.json:
        text = json.dumps({**figures, "failures": failures}, indent=1) + "\n"
        sys.stdout.write(text) if options.json == "-" else Path(options.json).write_text(text)
    screen.section("Result")
    for failure in failures:
        screen.bad(failure)
    if failures:
        return 1
    screen.good(f"every path works, and what the card can do is in the card ({figures['seconds']:.0f} s)")
    return 0
