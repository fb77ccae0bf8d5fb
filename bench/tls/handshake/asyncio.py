# SPDX-License-Identifier: MIT
"""asyncio, and uvloop by the same program."""

import asyncio

import secure


class Greeter(asyncio.Protocol):
    def connection_made(self, transport):
        transport.write(b"Hello, World!\r\n")
        transport.close()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Greeter, "127.0.0.1", 0, backlog=4096,
                                      ssl=secure.context())
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
