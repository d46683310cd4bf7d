"""The keys of this serve process, read again when their file changes, and what is wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal, NamedTuple

from streams.proofs.checkpoint import key_name
from streams.proofs.key_file import KeyFileProblem, OwnKeys, follows, read_keys
from streams.proofs.note import SigningKey
from streams.proofs.published import PublishedKey, successors

KeyFault = Literal["lost", "unusable", "changed", "behind"]
"""What is wrong with the keys: see `KeyHolder.look`."""


class KeyState(NamedTuple):
    """The keys as they are now.

    Attributes
    ----------
    signing
        The keys that sign; none where `problem` says why.
    to_publish
        Keys that are not published yet, the oldest first.
    fault
        What is wrong; None where nothing is, or where no keys have ever been made.
    problem
        Why nothing is signed, and what to do.
    """

    signing: list[SigningKey]
    to_publish: list[PublishedKey]
    fault: KeyFault | None
    problem: str | None


class KeyHolder:
    """Reads the file of keys.

    Parameters
    ----------
    path
        The file; None where the configuration names none.
    name
        The configuration's name.
    """

    def __init__(self, path: Path | None, name: str) -> None:
        self._path, self._name = path, key_name(name)
        self._stamp: tuple[int, int] | None = None
        self._keys: OwnKeys | None = None

    def look(self, published: list[PublishedKey], now: dt.datetime) -> KeyState:
        """Say who signs now.

        ``lost``: keys are published, and there is no file of them. ``unusable``: the file is none.
        ``changed``: its newest key does not follow from those published. ``behind``: a successor of
        its newest key is published, so the file is an older copy.
        """
        if self._path is None:
            said = "serve.feed_keys must name a file of keys, so that checkpoints are signed"
            return _none("lost" if published else None, f"{said}: `weathervane feed key new`")
        try:
            own = self._read(self._path)
        except OSError as error:
            said = f"serve.feed_keys must be a file that can be read; {error.strerror}"
            remedy = "bring its copy back" if published else "`weathervane feed key new` makes it"
            return _none("lost" if published else "unusable", f"{said}: {remedy}")
        except KeyFileProblem as error:
            return _none("unusable", f"serve.feed_keys {error}: bring its copy back")
        if not follows(own, published):
            return _none(
                "changed",
                "serve.feed_keys must hold the key that is published, or one that it has named as"
                f" its successor; found {own.newest.published.public.id}: bring the file back or,"
                " if it is lost, `weathervane feed key new --lost`",
            )
        known = {each.key for each in published}
        ours = {key.published.key for key in own.keys}
        later = successors([own.newest.published.public], published)
        missing = [key.published for key in own.keys if key.published.key not in known]
        if any(str(each.key) not in ours for each in later):
            until = max(each.until for each in later)
            signing = own.signing(now) if until > now else []
            problem = None if signing else "serve.feed_keys must hold the newest key: copy the file"
            return KeyState(signing, missing, "behind", problem)
        return KeyState(own.signing(now), missing, None, None)

    def _read(self, path: Path) -> OwnKeys:
        found = path.stat()
        stamp = found.st_mtime_ns, found.st_ino
        if self._keys is None or stamp != self._stamp:
            self._keys = read_keys(path.read_bytes(), self._name)
            self._stamp = stamp
        return self._keys


def _none(fault: KeyFault | None, problem: str) -> KeyState:
    return KeyState([], [], fault, problem)
