#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""forward.py MEGABYTES COMMAND...: has a forwarder carry so much both ways at
once. In COMMAND, %listen and %target stand for ports. Both ends write as fast as
they can, and stall at random when they read; each ends its writing first, and
then waits for the other's end. Prints the forwarder's peak memory in KiB and
its processor time in seconds. Exit status 1: what came is not what was sent."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib

BLOCK = random.Random(1).randbytes((1 << 20) + 7)
PATIENCE = 600


def write(connection, length, seen):
    block = memoryview(BLOCK)
    crc = at = 0
    while length:
        size = min(length, len(block) - at, 1 << 18)
        connection.sendall(block[at:at + size])
        crc = zlib.crc32(block[at:at + size], crc)
        length -= size
        at = (at + size) % len(block)
    connection.shutdown(socket.SHUT_WR)
    seen["sent"] = crc


def read(connection, seen, stalls):
    buffer = bytearray(1 << 18)
    crc = count = 0
    while size := connection.recv_into(buffer):
        crc = zlib.crc32(memoryview(buffer)[:size], crc)
        count += size
        if stalls.random() < 0.002:
            time.sleep(stalls.random() / 20)
    seen["count"], seen["came"] = count, crc


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def connect(port, process):
    for _ in range(500):
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE)
        except ConnectionRefusedError:
            if process.poll() is not None:
                sys.exit("the forwarder has ended")
            time.sleep(0.02)
    sys.exit("the forwarder does not listen")


def carry(client, server, length):
    ends = [{}, {}]
    work = []
    for i, end in enumerate((client, server)):
        end.settimeout(PATIENCE)
        work += [threading.Thread(target=write, args=(end, length, ends[i])),
                 threading.Thread(target=read, args=(end, ends[i],
                                                     random.Random(i)))]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    return all(mine.get("count") == length and
               mine["came"] == others.get("sent")
               for mine, others in (ends, ends[::-1]))


def used(process):
    """Peak memory in KiB, processor time in seconds."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        peak = next(line.split()[1] for line in file
                    if line.startswith("VmHWM"))
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        times = file.read().rpartition(")")[2].split()[11:15]
    seconds = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
    return f"{peak} {seconds:.2f}"


def main():
    length = int(sys.argv[1]) << 20
    listener = socket.create_server(("127.0.0.1", 0))
    port = free_port()
    target = str(listener.getsockname()[1])
    command = [word.replace("%listen", str(port))
               .replace("%target", target) for word in sys.argv[2:]]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        client = connect(port, process)
        server = listener.accept()[0]
        whole = carry(client, server, length)
        print(used(process))
        process.send_signal(signal.SIGTERM)
    sys.exit(0 if whole else 1)


main()
