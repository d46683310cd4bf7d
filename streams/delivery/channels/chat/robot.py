"""What is common to robots of chat services: a text is posted as JSON to an address with a token.

Several services answer with HTTP 200 whatever they think of a message, and say in the body whether
they took it. So the body decides, too.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final, Self

import msgspec
import orjson
from pydantic import Field, model_validator

from streams.config.addresses.web import address_problem
from streams.config.fields import FilePath, PositiveDuration, Table, raise_problems
from streams.delivery.channels.channel import Refusal
from streams.delivery.channels.notification import Notification, Tell
from streams.delivery.channels.posting import Address, Poster, open_poster
from streams.delivery.channels.signing import SecretProblem, read_secret
from streams.delivery.channels.text.message import Style, message
from streams.language.catalogue import Language

_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}

Signed = tuple[str, dict[str, Any]]
"""An address and what is posted to it."""


class Service(msgspec.Struct, frozen=True):
    """The facts about one service.

    Attributes
    ----------
    style
        What its texts are like.
    document
        Makes what is posted of a text.
    sign
        Signs an address or a document with a secret, at a time in epoch seconds.
    refusal
        Says why an answer's body, after a status of 2xx, is no acceptance; None where it is one.
    """

    style: Style
    document: Callable[[str], dict[str, Any]]
    sign: Callable[[str, dict[str, Any], str, float], Signed] | None = None
    refusal: Callable[[bytes], Refusal | None] = lambda _: None


class Robot(Table):
    """A table of a receiver that names a robot by its address.

    Attributes
    ----------
    url
        The robot's address, as the service shows it; it holds a token.
    url_file
        A file with the address, instead.
    timeout
        How long an answer may take, in seconds.
    """

    service: ClassVar[Service]
    kind: ClassVar[str]
    takes_acknowledgements: ClassVar[bool] = False
    takes_heartbeats: ClassVar[bool] = False
    resend_every: ClassVar[float] = 0.0

    url: Address | None = Field(default=None, repr=False)
    url_file: FilePath | None = Field(default=None, repr=False)
    timeout: PositiveDuration = 10.0

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        raise_problems(self._misfits())
        return self

    def _misfits(self) -> Iterator[str]:
        if (self.url is None) == (self.url_file is None):
            yield "must have either `url` or `url_file`"

    @property
    def _secret(self) -> str | None:
        """The secret that signs messages; None where they are not signed."""
        return None

    @asynccontextmanager
    async def open(self, language: Language) -> AsyncIterator[Tell]:
        """Connect to the service, for as long as the context lasts."""
        async with open_poster(self.timeout) as poster:

            async def tell(notification: Notification) -> Refusal | None:
                text = "\n".join(message(notification, language, self.service.style))
                try:
                    return await self._post(poster, text)
                except SecretProblem as problem:
                    return Refusal("secret", str(problem))

            yield tell

    def check(self) -> None:
        """Read what its files hold.

        Raises
        ------
        SecretProblem
            Where one cannot be read, or holds something else.
        """
        self._address()
        _ = self._secret

    async def _post(self, poster: Poster, text: str) -> Refusal | None:
        url, document = self._address(), self.service.document(text)
        secret = self._secret
        if secret is not None and self.service.sign is not None:
            url, document = self.service.sign(url, document, secret, time.time())
        body = orjson.dumps(document)
        answer = await poster.post(url, body, _JSON, body_within_s=self.timeout)
        if isinstance(answer, Refusal):
            return answer
        return answer.refusal() or self.service.refusal(answer.body)

    def _address(self) -> str:
        if self.url is not None:
            return self.url
        assert self.url_file is not None
        url = read_secret(self.url_file, "url_file")
        if problem := address_problem(url):
            raise SecretProblem(f"the address in url_file {problem}")
        return url


class SignedRobot(Robot):
    """A robot whose messages can be signed.

    Attributes
    ----------
    secret_file
        A file with the secret of its security settings; None where messages are not signed.
    """

    secret_file: FilePath | None = Field(default=None, repr=False)

    @property
    def _secret(self) -> str | None:
        return None if self.secret_file is None else read_secret(self.secret_file, "secret_file")


class Fault(msgspec.Struct, frozen=True):
    """What a code of a service means.

    Attributes
    ----------
    meaning
        In our words.
    wait_s
        How long to leave the service alone, in seconds; None where it does not matter.
    """

    meaning: str
    wait_s: float | None = None


def refusal_of_code(body: bytes, key: str, faults: Mapping[int, Fault]) -> Refusal | None:
    """Read the code in an answer's body: 0 accepts.

    Parameters
    ----------
    body
        The answer's body.
    key
        The key of the code.
    faults
        The codes that are known. Of others the number is said; what the service writes beside it
        is not, since it may repeat what it was sent.

    Examples
    --------
    >>> refusal_of_code(b'{"errcode":0}', "errcode", {})
    >>> refusal_of_code(b'{"errcode":7}', "errcode", {}).detail
    'errcode 7'
    """
    try:
        code = orjson.loads(body)[key]
    except (ValueError, LookupError, TypeError):
        code = None
    if not isinstance(code, int) or isinstance(code, bool):
        return Refusal("unreadable", f"an answer without {key}", answered=True)
    if code == 0:
        return None
    if code not in faults:  # metrics count by reason: whoever answers must not make new ones
        return Refusal(f"{key} other", f"{key} {code}", answered=True)
    fault = faults[code]
    return Refusal(f"{key} {code}", f"{key} {code}: {fault.meaning}", fault.wait_s, answered=True)
