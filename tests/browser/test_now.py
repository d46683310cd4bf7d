"""The first page in a real browser: live, by keys, on a phone, whatever names came in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from streams.alerts.cloudevent import Entity
from tests.alerts.examples import raw
from tests.browser.chromium import Look
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk

HEAD = f"{170:016x}"
LURES = [
    "<img src=x onerror=alert(1)>",
    "\u202egnp.exe",
    "@all",
    "【" + "促" * 80 + "】",
    "W" * 256,
]
LOOKS = [Look(), Look(1280, "dark", "zh"), Look(390, "light", "zh"), Look(390, "dark", "en")]


def alert(number: int, **changes: Any) -> bytes:
    """An alert of its own; the larger its number, the further beyond chance."""
    own = {"alert_id": f"{number:016x}", "feed_no": number, "evidence_nats": 20.0 + number}
    sender = Entity("sender", f"10690{number:05}")
    return raw(**{**own, "entity": sender, **changes})


def family(members: int = 3) -> list[bytes]:
    """A platform, and senders of it."""
    return [
        alert(170, entity=Entity("platform", "shop"), severity="critical"),
        *(alert(n, parent=HEAD) for n in range(50, 50 + members)),
    ]


def heads(page: Page) -> list[str]:
    """Numbers of the alerts that stand at the top of families, in their order."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('.family')].map(one => one.id.slice(2))"
    )
    return found


def fields_sent(page: Page, what: str, do: Callable[[], None]) -> dict[str, list[str]]:
    """Return the fields of the form that something sends; nothing is done, and the page stays."""
    page.route("**/act/*", lambda route: route.fulfill(status=204))
    with page.expect_request(f"**/act/{what}") as sent:
        do()
    return parse_qs(sent.value.post_data or "")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_it_fits_and_keeps_nobody_out_whatever_the_names(
    desk: Desk, visit: Open, look: Look
) -> None:
    """No script of a name runs, nothing is wider than the window, axe finds no barrier."""
    hostile = [
        alert(n, entity=Entity("signature", name), looks_like=name, belongs_to={"platform": [name]})
        for n, name in enumerate(LURES, 2)
    ]
    desk.publish(*hostile, *family(), alert(9, event="early", state="early", revision=0))
    page = visit(desk, look).open("/")
    assert len(heads(page)) == len(LURES) + 3
    page.locator("details summary:visible").first.click()
    page.locator("#keys summary").click()
    page.locator(".family summary").first.click()
    page.locator(".alert input").first.check()
    assert overflow(page) == []
    assert barriers(page) == []


def test_a_new_alert_appears_by_itself_and_nothing_is_lost(desk: Desk, visit: Open) -> None:
    """Focus, choice, what is unfolded and the place on the page stay as they were."""
    desk.publish(*family(), *(alert(n) for n in range(10, 40)))
    page = visit(desk).open("/")
    page.locator(f"#f-{HEAD} summary").click()
    box = page.locator(f"#a-{20:016x} input")
    box.check()
    row = page.locator(f"#a-{15:016x}")
    row.focus()
    top = row.bounding_box()
    assert top is not None
    changed = alert(15, revision=2, event="updated", observed=77)
    desk.publish(alert(300), alert(301), changed, alert(12, event="resolved", state="resolved"))
    expect(page.locator(f"#a-{301:016x}")).to_be_visible()
    expect(row).to_contain_text("77")
    expect(row).to_be_focused()
    expect(box).to_be_checked()
    expect(page.locator("#chosen")).to_contain_text("1")
    assert page.locator(f"#f-{HEAD} > details").get_attribute("open") is not None
    now = row.bounding_box()
    assert now is not None
    assert abs(now["y"] - top["y"]) < 2
    expect(page.locator("#news")).to_contain_text("2")
    assert page.title().startswith("(")
    over = alert(10, revision=2, event="resolved", state="resolved")
    desk.publish(over)
    expect(page.locator(f"#a-{10:016x}")).to_have_count(0)


