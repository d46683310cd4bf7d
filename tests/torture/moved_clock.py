"""A process whose wall clock, as Python reads it, is off by what a file says.

    python -m tests.torture.moved_clock FILE COMMAND...

Not by libfaketime: under it librdkafka waits for ever, since its waits for conditions go by the
true clock, and what it computes them from, by the false one. A host's clock is never two.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path


def main(argv: list[str]) -> None:
    """Move the clock, then run the command."""
    file, true = Path(argv[0]), time.time

    def moved() -> float:
        return true() + float(file.read_text() or 0)

    time.time = moved
    sys.argv = ["weathervane", *argv[1:]]
    from streams.cli.main import main as command

    command()


if __name__ == "__main__":
    main(sys.argv[1:])
