"""The page of the log, and its file: who did what, with texts as far as they still stand."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import AsyncIterator

import pytest

from streams.actions.action import Action, AddNote
from streams.actions.book import Entry
from streams.actions.note import encode_note
from streams.actions.state import ActionOutcome
from streams.delivery.console.log.address import CUT_OFF
from streams.delivery.standing_records import TopicUnread
from tests.actions.examples import EVERY_KIND, common, silence
from tests.alerts.examples import OPENED
from tests.delivery.access.serving import Served
from tests.delivery.console.monitor.scene import LONGEST, MARKUP

SHOWN = MARKUP.replace("\u202e", "\\u202e").replace("<", "&lt;").replace(">", "&gt;")


def log_of(served: Served, *actions: object) -> None:
    for action in actions:
        served.book.log.append(Entry(action, ActionOutcome("done", 1)))  # type: ignore[arg-type]


def note(number: int, **changes: object) -> AddNote:
    return AddNote(**common(number, **changes), alert_id=OPENED.alert_id, noted=True)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_of_action_is_shown(language: str) -> None:
    """The newest first, with a link to its alert, its entity, or what it ended."""
    served = Served()
    log_of(served, *EVERY_KIND)
    page = served.ask("GET", f"/log?lang={language}").text
    places = [page.index(f'id="action-{action.id}"') for action in EVERY_KIND]
    assert places == sorted(places, reverse=True)
    assert f'href="/alerts/{OPENED.alert_id}"' in page
    assert f'href="/entities/{OPENED.entity.level}/{OPENED.entity.id}"' in page


def test_a_silence_is_said_in_the_words_of_its_reader() -> None:
    """Its keys, and those of its texts that are words of ours."""
    served = Served()
    keys = silence(1).match.texts
    log_of(served, silence(1))
    chinese = served.ask("GET", "/log?lang=zh").text
    about = chinese.partition('<span class="match">')[2].partition("</td>")[0]
    assert about
    assert all(f">{key}<" not in about for key in keys)


def test_a_text_is_shown_only_while_it_stands() -> None:
    """Erased on its topic, it is gone from the page and the file, and its action stays."""
    served = Served()
    log_of(served, note(1))
    served.book.notes.take(note(1).id, encode_note("called Mr Wang"))
    assert "called Mr Wang" in served.ask("GET", "/log").text
    served.book.notes.take(note(1).id, None)
    page, file = served.ask("GET", "/log").text, served.ask("GET", "/log.csv").text
    assert "called Mr Wang" not in page + file
    assert "erased, or no longer held" in page
    (row,) = rows(file)
    assert (row["id"], row["text"], row["erased"]) == (note(1).id, "", "True")


def test_names_of_an_adversary_are_text_and_no_formula() -> None:
    """On the page markup is none, in the file a spreadsheet calculates nothing."""
    served = Served()
    log_of(served, note(1, by=MARKUP), note(2, by=LONGEST), note(3, by="=HYPERLINK(1)"))
    served.book.notes.take(note(1).id, encode_note("<script>alert(1)</script>"))
    page = served.ask("GET", "/log").text
    assert SHOWN in page
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    file = rows(served.ask("GET", "/log.csv").text)
    assert [row["by"] for row in file] == [MARKUP, LONGEST, "'=HYPERLINK(1)"]


def test_a_filter_holds_for_page_and_file() -> None:
    """It stands in the address, and in the form."""
    served = Served()
    log_of(served, *EVERY_KIND, note(99, by="li"))
    page = served.ask("GET", "/log?by=LI&kind=note").text
    assert page.count('id="action-') == 1
    assert 'href="/log.csv?by=LI&amp;kind=note"' in page
    assert [row["by"] for row in rows(served.ask("GET", "/log.csv?by=LI").text)] == ["li"]
    nothing = served.ask("GET", "/log?by=nobody").text
    assert "Nobody has done such a thing." in nothing


def test_pages_lead_on_to_what_memory_does_not_hold() -> None:
    """The oldest action is on the last page; each stands once; the file has all."""
    served = Served()
    actions = [silence(number) for number in range(1, 251)]
    served.book.log = deque(maxlen=120)
    log_of(served, *actions)
    served.looked_at.log.done = list(actions)
    found, address = [], "/log"
    while address:
        page = served.ask("GET", address).text
        found += [part[:32] for part in page.split('id="action-')[1:]]
        _, _, rest = page.partition('rel="next" href="')
        address = rest.partition('"')[0].replace("&amp;", "&")
    assert [int(each, 16) for each in found] == list(range(250, 0, -1))
    assert len(rows(served.ask("GET", "/log.csv").text)) == 250


@pytest.mark.parametrize("read", [0, 1, 200])
def test_a_file_that_is_not_whole_says_so(read: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its last line, and why; where nothing could be read there is no file."""
    served = Served()
    served.book.log = deque(maxlen=1)
    log_of(served, silence(1))

    async def actions() -> AsyncIterator[Action]:
        for number in range(1, 1 + read):
            yield silence(number)
        raise TopicUnread("topic actions: must be read in 300 s")

    monkeypatch.setattr(served.looked_at.log, "actions", actions)
    answer = served.ask("GET", "/log.csv?kind=silence", headers={"Accept": "text/html"})
    if read == 0:
        assert answer.status_code == 503
        assert "must be read in 300 s" in answer.text
        return
    *whole, last = rows(answer.text)
    assert [row["type"] for row in whole] == ["silence"] * read
    assert last["at"] == f"{CUT_OFF}: topic actions: must be read in 300 s"
