# SPDX-License-Identifier: MIT
"""The measuring: every job is done by its contestants in turn, several rounds
over, so that what the machine does meanwhile falls upon all of them."""

import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from . import contestants, works
from .contestants import Failed


@dataclass
class Job:
    """`measure(name)` gives pairs of figure and value."""

    name: str
    contestants: tuple
    measure: object
    rounds: int


@dataclass
class Results:
    samples: dict = field(default_factory=dict)
    failures: list = field(default_factory=list)

    def add(self, figure, name, value):
        self.samples.setdefault((figure, name), []).append(value)

    def median(self, figure, name):
        samples = self.samples.get((figure, name))
        return statistics.median(samples) if samples else None


class Servers:
    """One server for each contestant, started when it is needed."""

    def __init__(self, complain):
        self.running = {}
        self.complain = complain

    def load(self, work, name, mode, options, fresh=False):
        if (work, name) not in self.running or fresh:
            self.stop_one(work, name)
            self.running[work, name] = contestants.Server(work, name)
        return self.running[work, name].load(mode, options)

    def stop_one(self, work, name):
        server = self.running.pop((work, name), None)
        complaint = server and server.stop()
        if complaint:
            self.complain(f"{work}/{name} says: {complaint}")

    def stop(self):
        for work, name in list(self.running):
            self.stop_one(work, name)


def memory_job(work, table, rounds):
    def measure(name):
        for figure, value in contestants.run(work, name):
            yield f"{work}/{figure}", value

    return Job(work, table.contestants, measure, rounds)


def cores_job(count, rounds, seconds):
    """As many threads, each with a port of its own of the same number."""
    def measure(name):
        server = contestants.Server("cores", name, [str(count)], None)
        try:
            for figure, value in server.load_from_all(
                    "closed", ["-c", "100", "-s", seconds]):
                yield f"cores/{count}/{figure}", value
        finally:
            server.stop()

    return Job(f"cores {count}", works.CORES.contestants, measure, rounds)


def load_job(servers, work, key, names, mode, options, rounds, fresh=False):
    def measure(name):
        for figure, value in servers.load(work, name, mode, options, fresh):
            yield f"{work}/{key}/{figure}", value

    return Job(f"{work} {key}", names, measure, rounds)


def count_job(work, key, names, how, interpreters=False, **more):
    """What the tables show of it, and no more. `interpreters`: those under
    callgrind, too, which takes long."""

    def measure(name):
        def shown(*figures):
            return any(works.shows(f"{work}/{key}/{figure}", name)
                       for figure in figures)

        compiled = name.partition("@")[0] in works.COMPILED
        if shown("outside"):
            total, inside = contestants.count_outside(work, name, *how,
                                                      **more)
            yield f"{work}/{key}/instructions", total
            yield f"{work}/{key}/inside", inside
            yield f"{work}/{key}/outside", total - inside
        elif shown("instructions") and (
                compiled or (interpreters and name != "node")):
            yield (f"{work}/{key}/instructions",
                   contestants.count_instructions(work, name, *how, **more))
        if shown("calls"):
            yield (f"{work}/{key}/calls",
                   contestants.count_system_calls(work, name, *how, **more))
        if shown("allocations", "copied", "held") and compiled:
            allocations, copied, held = contestants.count_allocations(
                work, name, *how, **more)
            yield f"{work}/{key}/allocations", allocations
            yield f"{work}/{key}/copied", copied
            yield f"{work}/{key}/held", held

    return Job(f"{work} {key}", names, measure, 1)


def memory_count_job(work, table):
    """Of those whose counts are shown: not of what is interpreted."""
    names = [name for name in table.contestants
             if name in works.MEMORY_COUNTS.contestants]

    def measure(name):
        for figure, value in contestants.count_memory(work, name):
            yield f"{work}/{figure}", value

    return Job(f"{work} counts", names, measure, 1)


