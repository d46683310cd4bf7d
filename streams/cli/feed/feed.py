"""``weathervane feed``: checks a feed, and makes the keys that sign it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from streams.cli.actions.serve_options import TokenFileOption
from streams.cli.arguments import BootstrapOption, ConfigOption, JsonOption
from streams.cli.console import fail
from streams.cli.feed.keys import keys_command
from streams.cli.feed.verify import Verified, verify_command

_SEEN = Path("feed-seen.json")


def feed(
    what: Annotated[
        Literal["verify", "key"],
        typer.Argument(metavar="verify|key", help="What to do.", show_default=False),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="URL|FILE|new|rotate|show",
            help="With verify: the address of serve or of one feed, or a file of pages that were"
            " asked for with proof=true. With key: what to do with the keys.",
            show_default=False,
        ),
    ],
    seen: Annotated[
        Path,
        typer.Option(
            "--seen", metavar="FILE", help="With verify: the file of what was found right before."
        ),
    ] = _SEEN,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            metavar="KEY",
            help="With verify: a key to trust, as `feed key show` prints it; may be repeated.",
            show_default=False,
        ),
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive",
            metavar="DIR",
            help="With verify: also replay this archive, and compare what comes out.",
            show_default=False,
        ),
    ] = None,
    token_file: TokenFileOption = None,
    overlap: Annotated[
        str,
        typer.Option(
            "--overlap", metavar="DURATION", help="With key rotate: so long the old key signs too."
        ),
    ] = "90d",
    lost: Annotated[
        bool,
        typer.Option("--lost", help="With key new: say to readers that the key before is lost."),
    ] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that a feed is what was signed: nothing missing, altered, out of order or inserted.

    Each item that is wrong is named, and the status is 1. What was found right is kept, so that
    the next check goes on from there and tells a history that was rewritten since.

    Example: weathervane feed verify https://monitor.example --token-file token.txt

    Example: weathervane feed key new && weathervane feed key show
    """
    if what == "key":
        keys_command(target, config, bootstrap, overlap=overlap, lost=lost)
        return
    if lost:
        fail("--lost must be given with key new", 2)
    asked = Verified(target, seen, key or [], archive, token_file)
    verify_command(asked, config, bootstrap, as_json=as_json)
