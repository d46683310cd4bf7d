"""Who reads a page: in which language, by which name, and what they may do."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, quote
from zoneinfo import ZoneInfo

import msgspec
from starlette.types import Scope

from streams.access.door import Door, Headers, session_secret
from streams.access.roles import Identity, permits
from streams.access.secrets import csrf_token
from streams.delivery.access.asked import asked_of
from streams.delivery.console.frame.said import SAID_COOKIE, SaidDeed, read_said
from streams.language.catalogue import LANGUAGES, Language
from streams.language.preferred import preferred

LANGUAGE_COOKIE: Final = "weathervane-language"
"""The cookie that keeps the language that somebody has chosen."""

LANGUAGE_PARAMETER: Final = "lang"
"""The part of an address that chooses it."""

LIVE_HEADER: Final = "x-live"
"""The header by which a script asks for a page in place of the one that is open."""

_MOST_PARTS: Final = 1000
_AS_IT_IS: Final = "%/:@!$&'()*+,;=~"
"""What stands in an address beside letters and digits; a % begins what is quoted already."""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever a page is for.

    Attributes
    ----------
    language, chosen
        The page's language, and whether the address has just chosen it.
    identity
        Who asks; None where nobody is known, as before a login.
    zone
        The zone of the page's times.
    csrf
        What each form sends back in the field `csrf`; empty where there is no session.
    path, query
        Of the address that was asked for, quoted as they stand in an address: a link to it leads to
        this service, and to this very page. The path begins with one slash.
    said
        What they have just done: a whole page says it, once.
    """

    language: Language
    chosen: bool
    identity: Identity | None
    zone: ZoneInfo
    csrf: str
    path: str
    query: str
    said: tuple[SaidDeed, ...] = ()

    @property
    def name(self) -> str:
        """What they do is by this name; empty where nobody is known."""
        return "" if self.identity is None else self.identity.name

    @property
    def sees_all(self) -> bool:
        """Whether what is not of one platform, region or carrier is for them too."""
        return self.identity is None or self.identity.view is None

    @property
    def may_act(self) -> bool:
        """Whether buttons are of use to them; who does not see everything has none."""
        known = self.identity
        return (
            known is not None
            and known.view is None
            and permits(known.role, "operator")
            and "act" in known.scopes
        )

    @property
    def address(self) -> str:
        """The address that was asked for: a form that comes back here sends it as `next`."""
        return f"{self.path}?{self.query}" if self.query else self.path


def reader_of(scope: Scope, door: Door, zone: ZoneInfo, identity: Identity | None) -> Reader:
    """Return who has sent a request.

    Parameters
    ----------
    scope
        The request.
    door
        What the configuration says of who may come in.
    zone
        The zone of times.
    identity
        Who asks.
    """
    headers = asked_of(scope).headers
    query = quote(scope["query_string"], safe=f"{_AS_IT_IS}?")
    chosen = _chosen(query)
    secret = session_secret(door, headers)
    by_session = identity is not None and identity.via == "session"
    accepted = ",".join(headers.get("accept-language", ()))
    return Reader(
        language=chosen or _ours(_cookie(headers, LANGUAGE_COOKIE) or "") or preferred(accepted),
        chosen=chosen is not None,
        identity=identity,
        zone=zone,
        csrf=csrf_token(secret) if by_session and secret is not None else "",
        path=_path(scope),
        query=query,
        # A page that asks for itself again shows nothing that was said, and leaves it to the next.
        said=() if LIVE_HEADER in headers else read_said(_cookie(headers, SAID_COOKIE) or ""),
    )


def _path(scope: Scope) -> str:
    """Return the path that was asked for, quoted; ``//host`` would be the address of another."""
    sent: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return f"/{quote(sent, safe=_AS_IT_IS).lstrip('/')}"


def _chosen(query: str) -> Language | None:
    try:
        found = parse_qs(query, max_num_fields=_MOST_PARTS).get(LANGUAGE_PARAMETER, [])
    except ValueError:
        return None
    return _ours(found[-1]) if found else None


def _cookie(headers: Headers, wanted: str) -> str | None:
    for line in headers.get("cookie", ()):
        for pair in line.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == wanted:
                return value.strip('"')
    return None


def _ours(text: str) -> Language | None:
    return next((language for language in LANGUAGES if language == text), None)