def test_what_people_do_appears_too(desk: Desk, visit: Open) -> None:
    """Whoever else acknowledges: all consoles show it, and offer it no more."""
    desk.publish(alert(5))
    pages = [visit(desk).open("/") for _ in range(2)]
    deed = {"type": "acknowledge", "alert_id": f"{5:016x}", "severity": "warning", "by": "wang"}
    answer = pages[0].request.post(
        f"{desk.url}/api/v1/actions", data={"id": "a" * 32, **deed}, headers={"Origin": desk.url}
    )
    assert answer.ok
    for page in pages:
        expect(page.locator(f"#a-{5:016x} .who")).to_contain_text("wang")
        expect(page.locator(f"#a-{5:016x} .do button")).to_have_count(0)


def test_no_console_misses_a_change(desk: Desk, visit: Open) -> None:
    """In a burst, and over a lost connection: each shows in the end what stands on the board."""
    pages = [visit(desk) for _ in range(3)]
    for one in pages:
        one.open("/")
    for start in range(10, 40, 3):
        desk.publish(*(alert(n) for n in range(start, start + 3)))
    pages[1].page.route("**/console/now*", lambda route: route.abort())
    desk.publish(*(alert(n) for n in range(40, 45)))
    expect(pages[1].page.locator("#lost")).to_be_visible()
    pages[1].page.unroute("**/console/now*")
    for one in pages:
        expect(one.page.locator(".family")).to_have_count(36)
        expect(one.page.locator("#lost")).to_be_hidden()
    pages[1].faults.clear()  # the requests that were to fail


def test_a_desk_is_worked_by_keys(desk: Desk, visit: Open) -> None:
    """Go down, choose, unfold, acknowledge what is chosen or the one at hand; open; find."""
    desk.publish(*family(), alert(60))
    page = visit(desk).open("/")
    keys = page.keyboard
    keys.press("j")
    expect(page.locator(f"#a-{HEAD}")).to_be_focused()
    keys.press("f")
    keys.press("j")
    expect(page.locator(f"#a-{52:016x}")).to_be_focused()
    keys.press("x")
    keys.press("ArrowDown")
    keys.press("x")
    fields = fields_sent(page, "acknowledge", lambda: keys.press("a"))
    assert sorted(fields["alert"]) == [f"{51:016x}:0:warning", f"{52:016x}:0:warning"]
    assert len(fields["form"][0]) == 32
    keys.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()
    keys.press("k")
    fields = fields_sent(page, "assign", lambda: keys.press("m"))
    assert (fields["alert"], fields["to"]) == ([f"{52:016x}:0:warning"], ["local"])
    keys.press("Escape")
    keys.press("*")
    expect(page.locator("#chosen")).to_contain_text("6")
    keys.press("l")
    expect(page.locator("#bulk select[name=verdict]")).to_be_focused()
    keys.press("x")  # a key of the field, and not of the page
    expect(page.locator("#chosen")).to_contain_text("6")
    keys.press("Escape")
    keys.press("/")
    expect(page.locator("#find")).to_be_focused()
    keys.press("Escape")
    page.locator(f"#a-{60:016x}").focus()
    keys.press("Enter")
    page.wait_for_url(f"**/alerts/{60:016x}")


def test_a_family_is_chosen_as_a_whole(desk: Desk, visit: Open) -> None:
    """Also those of it that are not shown; a second time takes it back."""
    desk.publish(*family(9), alert(60))
    page = visit(desk).open("/")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator("#chosen")).to_contain_text("10")
    fields = fields_sent(page, "acknowledge", lambda: page.keyboard.press("a"))
    ids = sorted(one.partition(":")[0] for one in fields["alert"])
    assert ids == sorted([HEAD, *(f"{n:016x}" for n in range(50, 59))])
    page.locator(f"#f-{HEAD} summary").click()
    page.get_by_role("button", name="Choose all 10").click()
    expect(page.locator("#bulk")).to_be_hidden()


def test_keys_can_be_turned_off(desk: Desk, visit: Open) -> None:
    """For people whose tools type for them; the browser remembers it."""
    page = visit(desk).open("/")
    page.locator("#keys summary").click()
    page.locator("#use-keys").uncheck()
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className") != "alert"


