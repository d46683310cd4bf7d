"""A file of mail to its messages: one message, or an mbox of many."""

from __future__ import annotations

from collections.abc import Iterator

from streams.sources.input_file import LARGEST_RECORD, InputFile

_START = b"From "


def messages(file: InputFile) -> Iterator[bytes]:
    """Yield each message; of one over `LARGEST_RECORD` bytes only a little more than that.

    A file whose first line begins with ``From`` and a blank is an mbox: there every such line
    after an empty one begins a message. Of a damaged file the last, broken message is
    left in `file.cut`.
    """
    kept: list[bytes] = []
    size = 0
    is_mbox: bool | None = None
    after_blank = True
    for line in file.lines():
        blank = not line.strip()
        if is_mbox is None:
            if blank:
                continue
            is_mbox = line.startswith(_START)
        if is_mbox and after_blank and line.startswith(_START):
            if kept:
                yield b"".join(kept)
            kept, size = [], 0
        elif size <= LARGEST_RECORD:
            kept.append(line)
            size += len(line)
        after_blank = blank
    if file.damage is not None:
        file.cut = b"".join([*kept, file.cut])
    elif kept:
        yield b"".join(kept)
