# SPDX-License-Identifier: MIT
"""Clients that behave, and check every answer: a class for each kind of
server. `visit` comes once, and raises Wrong; what else a connection meets
raises OSError. `open` and `request` serve those that misbehave, too."""

import json
import os
import select
import socket
import struct

PATIENCE = 30  # seconds until an answer that did not come is a wrong one


class Wrong(Exception):
    """An answer is not what it must be."""


class Dropped(Exception):
    """The server let the client go, as it may."""


def expect(what, expected, got):
    if expected != got:
        raise Wrong(f"{what}: expected {expected[:80]!r}, got {got[:80]!r} "
                    f"({len(expected)} and {len(got)} bytes)")


def size(rng, most):
    """Small ones as often as large ones."""
    return int(most ** rng.random())


def word(rng):
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "".join(rng.choices(letters, k=1 + size(rng, 60))).encode()


def read_exactly(file, length):
    got = file.read(length)
    if len(got) < length:
        raise Wrong(f"the end after {len(got)} of {length} bytes")
    return got


def exchange(rng, sock, data, length):
    """Writes in pieces and reads at once; what comes, up to the length."""
    got, sent = bytearray(), 0
    while len(got) < length:
        able = select.select([sock], [sock] if sent < len(data) else [], [],
                             PATIENCE)
        if not able[0] and not able[1]:
            raise Wrong(f"no answer behind {len(got)} of {length} bytes")
        if able[1]:
            piece = data[sent:sent + 1 + size(rng, 65536)]
            sent += sock.send(piece, socket.MSG_DONTWAIT)
        if able[0]:
            more = sock.recv(length - len(got))
            if not more:
                raise Wrong(f"the end after {len(got)} of {length} bytes")
            got += more
    return bytes(got)


class Client:
    """One that sends something, and knows what comes back."""

    HALF_CLOSES = True
    DATAGRAMS = False

    def raw(self, server):
        """A connection in plain, whatever the server wants."""
        if isinstance(server.address, str):
            sock = socket.socket(socket.AF_UNIX)
        else:
            sock = socket.socket()
        sock.settimeout(PATIENCE)
        sock.connect(server.address)
        return sock

    def open(self, server, name="localhost"):
        sock = self.raw(server)
        if not server.secure:
            return sock
        try:
            return server.secure.wrap_socket(sock, server_hostname=name)
        except BaseException:
            sock.close()
            raise

    def request(self, rng):
        return self.dialogue(rng)[0]

    def visit(self, rng, server):
        with self.open(server) as sock:
            for _ in range(1 + size(rng, 10)):
                sent, expected = self.dialogue(rng)
                self.talk(rng, server, sock, sent, expected)
            if self.HALF_CLOSES and not server.secure and rng.random() < 0.3:
                sock.shutdown(socket.SHUT_WR)
                expect("the end", b"", sock.recv(100))

    def talk(self, rng, server, sock, sent, expected):
        if server.secure:
            sock.sendall(sent)
            with sock.makefile("rb") as file:
                got = read_exactly(file, len(expected))
        else:
            got = exchange(rng, sock, sent, len(expected))
        expect("the answer", expected, got)


class Greeting(Client):
    HOST = b""
    END = b"\r\n"

    def dialogue(self, rng):
        names = [word(rng) for _ in range(1 + size(rng, 100))]
        return (b"".join(name + self.END for name in names),
                b"".join(b"Hello, %s%s!%s" % (name, self.HOST, self.END)
                         for name in names))


class HostGreeting(Greeting):
    """Of virtual_hosts; the name of another host is refused to the bad."""

    HOST = b", from localhost"
    END = b"\n"


class Echo(Client):
    MOST = 300000

    def dialogue(self, rng):
        data = rng.randbytes(size(rng, self.MOST))
        return data, self.answer(data)

    def answer(self, data):
        return data


class Upper(Echo):
    def answer(self, data):
        return data.upper()


class UpperLater(Upper):
    """Each piece is answered after 100 ms; what is still waiting when the end
    comes is not."""

    HALF_CLOSES = False
    MOST = 3000


class Sort(Client):
    def dialogue(self, rng):
        numbers = [rng.randint(-10 ** 9, 10 ** 9)
                   for _ in range(size(rng, 300))]
        return self.framed(numbers), self.framed(sorted(numbers))

    def framed(self, numbers):
        text = json.dumps(numbers, separators=(",", ":")).encode()
        return struct.pack(">Q", len(text)) + text

    def talk(self, rng, server, sock, sent, expected):
        """However the numbers are written."""
        length, = struct.unpack(">Q", exchange(rng, sock, sent, 8))
        if length > 1 << 20:
            raise Wrong(f"an answer of {length} bytes")
        got = json.loads(exchange(rng, sock, b"", length))
        expect("the list", json.loads(expected[8:]), got)


