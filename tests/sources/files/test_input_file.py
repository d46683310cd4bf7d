"""Files of any compression and encoding are the same lines; what cannot be read is named."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import tarfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from streams.sources.files import compression
from streams.sources.files.input_file import LARGEST_RECORD, InputFile, Unopenable

Packed = Callable[[bytes], bytes]

_chance = random.Random(7)
LINES = [b"%d,%s\n" % (n, "商城é".encode()) for n in _chance.choices(range(10**12), k=20_000)]
TEXT = b"".join(LINES)


def zipped(content: bytes, *names: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of files of this content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name in names or ("log.csv",):
            file.writestr(name, content)
    return out.getvalue()


PACKED: dict[str, Packed] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}


def opened(content: bytes, folder: Path, encoding: str | None = None) -> InputFile:
    """A file of this content."""
    path = folder / "file"
    path.write_bytes(content)
    return InputFile(path, encoding, "sources.s.encoding")


def lines(content: bytes, folder: Path, encoding: str | None = None) -> list[bytes]:
    """The lines of a file of this content."""
    file = opened(content, folder, encoding)
    found = list(file.lines())
    file.close()
    return found


@pytest.mark.parametrize("name", PACKED)
def test_a_compressed_file_is_known_by_its_bytes(name: str, tmp_path: Path) -> None:
    """Whatever its name says; several streams, and zeros after them, are read to the end."""
    pack = PACKED[name]
    assert lines(pack(TEXT), tmp_path) == LINES
    assert lines(pack(TEXT) + pack(b"x\n") + b"\0" * 1000, tmp_path) == [*LINES, b"x\n"]
    assert lines(pack(b""), tmp_path) == []


@pytest.mark.parametrize("name", PACKED)
def test_what_breaks_off_gives_what_is_readable(name: str, tmp_path: Path) -> None:
    """The lines before the damage come whole; what it was is said."""
    whole = PACKED[name](TEXT)
    for content in (whole[: len(whole) * 9 // 10], whole[:-1]):
        file = opened(content, tmp_path)
        found = list(file.lines())
        assert found == LINES[: len(found)]
        assert file.damage == f"the {name} breaks off in the middle"
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    file = opened(bytes(flipped), tmp_path)
    assert len(list(file.lines())) < len(LINES) + 1
    assert file.damage in (f"the {name} is damaged", f"the {name} breaks off in the middle")


@pytest.mark.parametrize("method", [0, 8, 12, 14])
def test_a_zip_of_one_file(method: int, tmp_path: Path) -> None:
    """Stored, deflated, by bzip2 or LZMA; folders and a Macintosh's additions are none."""
    names = ("day/", "day/log.csv", "__MACOSX/day/._log.csv", "day/.DS_Store")
    assert lines(zipped(TEXT, method=method), tmp_path) == LINES
    assert lines(zipped(TEXT, *names), tmp_path) == LINES


