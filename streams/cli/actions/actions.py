"""``weathervane actions``: who has done what, and when."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from streams.actions.action import Action, MakeSilence, subject_of
from streams.actions.desk import LogEntry, LostText
from streams.actions.wire import ROW, log_row
from streams.alerts.terms import DEEDS, SEVERITIES, VERDICTS, term
from streams.cli.actions.given import alert_ids, at_desk
from streams.cli.actions.rows import print_rows, print_table, shown_time
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    SinceOption,
    in_zone,
    parse_since,
)
from streams.cli.console import err
from streams.cli.csv_table import CsvOption, one_form
from streams.cli.language import reader
from streams.language.catalogue import Catalogue, mark

TEXT_ALONE = "text_without_action"


def actions(
    alert: Annotated[
        str | None,
        typer.Option("--alert", metavar="ALERT", help="Only about this alert.", show_default=False),
    ] = None,
    since: SinceOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List who has done what about alerts, in the order in which it was done.

    Example: weathervane actions --since 2026-03-01 --csv
    """
    one_form(json=as_json, csv=as_csv)
    words = reader()
    wanted = None if alert is None else f"alert/{alert_ids([alert])[0]}"
    begin = parse_since(since)
    with at_desk(config, bootstrap, url, token_file) as (settings, desk):
        begin = in_zone(begin, settings.timezone)
        entries = [
            entry
            for entry in desk.log()
            if wanted in (None, subject_of(entry.action))
            and (begin is None or entry.action.at >= begin)
        ]
        lost = desk.lost_texts() if (wanted, begin) == (None, None) else ()
        if as_json or as_csv:
            rows = [*map(log_row, entries), *map(_row_of_lost, lost)]
            print_rows(rows, names=ROW, as_csv=as_csv)
            return
        print_table(
            words,
            _HEADS,
            [
                *(_cells(entry, settings.timezone, words) for entry in entries),
                *(_cells_of_lost(one, words) for one in lost),
            ],
        )
        text = words.ngettext(
            "{n} action; times in {zone}", "{n} actions; times in {zone}", len(entries)
        )
        err.print(text.format(n=f"{len(entries):,}", zone=settings.timezone), highlight=False)
        if lost:
            text = words.ngettext(
                "{n} text belongs to no action here: a command was stopped before it acted, or the"
                " log no longer has the action. `weathervane note --erase ID` erases one",
                "{n} texts belong to no action here: a command was stopped before it acted, or the"
                " log no longer has the action. `weathervane note --erase ID` erases one",
                len(lost),
            )
            err.print(text.format(n=f"{len(lost):,}"), highlight=False, soft_wrap=True)


_HEADS: Final = (mark("At"), mark("By"), mark("What"), mark("About"), mark("Text"), mark("Id"))


def _type(action: Action) -> str:
    return str(action.__struct_config__.tag)


def _row_of_lost(lost: LostText) -> dict[str, Any]:
    return {"type": TEXT_ALONE, "id": lost.id, "text": lost.text}


def _cells_of_lost(lost: LostText, words: Catalogue) -> tuple[str, ...]:
    text = words.gettext("(cannot be read)") if lost.text is None else lost.text
    return "", "", words.gettext("text without action"), "", text, lost.id


def _cells(entry: LogEntry, timezone: str, words: Catalogue) -> tuple[str, ...]:
    action = entry.action
    what = [term(words, DEEDS, _type(action))]
    if severity := getattr(action, "severity", None):
        what.append(term(words, SEVERITIES, severity))
    if verdict := getattr(action, "verdict", None):
        what.append(term(words, VERDICTS, verdict))
    what += filter(None, [getattr(action, "to", None)])
    if until := getattr(action, "until", None):
        what.append(words.gettext("until {time}").format(time=shown_time(until, timezone)))
    about = subject_of(action)
    if isinstance(action, MakeSilence):
        about = " ".join(f"{key}={'|'.join(texts)}" for key, texts in action.match.texts.items())
    erased = action.noted and entry.text is None
    return (
        shown_time(action.at, timezone), action.by, " ".join(what), about,
        words.gettext("(erased)") if erased else entry.text or "", action.id,
    )  # fmt: skip
