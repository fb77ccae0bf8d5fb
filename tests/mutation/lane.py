# SPDX-License-Identifier: MIT
"""One of several that work side by side, each in a sandbox: is told what to do
by lines of JSON, answers each with one. Started by lanes.py, as the first
process of its namespace."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys

import sandbox

TREE = "/tmp/tree"		# the sources, one of them changed
LIBRARIES = "/tmp/libraries"	# with the changed one
REPORTS = "/tmp/reports"	# of sanitizers
LEAST_SECONDS = 10		# that a test has; and ten times the usual
PATIENCE = 10

FAILED = re.compile(r"\[FAIL\] (\w+)::(\w+)")


class Lane:
    def __init__(self, settings):
        self.root = settings["root"]
        self.builds = settings["builds"]  # by name
        self.env = {**os.environ, **settings["env"]}
        os.makedirs(LIBRARIES)
        for entry in settings["sources"]:
            source, there = os.path.join(self.root, entry), \
                os.path.join(TREE, entry)
            os.makedirs(os.path.dirname(there), exist_ok=True)
            shutil.copy(source, there)

    # ---- Running tests ----

    def _env(self, build, poller, changed):
        own = LIBRARIES + ":" if changed else ""
        os.makedirs(REPORTS, exist_ok=True)
        said = f"log_path={REPORTS}/report:allocator_may_return_null=1" \
            ":verify_asan_link_order=0"
        return {**self.env, "EVERT_POLLER": poller,
                "LD_PRELOAD": build["preloaded"],
                "LD_LIBRARY_PATH": own + build["libraries"],
                "ASAN_OPTIONS": said + ":detect_leaks=1",
                "UBSAN_OPTIONS": said + ":halt_on_error=1",
                "MALLOC_PERTURB_": "165"}

    def _run(self, build, batch, changed, **more):
        """One program, with some of its tests; stops at the first failure."""
        tests = batch["tests"]
        pattern = "@(" + "|".join(tests) + ")" if len(tests) > 1 else tests[0]
        usual = batch["seconds"] * build["slower"]
        ended = sandbox.run(
            [os.path.join(self.root, build["programs"], batch["program"]),
             "--filter", pattern, "-j1", "--fail-fast"],
            {**self._env(build, batch["poller"], changed), **more}, self.root,
            LEAST_SECONDS + PATIENCE * usual, int(3 + 5 * usual),
            build["memory"])
        ended.reports = os.listdir(REPORTS)
        for report in ended.reports:
            os.unlink(os.path.join(REPORTS, report))
        ended.failed = [f"{suite}/{test}"
                        for suite, test in FAILED.findall(ended.said)]
        return ended

    def list(self, program, build):
        ended = sandbox.run(
            [os.path.join(self.root, self.builds[build]["programs"], program),
             "--list"], self._env(self.builds[build], "epoll", False),
            self.root, 60, 60)
        suite, tests = "", []
        for line in ended.said.splitlines():
            match = re.match(r"(\W*)(\w+)(: \d+ tests?)?\s*(\(\w+\))?$", line)
            if match and match.group(3):
                suite = match.group(2)
            elif match and not match.group(4):
                tests.append(f"{suite}/{match.group(2)}")
        return tests

    def reach(self, build, batch):
        """Which blocks a test reaches, if it passes, and how long it takes."""
        path = "/tmp/reached"
        if os.path.exists(path):
            os.unlink(path)
        ended = self._run(self.builds[build], batch, False, REACHED=path)
        blocks = []
        if os.path.exists(path):
            with open(path, "rb") as reached:
                blocks = [m.start() for m in re.finditer(b"\1", reached.read())]
        passed = ended.status == 0 and not ended.reports and \
            "Tested: 0 " not in ended.said
        return {"passed": passed, "seconds": ended.seconds, "blocks": blocks,
                "said": ended.said[-500:]}

    # ---- Mutants ----

    def mutant(self, build, path, text, batches):
        """What becomes of it: how, and by which test."""
        used = _processor_seconds()
        how, by = self._judge(self.builds[build], path, text, batches)
        return {"how": how, "by": by, "seconds": _processor_seconds() - used}

    def _judge(self, build, path, text, batches):
        changed = self._compile(build, path, text)
        if not changed:
            return "invalid", ""
        original = os.path.join(self.root, build["folder"], path + ".o")
        if _read(changed) == _read(original):
            return "same", ""
        if not self._link(build, path, changed):
            return "invalid", ""
        for batch in batches:
            by = self._fails(build, dict(batch))
            if by:
                return "killed", by
        return "survived", ""

    def _compile(self, build, path, text):
        there = os.path.join(TREE, path)
        before = _read(there)
        with open(there, "w") as source:
            source.write(text)
        made = "/tmp/changed.o"
        status = subprocess.run(
            build["compile"] + ["-w", "-c", path, "-o", made], cwd=TREE,
            env=self.env, stderr=subprocess.DEVNULL).returncode
        with open(there, "wb") as source:
            source.write(before)
        return made if status == 0 else None

    def _link(self, build, path, changed):
        for name in os.listdir(LIBRARIES):
            os.unlink(os.path.join(LIBRARIES, name))
        for library in build["links"]:
            if path not in library["sources"]:
                continue
            objects = [changed if source == path else
                       os.path.join(build["folder"], source + ".o")
                       for source in library["sources"]]
            made = os.path.join(LIBRARIES, library["soname"])
            return subprocess.run(
                library["command"] + objects + library["libraries"] +
                ["-o", made], cwd=self.root,
                stderr=subprocess.DEVNULL).returncode == 0
        return False

    def _fails(self, build, batch):
        """The test that notices, and does not fail for another reason: it
        passes with the library unchanged."""
        for _ in range(3):
            ended = self._run(build, batch, True)
            if ended.status == 0 and not ended.reports:
                return ""
            failed = [t for t in ended.failed if t in batch["tests"]]
            suspects = failed[:1] or batch["tests"]
            before = self._run(build, {**batch, "tests": suspects}, False)
            if before.status == 0 and not before.reports:
                late = " (late)" if ended.timed_out else ""
                return batch["program"] + " " + \
                    (failed[0] if failed else "") + late
            batch["tests"] = [t for t in batch["tests"] if t not in failed]
            if not batch["tests"]:
                return ""
        return ""


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    sandbox.enter()
    lane = Lane(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        wanted = json.loads(line)
        answer = getattr(lane, wanted.pop("do"))(**wanted)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
