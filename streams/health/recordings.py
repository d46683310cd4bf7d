"""Files that say how recording goes on this host, for `weathervane status`.

Each recorder keeps one beside the state, locked as long as it runs: what it has not read yet, when
it last saved, and why it ended, if nobody told it to.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

log = logging.getLogger(__name__)

_FOLDER = "recordings"
_EVERY_S = 5.0
_READABLE = 500
_SIZE = 8192
_TRIES, _TRY_AGAIN_S = 5, 0.05
_WELL_AFTER_S = 900.0
_KILLED = "its process was killed, or ended without a word"


class RecorderRun(msgspec.Struct, frozen=True):
    """How a recorder is doing, or how it ended.

    Attributes
    ----------
    archive, pid
        Where it records into, and its process id.
    seen_s, current_s, saved_s
        When it last was at work, last had read all that there was, last saved; epoch s, 0 if never.
    behind
        Records that it has not read.
    failed_s, error
        When and why a run ended that nobody had stopped; `error` is empty if none has, or if
        one after it has saved, or worked for a quarter of an hour.
    stopped
        Whether it ended because it was told to.
    running
        Whether its process is alive; known when it is read.
    """

    archive: str
    pid: int = 0
    seen_s: float = 0.0
    current_s: float = 0.0
    saved_s: float = 0.0
    behind: int = 0
    failed_s: float = 0.0
    error: str = ""
    stopped: bool = False
    running: bool = False


_recorder_run = msgspec.json.Decoder(RecorderRun)


class RecordingState(msgspec.Struct, frozen=True):
    """A recorder on this host, or its last run.

    Attributes
    ----------
    archive
        Where it records into.
    running, stopped
        Whether it runs; whether it ended because it was told to.
    behind
        Records that it had not read when it last looked.
    silent_s, behind_s, saved_ago_s
        How long ago it last worked, last had read all that there was, last saved (None if never).
    error, failed_ago_s
        Why, and how long ago, a run ended that nobody had stopped; None if none has.
    """

    archive: str
    running: bool
    stopped: bool
    behind: int
    silent_s: float
    behind_s: float
    saved_ago_s: float | None
    error: str | None
    failed_ago_s: float | None


class RecordingNote:
    """The file of a recorder while it runs; an error that leaves the context is in it.

    Where the folder cannot be written, nothing is kept.

    Parameters
    ----------
    state
        The folder of the state.
    archive
        Where it records into.
    clock
        Gives the time, epoch s.
    """

    def __init__(self, state: Path, archive: Path, clock: Callable[[], float]) -> None:
        name = hashlib.blake2b(str(archive.resolve()).encode(), digest_size=6).hexdigest()
        self.path = state / _FOLDER / f"{name}.json"
        self._clock, self._file, self._written_s = clock, _opened(self.path), 0.0
        self._began_s = now_s = clock()
        self.now = RecorderRun(str(archive), os.getpid(), now_s, now_s)
        before = None if self._file is None else _read(self._file)
        if before is not None:
            error, failed_s = before.error, before.failed_s
            if not before.stopped and not error:
                error, failed_s = _KILLED, before.seen_s
            self.now = msgspec.structs.replace(
                self.now, saved_s=before.saved_s, error=error, failed_s=failed_s
            )
        self._write()

    def at_work(self, behind: int) -> None:
        """Note that it works, and how many records it has not read."""
        now_s = self._clock()
        current_s = self.now.current_s if behind else now_s
        self.now = msgspec.structs.replace(
            self.now, seen_s=now_s, current_s=current_s, behind=behind
        )
        if now_s - self._began_s >= _WELL_AFTER_S:
            self.now = msgspec.structs.replace(self.now, error="", failed_s=0.0)
        if now_s - self._written_s >= _EVERY_S:
            self._write()

    def saved(self) -> None:
        """Note that all that was read is written."""
        self.now = msgspec.structs.replace(
            self.now, seen_s=self._clock(), saved_s=self._clock(), error="", failed_s=0.0
        )
        self._write()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None:
            self.now = msgspec.structs.replace(self.now, stopped=True)
        elif isinstance(error, Exception):
            why = " ".join(str(error).split())[:_READABLE] or type(error).__name__
            self.now = msgspec.structs.replace(self.now, failed_s=self._clock(), error=why)
        self._write()
        if self._file is not None:
            self._file.close()

    def _write(self) -> None:
        self._written_s = self._clock()
        if self._file is None:
            return
        try:
            # At once, and of one length: whoever reads meanwhile finds one or the other.
            os.pwrite(self._file.fileno(), msgspec.json.encode(self.now).ljust(_SIZE), 0)
        except OSError as error:
            log.warning("%s: cannot be written (%s)", self.path, error.strerror)


def recordings(state: Path) -> list[RecorderRun]:
    """Return how the recorders on this host are doing, those that have failed too."""
    found = []
    for path in sorted((state / _FOLDER).glob("*.json")):
        with path.open("rb") as file:
            running = not _locks(file, fcntl.LOCK_SH)
            note = _read(file)
        if note is not None:
            found.append(msgspec.structs.replace(note, running=running))
    return found


def recording_state(one: RecorderRun, now_s: float) -> RecordingState:
    """Say how a recorder is doing at a time, epoch s."""

    def ago(time_s: float) -> float:
        return max(now_s - time_s, 0.0)

    error, failed_s = one.error, one.failed_s
    if not (one.running or one.stopped or error):
        error, failed_s = _KILLED, one.seen_s
    return RecordingState(
        archive=one.archive,
        running=one.running,
        stopped=one.stopped,
        behind=one.behind,
        silent_s=ago(one.seen_s),
        behind_s=ago(one.current_s) if one.behind else 0.0,
        saved_ago_s=ago(one.saved_s) if one.saved_s else None,
        error=error or None,
        failed_ago_s=ago(failed_s) if error else None,
    )


def _opened(path: Path) -> IO[bytes] | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b")
    except OSError as error:
        log.info("%s: cannot be written (%s): status will not know of it", path, error.strerror)
        return None
    for _ in range(_TRIES):  # whoever looks at it holds it for an instant
        if _locks(file, fcntl.LOCK_EX):
            return file
        time.sleep(_TRY_AGAIN_S)
    file.close()
    return None  # another process records into this archive: the file is its


def _locks(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: IO[bytes]) -> RecorderRun | None:
    file.seek(0)
    try:
        return _recorder_run.decode(file.read())
    except msgspec.DecodeError:
        return None  # empty, or cut off by a full disk
