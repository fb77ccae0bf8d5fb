# SPDX-License-Identifier: MIT
"""Work given to several lanes side by side."""

import json
import os
import queue
import subprocess
import sys
import threading

import sandbox

HERE = os.path.dirname(os.path.abspath(__file__))


class Lanes:
    def __init__(self, count, settings):
        self.settings = json.dumps(settings)
        self.count = count
        self.processes = []

    def _start(self):
        process = subprocess.Popen(
            sandbox.COMMAND + [sys.executable, "-B",
                               os.path.join(HERE, "lane.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        process.stdin.write(self.settings + "\n")
        return process

    def each(self, jobs):
        """Yields (job, answer) for each of (job, what the lane is to do), as
        they come. What to do is asked for when a lane is free."""
        todo = iter(jobs)
        lock, done = threading.Lock(), queue.Queue()
        for _ in range(self.count):
            threading.Thread(target=self._work, args=(todo, lock, done),
                             daemon=True).start()
        working = self.count
        while working:
            job, answer = done.get()
            if isinstance(answer, Exception):
                raise answer
            if answer is None:
                working -= 1
            else:
                yield job, answer

    def _work(self, todo, lock, done):
        lane = None
        try:
            while True:
                with lock:
                    job, wanted = next(todo)
                lane = lane or self._start()
                lane.stdin.write(json.dumps(wanted) + "\n")
                lane.stdin.flush()
                answer = lane.stdout.readline()
                if not answer:
                    raise RuntimeError(f"a lane ended over {job}")
                done.put((job, json.loads(answer)))
        except StopIteration:
            if lane:
                lane.stdin.close()
            done.put((None, None))
        except Exception as error:  # told where it is waited for
            done.put((None, error))

    def end(self):
        for process in self.processes:
            process.kill()
