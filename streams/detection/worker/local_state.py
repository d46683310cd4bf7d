"""The folder with a worker's copy of the state: of one cluster's changelog, or set aside.

The copy says how far it holds the changelog. Beside another cluster, or a changelog that was made
anew, that is wrong: Faust would end with an error at every start, or take old state for new.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from streams.broker.topics.origin import Origin

_origin = msgspec.json.Decoder(Origin)

log = logging.getLogger(__name__)

_FILE = "origin.json"


def claim(folder: Path, origin: Origin) -> Path | None:
    """Make a folder the copy of a changelog; one that is of another is set aside first.

    Parameters
    ----------
    folder
        The worker's own; it need not exist.
    origin
        The changelog.

    Returns
    -------
    Path or None
        Where the former copy is now.
    """
    moved = None
    if folder.exists() and any(folder.iterdir()):
        was = _written(folder)
        if was is None or was.differs(origin):
            moved = _free(folder)
            folder.rename(moved)
            log.warning(
                "%s: must be the state of this cluster's changelog; it is of %s. It is set aside as"
                " %s, and the state is rebuilt from the changelog. Delete what was set aside when"
                " you do not need it",
                folder,
                _words(was, origin),
                moved.name,
            )
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{_FILE}.part"
    part.write_bytes(msgspec.json.encode(origin))
    part.replace(folder / _FILE)
    return moved


def _written(folder: Path) -> Origin | None:
    try:
        return _origin.decode((folder / _FILE).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def _free(folder: Path) -> Path:
    """A name that is not taken, beside the folder."""
    number = 1
    while (free := folder.with_name(f"{folder.name}.aside-{number}")).exists():
        number += 1
    return free


def _words(was: Origin | None, now: Origin) -> str:
    if was is None:
        return "an unknown cluster"
    if was.cluster != now.cluster:
        return f"cluster {was.cluster}, and this one is {now.cluster}"
    return "a changelog that was deleted since"
