"""What is checked of each request before anything else: its Host and Origin, and who asks.

A page of anybody's can send requests to a service on a private address, and can have a name of its
own point there. So Host must be an IP address, ``localhost`` or a name from the configuration, and
a page's Origin must be the service itself. That holds on loopback too.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from streams.access.directory import Directory
from streams.access.roles import LOCAL, Identity, Role
from streams.access.secrets import csrf_token, same
from streams.items import name_problem

CSRF_HEADER: Final = "x-csrf-token"
SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_FORWARDED: Final = (
    *("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
    "x-real-ip",
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Headers = Mapping[str, Sequence[str]]
"""The values of each header, by its name in lower case."""


class TrustedProxy(NamedTuple):
    """A proxy whose word is taken: from where, in which header, and for which role."""

    peers: tuple[str, ...]
    user_header: str
    role: Role


class Door(NamedTuple):
    """What the configuration says of who may come in.

    Attributes
    ----------
    host
        Where serve listens.
    names
        Names, in lower case, by which it is reached, beside IP addresses and ``localhost``.
    origins
        Origins that are its own although its Host is another, such as ``https://monitor.example``.
    proxy
        The proxy whose word is taken.
    cookie
        The name of the sessions' cookie.
    secure
        Whether people reach serve over HTTPS, by its own certificate or a proxy's.
    """

    host: str
    names: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    proxy: TrustedProxy | None = None
    cookie: str = "weathervane"
    secure: bool = False


class Asked(NamedTuple):
    """A request, as far as it says who asks; ``csrf`` is what a form says in place of a header."""

    method: str
    scheme: str
    peer: str
    headers: Headers
    csrf: str | None = None


class TurnedAway(NamedTuple):
    """Why a request is not answered."""

    status: HTTPStatus
    detail: str


def wrong_address(door: Door, asked: Asked) -> TurnedAway | None:
    """Say what is wrong with a request's Host and Origin; None where nothing is."""
    host = _only(asked.headers, "host")
    place = None if host is None else _place(asked.scheme, host)
    if place is None or not _is_ours(door, place[0]):
        return TurnedAway(
            HTTPStatus.MISDIRECTED_REQUEST,
            "Host must be an IP address, localhost, or a name of serve.hosts; add the name there"
            " if this service is reached by it",
        )
    origins = asked.headers.get("origin", ())
    if origins and not (len(origins) == 1 and _is_own(door, origins[0], place)):
        return TurnedAway(
            HTTPStatus.FORBIDDEN,
            "Origin must be this service: pages of others may not ask it; name its own address in"
            " serve.hosts if a proxy changes Host",
        )
    site = _only(asked.headers, "sec-fetch-site")
    if asked.method not in SAFE_METHODS and site not in (None, "same-origin", "none"):
        return TurnedAway(
            HTTPStatus.FORBIDDEN, "a change must be asked for by a page of this service, or by none"
        )
    return None


def who_asks(
    door: Door, asked: Asked, directory: Directory, now: dt.datetime
) -> Identity | TurnedAway | None:
    """Return who asks; None where nobody is named, or the name does not hold.

    What is named counts in this order: a token, a proxy's header, a session, the loopback address.
    """
    headers = asked.headers
    if "authorization" in headers:
        secret = _bearer(headers)
        return None if secret is None else directory.with_token(secret, now)
    if door.proxy is not None and _is_among(asked.peer, door.proxy.peers):
        found = headers.get(door.proxy.user_header.lower(), ())
        if found:
            return _by_proxy(door.proxy, found, directory)
    secret = session_secret(door, headers)
    if secret is not None:
        identity = directory.with_session(secret, now)
        if identity is not None and asked.method not in SAFE_METHODS:
            sent = asked.csrf or _only(headers, CSRF_HEADER)
            if sent is None or not same(sent, csrf_token(secret)):
                return TurnedAway(
                    HTTPStatus.FORBIDDEN,
                    "X-CSRF-Token must be that of the session, as GET /api/v1/me gives it",
                )
        if identity is not None:
            return identity
    return LOCAL if is_open(door, asked, directory) else None


