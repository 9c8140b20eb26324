# SPDX-License-Identifier: BSD-3-Clause
"""Sixteen VFs under load, and everything that an administrator or an accident does to them meanwhile.

Losses are told by numbers in the packets, never by time. The guest has a virtual IOMMU: after every test no DMA of any
function was refused, so nothing was in flight to memory that had been given back. The kernel's console is searched for
complaints at the end.

FRL_SEED chooses another sequence for the random test, FRL_STRESS_S how long it takes (`make soak-guest`).
"""

import os
import random
import time

import pytest

from guest.card_driver import HANDLE, KO
from guest.pci import PF, vf_address
from guest.stress import PAIRS, VFS, Host, Scene

LAST = VFS - 1
ALL = range(len(PAIRS))
SEED = int(os.environ.get("FRL_SEED", "1"))
SECONDS = float(os.environ.get("FRL_STRESS_S", "0"))
STEPS = 3  # of the random test, when it has no time


@pytest.fixture(scope="module")
def scene(card):
    with Host(card, "stress") as host:
        running = Scene(card, host).start()
        yield running
        if host.program.running:
            running.end()


@pytest.fixture(autouse=True)
def sound(scene, request):
    """Before a test everything runs; after it, it does again, and no function reached for memory that it was not given."""
    if getattr(scene, "failed", False):
        pytest.fail("a test before this one left the guest in disorder")
    scene.failed = True
    yield
    if not scene.host.program.running:
        return
    scene.load.advance()
    assert not any(scene.host.faults()), scene.host.faults()
    scene.failed = False


# ---- VFs ----


def test_sixteen_at_once(scene):
    with scene.undisturbed(ALL):
        scene.load.advance(by=50)
    assert scene.rules() > VFS * VFS


def test_again_and_again(scene):
    """They go while packets are on the way, and those that come are as good as the first."""
    for _ in range(2):
        scene.pf.set_vfs(0)
        scene.make_vfs()
        scene.load.advance(by=1)


@pytest.mark.parametrize("driver", ["", "vfio-pci", "virtio-pci"])
def test_reset_of_a_vf(scene, driver):
    """One without a driver, one that waits for a guest, one in use: that one is silent until it is bound again."""
    vf = scene.vf(LAST)
    if driver != "virtio-pci":
        vf.unbind()
    if driver == "vfio-pci":
        vf.bind(driver)
    scene.host.check(f"echo flr > {vf.sysfs}/reset_method")
    scene.undisturbed_by(f"echo 1 > {vf.sysfs}/reset", scene.others(LAST))
    before = scene.load.read()
    after = scene.load.advance(scene.others(LAST))
    assert before[-1].answered == after[-1].answered
    if driver:
        vf.unbind()
    vf.bind("virtio-pci")
    scene.place()


# ---- Modes, module, card ----


def test_modes(scene):
    """Legacy and switchdev mode in turn; in the latter TC's rules carry what the driver's rules did, and they go with it."""
    legacy = scene.rules()
    for _ in range(2):
        scene.driver.mode("switchdev")
        scene.show_reps()
        with scene.undisturbed(ALL):
            pass
        assert scene.tc_rules() == (VFS, 0) and scene.rules() == VFS
        scene.driver.mode("legacy")
        assert scene.tc_rules() == (0, 0) and scene.rules() == legacy
        with scene.undisturbed(ALL):
            pass


def test_module_again(scene):
    """Unloaded with VFs in use, in either mode, and with TC's rules in the card."""
    for mode in ("legacy", "switchdev"):
        scene.driver.mode(mode)
        if mode == "switchdev":
            scene.show_reps()
        scene.host.check("rmmod ferrule", 60)
        assert not scene.host.check(f"ls /sys/bus/pci/devices | grep -v {PF} | grep ^0000:01: ; true").strip()
        scene.restore()


@pytest.mark.parametrize("how", ["remove", "unplug"])
def test_pf_goes(scene, how):
    """The PF with all its VFs: taken from the bus by the host, or pulled out of its slot."""
    scene.driver.mode("switchdev")
    scene.show_reps()
    if how == "remove":
        scene.host.check(f"echo 1 > {scene.pf.sysfs}/remove", 60)
    else:
        scene.host.qmp.command("device_del", id="card")
        scene.host.wait_until(f"[ ! -e {scene.pf.sysfs} ]", 60)
        scene.card.program.wait_for("client gone", 10)
        scene.host.qmp.command("device_add", driver="ferrule", id="card", bus="rp0", socket=str(scene.card.pf))
        scene.host.wait_until(f"[ -e /sys/bus/pci/drivers/ferrule/{PF} ]", 60)
    scene.restore()


def test_reset_of_the_pf(scene):
    """The kernel makes its VFs again; their drivers have to be bound again."""
    scene.driver.mode("switchdev")
    scene.show_reps()
    scene.pf.reset()
    scene.up()
    scene.restore()


