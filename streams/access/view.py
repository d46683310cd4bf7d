"""Views: what a reader may see of all, where it is not everything."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from streams.items import Name, name_problem
from streams.names.canonical import canonical

ViewOf = Literal["platform", "region", "carrier"]

_KINDS: Final[tuple[ViewOf, ...]] = get_args(ViewOf)


class View(msgspec.Struct, frozen=True):
    """What a reader sees: what concerns one platform, one region, or one carrier's codes.

    Attributes
    ----------
    of
        What is named.
    name
        Its name, in the form in which names are counted.
    """

    of: ViewOf
    name: Name

    def __str__(self) -> str:
        """Write it as commands and answers do.

        Examples
        --------
        >>> str(View("platform", "Mall"))
        'platform:Mall'
        """
        return f"{self.of}:{self.name}"

    @property
    def needs_registry(self) -> bool:
        """Whether the registry says what concerns it: alerts name codes, and no carrier."""
        return self.of != "platform"


def read_view(text: str) -> View | None:
    """Read a view as `View` writes it; None is ``all``.

    Raises
    ------
    ValueError
        Where it is none; the message says what one is.

    Examples
    --------
    >>> read_view("carrier: Unicom "), read_view("all")
    (View(of='carrier', name='Unicom'), None)
    """
    if text == "all":
        return None
    before, colon, after = text.partition(":")
    of = next((kind for kind in _KINDS if kind == before), None)
    name = canonical(after)
    if of is None or not colon:
        raise ValueError(
            f"must be all, or one of {', '.join(f'{kind}:NAME' for kind in _KINDS)}; got"
            f" {text[:80]!r}"
        )
    if problem := name_problem(name):
        raise ValueError(f"must name a {of}: the name {problem}")
    return View(of, name)
