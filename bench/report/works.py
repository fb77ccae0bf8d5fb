# SPDX-License-Identifier: MIT
"""What is measured, and how it is shown."""

import os
from dataclasses import dataclass, field

NAMES = {
    "evert": "evert",
    "evert-coroutine": "evert, coroutine",
    "evert-segments": "evert, segments",
    "evert-clock": "evert, clock by hand",
    "evert-spin": "evert, spinning",
    "libuv": "libuv",
    "libevent": "libevent",
    "libev": "libev",
    "libev-now": "libev, from the call",
    "kj": "kj",
    "asio": "Boost.Asio",
    "asio-coroutine": "Boost.Asio, coroutine",
    "boost": "Boost.Context",
    "cxx20": "C++20",
    "ucontext": "ucontext",
    "asyncio": "asyncio",
    "uvloop": "uvloop",
    "twisted": "Twisted",
    "node": "Node",
    "nginx": "nginx",
    "python": "Python",
    "floor": "floor",
    "floor-wheel": "wheel",
    "floor-wheel-now": "wheel, from the call",
    "floor-uring": "io_uring floor",
    "floor-switch": "bare switch",
}

ECHOERS = ("evert", "libuv", "libevent", "libev", "kj", "asio",
           "asio-coroutine", "asyncio", "uvloop", "twisted", "node", "floor")
GREETERS = ("evert", "evert-coroutine", "libuv", "libevent", "kj", "asio",
            "asio-coroutine", "asyncio", "uvloop", "twisted", "node", "floor")
SPINNERS = ("evert-spin", "evert", "libuv", "libev", "asio", "floor")
DATAGRAMMERS = ("evert", "evert-segments", "libuv", "asyncio", "uvloop",
                "floor")
MOVERS = ("evert", "libuv", "libevent", "kj", "asyncio", "uvloop", "twisted",
          "node", "floor")
# Those for which instructions and allocations say something, and take seconds
# under callgrind, not minutes.
COMPILED = ("evert", "evert-coroutine", "evert-segments", "libuv", "libevent",
            "libev", "kj", "asio", "asio-coroutine", "floor")
SECURE = ("evert", "libevent", "asyncio", "uvloop", "twisted", "node",
          "floor")
SECURE_COMPILED = ("evert", "libevent", "floor")
SHAKERS = ("evert", "libevent", "nginx", "asyncio", "uvloop", "twisted",
           "node", "floor")
# The lines of a plot.
LOOPS = ("evert", "libuv", "libevent", "libev", "kj", "asio", "uvloop",
         "asyncio", "floor")


@dataclass
class Row:
    label: str
    figure: str  # "work/figure"
    unit: str
    scale: float = 1  # shown is figure * scale, or scale / figure
    inverse: bool = False
    more: bool = False  # is more better?
    target: float = None  # at most; at least, where more is better
    others: dict = field(default_factory=dict)  # contestant: its own figure
    # A target beside others: so many times as good as each, at least.
    times: dict = field(default_factory=dict)
    first: bool = False  # and no peer may be better
    beyond: str = None  # what is shown is beyond this figure of the floor's
    per: str = None  # or divided by this figure of the contestant's own
    who: str = "evert"  # whose target it is

    def show(self, value):
        return self.scale / value if self.inverse else self.scale * value


@dataclass
class Table:
    name: str
    title: str
    contestants: tuple
    rows: list
    note: str = ""


def nanoseconds(label, figure, target=None):
    return Row(label, figure, "ns", target=target)


DEFERRED = Table(
    "deferred", "Deferreds",
    ("evert", "kj", "node", "twisted", "floor"), [
        nanoseconds("make, 1 callback, fire, release", "deferred/chain_1"),
        Row("make, 10 callbacks, fire, release", "deferred/chain_10", "ns",
            times={"kj": 10, "node": 10}),
        nanoseconds("the same ten from a constant table, added at once",
                    "deferred/table_10"),
        nanoseconds("make, 100 callbacks, fire, release",
                    "deferred/chain_100"),
        nanoseconds("a callback returns a Deferred that fires later",
                    "deferred/chained"),
        nanoseconds("a failure passes 10 callbacks, an errback recovers",
                    "deferred/failure"),
        nanoseconds("gather of 1,000: each", "deferred/gather"),
        nanoseconds("make, 3 links, cancel, release", "deferred/cancel"),
    ], "The floor is as many indirect calls as there are callbacks. A Promise "
       "of Node's cannot be cancelled.")

