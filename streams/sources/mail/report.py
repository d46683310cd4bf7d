"""A feedback report: what a mail says that somebody complained about, and how.

It comes in three shapes: a multipart with a part for machines (RFC 5965), a multipart that only
holds the mail, and the bare mail. The last two are those of Microsoft's loop, which says by a
field of its own in the mail's header that somebody complained.
"""

from __future__ import annotations

from typing import Self

from streams.items import ComplaintKind
from streams.sources.mail.address import address_in, domain_in, ip_in, without_comments
from streams.sources.mail.date import UnreadableDate, date_text
from streams.sources.mail.header import Header
from streams.sources.mail.mailbox import mbox_date
from streams.sources.mail.parts import parts_of
from streams.sources.rejects import Undecodable

_COMPLAINT_OF = "X-HmXmrOriginalRecipient"
"""Microsoft's field: who complained about the mail in whose header it stands."""

_MACHINE = "message/feedback-report"
_ORIGINALS = (
    *("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"),
    *("text/rfc822-header", "message/global-headers"),
)

KINDS: dict[str, ComplaintKind] = {"fraud": "fraud", "virus": "illegal"}
"""Kinds of complaint by feedback type; for the others it is the source's."""

_COMPLAINTS = ("abuse", "fraud", "virus", "other")

_NO_COMPLAINT = (
    *("not-spam", "auth-failure", "opt-out", "opt-out-list", "dmarc", "dkim-failure", "xarf"),
    "miscategorized",
)
"""Feedback types that are none, by name: what a report holds is in no message."""

NO_DATE = "?"
"""Stands for a date that cannot be read."""

_ADDRESSES = frozenset(
    (
        *("from", "sender", "reply-to", "return-path", "errors-to", "x-sid-pra", "to", "cc"),
        *("original-mail-from", "original-rcpt-to", "original-from", "removal-recipient"),
    )
)
_INTERNET = frozenset(("source-ip", "x-originating-ip", "x-reporter-ip"))
_RECIPIENTS = ("Original-Rcpt-To", "Removal-Recipient", "Redacted-Address")
_HIDDEN = frozenset(("redacted", "undisclosed", "hidden", "anonymous"))
"""What providers write in place of the local part of an address."""


