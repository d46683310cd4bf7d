"""Alerting rules, dashboard and runbook speak of what the processes really expose."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from streams.config.model import Config
from tests.health.exposed import endpoints
from tests.needs import require

OPERATIONS = Path(__file__).parents[2] / "operations"
README = (OPERATIONS / "README.md").read_text("utf-8")
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((OPERATIONS / "alerts.rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
TESTS = yaml.safe_load((OPERATIONS / "alerts.test.yml").read_text("utf-8"))["tests"]
DASHBOARD: dict[str, Any] = json.loads((OPERATIONS / "dashboard.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
PROMETHEUS_OWN = {"up"}
JOBS = {"job", "instance"}


@pytest.fixture(scope="module")
def exposed() -> dict[str, set[str]]:
    """Names of all samples that the three processes expose, with their labels."""
    found: dict[str, set[str]] = {}
    for endpoint in endpoints():
        for family in text_string_to_metric_families(endpoint.text or ""):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


def _selected(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric that an expression reads, with the labels that it is chosen by."""
    selectors: list[promql_parser.VectorSelector] = []

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            selectors.append(node)
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    for selector in selectors:
        yield str(selector.name), {matcher.name for matcher in selector.matchers.matchers}


def _grouped(expression: str) -> set[str]:
    """Labels that an expression sums or joins by."""
    return {
        label.strip()
        for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression)
        for label in labels.split(",")
    }


def _check(expression: str, exposed: dict[str, set[str]]) -> None:
    selected = list(_selected(expression))
    assert selected
    labels = set(JOBS)
    for name, chosen_by in selected:
        if name in PROMETHEUS_OWN:
            continue
        assert name in exposed, f"{name} is exposed by no process"
        assert chosen_by <= exposed[name] | JOBS
        labels |= exposed[name]
    assert _grouped(expression) <= labels


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_rules_read_what_there_is(rule: dict[str, Any], exposed: dict[str, set[str]]) -> None:
    """Each rule's expression parses, and names metrics and labels that a process exposes."""
    _check(rule["expr"], exposed)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_rules_lead_to_what_is_to_be_done(rule: dict[str, Any]) -> None:
    """An alert has a severity, a sentence, and a heading of the runbook."""
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"]["summary"]
    path, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert path == "operations/README.md"
    headings = re.findall(r"^###? (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert anchor in anchors


def test_every_rule_is_tested_both_ways() -> None:
    """`promtool test rules` shows each alert once where it must come and once where it must not."""
    fires: dict[str, set[bool]] = {}
    for case in TESTS:
        for test in case["alert_rule_test"]:
            fires.setdefault(test["alertname"], set()).add(bool(test["exp_alerts"]))
    assert fires == {rule["alert"]: {True, False} for rule in RULES}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_panels_read_what_there_is(panel: dict[str, Any], exposed: dict[str, set[str]]) -> None:
    """Each query of the dashboard parses, and names metrics and labels that a process exposes."""
    assert panel["targets"]
    for target in panel["targets"]:
        _check(target["expr"], exposed)
        shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        named = {label for name, _ in _selected(target["expr"]) for label in exposed.get(name, ())}
        assert shown <= named | JOBS


def test_panels_lie_beside_each_other() -> None:
    """No panel covers another, and ids are unique, as Grafana wants them."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not cells & taken
        taken |= cells


def test_the_dashboard_shows_every_metric(exposed: dict[str, set[str]]) -> None:
    """Whatever a process of ours exposes about its work has a place on the dashboard."""
    own = {
        name
        for name in exposed
        if name.startswith("weathervane_") and not name.endswith("_created")
    }
    shown = {
        name
        for panel in PANELS
        for target in panel["targets"]
        for name, _ in _selected(target["expr"])
    }
    # What a rule compares with, no news by itself.
    assert own - shown == {"weathervane_detect_bucket_seconds"}


def test_the_reference_documents_every_metric(exposed: dict[str, set[str]]) -> None:
    """The table has each metric with its labels, and no other."""
    page = (OPERATIONS.parent / "docs" / "reference" / "metrics.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `(weathervane_\w+)` \| (.*?) \| .+ \|$", page, re.MULTILINE))
    own = {
        name: labels
        for name, labels in exposed.items()
        if name.startswith("weathervane_") and not name.endswith("_created")
    }
    documented = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in table.items()}
    assert documented == own


def test_the_scrape_jobs_are_those_of_the_configuration() -> None:
    """The Prometheus configuration to begin with scrapes the ports that are the default."""
    read = yaml.safe_load((OPERATIONS / "prometheus.yml").read_text("utf-8"))
    found = {job["job_name"]: job["static_configs"][0]["targets"] for job in read["scrape_configs"]}
    metrics = Config().metrics
    assert found == {
        "weathervane-count": [f"{metrics.host}:{metrics.count_port}"],
        "weathervane-detect": [f"{metrics.host}:{metrics.detect_port}"],
        "weathervane-serve": [f"{metrics.host}:{metrics.serve_port}"],
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", "prometheus.yml"],
        ["check", "rules", "alerts.rules.yml"],
        ["test", "rules", "alerts.test.yml"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_promtool_is_content(arguments: list[str]) -> None:
    """Prometheus's own tool accepts the rules, and their tests pass."""
    require("promtool")
    done = subprocess.run(["promtool", *arguments], cwd=OPERATIONS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
