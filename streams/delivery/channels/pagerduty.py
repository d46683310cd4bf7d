"""PagerDuty, by its Events API v2: an incident for each alert, known by the alert's id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final

import msgspec
import orjson
from pydantic import Field

from streams.alerts.cloudevent import Alert
from streams.config.fields import FilePath, PositiveDuration, Table
from streams.delivery.channels.channel import Refusal
from streams.delivery.channels.notification import Notification, Notified, Tell
from streams.delivery.channels.posting import Address, Answer, open_poster
from streams.delivery.channels.signing import SecretProblem, read_secret
from streams.delivery.channels.text.guard import guarded, shown
from streams.delivery.channels.text.message import sentence_of
from streams.language.catalogue import Language

INVALID: Final = 400
"""The status of an event that PagerDuty will never take, and of a routing key that is not known."""

ABOUT_THE_KEY: Final = ("routing", "service", "integration")
"""Words of an error that is not about the event: it is accepted once the key is put right."""

LIMITED: Final = 429
LIMITED_WAIT_S: Final = 60.0
"""The status of too many events in a minute, and how long to wait if it does not say."""

MOST_CHARACTERS: Final = 1024
"""Of a summary."""

LONGEST_ID: Final = 256
"""Characters of an id in the details: all."""

_KEY_LENGTH: Final = 32
_JSON: Final = {"Content-Type": "application/json"}
_DETAILS: Final = (
    *("alert_id", "revision", "group", "state", "signal", "kind", "detector", "severity"),
    *("onset", "first_bucket", "last_bucket", "observed", "expected", "exposure", "ratio"),
    *("evidence_nats", "threshold_nats", "parent", "config"),
)


class PagerDuty(Table):
    """A ``pagerduty`` table of a receiver.

    Attributes
    ----------
    routing_key_file
        A file with the integration key of a service, of type Events API v2.
    url
        The address of the API; another one in the EU.
    timeout
        How long an answer may take, in seconds.
    """

    kind: ClassVar[str] = "pagerduty"
    takes_acknowledgements: ClassVar[bool] = True
    takes_heartbeats: ClassVar[bool] = False
    resend_every: ClassVar[float] = 0.0

    routing_key_file: FilePath = Field(repr=False)
    url: Address = Field(default="https://events.pagerduty.com/v2/enqueue", repr=False)
    timeout: PositiveDuration = 10.0

    @asynccontextmanager
    async def open(self, language: Language) -> AsyncIterator[Tell]:
        """Connect to PagerDuty, for as long as the context lasts."""
        async with open_poster(self.timeout) as poster:
            passed_of: dict[str, _Passed] = {}  # of what was tried last

            async def tell(notification: Notification) -> Refusal | None:
                try:
                    key = routing_key(self)
                except SecretProblem as problem:
                    return Refusal("secret", str(problem))
                # PagerDuty takes some hundred events a minute. A large notification goes on where
                # it stopped: begun anew each time, it would never come to its end.
                name = notification.digest
                if name not in passed_of:
                    passed_of.clear()
                    passed_of[name] = _Passed()
                passed = passed_of[name]
                for event in list(events(notification, language))[passed.events :]:
                    subject = event["dedup_key"]
                    if subject not in passed.invalid:
                        body = orjson.dumps({"routing_key": key, **event})
                        answer = await poster.post(self.url, body, _JSON)
                        refusal = _refusal(answer)
                        if refusal is not None and not refusal.final:
                            return refusal
                        if refusal is not None:
                            passed.invalid[subject] = refusal
                    passed.events += 1
                del passed_of[name]
                return _of_the_invalid(passed.invalid)

            yield tell


class _Passed(msgspec.Struct):
    """How far a notification has gone: events that are settled, and alerts that are not valid."""

    events: int = 0
    invalid: dict[str, Refusal] = {}


class _Said(msgspec.Struct):
    """What PagerDuty answers to an event that it does not take."""

    status: str
    message: str = ""
    errors: list[str] = []


_said = msgspec.json.Decoder(_Said)


def _refusal(answer: Answer | Refusal) -> Refusal | None:
    if isinstance(answer, Refusal):
        return answer
    refusal = answer.refusal(final=answer.status == INVALID and _event_is_invalid(answer.body))
    if refusal is not None and answer.status == LIMITED:
        wait_s = refusal.retry_after_s or LIMITED_WAIT_S
        return msgspec.structs.replace(refusal, retry_after_s=wait_s)
    return refusal


def _event_is_invalid(body: bytes) -> bool:
    """Whether an answer says that the event itself is wrong, and not the key or the request."""
    try:
        said = _said.decode(body)
    except (ValueError, RecursionError):
        return False
    if said.status.casefold() != "invalid event" or not said.errors:
        return False
    texts = " ".join([said.message, *said.errors]).casefold()
    return not any(word in texts for word in ABOUT_THE_KEY)


def _of_the_invalid(invalid: Mapping[str, Refusal]) -> Refusal | None:
    """Return the refusal of those alerts alone whose events are not valid."""
    if not invalid:
        return None
    first = next(iter(invalid.values()))
    return msgspec.structs.replace(first, only=tuple(invalid))


def routing_key(table: PagerDuty) -> str:
    """Read the routing key.

    Raises
    ------
    SecretProblem
        Where the file cannot be read, or holds something else.
    """
    key = read_secret(table.routing_key_file, "routing_key_file")
    if len(key) != _KEY_LENGTH or not key.isascii() or not key.isalnum():
        rule = f"routing_key_file must hold a key of {_KEY_LENGTH} letters and digits"
        raise SecretProblem(f"{rule}; found {len(key)} characters")
    return key


def events(notification: Notification, language: Language) -> Iterator[dict[str, Any]]:
    """Yield the events that a notification becomes, without the routing key.

    Parameters
    ----------
    notification
        What is said.
    language
        The language of the sentences.
    """
    if notification.monitor is not None:
        yield from _of_monitor(notification.monitor)
        return
    for one in notification.alerts:
        if one.envelope.alert.state not in ("open", "early"):
            yield {"event_action": "resolve", "dedup_key": one.envelope.alert.alert_id}
            continue
        if notification.reason != "acknowledged":
            yield _trigger(one, language)
        if one.acknowledged_by is not None:
            yield {"event_action": "acknowledge", "dedup_key": one.envelope.alert.alert_id}


def _trigger(one: Notified, language: Language) -> dict[str, Any]:
    alert = one.envelope.alert
    details = {name: getattr(alert, name) for name in _DETAILS}
    event: dict[str, Any] = {
        "event_action": "trigger",
        "dedup_key": alert.alert_id,
        "client": "Weathervane",
        "payload": {
            "summary": _short(sentence_of(alert, language)),
            "source": f"{alert.entity.level}/{shown(alert.entity.id)}",
            "severity": alert.severity,
            "timestamp": one.envelope.time,
            "component": alert.entity.level,
            "group": alert.group,
            "class": alert.signal,
            "custom_details": {
                # PagerDuty's pages make links of what looks like one.
                "entity": shown(alert.entity.id, LONGEST_ID),
                **({} if alert.looks_like is None else {"looks_like": shown(alert.looks_like)}),
                **{name: value for name, value in details.items() if value is not None},
                **_reporters(alert),
            },
        },
    }
    if one.link is not None:
        event |= {"client_url": one.link, "links": [{"href": one.link, "text": alert.alert_id}]}
    return event


def _reporters(alert: Alert) -> dict[str, int]:
    if alert.reporters is None:
        return {}
    return {"reporters": alert.reporters.distinct, "complaints": alert.reporters.complaints}


def _of_monitor(event: bytes) -> Iterator[dict[str, Any]]:
    """Yield the event of a symptom; a heartbeat is no incident."""
    document = msgspec.json.decode(event, type=dict[str, Any])
    key, _, kind = document["id"].rpartition(".")
    if kind == "symptom_ended":
        yield {"event_action": "resolve", "dedup_key": key}
    elif kind == "symptom_began":
        yield {
            "event_action": "trigger",
            "dedup_key": key,
            "client": "Weathervane",
            "payload": {
                "summary": guarded(document["data"]["summary"], MOST_CHARACTERS // 2),
                "source": document["subject"][:MOST_CHARACTERS],
                "severity": "error",
                "timestamp": document["time"],
                "component": "monitor",
                "class": document["data"]["symptom"],
            },
        }


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
