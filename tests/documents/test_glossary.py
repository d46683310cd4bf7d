"""The glossary has the words that a reader meets, in an order in which they are found."""

from __future__ import annotations

import re

from streams.detection.signals import SIGNALS
from streams.items import LEVELS
from tests.documents.markdown import read

PAGE = read("docs/glossary.md")
SECTIONS = [
    re.findall(r"^- \*\*(.+?)\*\*(.*?)(?=^- |\Z)", section, re.DOTALL | re.MULTILINE)
    for section in PAGE.text.split("\n## ")[1:]
]
ENTRIES = {word: " ".join(text.split()) for section in SECTIONS for word, text in section}
WORDS = {
    *("bucket", "watermark", "lane", "lateness", "idle", "exposure", "common factor", "e-value"),
    *("nats", "run length", "newcomer", "source fault", "revision", "epoch", "shard", "group"),
    *("budget", "baseline", "onset", "cohort", "winsorise", "level shift", "feed", "channel"),
    *("alert", "open alert", "early alert", "parent", "checkpoint", "replay", "archive", "label"),
    *("signature", "access code", "platform", "sender", "reject", "calendar", "evidence"),
}


def test_the_words_are_there() -> None:
    """Each word of the field and of the project that documents use has its entry."""
    assert WORDS - ENTRIES.keys() == set()


def test_every_level_and_signal_is_spoken_of() -> None:
    """Whoever meets a level or a signal in an alert finds it in the glossary."""
    signals = (signal.removesuffix("s") for signal in SIGNALS)
    words = {name.replace("_", " ") for name in (*LEVELS, *signals)}
    assert words - ENTRIES.keys() - {"all"} == set()


def test_words_stand_in_order() -> None:
    """Within a section the words are in the alphabet's order, and none stands twice."""
    for section in SECTIONS:
        words = [word.lower() for word, _ in section]
        assert words == sorted(set(words))
    assert len(ENTRIES) == sum(len(section) for section in SECTIONS)


def test_entries_are_short() -> None:
    """An entry is one to three sentences, and ends with a full stop."""
    for word, text in ENTRIES.items():
        assert text.endswith("."), word
        assert len(re.findall(r"[.?!](?: |$)", text)) <= 3, word
