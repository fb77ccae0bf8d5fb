# SPDX-License-Identifier: MIT
"""deferToThreadPool. Twisted's reactor runs once: the warming and the measured
jobs are in one run."""

import time

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

THREADS = 4


def work():
    pass


async def defer(pool, events, at_once):
    finished = Deferred()
    to_begin = to_end = events

    def begin():
        nonlocal to_begin
        to_begin -= 1
        deferToThreadPool(reactor, pool, work).addCallback(done)

    def done(_):
        nonlocal to_end
        to_end -= 1
        if to_begin:
            begin()
        if not to_end:
            finished.callback(None)

    for _ in range(min(events, at_once)):
        begin()
    await finished


async def main():
    pool = ThreadPool(THREADS, THREADS)
    pool.start()
    for figure, at_once in ("one", 1), ("many", 1000):
        await defer(pool, 1000, at_once)
        begun = time.perf_counter_ns()
        await defer(pool, 10000, at_once)
        duration = time.perf_counter_ns() - begun
        print(f"{figure} {duration / 10000:.3f}", flush=True)
    pool.stop()


def run():
    d = ensureDeferred(main())
    d.addErrback(lambda failure: failure.printTraceback())
    d.addBoth(lambda _: reactor.stop())


reactor.callWhenRunning(run)
reactor.run()
