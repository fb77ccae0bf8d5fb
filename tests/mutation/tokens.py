# SPDX-License-Identifier: MIT
"""A C source in tokens, with where each stands, and the functions in it.

No compiler: comments and what the preprocessor takes are left out, a macro is
a name. That is enough for sources as clang-format leaves them."""

import bisect
import re
from dataclasses import dataclass

KINDS = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<directive>^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*)
  | (?P<string>"(?:\\.|[^"\\\n])*")
  | (?P<char>'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<mark><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\S)
  | (?P<space>\s+)
""", re.VERBOSE | re.DOTALL | re.MULTILINE)

CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int
    inside: object = None  # the Function, where there is one


@dataclass
class Function:
    name: str
    returns: str  # its type, as written


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.newlines = [m.start() for m in re.finditer("\n", text)]
        self.tokens = [Token(m.lastgroup, m.group(), m.start(), m.end())
                       for m in KINDS.finditer(text)
                       if m.lastgroup not in ("comment", "directive", "space")]
        self.partner = self._pairs()
        self._find_functions()

    def line(self, at):
        """The number of the line that holds this place of the text."""
        return bisect.bisect_left(self.newlines, at) + 1

    def spaced(self, token):
        """Does space stand on both sides of it, as around what takes two?"""
        return self.text[token.start - 1].isspace() and \
            self.text[token.end].isspace()

    def _pairs(self):
        """From each opening bracket's index to its closing one's, and back."""
        partner, open_ones = {}, []
        for i, token in enumerate(self.tokens):
            if token.kind != "mark":
                continue
            if token.text in CLOSING:
                open_ones.append(i)
            elif token.text in CLOSING.values():
                other = open_ones.pop()
                partner[other], partner[i] = i, other
        return partner

    def _find_functions(self):
        """Tells the tokens between the outermost braces whose they are."""
        i, begun = 0, 0
        while i < len(self.tokens):
            text = self.tokens[i].text
            if text == "{":
                closed = self.partner[i]
                function = self._function_before(i, begun)
                for token in self.tokens[i:closed + 1] if function else ():
                    token.inside = function
                i = closed
                if function:
                    begun = i + 1
            elif text == ";":
                begun = i + 1
            i += 1

    def _function_before(self, brace, begun):
        """NAME(...) { is a function; = { and struct x { are none."""
        if brace == 0 or self.tokens[brace - 1].text != ")":
            return None
        name = self.partner[brace - 1] - 1
        words = [t.text for t in self.tokens[begun:name]]
        return Function(self.tokens[name].text, " ".join(words))
