"""What is around every page: language, login and its forms, files, headers."""

from __future__ import annotations

import re

import httpx
import pytest

from streams.delivery.console.frame.pages import HEADERS
from tests.access.known import PASSWORD, a_user
from tests.delivery.access.serving import Served

AWAY = "192.0.2.7"
ORIGIN = {"Origin": "http://127.0.0.1:8780"}


def test_a_page_lets_nothing_in_but_its_own_files() -> None:
    """The policy stands on every page; style and script are named by what is in them."""
    on = Served()
    answer = on.ask("GET", "/")
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)
    assert len(set(addresses)) >= 3
    for address in addresses:
        file = on.ask("GET", address)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    assert on.ask("GET", "/static/console.000000000000.css").status_code == 404


def test_the_chosen_language_is_kept() -> None:
    """By `lang` in the address, then by a cookie, then as the browser asks."""

    async def read(client: httpx.AsyncClient) -> list[str]:
        said = []
        for address in ("/", "/?lang=zh&a=%22", "/", "/?lang=en", "/", "/?lang=xx"):
            answer = await client.get(address, headers={"Accept-Language": "zh;q=0.1"})
            said.append(answer.headers["content-language"])
            assert answer.text.count('aria-current="true"') == 1
        return said

    assert Served().run(read) == ["zh-Hans", "zh-Hans", "zh-Hans", "en", "en", "en"]


def test_one_logs_in_by_a_form_and_out_again() -> None:
    """The login stands where a page was asked for, and leads there; a form proves its page."""
    served = Served(a_user(), host="0.0.0.0")

    async def visit(client: httpx.AsyncClient) -> None:
        asked = await client.get("/?state=open", headers={"Accept": "text/html"})
        assert asked.status_code == 401
        assert 'name="next" value="/?state=open"' in asked.text
        wrong = {"user": "wang", "password": "rain, then sun", "next": "/?state=open"}
        refused = await client.post("/login", data=wrong, headers=ORIGIN)
        assert refused.status_code == 401
        assert 'value="wang"' in refused.text
        right = {**wrong, "password": PASSWORD}
        answer = await client.post("/login", data=right, headers=ORIGIN)
        assert (answer.status_code, answer.headers["location"]) == (303, "/?state=open")
        page = (await client.get("/")).text
        csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
        assert csrf is not None
        assert "<bdi>wang</bdi>" in page
        for sent in ({}, {"csrf": "0" * 64}, {"csrf": ["0" * 64, csrf[1]]}):
            assert (await client.post("/logout", data=sent, headers=ORIGIN)).status_code == 403
        out = await client.post("/logout", data={"csrf": csrf[1]}, headers=ORIGIN)
        assert out.headers["location"] == "/login"
        assert (await client.get("/")).status_code == 401

    served.run(visit, AWAY)


@pytest.mark.parametrize(
    "goes_to", ["//evil.example", "https://evil.example", "/\\evil", "\n/", ""]
)
def test_a_login_leads_to_this_service_only(goes_to: str) -> None:
    """Whatever somebody has made the form say."""
    served = Served(a_user(), host="0.0.0.0")
    sent = {"user": "wang", "password": PASSWORD, "next": goes_to}
    assert served.ask("POST", "/login", AWAY, data=sent).headers["location"] == "/"


def test_nobody_logs_in_where_nobody_needs_to() -> None:
    """On loopback without users the login leads on; without a user it says how to make one."""
    assert Served().ask("GET", "/login?next=/x").headers["location"] == "/x"
    assert "weathervane user add" in Served(host="0.0.0.0").ask("GET", "/login", AWAY).text


def test_an_address_that_is_not_there_is_a_page_for_people_only() -> None:
    """Programs get the problem as JSON, as from every other address."""
    for_people = Served().ask("GET", "/nothing", headers={"Accept": "text/html,*/*"})
    assert (for_people.status_code, "There is no such page." in for_people.text) == (404, True)
    for_programs = Served().ask("GET", "/nothing")
    assert for_programs.headers["content-type"] == "application/problem+json"
