# SPDX-License-Identifier: BSD-3-Clause
"""What a demo prints: sections, marks, and progress on a terminal."""

import contextlib
import time


class Screen:
    def __init__(self, out):
        self.out = out
        self.live = out.isatty()
        self.colour = (lambda code, text: f"\x1b[{code}m{text}\x1b[0m") if self.live else (lambda code, text: text)

    def line(self, text=""):
        print(text, file=self.out, flush=True)

    def section(self, title):
        self.line()
        self.line(self.colour("1", title))

    def good(self, text):
        self.line(f"  {self.colour('32', '✓')} {text}")

    def bad(self, text):
        first, *rest = text.splitlines() or [""]
        self.line(f"  {self.colour('31', '✗')} {first}")
        for line in rest:
            self.line(f"      {line}")

    def note(self, text):
        self.line(f"  {self.colour('33', '·')} {text}")

    @contextlib.contextmanager
    def doing(self, text):
        """Shows on a terminal what is being done."""
        if self.live:
            self.out.write(f"  … {text}")
            self.out.flush()
        try:
            yield
        finally:
            if self.live:
                self.out.write("\r\x1b[K")

    @contextlib.contextmanager
    def step(self, text):
        """The same, and a mark with the time it took when it is done."""
        start = time.monotonic()
        with self.doing(text):
            yield
        self.good(f"{text} ({time.monotonic() - start:.1f} s)")

    def table(self, head, rows):
        widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
        for number, row in enumerate([head, *rows]):
            cells = [str(c).ljust(w) if i == 0 else str(c).rjust(w) for i, (c, w) in enumerate(zip(row, widths))]
            text = "  " + "   ".join(cells)
            self.line(self.colour("1", text) if number == 0 else text)
