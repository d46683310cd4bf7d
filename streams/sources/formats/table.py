"""The table of formats: one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from streams.sources.formats.arf import ARF
from streams.sources.formats.avro import AVRO
from streams.sources.formats.csv_rows import CSV
from streams.sources.formats.format import Format
from streams.sources.formats.ftc import FTC
from streams.sources.formats.json_lines import JSON
from streams.sources.formats.lines import LINES
from streams.sources.formats.protobuf import PROTOBUF

FORMATS: dict[str, Format] = {
    found.name: found
    for found in (
        JSON,
        AVRO,
        PROTOBUF,
        CSV,
        LINES,
        FTC,
        ARF,
    )
}
"""Formats by name, in the order in which messages name them."""

if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal[tuple(FORMATS)]