COROUTINES = Table(
    "coroutine", "Coroutines",
    ("evert", "boost", "cxx20", "ucontext", "floor-switch", "floor"), [
        nanoseconds("switch, one way", "coroutine/switch", 3),
        nanoseconds("make, run, finish", "coroutine/spawn", 30),
        nanoseconds("await a Deferred that another side fires",
                    "coroutine/await"),
    ], "evert's coroutine is also a Deferred, which is part of making it. "
       "Those of C++20 have no stack: nothing that they call can wait. The bare "
       "switch is inlined into its loop and saves no registers. The floor is "
       "half an indirect call and its return.")

LINES = Table(
    "lines", "Lines in memory, 64 bytes each",
    ("evert", "libevent", "asyncio", "twisted", "floor"), [
        Row("lines", "lines/lines", "M/s", 1e3, inverse=True, more=True,
            target=100),
        Row("lines; Twisted's LineOnlyReceiver", "lines/lines", "M/s", 1e3,
            inverse=True, more=True,
            others={"twisted": "lines/lines_only"}),
    ], "The floor is memchr alone.")


def timer_rows(count, mixed, targets=()):
    """`mixed`: how many times as long as the wheel a reset may take."""
    longer = {"add": 1.3, "reset": mixed}
    targets = dict(targets)
    for step, text in (("add", "add"), ("reset", "reset, to any time"),
                       ("later", "reset, to later"),
                       ("earlier", "reset, to earlier"),
                       ("cancel", "cancel"), ("fire", "fire")):
        times = {}
        if step in longer and step not in targets:
            times = {"floor-wheel-now": round(1 / longer[step], 2)}
        yield Row(f"{count:,} timers: {text}", f"timers/{step}_{count}", "ns",
                  target=targets.get(step), times=times)
    yield Row(f"{count:,} timers: reset to earlier, per one to later",
              f"timers/earlier_{count}", "x", per=f"timers/later_{count}",
              target=1.5)


TIMERS = Table(
    "timers", "Timers",
    ("evert", "evert-clock", "libev", "libuv", "libevent", "libev-now",
     "floor-wheel-now", "floor-wheel", "floor"), [
        *timer_rows(1000, 1.3),
        *timer_rows(10000, 1.3),
        *timer_rows(100000, 1.3),
        *timer_rows(1000000, 1.6, {"cancel": 20}),
        nanoseconds("10,000 idle timeouts, moved at every read",
                    "timers/idle"),
    ], "All times are random, and so is the order of resetting. Idle timeouts "
       "by each library's own means for them: uv_timer_again, "
       "ev_timer_again, a common timeout of libevent's. Evert's delays count "
       "from the call, for which the processor's ticks are read each time; with "
       "a clock that is moved by hand they are not. The wheel is a floor: "
       "hierarchical bitmap wheels with ticks of a millisecond, no order "
       "within a tick, no handles, and the time of the turn. From the call: "
       "they ask for the time at each call, by which they promise what evert's "
       "reactor does; without, what its clock that is moved by hand does. The "
       "other floor "
       "is the memory: a record of 64 bytes for each, found by a pointer and "
       "a number.")

def instructions(label, figure, target=None, who="evert"):
    return Row(label, f"{figure}.instructions", "", target=target, who=who)


