"""What the commands that act share: their options, who acts, and what is said of it."""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
import typer

from streams.actions.action import LONGEST, Action, action_problems, subject_of
from streams.actions.desk import Desk, DeskError
from streams.alerts.cloudevent import Alert
from streams.alerts.label import alert_id_of, note_problem
from streams.cli.access.people import local_name
from streams.cli.actions.serve_options import ServeAddress, serve_of
from streams.cli.arguments import connection, nearest, read_config
from streams.cli.console import fail, out
from streams.cli.language import reader
from streams.config.duration import parse_duration
from streams.config.model import Config
from streams.items import name_problem
from streams.printable import printable

CONFLICT = 3
"""The exit status where somebody else has acted since."""

AlertsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="ALERT...",
        help="As `weathervane alerts` shows it, with or without its revision.",
        show_default=False,
    ),
]
ByOption = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="NAME",
        help="Who acts. Default: your name on this system; with --url and a token, the token's.",
        show_default=False,
    ),
]  # fmt: skip
ExpectsOption = Annotated[
    int | None,
    typer.Option(
        "--expects",
        metavar="VERSION",
        min=0,
        help="Do it only if nobody has acted since this version; else exit with status 3.",
        show_default=False,
    ),
]
NoteOption = Annotated[
    str | None,
    typer.Option("--note", metavar="TEXT", help="Why; it can be erased.", show_default=False),
]
ForOption = Annotated[
    str | None,
    typer.Option("--for", metavar="DURATION", help="How long: 30m, 4h, 2d.", show_default=False),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Until when: 2026-03-02T18:00, in the configuration's time zone if it names none.",
        show_default=False,
    ),
]


class DeskAndConfig(NamedTuple):
    """What a command works with."""

    config: Config
    desk: Desk


@contextmanager
def at_desk(
    config: Path | None,
    bootstrap: str | None,
    url: str | None = None,
    token_file: Path | None = None,
) -> Iterator[DeskAndConfig]:
    """Open the desk, at a serve process or on Kafka; what it cannot do ends with status 1."""
    serve = serve_of(url, token_file, bootstrap)
    settings = read_config(config, bootstrap)
    try:
        with _desk(serve, settings) as desk:
            yield DeskAndConfig(settings, desk)
    except DeskError as error:
        fail(str(error))


def _desk(serve: ServeAddress | None, settings: Config) -> AbstractContextManager[Desk]:
    if serve is not None:
        from streams.actions.http_desk import http_desk

        return http_desk(serve.url, serve.token, local_name())
    from streams.actions.kafka_desk import kafka_desk  # it takes a second

    return kafka_desk(connection(settings), settings)


def now_utc() -> dt.datetime:
    """Return the time."""
    return dt.datetime.now(dt.UTC)


def signed(by: str | None, expects: int | None = None) -> dict[str, Any]:
    """Return what all actions have; a name that cannot be one ends the command with status 2."""
    if by is not None and (problem := name_problem(by)):
        fail(f"--by {problem}", 2)
    return {
        "v": 1, "id": uuid.uuid4().hex, "at": now_utc(), "by": by or local_name(),
        "expects": expects,
    }  # fmt: skip


def require_text(option: str, text: str | None) -> None:
    """End the command with status 2 where a text cannot be a note."""
    if text is not None and (problem := note_problem(text)):
        fail(f"{option} {problem}", 2)


def alert_ids(texts: Sequence[str]) -> list[str]:
    """Read ids of alerts, each once, or end the command with status 2."""
    found = []
    for text in texts:
        alert_id = alert_id_of(text)
        if alert_id is None:
            fail(
                "ALERT must be an id as `weathervane alerts` shows it, 16 hexadecimal digits;"
                f" got {printable(text)[:80]}",
                2,
            )
        found.append(alert_id)
    return list(dict.fromkeys(found))


def expects_of_one(ids: Sequence[str], expects: int | None) -> None:
    """End the command with status 2 where one version is expected of several alerts.

    Some would be done and others not.
    """
    if expects is not None and len(ids) > 1:
        fail(f"--expects must be given with one ALERT: each has its own version; got {len(ids)}", 2)


def found_alerts(desk: Desk, ids: Sequence[str]) -> list[Alert]:
    """Return the alerts of these ids, or end the command with status 1 and name the unknown."""
    known = desk.find(ids)
    unknown = [alert_id for alert_id in ids if alert_id not in known]
    if unknown:
        every = desk.known_ids()
        lines = [
            f"ALERT must be a known alert; got {alert_id}, found"
            f" {', '.join(nearest(alert_id, every)) or 'nothing like it'}"
            for alert_id in unknown
        ]
        fail("\n".join([*lines, "nothing is done; `weathervane alerts` shows ids"]))
    return [known[alert_id] for alert_id in ids]


def end_of(lasts: str | None, until: str | None, at: dt.datetime, timezone: str) -> dt.datetime:
    """Return when a silence or a snooze ends, or end the command with status 2."""
    if (lasts is None) == (until is None):
        fail("either --for or --until must say when it ends", 2)
    option = "--for" if lasts is not None else "--until"
    try:
        if lasts is not None:
            end = at + dt.timedelta(seconds=parse_duration(lasts))
        else:
            end = dt.datetime.fromisoformat(str(until))
    except (ValueError, OverflowError) as error:
        example = "" if lasts is not None else 'must be a time such as "2026-03-02T18:00"; '
        fail(f"{option} {example}{printable(str(error))}", 2)
    if end.tzinfo is None:
        end = end.replace(tzinfo=ZoneInfo(timezone))
    if not at < end <= at + LONGEST:
        fail(f"{option} must end after now, and at most {LONGEST.days} days from now", 2)
    return end.astimezone(dt.UTC)


def hand_in(
    desk: Desk,
    submissions: Sequence[tuple[Action, str | None]],
    said: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Do actions, and say so, each with its sentence; a conflict ends the command with status 3."""
    for action, _ in submissions:
        for problem in action_problems(action):
            fail(problem, 2)
    text = reader().gettext("{sentence}; version {n}")  # a language that is none ends here
    outcomes = desk.submit(submissions)
    conflicts = []
    for (action, _), outcome, sentence in zip(submissions, outcomes, said, strict=True):
        if as_json:
            answer = {
                "id": action.id, "result": outcome.result, "version": outcome.version,
                "subject": subject_of(action),
            }  # fmt: skip
            sys.stdout.write(f"{orjson.dumps(answer).decode()}\n")
        elif outcome.result != "conflict":
            line = text.format(sentence=printable(sentence), n=outcome.version)
            out.print(line, soft_wrap=True, highlight=False, markup=False)
        if outcome.result == "conflict":
            conflicts.append(
                f"{printable(subject_of(action))} must have the version that you expect;"
                f" it has {outcome.version} now: somebody has acted since. Look again"
            )
    if conflicts:
        fail("\n".join(conflicts), CONFLICT)
