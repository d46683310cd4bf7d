"""The judges of misuse of one group, and their open alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pkgutil import resolve_name
from typing import Any, NamedTuple

from detectors.pages import PagedTable
from streams.alerts.era import Era
from streams.alerts.lifecycle import AlertChange, OpenAlert
from streams.config.model import Config
from streams.config.sources import Source
from streams.detection.context.bucket import BucketContext, Stream
from streams.detection.context.budget import misuse_budget
from streams.detection.context.calendar import Occasion
from streams.detection.families import OpenOn
from streams.detection.judges.judge import AllEntities
from streams.detection.judges.panel import JudgePanel
from streams.detection.merge import ClosedBucket
from streams.detection.misuse.alerts import MisuseAlerts
from streams.detection.misuse.judge import (
    MakeMisuseJudges,
    MisuseBucket,
    MisuseJudge,
    MisuseSettings,
)
from streams.detection.misuse.table import MISUSE_TABLE, RELAPSE, RULE
from streams.detection.source_faults.verdict import Verdicts
from streams.items import Level
from streams.registry.table import Registry
from streams.stored.parts import Part, RowsPart


class _OpenAtLevel(NamedTuple):
    """Open alerts of a signal at a level; see `OpenOn`."""

    alerts: MisuseAlerts
    level: Level

    @property
    def has_alerts(self) -> bool:
        """See `OpenOn`: it is made where there are some."""
        return True

    def alert_of(self, entity: str) -> OpenAlert | None:
        """See `OpenOn`."""
        return next(iter(self.alerts_of(entity)), None)

    def alerts_of(self, entity: str) -> list[OpenAlert]:
        """See `OpenOn`."""
        return self.alerts.alerts_on(self.level, entity)


class MisusePanel:
    """Judges a group's closed buckets for misuse.

    Parameters
    ----------
    group
        The group's name.
    sources
        Its sources.
    config
        The configuration. Where it asks for no signal of misuse there are no judges, and a close
        does nothing here.
    panel, shard
        The group's judges of counts, without which nothing is looked back at; which shard it is.
    """

    def __init__(
        self,
        group: str,
        sources: Sequence[Source],
        config: Config,
        panel: JudgePanel | None = None,
        shard: int = 0,
    ) -> None:
        self._judges: dict[str, tuple[MisuseJudge, MisuseAlerts]] = {}
        self._let_go: dict[int, int] = {}
        asked = [*config.detect.misuse.signals, *([RULE] if config.rule_book else ())]
        look_back = config.detect.look_back.share
        asked += [RELAPSE] if look_back > 0.0 and panel is not None else []
        for facts in [facts for facts in MISUSE_TABLE if facts.name in asked]:
            make: MakeMisuseJudges = resolve_name(facts.judges)
            budget = misuse_budget(config, look_back if facts.name == RELAPSE else facts.share)
            judges = make(MisuseSettings(facts, config, group, sources, budget, panel, shard))
            for number, judge in enumerate(judges):
                alerts = MisuseAlerts(facts, group, sources[0].bucket_s)
                self._judges[f"{facts.name}/{number}"] = judge, alerts

    def __bool__(self) -> bool:
        """Whether there is anything to judge by."""
        return bool(self._judges)

    def parts(self) -> dict[str, Part]:
        """What a checkpoint stores, by name."""
        out: dict[str, Part] = {}
        for name, (judge, alerts) in self._judges.items():
            out[f"misuse/{name}"] = RowsPart(judge.state)
            out[f"misuse_alerts/{name}"] = RowsPart(alerts.state)
        return out

    def paged(self) -> dict[str, PagedTable[Any]]:
        """What a checkpoint stores in pages, by name."""
        return {
            f"misuse/{name}/{of}": pages
            for name, (judge, _) in self._judges.items()
            for of, pages in judge.pages.items()
        }

    @property
    def let_go(self) -> int:
        """What judges forgot or passed over on this day and the one before, since the start."""
        return sum(self._let_go.values())

    @property
    def open_alerts(self) -> int:
        """How many alerts are open."""
        return sum(len(alerts) for _, alerts in self._judges.values())

    @property
    def waits(self) -> bool:
        """Whether a day in which nothing is counted may lead to a finding."""
        return any(judge.waits for judge, _ in self._judges.values())

    @property
    def beyond(self) -> int:
        """Findings of the last bucket for which there was no room: they have no alert."""
        return sum(alerts.beyond for _, alerts in self._judges.values())

    def beside(self, entities: AllEntities) -> Mapping[Stream, OpenOn]:
        """Return the open alerts of all streams: those of entities, and those on misuse."""
        if not self._judges:
            return entities
        out: dict[Stream, OpenOn] = dict(entities)
        for name, (_, alerts) in self._judges.items():
            for level in alerts.levels:
                out[name.partition("/")[0], level] = _OpenAtLevel(alerts, level)
        return out

    def enter(self, era: Era) -> None:
        """Give the alerts that open from now on ids of this epoch."""
        for _, alerts in self._judges.values():
            alerts.epoch = era.epoch

    def begin_again(self) -> Iterator[AlertChange]:
        """Give all open alerts as opened: each has its first revision again."""
        for _, alerts in self._judges.values():
            yield from alerts.begin_again()

    def close(self, bucket: MisuseBucket) -> list[AlertChange]:
        """Judge a bucket; returns what becomes of alerts, judge by judge."""
        changes: list[AlertChange] = []
        self._let_go = {day: n for day, n in self._let_go.items() if day >= bucket.day - 1}
        for judge, alerts in self._judges.values():
            for pages in judge.pages.values():
                pages.at = bucket.closed.start
            before = judge.let_go
            changes += alerts.close(judge, judge.close(bucket), bucket)
            if judge.let_go > before:
                here = self._let_go.get(bucket.day, 0)
                self._let_go[bucket.day] = here + judge.let_go - before
        return changes


def misuse_bucket(
    closed: ClosedBucket,
    registry: Registry,
    verdicts: Verdicts,
    occasions: Sequence[Occasion],
    day: int,
    context: BucketContext | None = None,
) -> MisuseBucket:
    """Return a bucket as judges of misuse see it: as it was counted, whatever a source's fault.

    Parameters
    ----------
    closed
        The bucket.
    registry
        As it holds for it.
    verdicts
        On its sources.
    occasions, day
        Calendar entries that last in it, and its day.
    context
        What judges of counts were given.
    """
    trusted = frozenset(name for name, verdict in verdicts.items() if verdict.learn)
    return MisuseBucket(closed, registry, occasions, day, trusted, context)
