# SPDX-License-Identifier: BSD-3-Clause
"""Wrong files, wrong interfaces, and a card that dies: everybody says what is wrong, and nobody hangs."""

import socket
import subprocess
import threading
import time

import pytest
from conftest import reason
from lib import paths
from lib.card import Card
from lib.rules import Rule
from lib.sim import Sim

from test_shapes import UDP4, numbered

RULE = f"flow create {{vf0}} transfer pattern {UDP4} / end actions count / port_id id {{vf1}} / end"


# ---- Start-up ----


def refused(sim, *words):
    """The simulator ends by itself, not with 0, and its last words name what is wrong."""
    status = sim.spawn().wait(30)
    text = sim.program.output
    assert status not in (0, None) and status > 0, f"exit status {status}: {text}"
    for word in words:
        assert word in text, text
    assert "ready" not in text


@pytest.mark.parametrize("content", [b"", b"not a device tree", b"\xd0\x0d\xfe\xed" + bytes(60)], ids=["empty", "text", "header"])
def test_wrong_board(tmp_path, content):
    board = tmp_path / "wrong.dtb"
    board.write_bytes(content)
    with Sim(board=board) as sim:
        refused(sim, "wrong.dtb")


def test_board_of_another_device(tmp_path):
    source = tmp_path / "other.dts"
    source.write_text('/dts-v1/; / { compatible = "acme,toaster"; };')
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tmp_path / "other.dtb", source], check=True)
    with Sim(board=tmp_path / "other.dtb") as sim:
        refused(sim, "other.dtb")


def test_missing_files(tmp_path):
    with Sim(board=tmp_path / "none.dtb") as sim:
        refused(sim, "none.dtb", "No such file")
    with Sim(firmware=tmp_path / "none.elf") as sim:
        refused(sim, "none.elf", "No such file")


@pytest.mark.parametrize("length", [0, 16, 63, 200, 4096])
def test_truncated_firmware(tmp_path, length):
    image = tmp_path / "short.elf"
    image.write_bytes(paths.FIRMWARE.read_bytes()[:length])
    with Sim(firmware=image) as sim:
        refused(sim, "short.elf")


def test_firmware_of_another_machine(tmp_path):
    with Sim(firmware="/usr/bin/true") as sim:
        refused(sim, "/usr/bin/true")


def test_wire_interface_that_does_not_exist():
    with Sim(wires=("if:nosuchif0",)) as sim:
        refused(sim, "nosuchif0")


def test_wire_of_no_known_kind():
    with Sim(wires=("carrier-pigeon:1",)) as sim:
        refused(sim, "carrier-pigeon")


def test_busy_socket():
    """A second simulator does not take over the sockets of a running one, which goes on."""
    with Sim() as first:
        first.start()
        with Sim(folder=first.folder) as second:
            refused(second, str(first.pf))
        with first.port(0) as vf, first.wire() as _:
            assert len(vf.mac()) == 6
        first.check_alive()


def test_socket_left_by_a_dead_one(tmp_path):
    """What kill -9 left lying around is no obstacle."""
    for name in ("pf", "vf0"):
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(tmp_path / name))
        left.close()
    with Sim(folder=tmp_path) as sim:
        sim.start()


# ---- Death of the card ----


@pytest.fixture
def own_card():
    """A card for one test that kills it."""
    with Card() as card:
        yield card


def wait_link(card, up, timeout=20):
    deadline = time.monotonic() + timeout
    while card.testpmd.link_up(card.number("p0")) != up:
        assert time.monotonic() < deadline, f"link did not go {'up' if up else 'down'}:\n{card.testpmd.program.tail()}"


def check_dead(card):
    """testpmd lives, the link is down, calls fail with a text and at once."""
    wait_link(card, False)
    start = time.monotonic()
    rule, text = card.testpmd.flow(numbered(card, RULE).replace("7001", "7999"))
    assert rule is None and reason("DEVICE_GONE") in text
    assert time.monotonic() - start < 5
    assert card.testpmd.program.running


def check_back(card):
    """The simulator starts again: the driver finds it by itself, and rules that were installed are again."""
    card.ports.pop("p0").close()
    card.sim.start()
    for port in card.ports.values():
        port.connect()
    card.ports["p0"] = card.sim.wire(0)
    wait_link(card, True)
    frame = Rule.parse(numbered(card, RULE)).matching()
    deadline = time.monotonic() + 20
    got = []
    while not got and time.monotonic() < deadline:
        card.send("vf0", frame)
        got = card.collect(1, timeout=1)["vf1"]
    assert got and got[0] == frame


def test_killed_when_idle(own_card):
    _, refusal = own_card.testpmd.flow(numbered(own_card, RULE))
    assert refusal is None
    own_card.sim.kill()
    check_dead(own_card)
    check_back(own_card)


def test_killed_under_traffic(own_card):
    """Frames fly through hardware and the slow path when the card dies."""
    _, refusal = own_card.testpmd.flow(numbered(own_card, RULE))
    assert refusal is None
    hit = Rule.parse(numbered(own_card, RULE)).matching()
    miss = hit[:36] + b"\x12\x34" + hit[38:]
    vf0 = own_card.ports["vf0"]
    for _ in range(20):
        for frame in (hit, miss):
            vf0.start_send(frame)
    own_card.sim.kill()
    check_dead(own_card)
    check_back(own_card)


@pytest.mark.parametrize("after_rules", [1, 20, 100])
def test_killed_during_flow_create(own_card, after_rules):
    """testpmd creates rules one after the other while the card is killed: each is taken or refused with a text."""
    _, refusal = own_card.testpmd.flow(numbered(own_card, RULE))
    assert refusal is None
    taken = threading.Event()

    def kill():
        taken.wait(30)
        own_card.sim.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    text, count = None, 0
    while text is None and count < 5000:
        _, text = own_card.testpmd.flow(numbered(own_card, RULE).replace("dst is 7001", f"dst is {10000 + count}"))
        count += 1
        if count == after_rules:
            taken.set()
    taken.set()
    killer.join()
    assert text and reason("DEVICE_GONE") in text
    check_dead(own_card)
    check_back(own_card)


def test_testpmd_ends_without_the_card(own_card):
    own_card.sim.kill()
    wait_link(own_card, False)
    assert own_card.testpmd.quit() == 0


def test_driver_dies_and_the_card_goes_on():
    """kill -9 of the host software: what it installed keeps forwarding."""
    with Card() as card:
        _, refusal = card.testpmd.flow(numbered(card, RULE))
        assert refusal is None
        frame = Rule.parse(numbered(card, RULE)).matching()
        card.testpmd.program.kill()
        card.send("vf0", frame)
        assert card.collect(1)["vf1"] == [frame]
        card.sim.check_alive()
