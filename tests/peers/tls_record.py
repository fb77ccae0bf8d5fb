# SPDX-License-Identifier: MIT
"""A TLS server that tells, on standard error, what came, record by record.

tls_record.py PEM [VERSION]  a line for each connection: the records' types
                             ("data" with how many bytes: TLS 1.3 hides alerts
                             in it), and how it ended
"""

import socket
import ssl
import sys

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
TYPES = {20: "ccs", 21: "alert", 22: "handshake", 23: "data"}


def records(raw):
    """RFC 8446, 5.1: a type, a version, a length, and as many bytes."""
    while len(raw) >= 5:
        length = int.from_bytes(raw[3:5], "big")
        name = TYPES.get(raw[0], "plain")
        yield f"data {length}" if name == "data" else name
        raw = raw[5 + length:]


def serve(client, context):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    raw, end = b"", "closed"
    step = tls.do_handshake
    while True:
        try:
            step()
            step = lambda: tls.read(65536) or tls.unwrap()
        except ssl.SSLWantReadError:
            client.sendall(outgoing.read())
            data = client.recv(65536)
            if not data:
                break
            raw += data
            incoming.write(data)
        except ssl.SSLError as error:
            end = error.reason
            break
    print(", ".join(records(raw)) + ":", end, file=sys.stderr, flush=True)


def main(certificate, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.num_tickets = 0
    if version:
        context.minimum_version = VERSIONS[version]
        context.maximum_version = VERSIONS[version]
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    while True:
        client, _ = listener.accept()
        with client:
            try:
                serve(client, context)
            except ConnectionError as error:
                print(error, file=sys.stderr, flush=True)


main(*sys.argv[1:])
