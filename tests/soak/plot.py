# SPDX-License-Identifier: MIT
"""What was watched, as an SVG: a row for each server, a column for each of
what it takes."""

import html

from verdict import second_half, slope

LEFT, WIDTH, HEIGHT, GAP, TOP = 250, 190, 56, 54, 80
COLUMNS = [("pss", "memory (Pss), KiB", 1),
           ("heap", "of it anonymous, KiB", 1),
           ("descriptors", "descriptors", 1),
           ("threads", "threads", 1),
           ("cpu", "CPU, % of one", 100)]
STYLE = """
text { font: 11px sans-serif; fill: #333 }
.title { font-size: 17px } .name { font-size: 13px; font-weight: bold }
.small { font-size: 10px; fill: #777 }
.good { fill: #1a7f37 } .bad { fill: #c1121f; font-weight: bold }
.line { fill: none; stroke: #1f5fa8; stroke-width: 1.2 }
.trend { stroke: #e07b00; stroke-width: 1.2; stroke-dasharray: 4 3 }
.frame { fill: #f7f8fa; stroke: #d5d9e0 }
"""


def text(x, y, words, kind="", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" '
            f'text-anchor="{anchor}">{html.escape(str(words))}</text>')


def rates(samples):
    """CPU comes as a sum; drawn is what was used since the last sample."""
    made = []
    for last, this in zip(samples, samples[1:]):
        span = this["time"] - last["time"]
        made.append(dict(this, cpu=max(0, this["cpu"] - last["cpu"]) / span))
    return made


def chart(x, y, samples, what, factor, span):
    values = [s[what] * factor for s in samples]
    most = max(max(values) * 1.05, 1)
    first = samples[0]["time"]

    def at(time, value):
        return (x + WIDTH * (time - first) / span,
                y + HEIGHT * (1 - min(max(value, 0), most) / most))

    points = " ".join("%.1f,%.1f" % at(s["time"], v)
                      for s, v in zip(samples, values))
    parts = [f'<rect class="frame" x="{x}" y="{y}" width="{WIDTH}" '
             f'height="{HEIGHT}"/>',
             f'<polyline class="line" points="{points}"/>',
             text(x + WIDTH, y + HEIGHT + 12, "last %.0f, most %.0f"
                  % (values[-1], max(values)), "small", "end")]
    if what == "pss":
        parts.append(trend(samples, what, factor, at))
    return "\n".join(parts)


def trend(samples, what, factor, at):
    """The line that is judged, through the middle of the second half."""
    half = second_half(samples)
    times = [s["time"] for s in half]
    values = sorted(s[what] * factor for s in half)
    steep = slope(times, [s[what] * factor for s in half])
    middle = (times[0] + times[-1]) / 2
    ends = [at(t, values[len(values) // 2] + steep * (t - middle))
            for t in (times[0], times[-1])]
    return ('<line class="trend" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>'
            % (*ends[0], *ends[1]))


def wrapped(words, most=34):
    lines = [""]
    for word in words.split():
        if lines[-1] and len(lines[-1]) + len(word) >= most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def row(y, server):
    parts = [text(12, y + 12, server["name"], "name"),
             text(12, y + 26, server["visits"], "small")]
    kind = "bad" if server["wrong"] else "good"
    lines = wrapped("; ".join(server["wrong"]) or "flat")[:5]
    for i, line in enumerate(lines):
        parts.append(text(12, y + 40 + 12 * i, line, kind))
    samples = rates(server["samples"])
    if len(samples) < 2:
        return "\n".join(parts)
    span = max(samples[-1]["time"] - samples[0]["time"], 1e-9)
    for i, (what, _, factor) in enumerate(COLUMNS):
        parts.append(chart(LEFT + i * (WIDTH + 20), y, samples, what, factor,
                           span))
    return "\n".join(parts)


def draw(title, servers):
    """`servers`: name, samples, wrong (see verdict), visits (words)."""
    width = LEFT + len(COLUMNS) * (WIDTH + 20)
    height = TOP + len(servers) * (HEIGHT + GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
             f'height="{height}" viewBox="0 0 {width} {height}">',
             f"<style>{STYLE}</style>",
             '<rect width="100%" height="100%" fill="white"/>',
             text(12, 28, title, "title"),
             text(12, 46, "Each chart begins at 0, from left to right is the "
                  "time under load; dashed: the slope that is judged.",
                  "small")]
    for i, (_, words, _) in enumerate(COLUMNS):
        parts.append(text(LEFT + i * (WIDTH + 20), TOP - 10, words))
    parts += [row(TOP + i * (HEIGHT + GAP), server)
              for i, server in enumerate(servers)]
    return "\n".join(parts + ["</svg>", ""])
