"""The messages of a file of mail: one, or an mbox."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from streams.sources.files.input_file import LARGEST_RECORD, InputFile
from streams.sources.mail.header import LONGEST_HEADER, Header

_MARK = b"\xef\xbb\xbf"
_START = b"From "
_DATED = re.compile(
    rb"From .*?(?P<date>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d(?::\d\d)?"
    rb"(?: [A-Z+-][A-Z0-9:+-]*)? \d{4}(?: [+-]\d{4})?)(?: remote from .*)?"
)
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:|>?From ")
_LONGEST_LINE = 500


def mbox_date(line: bytes) -> str | None:
    """Return the date in the line by which an mbox begins a message; None where it has none.

    Examples
    --------
    >>> mbox_date(b"From news@shop.example Mon Mar  2 09:00:00 2026")
    'Mon Mar  2 09:00:00 2026'
    """
    found = _DATED.fullmatch(line.strip()) if len(line) <= _LONGEST_LINE else None
    return None if found is None else found["date"].decode("ascii")


@dataclass(slots=True)
class _Message:
    """The lines of a message so far, and whether its last part has ended."""

    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    boundary: bytes | None = None
    in_header: bool = True

    def add(self, line: bytes) -> None:
        """Add a line; what comes after `LARGEST_RECORD` bytes is left out."""
        if self.in_header and not line.strip():
            self.in_header = False
            self.boundary = Header(b"".join(self.lines)[:LONGEST_HEADER]).boundary()
        elif self.is_ended_by(line):
            self.boundary = None
        if self.size <= LARGEST_RECORD:
            self.lines.append(line)
            self.size += len(line)

    def is_ended_by(self, line: bytes) -> bool:
        """Whether a line is the end of its parts."""
        return self.boundary is not None and line.rstrip() == b"--%s--" % self.boundary

    def raw(self) -> bytes:
        """Return its bytes."""
        return b"".join(self.lines)


def messages(file: InputFile) -> Iterator[bytes]:
    """Yield each message of a file; one of over `LARGEST_RECORD` bytes is cut soon after them.

    A file whose first line begins with ``From`` and a blank is an mbox: in it, such a line after an
    empty one begins a message, if it has a date as the first one has. In a message whose parts have
    not ended, it is a line of that message where their end comes after it: not all programs write
    ``>From`` there. An mbox's messages keep this line. The last, broken message of a damaged file
    is left in `file.cut`.
    """
    held = _Unended()
    message = _Message()
    start: _MessageStart | None = None
    after_blank = True
    for line, following in _with_next(file.lines()):
        if start is None:
            line = line.removeprefix(_MARK)
            if not line.strip():
                continue
            start = _MessageStart(line)
        elif after_blank and start.begins(line, following):
            yield from held.add(message)
            message = _Message()
        own = message.boundary
        message.add(line)
        if own is not None and message.boundary is None:
            yield from held.without(own)
        elif line.startswith(b"--"):
            message = held.joined_with(message, line)
        after_blank = not line.strip()
    yield from held.take_all()
    if file.damage is not None:
        file.cut = message.raw() + file.cut
    elif message.lines:
        yield message.raw()


class _Unended:
    """Messages that may not be whole: one whose parts have not ended, and those after it.

    What looks like the next message may be a part of it, until the end of its parts has come.
    """

    def __init__(self) -> None:
        self._messages: deque[_Message] = deque()
        self._size = 0
        self._boundaries = Counter[bytes]()
        """Of those held: most lines end the parts of none, and are looked up here alone."""

    def add(self, message: _Message) -> Iterator[bytes]:
        """Hold a message; yield those that are whole, or too large for waiting."""
        self._messages.append(message)
        self._size += message.size
        if message.boundary is not None:
            self._boundaries[message.boundary] += 1
        while self._messages and (
            self._messages[0].boundary is None or self._size > LARGEST_RECORD
        ):
            yield self._oldest()

    def without(self, boundary: bytes) -> Iterator[bytes]:
        """Yield all, if one of them has a boundary by which the parts of a later one have ended."""
        if self._boundaries[boundary]:
            yield from self.take_all()

    def take_all(self) -> Iterator[bytes]:
        """Yield all."""
        while self._messages:
            yield self._oldest()

    def joined_with(self, message: _Message, line: bytes) -> _Message:
        """Return the message, or, if the line ends the parts of one that is held, both as one."""
        if not self._boundaries[line.rstrip()[2:-2]]:
            return message
        for index, held in enumerate(self._messages):
            if held.is_ended_by(line):
                pieces = [
                    self._left(self._messages.pop()) for _ in range(len(self._messages) - index)
                ]
                whole = _Message(in_header=False)
                for piece in (*reversed(pieces), message):
                    for each in piece.lines:
                        whole.add(each)
                return whole
        return message

    def _oldest(self) -> bytes:
        return self._left(self._messages.popleft()).raw()

    def _left(self, message: _Message) -> _Message:
        """Return a message that is held no more."""
        self._size -= message.size
        if message.boundary is not None:
            self._boundaries[message.boundary] -= 1
            if not self._boundaries[message.boundary]:
                del self._boundaries[message.boundary]
        return message


class _MessageStart:
    """Says which lines begin a message, from the first line of the file."""

    def __init__(self, first: bytes) -> None:
        self._is_mbox = first.startswith(_START)
        self._dated = mbox_date(first) is not None

    def begins(self, line: bytes, following: bytes) -> bool:
        """Whether a line after an empty one begins a message."""
        if not (self._is_mbox and line.startswith(_START)):
            return False
        if self._dated:
            return mbox_date(line) is not None
        return _FIELD.match(following) is not None


def _with_next(lines: Iterator[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line and the one that follows it; after the last one comes an empty one."""
    line = next(lines, b"")
    while line:
        following = next(lines, b"")
        yield line, following
        line = following
