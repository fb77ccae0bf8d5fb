# SPDX-License-Identifier: MIT
"""Reads evert's headers: comments, and the declarations that they are about."""

import re

from comments import comment_text

COMMENT = re.compile(r"/\*.*?\*/", re.S)
MARKS = re.compile(r"\b(EVERT_MUST_USE|EVERT_NORETURN|EVERT_INLINE|static|"
                   r"inline|EVERT_PRINTF\([^)]*\))(?=\s|$)\s*")
FOR_CPLUSPLUS = re.compile(r"^#ifdef __cplusplus\n.*?^(?=#(?:else|endif))|"
                           r"(^#ifndef __cplusplus\n.*?^)#else\n.*?^(?=#endif)",
                           re.M | re.S)
NAME = r"[A-Za-z_]\w*"
SECTION = re.compile(r"---- (.*) ----$", re.S)


class Declaration:
    """A function, macro, struct, union, enum, typedef or variable."""

    def __init__(self, kind, name, code, parameters=None, result=""):
        self.kind, self.name, self.code = kind, name, code
        self.parameters, self.result = parameters, result

    def names(self):
        """Of an enum without a name, those of its constants."""
        if self.kind == "enum" and self.name.isupper():
            return re.findall(r"\b(EVERT_\w+)\s*(?=[=,}])",
                              COMMENT.sub("", self.code))
        return [self.name]


class Group:
    """A comment, and what stands below it."""

    def __init__(self, comment, section):
        self.comment, self.section = comment, section
        self.declarations = []


class Header:
    def __init__(self, path):
        self.path = path
        self.intro, self.groups, self.opaque = "", [], []
        self.includes, self.notes, self.bare = [], {}, []
        with open(path, encoding="utf-8") as file:
            self._read(file.read())

    def _read(self, text):
        self.includes = re.findall(r'^#include "([^"]+)"', text, re.M)
        self.intro = comment_text(COMMENT.findall(text)[1])
        guard = re.search(r"^#ifndef \w+\n#define \w+\n", text, re.M)
        begin = re.search(r"^EVERT_BEGIN$", text, re.M)
        self.section, self.group = "", None
        text = FOR_CPLUSPLUS.sub(r"\1", text[(begin or guard).end():])
        for blank, piece in pieces(text):
            if piece.startswith("/*"):
                self._comment(comment_text(piece))
            else:
                self._declaration(piece, blank)

    def _comment(self, text):
        section = SECTION.match(text)
        if section:
            self.section, self.group = section.group(1).split(": ")[0], None
            return
        self.group = Group(text, self.section)
        self.groups.append(self.group)

    def _declaration(self, code, blank):
        opaque = re.fullmatch(rf"(?:struct|union)\s+({NAME});", code)
        if opaque:
            self.opaque.append(opaque.group(1))
            if self.group and not self.group.declarations and not blank:
                self.group.declarations.append(
                    Declaration("struct", opaque.group(1), code))
            return
        made = declaration(code)
        if not made or any(made.name == other.name for group in self.groups
                           for other in group.declarations):
            return
        if not self.group or blank and not self._goes_on(made, code):
            beside = COMMENT.search(code) if made.kind == "macro" else None
            if not beside:
                self.bare.append(made.name)
                return
            self._comment(comment_text(beside.group()))
        self.group.declarations.append(made)

    def _goes_on(self, made, code):
        """What stands below a blank line belongs to the comment above only if
        that names it, if it is called by what does, or is one of several inline
        functions."""
        macros = " ".join(other.code for other in self.group.declarations
                          if other.kind == "macro")
        return (not self.group.declarations
                or code.startswith(("static", "EVERT_INLINE"))
                and self.group.declarations[-1].kind == "function"
                or re.search(rf"\b{made.name}\(", macros)
                or re.search(rf"\b{made.name}\b", self.group.comment))


def pieces(text):
    """Each comment, #define and declaration: did a blank line come before it,
    and its text."""
    at = 0
    while True:
        start = re.compile(r"\S").search(text, at)
        if not start:
            return
        blank = text.count("\n", at, start.start()) > 1
        at = start.start()
        if text.startswith("/*", at):
            end = text.index("*/", at) + 2
        elif text[at] == "#":
            end = re.compile(r"(?:/\*.*?\*/|\\\n|[^\n])*", re.S).match(
                text, at).end()
        elif re.compile(r"EVERT_(BEGIN|END)\b").match(text, at):
            end = text.index("\n", at)
        else:
            end = declaration_end(text, at)
        if text[at] != "#" or text.startswith("#define", at):
            yield blank, text[at:end]
        at = end


def declaration_end(text, at):
    depth = 0
    for token in re.compile(
            r'/\*.*?\*/|"(?:\\.|[^"\\])*"|[(){};]', re.S).finditer(text, at):
        sign = token.group()
        if sign in "({":
            depth += 1
        elif sign in ")}":
            depth -= 1
            body = re.match(r"\s*;", text[token.end():])
            if sign == "}" and depth == 0 and not body and is_function(
                    text[at:token.end()]):
                return token.end()
        elif sign == ";" and depth == 0:
            return token.end()
    return len(text)


def is_function(code):
    return re.search(r"\)\s*$", COMMENT.sub("", code).split("{")[0])


def split_list(text):
    """Splits at the commas that are outside of all brackets."""
    parts, depth, start = [], 0, 0
    for token in re.finditer(r'"(?:\\.|[^"\\])*"|[(){}\[\],]', text):
        sign = token.group()
        if sign in "({[":
            depth += 1
        elif sign in ")}]":
            depth -= 1
        elif sign == "," and depth == 0:
            parts.append(text[start:token.start()])
            start = token.end()
    parts.append(text[start:])
    return [" ".join(part.split()) for part in parts]


def bracketed(text, at):
    """What is in the brackets that begin at `at`, and where they end."""
    depth = 0
    for token in re.compile(r'"(?:\\.|[^"\\])*"|[()]').finditer(text, at):
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if depth == 0:
            return text[at + 1:token.start()], token.end()
    return text[at + 1:], len(text)


def declaration(code):
    if code.startswith("#define"):
        return macro(code)
    plain = COMMENT.sub("", code)
    for kind in "struct", "union", "enum":
        found = re.match(rf"{kind}\s+({NAME})\s*{{", plain)
        if found:
            return Declaration(kind, found.group(1), code)
    nameless = re.match(rf"enum\s*{{\s*({NAME})", plain)
    if nameless:
        return Declaration("enum", nameless.group(1), code)
    if plain.startswith("typedef"):
        found = re.search(rf"\(\*({NAME})\)\(", plain)
        return Declaration("typedef", found.group(1), plain) if found else None
    if plain.startswith("extern"):
        name = re.search(rf"({NAME})(\[\w*\])?;$", plain).group(1)
        return Declaration("variable", name, " ".join(plain.split()))
    return function(plain)


def macro(code):
    code = COMMENT.sub("", code.replace("\\\n", " "))
    found = re.match(rf"#define\s+({NAME})(\([^)]*\))?\s*(.*)", code, re.S)
    name, parameters, body = found.groups()
    listed = split_list(parameters[1:-1]) if parameters else None
    return Declaration("macro", name, " ".join(body.split()), listed)


def function(code):
    head = MARKS.sub("", code.split("{")[0]).rstrip("; \n")
    found = re.match(rf"(.*?)({NAME})\s*(?=\()", head, re.S)
    if not found:
        return None
    listed, _ = bracketed(head, found.end())
    return Declaration("function", found.group(2), code, split_list(listed),
                       " ".join(found.group(1).split()))
