# SPDX-License-Identifier: MIT
"""Runs a contestant that is written in Python: contestant.py FILE [uvloop].

So that FILE's folder is not searched for modules: its name may be that of the
peer it imports. With "uvloop", asyncio's loop is replaced by it, which is all
that a program has to do to use it.
"""

import runpy
import sys

if sys.argv[2:] == ["uvloop"]:
    import uvloop

    uvloop.install()
runpy.run_path(sys.argv[1], run_name="__main__")
