# SPDX-License-Identifier: MIT
"""Clients that no tool of the system offers.

client.py bytewise PORT     sends two names, a byte at a time
client.py reset PORT        sends a name, and resets the connection
client.py wait PORT         gets a greeting, prints how the connection ends
client.py greedy PORT PID KIND
                            sends and never reads, until the server takes no
                            more; then reads all of it. KIND is what the
                            server PID does: greeting, upper, echo
client.py chat PORT PID     three in a chat: one speaks, one listens, one
                            never reads, until the server drops that one
"""

import re
import select
import socket
import struct
import sys
import threading


def connect(port):
    client = socket.create_connection(("127.0.0.1", int(port)), timeout=20)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def read_all(client):
    return b"".join(iter(lambda: client.recv(65536), b""))


def bytewise(port):
    client = connect(port)
    for byte in b"World\r\nAda\r\n":
        client.sendall(bytes([byte]))
    client.shutdown(socket.SHUT_WR)
    sys.stdout.buffer.write(read_all(client))


def reset(port):
    client = connect(port)
    client.sendall(b"World\r\n")
    client.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    client.close()


def wait(port):
    client = connect(port)
    client.sendall(b"World\r\n")
    print(client.recv(100).decode().strip(), flush=True)
    try:
        print("end" if client.recv(100) == b"" else "data")
    except ConnectionResetError:
        print("reset")


MOST_SENT = 64 * 1024 * 1024
MOST_GROWTH = 8 * 1024  # KiB

KINDS = {
    "greeting": (b"World\r\n", b"Hello, World!\r\n"),
    "upper": (b"abcdefgh", b"ABCDEFGH"),
    "echo": (b"abcdefgh", b"abcdefgh"),
}


def memory(pid):
    """Physical memory of a process, in KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def takes_more(client):
    """A server that wants to read has done so within a fifth of a second."""
    return select.select([], [client], [], 0.2)[1]


def send_until_stuck(client, request):
    piece = request * (65536 // len(request))
    sent = 0
    client.setblocking(False)
    while sent < MOST_SENT and takes_more(client):
        sent += client.send(piece[sent % len(request):])
    client.setblocking(True)
    return sent


def finish(client, request, sent):
    """Ends the last request, and sends the end."""
    client.sendall(request[len(request) - -sent % len(request):])
    client.shutdown(socket.SHUT_WR)


def greedy(port, pid, kind):
    request, answer = KINDS[kind]
    client = connect(port)
    before = memory(pid)
    sent = send_until_stuck(client, request)
    growth = memory(pid) - before
    print(f"{kind}: took {sent} bytes, grew by {growth} KiB")
    if sent >= MOST_SENT or growth > MOST_GROWTH:
        sys.exit("the server does not stop who never reads")
    check_neighbour(port, request, answer)
    finisher = threading.Thread(target=finish, args=(client, request, sent))
    finisher.start()
    got = read_all(client)
    finisher.join()
    if got != answer * -(-sent // len(request)):
        sys.exit(f"the answers are not whole: {len(got)} bytes")


def check_neighbour(port, request, answer):
    neighbour = connect(port)
    neighbour.sendall(request)
    neighbour.shutdown(socket.SHUT_WR)
    if read_all(neighbour) != answer:
        sys.exit("another client is not served meanwhile")


def hear(listener, lines):
    """Waits for that many lines that were said; is it told that one left?"""
    left = False
    while lines:
        line = next(listener)
        if line.startswith(b"*** "):
            left = left or line.endswith(b" left ***\n")
        else:
            lines -= 1
    return left


def chat(port, pid):
    slow = connect(port)
    listener = connect(port).makefile("rb")
    speaker = connect(port)
    next(listener)  # the speaker has joined
    before = memory(pid)
    said, left = 0, False
    while not left and said < MOST_SENT:
        speaker.sendall((b"x" * 3999 + b"\n") * 16)
        left = hear(listener, 16)
        said += 64000
    growth = memory(pid) - before
    print(f"chat: {said} bytes said, grew by {growth} KiB")
    if not left or growth > MOST_GROWTH:
        sys.exit("the server does not drop who never reads")
    speaker.sendall(b"Still there?\n")
    hear(listener, 1)
    check_dropped(slow)


def check_dropped(client):
    try:
        read_all(client)
    except ConnectionResetError:
        return
    sys.exit("who never reads sees an end in order")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
