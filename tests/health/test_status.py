"""`weathervane status`: what it finds, what it calls wrong, and how it looks."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry, Counter
from rich.console import Console

from streams.broker.local.port_and_folder import free_port
from streams.cli.run import status_view
from streams.health.exporter import serve_metrics
from streams.health.look import STRAYS
from streams.health.receivers import ReceiverState, WebhookState
from streams.health.recordings import RecorderRun, recording_state
from streams.health.series import SeriesState
from streams.health.status import (
    BrokerState,
    Consumers,
    Endpoint,
    Health,
    Process,
    ShardState,
    health_of,
)
from streams.health.symptoms import SYMPTOM_TABLE, symptoms
from streams.language.catalogue import ENGLISH, catalogue
from streams.strays import SourceStrays
from tests.cli.cli import Cli
from tests.health.exposed import CONFIG, NOW_S, endpoints

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "status.md").read_text("utf-8")
CONSUMERS = [
    Consumers("weathervane.local.count", 1, 31),
    Consumers("weathervane.local.detect", 1, 4),
    Consumers("weathervane.local.webhook.pager", 1, 0),
]


def _health(ends: list[Endpoint] | None = None) -> Health:
    broker = BrokerState(CONSUMERS)
    return health_of(CONFIG, endpoints() if ends is None else ends, broker, NOW_S)


def _steady(health: Health) -> Health:
    """Start, memory and version are those of the test's own process: put others in."""
    processes = [
        msgspec.structs.replace(one, up_s=3700.0, memory_bytes=float(2**20 * size), version="0.1.0")
        for one, size in zip(health.processes, (96, 140, 108), strict=True)
    ]
    return msgspec.structs.replace(health, processes=processes)


def test_all_is_well_where_it_is() -> None:
    """Three processes that answer, groups with members, nothing old: no problem is made up."""
    health = _health()
    assert symptoms(CONFIG, health) == []
    (sends,) = health.sources
    assert (sends.events, sends.rejects, sends.late) == (1802, {"not_json": 1}, {"behind": 2})
    assert (sends.late_senders, sends.ahead_senders) == ({"a": 2}, {})
    assert sends.lag_records == 12
    silent, group = health.groups
    assert (silent.group, silent.closed_through_s, silent.overdue_s) == ("1m", None, None)
    assert (group.group, group.opened, group.overdue_s) == ("live", 1, 5.0)
    assert health.prevented == {"Double 11": 0}
    assert health.shards[0].alerts == {"open": 1, "early": 0, "resolved": 0, "retracted": 0}


def test_the_page_shows_what_it_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """The status shown in the how-to page is what these numbers look like, to the letter."""
    console = Console(width=100, record=True, force_terminal=False)
    monkeypatch.setattr(status_view, "out", console)
    health = _steady(_health())
    status_view.show(health, symptoms(CONFIG, health), ENGLISH)
    printed = "\n".join(line.rstrip() for line in console.export_text().splitlines())
    (shown,) = re.findall(r"<!-- status -->\n\n```text\n(.*?)\n```", PAGE, re.DOTALL)
    assert shown == printed.strip()


@dataclass
class Case:
    """A change to a state without problems, and words of the sentence about it."""

    change: dict[str, object]
    sentence: str


RESTARTED = Process("detect", "h:1", config=CONFIG.hash, restarted_s=60.0)
DEAF = Process("detect", "h:1", config=CONFIG.hash, waits_for=["counts"])
CROWDED = ShardState("0", 9, {}, 0, 0.0, None, {}, misuse_beyond=7)
FORGETTING = ShardState("0", 9, {}, 0, 0.0, None, {}, misuse_let_go=1200)
WAITING = WebhookState("pager", 9, 300.0, 2, {"503": 40}, 0, 0)
RECORDS = recording_state(RecorderRun("a", seen_s=NOW_S, current_s=NOW_S, running=True), NOW_S)
FAILED = msgspec.structs.replace(RECORDS, error="no space left on device", failed_ago_s=90.0)
SILENT = msgspec.structs.replace(RECORDS, silent_s=121.0)
BEHIND = msgspec.structs.replace(RECORDS, behind=7, behind_s=901.0)
LATE = ReceiverState("ops", 2, 300.0, {"503": 40}, 0)
LOST = ReceiverState("ops", 2, 0.0, {}, 3)
SILENT_SERVES = ReceiverState("ops", 0, 0.0, {}, 0, sends=False)
GIVEN_UP = WebhookState("pager", 0, 0.0, 2, {"403": 40}, 0, 3)


