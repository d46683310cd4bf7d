"""The largest value of each kind that is stored or sent is as small as the documents say."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from detectors.distinct.bottom_k import HASHES
from streams.access.record import Token, User
from streams.access.record import encode_record as encode_known
from streams.actions.action import encode_action
from streams.actions.matcher import Matcher
from streams.actions.note import encode_note
from streams.actions.pattern import MOST_TEXTS, WORDS
from streams.alerts.cloudevent import CONTENT_TYPE, Entity, Reporters
from streams.alerts.era import Era
from streams.alerts.label import LONGEST_NOTE, Span, encode_label, make_label
from streams.alerts.misuse.basis import MOST_NAMES, ScopeBasis
from streams.alerts.sentences import sentence
from streams.cases.event import LONGEST_TITLE, MOST_FIGURES, encode_case_event
from streams.cases.evidence import MOST_EVIDENCE, evidence_of
from streams.counts.mark import ROOMS, Mark, encode_mark, encode_marks
from streams.counts.open_bucket import MOST_IDS, Flush
from streams.counts.wire import (
    NAMES_A_RECORD,
    PARENTS_A_SENDER,
    TALLIES_A_RECORD,
    encode_counts,
    records,
)
from streams.delivery.notify.record import MOST_ALERTS, Sent, SentAlert
from streams.delivery.notify.record import encode as encode_notification
from streams.delivery.undelivered.record import encode_record, make_undelivered
from streams.detection.checkpoint import CheckpointHead
from streams.detection.families import NAMES_A_LEVEL
from streams.detection.rules.distinct_reporters import DistinctReporters, pairs_of
from streams.detection.rules.standing import CountedBucket
from streams.detection.slots import SLOT_BYTES
from streams.items import MAX_NAME_BYTES, PARENT_LEVELS, Place, Reject, Tally, Total
from streams.language.catalogue import ENGLISH
from streams.registry.entry import LONGEST_ENTRY, CodeEntry, key_of
from streams.registry.sequencing import Sequencing, WriteControl
from streams.registry.topic_rows import TopicRow, encode_row
from streams.rule_packs.parameters import MOST_REPORTERS, DistinctReportersRule
from streams.series.asked import AskedEntity, encode_asked
from streams.series.codec import encode_bucket
from streams.series.record import COLUMNS
from streams.sources.rejects import encode_reject
from streams.sources.schemas.decision import LARGEST_DECISION, Decision, encode_decision
from streams.stored.pages import PIECE_BYTES
from tests.actions.examples import silence
from tests.alerts.examples import alert, raw
from tests.cases.examples import opened
from tests.documents.markdown import ROOT
from tests.series.examples import block, bucket

LONGEST = '"' * MAX_NAME_BYTES
"""A name of which JSON escapes every character."""

LARGE = 2**63 - 1
LONGEST_ADDRESS = "https://registry.example/".ljust(8000, "x")
NOW = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


def _named(number: int) -> str:
    return f"{number:08}".rjust(MAX_NAME_BYTES, '"')


def _head() -> int:
    era = Era(LARGE, "f" * 12, LARGE)
    return len(msgspec.msgpack.encode(CheckpointHead(LARGE, LARGE, LARGE, 2**32 - 1, LARGE, era)))


def _rule() -> int:
    """A sender with as many reporters as a rule may need."""
    rule = DistinctReportersRule(need=MOST_REPORTERS, days=10, warn=1)
    follow, (first, last) = DistinctReporters(rule), (3_652_050, 3_652_059)
    late = [(first, LONGEST, 1, tuple(range(HASHES - 200, HASHES)))]
    follow.close(CountedBucket(0, 0, last, last, {}, {}, {}, late, {LONGEST: last}))
    recent = follow.pages["recent"]
    assert len(pairs_of(recent[LONGEST])) == MOST_REPORTERS
    return sum(len(pages.pack(1)) for pages in follow.pages.values())


def _counts() -> int:
    """A full record: as many names as it may hold, and tallies."""
    of_each = 3
    senders = NAMES_A_RECORD // (of_each + 1)
    parents = {
        (60, _named(n)): {("signature", _named(of_each * n + k)) for k in range(of_each)}
        for n in range(senders)
    }
    totals = [Total(60, "sender", _named(n), LARGE) for n in range(senders)]
    tallies = [Tally(LARGE, LARGE, LARGE, LARGE, LARGE)] * TALLIES_A_RECORD
    flush = Flush(totals, tallies, -1.2345678901234567e-300, idle=True, parents=parents)
    assert of_each <= PARENTS_A_SENDER
    ((_, record),) = records("s" * 100, LARGE, LARGE, 86400, flush, 1)
    return len(encode_counts(record))


def _alert() -> int:
    long = alert(
        alert_id="f" * 16, revision=2**53 - 1, group="g" * 200, epoch=2**53 - 1, feed_no=2**53 - 1,
        entity=Entity("sender", LONGEST), signal="complaint_rate", detector="d" * 200,
        observed=LARGE, expected=1e-300 / 3, exposure=1e300 / 3, ratio=1e300 / 3,
        reason="level_shift", parent="f" * 16, looks_like=LONGEST, count_by="reporters",
        reporters=Reporters(2**53 - 1, 2**52, error=1 / 3),
        belongs_to={level: [LONGEST] * NAMES_A_LEVEL for level in PARENT_LEVELS},
        basis=ScopeBasis(
            [LONGEST] * MOST_NAMES, LARGE, LONGEST, LONGEST, [LONGEST] * MOST_NAMES, LARGE, "p" * 40
        ),
    )  # fmt: skip
    fields = {name: getattr(long, name) for name in long.__struct_fields__}
    return len(raw(**{**fields, "summary": sentence(long, ENGLISH)}))


def _reject() -> int:
    place = Place(file='"' * 4096, line=LARGE)
    return len(encode_reject(Reject("r" * 40, "d" * 1000, place, bytes(2**21)), payload=True))


def _label() -> int:
    span = Span(entity=f"signature/{LONGEST}", start=NOW, end=NOW, signal="complaint_rate")
    return len(
        encode_label(
            make_label("expected", NOW, window=span, note="\U0001f4a1" * LONGEST_NOTE, by=LONGEST)
        )
    )


def _undelivered() -> int:
    record = make_undelivered(
        payload=bytes(2**20), at=NOW, receiver=LONGEST, reason="r" * 40, detail="d" * 1000,
        attempts=2**53 - 1, topic="t" * 249, partition=2**31, offset=2**53 - 1,
    )  # fmt: skip
    return len(encode_record(record))


def _notification() -> int:
    one = SentAlert("f" * 16, 2**53 - 1, "retracted", "critical", acknowledged=True)
    record = Sent(
        at=NOW, due=NOW, receiver="r" * 100, group="f" * 16, status="resolved",
        reason="acknowledged", outcome="given_up", attempts=2**53 - 1, detail="d" * 1000,
        digest="f" * 32, alerts=[one] * MOST_ALERTS,
    )  # fmt: skip
    return len(encode_notification(record))


def _commit() -> int:
    time_s = -1.2345678901234567e-300

    def mark(sharing: int) -> Mark:
        return Mark(LARGE, time_s, time_s, time_s, ((LARGE, time_s),) * ROOMS[sharing].most)

    shared = {f"{number}" * 100: mark(3) for number in range(3)}
    return max(len(encode_mark(mark(1))), len(encode_marks(shared)[1]))


def _schema() -> int:
    """As large as a registry's answer may be; half of what is in it takes twice its bytes."""
    parts = LARGEST_DECISION // 3 - len(LONGEST_ADDRESS)
    found = Decision(LONGEST_ADDRESS, "f" * 36, "PROTOBUF", "a" * parts + '"' * parts)
    return len(encode_decision(found))


