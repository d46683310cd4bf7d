"""Names that came in are escaped wherever they are shown, and whole in data for programs.

First what each view makes of drawn names, then the commands over an archive of such names.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.actions.state import ActionState
from streams.alerts.cloudevent import Entity, decode_event, encode_alert
from streams.alerts.latest import LatestRevision
from streams.alerts.packed import packed
from streams.alerts.sentences import sentence
from streams.cli.alerts import alerts_view, label_view
from streams.cli.run import demo_view, status_view
from streams.cli.terminal import Terminal
from streams.config.load import ConfigError, parse_config
from streams.delivery.feed.cursor import Cursor
from streams.delivery.feed.jsonfeed import json_feed
from streams.delivery.feed.pages import Item, Page
from streams.explain import svg
from streams.explain.page import html_page, text_table
from streams.health.status import BrokerState, Consumers, Endpoint, health_of
from streams.health.symptoms import Symptom, symptoms
from streams.language.catalogue import ENGLISH
from streams.names.canonical import canonical
from tests.alerts.examples import OPENED, alert
from tests.analysis.labels.examples import of_alert, of_span
from tests.cli import archives
from tests.cli.cli import Cli
from tests.health.exposed import CONFIG, NOW_S, endpoints
from tests.hostile import encodable, names, texts, unseen

NAMES = ("mall\u202e\u2066\u200b\u0600", "[red]\u2028[/]\u2029\ufeff", "a\U000e0041\u00ad\u061cz")
"""As an event may have them."""

COUNTED = tuple(map(canonical, NAMES))
"""As they are counted: the sign before a number in the first is the only one that programs see."""

quick = settings(max_examples=40, deadline=None)


def _printed(view: ModuleType, show: Callable[[], object]) -> str:
    """Return what a view prints on a terminal without colours."""
    file = io.StringIO()
    terminal = Terminal(file=file, width=160, no_color=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("out", "err"):
            if hasattr(view, name):
                patch.setattr(view, name, terminal)
        show()
    return file.getvalue()


def _latest(name: str, text: str) -> LatestRevision:
    raw = encode_alert(alert(entity=Entity("sender", name), summary=text), name="n", time=TIME)
    return LatestRevision(decode_event(raw), raw)


TIME = "2020-02-02T00:00:00+08:00"


@given(names, st.sampled_from(["sender", "source", "platform"]))
@quick
def test_sentences(name: str, level: str) -> None:
    """The sentence goes to pagers and pages; the entity's id is whole beside it."""
    about = alert(entity=Entity(level, name), kind="gap" if level == "source" else None)
    assert unseen(sentence(about, ENGLISH), allowed="") == []
    raw = encode_alert(about, name="n", time=TIME)
    assert json.loads(raw)["data"]["entity"]["id"] == name


@given(names, encodable)
@quick
def test_alerts(name: str, summary: str) -> None:
    """The table, and a line for each event."""
    row = _latest(name, summary)

    def show() -> None:
        alerts_view.for_people([row], ActionState(), row.changed_at, ZoneInfo("UTC"), ENGLISH)
        alerts_view.what_happened(row, ENGLISH)

    printed = _printed(alerts_view, show)
    assert unseen(printed) == []
    _heads, _figures, *sentence_lines, _number = printed.splitlines()[:-1]
    # None passes for another alert; of a sentence of blanks nothing is left.
    assert all(line.startswith("  ") for line in sentence_lines if line)


@given(names, texts, texts)
@quick
def test_labels(name: str, note: str, by: str) -> None:
    """Who gave a label, to whom, and why."""
    given_labels = [
        msgspec.structs.replace(label, note=note, by=by)
        for label in (of_alert(OPENED.alert_id, "true"), of_span(1, 2, entity=f"sender/{name}"))
    ]
    assert unseen(_printed(label_view, lambda: label_view.show(given_labels, "UTC", ENGLISH))) == []


@given(texts)
@quick
def test_status(text: str) -> None:
    """What processes and brokers answer, and every sentence on what is wrong."""
    ends = [Endpoint(text, text, error=text), *endpoints()]
    found = health_of(CONFIG, ends, BrokerState([Consumers(text, 1, 2)], [text], text), NOW_S)
    wrong = [Symptom("close_overdue", text, text, text), *symptoms(CONFIG, found)]
    printed = _printed(status_view, lambda: status_view.show(found, wrong, ENGLISH))
    assert unseen(printed) == []


@given(names)
@quick
def test_the_demo(name: str) -> None:
    """Its lines and its table of the largest alerts."""
    view = demo_view.DemoView("http://127.0.0.1/", ENGLISH)
    printed = _printed(demo_view, lambda: view.alert(_latest(name, name).envelope))
    file = io.StringIO()
    Terminal(file=file, width=160, no_color=True).print(demo_view.summary_table(view))
    assert unseen(printed + file.getvalue()) == []


