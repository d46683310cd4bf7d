"""Draws Protobuf schemas, as text and as Google's library has them, and messages of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import strategies as st

SCALARS: dict[str, Any] = {
    "double": st.floats(allow_nan=False),
    "float": st.floats(width=32, allow_nan=False),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint32": st.integers(0, 2**32 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "sint32": st.integers(-(2**31), 2**31 - 1),
    "sint64": st.integers(-(2**63), 2**63 - 1),
    "fixed32": st.integers(0, 2**32 - 1),
    "fixed64": st.integers(0, 2**64 - 1),
    "sfixed32": st.integers(-(2**31), 2**31 - 1),
    "sfixed64": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "string": st.text(max_size=80),
    "bytes": st.binary(max_size=4),
}
ENUM = {0: "NONE", 1: "ONE", 5: "FIVE", -2: "LESS"}
KEYS = ("string", "int32", "bool", "sint64", "fixed32")
_OF = descriptor_pb2.FieldDescriptorProto


class ProtoDrawer:
    """Draws one schema: messages M0, M1, ..., which hold each other, and an enum E."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self._draw = draw
        self.syntax = draw(st.sampled_from(["proto2", "proto3"]))
        count = draw(st.integers(1, 3))
        numbers = st.integers(1, 40).filter(lambda number: not 19000 <= number < 20000)
        self.fields: list[list[tuple[str, int, str, str]]] = []
        for _ in range(count):
            chosen = draw(st.lists(numbers, min_size=1, max_size=6, unique=True))
            self.fields.append([self._field(number, count) for number in chosen])

    def _field(self, number: int, count: int) -> tuple[str, int, str, str]:
        kinds = [*SCALARS, "E", *[f"M{n}" for n in range(count)] * 2]
        kind = self._draw(st.sampled_from(kinds))
        labels = ["repeated", "optional", "map"] + [""] * (self.syntax == "proto3")
        label = self._draw(st.sampled_from(labels))
        if label == "map":
            label = f"map {self._draw(st.sampled_from(KEYS))}"
        return f"f{number}", number, kind, label

    def text(self) -> str:
        lines = [f'syntax = "{self.syntax}"; package p.q; /* one */ // and another']
        for number, fields in enumerate(self.fields):
            lines.append(f"message M{number} {{ reserved 50 to 60; option deprecated = true;")
            for name, at, kind, label in fields:
                if label.startswith("map"):
                    lines.append(f"map<{label[4:]}, {kind}> {name} = {at};")
                else:
                    lines.append(
                        f"{label} {kind} {name} = {at} [deprecated = true, (a.b).c = {{}}];"
                    )
            lines.append("}")
        values = " ".join(f"{name} = {value};" for value, name in ENUM.items())
        return "\n".join([*lines, f"enum E {{ {values} }}"])

    def message(self) -> Any:
        """Return the first message's class, by Google's library."""
        file = descriptor_pb2.FileDescriptorProto(name="p.proto", package="p.q", syntax=self.syntax)
        enum = file.enum_type.add(name="E")
        for value, name in ENUM.items():
            enum.value.add(name=name, number=value)
        for number, fields in enumerate(self.fields):
            message = file.message_type.add(name=f"M{number}")
            for name, at, kind, label in fields:
                self._add(message, name, at, kind, label)
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        return message_factory.GetMessageClass(pool.FindMessageTypeByName("p.q.M0"))

    def _add(self, message: Any, name: str, at: int, kind: str, label: str) -> None:
        if label.startswith("map"):
            entry = message.nested_type.add(name=f"{name.capitalize()}Entry")
            entry.options.map_entry = True
            self._add(entry, "key", 1, label[4:], "optional")
            self._add(entry, "value", 2, kind, "optional")
            kind, label = f".p.q.{message.name}.{entry.name}", "repeated"
        field = message.field.add(name=name, number=at)
        field.label = _OF.LABEL_REPEATED if label == "repeated" else _OF.LABEL_OPTIONAL
        if kind in SCALARS:
            field.type = getattr(_OF, f"TYPE_{kind.upper()}")
        else:
            field.type = _OF.TYPE_ENUM if kind == "E" else _OF.TYPE_MESSAGE
            field.type_name = kind if kind.startswith(".") else f".p.q.{kind}"
        if label == "optional" and self.syntax == "proto3" and "Entry" not in message.name:
            field.proto3_optional = True
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{name}")

    def fill(self, message: Any, number: int = 0, depth: int = 3) -> dict[str, Any]:
        """Fill a message, and return it as it should be read."""
        plain: dict[str, Any] = {}
        for name, _, kind, label in self.fields[number]:
            implicit = not label and not kind.startswith("M")
            if not self._draw(st.booleans()) or (kind.startswith("M") and not depth):
                if implicit:
                    plain[name] = _default(kind)
                continue
            if label.startswith("map"):
                keys = self._draw(st.lists(SCALARS[label[4:]], min_size=1, max_size=2, unique=True))
                entries = getattr(message, name)
                plain[name] = {}
                for key in keys:
                    shown = key if isinstance(key, str) else str(key).lower()
                    if kind.startswith("M"):
                        plain[name][shown] = self.fill(entries[key], int(kind[1:]), depth - 1)
                    else:
                        entries[key], plain[name][shown] = self._scalar(kind)
            elif kind.startswith("M") and label == "repeated":
                items = getattr(message, name)
                count = self._draw(st.integers(1, 2))
                plain[name] = [
                    self.fill(items.add(), int(kind[1:]), depth - 1) for _ in range(count)
                ]
            elif kind.startswith("M"):
                inner = getattr(message, name)
                inner.SetInParent()
                plain[name] = self.fill(inner, int(kind[1:]), depth - 1)
            elif label == "repeated":
                pairs = [self._scalar(kind) for _ in range(self._draw(st.integers(1, 3)))]
                getattr(message, name).extend([raw for raw, _ in pairs])
                plain[name] = [shown for _, shown in pairs]
            else:
                raw, plain[name] = self._scalar(kind)
                setattr(message, name, raw)
        return plain

    def _scalar(self, kind: str) -> tuple[Any, Any]:
        if kind == "E":
            value = self._draw(st.sampled_from(list(ENUM)))
            return value, ENUM[value]
        value = self._draw(SCALARS[kind])
        if kind == "bytes":
            try:
                return value, value.decode()
            except UnicodeDecodeError:
                return value, value
        return value, value


def _default(kind: str) -> Any:
    if kind == "E":
        return ENUM[0]
    if kind in ("string", "bytes"):
        return ""
    return False if kind == "bool" else 0
