# SPDX-License-Identifier: MIT
"""asyncio's StreamReader, fed as its protocol feeds it."""

import asyncio

from measure import check, measure

LINE, LINES = 64, 1024
CHUNK = (b"x" * (LINE - 2) + b"\r\n") * LINES


async def receive(events):
    reader = asyncio.StreamReader()
    lines = size = 0
    rounds = -(-events // LINES)
    for _ in range(rounds):
        reader.feed_data(CHUNK)
        for _ in range(LINES):
            line = await reader.readline()
            lines += 1
            size += len(line) - 2
    check("lines", lines, rounds * LINES)
    check("bytes", size, rounds * LINES * (LINE - 2))


measure("lines", 200000, lambda events: asyncio.run(receive(events)))
