# SPDX-License-Identifier: MIT
"""Twisted. Fair: a pull producer, which is asked for the next block when the
last one is sent."""

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import reactor
from twisted.internet.interfaces import IPullProducer
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

import secure

BLOCK = bytes(65536)


@implementer(IPullProducer)
class Bulk(Protocol):
    decided = False

    def dataReceived(self, data):
        if not self.decided:
            self.decided = True
            if data[:1] == b"s":
                self.transport.registerProducer(self, False)

    def resumeProducing(self):
        self.transport.write(BLOCK)

    def stopProducing(self):
        pass


secure.listen(reactor, Factory.forProtocol(Bulk))
reactor.run()
