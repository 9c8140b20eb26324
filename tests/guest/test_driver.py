# SPDX-License-Identifier: BSD-3-Clause
"""ferrule.ko in Debian's kernel: legacy and switchdev mode, slow path, devlink, ethtool, and a card that dies.

The kernel's console is searched for complaints when the guest ends, so every test says "and no oops" as well.
"""

import json

import pytest

from guest.card_driver import HANDLE, KO, Driver, Station
from guest.guest import Card, Guest
from guest.pci import PF, Function, vf_address
from lib import paths

VFS = 16
STATION = "10.0.0.99"
SPOOF = """
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
for source in ("020000000bad", "{own}"):
    s.send(bytes.fromhex("02aa00000099" + source + "88b5") + b"spoof" * 10)
"""


@pytest.fixture(scope="module")
def card():
    with Card() as running:
        running.ends = [running.wire(number) for number in range(2)]
        yield running
        running.check_alive()


@pytest.fixture(scope="module")
def guest(card):
    with Guest(card, name="driver", memory="1G") as running:
        yield running


@pytest.fixture
def driver(guest):
    loaded = Driver(guest)
    yield loaded
    loaded.unload()


@pytest.fixture
def up(driver):
    """The driver with its uplinks p0 and p1 up."""
    driver.name_all()
    driver.batch("link set p0 up", "link set p1 up")
    return driver


@pytest.fixture
def station(card):
    with Station(card.ends[0], STATION) as running:
        yield running


# ---- What it shows ----


def test_uplinks(driver):
    ports = driver.ports()
    assert {(p["flavour"], p["port"]) for p in ports.values()} == {("physical", 0), ("physical", 1)}
    assert set(driver.names()) == {"p0", "p1"}
    assert driver.guest.run("cat /sys/class/net/eth0/phys_switch_id")[0]  # not in legacy mode
    info = driver.devlink("dev info")["info"][HANDLE]
    assert info["driver"] == "ferrule" and info["serial_number"].startswith("FRL")
    assert info["versions"]["running"]["fw"] == info["versions"]["stored"]["fw"]
    assert "board.id" in info["versions"]["fixed"]
    assert driver.devlink(f"dev eswitch show {HANDLE}")["dev"][HANDLE]["mode"] == "legacy"


def test_ethtool(up):
    guest = up.guest
    text = guest.check("ethtool -i p0")
    assert "driver: ferrule" in text and f"bus-info: {PF}" in text and "firmware-version: ferrule-fw" in text
    assert "Speed: 100000Mb/s" in guest.check("ethtool p0")
    assert "PASS" in guest.check("ethtool -t p0")
    assert int(guest.check("ethtool -d p0 raw on | wc -c")) > 500
    assert "FramesTransmittedOK" in guest.check("ethtool -S p0 --groups eth-mac")
    stats = up.stats("p0")
    assert {"hw_rx_packets", "tx_slow_bytes", "card_drop_action", "card_punt_miss"} <= set(stats)
    guest.check("ethtool -G p0 rx 256 tx 256")
    assert "256" in guest.check("ethtool -g p0") and up.guest.check("cat /sys/class/net/p0/carrier").strip() == "1"
    for bad in ("rx 100 tx 100", "rx 128 tx 256", "rx 32 tx 32"):
        assert guest.run(f"ethtool -G p0 {bad}")[0]


def test_devlink_resources_and_region(driver):
    resources = driver.devlink(f"resource show {HANDLE}")["resources"][HANDLE]
    rules = next(r for r in resources if r["name"] == "rules")
    assert rules["size"] >= 8192 and rules["occ"] == 0
    driver.pf.set_vfs(2)
    assert driver.occupied("rules") > 0
    driver.guest.check(f"devlink region new {HANDLE}/registers snapshot 7")
    # The device configuration, behind 18 words, begins with the card's name.
    words = driver.guest.check(f"devlink region read {HANDLE}/registers snapshot 7 address 72 length 4")
    assert words.split()[1:] == ["46", "52", "52", "4c"]


