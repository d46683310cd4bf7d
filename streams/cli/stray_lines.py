"""What commands say about files, and about events that are late, or ahead of the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.cli.console import err
from streams.cli.terminal import plain
from streams.strays import SourceStrays, stray_warnings


def say_notes(notes: Iterable[str]) -> None:
    """Write to standard error what was met in files."""
    for note in notes:
        err.print(plain(f"note: {note}"), soft_wrap=True)


def warn_of_strays(sources: Mapping[str, SourceStrays]) -> None:
    """Write to standard error of which sources events were late, or ahead, and whose they are."""
    for is_warning, text in stray_warnings(sources):
        line = plain(f"warning: {text}", "yellow") if is_warning else plain(f"note: {text}")
        err.print(line, soft_wrap=True)
