# SPDX-License-Identifier: BSD-3-Clause
"""A program that runs beside the test: its output is collected all the time and can be waited for."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import threading
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class ProgramError(Exception):
    """A program ended, or did not say in time what was waited for; the text holds the end of its output."""


def die_with_parent():
    """Runs in the child before exec: whatever happens to the test, no program of its stays behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Stream:
    """Text that comes from a file descriptor, collected in `output` all the time; what is sent goes to another one."""

    def __init__(self, name, read_fd, write_fd):
        self.name = name
        self._read_fd, self._write_fd = read_fd, write_fd
        self._text = ""
        self._changed = threading.Condition()
        self._eof = False
        self._reader = threading.Thread(target=self._collect, name=f"read {name}", daemon=True)
        self._reader.start()

    @property
    def output(self):
        with self._changed:
            return self._text

    def _collect(self):
        while True:
            try:
                data = os.read(self._read_fd, 65536)
            except OSError:  # a pty says EIO when the other side is gone
                data = b""
            with self._changed:
                self._text += data.decode(errors="replace")
                self._eof = self._eof or not data
                self._changed.notify_all()
            if not data:
                return

    def mark(self):
        """Position at the end of the output so far, for wait_for(start=...)."""
        with self._changed:
            return len(self._text)

    def wait_for(self, pattern, timeout, start=0):
        """Waits until `pattern` stands in the output from `start` on; returns the match (of the text from `start`)."""
        deadline = time.monotonic() + timeout
        compiled = re.compile(pattern, re.M)
        with self._changed:
            while True:
                found = compiled.search(self._text, start)
                if found:
                    return found
                left = deadline - time.monotonic()
                if self._eof:
                    raise ProgramError(f"{self.name} ended before it said {pattern!r}:\n{self.tail()}")
                if left <= 0:
                    raise ProgramError(f"{self.name} did not say {pattern!r} in {timeout:g} s:\n{self.tail()}")
                self._changed.wait(left)

    def tail(self, lines=25):
        with self._changed:
            return "\n".join(self._text.splitlines()[-lines:])

    def send(self, text):
        """Writes `text` to the other side."""
        data = text.encode()
        while data:
            data = data[os.write(self._write_fd, data):]


class Program(Stream):
    """A child process in a session of its own, standard output and error merged into `output`."""

    def __init__(self, argv, name=None, pty=False, **popen):
        self.argv = [str(a) for a in argv]
        self._stop_asked = False
        if pty:
            read_fd, child = os.openpty()
            write_fd = read_fd
            stdin = stdout = child
        else:
            read_fd, stdout = os.pipe()
            stdin, write_fd = os.pipe()
        try:
            self.popen = subprocess.Popen(self.argv, stdin=stdin, stdout=stdout, stderr=subprocess.STDOUT,
                                          start_new_session=True, preexec_fn=die_with_parent, **popen)
        finally:
            for fd in {stdin, stdout}:
                os.close(fd)
        super().__init__(name or os.path.basename(self.argv[0]), read_fd, write_fd)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def running(self):
        return self.popen.poll() is None

    def wait(self, timeout):
        """Exit status when the program ends by itself within `timeout` seconds."""
        try:
            status = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ProgramError(f"{self.name} did not end in {timeout:g} s:\n{self.tail()}") from None
        self._reader.join(2)
        return status

    def signal(self, number):
        if self.running:
            os.kill(self.pid, number)

    def kill(self):
        """Ends the program without a chance to clean up, as a crash would."""
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def _kill_helpers(self):
        """Ends what the program left in its process group, which is its own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def stop(self, grace=5):
        """Ends the program and its children: SIGTERM, and SIGKILL when that was not enough. Returns the exit status."""
        if self._stop_asked:
            return self.popen.returncode
        self._stop_asked = True
        self.signal(signal.SIGTERM)
        try:
            self.popen.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
        self._kill_helpers()
        self._reader.join(2)
        for fd in {self._read_fd, self._write_fd}:
            with contextlib.suppress(OSError):
                os.close(fd)
        return self.popen.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def run(argv, timeout=30, check=True, **kwargs):
    """Runs a short command to its end; returns its standard output. An error is told with what it wrote."""
    argv = [str(a) for a in argv]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, **kwargs)
    if check and done.returncode:
        raise ProgramError(f"{' '.join(argv)}: exit status {done.returncode}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout
