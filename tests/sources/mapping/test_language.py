"""The mapping language: what a source's table says about others' records, tried on their shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.config.load import ConfigError, parse_config
from streams.counts.intake import Intake
from streams.items import Complaint, Send
from streams.sources.mapping.documents import MOST_ITEMS
from streams.sources.mapping.record_items import RecordItems
from streams.sources.read import Row, Unopenable
from streams.sources.rejects import encode_reject
from tests.sources.files import (
    DATA,
    complaint,
    event,
    read,
    read_bytes,
    reasons,
    refused,
    send,
    source,
)

MAPPED = DATA / "mapped"
KUMO = {"format": "json", "time": "$.event_time", "event_id": "$.id"}


def _read(name: str, **table: Any) -> list[Row]:
    return read(source(**{"kind": "complaint", "format": "json", **table}), MAPPED / name)


def _items(document: Any, tmp_path: Path, **table: Any) -> list[Row]:
    mapped = {"kind": "send", "format": "json", "time": "t", "sender": "s", **table}
    return read_bytes(source(**mapped), json.dumps(document).encode(), tmp_path, "f")


def test_a_condition_leaves_the_rest_out() -> None:
    """Of a log of all types only the feedback reports are complaints; deliveries are skipped."""
    rows = _read(
        "kumo.jsonl",
        **KUMO,
        sender="$.feedback_report.reported_domain[0]",
        where={"$.type": "Feedback"},
    )
    assert reasons(rows) == ["ok", "skipped", "skipped"]
    assert complaint(rows[0]).sender.id == "shop.example"


def test_a_condition_may_name_several_texts() -> None:
    """Every line of a table must hold; a line holds for one of its texts."""
    table = {"time": "$.timestamp", "sender": "$.account", "event_id": "$.sg_event_id"}
    rows = _read("sendgrid.jsonl", **table, where={"$.event": ["spamreport", "unsubscribe"]})
    assert reasons(rows) == ["ok", "skipped", "skipped"]
    both = {"$.event": "spamreport", "$.category": "shop"}
    assert reasons(_read("sendgrid.jsonl", **table, where=both)) == ["ok", "skipped", "skipped"]
    none = {"$.event": "spamreport", "$.account": "other.example"}
    assert reasons(_read("sendgrid.jsonl", **table, where=none)) == ["skipped"] * 3


@pytest.mark.parametrize(
    ("wanted", "values"),
    [
        ("yes", ["yes", ["no", "yes"]]),
        (True, [True, "true"]),
        (7, [7, "7"]),
        ("", [None, "", ...]),
        (["a", 1], ["a", 1, "1"]),
    ],
)
def test_what_a_condition_compares(wanted: Any, values: list[Any], tmp_path: Path) -> None:
    """Texts, numbers and booleans by their texts; of a list one; what is not there is empty."""
    for value in values:
        document = {"t": 1772442000, "s": "a"} | ({} if value is ... else {"x": value})
        assert reasons(_items(document, tmp_path, where={"$.x": wanted})) == ["ok"]
    for value in ("no", 8, False, {"x": 1}, ["no"]):
        document = {"t": 1772442000, "s": "a", "x": value}
        assert reasons(_items(document, tmp_path, where={"$.x": wanted})) == ["skipped"]


def test_recipients_count_one_each() -> None:
    """An array of recipients is one event for each, with an id of its own; a text is one."""
    rows = _read(
        "kumo.jsonl",
        **KUMO,
        kind="send",
        sender="$.sender",
        recipient="$.recipient",
        where={"$.type": "Delivery"},
    )
    events = [row for row in rows if isinstance(row, Send)]
    assert [row.event_id for row in events] == ["2d98:0", "2d98:1", "2d98:2", "3d98"]
    assert len({row.recipient_hash for row in events}) == 3, "a@one.example twice"
    assert [row.count for row in events] == [1] * 4


def test_a_path_may_go_to_all_of_an_array() -> None:
    """``[*]`` in a reporter's path; names in brackets and quotes."""
    rows = _read(
        "ses.jsonl",
        time="$.complaint.timestamp",
        sender="$.mail.tags['ses:from-domain'][0]",
        reporter="$.complaint.complainedRecipients[*].emailAddress",
        event_id="$.complaint.feedbackId",
        where={"$.eventType": "Complaint", "$.complaint.complaintFeedbackType": ["abuse", ""]},
    )
    assert reasons(rows) == ["skipped", "ok", "skipped", "skipped"]
    assert (complaint(rows[1]).sender.id, complaint(rows[1]).event_id) == ("shop.example", "f1")
    assert complaint(rows[1]).reporter_hash is not None


