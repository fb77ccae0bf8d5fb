# SPDX-License-Identifier: MIT
"""One manual page: what is on it, and what it is called."""

import re

import comments
import mdoc
import members

TOLD_BESIDE = re.compile(
    r"(.*?)[:;] ((?:0[,;] |0 or |0, |NULL|(?:or |how many, or )?"
    r"-(?:E[A-Z]|errno)).*)$")
SHARES = re.compile(r"The same\b|As above\b|Likewise\b")
HIDDEN = re.compile(r"What the macros call|The rest of this section|"
                    r"A Deferred begins|Private, ")
SHORT = 40  # letters: what a line says of a macro beside others
SUMMARY_LENGTH = 74


class Page:
    """Groups of a header that are told of together."""

    def __init__(self, header, group):
        self.header, self.groups = header, [group]
        self.section = group.section
        self.notes = []

    def declarations(self):
        return [one for group in self.groups for one in group.declarations]

    def names(self):
        """What a program writes; the functions behind macros are left out."""
        plain = [name for one in self.declarations()
                 if not is_behind(one, self.declarations())
                 for name in one.names()]
        if any(name.startswith("EVERT_") for name in plain):
            plain = [name for name in plain
                     if not name.startswith("evert_error_")]
        return plain

    def name(self):
        return self.names()[0]

    def summary(self):
        return summary_of(self.groups[0].comment,
                          any(one.name.startswith("evert_error_")
                              for one in self.declarations()))

    def tells_of(self, name):
        """evert_x_with after evert_x, or what was named before."""
        told = " ".join(group.comment for group in self.groups)
        return (name.replace("_with", "") in self.names()
                or re.search(rf"\b{name}\b", told))

    def constants(self):
        return [name for one in self.declarations() if one.kind == "enum"
                for name in members.constants(one.code)]


def is_behind(declaration, others):
    """Is it what a macro beside it calls?"""
    return declaration.kind == "function" and any(
        re.search(rf"\b{declaration.name}\(", other.code)
        for other in others if other.kind == "macro")


def is_for_callers(page):
    """Not what evert's macros and inline functions need alone."""
    return not HIDDEN.match(page.groups[0].comment)


def is_usage(comment):
    """`evert_x(a, b): ...`, the name of the macro below it comes first."""
    return re.match(r"((?:evert|EVERT)_\w+)\([^)]*\)", comment)


def pages_of(header):
    """A page for each comment; who says "the same" shares that before it."""
    pages, pending, notes = [], None, {}
    for group in header.groups:
        usage = is_usage(group.comment)
        last = pages[-1] if pages else None
        goes_on = usage and last and (
            last.tells_of(usage.group(1))
            or len(group.comment) - usage.end() < SHORT)
        if not group.declarations:
            pending = group
            continue
        if pending and usage:
            rest = group.comment[usage.end():].lstrip(": \n")
            group.comment = pending.comment + ("\n\n" + rest if rest else "")
            pending = None
            pages.append(Page(header, group))
            continue
        elif pending:
            notes.setdefault(pending.section, []).append(pending.comment)
            pending = None
        joins = last and last.section == group.section and (
            SHARES.match(group.comment) or goes_on
            or all(is_behind(one, last.declarations())
                   for one in group.declarations))
        if joins:
            last.groups.append(group)
        else:
            pages.append(Page(header, group))
            pages[-1].notes = list(notes.get(group.section, ()))
    return pages


def title_of(intro):
    """What a header is about; "Streams: a connection to ..." the latter."""
    head, _, rest = intro.replace("\n", " ").partition(": ")
    is_name = rest and len(head.split()) < 3 and "," not in head
    return summary_of(rest if is_name else intro)


def summary_of(comment, is_failure=False):
    told = list(comments.paragraphs(comment)) or [("text", "")]
    first = next((words for kind, words in told if kind == "text"), "")
    usage = is_usage(first)
    if usage:
        rest = first[usage.end():].lstrip(": ")
        first = rest or next((words for kind, words in told[1:]), first)
    text = re.sub(r"\s+\([^()]*\)", "", mdoc.sentences(first)[0])
    beside = TOLD_BESIDE.match(text)
    text = beside.group(1) if beside else text
    text = text.replace("`", "").rstrip(".:?, \"")
    for cut in ": ", "; ", ", ", " and ":
        while len(text) > SUMMARY_LENGTH and cut in outside(text):
            text = text[:outside(text).rindex(cut)]
    if text.count('"') % 2:
        text += '"'
    if is_failure:
        text = re.sub(r"^Below EVERT_\w+: ", "", text)
    if re.match(r"[A-Z][a-z]|A ", text):
        text = text[0].lower() + text[1:]
    return ("failure: " if is_failure else "") + text


def outside(text):
    """The text, with nothing in its brackets."""
    return re.sub(r"\([^()]*\)", lambda found: "_" * len(found.group()), text)
