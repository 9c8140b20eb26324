# SPDX-License-Identifier: BSD-3-Clause
"""Tunnels and Open vSwitch over TC: two VFs in the guest, a Linux host with VXLAN on wire p0.

Underlay 172.16.0.0/24: .1 is the guest's p0, outside any bridge, .2 the host. Overlay 10.0.0.0/24, VNI 42: .1 and .3 are
the VFs, .2 the host. Filters are in software too, so what the card leaves still arrives, and counters tell who did it.
"""

import json
import re

import pytest

from guest.guest import Card
from guest.switchdev import Switch
from lib.netns import Netns, veth

VF_MAC = ("02:00:00:00:01:01", "02:00:00:00:01:02")
HOST_MAC = "02:00:00:00:02:02"
ENCAP = ("action tunnel_key set id 42 src_ip 172.16.0.1 dst_ip 172.16.0.2 dst_port 4789 nocsum pipe"
         " action mirred egress redirect dev vx")
DECAP = ("enc_src_ip 172.16.0.2 enc_dst_ip 172.16.0.1 enc_key_id 42 enc_dst_port 4789 action tunnel_key unset pipe"
         " action mirred egress redirect dev pf0vf0")


@pytest.fixture(scope="module")
def host():
    """The VXLAN host; its end of the cable is r0."""
    with Netns("tc-host") as ns:
        yield ns


@pytest.fixture(scope="module")
def card(host):
    with Netns("tc-sim") as ns:
        veth(ns, "w0", host, "r0")
        host.ip("addr", "add", "172.16.0.2/24", "dev", "r0")
        host.ip("link", "add", "vx0", "address", HOST_MAC, "mtu", "1450", "type", "vxlan", "id", "42", "dstport", "4789",
                "local", "172.16.0.2", "remote", "172.16.0.1", "dev", "r0")
        host.run("sysctl", "-qw", "net.ipv6.conf.vx0.disable_ipv6=1")
        host.no_offloads("vx0")
        host.ip("link", "set", "vx0", "up")
        host.ip("addr", "add", "10.0.0.2/24", "dev", "vx0")
        with Card(wires=("if:w0", "sock"), netns=ns) as running:
            yield running
            running.check_alive()


@pytest.fixture(scope="module")
def switch(card):
    with Switch(card, name="tc-ovs", memory="768M") as running:
        running.check("ip addr add 172.16.0.1/24 dev p0")
        for number, mac in enumerate(VF_MAC):
            running.check(f"ip -n vf{number} link set vf{number} down; ip -n vf{number} link set vf{number} address {mac} mtu 1450 up\n"
                          f"ip -n vf{number} addr add 10.0.0.{1 + 2 * number}/24 dev vf{number}\n"
                          f"ip netns exec vf{number} ethtool -K vf{number} tx off gso off tso off gro off")
        yield running


# ---- Filters of our own ----


@pytest.fixture(scope="module")
def tunnel(switch, host):
    """Both directions by two filters; neighbours of the overlay are known, so that packets can be counted."""
    host.ip("neigh", "replace", "10.0.0.1", "lladdr", VF_MAC[0], "dev", "vx0", "nud", "permanent")
    switch.check(f"ip -n vf0 neigh replace 10.0.0.2 lladdr {HOST_MAC} dev vf0 nud permanent\n"
                 "ip link add vx type vxlan external dstport 4789; sysctl -qw net.ipv6.conf.vx.disable_ipv6=1; ip link set vx up")
    switch.blocks("pf0vf0", "vx")
    assert switch.add("pf0vf0", ENCAP, flags="", protocol="all") == (0, "")
    assert switch.add("vx", DECAP, flags="", protocol="all") == (0, "")
    assert switch.in_hw("pf0vf0") == switch.in_hw("vx") == [True]
    switch.wait_until(f"grep -q '^encap .* ready ' {debug()}")
    return switch


def debug(name="tc"):
    return f"/sys/kernel/debug/ferrule-0000:01:00.0/{name}"


def ping(switch, count=5, vf=0, to="10.0.0.2"):
    switch.check(f"ip netns exec vf{vf} ping -c {count} -i 0.2 -W 10 {to}", 60)


def sent(switch, device):
    """Packets of the one filter: all, by hardware."""
    found, = switch.filters(device)
    stats = found["options"]["actions"][-1]["stats"]
    return stats["packets"], stats.get("hw_packets", 0)


