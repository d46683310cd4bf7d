"""The worked example of the pages on misuse: what its alerts say, in a reader's language."""

from __future__ import annotations

from pathlib import Path

from streams.alerts.cloudevent import decode_event
from streams.alerts.sentences import sentence
from streams.language.catalogue import Language, catalogue
from tests.cli.cli import Cli
from tests.documents.markdown import Document


def said(page: Document, language: Language, folder: Path, cli: Cli) -> list[str]:
    """Run what a page shows, and return what its alerts say.

    Parameters
    ----------
    page
        The page: its first block in TOML is the configuration, the first two of text are what was
        sent and what was declared, and its first command is the one to run.
    language
        The reader's.
    folder
        The current folder, where the files are to stand.
    cli
        Runs the command.
    """
    sent, declared = page.blocks("text")[:2]
    (folder / "sent.csv").write_text(sent, "utf-8")
    (folder / "codes.csv").write_text(declared, "utf-8")
    (folder / "misuse.toml").write_text(page.blocks("toml")[0], "utf-8")
    command = page.blocks("sh")[0].split()
    ended = cli(*command[1:])
    assert ended.exit_code == 0, ended.output
    alerts = [
        decode_event(line).alert for line in (folder / "alerts.jsonl").read_bytes().splitlines()
    ]
    words = catalogue(language)
    return [sentence(one, words) for one in alerts if one.event == "opened"]
