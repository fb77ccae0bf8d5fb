# SPDX-License-Identifier: MIT
"""What lies in the memory of the program that gdb holds."""

import gdb

TEXT_MOST = 100


def memory(address, length):
    return bytes(gdb.selected_inferior().read_memory(int(address), length))


def word(address, size=8):
    return int.from_bytes(memory(address, size), "little")


def c_string(address, most=200):
    found = b""
    while len(found) < most:
        byte = memory(int(address) + len(found), 1)
        if byte == b"\0":
            break
        found += byte
    return found


def pieces(address, length):
    """The bytes that an array of struct iovec stands for."""
    found = b""
    while len(found) < length:
        found += memory(word(address), word(address + 8))
        address += 16
    return found[:length]


def structure(name, address):
    kind = gdb.lookup_type(name).pointer()
    return gdb.Value(int(address)).cast(kind).dereference()


def tag_of(kind):
    """Of the structure that a pointer leads to, or None."""
    kind = kind.strip_typedefs()
    if kind.code != gdb.TYPE_CODE_PTR:
        return None
    return kind.target().strip_typedefs().unqualified().tag


def function_at(address):
    """The function that begins there, or None."""
    block = gdb.block_for_pc(int(address)) if int(address) else None
    while block and not block.function:
        block = block.superblock
    return block.function if block else None


def quoted(text):
    """Bytes as a C programmer would write them."""
    text = text.decode("latin-1")
    for what, by in (("\\", "\\\\"), ('"', '\\"'), ("\r", "\\r"),
                     ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(what, by)
    return f'"{text[:TEXT_MOST]}"'
