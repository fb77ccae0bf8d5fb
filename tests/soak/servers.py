# SPDX-License-Identifier: MIT
"""The servers under load: how each is started, and by whom it is visited."""

import collections
import os
import signal
import ssl
import subprocess
import sys
import threading

import clients

# Descriptors that may be left: a reactor keeps eight pipes for the next splice.
SPARE = {"port_forward": 16}

KEPT = 65536  # bytes of what a server says: the last ones


class Server:
    """A server that runs, and the last of what it says."""

    def __init__(self, name, command, kinds, secure):
        self.name = name
        self.kinds = kinds
        self.secure = secure
        self.said = collections.deque()
        self.length = 0
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        line = self.process.stdout.readline().decode().strip()
        where = line.removeprefix("listening on ")
        if where == line:
            sys.exit(f"{' '.join(command)} said '{line}', and "
                     f"{self.process.stderr.read().decode()}")
        self.address = where.removeprefix("unix:")
        if self.address == where:
            host, port = where.rsplit(":", 1)
            self.address = host, int(port)
        for stream in self.process.stdout, self.process.stderr:
            threading.Thread(target=self.listen, args=(stream,),
                             daemon=True).start()

    def listen(self, stream):
        while said := os.read(stream.fileno(), KEPT):
            self.said.append(said)
            self.length += len(said)
            while self.length - len(self.said[0]) > KEPT:
                self.length -= len(self.said.popleft())

    def has_ended(self):
        return self.process.poll() is not None

    def stop(self):
        """The status; None if it did not end within ten seconds."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def last_words(self):
        return b"".join(self.said)


def plain():
    """Name, options, kinds of clients."""
    here = os.path.dirname(os.path.abspath(__file__))
    zone = os.path.join(here, "..", "peers", "dns_server.zone")
    port = ["--port", "0"]
    return [
        ("greeting_server", port, clients.Greeting),
        ("chat_server", port, clients.Chat),
        ("echo_server", port, clients.Echo),
        ("upper_server", port, clients.Upper),
        ("upper_server_protocol", port, clients.Upper),
        ("upper_server_delayed", port, clients.UpperLater),
        ("upper_server_threaded", port, clients.UpperLater),
        ("sort_server", port + ["--workers", "2"], clients.Sort),
        ("udp_upper_server", port, clients.UpperDatagrams),
        ("udp_upper_server_coroutine", port, clients.UpperDatagrams),
        ("file_size_server",
         ["--listen", f"unix:/tmp/evert-soak-{os.getpid()}"], clients.Sizes),
        ("dns_server",
         ["--host", "127.0.0.1", "--port", "0", "--zone", zone],
         clients.Names, clients.NamesByStream),
    ]


def secured(ca):
    pem = f"{ca}/server.pem"
    listen = ["--listen", f"tls:127.0.0.1:0:certificate={pem}"]
    return [
        ("greeting_server", listen, clients.Greeting),
        ("chat_server", listen, clients.Chat),
        ("virtual_hosts", ["--listen", "tls:127.0.0.1:0:context=hosts",
                           f"localhost={pem}",
                           f"elsewhere.test={ca}/elsewhere.pem"],
         clients.HostGreeting),
        ("starttls_chat", ["--listen", "tcp:127.0.0.1:0",
                           "--certificate", pem], clients.StartTlsChat),
    ]


def secured_where(build):
    """Of those with certificates; nowhere if they were built without."""
    ca = f"{build}/tests/certificates"
    return ca if os.path.exists(f"{ca}/made") else None


def names(build):
    """Of all that start_all starts."""
    ca = secured_where(build)
    return ([entry[0] for entry in plain()] + ["port_forward"] +
            [f"{entry[0]}, TLS" for entry in (secured(ca) if ca else [])])


def start_all(build, only):
    """All examples that serve, or some; those of TLS where they were built
    with it."""
    servers = []
    if "port_forward" in only:
        only = [*only, "echo_server"]  # to which it forwards

    def start(program, options, *kinds, secure=None):
        name = f"{program}, TLS" if secure else program
        if not only or name in only:
            servers.append(Server(name, [f"{build}/examples/{program}"]
                                  + options, kinds, secure))

    for entry in plain():
        start(*entry)
    target = next((s for s in servers if s.name == "echo_server"), None)
    if target:
        start("port_forward", ["tcp:127.0.0.1:0", "tcp:%s:%d" % target.address],
              clients.Echo)
    ca = secured_where(build)
    if ca:
        trust = ssl.create_default_context(cafile=f"{ca}/root.crt")
        for entry in secured(ca):
            start(*entry, secure=trust)
    return servers


def start_planted(kinds):
    """A server that does on purpose what is to be found."""
    here = os.path.dirname(os.path.abspath(__file__))
    return Server(f"planted: {kinds}",
                  [sys.executable, f"{here}/planted.py", kinds],
                  [clients.Upper], None)
