"""The address and the domain in a field of mail, whatever stands around them."""

from __future__ import annotations

import pytest

from streams.sources.mail.address import address_in, domain_in, ip_in


@pytest.mark.parametrize(
    "field",
    [
        *("news@shop.example", "<news@shop.example>", "Shop <news@shop.example>"),
        *('"a@b.example" <news@shop.example>', "news@shop.example (a@b.example)"),
        *('"a@b.example" <news@shop.example> (c)', "(<a@b.example>) news@shop.example"),
        *('"say \\"x@y.example\\"" <news@shop.example>', "a@b.example <news@shop.example>"),
        *("news@shop.example, b@b.example", '"Doe, J" <news@shop.example>, <b@b.example>'),
        *("<test>, <news@shop.example>", "=?utf-8?q?a=40b.example?= <news@shop.example>"),
        *("rfc822;news@shop.example", "<@a.example,@b.example:news@shop.example>"),
        *("news@shop.example <>", "Shop: news@shop.example;", "<news@shop.example> words"),
    ],
)
def test_the_address_of_a_field(field: str) -> None:
    """Names, quotes, comments, routes and further addresses are not it."""
    assert address_in(field) == "news@shop.example"
    assert domain_in(field) == "shop.example"


@pytest.mark.parametrize(
    "field", ["", "test", "Shop <test>", "<>", "a@", "undisclosed:;", "@", '"']
)
def test_a_field_without_an_address(field: str) -> None:
    """What names nobody is none."""
    assert address_in(field) is None
    assert domain_in(field) is None


@pytest.mark.parametrize(
    ("field", "ip"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1 (mail.shop.example)", "192.0.2.1"),
        ("[192.0.2.1]", "192.0.2.1"),
        ("2001:DB8:0:0::1 (x)", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("x.x.x.x", None),
        ("unknown", None),
    ],
)
def test_an_internet_address(field: str, ip: str | None) -> None:
    """One address has one form, and no comment."""
    assert ip_in(field) == ip
