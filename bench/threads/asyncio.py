# SPDX-License-Identifier: MIT
"""call_soon_threadsafe, of asyncio and of uvloop."""

import asyncio
import threading

from measure import measure


async def receive(threads, events):
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    each = events // threads + 1
    left = each * threads

    def called():
        nonlocal left
        left -= 1
        if not left:
            done.set()

    def call_many():
        for _ in range(each):
            loop.call_soon_threadsafe(called)

    callers = [threading.Thread(target=call_many) for _ in range(threads)]
    for caller in callers:
        caller.start()
    await done.wait()
    for caller in callers:
        caller.join()


for threads in 1, 4:
    measure(f"from_{threads}", 20000,
            lambda events: asyncio.run(receive(threads, events)))