@pytest.mark.parametrize(
    "case",
    [
        Case({"broker_error": "no broker answers"}, "no broker answers"),
        Case({"missing_topics": ["counts"]}, "topic counts does not exist"),
        Case({"flush_age_s": 61.0}, "count: the broker has acknowledged nothing for 61 s"),
        Case({"unknown_sources": 1}, "counts hold 1 sources that the configuration does not name"),
        Case({"consumers": [Consumers("g", 0, 7)]}, "consumer group g has no process; 7 records"),
        Case({"shards": [CROWDED]}, "shard 0: 7 findings of misuse in the last buckets"),
        Case({"shards": [FORGETTING]}, "shard 0: misuse and rules let 1,200 go on the last two"),
        Case({"webhooks": [WAITING]}, "webhook pager has not accepted its next alert for 300 s"),
        Case({"webhooks": [GIVEN_UP]}, "webhook pager: 3 alerts were given up"),
        Case({"receivers": [LATE]}, "receiver ops has accepted no notification for 300 s"),
        Case({"receivers": [LOST]}, "receiver ops: 3 alerts were given up"),
        Case({"receivers": [SILENT_SERVES]}, "no serve sends notifications to receivers"),
        Case({"processes": [Process("serve", "h:1", "refused")]}, "serve at h:1 is down"),
        Case({"processes": [RESTARTED]}, "detect at h:1 was started 60 s ago after a run that"),
        Case({"processes": [DEAF]}, "detect at h:1 is not judging yet: it waits for topic counts"),
        Case(
            {"processes": [DEAF], "missing_topics": ["counts"]},
            "topic counts does not exist, and detect cannot work without it; nothing is judged yet",
        ),
        Case({"recordings": [FAILED]}, "recording into a failed 90 s ago: no space left on device"),
        Case({"recordings": [SILENT]}, "recording into a stands: it has done nothing for 121 s"),
        Case({"recordings": [BEHIND]}, "recording into a is behind for 901 s; 7 records wait"),
        Case(
            {"series": SeriesState(lost=7, lost_ago_s=60.0, standing_s=0.4)},
            "detect has lost 7 records of series since its start, the last one 60 s ago",
        ),
        Case(
            {"series": SeriesState(lost=7, lost_ago_s=901.0, standing_s=121.0)},
            "a serve's store of series has taken nothing for 121 s",
        ),
        Case({"processes": [Process("serve", "h:1", config="x")]}, "runs with configuration x"),
    ],
    ids=lambda case: case.sentence[:30],
)
def test_what_is_wrong_is_said(case: Case) -> None:
    """Each thing that an on-call must know has a sentence, and only it."""
    found = symptoms(CONFIG, msgspec.structs.replace(_health(), **case.change))
    assert len(found) == 1
    assert case.sentence in found[0].problem
    assert found[0].remedy == SYMPTOM_TABLE[found[0].symptom].remedy
    words = catalogue("zh")
    english = re.findall("[A-Za-z]{3,}", re.sub("`[^`]+`", "", found[0].sentence_in(words)))
    assert set(english) - NAMES == set()
    figures = [re.findall(r"\d+", text) for text in (found[0].problem, found[0].problem_in(words))]
    assert sorted(figures[0]) == sorted(figures[1])


NAMES = {
    *(
        "Kafka",
        "count",
        "detect",
        "serve",
        "series",
        "counts",
        "rejects",
        "webhook",
        "pager",
        "ops",
        "changelog",
    ),
    *("alerts", "config", "monitor", "processes", "recordings", "retention"),
    *("no", "broker", "answers", "refused", "space", "left", "device"),  # what others said
}
"""Words of sentences in Chinese that are names, or a broker's, a disk's own."""


