"""Makes all judges of a group from the table of signals, and gives them each closed bucket."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import partial
from pkgutil import resolve_name
from typing import Any

import numpy as np
from msgspec.structs import replace

from detectors.row_selection import Kept
from detectors.state import State
from streams.alerts.lifecycle import Rules
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.bucket import DAY_S
from streams.detection.context.arrivals import Arrivals, arrivals
from streams.detection.context.bucket import BucketContext, Claims, CommonFactor, Stream
from streams.detection.context.budget import split_budget
from streams.detection.context.calendar import Occasion
from streams.detection.context.membership import Parents
from streams.detection.judges.admission import Admission
from streams.detection.judges.complaint_rate import ComplaintRateJudge
from streams.detection.judges.entities import Entities
from streams.detection.judges.judge import Judge, Judged, JudgeSettings, MakeJudges
from streams.detection.judges.newcomers import NewcomersJudge
from streams.detection.judges.retired import Retired
from streams.detection.judges.volume import VolumeJudge
from streams.detection.signals import (
    FACTS_OF_SIGNAL,
    NEWCOMERS,
    Signal,
    SignalFacts,
    signals_of,
)
from streams.detection.source_faults.source_judge import EstablishedOf
from streams.items import LEVELS, Level
from streams.stored.parts import Part, RowsPart

ONE_DAY_AFTER = 7
"""Days after which an entity leaves that counted on one day only: by then the cohort's prior has
learned from it. On the FTC's records 7 days find what 28 find, at half the entities."""

_Ready = tuple[Judge, SignalFacts, Any]
"""A judge, the facts of its signal, and what it has prepared."""


