"""``weathervane registry``: what is declared about codes, signatures, merchants and platforms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import typer

from streams.broker.client.connection import Connection
from streams.broker.client.writer import WriteFailed
from streams.broker.errors import KafkaEdgeError
from streams.cli.actions.rows import print_rows, print_table
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    connection,
    nearest,
    read_config,
)
from streams.cli.console import err, fail, out
from streams.cli.csv_table import CsvOption, one_form
from streams.cli.language import reader
from streams.cli.registry.given_files import entries_of_files
from streams.language.catalogue import Catalogue, mark
from streams.names.canonical import canonical
from streams.registry.control import RegistryRow
from streams.registry.entry import ENTRY_TYPES, CodeEntry, Entry, EntryKind, key_of, kind_of
from streams.registry.files import COLUMNS, row_of
from streams.registry.plan import PlanEntry
from streams.registry.sequencing import Declared
from streams.registry.store import changes_of, read_registry, too_many, write_rows
from streams.registry.table import Registry
from streams.registry.watch import WatchEntry


def registry(
    what: Annotated[
        Literal["import", "list", "show", "remove", "export"],
        typer.Argument(
            metavar="import|list|show|remove|export", help="What to do.", show_default=False
        ),
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE|KIND|NAME|KEY",
            help="With import files; with list and export a kind: code, signature, merchant,"
            " platform or filing; with show a number or name; with remove keys such as"
            " code/10690001.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With import: only say what it would change.")
    ] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Declare who may use which access code and signature, for what and since when.

    Rows of files, CSV or JSON, take the place of what was declared under their keys before. Either
    all are taken or, if one is wrong, none. They hold from the first bucket that is not closed.

    Example: weathervane registry import codes.csv --dry-run

    Example: weathervane registry show 106900012345

    Example: weathervane registry remove code/10690001 filing/10690001/Mall
    """
    one_form(json=as_json, csv=as_csv)
    given = names or []
    if dry_run and what != "import":
        fail("--dry-run must be given with import", 2)
    settings = read_config(config, bootstrap)
    broker, topic = connection(settings), settings.topic("registry")
    if what == "import":
        if not given:
            fail("import must be given a FILE", 2)
        entries = entries_of_files([Path(name) for name in given])
        _import(broker, topic, entries, dry_run=dry_run)
    elif what == "remove":
        _remove(broker, topic, given)
    elif what == "show":
        if len(given) != 1:
            fail("show must be given one number or name", 2)
        today = dt.datetime.now(ZoneInfo(settings.timezone)).date().toordinal()
        _show(_declared(broker, topic).entries, given[0], today, as_json=as_json, as_csv=as_csv)
    else:
        kinds = [_kind(name) for name in given] or list(ENTRY_TYPES)
        known = _declared(broker, topic).entries
        found = [known[key] for key in sorted(known) if kind_of(known[key]) in kinds]
        found.sort(key=lambda entry: kinds.index(kind_of(entry)))
        _print(found, as_json=as_json, as_csv=as_csv or (what == "export" and not as_json))


def _kind(name: str) -> EntryKind:
    if name not in ENTRY_TYPES:
        fail(f"KIND must be one of {', '.join(ENTRY_TYPES)}; got {name}", 2)
    return name


def _declared(broker: Connection, topic: str) -> Declared:
    """Return what is declared, or end with status 1."""
    try:
        declared = read_registry(broker, topic)
    except KafkaEdgeError as error:
        fail(str(error))
    problems = list(declared.problems)
    if declared.waiting:
        problems.append(
            f"must have the last row of each import; {len(declared.waiting):,} rows of one wait"
            " for it, and do not hold: where it broke off, import again"
        )
    for problem in problems:
        err.print(f"{topic} {problem}", markup=False, highlight=False, soft_wrap=True)
    return declared


