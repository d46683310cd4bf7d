"""Rows that a command prints: a table for people, JSON Lines or CSV for programs."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from rich.table import Table

from streams.cli.console import out
from streams.cli.csv_table import write_csv
from streams.cli.terminal import plain
from streams.language.catalogue import Catalogue


def print_rows(rows: Sequence[dict[str, Any]], *, names: Sequence[str], as_csv: bool) -> None:
    """Print rows as JSON Lines, or as CSV with a header of these names."""
    if not as_csv:
        for row in rows:
            sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
        sys.stdout.buffer.flush()
        return
    write_csv(names, ([_cell(row.get(name)) for name in names] for row in rows))


def print_table(words: Catalogue, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows for people; nothing in them is obeyed by a terminal."""
    if not rows:
        return
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(words.gettext(head), overflow="fold")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    out.print(table)


def shown_time(time: dt.datetime, timezone: str) -> str:
    """Return a time as tables show it."""
    return f"{time.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
