"""The page of the monitor: red where something is wrong, one look for all, names as text."""

from __future__ import annotations

import asyncio
import datetime as dt

import httpx

from tests.delivery.access.serving import Served
from tests.delivery.console.monitor.scene import LONGEST, MARKUP, gap, troubled

STALE = dt.timedelta(minutes=1)
SHOWN = MARKUP.replace("\u202e", "\\u202e").replace("<", "&lt;").replace(">", "&gt;")


def test_what_is_wrong_stands_first_with_what_to_do() -> None:
    """A process that is down, a gap that stands, late events with who has most, rejects."""
    page = troubled().ask("GET", "/monitor").text
    assert "detect at 127.0.0.1:9102" in page
    assert "start it (`weathervane up`)" in page
    assert f'href="/alerts/{10:016x}"' in page
    assert page.index('id="state"') < page.index('id="sources"') < page.index('id="processes"')
    assert 'class="panel source bad"' in page
    assert "time_ahead" in page
    assert "sends[0] @2" in page
    assert "Double 11" not in page


def test_names_of_an_adversary_are_text() -> None:
    """In late senders, rejects, lost fields and the calendar; invisible characters are escaped."""
    page = troubled().ask("GET", "/monitor").text
    assert SHOWN in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert "长" * 40 in page
    assert LONGEST not in page


def test_it_is_in_the_readers_language() -> None:
    """Meanings and remedies too; only the figures of a symptom stay as they are."""
    page = troubled().ask("GET", "/monitor?lang=zh").text
    assert "进程没有在其地址上响应" in page
    assert "处理办法" in page
    assert "What to do" not in page


def test_all_is_well_where_nothing_is_wrong() -> None:
    """And a source without an event is not made up."""
    page = Served().ask("GET", "/monitor").text
    assert "All is well" in page
    assert "No source has sent anything yet." in page


def test_the_part_is_asked_for_again_and_again_and_made_once() -> None:
    """Fifty consoles get one look's part; who has it already gets 304, until there is a newer."""
    served = troubled()

    async def script(client: httpx.AsyncClient) -> list[httpx.Response]:
        return await asyncio.gather(*(client.get("/monitor/overview") for _ in range(50)))

    answers = served.run(script)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert served.looked_at.looks == 1
    tag = answers[0].headers["ETag"]
    again = served.ask("GET", "/monitor/overview", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    served.publish(gap(11, "open"))
    served.clock.day += STALE
    later = served.ask("GET", "/monitor/overview", headers={"If-None-Match": tag})
    assert later.status_code == 200
    assert served.looked_at.looks == 2


def test_other_pages_say_that_something_is_wrong() -> None:
    """A bar on top of each, once a look has found it; the page itself waits for none."""
    served = troubled()
    assert 'class="wrong"' not in served.ask("GET", "/log").text
    served.ask("GET", "/monitor")
    page = served.ask("GET", "/log").text
    assert 'class="wrong" href="/monitor"' in page
    assert "a process does not answer at its address" in page
