# SPDX-License-Identifier: MIT
"""run_in_executor, of asyncio and of uvloop. Fair: with the callback of its
future, which takes less than a task that awaits it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from measure import measure

THREADS = 4


def work():
    pass


async def defer(events, at_once):
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(THREADS)
    finished = asyncio.Event()
    to_begin = to_end = events

    def begin():
        nonlocal to_begin
        to_begin -= 1
        loop.run_in_executor(pool, work).add_done_callback(done)

    def done(future):
        nonlocal to_end
        future.result()
        to_end -= 1
        if to_begin:
            begin()
        if not to_end:
            finished.set()

    for _ in range(min(events, at_once)):
        begin()
    await finished.wait()
    pool.shutdown()


for figure, at_once in ("one", 1), ("many", 1000):
    measure(figure, 10000,
            lambda events: asyncio.run(defer(events, at_once)))
