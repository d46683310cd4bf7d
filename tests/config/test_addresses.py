"""Hosts, brokers and web addresses: what cannot be called or bound is refused by its form."""

from __future__ import annotations

import asyncio
import tomllib

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.config.addresses.hosts import brokers_problem, host_problem
from streams.config.addresses.web import address_problem
from streams.config.load import ConfigError, load_config, parse_config
from streams.config.problems import NOT_SHOWN

_BROKERS = "must be host:port, several of them separated by commas; an IPv6 address in brackets"
_PORT = "must have a port from 1 to 65535, or none"
_HOST = "must be an IP address or a DNS name, without a port, brackets or blanks"
_HOST_OF_URL = "must have a host: a name of letters, digits, hyphens and dots, or an IP address"
_URLS = {
    "must be an http or https address": ("", "ftp://x.example", "x.example/hooks"),
    _HOST_OF_URL: (
        "https://",
        "https:///hooks",
        "https://a..b/",
        "http://[::1/",
        "http://a[::1]:1/",
    ),
    "must have a port from 1 to 65535": ("http://x.example:99999/", "http://x:0", "http://x:p/"),
    "must be an http or https address without spaces and control characters": (
        *("https://x.example/a b", "https://x.example/\u202ea", "https://\u200d.example/"),
    ),
}

PROBLEMS = {
    **{
        f'[kafka]\nbootstrap = "{text}"': f'kafka.bootstrap {_BROKERS}; got "{text}"'
        for text in ("", "a b:1", "k:1,", "::1:9092", "[x]:1", "k:1:2", "a..b", "-a:1")
    },
    **{
        f'[kafka]\nbootstrap = "k:{port}"': f'kafka.bootstrap {_PORT}; got "k:{port}"'
        for port in ("0", "99999", "x", "", "9 9", "１")
    },
    '[kafka]\nbootstrap = "SSL://k:1"': f"kafka.bootstrap {_BROKERS}; got {NOT_SHOWN}",
    **{
        f'[{table}]\nhost = "{text}"': f'{table}.host {_HOST}; got "{text}"'
        for table in ("serve", "metrics")
        for text in ("", "a b", "a..b", "[::1]", "h:1", "300.1.1.1", "bücher", " ", "*", "a" * 64)
    },
    **{
        f'[[webhooks]]\nname = "a"\nurl = "{url}"': f"webhooks.0.url {rule}; got {NOT_SHOWN}"
        for rule, urls in _URLS.items()
        for url in urls
    },
}


@pytest.mark.parametrize("text", PROBLEMS)
def test_each_rule_has_one_line(text: str) -> None:
    """A broken rule gives one line: the file, the key, the rule; of a web address no character."""
    with pytest.raises(ConfigError) as caught:
        parse_config(tomllib.loads(text), "w.toml")
    assert caught.value.problems == [f"w.toml: {PROBLEMS[text]}"]


@pytest.mark.parametrize("name", ["a b:1", "kafka-1:99999"])
def test_the_environments_brokers_are_checked(name: str) -> None:
    """The problem is that of the variable, not of the file."""
    with pytest.raises(ConfigError, match=f'^WEATHERVANE_KAFKA_BOOTSTRAP must .*; got "{name}"$'):
        load_config(None, environ={"WEATHERVANE_KAFKA_BOOTSTRAP": name})


def test_blanks_between_brokers_are_left_out() -> None:
    """People write them after commas; not every client would take them."""
    kafka = parse_config({"kafka": {"bootstrap": "a:1, [::1]:2 ,c"}}).kafka
    assert kafka.bootstrap == "a:1,[::1]:2,c"


_PIECES = st.sampled_from(
    [
        *("http://", "https://", "HTTPS://", "//", ":", ":80", ":65536", ":0", "@", "[", "]", ","),
        *("[::1]", "::1", "127.0.0.1", "1a2b3c4", "10-20-30-40", "a", "example", ".", "-", "_"),
        *("%", "/", "xn--", "xn--a", "xn--bcher-kva", "ü", "İ", "ß", "\u200d", "。", "٣", "?", "#"),
        *("x" * 64, " ", "\t", "\\", "\x7f", "\u202e", "\udc80", "*", "&", "<", '"'),
    ]
)


@given(start=st.sampled_from(["http://", ""]), pieces=st.lists(_PIECES, max_size=8))
@settings(max_examples=400, deadline=None)
def test_the_client_can_post_to_what_is_accepted(start: str, pieces: list[str]) -> None:
    """It makes a request of it: the address is well-formed, with a host and a port that exist."""
    url = start + "".join(pieces)
    if address_problem(url) is not None:
        return

    async def post() -> httpx.Response:
        answer = httpx.MockTransport(lambda request: httpx.Response(204))
        async with httpx.AsyncClient(transport=answer) as client:
            return await client.post(url, content=b"{}")

    request = asyncio.run(post()).request
    assert request.url.host
    assert request.url.port is None or 1 <= request.url.port <= 65535
    request.url.raw_host.decode("ascii").encode("idna")


@given(st.lists(_PIECES, max_size=5).map("".join))
@settings(max_examples=400, deadline=None)
def test_a_socket_takes_what_is_accepted_as_a_host(text: str) -> None:
    """Its name may be unknown, but it can be asked for; so can each of several brokers."""
    if host_problem(text) is None:
        assert text.encode("idna")
    if brokers_problem(text) is None:
        for address in text.split(","):
            assert address.strip("[] ").encode("idna")
