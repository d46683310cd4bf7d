"""``weathervane silences``: what nobody is told of, and how much that was."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final

import msgspec
import typer

from streams.actions.action import MakeSilence
from streams.actions.desk import HidingReport
from streams.alerts.terms import SIGNAL_NAMES, term
from streams.cli.actions.given import at_desk, now_utc
from streams.cli.actions.rows import print_rows, print_table, shown_time
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption
from streams.cli.console import err
from streams.cli.csv_table import CsvOption, one_form
from streams.cli.language import reader
from streams.language.catalogue import Catalogue, mark

_ENDED = dt.timedelta(days=7)
_NAMES = (
    "type", "id", "match", "by", "at", "until", "ended_at", "ended_by", "runs", "comment",
    "hidden_alerts", "hidden_messages", "version",
)  # fmt: skip


def silences(
    ended: Annotated[
        bool, typer.Option("--ended", help="Show those that ended in the last 7 days, too.")
    ] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List silences and snoozes, and what each has hidden so far.

    Example: weathervane silences
    """
    one_form(json=as_json, csv=as_csv)
    words = reader()
    with at_desk(config, bootstrap, url, token_file) as (settings, desk):
        now = now_utc()
        found = [
            report
            for report in desk.hidings(now - _ENDED if ended else now)
            if ended or report.hiding.runs(now)
        ]
        if as_json or as_csv:
            print_rows([_row(each, now) for each in found], names=_NAMES, as_csv=as_csv)
            return
        print_table(
            words,
            _HEADS,
            [_cells(each, now, settings.timezone, words) for each in found],
        )
        text = words.ngettext(
            "{n} silence or snooze; times in {zone}",
            "{n} silences or snoozes; times in {zone}",
            len(found),
        )
        err.print(text.format(n=len(found), zone=settings.timezone), highlight=False)


_HEADS: Final = (
    mark("Id"), mark("What"), mark("Until"), mark("By"), mark("Hidden"), mark("Comment"),
)  # fmt: skip


def about(report: HidingReport, words: Catalogue) -> str:
    """Say what is hidden, on one line."""
    made = report.hiding.made
    if isinstance(made, MakeSilence):
        return " ".join(f"{key}={'|'.join(texts)}" for key, texts in made.match.texts.items())
    text = words.gettext("snooze {entity} {signal}")
    signal = term(words, SIGNAL_NAMES, made.signal)
    return text.format(entity=made.entity, signal=signal)


def _cells(
    report: HidingReport, now: dt.datetime, timezone: str, words: Catalogue
) -> tuple[str, ...]:
    hiding = report.hiding
    until = shown_time(hiding.ends_at, timezone)
    return (
        hiding.made.id,
        about(report, words),
        until if hiding.runs(now) else words.gettext("ended {time}").format(time=until),
        hiding.made.by,
        words.ngettext("{n} alert", "{n} alerts", report.hidden.alerts).format(
            n=f"{report.hidden.alerts:,}"
        ),
        words.gettext("(erased)")
        if report.text is None and hiding.made.noted
        else report.text or "",
    )


def _row(report: HidingReport, now: dt.datetime) -> dict[str, Any]:
    hiding, made = report.hiding, report.hiding.made
    match: dict[str, Any] = (
        msgspec.to_builtins(made.match)
        if isinstance(made, MakeSilence)
        else {"entity": made.entity, "signal": made.signal}
    )
    row = {
        "type": "silence" if isinstance(made, MakeSilence) else "snooze",
        "id": made.id, "match": match, "by": made.by, "at": made.at, "until": made.until,
        "ended_at": hiding.ended_at, "ended_by": hiding.ended_by, "runs": hiding.runs(now),
        "comment": report.text, "hidden_alerts": report.hidden.alerts,
        "hidden_messages": report.hidden.messages, "version": hiding.version,
    }  # fmt: skip
    return {name: msgspec.to_builtins(value) for name, value in row.items()}