def test_an_array_is_many_events() -> None:
    """``items`` says where they are; ids without an own one get the index."""
    rows = _read(
        "sendgrid.json",
        items="$[*]",
        time="$.timestamp",
        sender=["$.account", {"value": "shop.example"}],
        where={"$.event": "spamreport"},
    )
    assert reasons(rows) == ["ok", "skipped"]
    assert complaint(rows[0]).event_id == "s:sendgrid.json:1:0"
    assert complaint(rows[0]).sender.id == "shop.example", "a constant where there is none"


def test_a_page_of_records() -> None:
    """The items may lie deeper."""
    (row,) = _read(
        "ftc-api.json",
        items="$.data[*]",
        time="$.attributes.created-date",
        sender="$.attributes.company-phone-number",
        event_id="$.id",
        region="$.attributes['consumer-area-code']",
    )
    assert complaint(row).sender.id == "2025550101"
    assert (complaint(row).event_id, complaint(row).region) == ("a1", "309")


def test_json_inside_a_text() -> None:
    """A notification of SNS; what is around it is reached by ``$$``."""
    (row,) = _read(
        "sns.jsonl",
        unwrap="sns",
        time="$.complaint.timestamp",
        sender="$.mail.source",
        event_id="$$.MessageId",
        where={"$.notificationType": "Complaint", "$$.Type": "Notification"},
    )
    assert (complaint(row).sender.id, complaint(row).event_id) == ("news@shop.example", "s1")


def test_kinds_by_table(tmp_path: Path) -> None:
    """A kind by the text of a place; ``*`` for any other, else "other"."""
    kinds = {"from": "类型", "诈骗": "fraud", "*": "marketing"}
    content = "t,sender,类型\n1772442000,a, 诈骗 \n1772442000,a,广告\n1772442000,a,\n".encode()
    rows = read_bytes(source(complaint_kind=kinds), content, tmp_path)
    assert [complaint(row).kind for row in rows] == ["fraud", "marketing", "marketing"]
    del kinds["*"]
    rows = read_bytes(source(complaint_kind=kinds), content, tmp_path)
    assert [complaint(row).kind for row in rows] == ["fraud", "other", "other"]


def test_consents_by_table(tmp_path: Path) -> None:
    """A consent by the text of a place, true and false among them; other texts say nothing."""
    table = {"from": "$.ok", "true": "explicit", "no  way": "none", "false": "default"}
    found = []
    for ok in (True, False, " no way ", "x", "", None):
        (row,) = _items(
            {"t": 1772442000, "s": "b", "ok": ok}, tmp_path, sender="$.s", consent=table
        )
        found.append(send(row).consent)
    assert found == ["explicit", "default", "none", None, None, None]
    (row,) = _items(
        {"t": 1772442000, "s": "b"}, tmp_path, sender="$.s", consent={**table, "*": "unknown"}
    )
    assert send(row).consent == "unknown"


def test_consents_and_campaigns_as_they_are(tmp_path: Path) -> None:
    """The four words stand for themselves; another is left out of its event, and told."""
    table = {"sender": "$.s", "consent": ["$.c", {"value": "unknown"}], "campaign": "$.wave"}
    for said, consent in ((" none", "none"), ("", "unknown"), ("opted in", None), (True, None)):
        record = {"t": 1772442000, "s": "b", "c": said, "wave": "双十一"}
        (row,) = _items(record, tmp_path, **table)
        assert (send(row).consent, send(row).campaign) == (consent, "双十一")