class Lines:
    """What a guest hears."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def next(self, prefix, seconds=PATIENCE):
        """The next line that begins so; None: not yet."""
        self.sock.settimeout(seconds)
        try:
            while True:
                line, end, rest = self.buffer.partition(b"\n")
                if not end:
                    self.more()
                    continue
                self.buffer = rest
                if line.startswith(prefix):
                    return line
        except TimeoutError:
            return None
        finally:
            self.sock.settimeout(PATIENCE)

    def more(self):
        more = self.sock.recv(65536)
        if not more:
            raise Dropped
        self.buffer += more


class Chat(Client):
    """Two guests: one hears all that the other says, in order; between it,
    what those say who misbehave."""

    def request(self, rng):
        return word(rng) + b"\n"

    def visit(self, rng, server):
        with self.open(server) as a, self.open(server) as b:
            try:
                self.meet(rng, a, b)
            except ConnectionError as error:
                raise Dropped from error

    def meet(self, rng, a, b):
        heard = Lines(b)
        token = b"%016x " % rng.getrandbits(64)
        self.wait_until_in(a, b, token)
        start = self.start(a)
        for number in range(1 + size(rng, 50)):
            said = token + b"%s %d" % (word(rng), number)
            a.sendall(said + b"\n")
            line = heard.next(start + token)
            if line is None:
                raise Wrong(f"nobody hears {said!r}")
            expect("what is heard", start + said, line)

    def wait_until_in(self, a, b, token):
        joined = b"*** %s joined" % self.name(b)
        if Lines(a).next(joined) is None:
            raise Wrong("who comes is not told of")

    def name(self, sock):
        return b"127.0.0.1:%d" % sock.getsockname()[1]

    def start(self, sock):
        return self.name(sock) + b": "


class StartTlsChat(Chat):
    """Both speak TLS from the answer OK on; nobody is named."""

    def open(self, server, name="localhost"):
        sock = self.raw(server)
        try:
            sock.sendall(b"STARTTLS\n")
            expect("STARTTLS", b"OK\n",
                   b"".join(sock.recv(1) for _ in range(3)))
            return server.secure.wrap_socket(sock, server_hostname=name)
        except BaseException:
            sock.close()
            raise

    def wait_until_in(self, a, b, token):
        """Nothing tells: who is heard is in, and who hears."""
        hears = Lines(a)
        for _ in range(PATIENCE * 10):
            b.sendall(token + b"here?\n")
            if hears.next(token, 0.1) is not None:
                return
        raise Wrong("nobody is heard")

    def start(self, sock):
        return b""


class Sizes(Client):
    """Passes open files, one and more with a byte."""

    def request(self, rng):
        return b"." * (1 + size(rng, 1000))

    def visit(self, rng, server):
        with self.open(server) as sock, sock.makefile("rb") as file:
            for _ in range(1 + size(rng, 10)):
                sizes = [rng.randrange(1 << 40)
                         for _ in range(rng.randint(1, 5))]
                self.pass_files(sock, sizes)
                expected = b"".join(b"%d bytes\r\n" % s for s in sizes)
                expect("the sizes", expected,
                       read_exactly(file, len(expected)))

    def pass_files(self, sock, sizes):
        files = []
        try:
            for length in sizes:
                files.append(os.memfd_create("soak"))
                os.truncate(files[-1], length)
            socket.send_fds(sock, [b"."], files)
        finally:
            for file in files:
                os.close(file)


class Datagrams(Client):
    """Asks again when there is no answer: a datagram may be lost."""

    DATAGRAMS = True

    def raw(self, server):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect(server.address)
        return sock

    def visit(self, rng, server):
        with self.raw(server) as sock:
            for _ in range(1 + size(rng, 20)):
                self.ask(sock, *self.dialogue(rng))

    def ask(self, sock, sent, is_right):
        """Of the answer, `is_right` tells: right, wrong, or None, an old one."""
        sock.settimeout(1)
        for _ in range(PATIENCE):
            sock.send(sent)
            try:
                while (right := is_right(got := sock.recv(65535))) is None:
                    pass
            except TimeoutError:
                continue
            if not right:
                raise Wrong(f"{got[:80]!r} for {sent[:80]!r}")
            return
        raise Wrong(f"no answer to {sent[:80]!r}")


class UpperDatagrams(Datagrams):
    def dialogue(self, rng):
        token = b"%016X" % rng.getrandbits(64)
        data = token + rng.randbytes(size(rng, 1000))

        def is_right(got):
            return got == data.upper() if got.startswith(token) else None
        return data, is_right


class Names(Datagrams):
    """Of a name server."""

    ANSWERS = {b"ns": "192.0.2.53", b"mail": "192.0.2.25",
               b"www": "192.0.2.1", b"*.wild": "192.0.2.99", b"*": None}

    def dialogue(self, rng):
        name, address = rng.choice(list(self.ANSWERS.items()))
        name = name.replace(b"*", b"x" + word(rng)[:50])
        number = struct.pack(">H", rng.getrandbits(16))
        asked = b"".join(bytes([len(part)]) + part for part in
                         name.split(b".") + [b"example", b"org"])
        question = asked + b"\0" + struct.pack(">2H", 1, 1)
        sent = number + struct.pack(">5H", 0x100, 1, 0, 0, 0) + question

        def is_right(got):
            if got[:2] != number or got[12:12 + len(question)] != question:
                return None
            code = got[3] & 15
            if not address:
                return code == 3
            return code == 0 and got.endswith(socket.inet_aton(address))
        return sent, is_right


class NamesByStream(Names):
    """The same over TCP, where each has its length before it."""

    DATAGRAMS = False
    raw = Client.raw

    def framed(self, message):
        return struct.pack(">H", len(message)) + message

    def request(self, rng):
        return self.framed(super().request(rng))

    def visit(self, rng, server):
        with self.raw(server) as sock, sock.makefile("rb") as file:
            for _ in range(1 + size(rng, 20)):
                sent, is_right = self.dialogue(rng)
                sock.sendall(self.framed(sent))
                length, = struct.unpack(">H", read_exactly(file, 2))
                got = read_exactly(file, length)
                if not is_right(got):
                    raise Wrong(f"{got[:80]!r} for {sent[:80]!r}")
