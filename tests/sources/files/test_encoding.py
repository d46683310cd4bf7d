"""Which encodings may be named, and what a header in another one is told to be."""

from __future__ import annotations

import encodings.aliases

import pytest

from streams.sources.files.encoding import codec_of, detected, encoding_problem, guess


def test_every_name_of_python_is_an_encoding_of_files_or_refused() -> None:
    """What is accepted reads ASCII as it is, or is UTF-16 or UTF-32."""
    names = sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values()})
    accepted = [name for name in names if encoding_problem(name) is None]
    assert {"utf_8", "gb18030", "big5", "cp1252", "utf_16", "shift_jis"} <= {*accepted}
    assert not {"base64", "rot13", "utf_7", "zlib_codec", "cp037"} & {*accepted}
    for name in accepted:
        codec = codec_of(name)
        assert "a,1\n" in "a,1\n".encode(codec).decode(codec)


@pytest.mark.parametrize("name", ["", "utf 9", "a\0b", "unicode_escape", "x" * 1000])
def test_what_is_no_encoding(name: str) -> None:
    """Other names are refused."""
    assert encoding_problem(name) is not None


@pytest.mark.parametrize(
    "head", [b"", b"a", b"\0", b"t,s\n1,\0\n", b"\0" * 100, b"time,sender\n" * 20 + b"\0\0"]
)
def test_a_few_zeros_tell_nothing(head: bytes) -> None:
    """Garbage in a file of bytes is no UTF-16."""
    assert detected(head) is None


def test_a_header_is_guessed_by_the_columns_that_are_wanted() -> None:
    """Only an encoding in which one of them is found is named."""
    header = "发送时间,端口号"
    assert guess(header.encode("gbk"), ["端口号"]) == ("gb18030", header)
    assert guess("時間,番号".encode("shift_jis"), ["番号"]) == ("cp932", "時間,番号")
    assert guess("Börse,Code".encode("cp1252"), ["Börse"]) == ("cp1252", "Börse,Code")
    assert guess(header.encode("gbk"), ["sender"]) is None
