"""Posts to an address, once, and bounds what an answer may cost: time, memory, connections.

Only a status of 2xx accepts. A redirect does not: CloudEvents webhooks must not follow it. The
status counts as soon as an answer's head is there. What comes after it is read to a bound, and it
is never decompressed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from pydantic import AfterValidator

from streams import version
from streams.config.addresses.web import address_problem
from streams.delivery.channels.channel import Refusal

if TYPE_CHECKING:
    import httpx

MOST_READ: Final = 65_536
"""Bytes of an answer's body that are read at most; a longer one ends its connection."""

READ_WITHIN_S: Final = 1.0
"""How long a body may take that only has to be out of the way."""

_LEAST_PIECE: Final = 1024
_LONGEST_RETRY_AFTER: Final = 64


def _callable(url: str) -> str:
    if problem := address_problem(url):
        raise ValueError(problem)
    return url


Address = Annotated[str, AfterValidator(_callable)]
"""An address that can be called. It may hold a token: a key of it is left out of `repr`."""


class Answer(msgspec.Struct, frozen=True):
    """What a receiver has answered.

    Attributes
    ----------
    status
        Of HTTP.
    retry_after_s
        How long it asked to be left alone, in seconds; None where it did not.
    body
        What came of it in time, to a bound.
    """

    status: int
    retry_after_s: float | None
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status accepts."""
        return 200 <= self.status < 300

    def refusal(self, *, final: bool = False) -> Refusal | None:
        """Say why it is no acceptance; None where the status accepts."""
        if self.is_success:
            return None
        import httpx

        # The standard's phrase: the receiver's own may be long, or repeat what it was sent.
        phrase = httpx.codes.get_reason_phrase(self.status)
        return Refusal(
            str(self.status),
            f"HTTP {self.status} {phrase}".rstrip(),
            self.retry_after_s,
            answered=True,
            final=final,
        )


class Poster:
    """Posts with connections that stay open in between.

    Parameters
    ----------
    client
        The client of HTTP.
    timeout_s
        How long an answer's head may take.
    """

    def __init__(self, client: httpx.AsyncClient, timeout_s: float) -> None:
        self._client, self._timeout_s = client, timeout_s

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        body_within_s: float = READ_WITHIN_S,
    ) -> Answer | Refusal:
        """Post once; a refusal where no answer came.

        Parameters
        ----------
        url, body, headers
            What is posted, and where.
        body_within_s
            How long the answer's body may take after its head.
        """
        import httpx

        try:
            # httpx limits each step; this limits all of them, since an answer that
            # comes byte by byte never ends.
            async with asyncio.timeout(self._timeout_s):
                request = self._client.build_request("POST", url, content=body, headers=headers)
                answer = await self._client.send(request, stream=True)
        except TimeoutError:
            return Refusal("timeout", f"no answer within {self._timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Refusal(type(error).__name__, _said(error))
        wait_s = retry_after_s(answer.headers.get("Retry-After"), dt.datetime.now(dt.UTC))
        return Answer(answer.status_code, wait_s, await _drain(answer, body_within_s))


@asynccontextmanager
async def open_poster(timeout_s: float) -> AsyncIterator[Poster]:
    """Hold connections for as long as the context lasts."""
    # Every command reads this module, and only `serve` posts: httpx takes long to import.
    import httpx

    async with httpx.AsyncClient(
        headers={"User-Agent": f"weathervane/{version()}", "Accept-Encoding": "identity"},
        timeout=timeout_s,
        follow_redirects=False,
        cookies=_NoCookies(),
        event_hooks={"response": [_forget_location]},
    ) as client:
        yield Poster(client, timeout_s)


class _NoCookies(CookieJar):
    """Takes no cookies: a receiver could set new ones without end."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Leave them."""


async def _forget_location(answer: httpx.Response) -> None:
    """Keep httpx from reading where a redirect leads: it is not followed, and may be no address."""
    answer.headers.pop("Location", None)


async def _drain(answer: httpx.Response, within_s: float) -> bytes:
    """Read the rest of an answer, to a bound; whatever is wrong with it does not matter."""
    pieces: list[bytes] = []
    cost = 0
    with suppress(Exception):
        async with asyncio.timeout(within_s):
            async for piece in answer.aiter_raw():
                cost += max(len(piece), _LEAST_PIECE)  # tiny pieces cost time
                if cost > MOST_READ:
                    break
                pieces.append(piece)
    with suppress(Exception):
        await answer.aclose()
    return b"".join(pieces)


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
