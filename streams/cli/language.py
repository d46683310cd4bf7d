"""The language in which a command shows what it found."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from streams.cli.console import fail
from streams.language.catalogue import LANGUAGES, Catalogue, Language, catalogue
from streams.language.preferred import NAMED, of_environment
from streams.printable import printable

LanguageOption = Annotated[
    Language | None,
    typer.Option(
        "--language",
        help="The language of what people read: en or zh. Default: WEATHERVANE_LANGUAGE, else that"
        " of LC_ALL, LC_MESSAGES or LANG, else English.",
        show_default=False,
    ),
]


def reader(language: Language | None = None) -> Catalogue:
    """Return the catalogue for who reads the terminal, or end with status 2.

    Parameters
    ----------
    language
        What ``--language`` names.
    """
    found = of_environment(os.environ) if language is None else language
    if found is None:
        named = printable(os.environ[NAMED])[:40]
        fail(f"{NAMED} must be one of {', '.join(LANGUAGES)}; got {named}", 2)
    return catalogue(found)