def memory_jobs(quick):
    def rounds_for(work):
        if quick:
            return 1
        # A million timers and 4 GB take their time.
        return 3 if work in ("timers", "spawn") else 5

    return [memory_job(work, table, rounds_for(work))
            for work, table in works.IN_MEMORY.items()]


def count_jobs(quick):
    full = not quick
    greeters = works.COMPILED if quick else works.GREETERS
    return [memory_count_job(work, works.IN_MEMORY[work])
            for work in ("deferred", "coroutine", "lines", "timers")] + [
        count_job("echo", "counts", works.ECHOERS, ("echo:64", 50, 20), full),
        count_job("greeting", "counts_1", greeters, ("lines:1", 50, 20), full),
        count_job("greeting", "counts_32", works.GREETERS,
                  ("lines:32", 50, 5)),
        count_job("greeting", "counts_pieces", works.COMPILED,
                  ("pieces:3", 50, 10)),
        count_job("echo", "counts_64k", works.COMPILED, ("echo:65536", 1, 20)),
        count_job("bulk", "counts", works.COMPILED, ("bulk:4194304", 1, 2)),
        count_job("bulk", "counts_sink", works.COMPILED,
                  ("sink:4194304", 1, 2), reconnect=True),
        count_job("echo", "counts_churn", works.COMPILED, ("echo:64", 20, 5),
                  reconnect=True),
        count_job("greeting", "counts_churn", works.COMPILED,
                  ("lines:1", 20, 5), reconnect=True),
        count_job("datagrams", "counts", works.DATAGRAMMERS,
                  ("datagrams:32", 1, 20)),
    ]


def secure_count_jobs():
    names = works.SECURE_COMPILED
    return [
        count_job("tls/echo", "counts", names, ("echo:64", 50, 20)),
        count_job("tls/echo", "counts_full", names, ("echo:64", 2, 5),
                  reconnect=True),
        count_job("tls/echo", "counts_resumed", names, ("echo:64", 2, 5),
                  reconnect=True, resume=True),
        count_job("tls/bulk", "counts", names, ("bulk:1048576", 1, 4)),
        count_job("tls/bulk", "counts_sink", names, ("sink:1048576", 1, 4),
                  reconnect=True),
    ]


def secure_jobs(servers, quick):
    rounds, seconds = (1, "0.2") if quick else (3, "0.5")
    jobs = [load_job(servers, "tls/handshake", f"{kind}_{version}",
                     works.SHAKERS, "churn",
                     ["-x", "greeting", "-t", version, "-s", seconds, *how],
                     rounds)
            for version in ("1.3", "1.2")
            for kind, how in (("full", []), ("resumed", ["-R"]))]
    jobs += [load_job(servers, "tls/bulk", mode, works.SECURE, mode,
                      ["-s", seconds], rounds)
             for mode in ("send", "receive")]
    jobs += [
        load_job(servers, "tls/echo", "50x64", works.SECURE, "closed",
                 ["-s", seconds], rounds),
        load_job(servers, "tls/echo", "idle", works.SECURE, "memory",
                 ["-c", "200" if quick else "2000"], 1, fresh=True),
    ]
    return jobs


def matrix_jobs(servers, quick, rounds, seconds):
    def rounds_for(connections):
        """To connect so many takes longer than to measure them; they are
        but in the plots."""
        return rounds if connections <= 5000 else min(rounds, 2)

    cells = [(n, size) for size in works.SIZES for n in works.CONNECTIONS]
    if quick:
        cells = [(1, 64), (50, 64), (500, 64), (50, 4096), (50, 65536)]
    def names(cell):
        more = works.SPINNERS if cell == (1, 64) else ()
        return works.ECHOERS + more + ("floor-uring",) * (cell in works.URING)

    jobs = [load_job(servers, "echo", f"{n}x{size}", names((n, size)),
                     "closed",
                     ["-x", f"echo:{size}", "-c", str(n), "-s", seconds],
                     rounds_for(n)) for n, size in cells]
    sizes = (10, 100, 1000, 5000) if quick else works.GROWTH
    jobs += [load_job(servers, "echo", f"{n}x64", works.LOOPS, "closed",
                      ["-c", str(n), "-s", seconds], rounds_for(n))
             for n in sizes if (n, 64) not in cells]
    return jobs


