# SPDX-License-Identifier: MIT
"""Peers of a chat that starts TLS, with certificates from the folder CA.

starttls.py client PORT CA  says what it reads from standard input, prints what
                            it hears
starttls.py slow PORT CA    one speaks, and one never reads, until the server
                            drops that one
starttls.py inject PORT     asks for TLS, with a line more in the same segment;
                            prints what it gets
starttls.py server CA TEXT [1.2]
                            answers the first line by TEXT, then expects TLS, and
                            when the client has ended, says what it said
"""

import select
import socket
import ssl
import sys
import threading


MOST_SAID = 100 << 20  # bytes: more than kernels take for who does not read


def connect(port):
    return socket.create_connection(("127.0.0.1", int(port)), timeout=20)


def client_context(ca):
    return ssl.create_default_context(cafile=f"{ca}/root.crt")


def server_context(ca, name="server"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{ca}/{name}.pem")
    return context


def read_line(plain):
    line = b""
    while not line.endswith(b"\n"):
        byte = plain.recv(1)
        if not byte:
            break
        line += byte
    return line


def say_all(secure):
    for line in sys.stdin.buffer:
        secure.sendall(line)


def enter(port, ca):
    plain = connect(port)
    plain.sendall(b"STARTTLS\n")
    assert read_line(plain) == b"OK\n"
    return client_context(ca).wrap_socket(plain, server_hostname="localhost")


def client(port, ca):
    secure = enter(port, ca)
    print(secure.version(), flush=True)
    threading.Thread(target=say_all, args=(secure,), daemon=True).start()
    while data := secure.recv(65536):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def slow(port, ca):
    dropped = select.poll()
    silent, speaker = enter(port, ca), enter(port, ca)
    dropped.register(silent, 0)
    said = 0
    while not dropped.poll(0):
        speaker.sendall((b"x" * 3999 + b"\n") * 16)
        said += 64000
        if said > MOST_SAID:
            sys.exit("the server does not drop who never reads")


def inject(port):
    plain = connect(port)
    plain.sendall(b"STARTTLS\ninjected\n")
    try:
        while data := plain.recv(65536):
            sys.stdout.buffer.write(data)
    except ConnectionResetError:
        pass


def announce(listener):
    print("listening on %s:%d" % listener.getsockname(), flush=True)


def server(ca, text, version=None):
    listener = socket.create_server(("127.0.0.1", 0))
    announce(listener)
    plain, _ = listener.accept()
    read_line(plain)
    plain.sendall(text.encode().decode("unicode_escape").encode())
    try:
        context = server_context(ca)
        if version:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        secure = context.wrap_socket(plain, server_side=True)
        said = b"".join(iter(lambda: secure.recv(65536), b""))
        secure.sendall(b"welcome\n" + said)
        secure.unwrap()
    except OSError as error:
        print(error, file=sys.stderr)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
