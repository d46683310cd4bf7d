"""A configuration with other settings of ``[detect]``, and all else of it as it stood."""

from __future__ import annotations

import tomllib

import pytest

from streams.analysis.tuning.toml import NotAsTables, with_detect

TEXT = """\
# Ours, since March.
name = "here"

[detect] # as agreed
budget_per_day = 3.0
longest_life = "7d"

[detect.burst]
ratios = [
  2.0,  # at least
  8.0,
]

[[detect.beside]]
name = "trees"
detector = "river.anomaly.HalfSpaceTrees"
share = 0.1

[sources.mail] # [detect]
kind = "send"
"""
DETECT = {
    "budget_per_day": 1.5,
    "longest_life": "7d",
    "burst": {"detector": "tail", "ratios": [1.5, 3.25]},
    "split": {"slow": 0.0},
    "beside": tomllib.loads(TEXT)["detect"]["beside"],
}


def test_the_tables_are_replaced_and_all_else_stays() -> None:
    """Comments, other tables and detectors beside ours stay; what is said stands above."""
    written = with_detect(TEXT, DETECT, ["tuned", "held out: a week"])
    assert tomllib.loads(written) == {**tomllib.loads(TEXT), "detect": DETECT}
    assert written.startswith("# Ours, since March.\n")
    assert "[sources.mail] # [detect]\n" in written
    assert "# tuned\n# held out: a week\n[detect]\nbudget_per_day = 1.5\n" in written


def test_what_is_written_can_be_replaced_again() -> None:
    """A tuned file is tuned again; a file of nothing becomes one of these tables."""
    once = with_detect(TEXT, DETECT, [])
    assert tomllib.loads(with_detect(once, DETECT, [])) == tomllib.loads(once)
    assert tomllib.loads(with_detect("", {"min_count": 2}, [])) == {"detect": {"min_count": 2}}


def test_rules_and_signals_of_misuse_are_kept() -> None:
    """Names of rule packs are a list of `[detect]`; `[detect.misuse]` stays as it stands."""
    text = '[detect]\nrules = ["us-10dlc"]\n[detect.misuse]\nsignals = ["scope"] # ours\n'
    detect = {**tomllib.loads(text)["detect"], "min_count": 3}
    written = with_detect(text, detect, [])
    assert tomllib.loads(written) == {"detect": detect}
    assert 'signals = ["scope"] # ours\n' in written


@pytest.mark.parametrize(
    "text", ["detect = { min_count = 3 }\n", "detect.min_count = 3\n", "detect.burst = {}\n"]
)
def test_what_is_no_table_of_its_own_is_refused(text: str) -> None:
    """Nothing is written that would mean something else, or nothing."""
    with pytest.raises(NotAsTables, match=r"tables \[detect\], \[detect.burst\]"):
        with_detect(text, {"min_count": 5}, [])


def test_a_line_of_a_text_that_looks_like_a_table_loses_nothing() -> None:
    """A multi-line string with a header in it is refused, not cut."""
    text = 'name = """\n[detect]\nx"""\n[count]\nbucket = "1h"\n'
    with pytest.raises(NotAsTables):
        with_detect(text, {"min_count": 5}, [])