def network_jobs(servers, quick):
    rounds, seconds = (1, "0.1") if quick else (3, "0.3")
    idle = "2000" if quick else "18000"
    jobs = matrix_jobs(servers, quick, rounds, seconds)
    jobs += [
        load_job(servers, "echo", "rate", works.ECHOERS, "rate",
                 ["-s", "0.4" if quick else "1"], 3),
        load_job(servers, "echo", "churn", works.ECHOERS, "churn",
                 ["-s", seconds], rounds),
        load_job(servers, "echo", "idle", works.ECHOERS, "memory",
                 ["-c", idle], 1, fresh=True),
        load_job(servers, "greeting", "idle", works.GREETERS, "memory",
                 ["-x", "lines:1", "-c", idle], 1, fresh=True),
    ]
    jobs += [load_job(servers, "greeting", key, works.GREETERS, "closed",
                      ["-x", key, "-s", seconds], rounds)
             for key in works.CHUNKINGS]
    jobs += [load_job(servers, "bulk", mode, works.MOVERS, mode,
                      ["-s", seconds], rounds)
             for mode in ("send", "receive")]
    jobs.append(load_job(servers, "datagrams", "echo", works.DATAGRAMMERS,
                         "closed", ["-x", "datagrams:32", "-c", "4", "-s",
                                    seconds], rounds))
    jobs += [cores_job(count, 1 if quick else 7, seconds)
             for count in works.THREAD_COUNTS]
    if not quick:
        jobs.append(load_job(servers, "echo", "active", works.ECHOERS, "rate",
                             ["-c", "180", "-i", "17820", "-r", "2000", "-s",
                              "1.5"], 3))
    return jobs


def able(job):
    work = job.name.split()[0]
    names = dict.fromkeys(job.contestants)
    if contestants.BEFORE:
        names = [name + when for name in names if name.startswith("evert")
                 for when in ("@before", "")]
    return [name for name in names if contestants.command(work, name)]


def measure_one(job, name, results):
    try:
        for figure, value in job.measure(name):
            results.add(figure, name, value)
    except Failed as failure:
        results.failures.append(f"{job.name}, {name}: {failure}")


def count_all(jobs, results):
    """Counts do not depend on what else runs."""
    with ThreadPoolExecutor(len(contestants.PROCESSORS)) as pool:
        for job in jobs:
            for name in able(job):
                pool.submit(measure_one, job, name, results)


def time_all(jobs, results, tell):
    for job in jobs:
        begun = time.monotonic()
        for _ in range(job.rounds):
            for name in able(job):
                measure_one(job, name, results)
        tell(job.name, time.monotonic() - begun)


def chosen(jobs, only):
    return [job for job in jobs if not only or job.name.startswith(only)]


def do_all(quick, only=None):
    """`only`: the works whose names begin with it."""
    results = Results()
    begun = time.monotonic()

    def tell(what, seconds):
        print(f"{time.monotonic() - begun:4.0f} s  {seconds:5.1f} s  {what}",
              file=sys.stderr, flush=True)

    servers = Servers(lambda text: print(text, file=sys.stderr))
    try:
        count_all(chosen(count_jobs(quick) + secure_count_jobs(), only),
                  results)
        tell("counts", time.monotonic() - begun)
        timed = (memory_jobs(quick) + network_jobs(servers, quick) +
                 secure_jobs(servers, quick))
        time_all(chosen(timed, only), results, tell)
    finally:
        servers.stop()
    return results
