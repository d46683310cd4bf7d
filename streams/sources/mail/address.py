"""Addresses, domains and comments in the fields of a mail."""

from __future__ import annotations

import ipaddress
import re

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_MAILBOX = re.compile(r"(?:<[^<>]*>|[^,<>])+")
_IN_ANGLES = re.compile(r"<([^<>]*)>")
_HOST = re.compile(r"[^\s<>,;:()\[\]]+")
_LITERAL = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]+)\]", re.IGNORECASE)
_TYPE = re.compile(r"\A\s*[A-Za-z0-9-]+\s*;\s*")


def without_comments(text: str) -> tuple[str, list[str]]:
    """Return a field without what stands in brackets, and that.

    Examples
    --------
    >>> without_comments('192.0.2.1 (a (b) mail) "(c)"')
    ('192.0.2.1  "(c)"', ['a (b) mail'])
    >>> without_comments("a (b")
    ('a ', ['b'])
    """
    kept: list[str] = []
    comments: list[list[str]] = []
    depth, quoted, index = 0, False, 0
    while index < len(text):
        character = text[index]
        taken = text[index : index + 2] if character == "\\" else character
        index += len(taken)
        if character == '"' and not depth:
            quoted = not quoted
        if character == "(" and not quoted:
            depth += 1
            if depth == 1:
                comments.append([])
                continue
        elif character == ")" and depth:
            depth -= 1
            if not depth:
                continue
        (comments[-1] if depth else kept).append(taken)
    return "".join(kept), ["".join(comment) for comment in comments]


def address_in(text: str) -> str | None:
    """Return the first address in a field such as From, without names, quotes and comments.

    Examples
    --------
    >>> address_in('"a@b.example" <Shop@Mail.Example> (c@d.example)')
    'Shop@Mail.Example'
    >>> address_in("rfc822; news@shop.example"), address_in("Shop <news>")
    ('news@shop.example', None)
    """
    plain = _QUOTED.sub("", without_comments(text)[0])
    for mailbox in _MAILBOX.findall(plain):
        in_angles = [inner for inner in _IN_ANGLES.findall(mailbox) if "@" in inner]
        address = in_angles[-1] if in_angles else _TYPE.sub("", mailbox, count=1)
        local, at, host = address.rpartition("@")
        found = _LITERAL.match(host.strip()) or _HOST.match(host.strip())
        if at and found is not None:
            words = local.replace(":", " ").split()
            return f"{words[-1] if words else ''}@{found[0]}"
    return None


def domain_in(text: str) -> str | None:
    """Return the domain of the first address in a field, or the domain that it is.

    Examples
    --------
    >>> domain_in("Shop <news@Mail.Example.>"), domain_in("Mail.Example (ours)")
    ('mail.example', 'mail.example')
    >>> domain_in("news@[192.0.2.1]"), domain_in("Shop <news@localhost>"), domain_in("unknown")
    ('192.0.2.1', None, None)
    """
    plain = without_comments(text)[0]
    host = (address_in(text) or plain.strip("<> ")).rpartition("@")[2]
    literal = _LITERAL.fullmatch(host)
    if literal is not None:
        return ip_in(literal[1])
    name = host.replace("\u3002", ".").strip(".").lower()
    return name if "." in name and _HOST.fullmatch(name) is not None else None


def ip_in(text: str) -> str | None:
    """Return an internet address in its usual form, without brackets and comments.

    Examples
    --------
    >>> ip_in("[192.0.2.1] (mail.shop.example)"), ip_in("2001:DB8::0:1"), ip_in("x.x.x.x")
    ('192.0.2.1', '2001:db8::1', None)
    """
    plain = without_comments(text)[0].strip().strip("[]").strip()
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
