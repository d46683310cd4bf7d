"""Hosts, ports and brokers: which cannot be called or bound, by their form alone."""

from __future__ import annotations

import ipaddress
import re

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DNS_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.ASCII)
_LOOKS_LIKE_IPV4 = re.compile(r"[0-9]+.[0-9]+.[0-9]+.[0-9]+")  # any character between, as httpx
_LONGEST_NAME = 253

_HOST_RULE = "must be an IP address or a DNS name, without a port, brackets or blanks"
_PORT_RULE = "must have a port from 1 to 65535, or none"


def host_problem(text: str) -> str | None:
    """Say why nothing can listen at a host, or be reached there; None where it can.

    Examples
    --------
    >>> host_problem("monitor.example"), host_problem("::1"), host_problem("127.0.0.1")
    (None, None, None)
    >>> host_problem("a b") == host_problem("[::1]") == host_problem("a..b") == host_problem("1:2")
    True
    """
    if ":" in text:
        return None if _is_ip(text) else _HOST_RULE
    if _LOOKS_LIKE_IPV4.fullmatch(text):
        return None if _is_ip(text) else _HOST_RULE
    return None if _DNS_NAME.fullmatch(text) and len(text) <= _LONGEST_NAME else _HOST_RULE


def brokers_problem(text: str) -> str | None:
    """Say what is wrong with ``host:port[,host:port]``; None where nothing is.

    Examples
    --------
    >>> brokers_problem("kafka-1:9092, kafka-2:9092"), brokers_problem("[::1]:9092")
    (None, None)
    >>> brokers_problem("kafka-1:9092,")
    'must be host:port, several of them separated by commas; an IPv6 address in brackets'
    >>> brokers_problem("kafka-1:99999")
    'must have a port from 1 to 65535, or none'
    """
    for address in text.split(","):
        host, port = _host_and_port(address.strip(" "))
        if host_problem(host) is not None:
            return (
                "must be host:port, several of them separated by commas; an IPv6 address in"
                " brackets"
            )
        if port is not None and not _is_port(port):
            return _PORT_RULE
    return None


def process_problem(text: str) -> str | None:
    """Say what is wrong with ``host:port`` of a process; None where nothing is.

    Examples
    --------
    >>> process_problem("host-1:9101"), process_problem("host-1")
    (None, 'must be host:port of the metrics of a process, such as "host-1:9101"')
    """
    host, port = _host_and_port(text)
    if host_problem(host) is not None or port is None or not _is_port(port):
        return 'must be host:port of the metrics of a process, such as "host-1:9101"'
    return None


def _host_and_port(text: str) -> tuple[str, str | None]:
    """Split ``host:port`` or ``[host]:port``; what is no such text is all host."""
    if text.startswith("["):
        inside, closing, after = text[1:].partition("]")
        if closing and ":" in inside and (not after or after.startswith(":")):
            return inside, after[1:] if after else None
        return text, None
    host, colon, port = text.partition(":")
    if ":" in port:
        return "", None  # an IPv6 address without brackets
    return host, port if colon else None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
