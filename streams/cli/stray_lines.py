"""What commands say about events that are late, or ahead of the others."""

from __future__ import annotations

from collections.abc import Mapping

from streams.cli.console import err
from streams.cli.terminal import plain
from streams.counts.clock.source_strays import SourceStrays, stray_warnings


def warn_of_strays(sources: Mapping[str, SourceStrays]) -> None:
    """Write to standard error of which sources events were late, or ahead, and whose they are."""
    for warning in stray_warnings(sources):
        err.print(plain(f"warning: {warning}", "yellow"), soft_wrap=True)
