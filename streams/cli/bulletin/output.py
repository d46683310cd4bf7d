"""The forms of a document, and where a command writes it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import typer

from streams.archive.atomic_files import output_file
from streams.bulletin.document.csv_rows import csv_of
from streams.bulletin.document.form import PublishedDocument
from streams.bulletin.document.markdown import markdown_of
from streams.bulletin.document.page import html_of
from streams.bulletin.document.plain import plain_values
from streams.cli.console import fail
from streams.language.catalogue import LANGUAGES, Catalogue, catalogue

DocumentFormat = Literal["html", "csv", "json", "md"]

_OF_SUFFIX: Final[dict[str, DocumentFormat]] = {
    ".html": "html", ".htm": "html", ".csv": "csv", ".json": "json", ".md": "md",
}  # fmt: skip

FormatOption = Annotated[
    DocumentFormat | None,
    typer.Option(
        "--format",
        help="html, csv, json or md. Default: that of the name of --output, else html.",
        show_default=False,
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="The file; an older one is overwritten. Default: standard output.",
        show_default=False,
    ),
]

_BYTE_ORDER_MARK = "\ufeff"
"""Without it, spreadsheets take Chinese in a CSV file for another encoding."""


def format_of(named: DocumentFormat | None, to: Path | None) -> DocumentFormat:
    """Return the form that is asked for, or end with status 2.

    Parameters
    ----------
    named
        What ``--format`` says.
    to
        What ``--output`` says.
    """
    if named is not None:
        return named
    if to is None:
        return "html"
    found = _OF_SUFFIX.get(to.suffix.lower())
    if found is None:
        fail(f"--output must end in .html, .csv, .json or .md, or --format be given; got {to}", 2)
    return found


def write_document(
    document: PublishedDocument,
    figures: Any,
    words: Catalogue,
    form: DocumentFormat,
    to: Path | None,
) -> None:
    """Write a document, or end with status 1 where that cannot be.

    Parameters
    ----------
    document
        The document, in the language of `words`.
    figures
        What it says, without words: all that JSON holds.
    words
        The catalogue of the reader.
    form
        Its form.
    to
        The file; None is standard output.
    """
    match form:
        case "html":
            text = html_of(document, words)
        case "md":
            text = markdown_of(document, words)
        case "csv":
            text = csv_of(document, words)
        case "json":
            text = json.dumps(plain_values(figures), ensure_ascii=False, indent=2) + "\n"
    if to is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        with output_file(to) as file:
            file.write(((_BYTE_ORDER_MARK if form == "csv" else "") + text).encode())
    except OSError as error:
        fail(f"--output must be writable; {to}: {error.strerror}")


def write_all(
    document: Callable[[Catalogue], PublishedDocument], figures: Any, folder: Path, name: str
) -> None:
    """Write every form of a document in every language, or end with status 1.

    Parameters
    ----------
    document
        Makes the document in a language.
    figures
        What it says, without words.
    folder
        Where; it is made where it is missing.
    name
        What the files' names begin with.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"--into must be a folder that can be written; {folder}: {error.strerror}")
    for language in LANGUAGES:
        words = catalogue(language)
        made = document(words)
        for form in get_args(DocumentFormat):
            write_document(made, figures, words, form, folder / f"{name}.{language}.{form}")
