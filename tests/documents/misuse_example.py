"""The worked example of the pages on misuse: what its alerts say, in a reader's language."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from streams.alerts.cloudevent import decode_event
from streams.alerts.rendering import Published
from streams.alerts.sentences import sentence
from streams.analysis.replay import Replay
from streams.config.load import parse_config
from streams.language.catalogue import Language, catalogue
from streams.registry.control import RegistryRow
from streams.registry.entry import key_of
from streams.registry.files import read_entries

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def said(page: str, language: Language, folder: Path) -> list[str]:
    """Return what the alerts of a page's example say.

    Parameters
    ----------
    page
        The text of the page: its first block in TOML is the configuration, the first two of text
        are what was sent and what was declared.
    language
        The reader's.
    folder
        Where the file stands while it is read.
    """
    blocks = _BLOCK.findall(page)
    config = next(body for kind, body in blocks if kind == "toml")
    sent, declared = [body for kind, body in blocks if kind == "text"][:2]
    (folder / "sent.csv").write_text(sent, "utf-8")
    entries = read_entries(declared.encode(), "codes.csv")
    rows = [RegistryRow(seq, key_of(entry), entry) for seq, entry in enumerate(entries, 1)]
    settings = parse_config(tomllib.loads(config))
    run = Replay(settings, {"sent": [folder / "sent.csv"]}, now_s=1.8e9)
    for shard in run.shards.all:
        shard.registry.take(rows)
    published: list[Published] = []
    run.run(published.append, lambda source, reject: None, lambda: None)
    words = catalogue(language)
    opened = [one for one in published if one.alert.event == "opened"]
    return [sentence(decode_event(one.value).alert, words) for one in opened]
