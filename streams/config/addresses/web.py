"""Which addresses can be called: found when the configuration is read, not at the first alert."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 8000
"""The most characters of an address."""

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_HOST: Final = 253


def address_problem(url: str) -> str | None:
    """Say why an address cannot be called, or None; what is said repeats nothing of it.

    Examples
    --------
    >>> address_problem("https://pager.example:8443/hooks?token=x")
    >>> address_problem("https://pager.example:99999/")
    'must have a port from 1 to 65535'
    >>> address_problem("ftp://pager.example/")
    'must be an http or https address'
    """
    if len(url) > LONGEST:
        return f"must have at most {LONGEST} characters"
    if not url.isprintable() or any(character.isspace() for character in url):
        return "must be an http or https address without spaces and control characters"
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that hold no address
        return _HOST
    if parts.scheme not in ("http", "https"):
        return "must be an http or https address"
    found = _HOST_AND_PORT.fullmatch(parts.netloc.rpartition("@")[2])
    if found is None:
        return _HOST
    return _port_problem(found[2]) or _host_problem(found[1])


_HOST: Final = "must have a host: a name of letters, digits, hyphens and dots, or an IP address"
_HOST_AND_PORT = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::(.*))?")


def _port_problem(port: str | None) -> str | None:
    if not port or (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536):
        return None
    return "must have a port from 1 to 65535"


def _host_problem(host: str) -> str | None:
    import idna  # httpx's own, and slow to import

    if host.startswith("[") or re.fullmatch(r"[0-9.]+", host):
        return None if _is_ip(host) else _HOST
    try:
        # An ASCII name is taken as it stands, but for the marks of other scripts.
        ascii_host = host if host.isascii() else idna.encode(host.lower()).decode()
        labels = ascii_host.removesuffix(".").split(".")
        if any(label.lower().startswith("xn--") for label in labels):
            idna.decode(ascii_host)  # the whole name, as httpx does
    except (idna.IDNAError, UnicodeError):
        return f"{_HOST}; other scripts by the rules of IDNA"
    if len(ascii_host) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        return _HOST
    return None


def _is_ip(host: str) -> bool:
    try:
        if host.startswith("["):
            ipaddress.IPv6Address(host[1:-1])
        else:
            ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
