# SPDX-License-Identifier: MIT
"""Twisted, on epoll. Fair: TCP_NODELAY as everywhere; a push producer halts
reading while too much waits to be sent."""

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol


class Echo(Protocol):
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self.transport, True)

    def dataReceived(self, data):
        self.transport.write(data)

    def connectionLost(self, reason):
        self.transport.unregisterProducer()


port = reactor.listenTCP(0, Factory.forProtocol(Echo), backlog=4096,
                         interface="127.0.0.1")
print(port.getHost().port, flush=True)
reactor.run()
