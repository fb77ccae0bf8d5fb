# SPDX-License-Identifier: MIT
"""Where and when it was measured, and with which versions."""

import datetime
import os
import platform
import re
import subprocess

from .contestants import PYTHON

PACKAGES = ("libuv1-dev", "libevent-dev", "libev-dev", "libboost-context-dev", "libboost-dev",
            "libcapnp-dev", "python3-twisted", "python3-uvloop", "libssl3",
            "nginx", "libc6",
            "valgrind", "strace")
QUIET = 0.5  # runnable processes; with more, times are too long


def _output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _first(pattern, text, otherwise="unknown"):
    found = re.search(pattern, text, re.M)
    return found[1].strip() if found else otherwise


def _read(path):
    with open(path) as file:
        return file.read()


def describe(load_before):
    """Pairs of what and which."""
    memory = int(_first(r"^MemTotal:\s+(\d+)", _read("/proc/meminfo"), "0"))
    system = _first(r'^PRETTY_NAME="(.*)"', _read("/etc/os-release"))
    cpu = _first(r"^model name\s*:(.*)$", _read("/proc/cpuinfo"))
    yield "date", datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
    yield "processor", (f"{cpu}, {len(os.sched_getaffinity(0))} cores, "
                        f"{platform.machine()}")
    yield "memory", f"{memory / 1024 / 1024:.0f} GiB"
    yield "system", f"{system}, Linux {platform.release()}"
    yield "load before", f"{load_before:.2f}"
    compiler = os.environ.get("CC", "cc")
    yield "compiler", (_output(compiler, "--version").splitlines() or ["-"])[0]
    yield "flags", os.environ.get("CFLAGS", "")
    yield "Python", _output(PYTHON, "--version").removeprefix("Python ")
    yield "Node", _output("node", "--version").removeprefix("v") or "-"
    for package in PACKAGES:
        version = _output("dpkg-query", "-W", "-f", "${Version}", package)
        yield package, version or "-"
