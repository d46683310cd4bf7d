"""What a stored type looks like, as one line of text for each value: names, kinds, order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from msgspec import inspect

from detectors.columns import Attribute, Column, ListColumn, SharedValue
from detectors.state import State

_PLAIN = {
    inspect.IntType: "int",
    inspect.FloatType: "float",
    inspect.StrType: "str",
    inspect.BytesType: "bytes",
    inspect.BoolType: "bool",
    inspect.NoneType: "none",
    inspect.DateTimeType: "time",
    inspect.DateType: "day",
    inspect.AnyType: "any",
    inspect.RawType: "raw",
}


def described(kind: Any) -> str:
    """Say what a type is, in words of storage: no name of a class is in it, nor a bound.

    Examples
    --------
    >>> described(dict[str, tuple[float, bytes]])
    '{str: (float, bytes)}'
    """
    return _of(inspect.type_info(kind))


def fields_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Describe each field of a struct.

    Where it is stored as a list, the place of a field is a part of its name.
    """
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    out = {} if info.tag is None else {info.tag_field or "type": repr(info.tag)}
    return out | dict(_fields(info))


def _fields(info: inspect.StructType) -> Iterator[tuple[str, str]]:
    for place, field in enumerate(info.fields):
        name = f"{place}:{field.encode_name}" if info.array_like else field.encode_name
        yield name, _of(field.type) + ("" if field.required else "?")


def _of(info: inspect.Type) -> str:
    match info:
        case inspect.StructType():
            inside = ", ".join(f"{name}: {kind}" for name, kind in _fields(info))
            return f"[{inside}]" if info.array_like else f"{{{inside}}}"
        case inspect.NamedTupleType():
            return f"({', '.join(f'{one.name}: {_of(one.type)}' for one in info.fields)})"
        case inspect.DataclassType():
            return f"{{{', '.join(f'{one.name}: {_of(one.type)}' for one in info.fields)}}}"
        case inspect.TupleType():
            return f"({', '.join(map(_of, info.item_types))})"
        case inspect.ListType() | inspect.VarTupleType():
            return f"[{_of(info.item_type)} ...]"
        case inspect.DictType():
            return f"{{{_of(info.key_type)}: {_of(info.value_type)}}}"
        case inspect.UnionType():
            return " | ".join(sorted(map(_of, info.types)))
        case inspect.LiteralType():
            return " | ".join(sorted(map(repr, info.values)))
        case _:
            return _PLAIN[type(info)]


def state_of(state: State) -> dict[str, str]:
    """Describe each column and shared value of a state and of the states that it includes."""
    attributes: list[tuple[str, Attribute]] = [*state._all_columns(), *state._all_values()]
    return {name: _attribute(attribute) for name, attribute in attributes}


def own_attributes(state: State) -> Iterator[Attribute]:
    """Yield the attributes of a state, its own ones first."""
    yield from (attribute for _, attribute in state._all_values())
    yield from (attribute for _, attribute in state._all_columns())


def _attribute(attribute: Attribute) -> str:
    since = "" if attribute.since is None else f", since form {attribute.since}"
    return f"{_stored_as(attribute)}{since}"


def _stored_as(attribute: Attribute) -> str:
    if isinstance(attribute, SharedValue):
        value = attribute.value
        kind = attribute.kind
        return f"array {value.dtype.str} {value.shape}" if kind is np.ndarray else described(kind)
    if isinstance(attribute, ListColumn):
        return f"a row: {described(attribute.kind)}"
    assert isinstance(attribute, Column)
    form = attribute.form
    settings = ", anew with other settings" if form.valid_for is not None else ""
    return f"a row: {form.kind} {form.dtype} {form.shape}{settings}"


def states_in(root: object) -> Iterator[State]:
    """Yield every state that our objects hold, found from one of them, each once."""
    seen: set[int] = set()
    left = [root]
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, State):
            yield one
        elif isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one
        elif type(one).__module__.split(".")[0] in ("streams", "detectors"):
            left += [
                value for name in _names(one) if (value := getattr(one, name, None)) is not None
            ]


def _names(one: object) -> list[str]:
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    return [*getattr(one, "__dict__", {}), *slots]
