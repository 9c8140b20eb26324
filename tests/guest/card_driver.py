# SPDX-License-Identifier: BSD-3-Clause
"""ferrule.ko in a guest: load it, make VFs and give them to namespaces; a station on the far end of a wire."""

import json
import re
import threading

from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Dot1Q, Ether

from guest.pci import PF, Function
from lib import paths

KO = paths.BUILD / "driver" / "linux" / "ferrule.ko"
HANDLE = f"pci/{PF}"
# What else is bound to the interfaces of a test must not send on its own.
QUIET = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"


class Driver:
    """The loaded driver; unload() takes it out whatever a test left."""

    def __init__(self, guest):
        self.guest = guest
        self.pf = Function(guest)
        if not guest.run("[ -d /sys/module/ferrule ]")[0]:
            self.unload()  # a test before this one failed
        guest.check(f"{QUIET}; modprobe -a virtio_net bridge; insmod {KO}")

    def unload(self):
        self.guest.check(f"pkill -x ping; ip -all netns del; ip link del br0 2>/dev/null\n"
                         f"echo 0 > {self.pf.sysfs}/sriov_numvfs; rmmod ferrule", 60)

    # ---- devlink

    def devlink(self, command, timeout=30):
        """Output of a devlink command as JSON."""
        text = self.guest.check(f"devlink -j {command}", timeout).strip()
        return json.loads(text) if text else {}

    def mode(self, mode, timeout=60):
        self.guest.check(f"devlink dev eswitch set {HANDLE} mode {mode}", timeout)

    def ports(self):
        """Ports by netdev's name."""
        return {p["netdev"]: p for p in self.devlink("port show")["port"].values()}

    def reporter(self, name):
        return next(r for r in self.devlink("health show")["health"][HANDLE] if r["reporter"] == name)

    def recovered(self, times):
        """Waits until the card came back that often since the driver was loaded."""
        self.guest.wait_until(f"devlink health diagnose {HANDLE} reporter fw_fatal | grep -q 'state: up .* back: {times}'", 30)

    def occupied(self, name):
        """How much of a resource is in use."""
        resources = self.devlink(f"resource show {HANDLE}")["resources"][HANDLE]
        return next(r["occ"] for r in resources if r["name"] == name)

    # ---- Netdevs

    def names(self):
        """phys_port_name of each of the card's netdevs: its name."""
        text = self.guest.check("for f in /sys/class/net/*/phys_port_name; do read n 2>/dev/null < $f && d=${f%/*} && "
                                "[ -n \"$n\" ] && echo $n ${d##*/}; done; true")
        return dict(line.split() for line in text.splitlines())

    def name_all(self):
        """What the udev rule does, in short: every netdev gets its port's name."""
        lines = [f"link set {netdev} name {port}" for port, netdev in self.names().items() if port != netdev]
        self.batch(*lines)

    def batch(self, *lines, netns=None):
        where = f"-n {netns} " if netns else ""
        self.guest.check(f"ip {where}-batch - <<'END'\n" + "\n".join(lines) + "\nEND")

    def stats(self, netdev):
        """ethtool -S"""
        rows = self.guest.check(f"ethtool -S {netdev}").splitlines()[1:]
        return {name.strip(): int(value) for name, value in (row.split(":") for row in rows)}

    def vms(self, *numbers):
        """Each of these VFs as eth0 of a namespace of its own. One script: a program costs 50 ms in the guest."""
        script = "for v in " + " ".join(str(n) for n in numbers) + f"""; do
            net=({self.pf.sysfs}/virtfn$v/virtio*/net/*)
            printf '%s\n' "netns add vm$v" "link set ${{net##*/}} netns vm$v name eth0" | ip -batch - &&
            printf '%s\n' "link set lo up" "addr add 10.0.0.$((10 + v))/24 dev eth0" "link set eth0 up" | ip -n vm$v -batch - ||
            exit 1
        done"""
        self.guest.check(script)

    @staticmethod
    def address(number):
        return f"10.0.0.{10 + number}"

    def vfs(self, number):
        """VFs, each with a namespace."""
        self.pf.set_vfs(number)
        self.vms(*range(number))

    def bridge(self, *ports):
        self.batch("link add br0 type bridge", "link set br0 up", "addr add 10.0.0.1/24 dev br0",
                   *(f"link set {port} master br0 up" for port in ports))

    def carrier(self, vf):
        return self.guest.run(f"ip netns exec vm{vf} cat /sys/class/net/eth0/carrier")[1].strip() == "1"

    def linked(self, *vfs):
        """Waits until these VFs have carrier."""
        for vf in vfs:
            self.guest.wait_until(f"[ $(ip netns exec vm{vf} cat /sys/class/net/eth0/carrier) = 1 ]")

    def ping(self, where, address, count=3, seconds=20):
        """Whether `count` requests are answered; `where` is a namespace, None: the host. With -w ping waits for slow answers
        and sends on meanwhile, without it two round trips only: a few that are still on the way at the end are no loss."""
        prefix = f"ip netns exec {where} " if where else ""
        status, text = self.guest.run(f"{prefix}ping -q -c {count} -i 0.2 -w {seconds} {address}", seconds + 30)
        sent, received = (int(n) for n in re.search(r"(\d+) packets transmitted, (\d+) received", text).groups())
        return status == 0 and received >= count and sent <= received + 3

    def traffic(self, where, address):
        """Pings that go on until the namespace is gone."""
        self.guest.check(f"ip netns exec {where} ping -q -i 0.05 {address} > /dev/null 2>&1 &")


class Station:
    """A host at the end of a wire that answers ARP and ICMP echo, tagged or not, in a thread of its own."""

    def __init__(self, wire, address, mac="02:aa:00:00:00:99", vlan=None):
        self.wire, self.address, self.mac, self.vlan = wire, address, mac, vlan
        self.seen = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._drain()
        self._thread.start()
        return self

    def _drain(self):
        """What came before is nobody's business."""
        try:
            while True:
                self.wire.recv(0.01)
        except TimeoutError:
            pass

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _serve(self):
        while not self._end.is_set():
            try:
                frame = Ether(self.wire.recv(0.2))
            except TimeoutError:
                continue
            except ConnectionError:
                return
            self.seen.append(frame)
            answer = self._answer(frame)
            if answer:
                self.wire.send(bytes(answer))

    def _answer(self, frame):
        tag = frame[Dot1Q].vlan if Dot1Q in frame else None
        if tag != self.vlan:
            return None
        head = Ether(src=self.mac, dst=frame.src)
        if tag:
            head /= Dot1Q(vlan=tag)
        if ARP in frame and frame[ARP].op == 1 and frame[ARP].pdst == self.address:
            return head / ARP(op=2, hwsrc=self.mac, psrc=self.address, hwdst=frame[ARP].hwsrc, pdst=frame[ARP].psrc)
        if ICMP in frame and frame[ICMP].type == 8 and frame[IP].dst == self.address:
            return head / IP(src=self.address, dst=frame[IP].src) / ICMP(type=0, id=frame[ICMP].id, seq=frame[ICMP].seq) / \
                bytes(frame[ICMP].payload)
        return None

    def frames(self, source):
        return [frame for frame in self.seen if frame.src == source]