def test_old_numbers_of_sources_groups_and_shards_are_said() -> None:
    """Rejects and late events over a hundredth, a lag, a close overdue, no checkpoint."""
    health = _health()
    replace = msgspec.structs.replace
    (sends,), (_, group), (shard,) = health.sources, health.groups, health.shards

    def problems(**change: object) -> list[str]:
        found = symptoms(CONFIG, replace(health, **change))
        return [one.sentence for one in found]

    assert (
        "200 of 2,002 records since the start are rejects, most for not_json"
        in problems(sources=[replace(sends, rejects={"not_json": 150, "tombstone": 50})])[0]
    )
    assert (
        "are late, most for after_idle"
        in problems(sources=[replace(sends, late={"after_idle": 150})])[0]
    )
    assert problems(sources=[replace(sends, rejects={"not_json": 5})]) == []
    unchecked = problems(sources=[replace(sends, unchecked=3)])[0]
    assert "3 events since the start counted and may be repeats" in unchecked
    overdue = replace(group, overdue_s=2000.0)
    assert "its next bucket should have closed 2,000 s ago" in problems(groups=[overdue])[0]
    # A recording of years ago is played: no clock makes it overdue.
    played = replace(group, overdue_s=2e8, age_at_close_s=2e8)
    assert problems(groups=[played]) == []
    # A group that was live stays red, for days and for years, over a restart of detect too.
    for age_s in (5.0, None):
        for late_s in (5 * 86400.0, 60 * 86400.0, 2e8):
            stopped = replace(group, overdue_s=late_s, age_at_close_s=age_s)
            assert f"closed {late_s:,.0f} s ago" in problems(groups=[stopped])[0]
    unsaved = replace(shard, checkpoint_age_s=600.0)
    assert "no checkpoint holds what came 600 s ago" in problems(shards=[unsaved])[0]
    (awaiting,) = problems(sources=[replace(sends, waits_for_schema=2)])
    assert awaiting.startswith("source sends: 2 partitions wait for a schema")
    processes = [replace(one, up_s=1000.0) for one in health.processes]
    behind = replace(sends, lag_records=10_000)
    assert "10,000 records behind" in problems(processes=processes, sources=[behind])[0]


def test_all_is_not_well_before_a_bucket_is_judged() -> None:
    """No group that is judged is red, with what is missing; unless that has been said already."""
    health = _health()
    replace = msgspec.structs.replace
    (sends,), (silent, group), (shard,) = health.sources, health.groups, health.shards

    def problems(**change: object) -> list[str]:
        found = symptoms(CONFIG, replace(health, **change))
        return [f"{one.symptom}: {one.problem}" for one in found]

    unjudged = [silent, replace(group, closed_through_s=None, overdue_s=None)]
    nothing = "nothing_judged: no bucket of any group has been judged yet; "
    fresh = replace(sends, events=0, rejects={}, late={}, lag_records=0)
    no_event = f"{nothing}no event has come since count was started"
    assert problems(groups=unjudged, sources=[fresh]) == [no_event]
    assert problems(groups=[], shards=[], sources=[]) == [no_event]
    assert problems(groups=unjudged) == [
        f"{nothing}12 records wait for count, and 0 of counts for detect"
    ]
    read = replace(sends, lag_records=0)
    assert problems(groups=unjudged, sources=[read]) == [
        f"{nothing}1,802 events are counted, and the bucket of none of them is over"
    ]
    assert problems(groups=unjudged, shards=[replace(shard, lag_records=7)], sources=[read]) == [
        f"{nothing}0 records wait for count, and 7 of counts for detect"
    ]
    down = [Process("detect", "h:1", "refused")]
    assert [one[:12] for one in problems(groups=[], processes=down)] == ["process_down"]
    # One group is judged; another, whose events are counted, is not, for long.
    other = replace(silent, sources=["sends"])
    count, *others = health.processes
    young, old = (replace(count, up_s=up_s) for up_s in (1000.0, 5000.0))
    two = {"groups": [other, group], "sources": [read]}
    assert problems(**two, processes=[young, *others]) == []
    assert problems(**two, processes=[old, *others]) == [
        "group_not_judged: group 1m: 1,802 events are counted, and no bucket has been judged"
    ]