def test_udev_names(guest):
    """The rule that is shipped gives representors <uplink>_<VF>."""
    here = paths.TOP / "driver" / "linux"
    guest.check(f"cp {here}/81-ferrule.rules /lib/udev/rules.d; cp {here}/ferrule-rep-name /lib/udev\n"
                "/lib/systemd/systemd-udevd --daemon && udevadm control --ping")
    driver = Driver(guest)
    try:
        driver.mode("switchdev")
        driver.pf.set_vfs(2)
        guest.check("udevadm settle")
        names = driver.names()
        assert (names["p0"], names["p1"]) == ("enp1s0np0", "enp1s0np1")
        assert (names["pf0vf0"], names["pf0vf1"]) == ("enp1s0np0_0", "enp1s0np0_1")
    finally:
        guest.check("udevadm control --exit")
        driver.unload()


# ---- Legacy mode ----


def test_legacy_forwards_by_rules(up, station):
    """Unicast between VFs, and from a VF to the wire, passes by hardware: only ARP reaches the host."""
    up.vfs(2)
    up.batch("addr add 10.0.0.1/24 dev p0")
    before = up.stats("p0")
    assert up.ping("vm0", up.address(1), 10)
    assert up.ping("vm0", STATION, 10)
    after = up.stats("p0")
    # 40 frames of pings; ARP of three stations, and what the kernel sends of its own.
    assert after["card_punt_action"] - before["card_punt_action"] < 20
    assert after["hw_rx_packets"] - before["hw_rx_packets"] >= 10
    assert up.ping("vm0", "10.0.0.1") and up.ping(None, up.address(1)) and up.ping(None, STATION)


def test_legacy_vlan(card, up):
    """A port VLAN: pushed to the wire, popped to the VF; the other VLAN's VF is not reached."""
    up.vfs(3)
    up.batch("link set p0 vf 0 vlan 10 qos 3", "link set p0 vf 1 vlan 10", "link set p0 vf 2 vlan 20")
    assert up.ping("vm0", up.address(1))
    assert not up.ping("vm0", up.address(2), 1, seconds=3)
    with Station(card.ends[0], STATION, vlan=10) as tagged:
        assert up.ping("vm0", STATION)
        assert {frame.prio for frame in tagged.frames("02:f0:00:00:01:00")} == {3}
    up.guest.check("modprobe 8021q")
    up.batch("link add link p0 name p0.10 type vlan id 10", "link set p0.10 up", "addr add 10.0.0.1/24 dev p0.10")
    assert up.ping("vm1", "10.0.0.1")
    up.batch("link set p0 vf 0 vlan 0", "link set p0 vf 1 vlan 0")
    assert up.ping("vm0", up.address(1))


def test_legacy_spoofchk(up, station):
    """A frame with another source address is dropped and counted, until spoofchk is off."""
    up.vfs(1)
    own = "02f000000100"
    code = SPOOF.format(own=own)
    up.guest.check(f"ip netns exec vm0 python3 - <<'END'\n{code}\nEND")
    assert up.ping("vm0", STATION)
    assert not station.frames("02:00:00:00:0b:ad")
    assert [f for f in station.frames("02:f0:00:00:01:00") if f.type == 0x88B5]
    vf, = json.loads(up.guest.check("ip -j -s link show p0"))[0]["vfinfo_list"]
    assert vf["spoofchk"] and vf["stats"]["tx"]["dropped"] == 1
    up.batch("link set p0 vf 0 spoofchk off trust on")
    up.guest.check(f"ip netns exec vm0 python3 - <<'END'\n{code}\nEND")
    assert up.ping("vm0", STATION)
    assert station.frames("02:00:00:00:0b:ad")


