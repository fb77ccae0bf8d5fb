# SPDX-License-Identifier: MIT
"""Values in words, without what differs from run to run."""

import gdb
from memory import c_string, memory, quoted, structure, tag_of, word

PLAIN = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_FLT,
         gdb.TYPE_CODE_ENUM)


class Values:
    def __init__(self, port):
        self.port = str(port)
        self.strings = (0, 0)  # where the command line is

    def level(self, text):
        """The port is another one each time."""
        return text.replace(self.port, "9999")

    def text_at(self, address):
        try:
            return self.level(quoted(c_string(address)))
        except gdb.MemoryError:
            return "?"

    def show(self, value):
        """None: it is not worth a word."""
        kind = value.type.strip_typedefs()
        if kind.code == gdb.TYPE_CODE_PTR:
            return self.pointer(value, kind)
        if kind.code == gdb.TYPE_CODE_ARRAY:
            return self.array(value, kind)
        if kind.code == gdb.TYPE_CODE_STRUCT:
            return (self.result(value) if kind.tag == "evert_result"
                    else self.fields(value, kind))
        return value.format_string() if kind.code in PLAIN else None

    def array(self, value, kind):
        """A text, or how many pointers are set."""
        target = kind.target().strip_typedefs()
        if target.sizeof == 1:
            return self.level(quoted(
                memory(value.address, kind.sizeof).split(b"\0")[0]))
        return None

    def fields(self, value, kind):
        """Of a structure of the program: what fits on a line."""
        shown = [(field.name, self.show(value[field.name]))
                 for field in kind.fields()
                 if field.type.strip_typedefs().code not in (
                     gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_ARRAY)]
        return "{ " + ", ".join(f"{name} = {words}" for name, words in shown
                                if words) + " }"

    def pointer(self, value, kind):
        if not int(value):
            return "NULL"
        target = kind.target().strip_typedefs().unqualified()
        if target.code == gdb.TYPE_CODE_INT and target.sizeof == 1:
            return self.text_at(value)
        if target.code == gdb.TYPE_CODE_PTR:
            return self.names(value)
        if tag_of(kind) == "evert_result":
            return "→ " + self.result(value.dereference())
        if tag_of(kind) == "_IO_FILE":
            return "→ a FILE"
        if tag_of(kind):
            return "→ struct " + tag_of(kind)
        return self.anything(value)

    def names(self, value):
        """A list of texts that NULL ends."""
        shown, at = [], int(value)
        while word(at):
            shown.append(self.text_at(word(at)))
            at += 8
        return "→ " + ", ".join(shown + ["NULL"])

    def anything(self, value):
        """A void *: a text, if it is one of the command line or the program's
        own."""
        address = int(value)
        section = gdb.execute(f"info symbol {address}", to_string=True)
        if self.strings[0] <= address < self.strings[1] or \
                ".rodata" in section:
            return self.text_at(address)
        return None

    def result(self, value):
        kind, inside = value["type"], value["value"]
        if not int(kind):
            return "nothing"
        name = c_string(kind["name"]).decode()
        if name == "integer":
            return str(int(inside["integer"]))
        if name == "text":
            found = structure("struct evert_text_value", inside["pointer"])
            return quoted(memory(found["bytes"].address,
                                 int(found["length"])))
        if name == "failure":
            return self.failure(inside["pointer"])
        return ("an " if name[0] in "aeiou" else "a ") + name

    def failure(self, pointer):
        found = structure("struct evert_failure", pointer)
        kind = c_string(found["kind"]["name"]).decode()
        message = c_string(found["message"]).decode()
        return self.level(f"a failure, {kind}: {message}")
