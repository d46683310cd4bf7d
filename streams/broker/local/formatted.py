"""A data directory of Apache Kafka is formatted by its tool once; later ones are made from that.

The tool takes a second of Java. What it writes is the same for every directory of one version, but
for the ids in ``meta.properties``: so the other file is kept beside the jars.
"""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
import uuid
from pathlib import Path

_META = "meta.properties"
_FEATURES = "bootstrap.checkpoint"


def new_id() -> str:
    """Return a new id, as Kafka writes them: 22 characters, of which the first may be a dash."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def is_formatted(data: Path) -> bool:
    """Whether a data directory is; that file is written last, so it marks a complete format."""
    return (data / _META).exists()


def format_as_kept(data: Path, kept: Path) -> bool:
    """Format a data directory with what is kept; False where nothing is.

    Parameters
    ----------
    data
        The data directory.
    kept
        The directory with what `keep` has written.
    """
    try:
        features = (kept / _FEATURES).read_bytes()
    except OSError:
        return False
    data.mkdir(parents=True, exist_ok=True)
    (data / _FEATURES).write_bytes(features)
    meta = f"version=1\nnode.id=1\ncluster.id={new_id()}\ndirectory.id={new_id()}\n"
    _write(data / _META, meta.encode())
    return True


def keep(data: Path, kept: Path) -> None:
    """Keep what the tool has written, if `kept` can be written to."""
    with contextlib.suppress(OSError):
        _write(kept / _FEATURES, (data / _FEATURES).read_bytes())


def _write(path: Path, content: bytes) -> None:
    """Write a file at once or not at all."""
    number, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
