"""What holds now, folded of all actions in the order of their topic. Pure.

Every reader that has read the same records holds the same state. An action whose id was there
before changes nothing, nor does one that expects another version of its subject. So it makes no
difference how often a client sends, or a reader reads.

Memory is bounded, by rules that ask no clock: the last 100,000 ids are known again; of alerts,
those 100,000 that were acted on last are kept; of silences and of snoozes, those 10,000 that end
last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeVar

import msgspec

from streams.actions.about_alert import NOTHING_DONE, AlertActions, acted, labelled
from streams.actions.action import (
    Action,
    AlertAction,
    EndSilence,
    EndSnooze,
    EraseNote,
    GiveLabel,
    MakeSilence,
    MakeSnooze,
)
from streams.actions.matcher import names_of
from streams.alerts.cloudevent import Alert
from streams.alerts.label import Label

MOST_IDS: Final = 100_000
MOST_ALERTS: Final = 100_000
MOST_OF_A_KIND: Final = 10_000

MOST_RUNNING: Final = 1000
"""Silences and snoozes that may run when another is made: each alert is held against all."""

_Key = TypeVar("_Key")


class ActionOutcome(NamedTuple):
    """What became of an action: done, done before, or not what it expected.

    ``version`` is the subject's version now.
    """

    result: Literal["done", "repeat", "conflict"]
    version: int


class Hiding(msgspec.Struct, frozen=True, kw_only=True):
    """A silence or a snooze, and when it was ended before its time, and by whom."""

    made: MakeSilence | MakeSnooze
    version: int = 1
    ended_at: dt.datetime | None = None
    ended_by: str | None = None

    @property
    def ends_at(self) -> dt.datetime:
        """When it ends, or has ended."""
        return self.made.until if self.ended_at is None else min(self.ended_at, self.made.until)

    def runs(self, now: dt.datetime) -> bool:
        """Whether it hides something now."""
        return self.ended_at is None and now < self.made.until

    def ran(self, at: dt.datetime) -> bool:
        """Whether it hid something at a moment that is past: it was made by then, and not ended."""
        return self.made.at <= at < self.ends_at


class Hidden(NamedTuple):
    """Why nobody is told of an alert: the silence's or snooze's id, by whom, until when."""

    what: Literal["silence", "snooze"]
    id: str
    by: str
    until: dt.datetime


class ActionState:
    """What holds now. Feed it the actions in the order of their topic.

    Parameters
    ----------
    sources_of
        The sources of each group, for silences that name a source.

    Attributes
    ----------
    version
        How much has been done: while it is the same, so is all that holds, but for the clock.
    """

    def __init__(self, sources_of: Mapping[str, Sequence[str]] | None = None) -> None:
        self._sources_of = sources_of or {}
        self._seen: dict[bytes, bool] = {}  # whether it was done
        self._alerts: dict[str, AlertActions] = {}
        self._former_labels: dict[str, Label] = {}
        self._silences: dict[str, Hiding] = {}
        self._snoozes: dict[tuple[str, str], Hiding] = {}
        self._running: _InForce | None = None
        self.version = 0

    def take(self, action: Action) -> ActionOutcome:
        """Take the next action of the topic, and say what became of it."""
        key = bytes.fromhex(action.id)
        version = self.version_of(action)
        if key in self._seen:
            return ActionOutcome("repeat" if self._seen[key] else "conflict", version)
        fits = action.expects in (None, version) and not self._misses(action)
        self._seen[key] = fits
        if len(self._seen) > MOST_IDS:
            del self._seen[next(iter(self._seen))]
        if not fits:
            return ActionOutcome("conflict", version)
        self._do(action)
        self.version += 1
        return ActionOutcome("done", self.version_of(action))

    def take_label(self, label: Label) -> None:
        """Take the next label of the topic to which earlier versions wrote them.

        When it comes, among the actions, makes no difference, and no version changes by it.
        """
        kept = self._former_labels
        if label.alert_id is None:
            return
        before = kept.pop(label.alert_id, None)
        kept[label.alert_id] = label if before is None or before.at <= label.at else before
        if len(kept) > MOST_ALERTS:
            del kept[next(iter(kept))]
        self.version += 1

    def was_done(self, action_id: str) -> bool:
        """Whether an action of this id was done, as far back as ids are known."""
        return self._seen.get(bytes.fromhex(action_id), False)

    def answer(self, action: Action) -> ActionOutcome | None:
        """Return what is known to become of an action without its being taken; None if it is open.

        Versions only grow, so that one which has been passed will not come again.
        """
        done = self._seen.get(bytes.fromhex(action.id))
        version = self.version_of(action)
        if done is not None:
            return ActionOutcome("repeat" if done else "conflict", version)
        passed = action.expects is not None and action.expects < version
        return ActionOutcome("conflict", version) if passed else None

    def version_of(self, action: Action) -> int:
        """Return the version that the subject of an action has now."""
        match action:
            case MakeSilence():
                hiding = self._silences.get(action.id)
            case EndSilence():
                hiding = self._silences.get(action.silence_id)
            case MakeSnooze() | EndSnooze():
                hiding = self._snoozes.get((action.entity, action.signal))
            case EraseNote() | GiveLabel(alert_id=None):
                return 0
            case _:
                return self._done(action).version
        return 0 if hiding is None else hiding.version

    def alert(self, alert_id: str) -> AlertActions:
        """Return what people have done about an alert."""
        done = self._alerts.get(alert_id, NOTHING_DONE)
        label = self._former_labels.get(alert_id)
        if label is None or (done.labelled_at is not None and label.at <= done.labelled_at):
            return done
        return labelled(done, label.verdict, label.by, label.at)

    def hides(self, alert: Alert, now: dt.datetime) -> Hidden | None:
        """Return what keeps an alert from being told now: the first silence, or the snooze."""
        names = names_of(alert)
        sources = self._sources_of.get(alert.group, ())
        for each in self._running_at(now).silences:
            if each.match.matches(alert, names, sources):
                return Hidden("silence", each.id, each.by, each.until)
        place = (f"{alert.entity.level}/{alert.entity.id}", alert.signal)
        snooze = self._snoozes.get(place)
        if snooze is None or not snooze.runs(now):
            return None
        return Hidden("snooze", snooze.made.id, snooze.made.by, snooze.made.until)

    def hid(self, alert: Alert, at: dt.datetime) -> bool:
        """Whether an alert was kept from being told at a moment that is past."""
        return any(each.ran(at) for each in self._over(alert))

    def last_hidden(self, alert: Alert, now: dt.datetime) -> dt.datetime | None:
        """Return when the last of those ended that hid an alert; None where none did."""
        ends = [each.ends_at for each in self._over(alert) if each.made.at < each.ends_at <= now]
        return max(ends, default=None)

    def silence(self, silence_id: str) -> Hiding | None:
        """Return a silence, running or ended."""
        return self._silences.get(silence_id)

    def snooze(self, entity: str, signal: str) -> Hiding | None:
        """Return the last snooze of an entity (``level/id``) and signal, running or ended."""
        return self._snoozes.get((entity, signal))

    def silences(self, now: dt.datetime) -> list[MakeSilence]:
        """Return the silences that run, in the order in which they were made."""
        return list(self._running_at(now).silences)

    def snoozes(self, now: dt.datetime) -> list[MakeSnooze]:
        """Return the snoozes that run, in the order in which they were made."""
        return list(self._running_at(now).snoozes)

    def every_hiding(self) -> Iterator[Hiding]:
        """Yield all silences that are kept, then all snoozes, running and ended."""
        yield from self._silences.values()
        yield from self._snoozes.values()

    def _over(self, alert: Alert) -> Iterator[Hiding]:
        """Yield the silences, and the snooze, that are over an alert, running and ended."""
        names = names_of(alert)
        sources = self._sources_of.get(alert.group, ())
        for each in self._silences.values():
            if isinstance(each.made, MakeSilence) and each.made.match.matches(
                alert, names, sources
            ):
                yield each
        snooze = self._snoozes.get((f"{alert.entity.level}/{alert.entity.id}", alert.signal))
        if snooze is not None:
            yield snooze

    def _misses(self, action: Action) -> bool:
        """Whether an action ends what is not there."""
        match action:
            case EndSilence():
                return action.silence_id not in self._silences
            case EndSnooze():
                return (action.entity, action.signal) not in self._snoozes
        return False

    def _do(self, action: Action) -> None:
        match action:
            case MakeSilence():
                self._running = None
                self._silences[action.id] = Hiding(made=action)
                _drop_first_ended(self._silences)
            case EndSilence():
                self._running = None
                self._silences[action.silence_id] = _ended(
                    self._silences[action.silence_id], action
                )
            case MakeSnooze():
                self._running = None
                place = (action.entity, action.signal)
                before = self._snoozes.pop(place, None)
                version = 1 if before is None else before.version + 1
                self._snoozes[place] = Hiding(made=action, version=version)
                _drop_first_ended(self._snoozes)
            case EndSnooze():
                self._running = None
                place = (action.entity, action.signal)
                self._snoozes[place] = _ended(self._snoozes[place], action)
            case EraseNote():
                self._forget_note(action.note_id)
            case GiveLabel(alert_id=None):
                pass
            case _:
                done = acted(self._done(action), action)
                self._alerts.pop(str(action.alert_id), None)
                self._alerts[str(action.alert_id)] = done
                if len(self._alerts) > MOST_ALERTS:
                    del self._alerts[next(iter(self._alerts))]

    def _forget_note(self, note_id: str) -> None:
        """Take a note from its alert's; few are erased, so that the alert is looked for."""
        for alert_id, done in self._alerts.items():
            if note_id in done.note_ids:
                kept = tuple(each for each in done.note_ids if each != note_id)
                self._alerts[alert_id] = msgspec.structs.replace(done, note_ids=kept)
                return

    def _done(self, action: AlertAction) -> AlertActions:
        return self._alerts.get(str(action.alert_id), NOTHING_DONE)

    def _running_at(self, now: dt.datetime) -> _InForce:
        running = self._running
        if running is None or not running.since <= now < running.until:
            running = self._running = _InForce.at(self, now)
        return running


class _InForce(NamedTuple):
    """What runs at a time; the same until the first of it ends."""

    since: dt.datetime
    until: dt.datetime
    silences: tuple[MakeSilence, ...]
    snoozes: tuple[MakeSnooze, ...]

    @classmethod
    def at(cls, state: ActionState, now: dt.datetime) -> _InForce:
        made = [each.made for each in state.every_hiding() if each.runs(now)]
        until = min((each.until for each in made), default=dt.datetime.max.replace(tzinfo=dt.UTC))
        return cls(
            now,
            until,
            tuple(each for each in made if isinstance(each, MakeSilence)),
            tuple(each for each in made if isinstance(each, MakeSnooze)),
        )


def _ended(hiding: Hiding, action: EndSilence | EndSnooze) -> Hiding:
    version = hiding.version + 1
    if hiding.ended_at is not None:
        return msgspec.structs.replace(hiding, version=version)
    return msgspec.structs.replace(
        hiding, version=version, ended_at=action.at, ended_by=action.by
    )  # fmt: skip


def _drop_first_ended(kept: dict[_Key, Hiding]) -> None:
    if len(kept) > MOST_OF_A_KIND:
        del kept[min(kept, key=lambda each: kept[each].ends_at)]
