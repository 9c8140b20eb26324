# SPDX-License-Identifier: BSD-3-Clause
"""tests/bench: merging the parts' figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).with_name("bench")


def bench(tmp_path, *parts):
    files = []
    for number, part in enumerate(parts):
        files.append(tmp_path / f"part{number}.json")
        files[-1].write_text(part)
    done = subprocess.run([sys.executable, BENCH, tmp_path / "bench.json", *files],
                          capture_output=True, text=True, timeout=20, check=False)
    return done, tmp_path / "bench.json"


def test_merges_and_prints(tmp_path):
    done, output = bench(tmp_path, '{"rtl.packets_per_cycle": 1.0}', '{"fw.instructions": 12345}')
    assert json.loads(output.read_text()) == {"rtl.packets_per_cycle": 1.0, "fw.instructions": 12345}
    assert "12,345" in done.stdout and done.returncode == 0


@pytest.mark.parametrize("parts, says", [
    (['{"a": 1}', '{"a": 2}'], "a is in another part too"),
    (['{"a": "1"}'], "a is not a number"),
    (['{"a": true}'], "a is not a number"),
    (["[]"], "not an object"),
    (["{"], "part0.json"),
    ([], "no figures"),
])
def test_refuses(tmp_path, parts, says):
    done, output = bench(tmp_path, *parts)
    assert done.returncode == 1 and says in done.stderr
    assert not output.exists() and "Traceback" not in done.stderr
