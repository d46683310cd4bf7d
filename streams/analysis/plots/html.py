"""How the report looks, in light and in dark; no font, picture or script from anywhere."""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --ink: #1c2126; --soft: #5c6670; --line: #dfe3e6;
  --paper: #fff; --known: #1f5f99; --critical: #b3261e; --warning: #d98a00; --delay: #5b6fa8;
  --calm: #8d99a5; --limit: #1c2126; --track: #eef1f3 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #a3adb6; --line: #39414a;
  --paper: #15191d; --known: #6aa9e0; --critical: #f0756d; --warning: #f0b24a; --delay: #9aabe0;
  --calm: #75818c; --limit: #f2f4f5; --track: #22282e } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', 'Noto Sans CJK SC',
  sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; margin: .5rem 0 } h2 { font-size: 1.25rem; margin: 2.2rem 0 .4rem }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem } p { margin: .4rem 0; max-width: 48rem }
.soft, summary, caption { color: var(--soft) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; margin: .8rem 0 }
dt { color: var(--soft) } dd { margin: 0 }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums }
caption { text-align: left; padding: .2rem 0 }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: middle }
th { font-weight: 600 } .number { text-align: right }
th, td { overflow-wrap: normal } .number, th { white-space: nowrap }
td.name { min-width: 9rem; max-width: 20rem; overflow-wrap: anywhere }
table svg { max-width: none }
td:nth-child(5):last-child { min-width: 18rem; overflow-wrap: anywhere }
.scroll { overflow-x: auto } .scroll:focus-visible { outline: 2px solid var(--known) }
details { margin: .3rem 0 } svg { display: block; max-width: 100%; height: auto }
svg text { font-size: 12px; fill: var(--soft) }
.narrow { display: none }
@media (max-width: 48rem) { .narrow { display: block } .wide { display: none } }
.small { display: flex; flex-wrap: wrap; gap: 1rem } .small figure { margin: 0 }
.known { fill: var(--known) } .critical { fill: var(--critical) } .warning { fill: var(--warning) }
.delay { fill: var(--delay) } .calm { fill: var(--calm) } .track { fill: var(--track) }
.grid { stroke: var(--line) } .axis { stroke: var(--calm) }
.budget, .allowed { stroke: var(--limit); stroke-width: 2; fill: none }
.budget { stroke-dasharray: 6 4 }
@media print { .scroll { overflow: visible } }
"""


def policy() -> str:
    """What the page may load: nothing, and this one style sheet."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
