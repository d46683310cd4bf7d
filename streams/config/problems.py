"""The lines that tell what is wrong in a file: where, the rule, what was found, the remedy.

A value is not shown where it may be a secret: in a field that the model leaves out of its repr, in
a table with such a field, and where it looks like an address, which may hold a password or a token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from streams.config.model import Config

NOT_SHOWN = "a value that is not shown"

_ADDRESS = re.compile(r"://|[^\s\"]:[^\s\"]*@")
_LONGEST = 80

_TYPES = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "path_type": "a path",
    "date_type": "a date without quotes such as 2026-11-11",
}


def lines(detail: ErrorDetails) -> list[str]:
    """Return the lines of one error: key, rule, what was found; a validator may find several."""
    key = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    got = f"; got {NOT_SHOWN if _is_secret(detail['loc']) else shown(detail['input'])}"
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return [f"{key} is not a key; remove it (`weathervane init` shows every key)"]
        case "missing":
            return [f"{key} must be given; found nothing"]
        case "value_error":
            found = str(context["error"]).split("\n")
            if isinstance(detail["input"], dict):  # about a whole table
                # A line that begins with a dot is about one key of the table.
                return [f"{key}{'' if line[0] == '.' else ' '}{line}".lstrip() for line in found]
            return [f"{key} {line}{got}" for line in found]
        case "literal_error":
            return [f"{key} must be {context['expected'].replace(chr(39), chr(34))}{got}"]
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            return [f"{key} must be {_bound(context)}{got}"]
        case "string_too_short" | "too_short":
            return [f"{key} must not be empty{got}"]
        case "string_too_long":
            return [f"{key} must have at most {context['max_length']} characters{got}"]
        case kind:
            return [f"{key} must be {_TYPES.get(kind, detail['msg'])}{got}"]


def _is_secret(loc: tuple[int | str, ...]) -> bool:
    names = [str(part) for part in loc if not isinstance(part, int)]
    fields, tables = _secrets()
    return any(name in fields for name in names) or bool(names and names[-1] in tables)


@cache
def _secrets() -> tuple[frozenset[str], frozenset[str]]:
    """Return the fields that are secret, and the tables that hold them."""
    fields: set[str] = set()
    tables: set[str] = set()

    def walk(model: type[BaseModel]) -> bool:
        own = {name for name, field in model.model_fields.items() if not field.repr}
        holders = set()
        for name, field in model.model_fields.items():
            for inner in models_in(field.annotation):
                if walk(inner):
                    holders.add(name)
        fields.update(own)
        tables.update(holders)
        return bool(own or holders)

    walk(Config)
    return frozenset(fields), frozenset(tables)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the tables that a key of this type may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def _bound(context: Mapping[str, Any]) -> str:
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    return " and ".join(f"{word} {context[k]:.15g}" for k, word in words.items() if k in context)


def shown(value: object) -> str:
    """Write a value about as TOML does, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if _ADDRESS.search(text):
        return NOT_SHOWN  # an address in a wrong place may hold a password or a token
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
