"""The service against its own OpenAPI description: what it says is what it does, whatever is asked.

Requests are made from the description: each parameter by its schema, and bent. No answer may
be one that the description does not have, or of another shape.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.delivery.feed.event_stream import LiveFeeds
from streams.delivery.feed.service import build_service
from tests.alerts.examples import numbered
from tests.delivery.feed.service_client import live_with

DESCRIPTION: dict[str, Any] = build_service(live_with(), name="x", expected=[]).openapi()
PATHS: dict[str, Any] = DESCRIPTION["paths"]
METHODS = ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def _feeds(state: str) -> LiveFeeds:
    """A service that has not read all yet, one without alerts, one that has dropped some."""
    live = live_with(*([] if state == "empty" else map(numbered, range(1, 8))), keep=3)
    live.ready = state != "reading"
    live.closing = True  # streams end after what is there
    return live


STATES = {
    state: build_service(_feeds(state), name="test", expected=[("1d-Asia-Shanghai", 0)])
    for state in ("reading", "empty", "full")
}


def _by_schema(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Values that a schema allows, as they stand in an address."""
    if "anyOf" in schema:
        return st.one_of(*[_by_schema(each) for each in schema["anyOf"]])
    if schema.get("type") == "integer":
        low, high = schema.get("minimum"), schema.get("maximum")
        near = st.integers(low, min(high, 10) if high is not None else 10)
        return (near | st.integers(low, high)).map(str)
    if schema.get("type") == "null":
        return st.just("")
    if "pattern" in schema:
        cursors = st.from_regex(r"\A(1\.)?[0-9]\Z")
        return cursors | st.from_regex(schema["pattern"]).map(str.strip)
    return st.sampled_from(["1d-Asia-Shanghai", "60s"]) | TEXT


BENT = st.one_of(
    TEXT,
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["-1", "1e3", "0x1", "9" * 5000, "null", "%00", "..", "٣", " 1", "1_0", "+1"]),
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, dict[str, str]]:
    """A path of the description, an address of it, and headers."""
    path = draw(st.sampled_from(sorted(PATHS)))
    address, headers, query = path, {}, []
    for parameter in PATHS[path]["get"].get("parameters", []):
        values = _by_schema(parameter["schema"])
        name, value = parameter["name"], draw(values | values | values | BENT)
        if parameter["in"] == "path":
            # An empty or dotted segment, or one of two, would be another path.
            segment = value.replace("/", "").strip(".") or "x"
            address = address.replace(f"{{{name}}}", quote(segment, safe=""))
        elif draw(st.booleans()):
            if parameter["in"] == "query":
                query.append((name, value))
            else:
                headers[name] = value.encode("ascii", "replace").decode().replace("\0", "")
    query += draw(st.lists(st.tuples(TEXT, BENT), max_size=1))
    headers |= draw(
        st.dictionaries(
            st.sampled_from(["If-None-Match", "Accept", "Range", "X-Forwarded-Host", "Cookie"]),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
            max_size=2,
        )
    )
    text = "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in query)
    return path, f"{address}?{text}", {k: v.strip() for k, v in headers.items()}


def ask(state: str, method: str, address: str, **options: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(STATES[state])
        async with httpx.AsyncClient(transport=transport, base_url="http://feed.test") as one:
            return await one.request(method, address, **options)

    return asyncio.run(go())


def conforms(path: str, answer: httpx.Response) -> None:
    """Hold an answer to a GET against the description."""
    described = PATHS[path]["get"]["responses"]
    assert str(answer.status_code) in described, answer.text
    content = described[str(answer.status_code)].get("content")
    if not content:
        assert answer.content == b""
        return
    media = answer.headers["content-type"].partition(";")[0]
    assert media in content
    schema = {**content[media]["schema"], "components": DESCRIPTION.get("components", {})}
    body = orjson.loads(answer.content) if media.endswith("json") else answer.text
    jsonschema.validate(body, schema, format_checker=jsonschema.FormatChecker())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(STATES)), requests())
def test_every_answer_is_one_described(
    state: str, request: tuple[str, str, dict[str, str]]
) -> None:
    """Whatever is asked of an address, status, media type and body are as described; no 500."""
    path, address, headers = request
    conforms(path, ask(state, "GET", address, headers=headers))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(STATES)),
    st.sampled_from(METHODS),
    requests(),
    st.binary(max_size=100),
    st.sampled_from(["application/json", "multipart/form-data", "text/plain", ""]),
)
def test_other_methods_and_bodies_are_refused(
    state: str, method: str, request: tuple[str, str, dict[str, str]], body: bytes, media: str
) -> None:
    """What is not described, whatever its body, is a 405 with a sentence."""
    _, address, headers = request
    headers = {**headers, "Content-Type": media}
    answer = ask(state, method, address, content=body, headers=headers)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(STATES)), st.text(max_size=30), st.sampled_from(["GET", *METHODS]))
def test_other_addresses_are_not_served(state: str, text: str, method: str) -> None:
    """Whatever else is asked for is a redirect, a 404 or a 405: never an error of ours."""
    address = "/" + quote(text.encode("utf-8", "replace"), safe="/?&=%")
    answer = ask(state, method, address)
    assert answer.status_code in (200, 307, 404, 405, 422, 503), answer.text
