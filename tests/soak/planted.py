# SPDX-License-Identifier: MIT
"""planted.py KIND,...: a server like upper_server that goes wrong on purpose.

memory		keeps 20 kB for each piece that it reads
descriptors	keeps each third connection open when its client has gone
answer		answers each tenth piece wrongly
spin		never rests once a client was there
status		ends with status 1
none		nothing is wrong

Nobody waits for somebody else, so that what is told of it is what it does
wrong, however slow the machine is."""

import itertools
import selectors
import signal
import socket
import sys

KINDS = ["memory", "descriptors", "answer", "spin", "status", "none"]
kinds = sys.argv[1].split(",")
for kind in set(kinds) - set(KINDS):
    sys.exit(f"{kind}: nothing of this name is planted, only {' '.join(KINDS)}")
kept = []
pieces = itertools.count(1)
leavers = itertools.count(1)
signal.signal(signal.SIGTERM, lambda *_: sys.exit("status" in kinds))
listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)


def enter(client):
    client.setblocking(False)
    selector.register(client, selectors.EVENT_READ, b"")


def leave(client):
    selector.unregister(client)
    if "descriptors" in kinds and next(leavers) % 3 == 0:
        end(client)
        kept.append(client)
    else:
        client.close()


def end(client):
    """Its client need not wait until it is closed."""
    try:
        client.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it was reset


def answer(data):
    if "memory" in kinds:
        kept.append(data[:1] * 20000)
    if "answer" in kinds and next(pieces) % 10 == 0:
        data = data[1:] + data[:1]
    return data.upper()


def serve(client, unsent):
    """Reads no more until what it answered is gone."""
    if not unsent:
        data = client.recv(65536)
        if not data:
            return leave(client)
        unsent = answer(data)
    try:
        unsent = unsent[client.send(unsent):]
    except BlockingIOError:
        pass
    selector.modify(client, selectors.EVENT_WRITE if unsent
                    else selectors.EVENT_READ, unsent)


came = False
while True:
    for key, _ in selector.select(0 if "spin" in kinds and came else None):
        came = True
        if key.fileobj is listener:
            enter(listener.accept()[0])
            continue
        try:
            serve(key.fileobj, key.data)
        except OSError:
            leave(key.fileobj)
