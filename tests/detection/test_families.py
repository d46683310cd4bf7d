"""Senders that burst together are one family; one that bursts by itself is hidden in none."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from streams.alerts.lifecycle import AlertChange, OpenAlert, Step
from streams.counts.lane import Lane
from streams.counts.open_bucket import Flush
from streams.counts.wire import (
    PARENTS_A_SENDER,
    TOTALS_A_RECORD,
    decode_counts,
    encode_counts,
    records,
)
from streams.detection.context.membership import Parents
from streams.detection.families import FEW_SENDERS, NAMES_A_LEVEL, Families, note_names
from streams.detection.judges.entities import Entities
from streams.detection.merge import Merge
from streams.detection.shard import Shard
from streams.items import Counts, Family, Level, Total
from tests.detection.counts_of import MINUTE, counts
from tests.events_of import T0, config, send, source

MALL: Parents = {
    "a": {("signature", "Shop"), ("platform", "Mall")},
    "b": {("signature", "Shop"), ("platform", "Mall")},
    "c": {("signature", "Stall"), ("platform", "Mall")},
}


def _change(
    level: Level, entity: str, step: Step = "opened", *, observed: float = 50.0, quiet: int = 0
) -> AlertChange:
    alert = OpenAlert(
        alert_id=f"{level}/{entity}",
        detector="e-sr",
        revision=1,
        onset=0,
        first_bucket=0,
        last_bucket=0,
        observed=observed,
        expected=5.0,
        exposure=1.0,
        evidence_nats=20.0,
        threshold_nats=9.0,
        severity="warning",
        size_at_last_revision=observed,
        alarmed=observed,
        highest=observed,
        last_revision_end=0,
        quiet=quiet,
    )
    return AlertChange(level, "sends", entity, step, alert)


def _linked(
    changes: list[AlertChange],
    belongs: Parents | None = None,
    before: list[AlertChange] | None = None,
    families: Families | None = None,
) -> Mapping[str, str]:
    """Parents by child after a close with these changes; `before` were open already."""
    families = families or Families()
    entities = {
        ("sends", level): Entities("60s", level, "sends", 60)
        for level in {change.level for change in [*(before or []), *changes]}
    }
    for change in [*(before or []), *changes]:
        known = entities["sends", change.level]
        if change.entity not in known.rows:
            known.add([change.entity], 0)
        if change.step == "resolved":
            known.alerts.pop(known.rows[change.entity], None)
        else:
            known.alerts[known.rows[change.entity]] = change.alert
    families.link(changes, MALL if belongs is None else belongs, entities)
    return dict(families.parents)


def test_the_narrowest_wider_alert_is_the_parent() -> None:
    """Sender under signature, signature under platform: a chain, not a flood."""
    changes = [
        _change("platform", "Mall"),
        _change("signature", "Shop"),
        _change("sender", "a"),
        _change("sender", "c"),
    ]
    assert _linked(changes) == {
        "signature/Shop": "platform/Mall",
        "sender/a": "signature/Shop",
        "sender/c": "platform/Mall",
    }


def test_a_signature_on_two_platforms_is_part_of_neither() -> None:
    """Only what all its senders name holds it."""
    belongs: Parents = {**MALL, "b": {("signature", "Shop"), ("platform", "Bazaar")}}
    changes = [_change("platform", "Mall"), _change("signature", "Shop")]
    assert _linked(changes, belongs) == {}


def test_a_sender_of_another_platform_stands_by_itself() -> None:
    """Bursting at the same time is not enough."""
    changes = [_change("platform", "Mall"), _change("sender", "z")]
    assert _linked(changes) == {}


def test_a_parent_from_before_holds_those_who_join() -> None:
    """A campaign spreads over days: whoever joins while the platform is high is part of it."""
    before = [_change("platform", "Mall")]
    assert _linked([_change("sender", "a")], before=before) == {"sender/a": "platform/Mall"}
    over = [_change("platform", "Mall", quiet=1)]
    assert _linked([_change("sender", "a")], before=over) == {}


def test_all_holds_only_those_who_open_with_it() -> None:
    """A long alert of all hides nobody who bursts in the midst of it."""
    together = [_change("all", "all", observed=500.0), _change("sender", "z")]
    assert _linked(together) == {"sender/z": "all/all"}
    assert _linked([_change("sender", "z")], before=together[:1]) == {}


def test_the_cause_of_all_is_not_part_of_it() -> None:
    """One heavy sender lifts the sum of all: it is named, not filed under all."""
    changes = [_change("all", "all", observed=60.0), _change("sender", "z", observed=55.0)]
    assert _linked(changes) == {}


def test_an_alert_names_what_its_entity_belongs_to() -> None:
    """A sender's own names; of a signature what all its senders name, and only wider levels."""
    changes = [_change("sender", "a"), _change("signature", "Shop"), _change("platform", "Mall")]
    note_names(changes, MALL)
    assert [change.alert.belongs_to for change in changes] == [
        {"signature": ["Shop"], "platform": ["Mall"]},
        {"platform": ["Mall"]},
        None,
    ]


