# SPDX-License-Identifier: BSD-3-Clause
"""Starting and ending ferrule-sim: what is wrong is said in words, with exit code 1, at once."""

import os
import re
import select
import signal
import socket
import subprocess

import pytest

from lib import paths
from lib.sim import Sim


def run(*options, board=paths.BOARD, firmware=paths.FIRMWARE):
    argv = [paths.SIM, "--board", board, "--firmware", firmware, *options]
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=60, check=False)


def refused(result, *texts):
    assert result.returncode == 1, result.stderr
    assert "ready" not in result.stdout
    for text in texts:
        assert text in result.stderr


def other_board(tmp_path, change):
    """The board file with a change to its source."""
    boards = paths.TOP / "firmware" / "boards"
    source = (boards / f"{paths.BOARD.stem}.dts").read_text()
    changed = change(source)
    assert changed != source
    target = tmp_path / "other.dtb"
    subprocess.run(["dtc", "-q", "-i", boards, "-I", "dts", "-O", "dtb", "-o", target], input=changed, text=True, check=True)
    return target


def test_help_names_every_option():
    result = subprocess.run([paths.SIM, "--help"], capture_output=True, text=True, timeout=10, check=True)
    for option in ("board", "firmware", "pf", "vf", "wire", "time", "stats", "trace", "ready-fd"):
        assert f"--{option}" in result.stdout


@pytest.mark.parametrize("options, texts", [
    (["--wire", "0=if:nosuchif"], ["if:nosuchif", "no such interface"]),
    (["--wire", "0=radio:1"], ["radio:1", "unknown kind of wire"]),
    (["--wire", "7=sock:w"], ["--wire 7", "wires 0 to 1"]),
    (["--wire", "0=pcap:nosuch.pcap"], ["nosuch.pcap"]),
    (["--vf", "16=v"], ["--vf 16", "VFs 0 to 15"]),
    (["--vf", "v"], ["N=SOCKET is wanted"]),
    (["--pf", "/nosuch/folder/pf"], ["/nosuch/folder/pf", "choose a path"]),
    (["--pf", "x" * 200], ["path is longer"]),
    (["--time", "lunch"], ["wall or cycle"]),
    (["--trace", "t.fst"], ["ferrule-sim-trace"]),
    (["extra"], ["only options"]),
])
def test_wrong_option(options, texts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(run(*options), *texts)


def test_board_file_missing(tmp_path):
    refused(run(board=tmp_path / "none.dtb"), "none.dtb", "No such file")


def test_board_file_of_another_kind():
    refused(run(board=paths.FIRMWARE), "no device tree blob")


def test_board_file_truncated(tmp_path):
    cut = tmp_path / "cut.dtb"
    cut.write_bytes(paths.BOARD.read_bytes()[:-100])
    refused(run(board=cut), "is truncated")


def test_board_file_of_another_chip(tmp_path):
    board = other_board(tmp_path, lambda s: re.sub(r"(ferrule,rules) = <\d+>", r"\1 = <4096>", s))
    refused(run(board=board), "ferrule,rules: the board file says 4096, the chip has")


@pytest.mark.parametrize("ids", ["<0x1af5 0x1041>", "<0x1af4 0x11041>"])
def test_board_file_with_ids_that_no_bus_can_show(tmp_path, ids):
    appended = f"\n/ {{ pci {{ ferrule,vf-id = {ids}; }}; }};\n"
    refused(run(board=other_board(tmp_path, lambda s: s + appended)), "ferrule,vf-id", "one vendor")


def test_board_file_without_memory(tmp_path):
    board = other_board(tmp_path, lambda s: s.replace('device_type = "memory"', 'device_type = "nothing"'))
    refused(run(board=board), "lacks a node", "memory")


@pytest.mark.parametrize("size, text", [(0, "is empty"), (40, "is no ELF file"), (100, "is truncated"),
                                        (8192, "is truncated")])
def test_firmware_truncated(tmp_path, size, text):
    cut = tmp_path / "cut.elf"
    cut.write_bytes(paths.FIRMWARE.read_bytes()[:size])
    refused(run(firmware=cut), "cut.elf", text)


def test_firmware_of_another_processor():
    refused(run(firmware="/bin/true"), "another processor")


def test_firmware_missing(tmp_path):
    refused(run(firmware=tmp_path / "none.elf"), "none.elf", "No such file")


def assemble(tmp_path, text):
    """A firmware image from assembly."""
    source, image = tmp_path / "fw.S", tmp_path / "fw.elf"
    source.write_text(".global _start\n_start:\n" + text)
    subprocess.run(["aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-Wl,-N,--no-warn-rwx-segments,--build-id=none",
                    "-Wl,-Ttext=0x40000000", "-o", image, source], check=True)
    return image


def test_firmware_that_crashes_at_once(tmp_path):
    image = assemble(tmp_path, "nop\nmov x7, #0x77\nldr x0, =0xdead0000\nldr x0, [x0]\n")
    result = run(firmware=image)
    refused(result, "firmware failed in the block at pc 0x40000000", "address 0xdead0000", "firmware failed to start")
    assert re.search(r"x7 +0*77\b", result.stderr)


def test_firmware_that_sleeps_before_it_is_ready(tmp_path):
    refused(run(firmware=assemble(tmp_path, "1: wfi\nb 1b\n")), "went to sleep before it was ready")


def test_socket_in_use(tmp_path):
    path = tmp_path / "pf"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        other.bind(str(path))
        other.listen()
        refused(run("--pf", path), str(path), "another process uses this path")
    assert path.exists()


def test_killed_simulator_leaves_no_obstacle():
    with Sim(wires=("sock",), vfs=1) as sim:
        sim.start()
        sim.kill()
        assert sim.pf.exists()
        sim.start()
        sim.check_alive()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_cleanly(tmp_path, number):
    with Sim(wires=("sock",), vfs=2, options=("--stats", tmp_path / "stats.json")) as sim:
        sim.start()
        sim.program.popen.send_signal(number)
        assert sim.program.popen.wait(10) == 0
        assert not list(sim.folder.iterdir())
    assert '"core.instructions"' in (tmp_path / "stats.json").read_text()


def cpu_ticks(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_idle_is_free():
    with Sim(wires=("sock",), vfs=2) as sim:
        sim.start()
        before = cpu_ticks(sim.program.pid)
        with os.fdopen(os.pidfd_open(sim.program.pid)) as end:
            assert not select.select([end], [], [], 1)[0]
        assert cpu_ticks(sim.program.pid) - before <= 0.02 * os.sysconf("SC_CLK_TCK")
