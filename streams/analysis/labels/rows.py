"""Turns a row of a CSV file into a label, of an alert or of a span of an entity's time."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, get_args

from streams.alerts.cloudevent import LabelSignal, current_signal
from streams.alerts.label import (
    VERDICTS,
    Label,
    Span,
    Verdict,
    alert_id_of,
    entity_problem,
    make_label,
    note_problem,
    signal_problem,
)
from streams.items import name_problem
from streams.sources.times.times import Times, UnusableTime

ALERT_COLUMNS: Final = {"alert_id": True, "label": True, "note": False}
WINDOW_COLUMNS: Final = {
    "entity": True, "start": True, "end": True,
    "signal": False, "label": False, "kind": False, "note": False,
}  # fmt: skip
"""Columns, and whether each must be there."""

SIGNALS: Final[tuple[LabelSignal, ...]] = get_args(LabelSignal)
_EXPECTED = "expected"
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ZONED = re.compile(r"(?:Z|z|[+-]\d\d:?\d\d)$|^[0-9.]+$", re.ASCII)
_SHOWN = 60


class UnusableRow(ValueError):
    """A row is not a label; `problems` are lines that say why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Rows:
    """Turns the rows of a file into labels, and notes how their times were read.

    Parameters
    ----------
    timezone
        Of times without a zone, and of dates.
    at, by
        Time and author of the labels.
    """

    def __init__(self, timezone: str, at: dt.datetime, by: str | None) -> None:
        self._timezone, self._at, self._by = timezone, at, by
        self._times = Times(timezone)
        self._zoneless = self._whole_days = 0

    def label(self, row: Mapping[str, str]) -> Label:
        """Read a row, its fields by column and stripped; one that is missing is empty.

        Raises
        ------
        UnusableRow
            With every problem of it.
        """
        return self._of_alert(row) if "alert_id" in row else self._of_window(row)

    def notes(self) -> list[str]:
        """Sentences that say how times without a zone and dates were read."""
        out = []
        if self._zoneless:
            times = "1 time names" if self._zoneless == 1 else f"{self._zoneless:,} times name"
            out.append(f"{times} no zone: read in {self._timezone} (timezone)")
        if self._whole_days:
            ends = (
                "1 end is a date"
                if self._whole_days == 1
                else f"{self._whole_days:,} ends are dates"
            )
            out.append(f"{ends}: that day is in the window")
        return out

    def _of_alert(self, row: Mapping[str, str]) -> Label:
        alert_id, verdict = alert_id_of(row["alert_id"]), _verdict(row["label"])
        problems = list(_of_texts(row))
        if alert_id is None:
            rule = "must be 16 hex digits, as `weathervane alerts` shows them"
            problems.append(_problem("alert_id", rule, row["alert_id"]))
        if verdict is None:
            problems.append(_of_label(row["label"]))
        if problems or verdict is None:
            raise UnusableRow(problems)
        note = row.get("note") or None
        return make_label(verdict, self._at, alert_id=alert_id, note=note, by=self._by)

    def _of_window(self, row: Mapping[str, str]) -> Label:
        problems = list(_of_texts(row))
        entity, signal = row["entity"], _signal(row)
        verdict = _verdict(row.get("label") or _default(row))
        if problem := entity_problem(entity):
            problems.append(_problem("entity", problem, entity))
        if signal is not None and signal not in SIGNALS:
            rule = f"must be {' | '.join(SIGNALS)}, or empty for any"
            problems.append(_problem("signal", rule, row["signal"]))
        elif problem := signal_problem(entity, signal):
            problems.append(_problem("signal", problem, row["signal"]))
        if verdict is None:
            problems.append(_of_label(row["label"]))
        elif row.get("signal") == _EXPECTED and verdict != "expected":
            rule = "must be expected, or empty, where signal is expected"
            problems.append(_problem("label", rule, row["label"]))
        start, end = self._instant(row, "start", problems), self._instant(row, "end", problems)
        if start is not None and end is not None and end <= start:
            problems.append(_problem("end", f"must be after start {row['start']}", row["end"]))
        if problems or start is None or end is None or verdict is None:
            raise UnusableRow(problems)
        known = next((each for each in SIGNALS if each == signal), None)
        kind, note = row.get("kind") or None, row.get("note") or None
        window = Span(entity=entity, start=start, end=end, signal=known, kind=kind)
        return make_label(verdict, self._at, window=window, note=note, by=self._by)

    def _instant(
        self, row: Mapping[str, str], column: str, problems: list[str]
    ) -> dt.datetime | None:
        text = row[column]
        try:
            time = self._times[text]
            if _DATE.fullmatch(text):
                self._zoneless += 1
                if column == "end":
                    # People write the last day, not the day after it.
                    self._whole_days += 1
                    next_day = dt.date.fromisoformat(text) + dt.timedelta(days=1)
                    return self._times[next_day.isoformat()]
            elif not _ZONED.search(text):
                self._zoneless += 1
        except UnusableTime as error:
            problems.append(_problem(column, str(error).partition(";")[0], text))
            return None
        return time


def _default(row: Mapping[str, str]) -> Verdict:
    """The verdict of a window that names none: a campaign without a signal is expected."""
    signal, kind = row.get("signal", ""), row.get("kind", "")
    campaign = kind == "campaign" and not signal
    return "expected" if campaign or signal == _EXPECTED else "true"


def _signal(row: Mapping[str, str]) -> str | None:
    """The signal of a row; None for any. `weathervane simulate` writes "expected" for any."""
    signal = row.get("signal", "")
    return None if signal in ("", _EXPECTED) else current_signal(signal)


def _verdict(text: str) -> Verdict | None:
    # Spreadsheets make TRUE of true.
    return next((verdict for verdict in VERDICTS if verdict == text.lower()), None)


def _of_label(text: str) -> str:
    return _problem("label", f"must be {' | '.join(VERDICTS)}", text)


def _of_texts(row: Mapping[str, str]) -> Iterator[str]:
    for column, problem_of in (("kind", name_problem), ("note", note_problem)):
        text = row.get(column, "")
        if text and (problem := problem_of(text)):
            rule, _, found = problem.partition("; found ")
            yield f"{column} {rule}; got {found}"


def _problem(column: str, rule: str, found: str) -> str:
    rule = rule.partition("; found ")[0]
    return f"{column} {rule}; got {quoted(found)}"


def quoted(text: str) -> str:
    """Quote what was found, shortened if it is long.

    Examples
    --------
    >>> quoted("maybe")
    '"maybe"'
    """
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return json.dumps(shown, ensure_ascii=not shown.isprintable())
