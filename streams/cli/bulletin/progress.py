"""``weathervane progress``: writes the report of a platform's progress since a date."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.archive.manifest import ArchiveUnusable
from streams.bulletin.contents.collect_progress import ProgressCollector
from streams.bulletin.contents.days import DaySpan
from streams.bulletin.sections.progress import progress_document
from streams.cli.actions.serve_options import TokenFileOption
from streams.cli.arguments import ConfigOption, nearest, read_config
from streams.cli.bulletin.cases import CasesOption, CasesUrlOption, cases_of
from streams.cli.bulletin.given import (
    ArchiveOption,
    day_of,
    recordings_of,
    require_recorded,
)
from streams.cli.bulletin.output import FormatOption, OutputOption, format_of, write_document
from streams.cli.console import fail
from streams.cli.language import LanguageOption, reader
from streams.names.canonical import form_of_stored
from streams.printable import printable


def progress(
    platform: Annotated[
        str, typer.Option("--platform", metavar="NAME", help="The platform.", show_default=False)
    ],
    since: Annotated[
        str,
        typer.Option(
            "--since", metavar="DAY", help="The first day of the stage.", show_default=False
        ),
    ],
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="DAY",
            help="The last day of the stage. Default: the last recorded day.",
            show_default=False,
        ),
    ] = None,
    archive: ArchiveOption = None,
    cases: CasesOption = None,
    url: CasesUrlOption = None,
    token_file: TokenFileOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    config: ConfigOption = None,
    language: LanguageOption = None,
) -> None:
    """Write the report of a platform's progress since a date.

    It goes from the platform to its merchants, signatures and codes: sends,
    complaints, rates against what was to be expected, and cases.

    Example: weathervane progress --platform mall --since 2026-03-01 --output mall.html
    """
    chosen = format_of(form, output)
    settings, words = read_config(config), reader(language)
    recordings, held = recordings_of(settings, archive)
    first, last = day_of("--since", since), day_of("--until", until) or max(held.complaints)
    assert first is not None
    require_recorded("--since", first, held)
    require_recorded("--until", last, held)
    if last < first:
        fail(f"--until must be --since or later; got {first} to {last}", 2)
    followed = cases_of(cases, url, token_file)
    stage, name = DaySpan(first, last), form_of_stored(platform)
    if "platform" not in recordings.levels:
        fail('count.levels must have "platform"; the archive was recorded without it', 2)
    try:
        sums = recordings.sums(stage, ["platform"])
    except ArchiveUnusable as error:
        fail(str(error))
    known = {each for counts in sums.values() for each in counts}
    if name not in known:
        like = ", ".join(printable(each) for each in nearest(name, sorted(known)))
        said = f"; there are {like}" if like else ""
        fail(f"--platform must be one that counted in this stage; got {printable(name)}{said}", 2)
    try:
        content = ProgressCollector(settings, recordings, held, followed).content(name, stage)
    except ArchiveUnusable as error:
        fail(str(error))
    write_document(progress_document(content, words), content, words, chosen, output)
