"""Draws Avro schemas, values of them, and what the values are as plain documents."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st


class Drawer:
    """Draws one schema, and any number of values."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self._draw = draw
        self._named = 0

    def schema(self, depth: int = 3) -> Any:
        kinds = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
        kinds += ["enum", "fixed", "timestamp-millis", "timestamp-micros", "date", "decimal"]
        if depth:
            kinds += ["record", "array", "map", "union"] * 3
        kind = self._draw(st.sampled_from(kinds))
        self._named += 1
        name = f"N{self._named}"
        if kind == "enum":
            return {"type": "enum", "name": name, "symbols": ["A", "B", "C"]}
        if kind == "fixed":
            return {"type": "fixed", "name": name, "size": self._draw(st.integers(0, 9))}
        if kind.startswith("timestamp"):
            return {"type": "long", "logicalType": kind}
        if kind == "date":
            return {"type": "int", "logicalType": "date"}
        if kind == "decimal":
            return {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
        if kind == "record":
            fields = range(self._draw(st.integers(0, 4)))
            return {
                "type": "record",
                "name": name,
                "namespace": self._draw(st.sampled_from(["", "a", "a.b"])),
                "fields": [{"name": f"f{n}", "type": self.schema(depth - 1)} for n in fields],
            }
        if kind == "array":
            return {"type": "array", "items": self.schema(depth - 1)}
        if kind == "map":
            return {"type": "map", "values": self.schema(depth - 1)}
        if kind == "union":
            inner = self.schema(0)
            return ["null", inner] if inner != "null" else ["null", "string"]
        return kind

    def value(self, schema: Any) -> tuple[Any, Any]:
        """Return a value as a writer takes it, and as it should be read."""
        draw = self._draw
        if isinstance(schema, list):
            branch = draw(st.sampled_from(schema))
            return self.value(branch)
        kind = schema if isinstance(schema, str) else schema.get("logicalType", schema["type"])
        match kind:
            case "null":
                return None, None
            case "boolean":
                return (value := draw(st.booleans())), value
            case "int":
                return (value := draw(st.integers(-(2**31), 2**31 - 1))), value
            case "long":
                return (value := draw(st.integers(-(2**63), 2**63 - 1))), value
            case "float":
                return (value := draw(st.floats(width=32, allow_nan=False))), value
            case "double":
                return (value := draw(st.floats(allow_nan=False))), value
            case "string":
                return (value := draw(st.text(max_size=80))), value
            case "bytes":
                found = draw(st.binary(max_size=5))
                return found, _text(found)
            case "enum":
                return (value := draw(st.sampled_from(schema["symbols"]))), value
            case "fixed":
                found = draw(st.binary(min_size=schema["size"], max_size=schema["size"]))
                return found, found.hex()
            case "timestamp-millis" | "timestamp-micros":
                time = draw(st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)))
                if kind == "timestamp-millis":
                    time = time.replace(microsecond=time.microsecond // 1000 * 1000)
                return time.replace(tzinfo=dt.UTC), f"{time.isoformat()}Z"
            case "date":
                day = draw(st.dates())
                return day, day.isoformat()
            case "decimal":
                cents = draw(st.integers(-999_999_999, 999_999_999))
                number = decimal.Decimal(cents).scaleb(-2)
                return number, cents // 100 if cents % 100 == 0 else f"{number:f}"
            case "record":
                pairs = {each["name"]: self.value(each["type"]) for each in schema["fields"]}
                return _split(pairs)
            case "array":
                items = [self.value(schema["items"]) for _ in range(draw(st.integers(0, 3)))]
                return [raw for raw, _ in items], [plain for _, plain in items]
            case "map":
                keys = draw(st.lists(st.text(max_size=3), max_size=3, unique=True))
                return _split({key: self.value(schema["values"]) for key in keys})
        raise AssertionError(kind)


def _split(pairs: dict[str, tuple[Any, Any]]) -> tuple[Any, Any]:
    return (
        {key: raw for key, (raw, _) in pairs.items()},
        {key: plain for key, (_, plain) in pairs.items()},
    )


def _text(found: bytes) -> str | bytes:
    try:
        return found.decode()
    except UnicodeDecodeError:
        return found
