"""Levels that follow from another name of the sender."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.config.load import ConfigError, parse_config
from streams.items import PARENT_LEVELS, Sender
from streams.names.derived import (
    Derivation,
    first_digits,
    longest_prefix,
    network,
    parse_prefixes,
    registrable_domain,
    with_derived,
)

_digits = st.text("0123456789", min_size=1, max_size=14)


@given(st.dictionaries(_digits, st.text("ab", min_size=1), min_size=1, max_size=8), _digits)
def test_the_longest_prefix_counts(names: dict[str, str], number: str) -> None:
    """Of all prefixes that a number begins with, the longest names its entity."""
    fitting = [prefix for prefix in names if number.startswith(prefix)]
    expected = names[max(fitting, key=len)] if fitting else None
    assert longest_prefix(names)(number) == expected


@given(st.integers(0, 2**32 - 1), st.integers(0, 255))
def test_addresses_of_one_network_are_together(address: int, last: int) -> None:
    """The last byte of an address of version 4 changes nothing; it lies in its network."""
    one, other = (str(ipaddress.IPv4Address(of)) for of in (address, address & ~255 | last))
    found = network(one)
    assert found is not None
    assert found == network(other)
    assert ipaddress.ip_address(one) in ipaddress.ip_network(found)


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("news@mail.shop.example", "shop.example"),
        ("MAIL.Shop.CO.UK", "shop.co.uk"),
        ("a.b.com.cn", "b.com.cn"),
        ("user.github.io", "user.github.io"),
        ("github.io", None),
        ("www.食狮.公司.cn", "食狮.公司.cn"),
        ("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("shop.example.", "shop.example"),
        ("localhost", None),
        ("192.0.2.7", None),
        ("a..b", None),
        ("@", None),
        ("106900012345", None),
        ("two words.example", None),
    ],
)
def test_the_domain_that_was_registered(name: str, domain: str | None) -> None:
    """By the list of public suffixes, of an address or of a host's name."""
    assert registrable_domain(name) == domain


@given(st.text(max_size=40))
def test_any_name_has_a_domain_digits_and_network_or_none(name: str) -> None:
    """Whatever a name holds, deriving from it does not fail, and says the same again."""
    for derive in (registrable_domain, network, first_digits(8)):
        assert derive(name) == derive(name) != ""


@given(st.sampled_from(PARENT_LEVELS), st.none() | st.just("named"))
def test_what_the_event_names_stands(level: str, named: str | None) -> None:
    """A level is derived only where the event does not name it; nothing else changes."""
    sender = Sender("106900012345", **({level: named} if named else {}))
    derived = with_derived(sender, [Derivation(level, "id", first_digits(4))])
    assert getattr(derived, level) == (named or "1069")
    others = [of for of in PARENT_LEVELS if of != level]
    assert [getattr(derived, of) for of in others] == [None] * len(others)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "must be CSV whose header has the column prefix; found none"),
        ("code\n1069\n", "must be CSV whose header has the column prefix; found none"),
        ("prefix\n", "must hold a prefix; found none"),
        ("prefix,name\n,x\n", "must hold names: a name must not be empty (in line 2)"),
        ("prefix,name\n1,a\n1,b\n", "must hold each prefix once; found 1 again in line 3"),
        ('prefix\n"1"2\n', "must be CSV; ',' expected after '\"' (after line 1)"),
    ],
)
def test_a_table_of_prefixes_that_is_wrong(text: str, problem: str) -> None:
    """One line says which rule it breaks, and where."""
    with pytest.raises(ValueError, match=r"^must") as error:
        parse_prefixes(text)
    assert str(error.value) == problem


def test_the_file_of_prefixes_is_part_of_the_hash(tmp_path: Path) -> None:
    """The same contents give the same hash wherever the file is; others give another."""
    here, there = tmp_path / "codes.csv", tmp_path / "copy.csv"
    for path in (here, there):
        path.write_text("prefix,name\n1069,carrier\n")
    count = {"levels": ["sender", "access_code", "all"]}

    def config_hash(**table: object) -> str:
        return parse_config({"count": count, "levels": {"access_code": table}}).hash

    before = config_hash(prefixes=str(here))
    assert before == config_hash(prefixes=str(there)) != config_hash(digits=4)
    there.write_text("prefix,name\n1069,another\n")
    assert before != config_hash(prefixes=str(there))
    there.write_text("nothing\n")
    with pytest.raises(ConfigError, match=r"levels\.access_code\.prefixes must be CSV whose"):
        config_hash(prefixes=str(there))
