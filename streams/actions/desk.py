"""Where actions are handed in, whether on Kafka or at a serve process: what the commands need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from streams.actions.action import Action
from streams.actions.matcher import Matcher
from streams.actions.preview import HiddenCount, Preview
from streams.actions.state import ActionOutcome, Hiding
from streams.alerts.cloudevent import Alert
from streams.alerts.label import Label


class DeskError(Exception):
    """The desk does not answer, or refuses; the message says why."""


class LogEntry(NamedTuple):
    """An action that was done, and its text; None where it has none, or it was erased."""

    action: Action
    text: str | None


class LostText(NamedTuple):
    """A text that belongs to no known action; None where this version cannot read it.

    A process was killed between writing the two, or the topic no longer has the action.
    """

    id: str
    text: str | None


class HidingReport(NamedTuple):
    """A silence or a snooze, its comment, and what it has hidden so far."""

    hiding: Hiding
    text: str | None
    hidden: HiddenCount


class Desk(Protocol):
    """Takes actions, and says what was done. Every method may raise `DeskError`."""

    @property
    def place(self) -> str:
        """Where the actions go, for people: a topic and its broker, or an address."""

    def submit(self, submissions: Sequence[tuple[Action, str | None]]) -> Sequence[ActionOutcome]:
        """Do actions in order, each with its text, and say what became of each."""

    def find(self, alert_ids: Collection[str]) -> dict[str, Alert]:
        """Return the last revisions of those of the alerts that are known."""

    def known_ids(self) -> Sequence[str]:
        """Return the ids of all alerts, of early ones too."""

    def log(self) -> Sequence[LogEntry]:
        """Return the actions that were done, in their order."""

    def lost_texts(self) -> Sequence[LostText]:
        """Return the texts that belong to no action that is known."""

    def labels(self) -> Sequence[Label]:
        """Return all labels in their order, those of earlier versions first."""

    def hidings(self, ended_since: dt.datetime) -> Sequence[HidingReport]:
        """Return silences and snoozes that run, or have ended since a time."""

    def preview(self, match: Matcher, since: dt.datetime) -> Preview:
        """Say what a silence would have hidden since a time."""
