# SPDX-License-Identifier: BSD-3-Clause
"""vectors.py <folder> <seed>: writes parser.txt, a frame a line: length, tunnel port, source port, header bytes, then the
parse result and key that are expected. Every named frame is also held against what its author says of it."""
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import frames  # noqa: E402
import model  # noqa: E402

RANDOM_FRAMES = 6000


def line(frame, port, tunnel):
    key, parsed = model.parse(frame, port, tunnel)
    return (f"{len(frame):x} {tunnel:x} {port:x} {frames.header_hex(frame)} {model.pack_struct('parsed', parsed):x} "
            f"{0 if parsed.get('punt') else model.pack_key(key):x}\n")


def check(name, frame, want):
    key, parsed = model.parse(frame, 3, True)
    if isinstance(want, str):
        assert parsed.get("punt") == model.PUNT[want], (name, parsed)
    else:
        assert not parsed.get("punt"), (name, parsed)
        for field, value in want.items():
            assert key.get(field) == value, (name, field, key.get(field))


def main():
    out, rng = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    lines = []
    for name, frame, want in frames.named():
        check(name, frame, want)
        lines += [line(frame, 3, True), line(frame, 17, False)]
    for _ in range(RANDOM_FRAMES):
        _, frame, _ = rng.choice(frames.named())
        lines.append(line(frames.damaged(rng, frame), rng.randrange(48), rng.random() < 0.8))
    (out / "parser.txt").write_text("".join(lines))


main()
