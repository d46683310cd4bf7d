"""Makes, rotates and shows the keys that sign a feed's checkpoints."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from streams.archive.atomic_files import atomic_file
from streams.cli.arguments import read_config
from streams.cli.console import err, fail, out
from streams.config.duration import parse_duration
from streams.proofs.checkpoint import key_name
from streams.proofs.key_file import KeyFileProblem, OwnKeys, new_keys, read_keys

_FILE = Path("feed-keys.json")
_LONGEST_S = 3650 * 86_400.0
_MODE = 0o600


def keys_command(
    what: str, config: Path | None, bootstrap: str | None, *, overlap: str, lost: bool
) -> None:
    """Do what is asked with the file of keys, or end with a status and say why."""
    settings = read_config(config, bootstrap)
    path, name = settings.serve.feed_keys or _FILE, key_name(settings.name)
    if lost and what != "new":
        fail("--lost must be given with key new", 2)
    now = dt.datetime.now(dt.UTC)
    match what:
        case "new":
            if path.exists():
                fail(f"{path}: must not exist yet: `feed key rotate` makes a successor; where the"
                     " key may be known to others, move the file away first")  # fmt: skip
            _write(path, new_keys(name, now, lost=lost))
            _show(read_keys(path.read_bytes(), name), now)
            err.print(f"wrote {path}: keep it secret, and keep a copy", soft_wrap=True)
            if settings.serve.feed_keys is None:
                said = f'add to [serve]: feed_keys = "{path.absolute()}"'
                err.print(said, markup=False, soft_wrap=True)
        case "rotate":
            _write(path, _read(path, name).rotated(now, _overlap(overlap)))
            _show(_read(path, name), now)
            err.print(f"wrote {path}: copy it to every host of serve", soft_wrap=True)
        case "show":
            _show(_read(path, name), now)
        case _:
            fail(f"key must be given new, rotate or show; got {what[:80]}", 2)


def _read(path: Path, name: str) -> OwnKeys:
    try:
        return read_keys(path.read_bytes(), name)
    except OSError as error:
        fail(f"{path}: must be a file of keys; {error.strerror}: `weathervane feed key new`")
    except KeyFileProblem as error:
        fail(f"{path}: {error}")


def _write(path: Path, keys: OwnKeys) -> None:
    try:
        with atomic_file(path) as file:
            Path(file.name).chmod(_MODE)
            file.write(keys.encode())
    except OSError as error:
        fail(f"{path}: must be writable; {error.strerror}")


def _show(keys: OwnKeys, now: dt.datetime) -> None:
    """Print the public keys, the newest last; those that sign no more are left out."""
    signing = {str(key.public) for key in keys.signing(now)}
    for key in keys.keys:
        if key.published.key in signing:
            out.print(key.published.key, markup=False, highlight=False, soft_wrap=True)


def _overlap(text: str) -> dt.timedelta:
    try:
        seconds = float(parse_duration(text))
    except ValueError as error:
        fail(f"--overlap {error}", 2)
    if not 0 <= seconds <= _LONGEST_S:
        fail(f"--overlap must be at most 3650d; got {text}", 2)
    return dt.timedelta(seconds=seconds)