def test_legacy_settings(up):
    up.vfs(2)
    up.batch("link set p0 vf 1 state disable")
    up.guest.wait_until("[ $(ip netns exec vm1 cat /sys/class/net/eth0/carrier) = 0 ]")
    assert up.carrier(0)
    up.batch("link set p0 vf 1 state auto", "link set p0 vf 0 mac 02:00:00:00:00:77")
    up.linked(1)
    vfs = json.loads(up.guest.check("ip -j link show p0"))[0]["vfinfo_list"]
    assert vfs[0]["address"] == "02:00:00:00:00:77" and vfs[1]["link_state"] == "auto"
    status, text = up.guest.run("ip link set p0 vf 0 max_tx_rate 100")
    assert status and "not supported" in text
    assert "no meters" in up.guest.check("dmesg | tail -3")
    assert up.guest.run("ip link set p0 vf 2 trust on")[0]
    up.batch("link set p1 vf 0 trust on", "link set p0 vf 0 mac 00:00:00:00:00:00")
    vfs = json.loads(up.guest.check("ip -j link show p0"))[0]["vfinfo_list"]
    assert vfs[0]["trust"] and vfs[0]["address"] == "02:f0:00:00:01:00"
    up.batch("link set p0 vf 0 mac 02:00:00:00:00:77")
    up.batch("link set p0 down")
    up.guest.wait_until("[ $(ip netns exec vm0 cat /sys/class/net/eth0/carrier) = 0 ]")
    # The address is there when the VF's driver is bound anew.
    up.guest.check("ip -all netns del")
    vf = Function(up.guest, vf_address(0))
    up.guest.wait_until(f"[ -d {vf.sysfs}/virtio*/net ] && [ -n \"$(ls {vf.sysfs}/virtio*/net)\" ]")
    vf.unbind()
    vf.bind("virtio-pci")
    assert up.guest.check(f"cat /sys/class/net/{vf.netdev()}/address").strip() == "02:00:00:00:00:77"


# ---- Switchdev mode ----


@pytest.mark.parametrize("first", ["mode", "vfs"])
def test_switchdev_slow_path(up, station, first):
    """Either bring-up order; VF to VF and VF to wire through a bridge in the host, counted as CPU hits."""
    if first == "vfs":
        up.pf.set_vfs(2)
    up.mode("switchdev")
    if first == "mode":
        up.pf.set_vfs(2)
    names = up.names()
    assert set(names) == {"p0", "p1", "pf0vf0", "pf0vf1"}
    switch_ids = up.guest.check("cat " + " ".join(f"/sys/class/net/{n}/phys_switch_id" for n in names.values()))
    assert len(set(switch_ids.split())) == 1
    # Only uplinks have a PCI parent.
    assert up.guest.run(f"ls /sys/class/net/{names['pf0vf0']}/device")[0]
    up.name_all()
    up.bridge("p0", "pf0vf0", "pf0vf1")
    up.vms(0, 1)
    up.linked(0, 1)
    assert up.ping("vm0", up.address(1), 5)
    assert up.ping("vm1", STATION, 5)
    assert up.ping("vm0", "10.0.0.1")
    assert up.guest.run("ping -c 1 -W 1 -s 3000 -M do 10.0.0.10")[0]
    up.batch("link set eth0 down", netns="vm0")  # from here on it sends nothing
    totals = json.loads(up.guest.check("ip -j -s link show pf0vf0"))[0]["stats64"]
    hits = json.loads(up.guest.check("ip -j stats show dev pf0vf0 group offload subgroup cpu_hit"))[0]["stats64"]
    assert totals["rx"]["packets"] == hits["rx"]["packets"] >= 8
    assert hits["tx"]["packets"] >= 8


def test_switchdev_admin_state_and_mtu(up):
    up.mode("switchdev")
    up.vfs(1)
    up.name_all()
    assert not up.carrier(0)
    up.bridge("pf0vf0")
    up.linked(0)
    up.guest.wait_until("[ $(cat /sys/class/net/pf0vf0/carrier) = 1 ]")
    up.batch("link set eth0 down", netns="vm0")
    assert up.guest.check("cat /sys/class/net/pf0vf0/carrier").strip() == "1"  # its driver still runs
    up.batch("link set pf0vf0 mtu 9000", "link set br0 mtu 9000")
    up.batch("link set eth0 up", "link set eth0 mtu 1500", netns="vm0")
    up.guest.check("ip -all netns del")
    vf = Function(up.guest, vf_address(0))
    up.guest.wait_until(f"[ -n \"$(ls {vf.sysfs}/virtio*/net)\" ]")
    vf.unbind()
    up.guest.wait_until("[ $(cat /sys/class/net/pf0vf0/carrier) = 0 ]")
    vf.bind("virtio-pci")
    assert up.guest.check(f"cat /sys/class/net/{vf.netdev()}/mtu").strip() == "9000"
    up.vms(0)
    up.guest.wait_until("[ $(cat /sys/class/net/pf0vf0/carrier) = 1 ]")
    up.linked(0)
    up.guest.check("ip netns exec vm0 ping -c 2 -W 5 -s 8900 -M do 10.0.0.1")


