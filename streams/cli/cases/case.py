"""``weathervane case``: leads that are handed on, and followed until they are over."""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import orjson
import typer

from streams.actions.desk import DeskError
from streams.cases.addressee import addressee_problem
from streams.cases.desk import CaseDesk
from streams.cases.listing import CaseFilter
from streams.cases.moves import STATES
from streams.cases.request import OpenRequest, StepRequest, read_request
from streams.cases.wire import ROW
from streams.cli.access.people import local_name
from streams.cli.actions.given import CONFLICT, ByOption, ExpectsOption, alert_ids
from streams.cli.actions.rows import print_rows
from streams.cli.actions.serve_options import ServeAddress, TokenFileOption, UrlOption, serve_of
from streams.cli.arguments import (
    BootstrapOption,
    ConfigOption,
    JsonOption,
    SinceOption,
    connection,
    in_zone,
    parse_since,
    read_config,
)
from streams.cli.cases.shown import print_answer, print_case, print_cases
from streams.cli.console import fail
from streams.cli.csv_table import CsvOption, one_form
from streams.config.model import Config

_What = Literal[
    "open", "list", "show", "move", "note", "progress", "assign", "evidence", "erase", "export"
]
_Form = TypeVar("_Form", OpenRequest, StepRequest)


def _option(name: str, help: str, metavar: str = "NAME") -> Any:
    return typer.Option(name, metavar=metavar, help=help, show_default=False)


