# SPDX-License-Identifier: MIT
"""Results as tables: for a terminal, and for RESULTS.md."""

from . import reasons
from .works import NAMES

# Not peers: evert itself in another style, the floors, and who is asked for
# more than it promises.
ASIDE = ("evert", "evert-coroutine", "evert-segments", "evert-clock",
         "evert-spin", "floor", "floor-wheel", "floor-wheel-now",
         "floor-switch", "floor-uring", "libev-now")


def number(value):
    """Three digits are what the measuring is good for."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def value_of(row, name, results):
    median = results.median(row.others.get(name, row.figure), name)
    if median is None or (row.inverse and not median):
        return None
    if row.per:
        base = results.median(row.per, name)
        return median / base if base else None
    if row.beyond:
        base = results.median(row.beyond, "floor")
        if base is None:
            return None
        median -= base
    return row.show(median)


def best_peer(row, table, results):
    """Name and value of the peer that is ahead of the others, or None."""
    values = [(value_of(row, name, results), name)
              for name in table.contestants if name not in ASIDE]
    values = [pair for pair in values if pair[0] is not None]
    if not values:
        return None
    value, name = max(values) if row.more else min(values)
    return name, value


def ratio(row, table, results):
    """How many times evert is ahead of the best peer; below 1 it is behind."""
    mine = value_of(row, row.who, results)
    best = best_peer(row, table, results)
    if not best or not mine or not best[1] or mine < 0 or best[1] < 0:
        return None
    return mine / best[1] if row.more else best[1] / mine


def _met(met):
    """None: there is nothing to say it by."""
    return "-" if met is None else "yes" if met else "no"


def _beside(row, table, results):
    """The same for a target that is beside others."""
    mine = value_of(row, row.who, results)
    text, compared = [], []
    for name, times in row.times.items():
        text.append(f"{times:g}x {NAMES[name]}")
        ahead = _times(mine, value_of(row, name, results), row)
        if ahead is not None:
            compared.append(ahead >= times)
    if row.first:
        text.append("1x the best")
        best = ratio(row, table, results)
        if best:
            compared.append(best >= 1)
    return ">= " + ", ".join(text), _met(all(compared) if compared else None)


def target(row, table, results):
    """The target, and whether it is met."""
    if row.times:
        return _beside(row, table, results)
    if row.target is None:
        return "", ""
    mine = value_of(row, row.who, results)
    text = f"{'>=' if row.more else '<='} {row.target:g}"
    if mine is None:
        return text, _met(None)
    return text, _met(mine >= row.target if row.more else mine <= row.target)


def _times(mine, other, row):
    if mine is None or other is None or min(mine, other) <= 0:
        return None
    return mine / other if row.more else other / mine


def _times_text(times):
    return "-" if times is None else f"{times:.2f}x"


def _ratio_text(row, table, results):
    return _times_text(ratio(row, table, results))


def lay_out(table, results):
    """Header and lines, all text."""
    peers = [name for name in table.contestants if name != "floor"]
    floor = "floor" in table.contestants
    header = (["work", "unit"] + [NAMES[name] for name in peers] +
              ["vs best"] + ["floor"] * floor + ["target", "met"])
    lines = []
    for row in table.rows:
        values = [number(value_of(row, name, results)) for name in peers]
        if set(values) == {"-"}:
            continue
        bottom = [number(value_of(row, "floor", results))] * floor
        lines.append([row.label, row.unit] + values +
                     [_ratio_text(row, table, results)] + bottom +
                     list(target(row, table, results)))
    if not any(line[-2] for line in lines):
        header, lines = header[:-2], [line[:-2] for line in lines]
    return header, lines


def _short(table):
    return table.title.split(',')[0].split(':')[0]


def lay_out_targets(tables, results):
    """The rows with a target, from all tables."""
    header = ["work", "unit", "evert", "best peer", "", "vs best",
              "floor", "target", "met"]
    lines = []
    for table in tables:
        for row in table.rows:
            if row.target is None and not row.times:
                continue
            mine = value_of(row, row.who, results)
            if mine is None:
                continue
            best = best_peer(row, table, results) or (None, None)
            lines.append(
                [f"{_short(table)}: {row.label}",
                 row.unit, number(mine),
                 number(best[1]), NAMES.get(best[0], ""),
                 _ratio_text(row, table, results),
                 number(value_of(row, "floor", results)),
                 *target(row, table, results)])
    return header, lines


def _behind(table, row, results):
    """(why, how far) of a row below 1 beside its best peer, or below 0.95 of the
    floor."""
    mine = value_of(row, row.who, results)
    peer = ratio(row, table, results)
    floor = _times(mine, value_of(row, "floor", results), row)
    if peer is not None and round(peer, 2) < 1:
        name, _ = best_peer(row, table, results)
        yield (reasons.behind_peer(table, row),
               f"{_times_text(peer)} {NAMES[name]}")
    if floor is not None and round(floor, 2) < 0.95:
        yield (reasons.behind_floor(table, row),
               f"{_times_text(floor)} the floor")


def behind(tables, results):
    """What is behind, by the reason: {why: [row and how far]}."""
    found = {}
    for table in tables:
        for row in table.rows:
            if row.per:  # no cost
                continue
            for why, how_far in _behind(table, row, results):
                found.setdefault(why, []).append(
                    f"{_short(table)}: {row.label}, {how_far}")
    return found


def lay_out_before(tables, results):
    """What evert was in another commit, and what it is now."""
    header = ["work", "unit", "before", "now", "times as good", "target",
              "met"]
    lines, seen = [], set()
    for table in tables:
        for row in table.rows:
            for name in table.contestants:
                before = value_of(row, f"{name}@before", results)
                now = value_of(row, name, results)
                what = (row.figure, row.per, row.beyond, name)
                if before is None or now is None or what in seen:
                    continue
                seen.add(what)
                style = "" if name == "evert" else f", {NAMES[name]}"
                better, worse = (now, before) if row.more else (before, now)
                aim = target(row, table, results) if name == row.who else (
                    "", "")
                lines.append([f"{_short(table)}: {row.label}{style}",
                              row.unit, number(before), number(now),
                              f"{better / worse:.2f}x" if worse else "-",
                              *aim])
    return header, lines


def for_terminal(header, lines):
    widths = [max(len(line[i]) for line in [header, *lines])
              for i in range(len(header))]

    def fit(line):
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width)
                  for cell, width in zip(line[1:], widths[1:])]
        return "  ".join(cells).rstrip()

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([fit(header), rule] + [fit(line) for line in lines])


def for_markdown(header, lines):
    text = ["| " + " | ".join(header) + " |",
            "|" + "---|" + "---:|" * (len(header) - 1)]
    text += ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(text)