def test_what_an_alert_names_stays_to_its_end() -> None:
    """Routes and silences match the opening and the end of an alert alike."""
    opened = _change("sender", "a")
    note_names([opened], {})
    assert opened.alert.belongs_to is None
    note_names([replace(opened, step="updated")], MALL)
    named = {"signature": ["Shop"], "platform": ["Mall"]}
    assert opened.alert.belongs_to == named
    note_names([replace(opened, step="updated")], {"a": {("platform", "Bazaar")}})
    assert opened.alert.belongs_to == named


def test_names_of_an_alert_are_bounded() -> None:
    """A sender that rotates signatures has the first ones; a crowd's names are not looked up."""
    rotating: Parents = {"a": {("signature", f"{n:02}") for n in range(50)}}
    sender = _change("sender", "a")
    note_names([sender], rotating)
    assert sender.alert.belongs_to == {"signature": ["00", "01", "02"][:NAMES_A_LEVEL]}
    both = {("signature", "Shop"), ("platform", "Mall")}
    crowd: Parents = {f"{n}": both for n in range(FEW_SENDERS + 1)}
    signature = _change("signature", "Shop")
    note_names([signature], crowd)
    assert signature.alert.belongs_to is None


def test_a_link_lasts_as_long_as_the_child() -> None:
    """Told with every revision of the child, also when the parent has ended; then forgotten."""
    families = Families()
    _linked([_change("platform", "Mall"), _change("sender", "a")], families=families)
    _linked([_change("platform", "Mall", "resolved")], families=families)
    assert families.parent(_change("sender", "a", "updated")) == "platform/Mall"
    assert families.parent(_change("sender", "a", "resolved")) == "platform/Mall"
    assert families.parents == {}


def test_a_parent_that_opens_later_is_told_with_the_next_revision() -> None:
    """The first to burst is often a sender; the platform follows."""
    families = Families()
    child = _change("sender", "a")
    assert _linked([child], families=families) == {}
    parent = _change("platform", "Mall")
    update = _change("sender", "a", "updated")
    assert _linked([parent, update], families=families) == {"sender/a": "platform/Mall"}


def _lane(*levels: Level) -> Lane:
    return Lane(source("sends", bucket="60s", lateness="0s"), list(levels))


def _flushed(lane: Lane, *, early: bool = True) -> list[Counts]:
    flush = lane.flush(early=early)
    out = records("sends", 0, 1, 60, flush, 1)
    return [decode_counts(encode_counts(record)) for _, record in out]


def _belonging(stream: list[Counts]) -> list[Parents]:
    """What each closed bucket's senders belong to."""
    merge = Merge([config().sources["sends"]])
    found: list[Parents] = []
    for offset, record in enumerate(stream):
        merge.add(offset, record)
        found += [bucket.parents for bucket in merge.close()]
    return found


