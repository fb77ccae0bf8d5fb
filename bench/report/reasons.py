# SPDX-License-Identifier: MIT
"""Why a row is behind its best peer, or behind the floor: what callgrind counted,
or perf sampled. README.md has more of it."""

import re

# (table: label, as a regular expression; why). The first that fits.
PEER = [
    (r"coroutine: ", "A coroutine of C++20's has no stack and is no Deferred: "
     "to wait is to store a handle and to return, to go on is a jump; nobody "
     "can cancel it, nothing it calls can wait. To switch stacks is 14 "
     "instructions, inlined, and saves nothing. The rest of evert's is the "
     "Deferred: made, waited for, fired, released, its outcome handed on."),
    (r"memory_counts: coroutine", "As above: C++20's have no stack, are no "
     "Deferreds, and can't be cancelled."),
    (r"(timers|memory_counts): .*(add|reset|idle)", "A delay counts from the "
     "call, to a microsecond: the processor's ticks are read for each, 10 to 20 "
     "ns, and the processor first ends what it has begun, so that what follows "
     "waits for its timer's memory. libev takes the time at which the turn "
     "began. With a clock that is moved by hand evert is ahead of it, or even."),
    (r"timers: .*(cancel|fire)", "In quiet evert is ahead. So many timers are "
     "more than the caches hold, and what else the machine does decides."),
    (r"deferred: make, 3 links, cancel", "kj drops a promise: nobody is told, no "
     "errback runs. evert's cancelling is a failure that passes the links."),

    (r"counts: 32 lines.*calls", "uvloop reads twice in its last turn but one; a "
     "hundredth of a call."),
    (r"counts: 32 lines", "libuv knows no lines; its program cuts them by hand, "
     "for 96 a line, and answers into one buffer that is large enough for all. Of "
     "evert's 109, 44 look for the delimiter that it was told, hold the line "
     "against its limit, hand it out, and see whether the framing was paused or "
     "closed meanwhile; 25 look for a delimiter in the answer, and end it; 36 "
     "put it together, in the write buffer."),
    (r"counts: a line in 3", "libuv's program keeps the pieces in memory that "
     "stays with the connection; evert's are put into a block of the thread's, "
     "so that an idle connection has none. Each of three reads is looked at as a "
     "whole one: 150 to read, 116 to find that the line is not finished."),
    (r"counts: (connection|echo)", "libev has no transports and no buffers: its "
     "program calls recv and send itself."),
    (r"styles: (instr|greetings)", "Boost.Asio's programs cut lines by hand and "
     "have no stream. evert's coroutine awaits a Deferred for each line; two "
     "system calls are nearly all of the time, and rounds differ by a tenth."),
    (r"styles: ", "A coroutine has a stack, of whole pages, and a stream; "
     "Boost.Asio's callbacks have two objects, Twisted's coroutines are "
     "callbacks."),
    (r"connections: bytes", "libev's program keeps a watcher and a pointer. "
     "evert's connection has its peer's end, what waits to be sent, its marks, "
     "its time-outs and a protocol."),
    (r"datagrams: .*instr", "evert composes messages for sendmmsg, and takes "
     "those of recvmmsg with their addresses and control data; libuv's program "
     "sends each by a call of the kernel's of its own, which costs some "
     "thousands of instructions that are not counted here."),
    (r"threads: ", "A malloc, a place in a list and a free for each call, as "
     "with the peers' queue; whether those who call or the loop run ahead "
     "decides how often it sleeps and is woken, and rounds differ by three "
     "times."),
    (r"tls(_echo|_counts)?: .*(copied|GB)", "What is received is read 64 KiB at "
     "a time into a buffer of evert's, from where OpenSSL takes its records: a "
     "copy more than where OpenSSL reads the socket itself, five times for each "
     "record; sending differs by the machine's noise."),
    (r"tls_echo: bytes", "An SSL of OpenSSL's is nearly all of it; evert's part "
     "is 276 bytes."),
    (r"tls", "All but a hundredth is OpenSSL's: evert has 0.5 % more "
     "instructions than the floor and fewer system calls; nginx and libevent "
     "close without waiting for the other side's end. Who comes first differs "
     "from run to run."),

    (r"(echo|spin).*: (1 connection|the same|echo of)", "Two wakings an "
     "exchange, which are the kernel's and nearly all of it; they differ from "
     "run to run by more than contestants do. evert's part is 109 instructions. "
     "Who wants them shorter lets the reactor spin."),
    (r"echo.*: .* 4 KiB", "What is written while data is delivered is copied "
     "into the write buffer, so that several writes are one system call: 400 "
     "instructions, a hundredth of the time. The others give the kernel the "
     "buffer they have read into. The rest is noise."),
    (r"echo.*: .* 64 KiB", "Of 24 to 75 us evert's part is below one: it gives "
     "the kernel what it has read, as the others do, without a copy. What the "
     "kernel's copies take depends on whose processor has them in its cache, and "
     "differs by a fifth from run to run, also for the floor."),
    (r"echo.*: ", "The same two system calls for all, and they are nearly all "
     "of the time; evert's part is 109 instructions, a hundredth. Rounds differ "
     "by a tenth."),
    (r"latency: ", "The time is the kernel's waking, and at 18,000 connections "
     "the load generator's own turn. Rounds differ by more than contestants "
     "do."),
    (r"greeting: .*3 ", "Of the instructions above: three reads of a line that "
     "is kept in between; some hundredths of the time. Rounds differ by a "
     "tenth."),
    (r"greeting: .*32 ", "Of the instructions above: 32 lines that others cut "
     "by hand are 5,700 more, a tenth of the time."),
    (r"greeting: ", "Two system calls are nearly all of it; rounds differ by a "
     "tenth."),
    (r"connections: ", "To accept, to hear of the end and to close are the "
     "kernel's: evert's 800 instructions are a hundredth of the time. Rounds "
     "differ by a tenth."),
    (r"bulk: ", "Nearly all is the kernel's copying; as with echoes of 64 KiB."),
    (r"datagrams: ", "A datagram is the kernel's, for libuv as well; rounds "
     "differ by a tenth."),
    (r"pool: ", "Two wakings, which are the kernel's."),
    (r"spawn: ", "vfork, exec and the end are the kernel's, and nearly all of "
     "it."),
]

