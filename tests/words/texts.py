"""The texts of the program, in its source, and their translations, in the catalogues' files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from streams.language.catalogue import PARTS

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "streams" / "language" / "zh"
HEADER: Final = """\
msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
_FOLDERS: Final = {
    "streams/delivery/console": "console",
    "streams/cli": "terminal",
    "streams/analysis": "terminal",
    "streams": "messages",
}
"""The part to which the texts of a folder belong; the first that fits."""
_CALLS: Final[dict[str, Any]] = {
    "gettext": None,
    "mark": None,
    "ngettext": (1, 2),
    "mark_forms": (1, 2),
    "pgettext": ((1, "c"), 2),
    "mark_in": ((1, "c"), 2),
}
_TEMPLATES: Final[dict[str, Any]] = {"_": None, **_CALLS}
_JINJA: Final = {"silent": "false", "trimmed": "true"}


class Key(NamedTuple):
    """What a text is found by.

    Attributes
    ----------
    message
        The text; of one with plural forms the form for one.
    context
        Its context, or nothing.
    """

    message: str
    context: str


class Text(NamedTuple):
    """One text of the program.

    Attributes
    ----------
    part
        The file in which it belongs.
    message
        The text, or its two forms.
    where
        Where it was found first.
    """

    part: str
    message: str | tuple[str, str]
    where: str


@cache
def in_program(root: Path = ROOT) -> dict[Key, Text]:
    """Find all texts of the program.

    A text with two forms is the same text wherever its form for one stands.

    Parameters
    ----------
    root
        The folder that holds ``streams``.
    """
    found: dict[Key, Text] = {}
    for part, path in _sources(root):
        for line, message, context in _texts_of(path):
            text = Text(part, message, f"{path.relative_to(root).as_posix()}:{line}")
            key = _key(message, context)
            known = found.get(key)
            if known is None:
                found[key] = text
            else:
                forms = text.message if isinstance(text.message, tuple) else known.message
                first = min(known.part, part, key=PARTS.index)
                found[key] = Text(first, forms, known.where)
    return found


def in_files(folder: Path = FOLDER) -> dict[Key, Message]:
    """Read all translations.

    Parameters
    ----------
    folder
        The folder of the language.
    """
    found: dict[Key, Message] = {}
    for part in PARTS:
        file = folder / f"{part}.po"
        if file.is_file():
            for message in read_po(io.BytesIO(file.read_bytes()), abort_invalid=True):
                if message.id:
                    found.setdefault(_key(message.id, message.context), message)
    return found


def files(texts: dict[Key, Text], known: dict[Key, Message]) -> dict[str, bytes]:
    """Return what the files should hold: all texts, with the translations that are known.

    Parameters
    ----------
    texts
        Those of the program.
    known
        Those of the files.
    """
    made: dict[str, bytes] = {}
    for part in PARTS:
        catalog = Catalog(locale="zh", fuzzy=False)
        for key, text in texts.items():
            if text.part == part:
                old = known.get(key)
                catalog.add(
                    text.message,
                    _translation(text.message, old),
                    flags=old.flags & {"fuzzy"} if old is not None else (),
                    context=key.context or None,
                )
        out = io.BytesIO()
        write_po(out, catalog, width=0, omit_header=True, sort_output=True, no_location=True)
        made[part] = HEADER.encode() + out.getvalue().lstrip(b"\n")
    return made


def _translation(message: str | tuple[str, str], old: Message | None) -> Any:
    said = () if old is None else old.string if isinstance(old.string, tuple) else (old.string,)
    first = next((str(form) for form in said if form), "")
    return (first,) if isinstance(message, tuple) else first


def _key(message: Any, context: str | None) -> Key:
    return Key(message if isinstance(message, str) else message[0], context or "")


def _sources(root: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((root / "streams").rglob("*")):
        if path.suffix in (".py", ".html", ".txt", ".xml") and path.is_file():
            where = path.relative_to(root).as_posix()
            if path.suffix == ".py" or "/templates/" in where:
                yield next(p for f, p in _FOLDERS.items() if where.startswith(f"{f}/")), path


def _texts_of(path: Path) -> Iterable[tuple[int, str | tuple[str, str], str | None]]:
    python = path.suffix == ".py"
    method = "python" if python else "jinja2.ext:babel_extract"
    calls = _CALLS if python else _TEMPLATES
    for line, message, _, context in extract(
        method, io.BytesIO(path.read_bytes()), calls, (), {} if python else _JINJA
    ):
        yield line, message, context  # type: ignore[misc]
