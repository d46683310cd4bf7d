"""Links of pages lead to this service, and to the very thing that they name."""

from __future__ import annotations

from urllib.parse import urljoin

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.access.known import a_user
from tests.delivery.access.serving import Served
from tests.delivery.console.read_page import ReadPage

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
