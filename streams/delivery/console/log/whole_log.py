"""The log as it stands on its topic: serve's memory holds the newest actions only."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from streams.actions.action import Action, decode_action
from streams.actions.state import ActionState
from streams.broker.client.connection import Connection
from streams.delivery.standing_records import TopicUnread, standing_records

AT_ONCE = 2
"""How many read the topic at a time."""

PLACE_WAIT_S = 5.0
"""How long who comes then waits for a place."""

MOST_S = 300.0
"""How long one may read: a client that takes little at a time would keep its place for ever."""


class WholeLog:
    """Reads the topic of actions anew, for who asks for old ones.

    Parameters
    ----------
    connection, topic
        The broker, and the topic.
    sources_of
        The sources of each group of the configuration.
    """

    def __init__(
        self, connection: Connection, topic: str, sources_of: Mapping[str, Sequence[str]]
    ) -> None:
        self._connection, self._topic, self._sources_of = connection, topic, sources_of
        self._places = asyncio.Semaphore(AT_ONCE)

    async def actions(self) -> AsyncIterator[Action]:
        """Yield all actions that were done, the oldest first.

        Raises
        ------
        TopicUnread
            Where the topic cannot be read, others read it for too long, or this takes too long.
        """
        state = ActionState(self._sources_of)
        try:
            await asyncio.wait_for(self._places.acquire(), PLACE_WAIT_S)
        except TimeoutError:
            raise TopicUnread(
                f"topic {self._topic}: {AT_ONCE} others read all of it now; ask again in a while"
            ) from None
        try:
            now_s = asyncio.get_running_loop().time
            until_s = now_s() + MOST_S
            async for record in standing_records(self._connection, self._topic):
                if now_s() > until_s:
                    raise TopicUnread(
                        f"topic {self._topic}: must be read in {MOST_S:.0f} s; ask for less, or"
                        " take the file over a faster line"
                    )
                try:
                    action = decode_action(record.value or b"", record.timestamp / 1000)
                except ValueError:
                    continue  # serve's log names it
                if state.take(action).result == "done":
                    yield action
        finally:
            self._places.release()

    async def before(
        self, action_id: str, fits: Callable[[Action], bool], limit: int
    ) -> list[Action]:
        """Return the last actions that are asked for before one, the newest first.

        Parameters
        ----------
        action_id
            The action before which the page lies; where it is not there, at the end.
        fits
            Whether an action is asked for.
        limit
            How many at most.
        """
        found: deque[Action] = deque(maxlen=limit)
        async for action in self.actions():
            if action.id == action_id:
                break
            if fits(action):
                found.append(action)
        return list(reversed(found))