def _import(broker: Connection, topic: str, entries: list[Entry], *, dry_run: bool) -> None:
    declared = _declared(broker, topic)
    changes = changes_of(declared.entries, entries)
    problem = too_many(declared.entries, changes)
    if problem is not None:
        fail(problem)
    if not dry_run:
        _write(
            broker, topic, declared, {key_of(one): one for one in (*changes.new, *changes.replaced)}
        )
    words = reader()
    text = words.gettext("{new} new, {replaced} replaced, {unchanged} unchanged")
    line = text.format(
        new=f"{len(changes.new):,}",
        replaced=f"{len(changes.replaced):,}",
        unchanged=f"{changes.unchanged:,}",
    )
    out.print(line, highlight=False)
    if dry_run:
        err.print(words.gettext("Nothing was written."), highlight=False)


def _remove(broker: Connection, topic: str, keys: Sequence[str]) -> None:
    if not keys:
        fail("remove must be given a KEY, such as code/10690001", 2)
    declared = _declared(broker, topic)
    for key in keys:
        if key not in declared.entries:
            like = ", ".join(nearest(key, list(declared.entries))) or "nothing"
            fail(f"KEY must be in the registry; got {key}, found {like} like it")
    _write(broker, topic, declared, dict.fromkeys(keys))
    words = reader()
    text = words.ngettext("{n} entry removed", "{n} entries removed", len(keys))
    out.print(text.format(n=f"{len(keys):,}"), highlight=False)


def _write(broker: Connection, topic: str, declared: Declared, rows: dict[str, Any]) -> None:
    try:
        write_rows(broker, topic, declared, rows)
    except (KafkaEdgeError, WriteFailed) as error:
        fail(f"{error}; run the command again: it goes on")


def _show(known: dict[str, Entry], given: str, today: int, *, as_json: bool, as_csv: bool) -> None:
    """Show what covers a number today, and whatever has the name."""
    name, registered = canonical(given), Registry()
    registered.take(RegistryRow(n, key, one) for n, (key, one) in enumerate(known.items(), 1))
    found: list[Entry] = []
    covering = registered.code_of(name, today)
    lapsed = registered.lapsed(name, today)
    code = covering if isinstance(covering, CodeEntry) else lapsed
    if code is not None:
        found.append(code)
    for key in sorted(known):
        entry = known[key]
        if isinstance(entry, WatchEntry):
            continue
        ids = {entry.id, getattr(entry, "signature", entry.id), getattr(entry, "code", entry.id)}
        if entry is not code and (name in ids or (code is not None and code.id in ids)):
            found.append(entry)
    _print(found, as_json=as_json, as_csv=as_csv)
    words = reader()
    if isinstance(covering, PlanEntry):
        text = words.gettext("{number} is not registered; by the plan of codes it is: {kind}")
        line = text.format(number=name, kind=words.gettext(covering.words))
        err.print(line, highlight=False, markup=False)
    elif not found:
        err.print(words.gettext("Nothing is known of it."), highlight=False)
    elif covering is None and lapsed is not None:
        err.print(words.gettext("The code does not hold today."), highlight=False)


def _print(found: Sequence[Entry], *, as_json: bool, as_csv: bool) -> None:
    if as_json or as_csv:
        rows = [row_of(one) if as_csv else msgspec.to_builtins(one) for one in found]
        print_rows(rows, names=COLUMNS, as_csv=as_csv)
        return
    words = reader()
    heads = (mark("Key"), mark("Whose"), mark("Scope"), mark("Holds"))
    print_table(words, heads, [_cells(words, entry) for entry in found])
    text = words.ngettext("{n} entry", "{n} entries", len(found))
    err.print(text.format(n=f"{len(found):,}"), highlight=False)


def _cells(words: Catalogue, entry: Entry) -> tuple[str, ...]:
    row = row_of(entry)
    whose = [
        row[name] for name in ("holder", "owner", "operator", "platform", "account", "carrier")
    ]
    scope = [row[name] for name in ("kinds", "categories", "regions")]
    since, until = row["valid_from"] or "", row["valid_until"] or ""
    return (
        key_of(entry),
        ", ".join(filter(None, whose)),
        "; ".join(filter(None, scope)) or words.pgettext("of a scope", "any"),
        f"{since} \u2013 {until}" if since or until else "",
    )
