"""The worked example of the pages on misuse: what its alerts say, in a reader's language."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from streams.alerts.cloudevent import Alert, decode_event
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


def said_of_simulation(
    page: Document, languages: Sequence[Language], folder: Path, cli: Cli
) -> list[list[str]]:
    """Run what a page shows of a simulation, and return what is said of its labels, by language.

    Parameters
    ----------
    page
        The page: its second block of commands makes the simulation and replays it.
    languages
        The readers'.
    folder
        The current folder.
    cli
        Runs the commands.
    """
    for command in page.blocks("sh")[1].splitlines():
        ended = cli(*command.split()[1:])
        assert ended.exit_code == 0, ended.output
    with (folder / "sim/labels.csv").open(encoding="utf-8", newline="") as file:
        labels = {(row["signal"], row["entity"]): row["kind"] for row in csv.DictReader(file)}
    kinds = dict.fromkeys(("fan_out", "snowshoe", "sub_letting", "brigading", "default_consent"))
    first: dict[str, Alert] = {}
    for line in (folder / "sim/alerts.jsonl").read_bytes().splitlines():
        alert = decode_event(line).alert
        kind = labels.get((alert.signal, f"{alert.entity.level}/{alert.entity.id}"))
        if kind in kinds and alert.event == "opened":
            first.setdefault(kind, alert)
    assert first.keys() == kinds.keys()
    return [[sentence(one, catalogue(each)) for one in first.values()] for each in languages]
