# SPDX-License-Identifier: BSD-3-Clause
"""A private Open vSwitch with DPDK: own database, sockets, log and network namespace."""

import json
import os
import re
import socket
from pathlib import Path

from .process import Program, ProgramError, run

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
VSWITCHD = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"


class Ovs:
    """Debian's ovs-vswitchd-dpdk, run in `netns`; everything it writes is in `folder`."""

    def __init__(self, folder, netns, dpdk_extra, config=()):
        self.folder, self.netns = Path(folder), netns
        self.db = f"unix:{self.folder}/db.sock"
        self.control = self.folder / "vs.ctl"
        self.log = self.folder / "vswitchd.log"
        self.config = {"dpdk-init": "true", "dpdk-extra": dpdk_extra, "dpdk-socket-mem": "512", **dict(config)}
        # RUNTIME_DIRECTORY is where DPDK puts its telemetry socket.
        self.env = dict(os.environ, OVS_RUNDIR=str(self.folder), OVS_LOGDIR=str(self.folder),
                        RUNTIME_DIRECTORY=str(self.folder))
        self.programs = []

    def start(self, timeout=60):
        database = self.folder / "conf.db"
        run(["ovsdb-tool", "create", database, SCHEMA])
        self._spawn(["ovsdb-server", database, f"--remote=p{self.db}", f"--unixctl={self.folder}/db.ctl", "-vconsole:warn"])
        run(["ovs-vsctl", f"--db={self.db}", "--no-wait", "--retry", "--timeout=20", "init"])
        self.vsctl("set", "Open_vSwitch", ".", *[f"other_config:{k}={json.dumps(v)}" for k, v in self.config.items()],
                   wait=False)
        self.vswitchd = self._spawn([VSWITCHD, self.db, f"--unixctl={self.control}", f"--log-file={self.log}",
                                     "-vconsole:off"], self.netns)
        try:
            # A change, so that ovs-vsctl waits until vswitchd has read the database.
            self.vsctl("set", "Open_vSwitch", ".", "external_ids:started=true", timeout=timeout)
            initialised = self.vsctl("get", "Open_vSwitch", ".", "dpdk_initialized").strip()
        except ProgramError as error:
            raise ProgramError(f"{error}\n{self.log_tail()}") from error
        if initialised != "true":
            raise ProgramError(f"Open vSwitch did not initialise DPDK:\n{self.log_tail()}")
        return self

    def _spawn(self, argv, netns=None):
        program = Program((netns.prefix() if netns else []) + argv, name=Path(argv[0]).name, env=self.env)
        self.programs.append(program)
        return program

    def log_tail(self, lines=30):
        text = self.log.read_text() if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def vsctl(self, *argv, wait=True, timeout=30):
        options = [f"--timeout={timeout}"] + ([] if wait else ["--no-wait"])
        return run(["ovs-vsctl", f"--db={self.db}", *options, *argv], timeout=timeout + 5)

    def appctl(self, *argv):
        return run(["ovs-appctl", "--timeout=20", "-t", self.control, *argv])

    def ofctl(self, *argv):
        # The bridge's management socket is in the run folder.
        return run(["ovs-ofctl", *argv], env=self.env)

    def add_bridge(self, name, **options):
        self.vsctl("--may-exist", "add-br", name, "--", "set", "Bridge", name, "datapath_type=netdev",
                   "fail-mode=standalone", *[f"{k}={v}" for k, v in options.items()])

    def add_port(self, bridge, name, kind, options, port=()):
        """Adds a port and says why when it could not be opened. `port`: settings of the Port row, as "tag=100"."""
        self.vsctl("add-port", bridge, name, *port, "--", "set", "Interface", name, f"type={kind}",
                   *[f"options:{k}={json.dumps(v)}" for k, v in options.items()])
        error = self.vsctl("get", "Interface", name, "error").strip()
        if error not in ("[]", '""'):
            raise ProgramError(f"port {name}: {error}\n{self.log_tail(10)}")

    def add_patch(self, a_bridge, a, b_bridge, b, port=()):
        """Joins two bridges; both ends are made at once, because each needs the other."""
        argv = []
        for bridge, name, peer in ((a_bridge, a, b), (b_bridge, b, a)):
            argv += ["--", "add-port", bridge, name, *port, "--", "set", "Interface", name, "type=patch", f"options:peer={peer}"]
        self.vsctl(*argv[1:])

    def flows(self, kind=None):
        """Datapath flows as text lines; kind: "offloaded", "ovs", ..."""
        return self.appctl("dpctl/dump-flows", "-m", *([f"type={kind}"] if kind else [])).splitlines()

    def telemetry(self, command):
        """DPDK's answer to a telemetry command, such as "/ethdev/xstats,0"."""
        path = next(self.folder.glob("**/dpdk_telemetry.v2"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            connection.settimeout(10)
            connection.connect(os.fspath(path))
            limit = json.loads(connection.recv(1024))["max_output_len"]
            connection.send(command.encode())
            return json.loads(connection.recv(limit))[command.split(",")[0]]

    def stop(self):
        for program in reversed(self.programs):
            program.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def find_flow(flows, in_port, *parts):
    """The first of the flows that comes in at `in_port` and contains all the parts."""
    for flow in flows:
        if re.search(rf"in_port\({re.escape(in_port)}\)", flow) and all(part in flow + "," for part in parts):
            return flow
    return None
