# SPDX-License-Identifier: MIT
"""reactor.callFromThread. Twisted's reactor runs once: the warming and the
measured calls are in one run."""

import threading
import time

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred


async def receive(threads, events):
    each = events // threads + 1
    left = each * threads
    done = Deferred()

    def called():
        nonlocal left
        left -= 1
        if not left:
            done.callback(None)

    def call_many():
        for _ in range(each):
            reactor.callFromThread(called)

    callers = [threading.Thread(target=call_many) for _ in range(threads)]
    for caller in callers:
        caller.start()
    await done
    for caller in callers:
        caller.join()


async def main():
    for threads in 1, 4:
        await receive(threads, 1000)
        begun = time.perf_counter_ns()
        await receive(threads, 20000)
        duration = time.perf_counter_ns() - begun
        print(f"from_{threads} {duration / 20000:.3f}", flush=True)


def run():
    d = ensureDeferred(main())
    d.addErrback(lambda failure: failure.printTraceback())
    d.addBoth(lambda _: reactor.stop())


reactor.callWhenRunning(run)
reactor.run()
