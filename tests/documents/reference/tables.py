"""Markdown tables, and types and bounds of a JSON schema in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; bars in cells are escaped."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def values(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Say in words what values a schema takes.

    Examples
    --------
    >>> values({"type": "integer", "minimum": 1, "maximum": 9}, {})
    'a whole number, 1 to 9'
    >>> values({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]}, {})
    '`"a"`, `"b"`'
    """
    if "$ref" in schema:
        return values(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        kinds = [values(kind, definitions) for kind in schema["anyOf"] if kind != {"type": "null"}]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema or "const" in schema:
        found = schema.get("enum", [schema.get("const")])
        return ", ".join(f'`"{one}"`' if isinstance(one, str) else f"`{one}`" for one in found)
    if schema.get("type") == "array":
        return f"a list of: {values(schema.get('items', {}), definitions)}"
    return _scalar(schema) + _bounds(schema)


def _scalar(schema: dict[str, Any]) -> str:
    if schema.get("format") in ("date-time", "date"):
        return {"date-time": "RFC 3339 time", "date": "a date"}[schema["format"]]
    names = {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "string": "text",
        "object": "a table",
    }
    return names.get(str(schema.get("type")), "any value")


def _bounds(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f", {low} to {_large(high)}"
    words = [
        f"at least {low}" if low is not None else "",
        f"above {above}" if above is not None else "",
        f"at most {_large(high)}" if high is not None else "",
        f"below {below}" if below is not None else "",
    ]
    said = " and ".join(word for word in words if word)
    return f", {said}" if said else ""


def _large(number: float) -> str:
    powers = {2**53 - 1: "2^53 - 1", 2**63 - 1: "2^63 - 1"}
    if number in powers:
        return powers[int(number)]
    return f"{number:,.0f}" if number >= 10_000 else f"{number:g}"
