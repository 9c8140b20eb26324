# SPDX-License-Identifier: BSD-3-Clause
"""The card on a PCI bus: what Debian's kernel, without a driver of ours, finds and can do with it.

The PF is held by pci-pf-stub, which does nothing but let the kernel switch VFs on.
"""

import os
import re
import signal
import socket
import struct
import subprocess

import pytest

from guest.guest import BOARD, DEVICE, QEMU, SIM, Card, Guest
from guest.pci import (CHIP_ID, CONFIG, CONFIG_MSIX, NOTIFY, PF, QUEUE_DESC, QUEUE_DEVICE, QUEUE_DRIVER, QUEUE_ENABLE,
                       QUEUE_ERROR, QUEUE_SELECT, QUEUE_SIZE, STATUS, Function, vf_address)
from guest.switchdev import Switch
from lib.process import run
from lib.sim import Sim

VFS = 16
CAP_VENDOR, CAP_EXPRESS, CAP_MSIX = 0x09, 0x10, 0x11
EXT_ARI, EXT_SRIOV = 0x0E, 0x10
# Bits of virtio features: VERSION_1, ACCESS_PLATFORM, ORDER_PLATFORM.
PCI_FEATURES = (32, 33, 36)
ONES = 0xFFFFFFFF
DMA = 1  # enum queue_error
BACK = "the simulator at .* is back; the card is as after power on"
MAC_END = CONFIG + 5  # of struct virtio_net_config: the VF's number


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    stats = tmp_path_factory.mktemp("card") / "stats.json"
    with Card(options=("--stats", str(stats))) as running:
        yield running
        running.check_alive()


@pytest.fixture(scope="module")
def guest(card):
    with Guest(card, name="device") as running:
        Function(running).bind("pci-pf-stub")
        yield running


@pytest.fixture
def pf(guest):
    """The PF, without VFs before and after a test."""
    function = Function(guest)
    yield function
    function.set_vfs(0)


def faults(guest):
    """Refused DMA of each function, PF first."""
    return guest.qmp.command("qom-get", path="/machine/peripheral/card", property="dma-faults")


# ---- What the bus shows ----


def test_pf_config_space(pf):
    config = pf.config()
    assert (config.vendor, config.device, config.device_class) == (0x1AF4, 0x10F0, 0x020000)
    msix, = config.find(CAP_MSIX)
    assert struct.unpack_from("<H", msix, 2)[0] & 0x7FF == 32  # 33 vectors
    assert struct.unpack_from("<II", msix, 4) == (4, 0x800 | 4)  # table and pending bits in BAR 4
    express, = config.find(CAP_EXPRESS)
    assert struct.unpack_from("<I", express, 4)[0] & 1 << 28  # function level reset
    assert not config.find(CAP_VENDOR)
    assert config.find_extended(EXT_ARI)
    sriov, = config.find_extended(EXT_SRIOV)
    initial, total, vfs = struct.unpack_from("<3H", sriov, 0x0C)
    offset, stride, _, device = struct.unpack_from("<4H", sriov, 0x14)
    assert (initial, total, vfs, offset, stride, device) == (VFS, VFS, 0, 1, 1, 0x1041)


def test_pf_registers(pf):
    assert pf.read(CONFIG, 4) == CHIP_ID
    assert pf.read(CONFIG + 2, 2) == CHIP_ID >> 16
    assert pf.read(CONFIG, 8) & ONES == CHIP_ID
    assert pf.read(0x800, 4) == ONES  # the card's own half
    pf.write((STATUS, 1, 3))
    assert pf.read(STATUS, 1) == 3
    pf.write((STATUS, 1, 0))
    assert pf.read(STATUS, 1) == 0


def test_sixteen_vfs(pf):
    pf.set_vfs(VFS)
    names = [vf_address(number) for number in range(VFS)]
    assert pf.guest.check("ls /sys/bus/pci/devices | grep ^0000:01:").split() == [PF, *names]
    for name in (names[0], names[7], names[VFS - 1]):
        vf = Function(pf.guest, name)
        config = vf.config()
        assert (config.revision, config.device_class) == (1, 0x020000)
        assert vf.guest.check(f"cat {vf.sysfs}/vendor {vf.sysfs}/device").split() == ["0x1af4", "0x1041"]
        msix, = config.find(CAP_MSIX)
        assert struct.unpack_from("<H", msix, 2)[0] & 0x7FF == 2  # 3 vectors
        # virtio 1.2, 4.1.4: length, type, BAR, where; hw/doc/registers.md
        parts = {(c[3], c[4]): struct.unpack_from("<II", c, 8) for c in config.find(CAP_VENDOR)}
        assert parts == {(1, 0): (0, 56), (2, 0): (0x100, 4), (3, 0): (0x80, 1), (4, 0): (0x200, 64)}


