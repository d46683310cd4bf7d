"""Where the commands of documents hear of cases: from serve, or from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
import typer

from streams.actions.desk import DeskError
from streams.actions.http_client import Client, open_client
from streams.bulletin.contents.case_documents import followed_case
from streams.bulletin.contents.handling import FollowedCase
from streams.cli.actions.serve_options import serve_of
from streams.cli.console import fail

CasesOption = Annotated[
    Path | None,
    typer.Option(
        "--cases",
        metavar="FILE",
        help="Cases, one JSON document a line, as the API shows them. Default: serve is asked"
        " where --url names one.",
        show_default=False,
    ),
]
CasesUrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="The serve process that is asked for cases. Default: WEATHERVANE_URL.",
        show_default=False,
    ),
]

_PAGE: Final = 1000
_MOST_PAGES: Final = 30


class _CasesPage(msgspec.Struct):
    cases: list[msgspec.Raw]
    after: str | None = None


_cases_page = msgspec.json.Decoder(_CasesPage)


class _CaseRow(msgspec.Struct):
    case_id: str
    addressee: str | None = None


_case_row = msgspec.json.Decoder(_CaseRow)


def cases_of(
    file: Path | None, url: str | None, token_file: Path | None
) -> list[FollowedCase] | None:
    """Return all cases, None where nobody is asked, or end with an error.

    Parameters
    ----------
    file
        What ``--cases`` says.
    url, token_file
        Where serve is, and the file of the token.
    """
    if file is not None:
        return _from_file(file)
    address = serve_of(url, token_file, None)
    if address is None:
        return None
    try:
        with open_client(address.url, address.token) as client:
            return list(_from_serve(client))
    except DeskError as error:
        fail(str(error))
    except ValueError as error:
        fail(f"{address.url} must be a serve process of this version; {error}")


def _from_file(file: Path) -> list[FollowedCase]:
    found = []
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        fail(f"--cases must be a file that can be read; {file}: {error.strerror}", 2)
    for number, line in enumerate(lines, 1):
        try:
            found.append(followed_case(line))
        except ValueError as error:
            fail(f"{file}, line {number}: must be the document of a case; {error}", 2)
    return found


def _from_serve(client: Client) -> list[FollowedCase]:
    found: list[FollowedCase] = []
    asked = {"limit": str(_PAGE)}
    for _ in range(_MOST_PAGES):
        page = _cases_page.decode(client.get("/api/v1/cases", asked) or b"{}")
        for row in page.cases:
            case = _case_row.decode(row)
            if case.addressee is None:  # who has handed it to nobody: its row says all
                found.append(followed_case(bytes(row)))
                continue
            raw = client.get(f"/api/v1/cases/{quote(case.case_id)}", may_be_absent=True)
            if raw is not None:
                found.append(followed_case(raw))
        if page.after is None:
            break
        asked["after"] = page.after
    return found
