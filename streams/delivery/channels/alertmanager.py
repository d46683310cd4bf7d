"""Prometheus Alertmanager, by its API v2.

Alertmanager knows an alert by its labels, so these never change in an alert's life: its severity is
that of its first revision, and figures are annotations. It takes an alert for over that is not sent
again, so open ones are; each time it is told when to stop waiting. It groups, silences and routes
by itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar, Final

import msgspec
import orjson
from pydantic import AfterValidator, Field

from streams.alerts.cloudevent import Alert
from streams.config.addresses.web import address_problem
from streams.config.fields import PositiveDuration, Table
from streams.delivery.channels.channel import Refusal
from streams.delivery.channels.notification import Notification, Notified, Tell
from streams.delivery.channels.posting import Answer, Poster, open_poster
from streams.delivery.channels.text.guard import guarded, shown
from streams.delivery.channels.text.message import sentence_of
from streams.language.catalogue import Language

PATH: Final = "/api/v2/alerts"
INVALID: Final = 400
"""The status of alerts of which Alertmanager will never take some; it has taken the others. Its
body is then a text in JSON: whatever else answers 400 is no Alertmanager, or not this address."""

FORGOTTEN_AFTER: Final = 4
"""An open alert that is not sent again for so many times `resend_every` is over."""

MONITOR_S: Final = 3 * 3600.0
"""So long an event on the monitor itself stands in Alertmanager; each heartbeat renews it."""

MOST_IN_A_POST: Final = 500
"""Alerts of one post at most."""

LONGEST_SUMMARY: Final = 1000
"""Characters of what is said about the monitor itself."""

_SEVERAL: Final = 2
_JSON: Final = {"Content-Type": "application/json"}
_FIGURES: Final = (
    *("revision", "state", "severity", "kind", "detector", "onset", "first_bucket", "last_bucket"),
    *("observed", "expected", "exposure", "ratio", "evidence_nats", "threshold_nats", "parent"),
)
"""Fields of an alert that become annotations; of severity, the latest."""


def _base(url: str) -> str:
    problem = address_problem(url)
    if problem is None and ("?" in url or "#" in url):
        problem = "must be an address without ? and #"
    if problem is not None:
        raise ValueError(problem)
    return url.rstrip("/")


class Alertmanager(Table):
    """An ``alertmanager`` table of a receiver.

    Attributes
    ----------
    urls
        The addresses of all members of a cluster; each gets every alert, as Alertmanager wants it.
    resend_every
        How often open alerts are sent again, in seconds.
    timeout
        How long an answer may take, in seconds.
    """

    kind: ClassVar[str] = "alertmanager"
    takes_acknowledgements: ClassVar[bool] = True
    takes_heartbeats: ClassVar[bool] = True

    urls: list[Annotated[str, AfterValidator(_base)]] = Field(min_length=1, repr=False)
    resend_every: PositiveDuration = 60.0
    timeout: PositiveDuration = 10.0

    @asynccontextmanager
    async def open(self, language: Language) -> AsyncIterator[Tell]:
        """Connect to Alertmanager, for as long as the context lasts."""
        async with open_poster(self.timeout) as poster:

            async def tell(notification: Notification) -> Refusal | None:
                now = dt.datetime.now(dt.UTC)
                keep_s = FORGOTTEN_AFTER * self.resend_every
                alerts = posted(notification, language, now, keep_s)
                if len(notification.alerts) < _SEVERAL:
                    return await self._to_all(poster, alerts)
                return await self._in_parts(poster, alerts)

            yield tell

    async def _to_all(self, poster: Poster, alerts: Sequence[dict[str, Any]]) -> Refusal | None:
        """Post to each member: one that accepts is enough, since it is sent again soon.

        Where none does, one that may still accept is tried again, whatever others say.
        """
        body = orjson.dumps(alerts)
        answers = await asyncio.gather(
            *(poster.post(f"{url}{PATH}", body, _JSON) for url in self.urls)
        )
        refusals = [refusal for answer in answers if (refusal := _refusal(answer)) is not None]
        if len(refusals) < len(answers):
            return None
        return min(refusals, key=lambda refusal: refusal.final)

    async def _in_parts(self, poster: Poster, alerts: Sequence[dict[str, Any]]) -> Refusal | None:
        """Post alerts, and a part that is refused by halves, to learn which are not valid."""
        waiting = deque(
            alerts[first : first + MOST_IN_A_POST]
            for first in range(0, len(alerts), MOST_IN_A_POST)
        )
        invalid: list[str] = []
        last: Refusal | None = None
        while waiting:
            part = waiting.popleft()
            refusal = await self._to_all(poster, part)
            if refusal is None:
                continue
            if not refusal.final:
                return refusal
            if len(part) == 1:
                invalid.append(part[0]["labels"]["alert_id"])
                last = refusal
            else:
                middle = len(part) // 2
                waiting.extendleft((part[middle:], part[:middle]))
        return None if last is None else msgspec.structs.replace(last, only=tuple(invalid))


def _refusal(answer: Answer | Refusal) -> Refusal | None:
    if isinstance(answer, Refusal):
        return answer
    return answer.refusal(final=answer.status == INVALID and _is_text(answer.body))


def _is_text(body: bytes) -> bool:
    try:
        return bool(msgspec.json.decode(body, type=str))
    except (ValueError, RecursionError):
        return False


def posted(
    notification: Notification, language: Language, now: dt.datetime, keep_s: float
) -> list[dict[str, Any]]:
    """Return a notification's alerts as Alertmanager wants them.

    Parameters
    ----------
    notification
        What is said.
    language
        The language of the sentences.
    now
        The time.
    keep_s
        How many seconds from now an open alert is over if it is not sent again.
    """
    if notification.monitor is not None:
        return _of_monitor(notification.monitor, now)
    until = now + dt.timedelta(seconds=keep_s)
    return [_posted(one, language, notification.at, until) for one in notification.alerts]


def _posted(one: Notified, language: Language, at: dt.datetime, until: dt.datetime) -> Any:
    alert = one.envelope.alert
    is_open = alert.state in ("open", "early")
    begin = min(dt.datetime.fromisoformat(alert.onset), at)
    # What is over ended when that fell due: the time of its last bucket may be before its begin.
    document: dict[str, Any] = {
        "labels": labels(alert, one.first_severity or alert.severity),
        "annotations": _annotations(one, language),
        "startsAt": _text(begin),
        "endsAt": _text(until if is_open else at),
    }
    if one.link is not None:
        document["generatorURL"] = one.link
    return document


def labels(alert: Alert, severity: str) -> dict[str, str]:
    """Return the labels by which Alertmanager knows an alert.

    Parameters
    ----------
    alert
        Any of its revisions.
    severity
        That of its first revision.
    """
    words = "".join(word.capitalize() for word in alert.signal.split("_"))
    return {
        "alertname": f"Weathervane{words}",
        "alert_id": alert.alert_id,
        "entity": alert.entity.id,
        "level": alert.entity.level,
        "signal": alert.signal,
        "group": alert.group,
        "severity": severity,
    }


def _annotations(one: Notified, language: Language) -> dict[str, str]:
    alert = one.envelope.alert
    figures = {name: getattr(alert, name) for name in _FIGURES}
    return {
        "summary": sentence_of(alert, language),
        **{name: str(value) for name, value in figures.items() if value is not None},
        **({} if one.acknowledged_by is None else {"acknowledged_by": shown(one.acknowledged_by)}),
    }


def _of_monitor(event: bytes, now: dt.datetime) -> list[dict[str, Any]]:
    document = msgspec.json.decode(event, type=dict[str, Any])
    kind, data = document["type"].rpartition(".")[2], document["data"]
    if kind == "heartbeat":
        return [_symptom(one, now, MONITOR_S) for one in data["symptoms"]]
    keep_s = MONITOR_S if kind == "symptom_began" else 0.0
    return [_symptom({"subject": document["subject"], **data}, now, keep_s)]


def _symptom(found: dict[str, Any], now: dt.datetime, keep_s: float) -> dict[str, Any]:
    begin = min(dt.datetime.fromisoformat(found["began"]), now)
    return {
        "labels": {
            "alertname": "WeathervaneMonitor",
            "symptom": found["symptom"],
            "subject": found["subject"],
        },
        "annotations": {"summary": guarded(found["summary"], LONGEST_SUMMARY)},
        "startsAt": _text(begin),
        "endsAt": _text(now + dt.timedelta(seconds=keep_s)),
    }


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
