"""The plot of `benchmarks.growth`: one panel a measure, both axes logarithmic, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streams.explain.svg import label, line, path, rect, upright

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT, PANEL = 720.0, 330.0, 240.0
_STYLE = """
text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #333 }
.title { font-size: 15px; font-weight: 600; fill: #111 }
.grid { stroke: #e4e4e4 }
.measured { stroke: #1f4e79; stroke-width: 2; fill: none }
.linear { stroke: #c0392b; stroke-dasharray: 5 3; fill: none }
.point { fill: #1f4e79 }
"""


def plot(panels: Sequence[tuple[str, Points]]) -> str:
    """Panels side by side, each with what linear growth from its first point would be.

    Parameters
    ----------
    panels
        A title, and values by number of senders, all above 0.

    Examples
    --------
    >>> picture = plot([("seconds", [(10.0, 1.0), (100.0, 8.0)])])
    >>> picture.count('class="point"')
    2
    """
    each = WIDTH / len(panels)
    body = [
        part
        for at, (name, points) in enumerate(panels)
        for part in _panel(each * at, each, name, points)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}"'
        f' width="{WIDTH:.0f}" height="{HEIGHT:.0f}" role="img">\n<style>{_STYLE}</style>\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _panel(left: float, width: float, name: str, points: Points) -> list[str]:
    x0, x1 = (math.log10(points[at][0]) for at in (0, -1))
    first = points[0]
    linear = [first, (points[-1][0], first[1] * points[-1][0] / first[0])]
    values = [math.log10(y) for _, y in [*points, *linear]]
    y0, y1 = math.floor(min(values)), math.ceil(max(values))
    inner, top = width - 90.0, 50.0

    def x(senders: float) -> float:
        return left + 60.0 + inner * (math.log10(senders) - x0) / max(x1 - x0, 1e-9)

    def y(value: float) -> float:
        return top + PANEL * (1.0 - (math.log10(value) - y0) / max(y1 - y0, 1))

    parts = [label(left + 60.0, 24.0, name, "title")]
    for power in range(y0, y1 + 1):
        parts.append(line("grid", left + 60.0, y(10.0**power), left + 60.0 + inner, y(10.0**power)))
        parts.append(label(left + 54.0, y(10.0**power) + 4.0, f"{10.0**power:g}", anchor="end"))
    for senders, _ in points:
        parts.append(label(x(senders), top + PANEL + 20.0, f"{senders:,.0f}", anchor="middle"))
    parts.append(label(left + 60.0 + inner / 2, HEIGHT - 4.0, "senders", anchor="middle"))
    for kind, series in (("linear", linear), ("measured", points)):
        steps = " L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in series)
        parts.append(path(kind, f"M{steps}"))
    parts += [
        rect("point", x(a) - 3.0, y(b) - 3.0, 6.0, 6.0, f"{a:,.0f}: {b:,.3g}") for a, b in points
    ]
    parts.append(upright(left + 14.0, top + PANEL / 2, "dashed: linear"))
    return parts
