# SPDX-License-Identifier: BSD-3-Clause
"""tests/run itself: what it counts, what it refuses, and that nothing outlives a suite."""

import json
import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run")


def run(tmp_path, suites, *arguments):
    """tests/run on a suites file of [name, command, counts, timeout_s] rows."""
    text = ""
    for name, command, counts, timeout_s in suites:
        text += (f"[[suite]]\nname = {json.dumps(name)}\ncommand = {json.dumps(command)}\n"
                 f"counts = {json.dumps(counts)}\ntimeout_s = {timeout_s}\n")
    return run_text(tmp_path, text, *arguments)


def run_text(tmp_path, text, *arguments):
    file = tmp_path / "suites.toml"
    file.write_text(text)
    return subprocess.run([sys.executable, RUN, "--suites", file, "--log-dir", tmp_path / "log",
                           *arguments], capture_output=True, text=True, timeout=60, check=False)


def total(done):
    return done.stdout.splitlines()[-1]


CMOCKA = """[==========] {group}Running 3 test(s).
[  PASSED  ] {passed} test(s).
[  SKIPPED ] 1 test(s), listed below:
"""
CMOCKA_FAILED = "[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] bad\n\n 1 FAILED TEST(S)\n"


@pytest.mark.parametrize("counts, output, status, expect", [
    ("exit", "", 0, "1 passed, 0 failed"),
    ("exit", "", 3, "0 passed, 1 failed"),
    ("pytest", "===== 3 passed, 1 skipped in 0.12s =====", 0, "3 passed, 0 failed"),
    ("pytest", "1 failed, 3 passed, 2 errors in 61.2s (0:01:01)", 1, "3 passed, 3 failed"),
    ("pytest", "2 passed in 0.1s\n4 passed, 1 warning in 0.1s", 0, "6 passed, 0 failed"),
    ("pytest", "\x1b[32m\x1b[1m2 passed\x1b[0m\x1b[32m in 0.1s\x1b[0m", 0, "2 passed, 0 failed"),
    ("pytest", "no tests ran in 0.01s", 5, "0 passed, 1 failed"),
    ("pytest", "2 passed in 0.1s", 1, "2 passed, 1 failed"),
    ("cmocka", CMOCKA.format(group="", passed=2), 0, "2 passed, 0 failed"),
    ("cmocka", CMOCKA.format(group="fw: ", passed=1) + CMOCKA_FAILED, 1, "1 passed, 1 failed"),
    ("cmocka", CMOCKA.format(group="", passed=2) * 3, 0, "6 passed, 0 failed"),
    ("cmocka", "[==========] Running 4 test(s).\n", 139, "0 passed, 4 failed"),
    ("lines", "noise\n7 passed, 0 failed\n", 0, "7 passed, 0 failed"),
    ("lines", "7 passed, 2 failed\n1 passed, 0 failed", 1, "8 passed, 2 failed"),
    ("lines", "all is well", 0, "0 passed, 1 failed"),
    ("lines", "0 passed, 0 failed", 0, "0 passed, 1 failed"),
])
def test_counts(tmp_path, counts, output, status, expect):
    shown = tmp_path / "shown"
    shown.write_text(output)
    done = run(tmp_path, [("one", f"cat {shown}; exit {status}", counts, 20)])
    assert total(done) == expect
    assert done.returncode == (0 if expect.endswith(" 0 failed") else 1)


def test_goes_on_after_a_failure_and_sums(tmp_path):
    done = run(tmp_path, [("a", "exit 1", "exit", 20), ("b", "echo 4 passed, 0 failed", "lines", 20)])
    assert total(done) == "4 passed, 1 failed"
    assert done.returncode == 1
    assert len(re.findall(r"^\d+ passed, \d+ failed$", done.stdout, re.M)) == 1


def test_crash_is_a_failed_test(tmp_path):
    done = run(tmp_path, [("a", "kill -SEGV $$", "exit", 20)])
    assert total(done) == "0 passed, 1 failed"
    assert "SIGSEGV" in done.stdout


def test_tail_and_log_of_a_failing_suite(tmp_path):
    done = run(tmp_path, [("a", "seq 1000 1099; false", "exit", 20)])
    assert "1040" in done.stdout and "1099" in done.stdout and "1039" not in done.stdout
    assert (tmp_path / "log" / "a.log").read_text().startswith("1000\n1001\n")


