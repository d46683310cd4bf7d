"""An entity in an address. Pure."""

from __future__ import annotations

from urllib.parse import quote

from streams.items import Level


def entity_in_address(level: Level | str, name: str) -> tuple[str, dict[str, str]]:
    """Return an entity as the end of an address's path, and the query that goes with it.

    Browsers, clients and proxies take a path's part of dots only for a step up, also where the dots
    are quoted: such a name, which an adversary may choose, stands in the query.

    Parameters
    ----------
    level, name
        The entity.

    Examples
    --------
    >>> entity_in_address("sender", "a/b"), entity_in_address("sender", "..")
    (('sender/a%2Fb', {}), ('sender', {'id': '..'}))
    """
    place = quote(level, safe="")
    if name in (".", ".."):
        return place, {"id": name}
    return f"{place}/{quote(name, safe='')}", {}
