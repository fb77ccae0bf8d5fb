# SPDX-License-Identifier: MIT
"""Twisted's LineReceiver, and the faster one that has no raw mode."""

from twisted.internet.testing import StringTransport
from twisted.protocols.basic import LineOnlyReceiver, LineReceiver

from measure import check, measure

LINE, LINES = 64, 1024
CHUNK = (b"x" * (LINE - 2) + b"\r\n") * LINES


def receive(base):
    class Counter(base):
        lines = bytes = 0

        def lineReceived(self, line):
            self.lines += 1
            self.bytes += len(line)

    def work(events):
        counter = Counter()
        counter.makeConnection(StringTransport())
        rounds = -(-events // LINES)
        for _ in range(rounds):
            counter.dataReceived(CHUNK)
        check("lines", counter.lines, rounds * LINES)
        check("bytes", counter.bytes, rounds * LINES * (LINE - 2))

    return work


measure("lines", 200000, receive(LineReceiver))
measure("lines_only", 500000, receive(LineOnlyReceiver))
