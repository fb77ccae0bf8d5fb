# SPDX-License-Identifier: MIT
"""Twisted, on epoll. Fair: it greets when the handshake is done, not when the
connection is accepted, which is when its connectionMade comes."""

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import reactor
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

import secure


@implementer(IHandshakeListener)
class Greeter(Protocol):
    def handshakeCompleted(self):
        self.transport.write(b"Hello, World!\r\n")
        self.transport.loseConnection()


secure.listen(reactor, Factory.forProtocol(Greeter))
reactor.run()
