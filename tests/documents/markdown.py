"""The project's documents, and the blocks, commands and links in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCED = re.compile(r"^(```+)([\w{}-]*)[^\n]*\n(.*?)^\1$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """A Markdown file of the repository.

    Attributes
    ----------
    path
        Relative to the repository's root.
    text
        The whole file.
    """

    path: Path
    text: str

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCED.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        """Fenced blocks of one language, without their fences."""
        return [body for _, named, body in _FENCED.findall(self.text) if named == language]

    def shell_lines(self) -> list[str]:
        """Lines to be typed: of ``sh`` blocks, and indented ones; joined where they continue."""
        indented = re.findall(r"^(?: {4}| {7})(\S.*)$", self.prose, re.MULTILINE)
        lines = [line for block in self.blocks("sh") for line in _joined(block)]
        return [line for line in [*lines, *indented] if line.strip()]

    def inline_code(self) -> list[str]:
        """What stands between backticks in the prose."""
        return re.findall(r"`([^`\n]+)`", self.prose)

    def links(self) -> list[str]:
        """Targets of links and pictures, without those on the web."""
        found = re.findall(r"\]\(([^)\s]+)\)", self.prose)
        return [target for target in found if "://" not in target and "mailto:" not in target]

    @property
    def anchors(self) -> set[str]:
        """Anchors of the headings, as GitHub and the site make them."""
        headings = re.findall(r"^#{1,6} (.+)$", self.prose, re.MULTILINE)
        return {_anchor(heading) for heading in headings}


def _joined(block: str) -> Iterator[str]:
    yield from block.replace("\\\n", " ").splitlines()


def _anchor(heading: str) -> str:
    plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w -]", "", plain.lower()).replace(" ", "-")


def read(path: str | Path) -> Document:
    """Read a document by its path from the repository's root."""
    path = Path(path)
    return Document(path, (ROOT / path).read_text("utf-8"))


def documents() -> list[Document]:
    """All documents that people read, README first."""
    found = [
        *ROOT.glob("docs/**/*.md"),
        *(ROOT / folder / "README.md" for folder in ("operations", "benchmarks", "detectors")),
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
    ]
    paths = [Path("README.md"), *sorted(path.relative_to(ROOT) for path in found)]
    return [read(path) for path in paths]


MANUAL = [document for document in documents() if document.path.name != "CHANGELOG.md"]
"""Documents whose examples must work today; a changelog speaks of earlier versions, too."""