def test_virtio_net_on_every_vf(pf):
    pf.guest.check("modprobe virtio_net")
    pf.set_vfs(VFS)
    devices = "/sys/bus/pci/devices/0000:01:*/virtio*"
    features = pf.guest.check(f"cat {devices}/features").split()
    assert len(features) == VFS and all(row[bit] == "1" for row in features for bit in PCI_FEATURES)
    macs = pf.guest.check(f"cat {devices}/net/*/address").split()
    assert sorted(macs) == [f"02:f0:00:00:01:{number:02x}" for number in range(VFS)]
    pf.guest.check(f"for dev in {devices}/net/*; do echo link set ${{dev##*/}} up; done | ip -batch -")
    vectors = pf.guest.check("grep -c 'PCI-MSI.*virtio.*\\(config\\|input\\|output\\)' /proc/interrupts")
    assert int(vectors) >= 3 * VFS


def test_vf_sends(pf):
    """Frames are read from the guest's memory, the buffers come back, and an interrupt tells of it."""
    pf.guest.check("modprobe virtio_net")
    pf.set_vfs(2)
    name = Function(pf.guest, vf_address(1)).netdev()
    pf.guest.check(f"ip link set {name} up; ip addr add 192.0.2.1/24 dev {name}")
    pf.guest.run("ping -c 3 -i 0.2 -W 1 192.0.2.2", 20)
    assert int(pf.guest.check(f"cat /sys/class/net/{name}/statistics/tx_packets")) >= 3
    device = pf.guest.check(f"readlink -f /sys/class/net/{name}/device").strip().rpartition("/")[2]
    counts = pf.guest.check(f"grep {device}-output /proc/interrupts").split()
    assert int(counts[1]) > 0
    assert faults(pf.guest) == [0] * (1 + VFS)


# ---- Reset, and VFs that come and go ----


def test_reset_of_a_vf(pf):
    pf.guest.check("modprobe virtio_net")
    pf.set_vfs(2)
    vf, other = (Function(pf.guest, vf_address(number)) for number in range(2))
    vf.unbind()
    vf.write((STATUS, 1, 3))
    assert vf.read(STATUS, 1) == 3
    vf.reset()
    assert vf.read(STATUS, 1) == 0
    vf.bind("virtio-pci")
    assert vf.netdev() and other.netdev()


def test_reset_of_the_pf_ends_and_restores_its_vfs(pf):
    pf.guest.check(f"echo 0 > {pf.sysfs}/sriov_drivers_autoprobe")
    pf.set_vfs(3)
    vf = Function(pf.guest, vf_address(2))
    assert vf.read(MAC_END, 1) == 2
    for function in (pf, vf):
        function.write((STATUS, 1, 3))
        assert function.read(STATUS, 1) == 3
    pf.reset()
    pf.guest.check(f"echo 1 > {pf.sysfs}/sriov_drivers_autoprobe")
    # The kernel writes the SR-IOV capability as it was: they are there again, as new.
    assert pf.read(STATUS, 1) == 0 and vf.read(STATUS, 1) == 0
    assert vf.read(MAC_END, 1) == 2


def test_memory_of_vfs_is_switched_by_the_pf(pf):
    """VF MSE; a VF's own command register has no bit for it (PCIe 5.0, 9.3.3.3.4 and 9.3.4.1.3)."""
    pf.guest.check(f"echo 0 > {pf.sysfs}/sriov_drivers_autoprobe")
    pf.set_vfs(2)
    pf.guest.check(f"echo 1 > {pf.sysfs}/sriov_drivers_autoprobe")
    vf = Function(pf.guest, vf_address(1))
    at = next(c.at for c in pf.config().extended if c.id == EXT_SRIOV) + 8
    control, = struct.unpack_from("<H", pf.config().data, at)
    assert vf.read(MAC_END, 1) == 1
    pf.poke(at, control & ~8)
    assert vf.read(MAC_END, 1) != 1
    vf.poke(4, 2)
    assert vf.config().data[4] == 0 and vf.read(MAC_END, 1) != 1
    pf.poke(at, control)
    assert vf.read(MAC_END, 1) == 1


