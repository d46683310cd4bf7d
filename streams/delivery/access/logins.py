"""Logins: a password against a session's cookie, as often as the limit lets it be tried."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from streams.access.login_limit import LoginLimit
from streams.access.passwords import fits
from streams.access.record import KeyedBytes, Session, encode_record, tombstone
from streams.access.secrets import hashed, new_session
from streams.delivery.access.users_topic import NotKept, UsersTopic
from streams.delivery.feed.problem import ProblemError
from streams.printable import printable

LASTS: Final = dt.timedelta(hours=12)
"""How long a session lasts."""

_MOST_WAITING: Final = 20
_ENDED_AT_ONCE: Final = 100
_log = logging.getLogger(__name__)


class Logins:
    """Makes and ends sessions.

    Parameters
    ----------
    users
        The topic on which they are kept, so that every serve knows them.
    now, monotonic_s
        Clocks: of day, and for the limit.
    """

    def __init__(
        self,
        users: UsersTopic,
        now: Callable[[], dt.datetime],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._users, self._now, self._monotonic_s = users, now, monotonic_s
        self._limit = LoginLimit()
        # Of one at a time: each password takes 19 MiB, and a core.
        self._one = asyncio.Semaphore(1)
        self._waiting = 0

    async def begin(self, name: str, password: str, address: str) -> str:
        """Log a user in, and return the value of the session's cookie.

        Raises
        ------
        ProblemError
            Where the password is not the user's, or this has been tried too often.
        """
        if self._users.problem is not None:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, self._users.problem)
        wait_s = self._limit.wait_s(address, name, self._monotonic_s())
        if wait_s > 0 or self._waiting >= _MOST_WAITING:
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too many logins have failed; try again later",
                headers={"Retry-After": str(int(max(wait_s, 1.0)) + 1)},
            )
        # It counts as failed until it has succeeded: many at a time are many failures.
        self._limit.failed(address, name, self._monotonic_s())
        user = self._users.directory.user(name)
        self._waiting += 1
        try:
            async with self._one:
                right = await asyncio.to_thread(
                    fits, password, None if user is None else user.password
                )
        finally:
            self._waiting -= 1
        if user is None or not right:
            _log.warning("a login as %s from %s has failed", _shown(name), address)
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "user and password must fit each other")
        self._limit.succeeded(address, name)
        secret, now = new_session(), self._now()
        session = Session(
            sha256=hashed(secret), user=user.name, mark=user.mark, at=now, expires=now + LASTS
        )
        over = [tombstone(each) for each in self._users.directory.over(now)[:_ENDED_AT_ONCE]]
        await self._write([*over, encode_record(session)])
        _log.info("%s has logged in from %s", _shown(name), address)
        return secret

    async def end(self, secret: str) -> None:
        """End a session everywhere."""
        digest = hashed(secret)
        for user in self._users.directory.users:
            for session in self._users.directory.sessions_of(user.name):
                if session.sha256 == digest:
                    await self._write([tombstone(session)])

    async def _write(self, records: list[KeyedBytes]) -> None:
        try:
            await self._users.write(records)
        except NotKept as error:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from None


def _shown(name: str) -> str:
    return printable(name[:100])
