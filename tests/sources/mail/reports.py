"""Made samples of feedback reports, one for each kind that providers send.

All names and addresses are reserved ones. The forms are those of real loops; the words are not.
"""

from __future__ import annotations

from typing import NamedTuple

DATE = "Date: Mon, 2 Mar 2026 09:00:00 +0000"

ORIGINAL = """\
Received: from mail.shop.example by mx.provider.example; Mon, 2 Mar 2026 07:59:00 +0000
From: "Shop" <news@shop.example>
To: person@provider.example
Subject: SECRET
Message-ID: <mail-1@shop.example>
Date: Mon, 2 Mar 2026 08:00:00 +0000

SECRET words
"""


def mail(body: str, header: str = DATE, kind: str = "report", boundary: str = "bnd") -> bytes:
    """A mail of parts, each of which `body` begins with ``--bnd``."""
    head = (
        f"From: <fbl@provider.example>\n{header}\nTo: <abuse@shop.example>\nMIME-Version: 1.0\n"
        f"Message-ID: <report-1@provider.example>\nContent-Type: multipart/{kind};"
        f' report-type=feedback-report; boundary="{boundary}"\n'
    )
    return f"{head}\n{body}--{boundary}--\n".encode()


def report(
    fields: str = "Feedback-Type: abuse",
    original: str = ORIGINAL,
    header: str = DATE,
    part: str = "message/rfc822",
) -> bytes:
    """A report of three parts (RFC 5965)."""
    return mail(
        "--bnd\nContent-Type: text/plain\n\nA report on SECRET.\n\n"
        f"--bnd\nContent-Type: message/feedback-report\n\n{fields}\nUser-Agent: T/1\nVersion: 1\n\n"
        f"--bnd\nContent-Type: {part}\nContent-Disposition: inline\n\n{original}\n",
        header,
    )


class Sample(NamedTuple):
    """A report, and what is to become of it: a sender and kind, or a reject's reason."""

    raw: bytes
    sender: str | None = None
    kind: str = "other"
    reason: str = "ok"


_MICROSOFT = f"""\
X-HmXmrOriginalRecipient: person@hotmail.example
X-Reporter-IP: 192.0.2.22
{ORIGINAL}"""

_RETURN_PATH = """\
User-Agent: ReturnPathFBL/1.0
Abuse-Type: complaint
Arrival-Date: Mon, 2 Mar 2026 00:10:15 +0000
Feedback-Type: abuse
Source-IP: 192.0.2.9
Original-Rcpt-To: 0a1b@aol.example
Original-Rcpt-To: 2c3d@gmail.example
Original-Mail-From: someone@shop.example
Reported-Domain: aol.example
Reported-Domain: gmail.example"""

_AOL = """\
Feedback-Type: abuse
Received-Date: Mon, 2 Mar 2026 01:26:44 -0500 (EST)
Source-IP: 192.0.2.246
Reported-Domain: relay7.esp.example
Redacted-Address: redacted
Redacted-Address: redacted@"""

_SES = """\
Feedback-Type: abuse
Original-Mail-From: <0100018e-42@amazonses.example>
Reported-Domain: amazonses.example
Source-IP: 192.0.2.11 (a8-50.smtp-out.amazonses.example)"""

_YAHOO = """\
Feedback-Type: abuse
Original-Mail-From: <news@shop.example>
Original-Rcpt-To: person@yahoo.example
Received-Date: Mon, 2 Mar 2026 03:21:50 PST
Reported-Domain: shop.example
Authentication-Results:"""

_BADLY_FOLDED = """\
From: <news@shop.example>
Received: from mail.shop.example (mail.shop.example
[192.0.2.1]) by provider.example with ESMTP id M63;
Mon, 2 Mar 2026 07:59:00 +0000
To: <Undisclosed Recipients>

SECRET words
"""

_NO_DOMAIN = ORIGINAL.replace("<news@shop.example>", "<test>")
_NO_FROM = ORIGINAL.replace('From: "Shop" <news@shop.example>\n', "")
_INTERNATIONAL = ORIGINAL.replace("shop.example", "商店.例子")

_IN_BASE64 = """\
--bnd
Content-Type: message/feedback-report
Content-Transfer-Encoding: base64

RmVlZGJhY2stVHlwZTogYWJ1c2UNClJlcG9ydGVkLURvbWFpbjogYjY0LmV4YW1wbGUN
Cg==
"""