class Report:
    """A feedback report.

    Parameters
    ----------
    raw
        The mail, with or without the line by which an mbox begins it.

    Raises
    ------
    Undecodable
        Where it is no report.
    """

    def __init__(self, raw: bytes) -> None:
        raw = raw.lstrip(b"\r\n")
        first = raw[:500].partition(b"\n")[0]
        self._mbox_date = mbox_date(first) if first.startswith(b"From ") else None
        self._header, body = Header.split(raw)
        parts = parts_of(self._header, body)
        machine = next((part for part in parts if part.type == _MACHINE), None)
        originals = [Header.split(part.content)[0] for part in parts if part.type in _ORIGINALS]
        self._bare = False
        if machine is not None:
            self._fields = Header.split(machine.content.lstrip(b"\r\n"))[0]
            self._original = originals[0] if originals else Header(b"")
            text = without_comments(self._fields.first("Feedback-Type") or "")[0]
            self._type: str | None = text.strip().lower()
            return
        self._fields, self._type = Header(b""), None
        complained = next((found for found in originals if _COMPLAINT_OF in found), None)
        if complained is None and _COMPLAINT_OF in self._header:
            complained, self._bare = self._header, True
        if complained is None:
            raise self._no_report()
        self._original = complained

    def complaint(self) -> Self:
        """Return the report, if it is a complaint.

        Raises
        ------
        Undecodable
            Where it is none.
        """
        if self._type is None or self._type in _COMPLAINTS:
            return self
        if not self._type:
            raise Undecodable("missing", "Feedback-Type must be given; found nothing")
        found = self._type if self._type in _NO_COMPLAINT else "something else"
        raise Undecodable(
            "not_a_complaint", f"Feedback-Type must be abuse, fraud, virus or other; found {found}"
        )

    def _no_report(self) -> Undecodable:
        if "X-ARF" in self._header or "X-XARF" in self._header:
            return Undecodable(
                "not_a_complaint", "a report must be about a mail; found an X-ARF report"
            )
        return Undecodable(
            "not_a_report",
            f"a record must be mail with a part {_MACHINE}, or with {_COMPLAINT_OF} in the header"
            " of the mail that it is about",
        )

    def text(self, name: str) -> str | None:
        """Return a field of the report, or else of the mail that it is about."""
        return self._fields.first(name) or self._original.first(name)

    def kind(self, name: str) -> str | None:
        """Return the text that says of what kind the complaint is."""
        return self._type if name.lower() == "feedback-type" else self.text(name)

    def time(self, name: str) -> str | None:
        """Return when it was filed: by the named field, or else by the ways of the mail."""
        text = None if self._bare and name.lower() == "date" else self._own(name)
        if text is not None:
            return _date("time", text)
        filed = self._received() or _or_none(self._mbox_date)
        if filed is not None:
            return filed
        arrived = self.text("Arrival-Date") or self.text("Received-Date") or self._arrival()
        text = arrived or (self._original.first("Date") if self._bare else None)
        return None if text is None else _date("time", text)

    def occurred_at(self, name: str) -> str | None:
        """Return when the mail came; what is no date is `NO_DATE`, so that none of it gets out."""
        text = self.text(name) or self.text("Received-Date") or self._arrival()
        return None if text is None else _or_none(text) or NO_DATE

    def sender(self, name: str) -> str | None:
        """Return the sender that a field names."""
        texts = self._fields.all(name) or self._original.all(name)
        match name.lower():
            case "reported-domain":
                return self._reported(texts)
            case lower if lower in _ADDRESSES:
                found = [domain_in(address) for address in map(address_in, texts) if address]
                return next((domain for domain in found if domain is not None), None)
            case lower if lower in _INTERNET:
                return next((found for found in map(ip_in, texts) if found is not None), None)
            case _:
                return _plain(texts[0]) if texts else None

    def reporter(self, name: str) -> str | None:
        """Return who complained, in lower case; None where several could have been it."""
        texts = self._fields.all(name) or self._original.all(name)
        people = {(address_in(text) or text.strip("<> ")).lower() for text in texts}
        named = sorted(one for one in people if one.partition("@")[0] not in _HIDDEN)
        return named[0] if len(named) == 1 else None

    def event_id(self, name: str) -> str | None:
        """Return the id of the report; None for a bare mail, whose id all who got it have."""
        text = None if self._bare and name.lower() == "message-id" else self._own(name)
        return None if text is None else text.strip("<> ")

    def _own(self, name: str) -> str | None:
        """Return a field of the report's header, or else of its fields."""
        return self._header.first(name) or self._fields.first(name)

    def _received(self) -> str | None:
        """Return the date of the report's topmost field Received that has one."""
        if self._bare:
            above = self._header.before(_COMPLAINT_OF, "Received")
            return None if above is None else _date_of_receipt(above)
        dates = map(_date_of_receipt, self._header.all("Received"))
        return next((date for date in dates if date is not None), None)

    def _arrival(self) -> str | None:
        """Return when a mail that Microsoft's loop reports came, by its own field Received."""
        text = self._original.after(_COMPLAINT_OF, "Received")
        return None if text is None else _date_of_receipt(text)

    def _reported(self, texts: list[str]) -> str | None:
        """Return the domain that is reported, if it is one, and no recipient's."""
        words = [word for text in texts for word in text.replace(",", " ").split()]
        domains = sorted({found for found in map(domain_in, words) if found is not None})
        one = domains[0] if len(domains) == 1 else None
        return None if one in self._recipients() else one

    def _recipients(self) -> set[str | None]:
        of_report = [text for name in _RECIPIENTS for text in self._fields.all(name)]
        of_mail = [text for name in ("To", _COMPLAINT_OF) for text in self._original.all(name)]
        return {domain_in(text) for text in (*of_report, *of_mail)}


def _plain(text: str) -> str:
    """Return the sender in a field of any kind: the domain of an address, or the text."""
    address = address_in(text) if "@" in text else None
    found = None if address is None else domain_in(address)
    return found or text.strip("<> ").rstrip(".").lower()


def _date(field: str, text: str) -> str:
    try:
        return date_text(*without_comments(text))
    except UnreadableDate as error:
        raise Undecodable("bad_time", f"{field} {error}") from None


def _date_of_receipt(text: str) -> str | None:
    plain, comments = without_comments(text)
    try:
        return date_text(plain.rpartition(";")[2], comments)
    except UnreadableDate:
        return None


def _or_none(text: str | None) -> str | None:
    try:
        return None if text is None else date_text(*without_comments(text))
    except UnreadableDate:
        return None
