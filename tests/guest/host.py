# SPDX-License-Identifier: BSD-3-Clause
"""The guest as a host with the card: driver in switchdev mode, VFs in namespaces, Open vSwitch's kernel data path."""

import json

from guest.pci import PF
from lib import paths
from lib.process import ProgramError

DRIVER = paths.BUILD / "driver" / "linux" / "ferrule.ko"
BRIDGE = "br0"
# A flow that is used little, or not at all for a minute, stays: its filter's counters are wanted, and the list at the
# end shows it.
OVS_CONFIG = {"hw-offload": "true", "max-idle": "60000", "max-revalidator": "5000"}
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
MODULES = ("openvswitch", "vxlan", "sch_ingress", "cls_flower", "act_mirred", "act_tunnel_key", "act_vlan", "act_pedit",
           "act_csum", "act_gact", "act_skbedit")

# Debian's Open vSwitch 3.1 counts its handler threads once, ten seconds after the kernel's start at the earliest, and
# until then has none for the packets that the kernel hands up. No event tells that moment, hence the sleep.
UPTIME = "while read up rest < /proc/uptime && [ ${up%.*} -lt 11 ]; do sleep 0.2; done"


class Host:
    """What is done in the guest that plays the host; errors are told with what was printed."""

    def __init__(self, guest):
        self.guest = guest

    def run(self, command, timeout=30, check=True):
        status, text = self.guest.run(command, timeout=timeout)
        if check and status:
            raise ProgramError(f"in the host: {command}: exit status {status}\n{text}")
        return text

    def json(self, command):
        text = self.run(command).strip()
        return json.loads(text) if text else []

    # ---- Card

    def switchdev(self, vfs):
        """Loads the driver, makes VFs and representors, and gives these the names of their devlink ports."""
        self.run(f"modprobe virtio_net && insmod {DRIVER}")
        self.run(f"devlink dev eswitch set pci/{PF} mode switchdev")
        self.run(f"echo {vfs} > /sys/bus/pci/devices/{PF}/sriov_numvfs")
        self.run("for f in /sys/class/net/*/phys_port_name; do name=$(cat $f 2>/dev/null) || continue; d=${f%/*}; d=${d##*/}; "
                 '[ -z "$name" ] || [ "$d" = "$name" ] || ip link set $d name $name; done')

    def vf_netdev(self, number):
        """Name of the interface that virtio_net made of a VF."""
        self.guest.wait_until(f"ls /sys/bus/pci/devices/{PF}/virtfn{number}/virtio*/net >/dev/null 2>&1")
        return self.run(f"ls /sys/bus/pci/devices/{PF}/virtfn{number}/virtio*/net").strip()

    def vm(self, name, netdev, address, mtu):
        """A namespace with one interface, a VF: what a virtual machine would be."""
        self.run(f"ip netns add {name} && ip link set {netdev} netns {name} && "
                 f"ip -n {name} link set {netdev} name eth0 mtu {mtu} && "
                 f"ip netns exec {name} sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1 && "
                 f"ip -n {name} addr add {address}/24 dev eth0 && ip -n {name} link set eth0 up")

    # ---- Open vSwitch

    def start_ovs(self):
        self.run("modprobe -a " + " ".join(MODULES))
        self.run(f"mkdir -p /run/openvswitch && ovsdb-tool create /run/openvswitch/conf.db {SCHEMA} && "
                 "ovsdb-server /run/openvswitch/conf.db --remote=punix:/run/openvswitch/db.sock --pidfile --detach "
                 "--no-chdir --log-file=/tmp/ovsdb.log -vconsole:off && ovs-vsctl --no-wait init")
        settings = " ".join(f"other_config:{k}={v}" for k, v in OVS_CONFIG.items())
        self.run(f"ovs-vsctl --no-wait set Open_vSwitch . {settings}")
        self.run(UPTIME)
        self.run("/usr/lib/openvswitch-switch/ovs-vswitchd --pidfile --detach --no-chdir --log-file=/tmp/vswitchd.log "
                 "-vconsole:off && ovs-vsctl --timeout=20 set Open_vSwitch . external_ids:started=true")

    def add_bridge(self, ports):
        """The bridge with its ports, `ports`: {name: settings of its rows, as "tag=100"}."""
        command = f"ovs-vsctl --timeout=20 add-br {BRIDGE}"
        for name, settings in ports.items():
            command += f" -- add-port {BRIDGE} {name} {settings}"
        self.run(command)
        self.run(" && ".join(f"ip link set {name} up" for name, settings in ports.items() if "type=" not in settings))

    def flows(self, kind=None):
        """Datapath flows as text lines; kind: "offloaded", "ovs", ..."""
        return self.run("ovs-appctl --timeout=20 dpctl/dump-flows -m" + (f" type={kind}" if kind else "")).splitlines()

    def ovs_log(self, lines=20):
        return self.run(f"tail -n {lines} /tmp/vswitchd.log", check=False)
