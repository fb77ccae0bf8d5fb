# SPDX-License-Identifier: MIT
"""evert in gdb: who waits for what in a process that is stopped, or in a core.

It only reads memory: the program runs no code, and nothing of it is changed.
gdb loads it by itself with an installed libevert.so; else, and for programs
that are linked statically: (gdb) source tools/gdb/evert-gdb.py
"""

import os
import re
import socket
import struct

import gdb
import gdb.printing
import gdb.unwinder

WORD = 8


# ---- Values ----

FOUND = {}  # types, and functions by address, for one command: gdb is slow


def type_of(name, block=None):
    key = name, block and int(block.start)
    if key not in FOUND:
        FOUND[key] = (gdb.lookup_type(f"struct {name}", block) if block else
                      gdb.lookup_type(f"struct {name}"))
    return FOUND[key]


def structure(name, address, block=None):
    """The `struct name` at an address."""
    kind = type_of(name, block)
    return gdb.Value(int(address)).cast(kind.pointer()).dereference()


def copy(name, address, block=None):
    """The same, read at once; it has no address."""
    kind = type_of(name, block)
    return gdb.Value(memory(int(address), kind.sizeof), kind)


def offset(name, field, block=None):
    return type_of(name, block)[field].bitpos // 8


def container(address, name, field, block=None):
    return structure(name, int(address) - offset(name, field, block), block)


def ring(head):
    """The addresses of a list's nodes."""
    node = head["next"]
    while int(node) != int(head.address):
        yield int(node)
        node = node["next"]


TEXTS = {}  # by address, for one command


def text(value):
    """A place, or a name: many have the same."""
    if int(value) not in TEXTS:
        try:
            TEXTS[int(value)] = value.string() if int(value) else "?"
        except (gdb.MemoryError, UnicodeDecodeError):
            return "?"
    return TEXTS[int(value)]


def memory(address, length):
    return bytes(gdb.selected_inferior().read_memory(address, length))


def function_at(address):
    """The function that begins there, or None; not one inlined into it."""
    if int(address) not in FOUND:
        FOUND[int(address)] = find_function(address)
    return FOUND[int(address)]


def find_function(address):
    block = gdb.block_for_pc(int(address)) if int(address) else None
    found = None
    while block and not block.is_static and not block.is_global:
        found = block.function or found
        block = block.superblock
    return found


def described(function):
    """Its name, its file's name, and the types of that file."""
    if not function:
        return "?", "?", None
    table = function.symtab
    return function.name, os.path.basename(table.filename), table.static_block()


def file_of(name):
    """The types of the file that has a function of that name; None: there is
    none, for a program contains only what it calls."""
    try:
        return described(function_at(address_of(name)))[2]
    except gdb.error:
        return None


def address_of(symbol):
    return int(gdb.parse_and_eval(f"(unsigned long)&{symbol}"))


# ---- Threads ----

def registers():
    """Stack pointer, frame pointer, where it goes on; the thread's own."""
    if "aarch64" in gdb.selected_inferior().architecture().name():
        return "sp", "x29", "pc", "tpidr"
    return "rsp", "rbp", "rip", "fs_base"


def offset_in_locals(symbol):
    """Where a variable is in the thread-local storage of its module."""
    where = gdb.execute(f"info address {symbol}", to_string=True)
    found = re.search(r"offset (0x[0-9a-f]+)", where)
    return int(found.group(1), 16) if found else None


def thread_locals():
    """Where this thread's evert_coroutine_thread may be, by the table of its
    thread-local storage: a core has no other way."""
    offset_there = offset_in_locals("evert_coroutine_thread")
    own = gdb.newest_frame().read_register(registers()[3])
    at = int(own) + (WORD if registers()[3] == "fs_base" else 0)
    table, = struct.unpack("<Q", memory(at, WORD))
    count, = struct.unpack("<Q", memory(table - 2 * WORD, WORD))
    for module in range(1, min(count, 1024) + 1):
        block, = struct.unpack("<Q", memory(table + 2 * WORD * module, WORD))
        if offset_there is not None and block not in (0, 2**64 - 1):
            yield block + offset_there


def of_reactors():
    """The same of the threads that have reactors, whose marks these know: a
    stub may not tell of any register that leads there."""
    mark = offset_in_locals("evert_thread_mark")
    there = offset_in_locals("evert_coroutine_thread")
    if mark is None or there is None:
        return
    for reactor in reactors():
        address = int(reactor["thread"]) - mark + there
        if is_coroutine_thread(address):
            yield address


def is_coroutine_thread(address):
    try:
        thread = structure("evert_coroutine_thread", address)
        if int(thread["started"]) != 1:
            return False
        head = thread["all"]
        return (int(head["next"]["previous"]) == int(head.address) ==
                int(head["previous"]["next"]))
    except gdb.error:
        return False


