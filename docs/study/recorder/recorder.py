# SPDX-License-Identifier: MIT
"""Records one program for the study, inside gdb: `record` starts it.

The program stops at each of its own lines, and at each system call on its
connections. Noted are the line, who called it, the variables and where they
are, and what went over the wire.
"""

import json
import os
import signal
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
from frames import Frames, Source, identity
from heap import Heap
from memory import memory, pieces, quoted, word
from server import Server
from values import Values

TASK = json.loads(os.environ["STUDY"])

# Of x86-64.
CALLS = {0: "read", 1: "write", 3: "close", 20: "writev", 42: "connect",
         44: "send", 45: "recv", 46: "sendmsg", 47: "recvmsg",
         55: "getsockopt", 202: "futex", 232: "epoll_wait", 328: "writev"}
READS = ("read", "recv", "recvmsg")
WRITES = ("write", "send", "writev", "sendmsg")
SO_ERROR = 4
REFUSED, AGAIN, INTERRUPTED = -111, -11, -512


class Recording:
    def __init__(self):
        self.items = []
        self.server = Server(TASK["server"])
        self.values = Values(self.server.port)
        self.source = Source(TASK["source"])
        self.frames = Frames(self.source)
        self.heap = Heap(self.values, TASK["source"], TASK["heap"])
        self.has_loop = TASK["style"] != "blocking"
        self.sockets = {}     # descriptor: number of the connection
        self.names = {}       # what was sent: the same number
        self.unfinished = {}  # number: bytes of a line that was sent in part
        self.calls = {}       # thread: the system call it is in
        self.waiting = set()  # threads
        self.answered = set()  # threads that have not seen it yet
        self.connected = set()
        self.coroutines = {}  # the first frame of each: its places
        self.ended = set()    # coroutines at their last line
        self.is_over = False

    # ---- Where the state is ----

    def places(self):
        own, words, stacks = self.frames.walk()
        found, running = [], {}
        for frame, stack in own:
            place = self.place(frame, stack < stacks)
            found.append(place)
            if stack < stacks:
                running.setdefault(stack, []).append((frame, place))
        awake = set()
        for frames in running.values():
            awake.add(identity(frames[-1][0]))
            self.coroutines[identity(frames[-1][0])] = [
                place for _, place in frames]
        for each in self.ended - awake:
            self.coroutines.pop(each, None)
        self.ended &= awake
        for each, places in self.coroutines.items():
            if each not in awake:
                found += [dict(place, asleep=True, of=each[0])
                          for place in places]
        return found + self.heap.places(), words

    def place(self, frame, is_coroutine):
        variables = dict(self.frames.variables(frame))
        shown = []
        for name, value in variables.items():
            self.heap.learn(value)
            words = self.words(name, value, variables)
            if words and name not in TASK["unshown"]:
                shown.append([name, words])
        return {"where": "coroutine" if is_coroutine else "stack",
                "name": frame.name(), "line": frame.find_sal().line,
                "vars": shown}

    def words(self, name, value, others):
        if name == "fd":
            return self.descriptor(int(value))
        if name == "line" and "length" in others and "base" in others:
            return quoted(memory(value, int(others["length"])))
        return self.heap.name(value) or self.values.show(value)

    def descriptor(self, fd):
        """By the number of the connection: threads race for them."""
        return str(2 + self.sockets.get(fd, fd - 2))

    # ---- What happens ----

    def note(self, kind, **more):
        places, words = self.places()
        item = {"kind": kind, "stack": words, "places": places}
        own, _, _ = self.frames.walk()
        if own:
            item["function"] = own[0][0].name()
            item["line"] = own[0][0].find_sal().line
            item["code"] = self.source.lines[item["line"]].strip()
        if TASK["threads"]:
            item["thread"] = gdb.selected_thread().num
        self.items.append({**item, **more})

    def line(self):
        frame = gdb.newest_frame()
        self.frames.enter(frame)
        text = self.source.lines[frame.find_sal().line].strip()
        if text != "}" and frame.name() not in TASK["quiet"] and \
                not self.is_again(frame):
            self.note("line")
        self.frames.leave(frame)
        if frame.name() == "main":
            argv = word(int(frame.read_var("argv")))
            self.values.strings = (argv, argv + 4096)
        if frame.find_sal().line == self.source.last.get(frame.name()):
            own, _, stacks = self.frames.walk()
            innermost = [each for each, stack in own if stack == 0]
            if stacks and innermost[-1] == frame:
                self.ended.add(identity(frame))

    def is_again(self, frame):
        """The compiler has several places for the same line."""
        last = self.latest()
        return last.get("kind") == "line" and \
            last["line"] == frame.find_sal().line and \
            last["function"] == frame.name()

    def latest(self):
        """Of this thread."""
        thread = gdb.selected_thread().num
        return next((each for each in reversed(self.items)
                     if each.get("thread", thread) == thread), {})

    # ---- System calls ----

    def call(self):
        frame = gdb.newest_frame()
        registers = [int(frame.read_register(each)) for each in
                     ("orig_rax", "rdi", "rsi", "rdx", "r10")]
        name = CALLS[registers[0]]
        fd, rest = registers[1] & 0xffffffff, registers[2:]
        thread = gdb.selected_thread().num
        if thread not in self.calls:
            self.calls[thread] = name
            self.enter(name, fd, *rest)
        else:
            del self.calls[thread]
            self.waiting.discard(thread)
            self.leave(name, fd, *rest, int(frame.read_register("rax")))

    def enter(self, name, fd, second, _third, fourth):
        if name == "connect" and memory(second, 2) == b"\2\0" and \
                word(second + 2, 2).to_bytes(2, "little") == \
                self.server.port.to_bytes(2, "big") and \
                fd not in self.sockets:
            self.sockets[fd] = self.number()
            self.note("wire", key="connect", on=self.sockets[fd], way="out",
                      text="connect", call=name)
        elif name == "close" and fd in self.sockets:
            number = self.sockets.pop(fd)
            if number in self.connected:
                self.note("wire", key="closed", on=number, way="out",
                          text="end", call=name)
        elif (name == "epoll_wait" and fourth & 0xffffffff or
              name in READS and fd in self.sockets and not self.has_loop or
              name == "futex" and TASK["threads"]):
            self.wait(name)

    def number(self):
        """Of a new connection: with threads, that of the thread."""
        return (gdb.selected_thread().num - 1 if TASK["threads"]
                else len(self.sockets) + 1)

    def wait(self, name):
        self.waiting.add(gdb.selected_thread().num)
        acted = None
        if len(self.waiting - self.answered) == len(
                gdb.selected_inferior().threads()):
            acted = self.server.act(gdb.selected_inferior().pid)
        # A call that another thread's stop interrupts begins anew.
        if (TASK["threads"] or not acted) and name != "futex" and \
                self.latest().get("kind") != "wait":
            self.note("wait", call=name)
        if acted:
            what, who, data = acted
            self.note("wait", key="server " + what, on=self.names.get(who, 0),
                      way="in", text=quoted(data) if data else "", call=name)
            if TASK["threads"]:  # of none of them
                self.answered.add(self.names[who] + 1)
                self.items[-1] = {**self.items[-1], "thread": 0, "stack": []}
                for each in ("function", "line", "code", "call"):
                    del self.items[-1][each]

    def leave(self, name, fd, second, third, fourth, given):
        number = self.sockets.get(fd)
        if name == "epoll_wait":
            if not given and fourth & 0xffffffff and TASK["timeout"]:
                self.note("wire", key="time is up", call=name)
        elif name == "connect" and number:
            self.reached(number, name, given)
        elif name == "getsockopt" and third == SO_ERROR and number and \
                number not in self.connected:
            self.reached(number, name, -word(fourth, 4))
        elif name in WRITES and number and given > 0:
            self.wrote(name, number, self.data(name, second, given))
        elif name in READS and number and given != INTERRUPTED:
            self.read(name, number, second, given)
        elif name in WRITES and given > 0 and self.is_terminal(fd):
            self.said(name, "printed" if fd == 1 else "told",
                      self.data(name, second, given).decode())

    def is_terminal(self, fd):
        """evert opens it once more, so as not to block it for others."""
        pid = gdb.selected_inferior().pid
        return os.readlink(f"/proc/{pid}/fd/{fd}") == self.terminal

    def reached(self, number, name, given):
        if given == 0:
            self.connected.add(number)
            self.note("wire", key="connected", on=number, way="in",
                      text="accepted", call=name)
        elif given == REFUSED:
            self.note("wire", key="refused", on=number, way="in",
                      text="refused", call=name)

    def said(self, name, key, text):
        """A line may come in pieces."""
        last = self.latest()
        if last.get("key") == key and not last["text"].endswith('\\n"'):
            more = self.values.level(quoted(text.encode()))
            last["text"] = last["text"][:-1] + more[1:]
        else:
            self.note("out", key=key, call=name,
                      text=self.values.level(quoted(text.encode())))

    @staticmethod
    def data(name, address, length):
        if name in ("sendmsg", "recvmsg"):
            return pieces(word(address + 16), length)
        if name == "writev":
            return pieces(address, length)
        return memory(address, length)

    def wrote(self, name, number, data):
        before = self.unfinished.get(number, b"") + data
        is_whole = before.endswith(b"\r\n")
        self.unfinished[number] = b"" if is_whole else before
        if is_whole:
            self.names[before.decode().rstrip("\r\n")] = number
        self.note("wire", on=number, way="out", text=quoted(before),
                  call=name, **({"key": "sent"} if is_whole else {}))

    def read(self, name, number, address, given):
        self.answered.discard(gdb.selected_thread().num)
        if given > 0:
            self.note("wire", key="came", on=number, way="in",
                      text=quoted(self.data(name, address, given)), call=name)
        elif given == 0:
            self.note("wire", key="end came", on=number, way="in",
                      text="end", call=name)
        elif given == AGAIN and not self.has_loop:
            self.note("wire", key="time is up", call=name)

    # ---- The run ----

    def run(self):
        master, slave = os.openpty()  # a line is printed at once
        self.terminal = os.ttyname(slave)
        arguments = [each.replace("PORT", str(self.server.port))
                     for each in TASK["arguments"]]
        for command in (
                "set pagination off", "set confirm off", "set width 0",
                "set startup-with-shell off", "set print thread-events off",
                "set libthread-db-search-path /nowhere",
                f"set inferior-tty {self.terminal}",
                "handle SIGINT nostop noprint pass",
                f"file {TASK['program']}",
                "set args " + " ".join(arguments)):
            gdb.execute(command, to_string=True)
        gdb.execute("starti", to_string=True)
        self.source.load()
        for at in self.source.numbers:
            gdb.Breakpoint(f"{self.source.path}:{at}", internal=True)
        self.frames.watch()
        gdb.events.exited.connect(self.exited)
        gdb.events.stop.connect(self.stopped)
        gdb.execute("continue", to_string=True)
        gdb.execute("catch syscall " + " ".join(map(str, CALLS)),
                    to_string=True)
        self.heap.watch()
        while not self.is_over:
            self.handle()
            gdb.execute("continue", to_string=True)
        os.close(master)

    def stopped(self, event):
        self.event = event

    def exited(self, event):
        if hasattr(event, "exit_code"):
            self.over("ended", str(event.exit_code))
        else:
            number = int(gdb.parse_and_eval("$_exitsignal"))
            self.over("killed", signal.Signals(number).name)

    def over(self, key, text):
        if not self.is_over:
            self.items.append({"kind": "end", "key": key, "text": text,
                               "stack": [], "places": []})
        self.is_over = True

    def handle(self):
        if isinstance(self.event, gdb.SignalEvent):
            self.over("killed", self.event.stop_signal)
        elif any(each.type == gdb.BP_BREAKPOINT
                 for each in getattr(self.event, "breakpoints", ())):
            self.line()
        else:
            self.call()


