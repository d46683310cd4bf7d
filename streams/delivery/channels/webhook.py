"""Webhooks: an alert is posted to an address, as a CloudEvent.

Only a status of 2xx accepts an alert. A redirect does not: CloudEvents webhooks must not follow it.
The status counts as soon as an answer's head is there. What comes after it is read to a bound, so
that the connection can be used again; it is never decompressed or looked at.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from streams import version
from streams.alerts.cloudevent import CONTENT_TYPE
from streams.config.addresses.web import address_problem
from streams.config.fields import Name, PositiveDuration, Table
from streams.delivery.channels.channel import Refusal, Send

if TYPE_CHECKING:
    import httpx

MOST_READ: Final = 65_536
"""Bytes of an answer's body that are read at most; a longer one ends its connection."""

_READ_WITHIN_S: Final = 1.0
_LEAST_PIECE: Final = 1024
_LONGEST_RETRY_AFTER: Final = 64


def _callable(url: str) -> str:
    if problem := address_problem(url):
        raise ValueError(problem)
    return url


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
    give_up_after
        Age in seconds at which an alert that it has not accepted is given up.
    give_up_on
        Statuses at which an alert is given up at once.
    begin
        Where its queue begins if no position is stored for it.
    monitor
        Whether it gets the events on the monitor itself too.
    """

    kind: ClassVar[str] = "webhook"

    name: Name
    url: Annotated[str, AfterValidator(_callable), Field(repr=False)]
    timeout: PositiveDuration = 10.0
    give_up_after: PositiveDuration = 86400.0
    give_up_on: list[Annotated[int, Field(ge=300, le=999)]] = Field(default_factory=list)
    begin: Literal["oldest", "newest"] = "oldest"
    monitor: bool = True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Send]:
        """Connect to the receiver, for as long as the context lasts."""
        # Every command reads this module, and only `serve` posts: httpx takes long to import.
        import httpx

        headers = {
            "Content-Type": CONTENT_TYPE,
            "User-Agent": f"weathervane/{version()}",
            "Accept-Encoding": "identity",
        }
        async with httpx.AsyncClient(
            headers=headers,
            timeout=self.timeout,
            follow_redirects=False,
            cookies=_NoCookies(),
            event_hooks={"response": [_forget_location]},
        ) as client:

            async def post(alert: bytes) -> Refusal | None:
                try:
                    # httpx limits each step; this limits all of them, since an answer that
                    # comes byte by byte never ends.
                    async with asyncio.timeout(self.timeout):
                        request = client.build_request("POST", self.url, content=alert)
                        answer = await client.send(request, stream=True)
                except TimeoutError:
                    return Refusal("timeout", f"no answer within {self.timeout:g} s")
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    return Refusal(type(error).__name__, _said(error))
                await _drain(answer)
                return None if answer.is_success else self._refusal(answer)

            yield post

    def _refusal(self, answer: httpx.Response) -> Refusal:
        import httpx

        status = answer.status_code
        # The standard's phrase: the receiver's own may be long, or repeat what it was sent.
        phrase = httpx.codes.get_reason_phrase(status)
        return Refusal(
            str(status),
            f"HTTP {status} {phrase}".rstrip(),
            retry_after_s(answer.headers.get("Retry-After"), dt.datetime.now(dt.UTC)),
            answered=True,
            final=status in self.give_up_on,
        )


class _NoCookies(CookieJar):
    """Takes no cookies: a receiver could set new ones without end."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Leave them."""


async def _forget_location(answer: httpx.Response) -> None:
    """Keep httpx from reading where a redirect leads: it is not followed, and may be no address."""
    answer.headers.pop("Location", None)


async def _drain(answer: httpx.Response) -> None:
    """Read the rest of an answer, to a bound; whatever is wrong with it does not matter."""
    read = 0
    with suppress(Exception):
        async with asyncio.timeout(_READ_WITHIN_S):
            async for piece in answer.aiter_raw():
                read += max(len(piece), _LEAST_PIECE)  # tiny pieces cost time
                if read > MOST_READ:
                    break
    with suppress(Exception):
        await answer.aclose()


def _said(error: Exception) -> str:
    """Say what the system says of a connection; of other errors only the kind.

    They may repeat the address, which may hold a token, or what the receiver has sent.
    """
    import httpx

    name = type(error).__name__
    return f"{name}: {error}"[:200] if isinstance(error, httpx.ConnectError) else name


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
    if len(header) > _LONGEST_RETRY_AFTER:
        return None
    try:
        moment = parsedate_to_datetime(header)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, OverflowError):  # the second where no calendar has such a date
        return None
