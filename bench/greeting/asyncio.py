# SPDX-License-Identifier: MIT
"""asyncio's streams, and uvloop's by the same program: coroutine style. Fair:
drain() only where more waits to be sent than one answer."""

import asyncio


async def greet(reader, writer):
    try:
        while line := await reader.readline():
            writer.write(b"Hello, " + line[:-2] + b"!\r\n")
            if writer.transport.get_write_buffer_size():
                await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(greet, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
