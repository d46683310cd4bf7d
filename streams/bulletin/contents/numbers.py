"""What kind of number a sender is: an access code (port), or a subscriber's (point to point). Pure.

Mobile numbers of China have eleven digits and begin with 13 to 19. Access codes are those of the
plan of codes, whatever the registry holds, and the short numbers of services.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal

NumberKind = Literal["port", "point_to_point", "other", ""]
"""port: an access code. point_to_point: a subscriber's number. other: any other sender, such as a
mail domain. "": the complaint names no sender."""

NUMBER_KINDS: Final[tuple[NumberKind, ...]] = ("port", "point_to_point", "other")

_MOBILE: Final = re.compile(r"(?:86|0086)?1[3-9][0-9]{9}", re.ASCII)
_OTHER_NUMBER: Final = re.compile(r"(?:\+|0|00)[1-9][0-9]{7,14}", re.ASCII)
"""Landlines, and numbers in the international form."""

_SHORT: Final = re.compile(r"(?:10[0-9]{3}|9[56][0-9]{3,}|12[0-9]{3,})", re.ASCII)


def number_kind(sender: str, is_code: Callable[[str], bool]) -> NumberKind:
    """Say what kind of number a sender is.

    Parameters
    ----------
    sender
        Its id.
    is_code
        Whether a number is a code of the plan, or a registered one.

    Examples
    --------
    >>> planned = lambda number: number.startswith("1069")
    >>> [number_kind(s, planned) for s in ("106900012345", "+8613800138000", "01062300000")]
    ['port', 'point_to_point', 'point_to_point']
    >>> [number_kind(s, planned) for s in ("95588", "+442079460018", "shop.example")]
    ['port', 'point_to_point', 'other']
    """
    if is_code(sender):
        return "port"
    if _MOBILE.fullmatch(sender) or _OTHER_NUMBER.fullmatch(sender):
        return "point_to_point"
    return "port" if _SHORT.match(sender) and sender.isdigit() else "other"