def is_open(door: Door, asked: Asked, directory: Directory) -> bool:
    """Whether whoever asks may: on loopback, where nobody has set anything up.

    A proxy on the same machine passes on what others ask: it names them in a header.
    """
    host = _only(asked.headers, "host")
    place = None if host is None else _place(asked.scheme, host)
    return (
        is_loopback(door.host)
        and is_loopback(asked.peer)
        and place is not None
        and is_loopback(place[0])
        and not any(name in asked.headers for name in _FORWARDED)
        and door.proxy is None
        and not directory.is_set_up
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "monitor")]
    [True, True, True, False, False]
    """
    address = _ip(host)
    if address is None:
        return host.lower() == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def address_of(door: Door, asked: Asked) -> str:
    """Return the address of whoever asks: behind a listed proxy, what it says in X-Forwarded-For.

    Of several addresses the last counts that is no listed proxy's: those before it anybody can
    have sent.
    """
    if door.proxy is None or not _is_among(asked.peer, door.proxy.peers):
        return asked.peer
    named = ",".join(asked.headers.get("x-forwarded-for", ())).split(",")
    for address in map(str.strip, reversed(named)):
        if _ip(address) is None:
            break
        if not _is_among(address, door.proxy.peers):
            return address
    return asked.peer


def session_secret(door: Door, headers: Headers) -> str | None:
    """Return the value of the sessions' cookie; None where there is none, or two."""
    found = []
    for line in headers.get("cookie", ()):
        for pair in line.split(";"):
            name, equals, value = pair.strip().partition("=")
            if equals and name == door.cookie:
                found.append(value)
    return found[0] if len(found) == 1 else None


def _by_proxy(proxy: TrustedProxy, found: Sequence[str], directory: Directory) -> Identity | None:
    if len(found) != 1:
        return None  # somebody has sent the header through the proxy
    try:
        name = found[0].encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
    if name_problem(name) is not None:
        return None
    known = directory.user(name)
    if known is None:
        return Identity(name, proxy.role, "proxy")
    return Identity(name, known.role, "proxy", view=known.view)


def _bearer(headers: Headers) -> str | None:
    kind, _, secret = (_only(headers, "authorization") or "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" and secret.strip() else None


def _only(headers: Headers, name: str) -> str | None:
    values = headers.get(name, ())
    return values[0] if len(values) == 1 else None


def _place(scheme: str, netloc: str) -> tuple[str, int] | None:
    """Return host and port of ``host[:port]``; None where it is none."""
    try:
        parts = urlsplit(f"{scheme}://{netloc}")
        port = parts.port
    except ValueError:
        return None
    if parts.netloc != netloc or "@" in netloc or not parts.hostname:
        return None
    return parts.hostname.lower().rstrip("."), port or _DEFAULT_PORTS.get(scheme, 0)


def _is_ours(door: Door, host: str) -> bool:
    return _ip(host) is not None or host == "localhost" or host in door.names


def _is_own(door: Door, origin: str, place: tuple[str, int]) -> bool:
    scheme, _, netloc = origin.partition("://")
    if scheme not in _DEFAULT_PORTS:
        return False  # also `null`, as a page without an origin sends
    if origin.lower() in door.origins:
        return True
    # Behind a proxy that ends TLS, Host is as the page's, and the port that of its scheme.
    netloc_port = _place(scheme, netloc)
    port = place[1] if place[1] not in _DEFAULT_PORTS.values() else _DEFAULT_PORTS[scheme]
    return netloc_port == (place[0], port)


def _is_among(peer: str, networks: Sequence[str]) -> bool:
    address = _ip(peer)
    if address is None:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ipaddress.ip_network(network) for network in networks)


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
