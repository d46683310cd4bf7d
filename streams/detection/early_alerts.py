"""Early alerts of a group: raised while a bucket is open, decided on when it closes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from streams.alerts.rendering import Dresser, Published
from streams.detection.context.calendar import Calendar
from streams.detection.judges.volume import Stream
from streams.detection.merge import Merge
from streams.detection.open_bucket import Early
from streams.detection.signals import Signal
from streams.items import Level


class EarlyAlerts:
    """Those that no close has decided on; one an entity and signal.

    Parameters
    ----------
    merge, streams, calendar, dresser
        The group's.
    turn
        Says to the streams which bucket is at hand.
    usual
        Common factor to expect of a signal in an hour of the week.
    elsewhere
        Whether a signal's entity of a level is judged by no early alert.
    """

    def __init__(
        self,
        merge: Merge,
        streams: Mapping[tuple[Signal, Level], Stream],
        calendar: Calendar,
        dresser: Dresser,
        *,
        turn: Callable[[int], None],
        usual: Callable[[Signal, int], float],
        elsewhere: Callable[[Signal, Level, str], bool],
    ) -> None:
        self._merge, self._streams = merge, streams
        self._calendar, self._dresser = calendar, dresser
        self._turn, self._usual, self._elsewhere = turn, usual, elsewhere
        self._sent: dict[tuple[Signal, Level, str], Early] = {}

    def __len__(self) -> int:
        """How many are undecided."""
        return len(self._sent)

    def look(self, grown: list[tuple[int, Level, str]], written_s: float) -> list[Published]:
        """Judge what has grown in buckets that are open.

        Parameters
        ----------
        grown
            Bucket, level and entity of each total that has grown.
        written_s
            When: what was over by then, and its lateness too, is not early any more.
        """
        by_stream: dict[tuple[int, Signal, Level], dict[str, int]] = {}
        still_open = set(self._merge.open_buckets)
        lateness_s = max(source.lateness_s for source in self._merge.sources.values())
        signals = sorted({signal for signal, _ in self._streams})
        for bucket, level, entity in grown:
            if (
                bucket not in still_open
                or self._merge.buckets.end(bucket) + lateness_s <= written_s
            ):
                continue
            for signal in signals:
                known = (signal, level) in self._streams
                if not known or (signal, level, entity) in self._sent:
                    continue
                if self._elsewhere(signal, level, entity):
                    continue
                total = self._merge.partial(bucket, signal, level, entity)
                if total:
                    by_stream.setdefault((bucket, signal, level), {})[entity] = total
        out = []
        for (bucket, signal, level), totals in sorted(by_stream.items()):
            self._turn(bucket)
            occasions, hour = self._calendar.at(bucket), self._merge.buckets.hour_of_week(bucket)
            # The total is no common factor's.
            usual = 1.0 if level == "all" else self._usual(signal, hour)
            stream = self._streams[signal, level]
            for early in stream.early(bucket, totals, occasions, exposure=usual):
                self._sent[signal, level, early.entity] = early
                out.append(self._dresser.early(early, refuted=False))
        return out

    def decide(self, closed: int, confirmed: set[str]) -> list[Published]:
        """Withdraw those of buckets up to the closed one that it did not confirm, by alert id."""
        out = []
        for key, early in sorted(self._sent.items()):
            if early.bucket <= closed:
                del self._sent[key]
                if early.alert_id not in confirmed:
                    out.append(self._dresser.early(early, refuted=True))
        return out
