# SPDX-License-Identifier: MIT
"""Python's subprocess."""

import os
import subprocess

from measure import check, measure


def run(events):
    for _ in range(events):
        check("status", subprocess.call(["/bin/true"]), 0)


def memory():
    """As common/spawn.c."""
    free = os.sysconf("SC_AVPHYS_PAGES") // 2 * os.sysconf("SC_PAGESIZE")
    return min(free, 4 << 30)


measure("small", 300, run)
used = bytearray(b"\1") * memory()
measure("large", 300, run)
