"""One sender, one id: in every format, and on a topic decoded one by one or together."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from streams.config.load import ConfigError, parse_config
from streams.counts.intake import Intake
from streams.items import Reject, Send, Sender
from streams.sources.event_json import encode_event
from streams.sources.rejects import Undecodable
from streams.sources.sender_form import SenderForm
from tests.events_of import T0, at, config, send
from tests.sources.files import read_bytes, source

HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202e\u2066\u180e"


def _variants(name: str, number: int) -> list[str]:
    rng = random.Random(3)
    found = {name}
    while len(found) < number:
        varied = list(name)
        for character in rng.choices(HIDDEN, k=rng.randint(1, 4)):
            varied.insert(rng.randint(0, len(varied)), character)
        found.add("".join(varied))
    return sorted(found)


@pytest.mark.parametrize("together", [True, False])
def test_four_hundred_variants_are_one_sender(together: bool) -> None:
    """Ids with zero-width characters count as the one that is seen, and are in the metric."""
    sends = config(count={"lateness": "0s"}).sources["sends"]
    events = [send(0, name, signature=f"Shop{name[4:]}") for name in _variants("code007", 400)]
    values = [encode_event(event) for event in events]
    intake = Intake(sends, 0, ["sender", "signature", "all"])
    if together:
        intake.take_all(range(1), values[:1], [T0])
        intake.take_all(range(1, 400), values[1:], [T0] * 399)
    else:
        for offset, value in enumerate(values):
            intake.take(offset, value, T0)
    intake.lane.idle(T0 + 60)
    totals = {(each.level, each.id): each.count for each in intake.lane.flush().totals}
    assert totals["sender", "code007"] == totals["all", "all"] == 400
    assert len([level for level, _ in totals if level == "sender"]) == 1
    assert intake.names_changed >= 399


def test_a_files_variants_are_one_sender(tmp_path: Path) -> None:
    """What a file says is in the one form already where it goes to a lane."""
    csv = source(kind="send", signature="g")
    lines = "".join(f"2026-03-01T00:00:00Z,{name},Shop\n" for name in _variants("code007", 50))
    rows = read_bytes(csv, f"t,sender,g\n{lines}".encode(), tmp_path)
    assert {row.sender for row in rows if isinstance(row, Send)} == {
        Sender("code007", signature="Shop")
    }
    assert len(rows) == 50


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ('"=""106900012345"""', "106900012345"),
        ("'106900012345", "106900012345"),
        ('"106900012345\t"', "106900012345"),
        ("106900012345", "106900012345"),
        ("1.069E+11", None),
        ("4.479e+11", None),
        ("1E+5", None),
        ("\u200b", None),
        ("\ufdfa" * 20, None),
    ],
)
def test_the_shapes_of_a_spreadsheet(tmp_path: Path, written: str, found: str | None) -> None:
    """A number that was made a text is the number; one that lost its digits is refused."""
    content = f"t,sender\n2026-03-01T00:00:00Z,{written}\n".encode()
    (row,) = read_bytes(source(kind="send"), content, tmp_path)
    if found is None:
        assert isinstance(row, Reject)
        assert row.reason == "bad_name"
    else:
        assert isinstance(row, Send)
        assert row.sender.id == found


@pytest.mark.parametrize("country", ["CN", "GB", "IT", "US"])
@pytest.mark.parametrize("sender_as", [None, "as_is", "digits", "e164", "address", "domain"])
def test_the_one_form_of_a_form_is_itself(sender_as: Any, country: str) -> None:
    """A file's event has it already, and gets no other one when it is counted from a topic."""
    form, rng = SenderForm(sender_as, country), random.Random(5)
    signs = "0123456789" * 4 + "++-() ().@<>abXYZ.\uff11\u0661\u200b,;xt#*/:"
    texts = ["".join(rng.choices(signs, k=rng.randint(1, 18))) for _ in range(400)]
    read = 0
    for text in ["Shop <News@Mail.Shop.example>", *texts]:
        try:
            found = form.sender(Sender(text))
        except Undecodable:
            continue
        assert form.sender(found) is found
        read += 1
    assert read


@pytest.mark.parametrize(
    ("sender_as", "name", "found"),
    [
        ("digits", "202-555-0101", "2025550101"),
        ("digits", "Shop", None),
        ("address", "Shop <News@Shop.example>", "News@shop.example"),
        ("address", "106900", None),
        ("domain", "Shop <news@Mail.Shop.example>", "mail.shop.example"),
        ("domain", "Shop.example", "shop.example"),
        ("domain", "Shop", None),
        ("e164", "(020) 7946 0018", "+442079460018"),
        ("e164", "+86 138 0013 8000", "+8613800138000"),
        ("e164", "106900012345", "106900012345"),
        ("e164", "Shop", None),
    ],
)
def test_as_what_ids_are_read(sender_as: Any, name: str, found: str | None) -> None:
    """An id is read as the source says, the same when it is read again; others are refused."""
    form = SenderForm(sender_as, "GB" if sender_as == "e164" else None)
    if found is None:
        with pytest.raises(Undecodable, match=r"^sender\.id must hold .*; found none$"):
            form.sender(Sender(name))
    else:
        assert form.sender(Sender(name)) == Sender(found) == form.sender(form.sender(Sender(name)))


def test_a_sender_in_the_one_form_is_left_alone() -> None:
    """Nothing is counted as changed, and no object is made."""
    form, sender = SenderForm(), Sender("106900012345", signature="淘宝", platform="Mall")
    assert form.sender(sender) is sender
    assert form.changed == 0


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            {"country": "CN"},
            'sources.x may have `country` only where sender_as is "e164"; remove it',
        ),
        (
            {"sender_as": "e164", "country": "cn"},
            'sources.x.country must be two capital letters of a country, such as "CN"; got "cn"',
        ),
        (
            {"sender_as": "number"},
            'sources.x.sender_as must be "digits", "e164", "address", "domain" or "as_is";'
            ' got "number"',
        ),
    ],
)
def test_a_wrong_key_is_told(keys: dict[str, str], problem: str) -> None:
    """One line says which rule a source's table breaks."""
    with pytest.raises(ConfigError) as error:
        parse_config({"sources": {"x": {"kind": "send", **keys}}}, "w.toml")
    assert error.value.problems == [f"w.toml: {problem}"]


def test_times_do_not_depend_on_the_form() -> None:
    """An event keeps all else that it says."""
    event = send(5, "\uff11", count=3, platform="Mall")
    sends = config().sources["sends"]
    intake = Intake(sends, 0, ["sender", "all"])
    intake.take(0, encode_event(event), T0)
    intake.lane.idle(T0 + 60)
    flush = intake.lane.flush()
    assert {(each.bucket, each.id, each.count) for each in flush.totals} == {
        (int(at(T0).timestamp()), "1", 3),
        (int(T0), "all", 3),
    }


def test_a_name_may_look_like_a_shortened_number() -> None:
    """Only where the table says so; as it is, a name still has one form."""
    assert SenderForm("as_is").sender(Sender("1.069E+11")).id == "1.069E+11"
    assert SenderForm("as_is").sender(Sender("\uff11\u200b069")).id == "1069"
    with pytest.raises(Undecodable, match='set sender_as to "as_is"'):
        SenderForm().sender(Sender("1.069E+11"))
