"""The page on the registry, read and run in both languages against a topic in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from streams.cli.registry import registry as command
from streams.registry.entry import Entry
from streams.registry.files import read_entries
from streams.registry.sequencing import Declared
from streams.registry.watch import WatchEntry
from tests.cli.cli import Cli
from tests.documents.markdown import read

PAGES = ("docs/how-to/registry.md", "docs/zh/how-to/registry.md")


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> dict[str, Entry]:
    """What the commands read and write in place of the topic."""
    known: dict[str, Entry] = {}

    def write(_: object, __: str, ___: Declared, rows: Mapping[str, Entry | None]) -> None:
        for key, entry in rows.items():
            known.pop(key, None)
            if entry is not None:
                known[key] = entry

    monkeypatch.setattr(command, "read_registry", lambda *_: Declared(dict(known), [], []))
    monkeypatch.setattr(command, "write_rows", write)
    return known


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    return Cli(monkeypatch)


@pytest.mark.parametrize("path", PAGES)
def test_its_commands_do_what_it_says(path: str, topic: dict[str, Entry], cli: Cli) -> None:
    page = read(path)
    Path("codes.csv").write_text(page.blocks("text")[0], "utf-8")
    imports, looks = (block.splitlines() for block in page.blocks("sh")[:2])

    def run(line: str) -> str:
        words, _, _ = line.partition(" #")
        words, _, into = words.partition(" > ")
        done = cli(*words.split()[1:])
        assert done.exit_code == 0, done.output
        if into:
            Path(into.strip()).write_text(done.stdout, "utf-8")
        return done.stdout

    assert run(imports[0]) == "5 new, 0 replaced, 0 unchanged\n"
    assert not topic
    assert run(imports[1]) == "5 new, 0 replaced, 0 unchanged\n"
    assert run(imports[1]) == "0 new, 0 replaced, 5 unchanged\n"
    listed, shown, removed, exported = looks
    assert next(w for w in run(listed).split() if "/" in w).startswith("filing/10690001/")
    found = run(shown)
    assert "code/1069000188" in found  # the longest that covers it
    assert "code/10690001 " not in found
    assert run(removed) == "1 entry removed\n"
    assert len(topic) == 4
    run(exported)
    entries = read_entries(Path("codes.csv").read_bytes(), "codes.csv")
    assert entries == [topic["code/10690001"], topic["code/1069000188"]]


def test_a_file_with_errors_says_what_the_page_shows(topic: dict[str, Entry], cli: Cli) -> None:
    """A day that is none, and a filing without a signature."""
    page = read(PAGES[0])
    table, said = page.blocks("text")[:2]
    lines = table.splitlines()
    lines[2] = lines[2].replace("2026-03-01", "2026-13-01")
    Path("codes.csv").write_text("\n".join([*lines, "filing,,10690001" + "," * 9]), "utf-8")
    done = cli("registry", "import", "codes.csv")
    assert (done.exit_code, done.stderr) == (1, said)
    assert not topic


def test_both_pages_declare_the_same() -> None:
    """But for names, which are the language's own."""
    tables = [read(path).blocks("text")[0].encode() for path in PAGES]
    english, chinese = (read_entries(table, "codes.csv") for table in tables)
    for one, other in zip(english, chinese, strict=True):
        assert type(one) is type(other)
        assert not isinstance(one, WatchEntry)
        assert not isinstance(other, WatchEntry)
        assert (one.valid_from, one.valid_until) == (other.valid_from, other.valid_until)


def test_a_code_that_nobody_registered_is_of_a_class(topic: dict[str, Entry], cli: Cli) -> None:
    """The page says that `show` tells it, and where the plan stands."""
    done = cli("registry", "show", "106599990000")
    assert "106599990000 is not registered; by the plan of codes it is: a carrier's own" in (
        done.stderr.replace("\n", " ")
    )
    assert not topic
    for path in PAGES:
        assert "`streams/registry/plan_cn.toml`" in Path(__file__).parents[2].joinpath(
            path
        ).read_text("utf-8")