MEMORY_COUNTS = Table(
    "memory_counts", "In memory: instructions, each",
    ("evert", "evert-clock", "kj", "boost", "cxx20", "ucontext", "libev",
     "libuv", "libevent", "floor-wheel", "floor-switch", "floor"), [
        instructions("Deferred: make, 10 callbacks, fire, release",
                     "deferred/chain_10", 600),
        instructions("Deferred: the same ten from a constant table",
                     "deferred/table_10", 430),
        instructions("Deferred: a failure passes 10 callbacks",
                     "deferred/failure", 900),
        Row("Deferred: that failure: allocations",
            "deferred/failure.allocations", "",
            target=0),
        instructions("coroutine: switch, one way", "coroutine/switch", 16),
        instructions("coroutine: make, run, finish", "coroutine/spawn", 200),
        instructions("coroutine: await what another side fires",
                     "coroutine/await", 220),
        instructions("1,000 timers: add", "timers/add_1000", 85,
                     "evert-clock"),
        instructions("1,000 timers: reset, to later", "timers/later_1000",
                     None, "evert-clock"),
        instructions("1,000 timers: reset, to earlier",
                     "timers/earlier_1000", None, "evert-clock"),
        instructions("1,000 timers: cancel", "timers/cancel_1000"),
        instructions("1,000 timers: fire", "timers/fire_1000", 130),
        instructions("a line of 64 bytes", "lines/lines"),
    ], "By callgrind, the program's own loop and callbacks included. A reactor "
       "reads the system's clock once in a microsecond; under callgrind a "
       "microsecond has passed at each call. So to set and to move a timer is "
       "judged by the clock that is moved by hand; to ask for the processor's "
       "ticks takes 8 more.")

COUNTS = Table(
    "counts", "Servers: counted, not timed",
    ECHOERS, [
        Row("echo of 64 B: instructions in user space, each",
            "echo/counts/instructions", "", target=110),
        Row("echo of 64 B: system calls, each", "echo/counts/calls", "",
            target=2.05),
        Row("echo of 64 B: allocations, each", "echo/counts/allocations", ""),
        Row("echo of 64 KiB: bytes copied in user space, per byte",
            "echo/counts_64k/copied", "", 1 / 65536),
        Row("connection accepted, one echo, closed: instructions",
            "echo/counts_churn/instructions", "", target=850),
        Row("connection accepted, one echo, closed: system calls",
            "echo/counts_churn/calls", ""),
        Row("32 lines in a packet: system calls per 32 answers",
            "greeting/counts_32/calls", "", target=2.05),
        Row("32 lines in a packet: instructions per line",
            "greeting/counts_32/instructions", "", 1 / 32, target=110),
        Row("a line in 3 pieces: instructions per line",
            "greeting/counts_pieces/instructions", "", target=900),
    ], "50 connections. Instructions by callgrind, system calls by strace, "
       "allocations and "
       "copies by a preloaded library; the clients are inside the server's "
       "process, so that every run is the same (probe/drive.c). The floor is "
       "a bare loop of epoll_wait, recv and send.")

STYLES = Table(
    "styles", "The same greeting inside out and right side out",
    ("evert", "evert-coroutine", "asio", "asio-coroutine", "asyncio",
     "uvloop", "twisted"), [
        Row("instructions per line", "greeting/counts_1/instructions", "",
            target=750, who="evert-coroutine"),
        Row("system calls per line", "greeting/counts_1/calls", ""),
        Row("allocations per line", "greeting/counts_1/allocations", "",
            target=0, who="evert-coroutine"),
        Row("allocations per connection with one line",
            "greeting/counts_churn/allocations", "", target=3,
            who="evert-coroutine"),
        Row("bytes per idle connection", "greeting/idle/bytes", "B",
            target=5000, who="evert-coroutine"),
        Row("greetings per second, 50 connections",
            "greeting/lines:1/per_second", "k/s", 1e-3, more=True),
    ], "Callbacks: a line receiver. Coroutine: a stream read line by line. "
       "asyncio and uvloop are coroutines, Twisted is callbacks. Boost.Asio's "
       "cut lines by hand. A target is the coroutine's.")

SIZES = {64: "64 B", 4096: "4 KiB", 65536: "64 KiB"}
CONNECTIONS = (1, 50, 500, 5000)


def matrix_rows(figure, unit, scale, more, beside=()):
    """`beside`: targets beside others, by connections and size."""
    beside = dict(beside)
    return [Row(f"{connections:,} connection{'s' * (connections > 1)}, {text}",
                f"echo/{connections}x{size}/{figure}", unit, scale, more=more,
                times=beside.get((connections, size), {}))
            for size, text in SIZES.items() for connections in CONNECTIONS]


# Where the floor over io_uring is measured, too.
URING = [(n, 64) for n in (50, 500, 5000)]
RINGED = ECHOERS + ("floor-uring",)

