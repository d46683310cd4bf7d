"""Whatever a sender is called, a message says what it would say of any other, and is no longer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity, NewIds, Successor
from streams.delivery.channels.text.guard import shown
from streams.delivery.channels.text.message import Style, message, sentence_of, utf8_size
from streams.detection.signals import NEW_IDS_EVENTS, SIGNALS, SLOW
from streams.items import LEVELS
from streams.language.catalogue import Language
from tests.alerts.examples import alert
from tests.delivery.channels.notifications import LINK, notification, notified
from tests.hostile import names as odd_names
from tests.hostile import unseen

WIDE = Style(10**6)
LURES = [
    *("@all", "@everyone", "@所有人", "＠all", "<!channel>", "<@U123>", '<at user_id="all">'),
    *(
        "</at>",
        "http://evil.example/",
        "evil.example",
        "evil。中国",
        "mailto:a@b.example",
        "tel:110",
    ),
    *("[x](http://evil.example)", "1.2.3.4", "**x**", "`", "|", ":warning:", "”", "“", '"', "\\"),
    *(
        "x: back to normal",
        "已确认：王伟",
        "】",
        "\u202e",
        "\u2028",
        "\u3000",
        "\u0301" * 9,
        "a" * 99,
    ),
]
hostile = odd_names | st.lists(st.sampled_from(LURES), min_size=1, max_size=4).map("".join)
languages = st.sampled_from(["en", "zh"])
SOURCE_KINDS = (
    "stalled", "gap", "truncated", "posted_twice", "senderless_share", "overflow", "unchecked"
)  # fmt: skip


@settings(max_examples=300)
@given(hostile, languages, st.sampled_from(["entity", "looks_like", "person"]))
def test_a_name_changes_nothing_but_itself(name: str, language: Language, place: str) -> None:
    """With its name taken out, a message is the one of a sender of any other name."""

    def said(called: str) -> str:
        entity = Entity("signature", called if place == "entity" else "y")
        looks_like = called if place == "looks_like" else None
        person = called if place == "person" else None
        title, text = message(
            notification(notified(person, None, entity=entity, looks_like=looks_like)),
            language,
            WIDE,
        )
        return f"{title}\n{text}"

    assert said(name) == said("ZZZ").replace("ZZZ", shown(name))


@settings(max_examples=300)
@given(hostile)
def test_a_name_mentions_nobody_and_is_no_link(name: str) -> None:
    harmless = shown(name)
    assert unseen(harmless, allowed="") == []
    assert len(harmless.splitlines()) == 1
    assert not re.search(r"(?<!\[)[@＠]|[@＠](?!\])", harmless)
    assert not re.search(r"[<>＜＞]", harmless)
    assert not re.search(r"\w[.。．｡]\w|://|[^\W\d_]:\w", harmless)
    assert len(harmless) <= 3 * 64 + 2
    if not harmless.startswith("“"):
        assert re.fullmatch(r"[\w.+\-\[\]@…]+", harmless)
    else:
        assert harmless.endswith("”")
        assert not set(harmless[1:-1]) & set('“”"')


def test_usual_names_are_shown_as_they_are() -> None:
    names = ["106900012345", "+8613800138000", "招商银行", "短信-1"]
    assert [shown(name) for name in names] == names


@settings(max_examples=150)
@given(
    st.lists(hostile, min_size=1, max_size=30),
    languages,
    st.integers(400, 3000),
    st.sampled_from([len, utf8_size]),
)
def test_a_message_keeps_its_size_and_counts_what_it_leaves_out(
    names: list[str], language: Language, most: int, size: object
) -> None:
    assert callable(size)
    alerts = [notified(entity=Entity("sender", name)) for name in names]
    title, text = message(notification(*alerts), language, Style(most, size))
    assert size(f"{title}\n{text}") <= most
    listed = text.count(LINK)
    left_out = re.search(r"(\d+) more alerts?|另有 (\d+) 条", text)
    assert listed + (int(left_out[1] or left_out[2]) if left_out else 0) == len(names)
    assert listed <= 20


@pytest.mark.parametrize("event", ["early", "opened", "updated", "resolved", "retracted"])
@pytest.mark.parametrize("signal", SIGNALS)
def test_chinese_has_no_other_words(signal: str, event: str) -> None:
    """For each level, signal, event and reason; and it has the figures of the English sentence."""
    newcomers = NewIds(7, {"sends": 9}) if signal == "newcomers" else None
    for level in LEVELS:
        for reason in (None, "level_shift", "moved"):
            for detector in ("e-sr", SLOW, NEW_IDS_EVENTS if newcomers else "tail"):
                for onset in ("2020-02-01T00:00:00+08:00", "2020-01-07T00:00:00+08:00"):
                    one = alert(
                        event=event, signal=signal, entity=Entity(level, "123456"),
                        newcomers=newcomers, reason=reason, detector=detector, onset=onset,
                        exposure=1200.0 if signal == "complaint_rate" else None,
                        silent_days=40 if event == "opened" else None,
                    )  # fmt: skip
                    said = sentence_of(one, "zh")
                    assert not re.search("[A-Za-z]", said), said
                    if level != "all":
                        assert "123456" in said
                    figures = set(re.findall(r"\d+", sentence_of(one, "en"))) - {"01", "07"}
                    missing = figures - set(re.findall(r"\d+", said))
                    assert not missing, (said, sentence_of(one, "en"))


@pytest.mark.parametrize("kind", SOURCE_KINDS)
@pytest.mark.parametrize("event", ["opened", "updated", "resolved"])
def test_chinese_of_sources(kind: str, event: str) -> None:
    for reason in (None, "level_shift", "moved", "stalled"):
        one = alert(
            event=event, signal="source", kind=kind, entity=Entity("source", "1"), reason=reason,
            onset="2020-01-31T00:00:00+08:00",
        )  # fmt: skip
        assert not re.search("[A-Za-z]", sentence_of(one, "zh"))


def test_the_words_of_operators() -> None:
    """A port of China is called so; another number is none, and a name is a sender's."""
    said = [
        sentence_of(alert(entity=Entity("sender", name)), "zh")
        for name in ("106900012345", "18005551234", "x")
    ]
    assert said == [
        f"{who}：突增，2020-02-01 当天 52 件投诉，约为预期（3.1）的 17 倍。"
        for who in ("短信端口 106900012345", "号码 18005551234", "发送方 x")
    ]