def case(
    what: Annotated[
        _What,
        typer.Argument(
            metavar="open|list|show|move|note|progress|assign|evidence|erase|export",
            help="What to do.",
            show_default=False,
        ),
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CASE] [STATE|TEXT|ALERT|EVENT]",
            help="The case; with move the state that it goes to, with note and progress the text,"
            " with evidence alerts, with erase the event whose text goes; with open an alert.",
            show_default=False,
        ),
    ] = None,
    family: Annotated[
        bool, typer.Option("--family", help="With open: the alerts under the alert are evidence.")
    ] = False,
    title: Annotated[str | None, _option("--title", "With open: what it is about.", "TEXT")] = None,
    kind: Annotated[
        str | None,
        _option(
            "--kind",
            "Kind of complaints: marketing, fraud, illegal, optout_ignored, other.",
            "KIND",
        ),
    ] = None,
    entity: Annotated[
        str | None, _option("--entity", "What is complained of: level/id.", "LEVEL/ID")
    ] = None,
    owner: Annotated[
        str | None, _option("--owner", 'Whose it is at the centre; "" is nobody.')
    ] = None,
    addressee: Annotated[
        str | None,
        _option("--addressee", "Whom it is for: platform/NAME, carrier/NAME, ...", "KIND/NAME"),
    ] = None,
    deadline: Annotated[
        str | None,
        _option("--deadline", "Until when: a time, or a day, which is its end.", "TIME"),
    ] = None,
    state: Annotated[str | None, _option("--state", "With list: only in this.", "STATE")] = None,
    in_hand: Annotated[
        bool, typer.Option("--in-hand", help="With list: what is not over.")
    ] = False,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="With list: whose deadline has passed.")
    ] = False,
    since: SinceOption = None,
    note: Annotated[
        str | None,
        _option("--note", "Why. After a transfer both see it.", "TEXT"),
    ] = None,
    by: ByOption = None,
    expects: ExpectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Open a case, hand it on, and follow it until it is over.

    A case goes from received over verified, transferred, accepted, handled and look_back to closed;
    or it is recurred, rejected or withdrawn. Exit status 3 if somebody has moved it since.

    Example: weathervane case open 2b1926685558e977 --family --kind marketing

    Example: weathervane case move 5dab358fa9db1619 transferred --addressee platform/Mall

    Example: weathervane case list --overdue --csv
    """
    one_form(json=as_json, csv=as_csv)
    given = names or []
    serve = serve_of(url, token_file, bootstrap)
    settings = read_config(config, bootstrap)
    if what in ("list", "export"):
        if given:
            fail(f"{what} must be given no name; --addressee, --state and so on choose", 2)
        begin = in_zone(parse_since(since), settings.timezone)
        wanted = _filter(state, in_hand, overdue, addressee, owner, kind, entity, begin)
        with _at_desk(serve, settings) as desk:
            found = desk.rows(wanted)
        if as_json or as_csv or what == "export":
            print_rows(found.rows, names=ROW, as_csv=as_csv or (what == "export" and not as_json))
        else:
            print_cases(found, settings.timezone)
        return
    if what == "open":
        if len(given) > 1:
            fail("open must be given one ALERT, or none and --title", 2)
        document: dict[str, Any] = {
            "alert_id": alert_ids(given)[0] if given else None, "family": family, "title": title,
            "kind": kind, "entity": entity, "owner": owner,
        }  # fmt: skip
        request = _request(document, OpenRequest, by, note)
        with _at_desk(serve, settings) as desk:
            answer = desk.open(request)
        _say(answer, as_json=as_json)
        return
    if not given or not _is_id(given[0]):
        fail(f"{what} must be given a CASE, 16 hexadecimal digits; `weathervane case list`", 2)
    case_id, rest = given[0], given[1:]
    if what == "show":
        with _at_desk(serve, settings) as desk:
            document_found = desk.show(case_id)
        if document_found is None:
            fail(f"there is no case {case_id}; `weathervane case list` shows those there are")
        print_case(document_found, settings.timezone, as_json=as_json)
        return
    until = _deadline(deadline, settings.timezone)
    terms = {"owner": owner, "addressee": addressee, "deadline": until}
    asked = _step(what, rest, terms, by, note)
    with _at_desk(serve, settings) as desk:
        if what in ("move", "assign"):
            seen = desk.show(case_id) if expects is None else {"version": expects}
            if seen is None:
                fail(f"there is no case {case_id}; `weathervane case list` shows those there are")
            asked = msgspec.structs.replace(asked, expects=int(seen["version"]))
        answer = desk.step(case_id, asked)
    _say(answer, as_json=as_json)


@contextmanager
def _at_desk(serve: ServeAddress | None, settings: Config) -> Iterator[CaseDesk]:
    try:
        with _desk(serve, settings) as desk:
            yield desk
    except DeskError as error:
        fail(str(error))


def _desk(serve: ServeAddress | None, settings: Config) -> AbstractContextManager[CaseDesk]:
    if serve is not None:
        from streams.cases.http_desk import http_case_desk

        return http_case_desk(serve.url, serve.token)
    from streams.cases.kafka_desk import kafka_case_desk  # it takes a second

    return kafka_case_desk(connection(settings), settings, local_name())


def _step(
    what: str, rest: list[str], terms: dict[str, Any], by: str | None, note: str | None
) -> StepRequest:
    document: dict[str, Any] = {"type": what, **terms}
    if terms["addressee"] and (problem := addressee_problem(terms["addressee"])):
        fail(f"--addressee {problem}", 2)
    one = {"move": "STATE", "note": "TEXT", "progress": "TEXT", "erase": "EVENT"}
    if what in one and len(rest) != 1:
        fail(f"{what} must be given a CASE and one {one[what]}", 2)
    if what == "assign" and rest:
        fail("assign must be given one CASE; --owner, --addressee and --deadline say what", 2)
    match what:
        case "move":
            if rest[0] not in STATES:
                fail(f"STATE must be one of {', '.join(STATES)}; got {rest[0]}", 2)
            document["to"] = rest[0]
        case "note" | "progress":
            if note is not None:
                fail(f"--note must be left out with {what}: TEXT is the text", 2)
            note = rest[0]
        case "evidence":
            if not rest:
                fail("evidence must be given a CASE and an ALERT", 2)
            document["alerts"] = alert_ids(rest)
        case "erase":
            document["event_id"] = rest[0]
    return _request(document, StepRequest, by, note)


def _request(
    document: dict[str, Any], form: type[_Form], by: str | None, text: str | None
) -> _Form:
    """Make a request, or end with status 2."""
    every = {**document, "id": uuid.uuid4().hex, "by": by, "text": text}
    try:
        # What is not given is left out, so that each type is asked only for what is its own.
        return read_request(
            {name: value for name, value in every.items() if value is not None}, form
        )
    except (ValueError, msgspec.ValidationError) as error:
        fail(str(error), 2)


def _deadline(text: str | None, timezone: str) -> str | None:
    """Read a deadline; a day ends when the next one begins. Else the command ends with status 2."""
    if text is None:
        return None
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        fail("--deadline must be a day or a time, such as 2026-03-02 or 2026-03-02T18:00", 2)
    if len(text) == len("2026-03-02"):
        time += dt.timedelta(days=1)
    return (time if time.tzinfo else time.replace(tzinfo=ZoneInfo(timezone))).isoformat()


def _filter(
    state: str | None,
    in_hand: bool,
    overdue: bool,
    addressee: str | None,
    owner: str | None,
    kind: str | None,
    entity: str | None,
    since: dt.datetime | None,
) -> CaseFilter:
    if state is not None and state not in STATES:
        fail(f"--state must be one of {', '.join(STATES)}; got {state}", 2)
    states = frozenset(each for each in STATES if each == state)
    return CaseFilter(
        states=states, in_hand=in_hand, overdue=overdue, addressee=addressee, owner=owner,
        kind=kind, entity=entity, opened_since=since,
    )  # fmt: skip


def _is_id(text: str) -> bool:
    return len(text) == 16 and set(text) <= set("0123456789abcdef")


def _say(answer: Any, *, as_json: bool) -> None:
    if as_json:
        document = {name: value for name, value in answer._asdict().items() if value is not None}
        sys.stdout.write(f"{orjson.dumps(document).decode()}\n")
    elif answer.why is None:
        print_answer(answer)
    if answer.why is not None:
        fail(answer.why, CONFLICT)
