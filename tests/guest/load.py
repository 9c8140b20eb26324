# SPDX-License-Identifier: BSD-3-Clause
"""Traffic between pairs of VFs in a guest that tells what was lost from what is slow; traffic.py makes it."""

from dataclasses import dataclass
from pathlib import Path

TRAFFIC = Path(__file__).resolve().parent / "traffic.py"
STATUS, PID, LOG = "/run/load", "/run/load.pid", "/run/load.log"
# Until each pair has its number of answers, or the time is over; no program is started. Nothing comes by descriptor 9.
WAIT = f"""
exec 9<> <(:)
end=$((SECONDS + {{seconds}}))
while [ $SECONDS -lt $end ]; do
    mapfile -t rows < {STATUS}
    more=
    for goal in {{goals}}; do
        set -- ${{{{rows[${{{{goal%:*}}}}]}}}}
        [ "$2" -ge ${{{{goal#*:}}}} ] || more=1
    done
    [ "$more" ] || break
    read -t 0.1 -u 9
done
:
"""


@dataclass(frozen=True)
class Count:
    sent: int
    answered: int
    lost: int
    bad: int


class Load:
    """traffic.py, running in a guest. `pairs`: (near VF, far VF), whose interfaces are eth0 in namespaces vm<VF>."""

    def __init__(self, guest, pairs):
        self.guest, self.pairs = guest, list(pairs)

    def start(self):
        words = " ".join(f"{near},{far}" for near, far in self.pairs)
        self.guest.check(f"rm -f {STATUS}; python3 -I -S {TRAFFIC} {STATUS} {words} > {LOG} 2>&1 & echo $! > {PID}")
        self.guest.wait_until(f"[ -s {STATUS} ] && [ -s {PID} ]")
        return self

    def stop(self):
        """Its sockets hold the namespaces, and these the VFs' interfaces."""
        text = self.guest.check(f"if [ -e {PID} ]; then read pid < {PID}; kill $pid; rm {PID}\n"
                                f"while [ -d /proc/$pid ]; do sleep 0.05; done; cat {LOG}; fi")
        assert not text, text

    def read(self):
        """A Count for each pair."""
        rows = self.guest.check(f'echo "$(<{STATUS})"; [ -d /proc/$(<{PID}) ] || cat {LOG}').splitlines()
        return [Count(*map(int, row.split())) for row in rows]

    def advance(self, pairs=None, by=10, timeout=240):
        """Waits until each of these pairs (all) has so many answers more; returns what is then. The guest waits: a poll from
        here would take the processor from what it waits for."""
        pairs = range(len(self.pairs)) if pairs is None else pairs
        goals = [count.answered + by for count in self.read()]
        self.guest.check(WAIT.format(seconds=timeout, goals=" ".join(f"{pair}:{goals[pair]}" for pair in pairs)), timeout + 30)
        now = self.read()
        stuck = [self.pairs[pair] for pair in pairs if now[pair].answered < goals[pair]]
        assert not stuck, f"no traffic between VFs {stuck}: {now}"
        assert not any(count.bad for count in now), now
        return now
