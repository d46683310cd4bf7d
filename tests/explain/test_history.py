"""Why an entity was alerted, or was not: what is said is what happens."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streams.analysis.history_collector import HistoryCollector
from streams.config.load import parse_config
from streams.detection.shard import Shard
from streams.explain.history import (
    LONGEST,
    EntityHistory,
    NotThere,
    focus,
    window,
)
from streams.explain.plot import plot
from streams.explain.sentences import because, series, state, title
from streams.items import Counts, Level
from streams.language.catalogue import ENGLISH
from tests.analysis.report.browser import Browser, chromium
from tests.detection.counts_of import MINUTE, bucket, counts

NAME = "【Shop & <Co>】"
STEADY = [3 + n % 3 for n in range(60)]
BURST = [*STEADY, 60, 80, 70, *STEADY[:20]]
OPENED, RESOLVED = 60, 65
A_DAY = 24 * 60
DAYS = parse_config(
    {
        "timezone": "UTC",
        "count": {"levels": ["signature"]},
        "sources": {"sends": {"kind": "send", "bucket": "1d"}},
    }
)
SVG = "{http://www.w3.org/2000/svg}"


def _run(
    name: str, minutes: Sequence[dict[str, int]], level: Level, **detect: Any
) -> EntityHistory:
    """What a run over these counts tells of one entity."""
    settings = {"timezone": detect.pop("zone", "UTC"), "calendar": detect.pop("calendar", [])}
    config = parse_config({"count": {"levels": [level]}, **settings, "detect": detect})
    collector = HistoryCollector(config, level, name)
    shard = Shard(0, config, collector.inspect)
    # Nobody complains: that source holds no close.
    shard.take(0, Counts("complaints", 0, 1, MINUTE, watermark=float("inf"), idle=True))
    for minute, by_name in enumerate(minutes):
        totals = {(minute, name): count for name, count in by_name.items() if count}
        for result in shard.close(minute, counts(totals, until=minute + 1, level=level)):
            collector.on_bucket(result)
            for published in result.alerts:
                collector.take(published)
    (history,) = collector.histories()
    return history


def _history(
    per_minute: Sequence[int],
    *,
    name: str = NAME,
    level: Level = "signature",
    others: int = 0,
    **detect: Any,
) -> EntityHistory:
    """What it tells of one that counts so, among so many others that are steady."""
    draw = np.random.default_rng(1)
    steady = [{f"o{n}": 1 + int(draw.poisson(4)) for n in range(others)} for _ in per_minute]
    minutes = [{**some, name: count} for some, count in zip(steady, per_minute, strict=True)]
    return _run(name, minutes, level, **detect)


def _place(history: EntityHistory, minute: int) -> int:
    return [b.start for b in history.closed].index(bucket(minute))


def _said(history: EntityHistory, minute: int) -> str:
    return " ".join(because(history, _place(history, minute), ENGLISH))


@pytest.fixture(scope="module")
def burst() -> EntityHistory:
    """A signature that bursts for three minutes among twenty that do not."""
    return _history(BURST, others=20)


def test_without_a_time_the_last_alert_is_explained(burst: EntityHistory) -> None:
    """Whoever names no time is told of the bucket that opened the last alert."""
    assert [(s.first, s.ended) for s in burst.own_alerts] == [
        (bucket(OPENED), bucket(RESOLVED + 1))
    ]
    place = focus(burst, None)
    assert burst.closed[place].start == bucket(OPENED)
    assert title(burst, place, ENGLISH) == burst.own_alerts[0].revisions[0].alert.summary


def test_without_an_alert_the_closest_call_is_explained() -> None:
    """Where there is none, the bucket whose evidence came closest, and what was missing."""
    # Not in the first minute of an hour that nobody has seen yet: that is judged more widely.
    history = _history([*STEADY, *STEADY[:5], 20, *STEADY[:9]], others=20)
    place = focus(history, None)
    assert history.own_alerts == ()
    assert history.closed[place].start == bucket(65)
    assert title(history, place, ENGLISH) == (
        f"Signature {NAME}: no alert on messages since the first count, 2026-03-02 00:00."
    )
    assert "No alert: the evidence is" in " ".join(because(history, place, ENGLISH))
    assert f"; a count of {history.closed[place].alarms_at:,.0f} would have been enough." in _said(
        history, 65
    )


def test_of_a_count_that_nobody_asked_for_nothing_is_claimed(burst: EntityHistory) -> None:
    """A row of series does not say which count would have been enough."""
    for known in (True, False):
        closed = [replace(one, alarms_at=None, alarms_known=known) for one in burst.closed]
        said = _said(replace(burst, closed=tuple(closed)), 7)
        assert ("no count would have been enough" in said) == known


def test_a_time_within_a_bucket_is_that_bucket(burst: EntityHistory) -> None:
    """Any instant of a bucket names it, its end the next one."""
    assert burst.closed[focus(burst, bucket(7) + 59.9)].start == bucket(7)
    assert burst.closed[focus(burst, float(bucket(8)))].start == bucket(8)


@pytest.mark.parametrize("minute", [-1, len(BURST)])
def test_a_time_outside_the_data_is_refused(burst: EntityHistory, minute: int) -> None:
    """Before the first count and after the end there is nothing to explain: it says what is."""
    with pytest.raises(NotThere, match=r"between its first messages, 2026-03-02 00:00, and the"):
        focus(burst, float(bucket(minute)))


def test_the_count_said_to_be_needed_is_the_least_that_opens_an_alert() -> None:
    """What would have raised an alert does, and one less does not."""
    quiet = _history([*STEADY, 5], level="all")
    needed = quiet.closed[_place(quiet, 60)].alarms_at
    assert needed is not None
    assert f"; a count of {needed:,.0f} would have been enough." in _said(quiet, 60)
    assert _history([*STEADY, int(needed) - 1], level="all").own_alerts == ()
    (alert,) = _history([*STEADY, int(needed)], level="all").own_alerts
    assert alert.first == bucket(60)


def test_an_alert_is_followed_to_its_end(burst: EntityHistory) -> None:
    """Each bucket of it says where it stands: opened, still above, fitting, ended."""
    assert f"{burst.closed[OPENED].evidence_nats:.1f} nats" in _said(burst, OPENED)
    assert "This opened the alert" in _said(burst, OPENED)
    assert "is still higher than usual before" in _said(burst, OPENED + 1)
    assert "This count is as usual before the alert; 3 such counts" in _said(burst, RESOLVED - 1)
    assert "This ended the alert: 3 counts in a row were as usual" in _said(burst, RESOLVED)
    states = [state(burst, b, ENGLISH) for b in burst.closed[OPENED - 1 : RESOLVED + 2]]
    assert states == ["", "opened", "open", "open", "open, fits", "open, fits", "resolved", ""]


def test_an_old_alert_is_not_blamed_on_another_bucket(burst: EntityHistory) -> None:
    """Beside its alert an entity is told that it had one, not that it has."""
    place = _place(burst, 20)
    assert title(burst, place, ENGLISH).endswith(
        "1 alert on messages, but none at 2026-03-02 00:20."
    )
    assert "No alert" in " ".join(because(burst, place, ENGLISH))


def test_the_first_count_is_set_against_first_counts() -> None:
    """A newcomer is told that it was judged as one; its history begins there."""
    history = _history([0] * 10 + [3] * 10, others=20)
    assert history.closed[0].start == bucket(10)
    assert "compared with the first counts of other newcomers" in _said(history, 10)


def test_what_min_count_holds_back_says_so() -> None:
    """Over the threshold, but under what is worth waking someone for: the setting is named."""
    loud = [0 if n else 3 for n in range(60)] + [40, 0, 0, 0, 0]
    assert len(_history(loud, others=20).own_alerts) == 1
    history = _history(loud, others=20, min_count=1000)
    assert history.own_alerts == ()
    assert "less than detect.min_count, 1000." in _said(history, 60)


def test_a_common_rise_is_told() -> None:
    """Where all rise together the reason names it, and there is no alert of one."""
    usual = {f"o{n}": 5 for n in range(200)}
    minutes = [usual] * 40 + [{f"o{n}": 8 + n % 3 for n in range(200)}]
    history = _run("o1", minutes, "signature")
    factor = re.search(r"All entities together had ([\d.]+) times the counts", _said(history, 40))
    assert factor is not None
    assert 1.5 <= float(factor[1]) <= 2.1
    assert history.own_alerts == ()


def test_data_at_fault_are_told() -> None:
    """A bucket that was posted twice was judged by half of it: the reason says so."""
    draw = np.random.default_rng(1)
    days = [{f"o{n}": int(draw.poisson(5)) for n in range(200)} for _ in range(22)]
    days[20] = {name: 2 * count for name, count in days[20].items()}
    collector = HistoryCollector(DAYS, "signature", "o1")
    shard = Shard(0, DAYS, collector.inspect)
    for day, by_name in enumerate(days):
        totals = {(day * A_DAY, name): count for name, count in by_name.items() if count}
        record = counts(totals, until=(day + 1) * A_DAY, level="signature", bucket_s=A_DAY * MINUTE)
        for result in shard.close(day, record):
            collector.on_bucket(result)
            for published in result.alerts:
                collector.take(published)
    (history,) = collector.histories()
    assert f": {days[20]['o1'] // 2} messages" in _said(history, 20 * A_DAY)
    assert "nearly every count is a multiple of 2" in _said(history, 20 * A_DAY)
    assert "multiple" not in _said(history, 19 * A_DAY) + _said(history, 21 * A_DAY)


def test_another_detectors_alert_is_told_as_such(burst: EntityHistory) -> None:
    """An alert that this series did not raise is named, not explained by its evidence."""
    history = replace(burst, own_alerts=(), other_alerts=burst.own_alerts)
    assert title(history, OPENED, ENGLISH) == burst.own_alerts[0].sentence(ENGLISH)
    assert (
        f"Another detector, e-sr, has an alert: {burst.own_alerts[0].sentence(ENGLISH)}"
        in _said(history, 61)
    )
    assert "opened" not in _said(history, OPENED)
    assert "No alert by this detector: the evidence is" in _said(history, RESOLVED)
    assert state(history, history.closed[RESOLVED], ENGLISH) == "open, e-sr"
    assert "Another detector" not in _said(history, RESOLVED + 1)
    assert "but none at" in title(history, RESOLVED + 1, ENGLISH)
    assert focus(history, None) == OPENED
    assert len(_drawn(plot(history, OPENED, ENGLISH), "alert")) == 3


def test_the_calendar_is_told() -> None:
    """On a day that it names, more is expected, the count that alarms is higher, and it says so."""
    # Where its day begins an hour later than that of UTC.
    day, zone = dt.date(2026, 3, 2), "Etc/GMT+1"
    sale = {"name": "sale", "from": day, "to": day, "applies_to": ["signature/o1"], "factor": 3.0}
    minutes = [{f"o{n}": 5 for n in range(200)}] * 61
    plain = _run("o1", minutes, "signature", zone=zone).closed[-1]
    history = _run("o1", minutes, "signature", zone=zone, calendar=[sale])
    assert [b.raised for b in history.closed] == [1.0] * 60 + [3.0]
    assert "The calendar multiplies what is expected by 3." in because(history, 60, ENGLISH)
    assert history.closed[60].expected == pytest.approx(3 * plain.expected, rel=0.02)
    assert plain.alarms_at is not None
    assert history.closed[60].alarms_at is not None
    assert history.closed[60].alarms_at > plain.alarms_at


def test_a_bucket_that_was_not_judged_is_no_silence() -> None:
    """Where the data are missing it says that nothing was judged, not that nothing was sent."""
    usual = {f"o{n}": 5 for n in range(20)}
    holed = _run("o1", [{} if n in (30, 31) else usual for n in range(50)], "signature")
    with pytest.raises(NotThere, match=r"2026-03-02 00:30 was not judged"):
        focus(holed, float(bucket(30)))
    assert "not judged" in plot(holed, focus(holed, float(bucket(32))), ENGLISH)


def test_the_window_holds_the_alert_and_no_more_than_can_be_read(burst: EntityHistory) -> None:
    """Around the bucket, with the whole of its alert; a year of minutes is not drawn."""
    assert window(burst, _place(burst, OPENED)) == burst.closed[4:]
    long = _history([*STEADY, *[300] * 600], others=20, longest_life="1d", exit_after=10_000)
    assert long.own_alerts[0].ended is None
    assert len(window(long, focus(long, None))) <= LONGEST


def test_the_series_is_whole(burst: EntityHistory) -> None:
    """For machines: every bucket from the first on, with what it was judged by."""
    rows = series(burst)
    assert [row["count"] for row in rows] == BURST
    assert rows[OPENED]["state"] == "opened"
    assert {row["alert_id"] for row in rows} == {
        None,
        burst.own_alerts[0].revisions[0].alert.alert_id,
    }


def _drawn(svg: str, kind: str) -> list[ET.Element]:
    return [element for element in ET.fromstring(svg).iter() if element.get("class") == kind]


def test_the_plot_has_what_it_explains(burst: EntityHistory) -> None:
    """A sentence for a title, labelled axes, the band, a bar a bucket, the alert and its marks."""
    place = focus(burst, None)
    svg = plot(burst, place, ENGLISH)
    words = [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]
    shown = window(burst, place)
    assert title(burst, place, ENGLISH) in " ".join(word or "" for word in words)
    assert {"messages a minute (square-root scale)", "opened", "resolved"} <= set(words)
    assert any(word is not None and word.startswith("evidence (nats") for word in words)
    assert len(_drawn(svg, "count")) == len(shown) + 1  # and one in the legend
    # Over the threshold is drawn as such; while an alert is open, too.
    assert len(_drawn(svg, "over")) == 3
    assert len(_drawn(svg, "alert")) == 3  # both panels, and the legend
    for kind in "band", "expected", "limit", "mark", "end", "here":
        assert _drawn(svg, kind) != [], kind


def test_the_plot_is_drawn_to_scale(burst: EntityHistory) -> None:
    """A bar's height goes with the root of its count, and the one that alerts passes the line."""
    svg = plot(burst, focus(burst, None), ENGLISH)
    heights = [float(bar.get("height", "")) for bar in _drawn(svg, "count")]
    height_at = dict(zip(BURST[4:], heights, strict=False))
    assert height_at[80] / height_at[5] == pytest.approx(4.0, rel=0.01)
    assert height_at[60] / height_at[3] == pytest.approx(20**0.5, rel=0.01)


