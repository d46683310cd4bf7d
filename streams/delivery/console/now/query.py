"""What somebody wants to see of the open alerts, and the address that says it. Pure.

The address is the whole of it: what is sent to a colleague shows the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple, get_args
from urllib.parse import urlencode

from streams.delivery.api.board_filter import BoardFilter, WantedLabel, WantedState
from streams.detection.misuse.table import MISUSE_SIGNALS
from streams.detection.signals import SIGNALS
from streams.items import LEVELS

Sort = Literal["urgency", "beyond", "newest", "changed"]
"""Orders: by both of the next two, by the evidence, by the opening, by the last revision."""

SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
STATES: Final[tuple[WantedState, ...]] = ("in_progress", "open", "early", "resolved", "retracted")
SEVERITIES: Final = ("critical", "warning")
WANTED_LABELS: Final[tuple[WantedLabel, ...]] = ("none", "true", "false", "expected")
WANTED_LEVELS: Final = (*LEVELS, "source")
WANTED_SIGNALS: Final = (*SIGNALS, *MISUSE_SIGNALS, "source")

MOST_CHARACTERS: Final = 256
"""Of a text that is looked for: as many as a name has."""

MOST_PAGES: Final = 1_000_000

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "state": STATES,
    "level": WANTED_LEVELS,
    "signal": WANTED_SIGNALS,
    "severity": SEVERITIES,
    "label": WANTED_LABELS,
    "acknowledged": ("yes", "no"),
    "hidden": ("yes", "no"),
}
_TEXTS: Final = ("platform", "signature", "category", "owner", "text")
FILTERS: Final = (*_WORDS, *_TEXTS)
"""Fields of the form, which are parts of the address."""


class NowQuery(NamedTuple):
    """What somebody wants to see.

    Attributes
    ----------
    wanted
        Which alerts. Its state is never None: those in progress, unless others are asked for.
    sort
        Which come first.
    family
        Only this alert and those under it.
    page
        Which page of them, from 1.
    """

    wanted: BoardFilter = BoardFilter(state="in_progress")
    sort: Sort = "urgency"
    family: str | None = None
    page: int = 1

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves out some of the alerts in progress."""
        return self.wanted != BoardFilter(state="in_progress") or self.family is not None

    def field(self, name: str) -> str:
        """Return what the form shows of a filter; empty where it is not used.

        Parameters
        ----------
        name
            One of `FILTERS`.
        """
        value = getattr(self.wanted, name)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "" if value is None else str(value)


def from_address(parts: Iterable[tuple[str, str]]) -> NowQuery:
    """Read an address.

    Parameters
    ----------
    parts
        Its parts; those that are not known here are left out, and so are empty ones.

    Raises
    ------
    ValueError
        Where a part says what cannot be; the message says which, and what it may be.
    """
    wanted: dict[str, Any] = {"state": "in_progress"}
    query = NowQuery()
    for name, value in parts:
        if not value:
            continue
        if name in _WORDS:
            _require(name, value, _WORDS[name])
            wanted[name] = {"yes": True, "no": False}.get(value, value)
        elif name in _TEXTS or name == "family":
            if len(value) > MOST_CHARACTERS:
                raise ValueError(f"{name} must have at most {MOST_CHARACTERS} characters")
            if name == "family":
                query = query._replace(family=value)
            else:
                wanted[name] = value
        elif name == "sort":
            _require(name, value, SORTS)
            query = query._replace(sort=next(sort for sort in SORTS if sort == value))
        elif name == "page":
            query = query._replace(page=_page(value))
    return query._replace(wanted=BoardFilter(**wanted))


def to_address(query: NowQuery) -> str:
    """Write the part of an address after the question mark; the same for what is the same.

    Parameters
    ----------
    query
        What is wanted.
    """
    shown = [(name, query.field(name)) for name in FILTERS]
    parts = [(name, value) for name, value in shown if value and value != "in_progress"]
    if query.family is not None:
        parts.append(("family", query.family))
    if query.sort != "urgency":
        parts.append(("sort", query.sort))
    if query.page != 1:
        parts.append(("page", str(query.page)))
    return urlencode(parts)


def _require(name: str, value: str, among: tuple[str, ...]) -> None:
    if value not in among:
        raise ValueError(f"{name} must be one of {', '.join(among)}")


def _page(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= MOST_PAGES):
        raise ValueError(f"page must be a number from 1 to {MOST_PAGES:,}")
    return int(value[:9])
