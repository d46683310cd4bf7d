"""Host, Origin, and who asks: hostile ones are turned away, on loopback too."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from streams.access.directory import Directory
from streams.access.door import (
    Asked,
    Door,
    TrustedProxy,
    TurnedAway,
    address_of,
    is_open,
    who_asks,
    wrong_address,
)
from streams.access.roles import LOCAL
from streams.access.secrets import csrf_token
from tests.access.known import NOW, a_session, a_token, a_user, directory_of

DOOR = Door("127.0.0.1", frozenset({"monitor.example"}))
PROXY = TrustedProxy(("10.0.0.5", "10.1.0.0/16", "fd00::/64"), "X-Forwarded-User", "viewer")


def asked(
    method: str = "GET", peer: str = "127.0.0.1", scheme: str = "http", **headers: str | list[str]
) -> Asked:
    values = {"host": "127.0.0.1:8780", **headers}
    return Asked(
        method,
        scheme,
        peer,
        {
            name.replace("_", "-"): [value] if isinstance(value, str) else value
            for name, value in values.items()
            if value
        },
    )


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8780", "localhost", "LOCALHOST:1", "[::1]:8780", "10.2.3.4", "monitor.example",
     "Monitor.Example.:443"],
)  # fmt: skip
def test_addresses_and_configured_names_are_ours(host: str) -> None:
    """An IP address can be no name of a page's; names are taken from the configuration."""
    assert wrong_address(DOOR, asked(host=host)) is None


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "monitor.example.evil",
        ),
        *(
            "evil.example:8780",
            "127.0.0.1@evil.example",
            "monitor.example/",
            "a b",
            "[::1",
            "1:2:3",
        ),
        *("", "localhost:x", "evil.example#localhost", "localhost\t", "monitor.example?"),
    ],
)
def test_names_of_others_are_turned_away(host: str) -> None:
    """A page whose name points to this machine gets nothing, whatever it asks."""
    for found in (asked(host=host), asked("POST", host=host), asked(host=[host, "localhost"])):
        refused = wrong_address(DOOR, found)
        assert refused is not None
        assert refused.status == HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize(
    ("host", "origin", "fits"),
    [
        ("127.0.0.1:8780", "http://127.0.0.1:8780", True),
        ("monitor.example", "http://monitor.example", True),
        ("monitor.example", "https://monitor.example", True),
        ("monitor.example:443", "https://monitor.example", True),
        ("[::1]:8780", "http://[::1]:8780", True),
        ("127.0.0.1:8780", "http://127.0.0.1:8781", False),
        ("127.0.0.1:8780", "http://127.0.0.1", False),
        ("127.0.0.1:8780", "http://localhost:8780", False),
        ("127.0.0.1:8780", "http://evil.example", False),
        ("127.0.0.1:8780", "http://evil.example:8780", False),
        ("127.0.0.1:8780", "null", False),
        ("127.0.0.1:8780", "file://", False),
        ("127.0.0.1:8780", "http://127.0.0.1:8780@evil.example", False),
        ("127.0.0.1:8780", "http://127.0.0.1:8780/", False),
        ("127.0.0.1:8780", "chrome-extension://abc", False),
        ("127.0.0.1:8780", "//127.0.0.1:8780", False),
    ],
)
def test_a_pages_origin_is_the_service_itself(host: str, origin: str, *, fits: bool) -> None:
    """Whatever the method: what others' pages may not read they need not ask."""
    for method in ("GET", "POST", "DELETE"):
        found = wrong_address(DOOR, asked(method, host=host, origin=origin))
        assert (found is None) == fits


def test_an_origin_of_the_configuration_is_our_own() -> None:
    """Behind a proxy that changes Host, the address that people use is named."""
    door = DOOR._replace(origins=frozenset({"https://people.example"}))
    assert wrong_address(door, asked("POST", origin="https://people.example")) is None
    assert wrong_address(door, asked("POST", origin="http://people.example")) is not None
    two = asked("POST", origin=["https://people.example", "http://evil.example"])
    assert wrong_address(door, two) is not None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "rubbish"])
def test_a_change_for_another_site_is_turned_away(site: str) -> None:
    """Browsers say where a request comes from; a link that is opened from a chat still works."""
    assert wrong_address(DOOR, asked("POST", sec_fetch_site=site)) is not None
    assert wrong_address(DOOR, asked("DELETE", sec_fetch_site=site)) is not None
    assert wrong_address(DOOR, asked("GET", sec_fetch_site=site)) is None
    assert wrong_address(DOOR, asked("POST", sec_fetch_site="same-origin")) is None


