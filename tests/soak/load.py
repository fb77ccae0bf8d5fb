# SPDX-License-Identifier: MIT
"""Random load from a seed: for each server some threads, each a client that
comes again and again."""

import collections
import copy
import random
import threading
import time

import hostile
from clients import Dropped, Wrong


class Load:
    def __init__(self, servers, seed, number):
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.counts = {s.name: collections.Counter() for s in servers}
        self.wrong = []
        self.threads = []
        for server in servers:
            for kind in server.kinds:
                visited = copy.copy(server)
                visited.client = kind()
                visited.rest = self.ended.wait
                self.prepare(visited, seed, number)

    def prepare(self, server, seed, number):
        for i in range(number):
            for visit in self.behave, self.misbehave:
                rng = random.Random(f"{seed} {server.name} {i} "
                                    f"{type(server.client).__name__} "
                                    f"{visit.__name__}")
                self.threads.append(threading.Thread(
                    target=self.come, args=(visit, rng, server), daemon=True))

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self, seconds=60):
        """False: somebody does not come back."""
        self.ended.set()
        until = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)

    def come(self, visit, rng, server):
        while not self.ended.is_set():
            visit(rng, server)
            self.ended.wait(rng.expovariate(20))

    def count(self, server, what):
        with self.lock:
            self.counts[server.name][what] += 1

    def behave(self, rng, server):
        try:
            server.client.visit(rng, server)
            self.count(server, "right")
        except Dropped:
            self.count(server, "dropped")
        except Exception as error:
            self.count(server, "wrong")
            kind = "" if isinstance(error, Wrong) else f"{type(error).__name__}: "
            with self.lock:
                self.wrong.append((server.name, f"{kind}{error}"))

    def misbehave(self, rng, server):
        way = rng.choice(hostile.ways(server))
        try:
            way(rng, server)
        except (OSError, Wrong):
            pass  # what a client like that deserves
        self.count(server, way.__name__)