def test_vfs_again_and_again(pf):
    pf.guest.check("modprobe virtio_net")
    for number in (VFS, 0, 4, 0, VFS):
        pf.set_vfs(number)
        found = pf.guest.check("ls -d /sys/bus/pci/devices/0000:01:*/virtio*/net/* 2>/dev/null | wc -l")
        assert int(found) == number


def test_too_many_vfs(pf):
    status, _ = pf.guest.run(f"echo {VFS + 1} > {pf.sysfs}/sriov_numvfs")
    assert status
    # Straight into the capability, past the kernel's check.
    at = next(c.at for c in pf.config().extended if c.id == EXT_SRIOV)
    for offset, value in ((0x10, 0xFF), (0x11, 0xFF), (0x08, 0x09), (0x08, 0), (0x10, 0), (0x11, 0)):
        pf.poke(at + offset, value)
    pf.set_vfs(1)


# ---- DMA ----


def start_queue(vf, address):
    """A receive queue with its rings at `address`, which the device reads at once."""
    writes = [(0x08, 4, 1), (0x0C, 4, 3), (STATUS, 1, 11), (STATUS, 1, 15), (QUEUE_SELECT, 2, 0), (QUEUE_SIZE, 2, 64)]
    for register, offset in ((QUEUE_DESC, 0), (QUEUE_DRIVER, 0x1000), (QUEUE_DEVICE, 0x2000)):
        writes += [(register, 4, address + offset & ONES), (register + 4, 4, address + offset >> 32)]
    vf.write((STATUS, 1, 1), (STATUS, 1, 3), *writes, (QUEUE_ENABLE, 2, 1), (NOTIFY, 2, 0))


def bus_master(vf, on):
    vf.poke(4, 4 if on else 0)


@pytest.mark.parametrize("where", ["no memory", "registers", "not a bus master"])
def test_dma_to_nowhere(pf, where):
    """The queue stops with the reason, the access is counted, and nothing hangs."""
    pf.guest.check(f"echo 0 > {pf.sysfs}/sriov_drivers_autoprobe")
    pf.set_vfs(1)
    pf.guest.check(f"echo 1 > {pf.sysfs}/sriov_drivers_autoprobe")
    vf = Function(pf.guest, vf_address(0))
    before = faults(pf.guest)
    bus_master(vf, where != "not a bus master")
    address = {"no memory": 1 << 45, "registers": pf.bar(), "not a bus master": 1 << 20}[where]
    start_queue(vf, address)
    pf.guest.wait_until(f"[ $({vf.peek(QUEUE_ERROR, 1)}) = 0x{DMA:02X} ]", 10)
    after = faults(pf.guest)
    assert after[1] > before[1] and after[0] == before[0] and after[2:] == before[2:]


def test_interrupt_to_a_register(pf):
    """An interrupt is a write to wherever its table entry says, a register of the card included."""
    pf.guest.check(f"echo 0 > {pf.sysfs}/sriov_drivers_autoprobe")
    pf.set_vfs(1)
    pf.guest.check(f"echo 1 > {pf.sysfs}/sriov_drivers_autoprobe")
    vf = Function(pf.guest, vf_address(0))
    bus_master(vf, True)
    entry = vf.bar(4) - vf.bar()
    vf.write((entry, 4, pf.bar() + STATUS), (entry + 4, 4, 0), (entry + 8, 4, 3), (entry + 12, 4, 0))
    msix = next(c.at for c in vf.config().capabilities if c.id == CAP_MSIX)
    vf.poke(msix + 3, 0x80)  # MSI-X Enable
    vf.write((CONFIG_MSIX, 2, 0))
    start_queue(vf, 1 << 45)  # stops, and the driver shall reset the device: a configuration interrupt
    pf.guest.wait_until(f"[ $({pf.peek(STATUS, 1)}) = 0x03 ]", 10)
    pf.write((STATUS, 1, 0))
    assert pf.read(CONFIG, 4) == CHIP_ID


