"""Cases as people see them in a terminal."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from typing import Any, Final

import orjson

from streams.cases.desk import CaseAnswer, CaseRows
from streams.cases.wording import CASE_EVENTS, CASE_STATES, COMPLAINT_KINDS, ORIGINS, PARTIES
from streams.cli.actions.rows import print_table, shown_time
from streams.cli.console import err, out
from streams.cli.language import reader
from streams.language.catalogue import Catalogue, mark
from streams.printable import printable

_HEADS: Final = (
    mark("Case"), mark("State"), mark("Title"), mark("Addressee"), mark("Deadline"), mark("Owner"),
    mark("Opened"),
)  # fmt: skip
_STATES: Final = {str(name): word for name, word in CASE_STATES.items()}
_PARTIES: Final = {str(name): word for name, word in PARTIES.items()}
_LOG_HEADS: Final = (mark("At"), mark("By"), mark("What"), mark("Text"), mark("Id"))


def print_answer(answer: CaseAnswer) -> None:
    """Say what became of a request."""
    words = reader()
    text = words.gettext("case {case} is {state}; version {n}")
    line = text.format(case=answer.case_id, state=_state(words, answer.state), n=answer.version)
    out.print(line, soft_wrap=True, highlight=False, markup=False)


def print_cases(found: CaseRows, timezone: str) -> None:
    """Print a table of cases."""
    words = reader()
    rows = [
        (
            row["case_id"],
            _state(words, row["state"]) + _late(words, row),
            row["title"],
            row["addressee"] or "",
            _time(row["deadline"], timezone),
            row.get("owner") or "",
            _time(row["opened_at"], timezone),
        )
        for row in found.rows
    ]
    print_table(words, _HEADS, rows)
    text = words.ngettext("{n} case; times in {zone}", "{n} cases; times in {zone}", len(rows))
    err.print(text.format(n=f"{len(rows):,}", zone=timezone), highlight=False)
    if found.filed:
        text = words.ngettext(
            "{n} case that was over long ago is shown by its id only",
            "{n} cases that were over long ago are shown by their ids only",
            found.filed,
        )
        err.print(text.format(n=f"{found.filed:,}"), highlight=False)


def print_case(case: Mapping[str, Any], timezone: str, *, as_json: bool) -> None:
    """Print a case with its evidence, and what was done about it."""
    if as_json:
        sys.stdout.write(f"{orjson.dumps(case).decode()}\n")
        return
    words = reader()
    kind, origin = case.get("kind") or "", case.get("origin") or ""
    fields = [
        (mark("Case"), case["case_id"]),
        (mark("Title"), case["title"]),
        (mark("State"), _state(words, case["state"]) + _late(words, case)),
        (mark("Version"), f"{case['version']}"),
        (
            mark("Complaints"),
            words.gettext(COMPLAINT_KINDS[kind]) if kind in COMPLAINT_KINDS else "",
        ),
        (mark("About"), case.get("entity") or ""),
        (mark("Opened from"), words.gettext(ORIGINS[origin]) if origin in ORIGINS else ""),
        (mark("Owner"), case.get("owner") or ""),
        (mark("Addressee"), case.get("addressee") or ""),
        (mark("Deadline"), _time(case.get("deadline"), timezone)),
        (mark("May become"), ", ".join(_state(words, each) for each in case.get("may", ()))),
    ]
    for name, value in fields:
        if value:
            line = f"{words.gettext(name)}: {printable(value)}"
            out.print(line, soft_wrap=True, highlight=False, markup=False)
    for each in case.get("evidence", ()):
        text = words.gettext("Evidence: alert {alert}, revision {n}: {sentence}")
        line = text.format(
            alert=each["alert_id"], n=each["revision"], sentence=printable(each["summary"])
        )
        out.print(line, soft_wrap=True, highlight=False, markup=False)
    for name, value in case.get("figures", {}).items():
        out.print(f"{printable(name)}: {value:g}", soft_wrap=True, highlight=False, markup=False)
    print_table(words, _LOG_HEADS, [_step(words, each, timezone) for each in case.get("log", ())])


def _step(words: Catalogue, step: Mapping[str, Any], timezone: str) -> tuple[str, ...]:
    what = [_word(words, CASE_EVENTS, step["type"])]
    if "to" in step:
        what.append(_state(words, step["to"]))
    what += [str(step[name]) for name in ("addressee", "owner") if step.get(name)]
    if step.get("deadline"):
        what.append(words.gettext("until {time}").format(time=_time(step["deadline"], timezone)))
    text = words.gettext("(erased)") if step.get("erased") else step.get("text") or ""
    by = step.get("by") or _word(words, _PARTIES, step["party"])
    return _time(step["at"], timezone), by, " ".join(what), text, step["id"]


def _state(words: Catalogue, state: str | None) -> str:
    return "" if state is None else _word(words, _STATES, state)


def _late(words: Catalogue, row: Mapping[str, Any]) -> str:
    return f" ({words.gettext('overdue')})" if row.get("overdue") else ""


def _time(text: str | None, timezone: str) -> str:
    return "" if text is None else shown_time(dt.datetime.fromisoformat(text), timezone)


def _word(words: Catalogue, table: Mapping[str, str], name: str) -> str:
    """Return the word for a name of a table; one of a later version stands for itself."""
    word = table.get(name)
    return name if word is None else words.gettext(word)
