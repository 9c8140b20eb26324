# SPDX-License-Identifier: BSD-3-Clause
"""tests/coverage/report.py: what it adds up, what it calls a hole, and when it fails."""

import json

import pytest
import report

SOURCE = "module m;\n  if (a)\n    b <= 1;\n  if (bad) stop;\nendmodule\n"
LINES = [("v_branch/m", 2, "if"), ("v_branch/m", 2, "else"), ("v_line/m", 4, "if")]
BITS = [f"count[{bit}]" for bit in range(6)] + ["full"]
CELLS = """<verilator_xml><cells><cell name="m" submodname="m" hier="m"/></cells>
<netlist><module name="m" origName="m"/></netlist></verilator_xml>"""
HEAD = """$scope module TOP $end
 $scope module m $end
  $var wire  1 $ full $end
  $var wire  6 % count [5:0] $end
 $upscope $end
$upscope $end
$enddefinitions $end
"""
REASON = 'reason = "it is so"\n'
ALL = {(line, what) for _, line, what in LINES} | set(BITS)


def point(page, line, what, count, file="hw/rtl/m.sv"):
    keys = {"f": file, "l": line, "n": 3, "page": page, "o": what, "h": "TOP.m"}
    return "C '" + "".join(f"\x01{key}\x02{value}" for key, value in keys.items()) + f"' {count}\n"


def dat(reached):
    """Verilator's file of all lines."""
    return "# SystemC::Coverage-3\n" + "".join(
        point(page, line, what, int((line, what) in reached)) for page, line, what in LINES)


def toggles(reached, only_rose=()):
    """A file of toggles: `full` has code 3, `count` code 4."""
    words = []
    for bits in ({*reached, *only_rose}, reached):
        words.append(("full" in bits, sum((f"count[{bit}]" in bits) << bit for bit in range(6))))
    return HEAD + "".join(f"{3 + n} {words[0][n]:x} {words[1][n]:x}\n" for n in range(2))


class Run:
    """A folder with sources, data and holes; call it for the exit status."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys, self.more, self.output = folder, capsys, [], ""
        (folder / "hw/rtl").mkdir(parents=True)
        (folder / "hw/rtl/m.sv").write_text(SOURCE)
        (folder / "cells.xml").write_text(CELLS)
        (folder / "data").mkdir()
        self.holes("")

    def data(self, *runs):
        """Files of runs, of what each reached."""
        for n, reached in enumerate(runs):
            self.file(f"{n}.dat", dat(reached))
            self.file(f"{n}.toggles", toggles(reached))

    def file(self, name, text):
        (self.folder / "data" / name).write_text(text)

    def holes(self, text):
        (self.folder / "holes.toml").write_text(text)

    def __call__(self):
        status = report.main(["--root", str(self.folder), "--holes", str(self.folder / "holes.toml"),
                              "--cells", str(self.folder / "cells.xml"), "--list", str(self.folder / "list"),
                              *self.more, str(self.folder / "data")])
        self.output = self.capsys.readouterr().out
        return status

    def list(self):
        return (self.folder / "list").read_text().splitlines()


@pytest.fixture
def run(tmp_path, capsys):
    return Run(tmp_path, capsys)


def without(*points):
    assert ALL.issuperset(points)
    return ALL.difference(points)


def test_all_reached(run):
    run.data(ALL)
    assert run() == 0
    assert "3 of      3 lines   100.0 %" in run.output and "7 of      7 toggles 100.0 %" in run.output
    assert run.list() == []


def test_files_add_up(run):
    run.data(without((2, "if"), "count[3]"), without((2, "else"), "full"))
    assert run() == 0


def test_line_hole_fails(run):
    run.data(without((2, "else")))
    assert run() == 1
    assert run.list() == ["line hw/rtl/m.sv:2 else: if (a): NO REASON"]
    assert "line holes: 1, without a reason: 1" in run.output


def test_bit_that_only_rose_fails(run):
    run.data(ALL)
    run.file("0.toggles", toggles(without("full"), only_rose=["full"]))
    assert run() == 1
    assert run.list() == ["toggle hw/rtl/m.sv full: NO REASON"]
    assert "toggle holes: 1, without a reason: 1" in run.output


def test_bits_of_a_signal_are_one_line(run):
    run.data(without("count[0]", "count[2]", "count[3]", "count[4]", "full"))
    assert run() == 1
    assert run.list() == ["toggle hw/rtl/m.sv count[4:2 0]: NO REASON", "toggle hw/rtl/m.sv full: NO REASON"]


def test_reason_covers(run):
    run.data(without((4, "if"), "count[4]", "count[5]"))
    run.holes('[[hole]]\nkind = "line"\nfile = "m.sv"\nwhat = ["if: if .bad. .*"]\n' + REASON +
              """[[hole]]
