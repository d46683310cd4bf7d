"""Which names could be taken for one another: by Unicode's table of confusable characters.

Pure. The table is that of a package of a fixed version, so that it is the same on every Python.
"""

from __future__ import annotations

import zlib
from functools import cache
from typing import NamedTuple

import unicodedata2


class _Prototypes(NamedTuple):
    """Prototypes of all characters, and those of ASCII in a form that is quick to apply."""

    all: dict[int, str]
    ascii_one: bytes
    ascii_more: list[tuple[str, str]]


@cache
def _prototypes() -> _Prototypes:
    from confusable_homoglyphs.confusables import (
        confusables_data,
    )  # when it is asked for: it is slow

    parent: dict[str, str] = {}

    def root(text: str) -> str:
        while (above := parent.setdefault(text, text)) != text:
            text = above
        return text

    for text, alike in confusables_data.items():
        for other in alike:
            # The prototype is of ASCII where one is, and the longest: rn, which m looks like.
            first, second = sorted(
                (root(text), root(other["c"])),
                key=lambda each: (not each.isascii(), -len(each), each),
            )
            parent[second] = first
    prototypes = {ord(text): root(text) for text in list(parent) if len(text) == 1}
    ascii_one = bytearray(range(256))
    ascii_more = []
    for code in range(128):
        prototype = prototypes.get(code, chr(code))
        if len(prototype) == 1:
            ascii_one[code] = ord(prototype)
        else:
            ascii_more.append((chr(code), prototype))
    return _Prototypes(prototypes, bytes(ascii_one), ascii_more)


def skeleton(name: str) -> bytes:
    """Return what all names have in common that look like this one; it is not for people to read.

    Examples
    --------
    >>> skeleton("c\u043ede007") == skeleton("codeOO7") == skeleton("code007")
    True
    >>> skeleton("106900012345") == skeleton("106900012346")
    False
    """
    table = _prototypes()
    if not name.isascii():
        decomposed = unicodedata2.normalize("NFD", name).translate(table.all)
        name = str(unicodedata2.normalize("NFD", decomposed))
        if not name.isascii():
            return name.encode()
    for character, prototype in table.ascii_more:
        if character in name:
            name = name.replace(character, prototype)
    return name.encode().translate(table.ascii_one)


def print_of(name: str) -> int:
    """Return a number below 2**32 that names with one skeleton share, and few others."""
    return zlib.crc32(skeleton(name))
