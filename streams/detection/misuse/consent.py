"""Consent: the share of default or no consent rises; messages to recipients who had opted out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from detectors.distinct.bottom_k import HASHES, Sketch
from detectors.pages import PagedTable
from detectors.rate.share import LEAST_NATS, ShareBank
from detectors.state import State
from streams.alerts.misuse.basis import ConsentBasis, OptoutBasis
from streams.counts.bucket import DAY_S
from streams.detection.misuse.judge import (
    MisuseBucket,
    MisuseFound,
    MisuseJudge,
    MisusePlace,
    MisuseSettings,
)
from streams.items import Level

MOST_OPTOUTS: Final = 256
"""Opt-outs of an entity that are remembered; beyond them those with the smallest hashes."""

MOST_IN_ALL: Final = 500_000
"""Opt-outs of all entities together, about 50 MB. Beyond them entities are forgotten: first those
of whom no message was counted, since anybody may complain about any name, then those that were
heard of longest ago."""


class OptOuts(msgspec.Struct, array_like=True):
    """Recipients who opted out of an entity.

    Attributes
    ----------
    days
        Their hashes, and the day on which each was last heard.
    sends
        Whether messages of the entity have been counted since.
    """

    days: dict[int, int] = {}
    sends: bool = False


class ConsentJudge:
    """Judges the consent of the messages of all entities that were counted with it.

    Opt-outs are those that complaints tell of. What was sent to a recipient in a bucket before the
    opt-out's, or in the same one, is no finding.

    Parameters
    ----------
    settings
        The signal's.
    """

    waits = False

    def __init__(self, settings: MisuseSettings) -> None:
        misuse = settings.config.detect.misuse
        self.quiet_s = misuse.quiet
        self._memory = round(misuse.silence / DAY_S)
        self._per_day = settings.budget_per_day
        self._day: int | None = None
        self._bank = ShareBank()
        self._optouts: PagedTable[OptOuts] = PagedTable(OptOuts)
        self._forgotten = 0
        self.pages: dict[str, PagedTable[Any]] = {
            "shares": self._bank.shares,
            "optouts": self._optouts,
        }
        self.state = State()
        self.state.shared(self, _day=int | None)
        self.state.include(shares=self._bank.state)

    @property
    def let_go(self) -> int:
        """Entities passed over or forgotten: see `MisuseJudge`."""
        return self._bank.passed_over + self._forgotten

    def close(self, bucket: MisuseBucket) -> Iterable[MisuseFound]:
        """See `MisuseJudge`."""
        if self._day != bucket.day:
            self._day = bucket.day
            self._bank.forget(bucket.day - self._memory)
            self._forget(bucket.day - self._memory)
        return [*self._shares(bucket), *self._after_optout(bucket)]

    def _shares(self, bucket: MisuseBucket) -> Iterator[MisuseFound]:
        counts: dict[tuple[Level, str], list[int]] = {}
        for (source, level), of_level in bucket.closed.facts.consents.items():
            if source in bucket.trusted:
                for name, one in of_level.items():
                    sums = counts.setdefault((level, name), [0, 0, 0])
                    sums[0] += one.default
                    sums[1] += one.none
                    sums[2] += one.explicit
        needed = max(math.log(max(len(self._bank), 1) / self._per_day), LEAST_NATS)
        for level, name in sorted(counts):
            default, none, explicit = counts[level, name]
            known = default + none + explicit
            if not known:
                continue
            entity = f"{level}/{name}"
            usual = self._bank.usual(entity)
            evidence = self._bank.score(entity, default + none, known, bucket.day)
            if evidence >= needed and (default + none) / known > usual:
                self._bank.reset(entity)
                yield MisuseFound(
                    place=MisusePlace(level, name, "share"),
                    count=float(default + none),
                    expected=usual * known,
                    evidence_nats=evidence,
                    threshold_nats=needed,
                    basis=ConsentBasis(default, none, explicit, usual),
                )

    def _after_optout(self, bucket: MisuseBucket) -> Iterator[MisuseFound]:
        recipients: dict[tuple[Level, str], list[Sketch]] = {}
        optouts: dict[str, set[int]] = {}
        for (_, level), of_level in bucket.closed.facts.distinct.items():
            for name, kinds in of_level.items():
                if "recipients" in kinds:
                    recipients.setdefault((level, name), []).append(kinds["recipients"])
                if "optouts" in kinds:
                    optouts.setdefault(f"{level}/{name}", set()).update(kinds["optouts"].hashes)
        for level, name in sorted(recipients):
            known = self._optouts.get(f"{level}/{name}", None)
            if known is None:
                continue
            if not known.sends:
                known.sends = True
                self._optouts.note_change(f"{level}/{name}")
            sketch = recipients[level, name][0].union(*recipients[level, name][1:])
            found = [each for each in sketch.hashes if each in known.days]
            if found:
                exact = sketch.count().exact
                yield MisuseFound(
                    place=MisusePlace(level, name, "optout"),
                    count=float(len(found)),
                    basis=OptoutBasis(
                        recipients=len(found),
                        checked=len(known.days),
                        sampled=1.0 if exact else sketch.hashes[-1] / HASHES,
                    ),
                    severity="critical",
                )
        for entity in sorted(optouts):
            self._remember(entity, optouts[entity], bucket.day)
        if optouts:
            self._bound()

    def _remember(self, entity: str, hashes: set[int], day: int) -> None:
        its = self._optouts.setdefault(entity, OptOuts())
        both = {**its.days, **dict.fromkeys(hashes, day)}
        its.days = {each: both[each] for each in sorted(both)[:MOST_OPTOUTS]}
        self._optouts.note_change(entity)

    def _bound(self) -> None:
        held = sum(len(its.days) for its in self._optouts.values())
        if held <= MOST_IN_ALL:
            return

        def worth(entity: str) -> tuple[bool, int, str]:
            its = self._optouts[entity]
            return its.sends, max(its.days.values()), entity

        for entity in sorted(self._optouts, key=worth):
            if held <= MOST_IN_ALL * 9 // 10:
                break
            held -= len(self._optouts[entity].days)
            del self._optouts[entity]
            self._forgotten += 1

    def _forget(self, before: int) -> None:
        for entity in list(self._optouts):
            its = self._optouts[entity]
            if min(its.days.values()) >= before:
                continue
            its.days = {each: day for each, day in its.days.items() if day >= before}
            self._optouts.note_change(entity)
            if not its.days:
                del self._optouts[entity]

    def allowed(self, place: MisusePlace, values: Sequence[str], bucket: MisuseBucket) -> bool:
        """See `MisuseJudge`: the registry says nothing of consent."""
        return False


def judges(settings: MisuseSettings) -> Sequence[MisuseJudge]:
    """Make the judge of a group."""
    return [ConsentJudge(settings)]
