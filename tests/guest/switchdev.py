# SPDX-License-Identifier: BSD-3-Clause
"""A guest whose card is in switchdev mode, and TC's filters in it."""

import json
import os
from pathlib import Path

from guest.guest import Guest
from guest.pci import PF
from lib import paths

MODULE = Path(os.environ.get("FERRULE_KO", paths.BUILD / "driver" / "linux" / "ferrule.ko"))
DEBUG = f"/sys/kernel/debug/ferrule-{PF}"
TC_MODULES = ("sch_ingress cls_flower cls_matchall act_mirred act_gact act_vlan act_pedit act_csum act_tunnel_key act_skbedit"
              " act_police vxlan geneve veth")

# Names by devlink port, as the driver's udev rule gives them: p0, pf0vf1. Frames that the test did not send disturb it.
RENAME = """
for path in /sys/class/net/*; do
    name=$(cat $path/phys_port_name 2>/dev/null) || continue
    sysctl -qw net.ipv6.conf.${path##*/}.disable_ipv6=1
    ip link set ${path##*/} down; ip link set ${path##*/} name $name; ip link set $name up
done
"""


class Switch(Guest):
    """After start(): netdevs p0, p1, pf0vf0.. up, and each VF's netdev as vf0.. in a namespace of that name."""

    def __init__(self, card, vfs=2, **kwargs):
        super().__init__(card, **kwargs)
        self.vfs = vfs

    def start(self, timeout=90):
        super().start(timeout)
        self.check(f"mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null; insmod {MODULE}\n"
                   f"for m in {TC_MODULES}; do modprobe $m; done", 120)
        self.check(f"devlink dev eswitch set pci/{PF} mode switchdev\n"
                   f"modprobe virtio_net; echo {self.vfs} > /sys/bus/pci/devices/{PF}/sriov_numvfs" + RENAME, 60)
        for number in range(self.vfs):
            self._place(number)
        return self

    def _place(self, number):
        name = f"vf{number}"
        netdev = self.check(f"ls /sys/bus/pci/devices/{PF}/virtfn{number}/virtio*/net").strip()
        self.check(f"ip netns add {name}; ip link set {netdev} netns {name} name {name}\n"
                   f"ip netns exec {name} sysctl -qw net.ipv6.conf.all.disable_ipv6=1\n"
                   f"ip -n {name} link set lo up; ip -n {name} link set {name} up")

    # ---- Filters ----

    def blocks(self, *devices):
        """Blocks for filters on these devices."""
        self.check("\n".join(f"tc qdisc add dev {d} clsact" for d in devices))

    def clear(self, *devices):
        """Takes all filters away: how many rules are left in the card."""
        lines = "".join(f"filter del dev {d} ingress\n" for d in devices)
        text = self.check(f"tc -force -b - > /dev/null 2>&1 <<'END' || true\n{lines}END\ncat {DEBUG}/tc", 60)
        return int(text.split()[1])

    def add(self, device, words, flags="skip_sw", pref=1, protocol="ip", kind="flower"):
        """Adds a filter: exit status and what tc said."""
        return self.run(f"tc filter add dev {device} ingress protocol {protocol} pref {pref} {kind} {flags} {words} 2>&1")

    def filters(self, device):
        """Filters of a device as tc prints them in JSON, those that have options."""
        text = self.check(f"tc -s -j filter show dev {device} ingress")
        return [f for f in json.loads(text or "[]") if "handle" in f.get("options", {})]

    def counts(self, device, pref=1):
        """Packets and bytes that hardware counted for the one filter of a priority."""
        found, = (f for f in self.filters(device) if f["pref"] == pref)
        stats = found["options"]["actions"][-1]["stats"]
        return stats["hw_packets"], stats["hw_bytes"]

    def in_hw(self, device):
        return [f["options"].get("in_hw", False) for f in self.filters(device)]

    # ---- What the driver says about itself ----

    def totals(self):
        """The first line of debugfs: name -> number."""
        words = self.check(f"head -n 1 {DEBUG}/tc").split()
        return {name: int(number) for name, number in zip(words[::2], words[1::2])}

    def debug(self, name="tc"):
        return self.check(f"cat {DEBUG}/{name}")

    def send_from(self, vf, frames):
        """Frames leave a VF's netdev."""
        hexes = [bytes(f).hex() for f in frames]
        self.check(f"ip netns exec vf{vf} python3 - <<'END'\n"
                   "import socket\n"
                   f"s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('vf{vf}', 0))\n"
                   f"for f in {hexes!r}: s.send(bytes.fromhex(f))\nEND")