def in_order(items):
    """What threads did between two acts of the server, they did at the same
    time: told up to what the first did on its wire, then the second, and so
    on. What the others were at is shown beside it."""
    found, part, latest, moments = [], [], {}, {}
    for item in items:
        thread = item.get("thread", 0)
        if thread:
            part.append((moments.get(thread, 0), thread, item))
            moments[thread] = moments.get(thread, 0) + ("key" in item)
        else:
            found += [each for *_, each in
                      sorted(part, key=lambda each: each[:2])]
            found.append(item)
            part, moments = [], {}
    last = {item.get("thread"): at for at, item in enumerate(found)}
    for at, item in enumerate(found):
        thread = item.get("thread")
        mine = [dict(each, thread=thread) for each in item["places"]]
        if thread:
            latest[thread] = [dict(each, asleep=True) for each in mine]
        others = [each for number, places in sorted(latest.items())
                  if number != thread and last[number] > at
                  for each in places]
        item["places"] = ([] if not thread else mine) + others
    return found


recording = Recording()
try:
    recording.run()
except (gdb.error, RuntimeError) as error:
    sys.exit(f"study: {error}")
items = in_order(recording.items) if TASK["threads"] else recording.items
with open(TASK["into"], "w", encoding="utf-8") as out:
    json.dump(items, out)
