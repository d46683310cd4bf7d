"""Links of pages lead to this service, and to the very thing that they name."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.alerts.cloudevent import Entity
from streams.delivery.console.frame.shown import entity_address
from streams.items import name_problem
from streams.names.canonical import form_of_stored
from tests.access.known import a_user
from tests.alerts.examples import OPENED, raw
from tests.delivery.access.serving import Served
from tests.delivery.console.read_page import ReadPage
from tests.hostile import names

AWAY = "192.0.2.7"
HTML = {"Accept": "text/html"}

parts = st.sampled_from(["/", "//", "..", ".", "%2F", "%2f", "%5C", "%3F", "%23", "%25", "%2e",
                         "?", "&a=1", "lang=zh", "evil.example", "entities/sender/", "%E4%B8%AD",
                         "%FF", ";", "@", ":", "'", "%22", "%0A", "%09"])  # fmt: skip
paths = st.lists(parts, min_size=1, max_size=6).map(lambda found: f"/{''.join(found)}")
"""What a browser sends as a path and query; an adversary has made the link."""


def read_all(served: Served, targets: list[str], peer: str) -> list[httpx.Response]:
    """Ask for exactly these bytes, as a browser may send them: a client would tidy them."""

    async def script(client: httpx.AsyncClient) -> list[httpx.Response]:
        base = client.base_url
        return [
            await client.get(base.copy_with(raw_path=target.encode()), headers=HTML)
            for target in targets
        ]

    found: list[httpx.Response] = served.run(script, peer, base_of(peer))
    return found


def base_of(peer: str) -> str:
    """Where serve is, as a peer has it."""
    return "http://10.0.0.1:8780" if peer == AWAY else "http://127.0.0.1:8780"


def languages(page: ReadPage) -> list[str]:
    """The addresses of the page in each language."""
    found = [links for tag, links in page.elements if tag == "a" and "hreflang" in links]
    return [str(links["href"]) for links in found]


def lead_to(page: ReadPage) -> list[str]:
    """Wherever a page leads, by a link or a form, or by where a form comes back to."""
    links = [
        str(value)
        for _, attributes in page.elements
        for key, value in attributes.items()
        if key in ("href", "src", "action") or key.startswith("hx-")
    ]
    backs = [str(at["value"]) for _, at in page.elements if at.get("name") == "next"]
    return [*links, *backs]


@settings(deadline=None, max_examples=4)
@given(st.lists(paths, min_size=8, max_size=8))
@example(["//evil.example/x", "/%2Fevil.example/x", "/entities/sender/a%3Fb%23c?q=a%5Cb"])
@pytest.mark.parametrize("peer", ["127.0.0.1", AWAY])
def test_every_link_leads_to_this_service_and_back_to_this_page(
    peer: str, targets: list[str]
) -> None:
    """Whatever address somebody was lured to; also before a login."""
    served = Served(a_user(), host="0.0.0.0") if peer == AWAY else Served()
    base = base_of(peer)
    for answer in read_all(served, targets, peer):
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        page = ReadPage(answer)
        for link in lead_to(page):
            assert link.startswith(("/", "#")), link
            assert urljoin(f"{base}/", link).startswith(f"{base}/"), link
        for link in languages(page):
            sent = answer.url.raw_path.decode().partition("?")[0]
            assert link.partition("?")[0] == f"/{sent.lstrip('/')}"


@settings(deadline=None, max_examples=15)
@given(names)
@example("..")
@example(".")
@example("a/../b?c#d")
@example("%2e%2e")
def test_a_link_to_an_entity_leads_to_that_very_entity(name: str) -> None:
    """By what a browser makes of the link, whatever its name is."""
    name = form_of_stored(name)
    if name_problem(name):
        return
    link = urlsplit(urljoin("http://h/alerts/1", str(entity_address("sender", name))))
    asked = parse_qs(link.query, keep_blank_values=True).get("id")
    found = asked[0] if asked else unquote(link.path.removeprefix("/entities/sender/"))
    assert found == name
    if name in (".", ".."):
        served = Served()
        served.publish(raw(entity=Entity("sender", name)))
        page = served.ask("GET", f"/alerts/{OPENED.alert_id}").text
        assert f'href="{link.path}?{link.query}"' in page
        shown = served.ask("GET", f"{link.path}?{link.query}")
        assert (shown.status_code, f">{name}<" in shown.text) == (200, True)
