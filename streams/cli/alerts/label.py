"""``weathervane label``: labels alerts and windows of time, and lists the labels."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer

from streams.alerts.cloudevent import decode_event
from streams.alerts.label import (
    Label,
    Verdict,
    alert_id_of,
    encode_label,
    make_label,
    note_problem,
)
from streams.alerts.phrases import listed
from streams.alerts.terms import VERDICTS, term
from streams.analysis.labels.storage import (
    LabelProblems,
    LabelsUnreadable,
    append_labels,
    read_labels,
)
from streams.broker.client.connection import Connection
from streams.cli.actions.given import at_desk
from streams.cli.actions.serve_options import TokenFileOption, UrlOption, serve_of
from streams.cli.alerts.label_desk import give, give_at, given
from streams.cli.alerts.label_view import show
from streams.cli.alerts.topic_records import records
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    connection,
    nearest,
    read_config,
)
from streams.cli.console import err, fail, out
from streams.cli.csv_table import CsvOption, one_form, write_documents
from streams.cli.language import reader
from streams.config.model import Config
from streams.items import name_problem

_SUFFIX = ".jsonl"


def label(
    alert: Annotated[
        str | None,
        typer.Argument(
            metavar="ALERT_ID",
            help="As `weathervane alerts` shows it, with or without its revision.",
            show_default=False,
        ),
    ] = None,
    verdict: Annotated[
        Verdict | None,
        typer.Argument(
            metavar="true|false|expected",
            help="true: it was right. false: nothing had happened. expected: what happened was"
            " planned.",
            show_default=False,
        ),
    ] = None,
    note: Annotated[
        str | None,
        typer.Option("--note", metavar="TEXT", help="Why you say so.", show_default=False),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who you are.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="Read labels from a file: CSV with alert_id,label[,note] or entity,start,end"
            "[,signal,label,kind,note], or JSON Lines as --to and --list --json write them.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE.jsonl",
            help="Append to this file. No broker is asked, so alerts may be unknown.",
            show_default=False,
        ),
    ] = None,
    show_labels: Annotated[bool, typer.Option("--list", help="Show the labels so far.")] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Label an alert, or a window of time, as true, false or expected.

    diff, tune and report compare alerts with labels. A later label of the
    same alert or window replaces an earlier one. A file with a wrong line is
    refused as a whole.

    Example: weathervane label 2b1926685558e977 false --note "a yearly reminder" --by wang

    Example: weathervane label --file sim/labels.csv --to labels.jsonl

    Example: weathervane label --list
    """
    settings = read_config(config, bootstrap)
    now = dt.datetime.now(dt.UTC)
    if show_labels:
        if (alert, verdict, note, by, file, to) != (None,) * 6:
            fail("--list must be given alone, except for --json, --csv, --config, --bootstrap", 2)
        one_form(json=as_json, csv=as_csv)
        if serve_of(url, token_file, bootstrap) is None:
            found = given(connection(settings), settings)
        else:
            with at_desk(config, bootstrap, url, token_file) as (_, desk):
                found = desk.labels()
        _list(found, settings.timezone, as_json=as_json, as_csv=as_csv)
        return
    if as_csv:
        fail("--csv must be given with --list", 2)
    _require_words(note, by)
    lines_by_label: dict[str, str] = {}
    if file is not None:
        if (alert, verdict, note) != (None, None, None):
            fail(
                "--file must be given without ALERT_ID, a verdict and --note: the file holds them",
                2,
            )
        labels = _of_file(file, settings, now, by, lines_by_label)
    elif alert is None or verdict is None:
        fail("label must have ALERT_ID and true, false or expected; or --file; or --list", 2)
    else:
        labels = [_of_alert(alert, verdict, now, note, by)]
    if to is not None:
        _append(to, labels)
        where = str(to)
    elif serve_of(url, token_file, bootstrap) is not None:
        with at_desk(config, bootstrap, url, token_file) as (_, desk):
            where = desk.place

            def labelled(ids: Sequence[str]) -> set[str]:  # early alerts are none yet
                return {key for key, alert in desk.find(ids).items() if alert.revision > 0}

            _require_alerts(labelled, desk.known_ids, where, labels, lines_by_label)
            give_at(desk, labels)
    else:
        broker, topic = connection(settings), settings.topic("alerts")
        known = partial(_alert_ids, broker, topic)
        _require_alerts(lambda _: known(), known, f"the topic {topic}", labels, lines_by_label)
        give(broker, settings, labels)
        where = f"topic {settings.topic('actions')} on {broker.bootstrap}"
    _say(labels, where, as_json=as_json)


