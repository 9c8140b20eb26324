# SPDX-License-Identifier: BSD-3-Clause
"""tests/coverage/report.py: what it adds up, what it calls a hole, and when it fails."""

import json

import pytest
import report

SOURCE = "module m;\n  if (a)\n    b <= 1;\n  if (bad) stop;\nendmodule\n"
LINES = [("v_branch/m", 2, "if"), ("v_branch/m", 2, "else"), ("v_line/m", 4, "if")]
BITS = [("v_toggle/m", 1, f"count[{bit}]") for bit in range(6)] + [("v_toggle/m", 1, "full")]
REASON = 'reason = "it is so"\n'


def point(page, line, what, count, file="hw/rtl/m.sv"):
    keys = {"f": file, "l": line, "n": 3, "page": page, "o": what, "h": "TOP.m"}
    return "C '" + "".join(f"\x01{key}\x02{value}" for key, value in keys.items()) + f"' {count}\n"


def dat(counts):
    """A file of all points; counts: what to how often."""
    return "# SystemC::Coverage-3\n" + "".join(
        point(page, line, what, counts.get((line, what), 0)) for page, line, what in LINES + BITS)


ALL = {(line, what): 1 for _, line, what in LINES + BITS}


class Run:
    """A folder with sources, data and holes; call it for the exit status."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys, self.more, self.output = folder, capsys, [], ""
        (folder / "hw/rtl").mkdir(parents=True)
        (folder / "hw/rtl/m.sv").write_text(SOURCE)
        (folder / "data").mkdir()
        self.holes("")

    def data(self, *texts, folder="data"):
        (self.folder / folder).mkdir(exist_ok=True)
        for n, text in enumerate(texts):
            (self.folder / folder / f"{n}.dat").write_text(text)

    def holes(self, text):
        (self.folder / "holes.toml").write_text(text)

    def __call__(self):
        status = report.main(["--root", str(self.folder), "--holes", str(self.folder / "holes.toml"), "--list",
                              str(self.folder / "list"), *self.more, str(self.folder / "data")])
        self.output = self.capsys.readouterr().out
        return status

    def list(self):
        return (self.folder / "list").read_text().splitlines()


@pytest.fixture
def run(tmp_path, capsys):
    return Run(tmp_path, capsys)


def without(*points):
    return {point: 1 for point in ALL if point not in points}


def test_all_reached(run):
    run.data(dat(ALL))
    assert run() == 0
    assert "3 of      3 lines   100.0 %" in run.output and "7 of      7 toggles 100.0 %" in run.output
    assert run.list() == []


def test_files_add_up(run):
    run.data(dat(without((2, "if"))), dat(without((2, "else"), (1, "full"))))
    assert run() == 0


def test_line_hole_fails(run):
    run.data(dat(without((2, "else"))))
    assert run() == 1
    assert run.list() == ["line hw/rtl/m.sv:2 else: if (a): NO REASON"]
    assert "line holes: 1, without a reason: 1" in run.output


def test_bits_of_a_signal_are_one_line(run):
    run.data(dat(without((1, "count[0]"), (1, "count[2]"), (1, "count[3]"), (1, "count[4]"), (1, "full"))))
    assert run() == 1
    assert run.list() == ["toggle hw/rtl/m.sv:1 count[0 4:2]: NO REASON", "toggle hw/rtl/m.sv:1 full: NO REASON"]


def test_reason_covers(run):
    run.data(dat(without((4, "if"), (1, "count[4]"), (1, "count[5]"))))
    run.holes('[[hole]]\nkind = "line"\nfile = "m.sv"\nwhat = ["if: if .bad. .*"]\n' + REASON +
              r"""[[hole]]
kind = "toggle"
file = "m.sv"
what = ['count\[[45]\]']
""" + REASON)
    assert run() == 0
    assert run.list() == ["line hw/rtl/m.sv:4 if: if (bad) stop;: it is so", "toggle hw/rtl/m.sv:1 count[5:4]: it is so"]


def test_branch_is_part_of_a_line(run):
    run.data(dat(without((2, "else"))))
    run.holes('[[hole]]\nkind = "line"\nfile = "m.sv"\nwhat = ["if: if .a."]\n' + REASON)
    assert run() == 1
    assert "if: if .a.: no such hole any more" in run.output


def test_pattern_must_match_the_whole(run):
    run.data(dat(without((1, "count[5]"))))
    run.holes('[[hole]]\nkind = "toggle"\nfile = "m.sv"\nwhat = ["count"]\n' + REASON)
    assert run() == 1


def test_every_pattern_needs_a_hole(run):
    run.data(dat(without((1, "full"))))
    run.holes('[[hole]]\nkind = "toggle"\nfile = "m.sv"\nwhat = ["full", "empty"]\n' + REASON)
    assert run() == 1
    assert "empty: no such hole any more" in run.output


@pytest.mark.parametrize("entry", ['kind = "line"\nwhat = ["x"]\nreason = ""', 'kind = "lines"\nwhat = ["x"]\n' + REASON,
                                   'kind = "line"\nwhat = []\n' + REASON])
def test_entry_must_be_whole(run, entry):
    run.data(dat(ALL))
    run.holes(f'[[hole]]\nfile = "m.sv"\n{entry}\n')
    with pytest.raises(ValueError, match="without kind, what or reason"):
        run()


def test_bench_counts_for_what_the_chip_has(run):
    run.data(dat(without((2, "else"))))
    run.data(dat(ALL) + point("v_toggle/m", 1, "count[6]", 0), folder="benches")
    run.more = ["--benches", str(run.folder / "benches")]
    assert run() == 0


def test_one_kind(run):
    run.data(dat(without((2, "else"), (1, "full"))))
    run.holes('[[hole]]\nkind = "line"\nfile = "m.sv"\nwhat = ["else: if .a."]\n' + REASON)
    run.more = ["--kind", "line"]
    assert run() == 0
    assert "toggle" not in run.output
    run.more = ["--kind", "toggle"]
    assert run() == 1
    assert "toggle holes: 1, without a reason: 1" in run.output and "line" not in run.output


def test_told_is_not_judged(run):
    run.data(dat(without((1, "full"))))
    run.more = ["--tell"]
    assert run() == 0
    assert run.list() == ["toggle hw/rtl/m.sv:1 full: NO REASON"]


def test_only_rtl_counts(run):
    run.data(dat(ALL) + point("v_line/tb", 1, "if", 0, file="tests/hw/m/tb.sv"))
    assert run() == 0


def test_no_data_fails(run):
    with pytest.raises(ValueError, match="no coverage data"):
        run()
    run.data("# SystemC::Coverage-3\n")
    with pytest.raises(ValueError, match="no coverage data"):
        run()


@pytest.mark.parametrize(("exception", "status"), [("", 1), ("drop.late: nothing is late\n", 0)])
def test_bins(run, exception, status):
    run.data(dat(ALL))
    (run.folder / "bins.json").write_text(json.dumps({"drop.late": 0, "drop.early": 3}))
    (run.folder / "exceptions").write_text("# a comment\n\n" + exception)
    run.more = ["--bins", str(run.folder / "bins.json"), "--exceptions", str(run.folder / "exceptions")]
    assert run() == status
    assert "functional bins: 1 of 2" in run.output
    assert f"drop.late: {'nothing is late' if exception else 'NO REASON'}" in run.output
