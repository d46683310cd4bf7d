"""Links, paths and names in the documents lead somewhere."""

from __future__ import annotations

import re

import pytest

from tests.documents.markdown import MANUAL, ROOT, Document, read

TREES = re.compile(r"(?:streams|detectors|tests|benchmarks|operations|docs)/[\w./-]+")


@pytest.mark.parametrize("document", MANUAL, ids=lambda document: str(document.path))
def test_links_lead_somewhere(document: Document) -> None:
    """Every relative link is a file that is there and, where it names one, a heading in it."""
    for link in document.links():
        path, _, anchor = link.partition("#")
        target = (ROOT / document.path.parent / path).resolve() if path else ROOT / document.path
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in read(target.relative_to(ROOT)).anchors, link


@pytest.mark.parametrize("document", MANUAL, ids=lambda document: str(document.path))
def test_paths_in_the_text_are_there(document: Document) -> None:
    """Every path of the repository that the text or a tree names is there."""
    trees = re.findall(r"^(\S+/\S*|streams/\S*)", "\n".join(document.blocks("text")), re.MULTILINE)
    named = [path for path in [*document.inline_code(), *trees] if TREES.fullmatch(path)]
    real = [path for path in named if "NAME" not in path]  # a file that a recipe makes
    assert [path for path in real if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", MANUAL, ids=lambda document: str(document.path))
def test_names_are_in_the_files_that_the_text_names(document: Document) -> None:
    """Where the text says that a name is in a file, that file holds the name."""
    places = re.findall(r"`([\w.]+)`\s+(?:in|of)\s+`([\w/]+\.py)`", document.text)
    missing = [
        (name, path)
        for name, path in places
        if name.rpartition(".")[2] not in (ROOT / path).read_text("utf-8")
    ]
    assert missing == []


def test_the_readme_is_short() -> None:
    """README has at most 200 lines, and begins with the two commands."""
    readme = read("README.md")
    assert len(readme.text.splitlines()) <= 200
    assert [line.split("#")[0].strip() for line in readme.shell_lines()[:2]] == [
        "make run",
        "make test",
    ]


def test_every_page_is_reached() -> None:
    """Every page of the manual stands in a table of contents or is linked from another."""
    pages = {document.path for document in MANUAL if document.path.parts[0] == "docs"} - {
        read("docs/index.md").path
    }
    reached = set()
    for document in MANUAL:
        inside = re.findall(r"^```{toctree}\n(.*?)^```", document.text, re.DOTALL | re.MULTILINE)
        entries = [line.strip() for block in inside for line in block.splitlines()]
        targets = [f"{entry}.md" for entry in entries if entry and not entry.startswith(":")]
        for target in targets:
            path = (ROOT / document.path.parent / target).resolve()
            reached.add(path.relative_to(ROOT))
    assert pages - reached == set()


def test_the_tree_is_complete() -> None:
    """Every package of the program stands in the tree of the architecture."""
    (tree,) = [
        block for block in read("docs/architecture.md").blocks("text") if "streams/" in block
    ]
    shown = set(re.findall(r"^(\S+)", tree, re.MULTILINE))
    inside = {f"streams/{path.parent.name}/" for path in ROOT.glob("streams/*/__init__.py")}
    assert inside | {"detectors/", "tests/", "benchmarks/"} <= shown
