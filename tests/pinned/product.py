"""All that the sums know of where the product's code is: moves of code touch this module only.

Run as a module it writes a report as the command does, and prints the data that it draws:
``python -m tests.pinned.product ARCHIVE CONFIG FILE.html [LABELS.csv]``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import orjson

import streams.cli.analysis.report as reporting
from streams.language.catalogue import Catalogue

ENTRY = "streams.cli.main"
"""The module that is the command line."""


def main() -> None:
    """Write a report; what is handed to the page is caught on its way."""
    archive, config, file, *labels = (Path(argument) for argument in sys.argv[1:])
    drawn: list[object] = []
    page: Callable[[object, Catalogue], str] = vars(reporting)["page"]

    def caught(report: object, words: Catalogue) -> str:
        drawn.append(report)
        return page(report, words)

    vars(reporting)["page"] = caught
    reporting.report(over=archive, to=file, labels=labels, config=config)
    sys.stdout.buffer.write(orjson.dumps(drawn[0], option=orjson.OPT_NON_STR_KEYS))


if __name__ == "__main__":
    main()
