"""Requests to a serve process, and what its refusals mean to whoever runs a command."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from streams import version
from streams.actions.desk import DeskError
from streams.config.addresses.web import address_problem
from streams.printable import printable

if TYPE_CHECKING:
    import httpx

WITHIN_S: Final = 30.0
"""How long an answer may take; serve itself waits 15 s for its broker."""

_LONGEST_DETAIL: Final = 500
_REMEDY: Final = "WEATHERVANE_TOKEN or --token-file must give a token that serve knows"


class HttpAnswer(NamedTuple):
    """An answer that is no refusal."""

    status: int
    body: bytes


class _Problem(msgspec.Struct):
    detail: str = ""


_problem = msgspec.json.Decoder(_Problem)


class Client:
    """Asks one serve process.

    Parameters
    ----------
    http
        The client of HTTP, which sends the token.
    url
        The address, for people; it holds no secret.
    has_token
        Whether there is a token.
    """

    def __init__(self, http: httpx.Client, url: str, *, has_token: bool) -> None:
        self._http, self.url, self._has_token = http, url, has_token

    def get(
        self, path: str, asked: Mapping[str, str] | None = None, *, may_be_absent: bool = False
    ) -> bytes | None:
        """Read an address; None where it may be absent and is.

        Raises
        ------
        DeskError
            Where there is no answer, or a refusal.
        """
        answer = self._ask("GET", path, params=dict(asked or {}))
        if may_be_absent and answer.status == HTTPStatus.NOT_FOUND:
            return None
        self._require_done(answer)
        return answer.body

    def read(
        self, path: str, asked: Mapping[str, str], *, also: Collection[int] = ()
    ) -> HttpAnswer:
        """Read an address, which may answer with other statuses too.

        Raises
        ------
        DeskError
            Where there is no answer, or another refusal.
        """
        answer = self._ask("GET", path, params=dict(asked))
        if answer.status not in also:
            self._require_done(answer)
        return answer

    def post(
        self, path: str, document: Mapping[str, Any], *, may_be_conflict: bool = False
    ) -> HttpAnswer:
        """Send JSON; a conflict is an answer where it may be.

        Raises
        ------
        DeskError
            Where there is no answer, or a refusal.
        """
        answer = self._ask(
            "POST",
            path,
            content=msgspec.json.encode(document),
            headers={"Content-Type": "application/json"},
        )
        if not (may_be_conflict and answer.status == HTTPStatus.CONFLICT):
            self._require_done(answer)
        return answer

    def _ask(self, method: str, path: str, **options: Any) -> HttpAnswer:
        import httpx

        try:
            answer = self._http.request(method, self.url + path, **options)
        except httpx.TimeoutException:
            unknown = "" if method == "GET" else "; whether it was done is not known: look again"
            raise DeskError(f"{self.url} must answer within {WITHIN_S:g} s{unknown}") from None
        except httpx.HTTPError as error:
            raise DeskError(_said(self.url, error)) from None
        return HttpAnswer(answer.status_code, answer.content)

    def _require_done(self, answer: HttpAnswer) -> None:
        status = answer.status
        if status == HTTPStatus.OK:
            return
        detail = _detail(answer.body)
        match status:
            case HTTPStatus.UNAUTHORIZED:
                found = "the one that was given is none" if self._has_token else "none was given"
                said = f": {_REMEDY}, and that has not ended; {found}"
            case HTTPStatus.MISDIRECTED_REQUEST:
                said = f" must be a name that serve answers to: {detail}"
            case HTTPStatus.TOO_MANY_REQUESTS:
                said = f" has had too many requests: {detail or 'try again in a minute'}"
            case HTTPStatus.NOT_FOUND if not detail or "is not served" in detail:
                said = " must be the address of a serve process of this version"
            case _ if 300 <= status < 400:
                said = f" must be the address of serve itself; it answers {status}, a redirect"
            case _:
                said = f": {detail}" if detail else f" answers {status}"
        raise DeskError(f"{self.url}{said}")


@contextmanager
def open_client(url: str, token: str | None) -> Iterator[Client]:
    """Hold connections for as long as the block lasts.

    Parameters
    ----------
    url
        The address, as `url_problem` lets it pass.
    token
        Says who asks; it is sent nowhere else, since redirects are not followed.
    """
    import httpx  # it takes long to import

    headers = {"User-Agent": f"weathervane/{version()}"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    with httpx.Client(
        headers=headers,
        timeout=WITHIN_S,
        follow_redirects=False,
        # The system's authorities, or those of SSL_CERT_FILE.
        verify=ssl.create_default_context(),
        trust_env=False,
    ) as http:
        yield Client(http, url.rstrip("/"), has_token=token is not None)


def url_problem(url: str) -> str | None:
    """Say why an address cannot be that of a serve process, or None; nothing of it is repeated.

    Examples
    --------
    >>> url_problem("https://monitor.example:8780")
    >>> url_problem("https://wang:secret@monitor.example")
    'must have no user, query or fragment: a token is given apart'
    """
    if problem := address_problem(url):
        return problem
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "must have no user, query or fragment: a token is given apart"
    return None


def _said(url: str, error: Exception) -> str:
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        why = said.partition("certificate verify failed: ")[2].partition(" (_ssl")[0]
        return (
            f"{url} must have a certificate that this machine trusts, for this name; {why}:"
            " SSL_CERT_FILE names a file of other authorities"
        )
    if "SSL" in said:
        return f"{url} must speak TLS, or its address must begin with http://"
    return (
        f"{url} must be a serve process that can be reached; {type(error).__name__}: {said[:200]}"
    )


def _detail(body: bytes) -> str:
    try:
        return printable(_problem.decode(body).detail[:_LONGEST_DETAIL])
    except (ValueError, RecursionError):
        return ""
