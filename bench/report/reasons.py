# SPDX-License-Identifier: MIT
"""Why a row is behind its best peer, or behind the floor. A sentence each, with
what a profile showed; more of it in README.md."""

import re

# (table: label, as a regular expression; why). The first that fits.
REASONS = [
    (r"deferred: ", "The floor is calls alone: no results, no links that are "
     "kept until somebody fires, no failures, nothing to release."),

    (r"coroutine: switch", "C++20 jumps to where a frame goes on, and the bare "
     "switch saves nothing; evert's changes stacks, and keeps the registers that "
     "a call keeps, the modes of floating point, and what sanitizers want to "
     "know."),
    (r"coroutine: (make|await)", "C++20's has no stack, no Deferred to hand its "
     "outcome on, no cancelling and no failures: a frame is taken from a list, "
     "and a handle kept."),
    (r"lines: ", "The floor is memchr alone: it hands no line out."),

    (r"timers: .*: add", "Reading the system's clock takes 23 to 35 ns of it, "
     "since a delay counts from the call; libev and the wheel take the time of "
     "the turn. By the clock that is moved by hand it is ahead of both but the "
     "wheel, which files it in memory of the user's."),
    (r"timers: .*: reset", "The system's clock is read in order, so that each "
     "reset waits in full for its timer's memory; those of libev and of the "
     "wheel wait for several at a time. By the clock that is moved by hand it "
     "does, too."),
    (r"timers: .*: (cancel|fire)", "The wheel has no order within a "
     "millisecond, and no handle that outlives its timer; the memory alone does "
     "nothing with it."),
    (r"timers: .* idle", "The wheel and the memory have the time of the turn; "
     "evert reads the clock for each, as a time-out counts from the read."),

    (r"counts: echo of 64 B: instr", "The floor has no transports, no buffers "
     "that outlive a call, no watermarks, and does not look at what callbacks "
     "did."),
    (r"counts: connection", "libev's program has no transports, so nothing to "
     "make but a watcher; evert makes a protocol, sets no-delay, tells it of its "
     "connection and of its end, and frees both in the next turn."),
    (r"counts: 32 lines", "The program cuts lines by hand: no delimiter to "
     "choose, no limit for each line, no pausing in between, and it knows that "
     "all fit into its buffer."),
    (r"counts: a line in 3", "The program keeps what is unfinished in memory "
     "that stays with the connection; and three reads and one answer are as many "
     "turns through the framing, each of which may end it, pause it or change "
     "it."),
    (r"styles: instructions", "Boost.Asio's programs cut lines by hand, and "
     "have no stack to switch to: evert's coroutine reads from a stream, by a "
     "Deferred for each line."),
    (r"styles: allocations", "A stack and a stream, which callbacks don't "
     "need."),
    (r"styles: bytes", "A coroutine's stack takes two pages of it: what it has "
     "used, and what a page is."),

    (r"echo(_cpu)?: 1 connection", "Two wakings an exchange, which are the "
     "kernel's: who comes first differs from run to run by as much. With a "
     "spin: above."),
    (r"echo(_cpu)?: .* 64 KiB", "Nearly all of it is the kernel copying and "
     "waking (perf: 97 % there); the copies' place in the caches decides, and "
     "differs by a fifth from run to run, for the floor, too."),
    (r"echo(_cpu)?: .* 4 KiB", "What is written while data is delivered is "
     "copied into the write buffer, so that several writes are one system call: "
     "4 KiB take 400 instructions; the program of libuv's gives its read buffer "
     "to the kernel as it is."),
    (r"echo(_cpu)?: ", "All make the same two system calls for each echo, in "
     "which nine tenths of the time is spent; the rest differs by a tenth from "
     "run to run."),
    (r"latency: ", "At this rate all but a tenth of the time is the kernel's "
     "waking; who comes first differs from run to run."),
]


def reason(table, row):
    for pattern, why in REASONS:
        if re.match(pattern, f"{table.name}: {row.label}"):
            return why
    return "not known"
