"""The worker's copy of the state: of one changelog, or set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.broker.topics.origin import Origin
from streams.detection.worker.local_state import claim

OURS = Origin("cluster", "topic")


def _holding(folder: Path, origin: Origin | None) -> Path:
    """A folder with a copy of the state in it."""
    folder.mkdir()
    if origin is not None:
        claim(folder, origin)
    (folder / "rocks").write_bytes(b"state")
    return folder


@pytest.mark.parametrize("was", [OURS, Origin("cluster"), Origin(None, "topic"), Origin()])
def test_the_copy_of_this_changelog_is_kept(tmp_path: Path, was: Origin) -> None:
    """What a broker does not say is taken for the same; it is noted when it is said."""
    folder = _holding(tmp_path / "one", was)
    assert claim(folder, OURS) is None
    assert (folder / "rocks").read_bytes() == b"state"
    assert claim(folder, Origin("other", "topic")) is not None


@pytest.mark.parametrize(
    ("was", "words"),
    [
        (Origin("old", "topic"), "it is of cluster old, and this one is cluster"),
        (Origin("cluster", "old"), "it is of a changelog that was deleted since"),
        (None, "it is of an unknown cluster"),
    ],
)
def test_another_is_set_aside_with_a_sentence(
    tmp_path: Path, was: Origin | None, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of it is lost, and the folder is free; again and again."""
    for number in (1, 2):
        folder = _holding(tmp_path / "one", was)
        assert claim(folder, OURS) == tmp_path / f"one.aside-{number}"
        assert (tmp_path / f"one.aside-{number}" / "rocks").read_bytes() == b"state"
        assert [path.name for path in folder.iterdir()] == ["origin.json"]
        assert words in caplog.messages[-1]
        assert f"It is set aside as one.aside-{number}" in caplog.messages[-1]
        assert claim(folder, OURS) is None
        (folder / "origin.json").unlink()
        folder.rmdir()


def test_a_first_start_claims_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """Its parents neither; what a worker leaves there is then its own."""
    folder = tmp_path / "state" / "local" / "detect" / "up"
    assert claim(folder, OURS) is None
    (folder / "rocks").write_bytes(b"state")
    assert claim(folder, OURS) is None