ECHO = Table("echo", "Echo: thousands per second", RINGED,
             matrix_rows("per_second", "k/s", 1e-3, True,
                         {(1, 65536): {"floor": 0.95}}),
             "The server and the load generator have a processor each.")
ECHO_CPU = Table("echo_cpu", "Echo: the server's processor time for each",
                 RINGED, matrix_rows("cpu", "us", 1e-3, False),
                 "User and system.")


SPIN = Table(
    "spin", "Looking for 50 microseconds before it sleeps", SPINNERS, [
        Row("echo of 64 B, 1 connection", "echo/1x64/per_second", "k/s", 1e-3,
            more=True, times={"floor": 1.2}, who="evert-spin"),
        Row("the same: the server's processor time for each",
            "echo/1x64/cpu", "us", 1e-3),
    ], "evert_reactor_set_spin. The others sleep at once.")


def latency_rows(label, figure, beside=()):
    beside = dict(beside)
    return [Row(f"{label}: {text}", f"echo/{figure}/{key}", "us",
                times=beside.get(key, {}))
            for key, text in (("p50", "50 %"), ("p99", "99 %"),
                              ("p999", "99.9 %"))]


LATENCY = Table(
    "latency", "Latency at a fixed rate", ECHOERS, [
        *latency_rows("50 connections, 5,000 echoes/s", "rate"),
        *latency_rows("18,000 connections, 180 active, 2,000/s", "active",
                      {"p99": {"floor": 0.95}}),
    ], "From the time at which a request was to be sent, whether or not it "
       "could be. Medians of the percentiles of a thousand requests each. "
       "Where the floor is no better, it is the machine that is measured.")

CHUNKINGS = {"lines:1": "one line a packet", "lines:32": "32 lines a packet",
             "pieces:3": "a line in 3 packets"}
GREETING = Table(
    "greeting", "Greetings by lines, 50 connections", GREETERS, [
        *[Row(f"{text}: packets answered" if "32" in key else
              f"{text}: lines answered", f"greeting/{key}/per_second", "k/s",
              1e-3, more=True) for key, text in CHUNKINGS.items()],
        *[Row(f"{text}: processor time", f"greeting/{key}/cpu", "us", 1e-3)
          for key, text in CHUNKINGS.items()],
    ])

CONNECTING = Table(
    "connections", "Connections", ECHOERS, [
        Row("accepted, one echo, closed", "echo/churn/per_second", "k/s",
            1e-3, more=True),
        Row("the same: processor time", "echo/churn/cpu", "us", 1e-3),
        Row("bytes of user memory per idle connection", "echo/idle/bytes",
            "B", target=120),
    ], "18,000 idle connections; 2,000 in a quick run. What the kernel needs "
       "is the same for all and not counted.")

BULK = Table(
    "bulk", "One connection, as much as it takes", MOVERS, [
        Row("the server sends", "bulk/receive/per_second", "GB/s", 1e-9,
            more=True),
        Row("the server receives", "bulk/send/per_second", "GB/s", 1e-9,
            more=True),
        Row("sending: processor time per GB", "bulk/receive/cpu", "ms", 1e3),
        Row("receiving: processor time per GB", "bulk/send/cpu", "ms", 1e3),
        Row("sending: bytes copied in user space, per byte",
            "bulk/counts/copied", "", 1 / (4 << 20)),
        Row("receiving: bytes copied in user space, per byte",
            "bulk/counts_sink/copied", "", 1 / (4 << 20)),
    ])

DATAGRAMS = Table(
    "datagrams", "Datagrams: UDP echo of 64 bytes", DATAGRAMMERS, [
        Row("4 clients, 32 datagrams at once each: answered",
            "datagrams/echo/per_second", "k/s", 32e-3, more=True),
        Row("the same: processor time, each", "datagrams/echo/cpu", "us",
            1e-3 / 32, times={"floor": 0.95, "libuv": 2, "asyncio": 4}),
        Row("32 waiting: system calls per datagram", "datagrams/counts/calls",
            "", 1 / 32, target=0.1),
        Row("32 waiting: instructions per datagram",
            "datagrams/counts/instructions", "", 1 / 32),
    ], "The floor is a bare loop of epoll_wait, recvmmsg and sendmmsg.")

