# SPDX-License-Identifier: BSD-3-Clause
"""A guest whose PF vfio-pci has, behind a virtual IOMMU, and the PMD on it: dpdk-testpmd or Open vSwitch in the guest,
VFs in namespaces."""

import socket

from guest.guest import Guest
from guest.pci import PF, Function, vf_address
from lib import paths
from lib.process import Stream
from lib.testpmd import PROMPT, Testpmd

MEMORY_MB = 128
RUN = "/run/openvswitch"
VSWITCHD = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
END = r"@@ testpmd ended (\d+)"


class PmdGuest(Guest):
    """After start(): the PF is vfio-pci's. `terminal` is the far end of a terminal in the guest, /dev/hvc0."""

    def __init__(self, card, **kwargs):
        self._tty, tty = socket.socketpair()
        options = ("-chardev", f"socket,id=tty,fd={tty.fileno()}", "-device", "virtconsole,chardev=tty,name=ferrule.tty")
        # iomem: a test may write to a register of the PF, which VFIO has claimed.
        super().__init__(card, iommu=True, append=f"hugepages={MEMORY_MB // 2 + 8} iomem=relaxed", options=options, **kwargs)
        self._theirs += (tty,)
        self.terminal = Stream("testpmd", self._tty.fileno(), self._tty.fileno())
        self.pf = Function(self)

    def start(self, timeout=90):
        super().start(timeout)
        # The guest's IOMMU does not remap interrupts (guest.py): VFIO has to be told that this is good enough.
        self.check("modprobe vfio_iommu_type1 allow_unsafe_interrupts=1; modprobe vfio-pci enable_sriov=1; modprobe virtio_net\n"
                   "stty -echo < /dev/hvc0")  # or what is typed too early stands there twice
        self.pf.bind("vfio-pci")
        return self

    def stop(self):
        super().stop()
        self._tty.close()

    def vfs(self, number):
        """VFs anew, each as eth0 of a namespace vm<n>, with address 10.0.0.<10 + n>. vfio-pci claims what becomes of its PF."""
        self.pf.set_vfs(0)
        self.pf.set_vfs(number)
        self.check("set -e\n" + "".join(f"""
            echo {vf_address(n)} > /sys/bus/pci/drivers/vfio-pci/unbind
            echo virtio-pci > /sys/bus/pci/devices/{vf_address(n)}/driver_override
            echo {vf_address(n)} > /sys/bus/pci/drivers/virtio-pci/bind
            [ -e /run/netns/vm{n} ] ||
                {{ ip netns add vm{n}; ip netns exec vm{n} sysctl -qw net.ipv6.conf.default.disable_ipv6=1; }}
            net=(/sys/bus/pci/devices/{vf_address(n)}/virtio*/net/*)
            ip link set ${{net##*/}} netns vm{n} name eth0
            printf '%s\\n' 'addr add 10.0.0.{10 + n}/24 dev eth0' 'link set eth0 up' | ip -n vm{n} -batch -
            """ for n in range(number)))

    def ping(self, vf, address, count=5):
        """Whether all of `count` requests from a VF were answered. One at a time (-A), for the reason told in lib/traffic.py."""
        _, text = self.run(f"ip netns exec vm{vf} ping -A -c {count} -W 10 {address}", 60)
        print(text)  # pytest shows it with a failure
        return f"{count} packets transmitted, {count} received" in text

    def interrupts(self):
        """How often MSI-X vector 0 of the PF came to VFIO."""
        return int(self.check(f"grep -F 'vfio-msix[0]({PF})' /proc/interrupts").split()[1])

    def faults(self):
        """Refused DMA of each function, PF first."""
        return self.qmp.command("qom-get", path="/machine/peripheral/card", property="dma-faults")


class GuestTestpmd(Testpmd):
    """dpdk-testpmd on the PF in a PmdGuest, forwarding in software between port 0 and 1, 2 and 3, ..."""

    def __init__(self, guest, representors="vf[0-3]", timeout=60):
        self.timeout = timeout
        self.guest = guest
        self.program = guest.terminal
        self.ports = {}
        self._start = self.program.mark()
        # Two threads on one processor: main, and the one that polls.
        command = (f"dpdk-testpmd --lcores 0@0,1@0 --in-memory -m {MEMORY_MB} -d {paths.PMD} -a {PF},representor={representors}"
                   " -- -i --total-num-mbufs=16384 --forward-mode=io --no-mlockall --mask-event all")
        guest.check(f"setsid bash -c '{command}; echo \"@@ testpmd ended $?\"' <> /dev/hvc0 >&0 2>&1 &")

    def wait_ready(self):
        self.program.wait_for(PROMPT, self.timeout, self._start)
        self.ports = self._read_ports()
        return self

    def quit(self):
        start = self.program.mark()
        self.program.send("quit\n")
        return int(self.program.wait_for(END, 30, start).group(1))

    def kill(self):
        """kill -9"""
        start = self.program.mark()
        self.guest.check("pkill -9 -x dpdk-testpmd")
        self.program.wait_for(END, 30, start)

    def stop(self):
        """The guest's end is its end."""


class GuestOvs:
    """Open vSwitch with its DPDK data path in a PmdGuest: bridge br0 with the uplink `p0` and `vf<n>` for these VFs."""

    def __init__(self, guest, *vfs):
        self.guest = guest
        settings = {"dpdk-init": "true", "hw-offload": "true", "pmd-cpu-mask": "1", "dpdk-socket-mem": str(MEMORY_MB),
                    "dpdk-extra": f'"-d {paths.PMD} -a {PF}"', "max-idle": "60000"}
        devargs = {"p0": PF} | {f"vf{n}": f"{PF},representor=vf{n}" for n in vfs}
        guest.check(f"""set -e; modprobe tun; mkdir -p {RUN}
            ovsdb-tool create {RUN}/conf.db {SCHEMA}
            ovsdb-server {RUN}/conf.db --remote=punix:{RUN}/db.sock --pidfile --detach --no-chdir --log-file=/tmp/ovsdb.log -vconsole:off
            ovs-vsctl --no-wait init
            ovs-vsctl --no-wait set Open_vSwitch . {" ".join(f"other_config:{k}='{v}'" for k, v in settings.items())}
            {VSWITCHD} --pidfile={RUN}/vs.pid --unixctl={RUN}/vs.ctl --detach --no-chdir --log-file=/tmp/vs.log -vconsole:off
            ovs-vsctl --timeout=60 add-br br0 -- set Bridge br0 datapath_type=netdev""" +
                    "".join(f" -- add-port br0 {name} -- set Interface {name} type=dpdk options:dpdk-devargs={device}"
                            for name, device in devargs.items()), 120)

    def offloaded(self):
        """Datapath flows that are in the card, as text."""
        return self.guest.check(f"ovs-appctl -t {RUN}/vs.ctl dpctl/dump-flows -m type=offloaded")

    def stop(self):
        self.guest.check(f"ovs-appctl -t {RUN}/vs.ctl exit; ovs-appctl -t {RUN}/ovsdb-server.$(<{RUN}/ovsdb-server.pid).ctl exit")
        self.guest.wait_until(f"[ ! -e {RUN}/vs.pid ]")