def test_port_function(up):
    up.mode("switchdev")
    up.vfs(2)
    up.name_all()
    up.bridge("pf0vf0", "pf0vf1")
    up.linked(0)
    port = f"{HANDLE}/16"
    up.guest.check(f"devlink port function set {port} hw_addr 02:00:00:00:00:55")
    up.guest.check(f"devlink port function set {port} state inactive")
    up.guest.wait_until("[ $(ip netns exec vm0 cat /sys/class/net/eth0/carrier) = 0 ]")
    function = up.devlink(f"port show {port}")["port"][port]["function"]
    assert function == {"hw_addr": "02:00:00:00:00:55", "state": "inactive", "opstate": "attached"}
    up.guest.check(f"devlink port function set {port} state active")
    up.linked(0)
    for bad in ("01:00:5e:00:00:01", "00:00:00:00:00:00"):
        assert up.guest.run(f"devlink port function set {port} hw_addr {bad}")[0]
    status, text = up.guest.run(f"devlink port function rate set {port} tx_max 10mbit")
    assert status and "no meters" in text
    assert up.guest.run("ip link set p0 vf 0 trust on")[0]


# ---- Under load ----


def test_mode_switched_under_load(up):
    up.vfs(3)
    up.traffic("vm0", up.address(1))
    up.traffic("vm1", up.address(2))
    for _ in range(3):
        up.mode("switchdev")
        names = up.names()
        up.batch(*(f"link set {names[port]} up" for port in names))
        up.mode("legacy")
    up.linked(0, 2)
    assert up.ping("vm0", up.address(2))


def test_vfs_again_and_again_under_load(up):
    up.mode("switchdev")
    for _ in range(2):
        up.vfs(2)
        up.name_all()
        up.bridge("pf0vf0", "pf0vf1")
        up.linked(0, 1)
        assert up.ping("vm0", up.address(1))
        up.traffic("vm0", up.address(1))
        up.pf.set_vfs(0)
        up.guest.check("pkill -x ping; ip -all netns del; ip link del br0")
        up.pf.set_vfs(VFS)
        assert len(up.names()) == 2 + VFS
        up.pf.set_vfs(0)


def test_unloaded_under_load(guest, card):
    for mode in ("legacy", "switchdev"):
        driver = Driver(guest)
        driver.name_all()
        driver.batch("link set p0 up")
        driver.vfs(2)
        driver.traffic("vm0", driver.address(1))
        if mode == "switchdev":
            driver.mode(mode)
            driver.name_all()
            driver.bridge("p0", "pf0vf0", "pf0vf1")
            driver.linked(0, 1)
            assert driver.ping("vm1", driver.address(0))
        guest.check("rmmod ferrule", 60)
        assert not guest.check(f"ls /sys/bus/pci/devices | grep -v {PF} | grep ^0000:01: ; true").strip()
        guest.check("pkill -x ping; ip -all netns del; ip link del br0 2>/dev/null; true")


def test_memory_does_not_grow(guest):
    """Loaded, used, recovered and unloaded: what is free afterwards is what was free before."""
    life = (f"insmod {KO}; devlink dev eswitch set {HANDLE} mode switchdev; echo 2 > /sys/bus/pci/devices/{PF}/sriov_numvfs\n"
            "for n in /sys/class/net/*/phys_port_name; do n=${n%/*}; ip link set ${n##*/} up; done\n"
            f"devlink health test {HANDLE} reporter fw_fatal; rmmod ferrule")

    def free():
        return int(guest.check(f"for i in 1 2 3; do {life}; done; echo 3 > /proc/sys/vm/drop_caches\n"
                               "while read name kb _; do [ $name = MemAvailable: ] && echo $kb; done < /proc/meminfo; true", 120))

    free()
    before = free()
    # Rings of one netdev have 1.5 MB. What the kernel frees later, or keeps for itself, is back in one of some rounds;
    # what is lost is lost in all of them.
    assert any(before - free() < 1024 for _ in range(4))