# ---- Memory ----


def life(scene):
    """Loaded, four VFs up, both modes, rules, a lost card, a reset, unloaded: free memory afterwards, in kB."""
    scene.host.check(f"""
        insmod {KO}; devlink dev eswitch set {HANDLE} mode switchdev; echo 4 > {scene.pf.sysfs}/sriov_numvfs
        for n in /sys/class/net/*; do
            read name 2>/dev/null < $n/phys_port_name || name=; n=${{n##*/}}
            [ $n = lo ] || echo link set $n up >&3
            [[ $name != pf0vf* ]] || printf '%s\n' "qdisc add dev $n clsact" "filter add dev $n ingress flower skip_sw action drop" >&4
        done 3> /run/up 4> /run/tc
        ip -batch /run/up; tc -batch /run/tc; [ $(wc -l < /run/tc) = 8 ] || exit 1
        devlink health test {HANDLE} reporter fw_fatal
        devlink dev eswitch set {HANDLE} mode legacy
        echo 1 > {scene.pf.sysfs}/reset
        rmmod ferrule""", 120)
    return scene.host.free_kb()


def test_memory_does_not_grow(scene):
    scene.end()
    life(scene)
    before = life(scene)
    # What the kernel frees later, or keeps for itself, is back in one of some rounds; what is lost is lost in all of them.
    free = []
    while len(free) < 4 and (not free or before - free[-1] >= 1024):
        free.append(life(scene))
    assert before - free[-1] < 1024, (before, free)
    scene.start()


# ---- At any moment ----


FUNCTION = f"/sys/bus/pci/devices/{PF}"
VF, DRIVERS = vf_address(3), "/sys/bus/pci/drivers"
SWITCHDEV = f"devlink dev eswitch set {HANDLE} mode switchdev"
NO_VFS, ALL_VFS = (f"echo {number} > {FUNCTION}/sriov_numvfs" for number in (0, VFS))
# What somebody may do with the host, as a script of it.
ACTIONS = {
    "switchdev": SWITCHDEV,
    "both modes": f"{SWITCHDEV}; devlink dev eswitch set {HANDLE} mode legacy",
    "VFs anew": f"{NO_VFS}; {ALL_VFS}",
    "VFs anew in switchdev": f"{SWITCHDEV}; {NO_VFS}; {ALL_VFS}",
    "module again": f"rmmod ferrule; insmod {KO}; {ALL_VFS}",
    "reset of the PF": f"echo 1 > {FUNCTION}/reset",
    "reset of a VF": f"echo 1 > /sys/bus/pci/devices/{VF}/reset",
    "VF bound again": f"echo {VF} > /sys/bus/pci/devices/{VF}/driver/unbind; echo {VF} > {DRIVERS}/virtio-pci/bind",
    "PF removed": f"echo 1 > {FUNCTION}/remove; echo 1 > /sys/bus/pci/rescan; {ALL_VFS}",
    "lost card": f"devlink health test {HANDLE} reporter fw_fatal",
}


def let_pass(seconds):
    """To the moment that was drawn, at which something dies."""
    # A sleep by intent: the moment is random, so that no event names it; nobody waits here for something to have happened.
    time.sleep(seconds)


def step(scene, rng):
    """Something is done, and most times the card dies in the middle of it: it ends all the same, and all is well again."""
    action, dies = rng.choice(list(ACTIONS)), rng.random() < 0.8
    after, away = rng.uniform(0, 1.5), rng.choice((0, rng.uniform(0, 1.5)))
    print(f"{action}: " + (f"the card dies after {after:.3f} s, and is back after {away:.3f} s" if dies else "the card lives"),
          flush=True)
    scene.host.begin(ACTIONS[action])
    if dies:
        let_pass(after)
        scene.card.kill()
        let_pass(away)
        scene.restart_card()
    scene.host.finish(120)
    scene.restore()


def test_card_dies_at_any_moment(scene):
    print(f"FRL_SEED={SEED}", flush=True)
    rng, end, done = random.Random(SEED), time.monotonic() + SECONDS, 0
    while done < STEPS or time.monotonic() < end:
        step(scene, rng)
        done += 1


def test_qemu_dies_at_any_moment(card, scene):
    """The last one: the card serves the next guest as it did the first."""
    rng = random.Random(SEED + 1)
    action, after = rng.choice(list(ACTIONS)), rng.uniform(0, 1.5)
    print(f"FRL_SEED={SEED}: {action}, QEMU dies after {after:.3f} s", flush=True)
    scene.host.begin(ACTIONS[action])
    let_pass(after)
    scene.host.kill()
    card.program.wait_for("client gone", 10)
    with Host(card, "stress-next") as host:
        Scene(card, host).start().end()
