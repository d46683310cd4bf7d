"""The benchmark that compares with R's surveillance, and the library's page about it."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from river import base

import detectors
from benchmarks.oracles import TABLE, differences

PAGE = Path(detectors.__file__).with_name("README.md")


def test_every_column_is_reproduced() -> None:
    """All four statistics of the table are reproduced to 1e-9, for one series and by banks."""
    found = differences(TABLE)
    assert {column for column, _, _ in found} == {"glrnb", "glrpois", "lrpois", "lrnb"}
    assert max(largest for _, _, largest in found) <= 1e-9


def test_the_pages_example_runs() -> None:
    """The examples of the page are run."""
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 4
    assert result.failed == 0


def test_the_page_names_every_detector() -> None:
    """The page names every exported detector of a series, and what it promises."""
    text = PAGE.read_text("utf-8")
    chosen, promised = text.split("## What each detector promises")
    for name in detectors.__all__:
        made = getattr(detectors, name)
        if isinstance(made, type) and issubclass(made, base.AnomalyDetector):
            assert f"`{name}`" in chosen
            assert re.search(rf"^\| .*`{name}`.* \| score ≥ ", promised, re.MULTILINE)