def test_every_bucket_tells_its_figures_under_the_pointer(burst: EntityHistory) -> None:
    """The tips say count, expectation, band, evidence and what became of it."""
    svg = plot(burst, focus(burst, None), ENGLISH)
    tips = [box.find(f"{SVG}title") for box in _drawn(svg, "bucket")]
    texts = [tip.text for tip in tips if tip is not None and tip.text]
    assert len(texts) == len(BURST) - 4
    (opened,) = [tip for tip in texts if tip.endswith("; opened")]
    assert opened.startswith("2026-03-02 01:00: 60 messages, ")


@pytest.mark.skipif(chromium() is None, reason="needs chromium: the plot is not looked at")
@pytest.mark.parametrize("name", ["短信签名" * 20, "Shop, Café & Co " * 16, "W" * 250, "SHOP" * 60])
def test_a_long_title_is_not_cut(name: str, tmp_path: Path) -> None:
    """At a desk and on a telephone, and all of it: it is broken into lines."""
    history = _history(STEADY[:20], name=name, others=3)
    path = tmp_path / "why.svg"
    path.write_text(plot(history, focus(history, None), ENGLISH))
    with Browser(tmp_path / "profile") as browser:
        for width in (1280, 390):
            browser.open(path, width)
            assert browser.cut_words("svg") == []
        shown = browser.value("[...document.querySelectorAll('.title')].map(e => e.textContent)")
    assert "".join(shown).replace(" ", "") == title(history, focus(history, None), ENGLISH).replace(
        " ", ""
    )


@pytest.mark.parametrize("name", ["a<b>&\"'", "]]>", "\ufffe\uffff", "x" * 256])
def test_any_name_can_be_drawn(name: str) -> None:
    """What a name may hold, the plot can: it stays well-formed, and inside its frame."""
    history = _history(STEADY[:20], name=name, others=3)
    root = ET.fromstring(plot(history, focus(history, None), ENGLISH))
    assert max(len(element.text or "") for element in root.iter(f"{SVG}text")) <= 150


def test_the_same_history_is_the_same_plot(burst: EntityHistory) -> None:
    """Drawn again it has the same bytes, so that it can be compared and kept."""
    assert plot(burst, 30, ENGLISH) == plot(burst, 30, ENGLISH)
