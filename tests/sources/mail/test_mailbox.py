"""An mbox is split where its messages begin, and nowhere else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from streams.sources.files.input_file import InputFile
from streams.sources.mail.mailbox import messages
from tests.sources.files import read_bytes, reasons, source
from tests.sources.mail.reports import ORIGINAL, report

LINE = b"From fbl@provider.example Mon Mar  2 09:00:00 2026\n"


def _split(content: bytes, folder: Path) -> list[bytes]:
    path = folder / "mbox"
    path.write_bytes(content)
    return list(messages(InputFile(path)))


@pytest.mark.parametrize("boundaries", ["same", "own"])
@pytest.mark.parametrize(
    "line",
    [
        b"From now on, all is cheaper\n",
        b"From: nobody\n",
        b"From Shop.EXAMPLE Mon Mar  2 08:00:00 2026\nX-Apparently-To: a@b.example\n",
        b">From Shop.EXAMPLE Mon Mar  2 08:00:00 2026\n",
    ],
)
def test_lines_of_the_body_begin_no_message(line: bytes, boundaries: str, tmp_path: Path) -> None:
    """Neither words, nor a line with a date in the part of the mail that is reported."""
    first, second = (
        report(original=f"{line.decode()}{ORIGINAL}\n{line.decode()}\nwords\n") for _ in range(2)
    )
    if boundaries == "own":
        second = second.replace(b"bnd", b"other")
    mails = [first, second, report()]
    assert _split(b"\n".join(LINE + mail for mail in mails), tmp_path) == [
        *(LINE + mail + b"\n" for mail in mails[:2]),
        LINE + mails[2],
    ]


def test_a_message_whose_end_is_missing_is_one(tmp_path: Path) -> None:
    """It takes none of its neighbours with it, whether they have its boundary or another."""
    mails = [
        report(),
        report().replace(b"--bnd--\n", b""),
        report().replace(b"bnd", b"other"),
        report(),
    ]
    found = _split(b"\n".join(LINE + mail for mail in mails), tmp_path)
    assert [mail.strip() for mail in found] == [(LINE + mail).strip() for mail in mails]


def test_a_mailbox_without_dates(tmp_path: Path) -> None:
    """Where the first line has no date, what a header follows begins a message."""
    line = b"From mailbox\n"
    mails = [report(original="From here on\n"), report()]
    assert len(_split(b"\n".join(line + mail for mail in mails), tmp_path)) == 2


def test_one_message_and_marks(tmp_path: Path) -> None:
    """A file of one message is that, with a mark of UTF-8 before it or empty lines or neither."""
    mail = report(original=f"{ORIGINAL}\n{LINE.decode()}words\n")
    assert _split(mail, tmp_path) == [mail]
    assert _split(b"\xef\xbb\xbf" + mail, tmp_path) == [mail]
    assert _split(b"\n\r\n" + mail, tmp_path) == [mail]
    assert _split(b"", tmp_path) == []


def test_zeros_in_one_mail_change_nothing_of_others(tmp_path: Path) -> None:
    """Who is complained about writes the mail: it makes no other encoding of the whole mailbox."""
    arf = source(kind="complaint", format="arf")
    mailbox = LINE + report(original="x\0" * 4000) + b"\n" + LINE + report()
    assert reasons(read_bytes(arf, mailbox, tmp_path)) == ["ok", "ok"]


def test_whatever_is_cut_out_no_line_is_lost(tmp_path: Path) -> None:
    """All lines of a mailbox come back in their order, however torn it is."""
    whole = b"\n".join(LINE + report(original=f"{LINE.decode()}{ORIGINAL}") for _ in range(4))
    lines = whole.splitlines(keepends=True)
    chance = random.Random(5)
    for _ in range(100):
        torn = [line for line in lines if chance.random() > 0.1]
        while torn and not torn[0].strip():
            torn.pop(0)
        assert b"".join(_split(b"".join(torn), tmp_path)) == b"".join(torn)