def test_the_counter_tells_who_belongs_together() -> None:
    """What the events of a bucket name beside the sender reaches the close."""
    lane = _lane("sender", "signature", "platform", "all")
    lane.event(0, send(0, "a", signature="Shop", platform="Mall"))
    lane.event(1, send(1, "a", signature="Stall", platform="Mall"))
    lane.event(2, send(2, "b"))
    lane.event(3, send(61, "b", platform="Mall"))
    lane.finish()
    lane.idle(T0 + 60)
    stream = _flushed(lane)
    lane.idle(T0 + 120)
    stream += _flushed(lane)
    assert _belonging(stream) == [
        {"a": {("signature", "Shop"), ("signature", "Stall"), ("platform", "Mall")}},
        {"b": {("platform", "Mall")}},
    ]


def test_what_an_alert_on_a_burst_names_stays_to_its_end() -> None:
    """The events that end it name no signature: its routes and silences match all the same."""
    shard = Shard(0, config(count={"levels": ["sender", "signature"]}))
    shard.take(0, Counts("complaints", 0, 1, MINUTE, watermark=float("inf"), idle=True))
    steady = [3 + n % 3 for n in range(60)]
    heard = []
    for minute, number in enumerate([*steady, 80, 90, 85, *steady[:30]]):
        record = counts({(minute, "a"): number}, until=minute + 1)
        if 60 <= minute < 63:
            record = replace(record, families=[Family("signature", "Mall", [0])])
        heard += [
            (alert.alert.event, alert.alert.belongs_to)
            for alert in shard.take(minute + 1, record)
            if alert.alert.entity.level == "sender"
        ]
    assert heard[0] == ("opened", {"signature": ["Mall"]})
    assert heard[-1] == ("resolved", {"signature": ["Mall"]})
    assert {named["signature"][0] for _, named in heard if named} == {"Mall"}
    assert None not in [named for _, named in heard]


def test_early_totals_and_repeats_change_no_link() -> None:
    """Live, with totals of open buckets, in any order and twice: the links of a replay."""

    def stream(early: bool) -> list[Counts]:
        lane, out = _lane("sender", "platform"), []
        for n in range(40):
            platform = "Mall" if n < 20 else "Bazaar"
            lane.event(n, send(n, "a" if n % 2 else "b", platform=platform))
            if early:
                out += _flushed(lane)
        lane.finish()
        lane.idle(T0 + 60)
        return out + _flushed(lane)

    live, replay = stream(True), stream(False)
    assert len(live) > len(replay)
    both = {("platform", "Mall"), ("platform", "Bazaar")}
    assert _belonging(replay) == [{"a": both, "b": both}]
    assert _belonging(live) == _belonging(replay)
    *totals, last = live
    assert _belonging([*reversed(totals), *totals, last]) == _belonging(replay)


def test_without_wider_levels_a_record_is_what_it_was() -> None:
    """Who counts senders alone pays nothing, and old records are read as ever."""
    lane = _lane("sender", "all")
    lane.event(0, send(0, "a", platform="Mall"))
    lane.finish()
    lane.idle(T0 + 60)
    (record,) = _flushed(lane)
    assert record.families == []
    assert b"families" not in encode_counts(record)


def test_a_record_with_families_fits_into_a_message() -> None:
    """Senders with a hundred of the longest signatures each: more records, none too large."""
    totals = [Total(0, "sender", f"{n:0>256}", 10**9) for n in range(1000)]
    parents: dict[tuple[int, str], set[tuple[Level, str]]] = {
        (0, total.id): {("signature", f'{n}-{m:"<200}') for m in range(120)}
        for n, total in enumerate(totals)
    }
    out = [c for _, c in records("sends", 0, 1, 60, Flush(totals, parents=parents), 1)]
    assert [total for record in out for total in record.totals] == totals
    assert all(len(record.totals) <= TOTALS_A_RECORD for record in out)
    assert max(len(encode_counts(record)) for record in out) < 8_000_000
    links = sum(len(family.members) for record in out for family in record.families)
    assert links == 1000 * PARENTS_A_SENDER


def test_the_start_of_these_tests_is_a_whole_minute() -> None:
    """The buckets above begin where they are said to."""
    assert T0 % 60 == 0
