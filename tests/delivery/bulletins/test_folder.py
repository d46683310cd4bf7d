"""The folder of bulletins: what is listed, and that no name leads out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.delivery.bulletins.folder import KeptBulletin, kept_bulletins, read_kept


def test_the_newest_stands_first_and_other_files_are_left_alone(tmp_path: Path) -> None:
    """A folder that is not there has none; files of other names are nobody's bulletin."""
    assert kept_bulletins(tmp_path / "none") == []
    for name in (
        "week-2026-03-30.en.html", "week-2026-03-30.zh.html", "month-2026-03-01.en.csv",
        "notes.txt", "week-2026-03-30.en.html.part", "week-2026-03-30.fr.html",
    ):  # fmt: skip
        (tmp_path / name).write_text(name)
    assert kept_bulletins(tmp_path) == [
        KeptBulletin("2026-03-30", "week"), KeptBulletin("2026-03-01", "month")
    ]  # fmt: skip
    assert read_kept(tmp_path, "month-2026-03-01.en.csv") == (
        b"month-2026-03-01.en.csv", "text/csv; charset=utf-8"
    )  # fmt: skip
    assert read_kept(tmp_path, KeptBulletin("2026-03-02", "week").file("en", "md")) is None


@pytest.mark.parametrize(
    "name",
    ["../secret", "notes.txt", "week-2026-03-30.en.html\n", "", "..", "week-२०२६-03-30.en.html",
     "/etc/passwd", "week-2026-03-30.en.html/../../secret"],
)  # fmt: skip
def test_no_name_leads_out(tmp_path: Path, name: str) -> None:
    """Only names of bulletins are read."""
    (tmp_path / "secret").write_text("x")
    (tmp_path / "notes.txt").write_text("x")
    assert read_kept(tmp_path, name) is None
