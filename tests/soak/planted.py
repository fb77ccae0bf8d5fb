# SPDX-License-Identifier: MIT
"""planted.py KIND,...: a server like upper_server that goes wrong on purpose.

memory		keeps 20 kB for each piece that it reads
descriptors	keeps each tenth connection open when its client has gone
answer		answers each fiftieth piece wrongly
spin		never rests once a client was there
status		ends with status 1
none		nothing is wrong
"""

import selectors
import signal
import socket
import sys

kinds = sys.argv[1].split(",")
kept = []
count = 0
signal.signal(signal.SIGTERM, lambda *_: sys.exit("status" in kinds))
listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)


def leave(client):
    selector.unregister(client)
    if "descriptors" in kinds and count % 10 == 0:
        kept.append(client)
    else:
        client.close()


def serve(client):
    data = client.recv(65536)
    if not data:
        return leave(client)
    if "memory" in kinds:
        kept.append(data[:1] * 20000)
    answer = data.upper()
    if "answer" in kinds and count % 50 == 0:
        answer = answer[1:] + answer[:1]
    client.settimeout(0.02)  # who does not read is dropped
    client.sendall(answer)


while True:
    for key, _ in selector.select(0 if "spin" in kinds and count
                                  else None):
        count += 1
        if key.fileobj is listener:
            selector.register(listener.accept()[0], selectors.EVENT_READ)
            continue
        try:
            serve(key.fileobj)
        except OSError:
            leave(key.fileobj)