TITLES: list[tuple[dict[str, str], str, str]] = [
    ({"reason": "new"}, "[Alert] warning", "【预警】一般"),
    ({"reason": "repeat"}, "[Alert still open] warning", "【预警仍在进行】一般"),
    ({"reason": "escalated"}, "[Alert escalated] warning", "【预警升级】一般"),
    ({"reason": "acknowledged"}, "[Alert acknowledged] warning", "【预警已确认】一般"),
    ({"reason": "resolved"}, "[Alert resolved] warning", "【预警恢复】一般"),
]


@pytest.mark.parametrize(("changes", "english", "chinese"), TITLES)
def test_titles_say_why(changes: dict[str, str], english: str, chinese: str) -> None:
    one = notification(**changes)
    assert [message(one, lang, WIDE)[0] for lang in ("en", "zh")] == [english, chinese]


def test_early_and_retracted_alerts_are_called_so() -> None:
    early = notification(notified(event="early", state="early", revision=0))
    back = notification(notified(event="retracted", state="retracted"), reason="resolved")
    titles = [message(one, lang, WIDE)[0] for one in (early, back) for lang in ("en", "zh")]
    assert titles[:2] == ["[Early alert] warning", "【提前预警】一般"]
    assert titles[2:] == ["[Alert retracted] warning", "【预警撤回】一般"]


def test_an_escalation_says_who_has_not_acknowledged() -> None:
    one = notification(notified(), notified("王伟"), reason="escalated")
    lines = message(one, "zh", WIDE)[1].splitlines()
    assert lines[1] == "尚无人确认。"
    assert lines[4] == "已确认：王伟"


@given(st.text(max_size=2000), languages)
def test_the_monitors_events_are_one_line(summary: str, language: Language) -> None:
    import orjson

    text = summary.encode("utf-8", "replace").decode()
    event = orjson.dumps(
        {"type": "weathervane.monitor.symptom_began", "data": {"summary": f"x {text}"}}
    )
    one = notification(reason="monitor", monitor=event)
    title, said = message(one, language, Style(900, utf8_size))
    assert title in ("[Monitor: something is wrong]", "【监测系统异常】")
    assert said.startswith("x")
    assert len(said.splitlines()) == 1
    assert utf8_size(f"{title}\n{said}") <= 900


def test_a_feed_that_ends_is_said() -> None:
    """Its successors' names are strings of the configuration, and guarded all the same."""
    one = alert(event="ended", successors=[Successor("a@b", 0, 2)], entity=Entity("all", "f"))
    assert all("a[@]b" in sentence_of(one, language) for language in ("en", "zh"))
