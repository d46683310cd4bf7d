"""Figures as a JSON document: names of fields are those of the program, in every language."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any


def plain_values(value: Any) -> Any:
    """Return what JSON can hold: a tuple with names becomes an object.

    Parameters
    ----------
    value
        Figures of a document.

    Examples
    --------
    >>> from streams.bulletin.contents.bulletin import Missing
    >>> plain_values((Missing("no_before"), dt.date(2026, 3, 1)))
    [{'what': 'no_before', 'figures': []}, '2026-03-01']
    """
    if isinstance(value, dt.date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain_values(each) for name, each in named.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain_values(each) for name, each in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [plain_values(each) for each in value]
    return value