def _inside(outer: str) -> bytes:
    """A report within another multipart, as mailing lists and scanners send it on."""
    inner = report().replace(b"bnd", b"inner").partition(b"MIME-Version")[2]
    return mail(f"--bnd\nMIME-Version{inner.decode()}\n--bnd\n\n{outer}\n", kind="mixed")


SAMPLES: dict[str, Sample] = {
    "Microsoft, with a part for machines": Sample(report(), "shop.example"),
    "Microsoft, without one": Sample(
        mail(f"--bnd\nContent-Type: message/rfc822\n\n{_MICROSOFT}\n", kind="mixed"),
        "shop.example",
    ),
    "Microsoft, the bare mail": Sample(_MICROSOFT.encode(), "shop.example"),
    "Return Path": Sample(report(_RETURN_PATH), "shop.example"),
    "Return Path, original left out": Sample(report(_RETURN_PATH, "REDACTED\n"), "shop.example"),
    "a relay of AOL": Sample(report(_AOL), "shop.example"),
    "a relay of Amazon SES": Sample(report(_SES), "shop.example"),
    "Yahoo, with an mbox's line before the original": Sample(
        report(_YAHOO, f"From Shop.EXAMPLE Mon Mar  2 08:00:00 2026\n{ORIGINAL}"), "shop.example"
    ),
    "Yahoo, with that line marked": Sample(
        report(_YAHOO, f">From Shop.EXAMPLE Mon Mar  2 08:00:00 2026\n{ORIGINAL}"), "shop.example"
    ),
    "an original that is broken in the wrong places": Sample(
        report(original=_BADLY_FOLDED), "shop.example"
    ),
    "a boundary on a line of its own": Sample(
        report().replace(b'; boundary="bnd"', b';\nboundary="bnd"'), "shop.example"
    ),
    "header only, by the type of a draft": Sample(
        report(part="message/rfc822-headers"), "shop.example"
    ),
    "header only": Sample(report(part="text/rfc822-headers"), "shop.example"),
    "in base64": Sample(mail(_IN_BASE64, kind="mixed"), "b64.example"),
    "sent on by a mailing list": Sample(_inside("--list"), "shop.example"),
    "international, in UTF-8": Sample(report(original=_INTERNATIONAL), "商店.例子"),
    "international, as it is encoded": Sample(
        report(original=ORIGINAL.replace("shop.example", "xn--czrs0t.xn--fsqu00a")), "商店.例子"
    ),
    "no From": Sample(
        report("Feedback-Type: abuse\nOriginal-Mail-From: <b@bounce.example>", _NO_FROM),
        "bounce.example",
    ),
    "no address in From": Sample(
        report("Feedback-Type: abuse\nOriginal-Mail-From: test", _NO_DOMAIN), None
    ),
    "one domain reported": Sample(
        report("Feedback-Type: abuse\nReported-Domain: shop.example", "REDACTED\n"), "shop.example"
    ),
    "the recipient's domain reported": Sample(
        report(
            "Feedback-Type: abuse\nReported-Domain: aol.example\n"
            "Original-Rcpt-To: undisclosed <redacted@aol.example>",
            "REDACTED\n",
        ),
        None,
    ),
    "a quoted name with another address": Sample(
        report(original=ORIGINAL.replace('"Shop"', '"pay@bank.example"')), "shop.example"
    ),
    "fraud": Sample(report("Feedback-Type: Fraud (a click)"), "shop.example", "fraud"),
    "virus": Sample(report("Feedback-Type: virus"), "shop.example", "illegal"),
    "other": Sample(report("Feedback-Type: other"), "shop.example"),
    **{
        f"no complaint: {kind}": Sample(report(f"Feedback-Type: {kind}"), reason="not_a_complaint")
        for kind in (
            *("not-spam", "not_spam", "opt-out", "dmarc", "auth-failure", "dkim-failure", "xarf"),
            *("miscategorized", "SECRET"),
        )
    },
    "no complaint: X-ARF": Sample(
        mail(
            "--bnd\nContent-Type: text/plain\n\nReport-Type: login-attack\n", f"X-ARF: yes\n{DATE}"
        ),
        reason="not_a_complaint",
    ),
    "no type": Sample(report("Abuse-Type: complaint"), reason="missing"),
    "no report": Sample(
        b"From: a@shop.example\n" + DATE.encode() + b"\n\nSECRET\n", reason="not_a_report"
    ),
    "no mail": Sample(b"SECRET", reason="not_a_report"),
}
