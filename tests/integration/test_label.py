"""Labels on a real broker: what is said of an alert that the topic holds is kept, all of it."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

import pytest

from streams.alerts.label import Label, decode_label
from streams.analysis.labels.windows import standing
from streams.broker.client.connection import Connection
from streams.broker.client.writer import RecordWriter
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import topic_plan
from streams.config.model import Config
from tests.alerts.examples import raw
from tests.launch.launch import COMMAND, start
from tests.waiting.programs import run

LABEL = [*COMMAND, "label"]


class Labels:
    """``weathervane label`` on a broker, in a folder."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self._place, self._folder = ["--bootstrap", bootstrap], folder

    def __call__(self, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = run([*LABEL, *words, *self._place], cwd=self._folder, start=start)
        assert done.returncode == status, done.stderr
        return done

    def kept(self, *wanted: str) -> list[Label]:
        """What the topic holds of these alerts."""
        lines = self("--list", "--json").stdout.splitlines()
        return [
            label for line in lines if (label := decode_label(line.encode())).alert_id in wanted
        ]


def test_labels_are_kept_and_a_file_is_written_whole_or_not(kafka: str, tmp_path: Path) -> None:
    """A verdict, then another by file: both are kept, the later holds; unknown alerts stop all."""
    known, other, unknown = (secrets.token_hex(8) for _ in range(3))
    place, config = Connection(kafka), Config()
    reports = ensure(place, topic_plan(config))
    (mine,) = [report for report in reports if report.name == config.topic("actions")]
    assert mine.detail == "1 partition, delete"
    writer = RecordWriter(place, compression="none")
    for alert_id in (known, other):
        writer.write(config.topic("alerts"), raw(alert_id=alert_id), None, None)
    writer.flush()

    label = Labels(kafka, tmp_path)
    said = label(f"{known}.1", "true", "--by", "wang").stdout
    assert said.startswith("1 label to topic weathervane.local.actions on ")
    table = tmp_path / "labels.csv"
    table.write_text(f"alert_id,label,note\n{known},false,reminder\n{unknown},true,\n")
    refused = label("--file", "labels.csv", status=1)
    rule = "alert_id must be one that the topic weathervane.local.alerts holds"
    assert f"labels.csv:3: {rule}; got {unknown}" in refused.stderr
    assert [said.verdict for said in label.kept(known)] == ["true"]

    table.write_text(f"alert_id,label,note\n{known},false,reminder\n{other},true,\n")
    label("--file", "labels.csv")
    kept = label.kept(known, other)
    assert [said.verdict for said in kept] == ["true", "false", "true"]
    assert [said.verdict for said in standing(kept)] == ["false", "true"]
    assert "false" in label("--list").stdout


@pytest.mark.parametrize("words", [("2b1926685558e977", "true"), ("--list",)])
def test_a_topic_that_is_not_there_is_named(words: tuple[str, ...], standin: str) -> None:
    """Status 1, and what makes it: nothing is made by the way, with a week's retention."""
    done = run([*LABEL, *words, "--bootstrap", standin], start=start)
    assert done.returncode == 1
    assert "`weathervane topics` creates " in done.stderr