PROCESSORS = len(os.sched_getaffinity(0))
# From one to as many as there are: 1, 2, 4 and so on.
THREAD_COUNTS = [n for n in (2 ** i for i in range(10)) if n < PROCESSORS]
THREAD_COUNTS.append(PROCESSORS)


def core_rows():
    for count in THREAD_COUNTS:
        reactors = f"{count} reactor{'s' * (count > 1)}"
        yield Row(f"{reactors}: echoes", f"cores/{count}/per_second", "k/s",
                  1e-3, more=True)
        yield Row(f"{reactors}: processor time, each", f"cores/{count}/cpu",
                  "us", 1e-3)


CORES = Table(
    "cores", "Echo of 64 bytes by several reactors on one port",
    ("evert", "floor"), list(core_rows()),
    "SO_REUSEPORT; a thread for each reactor, bound to a processor. A load "
    "generator with 100 connections on each processor, which takes as much of "
    "it as the server: as long as there are fewer reactors than processors, "
    "the last ones are the clients' alone.")

THREADS = Table(
    "threads", "Calls from other threads",
    ("evert", "libuv", "libev", "kj", "asyncio", "uvloop", "twisted", "floor"),
    [
        Row("from 1 thread", "threads/from_1", "M/s", 1e3, inverse=True,
            more=True),
        Row("from 4 threads", "threads/from_4", "M/s", 1e3, inverse=True,
            more=True),
    ], "libuv, libev and the floor have the same queue, a list below a mutex, "
       "which a program writes for them. A call of kj's is a promise to the "
       "caller.")

POOL = Table(
    "pool", "Jobs through a pool of 4 threads and back",
    ("evert", "libuv", "asyncio", "uvloop", "twisted", "floor"),
    [
        Row("1 at a time", "pool/one", "k/s", 1e6, inverse=True, more=True,
            times={"libuv": 1.5, "asyncio": 10}),
        Row("1,000 at once", "pool/many", "k/s", 1e6, inverse=True, more=True,
            times={"libuv": 1.5, "asyncio": 10}),
    ], "One at a time is two wakings, of a thread and of the loop, which are "
       "the kernel's. The floor is two lists below mutexes, a condition and an "
       "eventfd. evert starts a thread where none is idle, so that it has one "
       "here, on the other processor, and each waking goes there and back; "
       "libuv and the floor have four, which take turns, and are often woken "
       "where they are called from. On one processor, or a floor with one "
       "thread: bench/README.md.")

SPAWN = Table(
    "spawn", "Child processes: /bin/true, started and reaped",
    ("evert", "libuv", "python", "floor"), [
        Row("from a small process", "spawn/small", "us", 1e-3,
            times={"floor": 0.9, "libuv": 1.2, "python": 5}),
        Row("from one that uses 4 GB", "spawn/large", "us", 1e-3,
            times={"floor": 0.9, "libuv": 1.2, "python": 5}),
    ], "The floor is vfork, exec and waitpid. Python's is subprocess.call. "
       "Where the machine has less than 8 GB free, half of that is used.")

# ---- Over TLS ----

TLS = Table(
    "tls", "TLS: connections greeted and closed, per second of the server's "
    "processor time", SHAKERS, [
        Row(f"TLS {version}, {kind}", f"tls/handshake/{kind}_{version}/cpu",
            "/s", 1e9, inverse=True, more=True, times={"floor": 0.95},
            first=True)
        for version in ("1.3", "1.2") for kind in ("full", "resumed")
    ], "A handshake with a certificate of ECDSA over P-256, X25519 and "
       "AES-256-GCM, 15 bytes, close_notify. Resumed: by a ticket. The floor is "
       "a bare loop of epoll_wait, SSL_accept, SSL_write and SSL_shutdown, "
       "which then waits for the other side's end, as evert does.")

