# SPDX-License-Identifier: MIT
"""Twisted, on epoll. Fair: TCP_NODELAY as everywhere; a push producer halts
reading while too much waits to be sent."""

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

import secure


class Echo(Protocol):
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self.transport, True)

    def dataReceived(self, data):
        self.transport.write(data)

    def connectionLost(self, reason):
        self.transport.unregisterProducer()


secure.listen(reactor, Factory.forProtocol(Echo))
reactor.run()
