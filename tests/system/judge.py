# SPDX-License-Identifier: BSD-3-Clause
"""Compares what a card does with a rule with what the rule means."""

from lib.rules import Encapsulated


def check_hit(card, rule, source, names, frame):
    """Sends a frame that matches: out of every port comes what the rule says, byte for byte, and nothing else.

    names: {number in the rule: port name}. Returns how often the frame has to come to the host.
    """
    want = {name: [] for name in card.ports}
    host = 0
    for number, out in rule.apply(frame):
        if number == "host":
            host += 1
        else:
            want[names[number]].append(out)
    slow = card.slow(source)
    card.send(source, frame)
    got = card.collect(sum(map(len, want.values())))
    for name, frames in want.items():
        assert len(got[name]) == len(frames), f"{name}: {[f.hex() for f in got[name]]}"
        for expected, actual in zip(frames, got[name]):
            if isinstance(expected, Encapsulated):
                expected.check(actual)
            else:
                assert actual.hex() == expected.hex(), name
    assert card.wait_slow(source, slow + host) == slow + host
    return host


def check_misses(card, source, frames):
    """Frames that do not match go to the host, all of them and nowhere else."""
    slow = card.slow(source)
    card.send(source, *frames.values())
    have = card.wait_slow(source, slow + len(frames)) - slow
    got = card.collect(0)
    assert not any(got.values()), f"of {list(frames)}: {got}"
    assert have == len(frames), f"{have} of {list(frames)} came to the host"


def padded(frame):
    """A frame as a wire carries it: at least 60 bytes without FCS (IEEE 802.3, 3.2.8)."""
    return frame + bytes(max(0, 60 - len(frame)))
