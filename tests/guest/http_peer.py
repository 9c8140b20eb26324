#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A host that a guest exchanges known content with by TCP: http_peer.py ADDRESS

GET /<n> answers n bytes of content(n). GET /halves/<n> sends one half, says "half" and sends the other when a line
comes in on standard input. POST answers a line with the SHA-256 of what it was sent. Says "listening" when it is.
"""

import hashlib
import random
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8080


def content(length):
    """The same bytes on both sides, in no pattern that would hide a lost or doubled segment. No byte is zero:
    busybox wget sends a file up to there."""
    return random.Random(length).randbytes(length // 2 + 1).hex().encode()[:length]


class Peer(BaseHTTPRequestHandler):
    def do_GET(self):
        *halves, length = self.path.strip("/").split("/")
        body = content(int(length))
        self.start(len(body))
        if halves:
            self.wfile.write(body[:len(body) // 2])
            print("half", flush=True)
            sys.stdin.readline()
            body = body[len(body) // 2:]
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = hashlib.sha256(body).hexdigest().encode() + b"\n"
        self.start(len(answer))
        self.wfile.write(answer)

    def start(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_):
        """Requests are told by whoever sends them."""


if __name__ == "__main__":
    server = ThreadingHTTPServer((sys.argv[1], PORT), Peer)
    print("listening", flush=True)
    server.serve_forever()
