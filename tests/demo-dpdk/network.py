# SPDX-License-Identifier: BSD-3-Clause
"""The demo's two machines: namespaces, card, Open vSwitch, guests, and the hosts at the other end of the wire."""

from lib import paths
from lib.netns import Netns, veth
from lib.ovs import Ovs
from lib.process import ProgramError
from lib.sim import Sim
from lib.uml import Guest

VLAN = 100
VNI = 88
UNDERLAY_LEFT, UNDERLAY_RIGHT = "172.16.0.1", "172.16.0.2"
VM0, VM1, VLAN_HOST, VXLAN_HOST = "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"
# Room for the outer headers of VXLAN (50 bytes) in a 1500 byte frame.
MTU = 1450


class Network:
    """Everything that runs. Each part is handed to the exit stack when it starts, and so is ended in turn."""

    def __init__(self, folder, stack, screen):
        self.folder, self.stack, self.screen = folder, stack, screen
        self.vms = []

    def start(self):
        self.screen.section("Setting up")
        with self.screen.step("two network namespaces, joined by the cable at wire p0"):
            self.left = self.stack.enter_context(Netns("left"))
            self.right = self.stack.enter_context(Netns("right"))
            veth(self.left, "wire0", self.right, "p0")
            self.far_end()
        with self.screen.step("the card: chip under Verilator, firmware image on its Arm core"):
            self.sim = Sim(wires=("if:wire0",), vfs=2, netns=self.left, folder=self.folder)
            self.stack.enter_context(self.sim)
            self.sim.start()
        with self.screen.step("Open vSwitch with DPDK, hw-offload=true"):
            self.switch()
        with self.screen.step("guests: vm0 on VF 0, vm1 on VF 1, and the host on the VLAN"):
            self.guests()

    def far_end(self):
        """A bridge behind p0: the VXLAN end is the machine's kernel, the VLAN host (a guest) hangs on a tap."""
        right = self.right
        right.ip("link", "add", "br0", "type", "bridge")
        right.run("ip", "tuntap", "add", "tap0", "mode", "tap")
        right.ip("link", "add", "vxlan", "address", "02:00:00:00:00:04", "mtu", str(MTU), "type", "vxlan", "id", str(VNI),
                 "remote", UNDERLAY_LEFT, "dstport", "4789", "dev", "br0")
        for name in ("br0", "tap0", "vxlan"):
            right.run("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1")
        right.no_offloads("vxlan")
        for name in ("p0", "tap0"):
            right.ip("link", "set", name, "master", "br0")
        right.ip("addr", "add", f"{UNDERLAY_RIGHT}/24", "dev", "br0")
        right.ip("addr", "add", f"{VXLAN_HOST}/24", "dev", "vxlan")
        for name in ("br0", "tap0", "vxlan"):
            right.ip("link", "set", name, "up")

    def switch(self):
        extra = f"--no-pci --single-file-segments -d {paths.PMD} --vdev=net_ferrule0,socket={self.sim.pf}"
        # pmd-maxsleep lets the polling thread sleep when there is nothing to do (in microseconds).
        self.ovs = ovs = Ovs(self.folder, self.left, extra, {"hw-offload": "true", "pmd-maxsleep": "500"})
        self.stack.enter_context(ovs)
        ovs.start()
        ovs.add_bridge("br-phy")
        ovs.add_bridge("br-int")
        ovs.add_port("br-phy", "p0", "dpdk", {"dpdk-devargs": "net_ferrule0"})
        self.left.run("sysctl", "-qw", "net.ipv6.conf.br-phy.disable_ipv6=1")
        self.left.ip("addr", "add", f"{UNDERLAY_LEFT}/24", "dev", "br-phy")
        self.left.ip("link", "set", "br-phy", "up")
        for number in (0, 1):
            ovs.add_port("br-int", f"vf{number}", "dpdk", {"dpdk-devargs": f"net_ferrule0,representor=vf{number}"},
                         [f"tag={VLAN}"])
        ovs.add_port("br-int", "tunnel", "vxlan", {"remote_ip": UNDERLAY_RIGHT, "key": str(VNI)}, [f"tag={VLAN}"])
        ovs.add_patch("br-int", "to-phy", "br-phy", "to-int", [f"trunks={VLAN}"])

    def guests(self):
        start = lambda *a, **k: self.stack.enter_context(Guest(*a, **k))  # noqa: E731
        self.vms = [start(f"vm{n}", self.folder, [f"virtio_uml.device={self.sim.vf(n)}:1"], ["virtio_net"])
                    for n in (0, 1)]
        self.vlan_host = start("vlanhost", self.folder, ["vec0:transport=tap,ifname=tap0,depth=64,gro=0,mac=02:00:00:00:00:03"],
                               ["8021q"], netns=self.right)
        for guest in (*self.vms, self.vlan_host):
            guest.wait_ready()
        for vm, address in zip(self.vms, (VM0, VM1)):
            vm.run(f"ip link set eth0 mtu {MTU} up && ip addr add {address}/24 dev eth0")
        self.vlan_host.run(f"ip link set vec0 up && ip link add link vec0 name vlan100 mtu {MTU} type vlan id {VLAN} && "
                           f"ip link set vlan100 up && ip addr add {VLAN_HOST}/24 dev vlan100")
        for guest in (self.vms[1], self.vlan_host):
            guest.run("iperf3 --server --daemon --logfile /dev/null")
        self.iperf = self.stack.enter_context(self.right.start(["iperf3", "--server", "--forceflush"]))
        self.iperf.wait_for("listening", 10)

    def check_alive(self):
        """The programs must have lived to the end."""
        self.sim.check_alive()
        if not self.ovs.vswitchd.running:
            raise ProgramError(f"ovs-vswitchd ended:\n{self.ovs.log_tail()}")
