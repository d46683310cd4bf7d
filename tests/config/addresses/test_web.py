"""An address that passes can be called: httpx makes a request of it, and a resolver a name."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.config.addresses.web import address_problem

_PIECES = st.sampled_from(
    ["http", "https", "://", "//", ":", "/", "@", "[", "]", "::1", "99999", "8080", "0", ".", "..",
     "xn--", "xn--fiqs8s", "xn--a", "中国", "ß", "\u202e", "\u200d", "²", "-", "_", "a", "example",
     "127.0.0.1", "1.2.3", "?", "#", "%", "%41", "\\", "a" * 64, "{", " ", "\t", "\x7f", "user:pw"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=8).map("".join).map("http://".__add__) | st.text(max_size=30))
@example("http://xn--\xe9/")
@example("http://a:99999/")
@example("http://[::1/")
@example("http://[::1]http://")
@example("http://" + "a" * 64 + "/")
@example("http://127.0.0.1:8080/")
def test_what_passes_can_be_called(url: str) -> None:
    """Nothing that is made on the way to a connection raises."""
    if address_problem(url) is not None:
        return
    request = httpx.Request("POST", url, content=b"{}")
    assert request.url.scheme in ("http", "https")
    assert request.url.host
    host = request.url.raw_host.decode("ascii")
    port = request.url.port or 80
    assert 0 < port < 65536
    # What a resolver does first: it raises for labels that are empty or too long.
    assert host.encode("idna")


@pytest.mark.parametrize(
    "url",
    [
        "https://pager.example/hooks?token=x#y", "http://127.0.0.1:8080/", "http://[::1]:80/",
        "http://pager_1:9093/alerts", "https://user:pw@pager.example", "http://中国.example/",
        "http://xn--fiqs8s.example./", "http://a", "HTTPS://EXAMPLE.COM/",
    ],
)  # fmt: skip
def test_good_addresses_pass(url: str) -> None:
    """Names, numbers, ports, users, other scripts."""
    assert address_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "", "pager.example", "ftp://x.example", "http://", "http:///path", "http://:80/",
        "http://a:0/", "http://a:99999/", "http://a:b/", "http://a:80:80/", "http://a:\u0668/",
        "http://[::1/", "http://[::g]/", "http://1.2.3/", "http://999.1.1.1/", "http://a..b/",
        "http://-a/", "http://a-/", "http://xn--/", "http://xn--a--b--/", "http://a b/",
        "http://a/\x00", "http://a/\u202e", "http://" + "a" * 64, "http://a/" + "x" * 9000,
        "http://[::1]http://", "http://[::1]x:80/", "http://x[::1]/", "http://[127.0.0.1]/",
        "http://%41/", "http://a%2fb/", "http://\u200d/",
    ],
)  # fmt: skip
def test_bad_addresses_are_refused(url: str) -> None:
    """What cannot be called is refused, and not repeated."""
    problem = address_problem(url)
    assert problem is not None
    assert problem.startswith("must ")
