# SPDX-License-Identifier: BSD-3-Clause
"""The host under load: ferrule.ko, 16 VFs with virtio_net in namespaces, and packets between all of them.

    vm0 - VF 0 <-> VF 1 - vm1, vm2 <-> vm3, ...: in legacy mode by the driver's rules, in switchdev mode by TC's
"""

import contextlib

from guest.card_driver import HANDLE, Driver
from guest.guest import Guest
from guest.load import Load
from guest.pci import PF, Function, vf_address
from guest.switchdev import DEBUG

VFS = 16
BACK = "the simulator at .* is back"
PAIRS = [(number, number + 1) for number in range(0, VFS, 2)]
MODULES = "virtio_net bridge sch_ingress cls_flower act_mirred act_gact vfio_iommu_type1 vfio-pci"


class Host(Guest):
    """The guest, with a virtual IOMMU: what the card must not reach it does not reach, and that is counted."""

    def __init__(self, card, name, **kwargs):
        super().__init__(card, iommu=True, memory="1G", append="iomem=relaxed", name=name, **kwargs)

    def start(self, timeout=90):
        super().start(timeout)
        # The guest's IOMMU does not remap interrupts (guest.py): VFIO has to be told that this is good enough.
        self.check(f"modprobe vfio_iommu_type1 allow_unsafe_interrupts=1; modprobe -a {MODULES}", 60)
        return self

    def faults(self):
        """Refused DMA of each function, PF first."""
        return self.qmp.command("qom-get", path="/machine/peripheral/card", property="dma-faults")

    def free_kb(self):
        """Pages that are free or can be, in kB: slab that cannot be freed, page tables and buffers are not."""
        return int(self.check("echo 3 > /proc/sys/vm/drop_caches\n"
                              "while read name kb _; do [ $name = MemAvailable: ] && echo $kb; done < /proc/meminfo; true"))


class Scene:
    """A Host with the driver and 16 VFs in legacy mode, under load after start()."""

    def __init__(self, card, host):
        self.card, self.host = card, host
        self.pf = Function(host)
        self.driver = None
        self.load = Load(host, PAIRS)
        self.ends = []

    def start(self):
        self.plug()
        self.insert()
        self.make_vfs()
        self.load.start()
        self.load.advance()
        return self

    def end(self):
        self.load.stop()
        self.driver.unload()

    # ---- Its parts

    def plug(self):
        """Somebody at the ends of the wires, for carrier; they go when the card goes."""
        for end in self.ends:
            end.close()
        self.ends = [self.card.wire(number) for number in range(2)]

    def insert(self):
        """The module, which is not loaded; its uplinks up."""
        self.driver = Driver(self.host)
        self.uplinks()

    def uplinks(self):
        self.driver.name_all()
        self.driver.batch("link set p0 up", "link set p1 up")

    def make_vfs(self):
        self.pf.set_vfs(VFS)
        self.place()

    def place(self):
        """Each VF that is not yet there as eth0 of its namespace, which stays when the VF goes; traffic.py does the rest."""
        self.host.check(f"for v in {{0..{VFS - 1}}}; do" + f"""
            net=({self.pf.sysfs}/virtfn$v/virtio*/net/*)
            [ -e /run/netns/vm$v ] || echo "netns add vm$v"
            [ ! -e "$net" ] || echo "link set ${{net##*/}} netns vm$v name eth0"
        done > /run/place; ip -batch /run/place""", 60)

    def show_reps(self):
        """In switchdev mode: names for representors that have just appeared, and two rules of TC for each pair of VFs."""
        self.driver.name_all()
        reps = [f"pf0vf{vf}" for vf in range(VFS)]
        self.driver.batch(*(f"link set {rep} up" for rep in reps))
        lines = [f"qdisc add dev {rep} clsact" for rep in reps]
        lines += [f"filter add dev {rep} ingress protocol all pref 1 flower skip_sw"
                  f" action mirred egress redirect dev pf0vf{vf ^ 1}" for vf, rep in enumerate(reps)]
        self.host.check("tc -batch - <<'END'\n" + "\n".join(lines) + "\nEND", 60)

    def vf(self, number):
        return Function(self.host, vf_address(number))

    # ---- Whatever happened, it is as after start()

    def restart_card(self):
        """The simulator, which was killed, is there again, and QEMU has found it."""
        mark = self.host.program.mark()
        self.card.start()
        self.plug()
        self.host.program.wait_for(BACK, 10, mark)

    def restore(self):
        bound = f"[ -e /sys/bus/pci/drivers/ferrule/{PF} ]"
        self.host.check(f"[ -e {self.pf.sysfs} ] || echo 1 > /sys/bus/pci/rescan", 60)
        if self.host.run(bound)[0]:
            self.host.check("[ ! -e /sys/module/ferrule ] || rmmod ferrule", 60)
            self.insert()
        self.up()
        self.pf.set_vfs(0)
        self.driver.mode("legacy")
        self.uplinks()
        self.make_vfs()
        self.load.advance()

    def up(self):
        """Waits until the card is in service."""
        self.host.wait_until(f"devlink health diagnose {HANDLE} reporter fw_fatal | grep -q 'state: up '", 30)

    # ---- What is promised

    def others(self, vf):
        """Pairs that this VF is not in."""
        return [number for number, pair in enumerate(self.load.pairs) if vf not in pair]

    @contextlib.contextmanager
    def undisturbed(self, pairs):
        """These pairs go on, and lose nothing."""
        before = self.load.advance(pairs, 1)
        yield
        after = self.load.advance(pairs)
        for pair in pairs:
            assert after[pair].lost == before[pair].lost, f"{self.load.pairs[pair]} lost packets: {before} {after}"

    def undisturbed_by(self, script, pairs, by=5):
        """As long as a script of the guest runs again and again these pairs go on, and lose nothing. It gets what the one
        processor has left: the card is to be shared fairly, not that."""
        self.host.check(f"""touch /run/again; cat > /run/again.sh <<'END'
            n=0; while [ -e /run/again ]; do {script} || break; n=$((n + 1)); echo $n > /run/rounds; done
            rm -f /run/again
END
            nice -n 19 bash /run/again.sh > /run/again.log 2>&1 & echo $! > /run/again.pid""")
        with self.undisturbed(pairs):
            self.load.advance(pairs, by)
            self.host.check("[ -e /run/again ] || { cat /run/again.log; exit 1; }")
            self.host.wait_until("[ -s /run/rounds ]", 120)
            self.host.check("rm /run/again /run/rounds; read pid < /run/again.pid; while [ -d /proc/$pid ]; do sleep 0.05; done", 120)

    def rules(self):
        """Rules in the card, by devlink."""
        return self.driver.occupied("rules")

    def tc_rules(self):
        """rules that TC has, and those it lost."""
        words = self.host.check(f"head -n 1 {DEBUG}/tc").split()
        return int(words[1]), int(words[3])
