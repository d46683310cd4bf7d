"""Whom a case is handed to: a platform, a carrier, a region, or another, by name. Pure."""

from __future__ import annotations

from typing import Final

from streams.items import name_problem
from streams.names.canonical import form_of_stored

ADDRESSEE_KINDS: Final = ("platform", "carrier", "region", "other")
"""Before the name of an addressee: ``platform/shop``."""


def addressee_problem(text: str) -> str | None:
    """Say what is wrong with an addressee, or None.

    Examples
    --------
    >>> addressee_problem("platform/shop")
    >>> addressee_problem("shop")
    'must be KIND/NAME, with the kind platform, carrier, region or other'
    """
    kind, slash, name = text.partition("/")
    if not slash or kind not in ADDRESSEE_KINDS:
        return "must be KIND/NAME, with the kind platform, carrier, region or other"
    problem = name_problem(name)
    return None if problem is None else f"has a name that {problem}"


def addressee_in_form(text: str) -> str:
    r"""Name an addressee as platforms are counted today; who has it in hand writes it as it comes.

    Examples
    --------
    >>> addressee_in_form("platform/sh\u200bop")
    'platform/shop'
    """
    kind, slash, name = text.partition("/")
    return f"{kind}{slash}{form_of_stored(name)}"