FLOOR = [
    (r"(deferred|memory_counts: Deferred)", "The floor is calls alone: no "
     "results, no links that are kept until somebody fires, no failures, nothing "
     "to release."),
    (r"(coroutine: |memory_counts: coroutine)", "The floor is a call and its "
     "return, on one stack."),
    (r"(lines: |memory_counts: a line)", "The floor is memchr alone: it hands no "
     "line out."),
    (r"(timers|memory_counts): ", "The floor is the memory alone: a record that "
     "is found by a pointer and a number. Nothing is filed, put in order, or "
     "called."),
    (r"counts: echo", "The floor has no transport, no write buffer, no marks and "
     "no protocol."),
    (r"counts: connection", "The floor has a descriptor and a pointer; and does "
     "not tell anybody of a beginning or an end."),
    (r"counts: ", "The floor cuts lines by hand, and keeps what is unfinished in "
     "memory that stays."),
    (r"styles: bytes", "The floor keeps a descriptor and a pointer; a coroutine "
     "has a stack, of whole pages, and a stream."),
    (r"connections: bytes", "The floor keeps a descriptor and a pointer."),
    (r"spawn: ", "vfork, exec and the end are the kernel's, and nearly all of "
     "it; the floor has no pipes, and waits for one child at a time."),
    (r"datagrams: .*instr", "The floor hands recvmmsg's messages to sendmmsg as "
     "they are."),
    (r"datagrams: ", "What evert does for each datagram, above, is some "
     "hundredths of the time."),
    (r"threads: ", "The floor is the peers' queue alone."),
    (r"pool: ", "The floor is two lists below mutexes."),
    (r"tls", "The floor has no transports, and keeps nothing but an SSL; "
     "OpenSSL's own code reads and writes its socket."),
    (r"", "Of the same system calls as the floor's, which are nearly all of the "
     "time; rounds differ by a tenth."),
]


def _first(reasons, table, row):
    for pattern, why in reasons:
        if re.match(pattern, f"{table.name}: {row.label}"):
            return why
    return "Not known."


def behind_peer(table, row):
    return _first(PEER, table, row)


def behind_floor(table, row):
    return _first(FLOOR, table, row)