def _require_words(note: str | None, by: str | None) -> None:
    if note is not None and (problem := note_problem(note)):
        fail(f"--note {problem}", 2)
    if by is not None and (problem := name_problem(by)):
        fail(f"--by {problem}", 2)


def _of_alert(
    alert: str, verdict: Verdict, now: dt.datetime, note: str | None, by: str | None
) -> Label:
    alert_id = alert_id_of(alert)
    if alert_id is None:
        fail(
            "ALERT_ID must be 16 hex digits, as the last column of `weathervane alerts` shows them;"
            f" got {alert}",
            2,
        )
    return make_label(verdict, now, alert_id=alert_id, note=note, by=by)


def _of_file(
    file: Path, settings: Config, now: dt.datetime, by: str | None, lines_by_label: dict[str, str]
) -> Sequence[Label]:
    try:
        found = read_labels(file, timezone=settings.timezone, at=now, by=by)
    except LabelsUnreadable as error:
        fail(f"--file {error}", 2)
    except LabelProblems as error:
        fail(f"{error}\nnothing is written")
    for note in found.notes:
        err.print(note, markup=False, highlight=False, soft_wrap=True)
    if by is not None and any(label.by != by for label in found.labels):
        fail("--by must be left out: labels of the file name their authors", 2)
    lines_by_label.update(found.places)
    return found.labels


def _require_alerts(
    find: Callable[[Sequence[str]], Container[str]],
    known_ids: Callable[[], Iterable[str]],
    holder: str,
    labels: Sequence[Label],
    lines_by_label: dict[str, str],
) -> None:
    """End with status 1 where a label names an alert that the holder does not hold."""
    wanted = [label.alert_id for label in labels if label.alert_id is not None]
    if not wanted:
        return
    found = find(wanted)
    unknown = [label for label in labels if label.alert_id and label.alert_id not in found]
    if not unknown:
        return
    known = sorted(known_ids())
    rule = f"must be one that {holder} holds; got"
    lines = [
        f"{line}: alert_id {rule} {label.alert_id}"
        if (line := lines_by_label.get(label.label_id))
        else f"ALERT_ID {rule} {label.alert_id}, found {_alike(str(label.alert_id), known)}"
        for label in unknown
    ]
    lines.append(
        "nothing is written; `weathervane alerts` shows ids in its last column,"
        " and --to does not check them"
    )
    fail("\n".join(lines))


def _alike(alert_id: str, known: Sequence[str]) -> str:
    return ", ".join(nearest(alert_id, known)) or "nothing like it"


def _alert_ids(broker: Connection, topic: str) -> set[str]:
    """Return the ids of all alerts but those that were only early: these cannot be labelled."""
    out = set()
    for raw in records(broker, topic):
        try:
            alert = None if raw is None else decode_event(raw).alert
        except ValueError:
            continue  # `weathervane alerts` reports it
        if alert is not None and alert.revision > 0:
            out.add(alert.alert_id)
    return out


def _append(to: Path, labels: Sequence[Label]) -> None:
    if to.suffix != _SUFFIX:
        fail(f"--to must end in {_SUFFIX}; got {to}", 2)
    try:
        append_labels(to, labels)
    except LabelProblems as error:
        fail(f"--to must be a file of labels; {error}\nnothing is written")
    except OSError as error:
        fail(f"--to must be a file to append to; {to}: {error.strerror}; nothing is written")


def _say(labels: Sequence[Label], where: str, *, as_json: bool) -> None:
    by_verdict = Counter(label.verdict for label in labels)
    if as_json:
        summary = orjson.dumps(
            {"labels": len(labels), **dict(sorted(by_verdict.items())), "to": where}
        )
        out.print(summary.decode(), soft_wrap=True, highlight=False, markup=False)
        return
    words = reader()
    parts = [
        f"{number:,} {term(words, VERDICTS, verdict)}"
        for verdict, number in sorted(by_verdict.items())
    ]
    text = words.ngettext("{n} label to {where}", "{n} labels to {where}", len(labels))
    said = text.format(n=f"{len(labels):,}", where=where)
    if parts:
        said = words.gettext("{n}: {reasons}").format(n=said, reasons=listed(words, parts))
    out.print(said, soft_wrap=True, highlight=False, markup=False)


def _list(labels: Sequence[Label], timezone: str, *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        for each in labels:
            sys.stdout.buffer.write(encode_label(each) + b"\n")
        sys.stdout.buffer.flush()
    elif as_csv:
        write_documents([orjson.loads(encode_label(each)) for each in labels])
    else:
        show(labels, timezone, reader())
