"""Views: what a reader may see of all, where it is not everything."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from streams.items import Name, name_problem
from streams.names.canonical import canonical

ViewKind = Literal["platform", "region", "carrier"]

_KINDS: Final[tuple[ViewKind, ...]] = get_args(ViewKind)


class View(msgspec.Struct, frozen=True):
    """What a reader sees: what concerns one platform, one region, or one carrier's codes.

    Attributes
    ----------
    kind
        What is named.
    name
        Its name, in the form in which names are counted.
    """

    kind: ViewKind
    name: Name

    def __str__(self) -> str:
        """Write it as commands and answers do.

        Examples
        --------
        >>> str(View("platform", "Mall"))
        'platform:Mall'
        """
        return f"{self.kind}:{self.name}"

    @property
    def needs_registry(self) -> bool:
        """Whether the registry says what concerns it: alerts name codes, and no carrier."""
        return self.kind != "platform"


def read_view(text: str) -> View | None:
    """Read a view as `View` writes it; None is ``all``.

    Raises
    ------
    ValueError
        Where it is none; the message says what one is.

    Examples
    --------
    >>> read_view("carrier: Unicom "), read_view("all")
    (View(kind='carrier', name='Unicom'), None)
    """
    if text == "all":
        return None
    before, colon, after = text.partition(":")
    kind = next((one for one in _KINDS if one == before), None)
    name = canonical(after)
    if kind is None or not colon:
        raise ValueError(
            f"must be all, or one of {', '.join(f'{one}:NAME' for one in _KINDS)}; got"
            f" {text[:80]!r}"
        )
    if problem := name_problem(name):
        raise ValueError(f"must name a {kind}: the name {problem}")
    return View(kind, name)
