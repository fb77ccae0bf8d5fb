# SPDX-License-Identifier: MIT
"""The pages of section 7: one for each header, and evert(7)."""

import os
import re

import mdoc
import page as pages
import writer


def title_of(header):
    """evert_queue of deferred/queue.h; with its room where that is part of the
    names in it: evert_dns_name."""
    room, stem = header.path[:-2].split("/")[-2:]
    named = [one.name for group in header.groups
             for one in group.declarations] + header.opaque
    if f"evert_{stem}" in named or room == stem:
        return f"evert_{stem}"
    if any(re.match(f"evert_{room}_", name, re.I) for name in named):
        return f"evert_{room}_{stem}"
    return f"evert_{stem}"


def lines(book, header):
    name = book.overviews[header.path]
    words = mdoc.Words(book.targets, page=name)
    yield from book.head(name, 7, header.path)
    yield from writer.names([name], pages.title_of(header.intro))
    yield ".Sh SYNOPSIS"
    yield from book.include(header)
    yield ".Sh DESCRIPTION"
    yield from writer.Prose(words).lines(header.intro)
    yield from contents(book, header)
    near = {(book.overviews[other], 7) for other in included(header, book)}
    near |= words.mentioned | {("evert", 7)}
    yield from writer.references(near - {(name, 7)})


def contents(book, header):
    section = None
    for page in book.pages:
        if page.header is not header or not pages.is_for_callers(page):
            continue
        if page.section != section:
            if section is not None:
                yield ".El"
            section = page.section
            yield ".Ss " + (mdoc.inert(section) or "What there is")
            yield ".Bl -tag -width Ds"
        yield ".It " + " , ".join(f"Xr {name} 3" for name in page.names())
        yield from mdoc.filled([mdoc.escaped(page.summary())])
    if section is not None:
        yield ".El"


def included(header, book):
    for name in header.includes:
        path = os.path.normpath(os.path.join(os.path.dirname(header.path),
                                             name))
        if path in book.overviews and not path.endswith("base/base.h"):
            yield path


# ---- evert(7) ----

def of_all(book):
    with open("README.md", encoding="utf-8") as file:
        parts = [plain(part) for part in file.read().split("\n\n")]
    words = mdoc.Words(book.targets, page="evert")
    first = next(part for part in parts if part.startswith("evert is"))
    yield from book.head("evert", 7, "README.md")
    yield from writer.names(["evert"], "reactor, Deferreds, protocols and "
                           "coroutines for C")
    yield ".Sh SYNOPSIS"
    yield ".In evert.h"
    yield ".Pp"
    yield ".Dl cc program.c $(pkg-config --cflags --libs evert)"
    yield ".Sh DESCRIPTION"
    yield from words.text(" ".join(first.split()))
    begin = next(part for part in parts if part.startswith("The headers are"))
    yield ".Pp"
    yield from words.text(" ".join(begin.split()))
    yield ".Ss What to call"
    yield from tasks(parts, words)
    yield ".Pp"
    yield "Each header has a page, which lists what is in it:"
    yield from rooms(book)
    yield ".Sh ENVIRONMENT"
    yield from environment(parts, words)
    yield ".Sh EXAMPLES"
    yield from mdoc.literal(first_program())
    yield from writer.references({(name, 7) for name in (
        "evert_deferred", "evert_reactor", "evert_coroutine",
        "evert_line_receiver", "evert_stream")})


def plain(text):
    """Without the marks of Markdown, and what is behind a link alone."""
    text = re.sub(r" \(\[[^]]*\]\([^)]*\)\)", "", text)
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).replace("**", "")


def tasks(parts, words):
    """The table of the README: to, call, header."""
    table = next(part for part in parts if part.startswith("| to | call"))
    yield ".Bl -tag -width Ds"
    for row in table.split("\n")[2:]:
        to, call = row.strip("| ").split(" | ")[:2]
        yield ".It " + mdoc.inert(to)
        yield from words.text(call)
    yield ".El"


def environment(parts, words):
    """The table of the README: by, one sees. What is no variable comes last."""
    table = next(part for part in parts if part.startswith("| by | one sees"))
    rows = [row.strip("| ").split(" | ") for row in table.split("\n")[2:]]
    yield ".Bl -tag -width Ds"
    for by, sees in rows:
        if by.startswith("`EVERT_"):
            yield ".It " + mdoc.inert(by.replace("`", ""))
            yield from words.text(sees)
    yield ".El"
    chosen = next(part for part in parts if part.startswith("`EVERT_POLLER="))
    yield ".Pp"
    yield from words.text(" ".join(chosen.split()))
    for by, sees in rows:
        if not by.startswith("`EVERT_"):
            yield ".Pp"
            yield from words.text(f"By {by} one sees {sees}.")


def first_program():
    with open("README.md", encoding="utf-8") as file:
        found = re.search(r"^```c\n(.*?)^```$", file.read(), re.M | re.S)
    return found.group(1).rstrip("\n").expandtabs(8)


def rooms(book):
    room = None
    for header in book.headers:
        folder = os.path.dirname(header.path)
        if folder != room:
            if room is not None:
                yield ".El"
            room = folder
            yield f".Ss {room}/"
            yield ".Bl -tag -width Ds"
        yield f".It Xr {book.overviews[header.path]} 7"
        yield from mdoc.filled([mdoc.escaped(pages.title_of(header.intro))])
    yield ".El"