def test_the_kinds_of_a_format_may_be_told_anew() -> None:
    """The FTC's subjects have kinds; a table of one's own stands for all of them."""
    kinds = {"from": "Subject", "*": "illegal"}
    own = source(kind="complaint", format="ftc", complaint_kind=kinds)
    rows = read(own, DATA / "ftc_2021-07.csv")
    assert {row.kind for row in rows if isinstance(row, Complaint)} == {"illegal"}


def test_of_several_places_the_first_that_is_there(tmp_path: Path) -> None:
    """Null, an empty text and nothing are not there."""
    table = {"sender": ["$.from.code", "$.src"]}
    for start in ({}, {"from": None}, {"from": {"code": ""}}, {"from": {"code": None}}):
        (row,) = _items({"t": 1772442000, "src": "b", **start}, tmp_path, **table)
        assert event(row).sender.id == "b"
    (row,) = _items({"t": 1772442000, "src": "b", "from": {"code": 7}}, tmp_path, **table)
    assert event(row).sender.id == "7"


def test_places_of_a_time_are_joined(tmp_path: Path) -> None:
    """Date and time of day in two columns are one time; a date without the other is a day."""
    mapped = source("Asia/Shanghai", time=["Date", "Time"], sender="s")
    content = b"Date,Time,s\n2026-03-02,08:00:05,a\n2026-03-02,,a\n"
    rows = read_bytes(mapped, content, tmp_path)
    times = [event(row).event_time.isoformat() for row in rows]
    assert times == ["2026-03-02T00:00:05+00:00", "2026-03-01T16:00:00+00:00"]


def test_csv_and_mail_have_conditions_constants_and_lists(tmp_path: Path) -> None:
    """Columns and header fields are places as paths are."""
    mapped = source(
        kind="send",
        format="csv",
        time="t",
        sender=["code", "account"],
        platform={"value": "mall"},
        where={"status": ["DELIVRD", "0"]},
    )
    content = b"t,code,account,status\n1e9,,b,0\n1e9,a,b,UNDELIV\n1e9,a,b,DELIVRD\n"
    rows = read_bytes(mapped, content.replace(b"1e9", b"1772442000"), tmp_path)
    assert reasons(rows) == ["ok", "skipped", "ok"]
    assert [event(rows[at]).sender.id for at in (0, 2)] == ["b", "a"]
    assert event(rows[0]).sender.platform == "mall"
    mail = source(kind="complaint", format="arf", where={"Feedback-Type": "fraud"}, sender=["From"])
    found = reasons(read(mail, DATA / "feedback.mbox"))
    assert "skipped" in found


def test_a_column_of_a_condition_must_be_there(tmp_path: Path) -> None:
    """Without it nothing would be wanted, or everything: the file is refused, and the key named."""
    with pytest.raises(Unopenable, match=r"'status', which sources\.s\.where asks for"):
        read_bytes(source(where={"status": "0"}), b"t,sender\n1772442000,a\n", tmp_path)


def test_a_count_of_zero_is_nothing(tmp_path: Path) -> None:
    """Daily totals by code hold rows of 0: no event, and no reject."""
    table = {"kind": "send", "format": "csv", "time": "t", "sender": "s", "count": "n"}
    content = b"t,s,n\n2026-03-02,a,0\n2026-03-02,a,00\n2026-03-02,a,-4\n2026-03-02,a,3\n"
    rows = read_bytes(source(**table), content, tmp_path)
    assert reasons(rows) == ["skipped", "skipped", "bad_value", "ok"]
    assert reasons(_items({"t": 1772442000, "s": "a", "n": 0}, tmp_path, count="n")) == ["skipped"]


