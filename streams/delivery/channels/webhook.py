"""Webhooks: an alert is posted to an address, as a CloudEvent.

Only a status of 2xx accepts an alert. A redirect does not: CloudEvents webhooks must not follow it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Annotated, ClassVar

from pydantic import Field

from streams import version
from streams.alerts.cloudevent import CONTENT_TYPE
from streams.config.fields import Name, PositiveDuration, Table
from streams.delivery.channels.channel import Refusal, Send


class Webhook(Table):
    """A ``[[webhooks]]`` table: a receiver to which each alert is posted.

    Attributes
    ----------
    name
        The receiver's name.
    url
        Its address.
    timeout
        How long an answer may take, in seconds.
    """

    kind: ClassVar[str] = "webhook"

    name: Name
    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
    timeout: PositiveDuration = 10.0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Send]:
        """Connect to the receiver, for as long as the context lasts."""
        # Every command reads this module, and only `serve` posts: httpx takes long to import.
        import httpx

        headers = {"Content-Type": CONTENT_TYPE, "User-Agent": f"weathervane/{version()}"}
        async with httpx.AsyncClient(
            headers=headers, timeout=self.timeout, follow_redirects=False
        ) as client:

            async def post(alert: bytes) -> Refusal | None:
                try:
                    # httpx limits each step; this limits all of them, since an answer that
                    # comes byte by byte never ends.
                    async with asyncio.timeout(self.timeout):
                        answer = await client.post(self.url, content=alert)
                except TimeoutError:
                    return Refusal("timeout", f"no answer within {self.timeout:g} s")
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    # What the error says, and not the address: that may hold a token.
                    name = type(error).__name__
                    return Refusal(name, f"{name}: {error}")
                if answer.is_success:
                    return None
                status = answer.status_code
                wait_s = retry_after_s(answer.headers.get("Retry-After"), dt.datetime.now(dt.UTC))
                detail = f"HTTP {status} {answer.reason_phrase}".rstrip()
                return Refusal(str(status), detail, wait_s)

            yield post


def retry_after_s(header: str | None, now: dt.datetime) -> float | None:
    """Read a ``Retry-After`` header: seconds, or a date; None where it is neither.

    Examples
    --------
    >>> now = dt.datetime(2020, 2, 1, tzinfo=dt.UTC)
    >>> retry_after_s("120", now), retry_after_s("Sat, 01 Feb 2020 00:01:00 GMT", now)
    (120.0, 60.0)
    """
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return float(header[:10])
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - now).total_seconds())
