# SPDX-License-Identifier: MIT
"""How a contestant is run, served to, and counted."""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(HERE, os.environ.get("BUILD", "../build/bench"))
COUNT = os.path.join(BUILD, "probe/count.so")
# The programs of another commit; "evert@before" is there what evert is here.
BEFORE = os.environ.get("BEFORE")

# Packages of the distribution are seen by its own Python.
PYTHON = next(p for p in ("/usr/bin/python3", sys.executable)
              if os.path.exists(p))
PROCESSORS = sorted(os.sched_getaffinity(0))
SECONDS_AT_MOST = 120


def _imports(module):
    try:
        return subprocess.run([PYTHON, "-c", f"import {module}"],
                              capture_output=True).returncode == 0
    except OSError:
        return False


def _allows_io_uring():
    """io_uring_setup, which containers and administrators forbid."""
    system_call = ctypes.CDLL(None, use_errno=True).syscall
    ring = system_call(425, 1, ctypes.create_string_buffer(120))
    if ring >= 0:
        os.close(ring)
    return ring >= 0


HAS = {
    "python": _imports("subprocess"),
    "asyncio": _imports("asyncio"),
    "uvloop": _imports("uvloop"),
    "twisted": _imports("twisted"),
    "node": shutil.which("node") is not None,
    "nginx": shutil.which("nginx") is not None,
}

# Programs that cannot run everywhere.
CAN = {"floor-uring": _allows_io_uring()}

# ---- Works, and the same over TLS: "tls/echo" ----

TLS = "tls/"


def _for(work, file):
    """What is to be taken for the work, of two."""
    stem, suffix = os.path.splitext(file)
    secure = "-tls" if work.startswith(TLS) else ""
    return os.path.join(BUILD, f"{stem}{secure}{suffix}")


def _load(work):
    return _for(work, "load/load")


def _drive(work):
    return _for(work, "probe/drive.so")


def _environment(work):
    """Where the certificate is, and its key."""
    path = os.path.abspath(os.path.join(BUILD, "tls/certificate.pem"))
    return {"BENCH_TLS": path} if work.startswith(TLS) else {}


def _script(work, file):
    """Over TLS it may be that of the plain work: see common/secure.py."""
    script = os.path.join(HERE, work, file)
    if not os.path.exists(script):
        script = os.path.join(HERE, work.removeprefix(TLS), file)
    return script if os.path.exists(script) else None


def command(work, name):
    """What runs the contestant, or None where it cannot be run here."""
    name, _, before = name.partition("@")
    program = os.path.join(BEFORE if before else BUILD, work, name)
    runner = os.path.join(HERE, "common/contestant.py")
    if work.startswith(TLS) and not os.path.exists(_drive(work)):
        return None
    if not CAN.get(name, True):
        return None
    if name not in HAS:
        return [program] if os.path.exists(program) else None
    file = {"node": "node.mjs", "uvloop": "asyncio.py"}.get(name, f"{name}.py")
    script = _script(work, file)
    if not HAS[name] or not script:
        return None
    if name == "node":
        return ["node", script]
    return [PYTHON, runner, script] + ["uvloop"] * (name == "uvloop")


def _on(processor):
    """Pins the child: servers to the first processor, all else to the last;
    None: to none."""
    if processor is None or len(PROCESSORS) < 2:
        return None
    return lambda: os.sched_setaffinity(0, {PROCESSORS[processor]})


def _figures(text):
    """The lines "FIGURE VALUE" as pairs."""
    for line in text.splitlines():
        figure, _, value = line.partition(" ")
        try:
            yield figure, float(value)
        except ValueError:
            pass


class Failed(Exception):
    """A contestant did not do what it should."""


def _run(arguments, processor=None, environment=None):
    try:
        done = subprocess.run(arguments, capture_output=True, text=True,
                              timeout=SECONDS_AT_MOST,
                              preexec_fn=_on(processor),
                              env={**os.environ, **(environment or {})})
    except subprocess.TimeoutExpired as expired:
        raise Failed(f"{arguments[0]}: took too long") from expired
    if done.returncode:
        raise Failed(f"{' '.join(arguments)}: {done.stderr.strip()[-400:]}")
    return done.stdout


# ---- Time ----


def run(work, name):
    """A work in memory: its figures, in nanoseconds."""
    processor = None if work in ("threads", "pool") else -1
    return list(_figures(_run(command(work, name), processor)))


