# SPDX-License-Identifier: MIT
"""The same contestants, plain and over TLS: BENCH_TLS in the environment is the
file of the certificate and its key; without it nothing is encrypted."""

import os
import ssl

CERTIFICATE = os.environ.get("BENCH_TLS")


def context():
    """For asyncio. None: plain."""
    if not CERTIFICATE:
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(CERTIFICATE)
    return made


def _twisted_options():
    """As twisted.internet.endpoints makes them for ssl:, but sessions
    can be resumed."""
    from twisted.internet.ssl import CertificateOptions, PrivateCertificate

    with open(CERTIFICATE) as file:
        pair = PrivateCertificate.loadPEM(file.read())
    return CertificateOptions(privateKey=pair.privateKey.original,
                              certificate=pair.original,
                              enableSessions=True)


def listen(reactor, factory):
    """For Twisted: serves, and prints the port."""
    how = {"backlog": 4096, "interface": "127.0.0.1"}
    if CERTIFICATE:
        port = reactor.listenSSL(0, factory, _twisted_options(), **how)
    else:
        port = reactor.listenTCP(0, factory, **how)
    print(port.getHost().port, flush=True)
