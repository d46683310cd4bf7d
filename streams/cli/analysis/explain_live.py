"""What a serve process knows of an entity, for ``weathervane explain``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import msgspec

from streams.actions.desk import DeskError
from streams.actions.http_client import Client, open_client
from streams.cli.actions.serve_options import serve_of
from streams.cli.analysis.explain_origins import Explainable
from streams.cli.console import fail
from streams.config.model import Config
from streams.explain.document import read_document
from streams.items import Level
from streams.names.in_address import entity_in_address

_ANY: Final = ("0.0.0.0", "::")  # noqa: S104 - addresses that nobody can call
_INSTEAD: Final = "or give SOURCE=FILE or --archive, which need no serve"
_ALIKE: Final = 5


class _AlikeEntity(msgspec.Struct):
    level: Level
    id: str


class _AlikeEntities(msgspec.Struct):
    entities: list[_AlikeEntity]


_alike_entities = msgspec.json.Decoder(_AlikeEntities)


def from_serve(
    settings: Config,
    url: str | None,
    token_file: Path | None,
    level: Level,
    entity: str,
    at: dt.datetime | None,
) -> Explainable:
    """Ask a serve process, or end with an error.

    Parameters
    ----------
    settings
        The configuration: where serve is, if nothing else says it.
    url, token_file
        Where serve is, and the file of the token, as the options say.
    level, entity
        Who is explained.
    at
        A time in the bucket to explain.
    """
    known = serve_of(url, None, None)
    address = serve_of(_configured(settings) if known is None else known.url, token_file, None)
    if address is None:
        raise AssertionError(url)
    place, asked = entity_in_address(level, entity)
    if at is not None:
        asked["at"] = at.isoformat()
    try:
        with open_client(address.url, address.token) as client:
            raw = client.get(f"/api/v1/entities/{place}", asked, may_be_absent=True)
            if raw is None:
                fail(_unknown(client, level, entity))
    except DeskError as error:
        fail(f"{error}; {_INSTEAD}")
    try:
        histories, outlooks = read_document(raw)
    except ValueError as error:
        fail(f"{address.url} must be a serve process of this version; {error}")
    if not histories:
        fail(f"serve holds no counts of {level}/{entity} for this time; {_INSTEAD}")
    return Explainable(histories, outlooks=outlooks)


def _configured(settings: Config) -> str:
    serve = settings.serve
    if serve.url is not None:
        return serve.url
    host = "127.0.0.1" if serve.host in _ANY else serve.host
    name = f"[{host}]" if ":" in host else host
    return f"{'http' if serve.tls is None else 'https'}://{name}:{serve.port}"


def _unknown(client: Client, level: Level, entity: str) -> str:
    raw = client.get("/api/v1/entities", {"search": entity, "limit": str(_ALIKE)})
    alike = _alike_entities.decode(raw or b"{}").entities
    found = ", ".join(f"{one.level}/{one.id}" for one in alike) or "nothing like it"
    return f"ENTITY must be one that serve has seen; got {level}/{entity}, found {found}"