class JudgePanel:
    """The judges of a group, and the entities that they judge.

    Parameters
    ----------
    group
        The group's name.
    sources
        Its sources.
    config
        The configuration.

    Attributes
    ----------
    signals, counted
        Signals that the group has, and those of them that count events of their own.
    levels
        Levels that are counted, the narrowest last.
    entities
        Entities of each signal and level.
    newcomers, volume
        Judges of newcomers, by level, and of volume, by stream.
    admission
        Says who of a bucket's newcomers gets a row.
    rates
        Judges of rates, by the stream whose events they are about.
    """

    def __init__(self, group: str, sources: list[Source], config: Config) -> None:
        kinds = {source.signal for source in sources}
        facts = signals_of(kinds, config.detect.misuse.signals)
        self.signals: list[Signal] = [of_signal.name for of_signal in facts]
        self.counted: list[Signal] = [of_signal.name for of_signal in facts if of_signal.kind]
        self.levels: list[Level] = [name for name in LEVELS if name in config.count.levels]
        self.entities: dict[Stream, Entities] = {
            (signal, level): Entities(group, level, signal, sources[0].bucket_s)
            for signal in self.signals
            for level in self.levels
            if level != self.levels[-1] or FACTS_OF_SIGNAL[signal].narrowest
        }
        self._judges = self._make(group, sources[0], config)
        self._states = {stream: self._state(stream) for stream in self._judges}
        self._retired = {
            stream: Retired(sum(judge.numbers for judge in judges))
            for stream, judges in self._judges.items()
        }
        for stream, retired in self._retired.items():
            self.entities[stream].retired = retired
        self.admission = Admission(
            config.detect.max_entities,
            {source.name: source.signal for source in sources},
            self.entities,
            self._retired,
        )
        self._forget_days = round(config.detect.forget_after / DAY_S)
        self._forget_one_day = min(ONE_DAY_AFTER, self._forget_days)
        judges = [judge for of_stream in self._judges.values() for judge in of_stream]
        self.volume = {(j.signal, j.level): j for j in judges if isinstance(j, VolumeJudge)}
        self.newcomers = {j.level: j for j in judges if isinstance(j, NewcomersJudge)}
        self._in_order = [(judge, FACTS_OF_SIGNAL[judge.signal]) for judge in judges]
        numbered = [(at, *both) for at, both in enumerate(self._in_order)]
        self._narrowest = [of for of in numbered if of[1].level == self.levels[-1]]
        self._wider = [of for of in numbered if of[1].level != self.levels[-1]]
        self.rates = {
            (FACTS_OF_SIGNAL[j.signal].events, j.level): j
            for j in judges
            if isinstance(j, ComplaintRateJudge)
        }

    def _make(self, group: str, source: Source, config: Config) -> dict[Stream, list[Judge]]:
        detect, budget = config.detect, split_budget(config)
        rules = Rules(detect.min_count, detect.exit_after, detect.min_hold, detect.longest_life)
        judges: dict[Stream, list[Judge]] = {}
        for signal, level in self.entities:
            settings = JudgeSettings(
                level=level,
                signal=signal,
                narrowest=level == self.levels[-1],
                bucket_s=source.bucket_s,
                timezone=source.timezone,
                rules=rules,
                budget=budget[group, level, signal],
                burst=detect.burst,
                beside=detect.beside,
            )
            make: MakeJudges = resolve_name(FACTS_OF_SIGNAL[signal].judges)
            judges[signal, level] = make(settings, self.entities)
        return judges

    @property
    def known(self) -> int:
        """Number of known entities, over all levels; an entity with both signals counts once."""
        return sum(
            max(len(self.entities[signal, level]) for signal in self.counted)
            for level in self.levels
        )

    @property
    def open_alerts(self) -> int:
        """Number of open alerts, over all levels and signals."""
        return sum(len(entities.alerts) for entities in self.entities.values())

    @property
    def beside_failed(self) -> dict[str, int]:
        """How often each detector beside ours failed, by its name."""
        failed: dict[str, int] = {}
        for judge in self.volume.values():
            for beside in judge.besides:
                failed[beside.name] = failed.get(beside.name, 0) + beside.failed
        return failed

    def established_of(self, day: int, hour: int | None) -> dict[Signal, EstablishedOf]:
        """What the judges of sources may ask about senders, on a day and at an hour of the week."""
        return {
            signal: partial(self.volume[signal, self.levels[-1]].established, day=day, hour=hour)
            for signal in self.counted
        }

    def judge(self, bucket: BucketContext) -> tuple[BucketContext, list[tuple[Judge, Judged]]]:
        """Let all judges prepare, then judge, then learn.

        Returns
        -------
        tuple
            The bucket, with the common factors and claims that it was judged by, and what each
            judge found; judges of signals whose events are lost found nothing.
        """
        bucket, ready = self._prepare(bucket)
        judged: list[tuple[Judge, Judged]] = []
        for judge, facts, prepared in ready:
            if facts.events in bucket.lost:
                judge.skip(bucket, prepared)
                continue
            found: Judged = judge.judge(bucket, prepared)
            judged.append((judge, found))
            if found.flooded:
                bucket = replace(bucket, flooded=[*bucket.flooded, *found.flooded])
        for judge, found in judged:
            judge.learn(bucket, found)
        return bucket, judged

    def hear(self, day: int, signals: Container[Signal]) -> None:
        """Note whose silence counts in a bucket: that of the entities of these signals.

        Parameters
        ----------
        day
            The day that the bucket lies in.
        signals
            Signals whose sources are neither in a gap nor off.
        """
        for (signal, _), entities in self.entities.items():
            # Newcomers go with those that they came to: see their judge's `holds`.
            if signal == NEWCOMERS or FACTS_OF_SIGNAL[signal].enters_by in signals:
                entities.hear(day)

    def _prepare(self, bucket: BucketContext) -> tuple[BucketContext, list[_Ready]]:
        """Let all judges prepare: those of the narrowest level, then all others."""
        prepared: dict[int, Any] = {}
        factors: dict[Stream, CommonFactor] = {}
        claims: dict[Stream, Claims] = {}
        for narrowest in (True, False):
            for at, judge, facts in self._narrowest if narrowest else self._wider:
                if facts.kind is None and facts.events not in bucket.begun:
                    continue
                own = prepared[at] = judge.prepare(bucket)
                if own.factor is not None:
                    factors[judge.signal, judge.level] = own.factor
                if own.claims is not None:
                    claims[facts.events, judge.level] = own.claims
            if narrowest:
                # A level that finds none of its own has the factor of the narrowest.
                factors |= {(s, level): f for (s, _), f in factors.items() for level in self.levels}
            bucket = replace(bucket, factors=dict(factors), claims=claims)
        in_order = enumerate(self._in_order)
        return bucket, [(*both, prepared[at]) for at, both in in_order if at in prepared]

    def arrivals(
        self,
        counts: dict[Stream, dict[str, int]],
        belongs: Parents,
        begun: set[Signal],
        lost: set[Signal],
        complete: set[Signal],
    ) -> Arrivals:
        """Find the newcomers of a bucket, before it is judged, and add them to what it counts.

        Parameters
        ----------
        counts, belongs
            Counts of the bucket, and what its senders belong to.
        begun, lost, complete
            Signals, as `BucketContext` has them; newcomers are lost, or complete, where all are.
        """
        narrowest, signals = self.levels[-1], [name for name in self.counted if name not in lost]
        arrived = arrivals(
            {s: totals for s in signals if (totals := counts.get((s, narrowest))) is not None},
            {s: self.entities[s, narrowest].rows for s in self.counted},
            belongs,
            lambda: {
                level: [counts[s, level] for s in signals if (s, level) in counts]
                for level in self.newcomers
            },
        )
        counts |= {(NEWCOMERS, level): arrived.ids(level) for level in self.newcomers}
        counted = begun.intersection(self.counted)
        for group in (begun, lost, complete):
            if group and group >= counted:
                group.add(NEWCOMERS)
        return arrived

    def recall(self, counts: Mapping[Stream, Mapping[str, int]], day: int) -> None:
        """Give the retired that count in a bucket their rows again, before it is judged.

        Parameters
        ----------
        counts
            Counts of the bucket.
        day
            The day that it lies in.
        """
        for stream, judges in self._judges.items():
            signal, level = stream
            retired, entities = self._retired[stream], self.entities[stream]
            totals = counts.get((FACTS_OF_SIGNAL[signal].enters_by, level))
            names = retired.among(totals) if totals else []
            entities.returned = {}
            if names:
                last_day, numbers = retired.take(names)
                entities.come_back(names, last_day, day)
                ends = np.cumsum([judge.numbers for judge in judges])
                for judge, own in zip(judges, np.split(numbers, ends[:-1]), strict=True):
                    judge.recall(names, own)

    def end_day(self, day: int) -> None:
        """Let entities leave that have been silent for long; remember the recurring ones."""
        for stream, judges in self._judges.items():
            entities, retired = self.entities[stream], self._retired[stream]
            leaving = entities.leaving(day, self._forget_days, self._forget_one_day)
            for judge in judges:
                leaving &= ~judge.holds()
            rows = np.flatnonzero(leaving)
            rows = rows[entities.recurring(rows)]
            numbers = np.concatenate([judge.remember(rows) for judge in judges])
            if not len(numbers):
                rows = rows[:0]  # nothing is worth remembering
            names = [entities.names[row] for row in rows.tolist()]
            retired.end_day(names, entities.last_day(rows), numbers)
            if leaving.any():
                kept = Kept(np.flatnonzero(~leaving))
                self._states[stream].keep(kept)
                for beside in self.volume[stream].besides if stream in self.volume else ():
                    beside.keep(kept)

    def _state(self, stream: Stream) -> State:
        """State of all that holds a stream's rows, but the detectors beside ours."""
        state = State()
        states = {type(judge).__name__: judge.state for judge in self._judges[stream]}
        state.include(entities=self.entities[stream].state, **states)
        return state

    def without_quiet_newcomers(
        self,
        counts: Mapping[Stream, Mapping[str, int]],
        usual_factors: Mapping[Signal, float],
        occasions: Sequence[Occasion],
    ) -> dict[Stream, dict[str, int]]:
        """Return the counts of some signals, but for newcomers that would have no alert.

        Parameters
        ----------
        counts, occasions
            Of a closed bucket, and the calendar entries that last in it.
        usual_factors
            The signals, each with the common factor that stands for that of the bucket.
        """
        kept = {
            (signal, level): self.volume[signal, level].open_bucket.without_quiet_newcomers(
                totals, occasions, exposure=1.0 if level == "all" else usual_factors[signal]
            )
            for (signal, level), totals in counts.items()
            if signal in usual_factors
        }
        for level, judge in self.newcomers.items() if usual_factors else ():
            came = counts.get((NEWCOMERS, level), {})
            kept[NEWCOMERS, level] = judge.entities.only_known(came)
        return kept

    def parts(self) -> dict[str, Part]:
        """What a checkpoint stores in rows, by name.

        Each stream, its retired, and each detector beside ours.
        """
        parts: dict[str, Part] = {}
        for (signal, level), state in self._states.items():
            parts[f"{level}/{signal}"] = RowsPart(state)
            parts[f"retired:{level}/{signal}"] = RowsPart(self._retired[signal, level].state)
        for (signal, level), judge in self.volume.items():
            for beside in judge.besides:
                parts[f"{level}/{signal}/{beside.name}"] = beside
        return parts