# ---- The simulator dies ----


def test_simulator_dies_and_comes_back(card, pf):
    pf.guest.check("modprobe virtio_net")
    pf.set_vfs(2)
    vf = Function(pf.guest, vf_address(1))
    vf.unbind()
    card.kill()
    pf.guest.program.wait_for("the simulator at .* is gone", 10)
    assert pf.read(CONFIG, 4) == ONES and pf.read(STATUS, 1) == 0xFF and vf.read(CONFIG, 8) == (1 << 64) - 1
    # VF 0 has its driver, which waits for the end of a reset: as long as there is no card.
    pf.guest.begin(f"echo 0 > {pf.sysfs}/sriov_numvfs")
    mark = pf.guest.program.mark()
    card.start()
    pf.guest.program.wait_for(BACK, 10, mark)
    assert pf.guest.finish(30)[0] == 0
    assert pf.read(CONFIG, 4) == CHIP_ID
    pf.reset()
    pf.set_vfs(2)
    assert vf.netdev()


def restart(card, pf, *options):
    """The simulator ends and starts again, with other options than before."""
    mark = pf.guest.program.mark()
    card.kill()
    card.argv += options
    card.start()
    del card.argv[len(card.argv) - len(options):]
    pf.guest.program.wait_for(BACK, 10, mark)


def test_vf_with_a_vhost_user_socket(card, pf):
    """It is on the bus and no driver takes it; the others work."""
    restart(card, pf, "--vf", f"1={card.vf(1)}")
    pf.guest.check("modprobe virtio_net")
    pf.set_vfs(3)
    vfs = [Function(pf.guest, vf_address(number)) for number in range(3)]
    assert not vfs[1].config().find(CAP_VENDOR) and not vfs[1].driver()
    assert vfs[1].read(CONFIG, 4) == ONES
    assert vfs[0].netdev() and vfs[2].netdev()
    with card.port(1) as port:
        assert port.mac() == bytes.fromhex("02f000000101")
    pf.set_vfs(0)
    restart(card, pf)


def test_another_card_comes_back(card, pf, tmp_path):
    """The bus cannot change what it showed: a card with another board file stays out."""
    board = tmp_path / "other.dtb"
    board.write_bytes(BOARD.read_bytes())
    run(["fdtput", "-t", "x", board, "/pci", "ferrule,pf-id", "1af4", "10f1"])
    mark = pf.guest.program.mark()
    card.kill()
    with Sim(wires=(), vfs=0, board=board, folder=card.folder) as other:
        other.argv[0] = SIM
        other.start()
        pf.guest.program.wait_for("another card than before", 10, mark)
        assert pf.read(CONFIG, 4) == ONES
    card.start()
    pf.guest.program.wait_for(BACK, 10, mark)
    assert pf.read(CONFIG, 4) == CHIP_ID


def test_simulator_hangs(card, pf):
    """A read is given up after some seconds, and the card with it; it is taken back when it answers again."""
    os.kill(card.program.pid, signal.SIGSTOP)
    try:
        assert pf.read(CONFIG, 4) == ONES
        pf.guest.program.wait_for("the simulator at .* does not answer", 1)
        mark = pf.guest.program.mark()
    finally:
        os.kill(card.program.pid, signal.SIGCONT)
    pf.guest.program.wait_for(BACK, 10, mark)
    assert pf.read(CONFIG, 4) == CHIP_ID


# ---- The guest boots again; the card is pulled ----


def test_reboot_with_vfs(card, pf):
    """A reset of the machine ends the VFs; the next kernel finds the card as the first one did."""
    pf.guest.check("modprobe virtio_net")
    pf.set_vfs(4)
    name = Function(pf.guest, vf_address(1)).netdev()
    pf.guest.check(f"ip link set {name} up")
    pf.guest.reboot()
    pf.bind("pci-pf-stub")
    assert pf.read(CONFIG, 4) == CHIP_ID
    pf.set_vfs(VFS)


