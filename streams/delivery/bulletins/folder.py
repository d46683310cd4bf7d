"""The folder of the bulletins that are kept: files whose names say what they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

from streams.config.model import Config

MEDIA_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
}
"""The forms of a document, and what they are over HTTP."""

_NAME: Final = re.compile(
    r"(day|week|month)-([0-9]{4}-[0-9]{2}-[0-9]{2})\.(en|zh)\.(html|csv|json|md)", re.ASCII
)


class KeptBulletin(NamedTuple):
    """A bulletin that is kept.

    Attributes
    ----------
    first
        The first day of its period.
    kind
        ``day``, ``week`` or ``month``.
    """

    first: str
    kind: str

    def file(self, language: str, form: str) -> str:
        """Return the name of the file that holds it in a language and form."""
        return f"{self.kind}-{self.first}.{language}.{form}"


def bulletin_folder(config: Config) -> Path:
    """Return where serve keeps bulletins, on this host."""
    return config.data_dir / "bulletins" / config.name


def kept_bulletins(folder: Path) -> list[KeptBulletin]:
    """List the bulletins that are kept, the newest first.

    Parameters
    ----------
    folder
        The folder; it may not be there yet.
    """
    if not folder.is_dir():
        return []
    names = [_NAME.fullmatch(path.name) for path in folder.iterdir()]
    return sorted({KeptBulletin(name[2], name[1]) for name in names if name}, reverse=True)


def read_kept(folder: Path, name: str) -> tuple[bytes, str] | None:
    """Read a file of a bulletin, with its media type; None where there is none of this name.

    Parameters
    ----------
    folder
        The folder.
    name
        The file's name, from anybody.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return (folder / name).read_bytes(), MEDIA_TYPES[found[4]]
    except OSError:
        return None
