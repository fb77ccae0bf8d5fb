# SPDX-License-Identifier: MIT
"""The inside of a struct or an enum."""

import re

import comments
from headers import COMMENT, NAME


def members(code):
    """(names, comment) of what is commented; names may be empty: the comment
    is about what follows."""
    inside = code[code.index("{") + 1:code.rindex("}")]
    found, pending, fresh = [], None, True
    for line in joined(inside):
        words = COMMENT.search(line)
        text = comments.comment_text(words.group()) if words else None
        rest = COMMENT.sub("", line).strip()
        if not line.strip():
            fresh = True
            pending = None
        elif not rest:
            pending = [[], text]
            found.append(pending)
        elif text is not None:
            found.append([names_in(rest), text])
        elif pending:
            pending[0] += names_in(rest)
        fresh = False
    return found


def joined(inside):
    """Lines, where a comment or a member that goes on is one line."""
    whole = re.compile(r"/\*.*?\*/|[({].*?[)}]", re.S)
    marked = whole.sub(lambda part: part.group().replace("\n", "\0"), inside)
    lines = []
    for line in marked.split("\n"):
        plain = COMMENT.sub("", line.replace("\0", "\n")).strip()
        if lines and lines[-1][1]:
            before = lines.pop()[0]
            line = before + "\0" + line
        whole_now = COMMENT.sub("", line.replace("\0", "\n")).strip()
        goes_on = bool(plain) and not re.search(r"[;,{}]$", whole_now) and \
            not whole_now.startswith(("#", "EVERT_"))
        lines.append((line, goes_on))
    return [line.replace("\0", "\n") for line, _ in lines]


def names_in(text):
    pointer = re.findall(rf"\(\*({NAME})\)", text)
    if pointer:
        return pointer[:1]
    text = re.sub(r"=[^,]*", "", text)
    return [found for part in text.rstrip(";,").split(",")
            for found in re.findall(rf"({NAME})(?:\[[^\]]*\])*(?:\s*:\s*\d+)?$",
                                    part.strip())]


def constants(code):
    inside = COMMENT.sub("", code[code.index("{") + 1:code.rindex("}")])
    return re.findall(rf"^\s*({NAME})\s*(?:=[^,]*)?,?\s*$", inside, re.M)


def without_comments(code):
    """A declaration as it is, to be read: no comments, no empty lines."""
    plain = COMMENT.sub("", code)
    lines = [line.rstrip() for line in plain.split("\n")]
    return "\n".join(line.expandtabs(8) for line in lines if line.strip())
