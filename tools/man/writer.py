# SPDX-License-Identifier: MIT
"""How a manual page is written."""

import re

import comments
import macros
import mdoc
import members
from page import HIDDEN, TOLD_BESIDE, is_behind, is_usage

RETURN = (r"0[,;: ]|0\.$|Returns? |NULL(?:,| and) |NULL[:.]|Without memory |"
          r"Never NULL|On failure |-E[A-Z]+|False[:.,]|True[:.,]|NaN ")
RETURNS_FIRST = re.compile(RETURN)
RETURNS = re.compile(rf"^(?:{RETURN})|-E[A-Z]{{3,}}|-errno")


class Prose:
    """Writes comments; what is returned is kept, for a section of its own."""

    def __init__(self, words):
        self.words, self.returns = words, []

    def lines(self, comment, name="", takes=False):
        told = list(self._kept(comment, name, takes))
        for at, (kind, words) in enumerate(told):
            before = told[at - 1][0] if at else None
            after = told[at + 1][0] if at + 1 < len(told) else None
            if kind == "item":
                if before != "item":
                    yield ".Bl -bullet"
                yield ".It"
                yield from self.words.text(words)
                if after != "item":
                    yield ".El"
            elif kind == "code":
                yield from mdoc.literal(words)
            else:
                if before:
                    yield ".Pp"
                yield from self.words.text(words)

    def _kept(self, comment, name, takes):
        for kind, words in comments.paragraphs(comment):
            if kind == "text" and takes:
                words, returned = parted(words)
                if returned:
                    self.returns.append((name, returned))
            if words:
                yield kind, words


class Writer:
    def __init__(self, page, book):
        self.page, self.book = page, book
        own = [one.name for one in page.declarations()] + page.constants()
        parameters = [word for one in page.declarations()
                      for part in one.parameters or ()
                      for word in re.findall(r"\w+", part)[-1:]]
        self.words = mdoc.Words(book.targets, own, parameters, page.name())
        self.prose = Prose(self.words)

    def lines(self):
        page = self.page
        yield from self.book.head(page.name(), 3, page.header.path)
        yield from names(page.names(), page.summary())
        yield from self.book.library(page.header)
        yield ".Sh SYNOPSIS"
        yield from self.book.include(page.header)
        yield from self.synopsis()
        yield ".Sh DESCRIPTION"
        yield from self.description()
        yield from self.rules()
        yield from self.behind()
        yield from self.return_values()
        yield from self.examples()
        yield from self.failures()
        yield from self.see_also()

    def synopsis(self):
        for group in self.page.groups:
            for one in group.declarations:
                if not is_behind(one, self.page.declarations()):
                    yield from self.declared(one)

    def declared(self, one):
        if one.kind == "function":
            yield from prototype(one.name, one.parameters, one.result)
        elif one.kind == "macro" and one.parameters is not None:
            yield from prototype(one.name, *macros.resolve(
                one, self.book.functions))
        elif one.kind == "macro":
            yield constant(one)
        elif one.kind == "variable":
            yield ".Vt " + mdoc.argument(one.code.rstrip(";")) + " ;"
        else:
            yield from mdoc.literal(members.without_comments(one.code), "")
            if one is not self.page.declarations()[-1]:
                yield ".Pp"

    def description(self):
        several = len(self.page.groups) > 1
        for at, group in enumerate(self.page.groups):
            told = list(self.part(group, several and at > 0))
            if at and told:
                yield ".Pp"
            yield from told
        for note in self.page.notes:
            yield ".Pp"
            yield from self.prose.lines(note)
        for one in self.page.declarations():
            if one.kind in ("struct", "union", "enum") and "{" in one.code:
                yield from self.members(one)

    def part(self, group, is_named):
        plain = [one.name for one in group.declarations
                 if not is_behind(one, self.page.declarations())]
        if not plain and HIDDEN.match(group.comment):
            return
        plain = plain or [one.name for one in group.declarations]
        comment, usage = group.comment, is_usage(group.comment)
        if usage:
            rest = comment[usage.end():].lstrip(":. \n")
            comment = rest
            is_named = self.page.groups[0] is not group
            if not rest:
                return
        if is_named:
            yield ".Fn " + " ,\n.Fn ".join(
                mdoc.argument(name) for name in plain) + " :"
        takes = any(one.kind in ("function", "macro", "typedef")
                    for one in group.declarations)
        before = len(self.prose.returns)
        name = plain[0] if is_named else ""
        told = list(self.prose.lines(comment, name, takes))
        if told:
            yield from told
        elif before < len(self.prose.returns):
            yield "see below."

    def members(self, one):
        told = members.members(one.code)
        if not told:
            return
        is_open = False
        yield ".Pp"
        yield f"The members of"
        yield f".Vt {one.kind} {one.name} :" if one.name.islower() else "the set:"
        for listed, comment in told:
            words = list(comments.paragraphs(comment))
            if not listed:
                if is_open:
                    yield ".El"
                is_open = False
                yield ".Pp"
                yield from self.prose.lines(comment)
                continue
            if not is_open:
                yield ".Bl -tag -width Ds"
                is_open = True
            macro = "Dv" if one.kind == "enum" else "Va"
            yield f".It " + " , ".join(f"{macro} {name}" for name in listed)
            for at, (kind, text) in enumerate(words):
                if kind == "code":
                    yield from mdoc.literal(text)
                    continue
                if at and words[at - 1][0] != "code" or at:
                    yield ".Pp"
                yield from self.words.text(text)
        if is_open:
            yield ".El"

    def rules(self):
        """What the header says of all that stands in it."""
        for title, words in self.book.rules[self.page.header.path]:
            yield f".Ss {title}"
            yield from self.words.text(words)

    def behind(self):
        hidden = [one for one in self.page.declarations()
                  if is_behind(one, self.page.declarations())
                  and one.name.endswith("_at")]
        if not hidden:
            return
        yield ".Sh IMPLEMENTATION NOTES"
        yield "A macro adds the place where it stands, for reports."
        yield "A function that wraps it calls what is behind, with the place of"
        yield "its own caller:"
        for one in hidden:
            listed = ", ".join(one.parameters)
            code = f"{one.result} {one.name}({listed});".replace("* ", "*")
            yield from mdoc.literal("\n".join(folded(code)))

    def return_values(self):
        if any(one.kind == "function" for one in self.page.declarations()):
            self.prose.returns += [("", words) for words in
                                   self.book.outcomes[self.page.header.path]]
        if self.prose.returns:
            yield ".Sh RETURN VALUES"
        for at, (name, words) in enumerate(self.prose.returns):
            if at:
                yield ".Pp"
            if name and len(self.prose.returns) > 1:
                yield ".Fn " + mdoc.argument(name) + " :"
            yield from self.words.text(words)

    def examples(self):
        if any(kind == "code" for group in self.page.groups
               for kind, _ in comments.paragraphs(group.comment)):
            return
        for one in self.page.declarations():
            found = self.book.example(one)
            if found and one.name in self.page.names():
                path, code = found
                yield ".Sh EXAMPLES"
                yield f"In {path} of the source:"
                yield from mdoc.literal(code)
                return

    def failures(self):
        told = sorted(target for target in self.words.mentioned
                      if target[0] in self.book.kinds)
        if not told or self.page.name() in self.book.kinds:
            return
        yield ".Sh ERRORS"
        yield "Of the kinds of failure that are named here:"
        yield ".Bl -tag -width Ds"
        for name, _ in told:
            yield f".It Dv {name}"
            yield from self.words.text(self.book.kinds[name])
        yield ".El"

    def see_also(self):
        seen = set(self.words.mentioned)
        for one in self.page.declarations():
            for name in re.findall(r"\b(?:struct|enum) (evert_\w+)", one.code):
                if name in self.book.targets:
                    seen.add(self.book.targets[name])
        seen |= {(page.name(), 3) for page in self.book.beside(self.page)}
        seen.add((self.book.overviews[self.page.header.path], 7))
        seen = {one for one in seen if one != (self.page.name(), 3)}
        yield from references(seen)


