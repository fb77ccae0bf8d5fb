# SPDX-License-Identifier: MIT
"""The system calls of a program: what goes over the wire, what is printed, and
when the program waits, which is when the server acts."""

import os

import gdb
from memory import memory, pieces, quoted, word
from task import TASK

# Of x86-64.
CALLS = {0: "read", 1: "write", 3: "close", 20: "writev", 42: "connect",
         44: "send", 45: "recv", 46: "sendmsg", 47: "recvmsg",
         55: "getsockopt", 202: "futex", 232: "epoll_wait", 328: "writev"}
READS = ("read", "recv", "recvmsg")
WRITES = ("write", "send", "writev", "sendmsg")
SO_ERROR = 4
REFUSED, AGAIN, INTERRUPTED = -111, -11, -512


class Calls:
    """Half of a Recording, whose other half notes what it is told."""

    def __init__(self):
        self.has_loop = TASK["style"] != "blocking"
        self.sockets = {}     # descriptor: number of the connection
        self.names = {}       # what was sent: the same number
        self.unfinished = {}  # number: bytes of a line that was sent in part
        self.calls = {}       # thread: the system call it is in
        self.waiting = set()  # threads
        self.answered = set()  # threads that have not seen it yet
        self.connected = set()

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
