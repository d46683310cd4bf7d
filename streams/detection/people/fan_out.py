"""How many different people a sender reached in a bucket: a volume that is judged as others are.

Who sends one message each to ten thousand people does not send more than who sends them to ten. So
recipients have a signal of their own, beside the messages. It follows these: what is lost, off or
unsure of the messages is so of their recipients.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from streams.config.sources import Source
from streams.detection.context.bucket import Stream
from streams.detection.merge import ClosedBucket
from streams.detection.people.counted import recipients
from streams.detection.signals import FAN_OUT, Signal
from streams.detection.source_faults.verdict import Verdicts

MESSAGES = "sends"
"""The signal whose recipients they are."""


class FanOut:
    """Counts the recipients of a group's closed buckets, where they are judged.

    Parameters
    ----------
    signals
        Signals that the group judges.
    sources
        Its sources.
    """

    def __init__(self, signals: Collection[Signal], sources: Collection[Source]) -> None:
        named = sources if FAN_OUT in signals else ()
        self._sources = [source.name for source in named if source.signal == MESSAGES]

    def counts(self, closed: ClosedBucket, verdicts: Verdicts) -> dict[Stream, dict[str, int]]:
        """Recipients by stream and id; those of sources in a gap are left out.

        A bucket that was posted several times has as many recipients as one that was posted once.
        After a gap they are divided by as much as the messages are.
        """
        sources = [name for name in self._sources if not verdicts[name].gap]
        if not sources:
            return {}
        raised = max(verdicts[name].raised for name in sources)
        return {
            (FAN_OUT, level): {entity: _divided(count, raised) for entity, count in of.items()}
            for level, of in recipients(closed.facts, sources, closed.sums).items()
        }

    def follow(
        self,
        counts: Mapping[Stream, object],
        begun: set[Signal],
        lost: set[Signal],
        others: Collection[set[Signal]],
    ) -> None:
        """Add recipients to the signals of a bucket, where the messages are among them.

        Parameters
        ----------
        counts
            What the bucket counts.
        begun, lost
            Signals that have counted anything, and that must have counted, but did not.
        others
            Other sets of signals: where messages are in one, recipients are.
        """
        if not self._sources:
            return
        if any(signal == FAN_OUT for signal, _ in counts):
            begun.add(FAN_OUT)
        if FAN_OUT not in begun or MESSAGES in lost:
            lost.add(FAN_OUT)
        for signals in others:
            if MESSAGES in signals:
                signals.add(FAN_OUT)

    def with_factor(self, factors: dict[Signal, float]) -> dict[Signal, float]:
        """Return usual common factors with that of recipients: the one of their messages."""
        if self._sources and MESSAGES in factors:
            return {**factors, FAN_OUT: factors[MESSAGES]}
        return factors


def _divided(count: int, raised: float) -> int:
    return count if raised <= 1.0 else max(math.floor(count / raised + 0.5), 1)
