# SPDX-License-Identifier: MIT
"""Comments, as words and code."""

import re
import textwrap


def comment_text(comment):
    """Its words: paragraphs, code that is indented by a tab."""
    lines = comment[2:-2].split("\n")
    lines = [lines[0].strip()] + [re.sub(r"^\s*\*( |(?=\t)|$)|^\s+", "", line)
                                  for line in lines[1:]]
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def paragraphs(text):
    """("text", words), ("item", words) or ("code", lines) of a comment: what
    is indented by a tab is code, and may have empty lines; what begins with a
    dash is one point of a list."""
    rows, kind = [], None
    for row in text.split("\n") + [""]:
        if row.startswith("\t"):
            now = "code"
        elif not row:
            now = "code" if kind == "code" else None
        elif row.startswith("- ") or kind == "item" and row.startswith("  "):
            now = "item"
        else:
            now = "text"
        if rows and (now != kind or row.startswith("- ")):
            yield kind, joined_rows(kind, rows)
            rows = []
        kind = now
        if now:
            rows.append(row[2:] if row.startswith("- ") else row)
    if rows:
        yield kind, joined_rows(kind, rows)


def joined_rows(kind, rows):
    if kind != "code":
        return " ".join(row.strip() for row in rows)
    return textwrap.dedent("\n".join(rows).strip("\n").expandtabs(8))
