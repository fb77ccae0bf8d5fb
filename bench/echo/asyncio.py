# SPDX-License-Identifier: MIT
"""asyncio, and uvloop by the same program. Fair: a Protocol, which is faster
than streams. Reading halts while too much waits to be sent."""

import asyncio

import secure


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=4096,
                                      ssl=secure.context())
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
