"""Plots on pages hold no style and no script, fit a phone, and are what `explain` draws."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from streams.alerts.cloudevent import Entity, decode_event
from streams.delivery.console.plot.history_plot import history_of_alert, history_plot
from streams.delivery.console.plot.revision_plot import revision_plot
from streams.explain.history import EntityHistory, focus
from streams.explain.plot import plot
from streams.language.catalogue import ENGLISH, LANGUAGES, Language, catalogue
from tests.alerts.examples import raw
from tests.explain.test_history import BURST, _history
from tests.hostile import names


@pytest.fixture(scope="module")
def burst() -> EntityHistory:
    return _history(BURST, others=20)


def drawn(svg: str) -> ET.Element:
    """Read a plot; nothing in it has a style of its own, runs, or leads elsewhere."""
    root = ET.fromstring(svg)
    for element in root.iter():
        assert element.tag.rpartition("}")[2] not in ("style", "script", "a", "image", "use")
        assert not any(
            key == "style" or key.startswith("on") or "href" in key for key in element.attrib
        )
    return root


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_history_is_drawn_as_explain_draws_it(burst: EntityHistory, language: Language) -> None:
    """As many bars, bands, alerts and marks; its words are the reader's."""
    place = focus(burst, None)
    found = history_plot(burst, place, catalogue(language))
    page, file = drawn(found.svg), ET.fromstring(plot(burst, place, ENGLISH))

    def number(root: ET.Element, kind: str) -> int:
        return sum(element.get("class") == kind for element in root.iter())

    # The file has one more of those in its legend.
    for kind, in_legend in (
        ("count", 1),
        ("alert", 1),
        ("band", 1),
        ("over", 0),
        ("mark", 0),
        ("end", 0),
    ):
        assert number(page, kind) == number(file, kind) - in_legend > 0, kind
    said = " ".join(text for element in page.iter() if (text := element.text))
    assert ("expected" in said) == (language == "en")
    assert not found.has_campaigns


def test_the_history_of_an_alert_is_that_of_its_group_and_signal(burst: EntityHistory) -> None:
    """At the bucket that opened it; none where the store does not go back so far."""
    first = burst.alerts[0].first
    found = history_of_alert([burst], burst.group, burst.signal, first)
    assert found is not None
    assert found[0].closed[found[1]].start == first
    assert history_of_alert([burst], burst.group, "complaints", first) is None
    assert history_of_alert([burst], burst.group, burst.signal, first - 1e6) is None


@settings(max_examples=10, deadline=None)
@given(names)
def test_revisions_are_drawn_whatever_the_names_are(name: str) -> None:
    """From one revision on, in their order."""
    entity = Entity("sender", name)
    texts = [
        raw(entity=entity),
        raw(entity=entity, revision=2, event="resolved", state="resolved", observed=90),
    ]
    revisions = [decode_event(text) for text in texts]
    for count in (1, 2):
        for language in LANGUAGES:
            svg = revision_plot(revisions[:count], catalogue(language))
            dots = [one for one in drawn(svg).iter() if one.tag.endswith("circle")]
            assert len(dots) == 2 * count
            bars = [one for one in drawn(svg).iter() if one.get("class", "").startswith("bar ")]
            assert len(bars) == (3 if count == 1 else 0)  # a line would invent what was between
