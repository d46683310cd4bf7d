"""What of a configuration decides the alerts: the value that its hash is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

NOTHING: Mapping[str, Any] = MappingProxyType({})


def deciding(table: BaseModel, leave_out: Mapping[str, Any] = NOTHING) -> dict[str, Any]:
    """Return the keys of a table that differ from their defaults, with their values.

    A key that a later version adds is not among them until a user sets it, so that the new
    version gives every configuration the hash that it had. A path stands for a file that
    decides: its value is the hash of the file's contents, wherever the file is.

    Parameters
    ----------
    table
        The table.
    leave_out
        Keys that do not decide, each with True. A key whose value is a table may have the
        keys to leave out of that table instead.

    Examples
    --------
    >>> from streams.config.tables import Count
    >>> deciding(Count(bucket="1h", lateness="10s"))
    {'bucket': 3600.0}
    """
    out: dict[str, Any] = {}
    for name, field in type(table).model_fields.items():
        left_out = leave_out.get(name, NOTHING)
        if left_out is True:
            continue
        value = _plain(getattr(table, name), left_out)
        default = field.get_default(call_default_factory=True, validated_data={})
        if field.is_required() or value != _plain(default, left_out):
            out[field.alias or name] = value
    return out


def _plain(value: Any, leave_out: Mapping[str, Any]) -> Any:
    if isinstance(value, BaseModel):
        return deciding(value, leave_out)
    if isinstance(value, Path):
        return hashlib.sha256(value.read_bytes()).hexdigest()
    if isinstance(value, list):
        return [_plain(each, leave_out) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each, leave_out) for name, each in value.items()}
    return value
