# SPDX-License-Identifier: BSD-3-Clause
"""Counters are exact: hardware + software = sent."""

from lib.rules import Rule

from test_shapes import UDP4, numbered

FRAMES = 5000


def test_hardware_and_software_make_all(card):
    """A rule is installed while a stream runs: every frame is counted once, by the card or by the host."""
    source, line = card.number("vf0"), numbered(
        card, f"flow create {{vf0}} transfer pattern {UDP4} / end actions count / port_id id {{vf1}} / end")
    frame = Rule.parse(line).matching()
    before, slow_before = card.testpmd.xstats(source), card.slow("vf0")

    card.ports["vf0"].send_all([frame] * 100)
    rule, refusal = card.testpmd.flow(line)
    assert refusal is None
    received = 0
    for _ in range(FRAMES // 100):
        card.ports["vf0"].send_all([frame] * 100)
        received += len(card.collect(100, quiet=0)["vf1"])
    hits, size = card.wait_hits("vf0", rule, FRAMES)
    assert "destroyed" in card.testpmd.flow_destroy(source, rule)
    card.ports["vf0"].send_all([frame] * 100)

    sent = FRAMES + 200
    assert card.wait_slow("vf0", slow_before + 200) - slow_before == 200
    assert (hits, size) == (FRAMES, FRAMES * len(frame)) and received == FRAMES
    after = card.wait_xstats("vf0", {"hw_rx_packets": before["hw_rx_packets"] + sent,
                                     "rx_slow_packets": before["rx_slow_packets"] + 200})
    total, software = (after[k] - before[k] for k in ("hw_rx_packets", "rx_slow_packets"))
    assert (total, software) == (sent, 200)


def test_queries_in_a_row(card, rules):
    """Queries in a row: none disturbs the count."""
    source = card.number("vf0")
    line = numbered(card, f"flow create {{vf0}} transfer pattern {UDP4} / end actions count / drop / end")
    rule = rules(line)
    frame = Rule.parse(line).matching()
    totals = []
    for count in (3, 0, 7):
        card.ports["vf0"].send_all([frame] * count)
        assert not any(card.collect(0).values())
        totals.append(card.wait_hits("vf0", rule, sum(totals[-1:]) + count)[0])
    # testpmd asks without reset: the count goes on.
    assert totals == [3, 3, 10]


def test_counter_of_a_new_rule_is_zero(card):
    """A counter that another rule used before shows nothing of it."""
    source = card.number("vf0")
    line = numbered(card, f"flow create {{vf0}} transfer pattern {UDP4} / end actions count / drop / end")
    frame = Rule.parse(line).matching()
    for _ in range(3):
        rule, refusal = card.testpmd.flow(line)
        assert refusal is None
        assert card.testpmd.flow_query(source, rule) == (0, 0)
        card.ports["vf0"].send_all([frame] * 5)
        assert not any(card.collect(0).values())
        assert card.wait_hits("vf0", rule, 5) == (5, 5 * len(frame))
        card.testpmd.flow_destroy(source, rule)
