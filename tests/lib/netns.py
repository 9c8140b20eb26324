# SPDX-License-Identifier: BSD-3-Clause
"""A network namespace of our own, and what is inside it."""

import os

from .process import Program, run


class Netns:
    """A named namespace; it and its interfaces are gone at the end of the with block."""

    def __init__(self, name):
        self.name = f"frl{os.getpid()}-{name}"

    def __enter__(self):
        run(["ip", "netns", "add", self.name])
        self.ip("link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        run(["ip", "netns", "del", self.name], check=False)

    def prefix(self):
        return ["ip", "netns", "exec", self.name]

    def run(self, *argv, **kwargs):
        return run(self.prefix() + list(argv), **kwargs)

    def ip(self, *argv):
        return run(["ip", "-n", self.name, *argv])

    def start(self, argv, **kwargs):
        """Starts a program inside; `ip netns exec` replaces itself, so the process id is the program's."""
        return Program(self.prefix() + list(argv), **kwargs)

    def no_offloads(self, *interfaces):
        """Frames leave as they will be on the wire: checksums filled in, nothing longer than the MTU."""
        for name in interfaces:
            self.run("ethtool", "-K", name, "tx", "off", "tso", "off", "gso", "off", "gro", "off")


def veth(a_ns, a_name, b_ns, b_name, mtu=9000):
    """A cable between two namespaces."""
    a_ns.ip("link", "add", a_name, "mtu", str(mtu), "type", "veth", "peer", "name", b_name, "netns", b_ns.name)
    for ns, name in ((a_ns, a_name), (b_ns, b_name)):
        ns.run("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1")
        ns.no_offloads(name)
        ns.ip("link", "set", name, "mtu", str(mtu), "up")
