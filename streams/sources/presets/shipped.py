"""The presets: shipped keys of a source's table, one TOML file for each kind of records.

A file says whose records they are and where their fields are described. Its tables ``send`` and
``complaint`` hold the keys for a source of that kind, in the language in which a user writes them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

_KINDS = ("send", "complaint")


@dataclass(frozen=True)
class Preset:
    """What is shipped for one kind of records.

    Attributes
    ----------
    name
        The value of a source's ``preset``.
    records
        Whose records they are.
    fields
        The document that describes their fields.
    note
        What a user should know.
    keys
        The keys of a source's table, by the source's kind.
    must_name
        Keys that the records do not say, each with the reason.
    """

    name: str
    records: str
    fields: str
    keys: Mapping[str, Mapping[str, Any]]
    note: str = ""
    must_name: Mapping[str, str] = field(default_factory=dict)

    def under(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """Return a source's table with the shipped keys that it does not have.

        Examples
        --------
        >>> preset = Preset("p", "", "", {"send": {"time": "$.t", "sender": "$.s"}})
        >>> preset.under({"preset": "p", "sender": "$.id"})
        {'kind': 'send', 'time': '$.t', 'sender': '$.id', 'preset': 'p'}
        """
        kind = table.get("kind")
        if kind is None and len(self.keys) == 1:
            kind = next(iter(self.keys))
        shipped = self.keys.get(kind) if isinstance(kind, str) else None
        return dict(table) if shipped is None else {"kind": kind, **shipped, **table}


def _preset(name: str, text: str) -> Preset:
    found = tomllib.loads(text)
    keys = {kind: found.pop(kind) for kind in _KINDS if kind in found}
    return Preset(name=name, keys=keys, **found)


_FILES = sorted(
    (file for file in resources.files(__package__).iterdir() if file.name.endswith(".toml")),
    key=lambda file: file.name,
)

PRESETS: dict[str, Preset] = {
    name: _preset(name, file.read_text("utf-8"))
    for file in _FILES
    for name in [file.name.removesuffix(".toml")]
}
"""Presets by name."""

if TYPE_CHECKING:
    PresetName = str
else:
    PresetName = Literal[tuple(PRESETS)]
