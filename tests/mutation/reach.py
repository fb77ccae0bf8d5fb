# SPDX-License-Identifier: MIT
"""Which tests reach which line of the library, and how long each takes.

Each test is run once, alone, with a library that tells which of its blocks
have run. What was found is kept by program, while neither has changed."""

import bisect
import hashlib
import json
import os
import re
import subprocess
from collections import Counter, defaultdict



class Reach:
    def __init__(self, builds, lanes, facts, say):
        self.builds, self.lanes, self.say = builds, lanes, say
        self.facts = facts
        self.tests = []
        self.of_block = defaultdict(list)	# indices of tests
        self._find_tests()
        self._find_lines()

    # ---- Each test, alone ----

    def _find_tests(self):
        library = b"".join(
            _read(os.path.join(self.facts["folder"], link["soname"]))
            for link in self.facts["links"] if link["sources"])
        kept, missing = {}, []
        for program in self.builds.programs:
            key = hashlib.sha1(library + _read(os.path.join(
                self.builds.folder("plain"), program))).hexdigest()
            found = self._kept(program)
            if found and found["key"] == key:
                kept[program] = found
            else:
                missing.append((program, key))
        if missing:
            self._run_tests(missing, kept)
        for program in self.builds.programs:
            for test in kept[program]["tests"]:
                if not test["passed"]:
                    continue
                for block in test["blocks"]:
                    self.of_block[block].append(len(self.tests))
                self.tests.append({**test, "program": program})

    def _run_tests(self, missing, kept):
        """Says which tests fail in the sandbox: they are left out."""
        self.say(f"looks what each test of {len(missing)} programs reaches")
        for program, key in missing:
            kept[program] = {"key": key, "tests": []}
        lists = self.lanes.each([
            (program, {"do": "list", "build": "reached", "program": program})
            for program, _ in missing])
        jobs = []
        for program, names in lists:
            for name in names:
                for poller in _pollers(program):
                    batch = {"program": program, "poller": poller,
                             "tests": [name], "seconds": 10}
                    jobs.append(((program, name, poller),
                                 {"do": "reach", "build": "reached",
                                  "batch": batch}))
        left = Counter(program for (program, _, _), _ in jobs)
        for (program, name, poller), answer in self.lanes.each(jobs):
            if not answer["passed"]:
                self.say(f"left out: {program} {name} ({poller}): " +
                         " ".join(answer["said"].split())[-160:])
            kept[program]["tests"].append(
                {"name": name, "poller": poller, "passed": answer["passed"],
                 "seconds": answer["seconds"], "blocks": answer["blocks"]})
            left[program] -= 1
            if not left[program]:
                self._keep(program, kept[program])

    def _keep(self, program, found):
        path = self._path(program)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            json.dump(found, file)

    def _path(self, program):
        return os.path.join(self.builds.below, "reach", program + ".json")

    def _kept(self, program):
        try:
            with open(self._path(program)) as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    # ---- Lines and blocks ----

    def _find_lines(self):
        """self.blocks[path][line]: the blocks that have a part in it."""
        self.blocks = defaultdict(lambda: defaultdict(set))
        table = os.path.join(self.builds.below, "table")
        if os.path.exists(table):
            os.unlink(table)
        # a program of TLS loads both libraries
        program = [p for p in self.builds.programs if "/tls/" in p][:1] or \
            self.builds.programs[:1]
        subprocess.run(
            [os.path.join(self.builds.folder("plain"), program[0]), "--list"],
            env={**os.environ, "REACHED_TABLE": table,
                 "LD_LIBRARY_PATH": self.facts["libraries"]},
            stdout=subprocess.DEVNULL, check=True)
        begins = defaultdict(list)
        with open(table) as lines:
            for number, line in enumerate(lines, 1):
                library, offset = line.split()
                begins[library].append((int(offset, 16), number))
        for library, blocks in begins.items():
            blocks.sort()
            starts = [offset for offset, _ in blocks]
            for address, path, line in _line_table(library):
                at = bisect.bisect_right(starts, address) - 1
                if at >= 0:
                    self.blocks[path][line].add(blocks[at][1])

    def _blocks_of(self, mutant):
        lines = self.blocks.get(mutant.path, {})
        if not mutant.function:
            return set().union(*lines.values())
        found = set()
        for line in range(mutant.line, mutant.last_line + 1):
            found |= lines.get(line, set())
        line = mutant.line
        while not found and line > 0:	# within a statement of several lines
            line -= 1
            found = lines.get(line, set())
        return found

    # ---- For a mutant ----

    def batches(self, mutant, killers, at_most):
        """The tests that reach it, by program, for so many seconds as a rule:
        all of the first program, the quickest of the others. First those that
        have killed others of its file, then the mirroring test file, then
        those that reach little else."""
        tests = {t for block in self._blocks_of(mutant)
                 for t in self.of_block.get(block, ())}
        programs = defaultdict(list)
        for t in tests:
            test = self.tests[t]
            programs[test["program"], test["poller"]].append(test)
        folder, name = os.path.split(mutant.path)
        mirror = f"tests/{folder}/test_{name[:-2]}"

        def order(entry):
            (program, _), members = entry
            blocks = sum(len(t["blocks"]) for t in members) / len(members)
            return (-killers[program], program != mirror,
                    not program.startswith(f"tests/{folder}/"), blocks)

        made, seconds = [], 0
        for (program, poller), members in sorted(programs.items(), key=order):
            if made:
                members = _quickest(members, at_most - seconds)
            if not members:
                continue
            took = sum(t["seconds"] for t in members)
            seconds += took
            made.append({"program": program, "poller": poller,
                         "seconds": took,
                         "tests": [t["name"] for t in members]})
        return made


def _quickest(tests, seconds):
    """As many of them as can be run in that time."""
    some = []
    for test in sorted(tests, key=lambda test: test["seconds"]):
        seconds -= test["seconds"]
        if seconds < 0:
            break
        some.append(test)
    return some


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _pollers(program):
    """Epoll for all; poll, too, for the little that differs."""
    if program.startswith("tests/reactor/poller/") or \
            program.endswith(("/test_watch", "/test_watcher")):
        return ["epoll", "poll"]
    return ["epoll"]


def _line_table(library):
    """(address, path, line) of each entry."""
    said = subprocess.run(
        ["readelf", "--debug-dump=decodedline", "-W", library], check=True,
        capture_output=True, text=True, errors="replace").stdout
    for line in said.splitlines():
        words = line.split()
        if len(words) >= 3 and re.fullmatch(r"\d+", words[1]) and \
                words[2].startswith("0x"):
            yield (int(words[2], 16), os.path.normpath(words[0]),
                   int(words[1]))
