# SPDX-License-Identifier: MIT
"""A relay that passes on one byte at a time, both ways.

trickle.py PORT: to that port
"""

import socket
import sys
import threading


def pass_on(source, target):
    try:
        while data := source.recv(65536):
            for byte in data:
                target.sendall(bytes([byte]))
        target.shutdown(socket.SHUT_WR)
    except OSError:
        target.close()


def main(port):
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(("127.0.0.1", int(port)))
        for one, other in (client, server), (server, client):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(
                target=pass_on, args=(one, other), daemon=True
            ).start()


main(*sys.argv[1:])
