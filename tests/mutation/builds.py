# SPDX-License-Identifier: MIT
"""What is built once: the library as objects that a mutant takes the place of
one of, test programs that load it, and the library that tells which of its
blocks have run."""

import os
import shlex
import subprocess

# Tests use what is hidden, too; and within the library all is as if it were.
VISIBLE = r"-fvisibility=default -D__visibility__\(x\)="
SHARED = f"{VISIBLE} -fno-semantic-interposition"

FLAVOURS = {
    "plain": f"-O1 -g0 {SHARED}",
    "sanitized": "-O1 -g1 -fno-omit-frame-pointer "
                 f"-fsanitize=address,undefined {SHARED}",
    "reached": f"-O0 -gline-tables-only {VISIBLE} "
               "-fsanitize-coverage=trace-pc-guard,pc-table,no-prune",
}
SLOWER = {"plain": 1, "sanitized": 5, "reached": 1}


class Builds:
    def __init__(self, make, below):
        self.make = make
        self.below = below

    def folder(self, name):
        return os.path.join(self.below, name)

    def _variables(self, name):
        link = "$(LLD) -Wl,-Bsymbolic"
        if name == "reached":
            link += f" {self.below}/reached.so"
        elif name == "sanitized":
            link += " -fsanitize=address,undefined"
        return [f"BUILD={self.folder(name)}", f"LDFLAGS={link}",
                f"CC={'clang' if name == 'reached' else 'cc'}",
                "CFLAGS=-O0 -g0", f"LIB_CFLAGS={FLAVOURS[name]}",
                f"TEST_CFLAGS={VISIBLE}", "LIBRARY=$(SHARED)",
                "TLS_LIBRARY=$(TLS_SHARED)"]

    def _small_library(self, source):
        made = f"{self.below}/{os.path.basename(source)[:-2]}.so"
        subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-fPIC",
                        "-shared", source, "-o", made], check=True)
        return os.path.abspath(made)

    def _preloaded(self, name):
        """A sanitizer comes before all in programs that know nothing of it,
        and what it is told by tests, before it."""
        if name != "sanitized":
            return ""
        said = subprocess.run(["cc", "-print-file-name=libasan.so"],
                              check=True, capture_output=True, text=True)
        return self._small_library("tests/criterion/lsan.c") + " " + \
            said.stdout.strip()

    def build(self, name, *targets):
        """Makes it, and returns what a lane has to know of it."""
        variables = self._variables(name)
        os.makedirs(self.below, exist_ok=True)
        if name == "reached":
            self._small_library("tests/mutation/reached.c")
        subprocess.run([self.make, "-sj2", *variables, *targets], check=True,
                       stdout=subprocess.DEVNULL)
        told = dict(
            line.split("=", 1) for line in subprocess.run(
                [self.make, "-s", *variables, "mutation-facts"], check=True,
                capture_output=True, text=True).stdout.splitlines())
        self.programs = told["programs"].split()
        folder = self.folder(name)
        link = shlex.split(told["link"]) + ["-shared"]
        return {
            "folder": folder,
            "programs": self.folder("plain"),
            "preloaded": self._preloaded(name),
            "libraries": os.path.abspath(folder),
            "slower": SLOWER[name],
            "memory": 0 if name == "sanitized" else 4 << 30,
            "compile": shlex.split(told["compile"]),
            "links": [
                {"soname": told["soname"], "sources": told["sources"].split(),
                 "command": link + ["-Wl,-soname," + told["soname"]],
                 "libraries": []},
                {"soname": told["tls_soname"],
                 "sources": told["tls_sources"].split(),
                 "command": link + ["-Wl,-soname," + told["tls_soname"]],
                 "libraries": ["-L" + folder, "-levert"] +
                 shlex.split(told["openssl"])},
            ],
        }
