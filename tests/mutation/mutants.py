# SPDX-License-Identifier: MIT
"""All the small changes that are made to a source, one at a time.

	operator	< becomes <= or >=, + becomes -, && becomes ||, ! goes, ...
	constant	a number more, or 0; true and false; the next character
	condition	of if: always, and never; of while: never
	call		a statement that is a call goes
	return		0, NULL, true or false in place of the value; -1 of 0

Not changed: what the preprocessor takes, headers, attributes, static
assertions, what a tracer's probe is told, and what says how likely a branch
is."""

import hashlib
from collections import Counter
from dataclasses import dataclass

from tokens import Source

OPERATORS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",), "&&": ("||",), "||": ("&&",),
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("/",),
    "<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",), "^": ("|",),
    "+=": ("-=",), "-=": ("+=",), "*=": ("/=",), "/=": ("*=",),
    "|=": ("&=",), "&=": ("|=",), "<<=": (">>=",), ">>=": ("<<=",),
    "++": ("--",), "--": ("++",),
}
ALSO_UNARY = set("+-*&")
LEFT_ALONE = {"_Static_assert", "static_assert", "__attribute__",
              "__builtin_expect"}
KEYWORDS = {"if", "while", "for", "switch", "return", "sizeof", "do", "else",
            "goto", "case", "default", "break", "continue"}
STARTS = {";", "{", "}", "else", "do", ":"}


@dataclass
class Mutant:
    path: str
    kind: str
    function: str
    line: int		# where it begins
    last_line: int
    before: str		# the changed lines, in one, with single spaces
    after: str
    start: int		# what is replaced of the text
    end: int
    by: str
    times: int = 0	# so many the same stand above it, in its function

    @property
    def change(self):
        return self.path, self.function, self.kind, self.before, self.after

    @property
    def id(self):
        """The same while its lines are, wherever they stand."""
        all_of_it = "\0".join((*self.change, str(self.times)))
        return hashlib.sha1(all_of_it.encode()).hexdigest()[:12]


class Finder:
    def __init__(self, source):
        self.source = source
        self.found = []
        self.left_alone = self._left_alone()

    def all(self):
        for i, token in enumerate(self.source.tokens):
            if i in self.left_alone:
                continue
            if token.kind in ("number", "char") or \
                    token.text in ("true", "false"):
                self._constant(token)
            elif token.kind == "mark" and token.inside:
                self._operator(token)
            elif token.kind == "name" and token.inside:
                self._statement(i, token)
        seen = Counter()
        for mutant in self.found:
            mutant.times = seen[mutant.change]
            seen[mutant.change] += 1
        return self.found

    def _left_alone(self):
        """Indices within what is not a program's doing."""
        tokens, alone = self.source.tokens, set()
        for i, token in enumerate(tokens):
            if (token.text in LEFT_ALONE or
                    token.text.startswith("EVERT_PROBE")) and \
                    tokens[i + 1].text == "(":
                alone.update(range(i, self.source.partner[i + 1] + 1))
        return alone

    def _add(self, kind, first, last, by):
        """Of the tokens FIRST to LAST there becomes BY."""
        source, text = self.source, self.source.text
        start, end = first.start, last.end
        by += "\n" * (text.count("\n", start, end) - by.count("\n"))
        begin = text.rfind("\n", 0, start) + 1
        stop = text.find("\n", end)
        self.found.append(Mutant(
            source.path, kind, first.inside.name if first.inside else "",
            source.line(start), source.line(end),
            " ".join(text[begin:stop].split()),
            " ".join((text[begin:start] + by + text[end:stop]).split()),
            start, end, by))

    def _constant(self, token):
        text = token.text
        if text in ("true", "false"):
            others = ["false" if text == "true" else "true"]
        elif token.kind == "char":
            others = [f"({text} + 1)"]
        else:
            others = _other_numbers(text)
        for other in others:
            self._add("constant", token, token, other)

    def _operator(self, token):
        text = token.text
        if text in ALSO_UNARY and not self.source.spaced(token):
            return
        for other in OPERATORS.get(text, ()):
            self._add("operator", token, token, other)
        if text in "!~":
            self._add("operator", token, token, "")

    def _statement(self, i, token):
        tokens = self.source.tokens
        if token.text in ("if", "while") and tokens[i + 1].text == "(":
            self._condition(i)
        elif token.text == "return" and tokens[i + 1].text != ";":
            self._return(i)
        elif token.text not in KEYWORDS and self._begins_statement(i):
            self._call(i)

    def _condition(self, i):
        tokens = self.source.tokens
        first = tokens[i + 2]
        last = tokens[self.source.partner[i + 1] - 1]
        whole = self.source.text[first.start:last.end]
        self._add("condition", first, last, f"({whole}) && false")
        after = tokens[self.source.partner[i + 1] + 1].text
        if tokens[i].text == "if" and after != ";":
            self._add("condition", first, last, f"({whole}) || true")

    def _begins_statement(self, i):
        """After a ; or a brace or a label, or what an if or a loop asks."""
        before = self.source.tokens[i - 1]
        if before.text == ")":
            asks = self.source.tokens[self.source.partner[i - 1] - 1].text
            return asks in ("if", "while", "for", "switch")
        return before.text in STARTS

    def _call(self, i):
        """NAME, or what it leads to by -> and [], called; and that is all."""
        tokens, partner = self.source.tokens, self.source.partner
        last = i + 1
        while tokens[last].text in ("->", ".", "[", "("):
            if tokens[last].text == "(" and \
                    tokens[partner[last] + 1].text == ";":
                self._add("call", tokens[i], tokens[partner[last]], "(void)0")
                return
            last = partner[last] + 1 if tokens[last].text in "[(" else last + 2

    def _return(self, i):
        tokens = self.source.tokens
        stop = i + 1
        while tokens[stop].text != ";":
            stop = self.source.partner.get(stop, stop) + 1
        first, last = tokens[i + 1], tokens[stop - 1]
        value = self.source.text[first.start:last.end]
        returns = first.inside.returns
        if "*" in returns:
            others = ["NULL"]
        elif "struct" in returns or "union" in returns:
            others = []
        elif "bool" in returns.split():
            others = [] if value in ("true", "false") else ["true", "false"]
        else:
            others = ["-1" if value == "0" else "0"]
        for other in others:
            if other != value:
                self._add("return", first, last, other)


def _other_numbers(text):
    """One more, and none."""
    digits = text.rstrip("uUlLfF") if not text.startswith("0x") else \
        text.rstrip("uUlL")
    suffix = text[len(digits):]
    try:
        number = int(digits, 8 if digits.isdigit() and len(digits) > 1 and
                     digits[0] == "0" else 0)
    except ValueError:
        return [f"({text} + 1)", "0.0"] if float(digits) else \
            [f"({text} + 1)"]
    more = hex(number + 1) if digits.startswith("0x") else str(number + 1)
    return [more + suffix] + (["0" + suffix] if number else [])


def mutants_of(path, text):
    return Finder(Source(path, text)).all()
