"""The one form in which a source's senders are counted, whatever format or topic they came by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from streams.config.sources import SenderAs
from streams.items import MAX_NAME_BYTES, Sender, name_problem
from streams.names.canonical import canonical
from streams.names.numbers import digits_of, e164
from streams.sources.batch import sender_key
from streams.sources.rejects import Undecodable

_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
_ADDRESS = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>\s*\Z")


_FIELDS = Sender.__struct_fields__

NAMES_CACHED = 100_000


class SenderForm:
    """Brings the names of senders to one form, and refuses those that are none.

    Parameters
    ----------
    sender_as
        As what sender ids are read; ``"as_is"`` also takes those that look like shortened numbers.
    country
        Whose numbers those without a country's code are, as two letters.

    Attributes
    ----------
    changed
        How many names it has changed.

    Examples
    --------
    >>> form = SenderForm()
    >>> form.sender(Sender("\uff11\uff10\uff16\uff19")).id, form.changed
    ('1069', 1)
    >>> SenderForm("domain").sender(Sender("Shop <news@Shop.example>")).id
    'shop.example'
    """

    def __init__(self, sender_as: SenderAs | None = None, country: str | None = None) -> None:
        self.changed = 0
        self._known: dict[str, str] = {}
        """The form of names that many senders have: all but their ids."""
        readings: dict[SenderAs, Callable[[str], str | None]] = {
            "digits": digits_of,
            "e164": lambda number: e164(number, country),
            "address": address_of,
            "domain": domain_of,
        }
        self._as = sender_as
        self._read = None if sender_as is None else readings.get(sender_as)

    def keeps(self, ids: Iterable[str]) -> bool:
        """Whether all of these ids, which msgspec has decoded as names, have the one form.

        It is asked of many at once: mostly they are letters and digits, and no other rule is set.
        """
        return self._read is None and "".join(ids).encode().isalnum()  # of bytes: only ASCII's

    def sender(self, sender: Sender) -> Sender:
        """Return the sender in one form; the same object where it has that form.

        Raises
        ------
        Undecodable
            Where a name breaks a rule, or nothing of it can be seen.
        """
        only_id = sender_key(sender)
        if type(only_id) is str:
            name = self.name("id", only_id)
            return sender if name is only_id else Sender(name)
        changed: dict[str, str] = {}
        for field, text in zip(_FIELDS, msgspec.structs.astuple(sender), strict=True):
            if text is not None:
                name = self.name(field, text)
                if name is not text:
                    changed[field] = name
        return msgspec.structs.replace(sender, **changed) if changed else sender

    def name(self, field: str, text: str) -> str:
        """Return a field's name in one form.

        Raises
        ------
        Undecodable
            As `sender`.
        """
        if field != "id":
            known = self._known.get(text)
            if known is None:
                if len(self._known) >= NAMES_CACHED:
                    self._known.clear()
                known = self._known[text] = self._in_form(field, text)
            name = known
        else:
            name = self._in_form(field, text)
        if name == text:
            return text
        self.changed += 1
        return name

    def _in_form(self, field: str, text: str) -> str:
        if text.isascii() and text.isalnum() and len(text) <= MAX_NAME_BYTES:
            name = text  # nearly all: no other form changes that
        else:
            problem = name_problem(text)
            if problem is not None:
                raise Undecodable("bad_name", f"sender.{field} {problem}")
            name = canonical(text)
        if field == "id":
            name = self._id(name)
        if name == text:
            return text
        problem = "must hold a character that is seen" if not name else name_problem(name)
        if problem is not None:
            raise Undecodable("bad_name", f"sender.{field} {problem}")
        return name

    def _id(self, name: str) -> str:
        if self._as != "as_is" and "+" in name and _SCIENTIFIC.fullmatch(name):
            raise Undecodable(
                "bad_name",
                "sender.id must be written out; found a number such as 1.069E+11, as a spreadsheet"
                " shortens it: the digits that it leaves out are lost. Where names are of that"
                ' form, set sender_as to "as_is"',
            )
        if self._read is None:
            return name
        read = self._read(name)
        if read is None:
            raise Undecodable(
                "bad_name", f"sender.id must hold {_WANTED[self._as or 'digits']}; found none"
            )
        return read


_WANTED: dict[SenderAs, str] = {
    "digits": "digits",
    "e164": "a telephone number",
    "address": "an address such as news@shop.example",
    "domain": "a domain, or an address such as news@shop.example",
}


def address_of(name: str) -> str | None:
    """Return the address in a name such as ``Shop <news@shop.example>``.

    Examples
    --------
    >>> address_of("Shop <news@shop.example>"), address_of("news@shop.example"), address_of("Shop")
    ('news@shop.example', 'news@shop.example', None)
    """
    found = _ADDRESS.search(name)
    address = found[1] if found else name
    local, at, host = address.rpartition("@")
    return canonical(address) if local and at and host and " " not in address else None


def domain_of(name: str) -> str | None:
    """Return the domain of an address, or a name that is one.

    Examples
    --------
    >>> domain_of("Shop <news@mail.shop.example>"), domain_of("shop.example"), domain_of("Shop")
    ('mail.shop.example', 'shop.example', None)
    """
    host = (address_of(name) or name).rpartition("@")[2]
    return host if "." in host.strip(".") and " " not in host else None
