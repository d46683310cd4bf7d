"""The words for states, severities, signals, levels and verdicts: documented, and one each."""

from __future__ import annotations

import pytest

from streams.alerts import terms
from streams.detection.misuse.table import MISUSE_SIGNALS
from streams.detection.signals import SIGNALS
from streams.items import LEVELS
from streams.language.catalogue import catalogue
from tests.documents.markdown import read

TABLES = {
    "states": terms.STATES,
    "severities": terms.SEVERITIES,
    "verdicts": terms.VERDICTS,
    "signals": terms.SIGNAL_NAMES,
    "levels": terms.LEVEL_NAMES,
}


@pytest.mark.parametrize("table", TABLES)
def test_the_page_on_languages_has_the_words(table: str) -> None:
    """As the views show them, and a table has no word for two things."""
    chinese, page = catalogue("zh"), read("docs/how-to/language.md").text
    words = {name: chinese.pgettext(*marked) for name, marked in TABLES[table].items()}
    assert [name for name, word in words.items() if f"| `{name}` | {word} |" not in page] == []
    assert len(set(words.values())) == len(words)


def test_every_signal_and_level_has_a_word() -> None:
    """A new one gets a word too."""
    assert {*SIGNALS, *MISUSE_SIGNALS, "source"} == set(terms.SIGNAL_NAMES)
    assert {*LEVELS, "source"} == set(terms.LEVEL_NAMES)
