"""Actions handed in at a serve process over HTTP, where its broker cannot be reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import msgspec

from streams.actions.action import Action
from streams.actions.desk import DeskError, HidingReport, LogEntry, LostText
from streams.actions.http_client import Client, open_client
from streams.actions.matcher import Matcher
from streams.actions.preview import Preview
from streams.actions.state import ActionOutcome
from streams.actions.wire import read_entry, read_preview, read_report
from streams.alerts.cloudevent import Alert, decode_event
from streams.alerts.label import Label, decode_label
from streams.ready_form import ready

_PAGE: Final = 1000
_Found = TypeVar("_Found")


class _WhoAsks(msgspec.Struct):
    name: str
    via: str


class _SaidOutcome(msgspec.Struct):
    version: int
    result: str = "conflict"


class _SaidAlert(msgspec.Struct):
    cloudevent: msgspec.Raw


class _SaidText(msgspec.Struct):
    id: str
    text: str | None


class _AlertsPage(msgspec.Struct):
    alerts: list[_SaidAlert]
    after: str | None = None


_who_asks = msgspec.json.Decoder(_WhoAsks)
_said_outcome = msgspec.json.Decoder(_SaidOutcome)
_said_alert = msgspec.json.Decoder(_SaidAlert)
_said_texts = msgspec.json.Decoder(list[_SaidText])
_alerts_page = msgspec.json.Decoder(_AlertsPage)
_documents = msgspec.json.Decoder(list[dict[str, Any]])
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_ACTION_OUTCOME = ready(ActionOutcome)


class HttpDesk:
    """A desk at a serve process.

    Parameters
    ----------
    client
        Asks it.
    unnamed
        Who acts where nobody has said so.

    Raises
    ------
    DeskError
        Where it does not answer, or does not know who asks.
    """

    def __init__(self, client: Client, unnamed: str) -> None:
        self._client, self._unnamed = client, unnamed
        self._me = self._read(client.get("/api/v1/me"), _who_asks)

    @property
    def place(self) -> str:
        """Where the actions go, for people."""
        return self._client.url

    def submit(self, submissions: Sequence[tuple[Action, str | None]]) -> Sequence[ActionOutcome]:
        """Do actions in order, each with its text, and say what became of each."""
        me = self._me
        for action, _ in submissions:
            if me.via != "local" and action.by not in (me.name, self._unnamed):
                raise DeskError(
                    f"--by must be left out: at {self.place} you act as {me.name}, and nobody acts"
                    f" as another; got {action.by}"
                )
        return [self._submit(action, text) for action, text in submissions]

    def find(self, alert_ids: Collection[str]) -> dict[str, Alert]:
        """Return the last revisions of those of the alerts that are known."""
        found: dict[str, Alert] = {}
        for alert_id in alert_ids:
            raw = self._client.get(f"/api/v1/alerts/{alert_id}", may_be_absent=True)
            if raw is not None:
                found[alert_id] = self._alert(self._read(raw, _said_alert))
        return found

    def known_ids(self) -> Sequence[str]:
        """Return the ids of all alerts, of early ones too."""
        known: list[str] = []
        asked: dict[str, str] = {}
        while True:
            raw = self._client.get("/api/v1/alerts", {"limit": str(_PAGE), **asked})
            page = self._read(raw, _alerts_page)
            known += [self._alert(each).alert_id for each in page.alerts]
            if page.after is None:
                return sorted(known)
            asked = {"after": page.after}

    def log(self) -> Sequence[LogEntry]:
        """Return the actions that were done, in their order; the newest that serve holds."""
        found: list[dict[str, Any]] = []
        asked: dict[str, str] = {}
        while True:
            raw = self._client.get("/api/v1/actions", {"limit": str(_PAGE), **asked})
            page = self._read(raw, _documents)
            found += page
            if len(page) < _PAGE:
                return self._each(read_entry, reversed(found))
            asked = {"after": str(page[-1].get("id"))}

    def lost_texts(self) -> Sequence[LostText]:
        """Return the texts that belong to no action that is known."""
        found = self._read(self._client.get("/api/v1/lost_texts"), _said_texts)
        return [LostText(each.id, each.text) for each in found]

    def labels(self) -> Sequence[Label]:
        """Return all labels in their order, those of earlier versions first."""
        raw = self._client.get("/api/v1/labels")
        raws = self._read(raw, _raws)
        return self._each(decode_label, map(bytes, raws))

    def hidings(self, ended_since: dt.datetime) -> Sequence[HidingReport]:
        """Return silences and snoozes that run, or have ended since a time."""
        raw = self._client.get("/api/v1/silences", {"ended_since": ended_since.isoformat()})
        return self._each(read_report, self._read(raw, _documents))

    def preview(self, match: Matcher, since: dt.datetime) -> Preview:
        """Say what a silence would have hidden since a time."""
        asked = {"match": match.texts, "since": since.isoformat()}
        answer = self._client.post("/api/v1/silences/preview", asked)
        (found,) = self._each(read_preview, [answer.body])
        return found

    def _submit(self, action: Action, text: str | None) -> ActionOutcome:
        document: dict[str, Any] = msgspec.to_builtins(action)
        document.pop("noted", None)
        answer = self._client.post(
            "/api/v1/actions", {**document, "text": text}, may_be_conflict=True
        )
        found = self._read(answer.body, _said_outcome)
        return msgspec.convert((found.result, found.version), _ACTION_OUTCOME)

    def _alert(self, found: _SaidAlert) -> Alert:
        (envelope,) = self._each(decode_event, [bytes(found.cloudevent)])
        return envelope.alert

    def _read(self, raw: bytes | None, decoder: msgspec.json.Decoder[_Found]) -> _Found:
        try:
            return decoder.decode(raw or b"")
        except (ValueError, RecursionError):
            raise self._no_serve() from None

    def _each(self, read: Callable[[Any], _Found], documents: Any) -> list[_Found]:
        try:
            return [read(document) for document in documents]
        except ValueError:
            raise self._no_serve() from None

    def _no_serve(self) -> DeskError:
        return DeskError(
            f"{self.place} must be the address of a serve process of this version; what it answers"
            " cannot be read"
        )


@contextmanager
def http_desk(url: str, token: str | None, unnamed: str) -> Iterator[HttpDesk]:
    """Ask a serve process until the end of the block.

    Parameters
    ----------
    url
        Its address.
    token
        Says who asks.
    unnamed
        Who acts where nobody has said so, and serve takes anybody's word.

    Raises
    ------
    DeskError
        Where it does not answer, or refuses.
    """
    with open_client(url, token) as client:
        yield HttpDesk(client, unnamed)
