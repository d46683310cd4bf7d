"""Options of commands that may act at a serve process: its address, and the token."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from streams.actions.http_client import url_problem
from streams.cli.console import fail

URL_VARIABLE: Final = "WEATHERVANE_URL"
SECRET_VARIABLE: Final = "WEATHERVANE_TOKEN"  # noqa: S105 - its name, and no secret
_TOKEN = re.compile(r"[!-~]{1,1000}")
_MOST_BYTES: Final = 4096

UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="Act at this serve process instead of on Kafka. Default: WEATHERVANE_URL.",
        show_default=False,
    ),
]
TokenFileOption = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="File of the token for --url. Default: the token in WEATHERVANE_TOKEN.",
        show_default=False,
    ),
]


class ServeAddress(NamedTuple):
    """A serve process, and the token that says who asks."""

    url: str
    token: str | None

    def __repr__(self) -> str:
        """Leave the token out."""
        return f"ServeAddress({self.url!r})"


def serve_of(
    url: str | None, token_file: Path | None, bootstrap: str | None
) -> ServeAddress | None:
    """Return the serve process that is asked for, None for Kafka, or end with status 2.

    An option goes before a variable, so that --bootstrap asks for Kafka whatever WEATHERVANE_URL
    says.
    """
    if url is not None and bootstrap is not None:
        fail("--url must be given without --bootstrap: either serve or Kafka takes it", 2)
    found = url if url is not None or bootstrap is not None else os.environ.get(URL_VARIABLE)
    if not found:
        if token_file is not None:
            fail(f"--token-file must be given with --url or {URL_VARIABLE}", 2)
        return None
    if problem := url_problem(found):
        fail(f"{URL_VARIABLE if url is None else '--url'} {problem}", 2)
    return ServeAddress(found, _token(token_file))


def _token(file: Path | None) -> str | None:
    if file is None:
        place, text = SECRET_VARIABLE, os.environ.get(SECRET_VARIABLE, "")
        if not text:
            return None
    else:
        place = "--token-file"
        try:
            with file.open("rb") as opened:
                text = opened.read(_MOST_BYTES).decode("ascii", "replace")
        except OSError as error:
            fail(f"--token-file must be a file that can be read; {file}: {error.strerror}", 2)
    token = text.strip()
    if not _TOKEN.fullmatch(token):
        fail(f"{place} must hold one token, as `weathervane token add` prints it", 2)
    return token
