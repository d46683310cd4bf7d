"""``weathervane unsilence``: silences end before their time."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.actions.action import EndSilence, MakeSilence
from streams.cli.actions.given import (
    ByOption,
    ExpectsOption,
    NoteOption,
    at_desk,
    hand_in,
    now_utc,
    require_text,
    signed,
)
from streams.cli.actions.serve_options import TokenFileOption, UrlOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption
from streams.cli.console import fail
from streams.cli.language import reader
from streams.printable import printable


def unsilence(
    silences: Annotated[
        list[str],
        typer.Argument(
            metavar="SILENCE...",
            help="As `weathervane silences` shows it; the beginning is enough.",
            show_default=False,
        ),
    ],
    note: NoteOption = None,
    by: ByOption = None,
    expects: ExpectsOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    url: UrlOption = None,
    token_file: TokenFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """End silences now: people are told again. A snooze ends by snooze --end.

    Example: weathervane unsilence 0f3a9c
    """
    require_text("--note", note)
    signed(by)
    ended = reader().gettext("silence {id} has ended")
    with at_desk(config, bootstrap, url, token_file) as (_, desk):
        running = [
            each.hiding.made.id
            for each in desk.hidings(now_utc())
            if each.hiding.runs(now_utc()) and isinstance(each.hiding.made, MakeSilence)
        ]
        ids = []
        for text in dict.fromkeys(silences):
            found = [each for each in running if text and each.startswith(text)]
            if len(found) != 1:
                fail(
                    "SILENCE must be the id of one silence that runs, or its beginning; got"
                    f" {printable(text)[:80]}, found {', '.join(found) or 'none'}."
                    " Nothing is done; `weathervane silences` shows what runs"
                )
            ids += found
        done = [(EndSilence(**signed(by, expects), silence_id=each), note) for each in ids]
        hand_in(desk, done, [ended.format(id=each) for each in ids], as_json=as_json)