def coroutine_thread():
    """What the selected thread knows of its coroutines, or None."""
    try:
        candidates = [address_of("evert_coroutine_thread")]
    except gdb.error:
        candidates = thread_locals()
    try:
        for address in candidates:
            if is_coroutine_thread(address):
                return structure("evert_coroutine_thread", address)
    except (gdb.error, ValueError):  # there is no such register
        pass
    return None


def select(level):
    """The thread's frame of that number."""
    frame = gdb.newest_frame()
    while frame.level() < level:
        frame = frame.older()
    frame.select()


def coroutine_threads():
    known = set()
    before = gdb.selected_thread()
    level = gdb.selected_frame().level() if before else 0
    for thread in sorted(gdb.selected_inferior().threads(),
                         key=lambda each: each.num):
        thread.switch()
        found = coroutine_thread()
        if found is not None:
            known.add(int(found.address))
            yield found
    if before:
        before.switch()
        select(level)
    for address in set(of_reactors()) - known:
        yield structure("evert_coroutine_thread", address)


# ---- Coroutines ----

class Coroutine:
    """One that has waited and not ended."""

    def __init__(self, number, value):
        self.number = number
        self.value = value
        self.address = int(value.address)
        self.name = text(value["name"])
        self.state = str(value["state"]).rsplit("_", 1)[-1].lower()
        self.deferred = value["deferred"]
        self.awaited = value["waiter"]["on"]
        self.is_suspended = self.state in ("waiting", "ready")

    def __str__(self):
        return (f"coroutine {self.number}, {self.name}, "
                f"spawned at {text(self.deferred['place'])}")

    def side(self):
        """Its stack pointer, its frame pointer, where it goes on."""
        context = self.value["context"]["inside"]
        if context.type.name == "ucontext_t":  # rsp, rbp, rip
            saved = context["uc_mcontext"]["gregs"]
            return int(saved[15]), int(saved[10]), int(saved[16])
        return (int(context["stack_pointer"]), int(context["frame_pointer"]),
                int(context["goes_on_at"]))

    def words(self):
        """What lies on its stack and in its frame pointer."""
        low, frame_pointer, _ = self.side()
        length = (self.address - low) // WORD
        return {frame_pointer,
                *struct.unpack(f"<{length}Q", memory(low, length * WORD))}


def coroutines():
    addresses = [node for thread in coroutine_threads()
                 for node in ring(thread["all"])]
    return [Coroutine(number, container(node, "evert_coroutine", "node"))
            for number, node in enumerate(addresses, 1)]


def state_in_words(value):
    """"waiting since turn 3", of a struct evert_coroutine."""
    state = str(value["state"]).rsplit("_", 1)[-1].lower()
    if state == "waiting":
        return f"waiting since turn {int(value['waits_since'])}"
    return {"ready": "woken"}.get(state, "running")


# ---- Stacks ----

class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class Unwinder(gdb.unwinder.Unwinder):
    """Lets a coroutine's frames follow the thread's innermost one."""

    def __init__(self):
        super().__init__("evert")
        self.enabled = False
        self.own = self.side = None

    def __call__(self, pending):
        if not self.side:
            return None
        names = registers()[:3]
        now = [pending.read_register(name) for name in names]
        if (int(now[0]), int(now[2])) != self.own:
            return None
        side, self.side = self.side, None
        # Just below the first frame, as if that had called it.
        below = gdb.Value(side[0] - WORD).cast(now[0].type)
        info = pending.create_unwind_info(FrameId(below, now[2]))
        for name, value, there in zip(names, now, side):
            info.add_saved_register(name, gdb.Value(there).cast(value.type))
        return info

    def begin(self):
        self.level = gdb.selected_frame().level()
        self.own = self.where(gdb.newest_frame())

    @staticmethod
    def where(frame):
        sp, _, pc, _ = registers()
        return int(frame.read_register(sp)), int(frame.read_register(pc))

    def frames(self, side):
        """Valid until it is asked again."""
        self.side = side
        self.enabled = True
        gdb.invalidate_cached_frames()
        frame = gdb.newest_frame()
        while frame and self.where(frame) == self.own:
            frame = frame.older()
        while frame and not is_outermost(frame):
            yield frame
            frame = frame.older()

    def end(self):
        self.enabled = False
        gdb.invalidate_cached_frames()
        select(self.level)


UNWINDER = Unwinder()
gdb.unwinder.register_unwinder(None, UNWINDER, replace=True)


def is_of_switch(frame):
    """evert's own, at either end."""
    symbol = frame.function()
    path = symbol.symtab.filename if symbol else ""
    return path.endswith(("deferred/coroutine/await.c",
                          "deferred/coroutine/coroutine.c")) or \
        re.search(r"deferred/coroutine/(arch/)?[a-z_0-9]*switch", path)


