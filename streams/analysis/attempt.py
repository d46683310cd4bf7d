"""The note of a `reshape` that has begun: the next attempt goes on where that one broke off."""

from __future__ import annotations

from pathlib import Path

import msgspec

from streams.archive.atomic_files import output_file

FORM = 2
"""Form 1 had no `done`: its note was removed at the end."""


class Attempt(msgspec.Struct, frozen=True):
    """What an attempt has come to.

    Attributes
    ----------
    epoch
        The epoch that it begins.
    config
        Hash of the new configuration.
    stores
        Whether all is published, so that counts and the old state may be gone already.
    done
        Whether it has ended. The note stays, so that the same command once more changes nothing.
    """

    epoch: int
    config: str
    stores: bool = False
    done: bool = False
    v: int = FORM


_attempt = msgspec.json.Decoder(Attempt)


class UnreadableNote(Exception):
    """The note is there and says nothing that this version understands."""


class AttemptNote:
    """The note, a file beside the state; it is there from the first record on.

    Parameters
    ----------
    state_dir
        Where the monitor's state lies.
    """

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "reshape.json"

    def read(self) -> Attempt | None:
        """Return the last attempt; None where there was none.

        Raises
        ------
        UnreadableNote
            Where the file cannot be read.
        """
        try:
            found = _attempt.decode(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise UnreadableNote(
                f"{self._path}: must be the note of an attempt to reshape; {error}. If nothing was"
                " reshaped, delete it"
            ) from None
        if not 1 <= found.v <= FORM:
            raise UnreadableNote(
                f"{self._path}: must be of form {FORM} or the one before; got {found.v}. Go on with"
                " the version that wrote it"
            )
        return found

    def write(self, attempt: Attempt) -> None:
        """Write the note; it appears whole."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with output_file(self._path) as file:
            file.write(msgspec.json.encode(attempt))