kind = "toggle"
file = "m.sv"
what = ["count"]
bits = "5:4"
""" + REASON)
    assert run() == 0
    assert run.list() == ["line hw/rtl/m.sv:4 if: if (bad) stop;: it is so", "toggle hw/rtl/m.sv count[5:4]: it is so"]


def test_branch_is_part_of_a_line(run):
    run.data(without((2, "else")))
    run.holes('[[hole]]\nkind = "line"\nfile = "m.sv"\nwhat = ["if: if .a."]\n' + REASON)
    assert run() == 1
    assert "if: if .a.: no such hole any more" in run.output


def test_pattern_must_match_the_whole(run):
    run.data(without("count[5]"))
    run.holes('[[hole]]\nkind = "toggle"\nfile = "m.sv"\nwhat = ["coun"]\n' + REASON)
    assert run() == 1


@pytest.mark.parametrize(("bits", "status"), [("", 0), ('bits = "5"\n', 0), ('bits = "3:0"\n', 1), ('bits = "5:4 0"\n', 0)])
def test_bits_of_a_pattern(run, bits, status):
    run.data(without("count[5]"))
    run.holes(f'[[hole]]\nkind = "toggle"\nfile = "m.sv"\nwhat = ["count"]\n{bits}{REASON}')
    assert run() == status
    assert ("no such hole any more" in run.output) == (status == 1)


def test_every_pattern_needs_a_hole(run):
    run.data(without("full"))
    run.holes('[[hole]]\nkind = "toggle"\nfile = "m.sv"\nwhat = ["full", "empty"]\n' + REASON)
    assert run() == 1
    assert "empty: no such hole any more" in run.output


@pytest.mark.parametrize("entry", ['kind = "line"\nwhat = ["x"]\nreason = ""', 'kind = "lines"\nwhat = ["x"]\n' + REASON,
                                   'kind = "line"\nwhat = []\n' + REASON])
def test_entry_must_be_whole(run, entry):
    run.data(ALL)
    run.holes(f'[[hole]]\nfile = "m.sv"\n{entry}\n')
    with pytest.raises(ValueError, match="without kind, what or reason"):
        run()


def test_only_rtl_counts(run):
    run.data(ALL)
    run.file("1.dat", dat(ALL) + point("v_line/tb", 1, "if", 0, file="tests/hw/m/tb.sv"))
    assert run() == 0


@pytest.mark.parametrize(("name", "text"), [("0.dat", "# SystemC::Coverage-3\n"), ("0.toggles", "3 1 1\n")])
def test_file_without_data_fails(run, name, text):
    run.data(ALL)
    run.file(name, text)
    with pytest.raises(ValueError, match="no coverage data|not a file of toggles"):
        run()


@pytest.mark.parametrize("missing", ["dat", "toggles"])
def test_no_file_fails(run, missing):
    run.data(ALL)
    (run.folder / f"data/0.{missing}").unlink()
    with pytest.raises(ValueError, match=f"no coverage data .*{missing}"):
        run()


@pytest.mark.parametrize(("exception", "status"), [("", 1), ("drop.late: nothing is late\n", 0)])
def test_bins(run, exception, status):
    run.data(ALL)
    (run.folder / "bins.json").write_text(json.dumps({"drop.late": 0, "drop.early": 3}))
    (run.folder / "exceptions").write_text("# a comment\n\n" + exception)
    run.more = ["--bins", str(run.folder / "bins.json"), "--exceptions", str(run.folder / "exceptions")]
    assert run() == status
    assert "functional bins: 1 of 2" in run.output
    assert f"drop.late: {'nothing is late' if exception else 'NO REASON'}" in run.output
