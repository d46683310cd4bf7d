"""What ``weathervane status`` prints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from streams.alerts.phrases import listed
from streams.cli.console import out
from streams.cli.csv_table import values_of
from streams.cli.terminal import plain
from streams.config.duration import format_duration
from streams.health.recordings import RecordingState
from streams.health.status import Health
from streams.health.symptoms import Symptom
from streams.language.catalogue import Catalogue, Term, mark, mark_in
from streams.strays import named


def figures(found: Health, wrong: Sequence[Symptom]) -> list[dict[str, Any]]:
    """Return every figure of the state as a row: of which table, of what, which, and how much."""
    document = {**msgspec.to_builtins(found), "symptoms": [one.document() for one in wrong]}
    rows: list[dict[str, Any]] = []
    for table, value in document.items():
        entries = value if isinstance(value, list) else [{"": "", table: value}]
        for entry in entries:
            if not isinstance(entry, dict):
                rows.append({"table": table, "of": "", "figure": table, "value": entry})
                continue
            subject = str(next(iter(entry.values())))
            rows += [
                {"table": table, "of": subject, "figure": figure, "value": one}
                for name, inner in list(entry.items())[1:]
                for figure, one in values_of(name, inner)
            ]
    return rows


def show(found: Health, wrong: Sequence[Symptom], words: Catalogue) -> None:
    """Print tables of the state, then what is wrong, or that all is well.

    Parameters
    ----------
    found
        The state.
    wrong
        What is wrong with it.
    words
        The catalogue of the reader.
    """
    tables = [
        _table(
            words,
            [
                mark("process"),
                mark("at"),
                mark("up"),
                mark("version"),
                mark("configuration"),
                mark("memory"),
            ],
            [
                [one.process or "?", one.at, Text(words.pgettext("process", "down"), "bold red")]
                if one.error is not None
                else [
                    *(one.process or "?", one.at, _ago(words, one.up_s), one.version or ""),
                    *(one.config or "", _mib(one.memory_bytes)),
                ]
                for one in found.processes
            ],
            text=5,
        ),
        _table(
            words,
            [
                mark("source"),
                mark("events"),
                mark("rejects"),
                mark("late"),
                mark("duplicates"),
                mark("lag"),
                mark("watermark behind"),
            ],
            [
                [
                    *(
                        one.source,
                        f"{one.events:,}",
                        _reasons(words, one.rejects),
                        _reasons(words, one.late),
                    ),
                    *(
                        f"{one.duplicates:,}",
                        f"{one.lag_records:,}",
                        _ago(words, one.watermark_delay_s),
                    ),
                ]
                for one in found.sources
            ],
        ),
        _table(
            words,
            [mark("source"), mark("most late"), mark("most ahead")],
            [
                [one.source, named(one.late_senders), named(one.ahead_senders)]
                for one in found.sources
                if one.late_senders or one.ahead_senders
            ],
            text=3,
        ),
        _table(
            words,
            [mark("source"), mark("values left out"), mark("because")],
            [
                [one.source, _reasons(words, one.lost), "\n".join(one.lost_because)]
                for one in found.sources
                if one.lost
            ],
            text=3,
        ),
        _table(
            words,
            [
                mark("group"),
                mark("bucket"),
                mark("judged through (UTC)"),
                mark("overdue"),
                mark("spent"),
                mark("budget"),
            ],
            [
                [
                    *(one.group, format_duration(one.bucket_s), _when(one.closed_through_s)),
                    *(_ago(words, one.overdue_s), f"{one.opened:,}", f"{one.allowed:,.2f}"),
                ]
                for one in found.groups
            ],
        ),
        _table(
            words,
            [mark("calendar entry"), mark("alerts prevented")],
            [[name, f"{number:,}"] for name, number in found.prevented.items()],
        ),
        _table(
            words,
            [
                mark("shard"),
                mark("entities"),
                mark("open"),
                mark("early"),
                mark("resolved"),
                mark("retracted"),
                mark("lag"),
                mark("unsaved for"),
            ],
            [
                [
                    *(one.shard, f"{one.entities:,}"),
                    *(f"{number:,}" for number in one.alerts.values()),
                    *(f"{one.lag_records:,}", _ago(words, one.checkpoint_age_s)),
                ]
                for one in found.shards
            ],
        ),
        _table(
            words,
            [mark("shard"), mark("epoch"), mark("warmed by")],
            [
                [one.shard, f"{one.epoch}", one.warmed or ""]
                for one in found.shards
                if one.warmed or one.epoch > 1
            ],
        ),
        _table(
            words,
            [mark("detector beside"), mark("failures")],
            [
                [name, f"{number:,}"]
                for one in found.shards
                for name, number in one.beside_failures.items()
            ],
        ),
        _table(
            words,
            [
                mark("webhook"),
                mark("delivered"),
                mark("queue"),
                mark("first waits"),
                mark("failures"),
                mark("expired"),
                mark("undelivered"),
            ],
            [
                [
                    *(
                        one.receiver,
                        f"{one.delivered:,}",
                        f"{one.queue:,}",
                        _ago(words, one.waiting_s),
                    ),
                    *(_reasons(words, one.failures), f"{one.expired:,}"),
                    f"{one.undelivered:,}",
                ]
                for one in found.webhooks
            ],
        ),
        _table(
            words,
            [
                mark("receiver"),
                mark("notified"),
                mark("accepts nothing for"),
                mark("failures"),
                mark("undelivered"),
            ],
            [
                [
                    *(one.receiver, f"{one.sent:,}", _ago(words, one.waiting_s)),
                    *(_reasons(words, one.failures), f"{one.undelivered:,}"),
                ]
                for one in found.receivers
            ],
        ),
        _table(
            words,
            [mark("recording into"), mark("state"), mark("behind"), mark("saved")],
            [
                [
                    one.archive,
                    words.pgettext(*_recording(one)),
                    f"{one.behind:,}",
                    _ago(words, one.saved_ago_s),
                ]
                for one in found.recordings
            ],
            text=2,
        ),
        _table(
            words,
            [mark("consumer group"), mark("processes"), mark("records not committed")],
            [[one.group, f"{one.members}", f"{one.uncommitted:,}"] for one in found.consumers],
        ),
    ]
    for table in tables:
        if table.row_count:
            out.print(table)
            out.print()
    for problem in wrong:
        text = words.gettext("wrong: {sentence}").format(sentence=problem.sentence_in(words))
        out.print(plain(text, "red"), soft_wrap=True)
    if not wrong:
        out.print(Text(words.gettext("all well"), "green"))


def _recording(one: RecordingState) -> Term:
    if one.running:
        return mark_in("recording", "runs")
    return mark_in("recording", "stopped") if one.stopped else mark_in("recording", "failed")


def _table(
    words: Catalogue, heads: Sequence[str], rows: Sequence[Sequence[str | Text]], text: int = 1
) -> Table:
    """Return a table whose first `text` columns are words and the others numbers."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for number, head in enumerate(heads):
        table.add_column(words.gettext(head), justify="left" if number < text else "right")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else plain(cell) for cell in row))
    return table


