# SPDX-License-Identifier: MIT
"""Twisted's LineReceiver: what evert's is modelled on. Fair: TCP_NODELAY as
everywhere; it halts while too much waits to be sent."""

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import reactor
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class Greeter(LineReceiver):
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self, True)

    def lineReceived(self, line):
        self.sendLine(b"Hello, " + line + b"!")

    def connectionLost(self, reason):
        self.transport.unregisterProducer()


port = reactor.listenTCP(0, Factory.forProtocol(Greeter), backlog=4096,
                         interface="127.0.0.1")
print(port.getHost().port, flush=True)
reactor.run()
