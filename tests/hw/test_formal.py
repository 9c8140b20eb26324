# SPDX-License-Identifier: BSD-3-Clause
"""hw/formal/run: what it takes for a proof, and what it says of one that fails or of a twin that does not."""

import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "hw/formal/run"
PROOF = """[[proof]]
name = "vq_fifo"
about = "a FIFO"
rtl = ["vq_fifo", "fifo_watch"]
mode = "bmc"
depth = 6
limit_s = 100
"""
BREAK = "change = [{ in = 'vq_fifo', from = '(!out_valid || out_ready) && wr_ptr', to = 'wr_ptr' }]\n"
SAME = "change = [{ in = 'vq_fifo', from = 'DEPTH < 2', to = 'DEPTH < 1' }]\n"
TWIN = "[[proof.twin]]\nname = 'twin'\n"


def run(tmp_path, text, *arguments):
    (tmp_path / "proofs.toml").write_text(text)
    return subprocess.run([RUN, "--list", tmp_path / "proofs.toml", "--build", tmp_path, *arguments], text=True,
                          capture_output=True, timeout=200)


def test_proof_and_twin_that_fails(tmp_path):
    done = run(tmp_path, PROOF + TWIN + BREAK)
    assert done.returncode == 0
    assert "PROVED  vq_fifo (6 cycles" in done.stdout
    assert "REFUTED vq_fifo.twin" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed"


def test_twin_that_is_not_broken_fails(tmp_path):
    done = run(tmp_path, PROOF + TWIN + SAME)
    assert done.returncode == 1
    assert "the broken twin passes" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed"


def test_proof_of_broken_rtl_fails(tmp_path):
    done = run(tmp_path, PROOF + BREAK + TWIN + SAME)
    assert done.returncode == 1
    assert "FAILED  vq_fifo (" in done.stdout and "an assertion fails" in done.stdout
    assert (tmp_path / "vq_fifo/trace.vcd").exists()


def test_no_answer_in_time_is_no_pass(tmp_path):
    done = run(tmp_path, PROOF.replace("limit_s = 100", "limit_s = 0.01") + TWIN + BREAK)
    assert done.returncode == 1
    assert done.stdout.count("no answer in 0.01 s") == 2


@pytest.mark.parametrize("change, told", [
    ("change = [{ in = 'vq_fifo', from = 'not there', to = '' }]\n", "stands 0 times, not 1"),
    ("change = [{ in = 'park', from = 'mem', to = '' }]\n", "park, which the proof does not use"),
])
def test_change_that_fits_nowhere_fails(tmp_path, change, told):
    done = run(tmp_path, PROOF + TWIN + change)
    assert done.returncode == 1
    assert told in done.stdout


@pytest.mark.parametrize("text, names, told", [
    (PROOF + "twin = []\n", (), "without a broken twin"),
    (PROOF + TWIN, (), "needs either define or change"),
    (PROOF + "colour = 1\n" + TWIN + BREAK, (), "colour is not known"),
    (PROOF.replace("bmc", "guess") + TWIN + BREAK, (), "mode is induction or bmc"),
    (PROOF + TWIN + BREAK, ("park",), "no proof park; there are: vq_fifo"),
    ("[[proof", (), "proofs.toml"),
])
def test_wrong_lists_are_refused(tmp_path, text, names, told):
    done = run(tmp_path, text, *names)
    assert done.returncode == 2
    assert told in done.stderr