def test_one_is_acknowledged_without_those_that_are_chosen(desk: Desk, visit: Open) -> None:
    """A row's own button is about its alert alone; those below are about the chosen ones."""
    desk.publish(alert(5), alert(6))
    page = visit(desk).open("/")
    page.locator(f"#a-{5:016x} input").check()
    button = page.locator(f"#a-{6:016x} .do button")
    assert fields_sent(page, "acknowledge", button.click)["alert"] == [f"{6:016x}:0:warning"]
    page.locator("#bulk select[name=for]").select_option("8h")
    snooze = page.get_by_role("button", name="Snooze", exact=True)
    fields = fields_sent(page, "snooze", snooze.click)
    assert (fields["alert"], fields["for"]) == ([f"{5:016x}:0:warning"], ["8h"])
    page.get_by_role("link", name="Silence…").click()
    page.wait_for_url(f"{desk.url}/silences/new?alert={5:016x}")


def test_after_a_deed_the_page_is_where_it_was(desk: Desk, visit: Open) -> None:
    """What was done is said, and keys go on at the same alert; nothing is chosen any more."""
    desk.publish(*family(), *(alert(n) for n in range(10, 60)))
    page = visit(desk).open("/")
    row = page.locator(f"#a-{30:016x}")
    row.focus()
    page.keyboard.press("a")
    expect(row.locator(".who")).to_contain_text("local")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    expect(page.locator(".message.good")).to_be_visible()
    expect(page.locator("#bulk")).to_be_hidden()
    assert desk.served.book.state.alert(f"{30:016x}").acknowledged_by == "local"


def test_filters_stand_in_the_address(desk: Desk, visit: Open) -> None:
    """Only those that are used; the page that has them shows them, and is live by them."""
    desk.publish(*family(), alert(60))
    page = visit(desk).open("/")
    page.get_by_label("Severity").select_option("critical")
    page.wait_for_url(f"{desk.url}/?severity=critical")
    assert heads(page) == [HEAD]
    desk.publish(alert(61), alert(62, severity="critical"))
    expect(page.locator(f"#a-{62:016x}")).to_be_visible()
    assert heads(page) == [HEAD, f"{62:016x}"]
    page.get_by_label("Find").fill("00062")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.url}/?text=00062&severity=critical")
    assert heads(page) == [f"{62:016x}"]
    page.get_by_role("link", name="Clear").click()
    page.wait_for_url(f"{desk.url}/")
    assert len(heads(page)) == 5


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_on_a_phone_alerts_come_before_the_filters(
    desk: Desk, visit: Open, *, scripts: bool
) -> None:
    """The filters stand in one row until they are unfolded; one that is used can be cleared."""
    desk.publish(*family(), alert(60))
    page = visit(desk, Look(390, "light", "en"), scripts=scripts).open("/")
    first = page.locator(".family").first.bounding_box()
    assert first is not None
    assert first["y"] < 300  # of 844
    severity = page.get_by_label("Severity")
    expect(severity).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    expect(severity).to_be_visible()
    if scripts:  # what looks for barriers is a script
        assert barriers(page) == []
        assert overflow(page) == []
    page.goto(f"{desk.url}/?severity=critical")
    expect(page.get_by_role("link", name="Clear")).to_be_visible()
    assert heads(page) == [HEAD]


def test_it_can_be_read_and_used_without_scripts(desk: Desk, visit: Open) -> None:
    """Families unfold, filters are sent, forms go where they act."""
    desk.publish(*family(), alert(60))
    page = visit(desk, scripts=False).open("/")
    page.locator(f"#f-{HEAD} summary").click()
    expect(page.locator(f"#a-{51:016x}")).to_be_visible()
    page.get_by_label("Find").fill("00060")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".family")).to_have_count(1)
    page.locator(f"#a-{60:016x} input").check()
    label = page.get_by_role("button", name="Label", exact=True)
    assert fields_sent(page, "label", label.click)["verdict"] == ["true"]


def test_a_thousand_open_alerts_stay_light(desk: Desk, visit: Open) -> None:
    """The page with all that it loads weighs less than 200 KB, and more pages follow."""
    desk.publish(*(alert(n) for n in range(10, 1010)))
    weight = [0]
    one = visit(desk)
    one.page.on("response", lambda answer: weight.append(_bytes(answer)))
    page = one.open("/")
    expect(page.locator(".family")).to_have_count(50)
    assert 20_000 < sum(weight) < 200_000
    page.get_by_role("link", name="After").click()
    page.wait_for_url(f"{desk.url}/?page=2")
    assert heads(page)[0] == f"{959:016x}"


def _bytes(answer: Any) -> int:
    return 0 if answer.url.endswith("/events") else len(answer.body())
