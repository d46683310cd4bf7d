"""What a page says of what its reader has just done: kept in a cookie from the form to the page.

The cookie holds no sentence but which one it is, and the name in it: whoever could write the cookie
could make a page say nothing but these.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec

SAID_COOKIE: Final = "weathervane-said"
LASTS_S: Final = 60
_MOST: Final = 5


class SaidDeed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sentence about what was done.

    Attributes
    ----------
    what
        Which deed was done; or ``repeat``, ``conflict``, ``early``, ``unknown``.
    n
        How many it speaks of.
    name
        A name, verdict or time in it; empty where there is none.
    """

    what: str
    n: int = 1
    name: str = ""


_decoder = msgspec.json.Decoder(tuple[SaidDeed, ...])


def written_said(said: tuple[SaidDeed, ...]) -> str:
    """Return the value of the cookie.

    Parameters
    ----------
    said
        The sentences; of many the first ones.
    """
    return base64.urlsafe_b64encode(msgspec.json.encode(said[:_MOST])).decode()


def read_said(value: str) -> tuple[SaidDeed, ...]:
    """Return the sentences of a cookie; none where it is no such cookie.

    Parameters
    ----------
    value
        What a browser has sent.

    Examples
    --------
    >>> read_said(written_said((SaidDeed("note"),))), read_said("?")
    ((SaidDeed(what='note', n=1, name=''),), ())
    """
    try:
        return _decoder.decode(base64.urlsafe_b64decode(value.encode()))[:_MOST]
    except (ValueError, binascii.Error, UnicodeError):
        return ()
