# SPDX-License-Identifier: MIT
"""Is it flat? Of what was recorded of one server."""

import statistics

# KiB that may be added during the second half, whatever it takes: allocators
# fill up. And this part of what it takes.
SLACK = 512
PART = 0.1
# The part of a second that may be computed for nobody: a few clock ticks.
BUSY = 0.06


def slope(times, values):
    """Theil and Sen: the median of the slopes of all pairs, which outliers do
    not move. At most some 200 points are looked at."""
    step = max(1, len(times) // 200)
    points = list(zip(times[::step], values[::step]))
    slopes = [(v - u) / (t - s)
              for i, (s, u) in enumerate(points)
              for t, v in points[i + 1:] if t > s]
    return statistics.median(slopes) if slopes else 0


def second_half(samples):
    middle = (samples[0]["time"] + samples[-1]["time"]) / 2
    return [s for s in samples if s["time"] >= middle]


def growth(samples, what):
    """How much was added during the second half."""
    half = second_half(samples)
    times = [s["time"] for s in half]
    return slope(times, [s[what] for s in half]) * (times[-1] - times[0])


def judge(samples, before, after, slack=SLACK):
    """What is wrong, in words: nothing, if it is flat. `before` and `after`
    are what it took before the load and when it had gone; `after` has `busy`,
    the part of a second that it computed with nobody there."""
    wrong = []
    if len(samples) >= 2:
        grown = growth(samples, "pss")
        most = slack + PART * statistics.median(s["pss"] for s in samples)
        if grown > most:
            wrong.append(f"memory grew by {grown:.0f} KiB in the second half "
                         f"({most:.0f} may be)")
    for what in "descriptors", "threads":
        if after[what] > before[what]:
            wrong.append(f"{after[what]} {what} are left, of "
                         f"{before[what]} before")
    if after["busy"] > BUSY:
        wrong.append(f"busy for {after['busy']:.0%} of the time with nobody "
                     "there")
    return wrong