def test_several_hosts_are_one_monitor() -> None:
    """Two hosts' counters add up, and the worse of their ages is shown."""
    ends = endpoints()
    health = _health([*ends, msgspec.structs.replace(ends[0], at="host-2:9101")])
    assert [one.process for one in health.processes] == ["count", "detect", "serve", "count"]
    assert health.sources[0].events == 2 * 1802
    assert health.sources[0].late_senders == {"a": 4}


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line with a configuration of ports where nothing listens."""
    monkeypatch.chdir(tmp_path)
    ports = [free_port() for _ in range(3)]
    Path("weathervane.toml").write_text(
        '[kafka]\nbootstrap = "127.0.0.1:1"\n[metrics]\n'
        f"count_port = {ports[0]}\ndetect_port = {ports[1]}\nserve_port = {ports[2]}\n"
    )
    return Cli(monkeypatch)


def test_it_works_where_all_is_down(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process, no broker: status 1, and each of the four has its line."""
    monkeypatch.setattr("streams.broker.topics.admin._WAIT_S", 0.1)
    result = cli("status", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["ok"] is False
    assert len(found["problems"]) == 4
    for process, problem in zip(("count", "detect", "serve"), found["problems"], strict=False):
        assert problem.startswith(f"{process} at 127.0.0.1:")
    assert "a broker must answer" in found["problems"][3]
    plain = cli("status")
    assert plain.exit_code == 1
    assert plain.stdout.count("wrong: ") == 4
    assert plain.stdout.count("down") >= 3


def test_another_service_on_the_port_is_not_taken_for_ours(cli: Cli) -> None:
    """What answers without our numbers is named, not counted as well."""
    port = free_port()
    registry = CollectorRegistry()
    serve_metrics(registry, "127.0.0.1", port, "metrics.count_port", config="other")
    found = json.loads(cli("status", "--at", f"127.0.0.1:{port}", "--json").stdout)
    assert found["processes"][0]["process"] == "count"
    assert "runs with configuration other" in found["problems"][0]
    strange = Endpoint("h:1", "count", "up 1\n")
    assert health_of(CONFIG, [strange], BrokerState(), NOW_S).processes[0].error is not None


def test_it_names_the_worst_senders_and_no_metric_does(cli: Cli) -> None:
    """A counting process says them on a page of its own; one of an earlier version has none."""
    strays = {"sends": SourceStrays(late=9, ahead=3, late_senders={"fa[red]st": 9})}
    for pages, late_senders, shown in (
        ({STRAYS: lambda: msgspec.json.encode(strays)}, {"fa[red]st": 9}, "fa[red]st: 9"),
        ({}, {}, "source"),
    ):
        registry, port = CollectorRegistry(), free_port()
        events = Counter("weathervane_count_events", "", ["source"], registry=registry)
        events.labels("sends").inc(100)
        serve_metrics(
            registry, "127.0.0.1", port, "metrics.count_port", config="other", pages=pages
        )
        at = f"127.0.0.1:{port}"
        (sends,) = json.loads(cli("status", "--at", at, "--json").stdout)["sources"]
        assert sends["late_senders"] == late_senders
        assert shown in cli("status", "--at", at).stdout
        assert "fa[red]st" not in httpx.get(f"http://{at}/metrics").text


@pytest.mark.parametrize("at", ["9101", "host:", ":9101", "host:http"])
def test_an_address_that_is_none_is_wrong_usage(cli: Cli, at: str) -> None:
    """Status 2, and what it must look like."""
    result = cli("status", "--at", at)
    assert result.exit_code == 2
    assert "--at must be host:port" in result.stderr


def test_csv_has_a_row_for_each_figure(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which table, of what, which figure, and how much; symptoms are a table, too."""
    monkeypatch.setattr("streams.broker.topics.admin._WAIT_S", 0.1)
    result = cli("status", "--csv")
    assert result.exit_code == 1
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert list(rows[0]) == ["table", "of", "figure", "value"]
    wrong = [row["of"] for row in rows if (row["table"], row["figure"]) == ("symptoms", "problem")]
    found = json.loads(cli("status", "--json").stdout)
    assert wrong == [one["symptom"] for one in found["symptoms"]] != []
    down = [row for row in rows if (row["table"], row["figure"]) == ("processes", "error")]
    assert len(down) == 3