def ended(pid, within_s=0):
    """True when the process is gone, or a zombie nobody reaped, or becomes so in that time."""
    try:
        end = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(end):
        return bool(select.select([end], [], [], within_s)[0])


@pytest.mark.parametrize("command, counts_failed", [
    ("trap '' TERM; sleep 60 & echo $! > {pid}; wait; sleep 60", 1),
    ("sleep 60 & echo $! > {pid}; exit 0", 0),
])
def test_no_process_outlives_its_suite(tmp_path, command, counts_failed):
    pid = tmp_path / "pid"
    start = time.monotonic()
    done = run(tmp_path, [("a", command.format(pid=pid), "exit", 1)])
    assert time.monotonic() - start < 20
    assert total(done) == f"{1 - counts_failed} passed, {counts_failed} failed"
    assert ended(int(pid.read_text()), within_s=5)


def test_interrupt_ends_the_suite_and_prints_the_sum(tmp_path):
    file = tmp_path / "suites.toml"
    started = tmp_path / "started"
    os.mkfifo(started)
    file.write_text(f"[[suite]]\nname='a'\ncommand='echo $$ > {started}; sleep 60'\n"
                    "timeout_s=60\ncounts='exit'\n")
    with open(os.open(started, os.O_RDONLY | os.O_NONBLOCK)) as pids, \
            subprocess.Popen([sys.executable, RUN, "--suites", file, "--log-dir", tmp_path],
                             stdout=subprocess.PIPE, text=True) as process:
        assert select.select([pids], [], [], 20)[0]
        pid = int(pids.readline())
        process.terminate()
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert output.endswith("0 passed, 0 failed\n")
    assert ended(pid)


def test_choice_and_json(tmp_path):
    suites = [(name, "true", "exit", 20) for name in ("rtl-a", "rtl-b", "fw")]
    result = tmp_path / "result.json"
    assert run(tmp_path, suites, "--list", "fw", "--only", "*-b").stdout == "rtl-b\nfw\n"
    done = run(tmp_path, suites, "--only", "rtl-*", "--json", result)
    assert total(done) == "2 passed, 0 failed"
    document = json.loads(result.read_text())
    assert document["passed"] == 2 and document["failed"] == 0
    assert [s["name"] for s in document["suites"]] == ["rtl-a", "rtl-b"]


GOOD = "[[suite]]\nname='a'\ncommand='true'\ntimeout_s=1\ncounts='exit'\n"


@pytest.mark.parametrize("text, arguments, says", [
    (GOOD + "speed=1\n", [], "speed"),
    (GOOD + GOOD, [], "the name is taken"),
    (GOOD.replace("'exit'", "'tap'"), [], "counts is one of"),
    (GOOD.replace("=1", "=0"), [], "timeout_s"),
    (GOOD.replace("'a'", "'a/b'"), [], "a name is"),
    (GOOD.replace("timeout_s=1\n", ""), [], "timeout_s"),
    (GOOD + "[other]\n", [], "other"),
    ("suite", [], "suites.toml"),
    (GOOD, ["b"], "no suite b; there are: a"),
    (GOOD, ["--only", "x*"], "no suite matches x*"),
])
def test_refuses_wrong_input(tmp_path, text, arguments, says):
    done = run_text(tmp_path, text, *arguments)
    assert done.returncode == 2
    assert says in done.stderr and "Traceback" not in done.stderr


def test_nothing_to_run_is_no_success(tmp_path):
    done = run_text(tmp_path, "")
    assert (total(done), done.returncode) == ("0 passed, 0 failed", 1)


def test_plain_lines_without_a_terminal(tmp_path):
    done = run(tmp_path, [("a", "true", "exit", 20)])
    assert "\r" not in done.stdout and "\x1b" not in done.stdout
    assert re.search(r"RUN +a\n +PASSED +a \(\d+\.\d s\): 1 passed\n", done.stdout)


def test_live_line_on_a_terminal(tmp_path):
    file = tmp_path / "suites.toml"
    file.write_text(GOOD.replace("true", "echo hello; sleep 0.5").replace("=1", "=9"))
    command = f"{sys.executable} {RUN} --suites {file} --log-dir {tmp_path}"
    done = subprocess.run(["script", "-qec", command, os.devnull], capture_output=True, timeout=30,
                          check=False)
    assert b"\r\x1b[K  RUN     a 0 s  hello" in done.stdout
    assert done.returncode == 0
