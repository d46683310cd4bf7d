"""The plot of ``weathervane explain``: one SVG.

It uses no plotting library: the maintained ones need a dozen packages, and their fonts lack the
Chinese characters of signatures. A browser has fonts, and shows tooltips.
"""

from __future__ import annotations

from typing import Final

from streams.explain.history import EntityHistory, window
from streams.explain.picture import PanelFrame, Panels
from streams.explain.sentences import because, title
from streams.explain.svg import label, line, path, rect, safe, upright, width_of, wrapped
from streams.language.catalogue import Catalogue, mark_forms

WIDTH = 960
LEFT, RIGHT = 64.0, 936.0
COUNTS, EVIDENCE = 250.0, 110.0
"""Heights of the two panels, in pixels."""

_A_BUCKET: Final = (
    (
        86400,
        mark_forms("{what} a day", "{what} in {n} days"),
    ),
    (
        3600,
        mark_forms("{what} an hour", "{what} in {n} hours"),
    ),
    (
        60,
        mark_forms("{what} a minute", "{what} in {n} minutes"),
    ),
    (
        1,
        mark_forms("{what} a second", "{what} in {n} seconds"),
    ),
)
_STYLE = """
svg { max-width: 960px; --paper: #fff; --ink: #111; --text: #333; --soft: #666; --grid: #e4e4e4;
  --axis: #888; --alert: #fbe4df; --missing: #f0f0f0; --band: #b9cfe4; --expected: #1f4e79;
  --limit: #c0392b; --count: #5b6b7a; --evidence: #8a7bb0; --end: #2e7d4f; --campaign: #d9a441 }
@media (prefers-color-scheme: dark) { svg { --paper: #15191d; --ink: #f2f4f5; --text: #d5dadf;
  --soft: #a3adb6; --grid: #2d343b; --axis: #75818c; --alert: #4a2523; --missing: #2b3138;
  --band: #33506b; --expected: #8fc1ec; --limit: #f0756d; --count: #93a3b2;
  --evidence: #a597d0; --end: #63c08a; --campaign: #c9973a } }
text { font: 12px system-ui, -apple-system, 'Segoe UI', 'Noto Sans CJK SC', sans-serif;
  fill: var(--text) }
.title { font-size: 17px; font-weight: 600; fill: var(--ink) }
.small { font-size: 11px; fill: var(--soft) }
.paper { fill: var(--paper) }
.grid { stroke: var(--grid) }
.axis { stroke: var(--axis) }
.alert { fill: var(--alert) }
.missing { fill: var(--missing) }
.campaign { fill: var(--campaign) }
.band { fill: var(--band); fill-opacity: .65 }
.expected { stroke: var(--expected); stroke-width: 2; fill: none }
.limit { stroke: var(--limit); stroke-width: 1.5; stroke-dasharray: 5 3; fill: none }
.count { fill: var(--count) }
.evidence { fill: var(--evidence) }
.over { fill: var(--limit) }
.onset { stroke: var(--limit); stroke-dasharray: 2 3 }
.mark { fill: var(--limit) }
.end { fill: var(--end) }
.here { fill: var(--ink) }
.bucket:hover { fill: var(--ink); fill-opacity: .09 }
.bucket { fill: var(--paper); fill-opacity: 0 }
"""


def plot(history: EntityHistory, at: int, words: Catalogue) -> str:
    """Counts against what was expected, and evidence against its threshold, as an SVG.

    Parameters
    ----------
    history
        The history.
    at
        Index in `history.closed` of the bucket that is explained.
    words
        The catalogue of the reader.
    """
    shown = window(history, at)
    name = title(history, at, words)
    heads, y = [], 12
    for kind, text, width, step in [
        ("title", name, 84, 22),
        ("", " ".join(because(history, at, words)), 138, 18),
    ]:
        for part in wrapped(text, width):
            y += step
            heads.append(label(LEFT - 40, y, part, kind))
        y += 4
    top = y + 74.0
    frame = PanelFrame(LEFT, RIGHT, top, COUNTS, EVIDENCE, letter=6.6)
    panels = Panels(history, shown, history.closed[at], frame, words)
    height = int(panels.bottom + 34)
    body = "\n".join([*heads, *panels.draw(_legend(history, panels, frame, words))])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%"'
        f' preserveAspectRatio="xMinYMin" role="img">\n<title>{safe(name)}</title>\n'
        f'<style>{_STYLE}</style>\n<rect class="paper" width="100%" height="100%"/>\n'
        f"{body}\n</svg>\n"
    )


def _legend(
    history: EntityHistory, panels: Panels, frame: PanelFrame, words: Catalogue
) -> list[str]:
    y, out, x = frame.top - 42, list[str](), frame.left
    missing = words.gettext("no counts") if history.only_active else words.gettext("not judged")
    for kind, text in [
        ("count", words.pgettext("legend", "counted")),
        ("expected", words.pgettext("legend", "expected")),
        ("band", words.gettext("19 in 20 such cases")),
        ("limit", words.gettext("needed for an alert")),
        ("alert", words.gettext("alert open")),
        ("missing", missing),
        ("campaign", words.gettext("campaign")),
    ]:
        if kind == "missing" and not panels.holes():
            continue
        if kind == "campaign" and not panels.has_campaigns:
            continue
        if kind in ("expected", "limit"):
            out.append(line(kind, x, y - 4, x + 16, y - 4))
        else:
            out.append(rect(kind, x, y - 9, 16, 10))
        out.append(label(x + 22, y, text))
        x += 46 + 6.4 * width_of(text)
    out.append(path("here", f"M{x + 6:.1f},{y - 9:.1f} l5,8 h-10z"))
    out.append(label(x + 18, y, words.gettext("explained here")))
    counts = (frame.top + panels.middle) / 2
    if panels.is_cut:
        nats = words.gettext("evidence (nats, cut)")
    else:
        nats = words.gettext("evidence (nats)")
    return [
        *out,
        upright(20, counts, _axis(history, words)),
        upright(20, panels.bottom - frame.evidence / 2, nats),
    ]


def _axis(history: EntityHistory, words: Catalogue) -> str:
    """What the upper panel shows, a bucket."""
    size = history.buckets.bucket_s
    unit, forms = next((unit, forms) for unit, forms in _A_BUCKET if size % unit == 0)
    number = size // unit
    what = words.ngettext(*forms, number).format(what=history.noun(words), n=number)
    return words.gettext("{what} (square-root scale)").format(what=what)
