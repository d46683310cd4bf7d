"""The console's style and scripts: read once, named by what is in them, kept by browsers for ever.

A file's address holds a hash of its contents, so that a browser never has an old one after an
upgrade, and never asks again for one that it has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from importlib import resources
from pathlib import PurePosixPath
from typing import Final

import msgspec
from fastapi import FastAPI, Request, Response

from streams.delivery.feed.problem import ProblemError

PREFIX: Final = "/static/"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_HEADERS: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


class StaticFile(msgspec.Struct, frozen=True):
    """A file: its contents, and their media type."""

    contents: bytes
    kind: str


class StaticFiles:
    """Files by the last part of their addresses.

    Parameters
    ----------
    files
        The contents of each file, by its name.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._named: dict[str, str] = {}
        self._files: dict[str, StaticFile] = {}
        for name, contents in sorted(files.items()):
            place = PurePosixPath(name)
            digest = hashlib.sha256(contents).hexdigest()[:12]
            self._named[name] = f"{place.stem}.{digest}{place.suffix}"
            self._files[self._named[name]] = StaticFile(contents, _KINDS[place.suffix])

    def address(self, name: str) -> str:
        """Return where a file is served.

        Parameters
        ----------
        name
            The file's name.
        """
        return PREFIX + self._named[name]

    def file(self, name: str) -> StaticFile | None:
        """Return the file of an address; None where there is none.

        Parameters
        ----------
        name
            The address without `PREFIX`.
        """
        return self._files.get(name)


def installed_files() -> StaticFiles:
    """Read what is installed with the package."""
    folder = resources.files("streams.delivery.console") / "static"
    return StaticFiles(
        {
            each.name: each.read_bytes()
            for each in folder.iterdir()
            if PurePosixPath(each.name).suffix in _KINDS
        }
    )


def add_static(app: FastAPI, files: StaticFiles) -> None:
    """Serve the files.

    Parameters
    ----------
    app
        The application.
    files
        What it serves.
    """

    @app.get(f"{PREFIX}{{name}}", include_in_schema=False)
    async def static(request: Request) -> Response:
        found = files.file(request.path_params["name"])
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no such file of the console")
        return Response(found.contents, HTTPStatus.OK, _HEADERS, found.kind)
