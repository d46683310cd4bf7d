"""The one form of an id or name, whoever wrote it, and however.

Two names that a person cannot tell apart by looking are mostly one: one with a zero-width space in
it, with full-width digits, with blanks around it, or a domain in capitals. A sender who varies them
must not become many senders. What this cannot do is to take different letters for the same:
`streams.names.lookalike` says where one name could be taken for another.

Pure. The tables are those of packages of a fixed version, so that they are the same on every
Python: `unicodedata2` and `idna`, both of one version of Unicode.
"""

from __future__ import annotations

import re
from functools import lru_cache

import unicodedata2
from idna import IDNAError, uts46_remap

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001d159\U000e0000-\U000e0fff]"
)
"""Beside the category Cf: what Unicode calls default-ignorable, and two blanks that are symbols."""

_SEEN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
"""Of the category Cf, and yet visible: signs that stand before a number."""

_ASCII_HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]+\.?", re.IGNORECASE)
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def canonical(text: str) -> str:
    """Return the one form of an id or name.

    Compatible characters are one (NFKC), decimal digits are those of ASCII, invisible and
    bidirectional characters are left out, blanks stand alone and not at the ends. A name that has
    the form of a host's name, or of an address, has its domain in lower case and in Unicode: as
    UTS 46 maps it. It may become empty, where nothing of it is seen.

    Examples
    --------
    >>> canonical("１０６９\u200b0001"), canonical("  Shop\u00a0 Ltd "), canonical("\u200b")
    ('10690001', 'Shop Ltd', '')
    >>> canonical("News@Mail.SHOP.example"), canonical("xn--bcher-kva.Example"), canonical("No.1")
    ('News@mail.shop.example', 'bücher.example', 'No.1')
    """
    if not text.isascii():
        text = _visible(text)
    if "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(filter(None, text.split(" ")))
    return _with_domain(text) if "." in text or "@" in text else text


def form_of_stored(name: str) -> str:
    """Return the one form of an id that an earlier version stored as it came.

    An id of which nothing is seen stays as it is: it was counted.

    Examples
    --------
    >>> form_of_stored("10\u200b69"), form_of_stored("\u200b")
    ('1069', '\u200b')
    """
    return name if name.isascii() and name.isalnum() else canonical(name) or name


def _visible(text: str) -> str:
    """Compatible characters as one, digits as ASCII's, and nothing invisible."""
    while True:
        # What is left out may have stood between a letter and its accent.
        seen = unicodedata2.normalize("NFKC", "".join(map(_one, text)))
        if seen == text:
            return text
        text = seen


@lru_cache(maxsize=4096)
def _one(character: str) -> str:
    match unicodedata2.category(character):
        case "Cf" if character not in _SEEN:
            return ""
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Nd":
            return str(unicodedata2.decimal(character))
    return "" if _INVISIBLE.match(character) else character


def _with_domain(text: str) -> str:
    local, at, host = text.rpartition("@")
    if at:
        host = host.replace("\u3002", ".")  # the full stop of Chinese and Japanese
    is_host = _ASCII_HOST.fullmatch(host) is not None if text.isascii() else _is_host(host)
    if not is_host or (at and not local):
        return text
    labels = _mapped(host.removesuffix(".")).split(".")
    return local + at + ".".join(map(_unicode_label, labels))


def _is_host(host: str) -> bool:
    """Whether it has the form of a host's name: two labels or more, the last one not a number."""
    labels = host.removesuffix(".").split(".")
    return (
        len(labels) > 1
        and all(labels)
        and len(labels[-1]) > 1
        and unicodedata2.category(labels[-1][0])[0] == "L"
        and all(
            character in "-_" or unicodedata2.category(character)[0] in "LMN"
            for label in labels
            for character in label
        )
    )


def _mapped(host: str) -> str:
    try:
        return str(unicodedata2.normalize("NFC", uts46_remap(host, std3_rules=False)))
    except IDNAError:
        return host.translate(_LOWER)  # no domain has such a character


def _unicode_label(label: str) -> str:
    """A label of a domain in Unicode, where it is one that others encode to the same."""
    if not label.startswith("xn--") or not label.isascii():
        return label
    try:
        decoded = label.removeprefix("xn--").encode().decode("punycode")
        if f"xn--{decoded.encode('punycode').decode()}" != label:
            return label
        if uts46_remap(decoded, std3_rules=False) != decoded or _visible(decoded) != decoded:
            return label
    except (UnicodeError, IDNAError, ValueError, OverflowError):
        return label
    return label if decoded.isascii() or "." in decoded else decoded
