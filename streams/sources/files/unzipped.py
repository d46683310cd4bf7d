"""The one file in a zip as plain bytes."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from streams.sources.files.compression import bomb
from streams.sources.files.stored import Stored

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = b"PK\x03\x04"

_ENCRYPTED = 1
_SHOWN = 5


class NotOneFile(ValueError):
    """A zip does not hold one file that can be read; the message says what it holds, and why."""


class Unzipped(io.RawIOBase):
    """The plain bytes of the one file in a zip, up to any damage.

    Directories, and what a Macintosh adds beside a file, are passed over.

    Parameters
    ----------
    stored
        The zip; its directory is at its end, so that it must be a file.

    Attributes
    ----------
    damage
        Why they ended early; None where they did not (yet).
    name
        The file's name in the zip.

    Raises
    ------
    NotOneFile
        Where it is damaged, or does not hold one file.
    """

    def __init__(self, stored: Stored) -> None:
        self.damage: str | None = None
        self._stored = stored
        self._given = 0
        if not stored.seekable():
            raise NotOneFile("found a zip in a pipe, whose directory is at its end: unzip it")
        try:
            self._zip = zipfile.ZipFile(_Seekable(stored))
            member = _the_file(self._zip.infolist())
            if member.flag_bits & _ENCRYPTED:
                raise NotOneFile("found an encrypted zip: unzip it")
            self._member: IO[bytes] = self._zip.open(member)
        except NotOneFile:
            raise
        except NotImplementedError:
            raise NotOneFile("found a zip with an unusual compression: unzip it") from None
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError):
            raise NotOneFile("found a zip that breaks off, or is damaged") from None

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """See `io.RawIOBase`."""
        if self.damage is not None:
            return 0
        with memoryview(buffer).cast("B") as view:
            try:
                data = self._member.read(len(view))
            except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError):
                self.damage = "the zip is damaged"
                return 0
            view[: len(data)] = data
            self._given += len(data)
            self.damage = bomb("zip", self._given, self._stored.position)
            return len(data)

    def close(self) -> None:
        """Close the file."""
        self._stored.close()
        super().close()


class _Seekable(io.BufferedReader):
    """Leaves the file open when the zip's reader lets go of it."""

    def close(self) -> None:
        self.detach()


def _the_file(members: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise NotOneFile("found a spreadsheet or an office document: save it as CSV (UTF-8)")
    files = [
        member
        for member in members
        if not member.filename.endswith("/")
        and not member.filename.startswith("__MACOSX/")
        and not member.filename.rpartition("/")[2].startswith(".")
    ]
    if len(files) == 1:
        return files[0]
    shown = ", ".join(member.filename[:100] for member in files[:_SHOWN])
    rest = ", ..." if len(files) > _SHOWN else ""
    found = f"{len(files)} files ({shown}{rest})" if files else "no file"
    raise NotOneFile(f"found {found} in a zip, and it must hold one: unzip it")
