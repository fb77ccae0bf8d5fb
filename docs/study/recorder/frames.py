# SPDX-License-Identifier: MIT
"""The stack in words: each of the program's frames, and one word for evert's
between two of them; and what the variables of a frame hold."""

import re

import gdb

# Who an evert function belongs to, by where it stands; the first that fits.
PARTS = (
    ("deferred/coroutine/", "a coroutine"),
    ("deferred/clock/", "the timers"),
    ("deferred/timeout.c", "the timers"),
    ("deferred/", "a chain"),
    ("reactor/run.c", "evert_run"),
    ("reactor/transport/", "the transport"),
    ("reactor/endpoint/", "the endpoint"),
    ("reactor/", "the loop"),
    ("protocols/framing/", "the line receiver"),
    ("protocols/stream/", "the stream"),
)


def begins_stack(frame):
    """Is it the first on a coroutine's own stack?"""
    return frame.name() == "evert_context_begin"


def identity(frame):
    return frame.name(), int(frame.read_register("rbp"))


class Source:
    """The program's file: which lines there are, and what they say."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.lines = [""] + file.read().split("\n")

    def load(self):
        """Once gdb has the program."""
        table = gdb.decode_line(f"{self.path}:1")[1][0].symtab.linetable()
        self.last, self.entries = {}, {}
        self.numbers = sorted(each for each in table.source_lines() if each)
        for at in self.numbers:
            for entry in table.line(at) or ():
                block = gdb.block_for_pc(entry.pc)
                while block and not block.function:
                    block = block.superblock
                if block and at > block.function.line:
                    name = block.function.name
                    self.last[name] = max(self.last.get(name, at), at)
                    self.entries[name] = block.start

    def statement(self, line):
        """The line, and those on which its brackets close."""
        text = self.lines[line]
        while text.count("(") > text.count(")") and \
                line + 1 < len(self.lines):
            line += 1
            text += self.lines[line]
        return text

    def assigns(self, line, name):
        """Does the statement say something of the variable, other than that
        there is one?"""
        text = self.statement(line)
        declared = re.match(r"\s*(const )?(struct \w+|char|int|s?size_t|FILE)"
                            r"[ *]", text)
        return bool(re.search(r"(?<![.>\w])" + name + r"\b", text)) and not (
            declared and "=" not in text)

    def ends(self, line, name):
        """Is what the variable leads to gone after it?"""
        return bool(re.search(
            rf"(release|destroy|fclose|freeaddrinfo)\({name}\)",
            self.lines[line]))


class Entered(gdb.Breakpoint):
    """Tells that a function was called anew, and does not stop."""

    def __init__(self, name, address, fresh):
        super().__init__(f"*{address}", internal=True)
        self.told = name
        self.fresh = fresh

    def stop(self):
        self.fresh.add((self.told, gdb.selected_thread().num))
        return False


class Frames:
    def __init__(self, source):
        self.source = source
        self.seen = {}  # of each frame: the lines it was at
        self.fresh = set()  # functions that were called, and at no line yet

    def watch(self):
        for name, address in self.source.entries.items():
            Entered(name, address, self.fresh)

    def part(self, frame):
        """None: the program's own; "": of nobody's interest."""
        table = frame.find_sal().symtab
        path = table.filename if table else ""
        if path == self.source.path:
            return None
        return next((words for prefix, words in PARTS
                     if path.startswith(prefix)), "")

    def walk(self):
        """The program's frames, each with the number of its stack, from the
        innermost, 0; all in words; how many stacks there are."""
        frame, own, words, stack = gdb.newest_frame(), [], [], 0
        while frame:
            part = self.part(frame)
            if part is None:
                own.append((frame, stack))
                words.append(frame.name())
            elif part and (not words or words[-1] != part):
                words.append(part)
            stack += begins_stack(frame)
            frame = frame.older() if frame.name() != "main" else None
        return own, words, stack

    def enter(self, frame):
        """It is at a line; at its first, there is nothing to remember."""
        called = (frame.name(), gdb.selected_thread().num)
        if called in self.fresh:
            self.fresh.discard(called)
            self.seen[identity(frame)] = []

    def leave(self, frame):
        self.seen.setdefault(identity(frame), []).append(
            frame.find_sal().line)

    def holds(self, frame, symbol):
        """Going by the lines the frame was at: has the variable a value?"""
        if symbol.is_argument:
            has = True
        else:
            has = False
        now = frame.find_sal().line
        for line in self.seen.get(identity(frame), ()):
            if line == now:
                continue
            if self.source.ends(line, symbol.name):
                has = False
            elif self.source.assigns(line, symbol.name):
                has = True
        return has

    def variables(self, frame):
        block, names = frame.block(), set()
        while block:
            for symbol in block:
                if symbol.name not in names and \
                        symbol.addr_class != gdb.SYMBOL_LOC_STATIC and \
                        (symbol.is_argument or symbol.is_variable):
                    names.add(symbol.name)
                    if self.holds(frame, symbol):
                        yield symbol.name, symbol.value(frame)
            if block.function:
                return
            block = block.superblock
