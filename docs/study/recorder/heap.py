# SPDX-License-Identifier: MIT
"""What of the program's state is on the heap: Deferreds that it made, with
the links that are still to run; streams; its own receivers. They are known by
its variables, and forgotten when their memory is given back."""

import gdb
from memory import c_string, function_at, memory, quoted, structure, tag_of

UNFIRED = 1
GIVEN_BACK = ("evert_free", "evert_spares_keep", "evert_spares_give_first")


class GivenBack(gdb.Breakpoint):
    """Tells the heap, and does not stop."""

    def __init__(self, function, heap):
        super().__init__(function, internal=True)
        self.heap = heap

    def stop(self):
        frame = gdb.newest_frame()
        register = "rdi" if frame.name() == "evert_free" else "rsi"
        try:
            block = int(frame.read_var("block"))
        except ValueError:
            block = int(frame.read_register(register))
        self.heap.known.pop(block, None)
        return False


class Heap:
    def __init__(self, values, source, receivers):
        self.values = values
        self.source = source
        self.receivers = receivers
        self.known = {}  # address: the structure's tag

    def watch(self):
        for function in GIVEN_BACK:
            GivenBack(function, self)

    def learn(self, value):
        """From a variable."""
        tag = tag_of(value.type)
        if tag == "evert_line_receiver" and self.receivers:
            tag = self.receivers[0]
        if tag in ("evert_deferred", "evert_stream", *self.receivers) and \
                int(value):
            self.known[int(value)] = tag

    def name(self, value):
        """Of what a variable leads to, if that is a Deferred of the
        program."""
        if tag_of(value.type) == "evert_deferred" and int(value) in self.known:
            line = self.line_of(value.dereference())
            return f"→ Deferred of line {line}" if line else None
        return None

    def places(self):
        found = []
        for address, tag in self.known.items():
            if tag == "evert_deferred":
                place = self.deferred(address)
            elif tag == "evert_stream":
                place = self.stream(address)
            else:
                place = self.receiver(address, tag)
            if place:
                found.append(place)
        return found

    # -- Connections --

    @staticmethod
    def line_in(block):
        if not int(block):
            return "nothing"
        return quoted(memory(int(block["bytes"].address) +
                             int(block["start"]), int(block["length"])))

    def receiver(self, address, tag):
        value = structure("struct " + tag, address)
        return {"where": "heap", "name": "struct " + tag, "vars": [
            ["asked", f"{int(value['asked']['count'])} Deferred"
             f"{'s' * (int(value['asked']['count']) != 1)}"],
            ["half a line", self.line_in(
                value["base"]["framing"]["buffer"])]]}

    def stream(self, address):
        value = structure("struct evert_stream", address)
        if not int(value["owned"]):
            return None
        return {"where": "heap", "name": "struct evert_stream", "vars": [
            ["asked", "1 Deferred" if int(value["asked"]) else
             "0 Deferreds"],
            ["half a line", self.line_in(value["reader"]["buffer"])]]}

    # -- Deferreds --

    def line_of(self, deferred):
        """Where the program made it; None: the program did not."""
        place = c_string(deferred["place"]).decode(errors="replace")
        file, _, line = place.rpartition(":")
        return int(line) if file == self.source else None

    def deferred(self, address):
        value = structure("struct evert_deferred", address)
        line = self.line_of(value)
        if not line:
            return None
        return {"where": "chain", "name": f"Deferred of line {line}",
                "vars": [["result", self.outcome(value)],
                         ["links to run", self.links(value) or "none"]]}

    def outcome(self, value):
        if int(value["room"]["hold"]) & UNFIRED:
            return "not there yet"
        inner = int(value["waits"]["on"])
        if not inner:
            return self.values.result(value["result"])
        line = self.line_of(value["waits"]["on"].dereference())
        return (f"that of the Deferred of line {line}" if line else
                "that of another Deferred")

    def links(self, value):
        kind = gdb.lookup_type("union evert_place")
        at, free = int(value["next"]), int(value["room"]["free"])
        names = [self.link(structure("union evert_place", place)["added"])
                 for place in range(at, free, kind.sizeof)]
        return ", ".join(each for each in names if each)

    def link(self, added):
        link = added["link"]
        function = function_at(link["callback"]) or function_at(
            link["errback"])
        if not function or function.symtab.filename != self.source:
            return "evert's " + function.name if function else None
        text = int(added["arg"]) and self.values.anything(added["arg"])
        return f"{function.name} {text}" if text else function.name
