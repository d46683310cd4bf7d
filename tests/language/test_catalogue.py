"""Catalogues: what is in them, and what stands for what is not."""

from __future__ import annotations

import re

import pytest

from streams.language.catalogue import LANGUAGES, NAMES, TAGS, Catalogue, Language, catalogue, mark


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_read_once(language: Language) -> None:
    """Whoever asks has the same one, of the language asked for."""
    assert catalogue(language) is catalogue(language)
    assert catalogue(language).language == language
    assert language in NAMES
    assert language in TAGS


def test_english_is_the_source() -> None:
    """A text stands for itself, and one is one."""
    words = catalogue("en")
    assert (words.gettext("late"), words.pgettext("state", "open")) == ("late", "open")
    assert [words.ngettext("a day", "{n} days", n) for n in (0, 1, 2, 1.5)] == [
        "{n} days",
        "a day",
        "{n} days",
        "{n} days",
    ]


def test_chinese_has_one_form() -> None:
    """For every number the same; a context tells words apart; what is not there is English."""
    texts = {
        ("a day", None): ("{n} 天",),
        ("open", "state"): ("进行中",),
        ("open", None): ("打开",),
    }
    words = Catalogue(language="zh", texts=texts)
    assert [words.ngettext("a day", "{n} days", n) for n in (1, 2)] == ["{n} 天", "{n} 天"]
    assert (words.pgettext("state", "open"), words.gettext("open")) == ("进行中", "打开")
    assert words.gettext("unknown") == "unknown"
    assert words.ngettext("an hour", "{n} hours", 1) == "{n} hours"


def test_what_is_marked_is_itself() -> None:
    """The mark is for who collects the texts."""
    assert mark("late") == "late"


def test_a_sender_is_a_short_code_only_where_its_id_is_one() -> None:
    """Texts on senders in general may be about any channel; those on codes say that they are."""
    texts = catalogue("zh").texts.items()
    found = [
        (message, context)
        for (message, context), forms in texts
        if "端口" in "".join(forms)
        and re.search(r"\bsenders?\b", message)
        and not re.search(r"\bcodes?\b", message)
    ]
    assert found == [("sender", "sender that is a short code of China")]
