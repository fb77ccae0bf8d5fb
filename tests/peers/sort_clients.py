# SPDX-License-Identifier: MIT
"""Clients of the sort server.

sort_clients.py sorts PORT         lists of many kinds, on one connection
sort_clients.py refused PORT       what is no list of numbers, one each
sort_clients.py absurd PORT        a length of 2 ** 63
sort_clients.py crowd PORT GREET_PORT COUNT NUMBERS
                                   COUNT clients with NUMBERS each at once;
                                   prints how long greetings took meanwhile
sort_clients.py killed PORT SERVER COUNT NUMBERS
                                   the same, and a worker of the process
                                   SERVER is killed meanwhile
"""

import json
import os
import random
import signal
import socket
import struct
import sys
import threading
import time


def connect(port):
    client = socket.create_connection(("127.0.0.1", int(port)), timeout=50)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def send(client, data):
    client.sendall(struct.pack(">Q", len(data)) + data)


def read_exactly(client, length):
    data = b""
    while len(data) < length:
        more = client.recv(length - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def receive(client):
    length, = struct.unpack(">Q", read_exactly(client, 8))
    return json.loads(read_exactly(client, length))


def ask(client, numbers):
    send(client, json.dumps(numbers).encode())
    return receive(client)


def is_at_its_end(client):
    return client.recv(1) == b""


def sorts(port):
    lists = [[], [1], [3, 1, 2], [2, 2, 1, 1], [-5, 3.5, 0, -0.25, 1e10],
             list(range(200, 0, -1)), [2 ** 53 + 1, 2 ** 53],
             [random.randint(-10 ** 9, 10 ** 9) for _ in range(500)]]
    client = connect(port)
    for numbers in lists:
        if ask(client, numbers) != sorted(numbers):
            sys.exit(f"not sorted: {numbers}")
    send(client, b" [ 2e0,\t1.0 ,\r\n-3 ] ")
    if receive(client) != [-3, 1.0, 2.0]:
        sys.exit("not sorted: a list with blanks")
    for byte in struct.pack(">Q", 5) + b"[2,1]":
        client.sendall(bytes([byte]))
    if receive(client) != [1, 2]:
        sys.exit("not sorted: a list that came byte by byte")
    print(len(lists) + 2)


def refused(port):
    neighbour = connect(port)
    for text in (b"", b"no", b"{}", b"[", b"[1", b"[1,]", b"[,1]", b"[1 2]",
                 b"[01]", b"[1.]", b"[.5]", b"[1e]", b"[-]", b"[+1]", b"[NaN]",
                 b'["1"]', b"[1]]", b"[1]\0", b"[1,\0]", b"[[1]]", b"[0x10]"):
        client = connect(port)
        send(client, text)
        if "not a list of numbers" not in receive(client)["error"]:
            sys.exit(f"not refused in words: {text}")
        if not is_at_its_end(client):
            sys.exit(f"the connection stays: {text}")
        if ask(neighbour, [2, 1]) != [1, 2]:
            sys.exit(f"another client is hurt by {text}")
    print("refused")


def absurd(port):
    client = connect(port)
    client.sendall(struct.pack(">Q", 2 ** 63))
    print(receive(client)["error"])
    print("end" if is_at_its_end(client) else "data")


class Crowd:
    def __init__(self, port, count, size):
        self.wrong = []
        self.errors = []
        self.threads = [threading.Thread(target=self.sort, args=(port, size))
                        for _ in range(count)]

    def sort(self, port, size):
        numbers = [random.randint(0, 10 ** 6) for _ in range(size)]
        answer = ask(connect(port), numbers)
        if isinstance(answer, dict):
            self.errors.append(answer["error"])
        elif answer != sorted(numbers):
            self.wrong.append(answer)

    def begin(self):
        for thread in self.threads:
            thread.start()

    def is_there(self):
        return any(thread.is_alive() for thread in self.threads)

    def end(self):
        for thread in self.threads:
            thread.join()
        if self.wrong:
            sys.exit(f"{len(self.wrong)} wrong answers")


def greet(client):
    begun = time.monotonic()
    client.sendall(b"World\r\n")
    if not client.recv(100).startswith(b"Hello"):
        sys.exit("no greeting")
    return time.monotonic() - begun


def crowd(port, greet_port, count, size):
    guest = connect(greet_port)
    greet(guest)
    clients = Crowd(port, int(count), int(size))
    clients.begin()
    spans = []
    while clients.is_there():
        spans.append(greet(guest))
        time.sleep(0.001)
    clients.end()
    spans.sort()
    # The 99th percentile, in milliseconds.
    print(f"{spans[len(spans) * 99 // 100] * 1000:.3f}")
    print(f"{len(clients.errors)} errors, {len(spans)} greetings",
          file=sys.stderr)


def workers(server):
    with open(f"/proc/{server}/task/{server}/children",
              encoding="ascii") as children:
        return [int(child) for child in children.read().split()]


def killed(port, server, count, size):
    clients = Crowd(port, int(count), int(size))
    clients.begin()
    while len(workers(server)) < 2:
        time.sleep(0.001)
    time.sleep(0.02)  # all of them are at work, for much longer than this
    victim = workers(server)[0]
    os.kill(victim, signal.SIGKILL)
    clients.end()
    print("\n".join(clients.errors).replace(str(victim), "PID"))


MODES = {mode.__name__: mode
         for mode in (sorts, refused, absurd, crowd, killed)}
MODES[sys.argv[1]](*sys.argv[2:])
