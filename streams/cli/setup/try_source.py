"""``weathervane try``: what the last records of a topic, or those of a file, would become."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.table import Table

from streams.alerts.terms import LEVEL_NAMES, term
from streams.broker.errors import KafkaEdgeError
from streams.broker.topics.tail import last_records
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption, connection, read_config
from streams.cli.console import err, fail, out
from streams.cli.language import reader
from streams.cli.reject_option import MaxRejectsOption, reject_limit, require_few
from streams.cli.terminal import plain
from streams.config.model import Config
from streams.config.sources import Source
from streams.items import Event, Reject, Skipped
from streams.language.catalogue import Catalogue, mark_in
from streams.sources.privacy import NoHashKey, read_hash_key
from streams.sources.read import Unopenable
from streams.sources.trial.trial import Tried, TriedRecords, try_file, try_topic

MOST = 10_000


def try_source(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="Name of a source in the configuration.")
    ],
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="Try the first records of this file instead of the topic's last; - means standard"
            " input.",
            show_default=False,
        ),
    ] = None,
    last: Annotated[
        int, typer.Option("--last", metavar="N", min=1, max=MOST, help="How many records.")
    ] = 100,
    max_rejects: MaxRejectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the last records of a source's topic become, or why not.

    Nothing is written, committed or counted. People are shown as their keyed
    hashes only, and of a record nothing is shown but what becomes of it.

    Example: weathervane try mt_log --last 20

    Example: weathervane try mt_log sample.jsonl
    """
    limit = reject_limit(max_rejects)
    settings = read_config(config, bootstrap)
    if source not in settings.sources:
        known = ", ".join(settings.sources)
        fail(f"SOURCE must be one of the configuration's ({known}); got {source}", 2)
    found = settings.sources[source]
    key = _key(settings, found)
    try:
        if file is not None:
            trial = try_file(found, key, file, last, time.time)
        else:
            trial = try_topic(found, key, last_records(connection(settings), found.topic, last))
    except Unopenable as error:
        fail(str(error), 2)
    except KafkaEdgeError as error:
        fail(str(error))
    _show(trial, found, as_json=as_json)
    require_few(limit, trial.number("reject"), len(trial.items), "each says why")


def _key(settings: Config, source: Source) -> bytes | None:
    """Return the key for hashing people; a passing one where there is none yet."""
    try:
        return read_hash_key(settings, [source])
    except NoHashKey as error:
        err.print(
            f"note: {error}. The hashes shown here are of a key that is forgotten afterwards",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
        return secrets.token_bytes(32)


def _show(trial: TriedRecords, source: Source, *, as_json: bool) -> None:
    numbers = {
        "records": trial.records,
        "items": len(trial.items),
        "events": trial.number("event"),
        "skipped": trial.number("skipped"),
        "rejects": trial.number("reject"),
    }
    if as_json:
        document = {
            "source": source.name,
            **numbers,
            "reject_reasons": trial.tally.document(),
            "lost": dict(trial.lost.counts),
            "notes": trial.notes(),
            "tried": [tried.document() for tried in trial.items],
        }
        line = orjson.dumps(document).decode()
        out.print(line, soft_wrap=True, highlight=False, markup=False)
        return
    words = reader()
    out.print(_table(trial.items, words))
    text = words.gettext(
        "{records:,} records, {items:,} items = {events:,} events + {skipped:,} skipped +"
        " {rejects:,} rejects"
    )
    out.print(text.format(**numbers), soft_wrap=True, highlight=False)
    for note in (*trial.tally.lines(len(trial.items)), *trial.notes()):
        err.print(note, soft_wrap=True, highlight=False, markup=False)


_OUTCOMES = {
    "event": mark_in("outcome", "event"),
    "skipped": mark_in("outcome", "skipped"),
    "reject": mark_in("outcome", "reject"),
}
_HEADS = {
    "record": mark_in("head of a column", "record"),
    "becomes": mark_in("head of a column", "becomes"),
    "time": mark_in("head of a column", "time"),
    "kind": mark_in("head of a column", "kind"),
    "count": mark_in("head of a column", "count"),
    "region": mark_in("head of a column", "region"),
    "occurred at": mark_in("head of a column", "occurred at"),
    "recipient hash": mark_in("head of a column", "recipient hash"),
    "reporter hash": mark_in("head of a column", "reporter hash"),
    **LEVEL_NAMES,
}


def _table(items: Sequence[Tried], words: Catalogue) -> Table:
    rows = [_cells(tried, words) for tried in items]
    named = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*(term(words, _HEADS, name) for name in named))
    for tried, row in zip(items, rows, strict=True):
        style = {"event": "", "skipped": "dim", "reject": "red"}[tried.word]
        table.add_row(*(plain(row.get(name, "")) for name in named), style=style)
    return table


def _cells(tried: Tried, words: Catalogue) -> dict[str, str]:
    """Return what is shown of an item, by column."""
    cells = {"record": _short(tried), "becomes": term(words, _OUTCOMES, tried.word)}
    outcome = tried.outcome
    if isinstance(outcome, Reject):
        return cells | {"time": f"{outcome.reason}: {outcome.detail}"}
    if isinstance(outcome, Skipped):
        return cells
    return cells | _event(outcome, words)


def _short(tried: Tried) -> str:
    place = tried.place
    item = "" if place.index is None else f":{place.index}"
    if place.file is not None:
        return f"{place.line}{item}"
    return f"{place.partition}/{place.offset}{item}"


def _event(event: Event, words: Catalogue) -> dict[str, str]:
    cells = {"time": event.event_time.isoformat()}
    sender = event.sender
    cells["sender"] = sender.id or words.pgettext("sender", "none")
    for name in sender.__struct_fields__[1:]:
        if (value := getattr(sender, name)) is not None:
            cells[name] = value
    for name in ("kind", "count", "region", "occurred_at", "recipient_hash", "reporter_hash"):
        value = getattr(event, name, None)
        if value is not None and not (name == "count" and value == 1):
            cells[name.replace("_", " ")] = str(value)
    return cells