TLS_COUNTS = Table(
    "tls_counts", "TLS: counted, not timed", SECURE_COMPILED, [
        Row("echo of 64 B: instructions in user space, each",
            "tls/echo/counts/instructions", ""),
        Row("the same, beyond what OpenSSL spends in the floor",
            "tls/echo/counts/instructions", "",
            beyond="tls/echo/counts/inside", target=400),
        Row("the same, outside of OpenSSL", "tls/echo/counts/outside", ""),
        Row("echo of 64 B: system calls, each", "tls/echo/counts/calls", "",
            target=2.05),
        Row("echo of 64 B: allocations, each",
            "tls/echo/counts/allocations", ""),
        Row("an idle connection: bytes allocated, beyond the floor's",
            "tls/echo/counts/held", "B", beyond="tls/echo/counts/held",
            target=400),
        Row("full handshake, one echo, closed: instructions",
            "tls/echo/counts_full/instructions", "", times={"floor": 0.95},
            first=True),
        Row("the same: system calls", "tls/echo/counts_full/calls", ""),
        Row("resumed handshake, one echo, closed: instructions",
            "tls/echo/counts_resumed/instructions", "",
            times={"floor": 0.95}, first=True),
        Row("sending: bytes copied in user space, per byte",
            "tls/bulk/counts/copied", "", 1 / (1 << 20)),
        Row("receiving: bytes copied in user space, per byte",
            "tls/bulk/counts_sink/copied", "", 1 / (1 << 20)),
    ], "As above; TLS 1.3. The floor holds an SSL for a connection, and nothing "
       "else; with SSL_MODE_RELEASE_BUFFERS, as evert. What OpenSSL does for it "
       "to read from a socket and to write to it is OpenSSL's. Outside of "
       "OpenSSL: the same, without what OpenSSL calls of libc.")

TLS_ECHO = Table(
    "tls_echo", "TLS: echo and bulk", SECURE, [
        Row("echo of 64 B, 50 connections", "tls/echo/50x64/per_second",
            "k/s", 1e-3, more=True),
        Row("the same: processor time", "tls/echo/50x64/cpu", "us", 1e-3),
        Row("bytes of user memory per idle connection", "tls/echo/idle/bytes",
            "B"),
        Row("sending: processor time per GB", "tls/bulk/receive/cpu", "ms",
            1e3, times={"floor": 0.95}),
        Row("receiving: processor time per GB", "tls/bulk/send/cpu", "ms",
            1e3, times={"floor": 0.95}),
    ], "What memory a burst of handshakes leaves behind is in it.")

TABLES = [DEFERRED, COROUTINES, LINES, TIMERS, MEMORY_COUNTS, COUNTS, STYLES,
          ECHO, ECHO_CPU, SPIN, LATENCY, GREETING, CONNECTING, BULK, DATAGRAMS,
          CORES, THREADS, POOL, SPAWN, TLS, TLS_COUNTS, TLS_ECHO]


def shows(figure, name):
    """Is the contestant's figure in any table?"""
    name = name.partition("@")[0]
    return any(row.figure == figure and name in table.contestants
               for table in TABLES for row in table.rows)


IN_MEMORY = {"deferred": DEFERRED, "coroutine": COROUTINES, "lines": LINES,
             "timers": TIMERS, "threads": THREADS, "pool": POOL,
             "spawn": SPAWN}

GROWTH = (10, 50, 100, 500, 1000, 5000, 10000, 18000)


@dataclass
class Plot:
    name: str
    title: str
    across: str
    up: str
    contestants: tuple
    points: list  # (x, figure)
    scale: float = 1


PLOTS = [
    Plot("growth_connections", "Echo of 64 bytes, as connections grow",
         "connections", "processor time per echo, us", LOOPS,
         [(n, f"echo/{n}x64/cpu") for n in GROWTH], 1e-3),
    Plot("growth_cores", "Echo of 64 bytes, as reactors on one port grow",
         "reactors", "thousand echoes per second", CORES.contestants,
         [(n, f"cores/{n}/per_second") for n in THREAD_COUNTS], 1e-3),
    *[Plot(f"growth_timers_{step}", f"Timers: {step}, as their number grows",
           "timers", "ns", TIMERS.contestants,
           [(10 ** n, f"timers/{step}_{10 ** n}") for n in range(3, 7)])
      for step in ("add", "reset", "later", "earlier", "cancel", "fire")],
]
