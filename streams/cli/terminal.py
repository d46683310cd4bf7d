"""What is written for people: strings that came in cannot steer the terminal or forge a line.

`plain` is for views: a table then knows how wide the escaped text is. Whatever a view forgets is
escaped when it is drawn, and in log lines.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator

from rich.cells import set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from streams.alerts.terms import EVENTS, STATES, term
from streams.language.catalogue import Catalogue
from streams.printable import printable


def plain(text: str, style: str = "") -> Text:
    """Return a text that came in, to be shown: nothing in it is markup or a control character."""
    return Text(printable(text), style)


def event_cell(words: Catalogue, event: str) -> str:
    """Return an alert's event in the width of its column.

    Parameters
    ----------
    words
        The catalogue of the reader.
    event
        As on the wire.
    """
    table = STATES if event == "early" else EVENTS  # the longer word has no room
    return set_cell_size(term(words, table, event), 9)


class Terminal(Console):
    """A console that escapes whatever text it draws, but for its own line ends and colours."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as the console does, and escape the text of each piece."""
        for piece in super().render(renderable, options):
            if piece.control or piece.text.isprintable() or piece.text == "\n":
                yield piece
            else:
                yield Segment("\n".join(_lines(piece.text)), piece.style)


class TextLogLines(logging.Formatter):
    """A log line as text; further lines of the same message are indented, so that none is forged.

    Parameters
    ----------
    process
        The name of the process.
    """

    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s {process} %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return "\n    ".join(_lines(super().format(record)))


class JsonLogLines(logging.Formatter):
    """A log line as a JSON object on one line, which holds a traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return printable(json.dumps(line, ensure_ascii=False))


def _lines(text: str) -> Iterator[str]:
    return map(printable, text.split("\n"))
