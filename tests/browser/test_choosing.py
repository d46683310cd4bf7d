"""What is chosen on the first page, in a real browser: it stays chosen, and says how much it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from streams.delivery.console.now import shown
from tests.browser.conftest import Open
from tests.browser.serving import Desk
from tests.browser.test_now import HEAD, alert, family, fields_sent


def test_what_is_chosen_stays_so_when_it_leaves_the_page(desk: Desk, visit: Open) -> None:
    """More urgent alerts push it to the next page: it is counted, it is sent, it can be let go."""
    desk.publish(*(alert(n) for n in range(11, 60)))
    page = visit(desk).open("/")
    for number in (11, 12, 59):
        page.locator(f"#a-{number:016x} input").check()
    expect(page.locator("#elsewhere")).to_be_hidden()
    desk.publish(*(alert(n) for n in range(300, 303)))
    expect(page.locator(f"#a-{302:016x}")).to_be_visible()
    expect(page.locator(f"#a-{11:016x}")).to_have_count(0)
    expect(page.locator("#chosen")).to_contain_text("3")
    expect(page.locator("#elsewhere")).to_contain_text("2")
    button = page.locator("#bulk [data-do=acknowledge]")
    fields = fields_sent(page, "acknowledge", button.click)
    assert sorted(fields["alert"]) == [f"{n:016x}:0:warning" for n in (11, 12, 59)]
    over = {"revision": 2, "event": "resolved", "state": "resolved"}
    desk.publish(*(alert(n, **over) for n in (300, 301, 302)))
    expect(page.locator(f"#a-{11:016x} input")).to_be_checked()
    expect(page.locator("#elsewhere")).to_be_hidden()
    page.get_by_role("button", name="Choose none").click()
    expect(page.locator("#bulk")).to_be_hidden()


def test_a_deed_says_what_was_seen_when_the_alerts_were_chosen(desk: Desk, visit: Open) -> None:
    """A colleague takes one of a family meanwhile, which nobody sees: it is a conflict."""
    desk.publish(*family(9))
    page = visit(desk).open("/")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator("#chosen")).to_contain_text("10")
    for number, by in ((50, "wang"), (58, "li")):
        deed = {"type": "assign", "alert_id": f"{number:016x}", "to": by, "by": by}
        answer = page.request.post(
            f"{desk.url}/api/v1/actions",
            data={"id": f"{number:032x}", **deed},
            headers={"Origin": desk.url},
        )
        assert answer.ok
    page.locator(f"#f-{HEAD} summary").click()
    expect(page.locator(f"#a-{58:016x} .who")).to_contain_text("li")
    fields = fields_sent(page, "assign", lambda: page.keyboard.press("m"))
    assert all(one.split(":")[1] == "0" for one in fields["alert"])
    assert len(fields["alert"]) == 10


def test_it_says_how_many_can_be_chosen(
    desk: Desk, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large family only so many: the button says so, and chooses so many."""
    monkeypatch.setattr(shown, "MOST_CHOSEN", 5)
    desk.publish(*family(9))
    page = visit(desk).open("/")
    page.locator(f"#f-{HEAD} summary").click()
    page.get_by_role("button", name="Choose the first 6").click()
    expect(page.locator("#chosen")).to_contain_text("6")


def test_a_large_family_is_chosen_as_a_whole_where_it_stands_alone(desk: Desk, visit: Open) -> None:
    """All its alerts, also those on other pages; its page and the first one stay light."""
    desk.publish(*family(0), *(alert(n, parent=HEAD) for n in range(1000, 2203)))
    page = visit(desk).open("/")
    page.locator(f"#f-{HEAD} summary").click()
    page.get_by_role("button", name="Choose the first 201").click()
    expect(page.locator("#chosen")).to_contain_text("201")
    page.get_by_role("link", name="Show all 1203").click()
    page.get_by_role("button", name="Choose all 1204").click()
    expect(page.locator("#chosen")).to_contain_text("1204")
    expect(page.locator("#elsewhere")).to_be_hidden()
    button = page.get_by_role("button", name="Acknowledge", exact=True).last
    fields = fields_sent(page, "acknowledge", button.click)
    assert len(set(fields["alert"])) == 1204
    page.get_by_role("button", name="Choose all 1204").click()
    expect(page.locator("#bulk")).to_be_hidden()
