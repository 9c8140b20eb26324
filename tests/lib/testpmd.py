# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-testpmd with Ferrule's PMD, driven over its prompt."""

import re

from . import paths
from .process import Program, ProgramError

# It is written in two pieces, and lines that other threads log may come between them.
PROMPT = r"testpmd(?:\w+: .*\n)*>"
CARD = r"^(net_ferrule\d+|[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])"  # names of the virtual and of the PCI device


class Testpmd:
    """An interactive testpmd. Ports are known by name: "p0" is the uplink, "vf0" the representor of VF 0, others as DPDK calls them."""

    # testpmd's own 'rx drop' defaults are left alone; mbufs are enough for the rings of 17 ports and little more.
    def __init__(self, vdevs, plugin=paths.PMD, cores="0,1", memory=192, log_level=None, options=(), forward="rxonly",
                 timeout=40):
        self.timeout = timeout
        argv = [paths.TESTPMD, "-l", cores, "--in-memory", "--no-pci", "--single-file-segments", "-m", str(memory)]
        if plugin:
            argv += ["-d", str(plugin)]
        if log_level:
            argv += [f"--log-level={log_level}"]
        for vdev in vdevs:
            argv.append(f"--vdev={vdev}")
        argv += ["--", "-i", "--total-num-mbufs=16384", f"--forward-mode={forward}", "--no-mlockall",
                 "--mask-event", "all", *options]
        # A terminal of its own, or testpmd keeps what it prints in a buffer.
        self.program = Program(argv, name="testpmd", pty=True, env={"PATH": "/usr/sbin:/usr/bin", "TERM": "dumb"})
        self.ports = {}

    def wait_ready(self):
        self.program.wait_for(PROMPT, self.timeout)
        self.ports = self._read_ports()
        return self

    def command(self, line, timeout=None):
        """Sends one command; returns what it printed."""
        start = self.program.mark()
        self.program.send(line + "\n")
        # The prompt ends the echoed line's answer: it stands alone at the end of the output.
        found = self.program.wait_for(rf"\n((?:.*\n)*?){PROMPT}", timeout or self.timeout, start)
        text = found.group(1)
        if re.search(r"^(Bad arguments|Command not found|Incomplete command|Ambiguous command)", text, re.M):
            raise ProgramError(f"testpmd does not take {line!r}: {' '.join(text.split())}")
        return text.replace("\r", "")

    def _read_ports(self):
        """{name: testpmd's port number} from `show port summary all`."""
        ports = {}
        for number, name in re.findall(r"^(\d+)\s+[0-9A-F:]{17}\s+(\S+)", self.command("show port summary all"), re.M):
            short = re.sub(CARD, "", name).lstrip("_")
            if re.match(CARD, name):
                short = re.sub(r"^representor_?(?:c\d+)?(?:pf\d+)?(?:vf)?(\d+)$", r"vf\1", short) or "p0"
            ports[short] = int(number)
        return ports

    # Rules

    def flow(self, line):
        """`flow create ...`: (rule number, None) when it was taken, (None, text of the refusal) otherwise."""
        answer = self.command(line)
        taken = re.search(r"Flow rule #(\d+) created", answer)
        if taken:
            return int(taken.group(1)), None
        return None, " ".join(answer.split())

    def flow_destroy(self, port, rule):
        return self.command(f"flow destroy {port} rule {rule}")

    def flow_flush(self, port):
        return self.command(f"flow flush {port}")

    def flow_query(self, port, rule):
        """(packets, bytes) that the rule's counter holds, or the text of the refusal."""
        answer = self.command(f"flow query {port} {rule} count")
        values = dict(re.findall(r"(hits|bytes): (\d+)", answer))
        return (int(values["hits"]), int(values["bytes"])) if len(values) == 2 else " ".join(answer.split())

    # Counters

    def xstats(self, port):
        answer = self.command(f"show port xstats {port}")
        return {name: int(value) for name, value in re.findall(r"^(\w+): (\d+)\s*$", answer, re.M)}

    def stats(self, port):
        """{"RX-packets": n, "TX-packets": n, ...}"""
        return {name: int(value) for name, value in re.findall(r"([RT]X-\w+): +(\d+)",
                                                             self.command(f"show port stats {port}"))}

    def link_up(self, port):
        return bool(re.search(r"^Link status: up", self.command(f"show port info {port}"), re.M))

    def quit(self):
        """The polite end; exit status of testpmd."""
        self.program.send("quit\n")
        return self.program.wait(20)

    def stop(self):
        self.program.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
