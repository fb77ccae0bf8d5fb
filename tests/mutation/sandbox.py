# SPDX-License-Identifier: MIT
"""Where changed code may do no harm: processes, network and files of its own.

What was a kill of one child may be a kill of all, once it is changed; a file
removed may be another. So a lane is the first process of a namespace of
processes (which a kill of all does not reach), sees the loopback alone, and
may write nowhere but to a /tmp and a /dev/shm of its own, which are gone when
it ends. For that it has to be root, in a container with the rights or out of
one."""

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import time

COMMAND = ["unshare", "--mount", "--pid", "--net", "--ipc", "--fork",
           "--kill-child", "--mount-proc", "--propagation", "private"]
MEMORY = 4 << 30	# bytes of addresses a test may use
FILE = 256 << 20	# bytes of a file it may write

MS_RDONLY, MS_REMOUNT, MS_BIND = 1, 32, 4096
KEPT = ("/proc", "/sys", "/dev", "/tmp", "/mnt")


def possible():
    return os.geteuid() == 0 and subprocess.run(
        COMMAND + ["true"], stderr=subprocess.DEVNULL).returncode == 0


def enter():
    """Of the first process of a namespace: shuts the rest."""
    for folder in ("/tmp", "/dev/shm"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2g,mode=1777",
                        "evert-mutation", folder], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/mounts") as mounts:
        folders = [line.split()[1] for line in mounts]
    for folder in folders:
        if folder.startswith(KEPT):
            continue
        if libc.mount(None, folder.encode(), None,
                      MS_REMOUNT | MS_BIND | MS_RDONLY, None):
            sys.exit(f"{folder} can't be made read-only")


class Ended:
    def __init__(self, status, said, seconds, timed_out):
        self.status = status
        self.said = said
        self.seconds = seconds
        self.timed_out = timed_out


def run(command, env, cwd, seconds, cpu, memory=MEMORY):
    """Runs it for so many seconds at most, CPU of them of processor time in
    each process; whatever it leaves behind is ended."""
    def prepare():
        for number in signal.SIGINT, signal.SIGQUIT, signal.SIGHUP:
            signal.signal(number, signal.SIG_DFL)  # as a background job is not
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    began = time.monotonic()
    with open("/tmp/said", "w+b") as said:
        process = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=said,
            stderr=said, preexec_fn=prepare, start_new_session=True)
        end = os.pidfd_open(process.pid)
        ready, _, _ = select.select([end], [], [], seconds)
        os.close(end)
        end_all()
        status = process.wait()
        reap()
        said.seek(0)
        text = said.read(1 << 20).decode(errors="replace")
    return Ended(status, text, time.monotonic() - began, not ready)


def end_all():
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass


def reap():
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass
