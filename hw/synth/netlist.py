# SPDX-License-Identifier: BSD-3-Clause
"""Reads a synthesized module, one `modules` entry of Yosys's write_json: what it is made of, and how deep it is.

Depth is counted in LUTs between two memory elements (flip-flop, RAM, DSP) or ports; carry and wide-multiplexer cells,
which stand in the same logic block as their LUTs, count nothing. Cells that are modules themselves bring a summary of
their paths with them (`Paths`), so that a path that crosses modules is found without a flat netlist.
"""

import re
from dataclasses import dataclass, field

# LUTs that a distributed RAM occupies (UG574, tables of the SLICEM's RAM modes); all others are one.
RAM_LUTS = {"RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1S": 2, "RAM128X1D": 4, "RAM256X1S": 4, "RAM256X1D": 8, "RAM512X1S": 8,
            "RAM32M": 4, "RAM64M": 4, "RAM32M16": 8, "RAM64M8": 8, "RAM64X8SW": 8}
LUT = re.compile(r"LUT[1-6]|INV")
LUT_RAM = re.compile(r"RAM(32|64|128|256|512)[XM].*|SRL.*")
MEMORY = re.compile(r"FD[A-Z]+|LD[A-Z]+|RAMB.*|URAM.*|DSP.*")
FREE = re.compile(r"CARRY[48]|MUXF[789]")
# Outputs of a LUT RAM or shift register, and the address that each of them follows at once.
READ_PORTS = [(re.compile(r"DO([A-H])"), r"ADDR\1"), (re.compile(r"DPO()"), r"DPRA\d?"), (re.compile(r"(?:SPO|O|Q)()"), r"A\d?")]


class NetlistError(Exception):
    """A netlist holds what it should not; the text says what."""


@dataclass
class Paths:
    """LUTs on the deepest way from and to the ports of a module, by (port, bit). Bits that have none are left out."""
    into: dict = field(default_factory=dict)     # input to a memory element
    out_of: dict = field(default_factory=dict)   # memory element to output
    through: dict = field(default_factory=dict)  # output: {input: depth}


@dataclass
class Deepest:
    levels: int = 0
    start: str = ""
    end: str = ""


def size(cells):
    """LUT, FF, CARRY, RAMB36 (a RAMB18 is half of one), URAM and DSP of cells of a netlist, those of modules left out."""
    count = dict(lut=0, lutram=0, ff=0, carry=0, ramb36=0, uram=0, dsp=0)
    for cell in cells.values():
        kind = cell["type"]
        if LUT.fullmatch(kind):
            count["lut"] += 1
        elif LUT_RAM.fullmatch(kind):
            count["lut"] += RAM_LUTS.get(kind, 1)
            count["lutram"] += RAM_LUTS.get(kind, 1)
        elif kind.startswith(("FD", "LD")):
            count["ff"] += 1
        elif kind.startswith("CARRY"):
            count["carry"] += 1
        elif kind.startswith("RAMB"):
            count["ramb36"] += 1 if kind.startswith("RAMB36") else 0.5
        elif kind.startswith("URAM"):
            count["uram"] += 1
        elif kind.startswith("DSP"):
            count["dsp"] += 1
    return count


def bits(connections, directions, direction):
    for port, nets in connections.items():
        if directions.get(port) == direction:
            for place, net in enumerate(nets):
                if isinstance(net, int):
                    yield port, place, net


def read_port(output):
    """Pattern of the inputs that an output of a LUT RAM follows; none for the cascade of a shift register."""
    for pattern, address in READ_PORTS:
        found = pattern.fullmatch(output)
        if found:
            return found.expand(address.replace("\\d", "[0-9]"))
    return ""


