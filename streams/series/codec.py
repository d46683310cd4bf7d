"""Records of the topic ``series`` as bytes: compressed columns, below Kafka's limit. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
import numpy as np
from backports.zstd import ZstdDecompressor, ZstdError, compress

from streams.detection.signals import Signal
from streams.items import Level
from streams.series.record import (
    COLUMNS,
    FORM,
    BucketSeries,
    FullRow,
    Outlook,
    SeriesBlock,
    SeriesRecord,
)

LARGEST_BODY = 900_000
"""Bytes of a record's rows before they are compressed; so a record is below Kafka's 1 MiB."""

_ZSTD_LEVEL = 1

_ROW_BYTES = sum(kind.itemsize for kind in COLUMNS.values())
"""Of a row without its id."""

_BETWEEN_IDS = "\n"
"""No id holds a control character."""

_FULL_BYTES = 700
"""Of a `FullRow` without its id: its figures, their names, an alert's id, a detector's name."""


class _StoredSeries(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="bucket"):
    """A `BucketSeries` as it is stored; `rows` are compressed."""

    v: Literal[1] = 1
    group: str
    shard: int
    epoch: int
    start: int
    end: int
    part: int
    parts: int
    rows: bytes


class _StoredBlock(msgspec.Struct, frozen=True, array_like=True):
    """A `SeriesBlock` as it is stored: each column by bytes, all the first ones first.

    `ids` is all of them in one text, so that neither side handles them one by one.
    """

    level: Level
    signal: Signal
    factor: float
    ids: bytes
    count: bytes
    expected: bytes
    shape: bytes
    evidence_nats: bytes
    threshold_nats: bytes
    raised: bytes
    flags: bytes
    detectors: list[str]
    detector: bytes


class _StoredRows(msgspec.Struct, frozen=True):
    """The rows of a record."""

    blocks: list[_StoredBlock]
    full: list[FullRow]


_encode = msgspec.msgpack.Encoder().encode
_records: msgspec.msgpack.Decoder[_StoredSeries | Outlook] = msgspec.msgpack.Decoder(
    _StoredSeries | Outlook
)
_rows = msgspec.msgpack.Decoder(_StoredRows)


class _SeriesForm(msgspec.Struct):
    v: int = 0


_series_form = msgspec.msgpack.Decoder(_SeriesForm)


def encode_bucket(series: BucketSeries) -> Iterator[tuple[bytes, bytes]]:
    """Write a bucket as records below 1 MiB: key and value of each.

    Parameters
    ----------
    series
        The whole bucket; `part` and `parts` are found here.
    """
    parts = list(_parts(series)) or [_StoredRows([], [])]
    for part, rows in enumerate(parts):
        stored = _StoredSeries(
            group=series.group,
            shard=series.shard,
            epoch=series.epoch,
            start=series.start,
            end=series.end,
            part=part,
            parts=len(parts),
            rows=compress(_encode(rows), _ZSTD_LEVEL),
        )
        yield f"{series.group}/{series.start}/{part}".encode(), _encode(stored)


def encode_outlook(outlook: Outlook) -> tuple[bytes, bytes]:
    """Write an answer: key and value of its record."""
    return f"{outlook.level}/{outlook.id}".encode(), _encode(outlook)


def decode_series(value: bytes) -> SeriesRecord:
    """Read a record.

    Raises
    ------
    ValueError
        Where `value` is none, or of a later version; the message says what is wrong.
    """
    try:
        found = _records.decode(value)
        return found if isinstance(found, Outlook) else _read_bucket(found)
    except RecursionError:
        raise ValueError("msgpack must not be nested so deeply") from None
    except msgspec.ValidationError as error:
        if (later := _version(value)) > FORM:
            raise ValueError(
                f"v must be {FORM}; found {later}: a later version wrote it. Run that version"
            ) from None
        raise error


def _version(value: bytes) -> int:
    try:
        return _series_form.decode(value).v
    except (ValueError, RecursionError):
        return 0


def _parts(series: BucketSeries) -> Iterator[_StoredRows]:
    """Split the rows of a bucket, so that no part is larger than `LARGEST_BODY`."""
    blocks, full, room = list[_StoredBlock](), list[FullRow](), LARGEST_BODY
    for block in series.blocks:
        ids = _BETWEEN_IDS.join(block.ids).encode()
        after = np.flatnonzero(np.frombuffer(ids, np.uint8) == ord(_BETWEEN_IDS)) + 1
        begins = np.concatenate([[0], after, [len(ids) + 1]])
        ends = begins + np.arange(len(begins)) * _ROW_BYTES
        first = 0
        while first < len(block):
            last = int(np.searchsorted(ends, ends[first] + room, "right")) - 1
            if last > first:
                own = ids[begins[first] : begins[last] - 1]
                blocks.append(_stored_block(block.part(slice(first, last)), own))
                room -= int(ends[last] - ends[first])
                first = last
            if first < len(block):
                yield _StoredRows(blocks, full)
                blocks, full, room = [], [], LARGEST_BODY
    for row in series.full:
        size = len(row.id) * 4 + _FULL_BYTES
        if size > room:
            yield _StoredRows(blocks, full)
            blocks, full, room = [], [], LARGEST_BODY
        full.append(row)
        room -= size
    if blocks or full:
        yield _StoredRows(blocks, full)


def _stored_block(block: SeriesBlock, ids: bytes) -> _StoredBlock:
    columns = {
        name: np.ascontiguousarray(getattr(block, name), dtype=kind).view(np.uint8)
        .reshape(len(block), kind.itemsize).T.tobytes()
        for name, kind in COLUMNS.items()
    }  # fmt: skip
    return _StoredBlock(
        level=block.level,
        signal=block.signal,
        factor=block.factor,
        ids=ids,
        detectors=list(block.detectors),
        **columns,
    )


def _read_bucket(stored: _StoredSeries) -> BucketSeries:
    try:
        reader = ZstdDecompressor()
        body = reader.decompress(stored.rows, max_length=2 * LARGEST_BODY)
        if not reader.eof:
            raise ValueError(f"rows must be at most {2 * LARGEST_BODY} bytes, and whole")
    except ZstdError as error:
        raise ValueError(f"rows must be compressed by zstd: {error}") from None
    rows = _rows.decode(body)
    return BucketSeries(
        group=stored.group,
        shard=stored.shard,
        epoch=stored.epoch,
        start=stored.start,
        end=stored.end,
        part=stored.part,
        parts=stored.parts,
        blocks=[_read_block(block) for block in rows.blocks],
        full=rows.full,
    )


def _read_block(stored: _StoredBlock) -> SeriesBlock:
    ids = stored.ids.decode().split(_BETWEEN_IDS)
    rows = len(ids)
    columns: dict[str, Any] = {}
    for name, kind in COLUMNS.items():
        raw: bytes = getattr(stored, name)
        if len(raw) != rows * kind.itemsize:
            raise ValueError(
                f"{name} must have {rows * kind.itemsize} bytes, for {rows} rows; found {len(raw)}"
            )
        planes = np.frombuffer(raw, dtype=np.uint8).reshape(kind.itemsize, rows)
        columns[name] = np.ascontiguousarray(planes.T).view(kind).reshape(rows)
    if int(columns["detector"].max()) >= len(stored.detectors):
        raise ValueError("detector must be a place in detectors")
    return SeriesBlock(
        level=stored.level,
        signal=stored.signal,
        factor=stored.factor,
        ids=ids,
        detectors=stored.detectors,
        **columns,
    )
