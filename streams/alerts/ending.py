"""The end of feeds: what the topic ``alerts`` must get before the next epoch begins.

It is told by the topic alone, whatever has become of the state. What is open is resolved as moved,
what is early is retracted, and the last number of each feed names the feeds that go on. To do it
again after a crash adds only what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from streams.alerts.cloudevent import Alert, Entity, Envelope, Successor, decode_event, encode_alert
from streams.alerts.era import MOVED
from streams.alerts.identity import AlertPlace, alert_id, subject
from streams.alerts.rendering import Published
from streams.alerts.sentences import sentence
from streams.language.catalogue import ENGLISH

_ENDS = "epoch"
"""The detector of a feed's last item."""


@dataclass(slots=True)
class _FeedInEpoch:
    """A feed in one epoch: its last item, its alerts' last revisions, early alerts."""

    epoch: int
    last: Envelope
    feed_no: int = 0
    ended: bool = False
    alerts: dict[str, Envelope] = field(default_factory=dict)
    early: dict[str, Envelope] = field(default_factory=dict)


class FeedEnds:
    """Takes the records of ``alerts``, and gives those that end the feeds.

    Attributes
    ----------
    newest_epoch
        The largest epoch that any record has, or names as the next; 0 before the first.
    """

    def __init__(self) -> None:
        self._feeds: dict[tuple[str, int, int], _FeedInEpoch] = {}
        """By group, shard and epoch."""
        self.newest_epoch = 0
        self._named = 0

    @property
    def next_epoch(self) -> int:
        """The epoch of feeds that begin now."""
        return self._named if self._named > self.newest_epoch else self.newest_epoch + 1

    def take(self, shard: int, raw: bytes) -> None:
        """Take a record of a partition, in its order; what is no alert is passed over."""
        try:
            event = decode_event(raw)
        except ValueError:
            return
        alert = event.alert
        self.newest_epoch = max(self.newest_epoch, alert.epoch)
        key = (alert.group, shard, alert.epoch)
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = _FeedInEpoch(alert.epoch, event)
        if alert.event == "ended":
            feed.ended = True
            self._named = max([self._named, *(of.epoch for of in alert.successors or ())])
        elif alert.revision == 0:
            feed.early[alert.alert_id] = event
            if alert.event == "retracted":
                del feed.early[alert.alert_id]
        else:
            feed.early.pop(alert.alert_id, None)
            known = feed.alerts.get(alert.alert_id)
            if known is None or known.alert.revision < alert.revision:
                feed.alerts[alert.alert_id] = event
        if alert.feed_no is not None and alert.feed_no > feed.feed_no:
            feed.feed_no, feed.last = alert.feed_no, event

    def _before(self, epoch: int) -> Iterator[tuple[str, int, _FeedInEpoch]]:
        """Give each feed as it was last before an epoch, with its group and shard."""
        newest: dict[tuple[str, int], _FeedInEpoch] = {}
        for (group, shard, of_epoch), feed in sorted(self._feeds.items()):
            if of_epoch < epoch:
                newest[group, shard] = feed
        for (group, shard), feed in newest.items():
            yield group, shard, feed

    def moved_to(self, epoch: int) -> dict[AlertPlace, str]:
        """The alerts that go on in an epoch, by what they are about; of the epoch before it."""
        before = list(self._before(epoch))
        last = max((feed.epoch for _, _, feed in before), default=0)
        return {
            place_of(event.alert): event.alert.alert_id
            for _, _, feed in before
            if feed.epoch == last
            for event in feed.alerts.values()
            if event.alert.state == "open" or event.alert.reason == MOVED
        }

    def endings(
        self, successors: Sequence[Successor], goes_on: Mapping[AlertPlace, str]
    ) -> Iterator[tuple[int, Published]]:
        """Give the records that end all feeds that have not ended yet, each with its partition.

        Parameters
        ----------
        successors
            The feeds that go on, at least one, all of one epoch. What was published of them by an
            earlier attempt stays as it is.
        goes_on
            Ids that alerts have there, by what they are about.
        """
        for group, shard, feed in self._before(successors[0].epoch):
            if feed.ended:
                continue
            for event in feed.early.values():
                yield (
                    shard,
                    _told(event, replace(event.alert, event="retracted", state="retracted")),
                )
            number = feed.feed_no
            for event in feed.alerts.values():
                if event.alert.state != "open":
                    continue
                number += 1
                yield shard, _told(event, _resolved(event.alert, number, goes_on))
            yield shard, _told(feed.last, _ended(feed, group, shard, number + 1, successors))


def place_of(alert: Alert) -> AlertPlace:
    """Return what an alert is about."""
    return alert.entity.level, alert.entity.in_form, alert.signal, alert.kind


def _resolved(alert: Alert, feed_no: int, goes_on: Mapping[AlertPlace, str]) -> Alert:
    return replace(
        alert,
        event="resolved",
        state="resolved",
        revision=alert.revision + 1,
        feed_no=feed_no,
        reason=MOVED,
        moved_to=goes_on.get(place_of(alert)),
    )


def _ended(
    feed: _FeedInEpoch, group: str, shard: int, feed_no: int, successors: Sequence[Successor]
) -> Alert:
    last, name = feed.last.alert, f"{group}/{shard}"
    return Alert(
        event="ended",
        alert_id=alert_id(
            group, "source", name, "source", _ENDS, last.bucket_s, 0, epoch=feed.epoch
        ),
        revision=1,
        group=group,
        epoch=feed.epoch,
        feed_no=feed_no,
        state="resolved",
        entity=Entity("source", name),
        signal="source",
        detector=_ENDS,
        severity="warning",
        onset=last.last_bucket,
        first_bucket=last.last_bucket,
        last_bucket=last.last_bucket,
        bucket_s=last.bucket_s,
        observed=0,
        expected=0.0,
        ratio=0.0,
        evidence_nats=0.0,
        threshold_nats=0.0,
        reason=MOVED,
        successors=list(successors),
        summary="",
        config=last.config,
    )


def _told(event: Envelope, alert: Alert) -> Published:
    worded = replace(alert, summary=sentence(alert, ENGLISH))
    name = event.source.removeprefix("/weathervane/")
    value = encode_alert(worded, name=name, time=event.time)
    return Published(subject(alert.entity.level, alert.entity.id).encode(), value, worded)
