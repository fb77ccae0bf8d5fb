# SPDX-License-Identifier: MIT
"""Python's TLS, as a client and as a server of greetings.

tls.py client PORT CERTIFICATES SCENARIO: prints what came back.
tls.py server CERTIFICATES [1.2|1.3]: says where it listens, and greets.
"""

import socket
import socketserver
import ssl
import sys

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def client_context(folder, version=None, certificate=None, alpn=None):
    context = ssl.create_default_context(cafile=f"{folder}/root.crt")
    if version:
        context.minimum_version = VERSIONS[version]
        context.maximum_version = VERSIONS[version]
    if certificate:
        context.load_cert_chain(f"{folder}/{certificate}")
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def connect(port, context, **more):
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    return context.wrap_socket(plain, server_hostname="localhost", **more)


def greet(connection, *names):
    connection.sendall("".join(name + "\r\n" for name in names).encode())
    with connection.makefile("rb") as lines:
        return b"".join(lines.readline() for _ in names).decode()


def finish(connection):
    """Both ends of TLS in order: an error, if the peer's is missing."""
    connection.unwrap().close()


def version(port, folder, number):
    connection = connect(port, client_context(folder, number))
    print(connection.version(), greet(connection, "World"), end="")
    finish(connection)


def resumed(port, folder, number):
    context = client_context(folder, number)
    first = connect(port, context)
    greet(first, "World")
    session = first.session
    finish(first)
    second = connect(port, context, session=session)
    print(second.session_reused, greet(second, "World"), end="")
    finish(second)


def many(port, folder):
    """A megabyte of names, each a record; then one record of many names."""
    connection = connect(port, client_context(folder))
    names = [f"{i:060}" for i in range(4000)]
    for start in range(0, len(names), 200):
        some = names[start:start + 200]
        expected = "".join(f"Hello, {name}!\r\n" for name in some)
        assert greet(connection, *some) == expected
    finish(connection)
    print("all", len(names))


def trickle(port, folder):
    """Each byte of every record by itself."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context(folder).wrap_bio(incoming, outgoing,
                                          server_hostname="localhost")

    def send():
        for byte in outgoing.read():
            plain.send(bytes([byte]))

    def until_done(step):
        while True:
            try:
                result = step()
                send()
                return result
            except ssl.SSLWantReadError:
                send()
                incoming.write(plain.recv(1))

    until_done(tls.do_handshake)
    until_done(lambda: tls.write(b"World\r\n"))
    print(until_done(lambda: tls.read(100)).decode(), end="")
    plain.close()


def certificate(port, folder, name):
    try:
        connection = connect(port, client_context(folder, certificate=name
                                                  or None))
        print(greet(connection, "World"), end="")
    except (ssl.SSLError, ConnectionError) as error:
        print(getattr(error, "reason", error))


def alpn(port, folder, *names):
    try:
        connection = connect(port, client_context(folder, alpn=names))
        print(connection.selected_alpn_protocol())
        finish(connection)
    except ssl.SSLError as error:
        print(error)  # Python has no name for the reason


def cut(port, folder):
    """Goes without the end of TLS."""
    connection = connect(port, client_context(folder))
    greet(connection, "World")
    socket.socket(fileno=connection.detach()).close()


class Greeter(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            for line in self.rfile:
                name = line.rstrip(b"\r\n")
                self.wfile.write(b"Hello, " + name + b"!\r\n")
        except ssl.SSLError:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    context = None

    def get_request(self):
        connection, peer = super().get_request()
        return self.context.wrap_socket(connection, server_side=True), peer


def serve(folder, number=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/server.pem")
    if number:
        context.minimum_version = VERSIONS[number]
        context.maximum_version = VERSIONS[number]
    server = Server(("127.0.0.1", 0), Greeter)
    server.context = context
    print("listening on 127.0.0.1:%d" % server.server_address[1], flush=True)
    server.serve_forever()


SCENARIOS = {"version": version, "resumed": resumed, "many": many,
             "trickle": trickle, "certificate": certificate, "alpn": alpn,
             "cut": cut}

if sys.argv[1] == "server":
    serve(*sys.argv[2:])
else:
    SCENARIOS[sys.argv[4]](int(sys.argv[2]), sys.argv[3], *sys.argv[5:])
