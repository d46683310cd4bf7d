"""Forms that pages send: their fields, and the address to go back to."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from streams.delivery.access.asked import fields_of


class SentForm:
    """The fields of a form. That it is one of our pages the gate has seen.

    Parameters
    ----------
    fields
        The values of each field.
    """

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def one(self, name: str, default: str = "") -> str:
        """Return the value of a field; the default where it is not there, or several times.

        Parameters
        ----------
        name
            The field.
        default
            What stands in for it.
        """
        found = self._fields.get(name, [])
        return found[0] if len(found) == 1 else default

    def all(self, name: str) -> list[str]:
        """Return all values of a field that may be repeated.

        Parameters
        ----------
        name
            The field.
        """
        return self._fields.get(name, [])


async def form_of(request: Request) -> SentForm:
    """Read the form that a request sends.

    Parameters
    ----------
    request
        The request.
    """
    return SentForm(fields_of(await request.body()))


def local_address(text: str, default: str = "/") -> str:
    r"""Return an address of this service, whatever somebody has sent as one.

    Parameters
    ----------
    text
        What was sent.
    default
        What stands in for an address of others.

    Examples
    --------
    >>> [local_address(text) for text in ("/log?by=w", "//evil.example", "https://x", "/\\x", "")]
    ['/log?by=w', '/', '/', '/', '/']
    """
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return default
    try:
        parts = urlsplit(text)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc else text


def go_to(address: str) -> Response:
    """Answer a form: the browser gets a page by itself, and a reload sends nothing twice.

    Parameters
    ----------
    address
        The page's address, of this service.
    """
    return RedirectResponse(local_address(address), HTTPStatus.SEE_OTHER)
