# SPDX-License-Identifier: MIT
"""The server of a recording: a real socket, and a script.

It acts only while the program waits, once for each wait: so it does not matter
how fast either of the two is. An act of the script is one of

    ["refuse"]             nobody listens; alone
    ["names", COUNT]       until so many lines have come in all, nothing
    ["say", NAME, TEXT]    TEXT to who has sent NAME
    ["close", NAME]        closes that connection
    ["interrupt"]          somebody presses Ctrl-C
"""

import os
import select
import signal
import socket

SOON = 0.05


class Server:
    def __init__(self, script):
        self.script = list(script)
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        if ["refuse"] not in self.script:
            self.listener.listen(16)
        self.unnamed = []
        self.clients = {}  # what each has sent: its socket

    def hear(self):
        """Accepts and reads what is there."""
        while True:
            ready = select.select([self.listener, *self.unnamed], [], [],
                                  SOON)[0]
            for each in ready:
                if each is self.listener:
                    self.unnamed.append(self.listener.accept()[0])
                else:
                    self.unnamed.remove(each)
                    name = each.recv(65536).decode().rstrip("\r\n")
                    self.clients[name] = each
            if not ready:
                return

    def act(self, pid):
        """Returns what it did, with the name and the text; or None."""
        if not self.script or self.script == [["refuse"]]:
            return None
        self.hear()
        if self.script[0][0] == "names":
            if len(self.clients) < self.script[0][1]:
                return None
            self.script.pop(0)
        if not self.script:
            return None
        what, name, text, *_ = self.script.pop(0) + ["", ""]
        if what == "say":
            self.clients[name].sendall(text.encode())
        elif what == "close":
            self.clients[name].close()
        elif what == "interrupt":
            os.kill(pid, signal.SIGINT)
        return what, name, text.encode()
