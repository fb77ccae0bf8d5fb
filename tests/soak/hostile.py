# SPDX-License-Identifier: MIT
"""Clients that misbehave. Each is a function of a random generator and the
server; whatever it meets (OSError) is what it deserves. `server.rest` sleeps,
and is true when all are to end."""

import os
import socket
import struct
import time

from clients import size

MOST = 4 << 20  # bytes of a flood


def reset(sock):
    """Closes so that the server sees a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


def leave(rng, sock):
    if rng.random() < 0.5:
        reset(sock)
    sock.close()


def spiced(rng, server):
    """What the server expects, or nearly, or not at all."""
    data = bytearray(server.client.request(rng))
    kind = rng.random()
    if kind < 0.5:
        return bytes(data)
    if kind < 0.8:
        for _ in range(1 + size(rng, 10)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data)
    return rng.randbytes(1 + size(rng, 20000))


def opened(rng, server):
    """Where TLS is spoken, half of them speak it."""
    if rng.random() < 0.5:
        sock = server.client.raw(server)
    else:
        sock = server.client.open(server)
    sock.settimeout(2)
    return sock


def slow_loris(rng, server):
    with opened(rng, server) as sock:
        for byte in spiced(rng, server)[:rng.randint(2, 40)]:
            sock.sendall(bytes([byte]))
            if server.rest(rng.uniform(0, 0.2)):
                break
        leave(rng, sock)


def sits_there(rng, server):
    with opened(rng, server) as sock:
        data = spiced(rng, server)
        sock.sendall(data[:rng.randint(0, len(data))])
        server.rest(rng.uniform(0, 5))
        leave(rng, sock)


def resets(rng, server):
    with opened(rng, server) as sock:
        if rng.random() < 0.7:
            sock.sendall(spiced(rng, server))
        reset(sock)


def pour(rng, server, sock):
    data = b"".join(spiced(rng, server) for _ in range(4))
    left = size(rng, MOST)
    while left > 0:
        left -= sock.send(data)


def floods(rng, server):
    """And reads nothing meanwhile."""
    with opened(rng, server) as sock:
        sock.settimeout(0.5)
        try:
            pour(rng, server, sock)
        finally:
            leave(rng, sock)


def never_reads(rng, server):
    with server.client.open(server) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(0.2)
        until = time.monotonic() + rng.uniform(0.5, 5)
        while time.monotonic() < until:
            try:
                sock.send(server.client.request(rng))
            except TimeoutError:
                if server.rest(0.1):
                    break
        leave(rng, sock)


def garbage(rng, server):
    with opened(rng, server) as sock:
        sock.settimeout(0.5)
        for _ in range(1 + size(rng, 10)):
            sock.sendall(rng.randbytes(1 + size(rng, 50000)))
            if not sock.recv(65536):
                break
        leave(rng, sock)


def crowd(rng, server):
    socks = []
    try:
        for _ in range(20 + size(rng, 80)):
            socks.append(server.client.raw(server))
        server.rest(rng.uniform(0, 1))
    finally:
        for sock in socks:
            leave(rng, sock)


def half_closes(rng, server):
    with server.client.raw(server) as sock:
        if rng.random() < 0.7:
            sock.sendall(spiced(rng, server))
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(5)
        while sock.recv(65536):
            pass


def wrong_host(rng, server):
    """TLS with a name that is not served, or that ends in the middle."""
    if not server.secure:
        return resets(rng, server)
    with server.client.open(server, name="nowhere.test") as sock:
        return sock.sendall(b"who reads this?")


STREAMS = [slow_loris, sits_there, resets, floods, never_reads, garbage, crowd,
           half_closes, wrong_host]


# ---- Datagrams ----

def scraps(rng, server):
    """As large as they may be, and as small; answers find nobody."""
    with server.client.raw(server) as sock:
        for _ in range(1 + size(rng, 200)):
            sock.send(rng.randbytes(size(rng, 65507)))


def asks_and_goes(rng, server):
    for _ in range(1 + size(rng, 50)):
        with server.client.raw(server) as sock:
            sock.send(spiced(rng, server))


def datagrams_pour(rng, server):
    with server.client.raw(server) as sock:
        until = time.monotonic() + rng.uniform(0, 0.3)
        while time.monotonic() < until:
            sock.send(spiced(rng, server))


DATAGRAMS = [scraps, asks_and_goes, datagrams_pour]


# ---- Open files ----

def passes_many(rng, server):
    """More than a message may hold at once, and does not read."""
    with server.client.raw(server) as sock:
        sock.settimeout(0.5)
        file = os.open("/dev/null", os.O_RDONLY)
        try:
            for _ in range(1 + size(rng, 100)):
                socket.send_fds(sock, [b"xy"], [file] * rng.randint(1, 253))
        finally:
            os.close(file)


def ways(server):
    """Of misbehaving, those that this server can meet."""
    if server.client.DATAGRAMS:
        return DATAGRAMS
    if isinstance(server.address, str):
        return STREAMS + [passes_many] * 3
    return STREAMS