def in_hardware(switch, count=5):
    """`count` pings, all of whose packets the card moves both ways."""
    before = [sent(switch, device) for device in ("pf0vf0", "vx")]
    ping(switch, count)
    after = [sent(switch, device) for device in ("pf0vf0", "vx")]
    assert [(a[0] - b[0], a[1] - b[1]) for a, b in zip(after, before)] == [(count, count)] * 2


def test_tunnel_both_ways(tunnel):
    in_hardware(tunnel, 10)


def test_next_hop_moves(tunnel, host):
    host.ip("link", "set", "r0", "address", "02:00:00:00:02:77")
    tunnel.check("ip neigh replace 172.16.0.2 lladdr 02:00:00:00:02:77 dev p0 nud reachable")
    tunnel.wait_until(f"grep -q '^encap .* ready .* mac 02:00:00:00:02:77' {debug()}")
    in_hardware(tunnel)


def test_next_hop_unresolved(tunnel, host):
    """Nobody answers ARP: packets are the host's, which asks; when there is an answer they are the card's again. All are
    counted, and once, whoever moved them."""
    packets, by_card = sent(tunnel, "pf0vf0")
    ping(tunnel, 3)
    host.ip("addr", "del", "172.16.0.2/24", "dev", "r0")
    tunnel.check("ip neigh del 172.16.0.2 dev p0")
    tunnel.wait_until(f"grep -q '^encap .* unresolved ' {debug()} && grep -q '^pf0vf0 .* fallback' {debug('tc_rules')}")
    tunnel.run("ip netns exec vf0 ping -c 2 -i 0.2 -W 1 10.0.0.2")
    host.ip("addr", "add", "172.16.0.2/24", "dev", "r0")
    tunnel.wait_until(f"grep -q '^encap .* ready ' {debug()}", 60)
    assert sent(tunnel, "pf0vf0") == (packets + 5, by_card + 3)
    in_hardware(tunnel)


def test_route_through_a_gateway(tunnel, host):
    """The route changes to one with another next hop, and back."""
    host.ip("addr", "add", "172.16.1.2/24", "dev", "r0")
    tunnel.check("ip addr add 172.16.1.1/24 dev p0\n"
                 "ip neigh replace 172.16.1.2 lladdr 02:00:00:00:02:88 dev p0 nud permanent\n"
                 "ip route add 172.16.0.2/32 via 172.16.1.2 dev p0")
    tunnel.wait_until(f"grep -q '^encap .* ready .* mac 02:00:00:00:02:88' {debug()}")
    tunnel.check("ip route del 172.16.0.2/32; ip addr del 172.16.1.1/24 dev p0")
    tunnel.wait_until(f"grep -q '^encap .* ready .* mac 02:00:00:00:02:77' {debug()}")
    in_hardware(tunnel)


def test_address_leaves_the_uplink(tunnel):
    tunnel.check("ip addr add 172.16.0.9/24 dev p0\n"  # keeps the route to the network
                 "sysctl -qw net.ipv4.conf.p0.promote_secondaries=1; ip addr del 172.16.0.1/24 dev p0")
    tunnel.wait_until(f"grep -q '^vx .* fallback' {debug('tc_rules')}")
    tunnel.check("ip addr add 172.16.0.1/24 dev p0; ip addr del 172.16.0.9/24 dev p0")
    tunnel.wait_until(f"! grep -q fallback {debug('tc_rules')} && grep -q '^encap .* ready ' {debug()}")
    in_hardware(tunnel)


def test_next_hop_stays_known_while_the_card_uses_it(tunnel):
    """The kernel sees none of the packets, and would let the neighbour grow old."""
    tunnel.check("sysctl -qw net.ipv4.neigh.p0.delay_first_probe_time=1; ip neigh replace 172.16.0.2 lladdr 02:00:00:00:02:77 dev p0 nud stale\n"
                 "ip netns exec vf0 ping -q -i 0.5 -w 60 10.0.0.2 > /dev/null 2>&1 & echo $! > /tmp/ping")
    tunnel.wait_until("ip neigh show 172.16.0.2 dev p0 | grep -q REACHABLE", 30)
    tunnel.check("kill -INT $(cat /tmp/ping)")
    tunnel.wait_until("! kill -0 $(cat /tmp/ping) 2> /dev/null")
    in_hardware(tunnel)


