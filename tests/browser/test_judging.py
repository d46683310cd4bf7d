"""The harness finds what it is there to find."""

from __future__ import annotations

from tests.browser.chromium import Look
from tests.browser.conftest import Open
from tests.browser.judging import barriers, overflow
from tests.browser.serving import Desk

FAULTY = """<!doctype html><html lang="en"><head><title>x</title></head><body>
<input><p style="width:2000px">wide</p><div style="overflow:auto"><p style="width:2000px">held</p>
</div></body></html>"""


def test_barriers_and_what_is_too_wide_are_found(desk: Desk, visit: Open) -> None:
    """An input without a name, a paragraph of 2,000 pixels; not what scrolls in its own box."""
    page = visit(desk, Look(390)).page
    page.set_content(FAULTY)
    assert [one.partition(":")[0] for one in barriers(page)] == ["label"]
    assert ["wide" in one for one in overflow(page)] == [True]


def test_what_goes_wrong_on_a_page_is_noted(desk: Desk, visit: Open) -> None:
    """A request to another host, a script's error, and what the policy stops."""
    one = visit(desk)
    one.page.route("http://elsewhere.example/*", lambda route: route.fulfill(body=""))
    one.page.set_content('<img src="http://elsewhere.example/a.png"><script>throw 1</script>')
    one.page.wait_for_function("document.readyState == 'complete'")
    said = " ".join(one.faults)
    assert "leaves the host: http://elsewhere.example/a.png" in said
    assert "a script failed" in said
    one.faults.clear()
    one.open("/alerts/none")
    one.page.evaluate("document.body.append(document.createElement('script'))")
    one.page.evaluate("document.querySelector('script').textContent = 'window.ran = 1'")
    assert one.page.evaluate("window.ran") is None
    assert one.faults != []
    one.faults.clear()