def is_outermost(frame):
    return frame.name() == "evert_context_begin" or (
        frame.name() == "run_body" and is_of_switch(frame))


def user_frames(frames):
    frames = list(frames)
    while frames and is_of_switch(frames[0]):
        frames.pop(0)
    while frames and is_of_switch(frames[-1]):
        frames.pop()
    return frames


def variables(frame, of_arguments):
    block = frame.block() if frame.function() else None
    while block:
        for symbol in block:
            if symbol.is_argument == of_arguments and (
                    symbol.is_argument or symbol.is_variable):
                yield symbol, symbol.value(frame)
        if block.function:
            return
        block = block.superblock


def shown(value):
    try:
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT,
                                                gdb.TYPE_CODE_UNION,
                                                gdb.TYPE_CODE_ARRAY):
            return "..."
        return value.format_string(symbols=False)
    except gdb.error as error:
        return f"<{error}>"


def frame_line(frame):
    try:
        arguments = ", ".join(f"{symbol.print_name}={shown(value)}"
                              for symbol, value in variables(frame, True))
    except (gdb.error, RuntimeError):
        arguments = "..."
    place = frame.find_sal()
    where = f" at {place.symtab.filename}:{place.line}" if place.symtab else ""
    return f"{frame.name() or hex(frame.pc())} ({arguments}){where}"


def locals_of(frame):
    for symbol, value in variables(frame, False):
        try:
            yield (f"{symbol.print_name} = "
                   f"{value.format_string(max_elements=64)}")
        except gdb.error as error:
            yield f"{symbol.print_name} = <{error}>"


def backtrace(coroutine, full):
    frames = user_frames(UNWINDER.frames(coroutine.side()))
    body = function_at(coroutine.value["body"])
    for number, frame in enumerate(frames):
        yield f"  #{number} {frame_line(frame)}"
        if full:
            for line in locals_of(frame):
                yield f"       {line}"
    if body and (not frames or frames[-1].name() != body.name):
        yield (f"  #{len(frames)} {body.name} at {body.symtab.filename}:"
               f"{body.line}, which ended in a call")


# ---- Reactors ----

def reactors():
    fork = gdb.lookup_global_symbol("evert_fork_join")
    if not fork:
        return
    block = fork.symtab.static_block()
    everything = next(symbol for symbol in block if symbol.name == "all")
    for node in ring(everything.value()["reactors"]):
        yield container(node, "evert_reactor", "sibling")


def slots(reactor):
    """Each descriptor that is watched: its number, its watch."""
    for fd in range(int(reactor["slot_count"])):
        watch = reactor["slots"][fd]["watch"]
        if int(watch):
            yield fd, watch


def connection_of(watch):
    """The connection whose first member a watch is, or None."""
    _, file, _ = described(function_at(watch["ops"]["ready"]))
    if not file.startswith(("connection", "pipe_watch")):
        return None
    found = structure("evert_connection", watch)
    plain = address_of("evert_connection_plain_ops")
    if file.startswith("pipe") and int(found["base"]["ops"]) != plain:
        return None
    return found


def address_text(family_and_rest):
    """A struct sockaddr in bytes."""
    family, = struct.unpack_from("<H", family_and_rest)
    if family == socket.AF_INET:
        port, = struct.unpack_from(">H", family_and_rest, 2)
        return f"{socket.inet_ntoa(family_and_rest[4:8])}:{port}"
    if family == socket.AF_INET6:
        port, = struct.unpack_from(">H", family_and_rest, 2)
        host = socket.inet_ntop(socket.AF_INET6, family_and_rest[8:24])
        return f"[{host}]:{port}"
    if family == socket.AF_UNIX:
        path = family_and_rest[2:]
        if path[:1] == b"\0":
            return "@" + path[1:].decode(errors="replace").rstrip("\0")
        return path.split(b"\0")[0].decode(errors="replace") or "unnamed"
    return "no address"


def peer_of(connection):
    length = int(connection["peer_length"])
    if not length:
        return "?"
    at = int(connection.address) + connection.type.sizeof
    return address_text(memory(at, length))


def queued_of(connection):
    output = connection["output"]
    reactor = connection["watch"]["reactor"]
    if int(output["last"]):
        last = structure("evert_output_chunk", output["last"],
                         file_of("evert_output_queued"))
        return int(last["queued"])
    if int(reactor["gathering"]) == int(output.address):
        return int(reactor["window"]["used"])
    return 0


def wanted_of(watch):
    wanted = int(watch["wanted"])
    names = [name for bit, name in ((1, "read"), (4, "write")) if wanted & bit]
    return "+".join(names) or ("hang-up" if wanted else "nothing")