def test_tunnel_device_goes_down(tunnel):
    """Software drops what is sent to a device that is down."""
    tunnel.check("ip link set vx down")
    tunnel.wait_until(f"grep -q '^pf0vf0 .* fallback' {debug('tc_rules')}")
    tunnel.check("ip link set vx up")
    tunnel.wait_until(f"! grep -q fallback {debug('tc_rules')}")
    in_hardware(tunnel)


def test_tunnel_ends(tunnel):
    tunnel.check("tc qdisc del dev pf0vf0 clsact; ip link del vx")
    assert tunnel.totals()["rules"] == 0
    assert "encap" not in tunnel.debug()


# ---- Open vSwitch ----

OVS = "/tmp/ovs"


@pytest.fixture(scope="module")
def ovs(switch):
    """Debian's Open vSwitch with its kernel datapath: both representors and a VXLAN port in one bridge."""
    # Its handler threads are counted at the start, and counted as none within ten seconds of the boot (OVS 3.1).
    switch.wait_until("[ $(cut -d. -f1 /proc/uptime) -gt 10 ]")
    switch.check("modprobe openvswitch; modprobe vport-vxlan\n"
                 f"mkdir -p {OVS}; export OVS_RUNDIR={OVS} OVS_LOGDIR={OVS} OVS_DBDIR={OVS}\n"
                 f"ovsdb-tool create {OVS}/conf.db /usr/share/openvswitch/vswitch.ovsschema\n"
                 f"ovsdb-server {OVS}/conf.db --remote=punix:{OVS}/db.sock --pidfile --detach --no-chdir --log-file > /dev/null 2>&1\n"
                 f"ovs-vsctl --db=unix:{OVS}/db.sock --no-wait init\n"
                 f"ovs-vsctl --db=unix:{OVS}/db.sock --no-wait set Open_vSwitch . other_config:hw-offload=true other_config:max-idle=60000\n"
                 f"/usr/lib/openvswitch-switch/ovs-vswitchd unix:{OVS}/db.sock --unixctl={OVS}/vs.ctl --pidfile --detach --no-chdir --log-file > /dev/null 2>&1\n"
                 f"ovs-vsctl --db=unix:{OVS}/db.sock --timeout=30 add-br br0 -- add-port br0 pf0vf0 -- add-port br0 pf0vf1 --"
                 " add-port br0 vtep -- set Interface vtep type=vxlan options:remote_ip=172.16.0.2 options:local_ip=172.16.0.1 options:key=42", 90)
    yield switch
    switch.check(f"ovs-appctl --timeout=20 -t {OVS}/vs.ctl exit --cleanup; ovs-appctl --timeout=20 -t {OVS}/ovsdb-server.*.ctl exit", 60)


def cpu_hits(switch):
    """Packets of the representors that went through the host, both ways."""
    text = switch.check("for d in pf0vf0 pf0vf1; do ip -j stats show dev $d group offload subgroup cpu_hit; done")
    return sum(s["stats64"][way]["packets"] for line in text.splitlines() if line.startswith("[") for s in json.loads(line)
               for way in ("rx", "tx"))


@pytest.mark.parametrize("to, flows", [("10.0.0.3", ["in_port(pf0vf0)", "in_port(pf0vf1)"]),
                                       ("10.0.0.2", ["in_port(pf0vf0)", "tunnel(tun_id=0x2a"])], ids=["vf to vf", "vxlan"])
def test_open_vswitch(ovs, to, flows):
    """Flows of traffic that goes on are the card's, and the host sees nothing of it."""
    ping(ovs, 3, 0, to)
    hits = cpu_hits(ovs)
    ping(ovs, 20, 0, to)
    assert cpu_hits(ovs) - hits <= 4  # a neighbour asked for meanwhile
    text = ovs.check(f"ovs-appctl -t {OVS}/vs.ctl dpctl/dump-flows -m")
    for part in flows:
        found = [f for f in text.splitlines() if part in f and "eth_type(0x0800)" in f and re.search(r"packets:(1[5-9]|2\d)", f)]
        assert found and all("offloaded:yes, dp:tc" in f for f in found), text


def test_open_vswitch_lets_go(ovs):
    ovs.check(f"ovs-vsctl --db=unix:{OVS}/db.sock --timeout=30 del-port br0 vtep -- del-port br0 pf0vf0 -- del-port br0 pf0vf1", 60)
    ovs.wait_until(f"grep -q '^rules 0 ' {debug()}")
