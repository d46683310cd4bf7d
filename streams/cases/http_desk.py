"""Requests on cases handed in at a serve process over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final, TypeVar

import msgspec

from streams.actions.desk import DeskError
from streams.actions.http_client import Client, HttpAnswer, open_client
from streams.cases.desk import CaseAnswer, CaseRows
from streams.cases.listing import CaseFilter
from streams.cases.request import OpenRequest, StepRequest

_PAGE: Final = 1000
_PATH: Final = "/api/v1/cases"
_Found = TypeVar("_Found")


class _SaidOfCase(msgspec.Struct):
    """An outcome, or the problem that stands in its place."""

    version: int = 0
    case_id: str = ""
    result: str = "refused"
    state: str | None = None
    detail: str | None = None


class _RowsPage(msgspec.Struct):
    cases: list[dict[str, Any]]
    filed: int = 0
    after: str | None = None


class HttpCaseDesk:
    """A desk for cases at a serve process.

    Parameters
    ----------
    client
        Asks it.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def place(self) -> str:
        """Where requests go, for people."""
        return self._client.url

    def open(self, request: OpenRequest) -> CaseAnswer:
        """Open a case."""
        return self._answer(request.case_id, self._post(_PATH, request))

    def step(self, case_id: str, request: StepRequest) -> CaseAnswer:
        """Do something about a case."""
        return self._answer(case_id, self._post(f"{_PATH}/{case_id}/events", request))

    def show(self, case_id: str) -> dict[str, Any] | None:
        """Return a case with all that was done about it; None where there is none."""
        raw = self._client.get(f"{_PATH}/{case_id}", may_be_absent=True)
        return None if raw is None else self._read(raw, dict[str, Any])

    def rows(self, wanted: CaseFilter) -> CaseRows:
        """Return cases as rows."""
        found: list[dict[str, Any]] = []
        asked = _query(wanted)
        while True:
            raw = self._client.get(_PATH, {"limit": str(_PAGE), **asked})
            page = self._read(raw or b"", _RowsPage)
            found += page.cases
            if page.after is None:
                return CaseRows(found, page.filed)
            asked["after"] = page.after

    def _post(self, path: str, request: OpenRequest | StepRequest) -> HttpAnswer:
        return self._client.post(path, msgspec.to_builtins(request), may_be_conflict=True)

    def _answer(self, case_id: str, answer: HttpAnswer) -> CaseAnswer:
        said = self._read(answer.body, _SaidOfCase)
        refused = answer.status == HTTPStatus.CONFLICT
        result = "refused" if refused else said.result
        return CaseAnswer(case_id, result, said.version, said.state, said.detail)

    def _read(self, raw: bytes, form: type[_Found]) -> _Found:
        try:
            return msgspec.json.decode(raw, type=form)
        except (ValueError, RecursionError):
            raise DeskError(
                f"{self.place} must be the address of a serve process of this version; what it"
                " answers cannot be read"
            ) from None


@contextmanager
def http_case_desk(url: str, token: str | None) -> Iterator[HttpCaseDesk]:
    """Ask a serve process until the end of the block.

    Raises
    ------
    DeskError
        Where it does not answer, or refuses.
    """
    with open_client(url, token) as client:
        yield HttpCaseDesk(client)


def _query(wanted: CaseFilter) -> dict[str, str]:
    """Write a filter as a query; of states one at most, which is what commands ask for."""
    texts = {
        "addressee": wanted.addressee,
        "owner": wanted.owner,
        "kind": wanted.kind,
        "entity": wanted.entity,
        "rule": wanted.rule,
        "alert": wanted.alert_id,
        "since": _text(wanted.opened_since),
        "until": _text(wanted.opened_until),
        "state": next(iter(wanted.states), None),
        "in_hand": "true" if wanted.in_hand else None,
        "overdue": "true" if wanted.overdue else None,
    }
    return {name: text for name, text in texts.items() if text is not None}


def _text(time: dt.datetime | None) -> str | None:
    return None if time is None else time.isoformat()