def _known() -> int:
    """A user whose hash is as long as may be, and a token with every scope."""
    user = User(
        name=LONGEST, role="operator", password='"' * 500, mark="f" * 32, at=NOW, by=LONGEST
    )
    token = Token(
        id="f" * 8, name=LONGEST, sha256="f" * 64, role="operator", scopes=("feeds",) * 8,
        expires=NOW, first=True, at=NOW, by=LONGEST,
    )  # fmt: skip
    return max(len(encode_known(record).value or b"") for record in (user, token))


def _row(number: int = 0) -> TopicRow:
    """A row as large as one that is taken: of names as long as may be."""
    regions = tuple(f"{LONGEST[:-3]}{n:03}" for n in range(29))
    entry = CodeEntry(id=f"{number:032}", holder=LONGEST, regions=regions)
    value = encode_row(entry)
    assert LONGEST_ENTRY - 1000 < len(value) <= LONGEST_ENTRY
    return TopicRow(number, key_of(entry).encode(), value)


def _control() -> int:
    """The rows of a control record, when the next one has no room."""
    steps = Sequencing(0, 1).take(map(_row, range(400)))
    return max(len(step.value) for step in steps if isinstance(step, WriteControl))


def _action() -> int:
    """A silence of as many names as it may have, or an action about one entity."""
    names = tuple(_named(number) for number in range(MOST_TEXTS))
    keys = dict.fromkeys(("id", "signature", "platform", "category", "source"), names)
    words = {key: ("*" + word,) * MOST_TEXTS for key, (word, *_) in WORDS.items()}
    made = silence(by=LONGEST, at=NOW, until=NOW, noted=True, match=Matcher(**keys, **words))
    return len(encode_action(made))