def state_of(connection):
    if connection["ended"]:
        state = "ended"
    elif connection["base"]["closing"]:
        state = "closing"
    else:
        state = "open"
    for flag, name in ((connection["reading"]["ended"], "peer has ended"),
                       (connection["reading"]["paused"], "reading paused"),
                       (connection["writing"]["paused"], "writing paused"),
                       (connection["writing"]["shut"], "our end sent")):
        if flag:
            state += f", {name}"
    return state


def connections():
    for reactor in reactors():
        for _, watch in slots(reactor):
            connection = connection_of(watch)
            if connection is not None:
                yield connection


def connection_text(connection):
    watch = connection["watch"]
    return (f"descriptor {int(watch['fd'])} to {peer_of(connection)}, "
            f"{state_of(connection)}, {queued_of(connection)} bytes queued, "
            f"watched for {wanted_of(watch)}")


# ---- Timers ----

def timers(reactor):
    """Those that wait, in order."""
    found = []
    room = file_of("evert_timer_wheel_make_room")
    wheel = reactor["clock"]["wheel"]
    kind = gdb.lookup_type("struct evert_timer_block", room)
    block = wheel["blocks"]
    while int(block):
        block = block.cast(kind.pointer())
        line = gdb.lookup_type("struct evert_timer").sizeof
        at = -(-(int(block) + kind.sizeof) // line) * line
        for index in range(int(block["count"])):
            timer = structure("evert_timer", at + index * line)
            if int(timer["id"]):
                found.append(timer)
        block = block["next"]
    return sorted(found, key=lambda each: (int(each["when"]), int(each["id"])))


def due(timer):
    left = (int(timer["when"]) - int(timer["clock"]["now"])) / 1e9
    return f"due in {left:.3f} s"


def timer_call(timer):
    """What it calls, and the wait that it belongs to, or None."""
    if int(timer["id"]) & 1:
        wait = structure("evert_clock_wait", timer["arg"])
        return described(function_at(wait["over"])), wait
    return described(function_at(timer["call"])), None


def timeouts():
    """When it times out, by Deferred."""
    found = {}
    for reactor in reactors():
        for timer in timers(reactor):
            (_, file, block), wait = timer_call(timer)
            if wait is not None and file == "timeout.c":
                timeout = container(wait.address, "evert_timeout", "wait",
                                    block)
                found[int(timeout["deferred"])] = timer
    return found


# ---- Who waits for whom ----

UNFIRED, RUNNING, BY_PAUSE = 1, 2, 8


class Chain:
    """From a Deferred to what it hangs on, in lines."""

    def __init__(self):
        self.coroutines = coroutines()
        self.by_address = {each.address: each for each in self.coroutines}
        self.timeouts = timeouts()
        self.seen = set()

    def of_coroutine(self, coroutine, indent=""):
        if coroutine.state == "ready":
            yield f"{indent}which was woken, and goes on next"
        elif coroutine.state != "waiting" or not int(coroutine.awaited):
            yield f"{indent}which runs, or has let another one run"
        else:
            yield from self.of(coroutine.awaited, "awaits", indent)

    def of(self, d, how, indent=""):
        line = f"{indent}{how} the Deferred made at {text(d['place'])}"
        timer = self.timeouts.get(int(d))
        if timer is not None:
            line += f" (its time-out is {due(timer)})"
        yield line
        if int(d) in self.seen:
            yield f"{indent}which was met above"
            return
        self.seen.add(int(d))
        hold = int(d["room"]["hold"])
        if hold & UNFIRED and d["is_joint"]:
            yield from self.of_joint(d, indent)
        elif hold & UNFIRED:
            yield f"{indent}{self.unfired(d)}"
        elif int(d["waits"]["on"]):
            yield from self.of(d["waits"]["on"],
                               "which has fired, and waits for", indent)
        elif hold >= BY_PAUSE:
            yield f"{indent}which is paused {hold // BY_PAUSE} times"
        elif hold & RUNNING:
            yield f"{indent}which has fired, and runs its links"
        else:
            yield f"{indent}which has fired"

    def of_joint(self, d, indent):
        _, file, block = described(function_at(d["joint"]["first"]))
        joint = d["canceller_arg"]
        if file == "await.c":
            coroutine = self.by_address.get(int(joint))
            if coroutine is None:
                yield f"{indent}which is a coroutine's that has not waited yet"
                return
            yield f"{indent}which is that of {coroutine}"
            yield from self.of_coroutine(coroutine, indent)
        elif file == "backlog.c":
            yield from self.of_backlog(joint, block, indent)
        else:
            inner = list(self.inner(file, joint, block))
            yield from self.of_several(file, inner, indent)

    @staticmethod
    def inner(file, joint, block):
        """What the joints of a file wait for."""
        if file == "combination.c":
            combination = structure("evert_combination", joint, block)
            for index in range(int(combination["count"])):
                yield combination["inputs"][index]["waiter"]["on"]
        elif file == "scope.c":
            child = structure("evert_scope", joint)["first"]
            while int(child):
                child = structure("evert_scope_child", child, block)
                yield child["waiter"]["on"]
                child = child["next"]
        elif file == "shield.c":
            yield structure("evert_shield", joint, block)["waiter"]["on"]
        elif file == "periodic.c":
            yield structure("evert_round", joint, block)["called"]["on"]

    def of_several(self, file, inner, indent):
        inner = [each for each in inner if int(each)]
        kind = {"combination.c": "combines", "scope.c": "is a scope's, of",
                "shield.c": "shields", "periodic.c": "is of periodic calls, of"}
        if len(inner) == 1:
            yield from self.of(inner[0], f"which {kind.get(file, '?')}", indent)
            return
        yield (f"{indent}which {kind.get(file, 'waits for')} "
               f"{len(inner) or 'none'} still awaited")
        for each in inner:
            yield from self.of(each, "-", indent + "  ")

    def of_backlog(self, joint, block, indent):
        entry = structure("evert_backlog_entry", joint, block)
        backlog = entry["backlog"]
        before = 0
        while int(entry["before"]):
            before += 1
            entry = entry["before"].dereference()
        line = (f"{indent}which stands in line, {before + 1} of "
                f"{int(backlog['count'])}, for")
        if not int(backlog["place"]):
            yield f"{line} {text(backlog['what'])}"
            return
        semaphore = container(backlog, "evert_semaphore", "waiting",
                              file_of("evert_semaphore_create_at"))
        yield (f"{line} {text(backlog['what'])} made at "
               f"{text(backlog['place'])}")
        holder = backlog["hold"]["holder"]
        if int(holder):
            yield from self.of(holder, "held by", indent)
            return
        yield from self.of_permits(semaphore, indent)

    def of_permits(self, semaphore, indent):
        """evert does not know who has one; but it lies on somebody's stack."""
        holders = [each for each in self.coroutines if each.is_suspended and
                   holds_permit(each, int(semaphore.address))]
        out = int(semaphore["limit"]) - int(semaphore["tokens"])
        if not holders:
            yield (f"{indent}which is acquired {out} times, by none of the "
                   "coroutines")
        for holder in holders:
            yield f"{indent}whose permit seems to lie on the stack of {holder}"
            if holder.address not in self.seen:
                self.seen.add(holder.address)
                yield from self.of_coroutine(
                    holder, indent + ("  " if len(holders) > 1 else ""))

    def unfired(self, d):
        if not int(d["canceller"]):
            return ("which nobody has fired; it has no canceller to tell what "
                    "it hangs on")
        name, file, block = described(function_at(d["canceller"]))
        arg = d["canceller_arg"]
        if file == "sleep.c" and name == "cancel":
            sleep = structure("evert_sleep", arg, block)
            timer = sleep["wait"]["call"]["timer"]
            return f"which is a sleep, {due(timer)}"
        if file == "stream_read.c":
            transport = structure("evert_stream", arg)["base"]["transport"]
            return f"which is a read, of {self.transport(transport)}"
        if file == "wait.c" and name == "cancel":
            watcher = structure("evert_wait", arg, block)["watcher"]
            return f"which waits for descriptor {int(watcher['fd'])}"
        return f"which nobody has fired; its canceller is {name} of {file}"

    @staticmethod
    def transport(transport):
        for connection in connections():
            if int(connection["base"].address) == int(transport):
                return connection_text(connection)
        return "a transport that is over no descriptor"


def holds_permit(coroutine, semaphore):
    """A result is two words, which the compiler may keep apart."""
    return {address_of("evert_type_permit"), semaphore} <= coroutine.words()


# ---- All Deferreds ----

KEPT = 2  # enum evert_live_state


def deferred_at(address):
    return gdb.Value(int(address)).cast(
        gdb.lookup_type("struct evert_deferred").pointer())


def live():
    """All Deferreds, the oldest first; None: no list of them is kept."""
    try:
        found = gdb.parse_and_eval("evert_live")
    except gdb.error:
        return None
    if int(found["state"]) != KEPT:
        return None
    size = gdb.lookup_type("struct evert_live_node").sizeof
    return [deferred_at(node + size) for node in ring(found["all"])]


def of_timers():
    """What evert's own timers will fire or cancel."""
    for reactor in reactors():
        for timer in timers(reactor):
            (name, file, block), wait = timer_call(timer)
            if wait is not None and file == "timeout.c":
                yield container(wait.address, "evert_timeout", "wait",
                                block)["deferred"]
            elif wait is not None and file == "sleep.c" and name == "over":
                yield deferred_at(container(wait.address, "evert_sleep",
                                            "wait", block)["slot"])


def result_text(result):
    """As evert_result_print, but for lists."""
    kind = result["type"]
    if int(kind) and text(kind["name"]) == "text":
        found = structure("evert_text_value", result["value"]["pointer"])
        length = int(found["length"])
        return found["bytes"].address.cast(
            found["bytes"][0].type.pointer()).format_string(
                address=False) if length < 200 else f"text of {length} bytes"
    if int(kind) and int(kind) == address_of("evert_type_failure"):
        failure = structure("evert_failure", result["value"]["pointer"])
        return (f"failure {text(failure['kind']['name'])}: "
                f"{text(failure['message'])}")
    if int(kind) and int(kind) not in (address_of("evert_type_integer"),
                                       address_of("evert_type_number")):
        return text(kind["name"])
    return ResultPrinter(result).to_string()


class Tree:
    """Who waits for whom, in the words of evert_reactor_dump."""

    def __init__(self):
        self.coroutines = coroutines()
        self.special = address_of("evert_special_labels")
        self.read = {}
        self.firsts = {}

    def all(self):
        """Those that are known; is that all there are?"""
        found = live()
        if found is not None:
            return found, True
        found = [each.deferred for each in self.coroutines]
        found += of_timers()
        return found, False

    def roots(self, known):
        """Those that nothing else waits for."""
        known = {int(each): each for each in known}
        inner, seen, more = set(), set(), list(known.values())
        while more:
            each = more.pop()
            if int(each) in seen:
                continue
            seen.add(int(each))
            below = self.inner(each)
            if not below and self.holder(each) is not None:
                known.setdefault(int(self.holder(each)), self.holder(each))
                more.append(self.holder(each))
            inner.update(map(int, below))
            more += below
        return [each for each in known.values() if int(each) not in inner]

    def at(self, d):
        """All of it, read in one step: gdb takes long for each."""
        if int(d) not in self.read:
            self.read[int(d)] = copy("evert_deferred", d)
        return self.read[int(d)]

    def inner(self, d):
        d = self.at(d)
        found = []
        if not int(d["room"]["hold"]) & UNFIRED:
            found = [d["waits"]["on"]]
        elif d["is_joint"]:
            _, file, block = described(function_at(self.first(d)))
            joint = d["canceller_arg"]
            if file == "await.c":
                found = [copy("evert_coroutine", joint)["waiter"]["on"]]
            else:
                found = Chain.inner(file, joint, block)
        return [each for each in found if int(each)]

    def first(self, d):
        joint = int(d["joint"])
        if joint not in self.firsts:
            self.firsts[joint] = int(d["joint"]["first"])
        return self.firsts[joint]

    def backlog(self, d):
        """Of what it stands in line for, or None."""
        d = self.at(d)
        if not int(d["room"]["hold"]) & UNFIRED or not d["is_joint"]:
            return None
        _, file, block = described(function_at(self.first(d)))
        if file != "backlog.c":
            return None
        entry = copy("evert_backlog_entry", d["canceller_arg"], block)
        return copy("evert_backlog", entry["backlog"], block)

    def holder(self, d):
        backlog = self.backlog(d)
        if backlog is None or not int(backlog["hold"]["holder"]):
            return None
        return backlog["hold"]["holder"]

    def joint(self, d):
        kind = text(self.at(d)["joint"]["kind"])
        backlog = self.backlog(d)
        if kind == "coroutine":
            c = copy("evert_coroutine", self.at(d)["canceller_arg"])
            kind += f" {text(c['name'])}, {state_in_words(c)}"
        elif backlog is not None:
            kind += f" for {text(backlog['what'])}"
            if int(backlog["place"]):
                kind += f" made at {text(backlog['place'])}"
            if int(backlog["hold"]["holder"]):
                place = text(self.at(backlog["hold"]["holder"])["place"])
                kind += f", which the one made at {place} has"
        return kind

    def state(self, address):
        d = self.at(address)
        hold = int(d["room"]["hold"])
        if hold & UNFIRED:
            line = "not fired"
            if d["is_joint"]:
                line += f", {self.joint(address)}"
        elif int(d["waits"]["on"]):
            line = "fired"
        else:
            line = f"fired with {result_text(d['result'])}"
        if hold >= BY_PAUSE:
            line += f", paused {hold // BY_PAUSE} times"
        if hold & RUNNING:
            line += ", running"
        if d["holds"]:
            backlog = container(d["canceller_arg"], "evert_backlog", "hold")
            if int(backlog["count"]):
                line += f", {int(backlog['count'])} in line for what it has"
        if not d["reading_end"] and not int(d["waiter"]):
            line += ", released"
        return line

    def waiter(self, d):
        waiter = self.at(d)["waiter"]
        if not int(waiter):
            return ""
        if not int(waiter["class"]):
            owner = container(waiter, "evert_deferred", "waits")
            return f", the one made at {text(owner['place'])} waits for it"
        return ", its outcome is awaited"

    def links(self, d):
        place, end = self.at(d)["next"], self.at(d)["room"]["free"]
        while int(place) != int(end):
            link = place["added"]["link"]
            kind = int(link["label"]) - self.special
            if kind == 0:  # EVERT_PLACE_JUMP
                place = place["added"]["arg"].cast(place.type)
            elif kind == 1:  # EVERT_PLACE_TABLE
                table = (place + 1)["table"]
                yield f"then the chain {text(table['label'])}"
                at = table["at"]
                while int(at) != int(table["end"]):
                    yield f"  then {text(at['label'])}"
                    at += 1
                place += 2
            else:
                yield f"then {text(link['label'])}"
                place += 1

    def lines(self, root):
        more = [(root, 0)]
        while more:
            d, level = more.pop()
            indent = "  " * min(level, 20)
            how = "awaits the one" if level else "Deferred"
            yield (f"{indent}{how} made at {text(self.at(d)['place'])}: "
                   f"{self.state(d)}{'' if level else self.waiter(d)}")
            for link in self.links(d):
                yield f"{indent}  {link}"
            more += [(each, level + 1) for each in reversed(self.inner(d))]


# ---- Commands ----

class Command(gdb.Command):
    def __init__(self):
        super().__init__(f"evert {type(self).__name__.lower()}",
                         gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        try:
            gdb.selected_frame()
        except gdb.error:
            raise gdb.GdbError("There is no process, and no core.")
        try:
            gdb.lookup_type("struct evert_coroutine")
        except gdb.error:
            raise gdb.GdbError("There is no evert in the program, or it was "
                               "compiled without -g.")
        TEXTS.clear()
        FOUND.clear()
        print("\n".join(self.lines(argument.strip())))


class Evert(gdb.Command):
    """Who waits for what in a program that uses evert."""

    def __init__(self):
        super().__init__("evert", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class Coroutines(Command):
    """evert coroutines: all that have waited and not ended, the oldest first:
number, name, state, where it was spawned, what it awaits."""

    def lines(self, _):
        found = coroutines()
        for each in found:
            line = (f"{each.number:4} {each.name:15} spawned at "
                    f"{text(each.deferred['place'])}, "
                    f"{state_in_words(each.value)}")
            if each.state == "waiting" and int(each.awaited):
                line += (", awaits the Deferred made at "
                         f"{text(each.awaited['place'])}")
            yield line
        if not found:
            yield "There are no coroutines that have waited."


def chosen(argument):
    """By number, or all."""
    found = coroutines()
    if argument != "all":
        if not argument.isdigit() or not 0 < int(argument) <= len(found):
            raise gdb.GdbError(f"There is no coroutine {argument}: "
                               "see `evert coroutines`.")
        found = [found[int(argument) - 1]]
    return found


def numbers(each):
    """1, 2, 3, 5 as 1-3, 5."""
    runs = []
    for number in each:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}-{high}"
                     for low, high in runs)


class Deferreds(Command):
    """evert deferreds: all that are alive, as trees: below each what it waits
for. Where no list of them is kept, those that are reached from coroutines,
locks and timers."""

    def lines(self, _):
        tree = Tree()
        known, is_all = tree.all()
        if not is_all:
            yield ("No list of all is kept: start the program with "
                   "EVERT_DEBUG=1, or with EVERT_DUMP_SIGNAL.")
        for root in tree.roots(known):
            yield from tree.lines(root)


class Bt(Command):
    """evert bt N [full], evert bt all [full]: the backtrace of a suspended
coroutine, or of all, those that look the same together."""

    def lines(self, argument):
        which, _, full = argument.partition(" ")
        if full not in ("", "full"):
            raise gdb.GdbError("Usage: evert bt N|all [full]")
        alike = {}
        UNWINDER.begin()
        try:
            for each in chosen(which):
                lines = ["  it runs: see the thread's own backtrace"]
                if each.is_suspended:
                    lines = list(backtrace(each, full))
                key = (str(each).split(", ", 1)[1], *lines)
                alike.setdefault(key, []).append(each.number)
        finally:
            UNWINDER.end()
        for (name, *lines), found in alike.items():
            kind = ("coroutine" if len(found) == 1 else
                    f"{len(found)} coroutines,")
            yield f"{kind} {numbers(found)}, {name}"
            yield from lines


class Frame(Command):
    """evert frame N K [COMMAND]: runs a command of gdb in frame K of a
suspended coroutine, as `evert bt N` counts them; without one, `info locals`."""

    def lines(self, argument):
        words = argument.split(None, 2)
        if len(words) < 2 or not (words[0] + words[1]).isdigit():
            raise gdb.GdbError("Usage: evert frame N K [COMMAND]")
        coroutine = chosen(words[0])[0]
        UNWINDER.begin()
        try:
            frames = (user_frames(UNWINDER.frames(coroutine.side()))
                      if coroutine.is_suspended else [])
            if int(words[1]) >= len(frames):
                raise gdb.GdbError(f"There is no frame {words[1]}: "
                                   f"see `evert bt {words[0]}`.")
            frame = frames[int(words[1])]
            frame.select()
            yield f"  #{words[1]} {frame_line(frame)}"
            yield gdb.execute((words[2:] or ["info locals"])[0],
                              to_string=True).rstrip()
        finally:
            UNWINDER.end()


class Why(Command):
    """evert why N, evert why EXPRESSION: what a coroutine, or a Deferred, waits
for, and that in turn, down to what it hangs on."""

    def lines(self, argument):
        if not argument:
            raise gdb.GdbError("Usage: evert why N|DEFERRED")
        if not argument.isdigit():
            value = gdb.parse_and_eval(argument)
            kind = str(value.type.strip_typedefs().unqualified())
            if not re.search(r"struct evert_(deferred|firing) \*$", kind):
                raise gdb.GdbError(f"{argument} is no struct evert_deferred *")
            yield from Chain().of(value.cast(
                gdb.lookup_type("struct evert_deferred").pointer()), "waits for")
            return
        coroutine, = chosen(argument)
        yield str(coroutine)
        chain = Chain()
        chain.seen.add(coroutine.address)
        yield from chain.of_coroutine(coroutine, "  ")


class Reactors(Command):
    """evert reactors: all, with what each has."""

    def lines(self, _):
        for reactor in reactors():
            state = "not running"
            for flag in ("shutting_down", "stopping", "running"):
                if reactor[flag]:
                    state = flag.replace("_", " ")
                    break
            watched = sum(1 for _ in slots(reactor))
            yield (f"{hex(int(reactor.address))}, made at "
                   f"{text(reactor['place'])}: {state}, turn "
                   f"{int(reactor['turns'])}, {watched} descriptors watched, "
                   f"{len(timers(reactor))} timers")


class Connections(Command):
    """evert connections: descriptor, peer, state, what is queued, what it is
watched for."""

    def lines(self, _):
        for connection in connections():
            yield connection_text(connection)


class Timers(Command):
    """evert timers: what the reactors' clocks will call, the first first. Times
are from when a clock was last read, mostly at the start of the turn."""

    def lines(self, _):
        for reactor in reactors():
            for timer in timers(reactor):
                (name, file, _), _ = timer_call(timer)
                yield (f"{due(timer)}: {name} of {file}, made at "
                       f"{text(timer['place'])}")


for command in (Evert, Coroutines, Deferreds, Bt, Frame, Why, Reactors,
                Connections, Timers):
    command()


# ---- How values are printed ----

class ResultPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        kind, value = self.value["type"], self.value["value"]
        if not int(kind):
            return "nothing"
        name = text(kind["name"])
        if int(kind) == address_of("evert_type_integer"):
            return str(int(value["integer"]))
        if int(kind) == address_of("evert_type_number"):
            return str(float(value["number"]))
        if int(kind) == address_of("evert_type_text"):
            found = structure("evert_text_value", value["pointer"])
            length = int(found["length"])
            return found["bytes"].address.cast(
                found["bytes"][0].type.pointer()).format_string(
                    address=False) + f" ({length} bytes)"
        if int(kind) == address_of("evert_type_failure"):
            failure = structure("evert_failure", value["pointer"])
            return FailurePrinter(failure).to_string()
        return f"{name} {hex(int(value['pointer']))}"


class FailurePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        failure = self.value
        line = (f"{text(failure['kind']['name'])}: {text(failure['message'])} "
                f"(at {text(failure['place'])})")
        if int(failure["cause"]):
            line += ", because of " + FailurePrinter(
                failure["cause"].dereference()).to_string()
        return line


class AddressPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        length = int(self.value["length"])
        if not 0 < length <= self.value["as"].type.sizeof:
            return "no address"
        return address_text(memory(int(self.value["as"].address), length))


class EndpointPrinter:
    """The whole string; of one level of several, by which scheme it is seen."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        string = self.value["whole"]["string"].format_string(address=False)
        return f"{string}, by {text(self.value['scheme']['name'])}"


def printers():
    found = gdb.printing.RegexpCollectionPrettyPrinter("evert")
    found.add_printer("result", "^evert_result$", ResultPrinter)
    found.add_printer("failure", "^evert_failure$", FailurePrinter)
    found.add_printer("address", "^evert_address$", AddressPrinter)
    found.add_printer("endpoint", "^evert_endpoint$", EndpointPrinter)
    return found


gdb.printing.register_pretty_printer(gdb.current_objfile(), printers(),
                                     replace=True)
