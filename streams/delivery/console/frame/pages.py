"""Pages as answers: rendered for a reader, with the headers that keep everything else out."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import Response

from streams.delivery.console.frame.forms import local_address
from streams.delivery.console.frame.navigation import Frame, places_for
from streams.delivery.console.frame.reader import LANGUAGE_COOKIE, LANGUAGE_PARAMETER, Reader
from streams.delivery.console.frame.said import SAID_COOKIE
from streams.delivery.console.frame.static_files import StaticFiles
from streams.delivery.console.frame.templates import environment
from streams.language.catalogue import LANGUAGES, NAMES, TAGS, Language

HEADERS: Final = {
    # Our own files, and this service: no inline script or style, no frame, no host but this one.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}
"""Headers of every page; whoever renders one may set others."""

_YEAR_S: Final = 31_536_000
_WHOLE: Final = "<!doctype html>"
"""What a whole page begins with, and no part of one."""


class Pages:
    """Renders templates for readers.

    Parameters
    ----------
    static
        The console's style and scripts.
    frame
        What stands around every page, as it is now.
    secure
        Whether people reach serve over HTTPS.
    """

    def __init__(self, static: StaticFiles, frame: Frame, *, secure: bool) -> None:
        self._static, self._frame, self._secure = static, frame, secure

    def render(
        self,
        template: str,
        reader: Reader,
        status: HTTPStatus = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """Return a page, or a part of one, as an answer.

        Parameters
        ----------
        template
            Which one, below `templates`; that of a whole page extends ``page.html``.
        reader
            Whom it is for.
        status
            The answer's status.
        headers
            Headers beside `HEADERS`, or in their place.
        **values
            What the template shows.
        """
        said = {**HEADERS, "Content-Language": TAGS[reader.language], **(headers or {})}
        text = self.text(template, reader, **values)
        answer = Response(text.encode(), status, said, "text/html; charset=utf-8")
        if reader.said and text.startswith(_WHOLE):
            answer.delete_cookie(SAID_COOKIE)
        if reader.chosen:
            answer.set_cookie(
                LANGUAGE_COOKIE,
                reader.language,
                max_age=_YEAR_S,
                path="/",
                httponly=True,
                samesite="lax",
                secure=self._secure,
            )
        return answer

    def text(self, template: str, reader: Reader, **values: Any) -> str:
        """Return a template with its values.

        Parameters
        ----------
        template
            Which one.
        reader
            Whom it is for.
        **values
            What it shows.
        """
        return (
            environment(reader.language)
            .get_template(template)
            .render(
                reader=reader,
                lang=TAGS[reader.language],
                languages=[
                    (TAGS[each], NAMES[each], address_in(reader, each), each == reader.language)
                    for each in LANGUAGES
                ],
                navigation=places_for(reader.identity),
                frame=self._frame,
                static=self._static.address,
                **values,
            )
        )


def address_in(reader: Reader, language: Language) -> str:
    """Return the address of the page that somebody reads, in a language.

    Parameters
    ----------
    reader
        Who reads it.
    language
        The language.
    """
    try:
        parts = parse_qsl(reader.query, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        parts = []
    kept = [(name, value) for name, value in parts if name != LANGUAGE_PARAMETER]
    asked = urlencode([*kept, (LANGUAGE_PARAMETER, language)])
    return local_address(f"{reader.path}?{asked}", f"/?{asked}")
