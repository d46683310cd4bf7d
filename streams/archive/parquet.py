"""Parquet files of an archive, opened: whole and with their columns, or told which is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from streams.archive.manifest import ArchiveUnusable
from streams.archive.schema import SINCE_0_2


def opened(path: Path, schema: pa.Schema, **how: object) -> pq.ParquetFile:
    """Open a file; what is read of it later may still turn out damaged.

    Parameters
    ----------
    path, schema
        The file, and the table that it is a part of.
    **how
        Passed on to pyarrow.

    Raises
    ------
    ArchiveUnusable
        Where it is damaged, or has other columns.
    """
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True, **how)
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error) from None
    names = file.schema_arrow.names
    if names not in (schema.names, [name for name in schema.names if name not in SINCE_0_2]):
        raise ArchiveUnusable(
            f"{path}: must have the columns {', '.join(schema.names)}; found {', '.join(names)}:"
            " restore it, or record it again"
        )
    return file


def read(path: Path, schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a file, all of it or some columns.

    Raises
    ------
    ArchiveUnusable
        Where it is damaged, or has other columns.
    """
    file = opened(path, schema)
    try:
        return file.read(None if columns is None else list(columns))
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error) from None


def damaged(path: Path, error: Exception) -> ArchiveUnusable:
    """Say that a file is damaged, or cannot be read at all."""
    if isinstance(error, OSError) and error.errno is not None:
        return ArchiveUnusable(f"{path}: must be readable; {error.strerror}")
    return ArchiveUnusable(
        f"{path}: must be a whole Parquet file; it is damaged ({str(error).strip()[:200]}): restore"
        " it, or record it again"
    )