# ---- A card that is reset, or dies ----


def test_health_test_recovers(up, station):
    up.vfs(1)
    assert up.ping("vm0", STATION)
    rules = up.occupied("rules")
    up.guest.check(f"devlink health test {HANDLE} reporter fw_fatal")
    up.recovered(1)
    for _ in range(100):  # rules follow, and have no event: each round asks the guest
        if up.occupied("rules") == rules:
            break
    assert up.occupied("rules") == rules > 0
    up.guest.wait_until(f"devlink health show {HANDLE} reporter fw_fatal | grep -q 'state healthy error 1 recover 1'")
    assert up.reporter("fw_fatal")["last_dump_date"]
    assert up.ping("vm0", STATION)
    up.guest.check(f"devlink health test {HANDLE} reporter fw")
    up.guest.wait_until(f"devlink health show {HANDLE} reporter fw | grep -q 'state healthy error 1 recover 1'")
    assert "rules" in up.guest.check(f"devlink health dump show {HANDLE} reporter fw")


def test_function_level_reset(up, station):
    up.batch("addr add 10.0.0.1/24 dev p0")
    assert up.ping(None, STATION)
    up.guest.check(f"echo flr > {up.pf.sysfs}/reset_method; echo 1 > {up.pf.sysfs}/reset", 60)
    assert up.ping(None, STATION)
    up.recovered(1)


def test_simulator_dies_and_comes_back(card, up):
    """Netdevs have no carrier meanwhile, a request is held, and everything is as it was afterwards."""
    up.mode("switchdev")
    up.vfs(1)
    up.name_all()
    up.bridge("p0", "pf0vf0")
    up.linked(0)
    with Station(card.ends[0], STATION):
        assert up.ping("vm0", STATION)
    before = json.loads(up.guest.check("ip -j -s link show p0"))[0]["stats64"]["tx"]["packets"]
    up.guest.check("ip -all netns del")
    vf = Function(up.guest, vf_address(0))
    up.guest.wait_until(f"[ -n \"$(ls {vf.sysfs}/virtio*/net)\" ]")
    vf.unbind()
    card.kill()
    up.guest.wait_until("[ $(cat /sys/class/net/p0/carrier) = 0 ]")
    up.guest.wait_until(f"devlink health show {HANDLE} reporter fw_fatal | grep -q 'state error'")
    assert "FAIL" in up.guest.run("ethtool -t p0")[1]
    up.batch("link set p1 down")
    up.guest.begin("ip link set pf0vf0 mtu 2000")
    card.start()
    card.ends = [card.wire(number) for number in range(2)]
    assert up.guest.finish(60)[0] == 0
    up.recovered(1)
    up.guest.wait_until("[ $(cat /sys/class/net/p0/carrier) = 1 ]")
    after = json.loads(up.guest.check("ip -j -s link show p0"))[0]["stats64"]["tx"]["packets"]
    assert after >= before > 0
    vf.bind("virtio-pci")
    up.vms(0)
    up.linked(0)
    with Station(card.ends[0], STATION):
        assert up.ping("vm0", STATION)
    assert up.guest.check("ip netns exec vm0 cat /sys/class/net/eth0/mtu").strip() == "2000"


def test_unloaded_without_a_card(card, guest):
    driver = Driver(guest)
    driver.name_all()
    driver.batch("link set p0 up", "link set p1 up")
    card.kill()
    guest.check("rmmod ferrule", 60)
    assert guest.run(f"insmod {KO} && [ -e /sys/bus/pci/drivers/ferrule/{PF} ]")[0]
    card.start()
    card.ends = [card.wire(number) for number in range(2)]
    guest.check(f"rmmod ferrule; insmod {KO}; [ -e /sys/bus/pci/drivers/ferrule/{PF} ]; rmmod ferrule", 60)
