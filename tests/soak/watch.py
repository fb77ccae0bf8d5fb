# SPDX-License-Identifier: MIT
"""What a server takes, from /proc, its children's included."""

import os
import time

TICKS = os.sysconf("SC_CLK_TCK")


def read(path):
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def family(pid):
    """The process and its children; a worker has none."""
    children = read(f"/proc/{pid}/task/{pid}/children").split()
    return [pid] + [int(child) for child in children]


def rolled_up(pid):
    """KiB by name."""
    lines = read(f"/proc/{pid}/smaps_rollup").splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


def one(pid):
    status = read(f"/proc/{pid}/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines()
                  if ":\t" in line)
    memory = rolled_up(pid)
    # What follows the name, which may hold blanks, is numbered from 3 on.
    stat = read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()
    return {
        "pss": memory["Pss"],
        "heap": memory["Anonymous"],
        "rss": int(fields["VmRSS"].split()[0]),
        "threads": int(fields["Threads"]),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "cpu": (int(stat[11]) + int(stat[12])) / TICKS,
    }


def look(pid):
    """KiB of memory, descriptors, threads, seconds of CPU; {}: it is gone.
    Of memory: pss shares what is shared; heap is all that is nobody else's,
    and of no file."""
    total = {"time": time.monotonic()}
    try:
        for process in family(pid):
            try:
                for name, number in one(process).items():
                    total[name] = total.get(name, 0) + number
            except (OSError, KeyError):
                if process == pid:
                    raise
    except (OSError, KeyError):
        return {}
    return total