class Server:
    """A contestant that serves, until it is stopped."""

    def __init__(self, work, name, arguments=(), processor=0):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([*command(work, name), *arguments],
                                        stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True,
                                        preexec_fn=_on(processor),
                                        env={**os.environ,
                                             **_environment(work)})
        self.work = work
        self.port = self.process.stdout.readline().strip()
        if not self.port:
            raise Failed(f"{work}/{name}: does not serve")

    def load(self, mode, options, processor=-1):
        arguments = [_load(self.work), *options, mode, self.port,
                     str(self.process.pid)]
        return list(_figures(_run(arguments, processor,
                                  _environment(self.work))))

    def load_from_all(self, mode, options):
        """By a load generator on each processor, at the same time."""
        with ThreadPoolExecutor(len(PROCESSORS)) as pool:
            loads = [pool.submit(self.load, mode, options, processor)
                     for processor in range(len(PROCESSORS))]
        figures = [dict(load.result()) for load in loads]
        yield "per_second", sum(each["per_second"] for each in figures)
        # Each divides the server's whole time by its own exchanges.
        yield "cpu", 1 / sum(1 / each["cpu"] for each in figures)

    def stop(self):
        """Returns what the server had to complain of: the last line."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        with self.errors:
            self.errors.seek(0)
            lines = self.errors.read().splitlines()
        return f"{lines[-1]} ({len(lines)} lines)" if lines else None


# ---- Counts ----


def _driven(work, also, exchange, connections, rounds, reconnect=False,
            resume=False):
    """The clients in the server's process, and `also` preloaded."""
    environment = {
        **_environment(work),
        "LD_PRELOAD": " ".join([_drive(work), *also]),
        "PROBE_EXCHANGE": exchange,
        "PROBE_CONNECTIONS": str(connections),
        "PROBE_ROUNDS": str(rounds),
    }
    if reconnect:
        environment["PROBE_RECONNECT"] = "1"
    if resume:
        environment["PROBE_RESUME"] = "1"
    return environment


def _profiles(arguments, environment=None):
    """What the program prints, and callgrind's profiles."""
    with tempfile.TemporaryDirectory() as folder:
        text = _run(["valgrind", "--tool=callgrind", "-q",
                     f"--callgrind-out-file={folder}/out", *arguments],
                    environment=environment)
        profiles = []
        for name in os.listdir(folder):
            with open(os.path.join(folder, name)) as file:
                profiles.append(file.read())
    return text, profiles


def _callgrind(arguments, environment=None):
    """What the program prints, and the instructions of each profile."""
    text, profiles = _profiles(arguments, environment)
    counts = {}
    for profile in profiles:
        figure = re.search(r"^desc: Trigger: Client Request: (\S+)", profile,
                           re.M)
        total = re.search(r"^summary: (\d+)", profile, re.M)
        if figure and total:
            counts[figure[1]] = int(total[1])
    return text, counts


def count_memory(work, name):
    """Instructions and allocations per event, of a work in memory."""
    text, instructions = _callgrind(command(work, name))
    events = dict(_figures(text))
    for figure, count in instructions.items():
        yield f"{figure}.instructions", count / events[f"{figure}.events"]
    text = _run(command(work, name), environment={"LD_PRELOAD": COUNT})
    for figure, value in _figures(text):
        if figure.endswith(".allocations"):
            yield figure, value


def count_instructions(work, name, *how, **more):
    text, counts = _callgrind(command(work, name),
                              _driven(work, [], *how, **more))
    return counts["exchanges"] / dict(_figures(text))["exchanges"]


OPENSSL = re.compile(r"/lib(ssl|crypto)\.so")


def _inside(profile, program):
    """The instructions within OpenSSL, and within what it calls of libc: what
    the program's calls into it took, less what its calls into the program
    did."""
    objects, inside, called = {}, 0, False
    here = there = None

    def resolve(text):
        number, _, path = text.partition(" ")
        if path:
            objects[number] = ("program" if os.path.samefile(path, program)
                               else "OpenSSL" if OPENSSL.search(path)
                               else None) if os.path.exists(path) else None
        return objects[number]

    for line in profile.splitlines():
        if line.startswith("ob="):
            here = there = resolve(line[3:])
        elif line.startswith("cob="):
            there = resolve(line[4:])
        elif line.startswith("calls="):
            called = True
        elif called:
            cost = int(line.split()[1])
            inside += cost * ((here, there) == ("program", "OpenSSL"))
            inside -= cost * ((here, there) == ("OpenSSL", "program"))
            there, called = here, False
    return inside


def count_outside(work, name, *how, **more):
    """Instructions per exchange, and those of them within OpenSSL."""
    text, profiles = _profiles(command(work, name),
                               _driven(work, [], *how, **more))
    exchanges = dict(_figures(text))["exchanges"]
    for profile in profiles:
        if "Client Request: exchanges" in profile:
            total = re.search(r"^summary: (\d+)", profile, re.M)
            return int(total[1]) / exchanges, _inside(profile, command(work, name)[0]) / exchanges
    raise Failed(f"{work}/{name}: no profile")


def count_allocations(work, name, *how, **more):
    """Allocations and bytes copied per exchange; bytes held in the end per
    connection."""
    counts = dict(_figures(_run(
        command(work, name),
        environment=_driven(work, [COUNT], *how, **more))))
    return counts["allocations"], counts["copied"], counts["held"]


def _strace(work, name, how, more):
    """All system calls but those of the clients; and the exchanges."""
    with tempfile.NamedTemporaryFile("r") as summary:
        preload = [argument
                   for pair in _driven(work, [], *how, **more).items()
                   for argument in ("-E", "=".join(pair))]
        counts = dict(_figures(_run(
            ["strace", "-f", "-c", "-o", summary.name, *preload,
             *command(work, name)])))
        total = re.search(r"^\S+\s+\S+\s+(?:\d+\s+)?(\d+)\s.*\btotal$",
                          summary.read(), re.M)
    return int(total[1]) - counts["client_calls"], counts["exchanges"]


def count_system_calls(work, name, exchange, connections, rounds, **more):
    """The difference of a long and a short run: without what begins it."""
    short, few = _strace(work, name, (exchange, connections, rounds), more)
    long, many = _strace(work, name, (exchange, connections, 3 * rounds),
                         more)
    return (long - short) / (many - few)