def test_an_id_says_what_is_a_repeat() -> None:
    """Whatever the format: complaints that have ids of their own count once."""
    csv = {"kind": "complaint", "format": "csv", "time": "t", "sender": "s"}
    assert not source(**csv).dedupe
    assert source(**csv, event_id="id").dedupe
    assert source(kind="complaint", format="ftc", event_id="id").dedupe
    assert source(kind="complaint", format="json", time="t", sender="s", event_id="id").dedupe
    assert not source(kind="complaint", format="json", time="t", sender="s").dedupe
    assert source(kind="complaint", format="json").dedupe
    assert source(kind="complaint", format="arf", sender="From").dedupe
    assert not source(**{**csv, "kind": "send"}, event_id="id").dedupe


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ([], []),
        ([{"t": 1772442000, "s": "a"}, 7, None], ["ok", "not_json"]),
        ({"data": 1}, ["missing"]),
        ("text", ["missing"]),
        ([{}] * (MOST_ITEMS + 1), ["too_many"]),
        ([{"t": 1772442000, "s": "a", "to": ["x"] * 6000}] * 2, ["too_many"]),
    ],
)
def test_what_is_no_array_of_items(document: Any, found: list[str], tmp_path: Path) -> None:
    """A reject says so; null is nothing, and no record gives more than so many items."""
    assert reasons(_items(document, tmp_path, items="$[*]", recipient="to")) == found


def test_the_index_of_a_reject_is_that_of_its_item(tmp_path: Path) -> None:
    """Items that are skipped are counted too."""
    document = [{"x": 1}, {"t": 1772442000, "s": "a"}, {"t": "never", "s": "a"}]
    rows = _items(document, tmp_path, items="$[*]", where={"x": ["", "1"]})
    assert [refused(rows[at]).place.index for at in (0, 2)] == [0, 2]
    assert event(rows[1]).event_id == "s:f:1:1"


def test_a_record_of_many_bad_items_is_written_once(tmp_path: Path) -> None:
    """Only the first reject of a record has its bytes; all have its size and hash."""
    rows = _items([{"t": "never", "s": "x" * 100}] * 1000, tmp_path, items="$[*]")
    values = [encode_reject(refused(row), payload=True) for row in rows]
    assert [b'"payload"' in value for value in values] == [True] + [False] * 999
    assert sum(map(len, values)) < 10 * len(refused(rows[0]).raw)
    mapped = source(
        kind="send", format="json", topic_format="source", time="t", sender="s", items="$[*]"
    )
    intake = Intake(mapped, 0, ["all"], None, RecordItems(mapped, None))
    for offset in (7, 8):
        intake.take(offset, b'[{"t":"never"},{"t":1772442000,"s":"a"},{"t":"never"}]', None)
    assert [reject.whole for reject in intake.rejects] == [True, False] * 2


def test_paths_are_parsed_when_the_configuration_is_checked() -> None:
    """Case 19: a path that cannot be followed is no surprise of the first replay."""
    for path in ("$.mail.tags['ses:from-domain'[0]", "$.a[?(@.b)]", "$..a"):
        with pytest.raises(ConfigError, match="must be a path such as"):
            source(kind="complaint", format="json", time="$.t", sender=path)


def test_the_hash_of_what_was_there_is_as_it_was() -> None:
    """A text for a place hashes as before there were lists; other spellings of it decide."""
    table = {"kind": "send", "format": "json", "time": "t", "sender": "s"}
    hashes = {
        parse_config({"sources": {"s": {**table, **more}}}).hash
        for more in ({}, {"sender": ["s", "x"]}, {"where": {"a": "b"}}, {"items": "$[*]"})
    }
    assert len(hashes) == 4


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["t", "s", "to", "data", "op", "after"]), inner)
        ),
    )
)
def test_no_document_breaks_a_mapping(tmp_path_factory: Any, document: Any) -> None:
    """Whatever a record holds, each of its items is an event, skipped or a reject."""
    folder = tmp_path_factory.mktemp("any")
    for keys in ({}, {"items": "$.data[*]"}, {"unwrap": "debezium"}, {"unwrap": ["cloudevents"]}):
        mapped = {"sender": ["s", "$$.s"], "recipient": "to", "where": {"t": ["", "1"]}, **keys}
        rows = _items(document, folder, **mapped)
        assert set(reasons(rows)) <= {
            *("ok", "skipped", "not_json", "missing", "wrong_type", "bad_time", "too_old"),
            *("bad_name", "bad_value", "too_many", "not_utf8"),
        }