def test_unplug_and_plug(card, pf):
    pf.guest.check("modprobe virtio_net")
    pf.set_vfs(2)
    pf.guest.qmp.command("device_del", id="card")
    pf.guest.wait_until(f"[ ! -e {pf.sysfs} ]")
    card.program.wait_for("client gone", 10)
    pf.guest.qmp.command("device_add", driver="ferrule", id="card", bus="rp0", socket=str(card.pf))
    pf.guest.wait_until(f"[ -e {pf.sysfs} ]")
    pf.bind("pci-pf-stub")
    pf.set_vfs(VFS)
    assert faults(pf.guest) == [0] * (1 + VFS)


# ---- A virtual IOMMU; QEMU dies ----


def pf_status(card):
    """device_status of the PF, asked by a client of the PF socket (sim/link/frl_link.h)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as end:
        end.settimeout(10)
        end.connect(os.fspath(card.pf))
        for kind, addr, length in ((1, 1, 0), (2, STATUS, 1)):
            end.send(struct.pack("<HHIQIi", kind, 0, 1, addr, length, 0))
            answer = end.recv(65536)
            assert struct.unpack_from("<i", answer, 20)[0] == 0
        return answer[24]


def test_iommu_and_the_end_of_qemu():
    """Two VFs talk through the card, a third reaches for memory that nobody gave it, then QEMU is killed."""
    with Card() as card:
        with Switch(card, vfs=3, iommu=True, name="iommu") as guest:
            pf, *vfs = (Function(guest, address) for address in (PF, *map(vf_address, range(3))))
            groups = {guest.check(f"readlink {function.sysfs}/iommu_group") for function in (pf, *vfs)}
            assert len(groups) == 4
            guest.check("\n".join(f"ip -n vf{number} addr add 192.0.2.{number + 1}/24 dev vf{number}\n"
                                  f"tc qdisc add dev pf0vf{number} clsact\n"
                                  f"tc filter add dev pf0vf{number} ingress flower skip_sw"
                                  f" action mirred egress redirect dev pf0vf{1 - number}" for number in range(2)))
            guest.check("ip netns exec vf0 ping -A -c 5 -W 5 192.0.2.2", 30)
            assert faults(guest) == [0] * (1 + VFS)
            # Guest-physical memory that exists, and that nobody mapped for this function.
            bad = vfs[2]
            bad.unbind()
            bus_master(bad, True)
            start_queue(bad, 1 << 20)
            guest.wait_until(f"[ $({bad.peek(QUEUE_ERROR, 1)}) = 0x{DMA:02X} ]", 10)
            counts = faults(guest)
            assert counts[3] > 0 and not any(counts[:3])
            guest.wait_until(f"dmesg | grep -q 'DMAR: .*Request device .{bad.address[5:]}.'", 10)
            guest.check("ip netns exec vf1 ping -A -c 3 -W 5 192.0.2.1", 30)
            assert faults(guest)[:3] == [0, 0, 0]
            guest.kill()
            card.program.wait_for("client gone", 10)
        assert pf_status(card) == 0
        card.check_alive()


# ---- Another QEMU ----


def test_other_qemu_is_refused(tmp_path):
    """An object that believes to be for another version ends QEMU, and says what to do."""
    data = DEVICE.read_bytes()
    version = re.search(rb"(\d+\.\d+\.\d+) \(package ", data)
    assert version
    other = tmp_path / "other.so"
    other.write_bytes(data.replace(version.group(1), b"9" + version.group(1)[1:]))
    done = subprocess.run([QEMU, "-machine", "none", "-version"], capture_output=True, text=True, timeout=30,
                          env=dict(os.environ, LD_PRELOAD=str(other)), check=False)
    assert done.returncode == 1 and not done.stdout
    assert "was built for QEMU 9" in done.stderr and "run make again" in done.stderr


def test_programs_that_are_no_qemu_are_left_alone():
    done = subprocess.run(["true"], env=dict(os.environ, LD_PRELOAD=str(DEVICE)), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_no_simulator_is_told():
    done = subprocess.run([QEMU, "-machine", "q35", "-nodefaults", "-display", "none",
                           "-device", "pcie-root-port,id=rp0", "-device", "ferrule,bus=rp0"],
                          capture_output=True, text=True, timeout=30, check=False,
                          env=dict(os.environ, LD_PRELOAD=str(DEVICE)))
    assert done.returncode == 1 and "property socket is missing" in done.stderr
