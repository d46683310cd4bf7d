"""The reference of the presets: whose records each is for, and the keys that it stands for."""

from __future__ import annotations

from importlib import resources

from streams.sources.presets.shipped import PRESETS, Preset
from tests.documents.reference.tables import table


def presets() -> str:
    """The table of presets, and each one's keys as they are shipped."""
    rows = [
        (
            f"`{one.name}`",
            one.records,
            ", ".join(one.keys),
            ", ".join(f"`{key}`" for key in one.must_name),
            one.fields,
        )
        for one in PRESETS.values()
    ]
    head = ["preset", "records", "kinds", "must be named", "fields are described in"]
    return "\n\n".join([table(head, rows), *map(_section, PRESETS.values())])


def _section(preset: Preset) -> str:
    note = f"\n\n{preset.note.strip()}" if preset.note else ""
    return f"## {preset.name}{note}\n\n```text\n{_keys(preset.name)}\n```"


def _keys(name: str) -> str:
    """Give the part of a preset's file that is its keys."""
    folder = resources.files("streams.sources.presets")
    text = folder.joinpath(f"{name}.toml").read_text("utf-8")
    starts = [text.find(f"\n[{kind}]") for kind in ("send", "complaint")]
    return text[min(start for start in starts if start >= 0) :].strip()
