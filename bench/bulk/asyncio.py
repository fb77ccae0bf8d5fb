# SPDX-License-Identifier: MIT
"""asyncio, and uvloop by the same program. Fair: a BufferedProtocol, which
reads into one buffer; blocks are written until writing is paused, or until it
is the loop's turn: a client that is as fast as we are never makes us pause."""

import asyncio

import secure

BLOCK = bytes(65536)
BLOCKS_A_TURN = 16


class Bulk(asyncio.BufferedProtocol):
    def connection_made(self, transport):
        self.transport = transport
        self.buffer = bytearray(65536)
        self.decided = False

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, count):
        if not self.decided:
            self.decided = True
            if self.buffer[0] == ord("s"):
                self.resume_writing()

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        self.write_some()

    def write_some(self):
        for _ in range(BLOCKS_A_TURN):
            if self.paused or self.transport.is_closing():
                return
            self.transport.write(BLOCK)
        asyncio.get_running_loop().call_soon(self.write_some)

    def connection_lost(self, reason):
        self.paused = True


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Bulk, "127.0.0.1", 0, backlog=4096,
                                      ssl=secure.context())
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
