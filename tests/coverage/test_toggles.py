# SPDX-License-Identifier: BSD-3-Clause
"""tests/coverage/toggles.py: from codes of a waveform to bits of a module."""

import pytest
import toggles

CELLS = """<verilator_xml><cells><cell name="top" submodname="top" hier="top">
<cell name="a" submodname="ram__W40" hier="top.a"/><cell name="b" submodname="ram__W4" hier="top.b"/></cell></cells>
<netlist><module name="top" origName="top"/><module name="ram__W40" origName="ram"/>
<module name="ram__W4" origName="ram"/></netlist></verilator_xml>"""
HEAD = """$scope module TOP $end
 $var wire  1 $ pin $end
 $scope module top $end
  $var wire  1 $ pin $end
  $var wire  4 % nibble [7:4] $end
  $scope struct row $end
   $var wire  1 & ok $end
  $upscope $end
  $scope module lanes[0] $end
   $var wire  1 ' busy $end
   $scope module a $end
    $var wire 40 ( data [39:0] $end
   $upscope $end
  $upscope $end
  $scope module b $end
   $var wire  4 % data [3:0] $end
  $upscope $end
 $upscope $end
$upscope $end
$enddefinitions $end
"""


@pytest.fixture
def read(tmp_path):
    (tmp_path / "cells.xml").write_text(CELLS)

    def of(*texts):
        for n, text in enumerate(texts):
            (tmp_path / f"{n}.toggles").write_text(HEAD + text)
        return toggles.read_toggles(sorted(tmp_path.glob("*.toggles")), toggles.read_cells(tmp_path / "cells.xml"))
    return of


def test_names_and_sizes(read):
    assert read("") == {("top", "pin"): (1, None, 0, 0), ("top", "nibble"): (4, 4, 0, 0), ("top", "row.ok"): (1, None, 0, 0),
                        ("top", "lanes[0].busy"): (1, None, 0, 0), ("ram", "data"): (40, 0, 0, 0)}


def test_one_wire_has_many_names(read):
    sums = read("4 a 3\n")
    assert sums["top", "nibble"] == (4, 4, 10, 3) and sums["ram", "data"] == (40, 0, 10, 3)


def test_words_make_a_wide_signal(read):
    assert read("7 1 0\n8 80 2\n")["ram", "data"] == (40, 0, 0x8000000001, 0x200000000)


def test_instances_and_files_add_up(read):
    assert read("7 1 0\n", "4 2 8\n", "7 10 10\n")["ram", "data"] == (40, 0, 0x13, 0x18)


@pytest.mark.parametrize(("text", "code"), [("!", 0), ("~", 93), ("!!", 94), ("~!", 187), ('!"', 188), ("!!!", 94 + 94 * 94)])
def test_codes(text, code):
    assert toggles.number(text) == code


def test_half_a_file(tmp_path):
    (tmp_path / "x").write_text("$scope module TOP $end\n")
    with pytest.raises(ValueError, match="not a file of toggles"):
        toggles.read_toggles([tmp_path / "x"], {})
