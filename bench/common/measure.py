# SPDX-License-Identifier: MIT
"""common/measure.h, for Python."""

import gc
import time


def measure(figure, events, work):
    """Calls work(n) with a small n, to get warm, then with `events`."""
    work(events // 10 + 1)
    gc.collect()
    begun = time.perf_counter_ns()
    work(events)
    duration = time.perf_counter_ns() - begun
    print(f"{figure} {duration / events:.3f}", flush=True)


def check(what, got, expected):
    """Stops the program when what the work has produced is wrong."""
    if got != expected:
        raise SystemExit(f"{what}: {got} instead of {expected}")
