# SPDX-License-Identifier: BSD-3-Clause
"""sim/rtl/frl_rtl_toggles.h on a small chip, with the flags of tests/coverage/coverage.mk: what it records is what moved."""

import re
import subprocess
from pathlib import Path

import pytest
import toggles

TOP = Path(__file__).resolve().parents[2]
FLAGS = re.search(r"--trace .*?(?=,)", (TOP / "tests/coverage/coverage.mk").read_text().replace("\\\n", " "))[0].split()

RTL = """
module counter #(parameter int W = 4) (input wire clk, input wire go, output logic [W-1:0] count);
  typedef struct packed { logic odd; logic [2:0] never; } parts_t;
  parts_t parts;
  always_comb parts = '{odd: count[0], never: '0};
  always_ff @(posedge clk) if (go) count <= count + 1'b1;
endmodule

module ferrule (input wire clk, input wire go, output logic [3:0] low, output logic [69:0] wide, output logic once);
  counter few (.clk, .go, .count(low));
  for (genvar i = 0; i < 2; i++) begin : more
    logic [69:0] count;
    counter #(.W(70)) many (.clk, .go(go && i == 0), .count);
  end
  assign wide = more[0].count << 66;
  always_ff @(posedge clk) if (low == 4'd9) once <= 1'b1;
endmodule
"""

MAIN = """
#include "frl_rtl_toggles.h"

#include <sys/wait.h>
#include <unistd.h>

int main(int, char **argv)
{
	VerilatedContext context;

	context.traceEverOn(true);
	Vferrule chip(&context);
	Toggles toggles(&chip);
	auto run = [&](int cycles) {
		for (int i = 0; i < cycles; i++) {
			chip.go = 1;
			chip.clk = 0;
			chip.eval();
			toggles.sample();
			chip.clk = 1;
			chip.eval();
		}
	};
	run(6);
	if (argv[2][0] == '1' && fork() == 0) {
		run(20);
		toggles.give();
		_exit(0);
	}
	wait(nullptr);
	toggles.write(argv[1]);
}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorder")
    (folder / "ferrule.sv").write_text(RTL)
    (folder / "main.cpp").write_text(MAIN)
    chip = ["--top-module", "ferrule", "--Mdir", str(folder / "obj"), str(folder / "ferrule.sv")]
    subprocess.run(["verilator", "--xml-only", "--xml-output", str(folder / "cells.xml"), *chip], check=True)
    subprocess.run(["verilator", "--cc", "--exe", "--build", "--prefix", "Vferrule", *FLAGS, "-CFLAGS", f"-std=c++17 -I{TOP}/sim/rtl",
                    "-o", "recorder", *chip, str(folder / "main.cpp")], check=True, stdout=subprocess.DEVNULL)
    return folder


def record(built, forked):
    out = built / f"{forked:d}.toggles"
    subprocess.run([built / "obj/recorder", out, f"{forked:d}"], check=True)
    return toggles.read_toggles([out], toggles.read_cells(built / "cells.xml"))


def test_what_moved(built):
    sums = record(built, forked=False)
    # Six looks: 0 to 5.
    assert sums["counter", "count"] == (70, 0, 0b111, 0b11)
    assert sums["ferrule", "wide"] == (70, 0, 0b111 << 66, 0b11 << 66)
    assert sums["ferrule", "more[1].count"] == (70, 0, 0, 0)
    assert sums["counter", "parts.odd"][2:] == (1, 1) and sums["counter", "parts.never"] == (3, 0, 0, 0)
    assert sums["ferrule", "once"][2:] == (0, 0)


def test_a_fork_gives_what_it_saw(built):
    sums = record(built, forked=True)
    assert sums["counter", "count"] == (70, 0, 0b11111, 0b1111)
    assert sums["ferrule", "once"][2:] == (1, 0)
