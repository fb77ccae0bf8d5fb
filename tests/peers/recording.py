# SPDX-License-Identifier: MIT
"""Checks recordings that EVERT_TRACE wrote against docs/tracing.md.

    python3 recording.py [--whole] RUN...

All of them are taken as of one time. Prints how many arrows of bytes lead from
one process to another. --whole: no connection has a peer that did not record,
so each of these arrows has both ends.
"""
import collections
import json
import sys

MADE = {"deferred": "made", "coroutine": "spawned", "connection": "connected",
        "timer": "added"}


def fail(event, what):
    sys.exit(f"{what}: {json.dumps(event)}")


def check_order(events):
    latest = collections.defaultdict(float)
    for event in events:
        if event["ph"] != "s":
            if event["ts"] < latest[event["tid"]]:
                fail(event, "before the event above it")
            latest[event["tid"]] = event["ts"]


def check_calls(events):
    """What begins on a thread, ends there."""
    begun = collections.Counter()
    for event in events:
        if event["ph"] in "BE":
            begun[event["tid"]] += 1 if event["ph"] == "B" else -1
            if begun[event["tid"]] < 0:
                fail(event, "ends what has not begun")
        elif event["ph"] == "f" and not begun[event["tid"]]:
            fail(event, "an arrow to what doesn't run")
    if any(begun.values()):
        sys.exit(f"did not end: {begun}")


def check_ids(events):
    known = collections.defaultdict(set)
    for event in events:
        args = event.get("args", {})
        for kind, first in MADE.items():
            if kind not in args:
                continue
            if event["ph"] == "i" and event["name"] == first:
                if args[kind] in known[kind]:
                    fail(event, "a number was given twice")
                known[kind].add(args[kind])
            elif args[kind] not in known[kind]:
                fail(event, "nothing was told of it before")
        if "on" in args and args["on"] not in known["deferred"]:
            fail(event, "it waits for what nothing was told of")


def check_bytes(events):
    """Every byte is counted, in order; one that was handed over goes on."""
    passed = {}
    for event in events:
        if event.get("cat") != "bytes":
            continue
        args = event["args"]
        way = (event["name"], args["connection"])
        if args["from"] != passed.setdefault(way, args["from"]):
            fail(event, f"{passed[way]} bytes came before it")
        passed[way] += args["count"]
        text = args.get("text")
        if text is not None and len(text) != min(args["count"], 64):
            fail(event, "too long a text, or too short")
        if any(ord(letter) > 255 for letter in text or ""):
            fail(event, "no byte")


def check_arrows(events, whole):
    ends = collections.defaultdict(list)
    for event in events:
        if event["ph"] in "sf":
            ends[event["name"], event["id"]].append(event)
    between = 0
    for (name, _), pair in ends.items():
        if name == "bytes" and len(pair) == 1 and not whole:
            continue
        pair.sort(key=lambda event: (event["ts"], event["ph"] == "f"))
        if [event["ph"] for event in pair] != ["s", "f"]:
            fail(pair, "an arrow with other than two ends")
        between += pair[0]["pid"] != pair[1]["pid"]
    return between


def check(paths, whole):
    everything = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            events = json.load(file)
        check_order(events)
        check_calls(events)
        check_ids(events)
        check_bytes(events)
        everything += events
    print(check_arrows(everything, whole))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    check([path for path in arguments if path != "--whole"],
          "--whole" in arguments)
