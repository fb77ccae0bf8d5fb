# SPDX-License-Identifier: MIT
"""Results as SVG, with nothing but the standard library."""

import math
from xml.sax.saxutils import escape

from .tables import number, value_of
from .works import NAMES

COLOURS = {
    "evert": "#c2410c", "evert-coroutine": "#fb923c",
    "evert-segments": "#fb923c", "libuv": "#2563eb",
    "libevent": "#0d9488", "libev": "#7c3aed", "kj": "#c026d3",
    "asio": "#0369a1", "asio-coroutine": "#38bdf8", "cxx20": "#7c3aed",
    "boost": "#2563eb", "ucontext": "#0d9488", "asyncio": "#ca8a04",
    "uvloop": "#65a30d", "twisted": "#be185d", "node": "#166534",
    "nginx": "#2563eb", "python": "#ca8a04",
    "floor": "#94a3b8", "evert-clock": "#fb923c", "floor-wheel": "#475569",
    "evert-spin": "#fb923c", "floor-switch": "#475569",
    "floor-wheel-now": "#94a3b8", "floor-uring": "#475569",
    "libev-now": "#c4b5fd",
}
TEXT = "#334155"
LINE = "#cbd5e1"


class Drawing:
    def __init__(self, width):
        self.width = width
        self.parts = []

    def text(self, x, y, text, size=12, anchor="start", colour=TEXT,
             bold=False):
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{colour}"{weight}>'
            f"{escape(text)}</text>")

    def bar(self, x, y, width, height, colour):
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{height}" fill="{colour}"/>')

    def line(self, points, colour, width=1, dashes=None):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" '
            f'stroke-width="{width}"{dash}/>')

    def dot(self, x, y, colour):
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')

    def finish(self, height):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" '
                f'viewBox="0 0 {self.width} {height}" width="{self.width}" '
                f'height="{height}" font-family="sans-serif">\n'
                f'<rect width="{self.width}" height="{height}" '
                f'fill="#ffffff"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


# ---- Bars: a table ----

LEFT, RIGHT, BAR = 170, 110, 14
LONGEST = 8  # times evert's bar: what is longer is cut


def _whole_width(row, values):
    """The value whose bar has the whole width. Where less is better, one that
    is far behind must not make all others too small to be seen."""
    most = max((value for _, value in values), default=0)
    mine = dict(values).get("evert")
    return most if row.more or not mine else min(most, LONGEST * abs(mine))


def _draw_bar(drawing, top, name, value, most):
    """The scale begins at zero; a bar that is cut has a gap near its end."""
    width = (drawing.width - LEFT - RIGHT) * min(1, max(0, value / most))
    drawing.text(LEFT - 8, top + 10, NAMES[name], 11, "end",
                 COLOURS[name] if name == "evert" else TEXT, name == "evert")
    drawing.bar(LEFT, top, width, BAR - 3, COLOURS[name])
    if value > most:
        end = LEFT + width - 20
        drawing.line([(end, top + BAR), (end + 8, top - 2)], "#ffffff", 5)
    drawing.text(LEFT + width + 5, top + 10, number(value), 11)


def _draw_row(drawing, top, row, table, results):
    values = [(name, value_of(row, name, results))
              for name in table.contestants]
    values = [pair for pair in values if pair[1] is not None]
    most = _whole_width(row, values)
    if most <= 0:
        return top
    better = "more is better" if row.more else "less is better"
    unit = f"{row.unit}, {better}" if row.unit else better
    drawing.text(12, top + 12, f"{row.label} ({unit})", bold=True)
    top += 20
    for name, value in values:
        _draw_bar(drawing, top, name, value, most)
        top += BAR
    return top + 12


def bars(table, results):
    drawing = Drawing(820)
    drawing.text(12, 24, table.title, 16, bold=True)
    top = 42
    for row in table.rows:
        top = _draw_row(drawing, top, row, table, results)
    return drawing.finish(top)


# ---- Lines: how a cost grows ----

WIDTH, HEIGHT = 820, 400
PLOT = (70, 50, 690, 340)  # left, top, right, bottom


def _axis(values):
    """Round numbers around the values: 1, 2, 5, 10 and so on; over a wide range
    1, 10, 100."""
    wide = max(values) > 500 * min(values)
    steps = [digit * 10 ** decade for decade in range(-3, 8)
             for digit in ((1,) if wide else (1, 2, 5))]
    low = max(step for step in steps if step <= min(values) * 1.001)
    high = min(step for step in steps if step >= max(values) * 0.999)
    if high == low:
        high *= 10
    return [step for step in steps if low <= step <= high]


def _draw_grid(drawing, across, up, place):
    left, top, right, bottom = PLOT
    for step in across:
        x = place(step, up[0])[0]
        drawing.line([(x, top), (x, bottom)], LINE)
        drawing.text(x, bottom + 16, f"{step:,}", 11, "middle")
    for step in up:
        y = place(across[0], step)[1]
        drawing.line([(left, y), (right, y)], LINE)
        drawing.text(left - 6, y + 4, f"{step:,.10g}", 11, "end")


def _label_ends(drawing, ends):
    """Names at the right ends of the lines, moved apart."""
    last = 0
    for y, name in sorted(ends):
        last = max(y, last + 14)
        drawing.text(PLOT[2] + 10, last + 4, NAMES[name], 12,
                     colour=COLOURS[name], bold=name == "evert")


def lines(plot, results):
    """Both axes are logarithmic."""
    curves = {}
    for name in plot.contestants:
        points = [(x, results.median(figure, name))
                  for x, figure in plot.points]
        points = [(x, plot.scale * y) for x, y in points if y]
        if points:
            curves[name] = points
    if not curves:
        return None
    across = _axis([x for points in curves.values() for x, _ in points])
    up = _axis([y for points in curves.values() for _, y in points])
    left, top, right, bottom = PLOT

    def share(value, axis):
        return math.log(value / axis[0]) / math.log(axis[-1] / axis[0])

    def place(x, y):
        return (left + share(x, across) * (right - left),
                bottom - share(y, up) * (bottom - top))

    drawing = Drawing(WIDTH)
    drawing.text(12, 24, plot.title, 16, bold=True)
    drawing.text(left, top - 8, plot.up, 11)
    drawing.text(right, bottom + 34, plot.across, 11, "end")
    _draw_grid(drawing, across, up, place)
    for name, points in curves.items():
        spots = [place(x, y) for x, y in points]
        drawing.line(spots, COLOURS[name], 3 if name == "evert" else 1.5,
                     "4 3" if name.startswith("floor") else None)
        for x, y in spots:
            drawing.dot(x, y, COLOURS[name])
    _label_ends(drawing, [(place(*points[-1])[1], name)
                          for name, points in curves.items()])
    return drawing.finish(HEIGHT)
