"""The table ``[[receivers]]``: who is told of which alerts, how, when, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from streams.actions.pattern import MATCHER_KEYS, MOST_TEXTS, text_problem
from streams.config.fields import Duration, Name, PositiveDuration, Table, Text, raise_problems
from streams.delivery.channels.people import PeopleChannels
from streams.delivery.notify.quiet_hours import QuietHours
from streams.language.catalogue import Language


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


_BEATS: Final = {
    "alertmanager": "in Alertmanager what is wrong would be over without them",
    "pagerduty": "a heartbeat is no incident",
}
"""Channels of which nobody can say whether they take heartbeats."""

Texts = Annotated[list[Text], Field(max_length=MOST_TEXTS), BeforeValidator(_listed)]


class MatchTable(Table):
    """What an alert must be: all keys must match, and of a key's texts any one."""

    level: Texts = Field(default_factory=list)
    id: Texts = Field(default_factory=list)
    signature: Texts = Field(default_factory=list)
    platform: Texts = Field(default_factory=list)
    category: Texts = Field(default_factory=list)
    signal: Texts = Field(default_factory=list)
    kind: Texts = Field(default_factory=list)
    source: Texts = Field(default_factory=list)
    severity: Texts = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        raise_problems(
            # Without the value: an address in a wrong place may hold a token.
            f"{key} {problem.partition('; got ')[0]}"
            for key, texts in self.texts.items()
            for text in texts
            if (problem := text_problem(key, text))
        )
        return self

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """The texts of each key that has some."""
        return {key: tuple(texts) for key in MATCHER_KEYS if (texts := getattr(self, key))}


class Receiver(PeopleChannels):
    """A ``[[receivers]]`` table.

    Attributes
    ----------
    name
        The receiver's name.
    match
        What alerts it is told of: those that any table matches; None: all. An empty list matches
        nothing: such a receiver is told only of what another one escalates.
    continue_
        Whether the receivers after it in the file are asked, too, about an alert that it takes.
    group_by
        What is told together: an alert and its children, or nothing.
    wait
        How long the first news of a group wait for more, in seconds.
    interval
        How long later news of the group wait at least after a notification.
    repeat
        Seconds after which what is still open, and acknowledged by nobody, is told again; 0: never.
    resolved
        Whether it is told that an alert of which it was told is over.
    quiet
        Hours in which warnings wait.
    escalate_after, escalate_to
        How long an alert may stay unacknowledged until another receiver is told, and which one.
    give_up_after
        Age in seconds at which a notification that is not accepted is given up.
    language
        The language of what people read.
    monitor
        Whether it gets the events on the monitor itself too.
    heartbeat
        Whether heartbeats are among them; None: where its channel's other side is a program.
    """

    name: Name
    match: Annotated[list[MatchTable] | None, BeforeValidator(_listed)] = None
    continue_: Annotated[bool, Field(alias="continue")] = False
    group_by: Literal["family", "alert"] = "family"
    wait: Duration = 10.0
    interval: Duration = 300.0
    repeat: Duration = 14_400.0
    resolved: bool = True
    quiet: QuietHours | None = None
    escalate_after: PositiveDuration | None = None
    escalate_to: Name | None = None
    give_up_after: PositiveDuration = 86_400.0
    language: Language = "en"
    monitor: bool = False
    heartbeat: bool | None = None

    @property
    def takes_heartbeats(self) -> bool:
        """Whether it is told that the monitor lives."""
        return self.channel.takes_heartbeats if self.heartbeat is None else self.heartbeat

    @model_validator(mode="after")
    def _beats(self) -> Self:
        if self.heartbeat is not None and not self.monitor:
            raise ValueError("must have `monitor = true` where it has `heartbeat`")
        if self.heartbeat is not None and self.kind in _BEATS:
            raise_problems([f"heartbeat must be left out: {_BEATS[self.kind]}"])
        return self

    @model_validator(mode="after")
    def _escalates(self) -> Self:
        if (self.escalate_after is None) != (self.escalate_to is None):
            raise ValueError("must have both `escalate_after` and `escalate_to`, or neither")
        return self


def receiver_problems(receivers: Sequence[Receiver], taken: Sequence[str]) -> Iterator[str]:
    """Say what is wrong between receivers.

    Parameters
    ----------
    receivers
        The tables, in the file's order.
    taken
        Names that the webhooks have.
    """
    by_name: dict[str, Receiver] = {}
    for receiver in receivers:
        if receiver.name in by_name or receiver.name in taken:
            yield (
                "receivers.name must be unique, of webhooks too: records and metrics know a"
                f' receiver by it; got "{receiver.name}" again'
            )
        by_name.setdefault(receiver.name, receiver)
    named = {receiver.escalate_to for receiver in receivers}
    for receiver in receivers:
        if receiver.match == [] and receiver.name not in named and not receiver.monitor:
            yield (
                f'receivers.match must match something; the receiver "{receiver.name}" has an empty'
                " list, no other one escalates to it, and it gets no events on the monitor"
            )
        if receiver.escalate_to is not None and receiver.escalate_to not in by_name:
            yield (
                f'receivers.escalate_to must be the name of a receiver; "{receiver.name}" names'
                f' "{receiver.escalate_to}"'
            )
        elif _comes_back(receiver, by_name):
            yield (
                "receivers.escalate_to must not lead back to where it began; it does from"
                f' "{receiver.name}"'
            )


def _comes_back(receiver: Receiver, by_name: dict[str, Receiver]) -> bool:
    seen, at = set(), receiver
    while at.escalate_to in by_name and at.name not in seen:
        seen.add(at.name)
        at = by_name[str(at.escalate_to)]
        if at.name == receiver.name:
            return True
    return False
