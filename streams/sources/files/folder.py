"""A folder of mail that is named where a file is: a Maildir, or one with a mail in each file."""

from __future__ import annotations

import re
from pathlib import Path

from streams.sources.files.stored import Unopenable

_NUMBERS = re.compile(r"(\d{1,18})")


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder: of a Maildir, all in ``new`` and ``cur``, as they arrived.

    Numbers in names are compared as such, and a Maildir's names begin with the time of arrival.
    What is no folder stands for itself.

    Raises
    ------
    Unopenable
        Where it cannot be read, or has no files.
    """
    if not folder.is_dir():
        return [folder]
    parts = [part for part in (folder / "new", folder / "cur") if part.is_dir()]
    try:
        found = [
            path
            for part in parts or [folder]
            for path in part.iterdir()
            if path.is_file() and not path.name.startswith(".")
        ]
    except OSError as error:
        raise Unopenable(f"{folder}: must be a readable folder; {error.strerror}") from None
    if not found:
        raise Unopenable(f"{folder}: must hold files of mail, or be a Maildir; found no file")
    return sorted(found, key=lambda path: (_natural(path.name), path.name, path.parent.name))


def _natural(name: str) -> list[tuple[int, str]]:
    """Return what names with numbers are sorted by.

    Examples
    --------
    >>> sorted(["10.eml", "9.eml", "a.eml"], key=_natural)
    ['9.eml', '10.eml', 'a.eml']
    """
    pieces = _NUMBERS.split(name)
    return [(int(piece), "") if index % 2 else (-1, piece) for index, piece in enumerate(pieces)]
