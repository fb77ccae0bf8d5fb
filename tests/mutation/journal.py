# SPDX-License-Identifier: MIT
"""What became of each mutant that was tried, a line of JSON each, so that work
that is broken off goes on where it was; and the list of those that are no
change at all."""

import json
import os

# A mutant that is none: it does not compile, becomes the same code, or can't
# be seen from outside.
NONE = ("invalid", "same", "equivalent")


class Journal:
    def __init__(self, path):
        self.path = path
        self.entries = {}
        if os.path.exists(path):
            with open(path) as lines:
                for line in lines:
                    if line.endswith("\n"):
                        entry = json.loads(line)
                        self.entries[entry["id"]] = entry

    def how(self, mutant):
        entry = self.entries.get(mutant.id)
        return entry["how"] if entry else None

    def add(self, mutant, answer):
        entry = {"id": mutant.id, "path": mutant.path, "line": mutant.line,
                 "function": mutant.function, "kind": mutant.kind,
                 "before": mutant.before, "after": mutant.after, **answer}
        self.entries[mutant.id] = entry
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "a") as file:
            file.write(json.dumps(entry) + "\n")


class Equivalents:
    """Of paragraphs: a line "PATH FUNCTION", pairs of lines "- before" and
    "+ after", and a reason in words."""

    def __init__(self, path):
        self.changes = {}
        with open(path) as file:
            paragraphs = file.read().split("\n\n")
        for paragraph in paragraphs:
            lines = [line for line in paragraph.splitlines()
                     if not line.startswith("#")]
            if lines:
                self._take(lines)

    def _take(self, lines):
        path, _, function = lines[0].partition(" ")
        reason = " ".join(line for line in lines[1:] if line[0] not in "-+")
        if not reason:
            raise ValueError(f"{path} {function}: equivalent, but why?")
        for before, after in zip(lines[1:], lines[2:]):
            if before.startswith("- ") and after.startswith("+ "):
                self.changes[path, function, before[2:], after[2:]] = reason

    def names(self, mutant):
        return (mutant.path, mutant.function, mutant.before,
                mutant.after) in self.changes