def test_a_damaged_zip(tmp_path: Path) -> None:
    """Damage in the middle ends the lines; without its end a zip has no directory."""
    whole = bytearray(zipped(TEXT))
    whole[len(whole) // 2] ^= 0xFF
    file = opened(bytes(whole), tmp_path)
    assert len(list(file.lines())) < len(LINES) + 1
    assert file.damage == "the zip is damaged"
    with pytest.raises(Unopenable, match="found a zip that breaks off, or is damaged"):
        opened(zipped(TEXT)[:-30], tmp_path)


def _tar(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        member = tarfile.TarInfo("log.csv")
        member.size = len(content)
        file.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _encrypted(content: bytes) -> bytes:
    found = bytearray(zipped(content))
    for at in (found.index(b"PK\x03\x04") + 6, found.index(b"PK\x01\x02") + 8):
        found[at] |= 1
    return bytes(found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(b"t\n", "a.csv", "b.csv"), r"found 2 files \(a.csv, b.csv\) in a zip"),
        (zipped(b""), None),
        (zipped(b"", "folder/"), "found no file in a zip"),
        (zipped(b"", "[Content_Types].xml", "xl/workbook.xml"), "found a spreadsheet"),
        (_encrypted(b"t\n"), "found an encrypted zip: unzip it"),
        (gzip.compress(zstd.compress(TEXT)), "must be compressed once; found zstd inside"),
        (zipped(bz2.compress(TEXT)), "must be compressed once; found bzip2 inside"),
        (zstd.compress(zipped(TEXT)), "must be compressed once; found zip inside"),
        (gzip.compress(_tar(TEXT)), "found a tar archive: unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"found an Excel workbook \(xls\)"),
        (b"PAR1\x15\x04", "found a Parquet file: export it as CSV"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "found a 7z archive: unpack it"),
        (b"\x04\x22\x4d\x18d@", "found an lz4 file: unpack it"),
        (b"%PDF-1.4", "found a PDF"),
        (b"\n<!DOCTYPE html><html>", "found HTML or XML"),
    ],
)
def test_what_no_format_reads_is_told_by_name(
    content: bytes, message: str | None, tmp_path: Path
) -> None:
    """The error says what was met, and what to do; none of its bytes."""
    if message is None:
        assert lines(content, tmp_path) == []
        return
    with pytest.raises(Unopenable, match=message) as caught:
        opened(content, tmp_path)
    assert str(tmp_path / "file") in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_bomb_ends_as_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that decompresses without end is not read to its end."""
    monkeypatch.setattr(compression, "BOMB_FROM", 1 << 20)
    line = b"2024-11-11,1069\n" * 65_536
    for name in ("xz", "zstd"):
        packed = PACKED[name](line * 4)
        file = opened(packed, tmp_path)
        found = sum(1 for _ in file.lines())
        assert file.damage == f"the {name} decompresses to more than 2,000 times its size"
        assert found < 4 * 65_536
    assert len(lines(gzip.compress(line * 4), tmp_path)) == 4 * 65_536


def test_memory_that_a_file_asks_for_is_bounded(tmp_path: Path) -> None:
    """A window of 512 MiB is refused before it is made."""
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 29}
    packer = zstd.ZstdCompressor(options=options)
    file = opened(packer.compress(TEXT) + packer.flush(), tmp_path)
    assert list(file.lines()) == []
    assert file.damage == "the zstd asks for too much memory"
    dictionary = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]
    file = opened(lzma.compress(TEXT, filters=dictionary), tmp_path)
    assert list(file.lines()) == []
    assert file.damage == "the xz asks for too much memory"


ENCODINGS = ("gb18030", "gbk", "utf-16-le", "utf-16-be", "utf-16", "utf-8-sig", "utf-32")
WORDS = "发送时间,端口号,签名\r\n2024-11-11,1069,商城\r\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped])
def test_a_named_encoding_is_read(encoding: str, pack: Packed, tmp_path: Path) -> None:
    """Compressed or not: the lines are UTF-8, and a mark is none of it."""
    found = lines(pack(WORDS.encode(encoding)), tmp_path, encoding)
    assert b"".join(found).decode() == WORDS


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (WORDS.encode("utf-16"), "read as UTF-16-LE, by its mark"),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), "read as UTF-16-BE, by its mark"),
        (WORDS.encode("utf-16-be"), "read as UTF-16-BE, by its zeros"),
        (WORDS.encode("utf-16-le"), "read as UTF-16-LE, by its zeros"),
        (b"\x84\x31\x95\x33" + WORDS.encode("gb18030"), "read as GB18030, by its mark"),
        (WORDS.encode("utf-8-sig"), None),
        (WORDS.encode(), None),
    ],
)
@pytest.mark.parametrize("named", [None, "utf-8"])
def test_what_is_certain_is_read_and_told(
    content: bytes, note: str | None, named: str | None, tmp_path: Path
) -> None:
    """A mark, or UTF-16's zeros, say more than the configuration."""
    file = opened(content, tmp_path, named)
    assert b"".join(file.lines()).decode() == WORDS
    assert file.notes == ([] if note is None else [f"{tmp_path / 'file'}: {note}"])


def test_bytes_that_are_not_of_the_encoding_are_none_of_utf8(tmp_path: Path) -> None:
    """They stay in their line, for its reject."""
    content = "签名,".encode("gb18030") + b"\xff\xff\nnext\n"
    assert lines(content, tmp_path, "gb18030") == ["签名,".encode() + b"\xff\xff\n", b"next\n"]
    content = b"\xff\xfe" + "a\ud800b\n".encode("utf-16-le", "surrogatepass")
    assert lines(content, tmp_path) == [b"a\xffb\n"]


def test_an_encoding_of_two_forms_needs_its_mark(tmp_path: Path) -> None:
    """Without mark and zeros nobody knows which byte is the first."""
    with pytest.raises(Unopenable, match='name "utf-16-le" or "utf-16-be"'):
        opened("签名签名".encode("utf-16-le"), tmp_path, "utf-16")


def test_a_long_line_of_another_encoding_is_cut(tmp_path: Path) -> None:
    """Memory is bounded there, too."""
    content = ("x" * 3_000_000 + "\nnext\n").encode("utf-16")
    first, second = lines(content, tmp_path)
    assert len(first) == LARGEST_RECORD + 3
    assert second == b"next\n"


def test_a_pipe_in_pieces(tmp_path: Path) -> None:
    """A mark, or a compression's first bytes, may come one by one."""
    content = zstd.compress(WORDS.encode("utf-16"))
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            for at in range(len(content)):
                pipe.write(content[at : at + 1])

    writer = threading.Thread(target=write)
    writer.start()
    file = InputFile(path)
    assert b"".join(file.lines()).decode() == WORDS
    writer.join()
    file.close()
    path.unlink()
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(zipped(TEXT[:1000])))
    writer.start()
    with pytest.raises(Unopenable, match="found a zip in a pipe"):
        InputFile(path)
    writer.join()
