"""Judges the sources of a group, and corrects a bucket's counts by what it finds."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from detectors.source_faults.usual_counts import Established
from streams.alerts.lifecycle import AlertChange
from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.wire import shard_of
from streams.detection.merge import ClosedBucket, Sums
from streams.detection.signals import Signal
from streams.detection.source_faults.source_judge import (
    NONE_BEYOND,
    EstablishedOf,
    SourceJudge,
)
from streams.detection.source_faults.verdict import SourceVerdict, Verdicts
from streams.items import SURPLUS_IDS, UNCHECKED, Level

NOBODY_ESTABLISHED: Mapping[Signal, EstablishedOf] = MappingProxyType({})


def nobody(names: Collection[str]) -> Established:
    """Say that none of these senders is established."""
    none = np.zeros(0, dtype=np.intp)
    return Established(none, none, lambda exposure: (np.zeros(0), np.zeros(0)))


class SourceJudges:
    """The judges of a group's sources in one shard.

    Every shard acts on what its judges find. One of the shards publishes a source's alerts: the
    one that holds the entity ``source/NAME``.

    Parameters
    ----------
    sources
        The group's sources.
    config
        The configuration.
    levels
        The levels that are counted, the narrowest last.
    shard
        Number of the shard.
    """

    def __init__(
        self, sources: Sequence[Source], config: Config, levels: list[Level], shard: int
    ) -> None:
        shards = config.detect.shards
        life_s = config.detect.longest_life
        self._judges = {
            source.name: SourceJudge(source, levels, only_shard=shards == 1, longest_life_s=life_s)
            for source in sources
        }
        self._published_here = {
            source.name: shard_of("source", source.name, shards) == shard for source in sources
        }
        self._signal_of: dict[str, Signal] = {source.name: source.signal for source in sources}

    @property
    def open_alerts(self) -> int:
        """How many alerts are open on the sources whose alerts this shard publishes."""
        return sum(
            judge.open_alerts for name, judge in self._judges.items() if self._published_here[name]
        )

    def enter(self, epoch: int) -> None:
        """Give the alerts that open from now on ids of this epoch."""
        for judge in self._judges.values():
            judge.faults.epoch = epoch

    def begin_again(self) -> list[AlertChange]:
        """Return the open alerts that this shard publishes as opened, by source."""
        changes = {name: judge.faults.begin_again() for name, judge in sorted(self._judges.items())}
        return [
            change for name in changes if self._published_here[name] for change in changes[name]
        ]

    def close(
        self,
        closed: ClosedBucket,
        established_of: Mapping[Signal, EstablishedOf] = NOBODY_ESTABLISHED,
    ) -> Verdicts:
        """Verdicts on all sources by name, in order of name.

        Parameters
        ----------
        closed
            The bucket.
        established_of
            Says of each signal's senders which are established. Without it no bucket is taken for
            posted twice: a recorder knows nobody.
        """
        by_source: dict[str, dict[Level, dict[str, int]]] = {}
        for (name, level), counts in closed.sums.items():
            by_source.setdefault(name, {})[level] = counts
        beyond: dict[str, dict[Level, int]] = {}
        unchecked: dict[str, int] = {}
        for (name, level), found in closed.beyond.items():
            if SURPLUS_IDS in found:
                beyond.setdefault(name, {})[level] = found[SURPLUS_IDS]
            unchecked[name] = unchecked.get(name, 0) + found.get(UNCHECKED, 0)
        return {
            name: judge.close(
                closed.start,
                closed.end,
                by_source.get(name, {}),
                others_sent=bool(by_source.keys() - {name}),
                established_of=established_of.get(self._signal_of[name], nobody),
                beyond=beyond.get(name, NONE_BEYOND),
                unchecked=unchecked.get(name, 0),
            )
            for name, judge in sorted(self._judges.items())
        }

    def all_off(self, end: int) -> bool:
        """Whether another bucket without any event, after the one that ends then, changes nothing.

        It holds on until there is an event.
        """
        return all(judge.is_off(end) for judge in self._judges.values())

    def changes_to_publish(self, verdicts: Verdicts) -> list[AlertChange]:
        """Changes of alerts on sources that this shard publishes."""
        return [
            change
            for name, verdict in verdicts.items()
            if self._published_here[name]
            for change in verdict.changes
        ]

    def of_signal(self, verdicts: Verdicts, signal: Signal) -> list[SourceVerdict]:
        """Verdicts on the sources of a signal."""
        return [v for name, v in verdicts.items() if self._signal_of[name] == signal]

    def overflowing(self, verdicts: Verdicts) -> list[Signal]:
        """Signals of sources that named more ids than were counted apart, each once."""
        return list(
            dict.fromkeys(
                self._signal_of[name] for name, verdict in verdicts.items() if verdict.overflow
            )
        )

    def by_signal(
        self, sums: Sums, verdicts: Verdicts
    ) -> dict[tuple[Signal, Level], dict[str, int]]:
        """Counts by signal: sums over its sources.

        Each is divided by how many times it was posted, and by how busy it is after a gap. A source
        whose bucket is not judged is left out.
        """
        out: dict[tuple[Signal, Level], dict[str, int]] = {}
        as_they_are = set[tuple[Signal, Level]]()
        for (name, level), counts in sums.items():
            verdict, key = verdicts[name], (self._signal_of[name], level)
            if verdict.gap:
                continue
            times, raised = verdict.times, verdict.raised
            if times * raised == 1 and key not in out:
                out[key] = counts
                as_they_are.add(key)
                continue
            if key in as_they_are:
                as_they_are.remove(key)
                out[key] = out[key].copy()
            sums_of_signal = out.setdefault(key, {})
            for entity, count in counts.items():
                # Rounded up, so that no entity with a count becomes zero.
                posted_once = -(-count // times)
                if raised > 1.0:
                    posted_once = max(math.floor(posted_once / raised + 0.5), 1)
                sums_of_signal[entity] = sums_of_signal.get(entity, 0) + posted_once
        return out

    def pack(self) -> dict[str, bytes]:
        """State of each source."""
        return {name: judge.state.pack_shared() for name, judge in self._judges.items()}

    def unpack(self, packed: dict[str, bytes]) -> None:
        """Take the state that `pack` gave; drop the state of sources that no longer exist."""
        for name, state in packed.items():
            if name in self._judges:
                self._judges[name].state.unpack(state, iter(()))
