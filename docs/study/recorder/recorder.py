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
from calls import CALLS, Calls
from frames import Frames, Source, identity
from heap import Heap
from memory import memory, quoted, word
from server import Server
from task import TASK
from threads import in_order
from values import Values


class Recording(Calls):
    def __init__(self):
        super().__init__()
        self.items = []
        self.server = Server(TASK["server"])
        self.values = Values(self.server.port)
        self.source = Source(TASK["source"])
        self.frames = Frames(self.source)
        self.heap = Heap(self.values, TASK["source"], TASK["heap"])
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


recording = Recording()
try:
    recording.run()
except (gdb.error, RuntimeError) as error:
    sys.exit(f"study: {error}")
items = in_order(recording.items) if TASK["threads"] else recording.items
with open(TASK["into"], "w", encoding="utf-8") as out:
    json.dump(items, out)
