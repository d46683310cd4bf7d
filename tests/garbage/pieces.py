"""What goes wrong in texts, numbers and times, and bytes bent at random."""

from __future__ import annotations

import random

LONG = "长" * 86  # 258 bytes of UTF-8, 86 characters
NAMES = (
    "",
    " ",
    "\t",
    "\0",
    "a\x1fb",
    "\x7f",
    "a\x85b",
    "\ud800",
    "\udfff\ud800",
    "\ufeffa",
    "\u202eabc",
    "e\u0301" * 40,
    "\U0001f600" * 64,
    "\U0001f600" * 65,
    LONG,
    LONG[:-1],
    "x" * 256,
    "x" * 257,
    "x" * 10_000,
    "null",
    "../../etc/passwd",
    "=1+1",
    '"',
    "\\",
    "a,b",
    "a\r\nb",
    "'; --",
    "%s%n",
    "NaN",
    "sender/1",
)
TIMES = (
    "2026-11-11T00:00:01",
    "2026-11-11t00:00:01z",
    "2026-11-11 00:00:01+00:00",
    "2026-11-11T00:00:01,5Z",
    "2026-11-11T00:00:60Z",
    "2026-11-11T24:00:00Z",
    "2026-02-30T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999-23:59",
    "10000-01-01T00:00:00Z",
    "2026-11-11T00:00:01+24:00",
    "2026-11-11T00:00:01.123456789012345678901234567890Z",
    "-2026-11-11T00:00:01Z",
    "２０２６-11-11T00:00:01Z",
    "2026-11-11",
    "20261111",
    "1e400",
    "1783036800",
    "1783036800000",
    "-1",
    "99999999999999999999",
    "Mon, 9 Mar 2026 17:52:09 +0000",
    "Mon, 9 Mar 0026 17:52:09 +9999",
)
NUMBERS = (
    *("0", "-0", "-1", "1", "1.0", "1.5", "01", "+1", "1e3", "1e400", "-1e400", "1e-400"),
    *("2147483648", "9223372036854775807", "9223372036854775808", "18446744073709551616"),
    *("1000000000", "1000000001", "9" * 400, "NaN", "Infinity", "-Infinity", "0x10", "1_000"),
)
WORDS = (
    *("send", "complaint", "end", "Send", "sms", "email", "voice", "fax", "marketing", "fraud"),
    *("other", "explicit", "none", "unknown", "true", "null", "1"),
)
BYTES = (
    *(b'"', b"\\", b"\n", b"\r\n", b"\0", b"\xff", b"\xc2\x80", b"\xed\xa0\x80", b"\xc0\xaf"),
    *(b",", b":", b"{", b"}", b"[", b"]", b"\xef\xbb\xbf", b"\xff\xfe", b"\x7f", b"--", b"From "),
    *(b"\\ud800", b"\\u0000", b"//", b"/**/", b"\x1f\x8b"),
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "gb18030", "cp037", "utf-7")


def bent_text(chance: random.Random, text: str) -> str:
    """Another text: one of those that go wrong, or this one with a piece changed."""
    match chance.randrange(6):
        case 0 | 1:
            return chance.choice(NAMES)
        case 2:
            return chance.choice(TIMES)
        case 3:
            return chance.choice(WORDS)
        case 4:
            at = chance.randint(0, len(text))
            return text[:at] + chance.choice(NAMES)[:20] + text[at + chance.randint(0, 3) :]
        case _:
            return text[: chance.randint(0, len(text))]


def bent_bytes(chance: random.Random, content: bytes) -> bytes:
    """A few pieces overwritten, left out, doubled, or cut off."""
    bent = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(bent))
        to = min(len(bent), at + chance.choice((0, 1, 1, 2, 4, 40)))
        match chance.randrange(6):
            case 0:
                bent[at:to] = chance.choice(BYTES)
            case 1:
                bent[at:to] = chance.randbytes(chance.randint(0, 8))
            case 2:
                bent[at:to] = bytes(bent[at:to]) * 2
            case 3 if at < len(bent):
                bent[at] ^= 1 << chance.randrange(8)
            case 4:
                del bent[at:to]
            case _ if chance.random() < 0.3:
                del bent[at:]
    return bytes(bent)


def recoded(chance: random.Random, content: bytes) -> bytes:
    """The same text in an encoding that was not agreed on."""
    text = content.decode("utf-8", "replace")
    return text.encode(chance.choice(ENCODINGS), "ignore")
