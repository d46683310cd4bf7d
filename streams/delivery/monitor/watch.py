"""Looks at the monitor again and again, and hands what has begun and ended to the receivers."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence

from streams.config.model import Config
from streams.delivery.channels.channel import where_it_failed
from streams.delivery.monitor.sender import EventSender
from streams.delivery.monitor.shared_look import MonitorLook, SharedLook
from streams.delivery.monitor.tracker import Tracker

_log = logging.getLogger(__name__)

Posts = Sequence[tuple[EventSender, Callable[[], bool]]]
"""Each receiver that wants the events, and whether it is this process that sends them to it."""


class MonitorWatch:
    """Follows the monitor's symptoms for as long as serve runs.

    Parameters
    ----------
    config
        The configuration.
    look
        Looks at the whole monitor.
    posts
        The receivers.
    """

    def __init__(self, config: Config, look: SharedLook, posts: Posts) -> None:
        self._config, self._look, self._posts = config, look, posts
        self._tracker = Tracker(config.name, config.monitor.heartbeat)
        self._said = ""

    async def run(self) -> None:
        """Look and send until cancelled; no error here is anyone else's."""
        sending = [asyncio.create_task(sender.run()) for sender, _ in self._posts]
        try:
            while True:
                try:
                    await self._look_once()
                except Exception as error:
                    # Without a heartbeat operators learn of it.
                    self._say(f"the monitor cannot be looked at now: {where_it_failed(error)}")
                await asyncio.sleep(self._config.monitor.look_every)
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _look_once(self) -> None:
        seen = await self._look.fresh()
        self._note_rights(seen)
        for event in self._tracker.take(seen.wrong, dt.datetime.now(dt.UTC)):
            for sender, is_ours in self._posts:
                if is_ours():
                    sender.offer(event)

    def _note_rights(self, seen: MonitorLook) -> None:
        if seen.health.broker_refused:
            self._say(
                "serve may not describe all topics and consumer groups, so the events on the"
                " monitor itself tell only what the processes' metrics show; operations/README.md,"
                f" Least privilege, lists the rights: {seen.health.broker_error}"
            )

    def _say(self, what: str) -> None:
        """Log it once."""
        if what != self._said:
            _log.warning("%s", what)
        self._said = what
