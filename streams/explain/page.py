"""What pages are made of: the style sheet for light and dark themes, the frame, and tables.

A page loads nothing: no font, no picture and no script.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from streams.explain.svg import safe
from streams.language.catalogue import TAGS, Catalogue, Language

STYLE = """
:root { color-scheme: light dark; --ink: #1c2126; --soft: #5c6670; --line: #dfe3e6;
  --paper: #fff; --known: #1f5f99; --critical: #b3261e; --warning: #d98a00; --delay: #5b6fa8;
  --calm: #8d99a5; --limit: #1c2126; --track: #eef1f3; --shade: rgb(28 33 38 / .38);
  --in-force: #d97700; --chosen: #1b7f3b; --trial: #9db4c8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #a3adb6; --line: #39414a;
  --paper: #15191d; --known: #6aa9e0; --critical: #f0756d; --warning: #f0b24a; --delay: #9aabe0;
  --calm: #75818c; --limit: #f2f4f5; --track: #22282e; --shade: rgb(200 214 226 / .5);
  --in-force: #f0a23c; --chosen: #58c27d; --trial: #5d7488 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', 'Noto Sans CJK SC',
  sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .4rem }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem } p { margin: .4rem 0; max-width: 48rem }
.soft, summary, caption { color: var(--soft) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; margin: .8rem 0 }
dt { color: var(--soft) } dd { margin: 0 } pre { white-space: pre-wrap }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums }
caption { text-align: left; padding: .2rem 0 }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: middle; white-space: nowrap; overflow-wrap: normal }
th { font-weight: 600; vertical-align: bottom } .number { text-align: right }
td.name { min-width: 9rem; max-width: 20rem; white-space: normal; overflow-wrap: anywhere }
td.text { min-width: 18rem; white-space: normal; overflow-wrap: anywhere }
td.trial { min-width: 15rem; max-width: 30rem; white-space: normal; overflow-wrap: anywhere }
td.trial small { display: block; color: var(--soft) } .wrapped th.number { white-space: normal }
table svg { max-width: none }
.scroll { overflow-x: auto; margin: .3rem 0;
  background: linear-gradient(to right, var(--paper) 40%, transparent) left / 3rem 100% local,
    linear-gradient(to left, var(--paper) 40%, transparent) right / 3rem 100% local,
    linear-gradient(to right, var(--shade), transparent) left / 1.1rem 100% scroll,
    linear-gradient(to left, var(--shade), transparent) right / 1.1rem 100% scroll;
  background-repeat: no-repeat }
.scroll:focus-visible { outline: 2px solid var(--known) }
details { margin: .3rem 0 } svg { display: block; max-width: 100%; height: auto }
svg text { font-size: 12px; fill: var(--soft) }
.narrow { display: none }
@media (max-width: 48rem) { .narrow { display: block } .wide { display: none } }
.small { display: flex; flex-wrap: wrap; gap: 1rem } .small figure { margin: 0 }
.known { fill: var(--known) } .critical { fill: var(--critical) } .warning { fill: var(--warning) }
.delay { fill: var(--delay) } .calm { fill: var(--calm) } .track { fill: var(--track) }
.trial-mark { fill: var(--trial) } .front { fill: var(--known) }
.in-force { fill: var(--in-force) } .chosen { fill: var(--chosen) }
.missed { fill: none; stroke: var(--calm); stroke-dasharray: 3 3 }
.grid { stroke: var(--line) } .axis { stroke: var(--calm) }
.budget, .allowed, .most { stroke: var(--limit); stroke-width: 2; fill: none }
.budget, .most { stroke-dasharray: 6 4 }
td.estimate { white-space: normal; min-width: 9rem }
.campaign { fill: var(--warning); opacity: .25 } .lead { font-size: 1.1rem }
td.words { min-width: 7rem; max-width: 18rem; white-space: normal; overflow-wrap: anywhere }
@page { size: A4; margin: 15mm 14mm }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --paper: #fff;
    --known: #1f5f99; --critical: #b3261e; --warning: #d98a00; --calm: #8d99a5; --track: #eef1f3 }
  body { max-width: none; padding: 0; font-size: 10pt } .wide { display: block }
  .narrow { display: none } .scroll { overflow: visible; background: none }
  table { font-size: 8.5pt; width: 100% } thead { display: table-header-group }
  th, td, td.name, td.text, td.words, td.estimate { white-space: normal; min-width: 0;
    padding-right: .4rem } td.number { white-space: nowrap } td.estimate { white-space: normal }
  tr, figure, svg { break-inside: avoid }
  h1, h2, h3 { break-after: avoid } td svg { width: 70px } .plot { width: 100% }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
"""

_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
"""What a page may load: nothing but this style sheet."""

NUMBER = ' class="number"'


def narrow_hint(words: Catalogue) -> str:
    """Say on a telephone how wide tables are read."""
    text = words.gettext(
        "Tables that are wider than the screen have a shadow at their edge: scroll them sideways."
    )
    return f'<p class="narrow soft">{safe(text)}</p>'


def html_page(title: str, parts: Sequence[str], language: Language = "en") -> str:
    """Put a page together: its title, the parts of its body, and their language."""
    return "\n".join(
        [
            f'<!doctype html>\n<html lang="{TAGS[language]}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{safe(title)}</title><style>{STYLE}</style></head><body><main>",
            *parts,
            "</main></body></html>\n",
        ]
    )


def table(
    name: str, heads: Sequence[str], rows: Sequence[str], *, words: int, kind: str = ""
) -> str:
    """Write a table that scrolls sideways if it is too wide; shadows at its edges show that.

    Parameters
    ----------
    name
        Its name, for readers that cannot see it.
    heads
        Heads of the columns.
    rows
        Each row as cells, ``<td>...</td>``.
    words
        How many of the first columns hold words; the others hold numbers.
    kind
        Class of the table.
    """
    head = "".join(
        f'<th scope="col"{"" if n < words else NUMBER}>{safe(head)}</th>'
        for n, head in enumerate(heads)
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{safe(name)}">'
        f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def text_table(
    name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1
) -> str:
    """Write a table from plain text; of several columns of words, the last may be broken."""
    body = []
    for row in rows:
        kinds = ["" if n < words else NUMBER for n in range(len(row))]
        if words > 1:
            kinds[words - 1] = ' class="text"'
        body.append(
            "".join(f"<td{kind}>{safe(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        )
    return table(name, heads, body, words=words)
