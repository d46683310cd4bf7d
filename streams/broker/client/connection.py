"""Where a broker is and how it is to be reached, as configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Connection:
    """A broker's address and the client settings for it.

    Attributes
    ----------
    bootstrap
        ``host:port``, several of them separated by commas.
    client
        librdkafka's names to values; kept out of the repr because of the secrets.
    """

    bootstrap: str
    client: Mapping[str, str] = field(default_factory=dict, repr=False)


class Secret(str):
    """A text that does not show itself in a repr: clients log their settings that way.

    Examples
    --------
    >>> {"sasl.password": Secret("hunter2")}
    {'sasl.password': '***'}
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"
