# SPDX-License-Identifier: BSD-3-Clause
"""hw/synth: counting cells, depth of paths within and across modules, and the limits."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

import pytest

SYNTH = Path(__file__).resolve().parents[2] / "hw/synth"
sys.path.insert(0, str(SYNTH))
import netlist  # noqa: E402

loader = importlib.machinery.SourceFileLoader("synth_run", str(SYNTH / "run"))
synth = importlib.util.module_from_spec(importlib.util.spec_from_loader("synth_run", loader))
loader.exec_module(synth)


def cell(kind, ins, outs):
    """A cell; ins and outs: port to list of nets."""
    return {"type": kind, "connections": ins | outs,
            "port_directions": {port: "input" for port in ins} | {port: "output" for port in outs}}


def lut(before, after):
    return cell(f"LUT{len(before)}", {f"I{i}": [net] for i, net in enumerate(before)}, {"O": [after]})


def ff(before, after):
    return cell("FDRE", {"D": [before], "C": [1], "CE": ["1"], "R": ["0"]}, {"Q": [after]})


def module(ports, cells, names=None):
    """ports: name to (direction, nets)."""
    return {"ports": {name: {"direction": way, "bits": nets} for name, (way, nets) in ports.items()}, "cells": cells,
            "netnames": {name: {"bits": nets} for name, nets in (names or {}).items()}}


CLOCK = {"clk": ("input", [1])}


def test_depth_counts_luts_between_registers():
    one = module(CLOCK, {"a": ff(9, 2), "l1": lut([2], 3), "carry": cell("CARRY4", {"CI": [3]}, {"CO": [4]}),
                         "l2": lut([4, 2], 5), "b": ff(5, 6)}, {"from_reg": [2], "to_reg": [6]})
    deepest, paths = netlist.analyse(one, {})
    assert (deepest.levels, deepest.start, deepest.end) == (2, "from_reg", "to_reg")
    assert paths.out_of == {} and paths.through == {}


def test_ram_ends_a_path_and_lut_ram_is_a_level():
    ram = cell("RAMB36E2", {"ADDR": [3]}, {"DOUT": [4]})
    lutram = cell("RAM32M16", {"ADDRA": [4], "DIA": [3], "WCLK": [1]}, {"DOA": [5]})
    one = module(CLOCK, {"a": ff(9, 2), "l": lut([2], 3), "ram": ram, "lutram": lutram, "m": lut([5], 6), "b": ff(6, 7)})
    assert netlist.analyse(one, {})[0].levels == 2


def test_path_across_modules_is_found():
    # A child with a way through of two LUTs, and a register behind one more.
    child = module(CLOCK | {"i": ("input", [2, 3]), "o": ("output", [5, 6])},
                   {"l1": lut([2], 4), "l2": lut([4], 5), "l3": lut([3], 7), "r": ff(7, 6)})
    deepest, paths = netlist.analyse(child, {})
    assert deepest.levels == 2
    assert paths.through == {("o", 0): {("i", 0): 2}}
    assert paths.into == {("i", 1): 1}
    assert paths.out_of == {("o", 1): 0}
    parent = module(CLOCK, {"a": ff(9, 2), "l": lut([2], 3), "child": cell("child", {"clk": [1], "i": [3, 4]}, {"o": [4, 5]}),
                            "b": ff(5, 6)})
    # LUT of the parent, two of the child, back into the child's register behind a third.
    assert netlist.analyse(parent, {"child": paths})[0].levels == 4


def test_loops_and_strange_cells_are_told():
    with pytest.raises(netlist.NetlistError, match="loop"):
        netlist.analyse(module({}, {"a": lut([2], 3), "b": lut([3], 2)}), {})
    with pytest.raises(netlist.NetlistError, match="not of this family"):
        netlist.analyse(module({}, {"a": cell("SB_LUT4", {}, {"O": [2]})}), {})


def test_size():
    kinds = ["LUT6", "INV", "RAM64M8", "SRL16E", "FDRE", "CARRY4", "RAMB36E2", "RAMB18E2", "URAM288", "DSP48E2", "child"]
    count = netlist.size({str(i): {"type": kind} for i, kind in enumerate(kinds)})
    assert count == dict(lut=11, lutram=9, ff=1, carry=1, ramb36=1.5, uram=1, dsp=1)


def test_instances_are_counted_and_limits_judged(monkeypatch):
    leaf = module(CLOCK | {"i": ("input", [2]), "o": ("output", [3])}, {"l": lut([2], 4), "r": ff(4, 3)})
    pair = module(CLOCK, {f"c{i}": cell("$paramod\\leaf\\W=2", {"clk": [1], "i": [5]}, {"o": [6 + i]}) for i in range(2)})
    top = module(CLOCK, {f"p{i}": cell("pair", {"clk": [1]}, {}) for i in range(3)})
    modules = {"$paramod\\leaf\\W=2": leaf, "pair": pair, "top": top}
    monkeypatch.setattr(synth, "synthesize", lambda name, modules: modules[name])
    total = synth.flat(synth.measure(modules, "top"))
    assert total["synth.lut"] == total["synth.leaf.lut"] == 6
    assert total["synth.leaf.instances"] == 6 and total["synth.lut_levels"] == 1
    assert synth.over(total) == []
    assert synth.over(total | {"synth.lut_levels": 13}) == ["lut_levels is 13, the limit is 12"]


def test_names_of_modules_with_parameters():
    assert synth.base_name("bank") == "bank"
    assert synth.base_name("$paramod\\rank4\\N=s32'100\\W=s32'1") == "rank4"
    assert synth.base_name("$paramod$f217c797\\bank") == "bank"