@given(texts)
@quick
def test_pages_and_plots(text: str) -> None:
    """HTML, SVG, their titles and tips."""
    page = html_page(text, [text_table(text, [text], [[text]])])
    plot = svg.label(0, 0, text) + svg.rect("known", 0, 0, 1, 1, tip=text)
    assert unseen(page + plot) == []


@given(names, encodable)
@quick
def test_feed_pages(name: str, summary: str) -> None:
    """Readers show title and text; the event beside them is as it was published."""
    row = _latest(name, summary)
    page = Page([Item(1, row.envelope.id, packed(row.raw))], [], Cursor(1, 1), 1, 1)
    document = json.loads(json_feed(page, ("1d", 0), base_url="http://x", name="n", limit=9))
    (item,) = document["items"]
    assert unseen(item["title"] + item["content_text"]) == []
    event = item["_weathervane"]["cloudevent"]["data"]
    assert (event["entity"]["id"], event["summary"]) == (name, summary)


@given(texts, texts)
@quick
def test_problems_of_a_configuration(key: str, value: str) -> None:
    """Keys, names of tables and values that are quoted: a line for each problem."""
    for tree in (
        {key: value},
        {"name": value + "\0"},
        {"sources": {key + "!": {"kind": value}}},
        {"calendar": [{"name": value, "applies_to": [value], "factor": 0}]},
    ):
        with pytest.raises(ConfigError) as caught:
            parse_config(tree, f"{value}.toml")
        for problem in caught.value.problems:
            assert unseen(problem, allowed="") == []


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of such senders."""
    place = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        archives.record(Cli(patch), place, NAMES)
    archives.config(place / "strict.toml", budget=0.0001)
    (place / "header.csv").write_text("day\u202e,\x1b[2J,\u2028\n1,2,3\n", encoding="utf-8")
    (place / "rows.csv").write_text(ROWS, encoding="utf-8")
    named = (place / "a.toml").read_text("utf-8") + CALENDAR
    (place / "calendar.toml").write_text(named, encoding="utf-8")
    return place


ROWS = """day,sender,platform
\u202e2026-03-02,\x1b[2J,p
2026-03-02,\x9b31m,p\u2066
2026-03-02,good,p
"""
CALENDAR = """
[[calendar]]
name = "\\u001b[2J\\u202e[red]"
festival = "618"
applies_to = ["all"]
factor = 2
[[calendar]]
name = "\\u001b[2J\\u202e[red]"
festival = "618"
applies_to = ["sender/\\u202e"]
factor = 2
"""
A = ("--config", "a.toml")
COMMANDS = {
    "replay": ["replay", "--archive", "ar", *A, "--alerts", "alerts.jsonl"],
    "explain": ["explain", f"sender/{NAMES[0]}", "filed=filed.csv", *A],
    "explain a name unknown": ["explain", "sender/\u202ex", "filed=filed.csv", *A],
    "diff": ["diff", "a.toml", "strict.toml", "--over", "ar"],
    "diff --ids": ["diff", "a.toml", "strict.toml", "--over", "ar", "--ids"],
    "diff --json": ["diff", "a.toml", "strict.toml", "--over", "ar", "--json"],
    "report": ["report", "--over", "ar", *A, "--out", "report.html"],
    "a file that is not there": ["replay", "filed=\u202e.csv", *A, "--alerts", "x"],
    "a source unknown": ["replay", "fil\u202eed=filed.csv", *A, "--alerts", "x"],
    "explain --out": ["explain", f"sender/{NAMES[0]}", "filed=filed.csv", *A, "--out", "x.svg"],
    "a header without the column": ["replay", "filed=header.csv", *A, "--alerts", "x"],
    "rows that are rejects": ["replay", "filed=rows.csv", *A, "--alerts", "x", "--rejects", "y"],
    "entries of one name": ["check-config", "calendar.toml"],
    "entries of one name, for programs": ["check-config", "calendar.toml", "--json"],
    "a configuration that is not there": ["check-config", "\u202e\x1b[2J.toml"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands(name: str, recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that they print, and no page, holds a character that nobody sees."""
    monkeypatch.chdir(recorded)
    result = Cli(monkeypatch)(*COMMANDS[name])
    assert result.output
    assert unseen(result.stdout, allowed="\n\t") == []
    assert unseen(result.stderr) == []
    if name == "report":
        assert unseen((recorded / "report.html").read_text("utf-8")) == []
    if name == "explain --out":
        assert unseen((recorded / "x.svg").read_text("utf-8")) == []
    if name == "replay":
        published = map(json.loads, Path("alerts.jsonl").read_bytes().splitlines())
        ids = {each["data"]["entity"]["id"] for each in published}
        assert COUNTED[0] in ids
    if name == "diff --json":
        ids = {each["entity"]["id"] for each in json.loads(result.stdout)["differences"]}
        assert ids & set(COUNTED)
