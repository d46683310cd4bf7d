"""Puts settings of ``[detect]`` into the text of a configuration, and changes nothing else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

_HEADER = re.compile(r"\s*(\[+)\s*([^\[\]]+?)\s*\]+\s*(#.*)?$")
_TABLES = ("detect", "detect.burst", "detect.split")


class NotAsTables(ValueError):
    """The text does not write ``detect`` as separate tables."""


def with_detect(text: str, detect: Mapping[str, Any], said: Sequence[str]) -> str:
    r"""Replace the tables of ``[detect]``.

    Parameters
    ----------
    text
        The text of the configuration.
    detect
        The whole table, with its tables ``burst`` and ``split``.
    said
        Lines of the comment above the table: where the settings come from.

    Raises
    ------
    NotAsTables
        If the tables cannot be replaced without changing other text.

    Examples
    --------
    >>> print(with_detect("[detect]\nmin_count = 3\n[count]\n", {"min_count": 5}, ["tuned"]))
    [count]
    <BLANKLINE>
    # tuned
    [detect]
    min_count = 5
    <BLANKLINE>
    """
    kept, inside = [], False
    for line in text.splitlines():
        header = _HEADER.match(line)
        if header:
            inside = header[1] == "[" and re.sub(r"[\s\"']", "", header[2]) in _TABLES
        if not inside:
            kept.append(line)
    parts = ["\n".join(kept).strip(), "\n".join(f"# {line}" for line in said)]
    tables = {"detect": {key: value for key, value in detect.items() if not _is_apart(value)}}
    for name in ("burst", "split"):
        if name in detect:
            tables[f"detect.{name}"] = dict(detect[name])
    body = "\n\n".join(
        "\n".join([f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())])
        for name, table in tables.items()
    )
    written = "\n\n".join(part for part in parts if part) + "\n" + body + "\n"
    if _read(written) != {**tomllib.loads(text), "detect": dict(detect)}:
        raise NotAsTables(
            "detect must be written as the tables [detect], [detect.burst] and [detect.split], so"
            " that they can be replaced; it is written otherwise"
        )
    return written


def _is_apart(value: object) -> bool:
    """Whether a value is a table of its own, or several."""
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(each, dict) for each in value)
    )


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _value(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'  # durations and names of detectors: nothing needs escaping
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)