_UNITS: Final = ((mark("{n} d"), 86400), (mark("{n} h"), 3600), (mark("{n} min"), 60))


def _ago(words: Catalogue, seconds: float | None) -> str:
    """Return a time span in one rounded unit.

    Examples
    --------
    >>> from streams.language.catalogue import ENGLISH
    >>> [_ago(ENGLISH, s) for s in (None, 0.2, 75, 4000, 100_000, 200_000)]
    ['', '0 s', '75 s', '67 min', '28 h', '2 d']
    """
    if seconds is None:
        return ""
    for text, size in _UNITS:
        if seconds >= 2 * size:
            return words.gettext(text).format(n=f"{seconds / size:.0f}")
    return words.gettext("{n} s").format(n=f"{seconds:.0f}")


def _when(time_s: float | None) -> str:
    if time_s is None:
        return ""
    return f"{dt.datetime.fromtimestamp(time_s, dt.UTC):%Y-%m-%d %H:%M:%S}"


def _mib(size: float | None) -> str:
    return "" if size is None else f"{size / 2**20:,.0f} MiB"


def _reasons(words: Catalogue, counts: Mapping[str, int]) -> str:
    """Return a number and its reasons.

    Examples
    --------
    >>> from streams.language.catalogue import ENGLISH
    >>> [_reasons(ENGLISH, of) for of in ({}, {"not_json": 1000}, {"a": 1, "b": 2})]
    ['0', '1,000 not_json', '3: 2 b, 1 a']
    """
    if not counts:
        return "0"
    parts = [f"{number:,} {why}" for why, number in sorted(counts.items(), key=lambda p: -p[1])]
    if len(parts) == 1:
        return parts[0]
    text = words.gettext("{n}: {reasons}")
    return text.format(n=f"{sum(counts.values()):,}", reasons=listed(words, parts))
