"""A group of sources in one shard: counts in, alerts out, bucket by bucket."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from streams.alerts.dress import Dresser, Published
from streams.alerts.lifecycle import Rules
from streams.config.model import Config, Source
from streams.items import LEVELS, Counts, Level, Signal
from streams.monitor.budget import split_budget
from streams.monitor.merge import Merge
from streams.monitor.stream import Change, Early, Stream

GAP_EXPECTED = 20.0
"""A bucket without any event, where this many were expected, is a gap: not judged."""

LONGEST_EMPTY_RUN = 10_000
"""Empty buckets in a row after which no more are judged: the source was off."""

REMEMBERED_STARTS = 5_000
"""An onset farther back than so many judged buckets is given as the oldest of them."""


class Group:
    """Merges, closes, judges: everything of one group in one shard.

    Parameters
    ----------
    name
        The group's name.
    sources
        Its sources.
    config
        The configuration; the same one gives the same alerts.
    """

    def __init__(self, name: str, sources: list[Source], config: Config) -> None:
        self.merge = Merge(sources)
        self.feed_no = 0
        self.buckets_closed = 0
        self.entity_buckets = 0
        self._early_sent: dict[tuple[Signal, Level, str], Early] = {}
        self._empty_run = 0
        self._dresser = Dresser(config.name, config.hash, name, self.merge.buckets)
        rules = Rules(
            config.detect.min_count,
            config.detect.exit_after,
            config.detect.min_hold,
            config.detect.longest_life,
        )
        budget = split_budget(config)
        size = sources[0].bucket_s
        signals: list[Signal] = sorted({source.signal for source in sources})
        levels = [level for level in LEVELS if level in config.count.levels]
        self.streams: dict[tuple[Signal, Level], Stream] = {
            (signal, level): Stream(level, signal, size, rules, budget[name, level, signal])
            for signal in signals
            for level in levels
        }
        self._signals, self._levels = signals, levels
        self._judged_starts: dict[Signal, list[int]] = {signal: [] for signal in signals}

    @property
    def entities(self) -> int:
        """Entities known, over all levels; one with both signals counts once."""
        return sum(
            max(len(self.streams[signal, level]) for signal in self._signals)
            for level in self._levels
        )

    @property
    def open_alerts(self) -> int:
        """Alerts open, over all levels and signals."""
        return sum(stream.open_alerts for stream in self.streams.values())

    def take(self, offset: int, counts: Counts, written_s: float | None) -> list[Published]:
        """Take a counts record: what it lets close is judged, in order.

        Parameters
        ----------
        offset
            Its offset in ``counts``.
        counts
            The record.
        written_s
            When it was written; early alerts are raised only for buckets that were
            not over by then. None raises none.
        """
        grown = self.merge.add(offset, counts)
        out: list[Published] = []
        for start, end, sums in self.merge.close():
            out += self._close(start, end, sums)
        if written_s is not None and grown:
            out += self._early(grown, written_s)
        return out

    def _close(
        self, start: int, end: int, sums: dict[tuple[Signal, Level], dict[str, int]]
    ) -> list[Published]:
        self.buckets_closed += 1
        self._empty_run = 0 if sums else self._empty_run + 1
        changes: list[Change] = []
        if self._empty_run <= LONGEST_EMPTY_RUN:
            for signal in self._signals:
                changes += self._judge(signal, start, end, sums)
        changes.sort(key=lambda c: (LEVELS.index(c.level), c.entity, c.signal))
        out = []
        for change in changes:
            self.feed_no += 1
            out.append(self._dresser.revision(change, self.feed_no, end))
        return out + self._refute(start, {change.episode.alert_id for change in changes})

    def _judge(
        self,
        signal: Signal,
        start: int,
        end: int,
        sums: dict[tuple[Signal, Level], dict[str, int]],
    ) -> list[Change]:
        vectors = {
            level: self.streams[signal, level].vectors(sums.get((signal, level), {}))
            for level in self._levels
        }
        narrowest = self._levels[-1]
        base = self.streams[signal, narrowest]
        silent = not any(of == signal for of, _ in sums)
        if silent and (len(base) == 0 or base.expected_total() >= GAP_EXPECTED):
            return []
        known, _, first = vectors[narrowest]
        factor = base.common_factor(known, first) if narrowest != "all" else 1.0
        starts = self._judged_starts[signal]
        starts.append(start)
        del starts[:-REMEMBERED_STARTS]
        changes = []
        for level in self._levels:
            stream, (known, new, first) = self.streams[signal, level], vectors[level]
            exposure = 1.0 if level == "all" else factor
            changes += stream.close(start, end, known, new, first, exposure, _onset(starts))
            self.entity_buckets += len(stream)
        return changes

    def _early(self, grown: list[tuple[int, Level, str]], written_s: float) -> list[Published]:
        by_stream: dict[tuple[int, Signal, Level], dict[str, int]] = {}
        still_open = set(self.merge.open_buckets)
        for bucket, level, entity in grown:
            if bucket not in still_open or self.merge.buckets.end(bucket) <= written_s:
                continue
            for signal in self._signals:
                if (signal, level) not in self.streams or (
                    signal,
                    level,
                    entity,
                ) in self._early_sent:
                    continue
                total = self.merge.partial(bucket, signal, level, entity)
                if total:
                    by_stream.setdefault((bucket, signal, level), {})[entity] = total
        out = []
        for (bucket, signal, level), totals in sorted(by_stream.items()):
            for early in self.streams[signal, level].early(bucket, totals):
                self._early_sent[signal, level, early.entity] = early
                out.append(self._dresser.early(early, refuted=False))
        return out

    def _refute(self, closed: int, confirmed: set[str]) -> list[Published]:
        out = []
        for key, early in sorted(self._early_sent.items()):
            if early.bucket <= closed:
                del self._early_sent[key]
                if early.alert_id not in confirmed:
                    out.append(self._dresser.early(early, refuted=True))
        return out

    def first_needed(self, position: int) -> int:
        """Counts offset to go back to after a crash that leaves this state."""
        needed = self.merge.first_needed
        return position if needed is None else needed

    def pack(self) -> bytes:
        """State of the group itself; its streams pack theirs."""
        merge = self.merge
        return msgspec.msgpack.encode(
            _State(
                closed=merge.closed,
                lanes=merge.lanes,
                watermarks=[(name, lane, mark) for (name, lane), mark in merge.watermarks.items()],
                feed_no=self.feed_no,
                empty_run=self._empty_run,
                judged_starts=self._judged_starts,
            )
        )

    def unpack(self, packed: bytes) -> None:
        """Take the state that `pack` gave."""
        state = msgspec.msgpack.decode(packed, type=_State)
        self.merge.closed = state.closed
        self.merge.lanes = {k: v for k, v in state.lanes.items() if k in self.merge.sources}
        self.merge.watermarks = {
            (name, lane): mark
            for name, lane, mark in state.watermarks
            if name in self.merge.sources
        }
        self.feed_no, self._empty_run = state.feed_no, state.empty_run
        self._judged_starts.update(
            {k: v for k, v in state.judged_starts.items() if k in self._judged_starts}
        )


class _State(msgspec.Struct):
    closed: int | None
    lanes: dict[str, int]
    watermarks: list[tuple[str, int, float]]
    feed_no: int
    empty_run: int
    judged_starts: dict[Signal, list[int]]


def _onset(starts: list[int]) -> Callable[[int], int]:
    return lambda ago: starts[max(len(starts) - ago, 0)]
