"""Tables on who may reach serve: its certificate, and a proxy that says who asks."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from streams.access.roles import Role
from streams.config.fields import FilePath, Table

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
_OWN_HEADERS = {"authorization", "cookie", "host", "origin", "content-type", "content-length"}


def _peer(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(
            'must be an IP address or a network, such as "10.0.0.5" or "10.1.0.0/16"'
        ) from None
    if network.prefixlen == 0:
        raise ValueError("must not be every address there is")
    return text


def _header(text: str) -> str:
    if _HEADER.fullmatch(text) is None or text.lower() in _OWN_HEADERS:
        raise ValueError('must be the name of a header of its own, such as "X-Forwarded-User"')
    return text


_HeaderName = Annotated[str, AfterValidator(_header)]


class TlsTable(Table):
    """The certificate by which serve is reached over HTTPS."""

    certificate: FilePath
    key: FilePath


class ProxyTable(Table):
    """A proxy that has logged people in, and says in a header who asks."""

    peers: Annotated[
        list[Annotated[str, AfterValidator(_peer)]], Field(min_length=1, max_length=100)
    ]
    user_header: _HeaderName = "X-Forwarded-User"
    role: Role = "viewer"