class Graph:
    """Nets of a module, and the ways between them: arcs[net] is a list of (net before it, LUTs)."""

    def __init__(self, module, children):
        self.arcs, self.starts, self.ends = {}, {}, {}
        self.names = names_of(module)
        for name, cell in module["cells"].items():
            self.add(name, cell, children)

    def start(self, net, depth, name):
        if net not in self.starts or depth > self.starts[net][0]:
            self.starts[net] = (depth, name)

    def end(self, net, depth, name):
        if net not in self.ends or depth > self.ends[net][0]:
            self.ends[net] = (depth, name)

    def add(self, name, cell, children):
        kind, directions = cell["type"], cell["port_directions"]
        ins = list(bits(cell["connections"], directions, "input"))
        outs = list(bits(cell["connections"], directions, "output"))
        if kind in children:
            self.add_module(name, children[kind], ins, outs)
        elif LUT.fullmatch(kind) or FREE.fullmatch(kind):
            weight = 1 if LUT.fullmatch(kind) else 0
            for _, _, net in outs:
                self.arcs.setdefault(net, []).extend((before, weight) for _, _, before in ins)
        elif LUT_RAM.fullmatch(kind):
            for out, _, net in outs:
                self.start(net, 1, self.names.get(net, name))
                address = read_port(out)
                self.arcs.setdefault(net, []).extend((before, 1) for port, _, before in ins if re.fullmatch(address, port))
            self.add_ends(kind, ins, outs, name)
        elif MEMORY.fullmatch(kind):
            for _, _, net in outs:
                self.start(net, 0, self.names.get(net, name))
            self.add_ends(kind, ins, outs, name)
        elif not kind.startswith(("BUFG", "IBUF", "OBUF", "$scopeinfo", "VCC", "GND")):
            raise NetlistError(f"cell {name} is of type {kind}, which is not of this family")

    def add_ends(self, kind, ins, outs, name):
        named = next((self.names[net] for _, _, net in outs if net in self.names), name)
        for port, _, net in ins:
            if port not in ("C", "CLK", "WCLK"):
                self.end(net, 0, named if kind.startswith("FD") and port == "D" else f"{named}.{port}")

    def add_module(self, name, paths, ins, outs):
        nets = {(port, place): net for port, place, net in ins}
        for port, place, net in ins:
            if (port, place) in paths.into:
                self.end(net, paths.into[port, place], f"{name}.{port}")
        for port, place, net in outs:
            if (port, place) in paths.out_of:
                self.start(net, paths.out_of[port, place], f"{name}.{port}")
            for before, depth in paths.through.get((port, place), {}).items():
                if before in nets:
                    self.arcs.setdefault(net, []).append((nets[before], depth))

    def ordered(self):
        """All nets, each behind those that it depends on."""
        done, order = {}, []
        for root in set(self.arcs) | set(self.ends) | set(self.starts):
            stack = [(root, iter(self.arcs.get(root, ())))] if root not in done else []
            done.setdefault(root, False)
            while stack:
                net, before = stack[-1]
                for other, _ in before:
                    if other not in done:
                        done[other] = False
                        stack.append((other, iter(self.arcs.get(other, ()))))
                        break
                    if not done[other]:
                        raise NetlistError(f"a loop of logic runs through {self.names.get(other, other)}")
                else:
                    done[net] = True
                    order.append(net)
                    stack.pop()
        return order


def names_of(module):
    """A name for each net that has one of its own in the source."""
    names = {}
    for name, net in module["netnames"].items():
        if not net.get("hide_name"):
            for place, bit in enumerate(net["bits"]):
                label = name if len(net["bits"]) == 1 else f"{name}[{place}]"
                if isinstance(bit, int) and len(label) < len(names.get(bit, label + " ")):
                    names[bit] = label
    return names


def forward(graph, order, entry):
    """(depth, name of the start) of the deepest way to each net from a memory element, or with `entry` from a port too."""
    arrival = {}
    for net in order:
        best = max((value for value in (graph.starts.get(net), entry.get(net)) if value), default=None,
                   key=lambda value: value[0])
        for before, depth in graph.arcs.get(net, ()):
            if before in arrival and (best is None or arrival[before][0] + depth > best[0]):
                best = (arrival[before][0] + depth, arrival[before][1])
        if best:
            arrival[net] = best
    return arrival


def backward(graph, order):
    """Depth of the deepest way from each net to a memory element."""
    left = {net: depth for net, (depth, _) in graph.ends.items()}
    for net in reversed(order):
        if net in left:
            for before, depth in graph.arcs.get(net, ()):
                left[before] = max(left.get(before, 0), left[net] + depth)
    return left


def through(graph, order, inputs, outputs):
    """{output net: {input net: depth}} of ways without a memory element; only nets on such a way are kept."""
    wanted, stack = set(), list(outputs)
    while stack:
        net = stack.pop()
        if net not in wanted:
            wanted.add(net)
            stack.extend(before for before, _ in graph.arcs.get(net, ()))
    ways = {net: {net: 0} for net in inputs if net in wanted}
    for net in order:
        if net in wanted:
            for before, depth in graph.arcs.get(net, ()):
                for source, far in ways.get(before, {}).items():
                    mine = ways.setdefault(net, {})
                    if far + depth > mine.get(source, -1):
                        mine[source] = far + depth
    return {net: ways[net] for net in outputs if net in ways}


def analyse(module, children):
    """(Deepest, Paths) of a module; children: type name to Paths. Ports count as memory elements in Deepest."""
    graph = Graph(module, children)
    order = graph.ordered()
    ports = {way: [(port, place, net) for port, data in module["ports"].items() if data["direction"] == way
                   for place, net in enumerate(data["bits"]) if isinstance(net, int)] for way in ("input", "output")}
    entry = {net: (0, port) for port, _, net in ports["input"]}
    from_inside = forward(graph, order, {})
    arrival = forward(graph, order, entry)
    deepest = Deepest()
    sinks = list(graph.ends.items()) + [(net, (0, port)) for port, _, net in ports["output"]]
    for net, (depth, end) in sinks:
        if net in arrival and arrival[net][0] + depth > deepest.levels:
            deepest = Deepest(arrival[net][0] + depth, arrival[net][1], end)
    left = backward(graph, order)
    ways = through(graph, order, [net for _, _, net in ports["input"]], {net for _, _, net in ports["output"]})
    where = {}
    for port, place, net in ports["input"]:
        where.setdefault(net, (port, place))
    paths = Paths(
        {(port, place): left[net] for port, place, net in ports["input"] if net in left},
        {(port, place): from_inside[net][0] for port, place, net in ports["output"] if net in from_inside},
        {(port, place): {where[source]: depth for source, depth in ways[net].items()}
         for port, place, net in ports["output"] if net in ways})
    return deepest, paths