def _case_event() -> int:
    """A case of as many alerts as it may have."""
    long = evidence_of(
        alert(
            revision=2**53 - 1, group="g" * 200, epoch=2**53 - 1, feed_no=2**53 - 1,
            entity=Entity("sender", LONGEST), signal="complaint_rate", kind="k" * 100,
            observed=1e300 / 3, expected=1e-300 / 3, exposure=1e300 / 3, ratio=1e300 / 3,
            evidence_nats=1e300 / 3, summary='"' * 2000,
            belongs_to={level: [LONGEST] * NAMES_A_LEVEL for level in PARENT_LEVELS},
        )
    )  # fmt: skip
    made = opened(
        by=LONGEST, at=NOW, title='"' * LONGEST_TITLE, entity=f"signature/{LONGEST}",
        owner=LONGEST, evidence=(long,) * MOST_EVIDENCE,
        figures={_named(number): 1e300 / 3 for number in range(MOST_FIGURES)},
    )  # fmt: skip
    return len(encode_case_event(made))


def _series() -> int:
    """As many rows as a record holds, whose names and numbers have no order."""
    rng = np.random.default_rng(1)
    ids = ["".join(map(chr, rng.integers(0x4E00, 0x9FFF, 85))) for _ in range(5000)]
    rows = block(ids)
    noise = {
        name: rng.bytes(len(ids) * kind.itemsize)
        for name, kind in COLUMNS.items()
        if name not in ("detector", "flags")
    }
    columns = {name: np.frombuffer(raw, COLUMNS[name]) for name, raw in noise.items()}
    series = bucket(blocks=[msgspec.structs.replace(rows, **columns)])
    return max(len(value) for _, value in encode_bucket(series))


LARGEST: dict[str, Callable[[], int]] = {
    "slot of a checkpoint": lambda: SLOT_BYTES,
    "head of a checkpoint": _head,
    "row of a rule in a checkpoint": _rule,
    "record of counts": _counts,
    "metadata of a counter's commit": _commit,
    "alert": _alert,
    "reject": _reject,
    "label": _label,
    "action": _action,
    "event of a case": _case_event,
    "text of an action": lambda: len(encode_note('"' * LONGEST_NOTE)),
    "alert that was given up": _undelivered,
    "user, token or session": _known,
    "row of the registry": lambda: len(_row().value or b""),
    "control record": _control,
    "piece of a page of the registry, or its index": lambda: PIECE_BYTES,
    "series of a bucket, or answer about an entity": _series,
    "question about an entity": lambda: len(
        encode_asked(AskedEntity(level="access_code", id=LONGEST, at=NOW))[1]
    ),
    "schema of records": _schema,
    "notification": _notification,
    "header of an alert": lambda: len("content-type") + len(CONTENT_TYPE),
}

TEXT = (ROOT / "docs/extending.md").read_text()
STATED = {
    name: int(most.replace(",", ""))
    for name, most in re.findall(r"^\| ([^|]+?) \| [^|]+ \| ([\d,]+) \|", TEXT, re.MULTILINE)
}


def test_the_table_names_every_value() -> None:
    """A line for each, and none for what is no longer stored."""
    assert sorted(STATED) == sorted(LARGEST)


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_value_is_as_the_table_says(name: str) -> None:
    """Made from the longest names, the largest numbers, the most that a record may hold."""
    assert 0 < LARGEST[name]() <= STATED[name]


def test_the_ids_that_a_lane_remembers_are_as_the_text_says() -> None:
    """Two million."""
    assert f"remember {MOST_IDS:,} event ids" in TEXT.replace("\n", " ")
