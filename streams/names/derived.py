"""Levels that no event names: derived from another name of the sender, by a table or by its form.

Pure. A derivation depends on nothing but the name, so that the same sender always belongs to the
same entities.
"""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import msgspec
from publicsuffixlist import PublicSuffixList

from streams.items import Level, Sender, name_problem

Derive = Callable[[str], str | None]
"""Gives the name at a level that follows from another name; None where none does."""

NETWORK_BITS = {4: 24, 6: 64}
"""Bits of an address that name its network, by version: what one customer is usually given."""


class Derivation(NamedTuple):
    """How a level follows from a field of `Sender`.

    Attributes
    ----------
    level
        The level, a field of `Sender` too.
    field
        The field that it follows from.
    derive
        How.
    """

    level: Level
    field: str
    derive: Derive


def with_derived(sender: Sender, derivations: Sequence[Derivation]) -> Sender:
    """Return a sender with the levels that follow from its names; what the event names stands.

    Examples
    --------
    >>> by_digits = Derivation("access_code", "id", first_digits(4))
    >>> with_derived(Sender("106900012345"), [by_digits]).access_code
    '1069'
    >>> with_derived(Sender("106900012345", access_code="10690001"), [by_digits]).access_code
    '10690001'
    """
    found: dict[str, str] = {}
    for level, field, derive in derivations:
        name = getattr(sender, field)
        if name is None or getattr(sender, level) is not None:
            continue
        derived = derive(name)
        if derived is not None:
            found[level] = derived
    return msgspec.structs.replace(sender, **found) if found else sender


def longest_prefix(names: Mapping[str, str]) -> Derive:
    """Give the name of the longest prefix in a table.

    Examples
    --------
    >>> of = longest_prefix({"1069": "carrier", "10690001": "Shop Ltd"})
    >>> of("106900012345"), of("10691"), of("95588")
    ('Shop Ltd', 'carrier', None)
    """
    lengths = sorted({len(prefix) for prefix in names}, reverse=True)

    def derive(name: str) -> str | None:
        for length in lengths:
            found = names.get(name[:length])
            if found is not None:
                return found
        return None

    return derive


def first_digits(number: int) -> Derive:
    """Give the first digits of a number, all where it has fewer; what is no number has none.

    Examples
    --------
    >>> of = first_digits(8)
    >>> of("106900012345"), of("+44 20 7946 0018"), of("95588"), of("shop")
    ('10690001', '44207946', '95588', None)
    """
    return lambda name: digits[:number] if (digits := _digits(name)) else None


def _digits(name: str) -> str | None:
    digits = name.removeprefix("+").replace(" ", "").replace("-", "")
    return digits if digits.isascii() and digits.isdigit() else None


def registrable_domain(name: str) -> str | None:
    """Give the domain that somebody registered, of an address or a host's name.

    Below a suffix that is open to all, such as ``github.io``, each name is its own. A top-level
    domain that the list of public suffixes does not have counts as such a suffix.

    Examples
    --------
    >>> registrable_domain("news@mail.shop.co.uk"), registrable_domain("a.b.example")
    ('shop.co.uk', 'b.example')
    >>> registrable_domain("mail.网店.公司.cn"), registrable_domain("192.0.2.7")
    ('网店.公司.cn', None)
    """
    host = name.rpartition("@")[2].rstrip(".").lower()
    labels = host.split(".")
    if len(labels) < 2 or "" in labels or not host.isprintable() or " " in host:
        return None
    if labels[-1].isdigit():
        return None  # an IP address
    try:
        suffix = _public_suffixes().privatesuffix(".".join(map(_ascii_label, labels)))
    except UnicodeError:
        return None
    return None if suffix is None else ".".join(labels[-(suffix.count(".") + 1) :])


@cache
def _public_suffixes() -> PublicSuffixList:
    # The list in the package: it reads no other, and fetches nothing.
    return PublicSuffixList()


def _ascii_label(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"


def network(name: str) -> str | None:
    """Give the network of an IP address: the first 24 bits of version 4, 64 of version 6.

    Examples
    --------
    >>> network("192.0.2.7"), network("[2001:db8::5:1]"), network("shop")
    ('192.0.2.0/24', '2001:db8::/64', None)
    >>> network("::ffff:192.0.2.7")
    '192.0.2.0/24'
    """
    try:
        address = ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    bits = NETWORK_BITS[address.version]
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def parse_prefixes(text: str) -> dict[str, str]:
    r"""Read a table of prefixes: CSV with a column ``prefix`` and, if wanted, ``name``.

    Raises
    ------
    ValueError
        With the rule that it breaks, and the line.

    Examples
    --------
    >>> parse_prefixes("prefix,name\n10690001,Shop Ltd\n10690002,\n")
    {'10690001': 'Shop Ltd', '10690002': '10690002'}
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    out: dict[str, str] = {}
    try:
        if "prefix" not in (rows.fieldnames or ()):
            raise ValueError("must be CSV whose header has the column prefix; found none")
        for row in rows:
            prefix = (row["prefix"] or "").strip()
            name = (row.get("name") or "").strip() or prefix
            where = f"in line {rows.line_num}"
            problem = name_problem(prefix) or name_problem(name)
            if problem is not None:
                raise ValueError(f"must hold names: a name {problem} ({where})")
            if out.setdefault(prefix, name) != name:
                raise ValueError(f"must hold each prefix once; found {prefix} again {where}")
    except csv.Error as error:
        raise ValueError(f"must be CSV; {error} (after line {rows.line_num})") from None
    if not out:
        raise ValueError("must hold a prefix; found none")
    return out
