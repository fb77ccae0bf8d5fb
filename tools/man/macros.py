# SPDX-License-Identifier: MIT
"""What a macro takes, and gives: as the function that it calls."""

import re

from headers import NAME, bracketed, split_list


def calls(body, functions):
    """The calls in a macro's body, the outermost first."""
    for found in re.finditer(rf"\b({NAME})\(", body):
        if found.group(1) in functions:
            yield (functions[found.group(1)],
                   split_list(bracketed(body, found.end() - 1)[0]))


def renamed(parameter, name):
    """The parameter as the macro calls it."""
    if re.search(rf"\(\*{NAME}\)", parameter):
        return re.sub(rf"\(\*{NAME}\)", f"(*{name})", parameter, count=1)
    return re.sub(rf"{NAME}(\[\w*\])?$", rf"{name}\1", parameter)


def typed(name, made):
    """The parameters that one of a macro stands for."""
    for called, arguments in made:
        wanted = "__VA_ARGS__" if name == "..." else name
        if wanted not in arguments:
            continue
        at = arguments.index(wanted)
        if name != "...":
            return [renamed(called.parameters[at], name)]
        more = len(arguments) - at - 1
        return called.parameters[at:len(called.parameters) - more]
    return [name]


def resolve(macro_made, functions):
    """As what function a macro may be thought of: parameters and result."""
    made = list(calls(macro_made.code, functions))
    if not made or macro_made.parameters is None:
        return macro_made.parameters, ""
    listed = [part for name in macro_made.parameters if name
              for part in typed(name, made)]
    is_call = re.match(rf"\(?{NAME}\(", macro_made.code)
    return listed or ["void"], made[0][0].result if is_call else ""
