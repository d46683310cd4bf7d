"""Mail and further services, by the library Apprise: a list of its schemes, and no other.

Only the modules of these services are loaded, no plug-in of anybody. A call of the library says yes
or no; the status that a service has answered is taken from what the library logs, and nothing else
of it, since that may hold an address with a token.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import AfterValidator, Field, model_validator

from streams.config.fields import FilePath, PositiveDuration, Table, raise_problems
from streams.delivery.channels.channel import Refusal
from streams.delivery.channels.notification import Notification, Tell
from streams.delivery.channels.signing import SecretProblem, read_secret
from streams.delivery.channels.text.message import Style, message, utf8_size
from streams.delivery.waiting_threads import WaitingThreads
from streams.language.catalogue import Language

_MARKUP: Final = re.compile(r"([\\*_~`|#>\[\]()])")


def _for_discord(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


SERVICES: Final = {
    "mailto": ("email:NotifyEmail", Style(15_000)),
    "mailtos": ("email:NotifyEmail", Style(15_000)),
    "discord": (
        "discord:NotifyDiscord",
        Style(1_800, escape=_for_discord, link=lambda url: f"<{url}>"),
    ),
    "tgram": ("telegram:NotifyTelegram", Style(3_000)),
    "workflows": ("workflows:NotifyWorkflows", Style(800)),
    "ntfy": ("ntfy:NotifyNtfy", Style(3_500, utf8_size)),
    "ntfys": ("ntfy:NotifyNtfy", Style(3_500, utf8_size)),
}
"""The schemes: the module and class of the library, and what texts are like there. Of Discord the
library leaves markup as it is; of the others it escapes plain text itself, or sends it as it is."""

WAITED_TWICE: Final = 4.0
"""A call may take so many timeouts: the library has one to connect and one for each answer."""

COMPLETE: Final = "a complete address of its service, such as ntfys://HOST/TOPIC"

_STATUS: Final = re.compile(r"\berror=(\d{3})\b")


def _listed(url: str) -> str:
    if problem := url_problem(url):
        raise ValueError(problem)
    return url


def url_problem(url: str) -> str | None:
    """Say why an address cannot be used, or None; what is said repeats nothing of it.

    Examples
    --------
    >>> url_problem("ntfys://ntfy.example/alerts")
    >>> url_problem("json://x")[:40]
    'must begin with one of: mailto://, mailt'
    """
    if url.partition("://")[0] in SERVICES:
        return None
    schemes = ", ".join(f"{scheme}://" for scheme in SERVICES)
    return (
        f"must begin with one of: {schemes}; DingTalk, WeCom, Feishu and Slack have their own keys"
    )


class Apprise(Table):
    """An ``apprise`` table of a receiver.

    Attributes
    ----------
    url
        An address in the form of Apprise; it holds a password or a token.
    url_file
        A file with the address, instead.
    timeout
        How long an answer may take, in seconds.
    """

    kind: ClassVar[str] = "apprise"
    takes_acknowledgements: ClassVar[bool] = False
    takes_heartbeats: ClassVar[bool] = False
    resend_every: ClassVar[float] = 0.0

    url: Annotated[str, AfterValidator(_listed)] | None = Field(default=None, repr=False)
    url_file: FilePath | None = Field(default=None, repr=False)
    timeout: PositiveDuration = 10.0

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        raise_problems(self._misfits())
        return self

    def _misfits(self) -> Iterator[str]:
        if (self.url is None) == (self.url_file is None):
            yield "must have either `url` or `url_file`"

    @asynccontextmanager
    async def open(self, language: Language) -> AsyncIterator[Tell]:
        """Hold a thread for each call, since the library waits in its calls."""
        threads = WaitingThreads()

        async def tell(notification: Notification) -> Refusal | None:
            try:
                url = self._address()
            except SecretProblem as problem:
                return Refusal("secret", str(problem))
            style = SERVICES[url.partition("://")[0]][1]
            title, text = message(notification, language, style)
            call = asyncio.get_running_loop().run_in_executor(
                threads, _send, url, title, text, self.timeout
            )
            try:
                async with asyncio.timeout(WAITED_TWICE * self.timeout):
                    return await call
            except TimeoutError:
                return Refusal("timeout", f"no answer within {WAITED_TWICE * self.timeout:g} s")

        yield tell

    def check(self) -> None:
        """Read the address, and whether it is complete.

        Raises
        ------
        SecretProblem
            Where its file cannot be read, or its service needs more than it holds.
        """
        if _opened(self._address(), self.timeout) is None:
            key = "url" if self.url is not None else "the address in url_file"
            raise SecretProblem(f"{key} must be {COMPLETE}; found one that is not")

    def _address(self) -> str:
        if self.url is not None:
            return self.url
        assert self.url_file is not None
        url = read_secret(self.url_file, "url_file")
        if problem := url_problem(url):
            raise SecretProblem(f"the address in url_file {problem}")
        return url


class _Statuses(logging.Handler):
    """Keeps the status that the library logs, for the thread that asks."""

    def __init__(self) -> None:
        super().__init__()
        self.of_thread = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        if found := _STATUS.search(record.getMessage()):
            self.of_thread.status = found[1]


_statuses = _Statuses()


def _send(url: str, title: str, text: str, timeout_s: float) -> Refusal | None:
    """Send a message by the library; a call of its own, with nothing left of the one before."""
    service = _opened(url, timeout_s)
    if service is None:
        return Refusal("address", f"url must be {COMPLETE}")
    _statuses.of_thread.status = None
    if service.notify(title=title, body=text, body_format="text", notify_type="warning"):
        return None
    status = _statuses.of_thread.status
    if status is None:
        return Refusal("failed", "the message was not taken: no answer, or one without a status")
    return Refusal(status, f"HTTP {status}", answered=True)


def _opened(url: str, timeout_s: float) -> Any:
    """Return the service of an address; None where the address is not complete."""
    from apprise import AppriseAsset
    from apprise.exception import AppriseException

    log = logging.getLogger("apprise")
    log.propagate = False  # its lines may hold addresses
    log.handlers = [_statuses]
    module, _, name = SERVICES[url.partition("://")[0]][0].partition(":")
    service_of = getattr(importlib.import_module(f"apprise.plugins.{module}"), name)
    found = service_of.parse_url(url)
    if not found:
        return None
    asset = AppriseAsset(
        app_id="Weathervane", app_desc="Weathervane", app_url="", image_url_mask="",
        image_url_logo="", storage_mode="memory", http_redirects=False,
    )  # fmt: skip
    try:
        service = service_of(asset=asset, **found)
    except (AppriseException, TypeError):
        return None
    if getattr(service, "topics", None) == []:
        return None  # of ntfy the library takes an address without a topic, and sends nothing
    service.socket_connect_timeout = service.socket_read_timeout = timeout_s
    return service
