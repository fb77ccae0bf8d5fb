# SPDX-License-Identifier: MIT
"""Servers that misbehave. Each says where it listens, and never ends.

server.py silent       accepts and never answers
server.py answer TEXT  answers the first thing it gets by TEXT, and closes
server.py stall TEXT   the same, and does not close
server.py truncate PEM TEXT
                       answers by TLS, and does not end it
server.py reset        accepts, and resets the connection
server.py greet COUNT  greets, and closes at what would be one greeting more
server.py full         lets nobody connect, and refuses nobody
server.py site FOLDER [PEM]
                       serves files by HTTP, as it should, or by HTTPS
"""

import functools
import http.server
import socket
import ssl
import struct
import sys
import threading


def silent(client):
    while client.recv(65536):
        pass


def answer(client, text):
    client.recv(65536)
    client.sendall(text.encode().decode("unicode_escape").encode())


def stall(client, text):
    answer(client, text)
    silent(client)


def server_context(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def truncate(client, certificate, text):
    """Closing an SSLSocket closes what is below it, and sends no end."""
    context = server_context(certificate)
    with context.wrap_socket(client, server_side=True) as secure:
        answer(secure, text)


def reset(client):
    client.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )


def greet(client, count):
    lines = client.makefile("rwb", newline=b"\n")
    for _ in range(int(count)):
        name = lines.readline().rstrip(b"\r\n")
        if not name:
            return
        lines.write(b"Hello, " + name + b"!\r\n")
        lines.flush()
    lines.readline()


def full():
    """The queue of who waits to be accepted has room for one."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = [socket.socket() for _ in range(2)]
    for client in waiting:
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
    announce(listener)
    threading.Event().wait()


def site(folder, certificate=None):
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=folder
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = server_context(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    announce(server.socket)
    server.serve_forever()


def announce(listener):
    print("listening on %s:%d" % listener.getsockname(), flush=True)


def serve(behave, client, arguments):
    with client:
        try:
            behave(client, *arguments)
        except ConnectionError:
            pass


def accept_all(behave, *arguments):
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    announce(listener)
    while True:
        client, _ = listener.accept()
        threading.Thread(
            target=serve, args=(behave, client, arguments), daemon=True
        ).start()


if __name__ == "__main__":
    called = globals()[sys.argv[1]]
    if called in (full, site):
        called(*sys.argv[2:])
    else:
        accept_all(called, *sys.argv[2:])
