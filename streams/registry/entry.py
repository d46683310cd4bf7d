"""The entries of the registry: what was declared about a code, a signature, and so on.

An entry is the whole of what is known about its key: a newer one takes its place. Names in it have
the form in which events name them (`streams.names.canonical`). What an entry leaves out is not
restricted: without `categories`, any category is within its scope.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, TypeAlias, cast

import msgspec

from streams.items import Name
from streams.registry.watch import WATCH, WatchEntry

ENTRY_FORM = 1
"""The form of the topic's values that is written."""

MOST_NAMES = 500
"""Categories or regions in an entry."""

LONGEST_ENTRY = 16_384
"""Bytes of an entry's JSON."""

LONGEST_CODE = 32
"""Digits of a number with its extension; the longest that networks carry is 21."""

Names = Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_NAMES)]

MessageKind = Literal["marketing", "notice", "verification"]
"""What messages are for. A complaint of the kind `marketing` shows that a message was marketing."""


class _Dated(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """An entry with the days on which it holds, both included; None is without end."""

    valid_from: dt.date | None = None
    valid_until: dt.date | None = None

    def holds_on(self, day: int) -> bool:
        """Whether it holds on a day, by its number: `streams.counts.bucket.Buckets.day`."""
        begin, end = self.valid_from, self.valid_until
        return (begin is None or begin.toordinal() <= day) and (
            end is None or day <= end.toordinal()
        )


class CodeEntry(_Dated, frozen=True, gc=False, omit_defaults=True, tag_field="kind", tag="code"):
    """An access code, and all numbers that extend it.

    Attributes
    ----------
    id
        The code. One of digits only covers every longer number that begins with it.
    holder, account, carrier
        To whom it was given, the account that sends by it, and the network.
    categories, regions, kinds
        Its declared scope; empty is any.
    parent
        The code that it was taken from.
    length
        Digits of the longest number that it covers, extension included; None is any.
    """

    id: Name
    holder: Name | None = None
    account: Name | None = None
    carrier: Name | None = None
    categories: Names = ()
    regions: Names = ()
    kinds: tuple[MessageKind, ...] = ()
    parent: Name | None = None
    length: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_CODE)] | None = None


class SignatureEntry(
    _Dated, frozen=True, gc=False, omit_defaults=True, tag_field="kind", tag="signature"
):
    """A signature: whose it is, and what it may be used for. `FilingEntry` says on which codes."""

    id: Name
    owner: Name | None = None
    categories: Names = ()
    regions: Names = ()
    kinds: tuple[MessageKind, ...] = ()


class MerchantEntry(
    _Dated, frozen=True, gc=False, omit_defaults=True, tag_field="kind", tag="merchant"
):
    """A merchant: the platform that it belongs to, and its lines of business."""

    id: Name
    platform: Name | None = None
    categories: Names = ()
    regions: Names = ()


class PlatformEntry(
    _Dated, frozen=True, gc=False, omit_defaults=True, tag_field="kind", tag="platform"
):
    """A platform: who runs it, and its lines of business."""

    id: Name
    operator: Name | None = None
    categories: Names = ()


class FilingEntry(
    _Dated, frozen=True, gc=False, omit_defaults=True, tag_field="kind", tag="filing"
):
    """That a signature may be sent from a code, and from the numbers that extend it."""

    code: Name
    signature: Name

    @property
    def id(self) -> str:
        """The code and the signature."""
        return f"{self.code}/{self.signature}"


Entry: TypeAlias = (
    CodeEntry | SignatureEntry | MerchantEntry | PlatformEntry | FilingEntry | WatchEntry
)
"""What a row may hold: something that was declared, or a watch."""

EntryKind = Literal["code", "signature", "merchant", "platform", "filing", "watch"]

ENTRY_TYPES: dict[EntryKind, type[Any]] = {
    "code": CodeEntry,
    "signature": SignatureEntry,
    "merchant": MerchantEntry,
    "platform": PlatformEntry,
    "filing": FilingEntry,
}
"""The kinds of entries that people declare, in the order in which they are listed."""

ROW_TYPES: dict[EntryKind, type[Any]] = {**ENTRY_TYPES, WATCH: WatchEntry}
"""All kinds of rows."""


def kind_of(entry: Entry) -> EntryKind:
    """Return the kind of an entry.

    Examples
    --------
    >>> kind_of(CodeEntry(id="10690001"))
    'code'
    """
    return cast("EntryKind", entry.__struct_config__.tag)


def key_of(entry: Entry) -> str:
    """Return the key of an entry: unique among all kinds.

    Examples
    --------
    >>> key_of(CodeEntry(id="10690001")), key_of(FilingEntry(code="10690001", signature="Mall"))
    ('code/10690001', 'filing/10690001/Mall')
    """
    return f"{kind_of(entry)}/{entry.id}"


def split_key(key: str) -> tuple[EntryKind, str]:
    """Return the kind and id of a key that `key_of` made.

    Examples
    --------
    >>> split_key("filing/10690001/Mall")
    ('filing', '10690001/Mall')
    """
    kind, _, name = key.partition("/")
    return cast("EntryKind", kind), name
