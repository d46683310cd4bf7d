"""What a bucket says of each source of a group, and its counts set right by it."""

from __future__ import annotations

from collections.abc import Sequence

from streams.config.model import Config
from streams.config.sources import Source
from streams.counts.wire import shard_of
from streams.detection.merge import Sums
from streams.detection.signals import Signal
from streams.detection.source_faults.lifecycle import FeedChange
from streams.detection.source_faults.verdict import FeedHealth, Verdict
from streams.items import Level


class SourceHealth:
    """The sources of a group in one shard: each shard acts on what it finds, one tells.

    Parameters
    ----------
    sources
        Of the group.
    config
        The configuration.
    levels
        Those counted, the narrowest last.
    shard
        Number of the shard.
    """

    def __init__(
        self, sources: Sequence[Source], config: Config, levels: list[Level], shard: int
    ) -> None:
        shards = config.detect.shards
        life_s = config.detect.longest_life
        self._of = {
            source.name: FeedHealth(source, levels, whole=shards == 1, longest_life_s=life_s)
            for source in sources
        }
        self._tells = {
            source.name: shard_of("source", source.name, shards) == shard for source in sources
        }
        self._signal_of: dict[str, Signal] = {source.name: source.signal for source in sources}

    @property
    def open_alerts(self) -> int:
        """Alerts open on sources that this shard tells of."""
        return sum(health.open_alerts for name, health in self._of.items() if self._tells[name])

    def close(self, start: int, end: int, sums: Sums) -> dict[str, Verdict]:
        """What the bucket says of each source, by name, in order of name."""
        by_source: dict[str, dict[Level, dict[str, int]]] = {}
        for (name, level), counts in sums.items():
            by_source.setdefault(name, {})[level] = counts
        return {
            name: health.close(
                start, end, by_source.get(name, {}), others=bool(by_source.keys() - {name})
            )
            for name, health in sorted(self._of.items())
        }

    def told(self, verdicts: dict[str, Verdict]) -> list[FeedChange]:
        """Which alerts on sources this shard is to publish."""
        return [
            change
            for name, verdict in verdicts.items()
            if self._tells[name]
            for change in verdict.changes
        ]

    def worth(self, verdicts: dict[str, Verdict], signal: Signal) -> list[Verdict]:
        """Verdicts on the sources of a signal."""
        return [v for name, v in verdicts.items() if self._signal_of[name] == signal]

    def by_signal(
        self, sums: Sums, verdicts: dict[str, Verdict]
    ) -> dict[tuple[Signal, Level], dict[str, int]]:
        """Add the sources of a signal; what came m times over is divided by m before."""
        out: dict[tuple[Signal, Level], dict[str, int]] = {}
        for (name, level), counts in sums.items():
            times = verdicts[name].times
            of = out.setdefault((self._signal_of[name], level), {})
            for entity, count in counts.items():
                of[entity] = of.get(entity, 0) + -(-count // times)
        return out

    def pack(self) -> dict[str, bytes]:
        """State of each source."""
        return {name: health.pack() for name, health in self._of.items()}

    def unpack(self, packed: dict[str, bytes]) -> None:
        """Take the state that `pack` gave; of sources that are no more it is left."""
        for name, state in packed.items():
            if name in self._of:
                self._of[name].unpack(state)
