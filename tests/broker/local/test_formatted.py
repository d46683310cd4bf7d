"""A directory made from what the tool wrote once is as the tool would have made it.

That Kafka starts from such a directory, every broker of the tests shows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.broker.local.apache import ApacheKafka
from streams.broker.local.formatted import format_as_kept, is_formatted, keep


def properties(data: Path) -> dict[str, str]:
    """Ids and the like of a data directory."""
    lines = (data / "meta.properties").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


@pytest.mark.usefixtures("apache")
def test_the_tool_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second directory has the same files and settings, and ids of its own."""
    libs = tmp_path / "libs"
    libs.symlink_to(ApacheKafka()._jars)
    monkeypatch.setattr("streams.broker.local.apache.require_jars", lambda: libs)
    homes = [tmp_path / name for name in ("by the tool", "as kept")]
    for home in homes:
        home.mkdir()
        ApacheKafka().prepare(home, 9092)
        monkeypatch.setattr(ApacheKafka, "_format", None)  # the second does not run it
    first, second = (home / "data" for home in homes)
    assert [is_formatted(data) for data in (first, second)] == [True, True]
    assert sorted(p.name for p in first.iterdir()) == sorted(p.name for p in second.iterdir())
    features = "bootstrap.checkpoint"
    assert (first / features).read_bytes() == (second / features).read_bytes()
    made, copied = properties(first), properties(second)
    ids = {"cluster.id", "directory.id"}
    assert {key: of for key, of in made.items() if key not in ids} == {
        key: of for key, of in copied.items() if key not in ids
    }
    assert copied.keys() == made.keys()
    assert all(len(copied[key]) == len(made[key]) and copied[key] != made[key] for key in ids)


def test_without_what_is_kept_nothing_is_written(tmp_path: Path) -> None:
    """The tool is needed then; and a cache that cannot be written to changes nothing."""
    assert not format_as_kept(tmp_path / "data", tmp_path)
    assert list(tmp_path.iterdir()) == []
    data = tmp_path / "data"
    data.mkdir()
    (data / "bootstrap.checkpoint").write_bytes(b"features")
    keep(data, tmp_path / "none")
    assert not (tmp_path / "none").exists()
