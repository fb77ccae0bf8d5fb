# SPDX-License-Identifier: MIT
"""Twisted's Deferreds: what evert's are modelled on."""

from twisted.internet.defer import Deferred, gatherResults

from measure import check, measure


def add_one(number):
    return number + 1


def recover(_failure):
    return 1


def chain(links):
    def work(events):
        total = 0

        def add(number):
            nonlocal total
            total += number

        for _ in range(events):
            d = Deferred()
            for _ in range(links - 1):
                d.addCallback(add_one)
            d.addCallback(add)
            d.callback(1)
        check("chain", total, events * links)

    return work


def chained(events):
    total = 0

    def add(number):
        nonlocal total
        total += number

    for _ in range(events):
        outer, inner = Deferred(), Deferred()
        outer.addCallback(lambda _, inner=inner: inner)
        outer.addCallback(add)
        outer.callback(None)
        inner.callback(1)
    check("chained", total, events)


def failure(events):
    total = 0

    def add(number):
        nonlocal total
        total += number

    for _ in range(events):
        d = Deferred()
        for _ in range(10):
            d.addCallback(add_one)
        d.addErrback(recover)
        d.addCallback(add)
        d.errback(ValueError("no such thing"))
    check("failure", total, events)


def gather(events):
    total = 0

    def add(numbers):
        nonlocal total
        total += sum(numbers)

    rounds = -(-events // 1000)
    for _ in range(rounds):
        inputs = [Deferred() for _ in range(1000)]
        gatherResults(inputs).addCallback(add)
        for d in inputs:
            d.callback(1)
    check("gather", total, rounds * 1000)


def cancel(events):
    total = stopped = 0

    def add(number):
        nonlocal total
        total += number

    def count(_deferred):
        nonlocal stopped
        stopped += 1

    for _ in range(events):
        d = Deferred(count)
        d.addCallback(add_one)
        d.addErrback(recover)
        d.addCallback(add)
        d.cancel()
    check("cancel", total + stopped, 2 * events)


measure("chain_1", 20000, chain(1))
measure("chain_10", 5000, chain(10))
measure("chain_100", 500, chain(100))
measure("chained", 10000, chained)
measure("failure", 2000, failure)
measure("gather", 10000, gather)
measure("cancel", 5000, cancel)
