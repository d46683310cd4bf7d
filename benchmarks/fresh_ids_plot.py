"""The plot of `benchmarks.fresh_ids`: a panel a measure, a line a number of fresh ids, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streams.explain.svg import label, line, path

Lines = Mapping[str, Sequence[tuple[float, float]]]

PANEL_WIDTH, PANEL_HEIGHT, COLUMNS = 360.0, 250.0, 2
LEFT, TOP, INNER_WIDTH, INNER_HEIGHT = 60.0, 36.0, 280.0, 170.0
STEPS = 4
COLORS = ("#1f4e79", "#2e8b57", "#c0392b")
_STYLE = """
text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #333 }
.title { font-size: 15px; font-weight: 600; fill: #111 }
.grid { stroke: #e4e4e4 }
""" + "\n".join(
    f".line{n} {{ stroke: {color}; stroke-width: 2; fill: none }} .name{n} {{ fill: {color} }}"
    for n, color in enumerate(COLORS)
)


def plot(panels: Sequence[tuple[str, Lines]]) -> str:
    """Panels two by two, by day.

    Parameters
    ----------
    panels
        A title, and values by day, by the name of a line.

    Examples
    --------
    >>> picture = plot([("seconds", {"0 a day": [(1.0, 1.0), (2.0, 3.0)]})])
    >>> picture.count('class="line0"')
    1
    """
    rows = -(-len(panels) // COLUMNS)
    width, height = PANEL_WIDTH * COLUMNS, PANEL_HEIGHT * rows
    body = [
        part
        for at, (title, lines) in enumerate(panels)
        for part in _panel(
            PANEL_WIDTH * (at % COLUMNS), PANEL_HEIGHT * (at // COLUMNS), title, lines
        )
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" role="img">\n<style>{_STYLE}</style>\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _panel(left: float, top: float, title: str, lines: Lines) -> list[str]:
    days = max(day for points in lines.values() for day, _ in points)
    most = max(value for points in lines.values() for _, value in points) or 1.0

    def x(day: float) -> float:
        return left + LEFT + INNER_WIDTH * day / days

    def y(value: float) -> float:
        return top + TOP + INNER_HEIGHT * (1.0 - value / most)

    parts = [label(left + LEFT, top + 22.0, title, "title")]
    for step in range(STEPS + 1):
        value = most * step / STEPS
        parts.append(line("grid", x(0.0), y(value), x(days), y(value)))
        parts.append(label(left + LEFT - 6.0, y(value) + 4.0, f"{value:.3g}", anchor="end"))
        day = days * step / STEPS
        parts.append(label(x(day), top + TOP + INNER_HEIGHT + 18.0, f"{day:.0f}", anchor="middle"))
    for n, (name, points) in enumerate(lines.items()):
        steps = " L".join(f"{x(day):.1f} {y(value):.1f}" for day, value in points)
        parts.append(path(f"line{n}", f"M{steps}"))
        at = left + LEFT + INNER_WIDTH * n / len(lines)
        parts.append(label(at, top + TOP + INNER_HEIGHT + 36.0, name, f"name{n}"))
    return parts
