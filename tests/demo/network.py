# SPDX-License-Identifier: BSD-3-Clause
"""Everything the demo runs: the host with the card, and the hosts at the other ends of its two wires."""

from guest.guest import CHIP, Card, Guest
from guest.host import Host
from lib.netns import Netns, veth
from lib.uml import Guest as UmlGuest

VLAN = 100
VNI = 88
UNDERLAY_CARD, UNDERLAY_FAR = "172.16.0.1", "172.16.0.2"
VM0, VM1, VLAN_HOST, VXLAN_HOST = "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"
# Room for the outer headers of VXLAN (50 bytes) in a 1500 byte frame.
MTU = 1450
VFS = 2
WIRES = ("p0", "p1")
MEMORY = "768M"


class Network:
    """Each part is handed to the exit stack when it starts, and so is ended in turn."""

    def __init__(self, folder, stack, screen):
        self.folder, self.stack, self.screen = folder, stack, screen

    def start(self):
        self.screen.section("Setting up")
        with self.screen.step("the world outside: a cable at p0 to a VXLAN host, one at p1 to a VLAN host"):
            self.wires()
            self.vxlan_host()
        with self.screen.step(f"the card: {self.chip()}, firmware image on its Arm core"):
            self.card = self.stack.enter_context(Card(wires=("if:wire0", "if:tap0"), netns=self.left, folder=self.folder))
        with self.screen.step("a host that has it as a PCIe device: Debian's kernel under QEMU"):
            self.boot()
        with self.screen.step(f"driver in switchdev mode, {VFS} VFs with virtio-net, their representors"):
            self.plug_in()
        with self.screen.step("Open vSwitch with the kernel's data path, hw-offload=true"):
            self.switch()
        with self.screen.step("iperf3 listens in vm1 and on the two hosts outside"):
            self.listeners()

    @staticmethod
    def chip():
        return "the reference model in place of the chip" if CHIP.startswith("model") else "chip under Verilator"

    def boot(self):
        self.guest = self.stack.enter_context(Guest(self.card, memory=MEMORY, name="demo"))
        self.host = Host(self.guest)
        self.vlan_host()

    def wires(self):
        self.left = self.stack.enter_context(Netns("demo-card"))
        self.right = self.stack.enter_context(Netns("demo-far"))
        veth(self.left, "wire0", self.right, "p0")
        self.left.run("ip", "tuntap", "add", "tap0", "mode", "tap")
        self.left.run("sysctl", "-qw", "net.ipv6.conf.tap0.disable_ipv6=1")
        self.left.ip("link", "set", "tap0", "up")

    def vxlan_host(self):
        """The end of the tunnel is the machine's kernel."""
        right = self.right
        # Unlike a wire, a simulated one takes a frame at once and keeps it until the card does: 4 MB of them at most.
        right.run("sysctl", "-qw", "net.ipv4.tcp_wmem=4096 65536 1000000")
        right.ip("addr", "add", f"{UNDERLAY_FAR}/24", "dev", "p0")
        right.ip("link", "add", "vxlan", "address", "02:00:00:00:00:04", "mtu", str(MTU), "type", "vxlan", "id", str(VNI),
                 "remote", UNDERLAY_CARD, "dstport", "4789", "dev", "p0")
        right.run("sysctl", "-qw", "net.ipv6.conf.vxlan.disable_ipv6=1")
        right.no_offloads("vxlan")
        right.ip("addr", "add", f"{VXLAN_HOST}/24", "dev", "vxlan")
        right.ip("link", "set", "vxlan", "up")

    def vlan_host(self):
        """A guest of its own (user-mode Linux): the machine's kernel may not have VLAN devices."""
        self.far_vlan = self.stack.enter_context(UmlGuest(
            "vlanhost", self.folder, ["vec0:transport=tap,ifname=tap0,depth=64,gro=0,mac=02:00:00:00:00:03"],
            ["8021q"], netns=self.left))
        self.far_vlan.wait_ready()
        self.far_vlan.run(f"sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip link set vec0 up && ip link add link vec0 name vlan100 "
                          f"mtu {MTU} type vlan id {VLAN} && ip link set vlan100 up && ip addr add {VLAN_HOST}/24 dev vlan100")

    def plug_in(self):
        host = self.host
        # No interface says a word of its own: what is counted is what was sent.
        host.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1")
        host.switchdev(VFS)
        for number, address in enumerate((VM0, VM1)):
            host.vm(f"vm{number}", host.vf_netdev(number), address, MTU)
        # The tunnel's own address is on the uplink, outside any bridge.
        host.run(f"ip addr add {UNDERLAY_CARD}/24 dev p0 && ip link set p0 up")

    def switch(self):
        self.host.start_ovs()
        self.host.add_bridge({
            "pf0vf0": f"tag={VLAN}", "pf0vf1": f"tag={VLAN}", "p1": f"trunks={VLAN}",
            "tunnel": f"tag={VLAN} -- set Interface tunnel type=vxlan options:remote_ip={UNDERLAY_FAR} options:key={VNI}"})

    def listeners(self):
        self.host.run("ip netns exec vm1 iperf3 --server --daemon --logfile /dev/null")
        self.far_vlan.run("iperf3 --server --daemon --logfile /dev/null")
        iperf = self.stack.enter_context(self.right.start(["iperf3", "--server", "--forceflush"]))
        iperf.wait_for("listening", 10)

    # Packets that each end has put on its way

    def sent(self):
        """{port of the card: packets that its other end has sent to it}"""
        return {**{f"pf0vf{n}": int(self.host.run(f"ip netns exec vm{n} cat /sys/class/net/eth0/statistics/tx_packets"))
                   for n in range(VFS)},
                "p0": int(self.right.run("cat", "/sys/class/net/p0/statistics/tx_packets")),
                "p1": int(self.far_vlan.run("cat /sys/class/net/vec0/statistics/tx_packets"))}

    def check_alive(self):
        """All must have lived to the end, and the guest's kernel without a complaint."""
        self.card.check_alive()
        self.guest.check_console()
