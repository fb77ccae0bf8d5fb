# SPDX-License-Identifier: MIT
"""Turns the words of a comment into mdoc(7)."""

import re
import textwrap

CODE = re.compile(r"`([^`]+)`")
TOKEN = re.compile(r"[^\s`]*`[^`]+`\S*|\S+")
SYMBOL = re.compile(r"(evert_\w+|EVERT_\w+)(\(\)|\(\w[^()]*\))?")
HEADER = re.compile(r"([(\[]*)([\w/]+\.h)([^\w]*)")
SENTENCE = re.compile(r"(?<=[.!?])([)\"]*)\s+(?=[^a-z\s])")
OPENING = "([\""
CLOSING = ".,:;!?)]"


def escaped(text):
    """As a word among others in a line of text."""
    return text.replace("\\", "\\e").replace("`", "\\(ga")


def line(text):
    """A line of text: not taken for a macro."""
    return ("\\&" if text.startswith((".", "'")) else "") + text


def argument(text):
    """One argument of a macro."""
    text = escaped(text).replace('"', "\\(dq")
    if " " in text:
        return f'"{text}"'
    return "\\&" + text if re.fullmatch(r"[A-Z][a-z]\w?|[.,:;()\[\]?!|]+",
                                        text) else text


def inert(text):
    """Words behind a macro, none of which is one."""
    return re.sub(r"(?<!\S)(?=[A-Z][a-z]\w?(?!\S))", "\\\\&",
                  escaped(text).replace('"', "\\(dq"))


def code_argument(text):
    """The same for code, whose last sign is a part of it."""
    return argument(text + ("\0" if text[-1] in CLOSING else "")).replace(
        "\0", "\\&")


def literal(text, indent=" -offset indent"):
    yield f".Bd -literal{indent}"
    for row in text.split("\n"):
        yield line(escaped(row).replace("-", "\\-"))
    yield ".Ed"


def marked(macro, text, before, after):
    """A macro, and what stands before and behind its word in the text."""
    closing = re.match(rf"[{re.escape(CLOSING)}]*", after).group()
    rest = after[len(closing):]
    words = [macro, text] if macro else [text]
    if before:
        words = ["No", "\\&" + escaped(before), "Ns"] + words
    if rest:
        words += ["Ns", argument(after)]
    else:
        words += list(closing)
    return "." + " ".join(words)


class Words:
    """Knows which names have pages, and those of the page that is written."""

    def __init__(self, pages, own=(), parameters=(), page=None):
        self.pages, self.own = pages, set(own)
        self.parameters, self.page = set(parameters), page
        self.mentioned = set()

    def text(self, words):
        """Lines of mdoc for a paragraph."""
        for sentence in sentences(words):
            yield from self._sentence(sentence)

    def _sentence(self, words):
        row = []
        for token in TOKEN.findall(words):
            made = self._token(token)
            if made:
                yield from filled(row)
                row = []
                yield made
            else:
                row.append(escaped(token))
        yield from filled(row)

    def _token(self, token):
        code = CODE.search(token)
        if code:
            return self._code(token[:code.start()], code.group(1),
                              token[code.end():])
        header = HEADER.fullmatch(token)
        if header and header.group(2) in self.pages:
            before, path, after = header.groups()
            target = self.pages[path]
            self._mention(path)
            return marked("Xr", f"{target[0]} {target[1]}", before, after)
        symbol = SYMBOL.search(token)
        if symbol and not re.search(r"[\w/]$", token[:symbol.start()]):
            return self._symbol(token[:symbol.start()], symbol.group(1),
                                token[symbol.end():], symbol.group(2) or "")
        error = re.fullmatch(r"([(\[]*)(-?)(E[A-Z0-9]{2,})(\W*)", token)
        if error and not error.group(4).startswith("-"):
            before, sign, name, after = error.groups()
            return marked("Er", name, before + sign, after)
        null = re.fullmatch(r"([(\[]*)NULL([.,:;)]*)", token)
        return marked("Dv", "NULL", *null.groups()) if null else None

    def _code(self, before, code, after):
        name = re.fullmatch(r"[*&]?(\w+)", code)
        symbol = SYMBOL.fullmatch(code)
        if symbol and not symbol.group(2):
            return self._symbol(before, code, after, "")
        if name and name.group(1) in self.parameters:
            return marked("Fa", argument(code), before, after)
        if name:
            return marked("Va", argument(code), before, after)
        return marked("Li", code_argument(code), before, after)

    def _symbol(self, before, name, after, arguments):
        if arguments not in ("", "()") or re.match(r"\([&*]?\w", after):
            self._mention(name)
            return marked("Li", code_argument(name + arguments), before, after)
        target = self.pages.get(name)
        if name in self.own:
            macro = "Fn" if name.islower() else "Dv"
            return marked(macro, name, before, after)
        if not target or target[0] == self.page:
            return marked("Dv" if name.isupper() else "Va", name, before,
                          arguments + after)
        self._mention(name)
        if name.isupper():
            return marked("Dv", name, before, after)
        section = target[1] if name == target[0] else 3
        return marked("Xr", f"{name} {section}", before, after)

    def _mention(self, name):
        target = self.pages.get(name)
        if target and target[0] != self.page:
            self.mentioned.add(target)


def filled(row):
    if row:
        for part in textwrap.wrap(" ".join(row), 76, break_long_words=False,
                                  break_on_hyphens=False):
            yield line(part)


def sentences(text):
    """Where one ends within brackets, the next is part of it."""
    out, start = [], 0
    for found in SENTENCE.finditer(text):
        out.append(text[start:found.start()] + found.group(1))
        start = found.end()
    return [part for part in out + [text[start:]] if part]