def test_loopback_is_open_where_nothing_is_set_up() -> None:
    """And nowhere else: not from elsewhere, not through a proxy, not with users, not by a name."""
    nobody = Directory()
    assert who_asks(DOOR, asked(), nobody, NOW) == LOCAL
    assert who_asks(DOOR, asked(peer="::1"), nobody, NOW) == LOCAL
    assert who_asks(DOOR, asked(peer="::ffff:127.0.0.1"), nobody, NOW) == LOCAL
    closed = [
        (DOOR, asked(peer="10.0.0.1"), nobody),
        (DOOR, asked(peer=""), nobody),
        (DOOR, asked(host="monitor.example"), nobody),
        (DOOR._replace(host="0.0.0.0"), asked(), nobody),
        (DOOR._replace(host="10.0.0.1"), asked(), nobody),
        (DOOR._replace(proxy=PROXY), asked(), nobody),
        (DOOR, asked(), directory_of(a_user())),
        (DOOR, asked(), directory_of(a_token("t", days=-1))),
    ]
    forwarded = ("x_forwarded_for", "forwarded", "via", "x_real_ip", "x_forwarded_host")
    closed += [(DOOR, asked(**{header: "10.0.0.1"}), nobody) for header in forwarded]
    for door, found, directory in closed:
        assert not is_open(door, found, directory)
        assert who_asks(door, found, directory, NOW) is None


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer", "Bearer ", "Basic c2VjcmV0", "secret", "", "Bearer a, b"]
)
def test_a_wrong_token_is_nobody_even_on_loopback(header: str) -> None:
    """Who names itself wrongly is not taken for somebody else."""
    found = asked(authorization=[header])
    assert who_asks(DOOR, found, Directory(), NOW) is None
    assert who_asks(DOOR, found, directory_of(a_token("secret")), NOW) is None
    two = asked(authorization=["Bearer secret", "Bearer secret"])
    assert who_asks(DOOR, two, directory_of(a_token("secret")), NOW) is None


def test_a_token_says_who_asks() -> None:
    """From any peer, and before cookies and headers."""
    directory = directory_of(a_token("secret"), a_user(), a_session("cookie"))
    found = who_asks(
        DOOR, asked(peer="8.8.8.8", authorization="bearer secret", cookie="weathervane=cookie"),
        directory, NOW,
    )  # fmt: skip
    assert found is not None
    assert not isinstance(found, TurnedAway)
    assert (found.name, found.via) == ("program", "token")


def test_a_sessions_change_needs_its_csrf_token() -> None:
    """A cookie is sent by the browser, whoever made the page; this header is not."""
    directory = directory_of(a_user(), a_session("cookie"))
    cookie = "a=b; weathervane=cookie"
    read = who_asks(DOOR, asked(cookie=cookie), directory, NOW)
    assert read is not None
    assert not isinstance(read, TurnedAway)
    assert read.name == "wang"
    for tried in ("", "wrong", csrf_token("other"), [csrf_token("cookie")] * 2):
        found = who_asks(DOOR, asked("POST", cookie=cookie, x_csrf_token=tried), directory, NOW)
        assert isinstance(found, TurnedAway), tried
    right = csrf_token("cookie")
    found = who_asks(DOOR, asked("POST", cookie=cookie, x_csrf_token=right), directory, NOW)
    assert found == read
    twice = asked(cookie="weathervane=cookie; weathervane=cookie")
    assert who_asks(DOOR, twice, directory, NOW) is None


def test_a_proxys_word_is_taken_from_its_peers_only() -> None:
    """Who is not listed may send what it likes; a name that the directory knows has its role."""
    door = DOOR._replace(host="0.0.0.0", proxy=PROXY)
    directory = directory_of(a_user("wang", "operator"))
    for peer in ("10.0.0.5", "10.1.2.3", "::ffff:10.0.0.5", "fd00::1"):
        for user, role in (("li", "viewer"), ("wang", "operator")):
            found = who_asks(door, asked(peer=peer, x_forwarded_user=user), directory, NOW)
            assert found is not None
            assert not isinstance(found, TurnedAway)
            assert (found.name, found.role, found.via) == (user, role, "proxy")
    for peer in ("10.0.0.6", "127.0.0.1", "fd01::1", "", "10.0.0.5.evil"):
        assert who_asks(door, asked(peer=peer, x_forwarded_user="wang"), directory, NOW) is None
    for name in (["wang", "li"], "a\x07", "x" * 300, "\udcff"):
        assert who_asks(door, asked(peer="10.0.0.5", x_forwarded_user=name), directory, NOW) is None
    chinese = "王".encode().decode("latin-1")
    found = who_asks(door, asked(peer="10.0.0.5", x_forwarded_user=chinese), directory, NOW)
    assert found is not None
    assert not isinstance(found, TurnedAway)
    assert found.name == "王"


def test_behind_a_proxy_an_address_is_that_of_whom_it_passes_on() -> None:
    """Its own addition is the last; what stands before it, anybody can have sent."""
    door = DOOR._replace(proxy=PROXY)
    for named, address in (
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.9, 192.0.2.7", "192.0.2.7"),
        (["192.0.2.9", "192.0.2.7, 10.1.2.3"], "192.0.2.7"),
        ("192.0.2.7, junk", "10.0.0.5"),
        ("10.1.2.3", "10.0.0.5"),
        ("", "10.0.0.5"),
    ):
        assert address_of(door, asked(peer="10.0.0.5", x_forwarded_for=named)) == address
        assert address_of(door, asked(peer="192.0.2.1", x_forwarded_for=named)) == "192.0.2.1"
        assert address_of(DOOR, asked(peer="10.0.0.5", x_forwarded_for=named)) == "10.0.0.5"