def apart(sentence):
    """What a function does, and what it returns."""
    beside = TOLD_BESIDE.match(sentence)
    if not beside or RETURNS_FIRST.match(sentence):
        return [sentence]
    return [beside.group(1) + ".", beside.group(2)]


def parted(words):
    """A paragraph without what it says of results, and that."""
    told = [part for one in mdoc.sentences(words) for part in apart(one)]
    at = [place for place, one in enumerate(told) if RETURNS.search(one)]
    if not at:
        return words, ""
    first, last = at[0], at[-1]
    if not first and RETURNS_FIRST.match(told[0]):
        last = len(told) - 1
    return (" ".join(told[:first] + told[last + 1:]),
            " ".join(told[first:last + 1]))


def names(listed, summary):
    yield ".Sh NAME"
    for name in listed[:-1]:
        yield f".Nm {name} ,"
    yield f".Nm {listed[-1]}"
    yield ".Nd " + mdoc.inert(summary)


def prototype(name, parameters, result):
    if result:
        yield ".Ft " + mdoc.argument(result)
    yield f".Fo {name}"
    for parameter in parameters:
        yield ".Fa " + mdoc.argument(parameter)
    yield ".Fc"


def constant(one):
    value = one.code if len(one.code) < 50 else ""
    return ".Fd " + mdoc.escaped(f"#define {one.name} {value}".rstrip())


def folded(code, width=70):
    """A prototype on several lines."""
    if len(code) <= width:
        return [code]
    head, rest = code.split("(", 1)
    rows, row = [head + "("], "    "
    for part in re.split(r"(?<=,) ", rest):
        if len(row) + len(part) > width and row.strip():
            rows.append(row.rstrip())
            row = "    "
        row += part + " "
    return rows + [row.rstrip()]


def references(seen):
    yield ".Sh SEE ALSO"
    listed = sorted(seen, key=lambda one: (one[1], one[0].lower(), one[0]))
    for name, section in listed[:-1]:
        yield f".Xr {name} {section} ,"
    yield ".Xr {} {}".format(*listed[-1])
