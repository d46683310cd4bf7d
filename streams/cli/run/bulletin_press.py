"""Makes the bulletins that the configuration asks for, beside serve: a process for each."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from streams.bulletin.contents.days import DaySpan, PeriodKind, period_before, period_with
from streams.config.model import Config
from streams.delivery.bulletins.folder import bulletin_folder, kept_bulletins

_LOOK_EVERY_S: Final = 600.0
_AFTER: Final = dt.timedelta(hours=2)
"""So long after the end of its period a bulletin is made: then the archive has all of it."""

_LONGEST_S: Final = 1800.0
_log = logging.getLogger(__name__)


def due(
    kinds: Sequence[PeriodKind], made: set[tuple[str, str]], now: dt.datetime
) -> list[tuple[PeriodKind, DaySpan]]:
    """Say which bulletins are to be made.

    Parameters
    ----------
    kinds
        The periods of the configuration.
    made
        First days and kinds of those that there are.
    now
        The time, in the zone of days.

    Examples
    --------
    >>> noon = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
    >>> [(kind, str(span.first)) for kind, span in due(["day", "month"], set(), noon)]
    [('day', '2026-11-30'), ('month', '2026-11-01')]
    >>> due(["month"], {("2026-11-01", "month")}, noon)
    []
    """
    found = []
    for kind in dict.fromkeys(kinds):
        span = period_before(kind, period_with(kind, (now - _AFTER).date()))
        if (span.first.isoformat(), kind) not in made:
            found.append((kind, span))
    return found


class BulletinPress:
    """Makes each bulletin once its period is over.

    Parameters
    ----------
    config, file
        The configuration, and its file as the user named it.
    now
        The time.
    """

    def __init__(self, config: Config, file: Path | None, now: Callable[[], dt.datetime]) -> None:
        self._config, self._file, self._now = config, file, now
        self._folder = bulletin_folder(config)
        self._said: set[str] = set()

    async def run(self) -> None:
        """Make bulletins until cancelled; without periods, at once nothing."""
        while self._config.serve.bulletin.periods:
            await self.make_due()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def make_due(self) -> None:
        """Make those that are due; what cannot be made is logged, and tried again the next time."""
        made = {(one.first, one.kind) for one in kept_bulletins(self._folder)}
        now = self._now().astimezone(ZoneInfo(self._config.timezone))
        for kind, span in due(self._config.serve.bulletin.periods, made, now):
            await self._make(kind, span)

    async def _make(self, kind: PeriodKind, span: DaySpan) -> None:
        asked = ["--period", kind, "--until", span.last.isoformat(), "--into", str(self._folder)]
        if self._file is not None:
            asked += ["--config", str(self._file)]
        if self._config.serve.bulletin.archive is not None:
            asked += ["--archive", str(self._config.serve.bulletin.archive)]
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "streams.cli.main", "bulletin", *asked,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, said = await asyncio.wait_for(child.communicate(), _LONGEST_S)
        except TimeoutError:
            said = b"it took too long"
        finally:
            if child.returncode is None:
                child.kill()
        if child.returncode == 0:
            _log.info("the bulletin of the %s from %s is made", kind, span.first)
            return
        problem = said.decode(errors="replace").strip()[-500:]
        if problem not in self._said:  # it is tried again every few minutes
            self._said.add(problem)
            _log.warning(
                "the bulletin of the %s from %s cannot be made: %s", kind, span.first, problem
            )
